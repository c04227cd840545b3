/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/keyring.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "vault/ring.h"
#include "vault/today.h"

struct keyring {
	int dir;
	bool is_made;
	uint8_t head[RING_HEAD_SIZE];
	struct ring_secrets *secrets;
};

/* Where an end stands, or would stand. */
static size_t place_of(const struct ring_secrets *secrets,
		       const struct seal_end *end)
{
	size_t from = 0, to = secrets->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (ring_compare(&secrets->entry[middle].end, end) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool stands_at(const struct ring_secrets *secrets, size_t at,
		      const struct seal_end *end)
{
	return at < secrets->count &&
	       ring_compare(&secrets->entry[at].end, end) == 0;
}

int keyring_open(int dir, struct keyring **ret_ring)
{
	struct keyring *ring;
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (sodium_init() < 0)
		return -EIO;
	r = ring_read(dir, &bytes, &size);
	if (r < 0 && r != -ENOENT)
		return r;
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	ring->dir = dir;
	if (r == 0) {
		ring->is_made = true;
		memcpy(ring->head, bytes, RING_HEAD_SIZE);
	}
	*ret_ring = ring;
	return 0;
}

void keyring_close(struct keyring *ring)
{
	if (!ring)
		return;
	keyring_lock(ring);
	free(ring);
}

bool keyring_is_made(const struct keyring *ring)
{
	return ring->is_made;
}

bool keyring_is_locked(const struct keyring *ring)
{
	return !ring->secrets;
}

void keyring_lock(struct keyring *ring)
{
	ring_secrets_drop(&ring->secrets);
}

int keyring_make(struct keyring *ring, struct slice passphrase, int memory_mib)
{
	OWNED(ring_secrets_drop) struct ring_secrets *secrets = NULL;
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	int r;

	if (ring->is_made)
		return -EEXIST;
	if (passphrase.size < KEYRING_PASSPHRASE_MIN ||
	    passphrase.size > KEYRING_PASSPHRASE_MAX)
		return -EINVAL;
	secrets = ring_secrets_new();
	if (!secrets)
		return -ENOMEM;

	r = ring_make_head(memory_mib, ring->head);
	if (r < 0)
		return r;
	randombytes_buf(secrets->seed, sizeof(secrets->seed));
	crypto_sign_seed_keypair(ring->head + RING_AT_PUBLIC, secret,
				 secrets->seed);
	sodium_memzero(secret, sizeof(secret));

	r = ring_make_key(ring->head, passphrase, secrets->unlock_key);
	if (r == 0)
		r = ring_write(ring->dir, ring->head, secrets);
	if (r < 0)
		return r;
	ring->is_made = true;
	ring->secrets = secrets;
	secrets = NULL;
	return 0;
}

int keyring_unlock(struct keyring *ring, struct slice passphrase)
{
	OWNED(ring_secrets_drop) struct ring_secrets *secrets = NULL;
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (ring->secrets)
		return -EALREADY;
	r = ring_read(ring->dir, &bytes, &size);
	if (r < 0)
		return r;
	secrets = ring_secrets_new();
	if (!secrets)
		return -ENOMEM;
	r = ring_make_key((const uint8_t *)bytes, passphrase,
			  secrets->unlock_key);
	if (r == 0)
		r = ring_unseal(secrets, (const uint8_t *)bytes, size);
	if (r < 0)
		return r;
	memcpy(ring->head, bytes, RING_HEAD_SIZE);
	ring->secrets = secrets;
	secrets = NULL;
	return 0;
}

int keyring_try(const struct keyring *ring, struct slice passphrase)
{
	uint8_t key[32];
	int r = ring_make_key(ring->head, passphrase, key);

	assert(ring->secrets);
	if (r == 0 && !bytes_are(key, ring->secrets->unlock_key, sizeof(key)))
		r = -EACCES;
	sodium_memzero(key, sizeof(key));
	return r;
}

/* Change a copy, write it, and only then believe in it. */
static int change(struct keyring *ring, struct ring_secrets **changed)
{
	struct ring_secrets *old = ring->secrets;
	int r = ring_write(ring->dir, ring->head, *changed);

	if (r < 0)
		return r;
	ring->secrets = *changed;
	*changed = old;
	return 0;
}

static struct ring_secrets *copy_of(const struct keyring *ring)
{
	struct ring_secrets *copy = ring_secrets_new();

	assert(ring->secrets);
	if (copy)
		memcpy(copy, ring->secrets, sizeof(*copy));
	return copy;
}

static int add_pair(struct ring_secrets *secrets, const struct seal_end *end)
{
	size_t at = place_of(secrets, end);
	struct ring_entry *entry = &secrets->entry[at];

	if (stands_at(secrets, at, end) ||
	    end->date <= secrets->gone[end->data_class])
		return 0;
	if (secrets->count == KEYRING_PAIRS_MAX)
		return -ENOSPC;
	memmove(entry + 1, entry,
		(secrets->count - at) * sizeof(struct ring_entry));
	entry->end = *end;
	crypto_box_keypair(entry->pair.public, entry->pair.secret);
	secrets->count++;
	return 1;
}

int keyring_fill(struct keyring *ring, seal_date first, seal_date last)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = copy_of(ring);
	int made = 0;

	if (!copy)
		return -ENOMEM;
	for (uint32_t c = 1; c < SEAL_CLASSES; c++)
		for (seal_date date = first; date <= last;
		     date = today_add(date, 1)) {
			const struct seal_end end = { c, date };
			int r = add_pair(copy, &end);

			if (r < 0)
				return r;
			made += r;
		}
	if (made > 0) {
		int r = change(ring, &copy);

		if (r < 0)
			return r;
	}
	return made;
}

int keyring_destroy(struct keyring *ring, const struct seal_end *end)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = NULL;
	size_t at = place_of(ring->secrets, end);
	struct ring_entry *entry;
	int r;

	if (!stands_at(ring->secrets, at, end))
		return 0;
	copy = copy_of(ring);
	if (!copy)
		return -ENOMEM;
	entry = &copy->entry[at];
	copy->count--;
	memmove(entry, entry + 1,
		(copy->count - at) * sizeof(struct ring_entry));
	sodium_memzero(&copy->entry[copy->count], sizeof(struct ring_entry));
	if (copy->gone[end->data_class] < end->date)
		copy->gone[end->data_class] = end->date;
	r = change(ring, &copy);
	return r < 0 ? r : 1;
}

