/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file body.h
 * Bodies of requests: SDP and metadata in one multipart, as each dialect
 * puts them together (RFC 2046, RFC 7866 section 9.1).
 */
#ifndef TALLENNE_CLI_CALL_BODY_H
#define TALLENNE_CLI_CALL_BODY_H

#include "cli/call/dialect.h"

/**
 * Put a body together.
 *
 * @param body      what is written to
 * @param dialect   whose habits
 * @param sdp       empty: none
 * @param metadata  empty: none
 * @param type      room for the value of Content-Type; empty without a body
 */
void body_write(struct text *body, const struct dialect *dialect,
		struct slice sdp, struct slice metadata, char *type,
		size_t type_size);

#endif
