/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * After a power failure: the vault gives back the keys of the journal's
 * files, once it is unlocked, and writes that down.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "chat/deed.h"
#include "chat/record.h"
#include "vault/vault.h"

enum { AGAIN_S = 3 };

void vault_ask(struct hall *hall)
{
	struct vault_recover ask = {
		.head = { .type = VAULT_RECOVER,
			  .size = sizeof(ask),
			  .tag = hall->tag + 1 },
	};

	if (hall->vault.end < 0 || !id_is_none(&hall->asked_file) ||
	    hall_now(hall) < hall->vault_again ||
	    !journal_unread(hall->journal, &ask.call, &ask.wrapped))
		return;
	mouth_answer(&hall->vault, &ask.head);
	hall->tag++;
	hall->asked_file = ask.call;
}

static int take_recovered(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct vault_recovered *letter = (const void *)head;
	struct hall *hall = self;
	struct id file = hall->asked_file;
	int r = letter->result;

	(void)end, (void)fds;
	if (id_is_none(&file))
		return 0;
	hall->asked_file = (struct id){ { 0 } };
	hall->is_vault_locked = r == -ENOKEY;
	if (r == 0)
		r = journal_read(hall->journal, &file, letter->key, deed_read,
				 hall);
	if (r == -EKEYREVOKED || r == -EBADMSG) {
		log_error("journal", "a file's key is gone for good: %s",
			  strerror(-r));
		counter_add(hall->count.lost, 1);
		journal_give_up(hall->journal, &file);
	} else if (r < 0) {
		hall->vault_again = hall_now(hall) + AGAIN_S * NS_PER_S;
	} else {
		log_info("journal", "a file was recovered by the vault");
	}
	hall_read_on(hall);
	return 0;
}

int vault_hear(struct hall *hall)
{
	static const struct line_rule rules[] = {
		{ VAULT_RECOVERED, sizeof(struct vault_recovered),
		  take_recovered },
	};

	return hall_hear(hall, &hall->vault, NULL, rules, COUNT(rules));
}

void vault_line(struct hall *hall, int end)
{
	mouth_open(&hall->vault, end);
	hall->asked_file = (struct id){ { 0 } };
	hall->vault_again = 0;
}
