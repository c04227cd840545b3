/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/message.h"

#include <errno.h>
#include <string.h>

#include "siprec/parse/header.h"
#include "siprec/parse/message_lines.h"
#include "siprec/parse/uri.h"

enum {
	STATUS_BAD_REQUEST = 400,
	STATUS_UNSUPPORTED_SCHEME = 416,
	STATUS_VERSION = 505,
	STATUS_TOO_LARGE = 513,
	MAX_FORWARDS_MAX = 255,
};

/* Headers that may occur once; twice could be read in two ways. */
static const uint8_t once[] = {
	MESSAGE_CALL_ID,
	MESSAGE_CONTENT_DISPOSITION,
	MESSAGE_CONTENT_LENGTH,
	MESSAGE_CONTENT_TYPE,
	MESSAGE_CSEQ,
	MESSAGE_DATE,
	MESSAGE_EVENT,
	MESSAGE_EXPIRES,
	MESSAGE_FROM,
	MESSAGE_MAX_FORWARDS,
	MESSAGE_MIN_SE,
	MESSAGE_REFER_TO,
	MESSAGE_REPLACES,
	MESSAGE_SESSION_EXPIRES,
	MESSAGE_TO,
};

/* The first fault found is the one that is told. */
static void refuse(struct message *message, uint16_t status, const char *why)
{
	if (message->refuse != 0)
		return;
	message->refuse = status;
	message->why = why;
}

static void refuse_bad(struct message *message, const char *why)
{
	refuse(message, STATUS_BAD_REQUEST, why);
}

static bool is_version_2(struct slice text)
{
	return slice_is_nocase(text, SLICE("SIP/2.0"));
}

static int read_status_line(struct slice line, struct message *message)
{
	struct slice rest, code;
	uint64_t status;

	if (!is_version_2(slice_cut(line, ' ', &rest)))
		return -EBADMSG;
	code = slice_cut(rest, ' ', &message->reason);
	if (code.size != 3 || slice_number(code, 699, &status) < 0 ||
	    status < 100)
		return -EBADMSG;
	message->status = (uint16_t)status;
	return 0;
}

static void check_request_uri(struct message *message)
{
	static const char forbidden[] = "<>\"\\ \t`{}|^";
	struct slice uri = message->uri, scheme, rest;
	struct uri parsed;

	for (size_t i = 0; i < uri.size; i++) {
		unsigned char c = (unsigned char)uri.at[i];

		if (c <= ' ' || c == 0x7f ||
		    memchr(forbidden, c, sizeof(forbidden) - 1)) {
			refuse_bad(message, "Bad Request-URI");
			return;
		}
	}
	scheme = slice_cut(uri, ':', &rest);
	if (!header_is_token(scheme) || rest.size == 0) {
		refuse_bad(message, "Bad Request-URI");
	} else if (!slice_is_nocase(scheme, SLICE("sip")) &&
		   !slice_is_nocase(scheme, SLICE("sips")) &&
		   !slice_is_nocase(scheme, SLICE("tel"))) {
		refuse(message, STATUS_UNSUPPORTED_SCHEME,
		       "Unsupported URI Scheme");
	} else if (uri_parse(uri, &parsed) < 0 || parsed.headers.size > 0) {
		/* 19.1.1: a Request-URI has no headers in it. */
		refuse_bad(message, "Bad Request-URI");
	}
}

static int read_request_line(struct slice line, struct message *message)
{
	size_t first = slice_find(line, ' '), last = line.size;
	struct slice version;

	message->is_request = true;
	message->method_text = (struct slice){ line.at, first };
	if (first == line.size || !header_is_token(message->method_text))
		return -EBADMSG;
	message->method = message_method_of(message->method_text);
	/* Exactly two blanks; one more makes the URI or version doubtful. */
	while (last > first && line.at[last - 1] != ' ')
		last--;
	version = slice_from(line, last);
	if (last <= first + 1) {
		refuse_bad(message, "Bad Request Line");
		return slice_starts_nocase(version, SLICE("SIP/")) ? 0
								   : -EBADMSG;
	}
	message->uri = (struct slice){ line.at + first + 1, last - first - 2 };
	if (version.size == 0) {
		refuse_bad(message, "Bad Request Line");
	} else if (!is_version_2(version)) {
		if (!slice_starts_nocase(version, SLICE("SIP/")))
			return -EBADMSG;
		refuse(message, STATUS_VERSION, "Version Not Supported");
	}
	check_request_uri(message);
	return 0;
}

