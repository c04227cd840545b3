/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/asks_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Whether a field of text ends within itself. */
#define ENDS(field) (memchr((field), '\0', sizeof(field)) != NULL)

bool asks_session_holds(const struct desk_session *session)
{
	if (session->purpose_count > DESK_PURPOSES_MAX ||
	    session->role >= NOTICE_ROLES || !ENDS(session->name) ||
	    !ENDS(session->user) || !ENDS(session->agent) ||
	    !ENDS(session->language) || !ENDS(session->purpose) ||
	    !ENDS(session->totp_secret))
		return false;
	for (uint32_t i = 0; i < session->purpose_count; i++) {
		const struct desk_purpose *purpose = &session->purposes[i];

		if (!ENDS(purpose->id) || !ENDS(purpose->text[0]) ||
		    !ENDS(purpose->text[1]) || !ENDS(purpose->text[2]))
			return false;
	}
	return true;
}

static bool row_holds(const struct desk_contact_row *row)
{
	return ENDS(row->service_number) && ENDS(row->agent) &&
	       ENDS(row->agent_name) && ENDS(row->agent_number) &&
	       ENDS(row->caller);
}

bool asks_rows_hold(const struct desk_contact_rows *rows)
{
	if (rows->count > DESK_ROWS_MAX)
		return false;
	for (uint32_t i = 0; i < rows->count; i++)
		if (!row_holds(&rows->row[i]))
			return false;
	return true;
}

bool asks_whole_holds(const struct desk_contact_whole *whole)
{
	return whole->recording_count <= DESK_RECORDINGS_MAX &&
	       row_holds(&whole->row) && ENDS(whole->policy_id) &&
	       ENDS(whole->policy_version);
}

bool asks_readers_hold(const struct desk_reader_rows *rows)
{
	if (rows->count > DESK_ROWS_MAX)
		return false;
	for (uint32_t i = 0; i < rows->count; i++)
		if (!ENDS(rows->row[i].actor) || !ENDS(rows->row[i].login) ||
		    !ENDS(rows->row[i].purpose) ||
		    rows->row[i].role >= NOTICE_ROLES)
			return false;
	return true;
}

bool asks_words_hold(const struct desk_words *words)
{
	if (words->count > COUNT(words->word))
		return false;
	for (uint32_t i = 0; i < words->count; i++)
		if (!ENDS(words->word[i].id) || !ENDS(words->word[i].text))
			return false;
	return true;
}

bool asks_rules_hold(const struct desk_rules *rules)
{
	for (uint32_t i = 0; i < NOTICE_ROLES; i++)
		if (rules->role[i].contacts > DESK_REACH_ALL ||
		    rules->role[i].readers > DESK_REACH_ALL ||
		    rules->role[i].log > DESK_REACH_ALL)
			return false;
	return true;
}

bool asks_oversight_holds(const struct desk_oversight *oversight)
{
	if (oversight->count > DESK_ACTS_MAX)
		return false;
	for (uint32_t i = 0; i < oversight->count; i++)
		if (!ENDS(oversight->act[i].login) ||
		    !ENDS(oversight->act[i].actor) ||
		    oversight->act[i].role >= NOTICE_ROLES ||
		    oversight->act[i].act < DESK_ACT_ADDED ||
		    oversight->act[i].act > DESK_ACT_ENABLED)
			return false;
	return true;
}

static bool chat_row_holds(const struct desk_chat_row *row)
{
	return ENDS(row->language) && ENDS(row->queue) && ENDS(row->agent) &&
	       ENDS(row->agent_name);
}

bool asks_chats_hold(const struct desk_chat_rows *rows)
{
	if (rows->count > DESK_ROWS_MAX)
		return false;
	for (uint32_t i = 0; i < rows->count; i++)
		if (!chat_row_holds(&rows->row[i]))
			return false;
	return true;
}

bool asks_chat_holds(const struct desk_chat_whole *whole)
{
	return chat_row_holds(&whole->row) && ENDS(whole->policy_id) &&
	       ENDS(whole->policy_version);
}

