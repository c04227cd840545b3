/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/anchor.h"

#include <errno.h>
#include <string.h>

/* A delay must stay high for so long to be a jump and not a hiccup. */
#define SUSPECT_NS (1 * NS_PER_S)
enum {
	SUSPECT_PACKETS = 25,
	/* Least delay is taken over so many windows to each side. */
	AROUND = 2,
	/* RFC 3550, appendix A.1: beyond these a sequence starts anew. */
	DROPOUT_MAX = 3000,
	MISORDER_MAX = 500,
};
#define NO_DELAY INT64_MAX

struct run {
	uint64_t first_packet; /* number of its first packet in the stream */
	nanoseconds first_at;
	uint32_t window; /* index of its first window */
	uint32_t window_count;
};

/* Unwrapping, the same in both passes. */
struct unwrap {
	bool has_begun;
	bool is_cut;
	uint32_t ssrc;
	uint32_t clock_rate;
	uint32_t timestamp;
	uint16_t sequence;
	int64_t ticks;
	int64_t number;
	uint32_t epoch;
};

struct anchor {
	struct run *runs;
	uint32_t run_count;
	uint32_t runs_size;
	int64_t *windows;
	uint32_t window_count;
	uint32_t windows_size;

	struct unwrap unwrap;
	uint64_t packets; /* seen in this pass */

	/* First pass: is the delay about to jump? */
	nanoseconds suspect_at;
	uint64_t suspect_packet;
	uint64_t suspect_count;
	int64_t suspect_delay;

	uint32_t run; /* second pass: the present one */
};

int anchor_new(struct anchor **ret_anchor)
{
	struct anchor *anchor = calloc(1, sizeof(*anchor));

	if (!anchor)
		return -ENOMEM;
	*ret_anchor = anchor;
	return 0;
}

void anchor_free(struct anchor *anchor)
{
	if (!anchor)
		return;
	free(anchor->runs);
	free(anchor->windows);
	free(anchor);
}

void anchor_rewind(struct anchor *anchor)
{
	anchor->unwrap = (struct unwrap){ 0 };
	anchor->packets = 0;
	anchor->run = 0;
}

void anchor_cut(struct anchor *anchor)
{
	anchor->unwrap.is_cut = true;
}

static nanoseconds time_of(int64_t ticks, uint32_t clock_rate)
{
	int64_t rate = clock_rate;

	return ticks / rate * NS_PER_S + ticks % rate * NS_PER_S / rate;
}

/* Whether a new SSRC or clock begins with this packet. */
static bool unwrap_next(struct unwrap *unwrap, const struct rtp_packet *packet,
			uint32_t clock_rate)
{
	int16_t step = (int16_t)(uint16_t)(packet->sequence - unwrap->sequence);
	bool is_new = !unwrap->has_begun || unwrap->ssrc != packet->ssrc ||
		      unwrap->clock_rate != clock_rate;

	if (is_new) {
		unwrap->ticks = 0;
		unwrap->clock_rate = clock_rate;
	} else {
		unwrap->ticks +=
			(int32_t)(packet->timestamp - unwrap->timestamp);
	}
	if (!unwrap->has_begun || unwrap->ssrc != packet->ssrc ||
	    unwrap->is_cut || step > DROPOUT_MAX || step < -MISORDER_MAX) {
		unwrap->epoch++;
		unwrap->number = 0;
	} else {
		unwrap->number += step;
	}
	unwrap->has_begun = true;
	unwrap->is_cut = false;
	unwrap->ssrc = packet->ssrc;
	unwrap->timestamp = packet->timestamp;
	unwrap->sequence = packet->sequence;
	return is_new;
}

static int begin_run(struct anchor *anchor, uint64_t packet, nanoseconds at)
{
	struct run *runs = anchor->runs;

	if (anchor->run_count == anchor->runs_size) {
		uint32_t size = anchor->runs_size ? anchor->runs_size * 2 : 8;

		runs = reallocarray(runs, size, sizeof(*runs));
		if (!runs)
			return -ENOMEM;
		anchor->runs = runs;
		anchor->runs_size = size;
	}
	runs[anchor->run_count++] = (struct run){
		.first_packet = packet,
		.first_at = at,
		.window = anchor->window_count,
	};
	anchor->suspect_count = 0;
	return 0;
}

/* The window of a run in which an instant lies; grows the last run. */
static int window_of(struct anchor *anchor, struct run *run, nanoseconds at,
		     uint32_t *ret_index)
{
	int64_t number = (at - run->first_at) / ANCHOR_WINDOW;
	int64_t *windows = anchor->windows;

	if (number < 0)
		number = 0;
	if (run->window + number >= ANCHOR_WINDOWS_MAX)
		number = run->window_count > 0 ? run->window_count - 1 : 0;
	while (run->window_count <= number) {
		if (anchor->window_count == anchor->windows_size) {
			uint32_t size = anchor->windows_size
						? anchor->windows_size * 2
						: 64;

			windows = reallocarray(windows, size, sizeof(*windows));
			if (!windows)
				return -ENOMEM;
			anchor->windows = windows;
			anchor->windows_size = size;
		}
		windows[anchor->window_count++] = NO_DELAY;
		run->window_count++;
	}
	*ret_index = run->window + (uint32_t)number;
	return 0;
}

