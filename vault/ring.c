/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The file "ring", byte by byte. Version 3. Numbers are little-endian.
 *
 *	  0   8  "tlnnring"
 *	  8   2  version: 3
 *	 10   2  how the unlock key is made: 1 Argon2id 1.3
 *	 12   4  zero
 *	 16   8  Argon2id passes
 *	 24   8  Argon2id memory in bytes
 *	 32  16  Argon2id salt
 *	 48  32  Ed25519 public key of the vault
 *	 80  24  nonce
 *	104  48  storage key, sealed with the unlock key; data: bytes 0-79
 *	152  24  nonce
 *	176      body, sealed with the storage key; data: bytes 0-151
 *
 * Both by XChaCha20-Poly1305. The body: seed of the signing key 32, count
 * of pairs 4, count of holds 4, latest destroyed date of class 0, 1, 2, 3 4
 * each, then the pairs in order of class and date, 72 bytes each: class 4,
 * date 4, public half 32, secret half 32; then the holds, 88 bytes each:
 * contact 16, restricted 4 (0 or 1), zero 4, public half 32, secret half
 * 32; no contact twice; then the days of the audit log: their count 4, the
 * date before which they were forgotten 4, and 68 bytes each in order: date
 * 4, public half 32, secret half 32.
 *
 * Version 2 is the same without days of the log, version 1 also without
 * holds (their count is zero). Both are read, and become version 3 when the
 * ring is written next.
 */
#include "vault/ring.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/format.h"
#include "vault/place.h"

#define MAGIC "tlnnring"
#define NAME "ring"

enum {
	VERSION = 3,
	VERSION_WITHOUT_DAYS = 2,
	VERSION_WITHOUT_HOLDS = 1,
	ARGON2ID = 1,
	PASSES = 3,
	AT_VERSION = 8,
	AT_KDF = 10,
	AT_ZERO = 12,
	AT_PASSES = 16,
	AT_MEMORY = 24,
	AT_SALT = 32,
	AT_NONCE = RING_HEAD_SIZE,
	AT_KEY = 104,
	AT_BODY_NONCE = 152,
	AT_BODY = 176,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	BODY_AT_GONE = 40,
	BODY_HEAD_SIZE = BODY_AT_GONE + 4 * SEAL_CLASSES,
	BODY_AT_HOLDS = 36,
	PAIR_SIZE = 72,
	HOLD_SIZE = 88,
	DAYS_HEAD_SIZE = 8,
	DAY_SIZE = 68,
	BODY_MAX = BODY_HEAD_SIZE + KEYRING_PAIRS_MAX * PAIR_SIZE +
		   KEYRING_HOLDS_MAX * HOLD_SIZE + DAYS_HEAD_SIZE +
		   KEYRING_DAYS_MAX * DAY_SIZE,
	FILE_MAX = AT_BODY + BODY_MAX + TAG_SIZE,
};

struct ring_secrets *ring_secrets_new(void)
{
	/* Guarded by pages nobody may touch, locked, wiped when freed. */
	struct ring_secrets *secrets = sodium_malloc(sizeof(*secrets));

	if (secrets)
		sodium_memzero(secrets, sizeof(*secrets));
	return secrets;
}

void ring_secrets_drop(struct ring_secrets **secrets)
{
	sodium_free(*secrets);
	*secrets = NULL;
}

static void bytes_drop(uint8_t **bytes)
{
	sodium_free(*bytes);
	*bytes = NULL;
}

int ring_compare(const struct seal_end *a, const struct seal_end *b)
{
	if (a->data_class != b->data_class)
		return a->data_class < b->data_class ? -1 : 1;
	return a->date < b->date ? -1 : a->date > b->date;
}

static bool head_is_legal(const uint8_t head[RING_HEAD_SIZE])
{
	const uint64_t passes = seal_get64(head + AT_PASSES);
	const uint64_t mib = seal_get64(head + AT_MEMORY) >> 20;

	return bytes_are_zero(head + AT_ZERO, 4) && passes >= 1 &&
	       passes <= 64 && mib >= KEYRING_MEMORY_MIN_MIB &&
	       mib <= KEYRING_MEMORY_MAX_MIB;
}

/* The file, as a whole, if it can be one. */
int ring_read(int dir, char **ret_bytes, size_t *ret_size)
{
	OWNED(drop_memory) char *bytes = NULL;
	const uint8_t *at;
	size_t size;
	int r = place_read(dir, NAME, FILE_MAX, &bytes, &size);

	if (r < 0)
		return r == -EFBIG ? -EBADMSG : r;
	at = (const uint8_t *)bytes;
	if (size < AT_BODY + BODY_HEAD_SIZE + TAG_SIZE ||
	    memcmp(at, MAGIC, 8) != 0)
		return -EBADMSG;
	if (seal_get16(at + AT_VERSION) < VERSION_WITHOUT_HOLDS ||
	    seal_get16(at + AT_VERSION) > VERSION ||
	    seal_get16(at + AT_KDF) != ARGON2ID)
		return -ENOTSUP;
	if (!head_is_legal(at))
		return -EBADMSG;
	*ret_bytes = bytes;
	*ret_size = size;
	bytes = NULL;
	return 0;
}

