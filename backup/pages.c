/* SPDX-License-Identifier: EUPL-1.2 */
#include "backup/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "backup/manifest.h"
#include "vault/lines.h"
#include "vault/page.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL

enum { SUM_SIZE = 256 };

/* What a log is read with; too big for the stack. */
struct reading {
	struct page_line line;
	struct lines lines;
};

int pages_entry(struct slice proof, struct pages_entry *ret_entry)
{
	uint8_t extra[RECORD_SALT_SIZE + RECORD_PAYLOAD_MAX],
		hash[crypto_hash_sha256_BYTES];
	struct slice rest, word;
	struct pages_entry entry;
	size_t size;

	if (!slice_is(slice_cut(proof, '\n', &rest),
		      SLICE("c2sp.org/tlog-proof@v1")))
		return -EBADMSG;
	word = slice_cut(rest, '\n', &rest);
	if (!slice_is(slice_cut(word, ' ', &word), SLICE("extra")) ||
	    sodium_base642bin(extra, sizeof(extra), word.at, word.size, NULL,
			      &size, NULL, BASE64) != 0 ||
	    size < RECORD_SALT_SIZE)
		return -EBADMSG;
	word = slice_cut(rest, '\n', &rest);
	if (!slice_is(slice_cut(word, ' ', &word), SLICE("index")) ||
	    slice_number(word, INT64_MAX, &entry.seq) < 0 ||
	    slice_text((struct slice){ (const char *)extra + RECORD_SALT_SIZE,
				       size - RECORD_SALT_SIZE },
		       entry.payload, sizeof(entry.payload)) < 0)
		return -EBADMSG;
	crypto_hash_sha256(hash, extra, size);
	tree_leaf(hash, sizeof(hash), entry.leaf);
	*ret_entry = entry;
	return 0;
}

/* One line more; what is wrong with it, or NULL. */
static const char *take_line(struct reading *reading, struct slice text,
			     struct tree *tree, const struct note *note,
			     const struct pages_entry *entry)
{
	const struct record *record = &reading->line.record;
	uint8_t root[TREE_HASH_SIZE];

	if (page_read(text, &reading->line) < 0)
		return "a line of its audit log is none";
	if (reading->line.kind == PAGE_KEY)
		return NULL;
	if (record->seq != tree_size(tree))
		return "an entry of its audit log is missing";
	if (entry && entry->seq == record->seq &&
	    !bytes_are(entry->leaf, record->leaf, TREE_HASH_SIZE))
		return "its audit log does not know that it was made";
	if (tree_append(tree, record->leaf) < 0)
		return "there is no memory to look at its audit log";
	if (note && note->size == tree_size(tree)) {
		tree_root(tree, root);
		if (!bytes_are(root, note->root, sizeof(root)))
			return "its audit log is not that of the checkpoint";
	}
	return NULL;
}

int pages_check(int pages, const struct note *note,
		const struct pages_entry *entry, uint64_t *ret_entries,
		const char **ret_problem)
{
	OWNED(drop_memory) struct reading *reading = malloc(sizeof(*reading));
	OWNED(tree_drop) struct tree *tree = NULL;
	struct slice text;
	int r;

	*ret_problem = NULL;
	if (!reading || tree_new(-1, &tree) < 0)
		return -ENOMEM;
	if (lseek(pages, 0, SEEK_SET) < 0)
		return -errno;
	lines_start(&reading->lines, pages);
	while (!*ret_problem && (r = lines_next(&reading->lines, &text)) == 1)
		*ret_problem = take_line(reading, text, tree, note, entry);
	if (!*ret_problem && (r == -ENODATA || r == -EMSGSIZE))
		*ret_problem = "a line of its audit log is none";
	if (!*ret_problem && r < 0)
		return r;
	if (!*ret_problem && ((note && note->size > tree_size(tree)) ||
			      (entry && entry->seq >= tree_size(tree))))
		*ret_problem = "its audit log is shorter than was signed";
	*ret_entries = tree_size(tree);
	return *ret_problem ? -EBADMSG : 0;
}

int pages_note(int dir, const char *key, struct note *ret_note)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd)
	int fd = openat(dir, PAGES_CHECKPOINT,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t size = 0;
	int r = fd < 0 ? -errno : file_read(fd, NOTE_SIZE - 1, &text, &size);

	return r < 0 ? r
		     : note_read((struct slice){ text, size }, key, ret_note);
}

int pages_made(int dir, struct pages_entry *ret_entry)
{
	OWNED(drop_fd)
	int fd = openat(dir, PAGES_MADE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_memory) char *text = NULL;
	size_t size = 0;
	int r = fd < 0 ? -errno : file_read(fd, NOTE_PROOF_SIZE, &text, &size);

	return r < 0 ? r : pages_entry((struct slice){ text, size }, ret_entry);
}

/* As sha256sum(1) writes it. */
static int sum_of(int dir, char ret_sum[SUM_SIZE])
{
	static const char *const names[] = { PAGES_LOG, PAGES_MADE };
	size_t at = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		OWNED(drop_fd)
		int fd = openat(dir, names[i],
				O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		char hex[2 * SEAL_HASH_SIZE + 1];
		uint8_t hash[SEAL_HASH_SIZE];
		uint64_t size;
		int r = fd < 0 ? -errno : backup_hash(fd, &size, hash);

		if (r < 0)
			return r;
		hex_text(hash, sizeof(hash), hex);
		r = snprintf(ret_sum + at, SUM_SIZE - at, "%s  %s\n", hex,
			     names[i]);
		assert(r > 0 && (size_t)r < SUM_SIZE - at);
		at += (size_t)r;
	}
	return 0;
}

int pages_open(int dir)
{
	OWNED(drop_fd)
	int pages = openat(dir, PAGES_LOG, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_fd)
	int fd = openat(dir, PAGES_SUM, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_memory) char *text = NULL;
	char sum[SUM_SIZE];
	size_t size = 0;
	int r = pages < 0 || fd < 0 ? -errno : sum_of(dir, sum);

	if (r == 0)
		r = file_read(fd, SUM_SIZE, &text, &size);
	if (r < 0)
		return r;
	return slice_is((struct slice){ text, size }, slice_of(sum))
		       ? GIVE_FD(pages)
		       : -EBADMSG;
}

int pages_sum(int dir)
{
	OWNED(drop_fd)
	int fd = openat(dir, PAGES_SUM, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);
	char sum[SUM_SIZE];
	int r = fd < 0 ? -errno : sum_of(dir, sum);

	return r < 0 ? r : file_write_at(fd, sum, strlen(sum), 0);
}
