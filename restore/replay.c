/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the log says was done since: keys destroyed, items erased early, holds
 * placed and lifted. Done again here, before anybody may ask for anything.
 * Contract in restore.h.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "backup/rows.h"
#include "restore/restore.h"
#include "vault/today.h"
#include "vault/verify.h"
#include "vault/volume.h"

struct replay {
	struct restore *restore;
	uint64_t seq;	 /* of the entry at hand */
	int64_t at;	 /* its time, seconds */
	bool is_erasing; /* it is the vault's, about what of the log ended */
	uint64_t erased_until, told_until;
	/* Of key back-ups: the newest that the log knows, and this one. */
	seal_date copied_from;
	seal_date own_from;
	uint64_t own_seq;
};

/* As clock_text() writes it; 0: none, or another. */
static int64_t instant_of(const char *text)
{
	struct tm at = { 0 };

	return text && strptime(text, "%Y-%m-%dT%H:%M:%S", &at) ? timegm(&at)
								: 0;
}

static seal_date date_of(const char *text)
{
	int64_t at = instant_of(text);
	struct tm day = { 0 };

	if (at || !text || !strptime(text, "%Y-%m-%d", &day))
		return 0;
	return (seal_date)((day.tm_year + 1900) * 10000 +
			   (day.tm_mon + 1) * 100 + day.tm_mday);
}

static int id_of(json_t *entry, const char *name, struct id *ret_id)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text ? id_read(slice_of(text), ret_id) : -ENOENT;
}

static int64_t number_of(json_t *entry, const char *name)
{
	return json_integer_value(json_object_get(entry, name));
}

static const char *text_of(json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text ? text : "";
}

/* Also so that receipts can name the entry. */
static int destroy_key(struct replay *replay, json_t *entry)
{
	const struct seal_end end = {
		(uint32_t)number_of(entry, "class"),
		date_of(text_of(entry, "end")),
	};
	int r;

	if (end.data_class < 1 || end.data_class >= SEAL_CLASSES || !end.date)
		return -EBADMSG;
	/* The entry comes first, then the vault may refuse: it destroys no key
	 * whose date is to come, whoever asks. */
	if (end.date > replay->restore->today)
		return 0;
	r = keyring_destroy(replay->restore->ring, &end);
	if (r < 0)
		return r;
	replay->restore->figures.keys += (uint64_t)r;
	r = db_run(replay->restore->db,
		   "INSERT INTO key_gone (end_class, end_date, at, seq)"
		   " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		   db_number(end.data_class), db_number(end.date),
		   db_number(replay->at), db_number((int64_t)replay->seq));
	return r < 0 ? r : 0;
}

/*
 * A pair of a hold: destroyed after these keys were copied. One that was made
 * anew for the same contact since then has another, and is not among them.
 */
static int destroy_hold(struct replay *replay, json_t *entry)
{
	struct id contact;
	int r = id_of(entry, "contact", &contact);

	if (r < 0)
		return -EBADMSG;
	if (!replay->restore->is_copy || replay->seq < replay->own_seq)
		return 0;
	r = keyring_release(replay->restore->ring, &contact);
	if (r > 0)
		replay->restore->figures.keys++;
	return r < 0 ? r : 0;
}

static int erase(struct replay *replay, json_t *entry)
{
	struct id item;
	int r = id_of(entry, "contact", &item);

	if (r < 0)
		r = id_of(entry, "call", &item);
	if (r < 0)
		return -EBADMSG;
	r = rows_erase(replay->restore->db, &item, replay->at);
	if (r > 0)
		replay->restore->figures.erased++;
	return r < 0 ? r : 0;
}

static int64_t kind_of(const char *word)
{
	static const char *const kinds[] = { "", "access", "legal",
					     "restriction" };

	for (size_t i = 1; i < COUNT(kinds); i++)
		if (strcmp(word, kinds[i]) == 0)
			return (int64_t)i;
	return 0;
}

