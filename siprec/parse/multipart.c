/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/multipart.h"

#include <errno.h>
#include <string.h>

#include "siprec/parse/header.h"

enum { BOUNDARY_MAX = 200, NESTING_MAX = 2 };

/* The next line without its end, which may be CRLF, LF or nothing. */
static struct slice next_line(struct slice *rest)
{
	struct slice line = slice_cut(*rest, '\n', rest);

	if (line.size > 0 && line.at[line.size - 1] == '\r')
		line.size--;
	return line;
}

static struct slice trim_end(struct slice line)
{
	while (line.size > 0 && (line.at[line.size - 1] == ' ' ||
				 line.at[line.size - 1] == '\t'))
		line.size--;
	return line;
}

enum delimiter { NO_DELIMITER, DELIMITER, CLOSE_DELIMITER };

static enum delimiter is_delimiter(struct slice line, struct slice boundary)
{
	line = trim_end(line);
	if (line.size < boundary.size + 2 || line.at[0] != '-' ||
	    line.at[1] != '-' ||
	    memcmp(line.at + 2, boundary.at, boundary.size) != 0)
		return NO_DELIMITER;
	line = slice_from(line, boundary.size + 2);
	if (line.size == 0)
		return DELIMITER;
	return slice_is(line, SLICE("--")) ? CLOSE_DELIMITER : NO_DELIMITER;
}

static enum multipart_kind kind_of(struct slice type, struct slice content)
{
	static const struct {
		struct slice type;
		enum multipart_kind kind;
	} known[] = {
		{ { "application/sdp", 15 }, MULTIPART_SDP },
		{ { "application/rs-metadata+xml", 27 }, MULTIPART_METADATA },
		{ { "application/rs-metadata", 23 }, MULTIPART_METADATA },
		{ { "application/rs-metadata-request", 31 },
		  MULTIPART_METADATA_REQUEST },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (slice_is_nocase(type, known[i].type))
			return known[i].kind;
	if (type.size > 0)
		return MULTIPART_OTHER;
	content = slice_trim(content);
	if (slice_starts_nocase(content, SLICE("v=0")))
		return MULTIPART_SDP;
	if (slice_starts_nocase(content, SLICE("<?xml")) ||
	    slice_starts_nocase(content, SLICE("<recording")))
		return MULTIPART_METADATA;
	return MULTIPART_OTHER;
}

static bool is_optional(struct slice disposition)
{
	struct slice handling;

	return header_param(header_params(disposition), SLICE("handling"),
			    &handling) == 0 &&
	       slice_is_nocase(handling, SLICE("optional"));
}

static void add_part(struct multipart *parts, struct slice type,
		     struct slice disposition, struct slice content)
{
	struct multipart_part *part;

	if (parts->count == MULTIPART_PARTS_MAX) {
		parts->dropped++;
		return;
	}
	part = &parts->parts[parts->count++];
	part->type = header_bare(type);
	part->content = content;
	part->kind = kind_of(part->type, content);
	part->is_required = !is_optional(disposition);
}

static int read_multipart(struct slice content_type, struct slice body,
			  int depth, struct multipart *parts);

static bool is_multipart(struct slice type)
{
	return slice_starts_nocase(type, SLICE("multipart/"));
}

static bool looks_like_header(struct slice line)
{
	size_t colon = slice_find(line, ':');

	return colon < line.size &&
	       header_is_token(trim_end((struct slice){ line.at, colon }));
}

/* One part: its headers, a blank line, its content. */
static void read_part(struct slice part, int depth, struct multipart *parts)
{
	struct slice rest = part, line, type = { 0 }, disposition = { 0 };

	for (int i = 0; i < MULTIPART_LINES_MAX && rest.size > 0; i++) {
		struct slice before = rest, value;

		line = next_line(&rest);
		if (trim_end(line).size == 0)
			break;
		/* Some leave out the blank line when there is no header. */
		if (!looks_like_header(line) && line.at[0] != ' ' &&
		    line.at[0] != '\t') {
			rest = before;
			break;
		}
		line = slice_cut(line, ':', &value);
		line = trim_end(line);
		if (slice_is_nocase(line, SLICE("Content-Type")) ||
		    slice_is_nocase(line, SLICE("c")))
			type = slice_trim(value);
		else if (slice_is_nocase(line, SLICE("Content-Disposition")))
			disposition = slice_trim(value);
	}
	if (is_multipart(type) && depth < NESTING_MAX &&
	    read_multipart(type, rest, depth + 1, parts) == 0)
		return;
	add_part(parts, type, disposition, rest);
}

/* "boundary=x", "; boundary = x", quoted or not. */
static struct slice find_boundary(struct slice content_type, struct slice body)
{
	struct slice boundary = { 0 }, line;

	if (header_param(header_params(content_type), SLICE("boundary"),
			 &boundary) == 0 &&
	    boundary.size > 0 && boundary.size <= BOUNDARY_MAX)
		return boundary;
	/* Lost on the way: the first line that looks like one names it. */
	while (body.size > 0) {
		line = trim_end(next_line(&body));
		if (line.size > 2 && line.size <= BOUNDARY_MAX &&
		    line.at[0] == '-' && line.at[1] == '-')
			return slice_from(line, 2);
		if (line.size > 0)
			break;
	}
	return (struct slice){ 0 };
}

/* The bytes from "from" up to the line break before "to". */
static struct slice between(const char *from, const char *to)
{
	struct slice part = { from, (size_t)(to - from) };

	if (part.size > 0 && part.at[part.size - 1] == '\n')
		part.size--;
	if (part.size > 0 && part.at[part.size - 1] == '\r')
		part.size--;
	return part;
}

static int read_multipart(struct slice content_type, struct slice body,
			  int depth, struct multipart *parts)
{
	struct slice boundary = find_boundary(content_type, body);
	struct slice rest = body, line;
	const char *from = NULL;
	enum delimiter delimiter = NO_DELIMITER;
	uint32_t before = parts->count + parts->dropped;

	if (boundary.size == 0)
		return -EBADMSG;
	while (rest.size > 0 && delimiter != CLOSE_DELIMITER) {
		const char *at = rest.at;

		line = next_line(&rest);
		delimiter = is_delimiter(line, boundary);
		if (delimiter == NO_DELIMITER)
			continue;
		if (from)
			read_part(between(from, at), depth, parts);
		from = delimiter == DELIMITER ? rest.at : NULL;
	}
	if (from) {
		struct slice last = { from,
				      (size_t)(body.at + body.size - from) };

		parts->is_unclosed = true;
		if (last.size > 0)
			read_part(last, depth, parts);
	}
	return parts->count + parts->dropped > before ? 0 : -EBADMSG;
}

int multipart_parse(struct slice content_type, struct slice body,
		    struct multipart *ret_parts)
{
	struct multipart parts = { 0 };
	int r;

	content_type = slice_trim(content_type);
	if (body.size > 0 && is_multipart(content_type)) {
		r = read_multipart(content_type, body, 1, &parts);
		if (r < 0)
			return r;
	} else if (body.size > 0) {
		add_part(&parts, content_type, (struct slice){ 0 }, body);
	}
	*ret_parts = parts;
	return 0;
}

struct slice multipart_find(const struct multipart *parts,
			    enum multipart_kind kind)
{
	for (uint32_t i = 0; i < parts->count; i++)
		if (parts->parts[i].kind == kind)
			return parts->parts[i].content;
	return (struct slice){ 0 };
}
