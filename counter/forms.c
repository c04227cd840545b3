/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The third way: pages and forms without a script. The bearer is in a
 * cookie of the session, set when the conversation begins and not before.
 *
 * Each request is held while chat is asked:
 *
 *	start, stay, end ──► chat's answer ──► 303 to the page
 *	say ──► taken: 303 to the page; not taken: the page with the text
 *	page, transcript ──► joins as a guest ──► fetches events ──► written
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "counter/errors.h"
#include "counter/form_page.h"
#include "counter/layout.h"
#include "counter/say.h"
#include "http/form.h"
#include "notice/language.h"

enum {
	EVENTS_SHOWN = 200,	/* on the page of a conversation */
	EVENTS_OF_A_FETCH = 64, /* of a transcript */
	TRANSCRIPTS_MAX = 8,	/* being made at a time */
	HERE_FOLLOWING_MS = 60 * MS_PER_S,
	HERE_WRITING_MS = 15 * 60 * MS_PER_S,
};

enum shape { SHAPE_PAGE, SHAPE_TEXT, SHAPE_HTML };

struct form {
	struct held_visit held; /* first: it is found from there */
	struct guest guest;
	uint8_t token[CHAT_TOKEN_SIZE];
	enum shape shape;
	bool is_writing, is_cut;
	enum text_id fault;
	uint8_t client_id[CHAT_TOKEN_SIZE];
	char *draft;
	struct chat_state state; /* when the page was begun */
	uint64_t got;		 /* number of the last event in it */
	struct text log;
};

static void form_free(struct form *form)
{
	struct talks *talks = form->held.visit.lobby->talks;

	talks_leave(talks, &form->guest);
	asks_forget_all(talks_asks(talks), form);
	if (form->shape != SHAPE_PAGE)
		form->held.visit.lobby->transcripts--;
	/* What was said, and by whom. */
	if (form->log.bytes)
		explicit_bzero(form->log.bytes, form->log.room);
	text_drop(&form->log);
	if (form->draft)
		explicit_bzero(form->draft, strlen(form->draft));
	free(form->draft);
	explicit_bzero(form->token, sizeof(form->token));
	free(form);
}

static void form_drop(struct held_visit *held)
{
	form_free((struct form *)held);
}

static void answer(struct form *form)
{
	visit_release(&form->held);
	form_free(form);
}

/* Hold a request of somebody in a conversation; NULL: it is answered. */
static struct form *form_new(struct visit *visit)
{
	struct form *form = calloc(1, sizeof(*form));

	if (!form) {
		error_show(visit, PROBLEM_later);
		return NULL;
	}
	form->fault = TEXTS;
	form->held.drop = form_drop;
	visit_bearer(visit, form->token);
	if (visit_hold(visit, &form->held) < 0) {
		free(form);
		return NULL;
	}
	return form;
}

static void to_page(struct form *form)
{
	struct visit *visit = &form->held.visit;

	visit->answer->status = 303;
	http_field(visit->answer, "Location", "/chat?lang=%s",
		   language_code(visit->language));
	answer(form);
}

/* The bearer is of no use: wrong, foreign or long over, all alike. */
static void lost(struct form *form)
{
	struct visit *visit = &form->held.visit;

	(void)limit_take(visit->lobby->limit, LIMIT_FAIL, visit->who,
			 clock_monotonic());
	visit_set_cookie(visit, NULL);
	error_show(visit, PROBLEM_not_found);
	answer(form);
}

static void refuse(struct form *form, enum chat_result result,
		   uint32_t retry_ms)
{
	if (result == CHAT_NOT_FOUND) {
		lost(form);
		return;
	}
	error_result(&form->held.visit, result, NULL, retry_ms);
	answer(form);
}

/*
 * Pages of a conversation.
 */

static void write_page(struct form *form)
{
	struct form_page page = {
		.state = &form->state,
		.log = { form->log.bytes, form->log.size },
		.is_cut = form->is_cut,
		.is_writing = form->is_writing,
		.draft = form->draft ? form->draft : "",
		.fault = form->fault,
	};

	memcpy(page.client_id, form->client_id, sizeof(page.client_id));
	if (form->log.failed)
		error_show(&form->held.visit, PROBLEM_later);
	else
		form_page_talk(&form->held.visit, &page);
	answer(form);
}

static void fetch(struct form *form, uint64_t most);

static void heard_events(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_event *event = (const void *)letter;
	const struct chat_done *done = (const void *)letter;
	struct form *form = self;
	struct visit *visit = &form->held.visit;
	bool as_html = form->shape == SHAPE_HTML;

	(void)note;
	if (letter && letter->type == CHAT_EVENT) {
		if (event->seq <= form->got ||
		    event->epoch != form->state.epoch)
			return;
		form->got = event->seq;
		if (form->shape == SHAPE_PAGE)
			form_page_event(visit, &form->log, event);
		else
			transcript_event(visit, event, as_html);
		return;
	}
	if (!letter || done->result != CHAT_OK) {
		refuse(form, letter ? done->result : CHAT_LATER, 0);
		return;
	}
	if (form->shape == SHAPE_PAGE) {
		write_page(form);
	} else if (form->got > note && form->got < form->state.last &&
		   !transcript_is_full(visit)) {
		fetch(form, EVENTS_OF_A_FETCH);
	} else {
		transcript_end(visit, as_html, form->got < form->state.last);
		answer(form);
	}
}

