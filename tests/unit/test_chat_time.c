/* SPDX-License-Identifier: EUPL-1.2 */
/* Queue, boards, what time brings, and a disk that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/chat_talk.h"

static const char *policy;

/* The latest row that a seat was told of a conversation; phase 0: none. */
static struct chat_row row_of(struct stage *stage, uint32_t seat,
			      const struct id *chat)
{
	struct chat_row found = { .phase = 0 };

	for (int i = 0; i < stage->letter_count; i++) {
		const union stage_letter *letter = stage->letters[i];

		if (letter->head.type == CHAT_ROW && letter->row.seat == seat &&
		    !memcmp(&letter->row.chat, chat, sizeof(*chat)))
			found = letter->row;
	}
	return found;
}

static void the_queue_is_oldest_first(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened[4];
	uint32_t seat = stage_sit(stage, 1).seat;

	(void)state;
	for (uint8_t i = 0; i < 4; i++) {
		opened[i] = stage_open(stage, i + 1);
		assert_int_equal(stage_follow(stage, &opened[i]).place, i + 1);
	}
	for (int i = 0; i < 3; i++) {
		struct chat_done done =
			stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL);

		assert_int_equal(done.result, CHAT_OK);
		assert_memory_equal(&done.chat, &opened[i].chat,
				    sizeof(struct id));
		assert_int_equal(stage_follow(stage, &opened[3]).place, 3 - i);
	}
	/* Three at a time, and no more. */
	assert_int_equal(
		stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL).result,
		CHAT_LOAD);
	/* Back in the queue it has the place of its age. */
	assert_int_equal(
		stage_do(stage, seat, &opened[1].chat, CHAT_DO_PASS, 0, NULL)
			.result,
		CHAT_OK);
	assert_int_equal(stage_follow(stage, &opened[1]).place, 1);
	assert_int_equal(stage_follow(stage, &opened[3]).place, 2);
	stage_free(stage);
}

static void a_conversation_is_passed_to_a_colleague_who_is_there(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t one = stage_sit(stage, 1).seat, two;
	struct chat_done done;

	(void)state;
	(void)stage_do(stage, one, NULL, CHAT_DO_TAKE, 0, NULL);
	done = stage_do(stage, one, &opened.chat, CHAT_DO_PASS, 0, "agent-2");
	assert_int_equal(done.result, CHAT_AWAY);
	two = stage_sit(stage, 2).seat;
	stage_board(stage, one);
	stage_board(stage, two);
	done = stage_do(stage, one, &opened.chat, CHAT_DO_PASS, 0, "agent-1");
	assert_int_equal(done.result, CHAT_INVALID);
	stage->hall.agents.load_max = 0;
	done = stage_do(stage, one, &opened.chat, CHAT_DO_PASS, 0, "agent-2");
	assert_int_equal(done.result, CHAT_LOAD);
	stage->hall.agents.load_max = 3;
	done = stage_do(stage, one, &opened.chat, CHAT_DO_PASS, 0, "agent-2");
	assert_int_equal(done.result, CHAT_OK);
	assert_string_equal(stage->told.agent, "agent-2");
	assert_int_equal(stage_desk_fetch(stage, one, &opened.chat, false),
			 -CHAT_NOT_FOUND);
	assert_int_equal(stage_desk_fetch(stage, two, &opened.chat, false), 3);
	/* One board sees it go, the other sees it come. */
	assert_int_equal(row_of(stage, one, &opened.chat).is_mine, 0);
	assert_int_equal(row_of(stage, two, &opened.chat).is_mine, 1);
	/* The visitor sees who left and who came. */
	assert_string_equal(stage_follow(stage, &opened).agent_name, "Agent 2");
	stage_free(stage);
}

