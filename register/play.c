/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/play.h"

#include <errno.h>
#include <string.h>

#include "notice/roles.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/refusal.h"
#include "register/session.h"
#include "register/tally.h"
#include "register/view.h"

/*
 * Reads of one recording by one person for one purpose are one row for so
 * long from the first of them, and then a new one: a row that grew with each
 * read would hide how often somebody came back.
 */
enum { JOIN_S = 3600 };

/* What is to be read, as the tables know it. */
struct target {
	struct vault_unseal letter;
	struct id call, contact;
	uint64_t size; /* of the whole plain content */
	uint64_t duration_ms;
	uint32_t kind;
	struct seal_end end;
	char agent[32];
	bool exists;
};

/* What is remembered while the vault is asked; fits an errand's context. */
struct listening {
	struct books *books;
	play_answer_fn *answer;
	void *self;
	struct play_way way;
	struct id staff, call, contact;
	uint32_t role, reserved;
	char purpose[32];
	uint64_t total;
	int64_t from_ms, until_ms;
};

static_assert(sizeof(struct listening) <= ERRAND_CONTEXT_SIZE, "fits");

static void find(struct books *books, const struct desk_play *ask,
		 struct target *target)
{
	memset(target, 0, sizeof(*target));
	target->call = ask->call;
	target->kind = ask->kind;
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
		db_id(&ask->call), db_number(ask->kind));
	if (!db_rows_next(&rows))
		return;
	db_rows_bytes(&rows, 0, &target->contact, sizeof(target->contact));
	target->duration_ms = (uint64_t)db_rows_number(&rows, 1);
	target->end.date = (seal_date)db_rows_number(&rows, 2);
	db_rows_bytes(&rows, 3, &target->letter.object,
		      sizeof(target->letter.object));
	target->size = (uint64_t)db_rows_number(&rows, 4);
	db_rows_bytes(&rows, 5, target->letter.hash,
		      sizeof(target->letter.hash));
	target->exists = db_rows_bytes(&rows, 6, &target->letter.wrapped,
				       sizeof(target->letter.wrapped));
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

static enum desk_result decide(struct books *books, const struct desk_play *ask,
			       struct session *session, struct target *target)
{
	struct decide_item item = { 0 };
	struct decide_reader reader = { 0 };
	enum desk_result result = session_find(books, ask->token, session);
	const char *purpose = ask->purpose[0] ? ask->purpose : session->purpose;

	if (result != DESK_OK)
		return result;
	reader.is_signed_in = true;
	reader.role_plays = roles_find(session->role)->plays;
	reader.has_purpose = *purpose;
	reader.purpose_is_granted =
		books->policy &&
		policy_grants(books->policy, session->role, purpose,
			      ask->kind == SEAL_KIND_CHAT ? NOTICE_READ
							  : NOTICE_LISTEN);
	reader.purpose_is_for_holds = decide_is_for_holds(purpose);
	find(books, ask, target);
	reader.purpose_is_granted =
		reader.purpose_is_granted &&
		(!target->exists || is_served(books, purpose, target));
	item.exists = target->exists;
	item.is_dead = !target->exists && is_dead(books, &ask->call);
	item.eligible_at = due_eligible(books, target->end.data_class,
					target->end.date, NULL);
	item.hold = due_hold(books, &target->contact);
	reader.sees_contact =
		item.is_dead ? roles_find(session->role)->contacts == ROLES_ALL
			     : contact_lives(books, target, item.hold) &&
				       view_reaches(session, target->agent);
	if (purpose != session->purpose) {
		memset(session->purpose, 0, sizeof(session->purpose));
		memcpy(session->purpose, purpose, strlen(purpose));
	}
	return decide_read(&item, &reader, clock_now(&books->clock));
}

/* Which part of the time was read; sound is spread evenly enough. */
static void range_of(const struct desk_play *ask, const struct target *target,
		     struct listening *listening)
{
	uint64_t size = target->size ? target->size : 1;
	uint64_t until = ask->size && ask->size < target->size - ask->offset
				 ? ask->offset + ask->size
				 : target->size;

	listening->from_ms = listening->until_ms = -1;
	if (target->kind != SEAL_KIND_SOUND)
		return;
	listening->from_ms = (int64_t)((double)target->duration_ms *
				       (double)ask->offset / (double)size);
	listening->until_ms = (int64_t)((double)target->duration_ms *
					(double)until / (double)size);
}

static void write_entry(struct books *books, const struct desk_play *ask,
			const struct session *session, struct target *target)
{
	char actor[ENTRY_ACTOR_SIZE];

	entry_actor(&session->staff, actor);
	entry_write(json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:I,s:o,s:I,s:I,s:I}",
			      "event", "content.read", "actor", actor, "role",
			      notice_roles[session->role - 1], "purpose",
			      session->purpose, "contact",
			      entry_id(&target->contact), "recording",
			      entry_id(&target->call), "kind",
			      (json_int_t)ask->kind, "object",
			      entry_id(&target->letter.object), "offset",
			      (json_int_t)ask->offset, "size",
			      (json_int_t)ask->size, "policy",
			      (json_int_t)policy_hash(books->policy)),
		    &target->letter.entry);
}

