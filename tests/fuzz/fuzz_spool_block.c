/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A segment as a crash or a bad disk may leave it: read by chain and by
 * search; and, because nothing passes the tag by chance, the first part of
 * the input as the records of an opened block.
 */
#include <sys/mman.h>

#include "spool/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_records(struct slice content)
{
	struct spool_item item;

	while (spool_record_of(content, &item, &content) == 0)
		assert(item.payload.size > 0 && item.stream < CALL_STREAMS_MAX);
}

static void read_all(struct spool_reader *reader)
{
	struct spool_item item;
	uint64_t count = 0;

	while (spool_reader_next(reader, &item) == 0)
		assert(++count <= SPOOL_CHUNKS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[SEAL_KEY_SIZE] = { 1, 2, 3 };
	static const struct id call = { "fuzzed call 0123" };
	struct spool_segment segment = { 1, memfd_create("segment", 0) };
	struct spool_reader *reader;
	int r;

	read_records((struct slice){ (const char *)data, size });
	r = file_write_at(segment.fd, data, size, 0);
	assert(r == 0);
	for (int i = 0; i < 2; i++) {
		r = spool_reader_new(&segment, 1, &call, key, &reader);
		assert(r == 0);
		r = i ? spool_reader_search(reader)
		      : spool_reader_follow(reader,
					    (struct spool_place){ 1, 3 }, 3);
		if (r == 0)
			read_all(reader);
		spool_reader_free(reader);
	}
	(void)close(segment.fd);
	return 0;
}
