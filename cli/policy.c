/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne policy: what the privacy notice promises, checked and shown. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/policy.h"
#include "cli/prove.h"
#include "cli/render.h"
#include "cli/say.h"
#include "notice/notice.h"

enum { FAULTS_MAX = 64 };

struct options {
	const char *run, *key, *before, *against;
	bool json;
	struct render_options render;
};

#define RENDER(member) offsetof(struct options, render.member)

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct options, json), NULL,
	  "check, coverage, impact, prove: one JSON object a line, for each "
	  "fault, key, kind or sentence" },
	{ "against", 0, OPTION_TEXT, offsetof(struct options, against), "FILE",
	  "check: the published policy, whose promises must not be broken" },
	{ "run", 0, OPTION_TEXT, offsetof(struct options, run), "DIR",
	  "impact, prove: run directory of the service (/run/tallenne, "
	  "TALLENNE_RUN)" },
	{ "key", 0, OPTION_TEXT, offsetof(struct options, key), "FILE",
	  "sign: the signing key, made by \"policy key\"" },
	{ "before", 0, OPTION_TEXT, offsetof(struct options, before), "FILE",
	  "verify: the policy that held before, whose signers must have "
	  "signed too" },
	{ "lang", 'l', OPTION_TEXT, RENDER(language), "CODE",
	  "render: fi, sv or en; fi if it is not told" },
	{ "as", 'a', OPTION_TEXT, RENDER(as), "FORM",
	  "render: text, html (a page of its own), json (all languages and "
	  "every fact), dpv (W3C Data Privacy Vocabulary, JSON-LD) or pdf "
	  "(tagged, made by weasyprint(1)); text if it is not told" },
	{ "document", 'd', OPTION_TEXT, RENDER(document), "NAME",
	  "render: notice, announcement (spoken at the start of a call), "
	  "record (of processing activities, GDPR Art. 30) or description "
	  "(906/2019, 28 §); notice if it is not told" },
};

static void tell_json(FILE *out, const char *file,
		      const struct notice_fault *fault)
{
	json_t *object =
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "file", file,
			  "line", fault->line, "code", fault->code, "text",
			  fault->text, "sentence", fault->sentence, "why",
			  fault->why, "remedy", fault->remedy);

	if (fault->promise[0])
		(void)json_object_set_new(object, "promise",
					  json_string(fault->promise));
	(void)json_dumpf(object, out, JSON_COMPACT);
	(void)fputc('\n', out);
	json_decref(object);
}

/* What is wrong on a line that editors find, then why and what to do. */
static void tell_faults(FILE *out, const char *file,
			const struct notice_fault *faults, size_t count,
			bool json)
{
	for (size_t i = 0; i < count; i++) {
		const struct notice_fault *fault = &faults[i];

		if (json) {
			tell_json(out, file, fault);
			continue;
		}
		fprintf(out, "%s:%d: %s: %s\n", file, fault->line, fault->code,
			fault->text);
		if (fault->sentence[0] || fault->why[0])
			fprintf(out, "   %s%s%s\n", fault->sentence,
				fault->sentence[0] && fault->why[0] ? ": " : "",
				fault->why);
		if (fault->remedy[0])
			fprintf(out, "   %s\n", fault->remedy);
	}
}

int policy_load(const char *file, FILE *out, bool json,
		struct policy **ret_policy)
{
	OWNED(drop_fd) int fd = open(file, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[FAULTS_MAX];
	struct policy *policy = NULL;
	size_t size, count = FAULTS_MAX;
	int r;

	if (fd < 0) {
		say_error("%s: %s", file, strerror(errno));
		return EXIT_ERROR;
	}
	r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);
	if (r < 0) {
		say_error("%s: %s", file, strerror(-r));
		return EXIT_ERROR;
	}
	r = policy_read((struct slice){ text, size }, faults, &count, &policy);
	if (r == 0)
		r = policy_settle(policy, clock_now(&clock_system), faults,
				  FAULTS_MAX, &count);
	if (r != -ENOMEM)
		tell_faults(out, file, faults, count, json);
	if (r < 0) {
		policy_free(policy);
		return r == -EINVAL ? EXIT_FOUND : EXIT_ERROR;
	}
	*ret_policy = policy;
	return EXIT_OK;
}

/* Which promises of the published policy a new one would break. */
static int compare(const struct options *options, const char *file,
		   const struct policy *fresh)
{
	struct notice_fault faults[FAULTS_MAX];
	struct policy *published = NULL;
	size_t count = 0, broken;
	int status = policy_load(options->against, stderr, false, &published);

	if (status != EXIT_OK)
		return status;
	broken = policy_compare(fresh, published, faults, FAULTS_MAX, &count);
	for (size_t i = 0; i < count; i++) {
		const struct notice_fault *fault = &faults[i];

		if (options->json) {
			tell_json(stdout, file, fault);
			continue;
		}
		(void)printf("error: %s:%d: %s: %s\n"
			     "   the published notice %s promises \"%s\" (%s)\n"
			     "   either %s\n",
			     file, fault->line, fault->code, fault->text,
			     policy_version(published), fault->promise,
			     fault->sentence, fault->remedy);
	}
	policy_free(published);
	return broken > 0 ? EXIT_REFUSED : EXIT_OK;
}

static int check(const struct options *options, const char *file)
{
	struct policy *policy = NULL;
	int status = policy_load(file, stdout, options->json, &policy);

	if (status == EXIT_OK && options->against)
		status = compare(options, file, policy);
	if (status == EXIT_OK && !options->json)
		(void)printf("%s: %sok%s - %s, version %s\n", file,
			     say_colour(SAY_GREEN), say_colour(SAY_PLAIN),
			     policy_id(policy), policy_version(policy));
	policy_free(policy);
	return status;
}

