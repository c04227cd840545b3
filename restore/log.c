/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Keys and log of a restore. The log is where it is seen whether this would
 * be a step back in time: it goes on from the back-up's own checkpoint, up to
 * what a witness kept, and knows of no newer key back-up than this one.
 * Contract in restore.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "restore/restore.h"
#include "vault/audit.h"
#include "vault/page.h"
#include "vault/place.h"
#include "vault/today.h"

enum { RING_MAX = 4 << 20, BLOCK_SIZE = 1 << 16 };

/* Entries that were erased first stand in a file before all others. */
#define FIRST_DAY 19700101

static int fail(const char *what, int r)
{
	restore_say("%s: %s", what,
		    r == -EBADMSG ? "damaged, or not what it should be"
				  : strerror(-r));
	return RESTORE_FAILED;
}

/* The ring, from where it was kept, to where the vault has it. */
static int take_ring(struct restore *restore)
{
	const char *path = restore->options->keys;
	OWNED(drop_memory) char *bytes = NULL;
	OWNED(drop_fd) int from = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	size_t size = 0;
	int r = from < 0 || fstat(from, &about) < 0 ? -errno : 0;

	restore->is_copy = r == 0 && !S_ISDIR(about.st_mode);
	if (r == 0)
		r = restore->is_copy
			    ? file_read(from, RING_MAX, &bytes, &size)
			    : place_read(from, "ring", RING_MAX, &bytes, &size);
	if (r == 0)
		r = place_write(restore->vault, "ring", bytes, size);
	if (r == 0)
		r = keyring_open(restore->vault, &restore->ring);
	return r < 0 ? fail(path, r) : RESTORE_DONE;
}

static int unlock(struct restore *restore, struct slice passphrase)
{
	int r = keyring_unlock(restore->ring, passphrase);

	if (r == -EACCES)
		restore_say("this passphrase does not open the keys");
	else if (r < 0)
		return fail(restore->options->keys, r);
	return r < 0 ? RESTORE_FAILED : RESTORE_DONE;
}

/* Whether the back-up's checkpoint was signed by the vault of these keys. */
static int check_vault(struct restore *restore, struct note *ret_note)
{
	int r = pages_note(restore->dir, NULL, ret_note);

	if (r < 0)
		return fail(PAGES_CHECKPOINT, r);
	memcpy(restore->origin, ret_note->origin, sizeof(restore->origin));
	signature_key(restore->origin, keyring_public(restore->ring),
		      restore->key);
	if (pages_note(restore->dir, restore->key, ret_note) == 0)
		return RESTORE_DONE;
	restore_say("refused: these are not the keys of the vault that signed "
		    "this back-up");
	return RESTORE_REFUSED;
}

static int append_file(int from, int to, int64_t *at)
{
	static char block[BLOCK_SIZE];
	int64_t read_at = 0;
	ssize_t got;
	int r = 0;

	while (r == 0 && (got = file_read_some(from, block, sizeof(block),
					       read_at)) != 0) {
		if (got < 0)
			return (int)got;
		r = file_write_at(to, block, (size_t)got, *at);
		read_at += got;
		*at += got;
	}
	return r;
}

/* Power that failed may have left a part of a line, which nobody was told is
 * there: the vault drops it, too. */
static int end_whole(int file, int64_t size)
{
	char tail[RECORD_LINE_MAX + 1];
	size_t length =
		size < (int64_t)sizeof(tail) ? (size_t)size : sizeof(tail);
	int r = file_read_at(file, tail, length, size - (int64_t)length);
	const char *end = r < 0 ? NULL : memrchr(tail, '\n', length);

	if (r < 0 || (length > 0 && tail[length - 1] == '\n'))
		return r;
	if (!end && length == sizeof(tail))
		return 0; /* no line of ours: told when it is read */
	size -= (int64_t)length - (end ? end + 1 - tail : 0);
	return ftruncate(file, size) < 0 ? -errno : 0;
}

/* The log of a vault that is there still, as one. */
static int join_volumes(struct restore *restore)
{
	OWNED(drop_fd)
	int from = open(restore->options->keys,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd)
	int to = openat(restore->state, ".", O_RDWR | O_TMPFILE | O_CLOEXEC,
			0600);
	struct volumes volumes = { .at = NULL };
	int64_t at = 0;
	int r = from < 0 || to < 0 ? -errno : volumes_find(from, &volumes);

	for (size_t i = 0; r == 0 && i < volumes.count; i++) {
		char name[VOLUME_NAME_SIZE];
		OWNED(drop_fd) int day = -1;

		volume_name(volumes.at[i].date, name);
		day = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		r = day < 0 ? -errno : append_file(day, to, &at);
	}
	volumes_free(&volumes);
	if (r == 0)
		r = end_whole(to, at);
	return r < 0 ? r : GIVE_FD(to);
}

