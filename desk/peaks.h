/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file peaks.h
 * Peaks as JSON, for who asks for it by Accept: the names of
 * audiowaveform's JSON format, from its .dat version 2.
 */
#ifndef TALLENNE_DESK_PEAKS_H
#define TALLENNE_DESK_PEAKS_H

#include "desk/visit.h"

enum {
	PEAKS_SIZE_MAX = 1 << 20, /**< larger ones are served as .dat only */
};

/** Whether the client would rather have JSON. */
bool peaks_as_json(const struct visit *visit);

/** Read the peaks of a recording and answer with them as JSON. */
void peaks_send_json(struct visit *visit,
		     const struct desk_recording *recording,
		     const char *purpose);

/**
 * Turn a .dat file into JSON.
 *
 * @return 0, or -EBADMSG if it is none
 */
MUST int peaks_json(struct slice dat, struct text *out);

#endif
