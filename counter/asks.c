/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/asks.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/log.h"
#include "counter/outbox.h"

/* Whether a field of text ends within itself. */
#define ENDS(field) (memchr((field), '\0', sizeof(field)) != NULL)

enum { TICK_MS = 500, LETTERS_PER_TURN = 64 };

struct ask {
	uint64_t number; /* 0: free; its low bits are the place */
	uint16_t last;
	asks_heard_fn *heard;
	void *self;
	uint64_t note;
	nanoseconds due;
};

struct asks {
	struct loop *loop;
	const struct asks_face *face;
	void *self;
	int line, timer;
	uint64_t numbers;
	size_t count;
	uint16_t free[ASKS_MAX]; /* places; the first free_count of them */
	size_t free_count;
	struct ask ask[ASKS_MAX];
	struct outbox outbox;
	struct counter *asked, *failed, *losses;
};

bool asks_result_holds(int32_t result)
{
	return result >= CHAT_OK && result <= CHAT_AWAY;
}

bool asks_said_holds(const struct chat_said *said)
{
	return asks_result_holds(said->result) && said->at >= 0;
}

bool asks_hours_holds(const struct chat_hours *hours)
{
	return hours->is_open <= 1 && hours->opens_at >= 0 &&
	       hours->closes_at >= 0;
}

bool asks_opened_holds(const struct chat_opened *opened)
{
	return asks_result_holds(opened->result) && ENDS(opened->receipt);
}

bool asks_state_holds(const struct chat_state *state)
{
	if (!asks_result_holds(state->result) || !ENDS(state->agent_name) ||
	    !ENDS(state->receipt))
		return false;
	return state->result != CHAT_OK ||
	       (state->phase >= CHAT_WAITING && state->phase <= CHAT_OVER);
}

bool asks_event_holds(const struct chat_event *event)
{
	return event->seq > 0 && event->at >= 0 &&
	       event->kind >= CHAT_MESSAGE && event->kind <= CHAT_CLOSED_BY &&
	       event->side >= CHAT_SIDE_VISITOR &&
	       event->side <= CHAT_SIDE_SYSTEM && ENDS(event->name) &&
	       event->size <= CHAT_TEXT_MAX &&
	       memchr(event->text, '\0', sizeof(event->text)) ==
		       event->text + event->size;
}

bool asks_has_line(const struct asks *asks)
{
	return asks->line >= 0;
}

static struct ask *find(struct asks *asks, uint64_t number)
{
	struct ask *ask = &asks->ask[number % ASKS_MAX];

	return number && ask->number == number ? ask : NULL;
}

static void release(struct asks *asks, struct ask *ask)
{
	asks->free[asks->free_count++] = (uint16_t)(ask - asks->ask);
	*ask = (struct ask){ 0 };
}

/* No answer comes any more. The asker may ask again at once. */
static void give_up(struct asks *asks, struct ask *ask)
{
	const struct ask mine = *ask;

	release(asks, ask);
	counter_add(asks->failed, 1);
	mine.heard(mine.self, mine.note, NULL);
}

static void lose_line(struct asks *asks, int why)
{
	if (asks->line < 0)
		return;
	log_warn("chat", "the line is lost: %s", strerror(-why));
	counter_add(asks->losses, 1);
	loop_unwatch(asks->loop, asks->line);
	drop_fd(&asks->line);
	outbox_drop(&asks->outbox);
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (asks->ask[i].number)
			give_up(asks, &asks->ask[i]);
	asks->face->line(asks->self, false);
}

static int hand(struct asks *asks, const struct letter *letter)
{
	struct ask *ask;
	struct ask mine;

	if (letter->tag == 0) {
		asks->face->news(asks->self, letter);
		return 0;
	}
	ask = find(asks, letter->tag);
	if (!ask)
		return 0; /* forgotten meanwhile */
	mine = *ask;
	if (letter->type == CHAT_EVENT && ask->last == CHAT_DONE) {
		ask->due = clock_monotonic() + ASKS_WAIT_MS * NS_PER_MS;
		mine.heard(mine.self, mine.note, letter);
		return 0;
	}
	if (letter->type != ask->last)
		return -EBADMSG;
	release(asks, ask);
	mine.heard(mine.self, mine.note, letter);
	return 0;
}

static int take_opened(void *self, int end, const struct letter *letter,
		       struct letter_fds *fds)
{
	(void)end, (void)fds;
	if (letter->tag == 0 || !asks_opened_holds((const void *)letter))
		return -EBADMSG;
	return hand(self, letter);
}

static int take_said(void *self, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	const struct chat_said *said = (const void *)letter;

	(void)end, (void)fds;
	if (letter->tag == 0 || !asks_said_holds(said))
		return -EBADMSG;
	return hand(self, letter);
}

static int take_done(void *self, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	const struct chat_done *done = (const void *)letter;

	(void)end, (void)fds;
	if (!asks_result_holds(done->result))
		return -EBADMSG;
	/* Of what was told without a question. */
	return letter->tag ? hand(self, letter) : 0;
}

static int take_state(void *self, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	(void)end, (void)fds;
	if (!asks_state_holds((const void *)letter))
		return -EBADMSG;
	return hand(self, letter);
}

static int take_event(void *self, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	(void)end, (void)fds;
	if (!asks_event_holds((const void *)letter))
		return -EBADMSG;
	return hand(self, letter);
}

