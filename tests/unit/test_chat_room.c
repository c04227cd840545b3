/* SPDX-License-Identifier: EUPL-1.2 */
/* The room chat over its real lines: a visitor, agents, the register. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/chat_talk.h"

static const char *policy;

static void a_conversation_goes_from_opening_to_the_register(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	struct chat_seated seated = stage_sit(stage, 1);
	struct chat_said said;
	struct chat_done done;
	json_t *document, *events;
	char *text;

	(void)state;
	assert_int_equal(opened.result, CHAT_OK);
	assert_int_equal(strlen(opened.receipt), 19);
	said = stage_say(stage, &opened, 1, "Hei");
	assert_int_equal(said.result, CHAT_OK);
	assert_int_equal(said.seq, 1);
	assert_int_equal(stage->told.phase, CHAT_WAITING);

	assert_int_equal(seated.result, CHAT_OK);
	assert_string_equal(seated.name, "Agent 1");
	done = stage_do(stage, seated.seat, NULL, CHAT_DO_TAKE, 0, NULL);
	assert_int_equal(done.result, CHAT_OK);
	assert_memory_equal(&done.chat, &opened.chat, sizeof(struct id));
	assert_int_equal(stage->told.phase, CHAT_TALKING);
	assert_string_equal(stage->told.agent, "agent-1");
	said = stage_desk_say(stage, seated.seat, &opened.chat, 1, false,
			      "Päivää! Miten voin auttaa?");
	assert_int_equal(said.result, CHAT_OK);
	assert_int_equal(said.seq, 3);
	said = stage_desk_say(stage, seated.seat, &opened.chat, 2, true,
			      "Kysyy todistuksesta");
	assert_int_equal(said.result, CHAT_OK);
	assert_int_equal(said.seq, 1);
	assert_int_equal(stage_fetch(stage, &opened, 0), 3);
	assert_int_equal(stage_fetch(stage, &opened, 2), 1);

	done = stage_do(stage, seated.seat, &opened.chat, CHAT_DO_END,
			CHAT_REASON_SOLVED, NULL);
	assert_int_equal(done.result, CHAT_OK);
	assert_int_equal(stage->told.phase, CHAT_OVER);
	assert_int_equal(stage->told.end_reason, CHAT_REASON_SOLVED);
	assert_int_equal(stage->told.has_object, 1);
	assert_int_equal(stage->told.chat_end.data_class, SEAL_CLASS_CHAT);
	assert_int_equal(stage->told.chat_end.date, 20281123);
	assert_string_equal(stage->told.queue, "asiakaspalvelu");

	text = stage_document(stage);
	document = json_loads(text, 0, NULL);
	assert_non_null(document);
	events = json_object_get(document, "events");
	assert_int_equal(json_array_size(events), 4);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(events, 0), "text")),
			    "Hei");
	assert_int_equal(json_array_size(json_object_get(document, "notes")),
			 1);
	assert_string_equal(
		json_string_value(json_object_get(document, "nickname")),
		"Kävijä");
	assert_string_equal(
		json_string_value(json_object_get(document, "notice")),
		"1a2b3c4d");
	json_decref(document);
	free(text);
	/* The visitor may still take it along, and then it is gone. */
	assert_int_equal(stage_say(stage, &opened, 9, "x").result, CHAT_ENDED);
	assert_int_equal(stage_fetch(stage, &opened, 0), 4);
	stage_wait(stage, CHAT_LINGER_S + 2);
	assert_int_equal(stage_fetch(stage, &opened, 0), -CHAT_NOT_FOUND);
	assert_int_equal(stage->hall.table.count, 0);
	stage_free(stage);
}

