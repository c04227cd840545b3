/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/parse/multipart.h"

#define SDP "v=0\r\no=- 1 1 IN IP4 192.0.2.1"
#define XML "<recording/>"

static void check_both(struct slice type, struct slice body)
{
	struct multipart parts;

	assert_int_equal(multipart_parse(type, body, &parts), 0);
	assert_true(
		slice_is(multipart_find(&parts, MULTIPART_SDP), SLICE(SDP)));
	assert_true(slice_is(multipart_find(&parts, MULTIPART_METADATA),
			     SLICE(XML)));
}

static void every_shape_of_a_body_is_understood(void **state)
{
	(void)state;
	/* As it should be, then as it comes. */
	check_both(SLICE("multipart/mixed;boundary=b"),
		   SLICE("--b\r\nContent-Type: application/sdp\r\n\r\n" SDP
			 "\r\n--b\r\nContent-Type: "
			 "application/rs-metadata+xml\r\n\r\n" XML
			 "\r\n--b--\r\n"));
	check_both(SLICE("Multipart/Mixed ; x=y; boundary = \"b c\""),
		   SLICE("\r\npreamble\r\n--b c  \r\nContent-type:application/"
			 "rs-metadata\r\nContent-Length: 7\r\n\r\n" XML
			 "\r\n--b c\r\nc:application/sdp\r\n\r\n" SDP
			 "\r\n--b c-- \r\nepilogue"));
	/* No last boundary, no last line end, a third part. */
	check_both(SLICE("multipart/mixed;boundary=b"),
		   SLICE("--b\r\nContent-Type: application/sdp;x=y\r\n\r\n" SDP
			 "\r\n--b\r\nContent-Type: application/gtd\r\n\r\nGCI"
			 "\r\n--b\r\nContent-Type: application/rs-metadata\r\n"
			 "\r\n" XML));
	/* Boundary lost on the way, types too. */
	check_both(SLICE("multipart/mixed"),
		   SLICE("\r\n--lost\r\n\r\n" SDP "\r\n--lost\r\n\r\n" XML
			 "\r\n--lost--"));
	/* One inside the other. */
	check_both(
		SLICE("multipart/mixed;boundary=o"),
		SLICE("--o\r\nContent-Type: multipart/related;boundary=i"
		      "\r\n\r\n--i\r\nContent-Type: application/sdp\r\n\r\n" SDP
		      "\r\n--i--\r\n--o\r\nContent-Type: "
		      "application/rs-metadata+xml\r\n\r\n" XML "\r\n--o--"));
}

static void bare_line_feeds_separate_too(void **state)
{
	struct multipart parts;

	(void)state;
	assert_int_equal(
		multipart_parse(SLICE("multipart/mixed;boundary=b"),
				SLICE("--b\nContent-Type: application/sdp\n\n"
				      "v=0\n--b--\n"),
				&parts),
		0);
	assert_int_equal(parts.count, 1);
	assert_true(
		slice_is(multipart_find(&parts, MULTIPART_SDP), SLICE("v=0")));
}

static void a_body_may_be_one_part(void **state)
{
	struct multipart parts;

	(void)state;
	assert_int_equal(multipart_parse(SLICE("application/rs-metadata"),
					 SLICE(XML), &parts),
			 0);
	assert_true(slice_is(multipart_find(&parts, MULTIPART_METADATA),
			     SLICE(XML)));
	assert_int_equal(multipart_parse(SLICE(""), SLICE(SDP), &parts), 0);
	assert_int_equal(parts.parts[0].kind, MULTIPART_SDP);
	assert_int_equal(
		multipart_parse(SLICE("application/sdp"), SLICE(""), &parts),
		0);
	assert_int_equal(parts.count, 0);
	assert_null(multipart_find(&parts, MULTIPART_SDP).at);
}

static void what_must_be_understood_is_told(void **state)
{
	struct multipart parts;

	(void)state;
	assert_int_equal(
		multipart_parse(
			SLICE("multipart/mixed;boundary=b"),
			SLICE("--b\r\nContent-Type: a/b\r\n"
			      "Content-Disposition: x; handling=optional\r\n"
			      "\r\n1\r\n--b\r\nContent-Type: c/d\r\n\r\n2"),
			&parts),
		0);
	assert_false(parts.parts[0].is_required);
	assert_true(parts.parts[1].is_required);
	assert_true(parts.is_unclosed);
}

static void parts_are_bounded(void **state)
{
	static char body[4096];
	struct multipart parts;
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		used += (size_t)snprintf(body + used, sizeof(body) - used,
					 "--b\r\n\r\n%d\r\n", i);
	assert_int_equal(multipart_parse(SLICE("multipart/mixed;boundary=b"),
					 (struct slice){ body, used }, &parts),
			 0);
	assert_int_equal(parts.count, MULTIPART_PARTS_MAX);
	assert_int_equal(parts.dropped, 100 - MULTIPART_PARTS_MAX);
}

static void a_body_without_a_part_is_refused(void **state)
{
	struct multipart parts;

	(void)state;
	assert_int_equal(multipart_parse(SLICE("multipart/mixed;boundary=b"),
					 SLICE("nothing"), &parts),
			 -EBADMSG);
	assert_int_equal(multipart_parse(SLICE("multipart/mixed"),
					 SLICE("x\r\n--b\r\n"), &parts),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_of_a_body_is_understood),
		cmocka_unit_test(bare_line_feeds_separate_too),
		cmocka_unit_test(a_body_may_be_one_part),
		cmocka_unit_test(what_must_be_understood_is_told),
		cmocka_unit_test(parts_are_bounded),
		cmocka_unit_test(a_body_without_a_part_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
