/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/play.h"

#include <errno.h>
#include <string.h>

#include "register/entry.h"
#include "register/refusal.h"
#include "register/session.h"
#include "register/tally.h"
#include "register/target.h"

/*
 * Reads of one recording by one person for one purpose are one row for so
 * long from the first of them, and then a new one: a row that grew with each
 * read would hide how often somebody came back.
 */
enum { JOIN_S = 3600 };

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
			const struct session *session,
			const struct target *target, struct vault_entry *entry)
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
			      entry_id(&target->object), "offset",
			      (json_int_t)ask->offset, "size",
			      (json_int_t)ask->size, "policy",
			      (json_int_t)policy_hash(books->policy)),
		    entry);
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
		refuse(&at.way, target_result(r), at.answer, at.self);
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
	const struct target_want want = {
		.token = ask->token,
		.call = ask->call,
		.kind = ask->kind,
		.purpose = ask->purpose,
		.use = ask->kind == SEAL_KIND_CHAT ? NOTICE_READ
						   : NOTICE_LISTEN,
	};
	struct target target = { 0 };
	struct session session = { 0 };
	struct listening listening = {
		.books = books,
		.answer = answer,
		.self = self,
		.way = *way,
	};
	struct vault_unseal letter = {
		.head = { .type = VAULT_UNSEAL, .size = sizeof(letter) },
		.offset = ask->offset,
		.size = ask->size,
	};
	enum desk_result result = DESK_INVALID;
	int r;

	if (ask_is_well(ask))
		result = target_open(books, &want, &session, &target);
	if (result == DESK_OK && (pipe < 0 || ask->offset >= target.size))
		result = DESK_INVALID;
	if (result != DESK_OK) {
		refuse(way, result, answer, self);
		return;
	}
	OWNED(drop_fd)
	int object = store_get(books->store, &target.object);
	if (object < 0) {
		refuse(way, DESK_LATER, answer, self);
		return;
	}
	letter.wrapped = target.wrapped;
	letter.object = target.object;
	memcpy(letter.hash, target.hash, sizeof(letter.hash));
	write_entry(books, ask, &session, &target, &letter.entry);
	range_of(ask, &target, &listening);
	listening.staff = session.staff;
	listening.role = session.role;
	listening.call = target.call;
	listening.contact = target.contact;
	listening.total = target.size;
	memcpy(listening.purpose, session.purpose, sizeof(session.purpose));

	struct letter_fds fds = { { object, pipe, -1, -1 }, 2 };
	r = errand_send(&books->errands, &letter.head, &fds, answered, books,
			&listening, sizeof(listening));
	if (r < 0) {
		counter_add(tally.vault_failures, 1);
		refuse(way, DESK_LATER, answer, self);
	}
}
