/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "seal/format.h"

#define PREFIX "log-"

struct volume_reader {
	int dir, fd; /* -1: the next day is to be opened */
	const struct keyring *ring;
	struct volumes volumes;
	size_t next; /* of the volumes */
	uint64_t until;
	bool has_key;
	uint8_t key[SEAL_KEY_SIZE];
	struct page_line line;
	struct lines lines;
};

void volume_name(seal_date date, char ret_name[VOLUME_NAME_SIZE])
{
	assert(seal_date_is(date));
	snprintf(ret_name, VOLUME_NAME_SIZE, PREFIX "%08u", date);
}

/* The date in the name of a file, 0 if it is none of ours. */
static seal_date date_of(const char *name)
{
	struct slice text = slice_of(name), prefix = SLICE(PREFIX);
	uint64_t date;

	if (text.size != prefix.size + 8 ||
	    memcmp(text.at, prefix.at, prefix.size) != 0 ||
	    slice_number(slice_from(text, prefix.size), 99991231, &date) < 0)
		return 0;
	return seal_date_is((seal_date)date) ? (seal_date)date : 0;
}

int volumes_add(struct volumes *volumes, seal_date date)
{
	if (volumes->count == volumes->room) {
		size_t room = volumes->room ? 2 * volumes->room : 64;
		void *more =
			realloc(volumes->at, room * sizeof(volumes->at[0]));

		if (!more)
			return -ENOMEM;
		volumes->at = more;
		volumes->room = room;
	}
	volumes->at[volumes->count++] = (struct volume){ .date = date };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct volume *one = a, *other = b;

	return one->date < other->date ? -1 : one->date > other->date;
}

static int add_all(DIR *entries, struct volumes *volumes)
{
	const struct dirent *entry;
	int r = 0;

	errno = 0;
	while (r == 0 && (entry = readdir(entries))) {
		seal_date date = date_of(entry->d_name);

		if (date)
			r = volumes_add(volumes, date);
		errno = 0;
	}
	return r < 0 ? r : -errno;
}

int volumes_find(int dir, struct volumes *ret_volumes)
{
	OWNED(drop_fd)
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct volumes volumes = { .at = NULL };
	DIR *entries = again < 0 ? NULL : fdopendir(again);
	int r;

	if (!entries)
		return -errno;
	again = -1; /* is the stream's now */
	r = add_all(entries, &volumes);
	(void)closedir(entries);
	if (r < 0) {
		volumes_free(&volumes);
		return r;
	}
	if (volumes.count > 0)
		qsort(volumes.at, volumes.count, sizeof(volumes.at[0]),
		      compare);
	*ret_volumes = volumes;
	return 0;
}

void volumes_free(struct volumes *volumes)
{
	free(volumes->at);
	*volumes = (struct volumes){ .at = NULL };
}

int volume_reader_new(int dir, const struct keyring *ring, seal_date from,
		      uint64_t until, struct volume_reader **ret_reader)
{
	OWNED(volume_reader_drop)
	struct volume_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	reader->dir = dir;
	reader->fd = -1;
	reader->ring = ring;
	reader->until = until;
	r = volumes_find(dir, &reader->volumes);
	if (r < 0)
		return r;
	while (reader->next < reader->volumes.count &&
	       reader->volumes.at[reader->next].date < from)
		reader->next++;
	*ret_reader = reader;
	reader = NULL;
	return 0;
}

void volume_reader_free(struct volume_reader *reader)
{
	if (!reader)
		return;
	sodium_memzero(reader->key, sizeof(reader->key));
	volumes_free(&reader->volumes);
	drop_fd(&reader->fd);
	free(reader);
}

void volume_reader_drop(struct volume_reader **reader)
{
	volume_reader_free(*reader);
	*reader = NULL;
}

/* Open the next day's file; 1, or 0 after the last. */
static int open_next(struct volume_reader *reader)
{
	char name[VOLUME_NAME_SIZE];

	if (reader->next == reader->volumes.count)
		return 0;
	volume_name(reader->volumes.at[reader->next++].date, name);
	reader->fd =
		openat(reader->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (reader->fd < 0)
		return -errno;
	lines_start(&reader->lines, reader->fd);
	reader->has_key = false;
	return 1;
}

static void take_key(struct volume_reader *reader)
{
	const struct seal_wrapped *key = &reader->line.key;
	const struct open_pair *pair =
		keyring_find_day(reader->ring, key->end.date);
	const struct id nobody = { 0 };

	reader->has_key = pair && open_key(key, pair, SEAL_FOR_LOG, &nobody,
					   reader->key) == 0;
}

/* One line, opened if it can be; whether it is an entry. */
static int take_line(struct volume_reader *reader, struct slice text,
		     struct record *ret_record)
{
	struct page_line *line = &reader->line;
	int r = page_read(text, line);

	/* The log was whole when it was opened: this is damage since then. */
	if (r < 0)
		return r;
	if (line->kind == PAGE_KEY) {
		take_key(reader);
		return 0;
	}
	if (line->kind == PAGE_SEALED && reader->has_key &&
	    page_open(line, reader->key, ret_record) == 0)
		return 1;
	if (line->kind == PAGE_SEALED)
		line->record.is_erased = true;
	*ret_record = line->record;
	return 1;
}

int volume_reader_next(struct volume_reader *reader, struct record *ret_record)
{
	struct slice text;
	int r = 0;

	while (r == 0) {
		if (reader->fd < 0) {
			r = open_next(reader);
			if (r <= 0)
				return r;
		}
		r = lines_next(&reader->lines, &text);
		/* A line without an end is being written just now. */
		if (r == 0 || r == -ENODATA) {
			drop_fd(&reader->fd);
			r = 0;
			continue;
		}
		if (r > 0)
			r = take_line(reader, text, ret_record);
	}
	return r < 0 || ret_record->seq < reader->until ? r : 0;
}
