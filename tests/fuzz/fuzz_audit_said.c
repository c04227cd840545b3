/* SPDX-License-Identifier: EUPL-1.2 */
/* What a room says: if it is accepted, its record must read back. */
#include <string.h>

#include "vault/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice said = { (const char *)data, size };
	char line[RECORD_LINE_MAX + 1];
	struct record record, read;
	size_t length;
	int r;

	if (!record_said_is(said))
		return 0;
	record_make(7, 1795000000 * NS_PER_S, "node-1", said, &record);
	length = record_line(&record, line);
	assert(!memchr(line, '\n', length - 1));
	r = record_read((struct slice){ line, length - 1 }, &read);
	assert(r == 0);
	assert(read.payload_size == record.payload_size);
	return 0;
}
