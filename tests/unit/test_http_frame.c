/* SPDX-License-Identifier: EUPL-1.2 */
/* Frames of a WebSocket, without any socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/frame.h"
#include "wire_cases.h"

/* An echoing server made of nothing but the parser. */
static void echo(const struct wire_case *of, size_t step, struct wire *out)
{
	struct frame_reader reader = { 0 };
	struct slice payload;
	uint16_t code;
	size_t pings = 0;
	bool is_over = false;

	for (size_t at = 0; at < of->said.size && !is_over; at += step) {
		size_t left = of->said.size - at;
		/* Exactly as large, so that a sanitizer sees its end. */
		struct slice bytes = { NULL, left < step ? left : step };
		OWNED(drop_memory) char *copy = malloc(bytes.size);

		memcpy(copy, of->said.bytes + at, bytes.size);
		bytes.at = copy;
		while (bytes.size > 0 && !is_over) {
			struct wire_case to = { .heard = *out };

			switch (frame_read(&reader, &bytes, &payload, &code)) {
			case FRAME_TEXT:
				wire_hears(&to, 0x81, payload.at, payload.size);
				break;
			case FRAME_PING:
				is_over = ++pings > SOCKET_CONTROLS_MAX;
				if (!is_over)
					wire_hears(&to, 0x8a, payload.at,
						   payload.size);
				break;
			case FRAME_CLOSE:
				is_over = true;
				if (code == FRAME_CODE_NONE)
					wire_hears(&to, 0x88, "", 0);
				else
					wire_hears_close(&to, code);
				break;
			case FRAME_WRONG:
				is_over = true;
				wire_hears_close(&to, code);
				break;
			case FRAME_PONG:
			case FRAME_NONE:
				break;
			}
			*out = to.heard;
		}
	}
	frame_rest(&reader);
	assert_int_equal(is_over, of->is_over);
}

static void check(const struct wire_case *of, size_t step)
{
	struct wire heard = { 0 };

	echo(of, step, &heard);
	/* What limits pings is the socket's, with words of its own. */
	if (strncmp(of->name, "2.5 ", 4) != 0 &&
	    (heard.size != of->heard.size ||
	     memcmp(heard.bytes, of->heard.bytes, heard.size) != 0))
		fail_msg("%s, in steps of %zu", of->name, step);
	free(heard.bytes);
}

static void every_case_of_the_rfc_ends_as_it_says(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 5, 7, 64, 4096, 1 << 20 };
	struct wire_cases *cases = malloc(sizeof(*cases));

	(void)state;
	memset(cases, 0, sizeof(*cases));
	wire_all(cases);
	assert_true(cases->count > 500);
	for (size_t i = 0; i < cases->count; i++)
		for (size_t s = 0; s < COUNT(steps); s++)
			check(&cases->at[i], steps[s]);
	print_message("# %zu cases\n", cases->count);
	wire_free(cases);
}

static bool is_text(const char *bytes, size_t size)
{
	return frame_is_text((struct slice){ bytes, size });
}

static void three_bytes_are_text_if_arithmetic_says_so(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 1u << 24; n += n < 1u << 16 ? 1 : 7) {
		const char bytes[4] = { (char)(n >> 16), (char)(n >> 8),
					(char)n, (char)0xbf };
		bool is_whole = false;

		for (size_t size = 1; size <= 4; size++) {
			bool is = wire_may_begin(bytes, size, &is_whole) &&
				  is_whole;

			if (is_text(bytes, size) != is)
				fail_msg("%06x, %zu bytes", n, size);
		}
	}
}

static void every_letter_of_four_bytes_is_text_or_not(void **state)
{
	(void)state;
	for (unsigned int n = 0xef000000; n >= 0xef000000; n += 0x0503) {
		const char bytes[4] = { (char)(n >> 24), (char)(n >> 16),
					(char)(n >> 8), (char)n };
		bool is_whole = false;
		bool is = wire_may_begin(bytes, 4, &is_whole) && is_whole;

		if (is_text(bytes, 4) != is)
			fail_msg("%08x", n);
	}
}

static void codes_are_those_that_may_be_said(void **state)
{
	size_t count = 0;

	(void)state;
	for (unsigned int code = 0; code <= UINT16_MAX; code++)
		count += frame_is_code((uint16_t)code);
	assert_int_equal(count, 4 + 8 + 2000);
	assert_false(frame_is_code(1005));
	assert_false(frame_is_code(1015));
}

static void a_reader_at_rest_holds_nothing(void **state)
{
	struct frame_reader reader = { 0 };
	struct slice payload,
		bytes = SLICE("\x81\x81\0\0\0\0a\x01\x80\0\0\0\0");
	uint16_t code;

	(void)state;
	assert_true(frame_is_at_rest(&reader));
	assert_int_equal(frame_read(&reader, &bytes, &payload, &code),
			 FRAME_TEXT);
	frame_rest(&reader);
	assert_null(reader.message);
	assert_true(frame_is_at_rest(&reader));
	assert_int_equal(frame_read(&reader, &bytes, &payload, &code),
			 FRAME_NONE);
	assert_false(frame_is_at_rest(&reader));
	frame_rest(&reader);
	assert_true(sizeof(reader) <= 200);
}

/* Who announces much and sends little makes nobody hold much. */
static void memory_follows_what_arrives(void **state)
{
	struct frame_reader reader = { 0 };
	struct slice payload, bytes = SLICE("\x81\xfe\x40\0\0\0\0\0a");
	uint16_t code;

	(void)state;
	assert_int_equal(frame_read(&reader, &bytes, &payload, &code),
			 FRAME_NONE);
	assert_true(reader.room <= 256);
	frame_rest(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_of_the_rfc_ends_as_it_says),
		cmocka_unit_test(three_bytes_are_text_if_arithmetic_says_so),
		cmocka_unit_test(every_letter_of_four_bytes_is_text_or_not),
		cmocka_unit_test(codes_are_those_that_may_be_said),
		cmocka_unit_test(a_reader_at_rest_holds_nothing),
		cmocka_unit_test(memory_follows_what_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
