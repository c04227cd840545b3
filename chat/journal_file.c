/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/journal_file.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/format.h"
#include "seal/hash.h"

#define HEAD_MAGIC "tlnnchat"
#define RUN_MAGIC "tlnn run"
#define KEY_LABEL "tallenne chat journal 1"
#define RUN_LABEL "tallenne chat run 1"

enum {
	VERSION = 1,
	AT_VERSION = 8,
	AT_ZERO = 10,
	AT_ID = 16,
	AT_GENERATION = 32,
	AT_ZERO_TOO = 40,
	AT_COUNTS = 48,
	AT_CLASS = 96,
	AT_DATE = 100,
	AT_BOX = 104,
	AT_COMMITMENT = 216,
	AT_REST = 248,
	AT_SUM = 352,

	RUN_AT_SALT = 8,
	RUN_AT_REST = 40,
	RUN_AT_SUM = 96,

	RECORD_HEAD = 16,
	RECORD_LENGTH = 4,
	RECORD_EXTRA = RECORD_HEAD + RECORD_LENGTH +
		       crypto_aead_xchacha20poly1305_ietf_ABYTES,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
};

static_assert(AT_BOX + sizeof((struct seal_wrapped){ 0 }.box) == AT_COMMITMENT,
	      "as the header says");
static_assert(AT_COUNTS + JOURNAL_COUNTS_MAX * sizeof(struct id) == AT_CLASS,
	      "as the header says");

static void sum(const uint8_t *bytes, size_t size, uint8_t out[SEAL_HASH_SIZE])
{
	crypto_hash_sha256(out, bytes, size);
}

/* ---- heads ---- */

int journal_head_new(struct journal_head *ret_head, uint64_t generation,
		     const struct seal_keyset *set, const struct seal_end *end,
		     uint8_t ret_key[SEAL_KEY_SIZE])
{
	struct journal_head head = { .id = id_new(), .generation = generation };
	uint8_t key[SEAL_KEY_SIZE];
	int r;

	randombytes_buf(key, sizeof(key));
	r = seal_key(set, end, SEAL_FOR_CHAT, &head.id, key, &head.wrapped);
	if (r == 0) {
		seal_hash_bound(KEY_LABEL, &head.id, key, head.commitment);
		memcpy(ret_key, key, sizeof(key));
		*ret_head = head;
	}
	sodium_memzero(key, sizeof(key));
	return r;
}

void journal_head_write(const struct journal_head *head,
			uint8_t out[JOURNAL_HEAD_SIZE])
{
	memset(out, 0, JOURNAL_HEAD_SIZE);
	memcpy(out, HEAD_MAGIC, 8);
	seal_put16(out + AT_VERSION, VERSION);
	memcpy(out + AT_ID, &head->id, sizeof(head->id));
	seal_put64(out + AT_GENERATION, head->generation);
	memcpy(out + AT_COUNTS, head->counts, sizeof(head->counts));
	seal_put32(out + AT_CLASS, head->wrapped.end.data_class);
	seal_put32(out + AT_DATE, head->wrapped.end.date);
	memcpy(out + AT_BOX, head->wrapped.box, sizeof(head->wrapped.box));
	memcpy(out + AT_COMMITMENT, head->commitment, SEAL_HASH_SIZE);
	sum(out, AT_SUM, out + AT_SUM);
}

int journal_head_read(const uint8_t bytes[JOURNAL_HEAD_SIZE],
		      struct journal_head *ret_head)
{
	struct journal_head head = { 0 };
	uint8_t found[SEAL_HASH_SIZE];

	sum(bytes, AT_SUM, found);
	if (memcmp(bytes, HEAD_MAGIC, 8) != 0 ||
	    memcmp(bytes + AT_SUM, found, sizeof(found)) != 0 ||
	    seal_get16(bytes + AT_VERSION) != VERSION ||
	    !bytes_are_zero(bytes + AT_ZERO, AT_ID - AT_ZERO) ||
	    !bytes_are_zero(bytes + AT_ZERO_TOO, AT_COUNTS - AT_ZERO_TOO) ||
	    !bytes_are_zero(bytes + AT_REST, AT_SUM - AT_REST))
		return -EBADMSG;
	memcpy(&head.id, bytes + AT_ID, sizeof(head.id));
	head.generation = seal_get64(bytes + AT_GENERATION);
	memcpy(head.counts, bytes + AT_COUNTS, sizeof(head.counts));
	head.wrapped.end.data_class = seal_get32(bytes + AT_CLASS);
	head.wrapped.end.date = seal_get32(bytes + AT_DATE);
	memcpy(head.wrapped.box, bytes + AT_BOX, sizeof(head.wrapped.box));
	memcpy(head.commitment, bytes + AT_COMMITMENT, SEAL_HASH_SIZE);
	if (id_is_none(&head.id) || head.generation == UINT64_MAX ||
	    head.wrapped.end.data_class != SEAL_CLASS_CHAT ||
	    !seal_date_is(head.wrapped.end.date))
		return -EBADMSG;
	*ret_head = head;
	return 0;
}

