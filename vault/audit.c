/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vault/place.h"

#define LOG_NAME "audit.jsonl"
#define LEAVES_NAME "leaves"
#define CHECKPOINT_NAME "checkpoint"

enum { MARK_EVERY = 64 };

/* Where in the file every MARK_EVERYth entry begins: for proofs. */
struct marks {
	int64_t *at;
	size_t count, room;
};

struct audit {
	int dir, log, leaves;
	const char *node;
	int64_t size; /* of the log in bytes, all durable */
	struct tree *tree;
	struct marks marks;
	bool is_dead;
};

static int add_mark(struct audit *audit)
{
	struct marks *marks = &audit->marks;

	if (tree_size(audit->tree) % MARK_EVERY)
		return 0;
	if (marks->count == marks->room) {
		size_t room = marks->room ? 2 * marks->room : 256;
		void *more = realloc(marks->at, room * sizeof(marks->at[0]));

		if (!more)
			return -ENOMEM;
		marks->at = more;
		marks->room = room;
	}
	marks->at[marks->count++] = audit->size;
	return 0;
}

/* An instant as record.c wrote it, back to a number. */
static nanoseconds instant_of(const char *text)
{
	static const struct {
		size_t from, size;
	} parts[] = { { 0, 4 },	 { 5, 2 },  { 8, 2 }, { 11, 2 },
		      { 14, 2 }, { 17, 2 }, { 20, 3 } };
	uint64_t number[COUNT(parts)];
	struct tm at = { 0 };

	if (strlen(text) < 23)
		return 0;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (slice_number((struct slice){ text + parts[i].from,
						 parts[i].size },
				 9999, &number[i]) < 0)
			return 0;
	at.tm_year = (int)number[0] - 1900;
	at.tm_mon = (int)number[1] - 1;
	at.tm_mday = (int)number[2];
	at.tm_hour = (int)number[3];
	at.tm_min = (int)number[4];
	at.tm_sec = (int)number[5];
	return timegm(&at) * NS_PER_S + (int64_t)number[6] * NS_PER_MS;
}

/* Take in one line that stands in the file; r of record_read(). */
static int take_line(struct audit *audit, struct slice line,
		     struct audit_opened *opened)
{
	struct record record;
	int r = record_read(line, &record);

	if (r < 0)
		return -EBADMSG;
	if (record.seq != tree_size(audit->tree))
		return -EBADMSG;
	r = add_mark(audit);
	if (r == 0)
		r = tree_append(audit->tree, record.leaf);
	if (r < 0)
		return r;
	audit->size += (int64_t)line.size + 1;
	if (!record.is_erased)
		opened->last_at = instant_of(record.time);
	return 0;
}

