/* SPDX-License-Identifier: EUPL-1.2 */
/* What this room says to the register, and hears from it. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "siprec/recorder.h"

enum { PUSH_MAX = 64 };

static void ask_last(struct recorder *recorder)
{
	struct register_last letter = {
		.head = { .type = REGISTER_LAST, .size = sizeof(letter) },
	};

	if (outbox_post(&recorder->registry, &letter.head) < 0)
		register_lost(recorder);
}

void register_line(struct recorder *recorder, int end)
{
	recorder_close(recorder, &recorder->registry);
	outbox_open(&recorder->registry, end);
	ask_last(recorder);
	if (recorder->journal)
		journal_resend(recorder->journal);
	register_push(recorder);
}

void register_lost(struct recorder *recorder)
{
	if (!outbox_is_open(&recorder->registry))
		return;
	log_warn("register", "the register is gone; the journal keeps "
			     "what it does not have");
	recorder_close(recorder, &recorder->registry);
}

void register_push(struct recorder *recorder)
{
	struct register_contact row;
	int r = 0;

	if (!recorder->journal || !outbox_is_open(&recorder->registry))
		return;
	/* Not more than it takes: the rest stands in the journal. */
	for (int i = 0; i < PUSH_MAX && recorder->registry.count == 0; i++) {
		r = journal_unsent(recorder->journal, &row);
		if (r < 0)
			break;
		r = outbox_post(&recorder->registry, &row.head);
		if (r < 0) {
			register_lost(recorder);
			return;
		}
		journal_sent(recorder->journal, row.number, row.version);
	}
	if (r < 0 && r != -ENOENT)
		log_error("journal", "cannot read a row again: %s",
			  strerror(-r));
	counter_set(recorder->tally.backlog,
		    journal_backlog(recorder->journal));
}

static int take_noted(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct register_noted *letter = (const void *)head;
	struct recorder *recorder = self;

	(void)end, (void)fds;
	if (!recorder->journal)
		return -EPROTO;
	/* It will say no again: what it refuses is settled, and counted. */
	if (letter->result != 0 && letter->result != -ESTALE) {
		TALLY(&recorder->tally, letters_refused);
		log_error("register", "the register refused contact %llu: %s",
			  (unsigned long long)letter->number,
			  strerror(-letter->result));
	}
	journal_noted(recorder->journal, letter->number, letter->version);
	register_push(recorder);
	return 0;
}

static int take_last(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct register_last *letter = (const void *)head;
	struct recorder *recorder = self;

	(void)end, (void)fds;
	if (letter->number > INT64_MAX)
		return -EBADMSG;
	if (recorder->journal)
		journal_learn(recorder->journal, letter->number);
	return 0;
}

int register_hear(struct recorder *recorder)
{
	static const struct line_rule rules[] = {
		{ REGISTER_NOTED, sizeof(struct register_noted), take_noted },
		{ REGISTER_LAST, sizeof(struct register_last), take_last },
	};

	return line_serve(recorder->registry.end, rules, COUNT(rules),
			  recorder);
}
