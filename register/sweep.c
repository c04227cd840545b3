/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/erase.h"
#include "register/tally.h"

enum {
	SLICE = 8,	      /* items erased in one turn of the loop */
	JUMP_S = 3600,	      /* more than this is a jump of the clock */
	PATIENCE_S = 600,     /* after a refusal the vault is left alone */
	LATE_S = 3600,	      /* so long before the last moment: anyway */
	EMPTY_DATES_MAX = 40, /* keys without items destroyed in one run */
	MARK_EVERY_S = 600,
};

enum phase { RESTS, KEYS, EMPTY_KEYS, RECORDINGS, CONTACTS };

struct sweeper {
	struct books *books;
	struct loop *loop;
	enum phase phase;
	bool paused;		    /* the clock jumped */
	nanoseconds patience_until; /* boot time */
	nanoseconds boot_then, wall_then;
	nanoseconds now;    /* one instant for the whole run */
	struct seal_end at; /* key under way, or done last */
	int empty_dates;
	seal_date due[SEAL_CLASSES], late[SEAL_CLASSES];
	struct door_sweep report;
	int result;
	sweep_done_fn *done;
	void *self;
};

int sweep_new(struct books *books, struct loop *loop,
	      struct sweeper **ret_sweeper)
{
	struct sweeper *sweeper = calloc(1, sizeof(*sweeper));

	if (!sweeper)
		return -ENOMEM;
	sweeper->books = books;
	sweeper->loop = loop;
	*ret_sweeper = sweeper;
	return 0;
}

void sweep_free(struct sweeper *sweeper)
{
	free(sweeper);
}

/* Counts on while the machine sleeps, and nobody can set it. */
static nanoseconds boot_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (nanoseconds)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int keep_time(struct books *books, int64_t seen, int64_t now)
{
	if (now < seen + MARK_EVERY_S)
		return 0;
	return books_keep_mark(books, "time", now);
}

/* Whether the clock can be believed. */
static bool time_is_sound(struct sweeper *sweeper, bool by_person)
{
	nanoseconds boot = boot_time();
	nanoseconds wall = clock_now(&sweeper->books->wall);
	int64_t seen = books_mark(sweeper->books, "time", 0);
	bool jumped = false;

	if (sweeper->boot_then) {
		nanoseconds drift = (wall - sweeper->wall_then) -
				    (boot - sweeper->boot_then);

		jumped =
			drift > JUMP_S * NS_PER_S || drift < -JUMP_S * NS_PER_S;
	}
	jumped |= wall / NS_PER_S < seen - JUMP_S;
	sweeper->boot_then = boot;
	sweeper->wall_then = wall;
	if (jumped && !sweeper->paused && !by_person) {
		log_error("clock", "time jumped: nothing is erased until "
				   "\"tallenne retention run\" confirms it");
		counter_add(tally.clock_jumps, 1);
		sweeper->paused = true;
	}
	if (by_person) {
		sweeper->paused = false;
		seen = 0;
	}
	if (sweeper->paused)
		return false;
	return keep_time(sweeper->books, seen, wall / NS_PER_S) == 0;
}

/* Latest date whose items must be gone within LATE_S of an instant. */
static seal_date late_date(const struct books *books, uint32_t data_class,
			   nanoseconds now)
{
	const struct civil_zone *zone = policy_zone(books->policy);
	seal_date date = civil_date(zone, now);

	for (int i = 0; i < 4; i++) {
		nanoseconds gone_by;

		due_eligible(books, data_class, date, &gone_by);
		if (gone_by - LATE_S * NS_PER_S <= now)
			return date;
		date = civil_add_days(date, -1);
	}
	return 0;
}

