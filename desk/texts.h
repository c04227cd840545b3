/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file texts.h
 * Every sentence the desk says, in Finnish, Swedish and English.
 *
 * One table, desk/texts.def; a text that lacks a language does not compile
 * into a page but fails tests/unit/test_texts.c.
 */
#ifndef TALLENNE_DESK_TEXTS_H
#define TALLENNE_DESK_TEXTS_H

#include "base/bytes.h"
#include "notice/language.h"

enum text_id {
#define TEXT(id, fi, sv, en) TEXT_##id,
#include "desk/texts.def"
#undef TEXT
	TEXTS
};

/** The text; never NULL. */
const char *text_of(enum text_id id, enum notice_language language);

/** Name of a role. */
const char *text_role(uint32_t role, enum notice_language language);

#endif
