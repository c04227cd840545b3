/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/hold.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "register/due.h"
#include "register/entry.h"
#include "register/tally.h"

#define DAY_S INT64_C(86400)

static const char *const kinds[] = {
	[DECIDE_HOLD_ACCESS] = "access",
	[DECIDE_HOLD_LEGAL] = "legal",
	[DECIDE_HOLD_RESTRICTION] = "restriction",
};

bool hold_reference_is(const char *reference, size_t size)
{
	size_t length = strnlen(reference, size);
	bool has_digit = false;
	int letters = 0, digits = 0;

	if (length == 0 || length == size || !isupper((uint8_t)reference[0]))
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = reference[i];

		letters = c >= 'A' && c <= 'Z' ? letters + 1 : 0;
		digits = c >= '0' && c <= '9' ? digits + 1 : 0;
		has_digit |= digits > 0;
		if (letters > HOLD_RUN_MAX || digits > HOLD_RUN_MAX ||
		    (!letters && !digits && !strchr("/-.", c)))
			return false;
	}
	return has_digit;
}

/* Whether anything of a contact has not come to its end, or is held. */
static int find(struct books *books, const struct id *contact)
{
	nanoseconds now = clock_now(&books->clock);

	if (!db_ask_number(books->db, 0,
			   "SELECT (SELECT count(*) FROM contact"
			   "  WHERE id = $1) + (SELECT count(*)"
			   "  FROM recording WHERE contact = $1)",
			   db_id(contact)))
		return -ENOENT;
	if (due_hold(books, contact) != DECIDE_HOLD_NONE ||
	    db_ask_number(
		    books->db, 0,
		    "SELECT (SELECT count(*) FROM contact"
		    "  WHERE id = $1 AND contact_end > $2) + (SELECT count(*)"
		    "  FROM recording WHERE contact = $1"
		    "  AND ((end_class = 1 AND end_date > $3)"
		    "   OR (end_class = 3 AND end_date > $4)))",
		    db_id(contact),
		    db_number(due_date(books, SEAL_CLASS_CONTACT, now)),
		    db_number(due_date(books, SEAL_CLASS_AUDIO, now)),
		    db_number(due_date(books, SEAL_CLASS_CHAT, now))))
		return 0;
	return -EKEYEXPIRED;
}

/* What the notice does not tell keeps nothing beyond its end: it would break
 * the promise of that end. */
static bool is_told(const struct books *books, uint32_t kind)
{
	static const struct {
		enum decide_hold kind;
		enum notice_hold told;
	} words[] = {
		{ DECIDE_HOLD_ACCESS, NOTICE_HOLD_ACCESS },
		{ DECIDE_HOLD_ACCESS, NOTICE_HOLD_DOCUMENT },
		{ DECIDE_HOLD_LEGAL, NOTICE_HOLD_AUTHORITY },
		{ DECIDE_HOLD_LEGAL, NOTICE_HOLD_CLAIM },
		{ DECIDE_HOLD_LEGAL, NOTICE_HOLD_INQUIRY },
		{ DECIDE_HOLD_LEGAL, NOTICE_HOLD_THREAT },
		{ DECIDE_HOLD_RESTRICTION, NOTICE_HOLD_RESTRICTION },
	};

	for (size_t i = 0; books->policy && i < COUNT(words); i++)
		if (words[i].kind == kind &&
		    policy_tells_hold(books->policy, words[i].told))
			return true;
	return false;
}

static int check(struct books *books, struct door_hold *hold)
{
	int64_t now = books_seconds(books);
	bool is_legal = hold->kind == DECIDE_HOLD_LEGAL;

	if (hold->kind < DECIDE_HOLD_ACCESS ||
	    hold->kind > DECIDE_HOLD_RESTRICTION ||
	    !hold_reference_is(hold->reference, sizeof(hold->reference)))
		return -EINVAL;
	if (!is_told(books, hold->kind))
		return -EPERM;
	if (!hold->review_at && !is_legal)
		hold->review_at = now + HOLD_REVIEW_DAYS * DAY_S;
	if (hold->review_at <= now ||
	    (is_legal &&
	     hold->review_at > now + HOLD_LEGAL_REVIEW_DAYS * DAY_S))
		return -EINVAL;
	/* A restriction is lifted by a decision and a notice (Art. 18(3)). */
	if (hold->kind == DECIDE_HOLD_RESTRICTION ? hold->expires_at != 0
						  : hold->expires_at <= now)
		return -EINVAL;
	if (db_ask_number(books->db, 0,
			  "SELECT count(*) FROM hold WHERE contact = $1",
			  db_id(&hold->contact)) >= HOLD_PER_CONTACT_MAX)
		return -EMLINK;
	if (db_ask_number(books->db, 0,
			  "SELECT count(*) FROM held WHERE contact <> $1",
			  db_id(&hold->contact)) >= VAULT_HOLDS_MAX)
		return -ENOSPC;
	return find(books, &hold->contact);
}

