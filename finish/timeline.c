/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/timeline.h"

#include <errno.h>
#include <stdio.h>

#include "base/bytes.h"
#include "spool/codec.h"

/* Above the causes: there is sound, or silence that was meant. */
enum { NO_HOLE = CAUSES };

struct page {
	FILE *file;
	const struct survey *survey;
	uint64_t duration_ms;
	int holes;
	uint8_t *cause[LANES]; /* of each cell */
	size_t count;
};

/* What a cell's own story says about a hole there. */
static uint8_t cause_of(uint8_t cell)
{
	switch (cell) {
	case CELL_EMPTY:
		return CAUSE_SILENT;
	case CELL_LOSS:
		return CAUSE_LOSS;
	case CELL_DAMAGED:
		return CAUSE_DAMAGED;
	default:
		return NO_HOLE;
	}
}

static int64_t cell_at(const struct survey *survey, nanoseconds at)
{
	return (at - survey->answered_at) / (LANES_CELL_MS * NS_PER_MS);
}

/* Lay the known reasons over whatever is not sound. */
static void lay_span(struct page *page, const struct survey_span *span,
		     const uint8_t *cells, int lane)
{
	const struct tracks *tracks = &page->survey->tracks;
	int64_t from = cell_at(page->survey, span->from);
	int64_t to = cell_at(page->survey, span->to);

	if (span->track >= 0 &&
	    !(tracks->track[span->track].sides & (1 << lane)))
		return;
	if (from < 0)
		from = 0;
	if (to > (int64_t)page->count)
		to = (int64_t)page->count;
	for (int64_t i = from; i < to; i++) {
		uint8_t *cause = &page->cause[lane][i];

		if (cells[i] == CELL_SOUND)
			continue;
		if (*cause == NO_HOLE || *cause < span->cause)
			*cause = (uint8_t)span->cause;
	}
}

static int find_causes(struct page *page, const struct lanes *lanes)
{
	for (int lane = 0; lane < LANES; lane++) {
		const uint8_t *cells = lanes_cells(lanes, lane, &page->count);

		page->cause[lane] = malloc(page->count);
		if (!page->cause[lane])
			return -ENOMEM;
		for (size_t i = 0; i < page->count; i++)
			page->cause[lane][i] = cause_of(cells[i]);
		for (uint32_t i = 0; i < page->survey->span_count; i++)
			lay_span(page, &page->survey->span[i], cells, lane);
	}
	return 0;
}

static const char *const cause_names[CAUSES] = {
	[CAUSE_SILENT] = "silent",   [CAUSE_LOSS] = "loss",
	[CAUSE_OVERRUN] = "overrun", [CAUSE_DAMAGED] = "damaged",
	[CAUSE_PAUSE] = "pause",     [CAUSE_HOLD] = "hold",
};

static void say_hole(struct page *page, int lane, size_t from, size_t to,
		     uint8_t cause)
{
	uint64_t from_ms = from * LANES_CELL_MS;
	uint64_t to_ms = to * LANES_CELL_MS;
	const char *name = lane == 0 ? "0" : lane == 1 ? "1" : "null";

	if (to_ms > page->duration_ms)
		to_ms = page->duration_ms;
	if (cause == NO_HOLE || to_ms < from_ms + TIMELINE_HOLE_MS ||
	    page->holes == TIMELINE_HOLES_MAX)
		return;
	fprintf(page->file,
		"%s{\"lane\":%s,\"from_ms\":%llu,\"to_ms\":%llu,"
		"\"cause\":\"%s\"}",
		page->holes++ ? "," : "", name, (unsigned long long)from_ms,
		(unsigned long long)to_ms, cause_names[cause]);
}

/* Whether both lanes have the same hole from here to there. */
static bool is_shared(const struct page *page, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (page->cause[0][i] != page->cause[1][i])
			return false;
	return true;
}

static size_t end_of(const struct page *page, int lane, size_t from)
{
	size_t to = from + 1;

	while (to < page->count &&
	       page->cause[lane][to] == page->cause[lane][from])
		to++;
	return to;
}

