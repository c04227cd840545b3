/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "register/tally.h"

/* Entries that the vault has taken are deleted so many at a time. */
enum {
	CLEAR_AT = 32,
	/* The vault makes durable together what waits together; the other
	   half of the errands is left for those who listen. */
	FLYING_MAX = 32,
};

static_assert((int)FLYING_MAX * 2 <= (int)ERRANDS_MAX, "half is left");

json_t *entry_id(const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_text(id, text);
	return json_string(text);
}

json_t *entry_date(seal_date date)
{
	char text[ENTRY_DATE_SIZE];

	snprintf(text, sizeof(text), "%04u-%02u-%02u", date / 10000 % 10000,
		 date / 100 % 100, date % 100);
	return json_string(text);
}

void entry_actor(const struct id *staff, char out[ENTRY_ACTOR_SIZE])
{
	char text[ID_TEXT_SIZE];

	id_text(staff, text);
	snprintf(out, ENTRY_ACTOR_SIZE, "stf_%s", text);
}

void entry_uid(uid_t uid, char out[ENTRY_ACTOR_SIZE])
{
	snprintf(out, ENTRY_ACTOR_SIZE, "uid:%u", uid);
}

void entry_write(json_t *object, struct vault_entry *ret_entry)
{
	size_t size;

	assert(object);
	memset(ret_entry, 0, sizeof(*ret_entry));
	size = json_dumpb(object, ret_entry->text, sizeof(ret_entry->text),
			  JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(object);
	assert(size >= 2 && size <= sizeof(ret_entry->text));
	ret_entry->size = (uint32_t)size;
}

int entry_post(struct books *books, json_t *object)
{
	struct vault_entry entry;
	int r;

	assert(db_is_busy(books->db));
	entry_write(object, &entry);
	r = db_run(books->db, "INSERT INTO outbox (seq, entry) VALUES ($1, $2)",
		   db_number(books->outbox_next),
		   (struct db_value){ .kind = DB_KIND_TEXT,
				      .at = entry.text,
				      .size = entry.size });
	if (r < 0)
		return r;
	books->outbox_next++;
	return 0;
}

int entry_note(struct books *books, json_t *object)
{
	int r;

	db_begin(books->db);
	r = entry_post(books, object);
	if (r == 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

static void clear_sent(struct books *books)
{
	int r;

	if (books->outbox_cleared == books->outbox_sent)
		return;
	r = db_run(books->db, "DELETE FROM outbox WHERE seq <= $1",
		   db_number(books->outbox_sent));
	/* No space to delete: then they are sent again after a restart. */
	if (r >= 0)
		books->outbox_cleared = books->outbox_sent;
}

/* Answers come in the order of the entries. */
static void sent(void *self, const void *context, int r,
		 const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct books *books = self;
	int64_t seq;

	memcpy(&seq, context, sizeof(seq));
	assert(books->outbox_flying > 0);
	books->outbox_flying--;
	if (r == 0)
		r = answer->result;
	if (r == -EBADMSG || r == -EINVAL) {
		/* Our own bug. Others must not wait behind it for ever. */
		log_error("outbox", "the vault refused entry %lld of ours",
			  (long long)seq);
		counter_add(tally.outbox_refused, 1);
	} else if (r < 0) {
		counter_add(tally.vault_failures, 1);
		books->outbox_failed = true;
	}
	if (!books->outbox_failed) {
		books->outbox_sent = seq;
		entry_pump(books);
	} else if (books->outbox_flying == 0) {
		/* All over; again at the next tick. */
		books->outbox_failed = false;
		books->outbox_asked = books->outbox_sent;
	}
}

/* Send what waits, as far as there is room for it under way. */
static void send_more(struct books *books)
{
	struct vault_append letter = {
		.head = { .type = VAULT_APPEND, .size = sizeof(letter) },
	};
	int r = 0;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT seq, entry FROM outbox WHERE seq > $1"
		       " ORDER BY seq LIMIT $2",
		       db_number(books->outbox_asked),
		       db_number(FLYING_MAX - books->outbox_flying));
	while (r == 0 && db_rows_next(&rows)) {
		int64_t seq = db_rows_number(&rows, 0);

		db_rows_text(&rows, 1, letter.entry.text,
			     sizeof(letter.entry.text));
		letter.entry.size = (uint32_t)strnlen(
			letter.entry.text, sizeof(letter.entry.text));
		r = errand_send(&books->errands, &letter.head, NULL, sent,
				books, &seq, sizeof(seq));
		if (r < 0)
			break; /* there is no room: at an answer, or a tick */
		books->outbox_flying++;
		books->outbox_asked = seq;
	}
}

void entry_pump(struct books *books)
{
	int64_t waiting = books->outbox_next - 1 - books->outbox_sent;

	if (books->outbox_failed || books->outbox_flying == FLYING_MAX ||
	    db_is_busy(books->db))
		return;
	counter_set(tally.outbox_waiting, waiting > 0 ? (uint64_t)waiting : 0);
	if (books->errands.end < 0)
		return;
	if (books->outbox_flying == 0)
		books->outbox_asked = books->outbox_sent;
	if (waiting > books->outbox_flying)
		send_more(books);
	if (books->outbox_flying == 0 ||
	    books->outbox_sent - books->outbox_cleared >= CLEAR_AT)
		clear_sent(books);
}
