/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Whose voice is in which m= line. The client's own words come first: who
 * sends a stream, who has a media index, which end a dialog is of; the
 * order in which things are listed comes last and is marked as a guess.
 */
#include <string.h>

#include "siprec/parse/parties_parts.h"

/* What is known of the usable m= lines. */
struct lines {
	uint32_t count;
	uint32_t index[SDP_MEDIA_MAX]; /* of the m= line */
	uint8_t *lanes;
};

/* Lane of one party, once view_choose() has decided. */
static uint8_t view_lane(const struct view *view, int party)
{
	if (party == view->agent)
		return CALL_LANE_AGENT;
	if (party == view->caller)
		return CALL_LANE_CALLER;
	if (view->parties[party].is_dummy) {
		/* It stands for whoever is not there yet. */
		if (view->agent == VIEW_NOBODY && view->caller != VIEW_NOBODY)
			return CALL_LANE_AGENT;
		if (view->caller == VIEW_NOBODY && view->agent != VIEW_NOBODY)
			return CALL_LANE_CALLER;
		return CALL_LANE_UNKNOWN;
	}
	if (view->parties[party].has_agent || view->parties[party].is_service)
		return CALL_LANE_AGENT;
	/* A third party of a conference, outside the house. */
	return view->agent == VIEW_NOBODY ? CALL_LANE_UNKNOWN
					  : CALL_LANE_CALLER;
}

/* Who is heard in one stream. */
struct voices {
	bool is_agent, is_caller, is_mixed, is_any;
	uint8_t lane; /* of the others */
};

static void add_voice(const struct view *view, int party, struct voices *voices)
{
	uint8_t lane = view_lane(view, party);

	if (party == view->agent)
		voices->is_agent = true;
	else if (party == view->caller)
		voices->is_caller = true;
	else if (voices->is_any && lane != voices->lane)
		voices->is_mixed = true;
	else
		voices->lane = lane;
	voices->is_any = true;
}

/*
 * In a conference the stream of the far side has all parties but the
 * agent: it goes with the caller, whoever else is in it.
 */
static uint8_t voices_lane(const struct voices *voices)
{
	if (voices->is_agent && voices->is_caller)
		return CALL_LANE_MIXED;
	if (voices->is_agent)
		return CALL_LANE_AGENT;
	if (voices->is_caller)
		return CALL_LANE_CALLER;
	return voices->is_mixed ? CALL_LANE_MIXED : voices->lane;
}

static const struct metadata_send *
find_send(const struct metadata *metadata, uint64_t participant,
	  const struct metadata_stream *stream, const char *label)
{
	uint64_t label_hash = metadata_hash(slice_of(label));

	for (uint32_t i = 0; i < metadata->send_count; i++) {
		const struct metadata_send *send = &metadata->sends[i];

		if (send->is_gone || send->participant != participant)
			continue;
		if ((stream && stream->id && send->stream == stream->id) ||
		    (label_hash && send->stream == label_hash))
			return send;
	}
	return NULL;
}

static uint8_t bind_by_send(const struct view *view, const char *label)
{
	const struct metadata *metadata = view->input->metadata;
	const struct metadata_stream *stream;
	struct voices voices = { 0 };

	if (!metadata)
		return CALL_LANE_UNKNOWN;
	stream = metadata_stream_find(metadata, label);
	if (stream && stream->is_mixed)
		return CALL_LANE_MIXED;
	for (uint32_t i = 0; i < view->count; i++) {
		const struct metadata_send *send = find_send(
			metadata, view->parties[i].participant, stream, label);

		if (send && send->is_both)
			return CALL_LANE_MIXED;
		if (send)
			add_voice(view, (int)i, &voices);
	}
	return voices_lane(&voices);
}

static uint8_t bind_by_index(const struct view *view, uint32_t index)
{
	struct voices voices = { 0 };

	for (uint32_t i = 0; i < view->count; i++)
		if (view->parties[i].media_index == (int)index)
			add_voice(view, (int)i, &voices);
	return voices_lane(&voices);
}

