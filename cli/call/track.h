/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file track.h
 * Sound that is encoded once and sent by many: frames of 20 ms each.
 */
#ifndef TALLENNE_CLI_CALL_TRACK_H
#define TALLENNE_CLI_CALL_TRACK_H

#include "cli/call/call.h"
#include "cli/call/sound.h"

enum { TRACK_FRAME_MS = 20, TRACK_FRAME_SIZE_MAX = 1300 };

struct track {
	uint8_t *bytes;	  /**< all frames, one after the other */
	uint32_t *offset; /**< count + 1 of them */
	size_t count;	  /**< how many frames */
	bool loops;	  /**< from the start again; else silence follows */
};

void track_drop(struct track *track);

/**
 * Encode a sound, resampled first where the codec wants it.
 *
 * @return 0, -ENOTSUP if this machine's libraries lack the encoder, -ENOMEM
 */
MUST int track_make(enum call_coding codec, const struct sound *sound,
		    bool loops, struct track *ret_track);

/** The frame at a position; after the end of one that does not loop, silence. */
struct slice track_frame(const struct track *track, uint64_t position);

#endif
