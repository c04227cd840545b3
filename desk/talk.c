/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the chat desk's script asks for: the feed, events it has missed, and
 * everything an agent can do. Forms come in, JSON goes out. Nobody is
 * written to first: there is no way to open a conversation here (S13).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "desk/errors.h"
#include "desk/seat_words.h"
#include "desk/seats.h"
#include "http/form.h"

void do_chat_feed(struct visit *visit)
{
	seats_listen(visit);
}

static uint64_t number_in(const struct visit *visit, const char *name,
			  bool in_query)
{
	char text[24];
	uint64_t number;

	if ((in_query ? visit_query(visit, name, text, sizeof(text))
		      : visit_form(visit, name, text, sizeof(text))) &&
	    slice_number(slice_of(text), UINT64_MAX, &number) == 0)
		return number;
	return 0;
}

void do_chat_fetch(struct visit *visit)
{
	struct chat_desk_fetch letter = { 0 };
	char notes[4];

	if (!visit_id(visit, 0, &letter.chat))
		return;
	letter.after = number_in(visit, "after", true);
	letter.notes = visit_query(visit, "notes", notes, sizeof(notes));
	seats_fetch(visit, &letter);
}

void do_chat_say(struct visit *visit)
{
	struct chat_desk_say letter = { 0 };
	char id[2 * CHAT_TOKEN_SIZE + 1], note[4];
	int r;

	if (!visit_id(visit, 0, &letter.chat))
		return;
	if (!visit_form(visit, "id", id, sizeof(id)) ||
	    hex_read(slice_of(id), letter.client_id, sizeof(letter.client_id)) <
		    0) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	r = form_value(visit->request->body, "text", letter.text,
		       CHAT_TEXT_MAX + 1);
	if (r < 0 || !letter.text[0]) {
		error_show(visit, r == -ENAMETOOLONG ? PROBLEM_chat_too_long
						     : PROBLEM_invalid);
		return;
	}
	letter.size = (uint32_t)strlen(letter.text);
	letter.is_note = visit_form(visit, "note", note, sizeof(note));
	seats_say(visit, &letter);
}

static void act(struct visit *visit, enum chat_do what, uint64_t value,
		const char *word, const char *queue)
{
	struct chat_desk_act letter = { .act = what, .value = value };

	if (what != CHAT_DO_PRESENCE && !visit_id(visit, 0, &letter.chat))
		return;
	snprintf(letter.word, sizeof(letter.word), "%s", word);
	snprintf(letter.queue, sizeof(letter.queue), "%s", queue);
	seats_act(visit, &letter);
}

void do_chat_take_next(struct visit *visit)
{
	struct chat_desk_act letter = { .act = CHAT_DO_TAKE };

	seats_act(visit, &letter);
}

void do_chat_take(struct visit *visit)
{
	act(visit, CHAT_DO_TAKE, 0, "", "");
}

void do_chat_typing(struct visit *visit)
{
	act(visit, CHAT_DO_TYPING, number_in(visit, "on", false) != 0, "", "");
}

void do_chat_seen(struct visit *visit)
{
	act(visit, CHAT_DO_SEEN, number_in(visit, "n", false), "", "");
}

void do_chat_stay(struct visit *visit)
{
	act(visit, CHAT_DO_STAY, 0, "", "");
}

void do_chat_end(struct visit *visit)
{
	char word[CHAT_WORD_SIZE];
	uint32_t reason = 0;

	if (visit_form(visit, "reason", word, sizeof(word)))
		reason = seat_reason_of(word);
	if (reason < CHAT_REASON_SOLVED || reason > CHAT_REASON_OTHER)
		error_show(visit, PROBLEM_invalid);
	else
		act(visit, CHAT_DO_END, reason, "", "");
}

void do_chat_pass(struct visit *visit)
{
	char word[CHAT_WORD_SIZE] = "", queue[CHAT_WORD_SIZE] = "";

	(void)visit_form(visit, "agent", word, sizeof(word));
	(void)visit_form(visit, "queue", queue, sizeof(queue));
	if (!word[0] == !queue[0])
		error_show(visit, PROBLEM_invalid);
	else
		act(visit, CHAT_DO_PASS, 0, word, queue);
}

void do_chat_presence(struct visit *visit)
{
	char word[CHAT_WORD_SIZE];
	uint32_t presence = 0;

	if (visit_form(visit, "presence", word, sizeof(word)))
		presence = seat_presence_of(word);
	if (presence == 0)
		error_show(visit, PROBLEM_invalid);
	else
		act(visit, CHAT_DO_PRESENCE, presence, "", "");
}
