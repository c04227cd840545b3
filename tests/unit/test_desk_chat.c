/* SPDX-License-Identifier: EUPL-1.2 */
/* What the room chat and the vault say is looked through, and becomes JSON
   and pages that hold nothing but its words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "desk/answers.h"
#include "desk/asks.h"
#include "desk/chat_content.h"
#include "desk/seat_parts.h"
#include "desk/seat_words.h"

static struct chat_event message(const char *text)
{
	struct chat_event event = {
		.epoch = 0xfedcba9876543210ULL,
		.seq = 7,
		.at = 1795430000 * NS_PER_S + 500 * NS_PER_MS,
		.kind = CHAT_MESSAGE,
		.side = CHAT_SIDE_VISITOR,
		.flags = CHAT_FLAG_MASKED,
		.name = "</script>",
		.size = (uint32_t)strlen(text),
	};

	event.client_id[0] = 0xab;
	snprintf(event.text, sizeof(event.text), "%s", text);
	return event;
}

static void an_event_becomes_json_that_is_only_words(void **state)
{
	struct chat_event event = message("a\"b\n\ndata: x\\");
	struct text out = TEXT_NEW;

	(void)state;
	assert_true(seat_event_holds(&event));
	seat_json_event(&out, &event);
	assert_string_equal(
		out.bytes,
		"{\"epoch\":\"fedcba9876543210\",\"n\":7,"
		"\"at\":1795430000500,\"kind\":\"message\","
		"\"from\":\"visitor\",\"name\":\"</script>\",\"agent\":null,"
		"\"id\":\"ab000000000000000000000000000000\","
		"\"text\":\"a\\\"b\\u000a\\u000adata: x\\\\\","
		"\"masked\":true,\"reason\":null}");
	assert_null(strchr(out.bytes, '\n'));
	text_drop(&out);
}

static void an_event_that_does_not_hold_is_refused(void **state)
{
	struct chat_event event = message("abc");

	(void)state;
	event.size = 2; /* less than there is */
	assert_false(seat_event_holds(&event));
	event = message("abc");
	event.size = 4; /* a NUL inside */
	assert_false(seat_event_holds(&event));
	event = message("abc");
	event.size = CHAT_TEXT_SIZE;
	memset(event.text, 'a', sizeof(event.text));
	assert_false(seat_event_holds(&event));
	event = message("abc");
	memset(event.name, 'a', sizeof(event.name));
	assert_false(seat_event_holds(&event));
	event = message("abc");
	event.kind = CHAT_NOTE + 1;
	assert_false(seat_event_holds(&event));
	event.kind = 0;
	assert_false(seat_event_holds(&event));
	event = message("abc");
	event.side = CHAT_SIDE_SYSTEM + 1;
	assert_false(seat_event_holds(&event));
	event = message("abc");
	event.reason = CHAT_REASON_FULL + 1;
	assert_false(seat_event_holds(&event));
}

static void a_row_that_does_not_hold_is_refused(void **state)
{
	struct chat_row row = { .phase = CHAT_WAITING };
	struct chat_colleague colleague = { .presence = CHAT_BUSY };
	struct chat_seated seated = { .result = CHAT_OK,
				      .head.tag = 1,
				      .seat = 1,
				      .presence = CHAT_AVAILABLE };

	(void)state;
	assert_true(seat_row_holds(&row));
	memset(row.nickname, 'a', sizeof(row.nickname));
	assert_false(seat_row_holds(&row));
	row.nickname[0] = '\0';
	row.phase = CHAT_OVER + 1;
	assert_false(seat_row_holds(&row));
	assert_true(seat_colleague_holds(&colleague));
	colleague.presence = 0;
	assert_false(seat_colleague_holds(&colleague));
	assert_true(seat_seated_holds(&seated));
	seated.seat = 0;
	assert_false(seat_seated_holds(&seated));
	seated.seat = 1;
	seated.presence = CHAT_ABSENT + 1;
	assert_false(seat_seated_holds(&seated));
	/* One that is taken away has none. */
	seated.head.tag = 0;
	assert_true(seat_seated_holds(&seated));
}

