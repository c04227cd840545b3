/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/kinds.h"

#include <arpa/inet.h>
#include <limits.h>
#include <unistd.h>

#include "base/clock.h"
#include "house/sockets.h"

enum { FINGERPRINT_SIZE = 32, ADDRESS_SIZE = INET6_ADDRSTRLEN };

static const struct {
	const char *name, *must_be;
} kinds[CONFIG_KINDS] = {
	[CONFIG_TEXT] = { "text", "a text" },
	[CONFIG_NUMBER] = { "number", "a whole number" },
	[CONFIG_BOOL] = { "yes or no", "true or false" },
	[CONFIG_FILE] = { "file", "a file name" },
	[CONFIG_LISTENER] = { "address and port",
			      "an address and a port such as 192.0.2.10:5060 "
			      "or [2001:db8::1]:5060" },
	[CONFIG_ADDRESS] = { "address", "an IP address" },
	[CONFIG_NETWORKS] = { "addresses",
			      "an address, a network such as 192.0.2.0/24, or "
			      "several with commas" },
	[CONFIG_CERTIFICATE] = { "certificate",
				 "sha256: and 64 hexadecimal digits, or a "
				 "name in the certificate" },
	[CONFIG_ZONE] = { "time zone", "a time zone of this system such as "
				       "Europe/Helsinki" },
	[CONFIG_TOKEN] = { "secret", "a secret of 32 characters or more" },
};

static bool is_address(struct slice value, uint64_t *ret_bits)
{
	char text[ADDRESS_SIZE];
	struct in6_addr any;

	if (slice_text(value, text, sizeof(text)) < 0)
		return false;
	*ret_bits = inet_pton(AF_INET, text, &any) == 1 ? 32 : 128;
	return *ret_bits == 32 || inet_pton(AF_INET6, text, &any) == 1;
}

static bool is_listener(struct slice value)
{
	char text[SOCKETS_ADDRESS_SIZE];
	struct sockaddr_storage address;
	socklen_t size;

	return slice_text(value, text, sizeof(text)) == 0 &&
	       sockets_address(text, &address, &size) == 0;
}

static bool are_networks(struct slice list)
{
	bool any = false;

	while (list.size > 0) {
		struct slice bits_text,
			one = slice_trim(slice_cut(list, ',', &list));
		bool has_bits = slice_find(one, '/') < one.size;
		uint64_t most, bits;

		if (one.size == 0)
			continue;
		if (!is_address(slice_cut(one, '/', &bits_text), &most) ||
		    (has_bits && slice_number(bits_text, most, &bits) < 0))
			return false;
		any = true;
	}
	return any;
}

/* As siprec/client.c reads it. */
static bool is_certificate(struct slice value)
{
	uint8_t fingerprint[FINGERPRINT_SIZE];

	if (!slice_starts_nocase(value, SLICE("sha256:")))
		return value.size > 0 && slice_find(value, ':') == value.size;
	return hex_read(slice_from(value, 7), fingerprint,
			sizeof(fingerprint)) == 0;
}

static bool is_zone(struct slice value)
{
	char name[SOCKETS_ADDRESS_SIZE], path[PATH_MAX];

	return slice_text(value, name, sizeof(name)) == 0 &&
	       clock_zone_path(name, path, sizeof(path)) == 0 &&
	       access(path, R_OK) == 0;
}

bool kind_fits(enum config_kind kind, struct slice value)
{
	uint64_t number;

	switch (kind) {
	case CONFIG_NUMBER:
		return slice_number(value, INT64_MAX, &number) == 0;
	case CONFIG_BOOL:
		return slice_is(value, SLICE("true")) ||
		       slice_is(value, SLICE("false")) ||
		       slice_is(value, SLICE("yes")) ||
		       slice_is(value, SLICE("no"));
	case CONFIG_LISTENER:
		return is_listener(value);
	case CONFIG_ADDRESS:
		return is_address(value, &number);
	case CONFIG_NETWORKS:
		return are_networks(value);
	case CONFIG_CERTIFICATE:
		return is_certificate(value);
	case CONFIG_ZONE:
		return is_zone(value);
	case CONFIG_TOKEN:
		return value.size >= KINDS_TOKEN_MIN;
	case CONFIG_TEXT:
	case CONFIG_FILE:
	case CONFIG_KINDS:
		break;
	}
	return value.size > 0;
}

const char *kind_must_be(enum config_kind kind)
{
	return kinds[kind].must_be;
}

const char *kind_name(enum config_kind kind)
{
	return kinds[kind].name;
}
