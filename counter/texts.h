/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file texts.h
 * Every sentence the counter says, in Finnish, Swedish and English.
 */
#ifndef TALLENNE_COUNTER_TEXTS_H
#define TALLENNE_COUNTER_TEXTS_H

#include "base/bytes.h"
#include "notice/notice.h"

enum text_id {
#define TEXT(id, fi, sv, en) TEXT_##id,
#include "counter/texts.def"
#undef TEXT
	TEXTS
};

/** The text; never NULL. */
const char *text_of(enum text_id id, enum notice_language language);

#endif
