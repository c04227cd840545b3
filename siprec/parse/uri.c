/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/uri.h"

#include <errno.h>
#include <string.h>

#include "siprec/parse/header.h"

static bool has_blank_or_control(struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c <= ' ' || c == 0x7f || c == '<' || c == '>')
			return true;
	}
	return false;
}

/* "host:port" or "[v6]:port". */
static int read_host_port(struct slice text, struct uri *uri)
{
	struct slice port = { 0 };
	uint64_t number;

	if (text.size > 0 && text.at[0] == '[') {
		size_t end = slice_find(text, ']');

		if (end == text.size)
			return -EINVAL;
		uri->host = (struct slice){ text.at + 1, end - 1 };
		text = slice_from(text, end + 1);
		if (text.size > 0 && text.at[0] != ':')
			return -EINVAL;
		if (text.size > 1)
			port = slice_from(text, 1);
	} else {
		uri->host = slice_cut(text, ':', &port);
	}
	if (port.size > 0) {
		if (slice_number(port, 65535, &number) < 0)
			return -EINVAL;
		uri->port = (uint16_t)number;
	}
	return 0;
}

/*
 * The '@' that ends the user part. Cisco and others write parameters with
 * ';' into the user part, so the '@' is looked for first; a '?' before it
 * would be part of the user too (RFC 3261 allows both unescaped there).
 */
static size_t find_at(struct slice text)
{
	size_t at = text.size;

	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] == '@')
			at = i;
	return at;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A bare "029 555 0100" or "1234" is a user, a bare "example.com" a host. */
static bool looks_like_number(struct slice text)
{
	bool has_digit = false;

	for (size_t i = 0; i < text.size && text.at[i] != ';'; i++) {
		if (is_digit(text.at[i]))
			has_digit = true;
		else if (!memchr("+-.()*# ", text.at[i], 8))
			return false;
	}
	/* 192.0.2.1 is a host, not a number with three separators. */
	if (has_digit) {
		size_t dots = 0;

		for (size_t i = 0; i < text.size; i++)
			dots += text.at[i] == '.';
		return dots != 3;
	}
	return false;
}

static int read_sip(struct slice text, struct uri *uri)
{
	size_t at = find_at(text);
	struct slice host = text;

	/* BroadWorks: "sip:0295550151", a number without a host. */
	if (at == text.size && looks_like_number(text)) {
		uri->user = slice_cut(text, ';', &host);
		uri->params = slice_from(text, uri->user.size);
		return 0;
	}
	if (at < text.size) {
		struct slice password;

		uri->user = slice_cut((struct slice){ text.at, at }, ':',
				      &password);
		host = slice_from(text, at + 1);
	}
	host = slice_cut(host, '?', &uri->headers);
	uri->params = slice_from(host, slice_find(host, ';'));
	host.size -= uri->params.size;
	return read_host_port(host, uri);
}

int uri_parse(struct slice text, struct uri *ret_uri)
{
	static const struct {
		struct slice start;
		enum uri_scheme scheme;
	} schemes[] = {
		{ { "sip:", 4 }, URI_SIP },
		{ { "sips:", 5 }, URI_SIPS },
		{ { "tel:", 4 }, URI_TEL },
	};
	struct uri uri = { .scheme = URI_BARE };
	struct slice rest;
	int r = 0;

	text = slice_trim(text);
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (!slice_starts_nocase(text, schemes[i].start))
			continue;
		uri.scheme = schemes[i].scheme;
		text = slice_from(text, schemes[i].start.size);
		break;
	}
	if (text.size == 0)
		return -EINVAL;
	if (uri.scheme == URI_TEL ||
	    (uri.scheme == URI_BARE && looks_like_number(text))) {
		uri.user = slice_trim(slice_cut(text, ';', &rest));
		uri.params = slice_from(text, slice_find(text, ';'));
		if (uri.user.size == 0)
			return -EINVAL;
	} else if (has_blank_or_control(text)) {
		return -EINVAL;
	} else if (uri.scheme == URI_BARE && find_at(text) == text.size &&
		   slice_find(text, ':') < text.size) {
		/* No '@', so "name:..." is another scheme, or host:port. */
		(void)slice_cut(text, ':', &uri.rest);
		if (read_host_port(text, &uri) < 0)
			uri.scheme = URI_OTHER;
		else
			uri.rest = (struct slice){ 0 };
	} else {
		r = read_sip(text, &uri);
		if (uri.user.size == 0 && uri.host.size == 0)
			r = -EINVAL;
	}
	if (r < 0)
		return r;
	*ret_uri = uri;
	return 0;
}

