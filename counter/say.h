/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file say.h
 * What a visitor's browser may say (docs/protocol-chat.md, "Client"), read
 * from JSON.
 *
 * Pure. Everything is limited before it is looked at: size, depth, no
 * member twice, UTF-8 without NUL. Unknown members are ignored, an unknown
 * type is a fault like any other. No text of the visitor is ever in a fault.
 */
#ifndef TALLENNE_COUNTER_SAY_H
#define TALLENNE_COUNTER_SAY_H

#include "base/bytes.h"
#include "chat/chat.h"

enum {
	SAY_SIZE_MAX = 16 << 10, /**< bytes of one message */
	SAY_DEPTH_MAX = 4,	 /**< of arrays and objects */
	/** 16 bytes in base64url, NUL included. */
	SAY_TOKEN_TEXT = 23,
	SAY_EPOCH_TEXT = 17,
};

enum say_kind {
	SAY_OPEN = 1,
	SAY_HELLO,
	SAY_TEXT, /**< "say" */
	SAY_TYPING,
	SAY_GET,
	SAY_SEEN,
	SAY_STAY,
	SAY_PING,
	SAY_END,
};

struct say {
	enum say_kind kind;
	uint8_t key[CHAT_TOKEN_SIZE]; /**< open: key; hello: token */
	bool has_id;		      /**< say: the id could be read */
	uint8_t id[CHAT_TOKEN_SIZE];
	char language[CHAT_LANGUAGE_SIZE];
	char queue[CHAT_WORD_SIZE];
	char nickname[CHAT_NAME_SIZE];
	uint32_t notice;
	uint64_t number; /**< hello, get: after; seen: n; ping: last */
	bool has_epoch;
	uint64_t epoch;
	bool on;
	uint32_t size;
	char text[CHAT_TEXT_SIZE]; /**< NUL-terminated */
};

/**
 * Read one message.
 *
 * @param[out] ret_say  filled as far as it could be read, also on errors
 * @return CHAT_OK, CHAT_INVALID, or CHAT_TOO_LONG for a text
 */
enum chat_result say_read(struct slice json, struct say *ret_say);

/** 16 random bytes as 22 characters of base64url; 0 or -EINVAL. */
MUST int say_token_read(struct slice text, uint8_t out[CHAT_TOKEN_SIZE]);
void say_token_text(const uint8_t token[CHAT_TOKEN_SIZE],
		    char out[SAY_TOKEN_TEXT]);

/** An epoch as 16 hexadecimal digits; 0 or -EINVAL. */
MUST int say_epoch_read(struct slice text, uint64_t *ret_epoch);
void say_epoch_text(uint64_t epoch, char out[SAY_EPOCH_TEXT]);

/** Whether a nickname may be: short, UTF-8, without control characters. */
bool say_is_nickname(const char *name);

#endif
