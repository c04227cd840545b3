/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/remark.h"

#include <errno.h>
#include <string.h>

#include "notice/roles.h"
#include "register/entry.h"
#include "register/refusal.h"
#include "register/tally.h"
#include "register/target.h"

static_assert((int)DESK_REMARK_MAX == (int)VAULT_REMARK_MAX &&
		      (int)DESK_REMARK_SIZE == (int)VAULT_REMARK_SIZE &&
		      (int)DESK_REMARKS_MAX == (int)VAULT_REMARKS_MAX,
	      "desk and vault agree");

/* What is remembered while the vault is asked; fits an errand's context. */
struct asking {
	remark_answer_fn *answer;
	void *self;
	struct play_way way;
	struct id staff;
	uint32_t role, count;
	union {
		struct {
			struct id call;
			char purpose[32];
		} add;
		struct {
			uint64_t total;
			struct id remark[DESK_REMARKS_MAX];
		} show;
	};
};

static_assert(sizeof(struct asking) <= ERRAND_CONTEXT_SIZE, "fits");

static void tell_added(const struct asking *at, enum desk_result result,
		       uint64_t seq, const struct id *remark)
{
	struct desk_remarked answer = {
		.head = { .type = DESK_REMARKED,
			  .size = sizeof(answer),
			  .tag = at->way.tag },
		.result = result,
		.seq = seq,
	};

	if (remark)
		answer.remark = *remark;
	at->answer(at->self, &at->way, &answer.head);
}

static void tell_rows(const struct asking *at, enum desk_result result,
		      struct desk_remark_rows *rows)
{
	struct desk_remark_rows none = { .result = result };

	if (result != DESK_OK)
		rows = &none;
	rows->head = (struct letter){ .type = DESK_REMARK_ROWS,
				      .size = sizeof(*rows),
				      .tag = at->way.tag };
	at->answer(at->self, &at->way, &rows->head);
}

static int heard(struct books *books, int r, const int32_t *result)
{
	if (r < 0)
		counter_add(tally.vault_failures, 1);
	else
		r = *result;
	if (r == -ENOKEY)
		books->vault_locked = true;
	return r;
}

static uint64_t count_of(struct books *books, const struct id *call)
{
	return (uint64_t)db_ask_number(
		books->db, 0, "SELECT count(*) FROM remark WHERE call = $1",
		db_id(call));
}

static enum desk_result open_sound(struct books *books, const uint8_t *token,
				   const struct id *call, const char *purpose,
				   struct session *session,
				   struct target *target)
{
	const struct target_want want = {
		.token = token,
		.call = *call,
		.kind = SEAL_KIND_SOUND,
		.purpose = purpose,
		.use = NOTICE_NOTE,
	};

	if (strnlen(purpose, 32) == 32)
		return DESK_INVALID;
	return target_open(books, &want, session, target);
}

/* The same of every entry about a remark. */
static json_t *entry_of(const char *event, const struct session *session,
			const struct id *contact, const struct id *call)
{
	char actor[ENTRY_ACTOR_SIZE];

	entry_actor(&session->staff, actor);
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "event", event, "actor",
			 actor, "role", notice_roles[session->role - 1],
			 "purpose", session->purpose, "contact",
			 entry_id(contact), "recording", entry_id(call));
}

/* The sound, so that the vault sees whose it is, and the text or the pipe. */
static int ask_vault(struct books *books, struct vault_remarks *letter,
		     const struct target *target, int other,
		     errand_done_fn *done, const struct asking *at)
{
	OWNED(drop_fd) int object = store_get(books->store, &target->object);
	struct letter_fds fds = { { object, other, -1, -1 }, 2 };
	int r;

	if (object < 0)
		return object;
	letter->head.size = sizeof(*letter);
	letter->wrapped = target->wrapped;
	letter->object = target->object;
	letter->count = at->count;
	r = errand_send(&books->errands, &letter->head, &fds, done, books, at,
			sizeof(*at));
	if (r < 0)
		counter_add(tally.vault_failures, 1);
	return r;
}

