/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/voice.h"

#include <errno.h>
#include <string.h>

#include "finish/decode.h"
#include "finish/pen.h"

enum {
	/* Beyond so much the voice slips, until it is within so little. */
	SLIP_FROM_MS = 5,
	SLIP_TO_MS = 1,
	/* Farther off than this it is set anew instead. */
	RESET_MS = 60,
	/* A gap without loss up to here is the sender's silence. */
	QUIET_MS = 1000,
	FRAME_MS = 20,
};

/* A packet that waits for those it overtook. */
struct waiting {
	struct anchor_place place;
	struct call_codec_map codec;
	nanoseconds arrived_at;
	size_t size;
	char payload[];
};

/* A decoder and the codec it was made for. */
struct tongue {
	struct call_codec_map codec;
	struct decoder *decoder; /* NULL: there is none for it */
};

struct voice {
	const struct voice_stage *stage;
	uint32_t number;
	struct voice_count count;
	struct pen pen;

	struct waiting *waiting[VOICE_WAITING_MAX]; /* in order */
	int waiting_count;

	struct tongue tongue[CALL_CODECS_MAX];
	int tongue_count;
	struct decoder *last; /* whose sound conceals a loss */

	bool has_begun;
	bool has_sound; /* the pen is set down somewhere */
	bool is_quiet;	/* comfort noise: silence until more comes */
	bool is_slipping;
	uint32_t epoch;
	int64_t sequence; /* of the packet last played */
	uint32_t run;
	int64_t next_ticks; /* RTP time right behind the last sound */
	int64_t owed;	    /* packets lost since the last sound */

	int16_t samples[DECODE_SAMPLES_MAX + 1];
};

int voice_new(const struct voice_stage *stage, const struct track *track,
	      uint32_t number, struct voice **ret_voice)
{
	struct voice *voice = calloc(1, sizeof(*voice));

	if (!voice)
		return -ENOMEM;
	voice->stage = stage;
	voice->number = number;
	pen_init(&voice->pen, stage->lanes, track->sides, stage->rate);
	*ret_voice = voice;
	return 0;
}

void voice_free(struct voice *voice)
{
	if (!voice)
		return;
	for (int i = 0; i < voice->waiting_count; i++)
		free(voice->waiting[i]);
	for (int i = 0; i < voice->tongue_count; i++)
		decoder_free(voice->tongue[i].decoder);
	pen_done(&voice->pen);
	free(voice);
}

struct voice_count voice_count(const struct voice *voice)
{
	return voice->count;
}

static int64_t samples_of(const struct voice *voice, int64_t ms)
{
	return ms * voice->stage->rate / MS_PER_S;
}

/* Where an instant lies in the lanes. */
static int64_t position_of(const struct voice *voice, nanoseconds at)
{
	nanoseconds since = at - voice->stage->began_at;

	return since / NS_PER_S * voice->stage->rate +
	       since % NS_PER_S * voice->stage->rate / NS_PER_S;
}

static void note_progress(const struct voice *voice, uint32_t track,
			  uint32_t codec)
{
	struct voice_progress *progress = voice->stage->progress;

	if (!progress)
		return;
	atomic_store_explicit(&progress->codec, codec, memory_order_relaxed);
	atomic_store_explicit(&progress->track, track, memory_order_release);
}

static bool is_same_codec(const struct call_codec_map *a,
			  const struct call_codec_map *b)
{
	return a->codec == b->codec && a->clock_rate == b->clock_rate &&
	       a->channels == b->channels && a->flags == b->flags;
}

/* The decoder of a codec; NULL if there is or may be none. */
static struct decoder *decoder_of(struct voice *voice,
				  const struct call_codec_map *codec)
{
	struct tongue *tongue;

	for (int i = 0; i < voice->tongue_count; i++)
		if (is_same_codec(&voice->tongue[i].codec, codec))
			return voice->tongue[i].decoder;
	if (voice->tongue_count == CALL_CODECS_MAX ||
	    (voice->stage->avoid_track == voice->number &&
	     voice->stage->avoid_codec == codec->codec))
		return NULL;

	tongue = &voice->tongue[voice->tongue_count++];
	tongue->codec = *codec;
	note_progress(voice, voice->number, codec->codec);
	if (decoder_new(codec, voice->stage->rate, &tongue->decoder) < 0)
		tongue->decoder = NULL;
	note_progress(voice, VOICE_NOBODY, 0);
	return tongue->decoder;
}

