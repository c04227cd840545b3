/* SPDX-License-Identifier: EUPL-1.2 */
/* Canned answers of the fake register, in memory. */
#include <stdio.h>
#include <string.h>

#include "fake_people.h"
#include "fake_stored.h"

enum { ITEMS_MAX = 16 };

static struct desk_canned items[ITEMS_MAX] = {
	{ .changed_at = 1795430000,
	  .owner = "Agent 1",
	  .owner_login = "agent",
	  .item = { .id = "fees-0a1b2c",
		    .title = "Vuosimaksut",
		    .review = 20990101,
		    .text = { "Patentin vuosimaksu maksetaan etukäteen. "
			      "Maksujen määrät ovat sivulla Maksut.",
			      "Årsavgiften för ett patent betalas på förhand. "
			      "Beloppen finns på sidan Avgifter.",
			      "The annual fee of a patent is paid in advance. "
			      "The amounts are on the page Fees." } } },
	{ .changed_at = 1795430000,
	  .owner = "Agent 2",
	  .owner_login = "agent2",
	  .item = { .id = "hello-1b2c3d",
		    .title = "Tervehdys",
		    .review = 20250101,
		    .text = { "Hei! Miten voin auttaa?",
			      "Hej! Hur kan jag hjälpa till?", "" } } },
	{ .changed_at = 1795430000,
	  .owner = "Supervisor",
	  .owner_login = "supervisor",
	  .item = { .id = "name-2c3d4e",
		    .title = "Toiminimen muutos",
		    .review = 20990101,
		    .text = { "Toiminimen muutos ilmoitetaan "
			      "muutosilmoituksella.",
			      "", "" } } },
};
static size_t item_count = 3;

static bool may_change(const struct person *person,
		       const struct desk_canned *canned)
{
	return person->account->role == NOTICE_ROLE_SUPERVISOR ||
	       !strcmp(person->account->user, canned->owner_login);
}

static int by_id(const void *a, const void *b)
{
	const struct desk_canned *one = a, *other = b;

	return strcmp(one->item.id, other->item.id);
}

static struct desk_canned *find(const char *id, bool follows)
{
	for (size_t i = 0; i < item_count; i++) {
		int order = strcmp(items[i].item.id, id);

		if (follows ? order > 0 : order == 0)
			return &items[i];
	}
	return NULL;
}

static int answer(int end, const struct letter *head, int32_t result,
		  const struct person *person, const struct desk_canned *canned)
{
	struct desk_canned is = { 0 };

	if (result == DESK_OK && canned) {
		is = *canned;
		is.may_change = may_change(person, canned);
	}
	is.head = (struct letter){ .type = DESK_CANNED_IS,
				   .size = sizeof(is),
				   .tag = head->tag };
	is.result = result;
	return line_post(end, &is.head, NULL, true);
}

int fake_take_canned(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct desk_canned_ask *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct desk_canned *canned = find(ask->id, ask->follows);

	(void)self, (void)fds;
	if (!person)
		return answer(end, head, DESK_NOT_SIGNED_IN, NULL, NULL);
	return answer(end, head, canned ? DESK_OK : DESK_NOT_FOUND, person,
		      canned);
}

int fake_take_canned_put(void *self, int end, const struct letter *head,
			 struct letter_fds *fds)
{
	const struct desk_canned_put *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct desk_canned *canned = find(ask->item.id, false);

	(void)self, (void)fds;
	if (!person)
		return answer(end, head, DESK_NOT_SIGNED_IN, NULL, NULL);
	if (canned ? canned->changed_at != ask->changed_at
		   : ask->changed_at != 0)
		return answer(end, head, DESK_CONFLICT, NULL, NULL);
	if (canned && !may_change(person, canned))
		return answer(end, head, DESK_FORBIDDEN, NULL, NULL);
	if (!canned && item_count == ITEMS_MAX)
		return answer(end, head, DESK_FULL, NULL, NULL);
	if (!canned)
		canned = &items[item_count++];
	canned->item = ask->item;
	canned->changed_at = ask->changed_at + 1795430001;
	snprintf(canned->owner, sizeof(canned->owner), "%s",
		 person->account->name);
	snprintf(canned->owner_login, sizeof(canned->owner_login), "%s",
		 person->account->user);
	qsort(items, item_count, sizeof(items[0]), by_id);
	return answer(end, head, DESK_OK, person, find(ask->item.id, false));
}

int fake_take_canned_drop(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct desk_canned_ask *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	struct desk_canned *canned = find(ask->id, false);
	size_t at;

	(void)self, (void)fds;
	if (!person || !canned)
		return answer(end, head,
			      person ? DESK_NOT_FOUND : DESK_NOT_SIGNED_IN,
			      NULL, NULL);
	if (!may_change(person, canned))
		return answer(end, head, DESK_FORBIDDEN, NULL, NULL);
	at = (size_t)(canned - items);
	memmove(canned, canned + 1, (--item_count - at) * sizeof(*canned));
	return answer(end, head, DESK_OK, NULL, NULL);
}
