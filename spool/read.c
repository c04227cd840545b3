/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A reader first finds where each block of its call lies, then opens them
 * one after another. Finding trusts nothing: a head that lies leads to a
 * block that does not open.
 *
 * A block may lie in two places, because writing it failed half-way and it
 * was written again elsewhere. The second place is kept in "others", which
 * is empty unless a search was needed.
 */
#include "spool/read.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

enum {
	OTHERS_MAX = 4096,
	NONCE_SIZE = 12,
	/** Authenticated part of a block's head. */
	HEAD_SIZE = 32,
};

struct other {
	uint64_t number;
	struct spool_place place;
};

struct spool_reader {
	struct spool_segment *segments;
	size_t segment_count;
	struct id call;
	uint8_t *key; /* locked memory */
	EVP_CIPHER_CTX *cipher;

	struct spool_place *places; /* by number */
	uint64_t count;
	uint64_t limit; /* no number from here on is believed */
	struct other others[OTHERS_MAX];
	size_t other_count;
	bool searched;

	nanoseconds zero; /* of record times */
	nanoseconds last_at;
	uint64_t next;	  /* block */
	uint64_t missing; /* in this pass */
	uint64_t gap;	  /* blocks missing right here, not yet told */
	struct slice rest;
	uint8_t block[SPOOL_BLOCK_SIZE];
	uint8_t content[SPOOL_CONTENT_SIZE];
};

int spool_reader_new(const struct spool_segment *segments, size_t count,
		     const struct id *call, const uint8_t key[SEAL_KEY_SIZE],
		     struct spool_reader **ret_reader)
{
	OWNED(spool_reader_drop)
	struct spool_reader *reader = calloc(1, sizeof(*reader));

	if (!reader || sodium_init() < 0)
		return -ENOMEM;
	reader->segments = calloc(count ? count : 1, sizeof(*segments));
	reader->key = sodium_malloc(SEAL_KEY_SIZE);
	reader->cipher = EVP_CIPHER_CTX_new();
	if (!reader->segments || !reader->key || !reader->cipher)
		return -ENOMEM;
	if (count > 0)
		memcpy(reader->segments, segments, count * sizeof(*segments));
	reader->segment_count = count;
	reader->call = *call;
	memcpy(reader->key, key, SEAL_KEY_SIZE);
	if (EVP_DecryptInit_ex(reader->cipher, EVP_aes_256_gcm(), NULL,
			       reader->key, NULL) != 1)
		return -ENOMEM;

	*ret_reader = reader;
	reader = NULL;
	return 0;
}

void spool_reader_free(struct spool_reader *reader)
{
	if (!reader)
		return;
	EVP_CIPHER_CTX_free(reader->cipher);
	sodium_free(reader->key);
	free(reader->segments);
	free(reader->places);
	sodium_memzero(reader->content, sizeof(reader->content));
	free(reader);
}

void spool_reader_drop(struct spool_reader **reader)
{
	spool_reader_free(*reader);
	*reader = NULL;
}

static const struct spool_segment *find(const struct spool_reader *reader,
					uint32_t number)
{
	for (size_t i = 0; i < reader->segment_count; i++)
		if (reader->segments[i].number == number)
			return &reader->segments[i];
	return NULL;
}

static int make_room(struct spool_reader *reader, uint64_t count)
{
	struct spool_place *places;

	if (count > SPOOL_CHUNKS_MAX)
		return -E2BIG;
	if (count <= reader->count)
		return 0;
	places = realloc(reader->places, count * sizeof(*places));
	if (!places)
		return -ENOMEM;
	memset(places + reader->count, 0,
	       (count - reader->count) * sizeof(*places));
	reader->places = places;
	reader->count = count;
	return 0;
}

static bool is_at(const struct spool_reader *reader, struct spool_place place,
		  uint64_t number, struct spool_head *head)
{
	const struct spool_segment *segment = find(reader, place.segment);

	return segment && place.block > 0 &&
	       spool_look(segment, place.block, head, NULL) == 0 &&
	       head->number == number && id_is(&head->call, &reader->call);
}

static int note(struct spool_reader *reader, uint64_t number,
		struct spool_place place)
{
	struct spool_place *known;
	int r;

	if (number >= reader->limit)
		return 0;
	if (number >= reader->count) {
		/* Grow in steps: blocks come in the order of their numbers. */
		uint64_t count = number + 1 + number / 2;

		if (count > reader->limit)
			count = reader->limit;
		r = make_room(reader, count);
		if (r < 0)
			return r;
	}
	known = &reader->places[number];
	if (known->segment == 0)
		*known = place;
	else if ((known->segment != place.segment ||
		  known->block != place.block) &&
		 reader->other_count < OTHERS_MAX)
		reader->others[reader->other_count++] =
			(struct other){ number, place };
	return 0;
}

static int search_segment(struct spool_reader *reader,
			  const struct spool_segment *segment)
{
	struct spool_head head;
	int r;

	/* A segment whose own head is damaged is searched all the same. */
	for (uint32_t block = 1;; block++) {
		r = spool_look(segment, block, &head, NULL);
		if (r == -EBADMSG)
			continue;
		if (r < 0)
			return 0;
		if (!id_is(&head.call, &reader->call))
			continue;
		r = note(reader, head.number,
			 (struct spool_place){ segment->number, block });
		if (r < 0)
			return r;
	}
}

