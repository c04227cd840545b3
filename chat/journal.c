/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/journal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "chat/journal_file.h"

enum { GROW_MIN = 64 << 10, WHOLE_CHUNK = 1 << 20 };

enum file_state {
	FILE_NONE,
	FILE_EMPTY,  /* may be begun */
	FILE_UNREAD, /* counts, and was not read yet */
	FILE_READ,   /* counts, and was read */
	FILE_DEAD,   /* a sync of it failed; another is needed */
};

struct file {
	int fd;
	enum file_state state;
	bool is_dead;	 /* counts, but can be written no more */
	bool is_leaving; /* what is in it was put elsewhere, not durably */
	struct journal_head head;
	uint8_t key[SEAL_KEY_SIZE];
	int64_t end; /* after the last whole record */
};

struct journal {
	const struct journal_disk *disk;
	struct attic *attic;
	struct file file[JOURNAL_FILES_MAX];
	int current; /* -1: none */
	bool is_run_due;
	struct journal_run run;
	uint8_t *pending;
	size_t size, room;
	uint64_t generation; /* the highest seen */
	uint64_t damaged;
	/* While a file is written whole, what was put goes out in parts. */
	bool is_whole;
	int64_t whole_at;
};

static int disk_write(int fd, const void *bytes, size_t size, int64_t offset)
{
	return file_write_at(fd, bytes, size, offset);
}

static int disk_sync(int fd)
{
	return fdatasync(fd) < 0 ? -errno : 0;
}

static const struct journal_disk system_disk = { disk_write, disk_sync };

int journal_new(const struct journal_disk *disk, struct journal **ret_journal)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return -ENOMEM;
	/* Where nothing may be locked, the keys are in ordinary memory. */
	(void)sodium_mlock(journal, sizeof(*journal));
	journal->disk = disk ? disk : &system_disk;
	journal->current = -1;
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		journal->file[i].fd = -1;
	*ret_journal = journal;
	return 0;
}

static void drop_pending(struct journal *journal)
{
	sodium_memzero(journal->pending, journal->size);
	journal->size = 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	drop_pending(journal);
	free(journal->pending);
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		drop_fd(&journal->file[i].fd);
	(void)sodium_munlock(journal, sizeof(*journal)); /* and wipe */
	free(journal);
}

void journal_set_attic(struct journal *journal, struct attic *attic)
{
	journal->attic = attic;
}

static struct file *find(struct journal *journal, const struct id *id)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
		struct file *file = &journal->file[i];

		if ((file->state == FILE_UNREAD || file->state == FILE_READ) &&
		    id_is(&file->head.id, id))
			return file;
	}
	return NULL;
}

/* It holds nothing that counts. */
static void empty(struct journal *journal, struct file *file)
{
	int place = (int)(file - journal->file);
	bool is_dead = file->is_dead;

	sodium_memzero(file->key, sizeof(file->key));
	memset(&file->head, 0, sizeof(file->head));
	file->end = 0;
	file->is_leaving = file->is_dead = false;
	if (journal->attic)
		attic_wipe(journal->attic, (uint32_t)place);
	if (journal->current == place)
		journal->current = -1;
	/* Not synced: a head that is still there is older than the one that
	   says this file counts no more. */
	if (ftruncate(file->fd, 0) < 0)
		is_dead = true;
	file->state = is_dead ? FILE_DEAD : FILE_EMPTY;
}

int journal_file(struct journal *journal, uint64_t number, int fd)
{
	OWNED(drop_fd) int owned = fd;
	uint8_t bytes[JOURNAL_HEAD_SIZE];
	struct file *file;
	int r;

	if (number >= JOURNAL_FILES_MAX)
		return -EINVAL;
	file = &journal->file[number];
	if (file->state != FILE_NONE && file->state != FILE_DEAD)
		return -EINVAL;
	r = file_read_at(owned, bytes, sizeof(bytes), 0);
	if (r < 0 && r != -ENODATA)
		return r;
	drop_fd(&file->fd);
	memset(file, 0, sizeof(*file));
	file->fd = GIVE_FD(owned);
	if (r == 0 && journal_head_read(bytes, &file->head) == 0) {
		file->state = FILE_UNREAD;
		if (file->head.generation > journal->generation)
			journal->generation = file->head.generation;
	} else {
		/* Never begun to its end, or of nobody who writes here. */
		empty(journal, file);
	}
	return 0;
}

/* ---- reading ---- */

static struct file *newest_unread(struct journal *journal)
{
	struct file *found = NULL;

	for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
		struct file *file = &journal->file[i];

		if (file->state == FILE_UNREAD &&
		    (!found || file->head.generation > found->head.generation))
			found = file;
	}
	return found;
}

/* A newer file tells which older ones count. */
static void drop_replaced(struct journal *journal)
{
	struct file *newest = NULL;

	for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
		struct file *file = &journal->file[i];

		if ((file->state == FILE_UNREAD || file->state == FILE_READ) &&
		    (!newest ||
		     file->head.generation > newest->head.generation))
			newest = file;
	}
	for (int i = 0; newest && i < JOURNAL_FILES_MAX; i++) {
		struct file *file = &journal->file[i];

		if (file->state == FILE_UNREAD && file != newest &&
		    !journal_head_counts(&newest->head, &file->head.id))
			empty(journal, file);
	}
}

