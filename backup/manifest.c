/* SPDX-License-Identifier: EUPL-1.2 */
#include "backup/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FORMAT = 1, SIZE_MAX_OF_IT = 1 << 16, BLOCK_SIZE = 1 << 16 };

int backup_hash(int fd, uint64_t *ret_size, uint8_t ret_hash[SEAL_HASH_SIZE])
{
	OWNED(drop_memory) uint8_t *block = malloc(BLOCK_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int64_t at = 0;
	int r = 0;

	if (!block || !context ||
	    !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		r = -ENOMEM;
	while (r == 0) {
		ssize_t got = pread(fd, block, BLOCK_SIZE, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			r = -errno;
		if (got <= 0)
			break;
		if (!EVP_DigestUpdate(context, block, (size_t)got))
			r = -ENOMEM;
		at += got;
	}
	if (r == 0 && !EVP_DigestFinal_ex(context, ret_hash, NULL))
		r = -ENOMEM;
	EVP_MD_CTX_free(context);
	*ret_size = (uint64_t)at;
	return r;
}

int backup_add(struct backup *backup, int dir, const char *name)
{
	OWNED(drop_fd)
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct backup_file *file;
	int r;

	if (backup->file_count == BACKUP_FILES_MAX ||
	    strlen(name) >= BACKUP_NAME_SIZE)
		return -ENOSPC;
	if (fd < 0)
		return -errno;
	file = &backup->file[backup->file_count];
	memcpy(file->name, name, strlen(name) + 1);
	r = backup_hash(fd, &file->size, file->hash);
	if (r == 0)
		backup->file_count++;
	return r;
}

static json_t *files_of(const struct backup *backup)
{
	json_t *list = json_array();

	for (size_t i = 0; i < backup->file_count; i++) {
		const struct backup_file *file = &backup->file[i];
		char hash[2 * SEAL_HASH_SIZE + 1];

		hex_text(file->hash, SEAL_HASH_SIZE, hash);
		json_array_append_new(list, json_pack("{s:s,s:I,s:s}", "name",
						      file->name, "size",
						      (json_int_t)file->size,
						      "sha256", hash));
	}
	return list;
}

static void digest(const void *bytes, size_t size, uint8_t *hash)
{
	(void)EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL);
}

int backup_write(struct backup *backup, int dir)
{
	char id[ID_TEXT_SIZE];
	json_t *object;
	char *text;
	int r = 0;

	id_text(&backup->id, id);
	object = json_pack(
		"{s:i,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "format", FORMAT, "id",
		id, "made_at", (json_int_t)backup->made_at, "date",
		(json_int_t)backup->date, "until", (json_int_t)backup->until,
		"entries", (json_int_t)backup->entries, "objects",
		(json_int_t)backup->objects, "bytes", (json_int_t)backup->bytes,
		"files", files_of(backup));
	text = json_dumps(object, JSON_INDENT(1));
	json_decref(object);
	if (!text)
		return -ENOMEM;
	digest(text, strlen(text), backup->hash);
	OWNED(drop_fd)
	int fd = openat(dir, BACKUP_MANIFEST,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		r = -errno;
	if (r == 0)
		r = file_write_at(fd, text, strlen(text), 0);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	free(text);
	return r;
}

static int take_file(json_t *object, struct backup_file *file)
{
	const char *name, *hash;
	json_int_t size;

	if (json_unpack(object, "{s:s,s:I,s:s}", "name", &name, "size", &size,
			"sha256", &hash) < 0 ||
	    size < 0 || strchr(name, '/') || name[0] == '.' ||
	    slice_text(slice_of(name), file->name, BACKUP_NAME_SIZE) < 0 ||
	    hex_read(slice_of(hash), file->hash, SEAL_HASH_SIZE) < 0)
		return -EBADMSG;
	file->size = (uint64_t)size;
	return 0;
}

static int take(json_t *object, struct backup *backup)
{
	json_int_t made_at, date, until, entries, objects, bytes;
	json_t *files, *one;
	const char *id;
	int format;
	size_t i;

	if (json_unpack(object, "{s:i}", "format", &format) < 0)
		return -EBADMSG;
	if (format != FORMAT)
		return -ENOTSUP;
	if (json_unpack(object, "{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "id", &id,
			"made_at", &made_at, "date", &date, "until", &until,
			"entries", &entries, "objects", &objects, "bytes",
			&bytes, "files", &files) < 0 ||
	    id_read(slice_of(id), &backup->id) < 0 || made_at < 0 || date < 0 ||
	    date > UINT32_MAX || until < 0 || until > UINT32_MAX ||
	    entries < 0 || objects < 0 || bytes < 0 ||
	    json_array_size(files) > BACKUP_FILES_MAX)
		return -EBADMSG;
	backup->made_at = made_at;
	backup->date = (seal_date)date;
	backup->until = (seal_date)until;
	backup->entries = (uint64_t)entries;
	backup->objects = (uint64_t)objects;
	backup->bytes = (uint64_t)bytes;
	json_array_foreach(files, i, one)
	{
		if (take_file(one, &backup->file[i]) < 0)
			return -EBADMSG;
		backup->file_count++;
	}
	return 0;
}

int backup_read(int dir, struct backup *ret_backup)
{
	OWNED(drop_fd)
	int fd =
		openat(dir, BACKUP_MANIFEST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_memory) char *text = NULL;
	json_t *object;
	size_t size;
	int r;

	if (fd < 0)
		return -errno;
	memset(ret_backup, 0, sizeof(*ret_backup));
	r = file_read(fd, SIZE_MAX_OF_IT, &text, &size);
	if (r < 0)
		return r == -EFBIG ? -EBADMSG : r;
	digest(text, size, ret_backup->hash);
	object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (!object)
		return -EBADMSG;
	r = take(object, ret_backup);
	json_decref(object);
	return r;
}

void backup_name(const struct backup *backup, char out[BACKUP_NAME_SIZE])
{
	const time_t at = (time_t)backup->made_at;
	char id[ID_TEXT_SIZE], when[24];
	struct tm parts;

	gmtime_r(&at, &parts);
	(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &parts);
	id_text(&backup->id, id);
	(void)snprintf(out, BACKUP_NAME_SIZE, "%s-%.8s", when, id);
}

bool backup_name_is(const char *name)
{
	return strlen(name) == 25 && strspn(name, "0123456789") == 8 &&
	       name[8] == 'T' && name[15] == 'Z' && name[16] == '-';
}
