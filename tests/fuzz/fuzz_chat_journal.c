/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A journal that somebody wrote who has its key: records, each with its
 * size before it in two bytes. They are sealed, read back by a room, and
 * whatever the room makes of them it writes whole and reads again alike.
 * First byte odd: the rest is a file's bytes as they stand on the disk.
 */
#include "chat/journal_file.h"
#include "chat/record.h"
#include "tests/unit/chat_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t input_size;

static int put_input(void *self)
{
	struct hall *hall = self;
	int r = 0;

	while (r == 0 && input_size > 2) {
		size_t length = input[0] | (size_t)input[1] << 8;

		input += 2;
		input_size -= 2;
		if (length > input_size)
			length = input_size;
		if (length > RECORD_SIZE_MAX)
			length = RECORD_SIZE_MAX;
		r = journal_put(hall->journal, input, length);
		input += length;
		input_size -= length;
	}
	return r;
}

static void begin_again(struct stage *stage)
{
	stage_crash(stage);
	stage_begin(stage);
}

static void read_raw(struct stage *stage, const uint8_t *data, size_t size)
{
	(void)!ftruncate(stage->files[1], 0);
	(void)!file_write_at(stage->files[1], data, size, 0);
	begin_again(stage);
}

/* Each conversation is after reading what it was before. */
static uint64_t sum_of(const struct hall *hall)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < hall->table.used; i++) {
		const struct conversation *one = hall->table.place[i];

		if (!one || one->is_forgotten)
			continue;
		sum += one->birth.epoch + one->events.count * 3 +
		       one->notes.count * 5 + one->standing.version * 7 +
		       one->standing.phase * 11 + one->standing.reason * 13;
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct seal_end end = { SEAL_CLASS_CHAT, 20281123 };
	static struct stage *stage;
	uint64_t before;
	int r;

	if (size < 1)
		return 0;
	if (!stage) {
		log_level(LOG_ERROR);
		stage = stage_new(POLICY);
		stage->is_register_deaf = true;
	}
	input = data + 1;
	input_size = size - 1;
	if (data[0] & 1) {
		read_raw(stage, input, input_size);
	} else {
		assert(journal_has_empty(stage->hall.journal));
		r = journal_renew(stage->hall.journal, stage->hall.keys, &end,
				  put_input, &stage->hall);
		assert(r == 0);
		begin_again(stage);
	}
	before = sum_of(&stage->hall);
	begin_again(stage);
	assert(sum_of(&stage->hall) == before);
	for (int i = 0; i < STAGE_FILES; i++)
		(void)!ftruncate(stage->files[i], 0);
	begin_again(stage);
	assert(stage->hall.table.count == 0);
	return 0;
}
