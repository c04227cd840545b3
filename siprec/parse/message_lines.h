/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file message_lines.h
 * How the head of a SIP message is cut into lines; shared by the framing
 * of streams and the parser, so that there is one reading of it.
 */
#ifndef TALLENNE_SIPREC_MESSAGE_LINES_H
#define TALLENNE_SIPREC_MESSAGE_LINES_H

#include "siprec/parse/message.h"

/** The head, blank line included; size 0 if it has no end within limits. */
struct slice message_head(struct slice bytes);

/**
 * Take the next logical line, folds included, without its last CRLF.
 *
 * @param[in,out] rest  what is left of a whole head
 * @return 0, -ENODATA at the blank line, -EBADMSG: a bare CR or LF or a
 *         NUL in this line (which is taken nevertheless)
 */
MUST int message_cut_line(struct slice *rest, struct slice *ret_line);

/** Split "Name : value"; 0, or -EBADMSG if it is not one. */
MUST int message_cut_name(struct slice line, struct slice *ret_name,
			  struct slice *ret_value);

/** Canonical comparison of header names: case and compact form aside. */
bool message_name_is(struct slice name, struct slice other);

#endif
