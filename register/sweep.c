/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/sweep_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/erase.h"
#include "register/hold.h"
#include "register/tally.h"

enum {
	SLICE = 8,	    /* items erased in one turn of the loop */
	JUMP_S = 3600,	    /* more than this is a jump of the clock */
	AWAY_S = 36 * 3600, /* longer than this nobody was off unnoticed */
	LATE_S = 3600,	    /* so long before the last moment: anyway */
	MARK_EVERY_S = 600,
};

int sweep_new(struct books *books, struct loop *loop,
	      struct rewrapper *rewrapper, struct sweeper **ret_sweeper)
{
	struct sweeper *sweeper = calloc(1, sizeof(*sweeper));

	if (!sweeper)
		return -ENOMEM;
	sweeper->books = books;
	sweeper->loop = loop;
	sweeper->rewrapper = rewrapper;
	*ret_sweeper = sweeper;
	return 0;
}

void sweep_free(struct sweeper *sweeper)
{
	free(sweeper);
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
	nanoseconds boot = sweep_boot_time();
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
	jumped |= seen && wall / NS_PER_S > seen + AWAY_S;
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
	if (!report->recordings && !report->contacts && !report->keys &&
	    !report->chats)
		return 0;
	db_begin(books->db);
	r = db_run(books->db,
		   "INSERT INTO sweep (at, recordings, contacts, keys, chats)"
		   " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (at) DO UPDATE"
		   " SET recordings = sweep.recordings + $2,"
		   " contacts = sweep.contacts + $3, keys = sweep.keys + $4,"
		   " chats = sweep.chats + $5",
		   db_number(now), db_number((int64_t)report->recordings),
		   db_number((int64_t)report->contacts),
		   db_number((int64_t)report->keys),
		   db_number((int64_t)report->chats));
	if (r >= 0)
		r = entry_post(
			books,
			json_pack("{s:s,s:s,s:I,s:I,s:I,s:I}", "event",
				  "sweep.report", "actor", "svc_sweeper",
				  "recordings", (json_int_t)report->recordings,
				  "contacts", (json_int_t)report->contacts,
				  "keys", (json_int_t)report->keys, "chats",
				  (json_int_t)report->chats));
	if (r >= 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

static void finish(struct sweeper *sweeper, int r)
{
	sweep_done_fn *done = sweeper->done;

	if (r >= 0)
		r = erase_agents(sweeper->books);
	if (r > 0)
		r = 0;
	/* What was done is reported, even if it was not all. */
	if (sweeper->phase != SWEEP_RESTS) {
		int written = write_report(sweeper);

		r = r < 0 ? r : written;
	}
	/* Nor in a file beside the tables, for a disk that is carried away. */
	if (sweeper->report.recordings + sweeper->report.contacts +
			    sweeper->report.chats >
		    0 &&
	    db_forget(sweeper->books->db) < 0)
		log_warn("sweep", "the database's log keeps what was erased");
	sweeper->phase = SWEEP_RESTS;
	sweep_count_overdue(sweeper->books);
	sweeper->done = NULL;
	if (done)
		done(sweeper->self, r, &sweeper->report);
}

void sweep_end(struct sweeper *sweeper)
{
	finish(sweeper, sweeper->result);
}

static void step(void *self);

void sweep_go_on(struct sweeper *sweeper)
{
	int timer = loop_after(sweeper->loop, 0, step, sweeper);

	if (timer < 0)
		finish(sweeper, timer); /* the next run takes it up */
}

/* Something that is due. */
struct item {
	struct id id;
	uint32_t end_class; /* of a recording */
};

/* Up to SLICE of what is due and whose key is gone, or time presses. */
static int due_recordings(struct sweeper *sweeper, struct item items[SLICE])
{
	int count = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		sweeper->books->db,
		"SELECT call, end_class FROM recording WHERE ("
		"  (end_class = 1 AND end_date <= $1)"
		"  OR (end_class = 3 AND end_date <= $5))"
		" AND ((end_class = 1 AND end_date <= $2)"
		"  OR (end_class = 3 AND end_date <= $6) OR EXISTS (SELECT 1 "
		"FROM key_gone"
		"  WHERE key_gone.end_class = recording.end_class"
		"  AND key_gone.end_date = recording.end_date))"
		" AND NOT" DUE_IS_HELD("recording.contact", "$3") " LIMIT $4",
		db_number(sweeper->due[SEAL_CLASS_AUDIO]),
		db_number(sweeper->late[SEAL_CLASS_AUDIO]),
		db_number(books_seconds(sweeper->books)), db_number(SLICE),
		db_number(sweeper->due[SEAL_CLASS_CHAT]),
		db_number(sweeper->late[SEAL_CLASS_CHAT]));
	while (count < SLICE && db_rows_next(&rows)) {
		db_rows_bytes(&rows, 0, &items[count].id, sizeof(struct id));
		items[count++].end_class = (uint32_t)db_rows_number(&rows, 1);
	}
	return count;
}

static int due_contacts(struct sweeper *sweeper, struct item items[SLICE])
{
	int count = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		sweeper->books->db,
		"SELECT id FROM contact WHERE contact_end <= $1"
		" AND (contact_end <= $2 OR EXISTS (SELECT 1 FROM key_gone"
		"  WHERE key_gone.end_class = 2"
		"  AND key_gone.end_date = contact.contact_end))"
		" AND NOT" DUE_IS_HELD("contact.id", "$3") " LIMIT $4",
		db_number(sweeper->due[SEAL_CLASS_CONTACT]),
		db_number(sweeper->late[SEAL_CLASS_CONTACT]),
		db_number(books_seconds(sweeper->books)), db_number(SLICE));
	while (count < SLICE && db_rows_next(&rows))
		db_rows_bytes(&rows, 0, &items[count++].id, sizeof(struct id));
	return count;
}

