/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Who sits where at the room chat: pages listen on a real server, the room
 * is played at the other end of its line.
 */
#include <poll.h>
#include <sodium.h>

#include "desk/seat_parts.h"
#include "tests/unit/http_stage.h"

struct world {
	struct stage stage; /* loop, server and address; the rest unused */
	struct desk desk;
	int chat; /* our end */
};

union any {
	struct letter head;
	struct chat_seat seat;
	struct chat_desk_act act;
	struct chat_desk_say say;
	uint8_t bytes[LETTER_SIZE_MAX];
};

/* "/feed1" listens for session 1, "/say1" says something in its name. */
static void act(void *self, const struct http_request *request,
		struct http_answer *answer)
{
	struct world *world = self;
	struct http_request mine = *request;
	struct visit visit = {
		.desk = &world->desk,
		.request = &mine,
		.answer = answer,
		.language = NOTICE_EN,
	};
	struct chat_desk_say letter = { .size = 3, .text = "Hei" };

	visit.token[0] = (uint8_t)request->path.at[request->path.size - 1];
	if (request->path.at[1] == 'f')
		seats_listen(&visit);
	else
		seats_say(&visit, &letter);
}

/* A line to the room, for the one there was. */
static void join(struct world *world)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	drop_fd(&world->chat);
	world->chat = ends[0];
	seats_line(world->desk.seats, ends[1]);
}

static int set_up(void **state)
{
	const struct http_settings settings = { 0 };
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->stage.loop), 0);
	assert_int_equal(http_open(world->stage.loop,
				   stage_listen(&world->stage.address),
				   &settings, act, world, &world->stage.server),
			 0);
	world->desk.loop = world->stage.loop;
	world->desk.line = -1;
	world->desk.seats = seats_new(&world->desk);
	assert_non_null(world->desk.seats);
	world->chat = -1;
	join(world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	seats_free(world->desk.seats);
	http_close(world->stage.server);
	loop_free(world->stage.loop);
	drop_fd(&world->chat);
	free(world);
	return 0;
}

/* Wait for the room's next letter of a type; others are passed over. */
static union any next(struct world *world, uint16_t type)
{
	nanoseconds until = 0;
	union any letter;

	do {
		struct pollfd ready = { .fd = world->chat, .events = POLLIN };

		while (poll(&ready, 1, 0) > 0) {
			assert_int_equal(line_take(world->chat, &letter.head,
						   sizeof(letter), NULL),
					 0);
			if (letter.head.type == type)
				return letter;
		}
	} while (stage_turn(&world->stage, &until));
	fail_msg("no letter of type %u", type);
	return letter;
}

/* Whether the room was asked nothing; after all has been heard. */
static bool is_silent(struct world *world)
{
	struct pollfd ready = { .fd = world->chat, .events = POLLIN };

	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_turn(world->stage.loop, 1), 0);
	return poll(&ready, 1, 0) == 0;
}

static void tell(struct world *world, struct letter *letter, uint64_t tag)
{
	letter->tag = tag;
	assert_int_equal(line_post(world->chat, letter, NULL, true), 0);
}

static void seat(struct world *world, uint64_t tag, uint32_t number,
		 int32_t result)
{
	struct chat_seated letter = {
		.head = { .type = CHAT_SEATED, .size = sizeof(letter) },
		.result = result,
		.seat = number,
		.agent = "agent-1",
		.name = "Agent 1",
		.presence = CHAT_AVAILABLE,
	};

	tell(world, &letter.head, tag);
}

static void done(struct world *world, uint64_t tag)
{
	struct chat_done letter = {
		.head = { .type = CHAT_DONE, .size = sizeof(letter) },
	};

	tell(world, &letter.head, tag);
}

static void row(struct world *world, uint64_t tag, uint32_t number,
		const char *nickname)
{
	struct chat_row letter = {
		.head = { .type = CHAT_ROW, .size = sizeof(letter) },
		.seat = number,
		.phase = CHAT_WAITING,
	};

	snprintf(letter.nickname, sizeof(letter.nickname), "%s", nickname);
	tell(world, &letter.head, tag);
}

static struct client *ask(struct world *world, const char *path)
{
	struct client *client = client_new(&world->stage);

	client_words(client, "GET ");
	client_words(client, path);
	client_words(client, " HTTP/1.1\r\nHost: x\r\n\r\n");
	return client;
}

