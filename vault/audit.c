/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/former.h"
#include "vault/place.h"
#include "vault/today.h"

#define LEAVES_NAME "leaves"
#define CHECKPOINT_NAME "checkpoint"

struct audit {
	int dir, leaves;
	const char *node;
	struct tree *tree;
	struct volumes volumes;

	int log;      /* today's volume, or the last one; -1: none yet */
	int64_t size; /* of it in bytes, all durable */

	struct seal_keyset *days; /* NULL: no keys yet, entries are clear */
	uint8_t *key;		  /* of what is written now; locked memory */
	bool has_key;

	/* What was put and is not written yet: lines and their leaves. */
	char *text;
	size_t text_size, put_count;
	uint8_t put_leaf[AUDIT_GROUP_MAX][TREE_HASH_SIZE];

	bool is_dead;
};

/* Each with a key line before it. */
enum { TEXT_ROOM = 2 * AUDIT_GROUP_MAX * (RECORD_LINE_MAX + 1) };

static struct volume *last_volume(const struct audit *audit)
{
	return audit->volumes.count
		       ? &audit->volumes.at[audit->volumes.count - 1]
		       : NULL;
}

/* Take in one line that stands in a volume. */
static int take_line(struct audit *audit, struct volume *volume,
		     struct slice text, struct page_line *line,
		     struct audit_opened *opened)
{
	const struct record *record = &line->record;
	int r = page_read(text, line);

	if (r < 0)
		return -EBADMSG;
	if (line->kind == PAGE_KEY)
		return 0;
	if (record->seq != tree_size(audit->tree))
		return -EBADMSG;
	r = tree_append(audit->tree, record->leaf);
	if (r < 0)
		return r;
	volume->count++;
	volume->is_erased &= line->kind == PAGE_ERASED;
	if (line->kind != PAGE_ERASED)
		opened->last_at = record_instant(record->time);
	return 0;
}

/* What a volume is read with; too big for the stack. */
struct taking {
	struct page_line line;
	struct lines lines;
};

/* Read all of a volume; what stands after its last newline is torn. */
static int take_volume(struct audit *audit, struct volume *volume, int fd,
		       struct taking *taking, struct audit_opened *opened)
{
	struct slice text;
	int r;

	lines_start(&taking->lines, fd);
	volume->first = tree_size(audit->tree);
	volume->is_erased = true;
	do {
		r = lines_next(&taking->lines, &text);
		if (r > 0) {
			int taken = take_line(audit, volume, text,
					      &taking->line, opened);

			r = taken < 0 ? taken : 1;
		}
	} while (r > 0);
	audit->size = taking->lines.done;
	if (r == -ENODATA)
		opened->torn = taking->lines.to - taking->lines.from;
	return r == -EMSGSIZE ? -EBADMSG : r == -ENODATA ? 0 : r;
}

static int take_all(struct audit *audit, struct audit_opened *opened)
{
	OWNED(drop_memory) struct taking *taking = malloc(sizeof(*taking));
	int r = 0;

	if (!taking)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < audit->volumes.count; i++) {
		char name[VOLUME_NAME_SIZE];

		/* Only the end of the last one may be torn. */
		if (opened->torn > 0)
			return -EBADMSG;
		volume_name(audit->volumes.at[i].date, name);
		drop_fd(&audit->log);
		audit->log = openat(audit->dir, name,
				    O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
		if (audit->log < 0)
			return -errno;
		r = take_volume(audit, &audit->volumes.at[i], audit->log,
				taking, opened);
	}
	return r;
}

/* Whether this is still the log that the checkpoint was signed for. */
static int check_signed(const struct audit *audit)
{
	OWNED(drop_fd)
	int fd = openat(audit->dir, CHECKPOINT_NAME,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_memory) char *text = NULL;
	uint8_t root[TREE_HASH_SIZE];
	struct note note;
	size_t size;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = file_read(fd, NOTE_SIZE, &text, &size);
	if (r < 0)
		return r;
	if (note_read((struct slice){ text, size }, NULL, &note) < 0 ||
	    note.size > tree_size(audit->tree))
		return -EBADMSG;
	r = tree_root_at(audit->tree, note.size, root);
	if (r < 0)
		return r;
	return memcmp(root, note.root, sizeof(root)) == 0 ? 0 : -EBADMSG;
}

