/* SPDX-License-Identifier: EUPL-1.2 */
/* What the room chat says. Contract in front.h and chat_letters.h. */
#include <errno.h>

#include "base/log.h"
#include "register/chat.h"
#include "register/front.h"
#include "register/seat.h"

/* Contents have a transaction and two syncs each: others come in between. */
enum { CONTENTS_MAX = 4 };

/* Answers wait until their letters are on the disk. */
struct batch {
	struct front *front;
	int end;
	int count, contents;
	bool failed; /* no space */
	union {
		struct letter head;
		struct register_chat_noted noted;
		struct register_seat_is seat;
	} answer[FRONT_BATCH_MAX];
};

/* The room keeps what was not taken, and sends it again. */
static void put_off(struct batch *batch)
{
	struct books *books = batch->front->books;

	if (db_is_busy(books->db))
		db_roll_back(books->db);
	books_recall(books);
	log_error("space", "the database cannot grow: chats wait");
	for (int i = 0; i < batch->count; i++) {
		if (batch->answer[i].head.type != REGISTER_CHAT_NOTED)
			continue;
		batch->answer[i].noted.result = -EAGAIN;
		batch->answer[i].noted.number = 0;
	}
}

static void flush(struct batch *batch)
{
	struct db *db = batch->front->books->db;

	if (!batch->failed && db_is_busy(db))
		batch->failed = db_commit(db) < 0;
	if (batch->failed)
		put_off(batch);
	for (int i = 0; i < batch->count; i++)
		front_post(batch->end, &batch->answer[i].head);
	batch->count = 0;
	batch->failed = false;
}

static int take_content(struct batch *batch, const struct register_chat *letter,
			struct letter_fds *fds)
{
	struct register_chat_noted *noted;
	int r;

	flush(batch);
	noted = &batch->answer[0].noted;
	r = chat_take(batch->front->books, letter, fds, noted);
	if (r < 0)
		return r;
	noted->head.tag = letter->head.tag;
	batch->count = 1;
	batch->contents++;
	return 0;
}

static int take_chat(void *room, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct register_chat *letter = (const void *)head;
	struct batch *batch = room;
	struct books *books = batch->front->books;
	struct register_chat_noted *noted;
	int r;

	(void)end;
	if (letter->has_object)
		return take_content(batch, letter, fds);
	if (!db_is_busy(books->db))
		db_begin(books->db);
	noted = &batch->answer[batch->count].noted;
	r = chat_note(books, letter, fds, noted);
	if (r == -EBADMSG)
		return r;
	noted->head.tag = head->tag;
	batch->count++;
	batch->failed = r < 0;
	if (batch->failed)
		flush(batch);
	return 0;
}

static int take_seat(void *room, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	struct batch *batch = room;

	(void)end, (void)fds;
	flush(batch); /* what is written of it has a transaction of its own */
	seat_tell(batch->front->books, (const void *)head,
		  &batch->answer[0].seat);
	batch->count = 1;
	return 0;
}

static const struct line_rule rules[] = {
	{ REGISTER_CHAT, sizeof(struct register_chat), take_chat },
	{ REGISTER_SEAT, sizeof(struct register_seat), take_seat },
};

int talk_serve(struct front *front, struct front_peer *peer)
{
	struct batch batch = { .front = front, .end = peer->end };
	int r = 0;

	for (int i = 0;
	     r == 0 && i < FRONT_BATCH_MAX && batch.contents < CONTENTS_MAX;
	     i++)
		r = line_serve(peer->end, rules, COUNT(rules), &batch);
	/* What came before a wrong letter was right, and is kept. */
	flush(&batch);
	return r;
}
