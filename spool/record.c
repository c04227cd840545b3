/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What can be read of a block without its key, and the records within.
 * Pure but for the one pread(2); this is what the fuzzer drives.
 */
#include "spool/read.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

static uint16_t read_16(const char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static uint32_t read_32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t read_64(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

int spool_head_of(struct slice block, struct spool_head *ret_head)
{
	struct spool_head head;

	if (block.size < SPOOL_CONTENT_AT || memcmp(block.at, "CHNK", 4) != 0)
		return -EBADMSG;
	head.kind = read_32(block.at + 4);
	memcpy(&head.call, block.at + 8, sizeof(head.call));
	head.number = read_64(block.at + 24);
	head.before.segment = read_32(block.at + 32);
	head.before.block = read_32(block.at + 36);

	if (head.kind != (head.number == 0 ? SPOOL_FIRST : SPOOL_LATER) ||
	    head.number >= SPOOL_CHUNKS_MAX)
		return -EBADMSG;
	*ret_head = head;
	return 0;
}

int spool_look(const struct spool_segment *segment, uint32_t block,
	       struct spool_head *ret_head, struct spool_first *ret_first)
{
	char start[SPOOL_CONTENT_AT + sizeof(struct spool_first)];
	size_t size = ret_first ? sizeof(start) : SPOOL_CONTENT_AT;
	int r;

	r = file_read_at(segment->fd, start, size,
			 (int64_t)block * SPOOL_BLOCK_SIZE);
	if (r < 0)
		return r;
	r = spool_head_of((struct slice){ start, size }, ret_head);
	if (r < 0)
		return r;
	if (ret_first && ret_head->kind == SPOOL_FIRST)
		memcpy(ret_first, start + SPOOL_CONTENT_AT, sizeof(*ret_first));
	return 0;
}

/* Records whose payload is a struct have exactly its size. */
static size_t size_of(uint32_t kind)
{
	switch (kind) {
	case SPOOL_STREAM:
		return sizeof(struct spool_stream);
	case SPOOL_MARK:
		return sizeof(struct spool_mark);
	case SPOOL_CLOSE:
		return sizeof(struct spool_close);
	case SPOOL_REPORT:
		return sizeof(struct spool_report);
	case SPOOL_OVERRUN:
		return sizeof(struct spool_overrun);
	default:
		return 0;
	}
}

int spool_record_of(struct slice content, struct spool_item *ret_item,
		    struct slice *ret_rest)
{
	struct spool_item item = { 0 };
	size_t size;

	if (content.size < SPOOL_RECORD_HEAD)
		return -ENODATA;
	size = read_16(content.at);
	if (size == 0)
		return -ENODATA;
	if (size > content.size - SPOOL_RECORD_HEAD)
		return -EBADMSG;

	item.kind = (uint8_t)content.at[2];
	item.stream = (uint8_t)content.at[3];
	item.at = read_32(content.at + 4);
	item.payload = (struct slice){ content.at + SPOOL_RECORD_HEAD, size };
	if (item.kind < SPOOL_RTP || item.kind > SPOOL_OVERRUN ||
	    item.stream >= CALL_STREAMS_MAX)
		return -EBADMSG;
	if (size_of(item.kind) != 0 && size_of(item.kind) != size)
		return -EBADMSG;

	*ret_item = item;
	*ret_rest = slice_from(content, SPOOL_RECORD_HEAD + size);
	return 0;
}
