/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file refusal.h
 * Why something was refused, for whoever has to set a client right.
 *
 * One line of the log for each client and reason, then quiet for a minute:
 * a client that is set up wrongly is so for all its calls. What came in the
 * meantime is counted and told in the next line. All words are ours, the
 * client's name is that of the settings; nothing that a peer sent is told.
 */
#ifndef TALLENNE_SIPREC_REFUSAL_H
#define TALLENNE_SIPREC_REFUSAL_H

#include "base/base.h"

enum {
	REFUSALS_MAX = 64, /**< remembered; the one longest quiet makes room */
	REFUSAL_QUIET_MS = 60000,
};

struct refusal {
	const char *why; /**< a literal; NULL: free */
	uint64_t client; /**< its key; 0: nobody's */
	int64_t told_ms;
	uint32_t untold; /**< since then */
};

struct refusals {
	struct refusal places[REFUSALS_MAX];
};

/**
 * Note one more.
 *
 * @param why         a literal; the same text is the same reason
 * @param ret_untold  how many were left out since the last line
 * @return whether to say it now
 */
bool refusal_note(struct refusals *refusals, uint64_t client, const char *why,
		  int64_t now_ms, uint32_t *ret_untold);

#endif
