/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The second way, the other half: one message of the protocol in the body
 * of a POST, answered with one message. The request is held until chat has
 * answered.
 */
#include <errno.h>
#include <string.h>

#include "counter/errors.h"
#include "counter/say.h"
#include "counter/tell.h"

struct post {
	struct held_visit held; /* first: it is found from there */
	uint8_t id[CHAT_TOKEN_SIZE];
	bool has_id;
};

static void post_drop(struct held_visit *held)
{
	free(held);
}

/* Not done, or nobody knows. */
static void refuse(struct post *post, enum chat_result result,
		   uint32_t retry_ms)
{
	struct visit *visit = &post->held.visit;

	if (result == CHAT_NOT_FOUND)
		(void)limit_take(visit->lobby->limit, LIMIT_FAIL, visit->who,
				 clock_monotonic());
	error_result(visit, result, post->has_id ? post->id : NULL, retry_ms);
}

static void answer(struct post *post)
{
	visit_release(&post->held);
	free(post);
}

static void heard_opened(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_opened *opened = (const void *)letter;
	struct post *post = self;

	(void)note;
	if (!opened || opened->result != CHAT_OK)
		refuse(post, opened ? opened->result : CHAT_LATER,
		       opened ? opened->retry_ms : 0);
	else
		tell_opened(visit_out(&post->held.visit), opened);
	answer(post);
}

static void heard_said(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_said *said = (const void *)letter;
	struct post *post = self;

	(void)note;
	if (!said || said->result != CHAT_OK)
		refuse(post, said ? said->result : CHAT_LATER,
		       said ? said->retry_ms : 0);
	else
		tell_ack(visit_out(&post->held.visit), post->id, said);
	answer(post);
}

static void heard_done(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_done *done = (const void *)letter;
	struct post *post = self;

	(void)note;
	if (!done || done->result != CHAT_OK)
		refuse(post, done ? done->result : CHAT_LATER, 0);
	else
		text_say(visit_out(&post->held.visit), "{\"t\":\"done\"}");
	answer(post);
}

static bool ask_open(struct post *post, struct asks *asks,
		     const struct say *said)
{
	struct chat_open letter = {
		.head = { .type = CHAT_OPEN, .size = sizeof(letter) },
		.policy = said->notice,
	};

	memcpy(letter.key, said->key, sizeof(letter.key));
	memcpy(letter.language, said->language, sizeof(letter.language));
	memcpy(letter.queue, said->queue, sizeof(letter.queue));
	memcpy(letter.nickname, said->nickname, sizeof(letter.nickname));
	return asks_ask(asks, &letter.head, CHAT_OPENED, heard_opened, post, 0);
}

static bool ask_say(struct post *post, struct asks *asks, const uint8_t *token,
		    const struct say *said)
{
	struct chat_say letter = {
		.head = { .type = CHAT_SAY, .size = sizeof(letter) },
		.size = said->size,
	};
	bool is_asked;

	memcpy(letter.token, token, CHAT_TOKEN_SIZE);
	memcpy(letter.client_id, said->id, sizeof(letter.client_id));
	memcpy(letter.text, said->text, said->size);
	memcpy(post->id, said->id, sizeof(post->id));
	post->has_id = true;
	is_asked = asks_ask(asks, &letter.head, CHAT_SAID, heard_said, post, 0);
	explicit_bzero(&letter, sizeof(letter));
	return is_asked;
}

static bool ask_act(struct post *post, struct asks *asks, const uint8_t *token,
		    const struct say *said)
{
	struct chat_act letter = {
		.head = { .type = CHAT_ACT, .size = sizeof(letter) },
	};

	memcpy(letter.token, token, CHAT_TOKEN_SIZE);
	if (said->kind == SAY_TYPING) {
		letter.act = CHAT_DO_TYPING;
		letter.value = said->on;
	} else if (said->kind == SAY_SEEN) {
		letter.act = CHAT_DO_SEEN;
		letter.value = said->number;
	} else {
		letter.act = said->kind == SAY_END ? CHAT_DO_END : CHAT_DO_STAY;
	}
	return asks_ask(asks, &letter.head, CHAT_DONE, heard_done, post, 0);
}

/* The address says what the message must be. */
static enum say_kind kind_of(struct slice act)
{
	static const struct {
		const char *word;
		enum say_kind kind;
	} acts[] = {
		{ "open", SAY_OPEN },	  { "say", SAY_TEXT },
		{ "typing", SAY_TYPING }, { "seen", SAY_SEEN },
		{ "stay", SAY_STAY },	  { "end", SAY_END },
	};

	for (size_t i = 0; i < COUNT(acts); i++)
		if (slice_is(act, slice_of(acts[i].word)))
			return acts[i].kind;
	return 0;
}

/* 0, or in how many milliseconds it may; whether that is a limit of all. */
static uint32_t wait_for(struct visit *visit, const struct say *said,
			 const uint8_t *token, bool *ret_is_own)
{
	nanoseconds now = clock_monotonic();
	struct lobby *lobby = visit->lobby;
	uint32_t wait_ms;

	*ret_is_own = false;
	if (said->kind == SAY_OPEN)
		return limit_take(lobby->limit, LIMIT_OPEN, visit->who, now);
	wait_ms = limit_look(lobby->limit, LIMIT_FAIL, visit->who, now);
	if (wait_ms)
		return wait_ms;
	*ret_is_own = true;
	return talks_may(lobby->talks, token, lobby->acts);
}

static void ask(struct visit *visit, const struct say *said,
		const uint8_t *token)
{
	struct asks *asks = talks_asks(visit->lobby->talks);
	struct post *post = calloc(1, sizeof(*post));
	bool is_asked;

	if (!post) {
		error_show(visit, PROBLEM_later);
		return;
	}
	post->held.drop = post_drop;
	visit->answer->type = "application/json";
	if (visit_hold(visit, &post->held) < 0) {
		free(post);
		return;
	}
	if (said->kind == SAY_OPEN)
		is_asked = ask_open(post, asks, said);
	else if (said->kind == SAY_TEXT)
		is_asked = ask_say(post, asks, token, said);
	else
		is_asked = ask_act(post, asks, token, said);
	if (is_asked)
		return;
	refuse(post, CHAT_LATER, 0);
	answer(post);
}

void do_chat_post(struct visit *visit)
{
	enum say_kind kind = kind_of(visit->request->param[0]);
	uint8_t token[CHAT_TOKEN_SIZE];
	enum chat_result result;
	struct say said;
	uint32_t wait_ms;
	bool is_own;

	if (!kind) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	result = say_read(visit->request->body, &said);
	if (result == CHAT_OK && said.kind != kind)
		result = CHAT_INVALID;
	visit_bearer(visit, token);
	if (result != CHAT_OK) {
		error_result(visit, result, said.has_id ? said.id : NULL, 0);
	} else {
		wait_ms = wait_for(visit, &said, token, &is_own);
		if (!wait_ms)
			ask(visit, &said, token);
		else if (is_own)
			error_result(visit, CHAT_TOO_FAST,
				     said.has_id ? said.id : NULL, wait_ms);
		else
			error_limited(visit, wait_ms);
	}
	explicit_bzero(token, sizeof(token));
	explicit_bzero(&said, sizeof(said));
}
