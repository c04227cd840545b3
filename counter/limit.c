/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

enum {
	THOUSAND = 1000,
	OF_SITE = THOUSAND / LIMIT_SITE_NETWORKS,
	SITE_BYTES = 6, /* of an address */
	RETRY_MAX_MS = 3600 * MS_PER_S,
	PASSED_MAX_S = 24 * 3600, /* longer than any span: all is full again */
};
enum { KIND_MASK = 3, NOT_FREE = 4 };
static_assert(LIMIT_KINDS <= KIND_MASK + 1, "a kind fits its mask");

struct place {
	uint64_t hash; /* of network and kind; 0: free */
	struct bucket bucket;
};

struct limit {
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct limit_rate network[LIMIT_KINDS], all[LIMIT_KINDS];
	struct bucket together[LIMIT_KINDS];
	struct place place[LIMIT_SETS][LIMIT_WAYS];
};

struct limit *limit_new(const struct limit_rate network[LIMIT_KINDS],
			const struct limit_rate all[LIMIT_KINDS])
{
	struct limit *limit = calloc(1, sizeof(*limit));

	if (!limit)
		return NULL;
	randombytes_buf(limit->key, sizeof(limit->key));
	memcpy(limit->network, network, sizeof(limit->network));
	memcpy(limit->all, all, sizeof(limit->all));
	return limit;
}

void limit_free(struct limit *limit)
{
	free(limit);
}

static uint64_t hash_of(const struct limit *limit, const void *bytes,
			size_t size)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t hash;

	(void)crypto_shorthash(out, bytes, size, limit->key);
	memcpy(&hash, out, sizeof(hash));
	return hash ? hash : 1;
}

struct limit_who limit_who(const struct limit *limit, struct slice address)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;
	struct limit_who who = { 0 };

	if (slice_text(address, text, sizeof(text)) < 0)
		text[0] = '\0';
	if (inet_pton(AF_INET6, text, &six) == 1) {
		if (IN6_IS_ADDR_V4MAPPED(&six)) {
			who.hash = hash_of(limit, &six.s6_addr[12], 3);
		} else {
			who.hash = hash_of(limit, &six, sizeof(six) / 2);
			who.site = hash_of(limit, &six, SITE_BYTES);
		}
	} else if (inet_pton(AF_INET, text, &four) == 1) {
		who.hash = hash_of(limit, &four, 3);
	} else {
		who.hash = hash_of(limit, "", 0);
	}
	explicit_bzero(text, sizeof(text));
	return who;
}

/* Give back what time has given back. */
static void refill(struct bucket *bucket, struct limit_rate rate,
		   nanoseconds now)
{
	nanoseconds passed = now - bucket->last;
	uint64_t back;

	if (passed <= 0 || rate.count == 0)
		return;
	if (passed > PASSED_MAX_S * NS_PER_S)
		passed = PASSED_MAX_S * NS_PER_S;
	back = (uint64_t)(passed / NS_PER_MS) * rate.count / rate.span_s;
	if (back >= bucket->used) {
		bucket->used = 0;
		bucket->last = now;
		return;
	}
	/* What is too little now counts later: no time is lost. */
	bucket->used -= (uint32_t)back;
	bucket->last +=
		(nanoseconds)(back * rate.span_s / rate.count) * NS_PER_MS;
}

/* Cost is in thousandths of a token. */
static uint32_t bucket_look(struct bucket *bucket, struct limit_rate rate,
			    uint32_t cost, nanoseconds now)
{
	uint64_t after, most = (uint64_t)rate.count * THOUSAND, ms;

	refill(bucket, rate, now);
	after = (uint64_t)bucket->used + cost;
	if (after <= most)
		return 0;
	if (rate.count == 0)
		return RETRY_MAX_MS;
	ms = ((after - most) * rate.span_s + rate.count - 1) / rate.count;
	return ms > RETRY_MAX_MS ? RETRY_MAX_MS : (uint32_t)ms;
}

uint32_t bucket_take(struct bucket *bucket, struct limit_rate rate,
		     nanoseconds now)
{
	uint32_t wait_ms = bucket_look(bucket, rate, THOUSAND, now);

	if (wait_ms == 0)
		bucket->used += THOUSAND;
	return wait_ms;
}

/* The place of a network or site, or a free one in its set; NULL if there
   is none. What is free may be given to the next who is looked for. */
static struct place *find(struct limit *limit, enum limit_kind kind,
			  uint64_t who, nanoseconds now)
{
	const uint64_t both[2] = { who, (uint64_t)kind };
	uint64_t hash = hash_of(limit, both, sizeof(both));
	struct place *set = limit->place[hash % LIMIT_SETS];
	struct place *free_one = NULL;

	/* The kind stays readable in the hash: rates differ by it. */
	hash = (hash & ~(uint64_t)KIND_MASK) | NOT_FREE | kind;
	for (size_t i = 0; i < LIMIT_WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].hash) {
			refill(&set[i].bucket,
			       limit->network[set[i].hash & KIND_MASK], now);
			if (set[i].bucket.used == 0)
				set[i].hash = 0;
		}
		if (!set[i].hash && !free_one)
			free_one = &set[i];
	}
	if (free_one)
		*free_one = (struct place){ hash, { 0, now } };
	return free_one;
}

static uint32_t look_at(struct limit *limit, enum limit_kind kind, uint64_t who,
			uint32_t cost, nanoseconds now)
{
	struct place *place = find(limit, kind, who, now);

	return place ? bucket_look(&place->bucket, limit->network[kind], cost,
				   now)
		     : RETRY_MAX_MS;
}

uint32_t limit_look(struct limit *limit, enum limit_kind kind,
		    struct limit_who who, nanoseconds now)
{
	uint32_t wait_ms = look_at(limit, kind, who.hash, THOUSAND, now);

	if (wait_ms == 0 && who.site)
		wait_ms = look_at(limit, kind, who.site, OF_SITE, now);
	if (wait_ms == 0 && limit->all[kind].count > 0)
		wait_ms = bucket_look(&limit->together[kind], limit->all[kind],
				      THOUSAND, now);
	return wait_ms;
}

uint32_t limit_take(struct limit *limit, enum limit_kind kind,
		    struct limit_who who, nanoseconds now)
{
	uint32_t wait_ms = limit_look(limit, kind, who, now);
	struct place *place;

	if (wait_ms)
		return wait_ms;
	if (who.site) {
		place = find(limit, kind, who.site, now);
		if (place)
			place->bucket.used += OF_SITE;
	}
	place = find(limit, kind, who.hash, now);
	if (!place) /* its site has the last one of their common set */
		return RETRY_MAX_MS;
	place->bucket.used += THOUSAND;
	if (limit->all[kind].count > 0)
		limit->together[kind].used += THOUSAND;
	return 0;
}
