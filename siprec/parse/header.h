/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file header.h
 * What stands inside a header's value: lists, parameters, quoted strings.
 *
 * Pure functions over slices. A value may be folded, so CR and LF count as
 * blanks here; message.h has made sure that they are nothing else.
 */
#ifndef TALLENNE_SIPREC_HEADER_H
#define TALLENNE_SIPREC_HEADER_H

#include "base/bytes.h"

/** Parameters that one value may have. */
enum { HEADER_PARAMS_MAX = 64 };

/**
 * Take the next element of a comma-separated list.
 *
 * Commas inside quoted strings and angle brackets do not separate.
 *
 * @param[in,out] list  what is left of the list
 * @return the element, trimmed; size 0 at the end (empty elements are
 *         passed over)
 */
struct slice header_next(struct slice *list);

/**
 * The parameters that follow a value: everything from its first ';' that
 * is neither quoted nor in angle brackets, that ';' included.
 */
struct slice header_params(struct slice value);

/** The value without the parameters that follow it, trimmed. */
struct slice header_bare(struct slice value);

/**
 * Find a parameter by name, ASCII case aside.
 *
 * @param params  as header_params() gives them
 * @param[out] ret_value  its value without quotes (escapes still in it);
 *                        empty if it has none
 * @return 0, -ENOENT, or -EINVAL: it occurs twice, or there are more
 *         parameters than anybody needs
 */
MUST int header_param(struct slice params, struct slice name,
		      struct slice *ret_value);

/** Take the next parameter; false at the end. */
bool header_next_param(struct slice *params, struct slice *ret_name,
		       struct slice *ret_value);

/** Whether a comma-separated list has this token, ASCII case aside. */
bool header_has_token(struct slice list, struct slice token);

/** Whether it is a token (RFC 3261, 25.1) of at least one byte. */
bool header_is_token(struct slice text);

#endif
