/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file facts.h
 * The policy in force, as the public pages tell it. A room in its jail can
 * open no file of a time zone: that of the first policy is kept.
 */
#ifndef TALLENNE_COUNTER_FACTS_H
#define TALLENNE_COUNTER_FACTS_H

#include "notice/notice.h"

struct facts {
	struct policy *policy; /**< NULL: none yet, and no chat */
	char zone_name[64], *zone;
	size_t zone_size;
};

/**
 * Take a policy. One that cannot be used leaves the one before in force.
 *
 * @param fd  borrowed
 * @return 0; a negative errno: none is in force
 */
MUST int facts_take(struct facts *facts, int fd);
void facts_drop(struct facts *facts);

#endif
