/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include <cmocka.h>

#include "base/clock.h"
#include "vault/keyring.h"
#include "vault/place.h"
#include "vault/ring.h"
#include "vault/today.h"

static const struct slice passphrase = { "correct horse battery", 21 };

struct place {
	char name[64];
	int dir;
};

static struct place place_new(void)
{
	struct place place;

	snprintf(place.name, sizeof(place.name), "/tmp/tallenne-ring-XXXXXX");
	assert_non_null(mkdtemp(place.name));
	place.dir = open(place.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.dir >= 0);
	return place;
}

static void place_free(struct place *place)
{
	(void)unlinkat(place->dir, "ring", 0);
	(void)unlinkat(place->dir, "ring.new", 0);
	(void)close(place->dir);
	(void)rmdir(place->name);
}

static struct keyring *made(struct place *place)
{
	struct keyring *ring;

	assert_int_equal(keyring_open(place->dir, &ring), 0);
	assert_false(keyring_is_made(ring));
	assert_int_equal(keyring_make(ring, passphrase, KEYRING_MEMORY_MIN_MIB),
			 0);
	return ring;
}

static void what_was_made_comes_back(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	const struct seal_end end = { 2, 20270101 };
	struct open_pair pair;
	uint8_t seed[32];

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 12);
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 0);
	assert_int_equal(keyring_count(ring), 12);
	assert_int_equal(keyring_last(ring, 1), 20270102);
	assert_int_equal(keyring_last(ring, 4), 0);
	assert_int_equal(keyring_count_before(ring, 20270101), 6);
	pair = *keyring_find(ring, &end);
	memcpy(seed, keyring_seed(ring), sizeof(seed));
	keyring_close(ring);

	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_true(keyring_is_locked(ring));
	assert_null(keyring_find(ring, &end));
	assert_int_equal(keyring_unlock(ring, (struct slice){ "wrong", 5 }),
			 -EACCES);
	assert_true(keyring_is_locked(ring));
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), -EALREADY);
	assert_int_equal(keyring_try(ring, passphrase), 0);
	assert_int_equal(keyring_try(ring, (struct slice){ "wrong", 5 }),
			 -EACCES);
	assert_memory_equal(keyring_find(ring, &end), &pair, sizeof(pair));
	assert_memory_equal(keyring_seed(ring), seed, sizeof(seed));
	keyring_close(ring);
	place_free(&place);
}

static bool file_has(const struct place *place, const void *bytes, size_t size)
{
	OWNED(drop_memory) char *file = NULL;
	size_t file_size;

	assert_int_equal(
		place_read(place->dir, "ring", 1 << 24, &file, &file_size), 0);
	return memmem(file, file_size, bytes, size) != NULL;
}

static void a_destroyed_pair_is_nowhere_and_never_made_again(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	const struct seal_end end = { 1, 20261231 }, early = { 1, 20261230 };
	const struct seal_end other = { 2, 20261231 };

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 12);
	assert_int_equal(keyring_destroy(ring, &end), 1);
	assert_int_equal(keyring_destroy(ring, &end), 0);
	assert_null(keyring_find(ring, &end));
	assert_non_null(keyring_find(ring, &early));
	assert_non_null(keyring_find(ring, &other));
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 0);
	keyring_close(ring);

	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_int_equal(keyring_count(ring), 11);
	assert_int_equal(keyring_fill(ring, 20261230, 20270103), 3);
	assert_null(keyring_find(ring, &end));
	keyring_close(ring);
	place_free(&place);
}

static void every_rewriting_has_a_fresh_storage_key(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	OWNED(drop_memory) char *old = NULL;
	const struct seal_end end = { 3, 20261231 };
	size_t size;

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 12);
	assert_int_equal(place_read(place.dir, "ring", 1 << 24, &old, &size),
			 0);
	assert_int_equal(keyring_destroy(ring, &end), 1);
	/* Neither the wrapped key nor any part of the body stands there. */
	for (size_t at = 80; at + 24 <= size; at += 24)
		assert_false(file_has(&place, old + at, 24));
	keyring_close(ring);
	place_free(&place);
}

