/* SPDX-License-Identifier: EUPL-1.2 */
/* Questions to a room that is behind. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "counter/asks.h"
#include "counter/outbox.h"

enum { MANY = 600 };

struct world {
	struct loop *loop;
	struct asks *asks;
	int far; /* chat's end */
	size_t answered, unanswered;
	uint64_t last;
	bool is_here;
};

static void news(void *self, const struct letter *letter)
{
	(void)self, (void)letter;
}

static void line(void *self, bool is_here)
{
	((struct world *)self)->is_here = is_here;
}

static const struct asks_face face = { news, line };

static void heard(void *self, uint64_t note, const struct letter *letter)
{
	struct world *world = self;

	world->answered += letter != NULL;
	world->unanswered += letter == NULL;
	world->last = note;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	int ends[2];

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->asks = asks_new(world->loop, &face, world);
	assert_non_null(world->asks);
	assert_int_equal(line_open(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	world->far = ends[1];
	assert_int_equal(asks_take_line(world->asks, ends[0]), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	asks_free(world->asks);
	loop_free(world->loop);
	drop_fd(&world->far);
	free(world);
	return 0;
}

static bool say(struct world *world, uint64_t number)
{
	struct chat_say letter = {
		.head = { .type = CHAT_SAY, .size = sizeof(letter) },
		.size = 1,
		.text = "x",
	};

	memcpy(letter.client_id, &number, sizeof(number));
	return asks_ask(world->asks, &letter.head, CHAT_SAID, heard, world,
			number) != 0;
}

/* Chat takes one and answers; whether there was one. */
static bool answer(struct world *world, uint64_t expected)
{
	struct chat_say said;
	struct chat_said yes = {
		.head = { .type = CHAT_SAID, .size = sizeof(yes) },
	};
	uint64_t number;
	int r = line_take(world->far, &said.head, sizeof(said), NULL);

	if (r == -EAGAIN)
		return false;
	assert_int_equal(r, 0);
	memcpy(&number, said.client_id, sizeof(number));
	assert_int_equal(number, expected);
	yes.head.tag = said.head.tag;
	assert_int_equal(line_post(world->far, &yes.head, NULL, false), 0);
	return true;
}

/* A line holds some tens of letters: that is no reason to send anybody away. */
static void who_asks_while_chat_is_behind_waits_in_order(void **state)
{
	struct world *world = *state;
	uint64_t asked = 0, taken = 0;

	while (asked < MANY)
		assert_true(say(world, asked++));
	assert_int_equal(world->unanswered, 0);
	for (size_t turn = 0; turn < 10000 && world->answered < MANY; turn++) {
		while (answer(world, taken))
			taken++;
		assert_int_equal(loop_turn(world->loop, 1), 0);
	}
	assert_int_equal(world->answered, MANY);
	assert_int_equal(world->last, MANY - 1);
	/* And afterwards nothing keeps the loop busy. */
	assert_true(say(world, asked));
	assert_true(answer(world, asked));
}

static void there_is_an_end_to_what_waits(void **state)
{
	struct world *world = *state;
	uint64_t asked = 0;

	while (asked < ASKS_MAX && say(world, asked))
		asked++;
	assert_true(asked >= OUTBOX_MAX);
	assert_true(asked < ASKS_MAX);
}

static void when_the_line_is_lost_all_are_told(void **state)
{
	struct world *world = *state;

	for (uint64_t i = 0; i < MANY; i++)
		assert_true(say(world, i));
	drop_fd(&world->far);
	for (size_t turn = 0; turn < 1000 && world->is_here; turn++)
		assert_int_equal(loop_turn(world->loop, 1), 0);
	assert_false(world->is_here);
	assert_int_equal(world->unanswered, MANY);
	assert_false(say(world, MANY));
}

#define WITH_WORLD(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(who_asks_while_chat_is_behind_waits_in_order),
		WITH_WORLD(there_is_an_end_to_what_waits),
		WITH_WORLD(when_the_line_is_lost_all_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
