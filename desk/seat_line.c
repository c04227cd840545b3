/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The line to the room chat: questions out, answers and news in. An answer
 * finds its question by the tag; what comes with tag 0 is news of a seat.
 *
 * The room chat is trusted with conversations, not with this process: what
 * it says is looked through, and a letter that does not hold ends the line.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "desk/seat_parts.h"

static struct seat_ask *find(struct seats *seats, uint64_t tag)
{
	if (tag == 0)
		return NULL;
	for (size_t i = 0; i < SEATS_ASKS_MAX; i++)
		if (seats->ask[i].tag == tag)
			return &seats->ask[i];
	return NULL;
}

static struct seat_ask *find_free(struct seats *seats)
{
	for (size_t i = 0; i < SEATS_ASKS_MAX; i++)
		if (seats->ask[i].tag == 0)
			return &seats->ask[i];
	return NULL;
}

static void forget(struct seat_ask *ask)
{
	text_drop(&ask->events);
	*ask = (struct seat_ask){ 0 };
}

struct seat_ask *seat_post(struct seat *seat, enum seat_kind kind,
			   struct letter *letter)
{
	struct seats *seats = seat->seats;
	struct seat_ask *ask = find_free(seats);

	if (!ask || seats->line < 0) {
		counter_add(seats->refused, 1);
		return NULL;
	}
	letter->tag = ++seats->next_tag;
	if (line_post(seats->line, letter, NULL, false) < 0) {
		/* Full or gone; the loop hears of its end by itself. */
		counter_add(seats->refused, 1);
		return NULL;
	}
	*ask = (struct seat_ask){
		.tag = letter->tag,
		.kind = kind,
		.until = clock_monotonic() + SEATS_ASK_MS * NS_PER_MS,
		.seat = seat,
	};
	counter_add(seats->asked, 1);
	return ask;
}

/* Whoever waits hears that it did not work out, and may try again. */
static void give_up(struct seat_ask *ask)
{
	struct http_answer answer = HTTP_ANSWER_NEW;

	counter_add(ask->seat->seats->unanswered, 1);
	if (ask->kind == SEAT_SIT)
		ask->seat->is_asked = false;
	if (ask->kind == SEAT_BOARD)
		seat_board_again(ask->seat);
	if (ask->held) {
		seat_answer_result(&answer, CHAT_LATER, 0, ask->language);
		http_answer_held(ask->held, &answer);
	}
	forget(ask);
}

void seat_line_gone(struct seats *seats)
{
	for (size_t i = 0; i < SEATS_ASKS_MAX; i++)
		if (seats->ask[i].tag != 0)
			give_up(&seats->ask[i]);
}

void seat_overdue(struct seats *seats, nanoseconds now)
{
	for (size_t i = 0; i < SEATS_ASKS_MAX; i++)
		if (seats->ask[i].tag != 0 && seats->ask[i].until <= now)
			give_up(&seats->ask[i]);
}

void seat_forget_asks(const struct seat *seat)
{
	struct seats *seats = seat->seats;

	for (size_t i = 0; i < SEATS_ASKS_MAX; i++)
		if (seats->ask[i].tag != 0 && seats->ask[i].seat == seat)
			give_up(&seats->ask[i]);
}

static int take_seated(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct chat_seated *seated = (const void *)head;
	struct seats *seats = self;
	struct seat_ask *ask = find(seats, head->tag);
	struct seat *seat;

	(void)end, (void)fds;
	if (!seat_seated_holds(seated) || (ask && ask->kind != SEAT_SIT) ||
	    (ask && seated->result == CHAT_OK && seat_of(seats, seated->seat)))
		return -EBADMSG;
	if (ask) {
		seat = ask->seat;
		forget(ask);
		seat->is_asked = false;
		seat_given(seat, seated);
		return 0;
	}
	seat = seat_of(seats, seated->seat);
	if (head->tag == 0 && seat)
		seat_lost(seat);
	/* Who asked for it has left, or asked again meanwhile. */
	if (head->tag != 0 && seated->result == CHAT_OK && !seat)
		seat_give_back(seats, seated->seat);
	return 0;
}

/* Answer who waits. A seat that the room chat does not know is no seat. */
static void finish(struct seat_ask *ask, struct http_answer *answer,
		   int32_t result)
{
	struct seat *seat = ask->seat;

	http_answer_held(ask->held, answer);
	forget(ask);
	if (result == CHAT_NOT_SIGNED_IN)
		seat_lost(seat);
}

