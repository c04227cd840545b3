/* SPDX-License-Identifier: EUPL-1.2 */
/* What browsers may say, and what they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "counter/say.h"
#include "counter/tell.h"

#define T "AAECAwQFBgcICQoLDA0ODw"

static enum chat_result read_text(const char *text, struct say *say)
{
	return say_read(slice_of(text), say);
}

static void every_message_is_read(void **state)
{
	static const uint8_t bytes[] = { 0, 1, 2,  3,  4,  5,  6,  7,
					 8, 9, 10, 11, 12, 13, 14, 15 };
	struct say say;

	(void)state;
	assert_int_equal(read_text("{\"t\":\"open\",\"key\":\"" T
				   "\",\"lang\":\"sv\",\"nick\":\"Ä 1\","
				   "\"queue\":\"q-1\",\"notice\":\"1a2b3c4d\","
				   "\"more\":[1]}",
				   &say),
			 CHAT_OK);
	assert_int_equal(say.kind, SAY_OPEN);
	assert_memory_equal(say.key, bytes, sizeof(bytes));
	assert_string_equal(say.language, "sv");
	assert_string_equal(say.nickname, "Ä 1");
	assert_string_equal(say.queue, "q-1");
	assert_int_equal(say.notice, 0x1a2b3c4d);

	assert_int_equal(read_text("{\"t\":\"hello\",\"token\":\"" T
				   "\",\"after\":7,"
				   "\"epoch\":\"00000000000000ff\"}",
				   &say),
			 CHAT_OK);
	assert_int_equal(say.kind, SAY_HELLO);
	assert_int_equal(say.number, 7);
	assert_true(say.has_epoch);
	assert_int_equal(say.epoch, 255);

	assert_int_equal(read_text("{\"t\":\"say\",\"id\":\"" T
				   "\",\"text\":\"Hei\\n\\u00e4\"}",
				   &say),
			 CHAT_OK);
	assert_int_equal(say.kind, SAY_TEXT);
	assert_string_equal(say.text, "Hei\nä");
	assert_int_equal(say.size, strlen("Hei\nä"));

	assert_int_equal(read_text("{\"t\":\"typing\",\"on\":true}", &say),
			 CHAT_OK);
	assert_true(say.on);
	assert_int_equal(read_text("{\"t\":\"get\",\"after\":0}", &say),
			 CHAT_OK);
	assert_int_equal(read_text("{\"t\":\"seen\",\"n\":3}", &say), CHAT_OK);
	assert_int_equal(say.number, 3);
	assert_int_equal(read_text("{\"t\":\"stay\"}", &say), CHAT_OK);
	assert_int_equal(read_text("{\"t\":\"ping\",\"last\":3}", &say),
			 CHAT_OK);
	assert_int_equal(read_text("{\"t\":\"ping\"}", &say), CHAT_OK);
	assert_int_equal(read_text("{\"t\":\"end\"}", &say), CHAT_OK);
}

static void what_is_not_quite_a_message_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"\"stay\"",
		"{\"t\":\"stay\"",
		"nonsense",
		"{\"t\":\"nothing\"}",
		"{\"t\":1}",
		/* Twice the same member. */
		"{\"t\":\"stay\",\"t\":\"end\"}",
		/* Too deep. */
		"{\"t\":\"stay\",\"x\":[[[[1]]]]}",
		/* Two messages. */
		"{\"t\":\"stay\"}{\"t\":\"end\"}",
		/* Not UTF-8, a lone surrogate, NUL. */
		"{\"t\":\"say\",\"id\":\"" T "\",\"text\":\"\xff\"}",
		"{\"t\":\"say\",\"id\":\"" T "\",\"text\":\"\\ud800\"}",
		"{\"t\":\"say\",\"id\":\"" T "\",\"text\":\"a\\u0000b\"}",
		/* Members that are missing, or of another kind. */
		"{\"t\":\"say\",\"id\":\"" T "\"}",
		"{\"t\":\"say\",\"id\":\"" T "\",\"text\":\"\"}",
		"{\"t\":\"say\",\"text\":\"a\"}",
		"{\"t\":\"say\",\"id\":\"" T "=\",\"text\":\"a\"}",
		"{\"t\":\"say\",\"id\":\"AAECAwQFBgcICQoLDA0OD\","
		"\"text\":\"a\"}",
		/* The last bits are not all of a byte. */
		"{\"t\":\"hello\",\"token\":\"AAECAwQFBgcICQoLDA0ODx\"}",
		"{\"t\":\"hello\",\"token\":\"AAECAwQFBgcICQoLDA0OD+\"}",
		"{\"t\":\"hello\",\"token\":\"" T "\",\"after\":-1}",
		"{\"t\":\"hello\",\"token\":\"" T "\",\"after\":1.5}",
		"{\"t\":\"hello\",\"token\":\"" T "\",\"after\":99999999999}",
		"{\"t\":\"hello\",\"token\":\"" T "\",\"epoch\":\"ff\"}",
		"{\"t\":\"open\",\"key\":\"" T "\",\"lang\":\"fi\"}",
		"{\"t\":\"open\",\"key\":\"" T "\",\"notice\":\"1a2b3c4d\"}",
		"{\"t\":\"open\",\"key\":\"" T
		"\",\"lang\":\"fi\",\"notice\":\"1a2b3c4d\","
		"\"nick\":\"a\\nb\"}",
		"{\"t\":\"open\",\"key\":\"" T
		"\",\"lang\":\"finnish\",\"notice\":\"1a2b3c4d\"}",
		"{\"t\":\"typing\",\"on\":1}",
		"{\"t\":\"typing\"}",
		"{\"t\":\"get\"}",
		"{\"t\":\"seen\",\"n\":\"3\"}",
	};
	struct say say;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (read_text(texts[i], &say) != CHAT_INVALID)
			fail_msg("taken: %s", texts[i]);
}

