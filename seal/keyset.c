/* SPDX-License-Identifier: EUPL-1.2 */
#include "seal/keyset.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/format.h"

#define MAGIC "tlnnkeys"
#define LABEL "tallenne keys 1"

enum {
	VERSION = 1,
	AT_VERSION = 8,
	AT_ZERO = 10,
	AT_COUNT = 12,
	AT_VAULT = SEAL_KEYSET_AT_VAULT,
	AT_MADE = 48,
	AT_ZERO_TOO = 56,
	SIZE_MAX_ALL = SEAL_KEYSET_HEADER_SIZE +
		       SEAL_KEYSET_MAX * SEAL_KEYSET_ENTRY_SIZE +
		       SEAL_SIGNATURE_SIZE,
};

struct seal_keyset {
	uint8_t vault[SEAL_PUBLIC_SIZE];
	size_t count;
	struct seal_keyset_entry entry[];
};

bool seal_date_is(seal_date date)
{
	static const uint8_t days[] = { 31, 29, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };
	uint32_t year = date / 10000, month = date / 100 % 100,
		 day = date % 100;

	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > days[month - 1])
		return false;
	return month != 2 || day != 29 ||
	       (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static int compare(const struct seal_end *a, const struct seal_end *b)
{
	if (a->data_class != b->data_class)
		return a->data_class < b->data_class ? -1 : 1;
	if (a->date != b->date)
		return a->date < b->date ? -1 : 1;
	return 0;
}

/* Whether an entry may stand there, after the one before it. */
static bool fits(const struct seal_keyset_entry *entry, size_t i)
{
	const struct seal_end *end = &entry[i].end;

	return end->data_class >= 1 && end->data_class <= SEAL_CLASS_LOG &&
	       seal_date_is(end->date) &&
	       (i == 0 || compare(&entry[i - 1].end, end) < 0);
}

static bool is_signed(const uint8_t *bytes, size_t size)
{
	crypto_sign_state state;

	crypto_sign_init(&state);
	crypto_sign_update(&state, (const uint8_t *)LABEL, strlen(LABEL));
	crypto_sign_update(&state, bytes, size - SEAL_SIGNATURE_SIZE);
	return crypto_sign_final_verify(&state,
					bytes + size - SEAL_SIGNATURE_SIZE,
					bytes + AT_VAULT) == 0;
}

int seal_keyset_read(const void *file, size_t size,
		     struct seal_keyset **ret_set)
{
	const uint8_t *bytes = file;
	struct seal_keyset *set;
	size_t count;

	if (sodium_init() < 0)
		return -EIO;
	if (size < SEAL_KEYSET_HEADER_SIZE + SEAL_SIGNATURE_SIZE ||
	    memcmp(bytes, MAGIC, 8) != 0)
		return -EBADMSG;
	if (seal_get16(bytes + AT_VERSION) != VERSION)
		return -ENOTSUP;
	count = seal_get32(bytes + AT_COUNT);
	if (count > SEAL_KEYSET_MAX ||
	    size != SEAL_KEYSET_HEADER_SIZE + count * SEAL_KEYSET_ENTRY_SIZE +
			    SEAL_SIGNATURE_SIZE ||
	    !bytes_are_zero(bytes + AT_ZERO, 2) ||
	    !bytes_are_zero(bytes + AT_ZERO_TOO, 8) || !is_signed(bytes, size))
		return -EBADMSG;

	set = calloc(1, sizeof(*set) + count * sizeof(set->entry[0]));
	if (!set)
		return -ENOMEM;
	memcpy(set->vault, bytes + AT_VAULT, sizeof(set->vault));
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = bytes + SEAL_KEYSET_HEADER_SIZE +
				    i * SEAL_KEYSET_ENTRY_SIZE;
		struct seal_keyset_entry *entry = &set->entry[i];

		entry->end.data_class = seal_get32(at);
		entry->end.date = seal_get32(at + 4);
		memcpy(entry->public, at + 8, SEAL_PUBLIC_SIZE);
		if (!fits(set->entry, i)) {
			free(set);
			return -EBADMSG;
		}
	}
	set->count = count;
	*ret_set = set;
	return 0;
}

int seal_keyset_load(int fd, struct seal_keyset **ret_set)
{
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r = file_read(fd, SIZE_MAX_ALL, &bytes, &size);

	if (r == -EFBIG)
		return -EBADMSG;
	return r < 0 ? r : seal_keyset_read(bytes, size, ret_set);
}

void seal_keyset_free(struct seal_keyset *set)
{
	free(set);
}

void seal_keyset_drop(struct seal_keyset **set)
{
	seal_keyset_free(*set);
	*set = NULL;
}

static void sign(uint8_t *bytes, size_t size, const uint8_t secret[64])
{
	crypto_sign_state state;

	crypto_sign_init(&state);
	crypto_sign_update(&state, (const uint8_t *)LABEL, strlen(LABEL));
	crypto_sign_update(&state, bytes, size - SEAL_SIGNATURE_SIZE);
	crypto_sign_final_create(&state, bytes + size - SEAL_SIGNATURE_SIZE,
				 NULL, secret);
}

int seal_keyset_make(const struct seal_keyset_entry *entries, size_t count,
		     int64_t made_at, const uint8_t vault_seed[32],
		     uint8_t **ret_bytes, size_t *ret_size)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	size_t size = SEAL_KEYSET_HEADER_SIZE + count * SEAL_KEYSET_ENTRY_SIZE +
		      SEAL_SIGNATURE_SIZE;
	uint8_t *bytes;

	if (sodium_init() < 0)
		return -EIO;
	if (count > SEAL_KEYSET_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!fits(entries, i))
			return -EINVAL;
	bytes = calloc(1, size);
	if (!bytes)
		return -ENOMEM;

	memcpy(bytes, MAGIC, 8);
	seal_put16(bytes + AT_VERSION, VERSION);
	seal_put32(bytes + AT_COUNT, (uint32_t)count);
	seal_put64(bytes + AT_MADE, (uint64_t)made_at);
	for (size_t i = 0; i < count; i++) {
		uint8_t *at = bytes + SEAL_KEYSET_HEADER_SIZE +
			      i * SEAL_KEYSET_ENTRY_SIZE;

		seal_put32(at, entries[i].end.data_class);
		seal_put32(at + 4, entries[i].end.date);
		memcpy(at + 8, entries[i].public, SEAL_PUBLIC_SIZE);
	}
	crypto_sign_seed_keypair(bytes + AT_VAULT, secret, vault_seed);
	sign(bytes, size, secret);
	sodium_memzero(secret, sizeof(secret));
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

/* How many entries stand at or before an end. */
static size_t count_until(const struct seal_keyset *set,
			  const struct seal_end *end)
{
	size_t from = 0, to = set->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&set->entry[middle].end, end) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

int seal_keyset_find(const struct seal_keyset *set, const struct seal_end *end,
		     struct seal_end *ret_end,
		     uint8_t ret_public[SEAL_PUBLIC_SIZE])
{
	size_t count = count_until(set, end);
	const struct seal_keyset_entry *entry;

	if (count == 0)
		return -ENOKEY;
	entry = &set->entry[count - 1];
	if (entry->end.data_class != end->data_class)
		return -ENOKEY;
	*ret_end = entry->end;
	memcpy(ret_public, entry->public, SEAL_PUBLIC_SIZE);
	return 0;
}
