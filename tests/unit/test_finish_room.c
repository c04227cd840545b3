/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The room itself, as the house would run it, in both its jails: a call in,
 * three sealed objects out, and what a crash left behind.
 *
 * Started with the path of tallenne-finish.
 */
#include "finish_house.h"

static void a_call_becomes_three_sealed_objects(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	make_call(&world, true);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	assert_int_equal(recording.flags, 0);
	assert_int_equal(recording.duration_ms, 2000);
	assert_int_equal(recording.began_at, SYN_ZERO);
	for (int i = 0; i < 3; i++) {
		char magic[8];

		assert_int_equal(file_read_at(fds.fd[i], magic, 8, 0), 0);
		assert_memory_equal(magic, "tallenne", 8);
		assert_true(recording.size[i] > 0);
		assert_int_equal(lseek(fds.fd[i], 0, SEEK_END),
				 recording.sealed_size[i]);
		/* Nobody can change it any more. */
		assert_int_equal(pwrite(fds.fd[i], magic, 1, 0), -1);
	}
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), 0);
	stop(&world);
}

static void a_call_without_sound_is_told_to_the_register(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	syn_begin(&world.syn);
	syn_stream(&world.syn, &world.syn.call[0], 0, SYN_ZERO,
		   CALL_LANE_CALLER, 1, &pcma, CALL_STREAM_LIVE);
	syn_close(&world.syn, &world.syn.call[0], SYN_ZERO,
		  SYN_ZERO + 2 * NS_PER_S);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 0);
	assert_int_equal(recording.flags, REGISTER_FLAG_NO_SOUND);
	assert_true(id_is_none(&recording.object[0]));
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), -ENODATA);
	stop(&world);
}

static void what_the_register_cannot_take_now_is_asked_for_again(void **state)
{
	struct world world;
	struct letter_fds fds;

	(void)state;
	start(&world);
	make_call(&world, true);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	(void)hear_recording(&world, &fds);
	letter_fds_drop(&fds);
	say_taken(&world, -EAGAIN);
	assert_int_equal(hear_done(&world), -EAGAIN);

	/* A register that was started anew is told again. */
	ask(&world);
	(void)hear_recording(&world, &fds);
	letter_fds_drop(&fds);
	close(world.registry);
	world.registry = give_line(&world, "register");
	(void)hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), 0);
	stop(&world);
}

static void say_known(struct world *world, int32_t is_known)
{
	struct register_is_known known;

	wait_for(world->registry);
	assert_int_equal(
		line_take(world->registry, &known.head, sizeof(known), NULL),
		0);
	assert_int_equal(known.head.type, REGISTER_IS_KNOWN);
	assert_memory_equal(&known.call, &world->syn.call[0].call, 16);
	known.is_known = is_known;
	assert_int_equal(line_post(world->registry, &known.head, NULL, true),
			 0);
}

static void say_key(struct world *world, int32_t result)
{
	struct vault_recovered answer = {
		.head = { .type = VAULT_RECOVERED, .size = sizeof(answer) },
		.result = result,
	};
	struct vault_recover question;

	wait_for(world->vault);
	assert_int_equal(
		line_take(world->vault, &question.head, sizeof(question), NULL),
		0);
	assert_int_equal(question.head.type, VAULT_RECOVER);
	assert_memory_equal(&question.call, &world->syn.call[0].call, 16);
	answer.head.tag = question.head.tag;
	memcpy(answer.key, world->syn.call[0].key, SEAL_KEY_SIZE);
	assert_int_equal(line_post(world->vault, &answer.head, NULL, true), 0);
}

static void what_a_crash_left_is_finished_and_flagged(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	make_call(&world, false);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 0);
	say_key(&world, 0);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	assert_int_equal(recording.flags, REGISTER_FLAG_RECOVERED);
	/* Ended with the last packet: 99 * 20 ms, and its own 20. */
	assert_int_equal(recording.duration_ms, 2000);
	assert_int_equal(recording.began_at, SYN_ZERO);
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void a_key_beyond_repair_is_told_to_the_register(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	make_call(&world, false);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 0);
	say_key(&world, -EBADMSG);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 0);
	assert_int_equal(recording.flags,
			 REGISTER_FLAG_DAMAGED | REGISTER_FLAG_RECOVERED);
	assert_true(id_is_none(&recording.object[0]));
	/* Even a register that knows no such contact ends the matter. */
	say_taken(&world, -EBADMSG);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void say_status(struct world *world, uint32_t is_locked)
{
	struct vault_status status;

	wait_for(world->vault);
	assert_int_equal(
		line_take(world->vault, &status.head, sizeof(status), NULL), 0);
	assert_int_equal(status.head.type, VAULT_STATUS);
	status.is_locked = is_locked;
	assert_int_equal(line_post(world->vault, &status.head, NULL, true), 0);
}

static void an_unlocked_vault_is_known_within_seconds(void **state)
{
	struct world world;
	struct letter_fds fds;
	nanoseconds since;

	(void)state;
	start(&world);
	make_call(&world, false);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 0);
	say_key(&world, -ENOKEY);
	since = clock_monotonic();
	/* Nobody asks for a key again before it is open. */
	say_status(&world, 1);
	say_status(&world, 1);
	say_status(&world, 0);
	say_key(&world, 0);
	assert_true(clock_monotonic() - since < 10 * NS_PER_S);
	(void)hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void what_the_register_has_is_not_finished_twice(void **state)
{
	struct world world;

	(void)state;
	start(&world);
	make_call(&world, true);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 1);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void nonsense_ends_the_line_and_not_the_room(void **state)
{
	struct world world;
	struct finish_done wrong = {
		.head = { .type = FINISH_DONE, .size = sizeof(wrong) },
	};
	struct letter answer;

	(void)state;
	start(&world);
	make_call(&world, true);
	assert_int_equal(line_post(world.media, &wrong.head, NULL, true), 0);
	wait_for(world.media);
	assert_int_equal(line_take(world.media, &answer, sizeof(answer), NULL),
			 -EPIPE);
	close(world.media);
	world.media = give_line(&world, "media");
	stop(&world);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_becomes_three_sealed_objects),
		cmocka_unit_test(a_call_without_sound_is_told_to_the_register),
		cmocka_unit_test(
			what_the_register_cannot_take_now_is_asked_for_again),
		cmocka_unit_test(what_a_crash_left_is_finished_and_flagged),
		cmocka_unit_test(a_key_beyond_repair_is_told_to_the_register),
		cmocka_unit_test(an_unlocked_vault_is_known_within_seconds),
		cmocka_unit_test(what_the_register_has_is_not_finished_twice),
		cmocka_unit_test(nonsense_ends_the_line_and_not_the_room),
	};

	if (!may_begin(argc, argv))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
