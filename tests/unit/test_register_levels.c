/* SPDX-License-Identifier: EUPL-1.2 */
/* Figures of the level of service: which months, who may, what is hidden. */
#include "register_world.h"

static struct desk_levels_are ask_for(struct world *world,
				      const struct desk_session *session,
				      uint32_t month, const char *unit)
{
	struct desk_levels ask = {
		.head = { .type = DESK_LEVELS, .size = sizeof(ask) },
		.month = month,
		.channel = REGISTER_CHANNEL_CALL,
	};
	struct desk_levels_are answer;

	snprintf(ask.unit, sizeof(ask.unit), "%s", unit);
	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

/* So many calls on that day of October, at that hour of Helsinki. */
static void call(struct world *world, uint64_t *number, int day, int hour,
		 int calls)
{
	/* 2026-10-01T00:00 in Helsinki */
	const nanoseconds month = 1790802000 * NS_PER_S;

	for (int i = 0; i < calls; i++) {
		struct register_contact contact = world_contact(++*number);

		contact.started_at = month + (day - 1) * WORLD_DAY +
				     hour * 3600 * NS_PER_S + i * NS_PER_S;
		contact.answered_at = contact.started_at + 5 * NS_PER_S;
		contact.ended_at = contact.answered_at + 120 * NS_PER_S;
		contact.state = REGISTER_STATE_ENDED;
		contact.audio_end.date = 20270401;
		contact.contact_end.date = 20271001;
		assert_int_equal(world_note(world, &contact), 0);
	}
}

static void a_month_is_told_by_day_and_by_hour(void **state)
{
	struct world *world = *state;
	struct desk_session quality =
		world_session(world, "q", NOTICE_ROLE_QUALITY, "");
	struct desk_levels_are levels;
	uint64_t number = 0;

	call(world, &number, 1, 9, 30);
	call(world, &number, 2, 9, 12);
	call(world, &number, 3, 10, 4);
	call(world, &number, 4, 9, 14);
	levels = ask_for(world, &quality, 0, "");
	assert_int_equal(levels.result, DESK_OK);
	assert_int_equal(levels.k, 10);
	assert_int_equal(levels.month, 202610);
	assert_int_equal(levels.last, 202610);
	assert_int_equal(levels.unit_count, 1);
	assert_string_equal(levels.row[0].id, "+358295550100");
	assert_int_equal(levels.row[0].is.count, 60);
	assert_int_equal(levels.row[0].is.mean_s, 120);
	levels = ask_for(world, &quality, 202610, "+358295550100");
	assert_int_equal(levels.days, 31);
	assert_int_equal(levels.total.count, 60);
	assert_int_equal(levels.day[0].count, 30);
	assert_int_equal(levels.day[3].count, 14);
	/* The third has four calls, and the second is its company. */
	assert_int_equal(levels.day[2].is_shown, 0);
	assert_int_equal(levels.day[1].is_shown, 0);
	assert_int_equal(levels.day[2].count + levels.day[1].count, 0);
	assert_int_equal(levels.day[30].is_shown, 1);
	/* Of two hours, one small: neither. */
	assert_int_equal(levels.hour[9].is_shown, 0);
	assert_int_equal(levels.hour[10].is_shown, 0);
	assert_int_equal(levels.hour[11].is_shown, 1);
	/* Sixty calls were written down first. */
	for (int i = 0; i < 5; i++)
		world_settle(world);
	assert_int_equal(world_entries(world, "levels.viewed"), 2);
}

/* What still grows, or already shrinks, would tell who looks twice. */
static void only_whole_months_that_stand_still_are_told(void **state)
{
	struct world *world = *state;
	struct desk_session quality =
		world_session(world, "q", NOTICE_ROLE_QUALITY, "");
	struct desk_levels_are levels;

	levels = ask_for(world, &quality, 0, "");
	assert_int_equal(levels.last, 202610);
	/* 23 November: of November a year ago the first days are gone. */
	assert_int_equal(levels.first, 202512);
	assert_int_equal(ask_for(world, &quality, 202611, "").result,
			 DESK_INVALID);
	assert_int_equal(ask_for(world, &quality, 202511, "").result,
			 DESK_INVALID);
	assert_int_equal(ask_for(world, &quality, 202613, "").result,
			 DESK_INVALID);
}

static void what_is_restricted_is_not_counted(void **state)
{
	struct world *world = *state;
	struct desk_session quality =
		world_session(world, "q", NOTICE_ROLE_QUALITY, "");
	uint64_t number = 0;

	call(world, &number, 1, 9, 10);
	assert_int_equal(ask_for(world, &quality, 0, "").row[0].is.is_shown, 1);
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) SELECT id, id, 3, 0, 0"
				" FROM contact WHERE number = 1"),
			 1);
	assert_int_equal(ask_for(world, &quality, 0, "").row[0].is.is_shown, 0);
}

static void only_who_was_granted_figures_has_them(void **state)
{
	static const struct {
		uint32_t role;
		enum desk_result result;
	} rows[] = {
		{ NOTICE_ROLE_QUALITY, DESK_OK },
		{ NOTICE_ROLE_SUPERVISOR, DESK_OK },
		{ NOTICE_ROLE_AGENT, DESK_FORBIDDEN },
		{ NOTICE_ROLE_DPO, DESK_FORBIDDEN },
		{ NOTICE_ROLE_ADMIN, DESK_FORBIDDEN },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char user[8] = "u0";
		struct desk_session session;

		user[1] = (char)('0' + i);
		session = world_session(world, user, rows[i].role, "");
		assert_int_equal(ask_for(world, &session, 0, "").result,
				 rows[i].result);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_month_is_told_by_day_and_by_hour),
		TEST(only_whole_months_that_stand_still_are_told),
		TEST(what_is_restricted_is_not_counted),
		TEST(only_who_was_granted_figures_has_them),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