static int take_said(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct chat_said *said = (const void *)head;
	struct seat_ask *ask = find(self, head->tag);
	struct http_answer answer = HTTP_ANSWER_NEW;

	(void)end, (void)fds;
	if (ask && ask->kind != SEAT_HELD)
		return -EBADMSG;
	if (!ask)
		return 0; /* too late */
	seat_answer_said(&answer, said, ask->language);
	finish(ask, &answer, said->result);
	return 0;
}

static void answer_fetched(struct http_answer *answer,
			   const struct seat_ask *ask,
			   const struct chat_done *done)
{
	struct slice events = { ask->events.bytes, ask->events.size };

	if (done->result != CHAT_OK) {
		seat_answer_result(answer, done->result, 0, ask->language);
		return;
	}
	answer->type = "application/json";
	text_say(&answer->body, "{\"events\":[");
	text_add(&answer->body, events);
	text_say(&answer->body, ask->count == SEATS_FETCH_MAX
					? "],\"more\":true}\n"
					: "],\"more\":false}\n");
	answer->body.failed |= ask->events.failed;
}

static int take_done(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct chat_done *done = (const void *)head;
	struct seat_ask *ask = find(self, head->tag);
	struct http_answer answer = HTTP_ANSWER_NEW;
	struct seat *seat;

	(void)end, (void)fds;
	if (ask && ask->kind == SEAT_SIT)
		return -EBADMSG;
	if (!ask)
		return 0;
	if (ask->kind == SEAT_BOARD) {
		seat = ask->seat;
		forget(ask);
		seat_board_told(seat, done->result == CHAT_OK);
		return 0;
	}
	if (ask->kind == SEAT_FETCH)
		answer_fetched(&answer, ask, done);
	else
		seat_answer_done(&answer, done, ask->language);
	finish(ask, &answer, done->result);
	return 0;
}

static int take_event(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct chat_event *event = (const void *)head;
	struct seat_ask *ask = find(self, head->tag);

	(void)end, (void)fds;
	if (!seat_event_holds(event) || (ask && ask->kind != SEAT_FETCH) ||
	    (ask && ask->count == SEATS_FETCH_MAX))
		return -EBADMSG;
	if (!ask)
		return 0; /* pages fetch what rows tell of */
	if (ask->count++ > 0)
		text_say(&ask->events, ",");
	seat_json_event(&ask->events, event);
	return 0;
}

/* To all pages of a seat. Those that have the whole board already take what
   is told with it as news: it may be. */
static int news(struct seats *seats, const struct letter *head, uint32_t number,
		struct text *words)
{
	const struct seat_ask *ask = find(seats, head->tag);
	struct seat *seat = seat_of(seats, number);
	bool is_wrong = ask && (ask->kind != SEAT_BOARD || ask->seat != seat);

	text_say(words, "\n\n");
	if (seat && !is_wrong)
		seat_tell(seat, words);
	text_drop(words);
	return is_wrong ? -EBADMSG : 0;
}

static int take_row(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_row *row = (const void *)head;
	struct text words = TEXT_NEW;

	(void)end, (void)fds;
	if (!seat_row_holds(row))
		return -EBADMSG;
	text_say(&words, "event: row\ndata: ");
	seat_json_row(&words, row);
	return news(self, head, row->seat, &words);
}

static int take_colleague(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct chat_colleague *colleague = (const void *)head;
	struct text words = TEXT_NEW;

	(void)end, (void)fds;
	if (!seat_colleague_holds(colleague))
		return -EBADMSG;
	text_say(&words, "event: colleague\ndata: ");
	seat_json_colleague(&words, colleague);
	return news(self, head, colleague->seat, &words);
}

static const struct line_rule rules[] = {
	{ CHAT_SEATED, sizeof(struct chat_seated), take_seated },
	{ CHAT_SAID, sizeof(struct chat_said), take_said },
	{ CHAT_DONE, sizeof(struct chat_done), take_done },
	{ CHAT_EVENT, sizeof(struct chat_event), take_event },
	{ CHAT_ROW, sizeof(struct chat_row), take_row },
	{ CHAT_COLLEAGUE, sizeof(struct chat_colleague), take_colleague },
};

bool seat_take(struct seats *seats)
{
	enum { LETTERS_A_TURN = 64 };
	int r = 0;

	/* Browsers are served in between. */
	for (int i = 0; r == 0 && i < LETTERS_A_TURN; i++)
		r = line_serve(seats->line, rules, COUNT(rules), seats);
	if (r == 0 || r == -EAGAIN)
		return true;
	log_warn("chat", "the line has ended: %s", strerror(-r));
	return false;
}
