/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file facts.h
 * The policy in force, for a room that tells of it or goes by it. In its jail
 * a room can open no file of a time zone: that of the first policy is kept,
 * and a later one with another zone is not taken.
 */
#ifndef TALLENNE_NOTICE_FACTS_H
#define TALLENNE_NOTICE_FACTS_H

#include "notice/notice.h"

struct facts {
	struct policy *policy; /**< NULL: none yet */
	char zone_name[64], *zone;
	size_t zone_size;
};

/**
 * Take a policy.
 *
 * @param fd  borrowed
 * @return 0; a negative errno: the one before, if any, is still in force
 */
MUST int facts_take(struct facts *facts, int fd);
void facts_drop(struct facts *facts);

#endif
