/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/pending.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

struct place {
	struct id ticket;
	nanoseconds until;
	char user[64], password[128];
};

struct pending {
	struct place place[PENDING_MAX];
};

struct pending *pending_new(void)
{
	struct pending *pending = sodium_malloc(sizeof(*pending));

	if (pending)
		sodium_memzero(pending, sizeof(*pending));
	return pending;
}

void pending_free(struct pending *pending)
{
	sodium_free(pending);
}

struct id pending_keep(struct pending *pending, const char *user,
		       const char *password, nanoseconds now)
{
	struct place *oldest = &pending->place[0];

	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct place *place = &pending->place[i];

		if (place->until <= now)
			sodium_memzero(place, sizeof(*place));
		if (place->until < oldest->until)
			oldest = place;
	}
	sodium_memzero(oldest, sizeof(*oldest));
	oldest->ticket = id_new();
	oldest->until = now + PENDING_S * NS_PER_S;
	snprintf(oldest->user, sizeof(oldest->user), "%s", user);
	snprintf(oldest->password, sizeof(oldest->password), "%s", password);
	return oldest->ticket;
}

static struct place *find(struct pending *pending, const struct id *ticket)
{
	if (id_is_none(ticket))
		return NULL;
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (id_is(&pending->place[i].ticket, ticket))
			return &pending->place[i];
	return NULL;
}

int pending_find(struct pending *pending, const struct id *ticket,
		 nanoseconds now, char ret_user[64], char ret_password[128])
{
	struct place *place = find(pending, ticket);

	if (!place || place->until <= now)
		return -ENOENT;
	snprintf(ret_user, sizeof(place->user), "%s", place->user);
	snprintf(ret_password, sizeof(place->password), "%s", place->password);
	return 0;
}

void pending_forget(struct pending *pending, const struct id *ticket)
{
	struct place *place = find(pending, ticket);

	if (place)
		sodium_memzero(place, sizeof(*place));
}