static void fetch(struct form *form, uint64_t most)
{
	struct chat_fetch letter = {
		.head = { .type = CHAT_FETCH, .size = sizeof(letter) },
		.after = form->got,
		.most = most,
	};

	memcpy(letter.token, form->token, CHAT_TOKEN_SIZE);
	if (!asks_ask(talks_asks(form->held.visit.lobby->talks), &letter.head,
		      CHAT_DONE, heard_events, form, form->got))
		refuse(form, CHAT_LATER, 0);
}

static void known(struct guest *guest, enum chat_result result)
{
	struct form *form =
		(struct form *)((char *)guest - offsetof(struct form, guest));

	if (result != CHAT_OK) {
		refuse(form, result, 0);
		return;
	}
	form->state = *talks_state(guest);
	talks_stay(guest,
		   form->is_writing ? HERE_WRITING_MS : HERE_FOLLOWING_MS);
	talks_leave(form->held.visit.lobby->talks, guest);
	if (form->shape != SHAPE_PAGE) {
		transcript_begin(&form->held.visit, &form->state,
				 form->shape == SHAPE_HTML);
		fetch(form, EVENTS_OF_A_FETCH);
		return;
	}
	form->is_cut = form->state.last > EVENTS_SHOWN;
	if (form->is_cut)
		form->got = form->state.last - EVENTS_SHOWN;
	fetch(form, EVENTS_SHOWN);
}

static const struct guest_face face = { .known = known };

static void show(struct form *form)
{
	form->guest.face = &face;
	talks_join(form->held.visit.lobby->talks, form->token, &form->guest);
}

/* Whether too many wrong bearers came from there; answered then. */
static bool is_guessing(struct visit *visit)
{
	uint32_t wait_ms = limit_look(visit->lobby->limit, LIMIT_FAIL,
				      visit->who, clock_monotonic());

	if (wait_ms)
		error_limited(visit, wait_ms);
	return wait_ms;
}

void do_chat(struct visit *visit)
{
	char word[4];
	bool is_plain = visit_query(visit, "plain", word, sizeof(word));
	bool is_writing = visit_query(visit, "write", word, sizeof(word));
	struct form *form;

	if (!visit_has_cookie(visit)) {
		form_page_start(visit, !is_plain);
		return;
	}
	form = is_guessing(visit) ? NULL : form_new(visit);
	if (!form)
		return;
	form->is_writing = is_writing;
	randombytes_buf(form->client_id, sizeof(form->client_id));
	show(form);
}

void do_chat_transcript(struct visit *visit)
{
	struct lobby *lobby = visit->lobby;
	struct form *form;
	char as[8];
	bool as_html =
		visit_query(visit, "as", as, sizeof(as)) && !strcmp(as, "html");

	if (is_guessing(visit))
		return;
	if (lobby->transcripts >= TRANSCRIPTS_MAX) {
		error_show(visit, PROBLEM_later);
		return;
	}
	form = form_new(visit);
	if (!form)
		return;
	form->shape = as_html ? SHAPE_HTML : SHAPE_TEXT;
	lobby->transcripts++;
	show(form);
}

/*
 * What is done.
 */

static void heard_opened(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_opened *opened = (const void *)letter;
	struct form *form = self;

	(void)note;
	if (!opened || opened->result != CHAT_OK) {
		refuse(form, opened ? opened->result : CHAT_LATER,
		       opened ? opened->retry_ms : 0);
		return;
	}
	visit_set_cookie(&form->held.visit, opened->token);
	to_page(form);
}

/* The fields of the start's form; false if one is not as we made it. */
static bool read_start(const struct visit *visit, struct chat_open *open)
{
	char key[SAY_TOKEN_TEXT], notice[9];
	uint8_t bytes[4];

	if (!visit_form(visit, "key", key, sizeof(key)) ||
	    say_token_read(slice_of(key), open->key) < 0 ||
	    !visit_form(visit, "notice", notice, sizeof(notice)) ||
	    hex_read(slice_of(notice), bytes, sizeof(bytes)) < 0)
		return false;
	open->policy = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		       (uint32_t)bytes[2] << 8 | bytes[3];
	snprintf(open->language, sizeof(open->language), "%s",
		 language_code(visit->language));
	(void)visit_form(visit, "queue", open->queue, sizeof(open->queue));
	return form_value(visit->request->body, "nick", open->nickname,
			  sizeof(open->nickname)) != -ENAMETOOLONG &&
	       say_is_nickname(open->nickname);
}

