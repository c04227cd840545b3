/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/peaks.h"

#include <errno.h>
#include <stdio.h>

#include "desk/asks.h"
#include "desk/errors.h"

enum { HEAD_SIZE = 24, EIGHT_BITS = 1, CHANNELS_MAX = 2 };

/* Little-endian, by audiowaveform's doc/DataFormat.md. */
static uint32_t number_at(struct slice dat, size_t at)
{
	const uint8_t *b = (const uint8_t *)dat.at + at;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

int peaks_json(struct slice dat, struct text *out)
{
	uint32_t flags, length, channels;
	size_t width, count;

	if (dat.size < HEAD_SIZE || number_at(dat, 0) != 2)
		return -EBADMSG;
	flags = number_at(dat, 4);
	length = number_at(dat, 16);
	channels = number_at(dat, 20);
	width = flags & EIGHT_BITS ? 1 : 2;
	if (channels < 1 || channels > CHANNELS_MAX)
		return -EBADMSG;
	count = (size_t)length * channels * 2;
	if (dat.size - HEAD_SIZE != count * width)
		return -EBADMSG;
	text_format(out,
		    "{\"version\":2,\"channels\":%u,\"sample_rate\":%u,"
		    "\"samples_per_pixel\":%u,\"bits\":%d,\"length\":%u,"
		    "\"data\":[",
		    channels, number_at(dat, 8), number_at(dat, 12),
		    width == 1 ? 8 : 16, length);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *b =
			(const uint8_t *)dat.at + HEAD_SIZE + i * width;
		int value =
			width == 1 ? (int8_t)b[0] : (int16_t)(b[0] | b[1] << 8);

		text_format(out, i ? ",%d" : "%d", value);
	}
	text_say(out, "]}\n");
	return 0;
}

bool peaks_as_json(const struct visit *visit)
{
	struct slice accept = http_header(visit->request, "Accept");

	return slice_starts_nocase(accept, SLICE("application/json"));
}

void peaks_send_json(struct visit *visit,
		     const struct desk_recording *recording,
		     const char *purpose)
{
	struct desk_play question = { .call = recording->call,
				      .kind = SEAL_KIND_PEAKS };
	size_t size = recording->size[SEAL_KIND_PEAKS - SEAL_KIND_SOUND];
	OWNED(drop_memory) char *bytes = NULL;
	struct desk_playing playing;
	enum desk_result result;

	if (size > PEAKS_SIZE_MAX || !(bytes = malloc(size + 1))) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	question.size = size;
	snprintf(question.purpose, sizeof(question.purpose), "%s", purpose);
	result = asks_play_whole(visit, &question, bytes, &playing);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (peaks_json((struct slice){ bytes, size }, visit_out(visit)) < 0) {
		error_show(visit, PROBLEM_later);
		return;
	}
	visit->answer->type = "application/json";
}
