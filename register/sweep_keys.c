/* SPDX-License-Identifier: EUPL-1.2 */
/* Which keys are to be destroyed. Contract in sweep_parts.h. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "register/entry.h"
#include "register/sweep_parts.h"
#include "register/tally.h"

enum {
	PATIENCE_S = 600,     /* after a refusal the vault is left alone */
	EMPTY_DATES_MAX = 40, /* keys without items destroyed in one run */
};

static void destroyed(void *self, const void *context, int r,
		      const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct sweeper *sweeper = self;
	struct seal_end end;

	memcpy(&end, context, sizeof(end));
	if (r == 0)
		r = answer->result;
	if (r == 0 || r == -EKEYREVOKED || r == -ENOENT) {
		int written =
			db_run(sweeper->books->db,
			       "INSERT INTO key_gone (end_class, end_date, at,"
			       " seq) VALUES ($1, $2, $3, $4)"
			       " ON CONFLICT DO NOTHING",
			       db_number(end.data_class), db_number(end.date),
			       db_number(books_seconds(sweeper->books)),
			       db_number(r == 0 ? (int64_t)answer->seq : -1));

		if (r == 0) {
			counter_add(tally.keys_destroyed, 1);
			sweeper->report.keys++;
		}
		if (written < 0) {
			/* Asked again another time: gone it stays. */
			sweeper->result = written;
			if (sweeper->phase == SWEEP_EMPTY_KEYS)
				sweeper->phase = SWEEP_RECORDINGS;
		}
	} else if (r == -EPERM) {
		/* The vault's clock says otherwise: then nothing is erased. */
		log_warn("sweep", "the vault says it is not %u yet", end.date);
		if (sweeper->due[end.data_class] >= end.date)
			sweeper->due[end.data_class] = end.date - 1;
		if (sweeper->phase == SWEEP_EMPTY_KEYS)
			sweeper->phase = SWEEP_RECORDINGS;
		sweeper->patience_until =
			sweep_boot_time() + PATIENCE_S * NS_PER_S;
		sweeper->result = r;
	} else {
		counter_add(tally.vault_failures, 1);
		sweeper->books->vault_locked |= r == -ENOKEY;
		sweeper->result = r;
		if (sweeper->phase == SWEEP_EMPTY_KEYS || r == -EPIPE)
			sweeper->phase = SWEEP_RECORDINGS; /* another time */
	}
	sweep_go_on(sweeper);
}

/*
 * A key that something held still stands under waits for the next run: the
 * vault could not be asked, or could not do it. That is told as a failure.
 */
static bool must_wait(struct sweeper *sweeper, const struct seal_end *end)
{
	if (!rewrap_needs(sweeper->books, end))
		return false;
	log_error("sweep", "the key of %u waits for a hold", end->date);
	counter_add(tally.keys_waited, 1);
	if (sweeper->result == 0)
		sweeper->result = -EAGAIN;
	return true;
}

/* Ask the vault to destroy one key; false: go on with the next. */
static bool destroy(struct sweeper *sweeper, struct seal_end end)
{
	struct vault_destroy letter = {
		.head = { .type = VAULT_DESTROY, .size = sizeof(letter) },
		.end = end,
	};
	int r;

	entry_write(json_pack("{s:s,s:s,s:I,s:o}", "event", "key.destroyed",
			      "actor", "svc_sweeper", "class",
			      (json_int_t)end.data_class, "end",
			      entry_date(end.date)),
		    &letter.entry);
	r = errand_send(&sweeper->books->errands, &letter.head, NULL, destroyed,
			sweeper, &end, sizeof(end));
	if (r < 0) {
		sweeper->result = r;
		sweeper->phase = SWEEP_RECORDINGS;
	}
	return r == 0;
}

