/* SPDX-License-Identifier: EUPL-1.2 */
/* Whether a back-up is what it says. Contract in manifest.h. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "backup/manifest.h"
#include "backup/pages.h"

static int check_file(const struct backup_file *file, int dir)
{
	OWNED(drop_fd)
	int fd = openat(dir, file->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t hash[SEAL_HASH_SIZE];
	uint64_t size;
	int r = fd < 0 ? -errno : backup_hash(fd, &size, hash);

	if (r < 0)
		return r;
	return size == file->size && bytes_are(hash, file->hash, sizeof(hash))
		       ? 0
		       : -EBADMSG;
}

/* Whether an entry says that this back-up was made. */
static bool names_it(const struct pages_entry *entry,
		     const struct backup *backup)
{
	json_t *object = json_loads(entry->payload, 0, NULL);
	char hash[2 * SEAL_HASH_SIZE + 1];
	const char *event, *manifest;
	bool does;

	hex_text(backup->hash, SEAL_HASH_SIZE, hash);
	does = json_unpack(object, "{s:s,s:s}", "event", &event, "manifest",
			   &manifest) == 0 &&
	       strcmp(event, "backup.made") == 0 && strcmp(manifest, hash) == 0;
	json_decref(object);
	return does;
}

static int check_log(const struct backup *backup, int dir, const char *key,
		     const char **ret_problem)
{
	OWNED(drop_fd) int pages = pages_open(dir);
	struct pages_entry made;
	struct note note;
	uint64_t entries;
	int r;

	*ret_problem = "its audit log is missing or damaged";
	if (pages < 0)
		return pages;
	*ret_problem = "its checkpoint is damaged, or not signed by that key";
	r = pages_note(dir, key, &note);
	if (r < 0)
		return r;
	*ret_problem = "its audit log does not know this manifest";
	r = pages_made(dir, &made);
	if (r < 0 || !names_it(&made, backup) || made.seq >= note.size)
		return r < 0 ? r : -EBADMSG;
	return pages_check(pages, &note, &made, &entries, ret_problem);
}

int backup_check(const struct backup *backup, int dir, const char *key,
		 const char **ret_problem)
{
	for (size_t i = 0; i < backup->file_count; i++) {
		int r = check_file(&backup->file[i], dir);

		if (r < 0) {
			*ret_problem = backup->file[i].name;
			return r;
		}
	}
	return check_log(backup, dir, key, ret_problem);
}
