/* SPDX-License-Identifier: EUPL-1.2 */
/* Conversations, agents, records and the table, each by itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "chat/agents.h"
#include "chat/record.h"
#include "chat/table.h"

#define AT ((nanoseconds)1795428000 * NS_PER_S)

static struct conversation_birth birth_of(uint8_t n)
{
	struct conversation_birth birth = {
		.id = { { 1, n } },
		.epoch = 77,
		.born = n,
		.opened_at = AT,
		.policy = 5,
		.salt = { 9 },
		.language = "sv",
		.queue = "a",
		.nickname = "Ärade",
	};
	uint8_t key[CHAT_TOKEN_SIZE] = { n, n }, token[CHAT_TOKEN_SIZE];

	conversation_token(birth.salt, key, token, birth.receipt);
	conversation_hash(key, birth.key_hash);
	conversation_hash(token, birth.token_hash);
	return birth;
}

static struct conversation *fresh(uint8_t n)
{
	const struct conversation_birth birth = birth_of(n);
	struct conversation *conversation = conversation_new(&birth);

	assert_non_null(conversation);
	return conversation;
}

static struct event event_of(uint32_t kind, uint32_t side, const char *text)
{
	struct event event = { .at = AT + 1,
			       .kind = kind,
			       .side = side,
			       .size = (uint32_t)strlen(text) };

	if (side == CHAT_SIDE_AGENT) {
		snprintf(event.agent, sizeof(event.agent), "agent-1");
		snprintf(event.name, sizeof(event.name), "Agent 1");
	}
	if (kind == CHAT_CLOSED_BY)
		event.reason = CHAT_REASON_SOLVED;
	return event;
}

static bool may(const struct conversation *conversation, uint32_t kind,
		uint32_t side, const char *text)
{
	const struct event event = event_of(kind, side, text);

	return conversation_may_come(conversation, &event);
}

static void add(struct conversation *conversation, uint32_t kind, uint32_t side,
		const char *text)
{
	const struct event event = event_of(kind, side, text);

	assert_true(conversation_may_come(conversation, &event));
	assert_int_equal(conversation_add(conversation, &event, text), 0);
}

static void only_what_makes_sense_may_come(void **state)
{
	struct conversation *one = fresh(1);

	(void)state;
	assert_int_equal(one->standing.phase, CHAT_WAITING);
	assert_true(may(one, CHAT_MESSAGE, CHAT_SIDE_VISITOR, "a"));
	assert_false(may(one, CHAT_MESSAGE, CHAT_SIDE_VISITOR, ""));
	assert_false(may(one, CHAT_MESSAGE, CHAT_SIDE_AGENT, "a"));
	assert_false(may(one, CHAT_MESSAGE, CHAT_SIDE_SYSTEM, "a"));
	assert_false(may(one, CHAT_PASSED, CHAT_SIDE_AGENT, ""));
	assert_false(may(one, CHAT_JOINED, CHAT_SIDE_VISITOR, ""));
	assert_false(may(one, 99, CHAT_SIDE_VISITOR, "a"));
	assert_false(may(one, CHAT_MESSAGE, 0, "a"));
	add(one, CHAT_JOINED, CHAT_SIDE_AGENT, "");
	assert_int_equal(one->standing.phase, CHAT_TALKING);
	assert_true(may(one, CHAT_MESSAGE, CHAT_SIDE_AGENT, "a"));
	assert_false(may(one, CHAT_JOINED, CHAT_SIDE_AGENT, ""));
	add(one, CHAT_PASSED, CHAT_SIDE_AGENT, "");
	assert_int_equal(one->standing.phase, CHAT_WAITING);
	assert_string_equal(one->standing.agent, "");
	assert_true(one->standing.answered_at > 0);
	add(one, CHAT_CLOSED_BY, CHAT_SIDE_SYSTEM, "");
	assert_int_equal(one->standing.phase, CHAT_OVER);
	assert_false(may(one, CHAT_MESSAGE, CHAT_SIDE_VISITOR, "a"));
	assert_false(may(one, CHAT_NOTE, CHAT_SIDE_AGENT, "a"));
	assert_false(may(one, CHAT_CLOSED_BY, CHAT_SIDE_SYSTEM, ""));
	assert_int_equal(one->standing.version, 4);
	conversation_free(one);
}

/* Whatever came last: taken back, it is as it was. */
static void what_is_taken_back_never_was(void **state)
{
	struct conversation *one = fresh(1);
	struct standing before;

	(void)state;
	add(one, CHAT_MESSAGE, CHAT_SIDE_VISITOR, "Hej");
	add(one, CHAT_JOINED, CHAT_SIDE_AGENT, "");
	add(one, CHAT_NOTE, CHAT_SIDE_AGENT, "note");
	conversation_settle(one);
	before = one->standing;
	add(one, CHAT_MESSAGE, CHAT_SIDE_AGENT, "a");
	add(one, CHAT_NOTE, CHAT_SIDE_AGENT, "another");
	add(one, CHAT_PASSED, CHAT_SIDE_AGENT, "");
	add(one, CHAT_QUEUED, CHAT_SIDE_AGENT, "");
	add(one, CHAT_CLOSED_BY, CHAT_SIDE_SYSTEM, "");
	conversation_take_back(one);
	assert_memory_equal(&one->standing, &before, sizeof(before));
	assert_int_equal(one->events.count, 2);
	assert_int_equal(one->notes.count, 1);
	conversation_free(one);
}

