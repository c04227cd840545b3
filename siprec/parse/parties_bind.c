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

static uint8_t lane_of(const struct view *view, int party)
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

static uint8_t join_lanes(uint8_t lane, uint8_t other, bool is_first)
{
	if (is_first || lane == other)
		return other;
	return CALL_LANE_MIXED;
}

static bool is_sending(const struct metadata *metadata, uint64_t participant,
		       const struct metadata_stream *stream, const char *label)
{
	uint64_t label_hash = metadata_hash(slice_of(label));

	for (uint32_t i = 0; i < metadata->send_count; i++) {
		const struct metadata_send *send = &metadata->sends[i];

		if (send->is_gone || send->participant != participant)
			continue;
		if ((stream && stream->id && send->stream == stream->id) ||
		    (label_hash && send->stream == label_hash))
			return true;
	}
	return false;
}

static uint8_t bind_by_send(const struct view *view, const char *label)
{
	const struct metadata *metadata = view->input->metadata;
	const struct metadata_stream *stream;
	uint8_t lane = CALL_LANE_UNKNOWN;
	bool is_first = true;

	if (!metadata)
		return lane;
	stream = metadata_stream_find(metadata, label);
	if (stream && stream->is_mixed)
		return CALL_LANE_MIXED;
	for (uint32_t i = 0; i < view->count; i++) {
		if (!is_sending(metadata, view->parties[i].participant, stream,
				label))
			continue;
		lane = join_lanes(lane, lane_of(view, (int)i), is_first);
		is_first = false;
	}
	return lane;
}

static uint8_t bind_by_index(const struct view *view, uint32_t index)
{
	uint8_t lane = CALL_LANE_UNKNOWN;
	bool is_first = true;

	for (uint32_t i = 0; i < view->count; i++) {
		if (view->parties[i].media_index != (int)index)
			continue;
		lane = join_lanes(lane, lane_of(view, (int)i), is_first);
		is_first = false;
	}
	return lane;
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
			lines->lanes[index] = lane_of(view, (int)place);
	}
	view->is_guessed = true;
}

static uint8_t bind_by_tie(const struct view *view)
{
	struct parties_tie tie;

	parties_find_tie(view->input, &tie);
	return (uint8_t)tie.lane;
}

/* One stream for two parties, and nothing says otherwise: both are in it. */
static void bind_single(struct lines *lines)
{
	if (lines->count == 1 &&
	    lines->lanes[lines->index[0]] == CALL_LANE_UNKNOWN)
		lines->lanes[lines->index[0]] = CALL_LANE_MIXED;
}

void view_bind(struct view *view, uint8_t lanes[SDP_MEDIA_MAX])
{
	const struct sdp *sdp = view->input->sdp;
	struct lines lines = { .lanes = lanes };
	uint8_t tied = bind_by_tie(view);

	memset(lanes, CALL_LANE_UNKNOWN, SDP_MEDIA_MAX);
	if (!sdp)
		return;
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
	bind_by_elimination(view, &lines);
	bind_by_order(view, &lines);
	bind_single(&lines);
}
