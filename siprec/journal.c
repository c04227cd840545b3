/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>

enum { RECORD_MAGIC = 0x31304a54, RECORD_CONTACT = 1, RECORD_MARK = 2 };

struct record {
	uint32_t magic;
	uint32_t kind;
	uint32_t crc;
	uint32_t size;
	struct register_contact contact;
};

enum { RECORD_SIZE = sizeof(struct record), PENDING_MAX = 65536 };

/* The latest state of one number. */
struct entry {
	int64_t offset;	  /* of its record; -1: none here */
	uint32_t version; /* of that state */
	uint32_t noted;	  /* version that the register has */
	bool is_sent;
	bool is_over;
};

struct journal {
	int fd;
	bool is_dead;
	bool knows_number;
	uint64_t last;	/* number given last */
	uint64_t first; /* number of entries[0] */
	struct entry *entries;
	size_t count, room;
	uint64_t backlog; /* entries whose latest is not noted */
	uint64_t open;	  /* entries that are not over */
	uint64_t scan;	  /* below it all is sent */
	int64_t begin;	  /* first byte that still counts */
	int64_t end;	  /* durable up to here */
	struct record *pending;
	size_t pending_count, pending_room;
};

static uint32_t crc_of(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static bool is_over(const struct register_contact *row)
{
	return row->state == REGISTER_STATE_ENDED ||
	       row->state == REGISTER_STATE_UNANSWERED;
}

static struct entry *entry_of(const struct journal *journal, uint64_t number)
{
	if (number < journal->first ||
	    number - journal->first >= journal->count)
		return NULL;
	return &journal->entries[number - journal->first];
}

static int make_room(struct journal *journal, size_t count)
{
	size_t room = journal->room ? journal->room : 1024;
	struct entry *entries;

	if (count > JOURNAL_BACKLOG_MAX)
		return -ENOSPC;
	while (room < count)
		room *= 2;
	if (room == journal->room)
		return 0;
	entries = realloc(journal->entries, room * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	journal->entries = entries;
	journal->room = room;
	return 0;
}

/* Settled entries at the front are forgotten. */
static void trim(struct journal *journal)
{
	size_t settled = 0;

	while (settled < journal->count) {
		const struct entry *entry = &journal->entries[settled];

		if (entry->offset >= 0 &&
		    (!entry->is_over || entry->noted < entry->version))
			break;
		settled++;
	}
	if (settled == 0 || (settled < 512 && settled < journal->count))
		return;
	journal->count -= settled;
	journal->first += settled;
	memmove(journal->entries, journal->entries + settled,
		journal->count * sizeof(struct entry));
}

static bool waits(const struct entry *entry)
{
	return entry->offset >= 0 && entry->noted < entry->version;
}

static bool is_open(const struct entry *entry)
{
	return entry->offset >= 0 && !entry->is_over;
}

/* Enter a state into the table. Rows come with rising versions. */
static int enter(struct journal *journal, const struct register_contact *row,
		 int64_t offset)
{
	struct entry *entry;

	if (journal->count == 0)
		journal->first = row->number;
	if (row->number < journal->first) {
		/* Older than all in the table: move the table up. */
		size_t more = journal->first - row->number;
		int r = make_room(journal, journal->count + more);
		if (r < 0)
			return r;
		memmove(journal->entries + more, journal->entries,
			journal->count * sizeof(struct entry));
		for (size_t i = 0; i < more; i++)
			journal->entries[i] = (struct entry){ .offset = -1 };
		journal->first = row->number;
		journal->count += more;
	}
	if (row->number - journal->first >= journal->count) {
		uint64_t count = row->number - journal->first + 1;
		int r = count > JOURNAL_BACKLOG_MAX
				? -ENOSPC
				: make_room(journal, (size_t)count);
		if (r < 0)
			return r;
		while (journal->count < count)
			journal->entries[journal->count++] =
				(struct entry){ .offset = -1 };
	}

	entry = entry_of(journal, row->number);
	if (entry->offset >= 0 && row->version < entry->version)
		return 0;
	journal->backlog -= waits(entry);
	journal->open -= is_open(entry);
	entry->offset = offset;
	entry->version = row->version;
	entry->is_over = is_over(row);
	entry->is_sent = false;
	journal->backlog += waits(entry);
	journal->open += is_open(entry);
	if (row->number < journal->scan)
		journal->scan = row->number;
	return 0;
}

static bool is_whole(const struct record *record)
{
	return record->magic == RECORD_MAGIC &&
	       record->size == sizeof(record->contact) &&
	       (record->kind == RECORD_CONTACT ||
		record->kind == RECORD_MARK) &&
	       record->crc == crc_of(&record->contact, sizeof(record->contact));
}

static int load_record(struct journal *journal, const struct record *record,
		       int64_t offset)
{
	if (record->contact.number > journal->last)
		journal->last = record->contact.number;
	journal->knows_number = true;
	if (record->kind == RECORD_MARK)
		return 0;
	return enter(journal, &record->contact, offset);
}

static int load(struct journal *journal)
{
	int64_t size = lseek(journal->fd, 0, SEEK_END);
	int64_t offset = lseek(journal->fd, 0, SEEK_DATA);
	int64_t good = 0;
	struct record record;
	int r;

	if (size < 0)
		return -errno;
	offset = offset < 0 ? 0 : offset / RECORD_SIZE * RECORD_SIZE;
	journal->begin = offset;
	for (; offset + RECORD_SIZE <= size; offset += RECORD_SIZE) {
		r = file_read_at(journal->fd, &record, sizeof(record), offset);
		if (r < 0)
			return r;
		if (record.magic == RECORD_MAGIC &&
		    record.size != sizeof(record.contact))
			return -ENOTSUP;
		if (!is_whole(&record))
			continue;
		r = load_record(journal, &record, offset);
		if (r < 0)
			return r;
		good = offset + RECORD_SIZE;
	}
	/* A torn tail was never promised to anybody. */
	if (good < size && ftruncate(journal->fd, good) < 0)
		return -errno;
	journal->end = good;
	return 0;
}

int journal_open(int fd, struct journal **ret_journal)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	int flags = fcntl(fd, F_GETFL);
	int r;

	if (!journal) {
		(void)close(fd);
		return -ENOMEM;
	}
	journal->fd = fd;
	r = flags < 0 ? -errno : load(journal);
	/* pwrite(2) would ignore its offset. */
	if (r == 0 && fcntl(fd, F_SETFL, flags & ~O_APPEND) < 0)
		r = -errno;
	if (r < 0) {
		journal_close(journal);
		return r;
	}
	journal->scan = journal->first;
	*ret_journal = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	drop_fd(&journal->fd);
	free(journal->entries);
	free(journal->pending);
	free(journal);
}

bool journal_knows_number(const struct journal *journal)
{
	return journal->knows_number;
}

void journal_learn(struct journal *journal, uint64_t last)
{
	if (last > journal->last)
		journal->last = last;
	journal->knows_number = true;
}

uint64_t journal_next(const struct journal *journal)
{
	assert(journal->knows_number);
	return journal->last + 1;
}

static int put(struct journal *journal, uint32_t kind,
	       const struct register_contact *row)
{
	struct record *record;

	if (journal->pending_count == journal->pending_room) {
		size_t room = journal->pending_room + 64;

		if (room > PENDING_MAX)
			return -ENOSPC;
		record = realloc(journal->pending, room * sizeof(*record));
		if (!record)
			return -ENOMEM;
		journal->pending = record;
		journal->pending_room = room;
	}
	record = &journal->pending[journal->pending_count];
	memset(record, 0, sizeof(*record));
	record->magic = RECORD_MAGIC;
	record->kind = kind;
	record->size = sizeof(record->contact);
	record->contact = *row;
	memset(&record->contact.head, 0, sizeof(record->contact.head));
	record->crc = crc_of(&record->contact, sizeof(record->contact));
	journal->pending_count++;
	return 0;
}

static int64_t pending_offset(const struct journal *journal)
{
	return journal->end + (int64_t)journal->pending_count * RECORD_SIZE;
}

int journal_append(struct journal *journal, const struct register_contact *row)
{
	int64_t offset = pending_offset(journal);
	int r;

	assert(journal->knows_number);
	assert(row->number > 0 && row->number <= journal->last + 1);
	r = put(journal, RECORD_CONTACT, row);
	if (r < 0)
		return r;
	r = enter(journal, row, offset);
	if (r < 0) {
		journal->pending_count--;
		return r;
	}
	if (row->number > journal->last)
		journal->last = row->number;
	return 0;
}

int journal_commit(struct journal *journal)
{
	size_t size = journal->pending_count * RECORD_SIZE;
	int r;

	if (journal->is_dead)
		return -EIO;
	if (size == 0)
		return 0;
	r = file_write_at(journal->fd, journal->pending, size, journal->end);
	/* Nothing was promised and nothing is lost: the same bytes go to the
	   same place when there is room for them. */
	if (r == -ENOSPC || r == -EDQUOT)
		return -ENOSPC;
	if (r == 0 && fdatasync(journal->fd) < 0)
		r = -EIO;
	if (r < 0) {
		journal->is_dead = true;
		return r;
	}
	journal->end += (int64_t)size;
	journal->pending_count = 0;
	return 0;
}

int journal_unsent(struct journal *journal, struct register_contact *row)
{
	struct record record;
	struct entry *entry;

	if (journal->scan < journal->first)
		journal->scan = journal->first;
	while ((entry = entry_of(journal, journal->scan)) &&
	       (!waits(entry) || entry->is_sent))
		journal->scan++;
	if (!entry || entry->offset >= journal->end)
		return -ENOENT;

	int r = file_read_at(journal->fd, &record, sizeof(record),
			     entry->offset);
	if (r < 0)
		return r;
	if (!is_whole(&record))
		return -EBADMSG;
	*row = record.contact;
	row->head = (struct letter){ .type = REGISTER_CONTACT,
				     .size = sizeof(*row),
				     .tag = row->number };
	return 0;
}

void journal_sent(struct journal *journal, uint64_t number, uint32_t version)
{
	struct entry *entry = entry_of(journal, number);

	if (entry && entry->version == version)
		entry->is_sent = true;
}

void journal_noted(struct journal *journal, uint64_t number, uint32_t version)
{
	struct entry *entry = entry_of(journal, number);

	/* A register that acknowledges what we never had changes nothing. */
	if (!entry || entry->offset < 0 || version > entry->version ||
	    version <= entry->noted)
		return;
	journal->backlog -= waits(entry);
	entry->noted = version;
	journal->backlog += waits(entry);
	trim(journal);
}

void journal_resend(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++)
		journal->entries[i].is_sent = false;
	journal->scan = journal->first;
}

