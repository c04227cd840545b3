/* SPDX-License-Identifier: EUPL-1.2 */
#include "backup/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vault/record.h"

static int tell(struct slice line, uint64_t from, backup_entry_fn *each,
		void *self)
{
	struct record record;
	json_t *entry;
	int r = record_read(line, &record);

	if (r < 0 || record.seq < from || record.is_erased)
		return r < 0 ? -EBADMSG : 0;
	entry = json_loadb(record.payload, record.payload_size, 0, NULL);
	if (!entry)
		return -EBADMSG;
	r = each(self, record.seq, entry);
	json_decref(entry);
	return r;
}

int backup_log_each(int log, uint64_t from, backup_entry_fn *each, void *self)
{
	int own = dup(log), r = 0;
	FILE *file = own < 0 ? NULL : fdopen(own, "r");
	size_t room = 0;
	char *line = NULL;
	ssize_t size;

	if (!file) {
		drop_fd(&own);
		return -ENOMEM;
	}
	rewind(file);
	while (r == 0 && (size = getline(&line, &room, file)) > 0) {
		if (line[size - 1] != '\n')
			break; /* was never acknowledged */
		r = tell((struct slice){ line, (size_t)size - 1 }, from, each,
			 self);
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	free(line);
	(void)fclose(file);
	return r;
}