static void added(void *self, const void *context, int r,
		  const struct letter *letter)
{
	const struct vault_remarked *sealed = (const void *)letter;
	struct books *books = self;
	struct asking at;

	memcpy(&at, context, sizeof(at));
	r = heard(books, r, sealed ? &sealed->result : NULL);
	if (r < 0) {
		tell_added(&at,
			   r == -EMSGSIZE ? DESK_INVALID : target_result(r), 0,
			   NULL);
		return;
	}
	/* The recording may have come to its end meanwhile: then it is gone. */
	r = db_run(books->db,
		   "INSERT INTO remark (id, call, at_ms, made_at, staff, role,"
		   " purpose, box) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		   db_id(&sealed->remark.remark), db_id(&at.add.call),
		   db_number(sealed->remark.at_ms),
		   db_number(books_seconds(books)), db_id(&at.staff),
		   db_number(at.role), db_text(at.add.purpose),
		   db_bytes(sealed->remark.box, sizeof(sealed->remark.box)));
	if (r >= 0)
		counter_add(tally.remarks, 1);
	tell_added(&at,
		   r >= 0	  ? DESK_OK
		   : r == -EINVAL ? DESK_GONE
				  : DESK_LATER,
		   sealed->seq, &sealed->remark.remark);
}

void remark_add(struct books *books, const struct desk_remark_add *ask,
		int text, const struct play_way *way, remark_answer_fn *answer,
		void *self)
{
	struct asking at = {
		.answer = answer, .self = self, .way = *way, .count = 1
	};
	struct vault_remarks letter = { .head.type = VAULT_REMARK_SEAL };
	struct target target = { 0 };
	struct session session = { 0 };
	enum desk_result result = open_sound(books, ask->token, &ask->call,
					     ask->purpose, &session, &target);
	json_t *entry;

	if (result == DESK_OK && (text < 0 || ask->at_ms < 0 ||
				  (uint64_t)ask->at_ms > target.duration_ms))
		result = DESK_INVALID;
	if (result == DESK_OK &&
	    count_of(books, &ask->call) >= DESK_REMARKS_ALL)
		result = DESK_FULL;
	if (result != DESK_OK) {
		tell_added(&at, result, 0, NULL);
		return;
	}
	at.staff = session.staff;
	at.role = session.role;
	at.add.call = ask->call;
	memcpy(at.add.purpose, session.purpose, sizeof(at.add.purpose));
	letter.remark[0].remark = id_new();
	letter.remark[0].at_ms = ask->at_ms;
	entry = entry_of("note.added", &session, &target.contact, &ask->call);
	json_object_set_new(entry, "note", entry_id(&letter.remark[0].remark));
	entry_write(entry, &letter.entry);
	if (ask_vault(books, &letter, &target, text, added, &at) < 0)
		tell_added(&at, DESK_LATER, 0, NULL);
}

static void load_row(struct books *books, const struct asking *at,
		     const struct id *remark, struct desk_remark_row *row)
{
	struct id staff;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT at_ms, remark.made_at, remark.staff, remark.role,"
		       " coalesce(staff.name, '') FROM remark"
		       " LEFT JOIN staff ON staff.id = remark.staff"
		       " WHERE remark.id = $1",
		       db_id(remark));
	row->remark = *remark;
	if (!db_rows_next(&rows))
		return; /* taken back while the vault was at work */
	row->at_ms = db_rows_number(&rows, 0);
	row->made_at = db_rows_number(&rows, 1);
	db_rows_bytes(&rows, 2, &staff, sizeof(staff));
	row->is_own = id_is(&staff, &at->staff);
	row->role = (uint32_t)db_rows_number(&rows, 3);
	if (books->choice.reader_names || row->is_own)
		db_rows_text(&rows, 4, row->author, sizeof(row->author));
}

static void shown(void *self, const void *context, int r,
		  const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct desk_remark_rows rows = { .result = DESK_OK };
	struct books *books = self;
	struct asking at;

	memcpy(&at, context, sizeof(at));
	r = heard(books, r, answer ? &answer->result : NULL);
	if (r < 0) {
		tell_rows(&at, target_result(r), NULL);
		return;
	}
	rows.count = at.count;
	rows.total = at.show.total;
	rows.seq = answer->seq;
	for (uint32_t i = 0; i < rows.count; i++)
		load_row(books, &at, &at.show.remark[i], &rows.row[i]);
	tell_rows(&at, DESK_OK, &rows);
}