/* Hide a loss as far as it can be hidden; the pen then is behind it. */
static int conceal(struct voice *voice, int64_t length, struct slice next)
{
	int64_t most = samples_of(voice, DECODE_CONCEAL_MS);
	uint32_t rate;
	int count;

	if (!voice->last || length <= 0)
		return 0;
	rate = decoder_rate(voice->last);
	count = (int)((length < most ? length : most) * rate /
		      voice->stage->rate);
	decoder_conceal(voice->last, count, next, voice->samples);
	return pen_write(&voice->pen, voice->samples, count, rate, CELL_LOSS);
}

/* Where this packet's sound is to begin. */
static int64_t target_of(struct voice *voice, const struct waiting *packet)
{
	int64_t here = pen_at(&voice->pen);
	int64_t wish = position_of(voice, packet->place.at);
	int64_t exact;
	int64_t off;

	if (!voice->has_sound || packet->place.run != voice->run)
		return wish;
	exact = here + (packet->place.ticks - voice->next_ticks) *
			       voice->stage->rate / packet->codec.clock_rate;
	off = wish - exact;
	/* Where there is silence before it, nobody hears it being set. */
	if (off > samples_of(voice, RESET_MS) ||
	    off < -samples_of(voice, RESET_MS) ||
	    exact - here > samples_of(voice, DECODE_CONCEAL_MS)) {
		voice->is_slipping = false;
		return wish;
	}
	if (off > samples_of(voice, SLIP_FROM_MS) ||
	    off < -samples_of(voice, SLIP_FROM_MS))
		voice->is_slipping = true;
	else if (off < samples_of(voice, SLIP_TO_MS) &&
		 off > -samples_of(voice, SLIP_TO_MS))
		voice->is_slipping = false;
	/* One sample a packet: 50 a second, far faster than clocks drift. */
	if (voice->is_slipping)
		exact += off > 0 ? 1 : -1;
	return exact;
}

/* Bring the pen to where a packet's sound begins, telling what lies between. */
static int approach(struct voice *voice, int64_t target, struct slice next)
{
	int64_t here = pen_at(&voice->pen);
	unsigned sides = voice->pen.sides;
	int r;

	if (!voice->has_sound)
		return pen_move(&voice->pen, target);
	if (target <= here + 1)
		return 0;
	if (voice->owed > 0) {
		lanes_tell(voice->stage->lanes, sides, here, target, CELL_LOSS);
		r = conceal(voice, target - here, next);
		if (r < 0)
			return r;
		/* Rounding at other rates: a sample more or less. */
		if (target <= pen_at(&voice->pen) + 1)
			return 0;
	} else if (voice->is_quiet ||
		   target - here <= samples_of(voice, QUIET_MS)) {
		lanes_tell(voice->stage->lanes, sides, here, target,
			   CELL_QUIET);
	}
	return pen_move(&voice->pen, target);
}

/*
 * Write a packet's sound so that it begins at target: what overlaps with
 * what stands there already is left out, and one sample too few is made
 * up by saying one twice.
 */
static int write_sound(struct voice *voice, int64_t target, int count,
		       uint32_t rate)
{
	int64_t over = pen_at(&voice->pen) - target;
	int16_t *samples = voice->samples;

	if (over > 0) {
		int64_t skip = over * rate / voice->stage->rate;

		if (skip >= count)
			return 0;
		samples += skip;
		count -= (int)skip;
	} else if (over == -1) {
		samples[count] = samples[count - 1];
		count++;
	}
	return pen_write(&voice->pen, samples, count, rate, CELL_SOUND);
}

/* Packets that carry no sound but say that there is none. */
static void play_quiet(struct voice *voice, const struct waiting *packet)
{
	int64_t at = position_of(voice, packet->place.at);

	lanes_tell(voice->stage->lanes, voice->pen.sides, at,
		   at + samples_of(voice, FRAME_MS), CELL_QUIET);
	if (packet->codec.codec == CALL_CODEC_CN)
		voice->is_quiet = true;
}

