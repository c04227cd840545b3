/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The audit log's own end: the vault is asked to forget the days that are
 * over. Contract in sweep_parts.h.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "register/log_end.h"
#include "register/sweep_parts.h"
#include "register/tally.h"

static void forgotten(void *self, const void *context, int r,
		      const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct sweeper *sweeper = self;
	seal_date before;

	memcpy(&before, context, sizeof(before));
	if (r == 0)
		r = answer->result;
	if (r == 0 && answer->seq > 0)
		sweeper->report.log_before = before;
	if (r == -EPERM)
		log_warn("sweep",
			 "the vault says that the audit log is kept until "
			 "later than %u: its clock or its zone is another",
			 before);
	else if (r < 0)
		counter_add(tally.vault_failures, 1);
	if (r < 0) {
		sweeper->books->vault_locked |= r == -ENOKEY;
		sweeper->result = sweeper->result < 0 ? sweeper->result : r;
	}
	sweep_end(sweeper);
}

/* Asked again and again: the vault knows what it has forgotten, and then
 * does and writes nothing. So a vault that was restored forgets once more. */
void sweep_log_step(struct sweeper *sweeper)
{
	struct books *books = sweeper->books;
	struct vault_forget letter = {
		.head = { .type = VAULT_FORGET, .size = sizeof(letter) },
		.before = log_end_before(books, sweeper->now),
	};
	const int before = sweeper->result;
	bool can_ask = !books->vault_locked && before != -EPERM &&
		       before != -EPIPE && before != -ETIMEDOUT;
	int r = 0;

	if (letter.before == 0 || !can_ask) {
		sweep_end(sweeper);
		return;
	}
	r = errand_send(&books->errands, &letter.head, NULL, forgotten, sweeper,
			&letter.before, sizeof(letter.before));
	if (r < 0) {
		sweeper->result = r;
		sweep_end(sweeper);
	}
}
