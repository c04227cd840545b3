/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/record.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vault/record_parts.h"

static void compute_leaf(const struct record *record,
			 uint8_t ret_leaf[TREE_HASH_SIZE])
{
	uint8_t commitment[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, record->salt, RECORD_SALT_SIZE);
	crypto_hash_sha256_update(&state, (const uint8_t *)record->payload,
				  record->payload_size);
	crypto_hash_sha256_final(&state, commitment);
	tree_leaf(commitment, sizeof(commitment), ret_leaf);
}

void record_make(uint64_t seq, nanoseconds now, const char *node,
		 struct slice said, struct record *ret_record)
{
	struct record record = { .seq = seq };
	/* {"a":1} goes on after its brace; {} has nothing to go on with. */
	struct slice rest = slice_trim(slice_from(said, 1));
	int size;

	assert(said.size >= 2 && said.size <= RECORD_SAID_MAX);
	clock_text(now, record.time);
	size = snprintf(record.payload, sizeof(record.payload),
			"{\"seq\":%llu,\"time\":\"%s\",\"node\":\"%.*s\"%s%.*s",
			(unsigned long long)seq, record.time, RECORD_NODE_MAX,
			node, rest.size > 1 ? "," : "", (int)rest.size,
			rest.at);
	assert(size > 0 && size <= RECORD_PAYLOAD_MAX);
	record.payload_size = (size_t)size;
	randombytes_buf(record.salt, sizeof(record.salt));
	compute_leaf(&record, record.leaf);
	*ret_record = record;
}

size_t record_line(const struct record *record,
		   char ret_line[RECORD_LINE_MAX + 1])
{
	char salt[2 * RECORD_SALT_SIZE + 1], leaf[2 * TREE_HASH_SIZE + 1];
	size_t at;

	hex_text(record->leaf, TREE_HASH_SIZE, leaf);
	if (record->is_erased)
		return (size_t)snprintf(ret_line, RECORD_LINE_MAX + 1,
					"{\"seq\":%llu,\"leaf\":\"%s\"}\n",
					(unsigned long long)record->seq, leaf);
	hex_text(record->salt, RECORD_SALT_SIZE, salt);
	at = (size_t)snprintf(
		ret_line, RECORD_LINE_MAX + 1,
		"{\"seq\":%llu,\"time\":\"%s\",\"salt\":\"%s\",\"payload\":\"",
		(unsigned long long)record->seq, record->time, salt);
	for (size_t i = 0; i < record->payload_size; i++) {
		if (record->payload[i] == '"' || record->payload[i] == '\\')
			ret_line[at++] = '\\';
		ret_line[at++] = record->payload[i];
	}
	at += (size_t)snprintf(ret_line + at, RECORD_LINE_MAX + 1 - at,
			       "\",\"leaf\":\"%s\"}\n", leaf);
	assert(at <= RECORD_LINE_MAX);
	return at;
}

nanoseconds record_instant(const char *text)
{
	static const struct {
		size_t from, size;
	} parts[] = { { 0, 4 },	 { 5, 2 },  { 8, 2 }, { 11, 2 },
		      { 14, 2 }, { 17, 2 }, { 20, 3 } };
	uint64_t number[COUNT(parts)];
	struct tm at = { 0 };

	if (strlen(text) < 23)
		return 0;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (slice_number((struct slice){ text + parts[i].from,
						 parts[i].size },
				 9999, &number[i]) < 0)
			return 0;
	at.tm_year = (int)number[0] - 1900;
	at.tm_mon = (int)number[1] - 1;
	at.tm_mday = (int)number[2];
	at.tm_hour = (int)number[3];
	at.tm_min = (int)number[4];
	at.tm_sec = (int)number[5];
	return timegm(&at) * NS_PER_S + (int64_t)number[6] * NS_PER_MS;
}

bool record_take(struct slice *rest, const char *literal)
{
	size_t size = strlen(literal);

	if (rest->size < size || memcmp(rest->at, literal, size) != 0)
		return false;
	*rest = slice_from(*rest, size);
	return true;
}