static int show(const struct options *options, const char *file)
{
	struct policy *policy = NULL;
	int status;

	if (options->json) {
		say_error("show is for people; check has --json");
		return EXIT_USAGE;
	}
	status = policy_load(file, stdout, false, &policy);
	if (status != EXIT_OK)
		return status;
	policy_explain(policy, clock_now(&clock_system), stdout);
	policy_free(policy);
	return EXIT_OK;
}

/* What is wrong with the policy does not mix with what it makes. */
static int render(const struct options *options, const char *file)
{
	struct policy *policy = NULL;
	int status = render_check(&options->render);

	if (status == EXIT_OK)
		status = policy_load(file, stderr, false, &policy);
	if (status == EXIT_OK)
		status = render_policy(&options->render, policy);
	policy_free(policy);
	return status;
}

static int run(void *values, int argc, char **argv)
{
	const struct options *options = values;

	if (argc == 2 && strcmp(argv[0], "check") == 0)
		return check(values, argv[1]);
	if (argc == 2 && strcmp(argv[0], "show") == 0)
		return show(values, argv[1]);
	if (argc == 2 && strcmp(argv[0], "render") == 0)
		return render(options, argv[1]);
	if (argc == 1 && strcmp(argv[0], "schema") == 0) {
		policy_schema(stdout);
		return EXIT_OK;
	}
	if (argc == 1 && strcmp(argv[0], "coverage") == 0)
		return policy_coverage(options->json);
	if (argc == 3 && strcmp(argv[0], "key") == 0)
		return policy_make_key(argv[1], argv[2]);
	if (argc == 2 && strcmp(argv[0], "verify") == 0)
		return policy_verify(argv[1], options->before);
	if (argc == 2 && strcmp(argv[0], "sign") == 0) {
		if (options->key)
			return policy_sign(argv[1], options->key);
		say_error("sign needs --key FILE");
		return EXIT_USAGE;
	}
	if (argc == 2 && strcmp(argv[0], "impact") == 0)
		return policy_impact(argv[1], options->run, options->json);
	if (argc >= 1 && argc <= 2 && strcmp(argv[0], "prove") == 0)
		return prove_notice(options->run, argc == 2 ? argv[1] : NULL,
				    options->json);
	say_error("policy check, show, impact, render, prove, schema, "
		  "coverage, key, "
		  "sign or verify");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "check", "FILE",
	  "say what is wrong with a policy: file:line: code: text, the "
	  "sentence of the notice that it concerns, why, and what to do" },
	{ "show", "FILE",
	  "say in plain words all that a policy decides: who and why, which "
	  "calls, from when to when, what each role sees, until when "
	  "everything is kept" },
	{ "schema", "", "print a JSON Schema of the vocabulary, for editors" },
	{ "coverage", "",
	  "list every key of the vocabulary with the code that enforces it "
	  "and the test that shows it" },
	{ "key", "NAME FILE",
	  "make a signing key for an office, sealed with a passphrase from "
	  "the terminal or stdin, and print its verifier key, which the "
	  "policy lists under \"signers\"" },
	{ "sign", "FILE --key KEY",
	  "put one signature to a policy, in FILE.signed: two persons must, "
	  "or it does not hold" },
	{ "impact", "FILE",
	  "count what would end earlier if this policy held, and what would "
	  "be erased at once: a shorter promise applies to what is there, a "
	  "longer one never" },
	{ "prove", "[SENTENCE]",
	  "hold the notice against the running service, sentence by "
	  "sentence: held, broken, not applicable, or not looked at here; "
	  "ends with 3 if a promise is broken" },
	{ "verify", "FILE",
	  "say who signed a policy, and whether it may hold" },
	{ "render", "FILE",
	  "print what is published of it: the notice as the public page shows "
	  "it, and other documents made from the same clauses" },
};

static const struct command_example examples[] = {
	{ "tallenne policy check /etc/tallenne/policy.yaml",
	  "Before publishing a changed notice:" },
	{ "tallenne policy check new.yaml --against /etc/tallenne/policy.yaml",
	  "Whether it keeps what was promised:" },
	{ "tallenne policy show /etc/tallenne/policy.yaml",
	  "For those who sign it:" },
	{ "tallenne policy key controller-representative my.key",
	  "Once, by each who is to sign:" },
	{ "tallenne policy sign policy.yaml --key my.key",
	  "After reading it, each with their own key:" },
	{ "tallenne policy verify policy.yaml --before "
	  "/etc/tallenne/policy.yaml",
	  "Before it takes the place of the one that holds:" },
	{ "tallenne policy render policy.yaml --lang sv --as html >sv.html",
	  "The notice in Swedish, as a page of its own:" },
	{ "tallenne policy render policy.yaml --document record --as pdf "
	  ">record.pdf",
	  "The record of processing activities, to be printed:" },
};

const struct command command_policy = {
	.name = "policy",
	.words = "",
	.about = "Reads a policy file, which is the privacy notice as data: "
		 "which calls and chats are recorded, who may hear or read "
		 "them for what, until when everything may exist. Ends with 3 "
		 "if the policy has errors, with 4 if it would break a promise "
		 "of a published one; warnings are told but are no errors. "
		 "The keys are described in tallenne-policy(5).",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-config(1), tallenne-policy(5), "
		    "tallenne-retention(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