static void every_changed_byte_of_the_file_is_found(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20261230), 3);
	assert_int_equal(keyring_hold(ring, &(struct id){ { 7 } }, true), 1);
	keyring_close(ring);
	assert_int_equal(place_read(place.dir, "ring", 1 << 24, &bytes, &size),
			 0);
	for (size_t i = 0; i < size; i++) {
		int r;

		/* Costs of the passphrase cost; one of them is enough. */
		if (i > 17 && i < 32)
			continue;
		bytes[i] ^= 1;
		assert_int_equal(place_write(place.dir, "ring", bytes, size),
				 0);
		r = keyring_open(place.dir, &ring);
		if (r == 0) {
			/* An unlock costs 10 ms: try every 17th. */
			if (i < 200 || i % 17 == 0)
				r = keyring_unlock(ring, passphrase);
			else
				r = -EBADMSG;
			keyring_close(ring);
		}
		assert_true(r == -EBADMSG || r == -EACCES || r == -ENOTSUP);
		bytes[i] ^= 1;
	}
	for (size_t cut = 0; cut < size; cut += 13) {
		int r;

		assert_int_equal(place_write(place.dir, "ring", bytes, cut), 0);
		r = keyring_open(place.dir, &ring);
		if (r == 0) {
			r = keyring_unlock(ring, passphrase);
			keyring_close(ring);
		}
		assert_int_equal(r, -EBADMSG);
	}
	place_free(&place);
}

static void a_held_contact_has_a_pair_of_its_own(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	const struct id one = { { 1 } }, two = { { 2 } }, three = { { 3 } };
	const struct seal_end end = { 1, 20261231 };
	struct open_pair pair, other;
	bool is_restricted = true;

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 12);
	assert_null(keyring_held(ring, &one, &is_restricted));
	assert_false(is_restricted);
	assert_int_equal(keyring_hold(ring, &one, false), 1);
	assert_int_equal(keyring_hold(ring, &one, false), 0);
	assert_int_equal(keyring_hold(ring, &two, true), 1);
	assert_int_equal(keyring_hold(ring, &three, false), 1);
	assert_int_equal(keyring_hold_count(ring), 3);
	assert_int_equal(keyring_count(ring), 12);
	pair = *keyring_held(ring, &one, NULL);
	other = *keyring_held(ring, &two, &is_restricted);
	assert_true(is_restricted);
	assert_memory_not_equal(&pair, &other, sizeof(pair));
	/* The flag changes, the pair does not. */
	assert_int_equal(keyring_hold(ring, &two, false), 1);
	assert_memory_equal(keyring_held(ring, &two, &is_restricted), &other,
			    sizeof(other));
	assert_false(is_restricted);
	assert_int_equal(keyring_hold(ring, &two, true), 1);
	/* Keys of dates come and go beside them. */
	assert_int_equal(keyring_destroy(ring, &end), 1);
	assert_int_equal(keyring_release(ring, &one), 1);
	assert_int_equal(keyring_release(ring, &one), 0);
	keyring_close(ring);

	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_null(keyring_held(ring, &two, &is_restricted));
	assert_int_equal(keyring_hold_count(ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_int_equal(keyring_hold_count(ring), 2);
	assert_null(keyring_held(ring, &one, NULL));
	assert_memory_equal(keyring_held(ring, &two, &is_restricted), &other,
			    sizeof(other));
	assert_true(is_restricted);
	assert_non_null(keyring_held(ring, &three, &is_restricted));
	assert_false(is_restricted);
	/* Held again, it is another pair. */
	assert_int_equal(keyring_hold(ring, &one, false), 1);
	assert_memory_not_equal(keyring_held(ring, &one, NULL), &pair,
				sizeof(pair));
	keyring_close(ring);
	place_free(&place);
}

static void holds_have_a_limit(void **state)
{
	struct place place = place_new();
	OWNED(ring_secrets_drop)
	struct ring_secrets *secrets = ring_secrets_new();
	uint8_t head[RING_HEAD_SIZE];
	struct keyring *ring = made(&place);
	struct id one = { { 0xff, 0xff, 0xff, 0xff } };

	(void)state;
	/* Filled by hand: one by one would write the file 4096 times. */
	assert_int_equal(ring_make_head(KEYRING_MEMORY_MIN_MIB, head), 0);
	assert_int_equal(ring_make_key(head, passphrase, secrets->unlock_key),
			 0);
	for (uint32_t i = 0; i < KEYRING_HOLDS_MAX; i++) {
		memcpy(&secrets->hold[i].contact, &i, sizeof(i));
		secrets->hold_count++;
	}
	keyring_close(ring);
	assert_int_equal(ring_write(place.dir, head, secrets), 0);
	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_int_equal(keyring_hold_count(ring), KEYRING_HOLDS_MAX);
	assert_int_equal(keyring_hold(ring, &one, false), -ENOSPC);
	/* One that is there may still change, and one that went makes room. */
	assert_int_equal(keyring_hold(ring, &secrets->hold[7].contact, true),
			 1);
	assert_int_equal(keyring_release(ring, &secrets->hold[9].contact), 1);
	assert_int_equal(keyring_hold(ring, &one, false), 1);
	keyring_close(ring);
	place_free(&place);
}

/* The ring as an earlier program wrote it: without days of the log, which
 * must be none, and with another number. */
static void make_version(const struct place *place, uint8_t version)
{
	enum {
		KEY = 104,
		BODY_NONCE = 152,
		BODY = 176,
		TAG = 16,
		DAYS_HEAD = 8
	};
	OWNED(drop_memory) char *bytes = NULL;
	uint8_t unlock_key[32], storage_key[32], *at, *body;
	size_t size, body_size;

	assert_int_equal(place_read(place->dir, "ring", 1 << 24, &bytes, &size),
			 0);
	at = (uint8_t *)bytes;
	assert_int_equal(at[8], 3);
	body_size = size - BODY - TAG;
	body = malloc(body_size);
	assert_int_equal(ring_make_key(at, passphrase, unlock_key), 0);
	assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(
				 storage_key, NULL, NULL, at + KEY, 48, at,
				 RING_HEAD_SIZE, at + RING_HEAD_SIZE,
				 unlock_key),
			 0);
	assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(
				 body, NULL, NULL, at + BODY, body_size + TAG,
				 at, BODY_NONCE, at + BODY_NONCE, storage_key),
			 0);
	at[8] = version;
	assert_true(bytes_are_zero(body + body_size - DAYS_HEAD, DAYS_HEAD));
	body_size -= DAYS_HEAD;
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		at + KEY, NULL, storage_key, 32, at, RING_HEAD_SIZE, NULL,
		at + RING_HEAD_SIZE, unlock_key);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		at + BODY, NULL, body, body_size, at, BODY_NONCE, NULL,
		at + BODY_NONCE, storage_key);
	free(body);
	assert_int_equal(
		place_write(place->dir, "ring", bytes, BODY + body_size + TAG),
		0);
}

