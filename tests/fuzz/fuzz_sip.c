/* SPDX-License-Identifier: EUPL-1.2 */
/* A stream of SIP: cut into messages, each read through every accessor. */
#include "siprec/parse/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct message *message)
{
	struct message_replaces replaces;
	struct slice text;
	uint32_t a;

	for (uint32_t h = 0; h < MESSAGE_HEADERS; h++) {
		(void)message_value(message, h, message_count(message, h));
		(void)message_value(message, h, 0);
	}
	(void)!message_session_expires(message, &a, &text);
	(void)!message_min_se(message, &a);
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
