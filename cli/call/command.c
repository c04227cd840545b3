/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne call */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/call/plan.h"
#include "cli/call/report.h"
#include "cli/say.h"

static void defaults(void *values)
{
	struct plan_options *options = values;

	options->service = "+358295550100";
	options->caller = "+358405550123";
	options->dialect = "rfc";
	options->codec = "pcma";
	options->calls = 1;
	options->rate = 20;
	options->seed = 1;
}

static int list_dialects(void)
{
	for (size_t i = 0; i < dialect_count; i++)
		(void)printf("%-14s %s\n", dialects[i].name,
			     dialects[i].summary);
	return EXIT_OK;
}

static int exit_of(const struct call_summary *summary)
{
	if (summary->failed > 0)
		return EXIT_ERROR;
	return summary->refused > 0 ? EXIT_REFUSED : EXIT_OK;
}

static int run(void *values, int argc, char **argv)
{
	const struct plan_options *options = values;
	OWNED(call_summary_drop) struct call_summary summary = { 0 };
	char fault[CALL_FAULT_SIZE];
	struct plan plan;
	int r;

	if (argc > 0) {
		say_error("unexpected word: %s", argv[0]);
		return EXIT_USAGE;
	}
	if (strcmp(options->dialect, "list") == 0)
		return list_dialects();
	r = plan_make(options, &plan);
	if (r < 0)
		return EXIT_USAGE;
	if (!options->json && !options->quiet)
		plan.call.progress = report_progress;
	plan.call.take_signals = true;
	r = call_run(&plan.call, &summary, fault);
	if (r < 0) {
		say_error("%s", fault);
		return EXIT_ERROR;
	}
	if (options->json)
		report_json(&plan.call, &summary);
	else
		report_text(&plan.call, &summary, options->quiet);
	return exit_of(&summary);
}

static const struct command_example examples[] = {
	{ "tallenne call --to 'sip:127.0.0.1:5060;transport=tcp' --seconds 5",
	  "A call of five seconds:" },
	{ "tallenne call --to sip:127.0.0.1:5060 --dialect oracle "
	  "--early-media 2",
	  "The same as an Oracle SBC does it, with sound before the answer:" },
	{ "tallenne call --to sip:127.0.0.1:5060 --calls 500 --rate 50 "
	  "--seconds 60 --json",
	  "Load, with figures for a program to read:" },
};

const struct command command_call = {
	.name = "call",
	.words = "--to URI",
	.about = "Makes recorded calls to a SIPREC recorder: real signalling "
		 "and real sound, for demonstrations, tests and load. Without "
		 "other options one call of ten seconds with something like "
		 "speech in both directions.\n\n"
		 "Checks what the recorder answers as far as a client can. "
		 "Ends with 0 if all calls went well, 4 if the recorder "
		 "refused any, 1 if anything broke.",
	.options = plan_options,
	.option_count = PLAN_OPTION_COUNT,
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-doctor(1), tallenne(1)",
	.values_size = sizeof(struct plan_options),
	.defaults = defaults,
	.run = run,
};