static void refuse(const struct play_way *way, enum desk_result result,
		   play_answer_fn *answer, void *self)
{
	struct desk_playing playing = {
		.head = { .type = DESK_PLAYING,
			  .size = sizeof(playing),
			  .tag = way->tag },
		.result = result,
	};

	counter_add(tally.plays_refused, 1);
	answer(self, way, &playing);
}

/* The same row goes on, or a new one begins. */
static void index_reader(struct books *books, const struct listening *at,
			 uint64_t seq)
{
	int64_t now = books_seconds(books);
	int64_t row = db_ask_number(
		books->db, 0,
		"SELECT max(id) FROM reader WHERE staff = $1 AND call = $2"
		" AND purpose = $3 AND first_at > $4 AND last_at <= $5",
		db_id(&at->staff), db_id(&at->call), db_text(at->purpose),
		db_number(now - JOIN_S), db_number(now));
	int r;

	if (row)
		r = db_run(books->db,
			   "UPDATE reader SET last_at = $2, seq = $3,"
			   " parts = parts + 1, from_ms = CASE"
			   "  WHEN $4 < 0 THEN from_ms"
			   "  WHEN from_ms < 0 OR $4 < from_ms THEN $4"
			   "  ELSE from_ms END,"
			   " until_ms = CASE WHEN $5 > until_ms THEN $5"
			   "  ELSE until_ms END WHERE id = $1",
			   db_number(row), db_number(now),
			   db_number((int64_t)seq), db_number(at->from_ms),
			   db_number(at->until_ms));
	else
		r = db_run(books->db,
			   "INSERT INTO reader (id, staff, role, contact, call,"
			   " purpose, first_at, last_at, seq, parts, from_ms,"
			   " until_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $7,"
			   " $8, 1, $9, $10)",
			   db_number(books->reader_next), db_id(&at->staff),
			   db_number(at->role), db_id(&at->contact),
			   db_id(&at->call), db_text(at->purpose),
			   db_number(now), db_number((int64_t)seq),
			   db_number(at->from_ms), db_number(at->until_ms));
	/* The audit log has it; this index can be made anew from it. */
	if (r >= 0 && !row)
		books->reader_next++;
}

static enum desk_result result_of(int r)
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

static void answered(void *self, const void *context, int r,
		     const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct books *books = self;
	struct desk_playing playing = {
		.head = { .type = DESK_PLAYING, .size = sizeof(playing) },
	};
	struct listening at;

	memcpy(&at, context, sizeof(at));
	if (r < 0)
		counter_add(tally.vault_failures, 1);
	else
		r = answer->result;
	if (r == -ENOKEY)
		books->vault_locked = true;
	if (r < 0) {
		refuse(&at.way, result_of(r), at.answer, at.self);
		return;
	}
	index_reader(books, &at, answer->seq);
	counter_add(tally.plays, 1);
	playing.head.tag = at.way.tag;
	playing.total = at.total;
	playing.seq = answer->seq;
	at.answer(at.self, &at.way, &playing);
}

static bool ask_is_well(const struct desk_play *ask)
{
	return strnlen(ask->purpose, sizeof(ask->purpose)) <
		       sizeof(ask->purpose) &&
	       ask->kind >= SEAL_KIND_SOUND && ask->kind <= SEAL_KIND_CHAT;
}

void play_begin(struct books *books, const struct desk_play *ask, int pipe,
		const struct play_way *way, play_answer_fn *answer, void *self)
{
	struct target target = { 0 };
	struct session session = { 0 };
	struct listening listening = {
		.books = books,
		.answer = answer,
		.self = self,
		.way = *way,
	};
	enum desk_result result = DESK_INVALID;
	int r;

	if (ask_is_well(ask))
		result = decide(books, ask, &session, &target);
	refusal_note(books, &session, result, "content",
		     target.exists || is_dead(books, &ask->call) ? &ask->call
								 : NULL);
	if (result == DESK_OK && (pipe < 0 || ask->offset >= target.size))
		result = DESK_INVALID;
	if (result != DESK_OK) {
		refuse(way, result, answer, self);
		return;
	}
	OWNED(drop_fd)
	int object = store_get(books->store, &target.letter.object);
	if (object < 0) {
		refuse(way, DESK_LATER, answer, self);
		return;
	}
	target.letter.head = (struct letter){ .type = VAULT_UNSEAL,
					      .size = sizeof(target.letter) };
	target.letter.offset = ask->offset;
	target.letter.size = ask->size;
	write_entry(books, ask, &session, &target);
	range_of(ask, &target, &listening);
	listening.staff = session.staff;
	listening.role = session.role;
	listening.call = target.call;
	listening.contact = target.contact;
	listening.total = target.size;
	memcpy(listening.purpose, session.purpose, sizeof(session.purpose));

	struct letter_fds fds = { { object, pipe, -1, -1 }, 2 };
	r = errand_send(&books->errands, &target.letter.head, &fds, answered,
			books, &listening, sizeof(listening));
	if (r < 0) {
		counter_add(tally.vault_failures, 1);
		refuse(way, DESK_LATER, answer, self);
	}
}