/* Read all lines; what stands after the last newline is torn. */
static int take_all(struct audit *audit, struct audit_opened *opened)
{
	enum { BUFFER_SIZE = 64 * RECORD_LINE_MAX };
	OWNED(drop_memory) char *buffer = malloc(BUFFER_SIZE);
	size_t held = 0;

	if (!buffer)
		return -ENOMEM;
	for (;;) {
		ssize_t got =
			pread(audit->log, buffer + held, BUFFER_SIZE - held,
			      audit->size + (int64_t)held);
		struct slice rest, line;
		int r;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		held += (size_t)got;
		rest = (struct slice){ buffer, held };
		while (slice_find(rest, '\n') < rest.size) {
			line = slice_cut(rest, '\n', &rest);
			r = take_line(audit, line, opened);
			if (r < 0)
				return r;
		}
		if (got == 0) {
			opened->torn = rest.size;
			return 0;
		}
		if (rest.size > RECORD_LINE_MAX)
			return -EBADMSG;
		held = rest.size;
		memmove(buffer, rest.at, held);
	}
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

static int open_files(struct audit *audit)
{
	audit->log = openat(
		audit->dir, LOG_NAME,
		O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	audit->leaves = openat(audit->dir, LEAVES_NAME,
			       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (audit->log < 0 || audit->leaves < 0 || fsync(audit->dir) < 0)
		return -errno;
	return 0;
}

static void close_cleanly(struct audit **audit)
{
	audit_close(*audit);
}

int audit_open(int dir, const char *node, struct audit **ret_audit,
	       struct audit_opened *ret_opened)
{
	OWNED(close_cleanly) struct audit *audit = calloc(1, sizeof(*audit));
	struct audit_opened opened = { 0 };
	int r;

	if (!audit)
		return -ENOMEM;
	*audit = (struct audit){ dir, -1, -1, node, 0, NULL, { 0 }, false };
	r = open_files(audit);
	if (r == 0)
		r = tree_new(audit->leaves, &audit->tree);
	if (r == 0)
		r = take_all(audit, &opened);
	if (r == 0)
		r = check_signed(audit);
	if (r < 0)
		return r;
	/*
	 * A line without its end was never acknowledged. Also after a clean
	 * start everything read is made durable once: a sync that failed in
	 * an earlier process may have left it in memory only.
	 */
	if (opened.torn > 0 && ftruncate(audit->log, audit->size) < 0)
		return -errno;
	if (fsync(audit->log) < 0)
		return -errno;
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
	free(audit->marks.at);
	drop_fd(&audit->log);
	drop_fd(&audit->leaves);
	free(audit);
}

/* The disk failed: what is not durable must not be found by anyone. */
static int die(struct audit *audit)
{
	audit->is_dead = true;
	(void)!ftruncate(audit->log, audit->size);
	return -EIO;
}

int audit_append(struct audit *audit, nanoseconds now, struct slice said,
		 uint64_t *ret_seq)
{
	char line[RECORD_LINE_MAX + 1];
	struct record record;
	uint64_t seq = tree_size(audit->tree);
	size_t size;
	ssize_t put;

	if (audit->is_dead)
		return -EIO;
	if (!record_said_is(said))
		return -EBADMSG;
	record_make(seq, now, audit->node, said, &record);
	size = record_line(&record, line);
	if (add_mark(audit) < 0)
		return die(audit);

	do
		put = write(audit->log, line, size);
	while (put < 0 && errno == EINTR);
	/* A short write is a full disk; the rest would not fit either. */
	if (put != (ssize_t)size || fdatasync(audit->log) < 0)
		return die(audit);
	audit->size += put;
	if (tree_append(audit->tree, record.leaf) < 0) {
		/* Durable, but not in the tree: only a new start helps. */
		audit->is_dead = true;
		return -EIO;
	}
	*ret_seq = seq;
	return 0;
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
	struct note note = { .size = tree_size(audit->tree) };
	char text[NOTE_SIZE];
	int r;

	if (audit->is_dead)
		return -EIO;
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
static int read_back(const struct audit *audit, uint64_t seq,
		     struct record *ret_record)
{
	OWNED(drop_memory) char *buffer = NULL;
	int64_t from = audit->marks.at[seq / MARK_EVERY], to = audit->size;
	struct slice rest, line;
	int r;

	if (seq / MARK_EVERY + 1 < audit->marks.count)
		to = audit->marks.at[seq / MARK_EVERY + 1];
	buffer = malloc((size_t)(to - from));
	if (!buffer)
		return -ENOMEM;
	r = file_read_at(audit->log, buffer, (size_t)(to - from), from);
	if (r < 0)
		return r;
	rest = (struct slice){ buffer, (size_t)(to - from) };
	line = slice_cut(rest, '\n', &rest);
	for (uint64_t i = 0; i < seq % MARK_EVERY; i++)
		line = slice_cut(rest, '\n', &rest);
	return record_read(line, ret_record);
}

int audit_prove(struct audit *audit, uint64_t seq, const char *origin,
		const uint8_t seed[32], char ret_text[NOTE_PROOF_SIZE])
{
	uint8_t extra[RECORD_SALT_SIZE + RECORD_PAYLOAD_MAX];
	char checkpoint[NOTE_SIZE];
	struct record record;
	struct tree_path path;
	int r;

	if (seq >= tree_size(audit->tree))
		return -ENOENT;
	r = read_back(audit, seq, &record);
	if (r == 0)
		r = tree_prove(audit->tree, seq, tree_size(audit->tree), &path);
	if (r == 0)
		r = audit_sign(audit, origin, seed, checkpoint);
	if (r < 0)
		return r;
	memcpy(extra, record.salt, RECORD_SALT_SIZE);
	memcpy(extra + RECORD_SALT_SIZE, record.payload, record.payload_size);
	return note_proof(record.is_erased ? NULL : extra,
			  RECORD_SALT_SIZE + record.payload_size, seq, &path,
			  checkpoint, ret_text);
}

int audit_read(const struct audit *audit)
{
	int fd =
		openat(audit->dir, LOG_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}
