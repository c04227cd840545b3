/* SPDX-License-Identifier: EUPL-1.2 */
/* What siprec and finish say. Contract in front.h and register.h. */
#include <errno.h>
#include <string.h>

#include "register/contact.h"
#include "register/front.h"
#include "register/recording.h"

enum { BATCH_MAX = 32 };

/* Answers wait until their letters are on the disk. */
struct batch {
	struct books *books;
	int end;
	bool failed;
	int count;
	union {
		struct letter head;
		struct register_noted noted;
		struct register_last last;
		struct register_is_known known;
		struct register_taken taken;
	} answer[BATCH_MAX];
};

/* Nothing of a batch was written: each of its contacts is to come again. */
static void withdraw(struct batch *batch)
{
	for (int i = 0; i < batch->count; i++)
		if (batch->answer[i].head.type == REGISTER_NOTED)
			batch->answer[i].noted.result = -EAGAIN;
}

static void flush(struct batch *batch)
{
	struct db *db = batch->books->db;

	if (db_is_busy(db)) {
		if (batch->failed)
			db_roll_back(db);
		else if (db_commit(db) < 0)
			batch->failed = true;
	}
	if (batch->failed) {
		books_recall(batch->books);
		withdraw(batch);
	}
	for (int i = 0; i < batch->count; i++)
		front_post(batch->end, &batch->answer[i].head);
	batch->count = 0;
	batch->failed = false;
}

static int take_contact(void *room, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct register_contact *letter = (const void *)head;
	struct batch *batch = room;
	struct register_noted noted;
	int r = 0;

	(void)end, (void)fds;
	if (batch->failed) {
		noted = (struct register_noted){
			.head = { .type = REGISTER_NOTED,
				  .size = sizeof(noted) },
			.number = letter->number,
			.version = letter->version,
			.result = -EAGAIN,
		};
	} else {
		if (!db_is_busy(batch->books->db))
			db_begin(batch->books->db);
		r = contact_note(batch->books, letter, &noted);
	}
	if (r == -EBADMSG)
		return r;
	if (r < 0) {
		batch->failed = true;
		return take_contact(room, end, head, fds);
	}
	noted.head.tag = head->tag;
	batch->answer[batch->count++].noted = noted;
	return 0;
}

static int take_last(void *room, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	struct batch *batch = room;
	struct register_last *last = &batch->answer[batch->count++].last;

	(void)end, (void)fds;
	*last = *(const struct register_last *)(const void *)head;
	last->number = batch->books->highest;
	return 0;
}

static int take_recording(void *room, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct register_recording *letter = (const void *)head;
	struct batch *batch = room;
	struct register_taken *taken;
	int r;

	(void)end;
	flush(batch); /* a recording has a transaction of its own */
	taken = &batch->answer[0].taken;
	r = recording_take(batch->books, letter, fds, taken);
	if (r < 0)
		return r;
	taken->head.tag = head->tag;
	batch->count = 1;
	return 0;
}

static int take_is_known(void *room, int end, const struct letter *head,
			 struct letter_fds *fds)
{
	struct batch *batch = room;
	struct register_is_known *known = &batch->answer[batch->count++].known;

	(void)end, (void)fds;
	*known = *(const struct register_is_known *)(const void *)head;
	known->is_known = recording_is_known(batch->books, &known->call);
	return 0;
}

static const struct line_rule siprec_rules[] = {
	{ REGISTER_CONTACT, sizeof(struct register_contact), take_contact },
	{ REGISTER_LAST, sizeof(struct register_last), take_last },
};

static const struct line_rule finish_rules[] = {
	{ REGISTER_RECORDING, sizeof(struct register_recording),
	  take_recording },
	{ REGISTER_IS_KNOWN, sizeof(struct register_is_known), take_is_known },
};

int recorder_serve(struct front *front, struct front_peer *peer)
{
	struct batch batch = { .books = front->books, .end = peer->end };
	bool is_siprec = !strcmp(peer->name, "siprec");
	int r = 0;

	while (r == 0 && batch.count < BATCH_MAX)
		r = line_serve(
			peer->end, is_siprec ? siprec_rules : finish_rules,
			is_siprec ? COUNT(siprec_rules) : COUNT(finish_rules),
			&batch);
	/* What came before a wrong letter was right, and is kept. */
	flush(&batch);
	return r;
}
