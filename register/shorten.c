/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/shorten.h"

#include <string.h>

/* One contact, as far as its ends go. */
struct item {
	struct id contact;
	int64_t number;
	nanoseconds started_at, ended_at;
	seal_date audio_end, contact_end;
};

static int load(struct books *books, int64_t after, struct item *items)
{
	int count = 0;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT id, number, started_at, ended_at, audio_end,"
		       " contact_end FROM contact WHERE number > $1"
		       " ORDER BY number LIMIT $2",
		       db_number(after), db_number(SHORTEN_SLICE));
	while (count < SHORTEN_SLICE && db_rows_next(&rows)) {
		struct item *item = &items[count++];

		db_rows_bytes(&rows, 0, &item->contact, sizeof(item->contact));
		item->number = db_rows_number(&rows, 1);
		item->started_at = db_rows_number(&rows, 2);
		item->ended_at = db_rows_number(&rows, 3);
		item->audio_end = (seal_date)db_rows_number(&rows, 4);
		item->contact_end = (seal_date)db_rows_number(&rows, 5);
	}
	return count;
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

static int write_ends(struct books *books, const struct item *item)
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
			   db_id(&item->contact), db_number(audio));
	if (r >= 0 && (audio < item->audio_end || contact < item->contact_end))
		r = db_run(books->db,
			   "UPDATE contact SET audio_end = $2,"
			   " contact_end = $3 WHERE id = $1",
			   db_id(&item->contact), db_number(audio),
			   db_number(contact));
	return r < 0 ? r : 0;
}

bool shorten_some(struct books *books)
{
	struct item items[SHORTEN_SLICE];
	int64_t hash, after;
	int count, r = 0;

	if (!books->policy || !policy_zone(books->policy))
		return false;
	hash = policy_hash(books->policy);
	if (books_mark(books, "ends_by", 0) == hash)
		return false;
	/* Another policy came while the last one was looked through. */
	after = books_mark(books, "ends_for", 0) == hash
			? books_mark(books, "ends_at", 0)
			: 0;
	count = load(books, after, items);
	db_begin(books->db);
	for (int i = 0; r == 0 && i < count; i++)
		r = write_ends(books, &items[i]);
	if (r == 0)
		r = books_keep_mark(books, "ends_for", hash);
	if (r == 0)
		r = books_keep_mark(books, "ends_at",
				    count ? items[count - 1].number : 0);
	if (r == 0 && count < SHORTEN_SLICE)
		r = books_keep_mark(books, "ends_by", hash);
	if (r == 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	return r == 0 && count == SHORTEN_SLICE;
}