static int write_report(struct sweeper *sweeper)
{
	struct books *books = sweeper->books;
	const struct door_sweep *report = &sweeper->report;
	int64_t now = books_seconds(books);
	int r;

	books->swept_at = now;
	if (!report->recordings && !report->contacts && !report->keys)
		return 0;
	db_begin(books->db);
	r = db_run(books->db,
		   "INSERT INTO sweep (at, recordings, contacts, keys)"
		   " VALUES ($1, $2, $3, $4) ON CONFLICT (at) DO UPDATE SET"
		   " recordings = sweep.recordings + $2,"
		   " contacts = sweep.contacts + $3, keys = sweep.keys + $4",
		   db_number(now), db_number((int64_t)report->recordings),
		   db_number((int64_t)report->contacts),
		   db_number((int64_t)report->keys));
	if (r >= 0)
		r = entry_post(
			books,
			json_pack("{s:s,s:s,s:I,s:I,s:I}", "event",
				  "sweep.report", "actor", "svc_sweeper",
				  "recordings", (json_int_t)report->recordings,
				  "contacts", (json_int_t)report->contacts,
				  "keys", (json_int_t)report->keys));
	if (r >= 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

static void finish(struct sweeper *sweeper, int r)
{
	sweep_done_fn *done = sweeper->done;

	/* What was done is reported, even if it was not all. */
	if (sweeper->phase != RESTS) {
		int written = write_report(sweeper);

		r = r < 0 ? r : written;
	}
	sweeper->phase = RESTS;
	sweep_count_overdue(sweeper->books);
	sweeper->done = NULL;
	if (done)
		done(sweeper->self, r, &sweeper->report);
}

static void step(void *self);

static void go_on(struct sweeper *sweeper)
{
	int timer = loop_after(sweeper->loop, 0, step, sweeper);

	if (timer < 0)
		finish(sweeper, timer); /* the next run takes it up */
}

static bool date_is_held(struct books *books, const struct seal_end *end)
{
	return db_ask_number(
		       books->db, 0,
		       "SELECT count(*) FROM hold"
		       " JOIN contact ON contact.id = hold.contact"
		       " LEFT JOIN recording ON recording.contact = contact.id"
		       " WHERE (hold.expires_at = 0 OR hold.expires_at > $3)"
		       " AND (($1 = 1 AND recording.end_date = $2)"
		       "  OR ($1 = 2 AND contact.contact_end = $2))",
		       db_number(end->data_class), db_number(end->date),
		       db_number(books_seconds(books))) > 0;
}

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
			       "INSERT INTO key_gone (end_class, end_date, at)"
			       " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			       db_number(end.data_class), db_number(end.date),
			       db_number(books_seconds(sweeper->books)));

		if (r == 0) {
			counter_add(tally.keys_destroyed, 1);
			sweeper->report.keys++;
		}
		if (written < 0) {
			/* Asked again another time: gone it stays. */
			sweeper->result = written;
			if (sweeper->phase == EMPTY_KEYS)
				sweeper->phase = RECORDINGS;
		}
	} else if (r == -EPERM) {
		/* The vault's clock says otherwise: then nothing is erased. */
		log_warn("sweep", "the vault says it is not %u yet", end.date);
		if (sweeper->due[end.data_class] >= end.date)
			sweeper->due[end.data_class] = end.date - 1;
		if (sweeper->phase == EMPTY_KEYS)
			sweeper->phase = RECORDINGS;
		sweeper->patience_until = boot_time() + PATIENCE_S * NS_PER_S;
		sweeper->result = r;
	} else {
		counter_add(tally.vault_failures, 1);
		sweeper->books->vault_locked |= r == -ENOKEY;
		sweeper->result = r;
		if (sweeper->phase == EMPTY_KEYS || r == -EPIPE)
			sweeper->phase = RECORDINGS; /* another time */
	}
	go_on(sweeper);
}

/* Ask the vault to destroy one key; false: go on with the next. */
static bool destroy(struct sweeper *sweeper, struct seal_end end)
{
	struct vault_destroy letter = {
		.head = { .type = VAULT_DESTROY, .size = sizeof(letter) },
		.end = end,
	};
	int r;

	if (date_is_held(sweeper->books, &end))
		return false;
	entry_write(json_pack("{s:s,s:s,s:I,s:o}", "event", "key.destroyed",
			      "actor", "svc_sweeper", "class",
			      (json_int_t)end.data_class, "end",
			      entry_date(end.date)),
		    &letter.entry);
	r = errand_send(&sweeper->books->errands, &letter.head, NULL, destroyed,
			sweeper, &end, sizeof(end));
	if (r < 0) {
		sweeper->result = r;
		sweeper->phase = RECORDINGS;
	}
	return r == 0;
}

