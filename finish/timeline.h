/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file timeline.h
 * What the player shows beside the sound, as JSON:
 *
 *	{"version":1,"duration_ms":..,"began_at":"RFC 3339, UTC",
 *	 "lanes":["caller","agent"],
 *	 "holes":[{"lane":0|1|null,"from_ms":..,"to_ms":..,
 *	           "cause":"hold|pause|loss|silent|damaged|overrun"}],
 *	 "marks":[{"at_ms":..,"kind":"transfer|join|leave|hold|pause|resume"}],
 *	 "lost_packets":[a,b],"codecs":[["PCMA"],["PCMA"]]}
 *
 * Holes are TIMELINE_HOLE_MS or longer; lane null is both lanes at once.
 * Shorter losses were concealed and are only counted.
 */
#ifndef TALLENNE_FINISH_TIMELINE_H
#define TALLENNE_FINISH_TIMELINE_H

#include "finish/lanes.h"
#include "finish/survey.h"

enum {
	TIMELINE_HOLE_MS = 100,
	TIMELINE_HOLES_MAX = 20000, /**< then the list ends */
};

/**
 * Write the timeline.
 *
 * @param out  empty, writable; borrowed
 * @param lost packets lost in each lane
 */
MUST int timeline_write(int out, const struct survey *survey,
			const struct lanes *lanes, uint64_t duration_ms,
			const uint64_t lost[LANES], uint64_t *ret_size);

#endif