static void boards_show_what_waits_and_what_is_ones_own(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1), later;
	uint32_t one = stage_sit(stage, 1).seat, two = stage_sit(stage, 2).seat;

	(void)state;
	stage_board(stage, one);
	stage_board(stage, two);
	assert_int_equal(row_of(stage, one, &opened.chat).phase, CHAT_WAITING);
	assert_int_equal(row_of(stage, two, &opened.chat).phase, CHAT_WAITING);
	assert_string_equal(row_of(stage, two, &opened.chat).nickname,
			    "Kävijä");
	(void)stage_do(stage, one, NULL, CHAT_DO_TAKE, 0, NULL);
	assert_int_equal(row_of(stage, one, &opened.chat).is_mine, 1);
	assert_int_equal(row_of(stage, two, &opened.chat).phase, CHAT_TALKING);
	assert_string_equal(row_of(stage, two, &opened.chat).agent, "agent-1");
	stage_forget(stage);
	/* What is said there is no matter of others any more. */
	(void)stage_say(stage, &opened, 1, "Hei");
	assert_int_equal(row_of(stage, one, &opened.chat).last, 2);
	assert_int_equal(row_of(stage, one, &opened.chat).unanswered, 1);
	assert_int_equal(row_of(stage, two, &opened.chat).phase, 0);
	later = stage_open(stage, 2);
	assert_int_equal(row_of(stage, two, &later.chat).phase, CHAT_WAITING);
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	assert_int_equal(row_of(stage, one, &opened.chat).phase, CHAT_OVER);
	stage_free(stage);
}

static void a_silent_conversation_is_warned_and_ended(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t seat = stage_sit(stage, 1).seat;

	(void)state;
	(void)stage_act(stage, &opened, CHAT_DO_PRESENT, 1);
	(void)stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL);
	(void)stage_say(stage, &opened, 1, "Hei");
	stage_wait(stage, 24 * 60);
	assert_int_equal(stage_follow(stage, &opened).closes_in_s, 0);
	stage_wait(stage, 2 * 60);
	assert_in_range(stage_follow(stage, &opened).closes_in_s, 1, 300);
	assert_int_equal(stage_act(stage, &opened, CHAT_DO_STAY, 0), CHAT_OK);
	assert_int_equal(stage_follow(stage, &opened).closes_in_s, 0);
	stage_wait(stage, 26 * 60);
	assert_in_range(stage_follow(stage, &opened).closes_in_s, 1, 300);
	assert_int_equal(
		stage_do(stage, seat, &opened.chat, CHAT_DO_STAY, 0, NULL)
			.result,
		CHAT_OK);
	stage_wait(stage, 31 * 60);
	assert_int_equal(stage->told.end_reason, CHAT_REASON_IDLE);
	stage_free(stage);
}

static void a_visitor_who_is_gone_ends_it_sooner(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);

	(void)state;
	(void)stage_act(stage, &opened, CHAT_DO_PRESENT, 1);
	stage_wait(stage, 40 * 60); /* who waits for us is not idle */
	assert_int_equal(stage->told.phase, CHAT_WAITING);
	(void)stage_act(stage, &opened, CHAT_DO_PRESENT, 0);
	stage_wait(stage, 9 * 60);
	(void)stage_act(stage, &opened, CHAT_DO_PRESENT, 1);
	stage_wait(stage, 9 * 60);
	/* Counter is started anew: all its connections are gone. */
	stage_join(stage, "counter", &stage->counter);
	stage_wait(stage, 9 * 60);
	assert_int_equal(stage->told.phase, CHAT_WAITING);
	stage_wait(stage, 2 * 60);
	assert_int_equal(stage->told.end_reason, CHAT_REASON_LEFT);
	stage_free(stage);
}

static void an_agent_who_does_not_come_back_loses_it_to_the_queue(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1), other;
	uint32_t seat = stage_sit(stage, 1).seat;

	(void)state;
	other = stage_open(stage, 2);
	(void)stage_act(stage, &opened, CHAT_DO_PRESENT, 1);
	(void)stage_act(stage, &other, CHAT_DO_PRESENT, 1);
	(void)stage_do(stage, seat, &opened.chat, CHAT_DO_TAKE, 0, NULL);
	assert_int_equal(stage_follow(stage, &opened).agent_present, 1);
	/* The session is over: the next look of the room finds out. */
	stage->seat_result = DESK_NOT_SIGNED_IN;
	stage_wait(stage, 32);
	assert_int_equal(stage_follow(stage, &opened).agent_present, 0);
	assert_int_equal(stage->told.phase, CHAT_TALKING);
	stage->seat_result = DESK_OK;
	stage_wait(stage, 5 * 60);
	seat = stage_sit(stage, 1).seat; /* back in time: still theirs */
	assert_int_equal(stage_desk_fetch(stage, seat, &opened.chat, false), 1);
	stage_join(stage, "desk", &stage->desk);
	stage_wait(stage, 11 * 60);
	assert_int_equal(stage->told.phase, CHAT_WAITING);
	assert_int_equal(stage_follow(stage, &opened).place, 1);
	assert_int_equal(stage_follow(stage, &other).place, 2);
	stage_free(stage);
}

