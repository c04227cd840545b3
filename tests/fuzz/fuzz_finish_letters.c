/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Letters of a hostile media, register or vault. Byte 0 says on which line
 * (0 to 2) and how large a step is; letters follow each other.
 */
#include <string.h>

#include "finish/room.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The room without a house: it never starts a worker, having no keys. */
static struct finish *room(void)
{
	static struct finish finish;
	const struct jobs_face jobs = { .self = &finish };
	const struct recover_face recover = { .self = &finish };

	if (finish.loop)
		return &finish;
	finish_init(&finish);
	if (worker_prepare() < 0 || loop_new(&finish.loop) < 0 ||
	    jobs_new(finish.loop, &finish.segments, &jobs, &finish.jobs) < 0 ||
	    recover_new(finish.loop, &finish.segments, &recover,
			&finish.recover) < 0)
		abort();
	return &finish;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct finish *finish = room();
	union {
		struct letter head;
		uint8_t bytes[LETTER_SIZE_MAX];
	} letter = { .head = { .type = 0 } };
	int ends[2];
	int r;

	if (size < 1 + sizeof(letter.head) || size > sizeof(letter) ||
	    line_open(ends) < 0)
		return 0;
	memcpy(letter.bytes, data + 1, size - 1);
	letter.head.size = (uint32_t)size - 1;
	if (letter.head.type == 0)
		letter.head.type = 1;
	r = line_post(ends[0], &letter.head, NULL, false);
	assert(r == 0);
	if (data[0] % 3 == 0) {
		finish->media[0] = ends[1];
		(void)!finish_serve_media(finish, ends[1]);
		finish->media[0] = -1;
	} else if (data[0] % 3 == 1) {
		(void)!finish_serve_register(finish, ends[1]);
	} else {
		(void)!finish_serve_vault(finish, ends[1]);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}
