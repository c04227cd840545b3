/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file report.h
 * What "tallenne call" tells about the calls it made.
 */
#ifndef TALLENNE_CLI_CALL_REPORT_H
#define TALLENNE_CLI_CALL_REPORT_H

#include "cli/call/call.h"

/** One line for each thing that happens in a single call. */
void report_progress(void *self, const struct call_progress *progress);

/** The summary as text; quiet: only what was wrong. */
void report_text(const struct call_plan *plan,
		 const struct call_summary *summary, bool quiet);

/** One object a call, one a line, and the summary in the last. */
void report_json(const struct call_plan *plan,
		 const struct call_summary *summary);

#endif
