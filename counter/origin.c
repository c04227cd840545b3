/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/origin.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PORT_MAX = 65535 };

static bool is_host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_';
}

/* A name, an address, or an address of IPv6 in brackets. */
static bool is_host(struct slice host)
{
	bool is_six = host.size > 2 && host.at[0] == '[' &&
		      host.at[host.size - 1] == ']';

	if (host.size == 0 || host.size > 255)
		return false;
	if (is_six)
		host = (struct slice){ host.at + 1, host.size - 2 };
	for (size_t i = 0; i < host.size; i++)
		if (is_six ? !isxdigit((unsigned char)host.at[i]) &&
				     host.at[i] != ':' && host.at[i] != '.'
			   : !is_host_byte(host.at[i]))
			return false;
	return true;
}

/* Where the port begins: at the last colon outside brackets. */
static struct slice cut_port(struct slice authority, bool *ret_has_port,
			     struct slice *ret_port)
{
	for (size_t i = authority.size; i > 0; i--) {
		if (authority.at[i - 1] == ']')
			break;
		if (authority.at[i - 1] != ':')
			continue;
		*ret_has_port = true;
		*ret_port = slice_from(authority, i);
		return (struct slice){ authority.at, i - 1 };
	}
	*ret_has_port = false;
	return authority;
}

static bool is_authority(struct slice authority, const char *default_port)
{
	struct slice port, host;
	uint64_t number;
	bool has_port;

	host = cut_port(authority, &has_port, &port);
	if (!is_host(host))
		return false;
	return !has_port ||
	       (slice_number(port, PORT_MAX, &number) == 0 && number > 0 &&
		port.at[0] != '0' && !slice_is(port, slice_of(default_port)));
}

bool origin_is_one(struct slice text)
{
	if (text.size >= ORIGIN_SIZE)
		return false;
	if (text.size > 8 &&
	    slice_is((struct slice){ text.at, 8 }, SLICE("https://")))
		return is_authority(slice_from(text, 8), "443");
	if (text.size > 7 &&
	    slice_is((struct slice){ text.at, 7 }, SLICE("http://")))
		return is_authority(slice_from(text, 7), "80");
	return false;
}

int origin_of_host(bool secure, struct slice host, char out[ORIGIN_SIZE])
{
	struct slice port, name;
	bool has_port;
	int size;

	out[0] = '\0';
	if (host.size == 0 || host.size > 262)
		return -EINVAL;
	name = cut_port(host, &has_port, &port);
	if (has_port && slice_is(port, secure ? SLICE("443") : SLICE("80")))
		host = name;
	size = snprintf(out, ORIGIN_SIZE, "%s://%.*s",
			secure ? "https" : "http", (int)host.size, host.at);
	for (char *at = out; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (size < 0 || size >= ORIGIN_SIZE || !origin_is_one(slice_of(out))) {
		out[0] = '\0';
		return -EINVAL;
	}
	return 0;
}
