/* SPDX-License-Identifier: EUPL-1.2 */
/* Whether a back-up is what it says. Contract in manifest.h. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "backup/log.h"
#include "backup/manifest.h"
#include "vault/verify.h"

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

/* Whether an entry of the log says that this back-up was made. */
struct wanted {
	char hash[2 * SEAL_HASH_SIZE + 1];
	bool is_there;
};

static int look(void *self, uint64_t seq, json_t *entry)
{
	struct wanted *wanted = self;
	const char *event, *manifest;

	(void)seq;
	if (json_unpack(entry, "{s:s,s:s}", "event", &event, "manifest",
			&manifest) == 0 &&
	    strcmp(event, "backup.made") == 0 &&
	    strcmp(manifest, wanted->hash) == 0)
		wanted->is_there = true;
	return 0;
}

static int check_log(const struct backup *backup, int dir, const char *key,
		     const char **ret_problem)
{
	OWNED(drop_fd)
	int log = openat(dir, BACKUP_LOG, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_fd)
	int note = openat(dir, BACKUP_CHECKPOINT,
			  O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_memory) char *text = NULL;
	struct audit_found found;
	struct wanted wanted = { .is_there = false };
	size_t size;
	int r;

	*ret_problem = "its audit log is missing";
	if (log < 0 || note < 0)
		return -EBADMSG;
	r = file_read(note, NOTE_SIZE - 1, &text, &size);
	if (r == 0)
		r = audit_verify(log, (struct slice){ text, size }, key,
				 &found);
	if (r < 0) {
		*ret_problem = "its audit log is not whole, or not that of its "
			       "checkpoint";
		return r;
	}
	hex_text(backup->hash, SEAL_HASH_SIZE, wanted.hash);
	r = backup_log_each(log, 0, look, &wanted);
	if (r == 0 && !wanted.is_there) {
		*ret_problem = "its audit log does not know this manifest";
		r = -EBADMSG;
	}
	return r;
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
