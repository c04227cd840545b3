/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/survey.h"

#include <errno.h>
#include <string.h>

#include "spool/codec.h"

/* What is open at this point of the pass. */
struct walk {
	nanoseconds hold_from; /* 0: not on hold */
	nanoseconds pause_from;
	nanoseconds track_pause_from[TRACKS_MAX];
	nanoseconds gap_from; /* blocks are missing since */
	nanoseconds last_at;
	nanoseconds marked_at; /* CALL_MARK_ANSWERED */
	struct spool_close close;
};

/* The length of the last packet when nothing else tells it. */
#define LAST_PACKET (20 * NS_PER_MS)

static void add_span(struct survey *survey, enum survey_cause cause, int track,
		     nanoseconds from, nanoseconds to)
{
	if (from == 0 || to <= from || survey->span_count == SURVEY_SPANS_MAX)
		return;
	survey->span[survey->span_count++] =
		(struct survey_span){ from, to, cause, track };
}

static void take_mark(struct survey *survey, struct walk *walk,
		      const struct spool_item *item)
{
	struct spool_mark mark;

	memcpy(&mark, item->payload.at, sizeof(mark));
	if (survey->mark_count < SURVEY_MARKS_MAX)
		survey->mark[survey->mark_count++] =
			(struct survey_mark){ mark.at, mark.kind };

	switch (mark.kind) {
	case CALL_MARK_ANSWERED:
		if (walk->marked_at == 0)
			walk->marked_at = mark.at;
		break;
	case CALL_MARK_HOLD:
		if (walk->hold_from == 0)
			walk->hold_from = mark.at;
		break;
	case CALL_MARK_PAUSE:
		if (walk->pause_from == 0)
			walk->pause_from = mark.at;
		break;
	case CALL_MARK_RESUME:
		add_span(survey, CAUSE_HOLD, -1, walk->hold_from, mark.at);
		add_span(survey, CAUSE_PAUSE, -1, walk->pause_from, mark.at);
		walk->hold_from = 0;
		walk->pause_from = 0;
		break;
	default:
		break;
	}
}

static int take_stream(struct survey *survey, struct walk *walk,
		       const struct spool_item *item)
{
	struct tracks *tracks = &survey->tracks;
	struct spool_stream state;
	int before = tracks->at[item->stream];
	int track;
	int r;

	memcpy(&state, item->payload.at, sizeof(state));
	r = tracks_take(tracks, item->stream, &state);
	if (r == -ENOSPC)
		return 0;
	if (r < 0)
		return r;

	track = tracks->at[item->stream];
	if (before >= 0 &&
	    (track != before || !tracks->track[before].is_paused)) {
		add_span(survey, CAUSE_PAUSE, before,
			 walk->track_pause_from[before], item->at);
		walk->track_pause_from[before] = 0;
	}
	if (track >= 0 && tracks->track[track].is_paused &&
	    walk->track_pause_from[track] == 0)
		walk->track_pause_from[track] = item->at;
	return 0;
}

static int take_rtp(struct survey *survey, const struct spool_item *item)
{
	struct track *track = tracks_find(&survey->tracks, item->stream);
	struct call_codec_map codec;
	struct rtp_packet packet;

	if (!track || rtp_read(item->payload, &packet) < 0 ||
	    !track_codec(track, packet.payload_type, &codec))
		return 0;
	if ((survey->answered_at == 0 || item->at >= survey->answered_at) &&
	    (survey->ended_at == 0 || item->at <= survey->ended_at)) {
		track->is_heard = true;
		track->codecs |= 1U << codec.codec;
		if (codec_is_wide(&codec))
			survey->is_wide = true;
		if (survey->first_heard_at == 0)
			survey->first_heard_at = item->at;
		survey->last_heard_at = item->at;
	}
	return anchor_see(track->anchor, &packet, item->at, codec.clock_rate);
}