/* The next end date that has items, is due, and whose key lives. */
static bool next_key(struct sweeper *sweeper, struct seal_end *ret_end)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(sweeper->books->db,
		       "SELECT end_class, end_date FROM (SELECT 1 AS end_class,"
		       " end_date FROM recording WHERE end_date <= $1"
		       " UNION SELECT 2, contact_end FROM contact"
		       " WHERE contact_end <= $2) AS k"
		       " WHERE end_class * 100000000 + end_date > $3"
		       " AND NOT EXISTS (SELECT 1 FROM key_gone WHERE"
		       "  key_gone.end_class = k.end_class"
		       "  AND key_gone.end_date = k.end_date)"
		       " ORDER BY end_class, end_date LIMIT 1",
		       db_number(sweeper->due[SEAL_CLASS_AUDIO]),
		       db_number(sweeper->due[SEAL_CLASS_CONTACT]),
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
	return data_class == SEAL_CLASS_AUDIO ? "keys_audio" : "keys_contact";
}

/*
 * Keys of dates on which nothing ends die too: the spool may hold chunks
 * of a call that never became a recording.
 */
static bool next_empty(struct sweeper *sweeper, struct seal_end *ret_end)
{
	for (uint32_t c = SEAL_CLASS_AUDIO; c <= SEAL_CLASS_CONTACT; c++) {
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

static void step_keys(struct sweeper *sweeper)
{
	struct seal_end end;

	while (sweeper->phase == KEYS && next_key(sweeper, &end)) {
		sweeper->at = end;
		if (destroy(sweeper, end))
			return; /* destroyed() goes on */
	}
	if (sweeper->phase == KEYS) {
		sweeper->phase = EMPTY_KEYS;
		memset(&sweeper->at, 0, sizeof(sweeper->at));
	}
	go_on(sweeper);
}

static void step_empty(struct sweeper *sweeper)
{
	struct books *books = sweeper->books;
	struct seal_end end;

	/* The one before is done, else the phase would have changed. */
	if (sweeper->at.date &&
	    books_keep_mark(books, mark_of(sweeper->at.data_class),
			    sweeper->at.date) < 0)
		sweeper->phase = RECORDINGS;
	memset(&sweeper->at, 0, sizeof(sweeper->at));
	if (sweeper->phase == EMPTY_KEYS && next_empty(sweeper, &end)) {
		sweeper->at = end;
		if (destroy(sweeper, end))
			return; /* destroyed() goes on */
	} else {
		sweeper->phase = RECORDINGS;
	}
	go_on(sweeper);
}

/* Up to SLICE ids of what is due and whose key is gone, or time presses. */
static int due_recordings(struct sweeper *sweeper, struct id ids[SLICE])
{
	int count = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		sweeper->books->db,
		"SELECT call FROM recording WHERE end_date <= $1"
		" AND (end_date <= $2 OR EXISTS (SELECT 1 FROM key_gone"
		"  WHERE key_gone.end_class = recording.end_class"
		"  AND key_gone.end_date = recording.end_date))"
		" AND NOT EXISTS (SELECT 1 FROM hold"
		"  WHERE hold.contact = recording.contact"
		"  AND (hold.expires_at = 0 OR hold.expires_at > $3))"
		" LIMIT $4",
		db_number(sweeper->due[SEAL_CLASS_AUDIO]),
		db_number(sweeper->late[SEAL_CLASS_AUDIO]),
		db_number(books_seconds(sweeper->books)), db_number(SLICE));
	while (count < SLICE && db_rows_next(&rows))
		db_rows_bytes(&rows, 0, &ids[count++], sizeof(ids[0]));
	return count;
}

static int due_contacts(struct sweeper *sweeper, struct id ids[SLICE])
{
	int count = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		sweeper->books->db,
		"SELECT id FROM contact WHERE contact_end <= $1"
		" AND (contact_end <= $2 OR EXISTS (SELECT 1 FROM key_gone"
		"  WHERE key_gone.end_class = 2"
		"  AND key_gone.end_date = contact.contact_end))"
		" AND NOT EXISTS (SELECT 1 FROM hold"
		"  WHERE hold.contact = contact.id"
		"  AND (hold.expires_at = 0 OR hold.expires_at > $3))"
		" LIMIT $4",
		db_number(sweeper->due[SEAL_CLASS_CONTACT]),
		db_number(sweeper->late[SEAL_CLASS_CONTACT]),
		db_number(books_seconds(sweeper->books)), db_number(SLICE));
	while (count < SLICE && db_rows_next(&rows))
		db_rows_bytes(&rows, 0, &ids[count++], sizeof(ids[0]));
	return count;
}