static void the_same_open_key_brings_the_same_bearer(void **state)
{
	const uint8_t salt[CONVERSATION_HASH_SIZE] = { 3 };
	const uint8_t other_salt[CONVERSATION_HASH_SIZE] = { 4 };
	const uint8_t key[CHAT_TOKEN_SIZE] = { 1 },
		      other[CHAT_TOKEN_SIZE] = { 2 };
	uint8_t a[CHAT_TOKEN_SIZE], b[CHAT_TOKEN_SIZE];
	char code[CHAT_RECEIPT_SIZE], same[CHAT_RECEIPT_SIZE];

	(void)state;
	conversation_token(salt, key, a, code);
	conversation_token(salt, key, b, same);
	assert_memory_equal(a, b, sizeof(a));
	assert_string_equal(code, same);
	assert_int_equal(strlen(code), 19);
	assert_int_equal(strspn(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), 19);
	assert_true(code[4] == '-' && code[9] == '-' && code[14] == '-');
	conversation_token(salt, other, b, same);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_string_not_equal(code, same);
	conversation_token(other_salt, key, b, same);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_string_not_equal(code, same);
}

static void each_side_may_speak_so_fast_and_no_faster(void **state)
{
	struct conversation *one = fresh(1);
	uint32_t retry = 0;
	nanoseconds now = 100 * NS_PER_S;

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_true(conversation_may_speak(one, CHAT_SIDE_VISITOR, 6,
						   now, &retry));
	assert_false(
		conversation_may_speak(one, CHAT_SIDE_VISITOR, 6, now, &retry));
	assert_in_range(retry, 9000, 10001);
	assert_true(
		conversation_may_speak(one, CHAT_SIDE_AGENT, 6, now, &retry));
	now += retry * NS_PER_MS;
	assert_true(
		conversation_may_speak(one, CHAT_SIDE_VISITOR, 6, now, &retry));
	assert_false(
		conversation_may_speak(one, CHAT_SIDE_VISITOR, 6, now, &retry));
	/* On a machine that has run for thirty years, too. */
	now = INT64_MAX / 9;
	for (int i = 0; i < 6; i++)
		assert_true(conversation_may_speak(one, CHAT_SIDE_VISITOR, 6,
						   now, &retry));
	assert_false(
		conversation_may_speak(one, CHAT_SIDE_VISITOR, 6, now, &retry));
	conversation_free(one);
}

static void estimates_come_from_what_was_seen(void **state)
{
	struct agents agents = { .load_max = 2 };
	uint32_t one = agents_get(&agents, "agent-1", "Agent 1", 0);

	(void)state;
	assert_int_equal(agents_wait(&agents, 1), 0);
	agents_learn(&agents, 240 * NS_PER_S);
	assert_int_equal(agents_wait(&agents, 1), 0); /* nobody is there */
	agents_sit(&agents, one);
	agents.agent[one].wish = CHAT_AVAILABLE;
	assert_int_equal(agents_wait(&agents, 1), 150);
	assert_int_equal(agents_wait(&agents, 2), 270);
	agents_learn(&agents, 2400 * NS_PER_S);
	assert_true(agents_wait(&agents, 1) > 150);
	assert_true(agents_wait(&agents, UINT32_MAX) <= 4 * 3600);
	agents.agent[one].wish = CHAT_BUSY;
	assert_int_equal(agents_wait(&agents, 1), 0);
}