static bool has_scheme(struct slice text)
{
	return slice_starts_nocase(text, SLICE("sip:")) ||
	       slice_starts_nocase(text, SLICE("sips:")) ||
	       slice_starts_nocase(text, SLICE("tel:"));
}

int name_addr_parse(struct slice value, struct name_addr *ret_address)
{
	struct name_addr address = { 0 };
	size_t open = 0;
	int r;

	value = slice_trim(value);
	if (value.size > 0 && value.at[0] == '"') {
		size_t end = 1;

		while (end < value.size && value.at[end] != '"')
			end += value.at[end] == '\\' ? 2 : 1;
		if (end >= value.size)
			return -EINVAL;
		address.display = (struct slice){ value.at + 1, end - 1 };
		value = slice_from(value, end + 1);
		open = slice_find(value, '<');
		if (slice_trim((struct slice){ value.at, open }).size > 0)
			return -EINVAL;
	} else {
		/* What begins with a scheme is no name; '<' is a fault. */
		open = has_scheme(value) ? value.size : slice_find(value, '<');
		if (open < value.size)
			address.display =
				slice_trim((struct slice){ value.at, open });
	}
	if (open < value.size) {
		size_t close;

		value = slice_from(value, open + 1);
		close = slice_find(value, '>');
		if (close == value.size)
			return -EINVAL;
		address.text = slice_trim((struct slice){ value.at, close });
		value = slice_trim(slice_from(value, close + 1));
		if (value.size > 0 && value.at[0] != ';')
			return -EINVAL;
		address.params = value;
	} else {
		/* addr-spec: what follows the first ';' is the header's. */
		address.text = header_bare(value);
		address.params = header_params(value);
	}
	r = uri_parse(address.text, &address.uri);
	if (r < 0)
		return r;
	*ret_address = address;
	return 0;
}

int name_addr_param(const struct name_addr *address, struct slice name,
		    struct slice *ret_value)
{
	int r = header_param(address->params, name, ret_value);

	if (r == -ENOENT)
		r = header_param(address->uri.params, name, ret_value);
	return r;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int uri_user(const struct uri *uri, char *out, size_t size)
{
	struct slice user = uri->user, params;
	size_t used = 0;

	assert(size > 0);
	out[0] = '\0';
	user = slice_cut(user, ';', &params);
	if (user.size == 0)
		return -ENOENT;
	for (size_t i = 0; i < user.size; i++) {
		unsigned char c = (unsigned char)user.at[i];

		if (c == '%') {
			bool is_whole = i + 2 < user.size;
			int high = is_whole ? hex_digit(user.at[i + 1]) : -1;
			int low = is_whole ? hex_digit(user.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				goto bad;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < ' ' || c == 0x7f)
			goto bad;
		if (used + 1 >= size) {
			out[0] = '\0';
			return -ENAMETOOLONG;
		}
		out[used++] = (char)c;
	}
	out[used] = '\0';
	return 0;
bad:
	out[0] = '\0';
	return -EINVAL;
}

bool uri_is_anonymous_host(const struct uri *uri)
{
	return slice_is_nocase(uri->host, SLICE("anonymous.invalid"));
}
