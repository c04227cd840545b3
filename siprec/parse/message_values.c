/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>

#include "siprec/parse/header.h"
#include "siprec/parse/message_lines.h"

uint32_t message_count(const struct message *message,
		       enum message_header header)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < message->line_count; i++)
		count += message->lines[i].header == header;
	return count;
}

struct slice message_line(const struct message *message,
			  enum message_header header, uint32_t nth)
{
	for (uint32_t i = 0; i < message->line_count; i++)
		if (message->lines[i].header == header && nth-- == 0)
			return message->lines[i].value;
	return (struct slice){ 0 };
}

struct slice message_value(const struct message *message,
			   enum message_header header, uint32_t nth)
{
	for (uint32_t i = 0; i < message->line_count; i++) {
		struct slice list = message->lines[i].value, value;

		if (message->lines[i].header != header)
			continue;
		while ((value = header_next(&list)).size > 0)
			if (nth-- == 0)
				return value;
	}
	return (struct slice){ 0 };
}

struct slice message_find(const struct message *message, struct slice name,
			  uint32_t nth)
{
	for (uint32_t i = 0; i < message->line_count; i++)
		if (message_name_is(message->lines[i].name, name) && nth-- == 0)
			return message->lines[i].value;
	return (struct slice){ 0 };
}

bool message_has(const struct message *message, enum message_header header,
		 struct slice token)
{
	for (uint32_t i = 0; i < message->line_count; i++)
		if (message->lines[i].header == header &&
		    header_has_token(message->lines[i].value, token))
			return true;
	return false;
}

static int read_seconds(struct slice text, uint32_t *ret_seconds)
{
	uint64_t number;

	if (slice_number(header_bare(text), UINT32_MAX, &number) < 0)
		return -EBADMSG;
	*ret_seconds = (uint32_t)number;
	return 0;
}

int message_session_expires(const struct message *message,
			    uint32_t *ret_seconds, struct slice *ret_refresher)
{
	struct slice value = message_line(message, MESSAGE_SESSION_EXPIRES, 0);
	struct slice refresher = { 0 };
	int r;

	if (value.size == 0)
		return -ENOENT;
	r = header_param(header_params(value), SLICE("refresher"), &refresher);
	if (r < 0 && r != -ENOENT)
		return -EBADMSG;
	r = read_seconds(value, ret_seconds);
	if (r < 0)
		return r;
	*ret_refresher = refresher;
	return 0;
}

int message_min_se(const struct message *message, uint32_t *ret_seconds)
{
	struct slice value = message_line(message, MESSAGE_MIN_SE, 0);

	return value.size == 0 ? -ENOENT : read_seconds(value, ret_seconds);
}

int message_replaces(const struct message *message,
		     struct message_replaces *ret_replaces)
{
	struct slice value = message_line(message, MESSAGE_REPLACES, 0);
	struct slice params = header_params(value), none;
	struct message_replaces replaces = { .call_id = header_bare(value) };

	if (value.size == 0)
		return -ENOENT;
	if (replaces.call_id.size == 0 ||
	    header_param(params, SLICE("to-tag"), &replaces.to_tag) < 0 ||
	    header_param(params, SLICE("from-tag"), &replaces.from_tag) < 0)
		return -EBADMSG;
	replaces.is_early_only =
		header_param(params, SLICE("early-only"), &none) == 0;
	*ret_replaces = replaces;
	return 0;
}