static int read_start_line(struct slice *rest, struct message *message)
{
	struct slice line;
	int r = message_cut_line(rest, &line);

	if (r < 0 || slice_find(line, '\r') < line.size)
		return -EBADMSG;
	if (slice_starts_nocase(line, SLICE("SIP/")))
		return read_status_line(line, message);
	return read_request_line(line, message);
}

static void read_lines(struct slice rest, struct message *message)
{
	struct slice line;
	int r;

	while ((r = message_cut_line(&rest, &line)) != -ENODATA) {
		struct message_line *to;

		if (message->line_count == MESSAGE_LINES_MAX) {
			refuse(message, STATUS_TOO_LARGE, "Too Many Headers");
			return;
		}
		to = &message->lines[message->line_count];
		if (r < 0) {
			refuse_bad(message, "Bad Line End");
			continue;
		}
		if (message_cut_name(line, &to->name, &to->value) < 0) {
			refuse_bad(message, "Bad Header");
			continue;
		}
		to->header = message_header_of(to->name);
		message->line_count++;
	}
}

static int read_via(struct slice value, struct message_via *via)
{
	struct slice protocol, rest, port, port_value;
	size_t blank = 0;
	struct uri host;
	int r;

	protocol = header_bare(value);
	/* "SIP / 2.0 / UDP host": blanks may stand around the slashes. */
	rest = protocol;
	if (!slice_is_nocase(slice_trim(slice_cut(rest, '/', &rest)),
			     SLICE("SIP")) ||
	    !slice_is(slice_trim(slice_cut(rest, '/', &rest)), SLICE("2.0")))
		return -EBADMSG;
	rest = slice_trim(rest);
	while (blank < rest.size && !memchr(" \t\r\n", rest.at[blank], 4))
		blank++;
	via->transport = (struct slice){ rest.at, blank };
	rest = slice_trim(slice_from(rest, blank));
	if (!header_is_token(via->transport) || rest.size == 0)
		return -EBADMSG;
	port = slice_from(rest, rest.at[0] == '[' ? slice_find(rest, ']') : 0);
	port = slice_from(port, slice_find(port, ':'));
	rest.size -= port.size;
	via->host = slice_trim(rest);
	port_value = slice_trim(slice_from(port, 1));
	if (uri_parse(via->host, &host) < 0 || host.user.size > 0)
		return -EBADMSG;
	if (port.size > 0) {
		uint64_t number;

		if (slice_number(port_value, 65535, &number) < 0)
			return -EBADMSG;
		via->port = (uint16_t)number;
	}
	r = header_param(header_params(value), SLICE("branch"), &via->branch);
	if (r == -EINVAL)
		return -EBADMSG;
	r = header_param(header_params(value), SLICE("rport"), &port_value);
	if (r == -EINVAL)
		return -EBADMSG;
	via->has_rport = r == 0;
	return 0;
}

/* Every hop costs a scan; honest requests have few. */
enum { VIAS_MAX = MESSAGE_LINES_MAX / 2 };

static int check_vias(struct message *message)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < message->line_count; i++) {
		struct slice list = message->lines[i].value, value;

		if (message->lines[i].header != MESSAGE_VIA)
			continue;
		while ((value = header_next(&list)).size > 0) {
			struct message_via via = { 0 };

			if (read_via(value, &via) < 0)
				refuse_bad(message, "Bad Via");
			else if (count == 0)
				message->via = via;
			if (++count > VIAS_MAX) {
				refuse(message, STATUS_TOO_LARGE,
				       "Too Many Via");
				return 0;
			}
		}
	}
	return count == 0 ? -EBADMSG : 0;
}

static void check_cseq(struct message *message)
{
	struct slice value = message_line(message, MESSAGE_CSEQ, 0), method;
	size_t blank = 0;
	uint64_t number;

	while (blank < value.size && !memchr(" \t\r\n", value.at[blank], 4))
		blank++;
	method = slice_trim(slice_from(value, blank));
	if (slice_number((struct slice){ value.at, blank }, MESSAGE_CSEQ_MAX,
			 &number) < 0 ||
	    !header_is_token(method)) {
		refuse_bad(message, "Bad CSeq");
		return;
	}
	message->cseq = (uint32_t)number;
	if (!message->is_request)
		message->method = message_method_of(method);
	else if (!slice_is(method, message->method_text))
		refuse_bad(message, "CSeq Method Mismatch");
}

