/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/outbox.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

struct outbox_letter {
	struct outbox_letter *next;
	struct letter *letter;
};

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox){ .end = -1 };
}

static void drop_first(struct outbox *outbox)
{
	struct outbox_letter *first = outbox->first;

	outbox->first = first->next;
	if (!outbox->first)
		outbox->last = NULL;
	outbox->count--;
	/* Letters may carry keys. */
	explicit_bzero(first->letter, first->letter->size);
	free(first->letter);
	free(first);
}

void outbox_close(struct outbox *outbox)
{
	while (outbox->first)
		drop_first(outbox);
	drop_fd(&outbox->end);
}

void outbox_open(struct outbox *outbox, int end)
{
	outbox_close(outbox);
	outbox->end = end;
}

bool outbox_is_open(const struct outbox *outbox)
{
	return outbox->end >= 0;
}

static int keep(struct outbox *outbox, const struct letter *letter)
{
	struct outbox_letter *kept;

	if (outbox->count >= OUTBOX_LETTERS_MAX)
		return -ENOBUFS;
	kept = calloc(1, sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	kept->letter = malloc(letter->size);
	if (!kept->letter) {
		free(kept);
		return -ENOMEM;
	}
	memcpy(kept->letter, letter, letter->size);
	if (outbox->last)
		outbox->last->next = kept;
	else
		outbox->first = kept;
	outbox->last = kept;
	outbox->count++;
	return 0;
}

int outbox_post(struct outbox *outbox, struct letter *letter)
{
	int r;

	if (outbox->end < 0)
		return -EPIPE;
	if (outbox->first)
		return keep(outbox, letter);
	r = line_post(outbox->end, letter, NULL, false);
	return r == -EAGAIN ? keep(outbox, letter) : r;
}

int outbox_flush(struct outbox *outbox)
{
	while (outbox->first) {
		int r = line_post(outbox->end, outbox->first->letter, NULL,
				  false);
		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return r;
		drop_first(outbox);
	}
	return 0;
}