const struct open_pair *keyring_find(const struct keyring *ring,
				     const struct seal_end *end)
{
	size_t at;

	if (!ring->secrets)
		return NULL;
	at = place_of(ring->secrets, end);
	return stands_at(ring->secrets, at, end)
		       ? &ring->secrets->entry[at].pair
		       : NULL;
}

static struct ring_hold *find_hold(struct ring_secrets *secrets,
				   const struct id *contact)
{
	for (size_t i = 0; i < secrets->hold_count; i++)
		if (id_is(&secrets->hold[i].contact, contact))
			return &secrets->hold[i];
	return NULL;
}

int keyring_hold(struct keyring *ring, const struct id *contact,
		 bool is_restricted)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = NULL;
	struct ring_hold *hold;
	int r;

	assert(ring->secrets);
	hold = find_hold(ring->secrets, contact);
	if (hold && hold->is_restricted == (uint32_t)is_restricted)
		return 0;
	if (!hold && ring->secrets->hold_count == KEYRING_HOLDS_MAX)
		return -ENOSPC;
	copy = copy_of(ring);
	if (!copy)
		return -ENOMEM;
	hold = find_hold(copy, contact);
	if (!hold) {
		hold = &copy->hold[copy->hold_count++];
		hold->contact = *contact;
		crypto_box_keypair(hold->pair.public, hold->pair.secret);
	}
	hold->is_restricted = is_restricted;
	r = change(ring, &copy);
	return r < 0 ? r : 1;
}

int keyring_release(struct keyring *ring, const struct id *contact)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = NULL;
	struct ring_hold *hold;
	int r;

	assert(ring->secrets);
	if (!find_hold(ring->secrets, contact))
		return 0;
	copy = copy_of(ring);
	if (!copy)
		return -ENOMEM;
	hold = find_hold(copy, contact);
	*hold = copy->hold[--copy->hold_count];
	sodium_memzero(&copy->hold[copy->hold_count], sizeof(*hold));
	r = change(ring, &copy);
	return r < 0 ? r : 1;
}

const struct open_pair *keyring_held(const struct keyring *ring,
				     const struct id *contact,
				     bool *ret_restricted)
{
	const struct ring_hold *hold =
		ring->secrets ? find_hold(ring->secrets, contact) : NULL;

	if (ret_restricted)
		*ret_restricted = hold && hold->is_restricted;
	return hold ? &hold->pair : NULL;
}

size_t keyring_hold_count(const struct keyring *ring)
{
	return ring->secrets ? ring->secrets->hold_count : 0;
}

size_t keyring_count(const struct keyring *ring)
{
	return ring->secrets ? ring->secrets->count : 0;
}

size_t keyring_count_before(const struct keyring *ring, seal_date date)
{
	size_t count = 0;

	for (size_t i = 0; i < keyring_count(ring); i++)
		count += ring->secrets->entry[i].end.date < date;
	return count;
}

seal_date keyring_last(const struct keyring *ring, uint32_t data_class)
{
	const struct seal_end beyond = { data_class + 1, 0 };
	size_t at;

	if (!ring->secrets)
		return 0;
	at = place_of(ring->secrets, &beyond);
	if (at == 0 ||
	    ring->secrets->entry[at - 1].end.data_class != data_class)
		return 0;
	return ring->secrets->entry[at - 1].end.date;
}

seal_date keyring_first(const struct keyring *ring, uint32_t data_class)
{
	const struct seal_end least = { data_class, 0 };
	const struct ring_secrets *secrets = ring->secrets;
	size_t at = secrets ? place_of(secrets, &least) : 0;

	return secrets && at < secrets->count &&
			       secrets->entry[at].end.data_class == data_class
		       ? secrets->entry[at].end.date
		       : 0;
}

