/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The file "ring", byte by byte. Version 1. Numbers are little-endian.
 *
 *	  0   8  "tlnnring"
 *	  8   2  version: 1
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
 * 4, zero 4, latest destroyed date of class 0, 1, 2, 3 4 each, then the
 * pairs in order of class and date, 72 bytes each: class 4, date 4, public
 * half 32, secret half 32.
 */
#include "vault/keyring.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/format.h"
#include "vault/place.h"
#include "vault/today.h"

#define MAGIC "tlnnring"
#define NAME "ring"

enum {
	VERSION = 1,
	ARGON2ID = 1,
	PASSES = 3,
	AT_VERSION = 8,
	AT_KDF = 10,
	AT_ZERO = 12,
	AT_PASSES = 16,
	AT_MEMORY = 24,
	AT_SALT = 32,
	AT_PUBLIC = 48,
	AT_NONCE = 80,
	AT_KEY = 104,
	AT_BODY_NONCE = 152,
	AT_BODY = 176,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	BODY_AT_GONE = 40,
	BODY_HEAD_SIZE = BODY_AT_GONE + 4 * SEAL_CLASSES,
	PAIR_SIZE = 72,
	BODY_MAX = BODY_HEAD_SIZE + KEYRING_PAIRS_MAX * PAIR_SIZE,
	FILE_MAX = AT_BODY + BODY_MAX + TAG_SIZE,
};

struct entry {
	struct seal_end end;
	struct open_pair pair;
};

/* What is only there while unlocked, in memory that is never swapped. */
struct secrets {
	uint8_t unlock_key[32];
	uint8_t seed[32];
	/* By class: what was destroyed is never made again. */
	seal_date gone[SEAL_CLASSES];
	size_t count;
	struct entry entry[KEYRING_PAIRS_MAX];
};

struct keyring {
	int dir;
	bool is_made;
	uint8_t head[AT_NONCE]; /* the file up to its secrets */
	struct secrets *secrets;
};

static struct secrets *secrets_new(void)
{
	/* Guarded by pages nobody may touch, locked, wiped when freed. */
	struct secrets *secrets = sodium_malloc(sizeof(*secrets));

	if (secrets)
		sodium_memzero(secrets, sizeof(*secrets));
	return secrets;
}

static void secrets_drop(struct secrets **secrets)
{
	sodium_free(*secrets);
	*secrets = NULL;
}

static void bytes_drop(uint8_t **bytes)
{
	sodium_free(*bytes);
	*bytes = NULL;
}

static int compare(const struct seal_end *a, const struct seal_end *b)
{
	if (a->data_class != b->data_class)
		return a->data_class < b->data_class ? -1 : 1;
	return a->date < b->date ? -1 : a->date > b->date;
}

/* Where an end stands, or would stand. */
static size_t place_of(const struct secrets *secrets,
		       const struct seal_end *end)
{
	size_t from = 0, to = secrets->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&secrets->entry[middle].end, end) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool stands_at(const struct secrets *secrets, size_t at,
		      const struct seal_end *end)
{
	return at < secrets->count &&
	       compare(&secrets->entry[at].end, end) == 0;
}

static bool head_is_legal(const uint8_t head[AT_NONCE])
{
	const uint64_t passes = seal_get64(head + AT_PASSES);
	const uint64_t mib = seal_get64(head + AT_MEMORY) >> 20;

	return bytes_are_zero(head + AT_ZERO, 4) && passes >= 1 &&
	       passes <= 64 && mib >= KEYRING_MEMORY_MIN_MIB &&
	       mib <= KEYRING_MEMORY_MAX_MIB;
}

/* The file, as a whole, if it can be one. */
static int read_file(int dir, char **ret_bytes, size_t *ret_size)
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
	if (seal_get16(at + AT_VERSION) != VERSION ||
	    seal_get16(at + AT_KDF) != ARGON2ID)
		return -ENOTSUP;
	if (!head_is_legal(at))
		return -EBADMSG;
	*ret_bytes = bytes;
	*ret_size = size;
	bytes = NULL;
	return 0;
}