bool asks_canned_holds(const struct desk_canned *canned)
{
	const struct desk_canned_item *item = &canned->item;

	return ENDS(canned->owner) && ENDS(canned->owner_login) &&
	       ENDS(item->id) && ENDS(item->title) &&
	       ENDS(item->text[NOTICE_FI]) && ENDS(item->text[NOTICE_SV]) &&
	       ENDS(item->text[NOTICE_EN]);
}

/* The line is of no use any more; the house will bring another. */
enum desk_result asks_give_up(struct desk *desk, int r)
{
	counter_add(desk->asks_failed, 1);
	log_warn("register", "no answer: %s", strerror(-r));
	if (r != -ETIMEDOUT)
		drop_fd(&desk->line);
	return DESK_LATER;
}

/* All answers have their result in the same place. */
struct answer_head {
	struct letter head;
	int32_t result;
};

static_assert(offsetof(struct desk_session, result) ==
		      offsetof(struct answer_head, result),
	      "the result comes first");
static_assert(offsetof(struct desk_contact_rows, result) ==
		      offsetof(struct answer_head, result),
	      "the result comes first");
static_assert(offsetof(struct desk_playing, result) ==
		      offsetof(struct answer_head, result),
	      "the result comes first");
static_assert(offsetof(struct desk_chat_rows, result) ==
		      offsetof(struct answer_head, result),
	      "the result comes first");
static_assert(offsetof(struct desk_canned, result) ==
		      offsetof(struct answer_head, result),
	      "the result comes first");

enum desk_result asks_ask(struct desk *desk, struct letter *question,
			  const struct letter_fds *fds, struct letter *answer,
			  uint16_t type, size_t size)
{
	const struct answer_head *head = (const void *)answer;
	int r;

	counter_add(desk->asks, 1);
	if (desk->line < 0)
		return DESK_LATER;
	r = line_ask(desk->line, question, fds, answer, type, size, NULL,
		     DESK_WAIT_MS);
	if (r < 0)
		return asks_give_up(desk, r);
	if (head->result < DESK_OK || head->result > DESK_QUOTA)
		return asks_give_up(desk, -EBADMSG);
	return (enum desk_result)head->result;
}

static enum desk_result ask_session(struct desk *desk, struct letter *question,
				    struct desk_session *ret_session)
{
	enum desk_result result =
		asks_ask(desk, question, NULL, &ret_session->head, DESK_SESSION,
			 sizeof(*ret_session));

	if (result != DESK_LATER && !asks_session_holds(ret_session))
		return asks_give_up(desk, -EBADMSG);
	return result;
}

enum desk_result asks_sign_in(struct desk *desk, struct desk_sign_in *question,
			      struct desk_session *ret_session)
{
	question->head.type = DESK_SIGN_IN;
	question->head.size = sizeof(*question);
	counter_add(desk->sign_ins, 1);
	return ask_session(desk, &question->head, ret_session);
}

enum desk_result asks_enrol(struct desk *desk, struct desk_enrol *question,
			    struct desk_session *ret_session)
{
	question->head.type = DESK_ENROL;
	question->head.size = sizeof(*question);
	counter_add(desk->sign_ins, 1);
	return ask_session(desk, &question->head, ret_session);
}

void asks_begin(struct letter *head, uint16_t type, size_t size,
		uint8_t *ret_token, const uint8_t *token)
{
	head->type = type;
	head->size = (uint32_t)size;
	memcpy(ret_token, token, DESK_TOKEN_SIZE);
}

enum desk_result asks_who(struct desk *desk, const uint8_t *token,
			  struct desk_session *ret_session)
{
	struct desk_ask question = { 0 };

	asks_begin(&question.head, DESK_WHO, sizeof(question), question.token,
		   token);
	return ask_session(desk, &question.head, ret_session);
}

enum desk_result asks_sign_out(struct visit *visit)
{
	struct desk_session session;
	struct desk_ask question = { 0 };

	asks_begin(&question.head, DESK_SIGN_OUT, sizeof(question),
		   question.token, visit->token);
	return ask_session(visit->desk, &question.head, &session);
}