void do_chat_start(struct visit *visit)
{
	struct lobby *lobby = visit->lobby;
	struct chat_open letter = {
		.head = { .type = CHAT_OPEN, .size = sizeof(letter) },
	};
	struct form *form;
	uint32_t wait_ms;

	if (!read_start(visit, &letter)) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	wait_ms = limit_take(lobby->limit, LIMIT_OPEN, visit->who,
			     clock_monotonic());
	if (wait_ms) {
		error_limited(visit, wait_ms);
		return;
	}
	form = form_new(visit);
	if (form && !asks_ask(talks_asks(lobby->talks), &letter.head,
			      CHAT_OPENED, heard_opened, form, 0))
		refuse(form, CHAT_LATER, 0);
}

/* Why a message was not taken, where its text is shown again. */
static enum text_id fault_of(enum chat_result result)
{
	switch (result) {
	case CHAT_INVALID:
		return TEXT_say_empty;
	case CHAT_TOO_LONG:
		return TEXT_say_too_long;
	case CHAT_TOO_FAST:
		return TEXT_say_too_fast;
	case CHAT_CONFLICT:
		return TEXT_say_conflict;
	case CHAT_ENDED:
		return TEXT_say_ended;
	default:
		return TEXT_say_later;
	}
}

static void show_again(struct form *form, enum chat_result result)
{
	form->fault = fault_of(result);
	form->is_writing = true;
	/* The same message again is the same; another one is another. */
	if (result == CHAT_CONFLICT)
		randombytes_buf(form->client_id, sizeof(form->client_id));
	show(form);
}

static void heard_said(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_said *said = (const void *)letter;
	struct form *form = self;

	(void)note;
	if (said && said->result == CHAT_OK)
		to_page(form);
	else if (said && said->result == CHAT_NOT_FOUND)
		lost(form);
	else
		show_again(form, said ? said->result : CHAT_LATER);
}

/* Forms send CR LF; what is blank at the end is not part of a message. */
static size_t tidy(char *text)
{
	size_t size = 0;

	for (const char *at = text; *at; at++)
		if (*at != '\r')
			text[size++] = *at;
	while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' '))
		size--;
	text[size] = '\0';
	return size;
}

static void ask_say(struct form *form)
{
	struct lobby *lobby = form->held.visit.lobby;
	struct chat_say letter = {
		.head = { .type = CHAT_SAY, .size = sizeof(letter) },
		.size = (uint32_t)tidy(form->draft),
	};

	if (letter.size == 0 || letter.size > CHAT_TEXT_MAX) {
		show_again(form, letter.size ? CHAT_TOO_LONG : CHAT_INVALID);
		return;
	}
	if (talks_may(lobby->talks, form->token, lobby->acts)) {
		counter_add(lobby->limited, 1);
		show_again(form, CHAT_TOO_FAST);
		return;
	}
	memcpy(letter.token, form->token, CHAT_TOKEN_SIZE);
	memcpy(letter.client_id, form->client_id, CHAT_TOKEN_SIZE);
	memcpy(letter.text, form->draft, letter.size);
	if (!asks_ask(talks_asks(lobby->talks), &letter.head, CHAT_SAID,
		      heard_said, form, 0))
		show_again(form, CHAT_LATER);
	explicit_bzero(&letter, sizeof(letter));
}

void do_chat_say(struct visit *visit)
{
	const struct slice body = visit->request->body;
	char id[SAY_TOKEN_TEXT];
	uint8_t client_id[CHAT_TOKEN_SIZE];
	OWNED(drop_memory) char *text = malloc(body.size + 1);
	struct form *form;

	if (!text || !visit_form(visit, "id", id, sizeof(id)) ||
	    say_token_read(slice_of(id), client_id) < 0 ||
	    form_value(body, "text", text, body.size + 1) < 0) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	form = is_guessing(visit) ? NULL : form_new(visit);
	if (!form)
		return;
	memcpy(form->client_id, client_id, sizeof(client_id));
	form->draft = text;
	text = NULL;
	ask_say(form);
}

static void heard_done(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_done *done = (const void *)letter;
	struct form *form = self;

	(void)note;
	/* What is over already shows its page just as well. */
	if (done && (done->result == CHAT_OK || done->result == CHAT_ENDED))
		to_page(form);
	else
		refuse(form, done ? done->result : CHAT_LATER, 0);
}

static void act(struct visit *visit, enum chat_do which)
{
	struct chat_act letter = {
		.head = { .type = CHAT_ACT, .size = sizeof(letter) },
		.act = which,
	};
	struct form *form = is_guessing(visit) ? NULL : form_new(visit);

	if (!form)
		return;
	memcpy(letter.token, form->token, CHAT_TOKEN_SIZE);
	if (!asks_ask(talks_asks(form->held.visit.lobby->talks), &letter.head,
		      CHAT_DONE, heard_done, form, 0))
		refuse(form, CHAT_LATER, 0);
}

void do_chat_stay(struct visit *visit)
{
	act(visit, CHAT_DO_STAY);
}

void do_chat_end(struct visit *visit)
{
	act(visit, CHAT_DO_END);
}

void do_chat_leave(struct visit *visit)
{
	visit_set_cookie(visit, NULL);
	visit->answer->status = 303;
	http_field(visit->answer, "Location", "/chat?lang=%s",
		   language_code(visit->language));
}
