/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/ui_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "desk/errors.h"

enum { UI_FILE_SIZE_MAX = 1 << 18 };

static const struct {
	const char *name, *type;
} names[] = {
	{ "style.css", "text/css; charset=utf-8" },
	{ "player.css", "text/css; charset=utf-8" },
	{ "player.js", "text/javascript; charset=utf-8" },
	{ "waves.js", "text/javascript; charset=utf-8" },
	{ "keys.js", "text/javascript; charset=utf-8" },
	{ "chatdesk.css", "text/css; charset=utf-8" },
	{ "chatdesk.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-canned.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-keys.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-link.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-parts.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-store.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-view.js", "text/javascript; charset=utf-8" },
	{ "chatdesk-writer.js", "text/javascript; charset=utf-8" },
	{ "mark.svg", "image/svg+xml" },
};

struct ui_file {
	char *bytes;
	size_t size;
	char tag[2 * crypto_generichash_BYTES_MIN + 3];
};

static int read_one(struct desk *desk, const char *name, struct ui_file *file)
{
	OWNED(drop_fd) int fd = openat(desk->ui, name, O_RDONLY | O_CLOEXEC);
	uint8_t hash[crypto_generichash_BYTES_MIN];
	char hex[2 * sizeof(hash) + 1];
	int r;

	if (fd < 0)
		return -errno;
	r = file_read(fd, UI_FILE_SIZE_MAX, &file->bytes, &file->size);
	if (r < 0)
		return r;
	(void)crypto_generichash(hash, sizeof(hash),
				 (const uint8_t *)file->bytes, file->size, NULL,
				 0);
	hex_text(hash, sizeof(hash), hex);
	snprintf(file->tag, sizeof(file->tag), "\"%s\"", hex);
	return 0;
}

int ui_files_read(struct desk *desk)
{
	int r;

	desk->ui_files = calloc(COUNT(names), sizeof(*desk->ui_files));
	if (!desk->ui_files)
		return -ENOMEM;
	for (size_t i = 0; i < COUNT(names); i++) {
		r = read_one(desk, names[i].name, &desk->ui_files[i]);
		if (r < 0) {
			log_error("ui", "cannot read ui/%s: %s", names[i].name,
				  strerror(-r));
			return r;
		}
	}
	return 0;
}

void ui_files_free(struct desk *desk)
{
	for (size_t i = 0; desk->ui_files && i < COUNT(names); i++)
		free(desk->ui_files[i].bytes);
	free(desk->ui_files);
	desk->ui_files = NULL;
}

void do_ui(struct visit *visit)
{
	struct http_answer *answer = visit->answer;

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct ui_file *file = &visit->desk->ui_files[i];

		if (!slice_is(visit->request->param[0],
			      slice_of(names[i].name)))
			continue;
		answer->is_kept = true;
		answer->type = names[i].type;
		http_field(answer, "ETag", "%s", file->tag);
		if (slice_is(http_header(visit->request, "If-None-Match"),
			     slice_of(file->tag)))
			answer->status = 304;
		else
			text_add(visit_out(visit),
				 (struct slice){ file->bytes, file->size });
		return;
	}
	error_show(visit, PROBLEM_not_found);
}

void do_favicon(struct visit *visit)
{
	http_see_other(visit->answer, "/ui/mark.svg");
}
