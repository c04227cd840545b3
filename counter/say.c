/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/say.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { JSON_NUMBER_MAX = 1 << 30 };

int say_token_read(struct slice text, uint8_t out[CHAT_TOKEN_SIZE])
{
	const char *end;
	size_t size;

	if (text.size != SAY_TOKEN_TEXT - 1 ||
	    sodium_base642bin(out, CHAT_TOKEN_SIZE, text.at, text.size, NULL,
			      &size, &end,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    size != CHAT_TOKEN_SIZE || end != text.at + text.size)
		return -EINVAL;
	return 0;
}

void say_token_text(const uint8_t token[CHAT_TOKEN_SIZE],
		    char out[SAY_TOKEN_TEXT])
{
	(void)sodium_bin2base64(out, SAY_TOKEN_TEXT, token, CHAT_TOKEN_SIZE,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int say_epoch_read(struct slice text, uint64_t *ret_epoch)
{
	uint8_t bytes[sizeof(*ret_epoch)];
	uint64_t epoch = 0;
	int r = hex_read(text, bytes, sizeof(bytes));

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(bytes); i++)
		epoch = epoch << 8 | bytes[i];
	*ret_epoch = epoch;
	return 0;
}

void say_epoch_text(uint64_t epoch, char out[SAY_EPOCH_TEXT])
{
	snprintf(out, SAY_EPOCH_TEXT, "%016llx", (unsigned long long)epoch);
}

bool say_is_nickname(const char *name)
{
	if (strlen(name) >= CHAT_NAME_SIZE)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
	return true;
}

/* Whether it nests no deeper than we do; strings are skipped. */
static bool is_shallow(struct slice json)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < json.size; i++) {
		char c = json.at[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > SAY_DEPTH_MAX)
				return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

/* A member that is a text, or an empty slice. */
static struct slice text_of(const json_t *message, const char *name)
{
	const json_t *value = json_object_get(message, name);

	if (!json_is_string(value))
		return (struct slice){ "", 0 };
	return (struct slice){ json_string_value(value),
			       json_string_length(value) };
}

static bool is_there(const json_t *message, const char *name)
{
	return json_object_get(message, name);
}

static bool read_number(const json_t *message, const char *name,
			uint64_t *ret_number)
{
	const json_t *value = json_object_get(message, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > JSON_NUMBER_MAX)
		return false;
	*ret_number = (uint64_t)json_integer_value(value);
	return true;
}

/* Texts that may be absent: then they stay empty. */
static bool read_text(const json_t *message, const char *name, char *out,
		      size_t size)
{
	if (!is_there(message, name))
		return true;
	return json_is_string(json_object_get(message, name)) &&
	       slice_text(text_of(message, name), out, size) == 0;
}

static bool read_open(const json_t *message, struct say *say)
{
	uint8_t notice[4];

	if (say_token_read(text_of(message, "key"), say->key) < 0 ||
	    hex_read(text_of(message, "notice"), notice, sizeof(notice)) < 0 ||
	    !is_there(message, "lang") ||
	    !read_text(message, "lang", say->language, sizeof(say->language)) ||
	    !read_text(message, "nick", say->nickname, sizeof(say->nickname)) ||
	    !read_text(message, "queue", say->queue, sizeof(say->queue)))
		return false;
	say->notice = (uint32_t)notice[0] << 24 | (uint32_t)notice[1] << 16 |
		      (uint32_t)notice[2] << 8 | notice[3];
	return say_is_nickname(say->nickname) && say_is_nickname(say->queue);
}

static bool read_hello(const json_t *message, struct say *say)
{
	if (say_token_read(text_of(message, "token"), say->key) < 0)
		return false;
	if (is_there(message, "after") &&
	    !read_number(message, "after", &say->number))
		return false;
	if (!is_there(message, "epoch"))
		return true;
	say->has_epoch = true;
	return say_epoch_read(text_of(message, "epoch"), &say->epoch) == 0;
}

static enum chat_result read_say(const json_t *message, struct say *say)
{
	struct slice text = text_of(message, "text");

	say->has_id = say_token_read(text_of(message, "id"), say->id) == 0;
	if (!say->has_id || text.size == 0)
		return CHAT_INVALID;
	if (text.size > CHAT_TEXT_MAX)
		return CHAT_TOO_LONG;
	say->size = (uint32_t)text.size;
	return slice_text(text, say->text, sizeof(say->text)) == 0
		       ? CHAT_OK
		       : CHAT_INVALID;
}

static bool read_typing(const json_t *message, struct say *say)
{
	const json_t *on = json_object_get(message, "on");

	say->on = json_is_true(on);
	return json_is_boolean(on);
}

static enum say_kind kind_of(struct slice word)
{
	static const char *const words[] = {
		[SAY_OPEN] = "open", [SAY_HELLO] = "hello",
		[SAY_TEXT] = "say",  [SAY_TYPING] = "typing",
		[SAY_GET] = "get",   [SAY_SEEN] = "seen",
		[SAY_STAY] = "stay", [SAY_PING] = "ping",
		[SAY_END] = "end",
	};

	for (size_t i = 1; i < COUNT(words); i++)
		if (slice_is(word, slice_of(words[i])))
			return (enum say_kind)i;
	return 0;
}

static bool read_rest(const json_t *message, struct say *say)
{
	switch (say->kind) {
	case SAY_OPEN:
		return read_open(message, say);
	case SAY_HELLO:
		return read_hello(message, say);
	case SAY_TYPING:
		return read_typing(message, say);
	case SAY_GET:
		return read_number(message, "after", &say->number);
	case SAY_SEEN:
		return read_number(message, "n", &say->number);
	case SAY_PING:
		return !is_there(message, "last") ||
		       read_number(message, "last", &say->number);
	case SAY_TEXT:
	case SAY_STAY:
	case SAY_END:
		return true;
	}
	return false;
}

enum chat_result say_read(struct slice json, struct say *ret_say)
{
	enum chat_result result = CHAT_INVALID;
	json_t *message;

	*ret_say = (struct say){ 0 };
	if (json.size > SAY_SIZE_MAX || !is_shallow(json))
		return CHAT_INVALID;
	message = json_loadb(json.at, json.size, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(message)) {
		ret_say->kind = kind_of(text_of(message, "t"));
		if (ret_say->kind == SAY_TEXT)
			result = read_say(message, ret_say);
		else if (read_rest(message, ret_say))
			result = CHAT_OK;
	}
	json_decref(message);
	return result;
}
