/* SPDX-License-Identifier: EUPL-1.2 */
/* Questions about training sets and samples. Contract in asks.h. */
#include <errno.h>
#include <string.h>

#include "desk/asks_parts.h"

#define ENDS(field) (memchr((field), '\0', sizeof(field)) != NULL)

static bool row_holds(const struct desk_pick_row *row)
{
	return ENDS(row->purpose) && ENDS(row->title) && ENDS(row->author) &&
	       ENDS(row->draw.service_number) && ENDS(row->draw.agent) &&
	       row->role < NOTICE_ROLES && row->count <= DESK_PICK_ALL;
}

bool asks_picks_hold(const struct desk_pick_rows *rows)
{
	if (rows->count > DESK_PICKS_MAX)
		return false;
	for (uint32_t i = 0; i < rows->count; i++)
		if (!row_holds(&rows->row[i]))
			return false;
	return true;
}

bool asks_pick_holds(const struct desk_pick_whole *whole)
{
	if (whole->item_count > DESK_PICK_ITEMS_MAX || !row_holds(&whole->row))
		return false;
	for (uint32_t i = 0; i < whole->item_count; i++)
		if (!ENDS(whole->item[i].service_number) ||
		    !ENDS(whole->item[i].agent_name))
			return false;
	return true;
}

enum desk_result asks_picks(struct visit *visit, bool own_sets, uint32_t skip,
			    struct desk_pick_rows *ret_rows)
{
	struct desk_picks question = { .own_sets = own_sets, .skip = skip };
	enum desk_result result;

	asks_begin(&question.head, DESK_PICKS, sizeof(question), question.token,
		   visit->token);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_rows->head,
			  DESK_PICK_ROWS, sizeof(*ret_rows));
	if (result == DESK_OK && !asks_picks_hold(ret_rows))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_pick(struct visit *visit, const struct id *pick,
			   uint64_t skip, struct desk_pick_whole *ret_whole)
{
	struct desk_pick_ask question = { .pick = *pick, .skip = skip };
	enum desk_result result;

	asks_begin(&question.head, DESK_PICK, sizeof(question), question.token,
		   visit->token);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_whole->head,
			  DESK_PICK_WHOLE, sizeof(*ret_whole));
	if (result == DESK_OK && !asks_pick_holds(ret_whole))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_pick_make(struct visit *visit,
				struct desk_pick_make *question,
				struct id *ret_pick)
{
	struct desk_picked answer;
	enum desk_result result;

	asks_begin(&question->head, DESK_PICK_MAKE, sizeof(*question),
		   question->token, visit->token);
	result = asks_ask(visit->desk, &question->head, NULL, &answer.head,
			  DESK_PICKED, sizeof(answer));
	*ret_pick = answer.pick;
	return result;
}

enum desk_result asks_pick_change(struct visit *visit, const struct id *pick,
				  const struct id *call, enum desk_pick_act act)
{
	struct desk_pick_change question = { .pick = *pick, .act = act };
	struct desk_picked answer;

	if (call)
		question.call = *call;
	asks_begin(&question.head, DESK_PICK_CHANGE, sizeof(question),
		   question.token, visit->token);
	return asks_ask(visit->desk, &question.head, NULL, &answer.head,
			DESK_PICKED, sizeof(answer));
}