static bool hears(struct world *world, struct client *client, const char *words)
{
	return client_hears(&world->stage, client, words);
}

/* A page whose session sits at a number; what it heard until it had the
   whole board is forgotten. */
static struct client *sits(struct world *world, const char *path,
			   uint32_t number)
{
	struct client *page = ask(world, path);
	union any letter = next(world, CHAT_SEAT);

	seat(world, letter.head.tag, number, CHAT_OK);
	letter = next(world, CHAT_BOARD);
	assert_int_equal(letter.act.seat, number);
	done(world, letter.head.tag);
	assert_true(hears(world, page, "event: whole\n"));
	page->size = 0;
	return page;
}

static void all_pages_of_a_session_share_a_seat(void **state)
{
	struct world *world = *state;
	struct client *one = sits(world, "/feed1", 7), *two;
	union any board;

	two = ask(world, "/feed1");
	assert_true(hears(world, two, "event: seated\n"));
	board = next(world, CHAT_BOARD);
	row(world, board.head.tag, 7, "Kettu");
	done(world, board.head.tag);
	assert_true(hears(world, two, "event: whole\n"));
	assert_true(hears(world, two, "Kettu"));
	row(world, 0, 7, "Ilves");
	assert_true(hears(world, one, "Ilves"));
	assert_true(hears(world, two, "Ilves"));
	assert_true(is_silent(world));
	client_free(one);
	client_free(two);
}

static void each_session_hears_of_its_own_seat(void **state)
{
	struct world *world = *state;
	struct client *one = sits(world, "/feed1", 7);
	struct client *two = sits(world, "/feed2", 8);

	row(world, 0, 7, "Kettu");
	row(world, 0, 8, "Ilves");
	row(world, 0, 9, "Hirvi"); /* nobody's */
	assert_true(hears(world, one, "Kettu"));
	assert_true(hears(world, two, "Ilves"));
	assert_null(strstr(one->got, "Ilves"));
	assert_null(strstr(two->got, "Kettu"));
	assert_null(strstr(two->got, "Hirvi"));
	client_free(one);
	client_free(two);
}

static void a_new_line_seats_everybody_again(void **state)
{
	struct world *world = *state;
	struct client *page = sits(world, "/feed1", 7);
	union any letter;

	join(world);
	assert_true(hears(world, page, "event: away\n"));
	letter = next(world, CHAT_SEAT);
	assert_int_equal(letter.seat.session[0], '1');
	page->size = 0;
	seat(world, letter.head.tag, 3, CHAT_OK);
	letter = next(world, CHAT_BOARD);
	assert_int_equal(letter.act.seat, 3);
	done(world, letter.head.tag);
	assert_true(hears(world, page, "event: whole\n"));
	client_free(page);
}

static void a_seat_that_was_taken_away_is_asked_for_again(void **state)
{
	struct world *world = *state;
	struct client *page = sits(world, "/feed1", 7);

	seat(world, 0, 7, CHAT_NOT_SIGNED_IN);
	assert_true(hears(world, page, "event: away\n"));
	seat(world, next(world, CHAT_SEAT).head.tag, 9, CHAT_NOT_SIGNED_IN);
	assert_true(hears(world, page, "{\"why\":\"not-signed-in\"}"));
	assert_true(hears(world, page, "0\r\n\r\n"));
	assert_true(is_silent(world));
	client_free(page);
}

static void a_question_finds_who_asked_it(void **state)
{
	struct world *world = *state;
	struct client *page = sits(world, "/feed1", 7);
	struct client *one = ask(world, "/say1"), *two;
	struct chat_said said = {
		.head = { .type = CHAT_SAID, .size = sizeof(said) },
	};
	union any first = next(world, CHAT_DESK_SAY), second;

	assert_int_equal(first.say.seat, 7);
	two = ask(world, "/say1");
	second = next(world, CHAT_DESK_SAY);
	said.seq = 22;
	tell(world, &said.head, second.head.tag);
	assert_true(hears(world, two, "\"n\":22"));
	said.seq = 11;
	tell(world, &said.head, first.head.tag);
	assert_true(hears(world, one, "\"n\":11"));
	client_free(one);
	client_free(two);
	/* Who does not sit cannot ask; without a room nobody can. */
	one = ask(world, "/say2");
	assert_true(hears(world, one, "HTTP/1.1 503"));
	two = ask(world, "/say1");
	(void)next(world, CHAT_DESK_SAY);
	drop_fd(&world->chat);
	assert_true(hears(world, two, "HTTP/1.1 503"));
	assert_true(hears(world, page, "event: away\n"));
	client_free(one);
	client_free(two);
	client_free(page);
}