static void close_cleanly(struct audit **audit)
{
	audit_close(*audit);
}

/*
 * A line without its end was never acknowledged. Also after a clean start
 * everything read is made durable once: a sync that failed in an earlier
 * process may have left it in memory only.
 */
static int mend(const struct audit *audit, const struct audit_opened *opened)
{
	if (audit->log < 0)
		return 0;
	if (opened->torn > 0 && ftruncate(audit->log, audit->size) < 0)
		return -errno;
	return fsync(audit->log) < 0 ? -errno : 0;
}

int audit_open(int dir, const char *node, struct audit **ret_audit,
	       struct audit_opened *ret_opened)
{
	OWNED(close_cleanly) struct audit *audit = calloc(1, sizeof(*audit));
	struct audit_opened opened = { 0 };
	int former, r;

	if (!audit)
		return -ENOMEM;
	audit->dir = dir;
	audit->node = node;
	audit->log = -1;
	audit->leaves = openat(dir, LEAVES_NAME,
			       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (audit->leaves < 0)
		return -errno;
	audit->key = sodium_malloc(SEAL_KEY_SIZE);
	audit->text = malloc(TEXT_ROOM);
	if (!audit->key || !audit->text)
		return -ENOMEM;
	former = former_take(dir);
	r = former < 0 ? former : tree_new(audit->leaves, &audit->tree);
	if (r == 0)
		r = volumes_find(dir, &audit->volumes);
	if (r == 0)
		r = take_all(audit, &opened);
	if (r == 0)
		r = check_signed(audit);
	if (r == 0)
		r = mend(audit, &opened);
	if (r == 0 && former > 0)
		r = former_drop(dir);
	if (r < 0)
		return r;
	opened.entries = tree_size(audit->tree);
	*ret_opened = opened;
	*ret_audit = audit;
	audit = NULL;
	return 0;
}

void audit_close(struct audit *audit)
{
	if (!audit)
		return;
	tree_free(audit->tree);
	volumes_free(&audit->volumes);
	seal_keyset_free(audit->days);
	sodium_free(audit->key);
	free(audit->text);
	drop_fd(&audit->log);
	drop_fd(&audit->leaves);
	free(audit);
}

void audit_take_keys(struct audit *audit, struct seal_keyset *days)
{
	seal_keyset_free(audit->days);
	audit->days = days;
}

/* The disk failed: what is not durable must not be found by anyone. */
static int die(struct audit *audit)
{
	audit->is_dead = true;
	if (audit->log >= 0)
		(void)!ftruncate(audit->log, audit->size);
	return -EIO;
}

/* See that the volume of a day is open; 0, or errno. */
static int open_day(struct audit *audit, seal_date date)
{
	const struct volume *last = last_volume(audit);
	char name[VOLUME_NAME_SIZE];

	/* A zone that was changed does not turn the days' order round. */
	if (audit->log >= 0 && last && date <= last->date)
		return 0;
	volume_name(date, name);
	drop_fd(&audit->log);
	audit->has_key = false;
	audit->size = 0;
	audit->log = openat(audit->dir, name,
			    O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC |
				    O_NOFOLLOW,
			    0600);
	if (audit->log < 0 || fsync(audit->dir) < 0)
		return -errno;
	if (volumes_add(&audit->volumes, date) < 0)
		return -ENOMEM;
	last_volume(audit)->first = tree_size(audit->tree);
	return 0;
}

/* A fresh key for what this process writes on a day; its line, or 0: there
 * is one already, or no pair to seal it to. */
static size_t make_key(struct audit *audit, char line[RECORD_LINE_MAX + 1])
{
	const struct seal_end end = { SEAL_CLASS_LOG,
				      last_volume(audit)->date };
	const struct id nobody = { 0 };
	struct seal_wrapped wrapped;

	if (audit->has_key || !audit->days)
		return 0;
	randombytes_buf(audit->key, SEAL_KEY_SIZE);
	if (seal_key(audit->days, &end, SEAL_FOR_LOG, &nobody, audit->key,
		     &wrapped) < 0)
		return 0;
	audit->has_key = true;
	return page_key_line(&wrapped, line);
}

int audit_put(struct audit *audit, nanoseconds now, struct slice said,
	      uint64_t *ret_seq)
{
	const seal_date today = today_date(now);
	const struct volume *last = last_volume(audit);
	struct record record;
	char *line;
	int r;

	if (audit->is_dead)
		return -EIO;
	if (!record_said_is(said))
		return -EBADMSG;
	if (audit->put_count == AUDIT_GROUP_MAX)
		return -EAGAIN;
	/* A group is of one day: what was put before goes into its volume. */
	if (audit->put_count > 0 && last && today > last->date) {
		r = audit_sync(audit);
		if (r < 0)
			return r;
	}
	if (open_day(audit, today) < 0)
		return die(audit);
	*ret_seq = tree_size(audit->tree) + audit->put_count;
	record_make(*ret_seq, now, audit->node, said, &record);
	line = audit->text + audit->text_size;
	line += make_key(audit, line);
	line += audit->has_key ? page_sealed_line(&record, audit->key, line)
			       : record_line(&record, line);
	audit->text_size = (size_t)(line - audit->text);
	memcpy(audit->put_leaf[audit->put_count++], record.leaf,
	       TREE_HASH_SIZE);
	return 0;
}

int audit_sync(struct audit *audit)
{
	const size_t size = audit->text_size, count = audit->put_count;
	ssize_t put;

	if (audit->is_dead)
		return -EIO;
	if (count == 0)
		return 0;
	audit->text_size = audit->put_count = 0;
	do
		put = write(audit->log, audit->text, size);
	while (put < 0 && errno == EINTR);
	/* A short write is a full disk; the rest would not fit either. */
	if (put != (ssize_t)size || fdatasync(audit->log) < 0)
		return die(audit);
	audit->size += put;
	last_volume(audit)->count += count;
	last_volume(audit)->is_erased = false;
	for (size_t i = 0; i < count; i++)
		if (tree_append(audit->tree, audit->put_leaf[i]) < 0) {
			/* Durable, but not in the tree: only a new start
			   helps. */
			audit->is_dead = true;
			return -EIO;
		}
	return 0;
}

int audit_append(struct audit *audit, nanoseconds now, struct slice said,
		 uint64_t *ret_seq)
{
	int r = audit_put(audit, now, said, ret_seq);

	if (r == -EAGAIN) {
		r = audit_sync(audit);
		if (r == 0)
			r = audit_put(audit, now, said, ret_seq);
	}
	return r < 0 ? r : audit_sync(audit);
}

bool audit_is_dead(const struct audit *audit)
{
	return audit->is_dead;
}

uint64_t audit_size(const struct audit *audit)
{
	return tree_size(audit->tree);
}

void audit_root(const struct audit *audit, uint8_t ret_root[TREE_HASH_SIZE])
{
	tree_root(audit->tree, ret_root);
}

int audit_sign(struct audit *audit, const char *origin, const uint8_t seed[32],
	       char ret_text[NOTE_SIZE])
{
	struct note note = { .size = 0 };
	char text[NOTE_SIZE];
	int r = audit_sync(audit);

	/* Nothing is signed that the disk does not have. */
	if (r < 0)
		return r;
	note.size = tree_size(audit->tree);
	snprintf(note.origin, sizeof(note.origin), "%s", origin);
	tree_root(audit->tree, note.root);
	note_sign(&note, seed, text);
	/* Kept before it is shown, or a restored log could be signed anew. */
	r = place_write(audit->dir, CHECKPOINT_NAME, text, strlen(text));
	if (r < 0) {
		audit->is_dead = true;
		return -EIO;
	}
	memcpy(ret_text, text, sizeof(text));
	return 0;
}

/* Read entry "seq" back from the log. */
static int read_back(const struct audit *audit, const struct keyring *ring,
		     uint64_t seq, struct record *ret_record)
{
	OWNED(volume_reader_drop) struct volume_reader *reader = NULL;
	size_t at = audit->volumes.count - 1;
	int r;

	while (at > 0 && audit->volumes.at[at].first > seq)
		at--;
	r = volume_reader_new(audit->dir, ring, audit->volumes.at[at].date,
			      seq + 1, &reader);
	while (r == 0) {
		r = volume_reader_next(reader, ret_record);
		if (r == 0)
			return -EBADMSG;
		r = r < 0 || ret_record->seq == seq ? r : 0;
	}
	return r < 0 ? r : 0;
}

int audit_prove(struct audit *audit, const struct keyring *ring, uint64_t seq,
		const char *origin, char ret_text[NOTE_PROOF_SIZE])
{
	uint8_t extra[RECORD_SALT_SIZE + RECORD_PAYLOAD_MAX];
	char checkpoint[NOTE_SIZE];
	struct record record;
	struct tree_path path;
	int r;

	if (seq >= tree_size(audit->tree))
		return -ENOENT;
	r = read_back(audit, ring, seq, &record);
	if (r == 0)
		r = tree_prove(audit->tree, seq, tree_size(audit->tree), &path);
	if (r == 0)
		r = audit_sign(audit, origin, keyring_seed(ring), checkpoint);
	if (r < 0)
		return r;
	memcpy(extra, record.salt, RECORD_SALT_SIZE);
	memcpy(extra + RECORD_SALT_SIZE, record.payload, record.payload_size);
	return note_proof(record.is_erased ? NULL : extra,
			  RECORD_SALT_SIZE + record.payload_size, seq, &path,
			  checkpoint, ret_text);
}

/* The oldest volume before a date that still holds more than leaves. */
static struct volume *find_due(const struct audit *audit, seal_date before)
{
	for (size_t i = 0; i < audit->volumes.count; i++) {
		struct volume *volume = &audit->volumes.at[i];

		if (volume->date >= before)
			return NULL;
		if (!volume->is_erased)
			return volume;
	}
	return NULL;
}

bool audit_has_before(const struct audit *audit, seal_date before,
		      uint64_t *ret_entries)
{
	*ret_entries = 0;
	for (size_t i = 0; i < audit->volumes.count; i++)
		if (audit->volumes.at[i].date < before)
			*ret_entries = audit->volumes.at[i].first +
				       audit->volumes.at[i].count;
	return find_due(audit, before) != NULL;
}

seal_date audit_first(const struct audit *audit, seal_date from)
{
	for (size_t i = 0; i < audit->volumes.count; i++) {
		const struct volume *volume = &audit->volumes.at[i];

		if (volume->date >= from && !volume->is_erased)
			return volume->date;
	}
	return 0;
}

/* A volume without anything but its leaves; the caller frees it. */
static int leaves_of(const struct audit *audit, const char *name,
		     char **ret_text, size_t *ret_size)
{
	OWNED(drop_memory) struct taking *taking = malloc(sizeof(*taking));
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd)
	int fd = openat(audit->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char line[RECORD_LINE_MAX + 1];
	FILE *out = open_memstream(&text, ret_size);
	struct slice stored;
	int r = fd < 0 ? -errno : 1;

	if (r > 0 && (!taking || !out))
		r = -ENOMEM;
	if (r > 0)
		lines_start(&taking->lines, fd);
	while (r > 0) {
		r = lines_next(&taking->lines, &stored);
		if (r > 0 && page_read(stored, &taking->line) < 0)
			r = -EBADMSG;
		if (r > 0 && taking->line.kind != PAGE_KEY) {
			taking->line.record.is_erased = true;
			(void)record_line(&taking->line.record, line);
			(void)fputs(line, out);
		}
	}
	if (out && fclose(out) != 0)
		r = -ENOMEM;
	if (r == 0) {
		*ret_text = text;
		text = NULL;
	}
	return r;
}

int audit_clean(struct audit *audit, seal_date before)
{
	struct volume *volume = find_due(audit, before);
	OWNED(drop_memory) char *text = NULL;
	char name[VOLUME_NAME_SIZE];
	size_t size;
	int r;

	assert(!volume || volume != last_volume(audit));
	if (!volume)
		return 0;
	volume_name(volume->date, name);
	r = leaves_of(audit, name, &text, &size);
	if (r == 0)
		r = place_write_over(audit->dir, name, text, size);
	if (r < 0)
		return r;
	volume->is_erased = true;
	return 1;
}

int audit_read(const struct audit *audit, const struct keyring *ring,
	       struct volume_reader **ret_reader)
{
	return volume_reader_new(audit->dir, ring, 0, tree_size(audit->tree),
				 ret_reader);
}
