/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/message.h"

#include <errno.h>
#include <string.h>

/* Compact forms (RFC 3261, 7.3.3; RFC 4028). */
static const struct {
	const char *name, *compact;
} compacts[] = {
	{ "Via", "v" },
	{ "From", "f" },
	{ "To", "t" },
	{ "Call-ID", "i" },
	{ "Contact", "m" },
	{ "Content-Length", "l" },
	{ "Content-Type", "c" },
	{ "Supported", "k" },
	{ "Session-Expires", "x" },
};

static struct slice take_line(struct slice *rest)
{
	struct slice line = slice_cut(*rest, '\n', rest);

	if (line.size > 0 && line.at[line.size - 1] == '\r')
		line.size--;
	return line;
}

static int read_start(struct slice line, struct message *message)
{
	struct slice first, second, rest;
	uint64_t status;
	int r;

	first = slice_cut(line, ' ', &rest);
	second = slice_cut(rest, ' ', &rest);
	if (slice_is(first, SLICE("SIP/2.0"))) {
		r = slice_number(second, 699, &status);
		if (r < 0 || status < 100)
			return -EBADMSG;
		message->status = (int)status;
		message->reason = rest;
		return 0;
	}
	if (!slice_is(rest, SLICE("SIP/2.0")) || first.size == 0)
		return -EBADMSG;
	message->is_request = true;
	message->method = first;
	message->uri = second;
	return 0;
}

static int read_headers(struct slice *rest, struct message *message)
{
	while (rest->size > 0) {
		struct slice line = take_line(rest);
		struct slice value;
		size_t i = message->header_count;

		if (line.size == 0)
			return 0;
		if (line.at[0] == ' ' || line.at[0] == '\t') {
			/* A folded line: its text is next to the one before,
			 * so the value just grows over the line end. */
			if (i == 0)
				return -EBADMSG;
			value = message->header[i - 1].value;
			value.size = (size_t)(line.at - value.at) + line.size;
			message->header[i - 1].value = slice_trim(value);
			continue;
		}
		if (i == MESSAGE_HEADERS_MAX ||
		    slice_find(line, ':') == line.size)
			return -EBADMSG;
		message->header[i].name =
			slice_trim(slice_cut(line, ':', &value));
		message->header[i].value = slice_trim(value);
		message->header_count++;
	}
	return -EBADMSG;
}

static int body_size(const struct message *message, uint64_t otherwise,
		     uint64_t *ret_size)
{
	struct slice value = message_header(message, "Content-Length", 0);

	*ret_size = otherwise;
	if (value.size == 0)
		return 0;
	return slice_number(value, MESSAGE_SIZE_MAX, ret_size) < 0 ? -EBADMSG
								   : 0;
}

int message_read(struct slice text, struct message *ret_message)
{
	struct message message = { 0 };
	struct slice rest = text;
	uint64_t size;
	int r;

	while (rest.size > 0 && (rest.at[0] == '\r' || rest.at[0] == '\n'))
		rest = slice_from(rest, 1);
	r = read_start(take_line(&rest), &message);
	if (r < 0)
		return r;
	r = read_headers(&rest, &message);
	if (r < 0)
		return r;
	r = body_size(&message, rest.size, &size);
	if (r < 0 || size > rest.size)
		return -EBADMSG;
	message.body = (struct slice){ rest.at, (size_t)size };
	*ret_message = message;
	return 0;
}

int message_measure(struct slice stream, size_t *ret_size)
{
	struct message message = { 0 };
	struct slice rest = stream;
	const char *end;
	uint64_t size;
	int r;

	while (rest.size > 0 && (rest.at[0] == '\r' || rest.at[0] == '\n'))
		rest = slice_from(rest, 1);
	if (rest.size == 0)
		return -EAGAIN;
	end = memmem(rest.at, rest.size, "\r\n\r\n", 4);
	if (!end)
		return rest.size > MESSAGE_SIZE_MAX ? -EBADMSG : -EAGAIN;
	r = read_start(take_line(&rest), &message);
	if (r < 0)
		return r;
	r = read_headers(&rest, &message);
	if (r < 0)
		return r;
	r = body_size(&message, 0, &size);
	if (r < 0)
		return r;
	if (rest.size < size)
		return -EAGAIN;
	*ret_size = (size_t)(rest.at - stream.at) + (size_t)size;
	return 0;
}

static bool is_named(struct slice name, const char *wanted)
{
	if (slice_is_nocase(name, slice_of(wanted)))
		return true;
	for (size_t i = 0; i < COUNT(compacts); i++)
		if (strcmp(compacts[i].name, wanted) == 0)
			return slice_is_nocase(name,
					       slice_of(compacts[i].compact));
	return false;
}

struct slice message_header(const struct message *message, const char *name,
			    size_t index)
{
	for (size_t i = 0; i < message->header_count; i++)
		if (is_named(message->header[i].name, name) && index-- == 0)
			return message->header[i].value;
	return (struct slice){ "", 0 };
}

bool message_lists(const struct message *message, const char *name,
		   const char *word)
{
	for (size_t i = 0; i < message->header_count; i++) {
		struct slice rest = message->header[i].value;

		if (!is_named(message->header[i].name, name))
			continue;
		while (rest.size > 0) {
			struct slice one = slice_cut(rest, ',', &rest);

			if (slice_is_nocase(slice_trim(one), slice_of(word)))
				return true;
		}
	}
	return false;
}

struct slice message_parameter(struct slice value, const char *name)
{
	struct slice rest = value;
	size_t end = slice_find(value, '>');

	if (end < value.size)
		rest = slice_from(value, end + 1);
	(void)slice_cut(rest, ';', &rest);
	while (rest.size > 0) {
		struct slice text;
		struct slice one = slice_cut(rest, ';', &rest);
		struct slice word = slice_trim(slice_cut(one, '=', &text));

		if (slice_is_nocase(word, slice_of(name)))
			return slice_trim(text);
	}
	return (struct slice){ "", 0 };
}

struct slice message_tag(const struct message *message, const char *name)
{
	return message_parameter(message_header(message, name, 0), "tag");
}

struct slice message_uri(struct slice value)
{
	size_t begin = slice_find(value, '<');
	struct slice rest;

	if (begin == value.size)
		return slice_trim(slice_cut(value, ';', &rest));
	return slice_cut(slice_from(value, begin + 1), '>', &rest);
}

int message_cseq(const struct message *message, uint32_t *ret_number,
		 struct slice *ret_method)
{
	struct slice rest;
	struct slice first =
		slice_cut(message_header(message, "CSeq", 0), ' ', &rest);
	uint64_t number;
	int r;

	r = slice_number(first, UINT32_MAX, &number);
	if (r < 0)
		return -EBADMSG;
	*ret_number = (uint32_t)number;
	*ret_method = slice_trim(rest);
	return 0;
}