static void play_unheard(struct voice *voice, const struct waiting *packet)
{
	int64_t at = position_of(voice, packet->place.at);

	voice->count.lost++;
	voice->owed++;
	lanes_tell(voice->stage->lanes, voice->pen.sides, at,
		   at + samples_of(voice, FRAME_MS), CELL_DAMAGED);
}

static int play_sound(struct voice *voice, const struct waiting *packet)
{
	struct decoder *decoder = decoder_of(voice, &packet->codec);
	struct slice payload = { packet->payload, packet->size };
	int64_t target;
	uint32_t rate;
	int count;
	int r;

	if (!decoder) {
		play_unheard(voice, packet);
		return 0;
	}
	target = target_of(voice, packet);
	rate = decoder_rate(decoder);
	note_progress(voice, voice->number, packet->codec.codec);
	r = approach(voice, target,
		     decoder == voice->last ? payload
					    : (struct slice){ NULL, 0 });
	if (r < 0)
		return r;
	count = decoder_take(decoder, payload, voice->samples);
	note_progress(voice, VOICE_NOBODY, 0);
	if (count <= 0) {
		play_unheard(voice, packet);
		return 0;
	}
	r = write_sound(voice, target, count, rate);

	voice->last = decoder;
	voice->has_sound = true;
	voice->is_quiet = false;
	voice->owed = 0;
	voice->run = packet->place.run;
	voice->next_ticks = packet->place.ticks +
			    (int64_t)count * packet->codec.clock_rate / rate;
	return r;
}

static int play_packet(struct voice *voice, const struct waiting *packet)
{
	if (voice->has_begun && packet->place.epoch == voice->epoch) {
		int64_t step = packet->place.sequence - voice->sequence;

		if (step <= 0) {
			voice->count.doubled++;
			return 0;
		}
		voice->count.lost += (uint64_t)step - 1;
		voice->owed += step - 1;
	} else {
		voice->owed = 0;
	}
	voice->has_begun = true;
	voice->epoch = packet->place.epoch;
	voice->sequence = packet->place.sequence;

	if (packet->codec.codec == CALL_CODEC_CN ||
	    packet->codec.codec == CALL_CODEC_TELEPHONE_EVENT) {
		play_quiet(voice, packet);
		return 0;
	}
	return play_sound(voice, packet);
}

static bool is_before(const struct anchor_place *a,
		      const struct anchor_place *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch;
	return a->sequence < b->sequence;
}

int voice_play(struct voice *voice, nanoseconds now)
{
	int played = 0;
	int r = 0;

	while (r == 0 && played < voice->waiting_count &&
	       (voice->waiting[played]->arrived_at <= now - VOICE_WAIT ||
		voice->waiting_count - played == VOICE_WAITING_MAX)) {
		struct waiting *packet = voice->waiting[played++];

		r = play_packet(voice, packet);
		free(packet);
	}
	voice->waiting_count -= played;
	memmove(voice->waiting, voice->waiting + played,
		(size_t)voice->waiting_count * sizeof(voice->waiting[0]));
	return r;
}

int voice_take(struct voice *voice, const struct rtp_packet *packet,
	       const struct call_codec_map *codec,
	       const struct anchor_place *place, nanoseconds arrived_at)
{
	struct waiting *waiting;
	int at;
	int r;

	r = voice_play(voice, arrived_at);
	if (r < 0)
		return r;
	waiting = malloc(sizeof(*waiting) + packet->payload.size);
	if (!waiting)
		return -ENOMEM;
	*waiting = (struct waiting){ .place = *place,
				     .codec = *codec,
				     .arrived_at = arrived_at,
				     .size = packet->payload.size };
	if (waiting->size > 0)
		memcpy(waiting->payload, packet->payload.at, waiting->size);

	at = voice->waiting_count++;
	assert(at < VOICE_WAITING_MAX);
	while (at > 0 && is_before(place, &voice->waiting[at - 1]->place)) {
		voice->waiting[at] = voice->waiting[at - 1];
		at--;
	}
	voice->waiting[at] = waiting;
	return 0;
}

int voice_finish(struct voice *voice)
{
	int r = voice_play(voice, INT64_MAX);

	/* The pen is lifted, so nothing stays inside the resampler. */
	return r < 0 ? r : pen_move(&voice->pen, pen_at(&voice->pen));
}
