/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/track.h"

#include <errno.h>
#include <string.h>

#include "spool/codec.h"

void tracks_init(struct tracks *tracks)
{
	*tracks = (struct tracks){ 0 };
	tracks_rewind(tracks);
}

void tracks_done(struct tracks *tracks)
{
	for (int i = 0; i < tracks->count; i++)
		anchor_free(tracks->track[i].anchor);
	*tracks = (struct tracks){ 0 };
}

void tracks_rewind(struct tracks *tracks)
{
	tracks->made = 0;
	for (int i = 0; i < CALL_STREAMS_MAX; i++)
		tracks->at[i] = -1;
	for (int i = 0; i < tracks->count; i++)
		anchor_rewind(tracks->track[i].anchor);
}

/* The next track of this pass; in the second one it is there already. */
static int make(struct tracks *tracks, uint32_t place, uint32_t label)
{
	struct track *track = &tracks->track[tracks->made];
	int r;

	if (tracks->made == TRACKS_MAX) {
		tracks->refused++;
		tracks->at[place] = -1;
		return -ENOSPC;
	}
	if (tracks->made == tracks->count) {
		*track = (struct track){ .label = label };
		r = anchor_new(&track->anchor);
		if (r < 0)
			return r;
		tracks->count++;
	}
	track->is_paused = false;
	track->codec_count = 0;
	tracks->at[place] = tracks->made++;
	return 0;
}

int tracks_take(struct tracks *tracks, uint32_t place,
		const struct spool_stream *state)
{
	struct track *track;
	bool was_paused;
	int r;

	assert(place < CALL_STREAMS_MAX);
	if (state->state == CALL_STREAM_FREE) {
		tracks->at[place] = -1;
		return 0;
	}
	if (tracks->at[place] < 0 ||
	    tracks->track[tracks->at[place]].label != state->label) {
		r = make(tracks, place, state->label);
		if (r < 0)
			return r;
	}
	track = &tracks->track[tracks->at[place]];
	if (state->lane != CALL_LANE_UNKNOWN && state->lane <= CALL_LANE_MIXED)
		track->lane = state->lane;
	was_paused = track->is_paused;
	track->is_paused = state->state == CALL_STREAM_PAUSED;
	if (was_paused)
		anchor_cut(track->anchor);

	track->codec_count = state->codec_count < CALL_CODECS_MAX
				     ? state->codec_count
				     : CALL_CODECS_MAX;
	memcpy(track->codec, state->codecs, sizeof(track->codec));
	return 0;
}

struct track *tracks_find(struct tracks *tracks, uint32_t place)
{
	assert(place < CALL_STREAMS_MAX);
	if (tracks->at[place] < 0 && make(tracks, place, place) < 0)
		return NULL;
	return &tracks->track[tracks->at[place]];
}

bool track_codec(const struct track *track, uint8_t payload_type,
		 struct call_codec_map *ret_codec)
{
	const struct call_codec_map *found = NULL;

	for (int i = 0; !found && i < track->codec_count; i++)
		if (track->codec[i].payload_type == payload_type)
			found = &track->codec[i];
	if (!found)
		return codec_static(payload_type, ret_codec) == 0;
	if (found->codec == CALL_CODEC_UNKNOWN || found->codec >= CALL_CODECS ||
	    found->clock_rate < 1000 || found->clock_rate > 192000)
		return false;
	*ret_codec = *found;
	return true;
}

/* Streams nobody named fill the free lanes in the order of their labels. */
static void fill_lanes(struct tracks *tracks, uint8_t taken)
{
	for (;;) {
		struct track *next = NULL;

		for (int i = 0; i < tracks->count; i++) {
			struct track *track = &tracks->track[i];

			if (track->sides == 0 &&
			    (!next || track->label < next->label))
				next = track;
		}
		if (!next)
			return;
		/* A label that comes back is the same voice. */
		for (int i = 0; i < tracks->count; i++)
			if (tracks->track[i].label == next->label &&
			    tracks->track[i].sides != 0)
				next->sides = tracks->track[i].sides;
		if (next->sides == 0)
			next->sides =
				taken & TRACK_LEFT ? TRACK_RIGHT : TRACK_LEFT;
		taken |= next->sides;
	}
}

bool tracks_assign(struct tracks *tracks)
{
	static const uint8_t sides_of[] = {
		[CALL_LANE_UNKNOWN] = 0,
		[CALL_LANE_CALLER] = TRACK_LEFT,
		[CALL_LANE_AGENT] = TRACK_RIGHT,
		[CALL_LANE_MIXED] = TRACK_LEFT | TRACK_RIGHT,
	};
	bool is_mixed = false;
	uint8_t taken = 0;

	for (int i = 0; i < tracks->count; i++) {
		struct track *track = &tracks->track[i];

		track->sides = sides_of[track->lane];
		taken |= track->sides;
		if (track->lane == CALL_LANE_MIXED)
			is_mixed = true;
	}
	if (tracks->count == 1 && taken == 0) {
		tracks->track[0].sides = TRACK_LEFT | TRACK_RIGHT;
		return true;
	}
	fill_lanes(tracks, taken);
	return is_mixed;
}