int ring_make_head(int memory_mib, uint8_t ret_head[RING_HEAD_SIZE])
{
	uint8_t head[RING_HEAD_SIZE] = { 0 };

	memcpy(head, MAGIC, 8);
	seal_put16(head + AT_VERSION, VERSION);
	seal_put16(head + AT_KDF, ARGON2ID);
	seal_put64(head + AT_PASSES, PASSES);
	seal_put64(head + AT_MEMORY, (uint64_t)memory_mib << 20);
	randombytes_buf(head + AT_SALT, RING_AT_PUBLIC - AT_SALT);
	if (!head_is_legal(head))
		return -EINVAL;
	memcpy(ret_head, head, sizeof(head));
	return 0;
}

int ring_make_key(const uint8_t head[RING_HEAD_SIZE], struct slice passphrase,
		  uint8_t ret_key[32])
{
	if (crypto_pwhash(ret_key, 32, passphrase.at, passphrase.size,
			  head + AT_SALT, seal_get64(head + AT_PASSES),
			  (size_t)seal_get64(head + AT_MEMORY),
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return -ENOMEM;
	return 0;
}

static void put_body(const struct ring_secrets *secrets, uint8_t *body)
{
	memcpy(body, secrets->seed, 32);
	seal_put32(body + 32, (uint32_t)secrets->count);
	seal_put32(body + BODY_AT_HOLDS, (uint32_t)secrets->hold_count);
	for (uint32_t c = 0; c < SEAL_CLASSES; c++)
		seal_put32(body + BODY_AT_GONE + 4 * c, secrets->gone[c]);
	for (size_t i = 0; i < secrets->count; i++) {
		const struct ring_entry *entry = &secrets->entry[i];
		uint8_t *at = body + BODY_HEAD_SIZE + i * PAIR_SIZE;

		seal_put32(at, entry->end.data_class);
		seal_put32(at + 4, entry->end.date);
		memcpy(at + 8, entry->pair.public, 32);
		memcpy(at + 40, entry->pair.secret, 32);
	}
	body += BODY_HEAD_SIZE + secrets->count * PAIR_SIZE;
	for (size_t i = 0; i < secrets->hold_count; i++) {
		const struct ring_hold *hold = &secrets->hold[i];
		uint8_t *at = body + i * HOLD_SIZE;

		memcpy(at, &hold->contact, sizeof(hold->contact));
		seal_put32(at + 16, hold->is_restricted);
		seal_put32(at + 20, 0);
		memcpy(at + 24, hold->pair.public, 32);
		memcpy(at + 56, hold->pair.secret, 32);
	}
	body += secrets->hold_count * HOLD_SIZE;
	seal_put32(body, (uint32_t)secrets->day_count);
	seal_put32(body + 4, secrets->log_from);
	body += DAYS_HEAD_SIZE;
	for (size_t i = 0; i < secrets->day_count; i++) {
		uint8_t *at = body + i * DAY_SIZE;

		seal_put32(at, secrets->day[i].date);
		memcpy(at + 4, secrets->day[i].pair.public, 32);
		memcpy(at + 36, secrets->day[i].pair.secret, 32);
	}
}

int ring_pack(const uint8_t head[RING_HEAD_SIZE],
	      const struct ring_secrets *secrets, uint8_t **ret_bytes,
	      size_t *ret_size)
{
	const size_t body_size = BODY_HEAD_SIZE + secrets->count * PAIR_SIZE +
				 secrets->hold_count * HOLD_SIZE +
				 DAYS_HEAD_SIZE + secrets->day_count * DAY_SIZE;
	const size_t size = AT_BODY + body_size + TAG_SIZE;
	OWNED(bytes_drop) uint8_t *body = sodium_malloc(body_size);
	OWNED(bytes_drop) uint8_t *storage_key = sodium_malloc(32);
	OWNED(drop_memory) uint8_t *file = malloc(size);

	if (!body || !storage_key || !file)
		return -ENOMEM;
	put_body(secrets, body);
	randombytes_buf(storage_key, 32);
	memcpy(file, head, AT_NONCE);
	seal_put16(file + AT_VERSION, VERSION);
	randombytes_buf(file + AT_NONCE, NONCE_SIZE);
	randombytes_buf(file + AT_BODY_NONCE, NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		file + AT_KEY, NULL, storage_key, 32, file, AT_NONCE, NULL,
		file + AT_NONCE, secrets->unlock_key);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		file + AT_BODY, NULL, body, body_size, file, AT_BODY_NONCE,
		NULL, file + AT_BODY_NONCE, storage_key);
	*ret_bytes = file;
	*ret_size = size;
	file = NULL;
	return 0;
}

int ring_write(int dir, const uint8_t head[RING_HEAD_SIZE],
	       const struct ring_secrets *secrets)
{
	OWNED(drop_memory) uint8_t *file = NULL;
	size_t size;
	int r = ring_pack(head, secrets, &file, &size);

	return r < 0 ? r : place_write_over(dir, NAME, file, size);
}

static int take_holds(struct ring_secrets *secrets, const uint8_t *at,
		      size_t count)
{
	for (size_t i = 0; i < count; i++, at += HOLD_SIZE) {
		struct ring_hold *hold = &secrets->hold[i];

		memcpy(&hold->contact, at, sizeof(hold->contact));
		hold->is_restricted = seal_get32(at + 16);
		if (hold->is_restricted > 1 || seal_get32(at + 20) != 0)
			return -EBADMSG;
		memcpy(hold->pair.public, at + 24, 32);
		memcpy(hold->pair.secret, at + 56, 32);
	}
	secrets->hold_count = count;
	return 0;
}

/* What stands behind the holds. */
static int take_days(struct ring_secrets *secrets, unsigned version,
		     const uint8_t *at, size_t size)
{
	size_t count;

	if (version < VERSION)
		return size == 0 ? 0 : -EBADMSG;
	if (size < DAYS_HEAD_SIZE)
		return -EBADMSG;
	count = seal_get32(at);
	secrets->log_from = seal_get32(at + 4);
	if (count > KEYRING_DAYS_MAX ||
	    size != DAYS_HEAD_SIZE + count * DAY_SIZE)
		return -EBADMSG;
	at += DAYS_HEAD_SIZE;
	for (size_t i = 0; i < count; i++, at += DAY_SIZE) {
		struct ring_day *day = &secrets->day[i];

		day->date = seal_get32(at);
		memcpy(day->pair.public, at + 4, 32);
		memcpy(day->pair.secret, at + 36, 32);
		if (i > 0 && day[-1].date >= day->date)
			return -EBADMSG;
	}
	secrets->day_count = count;
	return 0;
}

static int take_body(struct ring_secrets *secrets, unsigned version,
		     const uint8_t *body, size_t body_size)
{
	size_t count = seal_get32(body + 32);
	size_t holds = seal_get32(body + BODY_AT_HOLDS);
	size_t before;
	int r;

	if (body_size < BODY_HEAD_SIZE || count > KEYRING_PAIRS_MAX ||
	    holds > KEYRING_HOLDS_MAX ||
	    (version == VERSION_WITHOUT_HOLDS && holds > 0) ||
	    body_size < BODY_HEAD_SIZE + count * PAIR_SIZE + holds * HOLD_SIZE)
		return -EBADMSG;
	before = BODY_HEAD_SIZE + count * PAIR_SIZE + holds * HOLD_SIZE;
	memcpy(secrets->seed, body, 32);
	for (uint32_t c = 0; c < SEAL_CLASSES; c++)
		secrets->gone[c] = seal_get32(body + BODY_AT_GONE + 4 * c);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = body + BODY_HEAD_SIZE + i * PAIR_SIZE;
		struct ring_entry *entry = &secrets->entry[i];

		entry->end.data_class = seal_get32(at);
		entry->end.date = seal_get32(at + 4);
		memcpy(entry->pair.public, at + 8, 32);
		memcpy(entry->pair.secret, at + 40, 32);
		if (i > 0 && ring_compare(&entry[-1].end, &entry->end) >= 0)
			return -EBADMSG;
	}
	secrets->count = count;
	r = take_holds(secrets, body + BODY_HEAD_SIZE + count * PAIR_SIZE,
		       holds);
	return r < 0 ? r
		     : take_days(secrets, version, body + before,
				 body_size - before);
}

int ring_unseal(struct ring_secrets *secrets, const uint8_t *file, size_t size)
{
	const size_t body_size = size - AT_BODY - TAG_SIZE;
	OWNED(bytes_drop) uint8_t *body = sodium_malloc(body_size);
	OWNED(bytes_drop) uint8_t *storage_key = sodium_malloc(32);

	if (!body || !storage_key)
		return -ENOMEM;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    storage_key, NULL, NULL, file + AT_KEY, 32 + TAG_SIZE, file,
		    AT_NONCE, file + AT_NONCE, secrets->unlock_key) != 0)
		return -EACCES;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    body, NULL, NULL, file + AT_BODY, body_size + TAG_SIZE,
		    file, AT_BODY_NONCE, file + AT_BODY_NONCE,
		    storage_key) != 0)
		return -EBADMSG;
	return take_body(secrets, seal_get16(file + AT_VERSION), body,
			 body_size);
}
