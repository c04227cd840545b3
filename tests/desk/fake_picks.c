/* SPDX-License-Identifier: EUPL-1.2 */
/* Training sets and samples of the fake register, in memory. */
#include <stdio.h>
#include <string.h>

#include "fake_people.h"
#include "fake_stored.h"

enum { PICKS_MAX = 8, CALLS_MAX = 4 };

static struct pick {
	struct desk_pick_row row;
	struct id call[CALLS_MAX];
} picks[PICKS_MAX];
static size_t pick_count;

static int answer(int end, const struct letter *head, int32_t result,
		  const struct id *pick)
{
	struct desk_picked is = {
		.head = { .type = DESK_PICKED,
			  .size = sizeof(is),
			  .tag = head->tag },
		.result = result,
		.pick = *pick,
	};

	return line_post(end, &is.head, NULL, true);
}

static struct pick *find(const struct id *id)
{
	for (size_t i = 0; i < pick_count; i++)
		if (id_is(&picks[i].row.pick, id))
			return &picks[i];
	return NULL;
}

int fake_take_pick_make(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct desk_pick_make *ask = (const void *)head;
	struct pick *pick = &picks[pick_count];
	const struct id none = { 0 };

	(void)self, (void)fds;
	if (pick_count == PICKS_MAX)
		return answer(end, head, DESK_FULL, &none);
	memset(pick, 0, sizeof(*pick));
	pick->row.pick = id_new();
	pick->row.use = ask->use;
	pick->row.end = ask->end;
	pick->row.made_at = 1795430400;
	pick->row.is_own = 1;
	pick->row.role = NOTICE_ROLE_SUPERVISOR;
	pick->row.draw = ask->draw;
	memcpy(pick->row.purpose, ask->purpose, sizeof(ask->purpose));
	memcpy(pick->row.title, ask->title, sizeof(ask->title));
	if (ask->use == NOTICE_SAMPLE) {
		pick->row.draw.population = 214;
		pick->row.count = 2;
		pick->call[0] = id_new();
		pick->call[1] = id_new();
	}
	pick_count++;
	return answer(end, head, DESK_OK, &pick->row.pick);
}

int fake_take_pick_change(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct desk_pick_change *ask = (const void *)head;
	struct pick *pick = find(&ask->pick);

	(void)self, (void)fds;
	if (!pick)
		return answer(end, head, DESK_NOT_FOUND, &ask->pick);
	if (ask->act == DESK_PICK_DROP)
		*pick = picks[--pick_count];
	else if (ask->act == DESK_PICK_ADD && pick->row.count < CALLS_MAX)
		pick->call[pick->row.count++] = ask->call;
	else if (ask->act == DESK_PICK_REMOVE && pick->row.count > 0)
		pick->row.count--;
	return answer(end, head, DESK_OK, &ask->pick);
}

int fake_take_picks(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct desk_picks *ask = (const void *)head;
	struct desk_pick_rows rows = {
		.head = { .type = DESK_PICK_ROWS,
			  .size = sizeof(rows),
			  .tag = head->tag },
		.result = fake_person_of(ask->token) ? DESK_OK
						     : DESK_NOT_SIGNED_IN,
	};

	(void)self, (void)fds;
	for (size_t i = ask->skip; i < pick_count; i++)
		if (!ask->own_sets || picks[i].row.draw.wanted == 0)
			rows.row[rows.count++] = picks[i].row;
	return line_post(end, &rows.head, NULL, true);
}

int fake_take_pick(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	const struct desk_pick_ask *ask = (const void *)head;
	const struct pick *pick = find(&ask->pick);
	struct desk_pick_whole whole = {
		.head = { .type = DESK_PICK_WHOLE,
			  .size = sizeof(whole),
			  .tag = head->tag },
		.result = pick ? DESK_OK : DESK_NOT_FOUND,
	};

	(void)self, (void)fds;
	if (pick) {
		whole.row = pick->row;
		whole.item_count = pick->row.count;
	}
	for (uint32_t i = 0; i < whole.item_count; i++) {
		struct desk_pick_item *item = &whole.item[i];

		item->contact = item->call = pick->call[i];
		item->number = 1046 - i;
		item->started_at = 1795430000 - i * 3600;
		item->duration_ms = 35000 + i * 60000;
		snprintf(item->service_number, sizeof(item->service_number),
			 "%s", "+358295550100");
		snprintf(item->agent_name, sizeof(item->agent_name), "%s",
			 "Agent 1");
	}
	return line_post(end, &whole.head, NULL, true);
}