static void each_refusal_has_a_status_and_words(void **state)
{
	static const struct {
		enum chat_result result;
		int status;
	} cases[] = {
		{ CHAT_NOT_FOUND, 404 },       { CHAT_CONFLICT, 409 },
		{ CHAT_ENDED, 409 },	       { CHAT_TOO_LONG, 413 },
		{ CHAT_TOO_FAST, 429 },	       { CHAT_FULL, 503 },
		{ CHAT_CLOSED, 409 },	       { CHAT_LATER, 503 },
		{ CHAT_INVALID, 422 },	       { CHAT_NOT_SIGNED_IN, 503 },
		{ CHAT_FORBIDDEN, 403 },       { CHAT_LOAD, 409 },
		{ CHAT_TAKEN, 409 },	       { CHAT_AWAY, 409 },
		{ (enum chat_result)99, 503 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_answer answer = HTTP_ANSWER_NEW;

		seat_answer_result(&answer, cases[i].result, 1500, NOTICE_SV);
		assert_int_equal(answer.status, cases[i].status);
		assert_string_equal(answer.type, "application/problem+json");
		assert_string_equal(answer.field[0].name, "Retry-After");
		assert_string_equal(answer.field[0].value, "2");
		http_answer_drop(&answer);
	}
}

static void reasons_are_words_both_ways(void **state)
{
	(void)state;
	for (uint32_t i = CHAT_REASON_VISITOR; i <= CHAT_REASON_FULL; i++)
		assert_int_equal(seat_reason_of(seat_reason(i)), i);
	assert_int_equal(seat_reason_of(""), 0);
	assert_int_equal(seat_reason_of("none"), 0);
	assert_string_equal(seat_reason(0), "");
	assert_string_equal(seat_reason(CHAT_REASON_FULL + 1), "");
	assert_int_equal(seat_presence_of("absent"), CHAT_ABSENT);
	assert_int_equal(seat_presence_of("asleep"), 0);
}

static void a_title_gives_a_name_of_plain_letters(void **state)
{
	char id[32], other[32];

	(void)state;
	answers_name("Vuosimaksut 2026 (ÄÖ)", id);
	assert_memory_equal(id, "vuosimaksut-2026-", 17);
	assert_true(strlen(id) < sizeof(id));
	assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"),
			 strlen(id));
	answers_name("äöå", id);
	answers_name("äöå", other);
	assert_int_equal(strlen(id), 6);
	assert_string_not_equal(id, other);
	answers_name("A very long title that does not fit into an id", id);
	assert_true(strlen(id) < sizeof(id));
}

struct drawing {
	struct desk desk;
	struct http_answer answer;
	struct visit visit;
};

static int draw(struct drawing *drawing, const char *document, uint64_t from,
		uint64_t *ret_next)
{
	*drawing = (struct drawing){ .answer = HTTP_ANSWER_NEW };
	drawing->visit.desk = &drawing->desk;
	drawing->visit.answer = &drawing->answer;
	drawing->visit.language = NOTICE_EN;
	return chat_content_draw(&drawing->visit, slice_of(document), from,
				 ret_next);
}

static void what_was_said_is_drawn_as_text(void **state)
{
	static struct drawing drawing;
	uint64_t next = 9;

	(void)state;
	assert_int_equal(
		draw(&drawing,
		     "{\"format\":\"tallenne.chat.1\",\"language\":\"fi\","
		     "\"end_reason\":\"solved\",\"events\":[{\"n\":1,"
		     "\"at\":\"2026-11-23T10:00:00.000Z\",\"kind\":\"message\","
		     "\"from\":\"visitor\",\"name\":\"<i>\",\"text\":"
		     "\"<b>&amp;\\u0000\",\"masked\":true},{\"n\":2,"
		     "\"kind\":\"closed\",\"from\":\"agent\"}],"
		     "\"notes\":[{\"n\":1,\"text\":\"</ol>\"}]}",
		     1, &next),
		-EBADMSG); /* a NUL is in no chat */
	http_answer_drop(&drawing.answer);
	assert_int_equal(
		draw(&drawing,
		     "{\"format\":\"tallenne.chat.1\",\"language\":\"fi\","
		     "\"end_reason\":\"solved\",\"events\":[{\"n\":1,"
		     "\"at\":\"2026-11-23T10:00:00.000Z\",\"kind\":\"message\","
		     "\"from\":\"visitor\",\"name\":\"<i>\",\"text\":"
		     "\"<b>&amp;\",\"masked\":true},{\"n\":2,"
		     "\"kind\":\"closed\",\"from\":\"agent\"}],"
		     "\"notes\":[{\"n\":1,\"text\":\"</ol>\"}]}",
		     1, &next),
		0);
	assert_int_equal(next, 0);
	assert_non_null(
		strstr(drawing.answer.body.bytes, "&lt;b&gt;&amp;amp;</p>"));
	assert_non_null(strstr(drawing.answer.body.bytes, "&lt;i&gt;"));
	assert_non_null(strstr(drawing.answer.body.bytes, "&lt;/ol&gt;"));
	assert_non_null(
		strstr(drawing.answer.body.bytes, "The matter was solved"));
	assert_null(strstr(drawing.answer.body.bytes, "<b>"));
	http_answer_drop(&drawing.answer);
}