static void outside_hours_nothing_is_opened_and_what_waits_ends(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened waiting = stage_open(stage, 1), talking;
	uint32_t seat = stage_sit(stage, 1).seat;
	union stage_letter *letter;
	struct chat_hours hours;

	(void)state;
	(void)stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL);
	talking = waiting;
	waiting = stage_open(stage, 2);
	(void)stage_act(stage, &talking, CHAT_DO_PRESENT, 1);
	(void)stage_act(stage, &waiting, CHAT_DO_PRESENT, 1);
	/* 12:00 to 16:01 in Helsinki, somebody saying something meanwhile. */
	for (uint32_t i = 0; i < 16; i++) {
		stage_wait(stage, 15 * 60);
		(void)stage_say(stage, &talking, i, "x");
	}
	stage_wait(stage, 60);
	assert_int_equal(stage_open(stage, 3).result, CHAT_CLOSED);
	assert_int_equal(stage_open(stage, 2).result, CHAT_OK);
	assert_int_equal(stage_follow(stage, &waiting).phase, CHAT_OVER);
	assert_int_equal(stage->told.end_reason, CHAT_REASON_HOURS);
	assert_int_equal(stage_follow(stage, &talking).phase, CHAT_TALKING);
	/* Counter was told. */
	memset(&hours, 0, sizeof(hours));
	while ((letter = stage_find(stage, CHAT_HOURS, 0))) {
		hours = letter->hours;
		free(letter);
	}
	assert_int_equal(hours.is_open, 0);
	assert_true(hours.opens_at > stage->clock.fixed);
	stage_free(stage);
}

static void typing_is_told_as_on_and_off(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t seat = stage_sit(stage, 1).seat;

	(void)state;
	(void)stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL);
	(void)stage_do(stage, seat, &opened.chat, CHAT_DO_TYPING, 1, NULL);
	assert_int_equal(stage_follow(stage, &opened).agent_typing, 1);
	stage_wait(stage, CONVERSATION_TYPING_S + 2);
	assert_int_equal(stage_follow(stage, &opened).agent_typing, 0);
	(void)stage_act(stage, &opened, CHAT_DO_TYPING, 1);
	assert_int_equal(stage_follow(stage, &opened).visitor_typing, 1);
	(void)stage_say(stage, &opened, 1, "Hei");
	assert_int_equal(stage_follow(stage, &opened).visitor_typing, 0);
	(void)stage_do(stage, seat, &opened.chat, CHAT_DO_SEEN, 2, NULL);
	assert_int_equal(stage_follow(stage, &opened).agent_seen, 2);
	assert_int_equal(
		stage_do(stage, seat, &opened.chat, CHAT_DO_SEEN, 3, NULL)
			.result,
		CHAT_INVALID);
	stage_free(stage);
}

/* ---- a disk that fails ---- */

static int syncs_left = -1;
static bool is_full;

static int failing_write(int fd, const void *bytes, size_t size, int64_t offset)
{
	return is_full ? -ENOSPC : file_write_at(fd, bytes, size, offset);
}

static int failing_sync(int fd)
{
	(void)fd;
	if (syncs_left == 0)
		return -EIO;
	syncs_left -= syncs_left > 0;
	return 0;
}

static const struct journal_disk failing = { failing_write, failing_sync };

/* The same room on that disk, with what is in the files. */
static struct stage *stage_on_failing_disk(void)
{
	struct stage *stage = stage_new(policy);

	syncs_left = -1;
	is_full = false;
	journal_free(stage->hall.journal);
	assert_int_equal(journal_new(&failing, &stage->hall.journal), 0);
	for (int i = 0; i < STAGE_FILES; i++)
		assert_int_equal(journal_file(stage->hall.journal, (uint64_t)i,
					      fcntl(stage->files[i],
						    F_DUPFD_CLOEXEC, 0)),
				 0);
	hall_start(&stage->hall);
	return stage;
}

