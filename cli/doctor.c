/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne doctor */
#include "cli/doctor.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/door.h"
#include "cli/house.h"
#include "cli/say.h"

#define CONFIG_FILE "/etc/tallenne/tallenne.yaml"

struct options {
	const char *run, *config, *to, *test_number;
	bool test_call, deep, json;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "test-call", 0, OPTION_FLAG, AT(test_call), NULL,
	  "make a call that is recorded, verified and erased" },
	{ "deep", 0, OPTION_FLAG, AT(deep), NULL,
	  "read the whole database through as well; the register does "
	  "nothing else meanwhile" },
	{ "config", 0, OPTION_TEXT, AT(config), "FILE",
	  "configuration (" CONFIG_FILE ", if it is there)" },
	{ "to", 0, OPTION_TEXT, AT(to), "URI",
	  "call this instead of what the service says it listens on" },
	{ "test-number", 0, OPTION_TEXT, AT(test_number), "NUMBER",
	  "service number of the test call (setting register.test_number)" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (TALLENNE_RUN, or that of the "
	  "configuration)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "one JSON object a check" },
};

static void defaults(void *values)
{
	struct options *options = values;

	options->test_number = "";
}

void doctor_tell(struct doctor *doctor, enum doctor_verdict verdict,
		 const char *name, const char *fix, const char *format, ...)
{
	static const struct {
		const char *word;
		enum say_colour colour;
	} verdicts[] = { { "ok", SAY_GREEN },
			 { "warn", SAY_YELLOW },
			 { "FAIL", SAY_RED },
			 { "skip", SAY_PLAIN } };
	char text[512];
	va_list arguments;
	json_t *object;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	doctor->number++;
	doctor->skipped += verdict == DOCTOR_SKIP;
	doctor->warnings += verdict == DOCTOR_WARN;
	doctor->failures += verdict == DOCTOR_FAIL;
	if (!doctor->json) {
		(void)printf("%2d %s%-4s%s %s: %s\n", doctor->number,
			     say_colour(verdicts[verdict].colour),
			     verdicts[verdict].word, say_colour(SAY_PLAIN),
			     name, text);
		if (fix && verdict != DOCTOR_OK)
			(void)printf("        fix: %s\n", fix);
		(void)fflush(stdout);
		return;
	}
	object = json_pack("{s:i, s:s, s:s, s:s, s:s*}", "check",
			   doctor->number, "verdict", verdicts[verdict].word,
			   "name", name, "text", text, "fix",
			   verdict == DOCTOR_OK ? NULL : fix);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	(void)fflush(stdout);
	json_decref(object);
}

static void check_config(struct doctor *doctor)
{
	const char *arguments[] = { "tallenne-house", "--check", doctor->config,
				    NULL };
	char told[4096] = "";
	const char *fault;
	int r;

	if (!doctor->config) {
		doctor_tell(doctor, DOCTOR_SKIP, "configuration",
			    "tallenne doctor --config FILE",
			    "no file was named");
		return;
	}
	r = house_hear("tallenne-house", arguments, told, sizeof(told));
	/* It names the file at fault, which may be the policy. */
	fault = strstr(told, "error: ");
	fault = fault ? fault + strlen("error: ") : "it has errors";
	if (r == 0)
		doctor_tell(doctor, DOCTOR_OK, "configuration", NULL,
			    "%s is right", doctor->config);
	else if (r < 0)
		doctor_tell(doctor, DOCTOR_FAIL, "configuration",
			    "install the whole package",
			    "the service's program is not here");
	else
		doctor_tell(doctor, DOCTOR_FAIL, "configuration",
			    "tallenne config check FILE", "%.*s",
			    (int)strcspn(fault, "\n"), fault);
}

static void learn(struct doctor *doctor, const struct options *options)
{
	doctor->run = options->run;
	doctor->to = options->to;
	doctor->json = options->json;
	doctor->deep = options->deep;
	doctor->end = -1;
	doctor->config = options->config;
	if (!doctor->config && access(CONFIG_FILE, R_OK) == 0)
		doctor->config = CONFIG_FILE;
	/* The service is the one of that configuration, unless told else. */
	if (!doctor->run && !getenv("TALLENNE_RUN") && doctor->config &&
	    doctor_setting(doctor->config, "house.run", doctor->run_told,
			   sizeof(doctor->run_told)) == 0)
		doctor->run = doctor->run_told;
	(void)snprintf(doctor->test_number, sizeof(doctor->test_number), "%s",
		       options->test_number);
	if (doctor->test_number[0] == '\0' && doctor->config &&
	    doctor_setting(doctor->config, "register.test_number",
			   doctor->test_number,
			   sizeof(doctor->test_number)) < 0)
		doctor->test_number[0] = '\0';
}

static int run(void *values, int argc, char **argv)
{
	const struct options *options = values;
	struct doctor doctor = { 0 };
	bool bad;

	if (argc > 0) {
		say_error("unexpected word: %s", argv[0]);
		return EXIT_USAGE;
	}
	learn(&doctor, options);
	doctor_machine(&doctor);
	check_config(&doctor);
	doctor_service(&doctor);
	if (options->test_call)
		doctor_test_call(&doctor);
	drop_fd(&doctor.end);
	bad = doctor.failures > 0 || doctor.warnings > 0;
	if (!doctor.json)
		(void)printf("%d ok, %d skipped, %d warn, %d FAIL\n",
			     doctor.number - doctor.skipped - doctor.warnings -
				     doctor.failures,
			     doctor.skipped, doctor.warnings, doctor.failures);
	return bad ? EXIT_FOUND : EXIT_OK;
}

static const struct command_example examples[] = {
	{ "tallenne doctor", "Look at everything, change nothing:" },
	{ "tallenne doctor --test-call", "After an installation or upgrade:" },
	{ "tallenne doctor --deep", "After a power cut or a restore:" },
	{ "tallenne doctor --json", "For monitoring:" },
};

const struct command command_doctor = {
	.name = "doctor",
	.words = "",
	.about = "Looks at machine, configuration and running service: "
		 "numbered checks, each ok, warn or FAIL, with what to do "
		 "about it. What could not be looked at is told as skip and "
		 "counted apart. Ends with 0 if nothing warns or fails, "
		 "whether or not something was skipped; otherwise with "
		 "3.\n\n"
		 "With --test-call it makes a real call to the number in the "
		 "setting register.test_number, which must be a service "
		 "number of the policy that nobody else calls; waits until "
		 "it is sealed, reads every byte of it back and compares its "
		 "hash, and erases it.",
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-status(1), tallenne-call(1), "
		    "tallenne-config(1)",
	.values_size = sizeof(struct options),
	.defaults = defaults,
	.run = run,
};
