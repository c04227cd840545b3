/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/rights.h"

#include "notice/roles.h"
#include "register/session.h"

static_assert((int)DESK_REACH_NONE == (int)ROLES_NONE &&
		      (int)DESK_REACH_SELF == (int)ROLES_SELF &&
		      (int)DESK_REACH_OWN == (int)ROLES_OWN &&
		      (int)DESK_REACH_ALL == (int)ROLES_ALL,
	      "the same reaches in the same order");

void rights_tell(struct books *books, const struct desk_ask *ask,
		 struct desk_rules *ret_answer)
{
	struct desk_rules answer = {
		.head = { .type = DESK_RULES_ARE,
			  .size = sizeof(answer),
			  .tag = ask->head.tag },
	};
	struct session session;
	enum desk_result result = session_find(books, ask->token, &session);

	if (result == DESK_OK && !books->policy)
		result = DESK_LATER;
	answer.result = result;
	if (result == DESK_OK)
		answer.policy_hash = policy_hash(books->policy);
	for (uint32_t role = 1; result == DESK_OK && role < NOTICE_ROLES;
	     role++) {
		const struct roles_row *row = roles_find(role);

		answer.role[role] = (struct desk_rights){
			.contacts = row->contacts,
			.readers = row->readers,
			.log = row->log,
			.plays = row->plays,
			.figures = row->figures,
			.answers = row->answers,
			.canned = row->canned,
		};
	}
	*ret_answer = answer;
}