static void say_holes(struct page *page)
{
	size_t at[LANES] = { 0, 0 };

	/* In the order of time; a hole that both lanes share is told once. */
	while (at[0] < page->count || at[1] < page->count) {
		int lane = at[0] <= at[1] ? 0 : 1;
		size_t from = at[lane];
		size_t to = end_of(page, lane, from);
		uint8_t cause = page->cause[lane][from];

		if (at[0] == at[1] && cause != NO_HOLE &&
		    end_of(page, 1, from) == to && is_shared(page, from, to)) {
			say_hole(page, -1, from, to, cause);
			at[0] = at[1] = to;
			continue;
		}
		say_hole(page, lane, from, to, cause);
		at[lane] = to;
	}
}

static void say_marks(struct page *page)
{
	static const char *const names[] = {
		[CALL_MARK_HOLD] = "hold",	   [CALL_MARK_PAUSE] = "pause",
		[CALL_MARK_RESUME] = "resume",	   [CALL_MARK_LEAVE] = "leave",
		[CALL_MARK_TRANSFER] = "transfer", [CALL_MARK_JOIN] = "join",
	};
	const struct survey *survey = page->survey;
	int count = 0;

	for (uint32_t i = 0; i < survey->mark_count; i++) {
		const struct survey_mark *mark = &survey->mark[i];

		if (mark->kind >= COUNT(names) || !names[mark->kind] ||
		    !survey_is_inside(survey, mark->at))
			continue;
		fprintf(page->file, "%s{\"at_ms\":%lld,\"kind\":\"%s\"}",
			count++ ? "," : "",
			(long long)((mark->at - survey->answered_at) /
				    NS_PER_MS),
			names[mark->kind]);
	}
}

static void say_codecs(struct page *page, int lane)
{
	const struct tracks *tracks = &page->survey->tracks;
	uint32_t heard = 0;
	int count = 0;

	for (int i = 0; i < tracks->count; i++)
		if (tracks->track[i].sides & (1 << lane))
			heard |= tracks->track[i].codecs;
	for (uint32_t codec = 1; codec < CALL_CODECS; codec++)
		if (heard & (1U << codec))
			fprintf(page->file, "%s\"%s\"", count++ ? "," : "",
				codec_name(codec));
}

static void say_all(struct page *page, const uint64_t lost[LANES])
{
	char began[CLOCK_TEXT_SIZE];

	clock_text(page->survey->answered_at, began);
	fprintf(page->file,
		"{\"version\":1,\"duration_ms\":%llu,\"began_at\":\"%s\","
		"\"lanes\":[\"caller\",\"agent\"],\"holes\":[",
		(unsigned long long)page->duration_ms, began);
	say_holes(page);
	(void)fputs("],\"marks\":[", page->file);
	say_marks(page);
	fprintf(page->file, "],\"lost_packets\":[%llu,%llu],\"codecs\":[[",
		(unsigned long long)lost[0], (unsigned long long)lost[1]);
	say_codecs(page, 0);
	(void)fputs("],[", page->file);
	say_codecs(page, 1);
	(void)fputs("]]}\n", page->file);
}

int timeline_write(int out, const struct survey *survey,
		   const struct lanes *lanes, uint64_t duration_ms,
		   const uint64_t lost[LANES], uint64_t *ret_size)
{
	OWNED(drop_memory) char *text = NULL;
	struct page page = { .survey = survey, .duration_ms = duration_ms };
	size_t size = 0;
	int r = find_causes(&page, lanes);

	if (r == 0) {
		page.file = open_memstream(&text, &size);
		if (!page.file)
			r = -ENOMEM;
	}
	if (r == 0) {
		say_all(&page, lost);
		if (fclose(page.file) != 0)
			r = -ENOMEM;
	}
	for (int i = 0; i < LANES; i++)
		free(page.cause[i]);
	if (r == 0)
		r = file_write_at(out, text, size, 0);
	if (r == 0)
		*ret_size = size;
	return r;
}