static void check_call_id(struct message *message)
{
	message->call_id = message_line(message, MESSAGE_CALL_ID, 0);
	for (size_t i = 0; i < message->call_id.size; i++)
		if ((unsigned char)message->call_id.at[i] <= ' ')
			refuse_bad(message, "Bad Call-ID");
	if (message->call_id.size == 0)
		refuse_bad(message, "Missing Call-ID");
}

static void check_party(struct message *message, enum message_header header,
			struct slice *ret_tag)
{
	struct slice value = message_line(message, header, 0);
	struct name_addr address;
	int r;

	if (value.size == 0) {
		refuse_bad(message, header == MESSAGE_TO ? "Missing To"
							 : "Missing From");
		return;
	}
	if (name_addr_parse(value, &address) < 0) {
		refuse_bad(message,
			   header == MESSAGE_TO ? "Bad To" : "Bad From");
		return;
	}
	r = name_addr_param(&address, SLICE("tag"), ret_tag);
	if (r == -EINVAL || (r == 0 && !header_is_token(*ret_tag)))
		refuse_bad(message, "Bad Tag");
}

/*
 * An address with headers must stand in angle brackets, or nobody can
 * tell whose the parameters are (RFC 3261, 20; RFC 4475, 3.1.2.7).
 */
/* A registrar's answer may have several; a dialog has one. */
enum { CONTACTS_MAX = 64 };

static bool is_contact(struct slice value)
{
	struct name_addr address;

	if (slice_is(value, SLICE("*")))
		return true;
	return name_addr_parse(value, &address) == 0 &&
	       (address.uri.headers.size == 0 ||
		slice_find(value, '<') < value.size);
}

static void check_contacts(struct message *message)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < message->line_count; i++) {
		struct slice list = message->lines[i].value, value;

		if (message->lines[i].header != MESSAGE_CONTACT)
			continue;
		while ((value = header_next(&list)).size > 0)
			if (!is_contact(value) || ++count > CONTACTS_MAX) {
				refuse_bad(message, "Bad Contact");
				return;
			}
	}
}

static void check_numbers(struct message *message)
{
	struct slice value = message_line(message, MESSAGE_MAX_FORWARDS, 0);
	uint64_t number;

	if (value.size > 0 &&
	    slice_number(value, MAX_FORWARDS_MAX, &number) < 0)
		refuse_bad(message, "Bad Max-Forwards");
	for (size_t i = 0; i < sizeof(once); i++)
		if (message_count(message, once[i]) > 1)
			refuse_bad(message, "Header Occurs Twice");
}

static void cut_body(struct message *message)
{
	struct slice value = message_line(message, MESSAGE_CONTENT_LENGTH, 0);
	struct slice body = slice_from(message->bytes, message->head.size);
	uint64_t length;
	int r;

	if (message_count(message, MESSAGE_CONTENT_LENGTH) > 0) {
		r = slice_number(value, MESSAGE_BODY_MAX, &length);
		if (r == -ERANGE) {
			refuse(message, STATUS_TOO_LARGE, "Too Large");
			return;
		}
		if (r < 0 || length > body.size) {
			refuse_bad(message, "Bad Content-Length");
			return;
		}
		body.size = (size_t)length;
	} else if (body.size > MESSAGE_BODY_MAX) {
		refuse(message, STATUS_TOO_LARGE, "Too Large");
		return;
	}
	message->body = body;
	message->bytes.size = message->head.size + body.size;
}

int message_parse(struct slice bytes, struct message *ret_message)
{
	struct message *message = ret_message;
	struct slice rest;
	int r;

	*message = (struct message){ .bytes = bytes };
	message->head = message_head(bytes);
	if (message->head.size == 0)
		return -EBADMSG;
	rest = message->head;
	r = read_start_line(&rest, message);
	if (r < 0)
		return r;
	read_lines(rest, message);
	check_numbers(message);
	r = check_vias(message);
	if (r < 0)
		return r;
	check_call_id(message);
	check_cseq(message);
	check_party(message, MESSAGE_FROM, &message->from_tag);
	check_party(message, MESSAGE_TO, &message->to_tag);
	check_contacts(message);
	cut_body(message);
	return 0;
}
