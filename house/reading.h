/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file reading.h
 * One reading of configuration and policy: checked, compared with what held
 * before, and ready to be handed to the rooms; or what is wrong with it.
 */
#ifndef TALLENNE_HOUSE_READING_H
#define TALLENNE_HOUSE_READING_H

#include <limits.h>

#include "base/clock.h"
#include "house/config.h"
#include "notice/notice.h"

enum { READING_FAULT_SIZE = 400 };

struct reading {
	bool checks; /**< is all there is to do: warnings of the text as well */
	bool is_text; /**< for people; else lines of the log */
	char fault[READING_FAULT_SIZE]; /**< the first error, or empty */

	struct config *config;
	char policy_path[PATH_MAX];	 /**< where the policy lies */
	char sha256[NOTICE_SHA256_SIZE]; /**< of the policy that holds */
	char *text, *note;		 /**< it, and its signatures */
	size_t size, note_size;
	/** The policy in the file holds from this instant on, and until then
	    the one before does; 0: it holds already. */
	nanoseconds changes_at;
};

/**
 * Read and check.
 *
 * @param path    of the configuration
 * @param checks  is all there is to do
 * @param[out] ret_reading  reading_drop() it, also after an error: it says
 *                          what is wrong
 * @return 0 or a negative errno; what is wrong was told
 */
MUST int reading_do(const char *path, bool checks, struct reading *ret_reading);
void reading_drop(struct reading *reading);

/** Keep the policy as the one that holds (house/versions.h). */
MUST int reading_keep(const struct reading *reading);

#endif
