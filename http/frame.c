/* SPDX-License-Identifier: EUPL-1.2 */
#include "http/frame.h"

#include <string.h>

enum {
	FIN = 0x80,
	RESERVED = 0x70,
	OPCODE = 0x0f,
	CONTROL = 0x08,
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MASK_SIZE = 4,
	FIRST_ROOM = 256,
};

/* The next byte of a text (Unicode 15, table 3-7). */
static bool next_byte(struct frame_utf8 *utf8, uint8_t byte)
{
	if (utf8->left) {
		if (byte < utf8->low || byte > utf8->high)
			return false;
		*utf8 = (struct frame_utf8){ utf8->left - 1, 0x80, 0xbf };
		return true;
	}
	if (byte < 0x80)
		return true;
	if (byte < 0xc2 || byte > 0xf4)
		return false;
	*utf8 = (struct frame_utf8){ byte < 0xe0   ? 1
				     : byte < 0xf0 ? 2
						   : 3,
				     byte == 0xe0   ? 0xa0
				     : byte == 0xf0 ? 0x90
						    : 0x80,
				     byte == 0xed   ? 0x9f
				     : byte == 0xf4 ? 0x8f
						    : 0xbf };
	return true;
}

static bool text_goes_on(struct frame_utf8 *utf8, struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!next_byte(utf8, (uint8_t)text.at[i]))
			return false;
	return true;
}

bool frame_is_text(struct slice text)
{
	struct frame_utf8 utf8 = { 0 };

	return text_goes_on(&utf8, text) && !utf8.left;
}

