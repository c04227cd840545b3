/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/track.h"

#include <string.h>

enum {
	JUMPED = 0x10000, /* marks "jumped" as set */
	/* So many packets of one SSRC after the other came decide. */
	PROVED = 3,
	SETTLED = 10,
};

/* A live sender is heard at least so often; a changed one is not. */
#define QUIET_NS (30 * NS_PER_MS)
#define GONE_NS (500 * NS_PER_MS)

static bool was_seen(const struct track_source *source, uint32_t number)
{
	uint32_t bit = number % TRACK_WINDOW;

	return source->seen[bit / 64] >> bit % 64 & 1;
}

static void set_seen(struct track_source *source, uint32_t number)
{
	uint32_t bit = number % TRACK_WINDOW;

	source->seen[bit / 64] |= (uint64_t)1 << bit % 64;
}

static void clear_seen(struct track_source *source, uint32_t number)
{
	uint32_t bit = number % TRACK_WINDOW;

	source->seen[bit / 64] &= ~((uint64_t)1 << bit % 64);
}

static void begin(struct track_source *source, uint32_t ssrc, uint16_t sequence,
		  nanoseconds at)
{
	memset(source, 0, sizeof(*source));
	source->ssrc = ssrc;
	/* One wrap ahead, so that an early packet may still come late. */
	source->highest = source->lowest = 0x10000u + sequence;
	source->count = 1;
	source->last_at = at;
	set_seen(source, source->highest);
}

static uint64_t lost_of(const struct track_source *source)
{
	uint32_t expected = source->highest - source->lowest + 1;

	return source->count && expected > source->count
		       ? expected - source->count
		       : 0;
}

static enum track_verdict take_jump(const struct track *track,
				    struct track_source *source,
				    uint16_t sequence, nanoseconds at)
{
	uint32_t ssrc = source->ssrc;
	bool is_contested = source->is_contested;

	if (source->jumped == (JUMPED | sequence) &&
	    at - source->last_at >= QUIET_NS) {
		track->rest->lost += lost_of(source);
		track->rest->changes++;
		begin(source, ssrc, sequence, at);
		source->is_contested = is_contested;
		return TRACK_KEEP;
	}
	source->jumped = JUMPED | (uint16_t)(sequence + 1);
	return TRACK_REPLAY;
}

/* Judge by the sequence number alone. */
static enum track_verdict take_number(const struct track *track,
				      struct track_source *source,
				      uint16_t sequence, nanoseconds at)
{
	int32_t step = (int16_t)(sequence - (uint16_t)source->highest);
	uint32_t number = source->highest + (uint32_t)step;

	if (step > TRACK_AHEAD_MAX || step <= -TRACK_WINDOW)
		return take_jump(track, source, sequence, at);
	if (step > 0) {
		if (step >= TRACK_WINDOW)
			memset(source->seen, 0, sizeof(source->seen));
		else
			for (int32_t i = 1; i < step; i++)
				clear_seen(source, source->highest + i);
		source->highest = number;
	} else if (was_seen(source, number)) {
		return TRACK_DUPLICATE;
	} else if (number < source->lowest) {
		source->lowest = number;
	}
	set_seen(source, number);
	source->count++;
	source->jumped = 0;
	source->last_at = at;
	return TRACK_KEEP;
}

static void promote(const struct track *track)
{
	track->rest->lost += lost_of(track->current);
	track->rest->changes++;
	*track->current = track->rest->rival;
	track->rest->rival.count = 0;
	track->rest->is_barred = false;
}

static enum track_verdict take_other(const struct track *track, uint32_t ssrc,
				     uint16_t sequence, nanoseconds at)
{
	struct track_source *rival = &track->rest->rival;
	bool is_gone = at - track->current->last_at > GONE_NS;

	if (rival->count > 0 && rival->ssrc == ssrc &&
	    !track->rest->is_barred) {
		enum track_verdict verdict =
			take_number(track, rival, sequence, at);

		if (is_gone || rival->count >= SETTLED)
			promote(track);
		return verdict;
	}
	if (is_gone) {
		begin(rival, ssrc, sequence, at);
		promote(track);
		return TRACK_KEEP;
	}
	/* Barred until it, too, has been silent for a while. */
	if (rival->count > 0 &&
	    (!track->rest->is_barred || at - rival->last_at <= GONE_NS)) {
		if (rival->ssrc == ssrc)
			rival->last_at = at;
		return TRACK_INTRUDER;
	}
	begin(rival, ssrc, sequence, at);
	track->rest->after_rival = 0;
	track->rest->is_barred = false;
	track->current->is_contested = true;
	return TRACK_KEEP;
}

enum track_verdict track_take(const struct track *track, uint32_t ssrc,
			      uint16_t sequence, nanoseconds at)
{
	if (track->current->count == 0) {
		begin(track->current, ssrc, sequence, at);
		return TRACK_KEEP;
	}
	if (ssrc != track->current->ssrc)
		return take_other(track, ssrc, sequence, at);
	if (track->current->is_contested &&
	    ++track->rest->after_rival >= PROVED) {
		track->rest->is_barred = true;
		track->current->is_contested = false;
	}
	return take_number(track, track->current, sequence, at);
}

uint64_t track_lost(const struct track_source *current,
		    const struct track_rest *rest)
{
	return rest->lost + lost_of(current);
}

void track_reset(const struct track *track)
{
	uint64_t lost = track_lost(track->current, track->rest);

	memset(track->current, 0, sizeof(*track->current));
	memset(track->rest, 0, sizeof(*track->rest));
	track->rest->lost = lost;
}