static void what_is_no_conversation_is_not_drawn(void **state)
{
	static const char *const documents[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"format\":\"tallenne.chat.2\",\"events\":[],\"notes\":[]}",
		"{\"format\":\"tallenne.chat.1\",\"events\":{},\"notes\":[]}",
		"{\"format\":\"tallenne.chat.1\",\"events\":[]}",
		"{\"format\":1,\"events\":[],\"notes\":[]}",
		"{\"format\":\"tallenne.chat.1\",\"events\":[],\"notes\":[]",
	};
	static struct drawing drawing;
	uint64_t next;

	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		assert_int_equal(draw(&drawing, documents[i], 1, &next),
				 -EBADMSG);
		assert_int_equal(drawing.answer.body.size, 0);
	}
	/* Wrong kinds inside are nothing, and harm nothing. */
	assert_int_equal(draw(&drawing,
			      "{\"format\":\"tallenne.chat.1\",\"events\":["
			      "1,null,[],{\"kind\":7},{\"kind\":\"message\","
			      "\"text\":[],\"at\":\"yesterday\"}],"
			      "\"notes\":[3]}",
			      1, &next),
			 0);
	http_answer_drop(&drawing.answer);
}

static void a_long_conversation_comes_in_parts(void **state)
{
	enum { EVENTS = 400 };
	static struct drawing drawing;
	struct text document = TEXT_NEW;
	uint64_t next = 0, again;

	(void)state;
	text_say(&document, "{\"format\":\"tallenne.chat.1\",\"notes\":[],"
			    "\"events\":[");
	for (int i = 0; i < EVENTS; i++) {
		text_say(&document, i ? ",{" : "{");
		text_say(&document, "\"kind\":\"message\",\"text\":\"");
		for (int k = 0; k < CHAT_TEXT_MAX / 4; k++)
			text_say(&document, "abcd");
		text_say(&document, "\"}");
	}
	text_say(&document, "]}");
	assert_int_equal(draw(&drawing, document.bytes, 1, &next), 0);
	assert_true(next > 1 && next < EVENTS);
	http_answer_drop(&drawing.answer);
	assert_int_equal(draw(&drawing, document.bytes, next, &again), 0);
	assert_int_equal(again, 0);
	http_answer_drop(&drawing.answer);
	assert_int_equal(draw(&drawing, document.bytes, 5000, &again), 0);
	assert_int_equal(again, 0);
	http_answer_drop(&drawing.answer);
	text_drop(&document);
}

static void answers_about_chats_without_ends_are_none(void **state)
{
	static struct desk_chat_rows rows = { .count = DESK_ROWS_MAX };
	static struct desk_chat_whole whole;
	static struct desk_canned canned;

	(void)state;
	assert_true(asks_chats_hold(&rows));
	memset(rows.row[DESK_ROWS_MAX - 1].queue, 'a', 32);
	assert_false(asks_chats_hold(&rows));
	rows.count = DESK_ROWS_MAX + 1;
	assert_false(asks_chats_hold(&rows));
	assert_true(asks_chat_holds(&whole));
	memset(whole.policy_id, 'a', sizeof(whole.policy_id));
	assert_false(asks_chat_holds(&whole));
	assert_true(asks_canned_holds(&canned));
	memset(canned.item.text[NOTICE_EN], 'a', DESK_CANNED_TEXT_SIZE);
	assert_false(asks_canned_holds(&canned));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_becomes_json_that_is_only_words),
		cmocka_unit_test(an_event_that_does_not_hold_is_refused),
		cmocka_unit_test(a_row_that_does_not_hold_is_refused),
		cmocka_unit_test(each_refusal_has_a_status_and_words),
		cmocka_unit_test(reasons_are_words_both_ways),
		cmocka_unit_test(a_title_gives_a_name_of_plain_letters),
		cmocka_unit_test(what_was_said_is_drawn_as_text),
		cmocka_unit_test(what_is_no_conversation_is_not_drawn),
		cmocka_unit_test(a_long_conversation_comes_in_parts),
		cmocka_unit_test(answers_about_chats_without_ends_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