enum desk_result asks_choose(struct visit *visit, const char *language,
			     const char *purpose)
{
	struct desk_choose question = { 0 };

	asks_begin(&question.head, DESK_CHOOSE, sizeof(question),
		   question.token, visit->token);
	snprintf(question.language, sizeof(question.language), "%s", language);
	snprintf(question.purpose, sizeof(question.purpose), "%s", purpose);
	return ask_session(visit->desk, &question.head, &visit->session);
}

enum desk_result asks_contacts(struct visit *visit,
			       struct desk_contacts *question,
			       struct desk_contact_rows *ret_rows)
{
	enum desk_result result;

	asks_begin(&question->head, DESK_CONTACTS, sizeof(*question),
		   question->token, visit->token);
	result = asks_ask(visit->desk, &question->head, NULL, &ret_rows->head,
			  DESK_CONTACT_ROWS, sizeof(*ret_rows));
	if (result == DESK_OK && !asks_rows_hold(ret_rows))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

static void about(struct desk_about *question, uint16_t type,
		  const struct visit *visit, const struct id *contact,
		  uint64_t before)
{
	asks_begin(&question->head, type, sizeof(*question), question->token,
		   visit->token);
	if (contact)
		question->contact = *contact;
	question->before = before;
}

enum desk_result asks_contact(struct visit *visit, const struct id *contact,
			      struct desk_contact_whole *ret_whole)
{
	struct desk_about question = { 0 };
	enum desk_result result;

	about(&question, DESK_CONTACT, visit, contact, 0);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_whole->head,
			  DESK_CONTACT_WHOLE, sizeof(*ret_whole));
	if (result == DESK_OK && !asks_whole_holds(ret_whole))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_readers(struct visit *visit, const struct id *contact,
			      uint64_t before,
			      struct desk_reader_rows *ret_rows)
{
	struct desk_about question = { 0 };
	enum desk_result result;

	about(&question, DESK_READERS, visit, contact, before);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_rows->head,
			  DESK_READER_ROWS, sizeof(*ret_rows));
	if (result == DESK_OK && !asks_readers_hold(ret_rows))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_words(struct visit *visit, enum desk_letter which,
			    struct desk_words *ret_words)
{
	struct desk_about question = { 0 };
	enum desk_result result;

	about(&question, (uint16_t)which, visit, NULL, 0);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_words->head,
			  DESK_WORDS, sizeof(*ret_words));
	if (result == DESK_OK && !asks_words_hold(ret_words))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_chats(struct visit *visit, struct desk_chats *question,
			    struct desk_chat_rows *ret_rows)
{
	enum desk_result result;

	asks_begin(&question->head, DESK_CHATS, sizeof(*question),
		   question->token, visit->token);
	result = asks_ask(visit->desk, &question->head, NULL, &ret_rows->head,
			  DESK_CHAT_ROWS, sizeof(*ret_rows));
	if (result == DESK_OK && !asks_chats_hold(ret_rows))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_chat(struct visit *visit, const struct id *chat,
			   struct desk_chat_whole *ret_whole)
{
	struct desk_about question = { 0 };
	enum desk_result result;

	about(&question, DESK_CHAT, visit, chat, 0);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_whole->head,
			  DESK_CHAT_WHOLE, sizeof(*ret_whole));
	if (result == DESK_OK && !asks_chat_holds(ret_whole))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

static enum desk_result ask_canned(struct visit *visit, struct letter *question,
				   struct desk_canned *ret_canned)
{
	enum desk_result result =
		asks_ask(visit->desk, question, NULL, &ret_canned->head,
			 DESK_CANNED_IS, sizeof(*ret_canned));

	if (result == DESK_OK && !asks_canned_holds(ret_canned))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_canned(struct visit *visit, const char *id, bool follows,
			     struct desk_canned *ret_canned)
{
	struct desk_canned_ask question = { .follows = follows };

	asks_begin(&question.head, DESK_CANNED, sizeof(question),
		   question.token, visit->token);
	snprintf(question.id, sizeof(question.id), "%s", id);
	return ask_canned(visit, &question.head, ret_canned);
}

enum desk_result asks_canned_put(struct visit *visit,
				 struct desk_canned_put *question,
				 struct desk_canned *ret_canned)
{
	asks_begin(&question->head, DESK_CANNED_PUT, sizeof(*question),
		   question->token, visit->token);
	return ask_canned(visit, &question->head, ret_canned);
}

enum desk_result asks_canned_drop(struct visit *visit, const char *id)
{
	struct desk_canned_ask question = { 0 };
	struct desk_canned none;

