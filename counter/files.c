/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "counter/errors.h"

enum {
	FILE_SIZE_MAX = 1 << 18,
	FILE_NAME_SIZE = 64,
	HASH_SHOWN = 4, /* bytes of it in the address */
	INTEGRITY_SIZE =
		8 + sodium_base64_ENCODED_LEN(SHA384_DIGEST_LENGTH,
					      sodium_base64_VARIANT_ORIGINAL),
};

static const struct {
	const char *source, *name, *suffix, *type;
} table[FILES] = {
	[FILE_STYLE] = { "style.css", "style", "css",
			 "text/css; charset=utf-8" },
	[FILE_PAGES] = { "chat/pages.css", "pages", "css",
			 "text/css; charset=utf-8" },
	[FILE_NOTICE] = { "chat/notice.css", "notice", "css",
			  "text/css; charset=utf-8" },
	[FILE_MARK] = { "mark.svg", "mark", "svg", "image/svg+xml" },
	[FILE_WIDGET] = { "chat/widget.js", "widget", "js",
			  "text/javascript; charset=utf-8" },
	[FILE_SITE] = { "chat/demo-site.css", "demo-site", "css",
			"text/css; charset=utf-8" },
};

struct file {
	char *bytes;
	size_t size;
	char path[FILE_NAME_SIZE + 8];
	char integrity[INTEGRITY_SIZE];
};

struct files {
	struct file file[FILES];
};

static void name(struct file *file, enum file_id id)
{
	uint8_t hash[SHA384_DIGEST_LENGTH];
	char hex[2 * HASH_SHOWN + 1];

	(void)SHA384((const uint8_t *)file->bytes, file->size, hash);
	hex_text(hash, HASH_SHOWN, hex);
	snprintf(file->path, sizeof(file->path), "/chat/%s-%s-%s.%s",
		 table[id].name, TALLENNE_VERSION, hex, table[id].suffix);
	memcpy(file->integrity, "sha384-", 7);
	(void)sodium_bin2base64(file->integrity + 7, INTEGRITY_SIZE - 7, hash,
				sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
}

static int read_one(const struct lobby *lobby, struct file *file,
		    enum file_id id)
{
	OWNED(drop_fd)
	int fd = openat(lobby->ui, table[id].source, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = file_read(fd, FILE_SIZE_MAX, &file->bytes, &file->size);
	if (r == 0)
		name(file, id);
	return r;
}

int files_read(struct lobby *lobby)
{
	lobby->files = calloc(1, sizeof(*lobby->files));
	if (!lobby->files)
		return -ENOMEM;
	for (int i = 0; i < FILES; i++) {
		int r = read_one(lobby, &lobby->files->file[i],
				 (enum file_id)i);

		if (r < 0) {
			log_error("ui", "cannot read ui/%s: %s",
				  table[i].source, strerror(-r));
			return r;
		}
	}
	return 0;
}

void files_free(struct lobby *lobby)
{
	for (int i = 0; lobby->files && i < FILES; i++)
		free(lobby->files->file[i].bytes);
	free(lobby->files);
	lobby->files = NULL;
}

const char *files_path(const struct files *files, enum file_id id)
{
	return files->file[id].path;
}

const char *files_integrity(const struct files *files, enum file_id id)
{
	return files->file[id].integrity;
}

void do_chat_file(struct visit *visit)
{
	for (int i = 0; i < FILES; i++) {
		const struct file *file = &visit->lobby->files->file[i];

		if (!slice_is(visit->request->path, slice_of(file->path)))
			continue;
		visit->answer->type = table[i].type;
		http_field(visit->answer, "Cache-Control",
			   "public, max-age=31536000, immutable");
		text_add(visit_out(visit),
			 (struct slice){ file->bytes, file->size });
		return;
	}
	error_show(visit, PROBLEM_not_found);
}

void do_favicon(struct visit *visit)
{
	http_see_other(visit->answer,
		       files_path(visit->lobby->files, FILE_MARK));
}
