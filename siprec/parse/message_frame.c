/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <string.h>

#include "siprec/parse/header.h"
#include "siprec/parse/message_lines.h"

struct slice message_head(struct slice bytes)
{
	size_t size =
		bytes.size < MESSAGE_HEAD_MAX ? bytes.size : MESSAGE_HEAD_MAX;
	const char *end =
		size > 0 ? memmem(bytes.at, size, "\r\n\r\n", 4) : NULL;

	if (!end)
		return (struct slice){ 0 };
	return (struct slice){ bytes.at, (size_t)(end - bytes.at) + 4 };
}

/*
 * A NUL is part of SIP in one place only: escaped in a quoted string
 * (RFC 3261, 25.1, quoted-pair; RFC 4475, 3.1.1.2).
 */
static bool has_forbidden(struct slice line)
{
	bool in_quotes = false;

	for (size_t i = 0; i < line.size; i++) {
		char c = line.at[i];
		char next = i + 1 < line.size ? line.at[i + 1] : '\0';

		if (c == '"') {
			in_quotes = !in_quotes;
		} else if (c == '\\' && in_quotes && i + 1 < line.size &&
			   next != '\r' && next != '\n') {
			i++;
		} else if (c == '\r') {
			if (next != '\n' || i + 2 >= line.size ||
			    (line.at[i + 2] != ' ' && line.at[i + 2] != '\t'))
				return true;
			i += 2;
		} else if (c == '\n' || c == '\0') {
			return true;
		}
	}
	return false;
}

int message_cut_line(struct slice *rest, struct slice *ret_line)
{
	size_t at = 0;

	if (rest->size >= 2 && memcmp(rest->at, "\r\n", 2) == 0)
		return -ENODATA;
	for (;;) {
		const char *end =
			memmem(rest->at + at, rest->size - at, "\r\n", 2);

		/* A head ends in CRLF CRLF, so there is always one more. */
		assert(end);
		at = (size_t)(end - rest->at) + 2;
		if (at >= rest->size ||
		    (rest->at[at] != ' ' && rest->at[at] != '\t'))
			break;
	}
	*ret_line = (struct slice){ rest->at, at - 2 };
	*rest = slice_from(*rest, at);
	return has_forbidden(*ret_line) ? -EBADMSG : 0;
}

int message_cut_name(struct slice line, struct slice *ret_name,
		     struct slice *ret_value)
{
	size_t colon = slice_find(line, ':');
	struct slice name = { line.at, colon };

	if (colon == line.size)
		return -EBADMSG;
	/* HCOLON: blanks before the colon are no part of the name. */
	while (name.size > 0 && (name.at[name.size - 1] == ' ' ||
				 name.at[name.size - 1] == '\t'))
		name.size--;
	if (!header_is_token(name))
		return -EBADMSG;
	*ret_name = name;
	*ret_value = slice_trim(slice_from(line, colon + 1));
	return 0;
}

/* Content-Length of a whole head; a stream must tell it, once. */
static int find_length(struct slice head, uint64_t *ret_length)
{
	struct slice line, name, value;
	bool is_found = false;
	int r;

	while ((r = message_cut_line(&head, &line)) == 0) {
		uint64_t length;

		if (message_cut_name(line, &name, &value) < 0 ||
		    message_header_of(name) != MESSAGE_CONTENT_LENGTH)
			continue;
		r = slice_number(value, MESSAGE_BODY_MAX, &length);
		if (r == -ERANGE)
			return -EFBIG;
		if (r < 0 || is_found)
			return -EBADMSG;
		is_found = true;
		*ret_length = length;
	}
	if (r != -ENODATA)
		return r;
	return is_found ? 0 : -EBADMSG;
}

int message_frame(struct slice bytes, size_t *ret_blank, size_t *ret_size)
{
	struct slice head;
	uint64_t length = 0;
	size_t blank = 0;
	int r;

	while (blank < bytes.size &&
	       (bytes.at[blank] == '\r' || bytes.at[blank] == '\n'))
		blank++;
	*ret_blank = blank;
	bytes = slice_from(bytes, blank);
	head = message_head(bytes);
	if (head.size == 0) {
		if (bytes.size >= MESSAGE_HEAD_MAX)
			return -EFBIG;
		*ret_size = bytes.size + 1;
		return -EAGAIN;
	}
	r = find_length(head, &length);
	if (r < 0)
		return r;
	*ret_size = head.size + (size_t)length;
	return bytes.size < *ret_size ? -EAGAIN : 0;
}
