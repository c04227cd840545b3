/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/sound.h"

#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <string.h>

enum {
	PERIOD_SIZE = 512, /**< one period of a voice, as a table */
	HARMONICS_MAX = 24,
	TURN_MS = 3200,	   /**< how long one speaks, at most */
	TURN_GAP_MS = 250, /**< silence between turns */
	VOWELS = 5,
};

/* First three formants, Hz: a, e, i, o, u. */
static const double formants[VOWELS][3] = {
	{ 730, 1090, 2440 }, { 530, 1840, 2480 }, { 270, 2290, 3010 },
	{ 570, 840, 2410 },  { 300, 870, 2240 },
};

void sound_drop(struct sound *sound)
{
	free(sound->sample);
	*sound = (struct sound){ 0 };
}

static int sound_silence(uint32_t ms, uint32_t rate, struct sound *ret_sound)
{
	size_t count = (size_t)ms * rate / 1000;
	int16_t *sample = calloc(count + 1, sizeof(*sample));

	if (!sample)
		return -ENOMEM;
	*ret_sound = (struct sound){ sample, count, rate };
	return 0;
}

int sound_tone(uint32_t hz, uint32_t ms, uint32_t rate, struct sound *ret_sound)
{
	int r = sound_silence(ms, rate, ret_sound);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ret_sound->count; i++)
		ret_sound->sample[i] =
			(int16_t)(8231 * sin(2 * M_PI * hz * (double)i / rate));
	return 0;
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % below);
}

/* One period of a vowel: harmonics of the pitch, loud near formants. */
static void make_period(double period[PERIOD_SIZE], int vowel, double pitch,
			uint32_t rate)
{
	double peak = 0;

	memset(period, 0, sizeof(double) * PERIOD_SIZE);
	for (int h = 1; h <= HARMONICS_MAX; h++) {
		double hz = h * pitch;
		double level = 0.05 / h;

		if (hz > rate * 0.45)
			break;
		for (int f = 0; f < 3; f++) {
			double off = (hz - formants[vowel][f]) / 120;

			level += exp(-off * off / 2) / (f + 1);
		}
		for (int i = 0; i < PERIOD_SIZE; i++)
			period[i] +=
				level * sin(2 * M_PI * h * i / PERIOD_SIZE);
	}
	for (int i = 0; i < PERIOD_SIZE; i++)
		peak = fmax(peak, fabs(period[i]));
	for (int i = 0; i < PERIOD_SIZE; i++)
		period[i] /= peak;
}

/* One syllable: a vowel with a rise and a fall. */
static void say(struct sound *sound, size_t from, size_t count, int vowel,
		double pitch)
{
	double period[PERIOD_SIZE], phase = 0;

	make_period(period, vowel, pitch, sound->rate);
	for (size_t i = 0; i < count && from + i < sound->count; i++) {
		double along = (double)i / (double)count;
		double level = sin(M_PI * along);

		sound->sample[from + i] =
			(int16_t)(9000 * level *
				  period[(int)phase % PERIOD_SIZE]);
		phase += pitch * (1.05 - 0.1 * along) * PERIOD_SIZE /
			 sound->rate;
		if (phase >= PERIOD_SIZE)
			phase -= PERIOD_SIZE;
	}
}

int sound_speech(uint64_t seed, int turn, uint32_t ms, uint32_t rate,
		 struct sound *ret_sound)
{
	uint64_t state = seed * 2 + (uint64_t)turn + 1;
	double voice = turn == 0 ? 118 : 196;
	uint32_t at_ms = 0;
	int r = sound_silence(ms, rate, ret_sound);

	if (r < 0)
		return r;
	for (int whose = 0; at_ms < ms; whose ^= 1) {
		uint32_t end_ms = at_ms + TURN_MS - TURN_GAP_MS;
		uint32_t say_ms = at_ms;

		while (whose == turn && say_ms < end_ms) {
			uint32_t long_ms = 110 + draw(&state, 140);

			if (say_ms + long_ms > end_ms)
				break;
			say(ret_sound, (size_t)say_ms * rate / 1000,
			    (size_t)long_ms * rate / 1000,
			    (int)draw(&state, VOWELS),
			    voice * (0.85 + draw(&state, 40) / 100.0));
			say_ms += long_ms + draw(&state, 4) * 35;
		}
		at_ms += TURN_MS;
	}
	return 0;
}

int sound_mix(const struct sound *a, const struct sound *b,
	      struct sound *ret_sound)
{
	size_t count = a->count > b->count ? a->count : b->count;
	int16_t *sample = calloc(count + 1, sizeof(*sample));

	assert(a->rate == b->rate);
	if (!sample)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int sum = (i < a->count ? a->sample[i] : 0) +
			  (i < b->count ? b->sample[i] : 0);

		sample[i] = (int16_t)(sum / 2);
	}
	*ret_sound = (struct sound){ sample, count, a->rate };
	return 0;
}

int sound_resample(const struct sound *sound, uint32_t rate,
		   struct sound *ret_sound)
{
	AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
	struct SwrContext *swr = NULL;
	size_t room = sound->count * rate / sound->rate + rate / 10 + 1;
	const uint8_t *in = (const uint8_t *)sound->sample;
	int16_t *sample = calloc(room, sizeof(*sample));
	uint8_t *out = (uint8_t *)sample;
	int count = 0, more = 0;

	if (!sample)
		return -ENOMEM;
	if (swr_alloc_set_opts2(&swr, &mono, AV_SAMPLE_FMT_S16, (int)rate,
				&mono, AV_SAMPLE_FMT_S16, (int)sound->rate, 0,
				NULL) < 0 ||
	    swr_init(swr) < 0) {
		swr_free(&swr);
		free(sample);
		return -ENOMEM;
	}
	count = swr_convert(swr, &out, (int)room, &in, (int)sound->count);
	if (count >= 0) {
		out = (uint8_t *)(sample + count);
		more = swr_convert(swr, &out, (int)room - count, NULL, 0);
	}
	swr_free(&swr);
	if (count < 0 || more < 0) {
		free(sample);
		return -ENOMEM;
	}
	*ret_sound = (struct sound){ sample, (size_t)(count + more), rate };
	return 0;
}
