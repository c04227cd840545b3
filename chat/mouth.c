/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/mouth.h"

#include <errno.h>
#include <string.h>

void mouth_init(struct mouth *mouth)
{
	*mouth = (struct mouth){ .end = -1 };
}

static void drop_first(struct mouth *mouth)
{
	struct letter *letter = mouth->kept[mouth->first];

	explicit_bzero(letter, letter->size);
	free(letter);
	mouth->kept[mouth->first] = NULL;
	mouth->first = (mouth->first + 1) % MOUTH_KEPT_MAX;
	mouth->count--;
}

void mouth_close(struct mouth *mouth)
{
	while (mouth->count > 0)
		drop_first(mouth);
	drop_fd(&mouth->end);
	mouth->is_full = mouth->is_broken = false;
	mouth->watched = 0;
}

void mouth_open(struct mouth *mouth, int end)
{
	mouth_close(mouth);
	mouth->end = end;
}

bool mouth_say(struct mouth *mouth, struct letter *letter)
{
	int r;

	if (mouth->end < 0 || mouth->is_full || mouth->is_broken)
		return false;
	r = line_post(mouth->end, letter, NULL, false);
	mouth->is_full = r == -EAGAIN;
	mouth->is_broken = r < 0 && r != -EAGAIN;
	return r == 0;
}

static bool keep(struct mouth *mouth, const struct letter *letter)
{
	struct letter *copy;

	if (mouth->count == MOUTH_KEPT_MAX)
		return false;
	copy = malloc(letter->size);
	if (!copy)
		return false;
	memcpy(copy, letter, letter->size);
	mouth->kept[(mouth->first + mouth->count++) % MOUTH_KEPT_MAX] = copy;
	return true;
}

void mouth_answer(struct mouth *mouth, struct letter *letter)
{
	if (mouth->end < 0 || mouth->is_broken)
		return;
	if (mouth->count == 0 && mouth_say(mouth, letter))
		return;
	/* An answer that cannot be kept would be waited for in vain. */
	if (!mouth->is_broken && !keep(mouth, letter))
		mouth->is_broken = true;
}

bool mouth_flush(struct mouth *mouth)
{
	mouth->is_full = false;
	while (mouth->count > 0 && mouth_say(mouth, mouth->kept[mouth->first]))
		drop_first(mouth);
	return mouth->count == 0;
}
