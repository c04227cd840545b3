/* SPDX-License-Identifier: EUPL-1.2 */
/* What was said, as the vault gives it: drawn whole, or not at all. */
#include <string.h>

#include "desk/chat_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct desk desk;
	struct http_answer answer = HTTP_ANSWER_NEW;
	struct visit visit = { .desk = &desk, .answer = &answer };
	uint64_t next = 0;
	int r = chat_content_draw(
		&visit, (struct slice){ (const char *)data, size }, 1, &next);

	if (r == 0 && !answer.body.failed)
		assert(!strstr(answer.body.bytes, "<script"));
	else
		assert(r < 0 ? answer.body.size == 0 : answer.body.failed);
	http_answer_drop(&answer);
	return 0;
}