static void a_ring_without_holds_learns_of_them(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	const struct seal_end end = { 2, 20270101 };
	const struct id one = { { 1 } };
	struct open_pair pair;
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 12);
	pair = *keyring_find(ring, &end);
	keyring_close(ring);
	make_version(&place, 1);

	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_memory_equal(keyring_find(ring, &end), &pair, sizeof(pair));
	assert_int_equal(keyring_hold(ring, &one, true), 1);
	keyring_close(ring);
	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_memory_equal(keyring_find(ring, &end), &pair, sizeof(pair));
	assert_int_equal(keyring_hold_count(ring), 1);
	keyring_close(ring);
	assert_int_equal(place_read(place.dir, "ring", 1 << 24, &bytes, &size),
			 0);
	assert_int_equal(bytes[8], 3);
	/* With holds it is of version 2. */
	make_version(&place, 2);
	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_int_equal(keyring_hold_count(ring), 1);
	assert_int_equal(keyring_day_count(ring), 0);
	assert_int_equal(keyring_fill_log(ring, 20261230, 20261230), 1);
	assert_int_equal(keyring_forget_log(ring, 20261231), 1);
	keyring_close(ring);
	/* Holds in a ring of version 1 are nothing that was ever written. */
	assert_int_equal(place_write(place.dir, "ring", bytes, size), 0);
	make_version(&place, 1);
	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), -EBADMSG);
	keyring_close(ring);
	/* And a later one than ours is refused as such. */
	bytes[8] = 4;
	assert_int_equal(place_write(place.dir, "ring", bytes, size), 0);
	assert_int_equal(keyring_open(place.dir, &ring), -ENOTSUP);
	place_free(&place);
}

