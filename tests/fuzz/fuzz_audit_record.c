/* SPDX-License-Identifier: EUPL-1.2 */
/* A line of the audit log: what is accepted is written the same again. */
#include <errno.h>
#include <string.h>

#include "vault/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = { (const char *)data, size };
	char again[RECORD_LINE_MAX + 1];
	struct record record;

	if (record_read(line, &record) < 0)
		return 0;
	assert(record_line(&record, again) == size + 1);
	assert(memcmp(again, data, size) == 0);
	return 0;
}
