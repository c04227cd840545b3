/* SPDX-License-Identifier: EUPL-1.2 */
/* A letter of chat's, as counter looks through it before it uses it. */
#include <stdint.h>
#include <string.h>

#include "counter/asks.h"
#include "counter/tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(struct text *out)
{
	assert(out->failed || !memchr(out->bytes, '\n', out->size));
	text_drop(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union {
		struct letter head;
		struct chat_opened opened;
		struct chat_state state;
		struct chat_event event;
		struct chat_said said;
		struct chat_hours hours;
	} letter = { 0 };
	struct text out = TEXT_NEW;

	memcpy(&letter, data, size < sizeof(letter) ? size : sizeof(letter));
	switch (letter.head.type) {
	case CHAT_OPENED:
		if (asks_opened_holds(&letter.opened))
			tell_opened(&out, &letter.opened);
		break;
	case CHAT_STATE:
		if (asks_state_holds(&letter.state))
			tell_state(&out, &letter.state);
		break;
	case CHAT_EVENT:
		if (asks_event_holds(&letter.event))
			tell_event(&out, &letter.event);
		break;
	case CHAT_SAID:
		if (asks_said_holds(&letter.said))
			tell_ack(&out, letter.event.client_id, &letter.said);
		break;
	case CHAT_HOURS:
		if (asks_hours_holds(&letter.hours)) {
			char text[CLOCK_TEXT_SIZE];

			clock_text(letter.hours.opens_at, text);
			clock_text(letter.hours.closes_at, text);
		}
		break;
	default:
		return 0;
	}
	if (out.bytes)
		print(&out);
	return 0;
}
