/* SPDX-License-Identifier: EUPL-1.2 */
/* Conversations of which something is missing in the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/chat_talk.h"

enum { MANY = 80 };

static const char *policy;

static int64_t size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

/* Say something whose record is damaged afterwards, and go on. */
static void lose_one(struct stage *stage, const struct chat_opened *opened)
{
	int64_t at = size_of(stage->files[0]);

	assert_int_equal(stage_say(stage, opened, 1, "lost").result, CHAT_OK);
	assert_int_equal(
		file_write_at(stage->files[0], "\xff\xff", 2, at + 100), 0);
	assert_int_equal(stage_say(stage, opened, 2, "kept").result, CHAT_OK);
}

static void restart(struct stage *stage)
{
	stage_crash(stage);
	stage_begin(stage);
	stage_turn(stage);
}

/* What is left of it can be read, and nobody takes it for the whole. */
static void what_is_not_whole_ends_and_the_rest_goes_on(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened whole = stage_open(stage, 1);
	struct chat_opened broken = stage_open(stage, 2);
	struct chat_state now;

	(void)state;
	assert_int_equal(stage_say(stage, &whole, 1, "whole").result, CHAT_OK);
	lose_one(stage, &broken);
	restart(stage);
	now = stage_follow(stage, &broken);
	assert_int_equal(now.phase, CHAT_OVER);
	assert_int_not_equal(now.epoch, broken.epoch);
	assert_int_equal(now.last, 2);
	assert_int_equal(stage->told.end_reason, CHAT_REASON_LOST);
	now = stage_follow(stage, &whole);
	assert_int_equal(now.phase, CHAT_WAITING);
	assert_int_equal(now.epoch, whole.epoch);
	assert_int_equal(stage_fetch(stage, &whole, 0), 1);
	stage_free(stage);
}

/* A damaged region of the disk may hold something of all of them. */
static void however_many_are_not_whole_all_of_them_end(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened[MANY];
	struct chat_state first[MANY], again;

	(void)state;
	stage->is_register_deaf = true;
	for (uint8_t i = 0; i < MANY; i++) {
		opened[i] = stage_open(stage, i);
		lose_one(stage, &opened[i]);
	}
	restart(stage);
	for (int i = 0; i < MANY; i++) {
		first[i] = stage_follow(stage, &opened[i]);
		assert_int_equal(first[i].phase, CHAT_OVER);
		assert_int_not_equal(first[i].epoch, opened[i].epoch);
	}
	/* And that is written down. */
	restart(stage);
	for (int i = 0; i < MANY; i++) {
		again = stage_follow(stage, &opened[i]);
		assert_int_equal(again.phase, CHAT_OVER);
		assert_int_equal(again.epoch, first[i].epoch);
		assert_int_equal(again.last, first[i].last);
	}
	stage_free(stage);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_whole_ends_and_the_rest_goes_on),
		cmocka_unit_test(however_many_are_not_whole_all_of_them_end),
	};

	if (argc < 2)
		return EXIT_FAILURE;
	policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
