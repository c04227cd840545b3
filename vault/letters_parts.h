/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file letters_parts.h
 * What the letters of rooms share: letters.c opens and destroys,
 * letters_hold.c keeps what is held, letters_remark.c seals and opens what
 * was remarked beside a recording.
 */
#ifndef TALLENNE_VAULT_LETTERS_PARTS_H
#define TALLENNE_VAULT_LETTERS_PARTS_H

#include "vault/keeper.h"

/**
 * The pair that opens something, or why there is none.
 *
 * @param end      what it was sealed to: a date, or the hold of the contact
 * @param contact  whose it is
 * @return 0, -ENOKEY: locked, -EKEYREVOKED: destroyed, -EACCES: the contact
 *         is restricted, and this is the key of a date
 */
MUST int letters_pair(struct keeper *keeper, const struct seal_end *end,
		      const struct id *contact,
		      const struct open_pair **ret_pair);

/** Answer with VAULT_ANSWER; never waits. */
MUST int letters_answer(int end, const struct letter *asked,
			struct vault_answer *answer);

/** Take VAULT_HOLD and VAULT_RELEASE, VAULT_REWRAP, VAULT_REWRAP_TEXT. */
MUST int letters_hold(void *keeper, int end, const struct letter *head,
		      struct letter_fds *fds);
MUST int letters_rewrap(void *keeper, int end, const struct letter *head,
			struct letter_fds *fds);
MUST int letters_rewrap_text(void *keeper, int end, const struct letter *head,
			     struct letter_fds *fds);

/** Take VAULT_REMARK_SEAL and VAULT_REMARKS_OPEN. */
MUST int letters_remark(void *keeper, int end, const struct letter *head,
			struct letter_fds *fds);
MUST int letters_remarks(void *keeper, int end, const struct letter *head,
			 struct letter_fds *fds);

#endif
