/* SPDX-License-Identifier: EUPL-1.2 */
/* What each code concerns, why, and what to do. */
#include <string.h>

#include "notice/notice.h"

static const struct notice_code codes[] = {
#define CODE(code, sentence, why, remedy) { code, sentence, why, remedy },
#include "notice/codes.def"
#undef CODE
};

const struct notice_code *policy_code_at(size_t index)
{
	return index < COUNT(codes) ? &codes[index] : NULL;
}

void policy_code_explain(struct notice_fault *fault)
{
	fault->sentence = fault->why = fault->remedy = "";
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (strcmp(codes[i].code, fault->code) != 0)
			continue;
		fault->sentence = codes[i].sentence;
		fault->why = codes[i].why;
		fault->remedy = codes[i].remedy;
	}
}