static void what_is_sent_twice_is_taken_once(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened first = stage_open(stage, 1), again;
	struct chat_said said, repeated;
	union stage_letter *event;

	(void)state;
	again = stage_open(stage, 1);
	assert_memory_equal(&again.chat, &first.chat, sizeof(struct id));
	assert_memory_equal(again.token, first.token, sizeof(first.token));
	assert_string_equal(again.receipt, first.receipt);
	said = stage_say(stage, &first, 5, "131152-900P");
	repeated = stage_say(stage, &first, 5, "131152-900P");
	assert_int_equal(said.flags, CHAT_FLAG_MASKED);
	assert_int_equal(repeated.result, CHAT_OK);
	assert_int_equal(repeated.seq, said.seq);
	assert_int_equal(repeated.at, said.at);
	assert_int_equal(repeated.flags, said.flags);
	assert_int_equal(stage_say(stage, &first, 5, "other").result,
			 CHAT_CONFLICT);
	assert_int_equal(stage_fetch(stage, &first, 0), 1);
	event = stage_find(stage, CHAT_EVENT, stage->tag);
	assert_string_equal(event->event.text, "******-****");
	free(event);
	stage_free(stage);
}

static void another_bearer_finds_nothing(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1), wrong = opened;

	(void)state;
	wrong.token[3] ^= 1;
	assert_int_equal(stage_say(stage, &wrong, 1, "Hei").result,
			 CHAT_NOT_FOUND);
	assert_int_equal(stage_fetch(stage, &wrong, 0), -CHAT_NOT_FOUND);
	assert_int_equal(stage_follow(stage, &wrong).result, CHAT_NOT_FOUND);
	assert_int_equal(stage_act(stage, &wrong, CHAT_DO_END, 0),
			 CHAT_NOT_FOUND);
	assert_int_equal(stage_follow(stage, &opened).result, CHAT_OK);
	stage_free(stage);
}

static void another_agent_finds_nothing(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t one = stage_sit(stage, 1).seat, two = stage_sit(stage, 2).seat;

	(void)state;
	assert_int_equal(stage_desk_fetch(stage, one, &opened.chat, false),
			 -CHAT_NOT_FOUND);
	assert_int_equal(
		stage_do(stage, one, &opened.chat, CHAT_DO_TAKE, 0, NULL)
			.result,
		CHAT_OK);
	assert_int_equal(stage_desk_fetch(stage, one, &opened.chat, false), 1);
	assert_int_equal(stage_desk_fetch(stage, two, &opened.chat, false),
			 -CHAT_NOT_FOUND);
	assert_int_equal(
		stage_desk_say(stage, two, &opened.chat, 1, false, "x").result,
		CHAT_NOT_FOUND);
	assert_int_equal(
		stage_do(stage, two, &opened.chat, CHAT_DO_TAKE, 0, NULL)
			.result,
		CHAT_TAKEN);
	assert_int_equal(stage_do(stage, two, &opened.chat, CHAT_DO_END,
				  CHAT_REASON_SOLVED, NULL)
				 .result,
			 CHAT_NOT_FOUND);
	assert_int_equal(
		stage_do(stage, 99, &opened.chat, CHAT_DO_TAKE, 0, NULL).result,
		CHAT_NOT_SIGNED_IN);
	assert_int_equal(stage_sit(stage, 0).result, CHAT_NOT_SIGNED_IN);
	stage_free(stage);
}

static void followers_hear_all_events_in_order(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t seat = stage_sit(stage, 1).seat;
	union stage_letter *letter;
	uint64_t next = 2;

	(void)state;
	(void)stage_say(stage, &opened, 1, "before");
	assert_int_equal(stage_follow(stage, &opened).last, 1);
	(void)stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL);
	/* Nobody takes anything from the line for a while. */
	stage->is_deaf = true;
	for (uint32_t i = 0; i < 200; i++) {
		struct chat_say ask = {
			.head = { .type = CHAT_SAY, .size = sizeof(ask) },
			.client_id = { 9, (uint8_t)i, 1 },
			.size = 3,
			.text = "abc",
		};

		memcpy(ask.token, opened.token, sizeof(ask.token));
		/* When both ways are full, it takes something. */
		if (line_post(stage->counter, &ask.head, NULL, false) < 0) {
			stage->is_deaf = false;
			i--;
		}
		stage_turn(stage);
		stage->is_deaf = true;
	}
	stage->is_deaf = false;
	stage_turn(stage);
	while ((letter = stage_find(stage, CHAT_EVENT, 0))) {
		assert_int_equal(letter->event.seq, next);
		next++;
		free(letter);
	}
	assert_int_equal(next, 203);
	stage_free(stage);
}

