/* SPDX-License-Identifier: EUPL-1.2 */
/* A stream of SIP: cut into messages, each read through every accessor. */
#include <string.h>

#include "siprec/parse/header.h"
#include "siprec/parse/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct message *message)
{
	struct message_replaces replaces;
	enum message_method method;
	struct slice text;
	char out[256];
	uint32_t a, b;

	for (uint32_t h = 0; h < MESSAGE_HEADERS; h++) {
		(void)message_value(message, h, message_count(message, h));
		text = message_value(message, h, 0);
		if (header_unfold(text, out, sizeof(out)) == 0)
			assert(strpbrk(out, "\r\n") == NULL);
	}
	(void)!message_session_expires(message, &a, &text);
	(void)!message_min_se(message, &a);
	(void)!message_rseq(message, &a);
	(void)!message_rack(message, &a, &b, &method);
	(void)!message_replaces(message, &replaces);
	assert(message->body.size <= MESSAGE_BODY_MAX);
	assert(message->refuse == 0 || message->why);
	assert(message->refuse != 0 || message->call_id.size > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { (const char *)data, size };
	struct message message;
	size_t blank, whole;

	if (message_parse(bytes, &message) == 0)
		read_all(&message);
	while (message_frame(bytes, &blank, &whole) == 0) {
		struct slice one = { bytes.at + blank, whole };

		/* What was cut from a stream is that message and no more. */
		if (message_parse(one, &message) == 0 && !message.refuse)
			assert(message.bytes.size == whole);
		bytes = slice_from(bytes, blank + whole);
	}
	return 0;
}
