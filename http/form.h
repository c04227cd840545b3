/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file form.h
 * Names and values of a query or a form (WHATWG URL, section 5:
 * application/x-www-form-urlencoded), and cookies (RFC 6265).
 *
 * Pure. A name that stands twice counts once, the first. Values that are
 * not UTF-8, hold a NUL or are longer than asked for are refused.
 */
#ifndef TALLENNE_HTTP_FORM_H
#define TALLENNE_HTTP_FORM_H

#include "base/bytes.h"

enum {
	FORM_FIELDS_MAX = 32, /**< more are refused by form_check() */
};

/** Whether there are not too many fields; 0 or -E2BIG. */
MUST int form_check(struct slice form);

/**
 * The decoded value of a field.
 *
 * @param form  after "?" or a form's body
 * @param name  of the field, ASCII letters
 * @param out   filled with a C string; empty on every error
 * @return 0, -ENOENT if there is none, -ENAMETOOLONG, or -EINVAL
 */
MUST int form_value(struct slice form, const char *name, char *out,
		    size_t size);

/** The value of a cookie, undecoded; empty if there is none. */
struct slice form_cookie(struct slice header, const char *name);

/**
 * Whether a text may be the target of a redirect: a path of this server
 * and nothing else, so that no form can send anybody elsewhere.
 */
bool form_is_local(const char *target);

#endif