static void a_text_too_long_is_told_with_its_id(void **state)
{
	char text[CHAT_TEXT_MAX + 64];
	struct say say;
	int used;

	(void)state;
	for (int more = 0; more < 2; more++) {
		used = snprintf(text, sizeof(text),
				"{\"t\":\"say\",\"id\":\"" T "\",\"text\":\"");
		memset(text + used, 'x', CHAT_TEXT_MAX + (size_t)more);
		snprintf(text + used + CHAT_TEXT_MAX + more, 3, "\"}");
		assert_int_equal(read_text(text, &say),
				 more ? CHAT_TOO_LONG : CHAT_OK);
		assert_true(say.has_id);
	}
}

static void a_message_too_large_is_not_looked_at(void **state)
{
	static char text[SAY_SIZE_MAX + 64];
	struct say say;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"t\":\"stay\"}", 12);
	assert_int_equal(say_read((struct slice){ text, SAY_SIZE_MAX }, &say),
			 CHAT_OK);
	assert_int_equal(
		say_read((struct slice){ text, SAY_SIZE_MAX + 1 }, &say),
		CHAT_INVALID);
}

static void brackets_in_a_text_are_no_depth(void **state)
{
	struct say say;

	(void)state;
	assert_int_equal(read_text("{\"t\":\"say\",\"id\":\"" T
				   "\",\"text\":\"[[[[[[{{{{\\\"[[[[\"}",
				   &say),
			 CHAT_OK);
	assert_string_equal(say.text, "[[[[[[{{{{\"[[[[");
}

static void tokens_and_epochs_are_the_same_both_ways(void **state)
{
	uint8_t token[CHAT_TOKEN_SIZE], again[CHAT_TOKEN_SIZE];
	char text[SAY_TOKEN_TEXT], epoch_text[SAY_EPOCH_TEXT];
	uint64_t epoch;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		memcpy(token, id_new().byte, sizeof(token));
		say_token_text(token, text);
		assert_int_equal(strlen(text), 22);
		assert_int_equal(say_token_read(slice_of(text), again), 0);
		assert_memory_equal(token, again, sizeof(token));
	}
	say_epoch_text(0xfedcba9876543210, epoch_text);
	assert_string_equal(epoch_text, "fedcba9876543210");
	assert_int_equal(say_epoch_read(slice_of(epoch_text), &epoch), 0);
	assert_true(epoch == 0xfedcba9876543210);
}

static void an_event_is_told_without_what_is_not_the_visitors(void **state)
{
	struct chat_event event = {
		.seq = 4,
		.at = 1769853600 * NS_PER_S,
		.kind = CHAT_MESSAGE,
		.side = CHAT_SIDE_AGENT,
		.flags = CHAT_FLAG_MASKED,
		.client_id = { 1 },
		.name = "Agent \"1\"",
		.agent = "agent-1",
		.size = 6,
		.text = "a\n<b>\x07",
	};
	struct text out = TEXT_NEW;

	(void)state;
	tell_event(&out, &event);
	assert_string_equal(
		out.bytes,
		"{\"t\":\"event\",\"n\":4,\"at\":\"2026-01-31T10:00:00.000Z\","
		"\"kind\":\"message\",\"from\":\"agent\","
		"\"name\":\"Agent \\\"1\\\"\",\"text\":\"a\\u000a<b>\\u0007\","
		"\"masked\":true}");
	out.size = 0;
	event.kind = CHAT_CLOSED_BY;
	event.reason = CHAT_REASON_MISUSE;
	tell_event(&out, &event);
	assert_non_null(strstr(out.bytes, "\"reason\":\"agent\"}"));
	assert_null(strstr(out.bytes, "misuse"));
	assert_null(strstr(out.bytes, "agent-1"));
	text_drop(&out);
}

static void no_message_holds_a_line_break(void **state)
{
	struct chat_event event = { .seq = 1,
				    .kind = CHAT_MESSAGE,
				    .side = CHAT_SIDE_VISITOR };
	struct text out = TEXT_NEW;

	(void)state;
	for (int c = 1; c < 256; c++)
		event.text[event.size++] = (char)c;
	tell_event(&out, &event);
	for (size_t i = 0; i < out.size; i++)
		assert_true((unsigned char)out.bytes[i] >= 0x20);
	text_drop(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_is_read),
		cmocka_unit_test(what_is_not_quite_a_message_is_none),
		cmocka_unit_test(a_text_too_long_is_told_with_its_id),
		cmocka_unit_test(a_message_too_large_is_not_looked_at),
		cmocka_unit_test(brackets_in_a_text_are_no_depth),
		cmocka_unit_test(tokens_and_epochs_are_the_same_both_ways),
		cmocka_unit_test(
			an_event_is_told_without_what_is_not_the_visitors),
		cmocka_unit_test(no_message_holds_a_line_break),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