static int place_hold(struct replay *replay, json_t *entry)
{
	struct db *db = replay->restore->db;
	struct id hold, contact;
	int r;

	if (id_of(entry, "hold", &hold) < 0 ||
	    id_of(entry, "contact", &contact) < 0 ||
	    !kind_of(text_of(entry, "kind")))
		return -EBADMSG;
	/* Of something that came after the back-up there is nothing to hold. */
	r = db_run(db,
		   "INSERT INTO hold (id, contact, kind, since, expires_at,"
		   " review_at, reference, actor)"
		   " SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE"
		   " EXISTS (SELECT 1 FROM contact WHERE id = $2)"
		   " OR EXISTS (SELECT 1 FROM recording WHERE contact = $2)"
		   " ON CONFLICT DO NOTHING",
		   db_id(&hold), db_id(&contact),
		   db_number(kind_of(text_of(entry, "kind"))),
		   db_number(replay->at),
		   db_number(instant_of(text_of(entry, "until"))),
		   db_number(instant_of(text_of(entry, "review"))),
		   db_text(text_of(entry, "reference")),
		   db_text(text_of(entry, "actor")));
	if (r > 0) {
		replay->restore->figures.holds++;
		r = db_run(db,
			   "INSERT INTO held (contact, is_made, is_restricted)"
			   " VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
			   db_id(&contact));
	}
	return r < 0 ? r : 0;
}

static int lift_hold(struct replay *replay, json_t *entry)
{
	struct id hold;
	int r = id_of(entry, "hold", &hold);

	if (r < 0)
		return -EBADMSG;
	r = db_run(replay->restore->db, "DELETE FROM hold WHERE id = $1",
		   db_id(&hold));
	replay->restore->figures.holds += r > 0;
	return r < 0 ? r : 0;
}

/* Which key back-ups there were; told before all others, in a first walk. */
static int see_copy(struct replay *replay, json_t *entry)
{
	replay->copied_from = (seal_date)number_of(entry, "from");
	if (replay->copied_from == replay->own_from)
		replay->own_seq = replay->seq;
	return 0;
}

static int forget_log(struct replay *replay, json_t *entry)
{
	seal_date before = date_of(text_of(entry, "before"));
	int64_t entries = number_of(entry, "entries");
	int r;

	/* Said in another form it is not the vault's, and says nothing. */
	if (!replay->is_erasing)
		return 0;
	r = before ? keyring_forget_log(replay->restore->ring, before)
		   : -EBADMSG;

	if (replay->told_until < (uint64_t)entries)
		replay->told_until = (uint64_t)entries;
	return r < 0 ? r : 0;
}

/* What the register had not told the vault yet when it was copied. */
static int take_out(struct replay *replay, const struct record *record)
{
	char said[RECORD_SAID_MAX + 2];
	const char *at = strstr(record->payload, "\"node\":\"");
	int r;

	at = at ? strstr(at, "\",") : NULL;
	if (!at || strlen(at + 2) > RECORD_SAID_MAX)
		return 0;
	said[0] = '{';
	memcpy(said + 1, at + 2, strlen(at + 2) + 1);
	r = db_run(replay->restore->db, "DELETE FROM outbox WHERE entry = $1",
		   db_text(said));
	return r < 0 ? r : 0;
}

typedef int act_fn(struct replay *replay, json_t *entry);

static const struct {
	const char *event;
	act_fn *act;
	bool is_first; /* in the walk before the others */
	bool is_later; /* only what came after the back-up */
} acts[] = {
	{ "keys.copied", see_copy, true, false },
	{ "log.erased", forget_log, false, false },
	{ "key.destroyed", destroy_key, false, false },
	{ "hold.key.destroyed", destroy_hold, false, false },
	{ "early_erase", erase, false, true },
	{ "hold.set", place_hold, false, true },
	{ "hold.lifted", lift_hold, false, true },
};

