/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file frame.h
 * The frames of a WebSocket, as a server hears and says them (RFC 6455,
 * section 5). Pure: bytes in, messages out; it knows no descriptor.
 *
 * As strict as the text: what a client must not send ends the connection,
 * at the first byte that shows it. Between messages a reader holds no
 * memory of its own but this struct.
 */
#ifndef TALLENNE_HTTP_FRAME_H
#define TALLENNE_HTTP_FRAME_H

#include "http/socket.h"

enum {
	FRAME_CONTROL_MAX = 125, /**< bytes of a ping, pong or close */
	FRAME_HEAD_MAX = 14,	 /**< bytes before a payload */
	FRAME_CODE_NONE = 1005,	 /**< a close frame without a code */
};

enum frame_opcode {
	FRAME_OP_MORE = 0x0,
	FRAME_OP_TEXT = 0x1,
	FRAME_OP_BINARY = 0x2,
	FRAME_OP_CLOSE = 0x8,
	FRAME_OP_PING = 0x9,
	FRAME_OP_PONG = 0xa,
};

enum frame_event {
	FRAME_NONE, /**< all bytes are taken, nothing is whole */
	FRAME_TEXT, /**< a message */
	FRAME_PING, /**< its payload must be sent back */
	FRAME_PONG,
	FRAME_CLOSE, /**< code and reason; nothing after it counts */
	FRAME_WRONG, /**< end the connection with the code */
};

/** Where a text that comes in pieces stands within a character. */
struct frame_utf8 {
	uint8_t left, low, high; /**< bytes that must follow, and the next's
				      range */
};

struct frame_reader {
	char *message; /**< fragments joined */
	uint32_t size, room;
	uint32_t left; /**< bytes of the present payload that are to come */
	uint8_t head[FRAME_HEAD_MAX];
	uint8_t head_size, head_want;
	uint8_t mask_at;
	uint8_t fragments; /**< of the present message; 0: none has begun */
	uint8_t control_size;
	bool in_payload, is_told;
	struct frame_utf8 utf8;
	uint8_t control[FRAME_CONTROL_MAX];
};

/**
 * Take bytes until something is whole.
 *
 * @param bytes  what arrived; moved past what was taken
 * @param[out] ret_payload  of a message or control frame; valid until the
 *               next call. Of FRAME_CLOSE: the reason
 * @param[out] ret_code  of FRAME_CLOSE and FRAME_WRONG
 */
enum frame_event frame_read(struct frame_reader *reader, struct slice *bytes,
			    struct slice *ret_payload, uint16_t *ret_code);

/** Whether no message and no frame has begun. */
bool frame_is_at_rest(const struct frame_reader *reader);

/** Give up its memory; it may go on. */
void frame_rest(struct frame_reader *reader);

/**
 * The head of an unmasked, unfragmented frame.
 *
 * @return its size, 2 to 10
 */
size_t frame_head(uint8_t out[10], enum frame_opcode opcode, size_t size);

/** Whether a peer may give this code as its reason to close (7.4). */
bool frame_is_code(uint16_t code);

/** Whether it is UTF-8 without surrogates and overlong forms. */
bool frame_is_text(struct slice text);

#endif