static void step_items(struct sweeper *sweeper)
{
	bool audio = sweeper->phase == RECORDINGS;
	struct id ids[SLICE];
	int count = audio ? due_recordings(sweeper, ids)
			  : due_contacts(sweeper, ids);
	int r = 0;

	for (int i = 0; r == 0 && i < count; i++) {
		if (audio)
			r = erase_recording(sweeper->books, &ids[i],
					    CONTACT_CAUSE_DUE);
		else
			r = erase_contact(sweeper->books, &ids[i],
					  CONTACT_CAUSE_DUE);
		if (r < 0)
			break;
		counter_add(audio ? tally.recordings_erased
				  : tally.contacts_erased,
			    1);
		if (audio)
			sweeper->report.recordings++;
		else
			sweeper->report.contacts++;
	}
	if (r < 0) {
		finish(sweeper, r);
		return;
	}
	if (count == 0 && !audio) {
		finish(sweeper, sweeper->result);
		return;
	}
	if (count == 0)
		sweeper->phase = CONTACTS;
	go_on(sweeper);
}

static void step(void *self)
{
	struct sweeper *sweeper = self;

	switch (sweeper->phase) {
	case KEYS:
		step_keys(sweeper);
		break;
	case EMPTY_KEYS:
		step_empty(sweeper);
		break;
	case RECORDINGS:
	case CONTACTS:
		step_items(sweeper);
		break;
	case RESTS:
		break;
	}
}

int sweep_start(struct sweeper *sweeper, bool by_person, sweep_done_fn *done,
		void *self)
{
	struct books *books = sweeper->books;

	if (done && sweeper->done)
		return -EBUSY;
	if (done) {
		sweeper->done = done;
		sweeper->self = self;
	}
	if (sweeper->phase != RESTS)
		return 0;
	memset(&sweeper->report, 0, sizeof(sweeper->report));
	memset(&sweeper->at, 0, sizeof(sweeper->at));
	sweeper->result = 0;
	sweeper->empty_dates = 0;
	if (!books->policy || !policy_zone(books->policy)) {
		finish(sweeper, -ENODATA); /* no policy: no idea what is due */
		return 0;
	}
	if (!time_is_sound(sweeper, by_person)) {
		finish(sweeper, -ETIME);
		return 0;
	}
	sweeper->now = clock_now(&books->clock);
	for (uint32_t c = SEAL_CLASS_AUDIO; c < SEAL_CLASSES; c++) {
		sweeper->due[c] = due_date(books, c, sweeper->now);
		sweeper->late[c] = late_date(books, c, sweeper->now);
	}
	/* Each question is an entry in the audit log, refused ones too. */
	sweeper->phase = KEYS;
	if (books->vault_locked)
		sweeper->result = -ENOKEY;
	else if (!by_person && boot_time() < sweeper->patience_until)
		sweeper->result = -EPERM;
	if (sweeper->result < 0)
		sweeper->phase = RECORDINGS;
	go_on(sweeper);
	return 0;
}