static void a_full_disk_refuses_and_keeps_what_was_said(void **state)
{
	struct stage *stage = stage_on_failing_disk();
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t seat = stage_sit(stage, 1).seat;

	(void)state;
	assert_int_equal(stage_say(stage, &opened, 1, "Hei").result, CHAT_OK);
	(void)stage_follow(stage, &opened);
	stage_forget(stage);
	is_full = true;
	assert_int_equal(stage_say(stage, &opened, 2, "Oletko?").result,
			 CHAT_LATER);
	assert_int_equal(stage_open(stage, 2).result, CHAT_LATER);
	assert_int_equal(
		stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL).result,
		CHAT_LATER);
	assert_int_equal(stage_act(stage, &opened, CHAT_DO_END, 0), CHAT_LATER);
	/* Nobody heard of any of it. */
	assert_null(stage_find(stage, CHAT_EVENT, 0));
	assert_int_equal(stage->told.phase, CHAT_WAITING);
	assert_int_equal(stage->hall.table.count, 1);
	assert_int_equal(stage->hall.agents.agent[0].load, 0);
	is_full = false;
	stage_wait(stage, 2);
	assert_int_equal(stage_say(stage, &opened, 2, "Oletko?").seq, 2);
	assert_int_equal(
		stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL).result,
		CHAT_OK);
	stage_crash(stage);
	stage_begin(stage);
	assert_int_equal(stage_fetch(stage, &opened, 0), 3);
	stage_free(stage);
}

static void a_failed_sync_moves_all_to_the_other_file(void **state)
{
	struct stage *stage = stage_on_failing_disk();
	struct chat_opened opened[5];

	(void)state;
	for (uint8_t i = 0; i < 5; i++) {
		opened[i] = stage_open(stage, i + 1);
		(void)stage_say(stage, &opened[i], 1, "Hei");
	}
	/* This one fails; those of the other file do not. */
	syncs_left = 0;
	{
		struct chat_say ask = {
			.head = { .type = CHAT_SAY, .size = sizeof(ask) },
			.client_id = { 8 },
			.size = 3,
			.text = "yhä",
		};

		memcpy(ask.token, opened[0].token, sizeof(ask.token));
		ask.size = 4;
		ask.head.tag = 77;
		stage_answer(stage->counter, &ask.head);
		stage->hall.renew_at = INT64_MAX; /* not the other file yet */
		stage_turn(stage);
	}
	free(stage_find(stage, CHAT_SAID, 77));
	syncs_left = -1;
	stage->hall.renew_at = 0;
	assert_int_equal(stage_say(stage, &opened[0], 2, "yhä").seq, 2);
	stage_crash(stage);
	stage_begin(stage);
	for (uint8_t i = 0; i < 5; i++)
		assert_int_equal(stage_fetch(stage, &opened[i], 0), 1 + !i);
	stage_free(stage);
}

static void what_is_dead_does_not_stay_in_the_file(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened;
	char text[4001];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[4000] = '\0';
	opened = stage_open(stage, 1);
	for (uint32_t i = 1; i < 400; i++)
		assert_int_equal(stage_say(stage, &opened, i, text).result,
				 CHAT_OK);
	assert_true(lseek(stage->files[0], 0, SEEK_END) > 1 << 20);
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	stage_wait(stage, 3);
	assert_int_equal(lseek(stage->files[0], 0, SEEK_END), 0);
	assert_true(lseek(stage->files[1], 0, SEEK_END) < 4096);
	stage_free(stage);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_queue_is_oldest_first),
		cmocka_unit_test(
			a_conversation_is_passed_to_a_colleague_who_is_there),
		cmocka_unit_test(boards_show_what_waits_and_what_is_ones_own),
		cmocka_unit_test(a_silent_conversation_is_warned_and_ended),
		cmocka_unit_test(a_visitor_who_is_gone_ends_it_sooner),
		cmocka_unit_test(
			an_agent_who_does_not_come_back_loses_it_to_the_queue),
		cmocka_unit_test(
			outside_hours_nothing_is_opened_and_what_waits_ends),
		cmocka_unit_test(typing_is_told_as_on_and_off),
		cmocka_unit_test(a_full_disk_refuses_and_keeps_what_was_said),
		cmocka_unit_test(a_failed_sync_moves_all_to_the_other_file),
		cmocka_unit_test(what_is_dead_does_not_stay_in_the_file),
	};

	assert(argc == 2);
	policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
