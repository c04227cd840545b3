/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne policy: what the privacy notice promises, checked and shown. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/dates.h"
#include "cli/say.h"
#include "cli/suggest.h"
#include "notice/notice.h"

enum { FAULTS_MAX = 64 };

struct options {
	bool json;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct options, json), NULL,
	  "one JSON object a line" },
};

static void tell_faults(const char *file, const struct notice_fault *faults,
			size_t count, bool json)
{
	for (size_t i = 0; i < count; i++) {
		const struct notice_fault *fault = &faults[i];

		if (!json) {
			/* Line 0: the policy as a whole. */
			(void)printf("%s:", file);
			if (fault->line > 0)
				(void)printf("%d:", fault->line);
			(void)printf(" %s: %s\n", fault->code, fault->text);
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

static bool is_error(const struct notice_fault *fault)
{
	return fault->code[0] == 'E';
}

/* Read a policy and tell what is wrong with it; an exit status. */
static int load(const char *file, bool json, struct policy **ret_policy)
{
	OWNED(drop_fd) int fd = open(file, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[FAULTS_MAX];
	struct civil_zone *zone;
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
	r = policy_read((struct slice){ text, size }, faults, &count,
			ret_policy);
	tell_faults(file, faults, count, json);
	if (r < 0)
		return r == -EINVAL ? EXIT_FOUND : EXIT_ERROR;
	r = civil_zone_load(policy_zone_name(*ret_policy), &zone);
	if (r < 0) {
		say_error("%s: unknown time zone", file);
		policy_free(*ret_policy);
		return EXIT_FOUND;
	}
	policy_set_zone(*ret_policy, zone);
	for (size_t i = 0; i < count; i++)
		if (is_error(&faults[i]))
			return EXIT_FOUND;
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

static void show_purposes(const struct policy *policy)
{
	static const char *const use[] = { "listen", "read",	  "note",
					   "sample", "aggregate", "clip" };

	for (size_t i = 0; i < policy_purpose_count(policy); i++) {
		const struct notice_purpose *purpose =
			policy_purpose(policy, i);

		(void)printf("purpose     %s: %s\n", purpose->id,
			     purpose->text[NOTICE_EN]);
		(void)printf("              for");
		for (uint32_t u = 0; u < COUNT(use); u++)
			if (purpose->uses & 1u << u)
				(void)printf(" %s", use[u]);
		(void)printf("; by");
		for (uint32_t role = 0; notice_roles[role]; role++)
			if (purpose->roles & 1u << (role + 1))
				(void)printf(" %s", notice_roles[role]);
		(void)putchar('\n');
	}
}

static void show_ends(const struct policy *policy)
{
	static const struct {
		uint32_t data_class;
		const char *name;
	} classes[] = { { SEAL_CLASS_AUDIO, "sound of calls" },
			{ SEAL_CLASS_CONTACT, "contact history" },
			{ SEAL_CLASS_CHAT, "chats" } };
	nanoseconds now = clock_now(&clock_system);

	for (size_t i = 0; i < COUNT(classes); i++) {
		char date[DATES_TEXT_SIZE];
		struct seal_end end;

		if (policy_end(policy, classes[i].data_class, now, now, &end) <
		    0)
			continue;
		dates_text(end.date, date);
		(void)printf("retention   %s: what begins now may exist until "
			     "%s\n",
			     classes[i].name, date);
	}
}

static int show(const struct options *options, const char *file)
{
	struct policy *policy = NULL;
	int status = load(file, options->json, &policy);

	if (status != EXIT_OK)
		return status;
	(void)printf("policy      %s\nversion     %s\nhash        %08x\n"
		     "time zone   %s\n",
		     policy_id(policy), policy_version(policy),
		     policy_hash(policy), policy_zone_name(policy));
	for (size_t i = 0; i < policy_service_count(policy); i++) {
		char number[DATES_TEXT_SIZE];
		const char *label;

		dates_number_text(policy_service(policy, i, NOTICE_EN, &label),
				  number);
		(void)printf("service     %s %s\n", number, label ? label : "");
	}
	show_purposes(policy);
	show_ends(policy);
	(void)printf("calls       transfer %s, hold %s, consultation %s\n",
		     policy_stops_at_transfer(policy) ? "ends the recording"
						      : "goes on",
		     policy_pauses_on_hold(policy) ? "pauses" : "goes on",
		     policy_records_consultation(policy) ? "is recorded"
							 : "is not recorded");
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
	{ "show", "FILE", "say what a policy means: numbers, purposes, ends" },
};

static const struct command_example examples[] = {
	{ "tallenne policy check /etc/tallenne/policy.yaml",
	  "Before publishing a changed notice:" },
};

const struct command command_policy = {
	.name = "policy",
	.words = "",
	.about = "Reads a policy file, which is the privacy notice as data: "
		 "which calls are recorded, who may listen for what, until "
		 "when everything may exist. Ends with 3 if the policy has "
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