static void presence_is_kept_while_the_agent_is_away(void **state)
{
	struct agents agents = { .load_max = 1 };
	uint32_t one = agents_get(&agents, "agent-1", "Agent 1", 0);

	(void)state;
	assert_int_equal(agents_presence(&agents, one), CHAT_ABSENT);
	agents_sit(&agents, one);
	agents_sit(&agents, one);
	agents.agent[one].wish = CHAT_AVAILABLE;
	agents_leave(&agents, one, 5);
	assert_int_equal(agents_presence(&agents, one), CHAT_AVAILABLE);
	agents_leave(&agents, one, 7);
	assert_int_equal(agents_presence(&agents, one), CHAT_ABSENT);
	agents_carry(&agents, "agent-1", 1);
	assert_false(agents_may_take(&agents, one));
	agents_sweep(&agents, 1000, 100);
	assert_int_equal(agents_find(&agents, "agent-1"), one);
	agents_carry(&agents, "agent-1", -1);
	agents_sweep(&agents, 1000, 100);
	assert_int_equal(agents_find(&agents, "agent-1"), AGENTS_NONE);
}

static void records_come_back_as_they_were(void **state)
{
	struct record record = { .kind = RECORD_BIRTH,
				 .id = birth_of(3).id,
				 .birth = birth_of(3) },
		      found;
	uint8_t bytes[RECORD_SIZE_MAX];
	static char longest[CHAT_TEXT_MAX];
	size_t size = record_write(&record, bytes);

	(void)state;
	assert_int_equal(record_read(bytes, size, &found), 0);
	assert_memory_equal(&found.birth, &record.birth, sizeof(found.birth));
	for (size_t i = 0; i < size; i++)
		assert_int_equal(record_read(bytes, i, &found), -EBADMSG);

	memset(longest, 'x', sizeof(longest));
	record = (struct record){
		.kind = RECORD_EVENT,
		.id = birth_of(3).id,
		.seq = 12,
		.event = event_of(CHAT_MESSAGE, CHAT_SIDE_AGENT, "x"),
		.text = longest,
	};
	record.event.size = sizeof(longest);
	memset(record.event.name, 'n', sizeof(record.event.name) - 1);
	memset(record.event.agent, 'a', sizeof(record.event.agent) - 1);
	memset(record.event.queue, 'q', sizeof(record.event.queue) - 1);
	record.event.digest[2] = 4;
	size = record_write(&record, bytes);
	assert_int_equal(record_read(bytes, size, &found), 0);
	assert_memory_equal(&found.event, &record.event, sizeof(found.event));
	assert_int_equal(found.seq, 12);
	/* Nothing in the journal helps to guess what was masked. */
	record.event.flags = CHAT_FLAG_MASKED;
	size = record_write(&record, bytes);
	assert_int_equal(record_read(bytes, size, &found), 0);
	assert_true(
		bytes_are_zero(found.event.digest, sizeof(found.event.digest)));
}

static void the_table_finds_each_in_three_ways(void **state)
{
	struct table *table = malloc(sizeof(*table));
	uint8_t key[CHAT_TOKEN_SIZE], token[CHAT_TOKEN_SIZE];
	char receipt[CHAT_RECEIPT_SIZE];

	(void)state;
	assert_non_null(table);
	table_init(table);
	for (int round = 0; round < 3; round++) {
		for (uint8_t n = 1; n < 200; n++)
			assert_true(table_add(table, fresh(n)) >= 0);
		for (uint8_t n = 1; n < 200; n++) {
			struct conversation_birth birth = birth_of(n);
			uint32_t place = table_by_id(table, &birth.id);

			memset(key, 0, sizeof(key));
			key[0] = key[1] = n;
			conversation_token(birth.salt, key, token, receipt);
			assert_int_not_equal(place, TABLE_NONE);
			assert_int_equal(table_by_key(table, key), place);
			assert_int_equal(table_by_token(table, token), place);
			token[5] ^= 1;
			assert_int_equal(table_by_token(table, token),
					 TABLE_NONE);
		}
		for (uint8_t n = 1; n < 200; n++) {
			struct conversation_birth birth = birth_of(n);

			table_remove(table, table_by_id(table, &birth.id));
		}
		assert_int_equal(table->count, 0);
		assert_int_equal(table->used, 199);
	}
	table_done(table);
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_makes_sense_may_come),
		cmocka_unit_test(what_is_taken_back_never_was),
		cmocka_unit_test(the_same_open_key_brings_the_same_bearer),
		cmocka_unit_test(each_side_may_speak_so_fast_and_no_faster),
		cmocka_unit_test(estimates_come_from_what_was_seen),
		cmocka_unit_test(presence_is_kept_while_the_agent_is_away),
		cmocka_unit_test(records_come_back_as_they_were),
		cmocka_unit_test(the_table_finds_each_in_three_ways),
	};

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