static json_t *instant(int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(seconds * NS_PER_S, text);
	return json_string(seconds ? text : "");
}

static int write_hold(struct books *books, const struct door_hold *hold,
		      const char *actor)
{
	int r = db_run(books->db,
		       "INSERT INTO hold (id, contact, kind, since,"
		       " expires_at, review_at, reference, actor)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		       db_id(&hold->hold), db_id(&hold->contact),
		       db_number(hold->kind), db_number(hold->since),
		       db_number(hold->expires_at), db_number(hold->review_at),
		       db_text(hold->reference), db_text(actor));

	if (r >= 0)
		r = db_run(books->db,
			   "INSERT INTO held (contact, is_made, is_restricted)"
			   " VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
			   db_id(&hold->contact));
	if (r >= 0)
		r = entry_post(books,
			       json_pack("{s:s,s:s,s:o,s:o,s:s,s:s,s:o,s:o}",
					 "event", "hold.set", "actor", actor,
					 "hold", entry_id(&hold->hold),
					 "contact", entry_id(&hold->contact),
					 "kind", kinds[hold->kind], "reference",
					 hold->reference, "until",
					 instant(hold->expires_at), "review",
					 instant(hold->review_at)));
	return r;
}

static int commit(struct books *books, int r)
{
	if (r >= 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

void hold_place(struct books *books, const struct door_hold *ask,
		const char *actor, struct door_hold *ret_answer)
{
	struct door_hold *hold = ret_answer;
	int r;

	*hold = *ask;
	memset(hold->actor, 0, sizeof(hold->actor));
	hold->hold = id_new();
	hold->since = books_seconds(books);
	r = check(books, hold);
	if (r == 0) {
		db_begin(books->db);
		r = commit(books, write_hold(books, hold, actor));
	}
	if (r == 0) {
		snprintf(hold->actor, sizeof(hold->actor), "%s", actor);
		counter_add(tally.holds_placed, 1);
	}
	hold->result = r;
}

/* Take a hold away and say so; within a transaction. */
static int drop(struct books *books, const struct id *hold,
		const struct id *contact, uint32_t kind, const char *actor,
		const char *why)
{
	int r = db_run(books->db, "DELETE FROM hold WHERE id = $1",
		       db_id(hold));

	if (r > 0)
		r = entry_post(books,
			       json_pack("{s:s,s:s,s:o,s:o,s:s,s:s}", "event",
					 "hold.lifted", "actor", actor, "hold",
					 entry_id(hold), "contact",
					 entry_id(contact), "kind",
					 kind < COUNT(kinds) && kinds[kind]
						 ? kinds[kind]
						 : "",
					 "cause", why));
	return r;
}

/* The columns of load(); $1 to $3 are what is due by class, $4 now. */
#define COLUMNS                                                                \
	"SELECT hold.id, hold.contact, hold.kind, since, expires_at,"          \
	" review_at, reference, actor, coalesce(contact.audio_end, 0),"        \
	" coalesce(contact.contact_end, 0),"                                   \
	" (SELECT coalesce(max(end_date), 0) FROM recording WHERE"             \
	"  recording.contact = hold.contact AND end_class = 3),"               \
	" (SELECT count(*) FROM recording WHERE"                               \
	"  recording.contact = hold.contact AND ((end_class = 1"               \
	"   AND end_date <= $1) OR (end_class = 3 AND end_date <= $3)))"       \
	" + CASE WHEN contact.contact_end <= $2 THEN 1 ELSE 0 END,"            \
	" (SELECT count(*) FROM held WHERE held.contact = hold.contact"        \
	"  AND is_made = 1 AND NOT EXISTS (SELECT 1 FROM recording"            \
	"   JOIN object ON object.call = recording.call WHERE"                 \
	"   recording.contact = hold.contact AND object.held IS NULL))"        \
	" FROM hold LEFT JOIN contact ON contact.id = hold.contact"

static void load(const struct db_rows *rows, struct door_hold *hold)
{
	memset(hold, 0, sizeof(*hold));
	db_rows_bytes(rows, 0, &hold->hold, sizeof(hold->hold));
	db_rows_bytes(rows, 1, &hold->contact, sizeof(hold->contact));
	hold->kind = (uint32_t)db_rows_number(rows, 2);
	hold->since = db_rows_number(rows, 3);
	hold->expires_at = db_rows_number(rows, 4);
	hold->review_at = db_rows_number(rows, 5);
	db_rows_text(rows, 6, hold->reference, sizeof(hold->reference));
	db_rows_text(rows, 7, hold->actor, sizeof(hold->actor));
	hold->audio_end = (seal_date)db_rows_number(rows, 8);
	hold->contact_end = (seal_date)db_rows_number(rows, 9);
	hold->chat_end = (seal_date)db_rows_number(rows, 10);
	hold->is_beyond = db_rows_number(rows, 11) > 0;
	hold->is_kept = db_rows_number(rows, 12) > 0;
}

static struct db_value due(struct books *books, uint32_t data_class)
{
	return db_number(due_date(books, data_class, clock_now(&books->clock)));
}

void hold_lift(struct books *books, const struct door_hold *ask,
	       const char *actor, struct door_hold *ret_answer)
{
	int r = -ENOENT;

	*ret_answer = *ask;
	{
		OWNED(db_rows_end)
		struct db_rows rows =
			db_ask(books->db, COLUMNS " WHERE hold.id = $4",
			       due(books, SEAL_CLASS_AUDIO),
			       due(books, SEAL_CLASS_CONTACT),
			       due(books, SEAL_CLASS_CHAT), db_id(&ask->hold));

		if (db_rows_next(&rows)) {
			load(&rows, ret_answer);
			ret_answer->head = ask->head;
			r = 0;
		}
	}
	if (r == 0) {
		db_begin(books->db);
		r = commit(books,
			   drop(books, &ret_answer->hold, &ret_answer->contact,
				ret_answer->kind, actor, "ordered"));
	}
	if (r == 0)
		counter_add(tally.holds_lifted, 1);
	ret_answer->result = r;
}

void hold_list(struct books *books, const struct door_list *ask,
	       struct door_hold_rows *ret_answer)
{
	*ret_answer = (struct door_hold_rows){
		.head = { .type = DOOR_HOLD_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	if (ask->before > INT64_MAX)
		return;
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		COLUMNS " WHERE expires_at = 0 OR expires_at > $4"
			" ORDER BY since, hold.id LIMIT $5 OFFSET $6",
		due(books, SEAL_CLASS_AUDIO), due(books, SEAL_CLASS_CONTACT),
		due(books, SEAL_CLASS_CHAT), db_number(books_seconds(books)),
		db_number(DOOR_HOLDS_MAX + 1), db_number((int64_t)ask->before));
	while (db_rows_next(&rows)) {
		if (ret_answer->count == DOOR_HOLDS_MAX) {
			ret_answer->next = ask->before + DOOR_HOLDS_MAX;
			break;
		}
		load(&rows, &ret_answer->row[ret_answer->count++]);
	}
}

static bool any_expired(struct books *books, struct door_hold *ret_hold)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT id, contact, kind FROM hold"
		       " WHERE expires_at <> 0 AND expires_at <= $1 LIMIT 1",
		       db_number(books_seconds(books)));

	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, &ret_hold->hold, sizeof(ret_hold->hold));
	db_rows_bytes(&rows, 1, &ret_hold->contact, sizeof(ret_hold->contact));
	ret_hold->kind = (uint32_t)db_rows_number(&rows, 2);
	return true;
}

