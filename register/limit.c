/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/limit.h"

#include <string.h>

#include "base/bytes.h"

enum { FULL_WAIT_S = 60 };

static uint32_t free_of(enum limit_kind kind)
{
	return kind == LIMIT_NAME ? LIMIT_FREE_NAME : LIMIT_FREE;
}

static struct limit *find(struct limits *limits, enum limit_kind kind,
			  const uint8_t who[16])
{
	struct limit *limit = limits->limit[kind];

	for (size_t i = 0; i < LIMITS_MAX; i++)
		if (limit[i].failures && bytes_are(limit[i].who, who, 16))
			return &limit[i];
	return NULL;
}

/* A place for one more: empty, forgotten, or the oldest not limiting. */
static struct limit *place(struct limits *limits, enum limit_kind kind,
			   int64_t now)
{
	struct limit *best = NULL;

	for (size_t i = 0; i < LIMITS_MAX; i++) {
		struct limit *limit = &limits->limit[kind][i];

		if (!limit->failures ||
		    now - limit->failed_at >= LIMIT_FORGET_S)
			return limit;
		if (limit->failures < free_of(kind) &&
		    (!best || limit->failed_at < best->failed_at))
			best = limit;
	}
	return best;
}

uint32_t limit_wait(struct limits *limits, enum limit_kind kind,
		    const uint8_t who[16], int64_t now)
{
	struct limit *limit = find(limits, kind, who);
	int64_t most =
		kind == LIMIT_NAME ? LIMIT_WAIT_NAME_S : LIMIT_WAIT_MAX_S;
	int64_t wait = 1, left;

	/* A pair that has no place is still held by its name and address. */
	if (!limit)
		return kind == LIMIT_PAIR || place(limits, kind, now)
			       ? 0
			       : FULL_WAIT_S;
	if (now - limit->failed_at >= LIMIT_FORGET_S) {
		limit->failures = 0;
		return 0;
	}
	if (limit->failures < free_of(kind))
		return 0;
	for (uint32_t i = free_of(kind); i < limit->failures && wait < most;
	     i++)
		wait *= 2;
	if (wait > most)
		wait = most;
	left = limit->failed_at + wait - now;
	return left > 0 ? (uint32_t)left : 0;
}

bool limit_spares(struct limits *limits, const uint8_t pair[16], int64_t now)
{
	const struct limit *limit = find(limits, LIMIT_PAIR, pair);

	return !limit || limit->failures < LIMIT_SPARED ||
	       now - limit->failed_at >= LIMIT_FORGET_S;
}

void limit_fail(struct limits *limits, enum limit_kind kind,
		const uint8_t who[16], int64_t now)
{
	struct limit *limit = find(limits, kind, who);

	if (!limit) {
		limit = place(limits, kind, now);
		if (!limit)
			return;
		memset(limit, 0, sizeof(*limit));
		memcpy(limit->who, who, 16);
	}
	limit->failures++;
	limit->failed_at = now;
}

void limit_clear(struct limits *limits, enum limit_kind kind,
		 const uint8_t who[16])
{
	struct limit *limit = find(limits, kind, who);

	if (limit)
		memset(limit, 0, sizeof(*limit));
}

bool limit_write(struct limits *limits, const uint8_t *name, int64_t now)
{
	struct limit *limit = name ? find(limits, LIMIT_NAME, name) : NULL;
	bool is_known = limit;

	if (!limit)
		limit = &limits->unknown;
	if (!(is_known && limit->failures <= LIMIT_FREE) && limit->written_at &&
	    now - limit->written_at < LIMIT_WRITE_S)
		return false;
	limit->written_at = now;
	return true;
}
