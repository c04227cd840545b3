/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file uri.h
 * SIP, SIPS and TEL addresses, alone or as name-addr, as vendors send
 * them.
 *
 * Tolerant: a missing "sip:", a bare number, a tag inside the angle
 * brackets and a host without a user are all understood. Whether an
 * address may be a Request-URI is message.h's business.
 */
#ifndef TALLENNE_SIPREC_URI_H
#define TALLENNE_SIPREC_URI_H

#include "base/bytes.h"

enum { URI_USER_SIZE = 128, URI_HOST_SIZE = 128 };

enum uri_scheme {
	URI_BARE, /**< no scheme was written */
	URI_SIP,
	URI_SIPS,
	URI_TEL,
	URI_OTHER, /**< only "rest" is set */
};

struct uri {
	uint32_t scheme;
	uint16_t port;	      /**< 0: none */
	struct slice user;    /**< still escaped; the number of tel: */
	struct slice host;    /**< without the brackets of IPv6 */
	struct slice params;  /**< from the first ';' on, or empty */
	struct slice headers; /**< after '?', or empty */
	struct slice rest;    /**< of another scheme: after its colon */
};

struct name_addr {
	struct slice display; /**< without quotes, escapes still in it */
	struct slice text;    /**< the address as written */
	struct uri uri;
	struct slice params; /**< after the address, from its ';' on */
};

/** Read an address; 0 or -EINVAL. */
MUST int uri_parse(struct slice text, struct uri *ret_uri);

/**
 * Read a name-addr or addr-spec with header parameters.
 *
 * Without angle brackets the parameters are the header's (RFC 3261, 20).
 *
 * @return 0 or -EINVAL
 */
MUST int name_addr_parse(struct slice value, struct name_addr *ret_address);

/** A parameter after the address or, failing that, inside the brackets. */
MUST int name_addr_param(const struct name_addr *address, struct slice name,
			 struct slice *ret_value);

/**
 * The user part as people mean it: unescaped, without password and
 * without parameters such as ";phone-context=...".
 *
 * @return 0, -ENOENT if there is none, -EINVAL (bad escape, control
 *         character) or -ENAMETOOLONG
 */
MUST int uri_user(const struct uri *uri, char *out, size_t size);

/** Whether the host is that of an anonymous address (RFC 3323). */
bool uri_is_anonymous_host(const struct uri *uri);

#endif