static int take_hours(void *self, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	(void)end, (void)fds;
	if (!asks_hours_holds((const void *)letter))
		return -EBADMSG;
	return hand(self, letter);
}

static const struct line_rule rules[] = {
	{ CHAT_OPENED, sizeof(struct chat_opened), take_opened },
	{ CHAT_SAID, sizeof(struct chat_said), take_said },
	{ CHAT_DONE, sizeof(struct chat_done), take_done },
	{ CHAT_STATE, sizeof(struct chat_state), take_state },
	{ CHAT_EVENT, sizeof(struct chat_event), take_event },
	{ CHAT_HOURS, sizeof(struct chat_hours), take_hours },
};

static void hear(void *self, int fd, uint32_t events);

/* Whether it may be spoken on is of interest while something waits. */
static int watch(struct asks *asks)
{
	return loop_watch(asks->loop, asks->line,
			  EPOLLIN | (asks->outbox.count > 0 ? EPOLLOUT : 0),
			  hear, asks);
}

static void flush(struct asks *asks)
{
	int r = outbox_flush(&asks->outbox, asks->line);

	if (r == 0)
		r = watch(asks);
	if (r < 0 && r != -EAGAIN)
		lose_line(asks, r);
}

static void hear(void *self, int fd, uint32_t events)
{
	struct asks *asks = self;

	(void)events;
	if (asks->outbox.count > 0)
		flush(asks);
	/* What is heard may end the line or bring another one. */
	for (int i = 0; i < LETTERS_PER_TURN && asks->line == fd; i++) {
		int r = line_serve(fd, rules, COUNT(rules), asks);

		if (r == -EAGAIN)
			return;
		if (r < 0) {
			lose_line(asks, r);
			return;
		}
	}
}

static void tick(void *self)
{
	struct asks *asks = self;
	nanoseconds now = clock_monotonic();

	if (asks->free_count == ASKS_MAX)
		return;
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (asks->ask[i].number && asks->ask[i].due <= now)
			give_up(asks, &asks->ask[i]);
}

struct asks *asks_new(struct loop *loop, const struct asks_face *face,
		      void *self)
{
	struct asks *asks = calloc(1, sizeof(*asks));

	if (!asks)
		return NULL;
	asks->loop = loop;
	asks->face = face;
	asks->self = self;
	asks->line = -1;
	asks->timer = loop_every(loop, TICK_MS, tick, asks);
	if (asks->timer < 0) {
		free(asks);
		return NULL;
	}
	for (size_t i = 0; i < ASKS_MAX; i++)
		asks->free[asks->free_count++] = (uint16_t)(ASKS_MAX - 1 - i);
	asks->asked = counter_new(COUNTER_TOTAL, "counter_asks_total",
				  "Questions to the room chat.");
	asks->failed = counter_new(COUNTER_TOTAL, "counter_asks_failed_total",
				   "Questions that got no answer.");
	asks->losses = counter_new(COUNTER_TOTAL, "counter_line_losses_total",
				   "How often the line to chat was lost.");
	return asks;
}

void asks_free(struct asks *asks)
{
	if (!asks)
		return;
	if (asks->line >= 0)
		loop_unwatch(asks->loop, asks->line);
	drop_fd(&asks->line);
	outbox_drop(&asks->outbox);
	loop_stop_timer(asks->loop, asks->timer);
	free(asks);
}

int asks_take_line(struct asks *asks, int end)
{
	OWNED(drop_fd) int fd = end;
	int r;

	lose_line(asks, -EPIPE);
	r = loop_watch(asks->loop, fd, EPOLLIN, hear, asks);
	if (r < 0)
		return r;
	asks->line = GIVE_FD(fd);
	asks->face->line(asks->self, true);
	return 0;
}

/* That the other end is gone the loop will see; here nobody is told. */
static int post(struct asks *asks, struct letter *letter)
{
	bool is_first = asks->outbox.count == 0;
	int r;

	if (asks->line < 0)
		return -EPIPE;
	r = outbox_post(&asks->outbox, asks->line, letter);
	if (r == 0 && is_first && asks->outbox.count > 0)
		(void)!watch(asks);
	return r;
}

uint64_t asks_ask(struct asks *asks, struct letter *question, uint16_t last,
		  asks_heard_fn *heard, void *self, uint64_t note)
{
	struct ask *ask;
	size_t place;

	counter_add(asks->asked, 1);
	if (asks->free_count == 0) {
		counter_add(asks->failed, 1);
		return 0;
	}
	place = asks->free[asks->free_count - 1];
	question->tag = ++asks->numbers * ASKS_MAX + place;
	if (post(asks, question) < 0) {
		counter_add(asks->failed, 1);
		return 0;
	}
	asks->free_count--;
	ask = &asks->ask[place];
	*ask = (struct ask){
		.number = question->tag,
		.last = last,
		.heard = heard,
		.self = self,
		.note = note,
		.due = clock_monotonic() + ASKS_WAIT_MS * NS_PER_MS,
	};
	return ask->number;
}

bool asks_tell(struct asks *asks, struct letter *letter)
{
	letter->tag = 0;
	return post(asks, letter) == 0;
}

void asks_forget(struct asks *asks, uint64_t number)
{
	struct ask *ask = find(asks, number);

	if (ask)
		release(asks, ask);
}

void asks_forget_all(struct asks *asks, const void *self)
{
	if (asks->free_count == ASKS_MAX)
		return;
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (asks->ask[i].number && asks->ask[i].self == self)
			release(asks, &asks->ask[i]);
}