/* The next end date that has items, is due, and whose key lives. */
static bool next_key(struct sweeper *sweeper, struct seal_end *ret_end)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(sweeper->books->db,
		       "SELECT end_class, end_date FROM ("
		       " SELECT end_class, end_date FROM recording"
		       "  WHERE end_class = 1 AND end_date <= $1"
		       " UNION SELECT 2, contact_end FROM contact"
		       "  WHERE contact_end <= $2"
		       " UNION SELECT end_class, end_date FROM recording"
		       "  WHERE end_class = 3 AND end_date <= $3) AS k"
		       " WHERE end_class * 100000000 + end_date > $4"
		       " AND NOT EXISTS (SELECT 1 FROM key_gone WHERE"
		       "  key_gone.end_class = k.end_class"
		       "  AND key_gone.end_date = k.end_date)"
		       " ORDER BY end_class, end_date LIMIT 1",
		       db_number(sweeper->due[SEAL_CLASS_AUDIO]),
		       db_number(sweeper->due[SEAL_CLASS_CONTACT]),
		       db_number(sweeper->due[SEAL_CLASS_CHAT]),
		       db_number(sweeper->at.data_class * INT64_C(100000000) +
				 sweeper->at.date));
	if (!db_rows_next(&rows))
		return false;
	ret_end->data_class = (uint32_t)db_rows_number(&rows, 0);
	ret_end->date = (seal_date)db_rows_number(&rows, 1);
	return true;
}

static const char *mark_of(uint32_t data_class)
{
	static const char *const marks[SEAL_CLASSES] = {
		[SEAL_CLASS_AUDIO] = "keys_audio",
		[SEAL_CLASS_CONTACT] = "keys_contact",
		[SEAL_CLASS_CHAT] = "keys_chat",
	};

	return marks[data_class];
}

/*
 * Keys of dates on which nothing ends die too: the spool may hold chunks
 * of a call that never became a recording. The vault makes keys for every
 * class, so those of every class have to go, each at its own end.
 */
static bool next_empty(struct sweeper *sweeper, struct seal_end *ret_end)
{
	for (uint32_t c = SEAL_CLASS_AUDIO; c < SEAL_CLASSES; c++) {
		seal_date due = sweeper->due[c];
		int64_t until = books_mark(sweeper->books, mark_of(c), 0);
		seal_date next;

		if (due == 0)
			continue;
		next = until ? civil_add_days((seal_date)until, 1) : due;
		if (next > due || sweeper->empty_dates >= EMPTY_DATES_MAX)
			continue;
		sweeper->empty_dates++;
		*ret_end = (struct seal_end){ c, next };
		return true;
	}
	return false;
}

void sweep_keys_step(struct sweeper *sweeper)
{
	struct seal_end end;

	while (sweeper->phase == SWEEP_KEYS && next_key(sweeper, &end)) {
		sweeper->at = end;
		if (!must_wait(sweeper, &end) && destroy(sweeper, end))
			return; /* destroyed() goes on */
	}
	if (sweeper->phase == SWEEP_KEYS) {
		sweeper->phase = SWEEP_EMPTY_KEYS;
		memset(&sweeper->at, 0, sizeof(sweeper->at));
	}
	sweep_go_on(sweeper);
}

void sweep_keys_step_empty(struct sweeper *sweeper)
{
	struct books *books = sweeper->books;
	struct seal_end end;

	/* The one before is done, else the phase would have changed. */
	if (sweeper->at.date &&
	    books_keep_mark(books, mark_of(sweeper->at.data_class),
			    sweeper->at.date) < 0)
		sweeper->phase = SWEEP_RECORDINGS;
	memset(&sweeper->at, 0, sizeof(sweeper->at));
	if (sweeper->phase == SWEEP_EMPTY_KEYS && next_empty(sweeper, &end) &&
	    !must_wait(sweeper, &end)) {
		sweeper->at = end;
		if (destroy(sweeper, end))
			return; /* destroyed() goes on */
	} else {
		sweeper->phase = SWEEP_RECORDINGS;
	}
	sweep_go_on(sweeper);
}
