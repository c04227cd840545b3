/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file language.h
 * The three languages by their codes, and which of them a browser wants.
 */
#ifndef TALLENNE_NOTICE_LANGUAGE_H
#define TALLENNE_NOTICE_LANGUAGE_H

#include "notice/notice.h"

/** "fi", "sv" or "en". */
const char *language_code(enum notice_language language);

/** The language of such a code; otherwise if it is none of the three. */
enum notice_language language_of(struct slice code,
				 enum notice_language otherwise);

/** The best of an Accept-Language header (RFC 9110, 12.5.4). */
enum notice_language language_accepted(struct slice header);

#endif
