/* SPDX-License-Identifier: EUPL-1.2 */
#include "backup/pool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backup/manifest.h"
#include "seal/format.h"

enum {
	NAME_SIZE = 64, /* "ab/" and ".new-" and an id */
	BLOCK_SIZE = 1 << 18,
	ITEM_SIZE = 56,
	BOX_SIZE = SEAL_AT_ZERO - SEAL_AT_WRAPPED,
};

static_assert(BOX_SIZE == sizeof(((struct seal_wrapped *)0)->box),
	      "what is taken out is the box and nothing else");

void pool_list_drop(struct pool_list *list)
{
	free(list->item);
	*list = (struct pool_list){ NULL, 0, 0 };
}

int pool_list_add(struct pool_list *list, const struct pool_item *item)
{
	if (list->count > 0 && memcmp(&list->item[list->count - 1].id,
				      &item->id, sizeof(item->id)) >= 0)
		return -EINVAL;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 1024;
		void *more = realloc(list->item, room * sizeof(*item));

		if (!more)
			return -ENOMEM;
		list->item = more;
		list->room = room;
	}
	list->item[list->count++] = *item;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct pool_item *one = a, *other = b;

	return memcmp(&one->id, &other->id, sizeof(one->id));
}

const struct pool_item *pool_list_find(const struct pool_list *list,
				       const struct id *id)
{
	const struct pool_item key = { .id = *id };

	return list->count ? bsearch(&key, list->item, list->count, sizeof(key),
				     compare)
			   : NULL;
}

int pool_list_write(const struct pool_list *list, int dir)
{
	const size_t size = list->count * ITEM_SIZE;
	OWNED(drop_memory) uint8_t *bytes = malloc(size + 1);
	OWNED(drop_fd)
	int fd = openat(dir, BACKUP_LIST,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		uint8_t *at = bytes + i * ITEM_SIZE;

		memcpy(at, &list->item[i].id, 16);
		seal_put64(at + 16, list->item[i].size);
		memcpy(at + 24, list->item[i].hash, SEAL_HASH_SIZE);
	}
	return file_write_at(fd, bytes, size, 0);
}

