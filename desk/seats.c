/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Who sits, and which pages listen. A seat's life:
 *
 *	first page ──► asked ──► sitting ──► last page left ──► got up
 *	                 ▲          │ line or room gone
 *	                 └──────────┘
 */
#include "desk/seats.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/seat_parts.h"

enum { TICK_MS = 1000 };

bool seat_is_taken(const struct seat *seat)
{
	return !bytes_are_zero(seat->token, DESK_TOKEN_SIZE);
}

struct seat *seat_of(struct seats *seats, uint32_t number)
{
	if (number == 0)
		return NULL;
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (seats->seat[i].number == number)
			return &seats->seat[i];
	return NULL;
}

struct seat *seat_by_token(struct seats *seats, const uint8_t *token)
{
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (bytes_are(seats->seat[i].token, token, DESK_TOKEN_SIZE))
			return &seats->seat[i];
	return NULL;
}

static size_t page_count(const struct seat *seat)
{
	size_t count = 0;

	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		count += seat->page[i].feed != NULL;
	return count;
}

static void gauge(struct seats *seats)
{
	uint64_t sitting = 0, listening = 0;

	for (size_t i = 0; i < CHAT_SEATS_MAX; i++) {
		sitting += seats->seat[i].number != 0;
		listening += page_count(&seats->seat[i]);
	}
	counter_set(seats->sitting, sitting);
	counter_set(seats->listening, listening);
}

static void tell_page(struct seat_page *page, const struct text *words)
{
	/* One too slow is ended from the loop and comes back by itself. */
	if (page->feed && !words->failed)
		(void)!http_feed_send(
			page->feed,
			(struct slice){ words->bytes, words->size });
}

static void say_to_page(struct seat_page *page, const char *literal)
{
	struct text words = TEXT_NEW;

	text_say(&words, literal);
	tell_page(page, &words);
	text_drop(&words);
}

void seat_tell(struct seat *seat, const struct text *words)
{
	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		tell_page(&seat->page[i], words);
}

static void say_to(struct seat *seat, const char *literal)
{
	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		say_to_page(&seat->page[i], literal);
}

static void sit_down(struct seat *seat)
{
	struct chat_seat letter = { .head = { .type = CHAT_SEAT,
					      .size = sizeof(letter) } };

	memcpy(letter.session, seat->token, sizeof(letter.session));
	seat->is_asked = seat_post(seat, SEAT_SIT, &letter.head) != NULL;
	seat->again_at = clock_monotonic() + SEATS_AGAIN_S * NS_PER_S;
	sodium_memzero(&letter, sizeof(letter));
}

void seat_ask_board(struct seat *seat)
{
	struct chat_desk_act letter = { .head = { .type = CHAT_BOARD,
						  .size = sizeof(letter) },
					.seat = seat->number };
	bool is_due = false;

	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		is_due |= seat->page[i].feed &&
			  seat->page[i].board == SEAT_BOARD_DUE;
	if (!is_due || seat->is_board_asked || seat->number == 0)
		return;
	/* If it cannot be asked now, the next tick asks. */
	seat->is_board_asked =
		seat_post(seat, SEAT_BOARD, &letter.head) != NULL;
	for (size_t i = 0; seat->is_board_asked && i < SEATS_PAGES_MAX; i++) {
		struct seat_page *page = &seat->page[i];

		if (!page->feed || page->board != SEAT_BOARD_DUE)
			continue;
		page->board = SEAT_BOARD_BEGUN;
		say_to_page(page, "event: board\ndata: {}\n\n");
	}
}

void seat_board_again(struct seat *seat)
{
	seat->is_board_asked = false;
	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		if (seat->page[i].board == SEAT_BOARD_BEGUN)
			seat->page[i].board = SEAT_BOARD_DUE;
}

void seat_board_told(struct seat *seat, bool is_whole)
{
	seat->is_board_asked = false;
	for (size_t i = 0; is_whole && i < SEATS_PAGES_MAX; i++) {
		struct seat_page *page = &seat->page[i];

		if (!page->feed || page->board != SEAT_BOARD_BEGUN)
			continue;
		page->board = SEAT_BOARD_WHOLE;
		say_to_page(page, "event: whole\ndata: {}\n\n");
	}
	if (!is_whole)
		seat_lost(seat);
	seat_ask_board(seat);
}

static void tell_seated(struct seat *seat, const struct chat_seated *seated)
{
	struct text words = TEXT_NEW;

	text_say(&words, "event: seated\ndata: ");
	seat_json_seated(&words, seated);
	text_say(&words, "\n\n");
	seat_tell(seat, &words);
	text_drop(&words);
}