bool journal_unread(struct journal *journal, struct id *ret_file,
		    struct seal_wrapped *ret_wrapped)
{
	struct file *file;

	drop_replaced(journal);
	file = newest_unread(journal);
	if (!file)
		return false;
	*ret_file = file->head.id;
	*ret_wrapped = file->head.wrapped;
	return true;
}

int journal_read(struct journal *journal, const struct id *id,
		 const uint8_t *key, journal_take_fn *take, void *self)
{
	struct file *file = find(journal, id);
	uint8_t found[SEAL_KEY_SIZE];
	int r;

	if (!file || file->state != FILE_UNREAD)
		return -EBADMSG;
	if (key)
		memcpy(found, key, sizeof(found));
	else if (!journal->attic || !attic_find(journal->attic, id, found))
		return -ENOKEY;
	r = journal_head_fits(&file->head, found) ? 0 : -EBADMSG;
	if (r == 0) {
		file->state = FILE_READ;
		r = journal_file_read(file->fd, &file->head, found, take, self,
				      &file->end, &journal->damaged);
		if (r < 0)
			file->state = FILE_UNREAD;
	}
	if (r == 0) {
		memcpy(file->key, found, sizeof(found));
		if (journal->attic)
			attic_keep(journal->attic,
				   (uint32_t)(file - journal->file), id, found);
	}
	sodium_memzero(found, sizeof(found));
	/* The attic's was no key of this file: that is as good as none. */
	return r == -EBADMSG && !key ? -ENOKEY : r;
}

void journal_give_up(struct journal *journal, const struct id *id)
{
	struct file *file = find(journal, id);

	if (file)
		empty(journal, file);
}

void journal_moved(struct journal *journal, const struct id *id)
{
	struct file *file = find(journal, id);

	if (!file)
		return;
	if (file->state == FILE_UNREAD)
		empty(journal, file);
	else if (journal->current >= 0 &&
		 file != &journal->file[journal->current])
		file->is_leaving = true;
}

bool journal_leftover(struct journal *journal, struct id *ret_file)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
		const struct file *file = &journal->file[i];

		if (i == journal->current || file->state != FILE_READ ||
		    file->is_leaving)
			continue;
		*ret_file = file->head.id;
		return true;
	}
	return false;
}

/* ---- writing ---- */

bool journal_can_write(const struct journal *journal)
{
	return journal->current >= 0;
}

void journal_adopt(struct journal *journal)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
		const struct file *file = &journal->file[i];

		if (file->state != FILE_READ || file->is_dead ||
		    (journal->current >= 0 &&
		     journal->file[journal->current].head.generation >
			     file->head.generation))
			continue;
		journal->current = i;
		journal->is_run_due = true;
	}
}

static int make_room(struct journal *journal, size_t more)
{
	size_t room = journal->room ? journal->room : GROW_MIN;
	uint8_t *grown;

	if (journal->size + more > JOURNAL_PENDING_MAX)
		return -ENOBUFS;
	while (room < journal->size + more)
		room *= 2;
	if (room == journal->room)
		return 0;
	grown = realloc(journal->pending, room);
	if (!grown)
		return -ENOMEM;
	journal->pending = grown;
	journal->room = room;
	return 0;
}

static int begin_run(struct journal *journal, const struct file *file)
{
	int r = make_room(journal, JOURNAL_RUN_SIZE);

	if (r < 0)
		return r;
	journal_run_begin(&journal->run, &file->head.id, file->key,
			  journal->pending + journal->size);
	journal->size += JOURNAL_RUN_SIZE;
	journal->is_run_due = false;
	return 0;
}

/* While a file is begun, what is ready goes out. */
static int pour(struct journal *journal, const struct file *file)
{
	int r = journal->disk->write(file->fd, journal->pending, journal->size,
				     journal->whole_at);

	if (r == 0)
		journal->whole_at += (int64_t)journal->size;
	drop_pending(journal);
	return r;
}

int journal_put(struct journal *journal, const uint8_t *bytes, size_t size)
{
	const struct file *file;
	size_t sealed = journal_record_size(size);
	int r = 0;

	assert(journal->current >= 0);
	assert(sealed <= JOURNAL_RECORD_MAX);
	file = &journal->file[journal->current];
	if (journal->is_whole && journal->size > WHOLE_CHUNK)
		r = pour(journal, file);
	if (r == 0 && journal->is_run_due)
		r = begin_run(journal, file);
	if (r == 0)
		r = make_room(journal, sealed);
	if (r < 0)
		return r;
	journal_record_seal(&journal->run, bytes, size,
			    journal->pending + journal->size);
	journal->size += sealed;
	return 0;
}

static void stay(struct journal *journal)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		journal->file[i].is_leaving = false;
}

void journal_abandon(struct journal *journal)
{
	/* Its numbers are used up. */
	if (journal->current >= 0)
		journal->is_run_due = true;
	drop_pending(journal);
	stay(journal);
}