bool journal_head_fits(const struct journal_head *head,
		       const uint8_t key[SEAL_KEY_SIZE])
{
	uint8_t found[SEAL_HASH_SIZE];

	seal_hash_bound(KEY_LABEL, &head->id, key, found);
	return bytes_are(found, head->commitment, sizeof(found));
}

bool journal_head_counts(const struct journal_head *head, const struct id *file)
{
	for (size_t i = 0; i < JOURNAL_COUNTS_MAX; i++)
		if (id_is(&head->counts[i], file))
			return true;
	return false;
}

/* ---- runs ---- */

static void derive(struct journal_run *run, const struct id *file,
		   const uint8_t key[SEAL_KEY_SIZE],
		   const uint8_t salt[SEAL_KEY_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, SEAL_KEY_SIZE, sizeof(run->key));
	crypto_generichash_update(&state, (const uint8_t *)RUN_LABEL,
				  strlen(RUN_LABEL));
	crypto_generichash_update(&state, file->byte, sizeof(file->byte));
	crypto_generichash_update(&state, salt, SEAL_KEY_SIZE);
	crypto_generichash_final(&state, run->key, sizeof(run->key));
	sodium_memzero(&state, sizeof(state));
	run->next = 0;
	run->written = 0;
}

void journal_run_begin(struct journal_run *run, const struct id *file,
		       const uint8_t key[SEAL_KEY_SIZE],
		       uint8_t out[JOURNAL_RUN_SIZE])
{
	memset(out, 0, JOURNAL_RUN_SIZE);
	memcpy(out, RUN_MAGIC, 8);
	randombytes_buf(out + RUN_AT_SALT, SEAL_KEY_SIZE);
	sum(out, RUN_AT_SUM, out + RUN_AT_SUM);
	derive(run, file, key, out + RUN_AT_SALT);
}

static bool is_run(const uint8_t *bytes, size_t size)
{
	uint8_t found[SEAL_HASH_SIZE];

	if (size < JOURNAL_RUN_SIZE || memcmp(bytes, RUN_MAGIC, 8) != 0 ||
	    !bytes_are_zero(bytes + RUN_AT_REST, RUN_AT_SUM - RUN_AT_REST))
		return false;
	sum(bytes, RUN_AT_SUM, found);
	return memcmp(bytes + RUN_AT_SUM, found, sizeof(found)) == 0;
}

/* ---- records ---- */

size_t journal_record_size(size_t size)
{
	return (size + RECORD_EXTRA + JOURNAL_STEP - 1) / JOURNAL_STEP *
	       JOURNAL_STEP;
}

static void nonce_of(uint64_t number, uint8_t nonce[NONCE_SIZE])
{
	memset(nonce, 0, NONCE_SIZE);
	seal_put64(nonce, number);
}

void journal_record_seal(struct journal_run *run, const uint8_t *bytes,
			 size_t size, uint8_t *out)
{
	const size_t sealed = journal_record_size(size);
	uint8_t nonce[NONCE_SIZE];

	memset(out, 0, sealed);
	seal_put32(out, (uint32_t)sealed);
	seal_put32(out + 4, run->written++);
	seal_put64(out + 8, run->next);
	seal_put32(out + RECORD_HEAD, (uint32_t)size);
	memcpy(out + RECORD_HEAD + RECORD_LENGTH, bytes, size);
	nonce_of(run->next++, nonce);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		out + RECORD_HEAD, NULL, out + RECORD_HEAD,
		sealed - RECORD_HEAD -
			crypto_aead_xchacha20poly1305_ietf_ABYTES,
		out, RECORD_HEAD, NULL, nonce, run->key);
}

