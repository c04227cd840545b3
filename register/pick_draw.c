/* SPDX-License-Identifier: EUPL-1.2 */
#include <sodium.h>
#include <string.h>

#include "register/due.h"
#include "register/pick.h"
#include "register/view.h"

struct ranked {
	uint64_t rank;
	struct id call;
};

static uint64_t rank_of(const struct desk_draw *draw, const struct id *call)
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	uint64_t rank = 0;

	crypto_generichash(hash, sizeof(hash), call->byte, sizeof(call->byte),
			   draw->seed, sizeof(draw->seed));
	for (int i = 0; i < 8; i++)
		rank = rank << 8 | hash[i];
	return rank;
}

/* The lowest so far, in order; a new one goes to its place or nowhere. */
static void keep(struct ranked *best, uint32_t *count, uint32_t wanted,
		 const struct ranked *one)
{
	uint32_t at = *count;

	if (at == wanted) {
		if (one->rank >= best[at - 1].rank)
			return;
		at--;
	} else {
		++*count;
	}
	for (; at > 0 && best[at - 1].rank > one->rank; at--)
		best[at] = best[at - 1];
	best[at] = *one;
}

/* Sound that may be heard now: not dead, not restricted, not of a test. */
static struct db_rows fitting(struct books *books, const char *team,
			      const struct desk_draw *draw)
{
	const nanoseconds now = clock_now(&books->clock);

	return db_ask(
		books->db,
		"SELECT recording.call FROM recording"
		" JOIN contact ON contact.id = recording.contact"
		" WHERE contact.channel = 1 AND recording.objects > 0"
		" AND recording.end_date > $1 AND contact.contact_end > $2"
		" AND contact.service_number <> $3"
		" AND contact.started_at >= $4"
		" AND ($5 = 0 OR contact.started_at < $5)"
		" AND ($6 = 0 OR ended_at - answered_at >= $6)"
		" AND ($7 = 0 OR ended_at - answered_at <= $7)"
		" AND ($8 = '' OR contact.service_number = $8)"
		" AND ($9 = '' OR contact.agent = $9)"
		" AND NOT EXISTS (SELECT 1 FROM hold"
		"  WHERE hold.contact = contact.id AND hold.kind = "
		"3)" VIEW_IN_TEAM("contact.agent", "$11") " LIMIT $10",
		db_number(due_date(books, SEAL_CLASS_AUDIO, now)),
		db_number(due_date(books, SEAL_CLASS_CONTACT, now)),
		db_text(books->choice.test_number),
		db_number(view_ns(draw->from)), db_number(view_ns(draw->until)),
		db_number(view_ns(draw->min_s)),
		db_number(view_ns(draw->max_s)), db_text(draw->service_number),
		db_text(draw->agent), db_number(PICK_POPULATION_MAX + 1),
		db_text(team));
}

enum desk_result pick_draw(struct books *books, const char *team,
			   struct desk_draw *draw,
			   struct id ret_call[DESK_PICK_ALL],
			   uint32_t *ret_count)
{
	struct ranked best[DESK_PICK_ALL];
	uint32_t count = 0;

	draw->population = 0;
	OWNED(db_rows_end) struct db_rows rows = fitting(books, team, draw);
	while (db_rows_next(&rows)) {
		struct ranked one;

		if (++draw->population > PICK_POPULATION_MAX)
			return DESK_FULL;
		db_rows_bytes(&rows, 0, &one.call, sizeof(one.call));
		one.rank = rank_of(draw, &one.call);
		keep(best, &count, draw->wanted, &one);
	}
	for (uint32_t i = 0; i < count; i++)
		ret_call[i] = best[i].call;
	*ret_count = count;
	return DESK_OK;
}