bool frame_is_code(uint16_t code)
{
	/* 1004 to 1006 and 1015 are for the inside of programs. */
	return (code >= 1000 && code <= 1003) ||
	       (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

size_t frame_head(uint8_t out[10], enum frame_opcode opcode, size_t size)
{
	out[0] = (uint8_t)(FIN | opcode);
	if (size < LENGTH_16) {
		out[1] = (uint8_t)size;
		return 2;
	}
	if (size <= UINT16_MAX) {
		out[1] = LENGTH_16;
		out[2] = (uint8_t)(size >> 8);
		out[3] = (uint8_t)size;
		return 4;
	}
	out[1] = LENGTH_64;
	for (size_t i = 0; i < 8; i++)
		out[2 + i] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
	return 10;
}

static uint8_t opcode_of(const struct frame_reader *reader)
{
	return reader->head[0] & OPCODE;
}

static bool is_control(const struct frame_reader *reader)
{
	return reader->head[0] & CONTROL;
}

/* 0, or the code with which to end. */
static uint16_t check_first(struct frame_reader *reader)
{
	uint8_t byte = reader->head[0];

	if (byte & RESERVED)
		return SOCKET_PROTOCOL;
	switch (byte & OPCODE) {
	case FRAME_OP_MORE:
		if (!reader->fragments)
			return SOCKET_PROTOCOL;
		if (reader->fragments == SOCKET_FRAGMENTS_MAX)
			return SOCKET_POLICY;
		reader->fragments++;
		return 0;
	case FRAME_OP_TEXT:
	case FRAME_OP_BINARY:
		if (reader->fragments)
			return SOCKET_PROTOCOL;
		if ((byte & OPCODE) == FRAME_OP_BINARY)
			return SOCKET_KIND;
		reader->fragments = 1;
		return 0;
	case FRAME_OP_CLOSE:
	case FRAME_OP_PING:
	case FRAME_OP_PONG:
		return byte & FIN ? 0 : SOCKET_PROTOCOL;
	default:
		return SOCKET_PROTOCOL;
	}
}

static uint16_t check_second(struct frame_reader *reader)
{
	uint8_t length = reader->head[1] & LENGTH;

	if (!(reader->head[1] & MASKED))
		return SOCKET_PROTOCOL;
	if (is_control(reader) && length > FRAME_CONTROL_MAX)
		return SOCKET_PROTOCOL;
	reader->head_want = (uint8_t)(2 + MASK_SIZE +
				      (length == LENGTH_16   ? 2
				       : length == LENGTH_64 ? 8
							     : 0));
	return 0;
}

/* The length is there: the shortest way to write it is the only one. */
static uint16_t check_length(struct frame_reader *reader)
{
	size_t size = reader->head_want - 2 - MASK_SIZE;
	uint64_t length = reader->head[1] & LENGTH;

	if (size) {
		length = 0;
		for (size_t i = 0; i < size; i++)
			length = length << 8 | reader->head[2 + i];
		if (length < LENGTH_16 || (size == 8 && length <= UINT16_MAX) ||
		    length > INT64_MAX)
			return SOCKET_PROTOCOL;
	}
	if (!is_control(reader) && length > SOCKET_MESSAGE_MAX - reader->size)
		return SOCKET_TOO_BIG;
	reader->left = (uint32_t)length;
	return 0;
}

/* Take the next byte of a head. */
static uint16_t take_head(struct frame_reader *reader, uint8_t byte)
{
	uint16_t code;

	reader->head[reader->head_size++] = byte;
	if (reader->head_size == 1)
		return check_first(reader);
	if (reader->head_size == 2) {
		code = check_second(reader);
		if (code)
			return code;
	}
	if (reader->head_size == reader->head_want - MASK_SIZE)
		return check_length(reader);
	if (reader->head_size == reader->head_want) {
		reader->in_payload = true;
		reader->mask_at = 0;
		reader->control_size = 0;
	}
	return 0;
}

/* Memory follows what arrives, not what is announced. */
static bool make_room(struct frame_reader *reader, size_t more)
{
	size_t room = reader->room ? reader->room : FIRST_ROOM;
	char *message;

	if (reader->size + more <= reader->room)
		return true;
	while (room < reader->size + more)
		room *= 2;
	message = realloc(reader->message, room);
	if (!message)
		return false;
	reader->message = message;
	reader->room = (uint32_t)room;
	return true;
}

static void unmask(struct frame_reader *reader, const char *from, char *to,
		   size_t size)
{
	const uint8_t *mask = reader->head + reader->head_want - MASK_SIZE;

	for (size_t i = 0; i < size; i++)
		to[i] = (char)((uint8_t)from[i] ^
			       mask[(reader->mask_at + i) % MASK_SIZE]);
	reader->mask_at = (uint8_t)((reader->mask_at + size) % MASK_SIZE);
}

static uint16_t take_payload(struct frame_reader *reader, struct slice bytes)
{
	char *to;

	reader->left -= (uint32_t)bytes.size;
	if (is_control(reader)) {
		to = (char *)reader->control + reader->control_size;
		unmask(reader, bytes.at, to, bytes.size);
		reader->control_size += (uint8_t)bytes.size;
		return 0;
	}
	if (!make_room(reader, bytes.size))
		return SOCKET_LATER;
	to = reader->message + reader->size;
	unmask(reader, bytes.at, to, bytes.size);
	reader->size += (uint32_t)bytes.size;
	return text_goes_on(&reader->utf8, (struct slice){ to, bytes.size })
		       ? 0
		       : SOCKET_NOT_TEXT;
}

static enum frame_event end_close(struct frame_reader *reader,
				  struct slice *ret_payload, uint16_t *ret_code)
{
	struct slice all = *ret_payload;

	*ret_code = FRAME_CODE_NONE;
	if (all.size == 0)
		return FRAME_CLOSE;
	*ret_payload = slice_from(all, 2);
	*ret_code = (uint16_t)(all.size == 1 ? 0
					     : reader->control[0] << 8 |
						       reader->control[1]);
	if (!frame_is_code(*ret_code)) {
		*ret_code = SOCKET_PROTOCOL;
		return FRAME_WRONG;
	}
	if (!frame_is_text(*ret_payload)) {
		*ret_code = SOCKET_NOT_TEXT;
		return FRAME_WRONG;
	}
	return FRAME_CLOSE;
}

/* A payload is whole. */
static enum frame_event end_frame(struct frame_reader *reader,
				  struct slice *ret_payload, uint16_t *ret_code)
{
	reader->in_payload = false;
	reader->head_size = reader->head_want = 0;
	*ret_payload = (struct slice){ (const char *)reader->control,
				       reader->control_size };
	switch (opcode_of(reader)) {
	case FRAME_OP_PING:
		return FRAME_PING;
	case FRAME_OP_PONG:
		return FRAME_PONG;
	case FRAME_OP_CLOSE:
		return end_close(reader, ret_payload, ret_code);
	default:
		break;
	}
	if (!(reader->head[0] & FIN))
		return FRAME_NONE;
	if (reader->utf8.left) {
		*ret_code = SOCKET_NOT_TEXT;
		return FRAME_WRONG;
	}
	*ret_payload = (struct slice){ reader->size ? reader->message : "",
				       reader->size };
	reader->fragments = 0;
	reader->is_told = true;
	return FRAME_TEXT;
}

enum frame_event frame_read(struct frame_reader *reader, struct slice *bytes,
			    struct slice *ret_payload, uint16_t *ret_code)
{
	enum frame_event event;
	uint16_t code;

	if (reader->is_told)
		frame_rest(reader);
	while (bytes->size > 0) {
		if (!reader->in_payload) {
			code = take_head(reader, (uint8_t)bytes->at[0]);
			*bytes = slice_from(*bytes, 1);
		} else {
			struct slice part = *bytes;

			if (part.size > reader->left)
				part.size = reader->left;
			code = take_payload(reader, part);
			*bytes = slice_from(*bytes, part.size);
		}
		if (code) {
			*ret_code = code;
			return FRAME_WRONG;
		}
		if (!reader->in_payload || reader->left > 0)
			continue;
		event = end_frame(reader, ret_payload, ret_code);
		if (event != FRAME_NONE)
			return event;
	}
	return FRAME_NONE;
}

bool frame_is_at_rest(const struct frame_reader *reader)
{
	return !reader->fragments && !reader->head_size;
}

void frame_rest(struct frame_reader *reader)
{
	free(reader->message);
	reader->message = NULL;
	reader->size = reader->room = 0;
	reader->is_told = false;
}
