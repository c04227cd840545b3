/* SPDX-License-Identifier: EUPL-1.2 */
/* First line: an origin, or a host. Rest: a message of a browser. */
#include <stdint.h>
#include <string.h>

#include "counter/origin.h"
#include "counter/say.h"
#include "counter/tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void origin(struct slice line)
{
	char out[ORIGIN_SIZE];

	(void)origin_is_one(line);
	/* What we take for our own is always written as an origin. */
	if (origin_of_host(true, line, out) == 0)
		assert(origin_is_one(slice_of(out)));
}

static void message(struct slice json)
{
	char text[SAY_TOKEN_TEXT];
	uint8_t token[CHAT_TOKEN_SIZE];
	struct chat_event event = { .seq = 1,
				    .kind = CHAT_MESSAGE,
				    .side = CHAT_SIDE_VISITOR };
	struct text out = TEXT_NEW;
	struct say say;

	if (say_read(json, &say) != CHAT_OK)
		return;
	assert(say.kind >= SAY_OPEN && say.kind <= SAY_END);
	assert(strlen(say.nickname) < CHAT_NAME_SIZE);
	assert(say_is_nickname(say.nickname) && say_is_nickname(say.queue));
	if (say.kind != SAY_TEXT)
		return;
	assert(say.has_id && say.size > 0 && say.size <= CHAT_TEXT_MAX);
	assert(strlen(say.text) == say.size);
	say_token_text(say.id, text);
	assert(say_token_read(slice_of(text), token) == 0);
	assert(!memcmp(token, say.id, sizeof(token)));
	memcpy(event.text, say.text, say.size);
	tell_event(&out, &event);
	assert(out.failed || !memchr(out.bytes, '\n', out.size));
	text_drop(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest, all = { (const char *)data, size };

	origin(slice_cut(all, '\n', &rest));
	message(rest);
	return 0;
}
