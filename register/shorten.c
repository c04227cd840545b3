/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/shorten.h"

#include <string.h>

#include "register/register.h"

/* What is looked through, one after the other; in the mark "ends_part". */
enum part { PART_CALLS, PART_CHATS, PART_CONTENTS, PARTS };

/* One contact or content of a chat, as far as its ends go. */
struct item {
	struct id id;
	int64_t number;
	nanoseconds started_at, ended_at;
	seal_date audio_end, contact_end, chat_end;
};

static int read_items(struct db_rows *rows, struct item *items)
{
	int count = 0;

	while (count < SHORTEN_SLICE && db_rows_next(rows)) {
		struct item *item = &items[count++];

		db_rows_bytes(rows, 0, &item->id, sizeof(item->id));
		item->number = db_rows_number(rows, 1);
		item->started_at = db_rows_number(rows, 2);
		item->ended_at = db_rows_number(rows, 3);
		item->audio_end = (seal_date)db_rows_number(rows, 4);
		item->contact_end = (seal_date)db_rows_number(rows, 5);
		item->chat_end = (seal_date)db_rows_number(rows, 6);
	}
	return count;
}

static int load(struct books *books, enum part part, int64_t after,
		struct item *items)
{
	if (part == PART_CONTENTS) {
		OWNED(db_rows_end)
		struct db_rows rows = db_ask(
			books->db,
			"SELECT chat.call, chat.number, started_at, ended_at,"
			" 0, 0, end_date FROM chat"
			" JOIN recording ON recording.call = chat.call"
			" WHERE chat.number > $1 ORDER BY chat.number LIMIT $2",
			db_number(after), db_number(SHORTEN_SLICE));
		return read_items(&rows, items);
	}
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT id, number, started_at, ended_at, audio_end,"
		" contact_end, 0 FROM contact"
		" WHERE channel = $1 AND number > $2 ORDER BY number LIMIT $3",
		db_number(part == PART_CALLS ? REGISTER_CHANNEL_CALL
					     : REGISTER_CHANNEL_CHAT),
		db_number(after), db_number(SHORTEN_SLICE));
	return read_items(&rows, items);
}

static seal_date shorter(const struct books *books, uint32_t data_class,
			 const struct item *item, seal_date promised)
{
	nanoseconds ended = item->ended_at ? item->ended_at : item->started_at;
	struct seal_end end;

	/* A class that the policy no longer knows keeps its promise. */
	if (policy_end(books->policy, data_class, item->started_at, ended,
		       &end) < 0 ||
	    end.date > promised)
		return promised;
	return end.date;
}

/* Of a chat, whose audio_end is 0, the contact's end alone. */
static int write_contact(struct books *books, const struct item *item)
{
	seal_date audio =
		shorter(books, SEAL_CLASS_AUDIO, item, item->audio_end);
	seal_date contact =
		shorter(books, SEAL_CLASS_CONTACT, item, item->contact_end);
	int r = 0;

	if (audio < item->audio_end)
		r = db_run(books->db,
			   "UPDATE recording SET end_date = $2"
			   " WHERE contact = $1 AND end_class = 1"
			   " AND end_date > $2",
			   db_id(&item->id), db_number(audio));
	if (r >= 0 && (audio < item->audio_end || contact < item->contact_end))
		r = db_run(books->db,
			   "UPDATE contact SET audio_end = $2,"
			   " contact_end = $3 WHERE id = $1",
			   db_id(&item->id), db_number(audio),
			   db_number(contact));
	return r < 0 ? r : 0;
}

static int write_content(struct books *books, const struct item *item)
{
	seal_date chat = shorter(books, SEAL_CLASS_CHAT, item, item->chat_end);
	int r = 0;

	if (chat < item->chat_end)
		r = db_run(books->db,
			   "UPDATE recording SET end_date = $2"
			   " WHERE call = $1",
			   db_id(&item->id), db_number(chat));
	return r < 0 ? r : 0;
}

/* Where the next slice begins, or that there is none. */
static int keep_place(struct books *books, enum part part,
		      const struct item *items, int count)
{
	bool is_whole = count == SHORTEN_SLICE;
	int r = books_keep_mark(books, "ends_for", policy_hash(books->policy));

	if (r == 0)
		r = books_keep_mark(books, "ends_part",
				    is_whole ? part : part + 1);
	if (r == 0)
		r = books_keep_mark(books, "ends_at",
				    is_whole ? items[count - 1].number : 0);
	if (r == 0 && !is_whole && part + 1 == PARTS)
		r = books_keep_mark(books, "ends_by",
				    policy_hash(books->policy));
	return r;
}

bool shorten_some(struct books *books)
{
	struct item items[SHORTEN_SLICE];
	enum part part = PART_CALLS;
	int64_t hash, after = 0;
	int count, r = 0;

	if (!books->policy || !policy_zone(books->policy))
		return false;
	hash = policy_hash(books->policy);
	if (books_mark(books, "ends_by", 0) == hash)
		return false;
	/* Another policy came while the last one was looked through? */
	if (books_mark(books, "ends_for", 0) == hash) {
		part = (enum part)books_mark(books, "ends_part", PART_CALLS);
		after = books_mark(books, "ends_at", 0);
	}
	count = load(books, part, after, items);
	db_begin(books->db);
	for (int i = 0; r == 0 && i < count; i++)
		r = part == PART_CONTENTS ? write_content(books, &items[i])
					  : write_contact(books, &items[i]);
	if (r == 0)
		r = keep_place(books, part, items, count);
	if (r == 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	return r == 0 && (count == SHORTEN_SLICE || part + 1 < PARTS);
}