static void what_is_over_the_limits_is_refused(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	struct chat_say ask = {
		.head = { .type = CHAT_SAY, .size = sizeof(ask) },
		.client_id = { 4 },
		.size = CHAT_TEXT_MAX + 1,
	};
	struct chat_said answer;

	(void)state;
	memcpy(ask.token, opened.token, sizeof(ask.token));
	memset(ask.text, 'x', sizeof(ask.text));
	assert_true(stage_ask(stage, stage->counter, &ask.head, CHAT_SAID,
			      &answer, sizeof(answer)));
	assert_int_equal(answer.result, CHAT_TOO_LONG);
	ask.size = 0;
	assert_true(stage_ask(stage, stage->counter, &ask.head, CHAT_SAID,
			      &answer, sizeof(answer)));
	assert_int_equal(answer.result, CHAT_INVALID);
	assert_int_equal(stage_say(stage, &opened, 1, "\xff").result,
			 CHAT_INVALID);
	stage->hall.per_minute = 2;
	assert_int_equal(stage_say(stage, &opened, 2, "a").result, CHAT_OK);
	assert_int_equal(stage_say(stage, &opened, 3, "b").result, CHAT_OK);
	answer = stage_say(stage, &opened, 4, "c");
	assert_int_equal(answer.result, CHAT_TOO_FAST);
	assert_in_range(answer.retry_ms, 1, 60000);
	/* What was taken before is answered alike at any speed. */
	assert_int_equal(stage_say(stage, &opened, 3, "b").result, CHAT_OK);
	stage_wait(stage, 31);
	assert_int_equal(stage_say(stage, &opened, 4, "c").result, CHAT_OK);
	stage_free(stage);
}

static void a_conversation_that_is_full_ends(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t i;

	(void)state;
	for (i = 1; i < CHAT_EVENTS_MAX; i++)
		assert_int_equal(stage_say(stage, &opened, i, "x").result,
				 CHAT_OK);
	assert_int_equal(stage_say(stage, &opened, i, "x").result, CHAT_FULL);
	assert_int_equal(stage->told.end_reason, CHAT_REASON_FULL);
	assert_int_equal(stage_say(stage, &opened, i + 1, "x").result,
			 CHAT_ENDED);
	stage_free(stage);
}

static void a_crash_loses_nothing_that_was_acknowledged(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1), again;
	uint32_t seat = stage_sit(stage, 1).seat;
	struct chat_said said;

	(void)state;
	(void)stage_do(stage, seat, NULL, CHAT_DO_PRESENCE, CHAT_AVAILABLE,
		       NULL);
	(void)stage_say(stage, &opened, 1, "Hei");
	(void)stage_do(stage, seat, NULL, CHAT_DO_TAKE, 0, NULL);
	(void)stage_desk_say(stage, seat, &opened.chat, 1, true, "note");
	said = stage_desk_say(stage, seat, &opened.chat, 2, false, "Päivää");
	for (int power = 0; power < 2; power++) {
		if (power)
			stage_power_fails(stage);
		else
			stage_crash(stage);
		stage_begin(stage);
		stage_turn(stage);
		assert_int_equal(stage->recovered, power);
		again = stage_open(stage, 1);
		assert_memory_equal(again.token, opened.token,
				    sizeof(opened.token));
		assert_int_equal(again.epoch, opened.epoch);
		assert_string_equal(again.receipt, opened.receipt);
		assert_int_equal(again.last, 3 + (uint64_t)power);
		assert_int_equal(stage_fetch(stage, &opened, 0), 3 + power);
		/* The desk sits down again, and finds its own. */
		seat = stage_sit(stage, 1).seat;
		assert_int_equal(stage->hall.agents.agent[0].wish,
				 CHAT_AVAILABLE);
		assert_int_equal(
			stage_desk_fetch(stage, seat, &opened.chat, true), 1);
		assert_int_equal(stage_desk_say(stage, seat, &opened.chat, 2,
						false, "Päivää")
					 .seq,
				 said.seq);
		assert_int_equal(
			stage_say(stage, &opened, 100 + (uint32_t)power, "x")
				.seq,
			4 + (uint64_t)power);
	}
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	assert_int_equal(stage->told.phase, CHAT_OVER);
	assert_int_equal(stage->told.flags, CHAT_FLAG_RECOVERED);
	stage_free(stage);
}

