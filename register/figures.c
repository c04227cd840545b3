/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/figures.h"

#include <string.h>

#include "notice/roles.h"
#include "register/due.h"
#include "register/hold.h"
#include "register/session.h"
#include "register/tally.h"

/* Who waits for the figures; fits an errand's context. */
struct waiting {
	figures_fn *done;
	void *self;
	struct play_way way;
};

static_assert(sizeof(struct waiting) <= ERRAND_CONTEXT_SIZE, "fits");

static void answered(void *self, const void *context, int r,
		     const struct letter *letter)
{
	const struct vault_status *status = (const void *)letter;
	struct books *books = self;
	struct waiting waiting;

	memcpy(&waiting, context, sizeof(waiting));
	books->vault_locked = true;
	if (r == 0) {
		books->vault_locked = status->is_locked;
		books->audit_entries = status->entries;
		memcpy(books->audit_root, status->root,
		       sizeof(books->audit_root));
		for (uint32_t c = 0; c < SEAL_CLASSES; c++)
			books->key_first[c] = status->first[c];
		books->log_first = status->log_first;
	}
	if (waiting.done)
		waiting.done(waiting.self, &waiting.way);
}

void figures_ask_vault(struct books *books, figures_fn *done, void *self,
		       const struct play_way *way)
{
	struct vault_status letter = {
		.head = { .type = VAULT_STATUS, .size = sizeof(letter) },
	};
	struct waiting waiting = { .done = done, .self = self };

	if (way)
		waiting.way = *way;
	if (errand_send(&books->errands, &letter.head, NULL, answered, books,
			&waiting, sizeof(waiting)) == 0)
		return;
	books->vault_locked = true;
	if (done)
		done(self, &waiting.way);
}

static uint64_t figures_open_chats(struct books *books, uint32_t until)
{
	return (uint64_t)db_ask_number(books->db, 0,
				       "SELECT count(*) FROM contact"
				       " WHERE channel = 2 AND state <= $1",
				       db_number(until));
}

void figures_count(struct books *books)
{
	counter_set(tally.chats_waiting,
		    figures_open_chats(books, REGISTER_STATE_OPEN));
	counter_set(tally.chats_open,
		    figures_open_chats(books, REGISTER_STATE_ANSWERED));
	counter_set(tally.holds, hold_count(books));
	counter_set(tally.held_beyond_access,
		    hold_count_beyond(books, DECIDE_HOLD_ACCESS));
	counter_set(tally.held_beyond_legal,
		    hold_count_beyond(books, DECIDE_HOLD_LEGAL));
	counter_set(tally.held_beyond_restriction,
		    hold_count_beyond(books, DECIDE_HOLD_RESTRICTION));
}

void figures_tell(struct books *books, struct desk_figures *ret_answer)
{
	struct db *db = books->db;

	*ret_answer = (struct desk_figures){
		.head = { .type = DESK_FIGURES_ARE,
			  .size = sizeof(*ret_answer) },
		.result = DESK_OK,
		.vault_locked = books->vault_locked,
		.rows = books->balance.rows,
		.objects = books->balance.objects,
		.orphans = books->balance.orphans,
		.phantoms = books->balance.phantoms,
		.overdue = books->overdue,
		.audit_entries = books->audit_entries,
		.number_gaps = books_gaps(books),
		.chat_number_gaps = books_chat_gaps(books),
		.swept_at = books->swept_at,
	};
	memcpy(ret_answer->audit_root, books->audit_root,
	       sizeof(books->audit_root));
	ret_answer->contacts = (uint64_t)db_ask_number(
		db, 0, "SELECT count(*) FROM contact WHERE channel = 1");
	ret_answer->open_contacts = (uint64_t)db_ask_number(
		db, 0,
		"SELECT count(*) FROM contact WHERE channel = 1"
		" AND state <= 2");
	ret_answer->recordings = (uint64_t)db_ask_number(
		db, 0,
		"SELECT count(*) FROM recording WHERE end_class = 1"
		" AND objects > 0");
	ret_answer->chats = (uint64_t)db_ask_number(
		db, 0, "SELECT count(*) FROM contact WHERE channel = 2");
	ret_answer->open_chats =
		figures_open_chats(books, REGISTER_STATE_ANSWERED);
	ret_answer->stored_chats =
		(uint64_t)db_ask_number(db, 0, "SELECT count(*) FROM chat");
	ret_answer->holds = hold_count(books);
	for (uint32_t kind = DECIDE_HOLD_ACCESS;
	     kind <= DECIDE_HOLD_RESTRICTION; kind++)
		ret_answer->held_beyond[kind] =
			hold_count_beyond(books, (enum decide_hold)kind);
	ret_answer->oldest_audio_end = (seal_date)db_ask_number(
		db, 0,
		"SELECT min(end_date) FROM recording"
		" WHERE end_class = 1 AND objects > 0");
}

bool figures_refuse(struct books *books, const struct desk_ask *ask,
		    struct desk_figures *ret_answer)
{
	struct session session;
	enum desk_result result = session_find(books, ask->token, &session);

	if (result == DESK_OK && !roles_find(session.role)->figures)
		result = DESK_FORBIDDEN;
	if (result == DESK_OK)
		return false;
	*ret_answer = (struct desk_figures){
		.head = { .type = DESK_FIGURES_ARE,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
		.result = result,
	};
	return true;
}
