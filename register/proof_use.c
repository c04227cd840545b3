/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What is done with recordings beyond listening, and to people: sets,
 * figures, disclosure, places, decisions, restrictions. Contract in proof.h.
 */
#include <string.h>

#include "notice/told.h"
#include "register/levels.h"
#include "register/proof.h"
#include "register/register.h"

struct tally_of {
	uint64_t looked_at, broken;
};

static void put(struct door_proof *proof, enum door_proof_check check,
		struct tally_of count)
{
	proof->check[check].looked_at = count.looked_at;
	proof->check[check].broken = count.broken;
}

static struct tally_of two_of(struct db_rows rows)
{
	OWNED(db_rows_end) struct db_rows asked = rows;
	struct tally_of count = { 0, 0 };

	if (db_rows_next(&asked)) {
		count.looked_at = (uint64_t)db_rows_number(&asked, 0);
		count.broken = (uint64_t)db_rows_number(&asked, 1);
	}
	return count;
}

/* S3: by use and purpose; in a set of a purpose that grants no such use to
 * anybody, or naming what is there no more. */
static struct tally_of count_sets(struct books *books)
{
	struct tally_of count = { 0, 0 };

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT use, purpose, count(*), sum(CASE WHEN EXISTS"
		"  (SELECT 1 FROM recording"
		"   WHERE recording.call = pick_item.call) THEN 0 ELSE 1 END)"
		" FROM pick_item JOIN pick ON pick.id = pick_item.pick"
		" GROUP BY use, purpose");
	while (db_rows_next(&rows)) {
		uint64_t items = (uint64_t)db_rows_number(&rows, 2);
		const struct notice_purpose *found;
		char purpose[NOTICE_WORD_SIZE];

		db_rows_text(&rows, 1, purpose, sizeof(purpose));
		found = policy_purpose_find(books->policy, purpose);
		count.looked_at += items;
		if (!found ||
		    !(found->uses & (uint32_t)db_rows_number(&rows, 0)))
			count.broken += items;
		else
			count.broken += (uint64_t)db_rows_number(&rows, 3);
	}
	return count;
}

static void look_at_cells(const struct desk_levels_are *levels,
			  const struct desk_level *cells, size_t size,
			  struct tally_of *count)
{
	uint64_t shown = 0, rest;

	for (size_t i = 0; i < size; i++) {
		if (!cells[i].is_shown)
			continue;
		shown += cells[i].count;
		count->looked_at += cells[i].count > 0;
		count->broken +=
			cells[i].count > 0 && cells[i].count < levels->k;
	}
	if (!levels->total.is_shown) {
		count->broken += shown > 0;
		return;
	}
	/* What subtraction tells of those that are hidden. */
	rest = levels->total.count - shown;
	count->broken += rest > 0 && rest < levels->k;
}

/* S4: the figures of the latest month, as anybody is shown them. */
static struct tally_of count_figures(struct books *books)
{
	struct tally_of count = { 0, 0 };

	for (uint32_t channel = REGISTER_CHANNEL_CALL;
	     channel <= REGISTER_CHANNEL_CHAT; channel++) {
		struct desk_levels ask = { .channel = channel };
		struct desk_levels_are all = { 0 };

		if (levels_count(books, &ask, &all) != DESK_OK)
			continue;
		for (uint32_t i = 0; i < all.unit_count; i++) {
			struct desk_levels_are one = { 0 };

			count.looked_at += all.row[i].is.is_shown;
			count.broken += all.row[i].is.is_shown &&
					all.row[i].is.count < all.k;
			memcpy(ask.unit, all.row[i].id, sizeof(ask.unit));
			if (levels_count(books, &ask, &one) != DESK_OK)
				continue;
			look_at_cells(&one, one.day, one.days, &count);
			look_at_cells(&one, one.hour, DESK_LEVEL_HOURS, &count);
		}
	}
	return count;
}

void proof_count_use(struct books *books, struct door_proof *ret_proof)
{
	struct told_flows flows;

	put(ret_proof, DOOR_PROOF_SETS, count_sets(books));
	put(ret_proof, DOOR_PROOF_FIGURES, count_figures(books));
	told_flows(books->policy, &flows);
	put(ret_proof, DOOR_PROOF_DISCLOSED,
	    (struct tally_of){ flows.disclosures, flows.standing });
	put(ret_proof, DOOR_PROOF_PLACES,
	    (struct tally_of){ flows.places, flows.outside });
	put(ret_proof, DOOR_PROOF_ACTORS,
	    two_of(db_ask(books->db,
			  "SELECT count(*), coalesce(sum(CASE WHEN actor = ''"
			  " THEN 1 ELSE 0 END), 0) FROM hold")));
	put(ret_proof, DOOR_PROOF_RESTRICTED,
	    two_of(db_ask(
		    books->db,
		    "SELECT count(*), coalesce(sum((SELECT count(*)"
		    "  FROM reader WHERE reader.contact = hold.contact"
		    "  AND reader.last_at > hold.since)), 0) FROM hold"
		    " WHERE kind = 3 AND (expires_at = 0 OR expires_at > $1)",
		    db_number(books_seconds(books)))));
}