static void a_session_has_no_more_pages_than_there_are_places(void **state)
{
	struct world *world = *state;
	struct client *page[SEATS_PAGES_MAX], *more;

	page[0] = sits(world, "/feed1", 7);
	for (int i = 1; i < SEATS_PAGES_MAX; i++) {
		page[i] = ask(world, "/feed1");
		assert_true(hears(world, page[i], "event: seated\n"));
	}
	more = ask(world, "/feed1");
	assert_true(hears(world, more, "HTTP/1.1 503"));
	client_free(more);
	for (int i = 0; i < SEATS_PAGES_MAX; i++)
		client_free(page[i]);
}

static void who_leaves_gets_up_after_a_while(void **state)
{
	struct world *world = *state;
	struct seats *seats = world->desk.seats;
	struct client *page = sits(world, "/feed1", 7);
	nanoseconds until = 0;

	client_free(page);
	while (seats->seat[0].page[0].feed)
		assert_true(stage_turn(&world->stage, &until));
	assert_true(is_silent(world));
	assert_int_equal(seats->seat[0].number, 7);
	seats->seat[0].left_at -= SEATS_GRACE_S * NS_PER_S;
	assert_int_equal(next(world, CHAT_UNSEAT).act.seat, 7);
	assert_false(seat_is_taken(&seats->seat[0]));
}

/* Or the agent would be there, for the room, with no page open. */
static void a_seat_that_comes_too_late_is_given_back(void **state)
{
	const uint8_t token[DESK_TOKEN_SIZE] = { '1' };
	struct world *world = *state;
	struct client *page = ask(world, "/feed1");
	union any letter = next(world, CHAT_SEAT);

	assert_true(hears(world, page, "event: hello\n"));
	seats_leave(world->desk.seats, token);
	assert_true(hears(world, page, "event: over\n"));
	seat(world, letter.head.tag, 7, CHAT_OK);
	assert_int_equal(next(world, CHAT_UNSEAT).act.seat, 7);
	client_free(page);
}

static void a_full_line_hears_of_who_left_when_it_takes_it(void **state)
{
	const uint8_t token[DESK_TOKEN_SIZE] = { '1' };
	struct world *world = *state;
	struct client *page = sits(world, "/feed1", 7);
	struct letter filler = { .type = CHAT_BOARD, .size = sizeof(filler) };
	int count = 0;

	while (line_post(world->desk.seats->line, &filler, NULL, false) == 0)
		assert_true(++count < 100000);
	seats_leave(world->desk.seats, token);
	assert_true(hears(world, page, "event: over\n"));
	assert_int_equal(next(world, CHAT_UNSEAT).act.seat, 7);
	client_free(page);
}

static void a_room_that_gives_a_seat_twice_is_heard_no_more(void **state)
{
	struct world *world = *state;
	struct client *one = sits(world, "/feed1", 7);
	struct client *two = ask(world, "/feed2");

	seat(world, next(world, CHAT_SEAT).head.tag, 7, CHAT_OK);
	assert_true(hears(world, one, "event: away\n"));
	assert_int_equal(world->desk.seats->line, -1);
	client_free(one);
	client_free(two);
}

int main(void)
{
#define SEATS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SEATS(all_pages_of_a_session_share_a_seat),
		SEATS(each_session_hears_of_its_own_seat),
		SEATS(a_new_line_seats_everybody_again),
		SEATS(a_seat_that_was_taken_away_is_asked_for_again),
		SEATS(a_question_finds_who_asked_it),
		SEATS(a_session_has_no_more_pages_than_there_are_places),
		SEATS(who_leaves_gets_up_after_a_while),
		SEATS(a_seat_that_comes_too_late_is_given_back),
		SEATS(a_full_line_hears_of_who_left_when_it_takes_it),
		SEATS(a_room_that_gives_a_seat_twice_is_heard_no_more),
	};

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
