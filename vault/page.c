/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/page.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "seal/format.h"
#include "vault/record_parts.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL
#define BOX_MARK ",\"box\":\""

enum {
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	PLAIN_MAX = RECORD_SALT_SIZE + RECORD_PAYLOAD_MAX,
	BOX_MAX = PLAIN_MAX + TAG_SIZE,
	BOX_TEXT_SIZE = sodium_base64_ENCODED_LEN(BOX_MAX, BASE64),
};

static_assert(BOX_TEXT_SIZE + 256 <= RECORD_LINE_MAX, "a sealed line fits");

size_t page_key_line(const struct seal_wrapped *key,
		     char ret_line[RECORD_LINE_MAX + 1])
{
	char text[sodium_base64_ENCODED_LEN(sizeof(key->box), BASE64)];

	sodium_bin2base64(text, sizeof(text), key->box, sizeof(key->box),
			  BASE64);
	return (size_t)snprintf(ret_line, RECORD_LINE_MAX + 1,
				"{\"day\":%u,\"key\":\"%s\"}\n", key->end.date,
				text);
}

static void make_nonce(uint64_t seq, uint8_t nonce[NONCE_SIZE])
{
	memset(nonce, 0, NONCE_SIZE);
	seal_put64(nonce, seq);
}

size_t page_sealed_line(const struct record *record,
			const uint8_t key[SEAL_KEY_SIZE],
			char ret_line[RECORD_LINE_MAX + 1])
{
	char leaf[2 * TREE_HASH_SIZE + 1], text[BOX_TEXT_SIZE];
	uint8_t plain[PLAIN_MAX], box[BOX_MAX], nonce[NONCE_SIZE];
	const size_t size = RECORD_SALT_SIZE + record->payload_size;
	size_t at;

	hex_text(record->leaf, TREE_HASH_SIZE, leaf);
	at = (size_t)snprintf(ret_line, RECORD_LINE_MAX + 1,
			      "{\"seq\":%llu,\"time\":\"%s\",\"leaf\":\"%s\"",
			      (unsigned long long)record->seq, record->time,
			      leaf);
	memcpy(plain, record->salt, RECORD_SALT_SIZE);
	memcpy(plain + RECORD_SALT_SIZE, record->payload, record->payload_size);
	make_nonce(record->seq, nonce);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, plain, size,
						   (uint8_t *)ret_line, at,
						   NULL, nonce, key);
	sodium_bin2base64(text, sizeof(text), box, size + TAG_SIZE, BASE64);
	at += (size_t)snprintf(ret_line + at, RECORD_LINE_MAX + 1 - at,
			       BOX_MARK "%s\"}\n", text);
	assert(at <= RECORD_LINE_MAX);
	return at;
}

/* Exactly "size" bytes at most, in the one way to write them. */
static bool from_base64(struct slice text, uint8_t *out, size_t max,
			size_t *ret_size)
{
	const char *end;

	/* libsodium 1.0.18 takes bytes of 0x80 and up for "/". */
	for (size_t i = 0; i < text.size; i++)
		if ((uint8_t)text.at[i] > '~')
			return false;
	return sodium_base642bin(out, max, text.at, text.size, NULL, ret_size,
				 &end, BASE64) == 0 &&
	       end == text.at + text.size;
}

static int read_key(struct slice rest, struct page_line *line)
{
	struct slice text;
	uint64_t day;
	size_t size;

	if (!record_take_number(&rest, 99991231, &day) ||
	    !record_take(&rest, ",\"key\":\"") ||
	    !record_take_string(&rest, &text) || !slice_is(rest, SLICE("}")) ||
	    !from_base64(text, line->key.box, sizeof(line->key.box), &size) ||
	    size != sizeof(line->key.box))
		return -EBADMSG;
	line->kind = PAGE_KEY;
	line->key.end = (struct seal_end){ SEAL_CLASS_LOG, (seal_date)day };
	return 0;
}

/* An entry that is sealed; false: it is something else. */
static bool read_sealed(struct slice rest, struct page_line *line)
{
	struct record *record = &line->record;
	struct slice time;

	if (!record_take(&rest, "{\"seq\":") ||
	    !record_take_number(&rest, INT64_MAX, &record->seq) ||
	    !record_take(&rest, ",\"time\":\"") ||
	    !record_take_string(&rest, &time) ||
	    slice_text(time, record->time, sizeof(record->time)) < 0 ||
	    !record_take(&rest, ",\"leaf\":\"") ||
	    !record_take_hex(&rest, record->leaf, TREE_HASH_SIZE))
		return false;
	line->bound = line->line.size - rest.size;
	line->kind = PAGE_SEALED;
	return record_take(&rest, BOX_MARK) &&
	       record_take_string(&rest, &line->box) &&
	       slice_is(rest, SLICE("}"));
}

int page_read(struct slice line, struct page_line *ret_line)
{
	struct slice rest = line;
	int r;

	ret_line->line = line;
	ret_line->record.is_erased = false;
	if (record_take(&rest, "{\"day\":"))
		return read_key(rest, ret_line);
	if (read_sealed(line, ret_line))
		return 0;
	r = record_read(line, &ret_line->record);
	if (r == 0)
		ret_line->kind =
			ret_line->record.is_erased ? PAGE_ERASED : PAGE_CLEAR;
	return r;
}

int page_open(const struct page_line *line, const uint8_t key[SEAL_KEY_SIZE],
	      struct record *ret_record)
{
	uint8_t plain[PLAIN_MAX], box[BOX_MAX], nonce[NONCE_SIZE];
	struct record record = { .seq = line->record.seq };
	size_t size;

	assert(line->kind == PAGE_SEALED);
	make_nonce(record.seq, nonce);
	if (!from_base64(line->box, box, sizeof(box), &size) ||
	    size < RECORD_SALT_SIZE + TAG_SIZE ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    plain, NULL, NULL, box, size,
		    (const uint8_t *)line->line.at, line->bound, nonce,
		    key) != 0)
		return -EBADMSG;
	memcpy(record.time, line->record.time, sizeof(record.time));
	memcpy(record.leaf, line->record.leaf, sizeof(record.leaf));
	memcpy(record.salt, plain, RECORD_SALT_SIZE);
	record.payload_size = size - TAG_SIZE - RECORD_SALT_SIZE;
	memcpy(record.payload, plain + RECORD_SALT_SIZE, record.payload_size);
	record.payload[record.payload_size] = '\0';
	sodium_memzero(plain, sizeof(plain));
	if (record_check(&record) < 0)
		return -EBADMSG;
	*ret_record = record;
	return 0;
}
