/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a siprec process that was taken over may say to media: a run of
 * letters, each after one byte of type and two of length. Nothing of it
 * may end the process.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "media/room.h"
#include "tests/unit/seal_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A segment in memory whenever one is wanted. */
static void want(void *self)
{
	struct media *media = self;
	static uint32_t number;
	int fd = memfd_create("segment", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	spool_log_segment(media->log, ++number, fd);
}

static void ignore(void *self, uint32_t number)
{
	(void)self, (void)number;
}

static void open_media(struct media *media)
{
	const struct spool_news news = { media, want, ignore, ignore };
	struct seal_world seals = seal_world_new();

	media_init(media);
	media->calls_max = 4;
	media->buffer_mb = 2;
	media->segment_mb = 1;
	if (media_prepare(media, &news) < 0)
		abort();
	for (uint16_t port = 10000; port < 10024; port++)
		table_add_port(media->table, port);
	media->keys = seals.set;
	free(seals.file);
}

/* Everything that is open, closed: each input begins afresh. */
static void close_calls(struct media *media)
{
	struct call *call;

	while ((call = table_next(media->table, NULL))) {
		if (call->state == CALL_ENDING)
			abort(); /* there is room for 500 blocks */
		media_end_call(media, call, CALL_END_LOST, clock_monotonic());
	}
	spool_log_tick(media->log);
	spool_log_push(media->log);
	media_sweep(media);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union {
		struct letter head;
		uint8_t bytes[LETTER_SIZE_MAX];
	} letter;
	static struct media media;
	int ends[2];

	if (!media.table)
		open_media(&media);
	if (line_open(ends) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		abort();
	while (size > 3) {
		size_t length = (size_t)data[1] | (size_t)(data[2] & 15) << 8;
		const uint8_t type = data[0];
		struct letter answer;

		data += 3, size -= 3;
		if (length > size)
			length = size;
		memset(&letter, 0, sizeof(letter));
		memcpy(letter.bytes + sizeof(letter.head), data, length);
		data += length, size -= length;
		letter.head.type = type ? type : 1;
		letter.head.size =
			type <= MEDIA_CHANGE  ? sizeof(struct media_open)
			: type == MEDIA_MARK  ? sizeof(struct media_mark)
			: type == MEDIA_CLOSE ? sizeof(struct media_close)
					      : (uint32_t)sizeof(letter.head);
		if (line_post(ends[0], &letter.head, NULL, false) < 0 ||
		    media_serve_siprec(&media, ends[1]) < 0)
			break;
		while (line_take(ends[0], &answer, sizeof(answer), NULL) == 0)
			continue;
	}
	close_calls(&media);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}