void seat_given(struct seat *seat, const struct chat_seated *seated)
{
	switch (seated->result) {
	case CHAT_OK:
		break;
	case CHAT_NOT_SIGNED_IN:
		seat_end(seat, "not-signed-in");
		return;
	case CHAT_FORBIDDEN:
		seat_end(seat, "forbidden");
		return;
	default:
		return; /* the tick asks again */
	}
	seat->number = seated->seat;
	seat->seated = *seated;
	/* Whoever had it before is known to have left. */
	seat->seats->is_leaving[seat->number - 1] = false;
	tell_seated(seat, seated);
	seat_ask_board(seat);
	gauge(seat->seats);
}

void seat_lost(struct seat *seat)
{
	seat->number = 0;
	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		seat->page[i].board = SEAT_BOARD_DUE;
	say_to(seat, "event: away\ndata: {}\n\n");
	gauge(seat->seats);
}

void seat_give_back(struct seats *seats, uint32_t number)
{
	struct chat_desk_act letter = { .head = { .type = CHAT_UNSEAT,
						  .size = sizeof(letter) },
					.seat = number };

	/* A line that is gone has taken its seats along. */
	if (number != 0 && seats->line >= 0)
		seats->is_leaving[number - 1] =
			line_post(seats->line, &letter.head, NULL, false) ==
			-EAGAIN;
}

/* What the line did not take is said again. */
static void give_back_again(struct seats *seats)
{
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (seats->is_leaving[i])
			seat_give_back(seats, i + 1);
}

void seat_end(struct seat *seat, const char *why)
{
	struct text words = TEXT_NEW;

	text_say(&words, "event: over\ndata: {\"why\":");
	text_json(&words, why);
	text_say(&words, "}\n\n");
	seat_tell(seat, &words);
	text_drop(&words);
	seat_forget_asks(seat);
	for (size_t i = 0; i < SEATS_PAGES_MAX; i++) {
		if (seat->page[i].feed)
			http_feed_end(seat->page[i].feed);
		seat->page[i].feed = NULL;
	}
	seat_give_back(seat->seats, seat->number);
	seat->number = 0;
	sodium_memzero(seat->token, DESK_TOKEN_SIZE);
	gauge(seat->seats);
}

void seats_leave(struct seats *seats, const uint8_t token[DESK_TOKEN_SIZE])
{
	struct seat *seat = seat_by_token(seats, token);

	if (seat && !bytes_are_zero(token, DESK_TOKEN_SIZE))
		seat_end(seat, "not-signed-in");
}

static void line_is_gone(struct seats *seats)
{
	loop_unwatch(seats->desk->loop, seats->line);
	drop_fd(&seats->line);
	memset(seats->is_leaving, 0, sizeof(seats->is_leaving));
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (seats->seat[i].number != 0)
			seat_lost(&seats->seat[i]);
	seat_line_gone(seats);
}

static void heard(void *self, int fd, uint32_t events)
{
	struct seats *seats = self;

	(void)fd, (void)events;
	if (!seat_take(seats))
		line_is_gone(seats);
}

void seats_line(struct seats *seats, int end)
{
	if (seats->line >= 0)
		line_is_gone(seats);
	seats->line = end;
	if (loop_watch(seats->desk->loop, end, EPOLLIN, heard, seats) < 0) {
		drop_fd(&seats->line);
		return;
	}
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (seat_is_taken(&seats->seat[i]))
			sit_down(&seats->seat[i]);
}

/* The register is asked again whose session it is: it may have ended, and a
   page that only listens would never hear of it. One at each tick. */
static void look_at_one(struct seats *seats, nanoseconds now)
{
	struct seat *oldest = NULL;
	struct desk_session session;

	for (size_t i = 0; i < CHAT_SEATS_MAX; i++) {
		struct seat *seat = &seats->seat[i];

		if (seat_is_taken(seat) &&
		    (!oldest || seat->looked_at < oldest->looked_at))
			oldest = seat;
	}
	if (!oldest || now - oldest->looked_at < SEATS_LOOK_S * NS_PER_S)
		return;
	oldest->looked_at = now;
	if (asks_who(seats->desk, oldest->token, &session) ==
	    DESK_NOT_SIGNED_IN)
		seat_end(oldest, "not-signed-in");
	sodium_memzero(&session, sizeof(session));
}

static void tick(void *self)
{
	struct seats *seats = self;
	nanoseconds now = clock_monotonic();
	bool ping = now - seats->pinged_at >= SEATS_PING_S * NS_PER_S;

	if (ping)
		seats->pinged_at = now;
	seat_overdue(seats, now);
	give_back_again(seats);
	look_at_one(seats, now);
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++) {
		struct seat *seat = &seats->seat[i];

		if (!seat_is_taken(seat))
			continue;
		if (page_count(seat) == 0 &&
		    now - seat->left_at >= SEATS_GRACE_S * NS_PER_S) {
			seat_end(seat, "left");
			continue;
		}
		if (ping)
			say_to(seat, "event: ping\ndata: {}\n\n");
		if (seat->number == 0 && !seat->is_asked &&
		    seat->again_at <= now && seats->line >= 0)
			sit_down(seat);
		seat_ask_board(seat);
	}
}

