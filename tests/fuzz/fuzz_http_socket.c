/* SPDX-License-Identifier: EUPL-1.2 */
/* First byte: how large the pieces are. Rest: what a client sends. */
#include <stdint.h>
#include <string.h>

#include "http/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A running sum over all that was told, to compare two readings. */
struct heard {
	uint64_t sum;
	size_t events;
	bool is_over;
};

static void note(struct heard *heard, uint64_t number)
{
	heard->sum = (heard->sum ^ number) * 0x100000001b3u;
}

static void hear(struct heard *heard, enum frame_event event,
		 struct slice payload, uint16_t code)
{
	heard->events++;
	note(heard, event);
	if (event == FRAME_WRONG || event == FRAME_CLOSE) {
		assert(code == FRAME_CODE_NONE || frame_is_code(code));
		note(heard, code);
		heard->is_over = true;
	}
	if (event == FRAME_WRONG)
		return;
	assert(payload.size <= SOCKET_MESSAGE_MAX);
	assert(event == FRAME_TEXT || payload.size <= FRAME_CONTROL_MAX);
	if (event == FRAME_TEXT || event == FRAME_CLOSE)
		assert(frame_is_text(payload));
	for (size_t i = 0; i < payload.size; i++)
		note(heard, (uint8_t)payload.at[i]);
}

static struct heard read_all(struct slice all, size_t step)
{
	struct frame_reader reader = { 0 };
	struct heard heard = { 0 };
	struct slice payload = { "", 0 };
	uint16_t code = FRAME_CODE_NONE;

	while (all.size > 0 && !heard.is_over) {
		struct slice piece = { all.at,
				       all.size < step ? all.size : step };

		all = slice_from(all, piece.size);
		while (piece.size > 0 && !heard.is_over) {
			enum frame_event event =
				frame_read(&reader, &piece, &payload, &code);

			assert(event != FRAME_NONE || piece.size == 0);
			assert(reader.room <= SOCKET_MESSAGE_MAX);
			if (event != FRAME_NONE)
				hear(&heard, event, payload, code);
		}
	}
	frame_rest(&reader);
	return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { (const char *)data, size };
	struct heard whole, pieces;

	if (size == 0)
		return 0;
	all = slice_from(all, 1);
	whole = read_all(all, all.size);
	pieces = read_all(all, 1 + data[0] % 61);
	/* How the bytes were cut on their way changes nothing. */
	assert(whole.sum == pieces.sum && whole.events == pieces.events);
	return 0;
}