static void while_the_vault_is_locked_new_ones_are_opened(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened old = stage_open(stage, 1), fresh;

	(void)state;
	(void)stage_say(stage, &old, 1, "old");
	stage_power_fails(stage);
	stage->is_vault_locked = true;
	stage_begin(stage);
	stage_turn(stage);
	assert_int_equal(stage_fetch(stage, &old, 0), -CHAT_LATER);
	fresh = stage_open(stage, 2);
	assert_int_equal(fresh.result, CHAT_OK);
	assert_int_equal(stage_say(stage, &fresh, 1, "fresh").result, CHAT_OK);
	/* A crash now needs the attic for the new one alone. */
	stage_crash(stage);
	stage_begin(stage);
	stage_turn(stage);
	assert_int_equal(stage_fetch(stage, &fresh, 0), 1);
	assert_int_equal(stage_fetch(stage, &old, 0), -CHAT_LATER);
	stage->is_vault_locked = false;
	stage_wait(stage, 5);
	assert_int_equal(stage_fetch(stage, &old, 0), 1);
	assert_int_equal(stage_fetch(stage, &fresh, 0), 1);
	/* Both stand in one file now. */
	assert_int_equal(lseek(stage->files[0], 0, SEEK_END), 0);
	stage_power_fails(stage);
	stage_begin(stage);
	stage_turn(stage);
	assert_int_equal(stage_fetch(stage, &old, 0), 1);
	assert_int_equal(stage_fetch(stage, &fresh, 0), 1);
	stage_free(stage);
}

static void two_power_failures_before_the_vault_opens_lose_nothing(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened old = stage_open(stage, 1), fresh;

	(void)state;
	(void)stage_say(stage, &old, 1, "old");
	stage_power_fails(stage);
	stage->is_vault_locked = true;
	stage_begin(stage);
	stage_turn(stage);
	fresh = stage_open(stage, 2);
	(void)stage_say(stage, &fresh, 1, "fresh");
	stage_power_fails(stage);
	stage_begin(stage);
	stage_turn(stage);
	/* No file is left: that is said, and nothing is taken. */
	assert_int_equal(stage_open(stage, 3).result, CHAT_LATER);
	stage->is_vault_locked = false;
	stage_wait(stage, 10);
	assert_int_equal(stage_fetch(stage, &old, 0), 1);
	assert_int_equal(stage_fetch(stage, &fresh, 0), 1);
	assert_int_equal(stage_open(stage, 3).result, CHAT_OK);
	stage_power_fails(stage);
	stage_begin(stage);
	stage_turn(stage);
	assert_int_equal(stage_fetch(stage, &old, 0), 1);
	assert_int_equal(stage_fetch(stage, &fresh, 0), 1);
	stage_free(stage);
}