bool record_take_string(struct slice *rest, struct slice *ret_text)
{
	size_t size = slice_find(*rest, '"');

	if (size == rest->size)
		return false;
	*ret_text = (struct slice){ rest->at, size };
	*rest = slice_from(*rest, size + 1);
	return true;
}

bool record_take_hex(struct slice *rest, uint8_t *out, size_t size)
{
	struct slice text;

	if (!record_take_string(rest, &text) || hex_read(text, out, size) < 0)
		return false;
	/* One way to write it only. */
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] >= 'A' && text.at[i] <= 'F')
			return false;
	return true;
}

static bool take_payload(struct slice *rest, struct record *record)
{
	size_t at = 0, i = 0;

	for (; i < rest->size && rest->at[i] != '"'; i++) {
		if (rest->at[i] == '\\' &&
		    (++i == rest->size ||
		     (rest->at[i] != '"' && rest->at[i] != '\\')))
			return false;
		if (at == RECORD_PAYLOAD_MAX)
			return false;
		record->payload[at++] = rest->at[i];
	}
	if (i == rest->size)
		return false;
	record->payload[at] = '\0';
	record->payload_size = at;
	*rest = slice_from(*rest, i + 1);
	return true;
}

/* The payload must begin with the same number and time. */
static bool payload_fits(const struct record *record)
{
	char start[128];
	int size = snprintf(start, sizeof(start),
			    "{\"seq\":%llu,\"time\":\"%s\",\"node\":\"",
			    (unsigned long long)record->seq, record->time);

	return record->payload_size > (size_t)size &&
	       memcmp(record->payload, start, (size_t)size) == 0;
}

bool record_take_number(struct slice *rest, uint64_t max, uint64_t *ret_number)
{
	size_t digits = 0;
	struct slice text;

	while (digits < rest->size && rest->at[digits] >= '0' &&
	       rest->at[digits] <= '9')
		digits++;
	text = (struct slice){ rest->at, digits };
	if (slice_number(text, max, ret_number) < 0 ||
	    (digits > 1 && text.at[0] == '0'))
		return false;
	*rest = slice_from(*rest, digits);
	return true;
}

int record_check(const struct record *record)
{
	uint8_t leaf[TREE_HASH_SIZE];

	if (!payload_fits(record))
		return -EBADMSG;
	compute_leaf(record, leaf);
	return memcmp(leaf, record->leaf, sizeof(leaf)) == 0 ? 0
							     : -EKEYREJECTED;
}

int record_read(struct slice line, struct record *ret_record)
{
	struct record record = { .seq = 0 };
	struct slice text, rest = line;
	int r;

	if (!record_take(&rest, "{\"seq\":") ||
	    !record_take_number(&rest, INT64_MAX, &record.seq))
		return -EBADMSG;
	if (record_take(&rest, ",\"leaf\":\"")) {
		record.is_erased = true;
		if (!record_take_hex(&rest, record.leaf, TREE_HASH_SIZE) ||
		    !slice_is(rest, SLICE("}")))
			return -EBADMSG;
		*ret_record = record;
		return 0;
	}
	if (!record_take(&rest, ",\"time\":\"") ||
	    !record_take_string(&rest, &text) ||
	    slice_text(text, record.time, sizeof(record.time)) < 0 ||
	    !record_take(&rest, ",\"salt\":\"") ||
	    !record_take_hex(&rest, record.salt, RECORD_SALT_SIZE) ||
	    !record_take(&rest, ",\"payload\":\"") ||
	    !take_payload(&rest, &record) ||
	    !record_take(&rest, ",\"leaf\":\"") ||
	    !record_take_hex(&rest, record.leaf, TREE_HASH_SIZE) ||
	    !slice_is(rest, SLICE("}")))
		return -EBADMSG;
	r = record_check(&record);
	if (r == 0)
		*ret_record = record;
	return r;
}