/* SEMS calls its streams by the leg they come from. */
static uint8_t bind_by_leg(const struct view *view, const char *label)
{
	bool is_out = view->agent != VIEW_NOBODY &&
		      view->parties[view->agent].is_calling;

	if (strcmp(label, "a_leg") == 0)
		return is_out ? CALL_LANE_AGENT : CALL_LANE_CALLER;
	if (strcmp(label, "b_leg") == 0)
		return is_out ? CALL_LANE_CALLER : CALL_LANE_AGENT;
	return CALL_LANE_UNKNOWN;
}

/* Of two lines with one known, the other is the other side's. */
static void bind_by_elimination(const struct view *view, struct lines *lines)
{
	uint8_t *a, *b;

	if (lines->count != 2 || view->count > 2)
		return;
	a = &lines->lanes[lines->index[0]];
	b = &lines->lanes[lines->index[1]];
	if (*a == CALL_LANE_UNKNOWN) {
		uint8_t *swap = a;

		a = b;
		b = swap;
	}
	if (*b != CALL_LANE_UNKNOWN)
		return;
	if (*a == CALL_LANE_CALLER)
		*b = CALL_LANE_AGENT;
	else if (*a == CALL_LANE_AGENT)
		*b = CALL_LANE_CALLER;
}

static uint32_t place_of_label(const struct metadata *metadata,
			       const char *label, uint32_t otherwise)
{
	for (uint32_t i = 0; i < metadata->stream_count; i++)
		if (label[0] && strcmp(metadata->streams[i].label, label) == 0)
			return i;
	return otherwise;
}

/* Nobody is said to send: the first party listed, the first stream. */
static void bind_by_order(struct view *view, struct lines *lines)
{
	const struct metadata *metadata = view->input->metadata;
	const struct sdp *sdp = view->input->sdp;

	if (!metadata || lines->count != 2 || view->count != 2)
		return;
	for (uint32_t i = 0; i < 2; i++)
		if (lines->lanes[lines->index[i]] != CALL_LANE_UNKNOWN)
			return;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t index = lines->index[i];
		uint32_t place =
			place_of_label(metadata, sdp->media[index].label, i);

		if (place < view->count)
			lines->lanes[index] = view_lane(view, (int)place);
	}
	view->is_guessed = true;
}

/* Cisco BiB: the whole dialog is of one end; the roster may know better. */
static uint8_t bind_by_tie(const struct view *view)
{
	struct parties_tie tie;

	parties_find_tie(view->input, &tie);
	for (uint32_t i = 0; i < view->count; i++)
		if ((tie.lane == CALL_LANE_AGENT && view->parties[i].is_near) ||
		    (tie.lane == CALL_LANE_CALLER && view->parties[i].is_far))
			return view_lane(view, (int)i);
	return (uint8_t)tie.lane;
}

/*
 * One stream for two parties: both are in it, even if one of them is said
 * to send a stream that does not exist. A lone party keeps its own lane.
 */
static void bind_single(const struct view *view, struct lines *lines)
{
	uint8_t *lane = &lines->lanes[lines->index[0]];
	uint32_t present = 0;

	if (lines->count != 1)
		return;
	for (uint32_t i = 0; i < view->count; i++)
		present += !view->parties[i].is_dummy;
	if (present >= 2 || *lane == CALL_LANE_UNKNOWN)
		*lane = CALL_LANE_MIXED;
}

uint8_t view_bind(struct view *view, uint8_t lanes[SDP_MEDIA_MAX])
{
	const struct sdp *sdp = view->input->sdp;
	struct lines lines = { .lanes = lanes };
	uint8_t tied = bind_by_tie(view);

	memset(lanes, CALL_LANE_UNKNOWN, SDP_MEDIA_MAX);
	if (!sdp)
		return tied;
	for (uint32_t i = 0; i < sdp->media_count; i++) {
		const char *label = sdp->media[i].label;

		if (!sdp->media[i].is_usable)
			continue;
		lines.index[lines.count++] = i;
		lanes[i] = tied ? tied : bind_by_send(view, label);
		if (lanes[i] == CALL_LANE_UNKNOWN)
			lanes[i] = bind_by_index(view, i);
		if (lanes[i] == CALL_LANE_UNKNOWN)
			lanes[i] = bind_by_leg(view, label);
	}
	if (tied)
		return tied;
	bind_by_elimination(view, &lines);
	bind_by_order(view, &lines);
	bind_single(view, &lines);
	return CALL_LANE_UNKNOWN;
}
