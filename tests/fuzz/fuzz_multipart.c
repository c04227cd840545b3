/* SPDX-License-Identifier: EUPL-1.2 */
/* First line: the Content-Type; then the body. */
#include "siprec/parse/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = { (const char *)data, size }, type;
	struct multipart parts;

	type = slice_cut(body, '\n', &body);
	if (multipart_parse(type, body, &parts) < 0)
		return 0;
	assert(parts.count <= MULTIPART_PARTS_MAX);
	for (uint32_t i = 0; i < parts.count; i++) {
		struct slice content = parts.parts[i].content;

		assert(content.size == 0 ||
		       (content.at >= body.at &&
			content.at + content.size <= body.at + body.size));
	}
	return 0;
}
