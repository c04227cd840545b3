/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "cli/call/dialect.h"
#include "cli/call/sdp.h"
#include "cli/call/wire.h"
#include "cli/say.h"

enum { TOLD_MAX = 10 };

static const char *const results[] = {
	[CALL_PENDING] = "pending",
	[CALL_OK] = "ok",
	[CALL_REFUSED] = "refused",
	[CALL_FAILED] = "failed",
};

void report_progress(void *self, const struct call_progress *progress)
{
	static const char *const event[] = {
		[CALL_EVENT_STARTED] = "calling",
		[CALL_EVENT_ANSWERED] = "answered, talking",
		[CALL_EVENT_STEP] = "change",
		[CALL_EVENT_ENDED] = "ended",
	};

	(void)self;
	/* A load test is told by its summary alone. */
	if (progress->index >= TOLD_MAX)
		return;
	(void)printf("call %" PRIu32 ": %s\n", progress->index + 1,
		     event[progress->event]);
	(void)fflush(stdout);
}

static void text_of(uint32_t index, const struct call_report *report)
{
	const char *colour =
		say_colour(report->result == CALL_OK ? SAY_GREEN : SAY_RED);

	(void)printf("call %" PRIu32 ": %s%s%s", index + 1, colour,
		     results[report->result], say_colour(SAY_PLAIN));
	if (report->fault[0] != '\0')
		(void)printf(" - %s", report->fault);
	if (report->warnings > 1)
		(void)printf(" (%" PRIu32 " warnings)", report->warnings);
	(void)putchar('\n');
	for (uint32_t i = 0; i < report->stream_count; i++) {
		const struct call_stream_report *stream = &report->stream[i];

		(void)printf("  %-6s label %-6s %" PRIu64 " packets to %s\n",
			     stream->lane, stream->label, stream->packets,
			     stream->destination);
	}
}

void report_text(const struct call_plan *plan,
		 const struct call_summary *summary, bool quiet)
{
	double seconds = (double)(summary->ended_at - summary->began_at) /
			 (double)NS_PER_S;
	uint32_t told = 0;

	for (uint32_t i = 0; i < summary->made; i++) {
		const struct call_report *report = &summary->report[i];
		bool wrong = report->result != CALL_OK || report->warnings > 0;

		if ((quiet || summary->made > TOLD_MAX) && !wrong)
			continue;
		if (told++ < TOLD_MAX)
			text_of(i, report);
	}
	if (told > TOLD_MAX)
		(void)printf("... and %" PRIu32 " more\n", told - TOLD_MAX);
	if (quiet)
		return;
	(void)printf("%" PRIu32 " calls: %" PRIu32 " ok, %" PRIu32
		     " refused, %" PRIu32 " failed; %" PRIu64
		     " packets in %.1f s, at most %" PRIu32
		     " at once, latest %" PRIu64 " us late (%s, %s)\n",
		     summary->made, summary->ok, summary->refused,
		     summary->failed, summary->packets, seconds,
		     summary->at_once_max, summary->late_max_us,
		     plan->dialect->name, wire_name(plan->transport));
}

static json_t *json_streams(const struct call_report *report)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < report->stream_count; i++) {
		const struct call_stream_report *s = &report->stream[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:I, "
				  "s:I, s:I}",
				  "lane", s->lane, "label", s->label, "to",
				  s->destination, "local_port", s->local_port,
				  "packets", (json_int_t)s->packets, "bytes",
				  (json_int_t)s->bytes, "lost",
				  (json_int_t)s->lost, "swapped",
				  (json_int_t)s->swapped, "doubled",
				  (json_int_t)s->doubled, "errors",
				  (json_int_t)s->errors));
	}
	return list;
}

static json_t *json_times(const struct call_report *report)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "invite_ns", (json_int_t)report->invite_at, "early_ns",
			 (json_int_t)report->early_at, "asked_ns",
			 (json_int_t)report->asked_at, "answer_ns",
			 (json_int_t)report->answered_at, "known_ns",
			 (json_int_t)report->known_at, "bye_ns",
			 (json_int_t)report->bye_at, "gone_ns",
			 (json_int_t)report->gone_at, "end_ns",
			 (json_int_t)report->ended_at);
}

static json_t *json_changes(const struct call_report *report)
{
	static const char *const kinds[] = {
		[CALL_HOLD] = "hold",	      [CALL_RESUME] = "resume",
		[CALL_PAUSE] = "pause",	      [CALL_CONTINUE] = "continue",
		[CALL_TRANSFER] = "transfer", [CALL_JOIN] = "join",
		[CALL_LEAVE] = "leave",	      [CALL_METADATA] = "metadata",
		[CALL_RESTART] = "restart",
	};
	json_t *list = json_array();

	for (uint32_t i = 0; i < report->change_count; i++) {
		const struct call_change *change = &report->change[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:I, s:I}", "kind",
				  kinds[change->kind], "asked_ns",
				  (json_int_t)change->asked_at, "known_ns",
				  (json_int_t)change->known_at));
	}
	return list;
}

static void print(json_t *object)
{
	if (!object)
		return;
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static void json_call(uint32_t index, const struct call_report *report)
{
	json_t *object = json_pack(
		"{s:i, s:s, s:i, s:i, s:b, s:i, s:i, s:i, s:i, s:i, s:s, s:o, "
		"s:o, s:o}",
		"call", (int)index + 1, "result", results[report->result],
		"status", report->status, "bye_status", report->bye_status,
		"ended_by_recorder", report->ended_by_recorder,
		"retransmissions", (int)report->retransmissions, "glares",
		(int)report->glares, "retries", (int)report->retries, "served",
		(int)report->served, "warnings", (int)report->warnings,
		"session_expires", report->session_expires, "times",
		json_times(report), "changes", json_changes(report), "streams",
		json_streams(report));
	json_t *ids = json_array(), *markers = json_array();

	for (uint32_t i = 0; i < report->dialog_count; i++)
		(void)json_array_append_new(ids,
					    json_string(report->call_id[i]));
	for (size_t i = 0; i < COUNT(report->marker); i++)
		if (report->marker[i][0] != '\0')
			(void)json_array_append_new(
				markers, json_string(report->marker[i]));
	(void)json_object_set_new(object, "call_ids", ids);
	(void)json_object_set_new(object, "markers", markers);
	if (report->fault[0] != '\0')
		(void)json_object_set_new(object, "fault",
					  json_string(report->fault));
	print(object);
}

void report_json(const struct call_plan *plan,
		 const struct call_summary *summary)
{
	for (uint32_t i = 0; i < summary->made; i++)
		json_call(i, &summary->report[i]);
	print(json_pack(
		"{s:{s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:I, s:I, "
		"s:I, s:I, s:s, s:s, s:s}}",
		"summary", "calls", (int)summary->made, "ok", (int)summary->ok,
		"refused", (int)summary->refused, "failed",
		(int)summary->failed, "at_once_max", (int)summary->at_once_max,
		"packets", (json_int_t)summary->packets, "bytes",
		(json_int_t)summary->bytes, "send_errors",
		(json_int_t)summary->send_errors, "late_max_us",
		(json_int_t)summary->late_max_us, "began_ns",
		(json_int_t)summary->began_at, "ended_ns",
		(json_int_t)summary->ended_at, "dialect", plan->dialect->name,
		"transport", wire_name(plan->transport), "codec",
		sdp_codecs[plan->codec].name));
}
