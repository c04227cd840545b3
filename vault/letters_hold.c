/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Keeping what is held. The order is the promise here too: first the entry
 * is durable, then the ring is written, then the answer goes out. So what
 * the register was told to be sealed anew is, and a pair it was told to be
 * gone is. Contract in letters_parts.h.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "vault/letters_parts.h"

static int change(struct keeper *keeper, const struct vault_hold *letter)
{
	int r;

	if (id_is_none(&letter->contact) || letter->is_restricted > 1)
		return -EBADMSG;
	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	r = letter->head.type == VAULT_HOLD
		    ? keyring_hold(keeper->ring, &letter->contact,
				   letter->is_restricted)
		    : keyring_release(keeper->ring, &letter->contact);
	if (r < 0 && r != -ENOSPC) {
		keeper_fail(keeper, "the keyring cannot be written", r);
		return -EIO;
	}
	counter_set(keeper->holds, keyring_hold_count(keeper->ring));
	return r < 0 ? r : 0;
}

int letters_hold(void *self, int end, const struct letter *head,
		 struct letter_fds *fds)
{
	const struct vault_hold *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_answer answer = { .result = 0 };
	int r = keeper_write(keeper, &letter->entry, &answer.seq);

	(void)fds;
	if (r == 0) {
		r = change(keeper, letter);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
	}
	answer.result = r;
	return letters_answer(end, head, &answer);
}

/*
 * Both pairs: of the date it stands under, and of the hold. The first
 * without asking whether the contact is restricted: restricting is what
 * this is for, and nothing is opened to anybody.
 */
static int find_pairs(struct keeper *keeper, const struct seal_end *from,
		      const struct id *contact,
		      const struct open_pair **ret_dated,
		      const struct open_pair **ret_held)
{
	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	*ret_held = keyring_held(keeper->ring, contact, NULL);
	if (!*ret_held)
		return -ENOENT;
	*ret_dated = keyring_find(keeper->ring, from);
	return *ret_dated ? 0 : -EKEYREVOKED;
}

/* Whether the object says itself, signed by its node, whose it is. */
static int is_of(int fd, const struct vault_rewrap *letter)
{
	struct seal_seen seen;
	int r = seal_check_ends(fd, &seen);

	if (r < 0)
		return r;
	return id_is(&seen.header.object, &letter->object) &&
			       id_is(&seen.header.contact, &letter->contact)
		       ? 0
		       : -EBADMSG;
}

static int rewrap(struct keeper *keeper, const struct vault_rewrap *letter,
		  int fd, struct seal_wrapped *ret_wrapped)
{
	const struct seal_end held = { letter->wrapped.end.data_class, 0 };
	const struct open_pair *dated, *own;
	uint8_t key[SEAL_KEY_SIZE];
	int r = find_pairs(keeper, &letter->wrapped.end, &letter->contact,
			   &dated, &own);

	if (r == 0)
		r = is_of(fd, letter);
	if (r == 0)
		r = open_key(&letter->wrapped, dated, SEAL_FOR_OBJECT,
			     &letter->object, key);
	if (r == 0)
		r = seal_key_to(own->public, &held, SEAL_FOR_OBJECT,
				&letter->object, key, ret_wrapped);
	sodium_memzero(key, sizeof(key));
	return r;
}

static int rewrap_text(struct keeper *keeper,
		       const struct vault_rewrap_text *letter,
		       struct seal_text *ret_sealed)
{
	const struct seal_end held = { letter->sealed.end.data_class, 0 };
	const struct open_pair *dated, *own;
	char text[SEAL_TEXT_MAX + 1];
	int r = find_pairs(keeper, &letter->sealed.end, &letter->contact,
			   &dated, &own);

	if (r == 0)
		r = open_text(&letter->sealed, dated, SEAL_FOR_CALLER,
			      &letter->contact, text);
	if (r == 0)
		r = seal_text_to(own->public, &held, SEAL_FOR_CALLER,
				 &letter->contact, text, ret_sealed);
	sodium_memzero(text, sizeof(text));
	return r;
}

static int answer_with(int end, const struct letter *asked,
		       struct vault_rewrapped *answer)
{
	answer->head = (struct letter){ .type = VAULT_REWRAPPED,
					.size = sizeof(*answer),
					.tag = asked->tag };
	return line_post(end, &answer->head, NULL, false);
}

int letters_rewrap(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	const struct vault_rewrap *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_rewrapped answer = { .result = 0 };
	OWNED(drop_fd) int object = letter_fds_give(fds, 0);
	int r;

	if (object < 0)
		return -EPROTO;
	r = keeper_write(keeper, &letter->entry, &answer.seq);
	if (r == 0) {
		r = rewrap(keeper, letter, object, &answer.wrapped);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
	}
	answer.result = r;
	return answer_with(end, head, &answer);
}

int letters_rewrap_text(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct vault_rewrap_text *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_rewrapped answer = { .result = 0 };
	int r = keeper_write(keeper, &letter->entry, &answer.seq);

	(void)fds;
	if (r == 0) {
		r = rewrap_text(keeper, letter, &answer.sealed);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
	}
	answer.result = r;
	return answer_with(end, head, &answer);
}