static int64_t least(const struct anchor *anchor, const struct run *run,
		     int64_t from, int64_t to)
{
	int64_t delay = NO_DELAY;

	if (from < run->window)
		from = run->window;
	if (to >= (int64_t)run->window + run->window_count)
		to = (int64_t)run->window + run->window_count - 1;
	for (int64_t i = from; i <= to; i++)
		if (anchor->windows[i] < delay)
			delay = anchor->windows[i];
	return delay;
}

/* The least delay of the last windows of a run that hold any packet. */
static int64_t recent(const struct anchor *anchor, const struct run *run)
{
	int64_t last = (int64_t)run->window + run->window_count - 1;

	while (last > run->window && anchor->windows[last] == NO_DELAY)
		last--;
	return least(anchor, run, last - 1, last);
}

static int note(struct anchor *anchor, nanoseconds at, int64_t delay)
{
	struct run *run = &anchor->runs[anchor->run_count - 1];
	uint32_t index;
	int r = window_of(anchor, run, at, &index);

	if (r == 0 && delay < anchor->windows[index])
		anchor->windows[index] = delay;
	return r;
}

/*
 * A higher delay that stays is a jump that happened when it began. Until
 * that is sure, nothing of it is noted: it would be taken for the present
 * run's least delay in windows of its own.
 */
static int suspect(struct anchor *anchor, nanoseconds at, int64_t delay)
{
	int r;

	if (anchor->suspect_count == 0) {
		anchor->suspect_at = at;
		anchor->suspect_packet = anchor->packets;
		anchor->suspect_delay = delay;
	}
	anchor->suspect_count++;
	if (delay < anchor->suspect_delay)
		anchor->suspect_delay = delay;
	if (at - anchor->suspect_at < SUSPECT_NS ||
	    anchor->suspect_count < SUSPECT_PACKETS)
		return 0;
	r = begin_run(anchor, anchor->suspect_packet, anchor->suspect_at);
	if (r == 0)
		r = note(anchor, anchor->runs[anchor->run_count - 1].first_at,
			 anchor->suspect_delay);
	return r == 0 ? note(anchor, at, delay) : r;
}

int anchor_see(struct anchor *anchor, const struct rtp_packet *packet,
	       nanoseconds arrived_at, uint32_t clock_rate)
{
	bool is_new = unwrap_next(&anchor->unwrap, packet, clock_rate);
	bool is_full = anchor->run_count >= ANCHOR_RUNS_MAX;
	int64_t delay = arrived_at - time_of(anchor->unwrap.ticks, clock_rate);
	int64_t usual;
	int r = 0;

	if (is_new && !(is_full && anchor->run_count > 0)) {
		r = begin_run(anchor, anchor->packets, arrived_at);
		if (r == 0)
			r = note(anchor, arrived_at, delay);
		anchor->packets++;
		return r;
	}

	usual = recent(anchor, &anchor->runs[anchor->run_count - 1]);
	if (is_full || usual == NO_DELAY) {
		r = note(anchor, arrived_at, delay);
	} else if (delay > usual + ANCHOR_JUMP) {
		r = suspect(anchor, arrived_at, delay);
	} else if (delay < usual - ANCHOR_JUMP &&
		   arrived_at - anchor->runs[anchor->run_count - 1].first_at >
			   SUSPECT_NS) {
		/* Nothing can arrive early: its clock jumped ahead. */
		r = begin_run(anchor, anchor->packets, arrived_at);
		if (r == 0)
			r = note(anchor, arrived_at, delay);
	} else {
		anchor->suspect_count = 0;
		r = note(anchor, arrived_at, delay);
	}
	anchor->packets++;
	return r;
}

struct anchor_place anchor_follow(struct anchor *anchor,
				  const struct rtp_packet *packet,
				  nanoseconds arrived_at, uint32_t clock_rate)
{
	const struct run *run;
	int64_t delay;
	int64_t window;

	(void)unwrap_next(&anchor->unwrap, packet, clock_rate);
	if (anchor->run_count == 0) /* a block opened in this pass only */
		return (struct anchor_place){
			.epoch = anchor->unwrap.epoch,
			.sequence = anchor->unwrap.number,
			.ticks = anchor->unwrap.ticks,
			.at = arrived_at,
		};
	while (anchor->run + 1 < anchor->run_count &&
	       anchor->runs[anchor->run + 1].first_packet <= anchor->packets)
		anchor->run++;
	anchor->packets++;

	run = &anchor->runs[anchor->run];
	window = run->window + (arrived_at - run->first_at) / ANCHOR_WINDOW;
	delay = least(anchor, run, window - AROUND, window + AROUND);
	if (delay == NO_DELAY) /* only packets that never were the run's */
		delay = least(anchor, run, run->window,
			      (int64_t)run->window + run->window_count);
	if (delay == NO_DELAY)
		delay = arrived_at - time_of(anchor->unwrap.ticks, clock_rate);
	return (struct anchor_place){
		.run = anchor->run,
		.epoch = anchor->unwrap.epoch,
		.sequence = anchor->unwrap.number,
		.ticks = anchor->unwrap.ticks,
		.at = time_of(anchor->unwrap.ticks, clock_rate) + delay,
	};
}
