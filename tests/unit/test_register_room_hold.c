/* SPDX-License-Identifier: EUPL-1.2 */
/* A hold while register and vault are killed. Started with the paths of
 * both programs and of the policy. */
#include "register_pair.h"

static struct door_hold ask_hold(struct pair *pair, uint16_t type,
				 const struct id *contact,
				 const struct id *hold, uint32_t kind)
{
	int64_t now = clock_seconds(&clock_system);
	struct door_hold ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.kind = kind,
		.review_at = now + 86400,
		.expires_at = kind == 3 ? 0 : now + 40 * 86400,
		.reference = "K-2026/17",
	}, answer;

	if (contact)
		ask.contact = *contact;
	if (hold)
		ask.hold = *hold;
	ASK(pair->door, ask, answer, type);
	assert_int_equal(answer.result, 0);
	return answer;
}

/* How many holds there are, and whether all are sealed to their pairs. */
static bool all_are_kept(struct pair *pair, uint32_t count)
{
	struct door_list ask = {
		.head = { .type = DOOR_HOLDS, .size = sizeof(ask) },
	};
	struct door_hold_rows rows;

	ASK(pair->door, ask, rows, DOOR_HOLD_ROWS);
	assert_int_equal(rows.count, count);
	for (uint32_t i = 0; i < rows.count; i++)
		if (!rows.row[i].is_kept)
			return false;
	return true;
}

static void restart_register(struct pair *pair)
{
	assert_int_equal(kill(pair->pid, SIGKILL), 0);
	assert_int_equal(end_of(pair), 128 + SIGKILL);
	start(pair);
}

static void restart_vault(struct pair *pair)
{
	assert_int_equal(vault_room_kill(&pair->vault), 128 + SIGKILL);
	assert_int_equal(vault_room_start(&pair->vault, vault_program,
					  VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	give_vault(pair);
}

static void wait_a_little(int ms)
{
	const struct timespec time = { 0, ms * 1000000L };

	(void)nanosleep(&time, NULL);
}

/*
 * Either is killed at moments that grow by some milliseconds from the answer
 * on, so all through the steps that follow it. Each time all is finished by
 * whoever starts anew, and the held call is heard or not as it should be.
 */
static void killed_at_any_step_a_hold_is_finished(void **state)
{
	enum { ROUNDS = 12, STEP_MS = 5, TURNS = 900 };
	struct pair *pair = *state;
	struct register_contact one = contact(pair, 1), two = contact(pair, 2);
	struct register_recording held = record(pair, &one);
	struct register_recording other = record(pair, &two);
	struct desk_session who = session(pair, "sup");
	int from;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t kind = round % 2 ? 3 : 2;
		struct door_hold hold = ask_hold(pair, DOOR_HOLD_PLACE,
						 &one.contact, NULL, kind);
		int turns = 0;

		wait_a_little(round * STEP_MS);
		if (round % 4 < 2)
			restart_register(pair);
		else
			restart_vault(pair);
		/* It takes itself up within some seconds of its start. */
		while (!all_are_kept(pair, 1) && turns++ < TURNS)
			wait_a_little(100);
		assert_true(all_are_kept(pair, 1));
		assert_int_equal(play(pair, &who, &held.call, 1, 0, 0, &from),
				 kind == 3 ? DESK_RESTRICTED : DESK_OK);
		assert_heard(from, 0, kind == 3 ? 0 : SOUND_SIZE);
		assert_int_equal(play(pair, &who, &other.call, 1, 0, 0, &from),
				 DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);

		(void)ask_hold(pair, DOOR_HOLD_LIFT, NULL, &hold.hold, kind);
		wait_a_little(round * STEP_MS);
		if (round % 4 < 2)
			restart_vault(pair);
		else
			restart_register(pair);
		for (turns = 0; turns < TURNS; turns++) {
			int32_t result =
				play(pair, &who, &held.call, 1, 0, 0, &from);

			assert_heard(from, 0,
				     result == DESK_OK ? SOUND_SIZE : 0);
			if (result == DESK_OK)
				break;
			wait_a_little(100);
		}
		assert_true(turns < TURNS);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clear)
		TEST(killed_at_any_step_a_hold_is_finished),
#undef TEST
	};

	if (argc < 4)
		return 2;
	program = argv[1];
	vault_program = argv[2];
	policy_path = argv[3];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