seal_date keyring_gone(const struct keyring *ring, uint32_t data_class)
{
	assert(data_class < SEAL_CLASSES);
	return ring->secrets ? ring->secrets->gone[data_class] : 0;
}

const uint8_t *keyring_seed(const struct keyring *ring)
{
	assert(ring->secrets);
	return ring->secrets->seed;
}

const uint8_t *keyring_public(const struct keyring *ring)
{
	return ring->head + RING_AT_PUBLIC;
}

int keyring_keyset(const struct keyring *ring, seal_date first, int64_t made_at,
		   uint8_t **ret_bytes, size_t *ret_size)
{
	OWNED(drop_memory) struct seal_keyset_entry *entries = NULL;
	size_t count = 0;

	assert(ring->secrets);
	entries = calloc(ring->secrets->count + 1, sizeof(entries[0]));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < ring->secrets->count; i++) {
		const struct ring_entry *entry = &ring->secrets->entry[i];

		if (entry->end.date < first)
			continue;
		entries[count].end = entry->end;
		memcpy(entries[count++].public, entry->pair.public, 32);
	}
	return seal_keyset_make(entries, count, made_at, ring->secrets->seed,
				ret_bytes, ret_size);
}

int keyring_pack(const struct keyring *ring, seal_date first,
		 uint8_t **ret_bytes, size_t *ret_size)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = copy_of(ring);
	size_t kept = 0;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < copy->count; i++) {
		const struct seal_end *end = &copy->entry[i].end;

		if (end->date >= first)
			copy->entry[kept++] = copy->entry[i];
		else if (copy->gone[end->data_class] < end->date)
			/* Restored, it must not be made anew and another. */
			copy->gone[end->data_class] = end->date;
	}
	copy->count = kept;
	return ring_pack(ring->head, copy, ret_bytes, ret_size);
}

/* Where a day of the log stands, or would stand. */
static size_t place_of_day(const struct ring_secrets *secrets, seal_date date)
{
	size_t from = 0, to = secrets->day_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (secrets->day[middle].date < date)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int add_day(struct ring_secrets *secrets, seal_date date)
{
	size_t at = place_of_day(secrets, date);
	struct ring_day *day = &secrets->day[at];

	if (date < secrets->log_from ||
	    (at < secrets->day_count && day->date == date))
		return 0;
	if (secrets->day_count == KEYRING_DAYS_MAX)
		return -ENOSPC;
	memmove(day + 1, day,
		(secrets->day_count - at) * sizeof(struct ring_day));
	day->date = date;
	crypto_box_keypair(day->pair.public, day->pair.secret);
	secrets->day_count++;
	return 1;
}

int keyring_fill_log(struct keyring *ring, seal_date first, seal_date last)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = copy_of(ring);
	int made = 0, r = 0;

	if (!copy)
		return -ENOMEM;
	for (seal_date date = first; r >= 0 && date <= last;
	     date = today_add(date, 1)) {
		r = add_day(copy, date);
		made += r > 0;
	}
	if (r >= 0 && made > 0)
		r = change(ring, &copy);
	return r < 0 ? r : made;
}

int keyring_forget_log(struct keyring *ring, seal_date before)
{
	OWNED(ring_secrets_drop) struct ring_secrets *copy = copy_of(ring);
	size_t gone, left;
	int r;

	if (!copy)
		return -ENOMEM;
	if (before <= copy->log_from)
		return 0;
	gone = place_of_day(copy, before);
	left = copy->day_count - gone;
	memmove(copy->day, copy->day + gone, left * sizeof(struct ring_day));
	sodium_memzero(copy->day + left, gone * sizeof(struct ring_day));
	copy->day_count = left;
	copy->log_from = before;
	r = change(ring, &copy);
	return r < 0 ? r : (int)gone;
}

seal_date keyring_log_from(const struct keyring *ring)
{
	return ring->secrets ? ring->secrets->log_from : 0;
}

const struct open_pair *keyring_find_day(const struct keyring *ring,
					 seal_date date)
{
	size_t at;

	if (!ring->secrets)
		return NULL;
	at = place_of_day(ring->secrets, date);
	return at < ring->secrets->day_count &&
			       ring->secrets->day[at].date == date
		       ? &ring->secrets->day[at].pair
		       : NULL;
}

size_t keyring_day_count(const struct keyring *ring)
{
	return ring->secrets ? ring->secrets->day_count : 0;
}

int keyring_day_keyset(const struct keyring *ring, seal_date first,
		       int64_t made_at, uint8_t **ret_bytes, size_t *ret_size)
{
	OWNED(drop_memory) struct seal_keyset_entry *entries = NULL;
	size_t from, count;

	assert(ring->secrets);
	from = place_of_day(ring->secrets, first);
	count = ring->secrets->day_count - from;
	entries = calloc(count + 1, sizeof(entries[0]));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct ring_day *day = &ring->secrets->day[from + i];

		entries[i].end = (struct seal_end){ SEAL_CLASS_LOG, day->date };
		memcpy(entries[i].public, day->pair.public, 32);
	}
	return seal_keyset_make(entries, count, made_at, ring->secrets->seed,
				ret_bytes, ret_size);
}
