/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/outbox.h"

#include <errno.h>
#include <string.h>

static void drop_first(struct outbox *outbox)
{
	struct letter *letter = outbox->letter[outbox->first];

	/* It holds what somebody said. */
	explicit_bzero(letter, letter->size);
	free(letter);
	outbox->letter[outbox->first] = NULL;
	outbox->first = (outbox->first + 1) % OUTBOX_MAX;
	outbox->count--;
}

static int keep(struct outbox *outbox, const struct letter *letter)
{
	struct letter *copy;

	if (outbox->count == OUTBOX_MAX)
		return -EAGAIN;
	copy = malloc(letter->size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, letter, letter->size);
	outbox->letter[(outbox->first + outbox->count++) % OUTBOX_MAX] = copy;
	return 0;
}

int outbox_post(struct outbox *outbox, int end, struct letter *letter)
{
	int r = outbox->count > 0 ? -EAGAIN
				  : line_post(end, letter, NULL, false);

	return r == -EAGAIN ? keep(outbox, letter) : r;
}

int outbox_flush(struct outbox *outbox, int end)
{
	while (outbox->count > 0) {
		int r = line_post(end, outbox->letter[outbox->first], NULL,
				  false);

		if (r < 0)
			return r;
		drop_first(outbox);
	}
	return 0;
}

void outbox_drop(struct outbox *outbox)
{
	while (outbox->count > 0)
		drop_first(outbox);
}
