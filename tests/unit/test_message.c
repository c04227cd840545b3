/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/parse/header.h"
#include "siprec/parse/message.h"
#include "siprec/parse/uri.h"

#define HEAD(more)                                                             \
	"INVITE sip:srs@192.0.2.10 SIP/2.0\r\n"                                \
	"Via: SIP/2.0/TLS [2001:db8::1]:5061;rport;branch=z9hG4bK1\r\n"        \
	"Max-Forwards: 70\r\n"                                                 \
	"From: \"A, B\" <sip:a@example.com;x-refci=7>;tag=f1\r\n"              \
	"To: <sip:srs@192.0.2.10>\r\n"                                         \
	"Call-ID: 1@example.com\r\n"                                           \
	"CSeq: 1 INVITE\r\n" more

static void a_stream_is_cut_by_its_length(void **state)
{
	static const char text[] =
		"\r\n\r\n" HEAD("l: 3\r\n\r\nabc") HEAD("l: 0\r\n\r\n");
	struct slice bytes = { text, sizeof(text) - 1 };
	size_t blank, size;

	(void)state;
	assert_int_equal(message_frame(bytes, &blank, &size), 0);
	assert_int_equal(blank, 4);
	assert_memory_equal(text + blank + size - 3, "abc", 3);
	bytes = slice_from(bytes, blank + size);
	assert_int_equal(message_frame(bytes, &blank, &size), 0);
	assert_int_equal(size, bytes.size);
	/* Byte by byte it asks for more, and for how much it needs. */
	for (size_t have = 0; have < bytes.size; have++) {
		struct slice part = { bytes.at, have };

		assert_int_equal(message_frame(part, &blank, &size), -EAGAIN);
		assert_true(size > have && size <= bytes.size);
	}
}

static void a_stream_has_limits(void **state)
{
	static char text[MESSAGE_HEAD_MAX + 64];
	struct slice bytes = { text, sizeof(text) };
	size_t blank, size;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(message_frame(bytes, &blank, &size), -EFBIG);
	bytes = SLICE(HEAD("Content-Length: 65537\r\n\r\n"));
	assert_int_equal(message_frame(bytes, &blank, &size), -EFBIG);
	bytes = SLICE(HEAD("Content-Length: 65536\r\n\r\n"));
	assert_int_equal(message_frame(bytes, &blank, &size), -EAGAIN);
	bytes = SLICE(HEAD("\r\n"));
	assert_int_equal(message_frame(bytes, &blank, &size), -EBADMSG);
}

static void headers_are_found_by_any_of_their_names(void **state)
{
	struct slice bytes =
		SLICE(HEAD("k: timer\r\nSUPPORTED: 100rel ,\r\n replaces\r\n"
			   "s: subject\r\nX-Vendor: one\r\nx-vendor: two\r\n"
			   "Record-Route: <sip:p1;lr>, <sip:p2,x;lr>\r\n\r\n"));
	struct message message;

	(void)state;
	assert_int_equal(message_parse(bytes, &message), 0);
	assert_int_equal(message.refuse, 0);
	assert_true(message_has(&message, MESSAGE_SUPPORTED, SLICE("Timer")));
	assert_true(
		message_has(&message, MESSAGE_SUPPORTED, SLICE("replaces")));
	assert_true(slice_is(message_find(&message, SLICE("Subject"), 0),
			     SLICE("subject")));
	assert_true(slice_is(message_find(&message, SLICE("X-VENDOR"), 1),
			     SLICE("two")));
	assert_int_equal(message_find(&message, SLICE("X-VENDOR"), 2).size, 0);
	assert_true(slice_is(message_value(&message, MESSAGE_RECORD_ROUTE, 1),
			     SLICE("<sip:p2,x;lr>")));
	assert_true(slice_is(message.via.host, SLICE("[2001:db8::1]")));
	assert_int_equal(message.via.port, 5061);
	assert_true(message.via.has_rport);
}

static void numbers_of_extensions_are_read(void **state)
{
	struct slice bytes = SLICE(HEAD(
		"x: 1800 ; refresher=uac\r\nMin-SE: 90\r\n"
		"Replaces: 98732@example.com;from-tag=r33th4x0r;to-tag=ff87ff"
		";early-only\r\n\r\n"));
	struct message_replaces replaces;
	struct message message;
	struct slice refresher;
	uint32_t seconds;

	(void)state;
	assert_int_equal(message_parse(bytes, &message), 0);
	assert_int_equal(
		message_session_expires(&message, &seconds, &refresher), 0);
	assert_int_equal(seconds, 1800);
	assert_true(slice_is(refresher, SLICE("uac")));
	assert_int_equal(message_min_se(&message, &seconds), 0);
	assert_int_equal(seconds, 90);
	assert_int_equal(message_replaces(&message, &replaces), 0);
	assert_true(slice_is(replaces.to_tag, SLICE("ff87ff")));
	assert_true(replaces.is_early_only);
}

static void what_is_missing_or_wrong_is_told_apart(void **state)
{
	struct message message;
	struct slice refresher;
	uint32_t seconds;

	(void)state;
	assert_int_equal(message_parse(SLICE(HEAD("\r\n")), &message), 0);
	assert_int_equal(message_min_se(&message, &seconds), -ENOENT);
	assert_int_equal(message_parse(SLICE(HEAD("Min-SE: 9x\r\n"
						  "x: 5000000000\r\n\r\n")),
				       &message),
			 0);
	assert_int_equal(message_min_se(&message, &seconds), -EBADMSG);
	assert_int_equal(
		message_session_expires(&message, &seconds, &refresher),
		-EBADMSG);
}

static void commas_in_quotes_and_brackets_do_not_separate(void **state)
{
	struct slice list = SLICE("\"a,b\" <sip:x,y@z>;p=\"1,2\" , , c"), one;

	(void)state;
	one = header_next(&list);
	assert_true(slice_is(one, SLICE("\"a,b\" <sip:x,y@z>;p=\"1,2\"")));
	assert_true(slice_is(header_params(one), SLICE(";p=\"1,2\"")));
	assert_true(slice_is(header_next(&list), SLICE("c")));
	assert_int_equal(header_next(&list).size, 0);
}

static void a_parameter_twice_is_no_parameter(void **state)
{
	struct slice value;

	(void)state;
	assert_int_equal(
		header_param(SLICE(";a=1;B=\"2\";a=3"), SLICE("b"), &value), 0);
	assert_true(slice_is(value, SLICE("2")));
	assert_int_equal(
		header_param(SLICE(";a=1;b=2;A=3"), SLICE("a"), &value),
		-EINVAL);
	assert_int_equal(header_param(SLICE(";a=1"), SLICE("c"), &value),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_cut_by_its_length),
		cmocka_unit_test(a_stream_has_limits),
		cmocka_unit_test(headers_are_found_by_any_of_their_names),
		cmocka_unit_test(numbers_of_extensions_are_read),
		cmocka_unit_test(what_is_missing_or_wrong_is_told_apart),
		cmocka_unit_test(commas_in_quotes_and_brackets_do_not_separate),
		cmocka_unit_test(a_parameter_twice_is_no_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
