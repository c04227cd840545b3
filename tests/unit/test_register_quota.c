/* SPDX-License-Identifier: EUPL-1.2 */
/* How many different recordings one person may open in a day. */
#include "register_world.h"

static enum desk_result play(struct world *world,
			     const struct desk_session *session,
			     const struct id *call)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
		.purpose = "laatu",
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, session->token, sizeof(ask.token));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &playing,
				   sizeof(playing)),
			 0);
	letter_fds_drop(&fds);
	(void)close(ends[0]);
	return (enum desk_result)playing.result;
}

static void a_day_has_so_many_recordings_for_one_person(void **state)
{
	struct world *world = *state;
	struct desk_session one =
		world_session(world, "one", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session two =
		world_session(world, "two", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording[4];

	assert_int_equal(world->books->choice.reads_a_day, 100);
	world->books->choice.reads_a_day = 3;
	for (uint64_t i = 0; i < COUNT(recording); i++)
		recording[i] = world_recorded(world, i + 1, "a1");
	for (int i = 0; i < 3; i++)
		assert_int_equal(play(world, &one, &recording[i].call),
				 DESK_OK);
	assert_int_equal(play(world, &one, &recording[3].call), DESK_QUOTA);
	/* What was opened today stays open; others have their own count. */
	assert_int_equal(play(world, &one, &recording[0].call), DESK_OK);
	assert_int_equal(play(world, &two, &recording[3].call), DESK_OK);
	/* An hour later it is the same day; tomorrow is another. */
	world->books->clock.fixed += 3600 * NS_PER_S;
	assert_int_equal(play(world, &one, &recording[3].call), DESK_QUOTA);
	world->books->clock.fixed += WORLD_DAY;
	assert_int_equal(play(world, &one, &recording[3].call), DESK_OK);
	world_settle(world);
	assert_int_equal(world_entries(world, "\"reason\":\"quota\""), 1);
	assert_int_equal(world_entries(world, "content.read"), 6);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_day_has_so_many_recordings_for_one_person),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