/* Whether a log is the one of the back-up, or goes on from there. */
static int check_log(const struct restore *restore, int pages,
		     const struct note *note, const char **ret_problem)
{
	struct pages_entry made;
	uint64_t entries;
	int r = pages_made(restore->dir, &made);

	*ret_problem = "the proof that it was made is damaged";
	return r < 0 ? r
		     : pages_check(pages, note, &made, &entries, ret_problem);
}

/* The log of a back-up, with its checkpoint; a descriptor, or errno. */
static int log_of(const struct restore *restore, const char *name,
		  const struct note *first, const char **ret_problem)
{
	OWNED(drop_fd)
	int dir = openat(restore->shelf, name,
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int pages = dir < 0 ? -errno : pages_open(dir);
	struct note note;
	uint64_t entries;
	int r = pages;

	*ret_problem = "damaged";
	if (r >= 0)
		r = pages_note(dir, restore->key, &note);
	if (r == 0)
		r = pages_check(pages, &note, NULL, &entries, ret_problem);
	if (r == 0)
		r = check_log(restore, pages, first, ret_problem);
	if (r < 0)
		return r;
	return dup(pages);
}

/*
 * The newest log at hand: what was erased after this back-up was made is told
 * by those that were made later.
 */
static int find_log(struct restore *restore, const struct note *first)
{
	char own[BACKUP_NAME_SIZE], name[BACKUP_NAME_SIZE];
	const char *problem = NULL;
	int r = restore_before(restore->shelf, NULL, name);

	backup_name(&restore->backup, own);
	while (r == 0 && strcmp(name, own) >= 0) {
		restore->pages = log_of(restore, name, first, &problem);
		if (restore->pages >= 0)
			return RESTORE_DONE;
		restore_say("%s: its audit log is of no use: %s", name,
			    problem);
		r = restore_before(restore->shelf, name, name);
	}
	return RESTORE_FAILED;
}

static int open_log(struct restore *restore, const struct note *note)
{
	const char *problem = NULL;
	int r;

	if (restore->is_copy)
		return find_log(restore, note);
	restore->pages = join_volumes(restore);
	if (restore->pages < 0)
		return fail(restore->options->keys, restore->pages);
	r = check_log(restore, restore->pages, note, &problem);
	if (r == 0)
		return RESTORE_DONE;
	restore_say("refused: the audit log of %s does not go on from this "
		    "back-up: %s",
		    restore->options->keys, problem);
	return RESTORE_REFUSED;
}

/* What somebody else kept cannot be taken back. */
static int check_witness(const struct restore *restore)
{
	const char *path = restore->options->checkpoint;
	OWNED(drop_fd) int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	OWNED(drop_memory) char *text = NULL;
	const char *problem = NULL;
	struct note note;
	uint64_t entries = 0;
	size_t size = 0;
	int r;

	if (!path)
		return RESTORE_DONE;
	r = fd < 0 ? -errno : file_read(fd, NOTE_SIZE - 1, &text, &size);
	if (r == 0)
		r = note_read((struct slice){ text, size }, restore->key,
			      &note);
	if (r < 0)
		return fail(path, r);
	r = pages_check(restore->pages, &note, NULL, &entries, &problem);
	if (r == 0)
		return RESTORE_DONE;
	restore_say("refused: rollback: the audit log here has %" PRIu64
		    " entries, the checkpoint was signed for %" PRIu64
		    ": %s. What was erased in between would come back; look "
		    "for a newer back-up or the vault's own directory.",
		    entries, note.size, problem);
	return RESTORE_REFUSED;
}

/* What a log is split with; too big for the stack. */
struct splitting {
	int dir, day;
	seal_date date;
	int64_t at;
	struct page_line line;
	struct lines lines;
};

/* The day of a line that names one; never before that of the one before. */
static seal_date day_of(const struct splitting *splitting)
{
	const struct page_line *line = &splitting->line;
	seal_date date = splitting->date ? splitting->date : FIRST_DAY;
	seal_date own = 0;

	if (line->kind == PAGE_KEY)
		own = line->key.end.date;
	else if (line->kind == PAGE_CLEAR)
		own = today_date(record_instant(line->record.time));
	return own > date ? own : date;
}

static int put_line(struct splitting *splitting, struct slice text)
{
	seal_date date = day_of(splitting);
	char name[VOLUME_NAME_SIZE];
	int r;

	if (splitting->day < 0 || date != splitting->date) {
		drop_fd(&splitting->day);
		volume_name(date, name);
		splitting->day =
			openat(splitting->dir, name,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (splitting->day < 0)
			return -errno;
		splitting->date = date;
		splitting->at = 0;
	}
	r = file_write_at(splitting->day, text.at, text.size, splitting->at);
	if (r == 0)
		r = file_write_at(splitting->day, "\n", 1,
				  splitting->at + (int64_t)text.size);
	splitting->at += (int64_t)text.size + 1;
	return r;
}

/* Into files by day again, as the vault has them. */
static int split(const struct restore *restore)
{
	OWNED(drop_memory)
	struct splitting *splitting = malloc(sizeof(*splitting));
	struct slice text;
	int r;

	if (!splitting)
		return -ENOMEM;
	splitting->dir = restore->vault;
	splitting->day = -1;
	splitting->date = 0;
	if (lseek(restore->pages, 0, SEEK_SET) < 0)
		return -errno;
	lines_start(&splitting->lines, restore->pages);
	while ((r = lines_next(&splitting->lines, &text)) == 1) {
		r = page_read(text, &splitting->line);
		if (r == 0)
			r = put_line(splitting, text);
		if (r < 0)
			break;
	}
	drop_fd(&splitting->day);
	return r;
}

int restore_take_log(struct restore *restore, struct slice passphrase)
{
	struct note note;
	int r = take_ring(restore);

	if (r == RESTORE_DONE)
		r = unlock(restore, passphrase);
	if (r == RESTORE_DONE)
		r = check_vault(restore, &note);
	if (r == RESTORE_DONE)
		r = open_log(restore, &note);
	if (r == RESTORE_DONE)
		r = check_witness(restore);
	if (r != RESTORE_DONE)
		return r;
	r = split(restore);
	return r < 0 ? fail("the audit log", r) : RESTORE_DONE;
}

/* Public halves for what is written now. */
static int use_days(struct restore *restore, struct audit *audit)
{
	OWNED(drop_memory) uint8_t *bytes = NULL;
	struct seal_keyset *days;
	size_t size;
	int r = keyring_day_keyset(restore->ring, 0,
				   clock_seconds(&clock_system), &bytes, &size);

	if (r == 0)
		r = seal_keyset_read(bytes, size, &days);
	if (r == 0)
		audit_take_keys(audit, days);
	return r;
}

static void audit_drop(struct audit **audit)
{
	audit_close(*audit);
}

int restore_note(struct restore *restore)
{
	const struct restore_figures *figures = &restore->figures;
	OWNED(audit_drop) struct audit *audit = NULL;
	char hash[2 * SEAL_HASH_SIZE + 1], text[512], checkpoint[NOTE_SIZE];
	nanoseconds now = clock_now(&clock_system);
	struct audit_opened opened;
	uint64_t seq;
	int r = audit_open(restore->vault, "restore", &audit, &opened);

	hex_text(restore->backup.hash, SEAL_HASH_SIZE, hash);
	if (r == 0)
		r = use_days(restore, audit);
	(void)snprintf(text, sizeof(text),
		       "{\"event\":\"backup.restored\",\"actor\":\"uid:%u\","
		       "\"manifest\":\"%s\",\"entries\":%" PRIu64
		       ",\"objects\":%" PRIu64 ",\"missing\":%" PRIu64
		       ",\"erased\":%" PRIu64 ",\"keys\":%" PRIu64
		       ",\"older_keys\":%s}",
		       getuid(), hash, restore->backup.entries,
		       figures->objects, figures->missing, figures->erased,
		       figures->keys,
		       restore->options->older_keys ? "true" : "false");
	if (r == 0)
		r = audit_append(audit,
				 now > opened.last_at ? now : opened.last_at,
				 slice_of(text), &seq);
	if (r == 0)
		r = audit_sign(audit, restore->origin,
			       keyring_seed(restore->ring), checkpoint);
	return r < 0 ? fail("the audit log", r) : RESTORE_DONE;
}
