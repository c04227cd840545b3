/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne policy: what the privacy notice promises, checked and shown. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/say.h"
#include "notice/notice.h"

enum { FAULTS_MAX = 64 };

struct options {
	bool json;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct options, json), NULL,
	  "check: one JSON object a line for each fault" },
};

static void tell_faults(const char *file, const struct notice_fault *faults,
			size_t count, bool json)
{
	for (size_t i = 0; i < count; i++) {
		const struct notice_fault *fault = &faults[i];

		if (!json) {
			(void)printf("%s:%d: %s: %s\n", file, fault->line,
				     fault->code, fault->text);
			continue;
		}
		json_t *object = json_pack("{s:s, s:i, s:s, s:s}", "file", file,
					   "line", fault->line, "code",
					   fault->code, "text", fault->text);

		(void)json_dumpf(object, stdout, JSON_COMPACT);
		(void)putchar('\n');
		json_decref(object);
	}
}

/* Read a policy and tell what is wrong with it; an exit status. */
static int load(const char *file, bool json, struct policy **ret_policy)
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
		tell_faults(file, faults, count, json);
	if (r < 0) {
		policy_free(policy);
		return r == -EINVAL ? EXIT_FOUND : EXIT_ERROR;
	}
	*ret_policy = policy;
	return EXIT_OK;
}

static int check(const struct options *options, const char *file)
{
	struct policy *policy = NULL;
	int status = load(file, options->json, &policy);

	if (status == EXIT_OK && !options->json)
		(void)printf("%s: %sok%s - %s, version %s\n", file,
			     say_colour(SAY_GREEN), say_colour(SAY_PLAIN),
			     policy_id(policy), policy_version(policy));
	if (status == EXIT_OK)
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
	status = load(file, false, &policy);
	if (status != EXIT_OK)
		return status;
	policy_explain(policy, clock_now(&clock_system), stdout);
	policy_free(policy);
	return EXIT_OK;
}

static int run(void *values, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[0], "check") == 0)
		return check(values, argv[1]);
	if (argc == 2 && strcmp(argv[0], "show") == 0)
		return show(values, argv[1]);
	say_error("policy check FILE, or policy show FILE");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "check", "FILE",
	  "say what is wrong with a policy: "
	  "file:line: code: text" },
	{ "show", "FILE",
	  "say in plain words all that a policy decides: who and why, which "
	  "calls, from when to when, what each role sees, until when "
	  "everything is kept" },
};

static const struct command_example examples[] = {
	{ "tallenne policy check /etc/tallenne/policy.yaml",
	  "Before publishing a changed notice:" },
	{ "tallenne policy show /etc/tallenne/policy.yaml",
	  "For those who sign it:" },
};

const struct command command_policy = {
	.name = "policy",
	.words = "",
	.about = "Reads a policy file, which is the privacy notice as data: "
		 "which calls and chats are recorded, who may hear or read "
		 "them for what, until when everything may exist. Ends with 3 "
		 "if the policy has "
		 "errors; warnings are told but are no errors.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-config(1), tallenne-retention(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
