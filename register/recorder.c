/* SPDX-License-Identifier: EUPL-1.2 */
/* What siprec and finish say. Contract in front.h and register.h. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "register/contact.h"
#include "register/front.h"
#include "register/recording.h"

enum { TURN_MAX = 4 };

/* Answers wait until their letters are on the disk. */
struct batch {
	struct front *front;
	struct front_peer *peer;
	int count;
	union {
		struct letter head;
		struct register_noted noted;
		struct register_last last;
		struct register_is_known known;
		struct register_taken taken;
	} answer[FRONT_BATCH_MAX];
	bool failed; /* no space */
	int contact_count;
	struct register_contact contact[FRONT_BATCH_MAX];
};

/* Nothing of the batch was written: keep its contacts, take no more. */
static void stall(struct batch *batch)
{
	struct front *front = batch->front;
	struct front_peer *peer = batch->peer;
	struct front_stall *kept = &front->stall;

	if (db_is_busy(front->books->db))
		db_roll_back(front->books->db);
	books_recall(front->books);
	if (batch->contact_count == 0)
		return;
	if (kept->count == 0)
		log_error("space", "the database cannot grow: contacts wait");
	memcpy(kept->contact, batch->contact, sizeof(kept->contact));
	kept->count = batch->contact_count;
	kept->way = (struct play_way){
		.peer = (uint32_t)(peer - front->peer),
		.generation = peer->generation,
	};
	loop_unwatch(front->loop, peer->end);
}

static void flush(struct batch *batch)
{
	struct db *db = batch->front->books->db;

	if (!batch->failed && db_is_busy(db))
		batch->failed = db_commit(db) < 0;
	if (batch->failed)
		stall(batch);
	for (int i = 0; i < batch->count; i++)
		if (!batch->failed ||
		    batch->answer[i].head.type != REGISTER_NOTED)
			front_post(batch->peer->end, &batch->answer[i].head);
	batch->count = batch->contact_count = 0;
}

/* 0, -EBADMSG for a letter that is none, or -ENOSPC. */
static int note(struct books *books, const struct register_contact *letter,
		struct register_noted *noted)
{
	int r;

	if (!db_is_busy(books->db))
		db_begin(books->db);
	r = contact_note(books, letter, noted);
	noted->head.tag = letter->head.tag;
	return r;
}

static int take_contact(void *room, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct register_contact *letter = (const void *)head;
	struct batch *batch = room;
	struct register_noted noted;
	int r = 0;

	(void)end, (void)fds;
	if (!batch->failed)
		r = note(batch->front->books, letter, &noted);
	if (r == -EBADMSG)
		return r;
	batch->failed |= r < 0;
	batch->contact[batch->contact_count++] = *letter;
	if (!batch->failed)
		batch->answer[batch->count++].noted = noted;
	return 0;
}

void recorder_retry(struct front *front)
{
	struct front_stall *kept = &front->stall;
	struct front_peer *peer = &front->peer[kept->way.peer];
	struct register_noted noted[FRONT_BATCH_MAX];
	int r = 0;

	if (kept->count == 0)
		return;
	for (int i = 0; r == 0 && i < kept->count; i++)
		r = note(front->books, &kept->contact[i], &noted[i]);
	if (r == 0)
		r = db_commit(front->books->db);
	if (r < 0) {
		if (db_is_busy(front->books->db))
			db_roll_back(front->books->db);
		books_recall(front->books);
		return;
	}
	log_info("space", "the database grows again");
	for (int i = 0; i < kept->count; i++) {
		kept->way.tag = noted[i].head.tag;
		front_answer(front, &kept->way, &noted[i].head);
	}
	kept->count = 0;
	if (peer->end >= 0 && peer->generation == kept->way.generation &&
	    front_watch(peer) < 0)
		log_error("line", "cannot listen to siprec again");
}

static int take_last(void *room, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	struct batch *batch = room;
	struct register_last *last = &batch->answer[batch->count++].last;

	(void)end, (void)fds;
	*last = *(const struct register_last *)(const void *)head;
	last->number = batch->front->books->highest;
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
	r = recording_take(batch->front->books, letter, fds, taken);
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
	known->is_known = recording_is_known(batch->front->books, &known->call);
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
	struct batch batch = { .front = front, .peer = peer };
	bool is_siprec = !strcmp(peer->name, "siprec");
	int r = 0;

	/* Copying sound takes long: others have their turn in between. */
	for (int i = 0; r == 0 && i < (is_siprec ? FRONT_BATCH_MAX : TURN_MAX);
	     i++)
		r = line_serve(
			peer->end, is_siprec ? siprec_rules : finish_rules,
			is_siprec ? COUNT(siprec_rules) : COUNT(finish_rules),
			&batch);
	/* What came before a wrong letter was right, and is kept. */
	flush(&batch);
	return r;
}