static void days_of_the_log_are_forgotten_from_the_first_on(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	struct open_pair pair;

	(void)state;
	assert_int_equal(keyring_fill_log(ring, 20261230, 20270102), 4);
	assert_int_equal(keyring_fill_log(ring, 20261230, 20270103), 1);
	assert_int_equal(keyring_day_count(ring), 5);
	/* They are no end dates, and no recorder gets them. */
	assert_int_equal(keyring_count(ring), 0);
	pair = *keyring_find_day(ring, 20270101);
	assert_null(keyring_find_day(ring, 20261229));
	assert_int_equal(keyring_forget_log(ring, 20270101), 2);
	assert_int_equal(keyring_forget_log(ring, 20270101), 0);
	/* What was forgotten is never made again. */
	assert_int_equal(keyring_fill_log(ring, 20261230, 20270103), 0);
	keyring_close(ring);

	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(keyring_unlock(ring, passphrase), 0);
	assert_int_equal(keyring_log_from(ring), 20270101);
	assert_int_equal(keyring_day_count(ring), 3);
	assert_null(keyring_find_day(ring, 20261231));
	assert_memory_equal(keyring_find_day(ring, 20270101), &pair,
			    sizeof(pair));
	assert_int_equal(keyring_fill_log(ring, 20261230, 20270103), 0);
	keyring_close(ring);
	place_free(&place);
}

static void a_short_passphrase_makes_no_ring(void **state)
{
	struct place place = place_new();
	struct keyring *ring;

	(void)state;
	assert_int_equal(keyring_open(place.dir, &ring), 0);
	assert_int_equal(
		keyring_make(ring, (struct slice){ "elevenbytes", 11 }, 8),
		-EINVAL);
	assert_false(keyring_is_made(ring));
	keyring_close(ring);
	place_free(&place);
}

static void the_key_set_holds_the_public_halves(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	const struct seal_end end = { 1, 20270102 };
	OWNED(drop_memory) uint8_t *bytes = NULL;
	OWNED(seal_keyset_drop) struct seal_keyset *set = NULL;
	struct seal_end found;
	uint8_t public[32];
	size_t size;

	(void)state;
	assert_int_equal(keyring_fill(ring, 20261230, 20270102), 12);
	assert_int_equal(
		keyring_keyset(ring, 20270101, 1795000000, &bytes, &size), 0);
	assert_int_equal(seal_keyset_read(bytes, size, &set), 0);
	/* Where the file names who signed it. */
	assert_memory_equal(bytes + 16, keyring_public(ring), 32);
	assert_int_equal(seal_keyset_find(set, &end, &found, public), 0);
	assert_memory_equal(public, keyring_find(ring, &end)->public, 32);
	assert_int_equal(seal_keyset_find(set,
					  &(struct seal_end){ 1, 20261231 },
					  &found, public),
			 -ENOKEY);
	keyring_close(ring);
	place_free(&place);
}

static void three_years_of_keys_are_rewritten_quickly(void **state)
{
	struct place place = place_new();
	struct keyring *ring = made(&place);
	const seal_date first = 20261123;
	const struct seal_end end = { 1, first };
	nanoseconds from = clock_monotonic();

	(void)state;
	assert_int_equal(keyring_fill(ring, first, today_add(first, 1199)),
			 3600);
	printf("# made 3600 pairs in %d ms\n",
	       (int)((clock_monotonic() - from) / NS_PER_MS));
	from = clock_monotonic();
	assert_int_equal(keyring_destroy(ring, &end), 1);
	from = clock_monotonic() - from;
	printf("# destroyed one of them in %d ms\n", (int)(from / NS_PER_MS));
	assert_true(from < 1000 * NS_PER_MS);
	keyring_close(ring);
	place_free(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_comes_back),
		cmocka_unit_test(
			a_destroyed_pair_is_nowhere_and_never_made_again),
		cmocka_unit_test(every_rewriting_has_a_fresh_storage_key),
		cmocka_unit_test(every_changed_byte_of_the_file_is_found),
		cmocka_unit_test(a_held_contact_has_a_pair_of_its_own),
		cmocka_unit_test(holds_have_a_limit),
		cmocka_unit_test(a_ring_without_holds_learns_of_them),
		cmocka_unit_test(
			days_of_the_log_are_forgotten_from_the_first_on),
		cmocka_unit_test(a_short_passphrase_makes_no_ring),
		cmocka_unit_test(the_key_set_holds_the_public_halves),
		cmocka_unit_test(three_years_of_keys_are_rewritten_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