int hold_expire(struct books *books)
{
	struct door_hold hold;
	int count = 0;

	while (any_expired(books, &hold)) {
		int r;

		db_begin(books->db);
		r = commit(books, drop(books, &hold.hold, &hold.contact,
				       hold.kind, "svc_sweeper", "expired"));
		if (r < 0)
			return r;
		counter_add(tally.holds_lifted, 1);
		count++;
	}
	return count;
}

uint64_t hold_count_beyond(struct books *books, enum decide_hold kind)
{
	return (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM (SELECT contact, max(kind) AS kind"
		"  FROM hold WHERE expires_at = 0 OR expires_at > $4"
		"  GROUP BY contact) AS h JOIN ("
		"  SELECT contact FROM recording WHERE (end_class = 1"
		"   AND end_date <= $1) OR (end_class = 3 AND end_date <= $3)"
		"  UNION ALL SELECT id FROM contact WHERE contact_end <= $2)"
		"  AS i ON i.contact = h.contact WHERE h.kind = $5",
		due(books, SEAL_CLASS_AUDIO), due(books, SEAL_CLASS_CONTACT),
		due(books, SEAL_CLASS_CHAT), db_number(books_seconds(books)),
		db_number(kind));
}

uint64_t hold_count(struct books *books)
{
	return (uint64_t)db_ask_number(books->db, 0,
				       "SELECT count(*) FROM hold"
				       " WHERE expires_at = 0"
				       " OR expires_at > $1",
				       db_number(books_seconds(books)));
}
