/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/seat.h"

#include <string.h>

#include "notice/roles.h"
#include "register/refusal.h"
#include "register/tally.h"

bool seat_is(struct books *books, const struct session *session,
	     char ret_name[64])
{
	memset(ret_name, 0, 64);
	if (!roles_find(session->role)->answers || !session->agent[0])
		return false;
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT name FROM agent WHERE id = $1 AND serves = 1",
		       db_text(session->agent));
	if (!db_rows_next(&rows))
		return false;
	db_rows_text(&rows, 0, ret_name, 64);
	return true;
}

void seat_tell(struct books *books, const struct register_seat *ask,
	       struct register_seat_is *ret_answer)
{
	struct session session;
	char name[64];

	*ret_answer = (struct register_seat_is){
		.head = { .type = REGISTER_SEAT_IS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	memcpy(ret_answer->session, ask->session, sizeof(ask->session));
	ret_answer->result =
		ask->is_active ? session_find(books, ask->session, &session)
			       : session_look(books, ask->session, &session);
	if (ret_answer->result != DESK_OK)
		return;
	if (!seat_is(books, &session, name)) {
		ret_answer->result = DESK_FORBIDDEN;
		counter_add(tally.seats_refused, 1);
		refusal_note(books, &session, DESK_FORBIDDEN, "seat", NULL);
		return;
	}
	counter_add(tally.seats, 1);
	ret_answer->staff = session.staff;
	memcpy(ret_answer->agent, session.agent, sizeof(session.agent));
	memcpy(ret_answer->name, name, sizeof(name));
	memcpy(ret_answer->language, session.language,
	       sizeof(session.language));
}