static void count_erased(struct sweeper *sweeper, const struct item *item)
{
	if (sweeper->phase == SWEEP_CONTACTS) {
		counter_add(tally.contacts_erased, 1);
		sweeper->report.contacts++;
	} else if (item->end_class == SEAL_CLASS_CHAT) {
		counter_add(tally.chats_erased, 1);
		sweeper->report.chats++;
	} else {
		counter_add(tally.recordings_erased, 1);
		sweeper->report.recordings++;
	}
}

static void step_items(struct sweeper *sweeper)
{
	bool is_contacts = sweeper->phase == SWEEP_CONTACTS;
	struct item items[SLICE] = { 0 };
	int count = is_contacts ? due_contacts(sweeper, items)
				: due_recordings(sweeper, items);
	int r = 0;

	for (int i = 0; r == 0 && i < count; i++) {
		r = is_contacts ? erase_contact(sweeper->books, &items[i].id,
						CONTACT_CAUSE_DUE)
				: erase_recording(sweeper->books, &items[i].id,
						  CONTACT_CAUSE_DUE);
		if (r == 0)
			count_erased(sweeper, &items[i]);
	}
	if (r < 0) {
		finish(sweeper, r);
		return;
	}
	if (count == 0)
		sweeper->phase = is_contacts ? SWEEP_LOG : SWEEP_CONTACTS;
	sweep_go_on(sweeper);
}

/* All that is held is sealed to its holds, or why not. */
static void settled(void *self, int r)
{
	struct sweeper *sweeper = self;

	if (r < 0)
		sweeper->result = r;
	/* Without a vault no key dies; with a full one, some do. */
	sweeper->phase = r == -ENOKEY || r == -EPIPE || r == -ETIMEDOUT
				 ? SWEEP_RECORDINGS
				 : SWEEP_KEYS;
	sweep_go_on(sweeper);
}

static void step(void *self)
{
	struct sweeper *sweeper = self;

	switch (sweeper->phase) {
	case SWEEP_HOLDS:
		rewrap_settle(sweeper->rewrapper, settled, sweeper);
		break;
	case SWEEP_KEYS:
		sweep_keys_step(sweeper);
		break;
	case SWEEP_EMPTY_KEYS:
		sweep_keys_step_empty(sweeper);
		break;
	case SWEEP_RECORDINGS:
	case SWEEP_CONTACTS:
		step_items(sweeper);
		break;
	case SWEEP_LOG:
		sweep_log_step(sweeper);
		break;
	case SWEEP_RESTS:
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
	if (sweeper->phase != SWEEP_RESTS)
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
	if (hold_expire(books) < 0) {
		finish(sweeper, -ENOSPC);
		return 0;
	}
	/* Each question is an entry in the audit log, refused ones too. */
	sweeper->phase = SWEEP_HOLDS;
	if (books->vault_locked)
		sweeper->result = -ENOKEY;
	else if (!by_person && sweep_boot_time() < sweeper->patience_until)
		sweeper->result = -EPERM;
	if (sweeper->result < 0)
		sweeper->phase = SWEEP_RECORDINGS;
	sweep_go_on(sweeper);
	return 0;
}