/* Those that are to be opened, in the order of the recording. */
static void load_boxes(struct books *books, const struct desk_remarks *ask,
		       struct asking *at, struct vault_remarks *letter)
{
	int64_t skip = ask->skip < DESK_REMARKS_ALL ? (int64_t)ask->skip
						    : DESK_REMARKS_ALL;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT id, at_ms, box FROM remark"
		       " WHERE call = $1 ORDER BY at_ms, id"
		       " LIMIT $2 OFFSET $3",
		       db_id(&ask->call), db_number(DESK_REMARKS_MAX),
		       db_number(skip));
	while (at->count < DESK_REMARKS_MAX && db_rows_next(&rows)) {
		struct vault_remark *remark = &letter->remark[at->count];

		db_rows_bytes(&rows, 0, &remark->remark,
			      sizeof(remark->remark));
		remark->at_ms = db_rows_number(&rows, 1);
		db_rows_bytes(&rows, 2, remark->box, sizeof(remark->box));
		at->show.remark[at->count++] = remark->remark;
	}
}

void remark_show(struct books *books, const struct desk_remarks *ask, int pipe,
		 const struct play_way *way, remark_answer_fn *answer,
		 void *self)
{
	struct asking at = { .answer = answer, .self = self, .way = *way };
	struct vault_remarks letter = { .head.type = VAULT_REMARKS_OPEN };
	struct desk_remark_rows none = { .result = DESK_OK };
	struct target target = { 0 };
	struct session session = { 0 };
	enum desk_result result = open_sound(books, ask->token, &ask->call,
					     ask->purpose, &session, &target);
	json_t *entry;

	if (result == DESK_OK && pipe < 0)
		result = DESK_INVALID;
	if (result != DESK_OK) {
		tell_rows(&at, result, NULL);
		return;
	}
	at.staff = session.staff;
	none.total = at.show.total = count_of(books, &ask->call);
	load_boxes(books, ask, &at, &letter);
	if (at.count == 0) {
		tell_rows(&at, DESK_OK, &none);
		return;
	}
	entry = entry_of("note.read", &session, &target.contact, &ask->call);
	json_object_set_new(entry, "count", json_integer(at.count));
	entry_write(entry, &letter.entry);
	if (ask_vault(books, &letter, &target, pipe, shown, &at) < 0)
		tell_rows(&at, DESK_LATER, NULL);
}

/* Whose it is, and beside what; false: there is none there. */
static bool find_own(struct books *books, const struct desk_remark_drop *ask,
		     const struct session *session, struct id *ret_contact)
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT recording.contact FROM remark"
		" JOIN recording ON recording.call = remark.call"
		" WHERE remark.id = $1 AND remark.call = $2"
		" AND staff = $3",
		db_id(&ask->remark), db_id(&ask->call), db_id(&session->staff));

	return db_rows_next(&rows) &&
	       db_rows_bytes(&rows, 0, ret_contact, sizeof(*ret_contact));
}

static enum desk_result take_back(struct books *books,
				  const struct desk_remark_drop *ask,
				  const struct session *session)
{
	struct id contact;
	json_t *entry;
	int r;

	if (!find_own(books, ask, session, &contact))
		return DESK_NOT_FOUND;
	entry = entry_of("note.dropped", session, &contact, &ask->call);
	json_object_set_new(entry, "note", entry_id(&ask->remark));
	db_begin(books->db);
	r = db_run(books->db, "DELETE FROM remark WHERE id = $1",
		   db_id(&ask->remark));
	if (r >= 0)
		r = entry_post(books, entry);
	else
		json_decref(entry);
	if (r >= 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r < 0) {
		books_recall(books);
		return DESK_LATER;
	}
	return DESK_OK;
}

void remark_drop(struct books *books, const struct desk_remark_drop *ask,
		 struct desk_remarked *ret_answer)
{
	struct session session = { 0 };
	enum desk_result result = session_find(books, ask->token, &session);

	*ret_answer = (struct desk_remarked){
		.head = { .type = DESK_REMARKED,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	if (result == DESK_OK && !roles_find(session.role)->plays)
		result = DESK_FORBIDDEN;
	if (result == DESK_OK)
		result = take_back(books, ask, &session);
	refusal_note(books, &session, result, "note", NULL);
	ret_answer->result = result;
}
