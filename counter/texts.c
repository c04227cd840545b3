/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/texts.h"

static const char *const texts[TEXTS][NOTICE_LANGUAGES] = {
#define TEXT(id, fi, sv, en) { fi, sv, en },
#include "counter/texts.def"
#undef TEXT
};

const char *text_of(enum text_id id, enum notice_language language)
{
	assert(id < TEXTS && language < NOTICE_LANGUAGES);
	return texts[id][language];
}