static int take_item(struct survey *survey, struct walk *walk,
		     const struct spool_item *item)
{
	if (item->kind == SPOOL_GAP) {
		if (walk->gap_from == 0)
			walk->gap_from = item->at;
		for (int i = 0; i < survey->tracks.count; i++)
			anchor_cut(survey->tracks.track[i].anchor);
		return 0;
	}
	add_span(survey, CAUSE_DAMAGED, -1, walk->gap_from, item->at);
	walk->gap_from = 0;
	if (item->at > walk->last_at)
		walk->last_at = item->at;

	switch (item->kind) {
	case SPOOL_RTP:
		return take_rtp(survey, item);
	case SPOOL_STREAM:
		return take_stream(survey, walk, item);
	case SPOOL_MARK:
		take_mark(survey, walk, item);
		return 0;
	case SPOOL_CLOSE:
		memcpy(&walk->close, item->payload.at, sizeof(walk->close));
		survey->is_closed = true;
		return 0;
	case SPOOL_OVERRUN:
		/* Told afterwards, before whatever was kept next: it lasted
		 * since the last packet that was. */
		add_span(survey, CAUSE_OVERRUN, -1,
			 survey->last_heard_at > 0 ? survey->last_heard_at
						   : item->at - NS_PER_S,
			 item->at);
		return 0;
	default:
		return 0;
	}
}

/*
 * The gates. What media was told stands in the spool as well; where both
 * fail, sound itself is the evidence, because media writes none before the
 * answer.
 */
static void find_gates(struct survey *survey, const struct walk *walk)
{
	nanoseconds longest = SURVEY_HOURS_MAX * 3600 * NS_PER_S;

	if (survey->answered_at == 0 && survey->is_closed)
		survey->answered_at = walk->close.answered_at;
	else if (survey->answered_at == 0)
		survey->answered_at = walk->marked_at;
	if (survey->answered_at == 0 && !survey->is_closed)
		survey->answered_at = survey->first_heard_at;

	if (survey->ended_at == 0 && survey->is_closed)
		survey->ended_at = walk->close.ended_at;
	if (survey->ended_at == 0 && survey->last_heard_at > 0)
		survey->ended_at = survey->last_heard_at + LAST_PACKET;
	if (survey->ended_at < survey->answered_at)
		survey->ended_at = survey->answered_at;
	if (survey->ended_at - survey->answered_at > longest)
		survey->ended_at = survey->answered_at + longest;
}

static void close_spans(struct survey *survey, struct walk *walk)
{
	nanoseconds end = survey->ended_at;

	add_span(survey, CAUSE_HOLD, -1, walk->hold_from, end);
	add_span(survey, CAUSE_PAUSE, -1, walk->pause_from, end);
	add_span(survey, CAUSE_DAMAGED, -1, walk->gap_from, end);
	for (int i = 0; i < survey->tracks.count; i++)
		add_span(survey, CAUSE_PAUSE, i, walk->track_pause_from[i],
			 end);
}

int survey_take(struct survey *survey, struct spool_reader *reader,
		nanoseconds answered_at, nanoseconds ended_at)
{
	struct walk walk = { 0 };
	struct spool_item item;
	int r;

	tracks_init(&survey->tracks);
	survey->answered_at = answered_at;
	survey->ended_at = ended_at;
	spool_reader_rewind(reader);
	while (spool_reader_next(reader, &item) == 0) {
		r = take_item(survey, &walk, &item);
		if (r < 0)
			return r;
	}
	survey->missing_blocks = spool_reader_missing(reader);
	find_gates(survey, &walk);
	close_spans(survey, &walk);
	survey->is_mixed = tracks_assign(&survey->tracks);
	return 0;
}

void survey_done(struct survey *survey)
{
	tracks_done(&survey->tracks);
}

bool survey_is_inside(const struct survey *survey, nanoseconds at)
{
	return survey->answered_at != 0 && at >= survey->answered_at &&
	       at <= survey->ended_at;
}
