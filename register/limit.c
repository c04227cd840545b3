/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/limit.h"

#include <string.h>

#include "base/bytes.h"

static struct limit *find(struct limits *limits, const uint8_t who[16])
{
	for (size_t i = 0; i < LIMITS_MAX; i++)
		if (limits->limit[i].failures &&
		    bytes_are(limits->limit[i].who, who, 16))
			return &limits->limit[i];
	return NULL;
}

uint32_t limit_wait(struct limits *limits, const uint8_t who[16], int64_t now)
{
	struct limit *limit = find(limits, who);
	int64_t wait = 1, left;

	if (!limit)
		return 0;
	if (now - limit->failed_at >= LIMIT_FORGET_S) {
		limit->failures = 0;
		return 0;
	}
	if (limit->failures < LIMIT_FREE)
		return 0;
	for (uint32_t i = LIMIT_FREE;
	     i < limit->failures && wait < LIMIT_WAIT_MAX_S; i++)
		wait *= 2;
	if (wait > LIMIT_WAIT_MAX_S)
		wait = LIMIT_WAIT_MAX_S;
	left = limit->failed_at + wait - now;
	return left > 0 ? (uint32_t)left : 0;
}

void limit_fail(struct limits *limits, const uint8_t who[16], int64_t now)
{
	struct limit *limit = find(limits, who);

	if (!limit) {
		limit = &limits->limit[0];
		for (size_t i = 0; i < LIMITS_MAX; i++) {
			struct limit *other = &limits->limit[i];

			if (!other->failures) {
				limit = other;
				break;
			}
			if (other->failed_at < limit->failed_at)
				limit = other;
		}
		memset(limit, 0, sizeof(*limit));
		memcpy(limit->who, who, 16);
	}
	limit->failures++;
	limit->failed_at = now;
}

void limit_clear(struct limits *limits, const uint8_t who[16])
{
	struct limit *limit = find(limits, who);

	if (limit)
		memset(limit, 0, sizeof(*limit));
}