static void gone(void *self, struct http_feed *feed)
{
	struct seat_page *page = self;

	if (page->feed != feed)
		return;
	page->feed = NULL;
	page->seat->left_at = clock_monotonic();
	gauge(page->seat->seats);
}

static struct seat *take_seat(struct seats *seats, const uint8_t *token)
{
	struct seat *seat = seat_by_token(seats, token);

	if (seat)
		return seat;
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++) {
		seat = &seats->seat[i];
		if (seat_is_taken(seat))
			continue;
		memcpy(seat->token, token, DESK_TOKEN_SIZE);
		seat->number = 0;
		seat->is_asked = false;
		seat->looked_at = seat->left_at = clock_monotonic();
		if (seats->line >= 0)
			sit_down(seat);
		return seat;
	}
	return NULL;
}

static struct seat_page *free_page(struct seat *seat)
{
	for (size_t i = 0; i < SEATS_PAGES_MAX; i++)
		if (!seat->page[i].feed)
			return &seat->page[i];
	return NULL;
}

/* What a page hears first: the time here, and where things stand. */
static void greet(struct seat_page *page)
{
	struct seat *seat = page->seat;
	struct text words = TEXT_NEW;

	text_format(&words, "retry: 2000\nevent: hello\ndata: {\"now\":%lld}",
		    (long long)(clock_now(&clock_system) / NS_PER_MS));
	text_say(&words, "\n\n");
	if (seat->number == 0) {
		text_say(&words, "event: away\ndata: {}\n\n");
	} else {
		text_say(&words, "event: seated\ndata: ");
		seat_json_seated(&words, &seat->seated);
		text_say(&words, "\n\n");
	}
	tell_page(page, &words);
	text_drop(&words);
	page->board = SEAT_BOARD_DUE;
	seat_ask_board(seat);
}

void seats_listen(struct visit *visit)
{
	struct seats *seats = visit->desk->seats;
	struct seat *seat = take_seat(seats, visit->token);
	struct seat_page *page = seat ? free_page(seat) : NULL;

	if (!page) {
		counter_add(seats->refused, 1);
		error_show(visit, PROBLEM_chat_full);
		return;
	}
	visit->answer->type = "text/event-stream";
	if (http_feed_open(visit->request, visit->answer, gone, page,
			   &page->feed) < 0) {
		page->feed = NULL;
		error_show(visit, PROBLEM_chat_later);
		return;
	}
	greet(page);
	gauge(seats);
}

static void count(struct seats *seats)
{
	seats->sitting = counter_new(COUNTER_GAUGE, "desk_chat_seats",
				     "Sessions that sit at the chat desk.");
	seats->listening = counter_new(COUNTER_GAUGE, "desk_chat_pages",
				       "Pages of the chat desk that listen.");
	seats->asked = counter_new(COUNTER_TOTAL, "desk_chat_asks_total",
				   "Questions to the room chat.");
	seats->unanswered =
		counter_new(COUNTER_TOTAL, "desk_chat_asks_failed_total",
			    "Questions to the room chat without an answer.");
	seats->refused = counter_new(
		COUNTER_TOTAL, "desk_chat_refused_total",
		"Refused: too many pages or questions, or the room is away.");
}

struct seats *seats_new(struct desk *desk)
{
	struct seats *seats = calloc(1, sizeof(*seats));

	if (!seats)
		return NULL;
	seats->desk = desk;
	seats->line = -1;
	seats->tokens = sodium_allocarray(CHAT_SEATS_MAX, DESK_TOKEN_SIZE);
	seats->timer = loop_every(desk->loop, TICK_MS, tick, seats);
	if (!seats->tokens || seats->timer < 0) {
		seats_free(seats);
		return NULL;
	}
	sodium_memzero(seats->tokens, (size_t)CHAT_SEATS_MAX * DESK_TOKEN_SIZE);
	for (size_t i = 0; i < CHAT_SEATS_MAX; i++) {
		struct seat *seat = &seats->seat[i];

		seat->seats = seats;
		seat->token = seats->tokens[i];
		for (size_t p = 0; p < SEATS_PAGES_MAX; p++)
			seat->page[p].seat = seat;
	}
	count(seats);
	return seats;
}

void seats_free(struct seats *seats)
{
	if (!seats)
		return;
	for (size_t i = 0; seats->seat[0].token && i < CHAT_SEATS_MAX; i++)
		if (seat_is_taken(&seats->seat[i]))
			seat_end(&seats->seat[i], "restart");
	loop_stop_timer(seats->desk->loop, seats->timer);
	if (seats->line >= 0)
		loop_unwatch(seats->desk->loop, seats->line);
	drop_fd(&seats->line);
	sodium_free(seats->tokens);
	free(seats);
}