/* Size of the record that may stand here; 0: none can. */
static size_t size_at(const uint8_t *bytes, size_t left)
{
	size_t size;

	if (left < JOURNAL_STEP)
		return 0;
	size = seal_get32(bytes);
	return size % JOURNAL_STEP == 0 && size <= JOURNAL_RECORD_MAX &&
			       size <= left
		       ? size
		       : 0;
}

/* Open the record; its plain size, or -EBADMSG. */
static int open_record(struct journal_run *run, const uint8_t *bytes,
		       size_t size, uint8_t plain[JOURNAL_RECORD_MAX])
{
	uint64_t number = seal_get64(bytes + 8);
	uint8_t nonce[NONCE_SIZE];
	uint32_t length;

	nonce_of(number, nonce);
	if (number < run->next ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    plain, NULL, NULL, bytes + RECORD_HEAD, size - RECORD_HEAD,
		    bytes, RECORD_HEAD, nonce, run->key) != 0)
		return -EBADMSG;
	length = seal_get32(plain);
	if (length > size - RECORD_EXTRA)
		return -EBADMSG;
	run->next = number + 1;
	return (int)length;
}

struct reading {
	const struct journal_head *head;
	const uint8_t *key;
	journal_take_fn *take; /* NULL: only look */
	void *self;
	struct journal_run run;
	bool has_run;
	/* The last gap in this run: the number that is missing, and where;
	   and the first number of the last write. */
	bool has_gap;
	uint64_t gap, first;
	size_t gap_at;
	uint64_t damaged;
	uint8_t plain[JOURNAL_RECORD_MAX];
};

/* Take what stands here; its size, or 0 if nothing whole does. */
static size_t take_one(struct reading *reading, const uint8_t *bytes,
		       size_t left)
{
	size_t size = size_at(bytes, left);
	int length;

	if (is_run(bytes, left)) {
		derive(&reading->run, &reading->head->id, reading->key,
		       bytes + RUN_AT_SALT);
		reading->has_run = true;
		reading->has_gap = false;
		return JOURNAL_RUN_SIZE;
	}
	if (!reading->has_run || size == 0)
		return 0;
	length = open_record(&reading->run, bytes, size, reading->plain);
	if (length < 0)
		return 0;
	reading->first = reading->run.next - 1 - seal_get32(bytes + 4);
	if (reading->take)
		reading->take(reading->self, reading->plain + RECORD_LENGTH,
			      (size_t)length);
	return size;
}

/* Of several gaps in one write the first is kept. */
static void note_gap(struct reading *reading, uint64_t number, size_t at)
{
	if (reading->run.next == 0 || /* a run begins: it was a torn end */
	    (reading->has_gap && reading->gap >= reading->first))
		return;
	reading->has_gap = true;
	reading->gap = number;
	reading->gap_at = at;
}

/* Go through the file up to a limit; where what counts ends. */
static size_t go_through(struct reading *reading, const uint8_t *bytes,
			 size_t limit)
{
	size_t at = JOURNAL_HEAD_SIZE, end = at, damage_at = 0;

	while (at < limit) {
		uint64_t expected = reading->run.next;
		size_t used = take_one(reading, bytes + at, limit - at);

		if (used == 0) {
			damage_at = damage_at ? damage_at : at;
			at += JOURNAL_RUN_SIZE;
			continue;
		}
		if (damage_at > 0) {
			reading->damaged++;
			note_gap(reading, expected, damage_at);
			damage_at = 0;
		}
		at += used;
		end = at;
	}
	if (!reading->has_gap || reading->gap < reading->first)
		return end;
	reading->damaged--;
	return reading->gap_at;
}

int journal_file_read(int fd, const struct journal_head *head,
		      const uint8_t key[SEAL_KEY_SIZE], journal_take_fn *take,
		      void *self, int64_t *ret_end, uint64_t *damaged)
{
	struct reading reading = { .head = head, .key = key };
	OWNED(drop_memory) char *bytes = NULL;
	size_t size, end;
	int r = file_read(fd, JOURNAL_SIZE_MAX, &bytes, &size);

	if (r < 0)
		return r;
	end = go_through(&reading, (const uint8_t *)bytes, size);
	*damaged += reading.damaged;
	sodium_memzero(&reading, sizeof(reading));
	reading = (struct reading){
		.head = head, .key = key, .take = take, .self = self
	};
	(void)go_through(&reading, (const uint8_t *)bytes, end);
	sodium_memzero(&reading, sizeof(reading));
	*ret_end = (int64_t)end;
	return 0;
}