static int search(struct spool_reader *reader)
{
	if (reader->searched)
		return 0;
	reader->searched = true;
	for (size_t i = 0; i < reader->segment_count; i++) {
		int r = search_segment(reader, &reader->segments[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int spool_reader_follow(struct spool_reader *reader, struct spool_place last,
			uint64_t chunk_count)
{
	struct spool_place place = last;
	struct spool_head head;
	uint64_t number = chunk_count;
	int r;

	r = make_room(reader, chunk_count);
	if (r < 0)
		return r;
	reader->limit = chunk_count;
	while (number > 0 && is_at(reader, place, number - 1, &head)) {
		reader->places[--number] = place;
		place = head.before;
	}
	spool_reader_rewind(reader);
	return number == 0 ? 0 : search(reader);
}

/* A call cannot have more blocks than there are. */
static uint64_t blocks_of(const struct spool_reader *reader)
{
	uint64_t count = 0;

	for (size_t i = 0; i < reader->segment_count; i++) {
		struct stat is;

		if (fstat(reader->segments[i].fd, &is) == 0 && is.st_size > 0)
			count += (uint64_t)is.st_size / SPOOL_BLOCK_SIZE;
	}
	return count < SPOOL_CHUNKS_MAX ? count : SPOOL_CHUNKS_MAX;
}

int spool_reader_search(struct spool_reader *reader)
{
	int r;

	reader->limit = blocks_of(reader);
	r = search(reader);
	while (reader->count > 0 &&
	       reader->places[reader->count - 1].segment == 0)
		reader->count--;
	spool_reader_rewind(reader);
	return r;
}

void spool_reader_rewind(struct spool_reader *reader)
{
	reader->next = 0;
	reader->missing = 0;
	reader->gap = 0;
	reader->last_at = reader->zero;
	reader->rest = (struct slice){ NULL, 0 };
}

uint64_t spool_reader_missing(const struct spool_reader *reader)
{
	return reader->missing;
}

void spool_reader_assume(struct spool_reader *reader, nanoseconds at)
{
	reader->zero = at;
	reader->last_at = at;
}

/* Decrypt the block in reader->block into reader->content. */
static int decrypt(struct spool_reader *reader, uint64_t number, size_t clear)
{
	uint8_t *block = reader->block;
	uint8_t nonce[NONCE_SIZE] = { 0 };
	int size = (int)(SPOOL_CONTENT_SIZE - clear);
	int done = 0;

	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(number >> (8 * i));
	if (EVP_DecryptInit_ex(reader->cipher, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_DecryptUpdate(reader->cipher, NULL, &done, block, HEAD_SIZE) !=
		    1)
		return -EBADMSG;
	if (clear > 0 &&
	    EVP_DecryptUpdate(reader->cipher, NULL, &done,
			      block + SPOOL_CONTENT_AT, (int)clear) != 1)
		return -EBADMSG;
	if (EVP_DecryptUpdate(reader->cipher, reader->content, &done,
			      block + SPOOL_CONTENT_AT + clear, size) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		    reader->cipher, EVP_CTRL_GCM_SET_TAG, SPOOL_TAG_SIZE,
		    block + SPOOL_BLOCK_SIZE - SPOOL_TAG_SIZE) != 1 ||
	    EVP_DecryptFinal_ex(reader->cipher, reader->content + done,
				&done) != 1)
		return -EBADMSG;
	reader->rest =
		(struct slice){ (const char *)reader->content, (size_t)size };
	return 0;
}

static int open_at(struct spool_reader *reader, struct spool_place place,
		   uint64_t number)
{
	const struct spool_segment *segment = find(reader, place.segment);
	struct spool_first first;
	struct spool_head head;
	size_t clear = number == 0 ? sizeof(first) : 0;
	int r;

	if (!segment)
		return -ENODATA;
	r = file_read_at(segment->fd, reader->block, sizeof(reader->block),
			 (int64_t)place.block * SPOOL_BLOCK_SIZE);
	if (r < 0)
		return r;
	r = spool_head_of((struct slice){ (const char *)reader->block,
					  sizeof(reader->block) },
			  &head);
	if (r < 0)
		return r;
	if (head.number != number || !id_is(&head.call, &reader->call))
		return -EBADMSG;
	r = decrypt(reader, number, clear);
	if (r < 0 || clear == 0)
		return r;
	memcpy(&first, reader->block + SPOOL_CONTENT_AT, sizeof(first));
	reader->zero = first.at;
	reader->last_at = first.at;
	return 0;
}

/* Open the next block, wherever it lies. */
static int open_next(struct spool_reader *reader)
{
	uint64_t number = reader->next++;
	int r = open_at(reader, reader->places[number], number);

	if (r == 0)
		return 0;
	if (search(reader) < 0)
		return r;
	for (size_t i = 0; i < reader->other_count; i++) {
		if (reader->others[i].number != number)
			continue;
		r = open_at(reader, reader->others[i].place, number);
		if (r == 0)
			return 0;
	}
	return r;
}

int spool_reader_next(struct spool_reader *reader, struct spool_item *ret_item)
{
	struct slice rest;
	int r;

	for (;;) {
		r = spool_record_of(reader->rest, ret_item, &rest);
		if (r == 0) {
			reader->rest = rest;
			ret_item->at =
				reader->zero +
				ret_item->at * (NS_PER_S / SPOOL_TICKS_PER_S);
			reader->last_at = ret_item->at;
			return 0;
		}
		/* Authenticated and yet no record: media wrote nonsense. */
		reader->rest = (struct slice){ NULL, 0 };

		while (reader->next < reader->count) {
			if (open_next(reader) == 0)
				break;
			reader->missing++;
			reader->gap++;
		}
		if (reader->gap > 0) {
			*ret_item = (struct spool_item){
				.kind = SPOOL_GAP,
				.at = reader->last_at,
				.missing = reader->gap,
			};
			reader->gap = 0;
			return 0;
		}
		if (reader->rest.size == 0)
			return -ENODATA;
	}
}