static void the_register_may_be_away_and_hears_all_later(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened;

	(void)state;
	stage->is_register_deaf = true;
	opened = stage_open(stage, 1);
	(void)stage_say(stage, &opened, 1, "Hei");
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	assert_int_equal(stage->told_count, 0);
	stage_wait(stage, CHAT_LINGER_S + 10);
	assert_int_equal(stage_fetch(stage, &opened, 0), 2);
	/* A new register; and a crash before it has noted. */
	stage_crash(stage);
	stage_begin(stage);
	stage->is_register_deaf = false;
	stage->register_result = -EAGAIN;
	stage_turn(stage);
	assert_int_equal(stage->told.phase, CHAT_OVER);
	stage->register_result = 0;
	stage_wait(stage, 5);
	assert_true(stage->told_count >= 2);
	assert_int_equal(stage->told.has_object, 1);
	/* It is forgotten: after one more crash nothing is left. */
	stage_crash(stage);
	stage_begin(stage);
	assert_int_equal(stage->hall.table.count, 0);
	stage_free(stage);
}

static void what_the_register_says_is_heeded(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	uint32_t version = stage->told.version;

	(void)state;
	/* It knows more than we do: we go beyond. */
	stage->register_result = -ESTALE;
	(void)stage_say(stage, &opened, 1, "Hei");
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	stage->register_result = 0;
	stage_wait(stage, 2);
	assert_true(stage->told.version > version + 1);
	assert_int_equal(stage->told.has_object, 1);
	assert_int_equal(stage->hall.table.place[0]->is_forgotten, 1);

	/* The object is not what it should be: another is made. */
	opened = stage_open(stage, 2);
	(void)stage_say(stage, &opened, 1, "Hei");
	stage->register_result = -EBADMSG;
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	stage->told_count = 0;
	stage->register_result = 0;
	stage_wait(stage, 5);
	assert_int_equal(stage->told_count, 1);
	free(stage_document(stage));

	/* What it will never take is given up, and counted. */
	opened = stage_open(stage, 3);
	(void)stage_say(stage, &opened, 1, "Hei");
	stage->register_result = -EINVAL;
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	stage->told_count = 0;
	stage_wait(stage, 10);
	assert_int_equal(stage->told_count, 0);
	stage_free(stage);
}

static void a_line_that_lies_ends_and_nothing_else(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);
	struct chat_seat foreign = {
		.head = { .type = CHAT_SEAT, .size = sizeof(foreign) },
	};

	(void)state;
	/* A letter of desk's on counter's line. */
	stage_answer(stage->counter, &foreign.head);
	stage_turn(stage);
	assert_int_equal(stage->hall.counter.end, -1);
	assert_true(stage->hall.desk.end >= 0);
	stage_join(stage, "counter", &stage->counter);
	assert_int_equal(stage_say(stage, &opened, 1, "Hei").result, CHAT_OK);
	stage_free(stage);
}

static void who_says_nothing_leaves_no_object(void **state)
{
	struct stage *stage = stage_new(policy);
	struct chat_opened opened = stage_open(stage, 1);

	(void)state;
	(void)stage_act(stage, &opened, CHAT_DO_END, 0);
	assert_int_equal(stage->told.phase, CHAT_OVER);
	assert_int_equal(stage->told.has_object, 0);
	assert_int_equal(stage->object, -1);
	stage_free(stage);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_conversation_goes_from_opening_to_the_register),
		cmocka_unit_test(what_is_sent_twice_is_taken_once),
		cmocka_unit_test(another_bearer_finds_nothing),
		cmocka_unit_test(another_agent_finds_nothing),
		cmocka_unit_test(followers_hear_all_events_in_order),
		cmocka_unit_test(what_is_over_the_limits_is_refused),
		cmocka_unit_test(a_conversation_that_is_full_ends),
		cmocka_unit_test(a_crash_loses_nothing_that_was_acknowledged),
		cmocka_unit_test(while_the_vault_is_locked_new_ones_are_opened),
		cmocka_unit_test(
			two_power_failures_before_the_vault_opens_lose_nothing),
		cmocka_unit_test(the_register_may_be_away_and_hears_all_later),
		cmocka_unit_test(what_the_register_says_is_heeded),
		cmocka_unit_test(a_line_that_lies_ends_and_nothing_else),
		cmocka_unit_test(who_says_nothing_leaves_no_object),
	};

	assert(argc == 2);
	policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
