/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/target.h"

#include <errno.h>
#include <string.h>

#include "notice/roles.h"
#include "register/decide.h"
#include "register/due.h"
#include "register/refusal.h"
#include "register/view.h"

static void find(struct books *books, const struct target_want *want,
		 struct target *target)
{
	memset(target, 0, sizeof(*target));
	target->call = want->call;
	target->kind = want->kind;
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT recording.contact, duration_ms, end_date, object.id,"
		" size, hash, CASE WHEN length(object.held) = length(wrapped)"
		"  THEN object.held ELSE wrapped END,"
		" coalesce(contact.agent, chat.agent, ''),"
		" end_class"
		" FROM recording JOIN object ON object.call = recording.call"
		" LEFT JOIN contact ON contact.id = recording.contact"
		" LEFT JOIN chat ON chat.call = recording.call"
		" WHERE recording.call = $1 AND kind = $2",
		db_id(&want->call), db_number(want->kind));
	if (!db_rows_next(&rows))
		return;
	db_rows_bytes(&rows, 0, &target->contact, sizeof(target->contact));
	target->duration_ms = (uint64_t)db_rows_number(&rows, 1);
	target->end.date = (seal_date)db_rows_number(&rows, 2);
	db_rows_bytes(&rows, 3, &target->object, sizeof(target->object));
	target->size = (uint64_t)db_rows_number(&rows, 4);
	db_rows_bytes(&rows, 5, target->hash, sizeof(target->hash));
	target->exists = db_rows_bytes(&rows, 6, &target->wrapped,
				       sizeof(target->wrapped));
	db_rows_text(&rows, 7, target->agent, sizeof(target->agent));
	target->end.data_class = (uint32_t)db_rows_number(&rows, 8);
}

/*
 * A recording whose contact is unknown belongs to nobody's view. A chat's
 * content outlives its contact, and knows by itself whose it is. What is
 * held has its contact still, and decide_read() says for whom.
 */
static bool contact_lives(struct books *books, const struct target *target,
			  enum decide_hold hold)
{
	seal_date dead =
		due_date(books, SEAL_CLASS_CONTACT, clock_now(&books->clock));

	if (target->end.data_class == SEAL_CLASS_CHAT)
		return true;
	if (hold != DECIDE_HOLD_NONE)
		dead = 0;
	return db_ask_number(books->db, 0,
			     "SELECT count(*) FROM contact WHERE id = $1"
			     " AND contact_end > $2",
			     db_id(&target->contact), db_number(dead)) > 0;
}

/* A purpose may end before what it uses does (C16). */
static bool is_served(struct books *books, const char *purpose,
		      const struct target *target)
{
	int64_t began = db_ask_number(
		books->db, 0,
		"SELECT coalesce((SELECT started_at FROM contact WHERE id = "
		"$1),"
		" (SELECT started_at FROM chat WHERE call = $2), 0)",
		db_id(&target->contact), db_id(&target->call));

	return policy_serves(books->policy, purpose, began,
			     clock_now(&books->clock));
}

static bool is_dead(struct books *books, const struct id *call)
{
	return db_ask_number(books->db, 0,
			     "SELECT count(*) FROM tombstone WHERE item = $1",
			     db_id(call)) > 0;
}

/*
 * Different recordings by one person in one civil day: who has the right to
 * each of them has no right to take all of them in turn. What was opened
 * today already may be opened again.
 */
static bool is_over_quota(struct books *books, const struct session *session,
			  const struct id *call)
{
	const struct civil_zone *zone = policy_zone(books->policy);
	const nanoseconds now = clock_now(&books->clock);
	const int64_t today =
		civil_midnight(zone, civil_date(zone, now)) / NS_PER_S;

	return db_ask_number(books->db, 0,
			     "SELECT count(DISTINCT call) FROM reader"
			     " WHERE staff = $1 AND last_at >= $2"
			     " AND NOT EXISTS (SELECT 1 FROM reader AS other"
			     "  WHERE other.staff = $1 AND other.call = $3"
			     "  AND other.last_at >= $2)",
			     db_id(&session->staff), db_number(today),
			     db_id(call)) >= books->choice.reads_a_day;
}

static enum desk_result decide(struct books *books,
			       const struct target_want *want,
			       struct session *session, struct target *target)
{
	struct decide_item item = { 0 };
	struct decide_reader reader = { 0 };
	enum desk_result result = session_find(books, want->token, session);
	const char *purpose =
		want->purpose[0] ? want->purpose : session->purpose;

	if (result != DESK_OK)
		return result;
	reader.is_signed_in = true;
	reader.role_plays = roles_find(session->role)->plays;
	reader.has_purpose = *purpose;
	reader.purpose_is_granted =
		books->policy &&
		policy_grants(books->policy, session->role, purpose, want->use);
	reader.purpose_is_for_holds = decide_is_for_holds(purpose);
	find(books, want, target);
	reader.purpose_is_granted =
		reader.purpose_is_granted &&
		(!target->exists || is_served(books, purpose, target));
	item.exists = target->exists;
	item.is_dead = !target->exists && is_dead(books, &want->call);
	item.eligible_at = due_eligible(books, target->end.data_class,
					target->end.date, NULL);
	item.hold = due_hold(books, &target->contact);
	reader.sees_contact =
		item.is_dead
			? view_reaches_dead(session)
			: contact_lives(books, target, item.hold) &&
				  view_reaches(books, session, target->agent);
	if (purpose != session->purpose) {
		memset(session->purpose, 0, sizeof(session->purpose));
		memcpy(session->purpose, purpose, strlen(purpose));
	}
	result = decide_read(&item, &reader, clock_now(&books->clock));
	/* To put it into a set is not to open it. */
	if (result == DESK_OK && want->use != NOTICE_CLIP &&
	    is_over_quota(books, session, &want->call))
		return DESK_QUOTA;
	return result;
}

enum desk_result target_open(struct books *books,
			     const struct target_want *want,
			     struct session *ret_session,
			     struct target *ret_target)
{
	enum desk_result result = decide(books, want, ret_session, ret_target);

	refusal_note(books, ret_session, result, "content",
		     ret_target->exists || is_dead(books, &want->call)
			     ? &want->call
			     : NULL);
	return result;
}

enum desk_result target_result(int r)
{
	switch (r) {
	case 0:
		return DESK_OK;
	case -ENOKEY:
		return DESK_LOCKED;
	case -EKEYREVOKED:
		return DESK_GONE;
	case -EACCES:
		return DESK_RESTRICTED;
	case -EINVAL:
		return DESK_INVALID;
	default:
		return DESK_LATER;
	}
}