uint64_t journal_backlog(const struct journal *journal)
{
	return journal->backlog;
}

int journal_each_open(struct journal *journal, journal_open_fn *act, void *self)
{
	for (size_t i = 0; i < journal->count; i++) {
		struct entry *entry = &journal->entries[i];
		struct record record;
		int r;

		if (!is_open(entry) || entry->offset >= journal->end)
			continue;
		r = file_read_at(journal->fd, &record, sizeof(record),
				 entry->offset);
		if (r < 0)
			return r;
		if (is_whole(&record))
			act(self, &record.contact);
	}
	return 0;
}

static int copy_open(struct journal *journal)
{
	struct register_contact mark = { .number = journal->last };
	int r = put(journal, RECORD_MARK, &mark);

	for (size_t i = 0; r == 0 && i < journal->count; i++) {
		struct entry *entry = &journal->entries[i];
		int64_t offset = pending_offset(journal);
		struct record record;

		if (!is_open(entry))
			continue;
		r = file_read_at(journal->fd, &record, sizeof(record),
				 entry->offset);
		if (r == 0)
			r = put(journal, RECORD_CONTACT, &record.contact);
		if (r == 0)
			entry->offset = offset;
	}
	return r;
}

int journal_settle(struct journal *journal)
{
	int64_t end = journal->end;
	int r;

	if (journal->backlog > 0 || journal->pending_count > 0 ||
	    end - journal->begin < JOURNAL_SETTLE_SIZE)
		return 0;
	if (journal->open == 0) {
		/* The register has all of it, so the number is not lost if
		   the power fails between these two. */
		if (ftruncate(journal->fd, 0) < 0)
			return -errno;
		journal->begin = journal->end = 0;
		end = 0;
	}
	/* What is still open goes to the end, then all before it may go. */
	r = copy_open(journal);
	if (r == 0)
		r = journal_commit(journal);
	if (r < 0)
		return r;
	journal->begin = end;
	if (end > 0 &&
	    fallocate(journal->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      0, end) < 0 &&
	    errno != EOPNOTSUPP && errno != ENOSYS && errno != EPERM)
		return -errno;
	return 0;
}