int pool_list_read(int dir, struct pool_list *ret_list)
{
	OWNED(drop_fd)
	int fd = openat(dir, BACKUP_LIST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(pool_list_drop) struct pool_list list = { NULL, 0, 0 };
	uint8_t bytes[ITEM_SIZE];
	struct stat about;
	FILE *file;
	int r = 0;

	if (fd < 0 || fstat(fd, &about) < 0)
		return -errno;
	file = fdopen(GIVE_FD(fd), "r");
	if (!file)
		return -ENOMEM;
	if (about.st_size % ITEM_SIZE)
		r = -EBADMSG;
	while (r == 0 && fread(bytes, ITEM_SIZE, 1, file) == 1) {
		struct pool_item item = { .size = seal_get64(bytes + 16) };

		memcpy(&item.id, bytes, 16);
		memcpy(item.hash, bytes + 24, SEAL_HASH_SIZE);
		r = pool_list_add(&list, &item);
	}
	(void)fclose(file);
	if (r < 0)
		return r == -EINVAL ? -EBADMSG : r;
	*ret_list = list;
	list = (struct pool_list){ NULL, 0, 0 };
	return 0;
}

int pool_open(int dir, bool makes)
{
	int fd;

	if (makes && mkdirat(dir, "objects", 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, "objects", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void name_of(const struct id *id, const char *mark, char out[NAME_SIZE])
{
	char text[ID_TEXT_SIZE];

	id_text(id, text);
	(void)snprintf(out, NAME_SIZE, "%.2s/%s%s", text, mark, text);
}

static int open_new(int dir, const struct id *id, char name[NAME_SIZE],
		    mode_t mode)
{
	char folder[4];
	int fd;

	name_of(id, "", name);
	(void)snprintf(folder, sizeof(folder), "%.2s", name);
	if (mkdirat(dir, folder, 0700) < 0 && errno != EEXIST)
		return -errno;
	name_of(id, ".new-", name);
	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

/* Both what is read and what is written are hashed, where asked for. */
struct passing {
	EVP_MD_CTX *in, *out;
};

static void passing_drop(struct passing *passing)
{
	EVP_MD_CTX_free(passing->in);
	EVP_MD_CTX_free(passing->out);
}

static int passing_new(struct passing *passing)
{
	passing->in = EVP_MD_CTX_new();
	passing->out = EVP_MD_CTX_new();
	return passing->in && passing->out &&
			       EVP_DigestInit_ex(passing->in, EVP_sha256(),
						 NULL) &&
			       EVP_DigestInit_ex(passing->out, EVP_sha256(),
						 NULL)
		       ? 0
		       : -ENOMEM;
}

/* Copy, with another box in the head. */
static int pass(int from, int to, uint64_t size, const uint8_t box[BOX_SIZE],
		uint8_t in[SEAL_HASH_SIZE], uint8_t out[SEAL_HASH_SIZE])
{
	OWNED(drop_memory) uint8_t *block = malloc(BLOCK_SIZE);
	OWNED(passing_drop) struct passing passing = { NULL, NULL };
	int r = block ? passing_new(&passing) : -ENOMEM;

	if (r == 0 && size < SEAL_HEADER_SIZE)
		r = -EBADMSG;
	for (uint64_t at = 0; r == 0 && at < size;) {
		size_t part = size - at < BLOCK_SIZE ? (size_t)(size - at)
						     : BLOCK_SIZE;

		r = file_read_at(from, block, part, (int64_t)at);
		if (r == 0)
			(void)EVP_DigestUpdate(passing.in, block, part);
		if (r == 0 && at == 0)
			memcpy(block + SEAL_AT_WRAPPED, box, BOX_SIZE);
		if (r == 0)
			(void)EVP_DigestUpdate(passing.out, block, part);
		if (r == 0)
			r = file_write_at(to, block, part, (int64_t)at);
		at += part;
	}
	if (r == 0 && (!EVP_DigestFinal_ex(passing.in, in, NULL) ||
		       !EVP_DigestFinal_ex(passing.out, out, NULL)))
		r = -ENOMEM;
	return r == -ENODATA ? -EBADMSG : r;
}

static int open_item(int dir, const struct id *id, uint64_t size)
{
	char name[NAME_SIZE];
	struct stat about;

	name_of(id, "", name);
	OWNED(drop_fd)
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &about) < 0)
		return -errno;
	return about.st_size >= 0 && (uint64_t)about.st_size == size
		       ? GIVE_FD(fd)
		       : -EBADMSG;
}

static int settle(int dir, const struct id *id, const char *fresh, int r)
{
	char name[NAME_SIZE];

	name_of(id, "", name);
	if (r == 0 && renameat(dir, fresh, dir, name) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, fresh, 0);
	return r;
}

int pool_put(int pool, int objects, struct pool_item *item,
	     const uint8_t hash[SEAL_HASH_SIZE])
{
	static const uint8_t nothing[BOX_SIZE];
	OWNED(drop_fd) int from = -1;
	OWNED(drop_fd) int to = -1;
	uint8_t in[SEAL_HASH_SIZE];
	char fresh[NAME_SIZE];
	uint64_t size;
	int r;

	OWNED(drop_fd) int there = open_item(pool, &item->id, item->size);
	if (there >= 0)
		return backup_hash(there, &size, item->hash);
	from = open_item(objects, &item->id, item->size);
	if (from < 0)
		return from;
	to = open_new(pool, &item->id, fresh, 0400);
	if (to < 0)
		return to;
	r = pass(from, to, item->size, nothing, in, item->hash);
	if (r == 0 && !bytes_are(in, hash, sizeof(in)))
		r = -EBADMSG;
	r = settle(pool, &item->id, fresh, r);
	return r < 0 ? r : 1;
}

int pool_check(int pool, const struct pool_item *item)
{
	OWNED(drop_fd) int fd = open_item(pool, &item->id, item->size);
	uint8_t hash[SEAL_HASH_SIZE];
	uint64_t size;
	int r = fd < 0 ? fd : backup_hash(fd, &size, hash);

	if (r < 0)
		return r;
	return bytes_are(hash, item->hash, sizeof(hash)) ? 0 : -EBADMSG;
}

bool pool_has(int pool, const struct pool_item *item)
{
	OWNED(drop_fd) int fd = open_item(pool, &item->id, item->size);

	return fd >= 0;
}

int pool_get(int pool, int objects, const struct pool_item *item,
	     const struct seal_wrapped *wrapped,
	     const uint8_t hash[SEAL_HASH_SIZE])
{
	OWNED(drop_fd) int from = open_item(pool, &item->id, item->size);
	OWNED(drop_fd) int to = -1;
	uint8_t in[SEAL_HASH_SIZE], out[SEAL_HASH_SIZE];
	char fresh[NAME_SIZE];
	int r;

	if (from < 0)
		return from;
	to = open_new(objects, &item->id, fresh, 0400);
	if (to < 0)
		return to;
	r = pass(from, to, item->size, wrapped->box, in, out);
	if (r == 0 && (!bytes_are(in, item->hash, sizeof(in)) ||
		       !bytes_are(out, hash, sizeof(out))))
		r = -EBADMSG;
	return settle(objects, &item->id, fresh, r);
}

static bool is_known(const struct id *id, const struct pool_list *lists,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pool_list_find(&lists[i], id))
			return true;
	return false;
}

static int64_t prune_folder(int folder, const struct pool_list *lists,
			    size_t count)
{
	DIR *list = fdopendir(folder);
	struct dirent *entry;
	int64_t removed = 0;

	if (!list) {
		(void)close(folder);
		return -ENOMEM;
	}
	while ((entry = readdir(list))) {
		struct id id;

		if (entry->d_name[0] == '.' &&
		    strncmp(entry->d_name, ".new-", 5) != 0)
			continue;
		if (id_read(slice_of(entry->d_name), &id) == 0 &&
		    is_known(&id, lists, count))
			continue;
		if (unlinkat(dirfd(list), entry->d_name, 0) == 0)
			removed++;
	}
	(void)closedir(list);
	return removed;
}

int64_t pool_prune(int pool, const struct pool_list *lists, size_t count)
{
	int64_t removed = 0;

	for (int i = 0; i < 256; i++) {
		uint8_t which = (uint8_t)i;
		char name[4];
		int64_t r;
		int folder;

		hex_text(&which, 1, name);
		folder = openat(pool, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0)
			continue;
		r = prune_folder(folder, lists, count);
		if (r < 0)
			return r;
		removed += r;
	}
	return removed;
}