int keyring_open(int dir, struct keyring **ret_ring)
{
	struct keyring *ring;
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (sodium_init() < 0)
		return -EIO;
	r = read_file(dir, &bytes, &size);
	if (r < 0 && r != -ENOENT)
		return r;
	ring = calloc(1, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	ring->dir = dir;
	if (r == 0) {
		ring->is_made = true;
		memcpy(ring->head, bytes, AT_NONCE);
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
	secrets_drop(&ring->secrets);
}

static int make_unlock_key(const uint8_t head[AT_NONCE],
			   struct slice passphrase, uint8_t ret_key[32])
{
	if (crypto_pwhash(ret_key, 32, passphrase.at, passphrase.size,
			  head + AT_SALT, seal_get64(head + AT_PASSES),
			  (size_t)seal_get64(head + AT_MEMORY),
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return -ENOMEM;
	return 0;
}

static void put_body(const struct secrets *secrets, uint8_t *body)
{
	memcpy(body, secrets->seed, 32);
	seal_put32(body + 32, (uint32_t)secrets->count);
	seal_put32(body + 36, 0);
	for (uint32_t c = 0; c < SEAL_CLASSES; c++)
		seal_put32(body + BODY_AT_GONE + 4 * c, secrets->gone[c]);
	for (size_t i = 0; i < secrets->count; i++) {
		const struct entry *entry = &secrets->entry[i];
		uint8_t *at = body + BODY_HEAD_SIZE + i * PAIR_SIZE;

		seal_put32(at, entry->end.data_class);
		seal_put32(at + 4, entry->end.date);
		memcpy(at + 8, entry->pair.public, 32);
		memcpy(at + 40, entry->pair.secret, 32);
	}
}

/* Write the whole ring under a storage key never used before or after. */
static int write_ring(struct keyring *ring, const struct secrets *secrets)
{
	const size_t body_size = BODY_HEAD_SIZE + secrets->count * PAIR_SIZE;
	const size_t size = AT_BODY + body_size + TAG_SIZE;
	OWNED(bytes_drop) uint8_t *body = sodium_malloc(body_size);
	OWNED(bytes_drop) uint8_t *storage_key = sodium_malloc(32);
	OWNED(drop_memory) uint8_t *file = malloc(size);

	if (!body || !storage_key || !file)
		return -ENOMEM;
	put_body(secrets, body);
	randombytes_buf(storage_key, 32);
	memcpy(file, ring->head, AT_NONCE);
	randombytes_buf(file + AT_NONCE, NONCE_SIZE);
	randombytes_buf(file + AT_BODY_NONCE, NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		file + AT_KEY, NULL, storage_key, 32, file, AT_NONCE, NULL,
		file + AT_NONCE, secrets->unlock_key);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		file + AT_BODY, NULL, body, body_size, file, AT_BODY_NONCE,
		NULL, file + AT_BODY_NONCE, storage_key);
	return place_write_over(ring->dir, NAME, file, size);
}

int keyring_make(struct keyring *ring, struct slice passphrase, int memory_mib)
{
	OWNED(secrets_drop) struct secrets *secrets = NULL;
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	int r;

	if (ring->is_made)
		return -EEXIST;
	if (passphrase.size < KEYRING_PASSPHRASE_MIN ||
	    passphrase.size > KEYRING_PASSPHRASE_MAX)
		return -EINVAL;
	secrets = secrets_new();
	if (!secrets)
		return -ENOMEM;

	memset(ring->head, 0, sizeof(ring->head));
	memcpy(ring->head, MAGIC, 8);
	seal_put16(ring->head + AT_VERSION, VERSION);
	seal_put16(ring->head + AT_KDF, ARGON2ID);
	seal_put64(ring->head + AT_PASSES, PASSES);
	seal_put64(ring->head + AT_MEMORY, (uint64_t)memory_mib << 20);
	randombytes_buf(ring->head + AT_SALT, AT_PUBLIC - AT_SALT);
	if (!head_is_legal(ring->head))
		return -EINVAL;
	randombytes_buf(secrets->seed, sizeof(secrets->seed));
	crypto_sign_seed_keypair(ring->head + AT_PUBLIC, secret, secrets->seed);
	sodium_memzero(secret, sizeof(secret));

	r = make_unlock_key(ring->head, passphrase, secrets->unlock_key);
	if (r == 0)
		r = write_ring(ring, secrets);
	if (r < 0)
		return r;
	ring->is_made = true;
	ring->secrets = secrets;
	secrets = NULL;
	return 0;
}

static int take_body(struct secrets *secrets, const uint8_t *body,
		     size_t body_size)
{
	size_t count = seal_get32(body + 32);

	if (body_size < BODY_HEAD_SIZE || count > KEYRING_PAIRS_MAX ||
	    body_size != BODY_HEAD_SIZE + count * PAIR_SIZE)
		return -EBADMSG;
	memcpy(secrets->seed, body, 32);
	for (uint32_t c = 0; c < SEAL_CLASSES; c++)
		secrets->gone[c] = seal_get32(body + BODY_AT_GONE + 4 * c);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = body + BODY_HEAD_SIZE + i * PAIR_SIZE;
		struct entry *entry = &secrets->entry[i];

		entry->end.data_class = seal_get32(at);
		entry->end.date = seal_get32(at + 4);
		memcpy(entry->pair.public, at + 8, 32);
		memcpy(entry->pair.secret, at + 40, 32);
		if (i > 0 && compare(&entry[-1].end, &entry->end) >= 0)
			return -EBADMSG;
	}
	secrets->count = count;
	return 0;
}

static int open_file(struct secrets *secrets, const uint8_t *file, size_t size)
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
	return take_body(secrets, body, body_size);
}

int keyring_unlock(struct keyring *ring, struct slice passphrase)
{
	OWNED(secrets_drop) struct secrets *secrets = NULL;
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (ring->secrets)
		return -EALREADY;
	r = read_file(ring->dir, &bytes, &size);
	if (r < 0)
		return r;
	secrets = secrets_new();
	if (!secrets)
		return -ENOMEM;
	r = make_unlock_key((const uint8_t *)bytes, passphrase,
			    secrets->unlock_key);
	if (r == 0)
		r = open_file(secrets, (const uint8_t *)bytes, size);
	if (r < 0)
		return r;
	memcpy(ring->head, bytes, AT_NONCE);
	ring->secrets = secrets;
	secrets = NULL;
	return 0;
}

int keyring_try(const struct keyring *ring, struct slice passphrase)
{
	uint8_t key[32];
	int r = make_unlock_key(ring->head, passphrase, key);

	assert(ring->secrets);
	if (r == 0 && !bytes_are(key, ring->secrets->unlock_key, sizeof(key)))
		r = -EACCES;
	sodium_memzero(key, sizeof(key));
	return r;
}

/* Change a copy, write it, and only then believe in it. */
static int change(struct keyring *ring, struct secrets **changed)
{
	struct secrets *old = ring->secrets;
	int r = write_ring(ring, *changed);

	if (r < 0)
		return r;
	ring->secrets = *changed;
	*changed = old;
	return 0;
}

static struct secrets *copy_of(const struct keyring *ring)
{
	struct secrets *copy = secrets_new();

	assert(ring->secrets);
	if (copy)
		memcpy(copy, ring->secrets, sizeof(*copy));
	return copy;
}

static int add_pair(struct secrets *secrets, const struct seal_end *end)
{
	size_t at = place_of(secrets, end);
	struct entry *entry = &secrets->entry[at];

	if (stands_at(secrets, at, end) ||
	    end->date <= secrets->gone[end->data_class])
		return 0;
	if (secrets->count == KEYRING_PAIRS_MAX)
		return -ENOSPC;
	memmove(entry + 1, entry, (secrets->count - at) * sizeof(struct entry));
	entry->end = *end;
	crypto_box_keypair(entry->pair.public, entry->pair.secret);
	secrets->count++;
	return 1;
}

int keyring_fill(struct keyring *ring, seal_date first, seal_date last)
{
	OWNED(secrets_drop) struct secrets *copy = copy_of(ring);
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
	OWNED(secrets_drop) struct secrets *copy = NULL;
	size_t at = place_of(ring->secrets, end);
	struct entry *entry;
	int r;

	if (!stands_at(ring->secrets, at, end))
		return 0;
	copy = copy_of(ring);
	if (!copy)
		return -ENOMEM;
	entry = &copy->entry[at];
	copy->count--;
	memmove(entry, entry + 1, (copy->count - at) * sizeof(struct entry));
	sodium_memzero(&copy->entry[copy->count], sizeof(struct entry));
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

const uint8_t *keyring_seed(const struct keyring *ring)
{
	assert(ring->secrets);
	return ring->secrets->seed;
}

const uint8_t *keyring_public(const struct keyring *ring)
{
	return ring->head + AT_PUBLIC;
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
		const struct entry *entry = &ring->secrets->entry[i];

		if (entry->end.date < first)
			continue;
		entries[count].end = entry->end;
		memcpy(entries[count++].public, entry->pair.public, 32);
	}
	return seal_keyset_make(entries, count, made_at, ring->secrets->seed,
				ret_bytes, ret_size);
}
