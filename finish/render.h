/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file render.h
 * One call, from the spool to sound, outline and timeline, all in clear.
 *
 * Two passes over the spool (survey.h, then voices) in constant memory but
 * for the results themselves. Knows nothing of sealing or of rooms; runs
 * in the worker, in tests and in the benchmark alike.
 */
#ifndef TALLENNE_FINISH_RENDER_H
#define TALLENNE_FINISH_RENDER_H

#include "finish/voice.h"
#include "spool/read.h"

/** What is to be rendered, and how carefully. */
struct render_order {
	struct id call;
	const struct spool_segment *segments; /**< borrowed */
	size_t segment_count;
	const uint8_t *key;	 /**< SEAL_KEY_SIZE bytes, borrowed */
	struct spool_place last; /**< chain; segment 0: search */
	uint64_t chunk_count;
	nanoseconds answered_at; /**< 0: as the spool tells */
	nanoseconds ended_at;	 /**< 0: as the spool tells */
	uint32_t avoid_track;	 /**< voice_stage */
	uint32_t avoid_codec;
	struct voice_progress *progress; /**< or NULL */
};

enum render_part { RENDER_SOUND, RENDER_PEAKS, RENDER_TIMELINE, RENDER_PARTS };

/** What came out. */
struct render {
	int fd[RENDER_PARTS]; /**< memory files, the caller's */
	uint64_t size[RENDER_PARTS];
	uint32_t flags;	      /**< enum register_flag */
	nanoseconds began_at; /**< of the first sample */
	uint64_t duration_ms;
	uint64_t lost_packets; /**< both lanes */
};

#define NO_RENDER ((struct render){ .fd = { -1, -1, -1 } })

/**
 * Render a call.
 *
 * @param[out] ret_render  on -ENODATA only its flags and times are filled
 * @return 0; -ENODATA: never answered, or no sound inside the gates; other
 *         negative errnos from memory and memory files
 */
MUST int render_call(const struct render_order *order,
		     struct render *ret_render);

/** Cleanup for OWNED(). */
void render_drop(struct render *render);

#endif