static int act_on(struct replay *replay, const struct record *record,
		  bool is_first)
{
	const bool is_later = record->seq >= replay->restore->backup.entries;
	json_t *entry;
	int r = 0;

	if (record->is_erased) {
		replay->erased_until = record->seq + 1;
		return 0;
	}
	entry = json_loadb(record->payload, record->payload_size, 0, NULL);
	if (!entry)
		return -EBADMSG;
	replay->is_erasing = audit_erased_by(record) > 0;
	replay->seq = record->seq;
	replay->at = instant_of(record->time);
	for (size_t i = 0; r == 0 && i < COUNT(acts); i++)
		if (acts[i].is_first == is_first &&
		    (is_later || !acts[i].is_later) &&
		    strcmp(acts[i].event, text_of(entry, "event")) == 0)
			r = acts[i].act(replay, entry);
	json_decref(entry);
	if (r == 0 && is_later && !is_first)
		r = take_out(replay, record);
	return r;
}

static int walk(struct replay *replay, bool is_first)
{
	OWNED(volume_reader_drop) struct volume_reader *reader = NULL;
	OWNED(drop_memory) struct record *record = malloc(sizeof(*record));
	struct restore *restore = replay->restore;
	int r = record ? volume_reader_new(restore->vault, restore->ring, 0,
					   UINT64_MAX, &reader)
		       : -ENOMEM;

	while (r == 0) {
		r = volume_reader_next(reader, record);
		if (r <= 0)
			break;
		restore->figures.entries = record->seq + 1;
		restore_tell(restore, "entries of the log", record->seq,
			     restore->backup.entries);
		r = act_on(replay, record, is_first);
	}
	return r;
}

/* Of all classes the same, but for those that have no pair yet. */
static seal_date first_of(const struct keyring *ring)
{
	seal_date gone = 0;

	for (uint32_t c = 1; c < SEAL_CLASSES; c++)
		if (keyring_gone(ring, c) > gone)
			gone = keyring_gone(ring, c);
	return gone ? today_add(gone, 1) : 0;
}

static int check_copy(const struct replay *replay)
{
	const struct restore *restore = replay->restore;

	if (!restore->is_copy || replay->copied_from <= replay->own_from)
		return RESTORE_DONE;
	if (restore->options->older_keys) {
		restore_say("these keys begin with %u, the newest copy of them "
			    "that the audit log knows with %u; what was "
			    "destroyed in between is destroyed again",
			    replay->own_from, replay->copied_from);
		return RESTORE_DONE;
	}
	restore_say("refused: rollback: this key back-up begins with %u, and "
		    "the audit log knows of one that begins with %u. Take that "
		    "one; if it is lost, say so with --older-keys.",
		    replay->own_from, replay->copied_from);
	return RESTORE_REFUSED;
}

static int fail(int r)
{
	restore_say("the audit log cannot be replayed: %s", strerror(-r));
	return RESTORE_FAILED;
}

int restore_replay(struct restore *restore)
{
	struct replay replay = {
		.restore = restore,
		.own_from = first_of(restore->ring),
		.own_seq = UINT64_MAX,
	};
	int r = walk(&replay, true);

	if (r < 0)
		return fail(r);
	r = check_copy(&replay);
	if (r != RESTORE_DONE)
		return r;
	/* An older copy of the keys that the log no longer tells of. */
	if (replay.own_seq == UINT64_MAX &&
	    replay.copied_from > replay.own_from)
		replay.own_seq = 0;
	replay.erased_until = 0;
	db_begin(restore->db);
	r = walk(&replay, false);
	if (r == 0)
		r = rows_settle(restore->db, clock_seconds(&clock_system));
	if (r == 0)
		r = db_commit(restore->db);
	else
		db_roll_back(restore->db);
	if (r == 0 && replay.erased_until > replay.told_until) {
		restore_say("refused: an entry of the audit log was removed or "
			    "damaged, and none says that its time had come");
		return RESTORE_REFUSED;
	}
	return r < 0 ? fail(r) : RESTORE_DONE;
}
