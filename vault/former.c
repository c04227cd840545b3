/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/former.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/lines.h"
#include "vault/place.h"
#include "vault/today.h"
#include "vault/volume.h"

#define FORMER_NAME "audit.jsonl"

/* The day that is being put together. */
struct former {
	int dir;
	seal_date date; /* 0: none yet */
	FILE *out;
	char *text;
	size_t size;
	struct lines lines; /* big */
};

/* The day is whole: write it down, unless it was already. */
static int end_day(struct former *former)
{
	char name[VOLUME_NAME_SIZE];
	struct stat about;
	int r = 0;

	if (!former->out)
		return 0;
	if (fclose(former->out) != 0)
		r = -ENOMEM;
	former->out = NULL;
	volume_name(former->date, name);
	if (r == 0 &&
	    fstatat(former->dir, name, &about, AT_SYMLINK_NOFOLLOW) < 0)
		r = errno == ENOENT ? place_write(former->dir, name,
						  former->text, former->size)
				    : -errno;
	free(former->text);
	former->text = NULL;
	return r;
}

static int take_line(struct former *former, struct slice text)
{
	struct record record;
	seal_date date;
	int r = record_read(text, &record);

	if (r < 0)
		return -EBADMSG;
	/* A line that was erased then has no time: it is of the same day. */
	date = record.is_erased ? former->date
				: today_date(record_instant(record.time));
	if (date == 0)
		return -EBADMSG;
	if (!former->out || date > former->date) {
		r = end_day(former);
		if (r < 0)
			return r;
		former->date = date;
		former->out = open_memstream(&former->text, &former->size);
		if (!former->out)
			return -ENOMEM;
	}
	return fprintf(former->out, "%.*s\n", (int)text.size, text.at) < 0
		       ? -ENOMEM
		       : 0;
}

int former_take(int dir)
{
	OWNED(drop_fd)
	int fd = openat(dir, FORMER_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_memory) struct former *former = NULL;
	struct slice text;
	int r, s;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	former = calloc(1, sizeof(*former));
	if (!former)
		return -ENOMEM;
	former->dir = dir;
	lines_start(&former->lines, fd);
	do {
		r = lines_next(&former->lines, &text);
		if (r > 0) {
			s = take_line(former, text);
			r = s < 0 ? s : r;
		}
	} while (r > 0);
	/* A last line without its end was never acknowledged. */
	if (r == -ENODATA)
		r = 0;
	s = end_day(former);
	if (r == 0)
		r = s;
	return r < 0 ? (r == -EMSGSIZE ? -EBADMSG : r) : 1;
}

int former_drop(int dir)
{
	if (unlinkat(dir, FORMER_NAME, 0) < 0 || fsync(dir) < 0)
		return -errno;
	return 0;
}