bool journal_has_pending(const struct journal *journal)
{
	return journal->size > 0;
}

/* What was said to have moved is on the disk here. */
static void let_go(struct journal *journal)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		if (journal->file[i].is_leaving)
			empty(journal, &journal->file[i]);
}

int journal_commit(struct journal *journal)
{
	struct file *file;
	int r;

	if (journal->size == 0)
		return 0;
	assert(journal->current >= 0);
	file = &journal->file[journal->current];
	journal->run.written = 0; /* of the next write */
	r = file->end + (int64_t)journal->size > JOURNAL_SIZE_MAX
		    ? -ENOSPC
		    : journal->disk->write(file->fd, journal->pending,
					   journal->size, file->end);
	if (r < 0) {
		/* What may stand there half is cut off, and its numbers are
		   used up: the next record begins a run. */
		(void)!ftruncate(file->fd, file->end);
		journal->is_run_due = true;
	} else if (journal->disk->sync(file->fd) < 0) {
		file->is_dead = true;
		journal->current = -1;
		r = -EIO;
	} else {
		file->end += (int64_t)journal->size;
		let_go(journal);
	}
	if (r < 0)
		stay(journal);
	drop_pending(journal);
	return r;
}

/* ---- another file ---- */

static struct file *find_empty(struct journal *journal)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		if (journal->file[i].state == FILE_EMPTY)
			return &journal->file[i];
	return NULL;
}

bool journal_has_empty(const struct journal *journal)
{
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		if (journal->file[i].state == FILE_EMPTY)
			return true;
	return false;
}

/* Files that nobody could read yet still count beside the new one. */
static void count_unread(const struct journal *journal,
			 struct journal_head *head)
{
	int count = 0;

	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		if (journal->file[i].state == FILE_UNREAD)
			head->counts[count++] = journal->file[i].head.id;
}

/*
 * Records first, made durable; then the head that makes them count. What
 * became of a head whose sync failed nobody knows: it may count.
 */
static int write_whole(struct journal *journal, struct file *file,
		       journal_whole_fn *whole, void *self, bool *ret_may_count)
{
	uint8_t head[JOURNAL_HEAD_SIZE];
	int r;

	journal->is_whole = true;
	journal->is_run_due = true;
	journal->whole_at = JOURNAL_HEAD_SIZE;
	r = whole(self);
	if (r == 0 && journal->size > 0)
		r = pour(journal, file);
	journal->is_whole = false;
	journal->run.written = 0;
	drop_pending(journal);
	if (r == 0 && journal->whole_at > JOURNAL_HEAD_SIZE &&
	    journal->disk->sync(file->fd) < 0) {
		file->is_dead = true;
		return -EIO;
	}
	if (r < 0)
		return r;
	journal_head_write(&file->head, head);
	r = journal->disk->write(file->fd, head, sizeof(head), 0);
	if (r == 0 && journal->disk->sync(file->fd) < 0) {
		file->is_dead = *ret_may_count = true;
		r = -EIO;
	}
	if (r == 0)
		file->end = journal->whole_at;
	return r;
}

/* The file could not be begun: the former one goes on, unless the other's
   head may say that it counts no more. Then a newer head has to come. */
static void fall_back(struct journal *journal, struct file *file, int former,
		      bool may_count)
{
	journal->current = former;
	journal->is_run_due = true;
	if (may_count && former >= 0) {
		journal->file[former].is_dead = true;
		journal->current = -1;
	}
	empty(journal, file);
}

int journal_renew(struct journal *journal, const struct seal_keyset *set,
		  const struct seal_end *end, journal_whole_fn *whole,
		  void *self)
{
	struct file *file = find_empty(journal);
	const int former = journal->current;
	bool may_count = false;
	int r;

	journal_abandon(journal);
	if (!file)
		return -ENOSPC;
	r = journal_head_new(&file->head, ++journal->generation, set, end,
			     file->key);
	if (r < 0)
		return r;
	count_unread(journal, &file->head);
	if (journal->attic)
		attic_keep(journal->attic, (uint32_t)(file - journal->file),
			   &file->head.id, file->key);
	file->state = FILE_READ;
	journal->current = (int)(file - journal->file);
	r = write_whole(journal, file, whole, self, &may_count);
	if (r < 0) {
		fall_back(journal, file, former, may_count);
		return r;
	}
	/* All that was read stands in the new one. */
	for (int i = 0; i < JOURNAL_FILES_MAX; i++)
		if (i != journal->current &&
		    journal->file[i].state == FILE_READ)
			empty(journal, &journal->file[i]);
	return 0;
}

bool journal_wants(const struct journal *journal, uint64_t *ret_number)
{
	for (uint64_t i = 0; i < JOURNAL_FILES_MAX; i++)
		if (journal->file[i].state == FILE_DEAD) {
			*ret_number = i;
			return true;
		}
	return false;
}

int64_t journal_size(const struct journal *journal)
{
	return journal->current < 0 ? 0 : journal->file[journal->current].end;
}

uint64_t journal_damaged(const struct journal *journal)
{
	return journal->damaged;
}