	asks_begin(&question.head, DESK_CANNED_DROP, sizeof(question),
		   question.token, visit->token);
	snprintf(question.id, sizeof(question.id), "%s", id);
	return ask_canned(visit, &question.head, &none);
}

enum desk_result asks_figures(struct visit *visit,
			      struct desk_figures *ret_figures)
{
	struct desk_ask question = { 0 };

	asks_begin(&question.head, DESK_FIGURES, sizeof(question),
		   question.token, visit->token);
	return asks_ask(visit->desk, &question.head, NULL, &ret_figures->head,
			DESK_FIGURES_ARE, sizeof(*ret_figures));
}

enum desk_result asks_oversight(struct visit *visit,
				struct desk_oversight *ret_oversight)
{
	struct desk_ask question = { 0 };
	enum desk_result result;

	asks_begin(&question.head, DESK_OVERSIGHT, sizeof(question),
		   question.token, visit->token);
	result = asks_ask(visit->desk, &question.head, NULL,
			  &ret_oversight->head, DESK_OVERSIGHT_IS,
			  sizeof(*ret_oversight));
	if (result == DESK_OK && !asks_oversight_holds(ret_oversight))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_rules(struct visit *visit, struct desk_rules *ret_rules)
{
	struct desk_ask question = { 0 };
	enum desk_result result;

	asks_begin(&question.head, DESK_RULES, sizeof(question), question.token,
		   visit->token);
	result = asks_ask(visit->desk, &question.head, NULL, &ret_rules->head,
			  DESK_RULES_ARE, sizeof(*ret_rules));
	if (result == DESK_OK && !asks_rules_hold(ret_rules))
		return asks_give_up(visit->desk, -EBADMSG);
	return result;
}

enum desk_result asks_play(struct visit *visit, struct desk_play *question,
			   struct desk_playing *ret_playing, int *ret_pipe)
{
	enum desk_result result;
	int ends[2];

	/*
	 * Only our end is non-blocking, and that is set by http/: whoever
	 * writes decides for itself how it waits.
	 */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return DESK_LATER;
	OWNED(drop_fd) int read_end = ends[0];
	OWNED(drop_fd) int write_end = ends[1];
	const struct letter_fds fds = { { write_end, -1, -1, -1 }, 1 };

	asks_begin(&question->head, DESK_PLAY, sizeof(*question),
		   question->token, visit->token);
	result =
		asks_ask(visit->desk, &question->head, &fds, &ret_playing->head,
			 DESK_PLAYING, sizeof(*ret_playing));
	if (result == DESK_OK)
		*ret_pipe = GIVE_FD(read_end);
	return result;
}

/* Small and already paid for: waiting for it holds nobody up for long. */
int asks_read_pipe(int pipe, char *out, size_t size)
{
	const nanoseconds until = clock_monotonic() + DESK_WAIT_MS * NS_PER_MS;
	size_t have = 0;

	while (have < size) {
		struct pollfd ready = { .fd = pipe, .events = POLLIN };
		nanoseconds left = until - clock_monotonic();
		ssize_t got;

		if (left <= 0 || poll(&ready, 1, (int)(left / NS_PER_MS)) <= 0)
			return -ETIMEDOUT;
		got = read(pipe, out + have, size - have);
		if (got <= 0)
			return -ENODATA;
		have += (size_t)got;
	}
	return 0;
}

enum desk_result asks_play_whole(struct visit *visit,
				 struct desk_play *question, char *out,
				 struct desk_playing *ret_playing)
{
	OWNED(drop_fd) int pipe = -1;
	enum desk_result result =
		asks_play(visit, question, ret_playing, &pipe);

	if (result != DESK_OK)
		return result;
	return asks_read_pipe(pipe, out, question->size) < 0 ? DESK_LATER
							     : DESK_OK;
}
