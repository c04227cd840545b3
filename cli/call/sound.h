/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sound.h
 * Sound in memory: read from WAV files, or made up.
 *
 * Mono, signed 16 bits. The made-up speech has the rhythm, pitch and gaps
 * of speech but no words; two speakers of one conversation take turns. The
 * same seed always gives the same sound.
 */
#ifndef TALLENNE_CLI_CALL_SOUND_H
#define TALLENNE_CLI_CALL_SOUND_H

#include "base/bytes.h"

enum {
	SOUND_WAV_MAX = 1 << 30,
	SOUND_RATE_MIN = 8000,
	SOUND_RATE_MAX = 48000,
};

struct sound {
	int16_t *sample; /**< heap */
	size_t count;
	uint32_t rate; /**< samples a second */
};

/** Cleanup for OWNED(). */
void sound_drop(struct sound *sound);

/**
 * Read a WAV file's contents: PCM with 8, 16, 24 or 32 bits, one channel.
 *
 * @param bytes  whole file, borrowed; a data chunk that claims more than is
 *               there ends where the file ends (pipes cannot know better)
 * @return 0, -EBADMSG if it is no such file, -ENOTSUP for another format,
 *         more channels or another rate, or -ENOMEM
 */
MUST int sound_read_wav(struct slice bytes, struct sound *ret_sound);

/** The same from a file's path. */
MUST int sound_load_wav(const char *path, struct sound *ret_sound);

/** Write a WAV file; 0 or errno. */
MUST int sound_save_wav(const char *path, const struct sound *sound);

/** The same sound at another rate; 0 or -ENOMEM. */
MUST int sound_resample(const struct sound *sound, uint32_t rate,
			struct sound *ret_sound);

/** A sine at -12 dBFS; 0 or -ENOMEM. */
MUST int sound_tone(uint32_t hz, uint32_t ms, uint32_t rate,
		    struct sound *ret_sound);

/**
 * Something like speech.
 *
 * @param turn  0: speaks first, 1: answers; their turns do not overlap
 * @return 0 or -ENOMEM
 */
MUST int sound_speech(uint64_t seed, int turn, uint32_t ms, uint32_t rate,
		      struct sound *ret_sound);

/** Both at once, halved; as long as the longer one; 0 or -ENOMEM. */
MUST int sound_mix(const struct sound *a, const struct sound *b,
		   struct sound *ret_sound);

#endif
