/* SPDX-License-Identifier: EUPL-1.2 */
/* Forms, cookies, ranges, routes: everything of http/ that is pure. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/form.h"
#include "http/http.h"
#include "http/range.h"

static void a_form_is_decoded(void **state)
{
	const struct slice form =
		SLICE("a=1+2&b=%C3%A4%26&c&d=&a=later&%65=coded");
	char out[16];

	(void)state;
	assert_int_equal(form_value(form, "a", out, sizeof(out)), 0);
	assert_string_equal(out, "1 2");
	assert_int_equal(form_value(form, "b", out, sizeof(out)), 0);
	assert_string_equal(out, "ä&");
	assert_int_equal(form_value(form, "c", out, sizeof(out)), 0);
	assert_string_equal(out, "");
	assert_int_equal(form_value(form, "e", out, sizeof(out)), 0);
	assert_string_equal(out, "coded");
	assert_int_equal(form_value(form, "x", out, sizeof(out)), -ENOENT);
}

static void a_value_too_long_or_broken_is_refused(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(form_value(SLICE("a=1234"), "a", out, sizeof(out)),
			 -ENAMETOOLONG);
	assert_string_equal(out, "");
	assert_int_equal(form_value(SLICE("a=%4"), "a", out, sizeof(out)),
			 -EINVAL);
	assert_int_equal(form_value(SLICE("a=%zz"), "a", out, sizeof(out)),
			 -EINVAL);
	assert_int_equal(form_value(SLICE("a=%00"), "a", out, sizeof(out)),
			 -EINVAL);
}

static void too_many_fields_are_refused(void **state)
{
	char many[2 * FORM_FIELDS_MAX + 3];

	(void)state;
	memset(many, '&', sizeof(many));
	assert_int_equal(form_check((struct slice){ many, FORM_FIELDS_MAX }),
			 0);
	assert_int_equal(form_check((struct slice){ many, sizeof(many) }),
			 -E2BIG);
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
	const struct slice header =
		SLICE("xtallenne=1; tallenne=abc; __Host-tallenne=d");

	(void)state;
	assert_true(slice_is(form_cookie(header, "tallenne"), SLICE("abc")));
	assert_true(
		slice_is(form_cookie(header, "__Host-tallenne"), SLICE("d")));
	assert_int_equal(form_cookie(header, "nne").size, 0);
}

static void nobody_is_sent_elsewhere(void **state)
{
	(void)state;
	assert_true(form_is_local("/contacts?a=b"));
	assert_false(form_is_local("//evil.example/"));
	assert_false(form_is_local("/\\evil.example/"));
	assert_false(form_is_local("https://evil.example/"));
	assert_false(form_is_local("/a\r\nSet-Cookie: x=y"));
	assert_false(form_is_local(""));
}

static void check_range(const char *header, enum range_verdict verdict,
			uint64_t offset, uint64_t size)
{
	uint64_t o, s;

	assert_int_equal(range_read(slice_of(header), 1000, &o, &s), verdict);
	assert_int_equal(o, offset);
	assert_int_equal(s, size);
}

static void ranges_are_those_of_rfc_9110(void **state)
{
	(void)state;
	check_range("", RANGE_WHOLE, 0, 1000);
	check_range("bytes=0-", RANGE_PART, 0, 1000);
	check_range("bytes=0-0", RANGE_PART, 0, 1);
	check_range("bytes=500-1999", RANGE_PART, 500, 500);
	check_range("Bytes= 10-19", RANGE_PART, 10, 10);
	check_range("bytes=-5", RANGE_PART, 995, 5);
	check_range("bytes=-5000", RANGE_PART, 0, 1000);
	check_range("bytes=1000-", RANGE_NOWHERE, 0, 1000);
	check_range("bytes=-0", RANGE_NOWHERE, 0, 1000);
	check_range("bytes=5-2", RANGE_WHOLE, 0, 1000);
	check_range("bytes=0-1,5-6", RANGE_WHOLE, 0, 1000);
	check_range("lines=0-1", RANGE_WHOLE, 0, 1000);
	check_range("bytes=0-99999999999999999999", RANGE_WHOLE, 0, 1000);
}

static const struct http_route routes[] = {
	{ "/", HTTP_GET },
	{ "/contacts", HTTP_GET },
	{ "/contacts/{id}", HTTP_GET },
	{ "/contacts/{id}/recordings/{call}", HTTP_GET },
	{ "/login", HTTP_GET },
	{ "/login", HTTP_POST },
};

static int find(enum http_method method, const char *path, size_t *index,
		struct http_request *request)
{
	unsigned int allow = 0;

	*request = (struct http_request){ .method = method,
					  .path = slice_of(path) };
	return http_find(routes, COUNT(routes), sizeof(routes[0]), request,
			 index, &allow);
}

static void routes_fit_whole_paths_only(void **state)
{
	struct http_request request;
	size_t index;

	(void)state;
	assert_int_equal(find(HTTP_GET, "/", &index, &request), 0);
	assert_int_equal(index, 0);
	assert_int_equal(find(HTTP_GET, "/contacts/ab", &index, &request), 0);
	assert_int_equal(index, 2);
	assert_true(slice_is(request.param[0], SLICE("ab")));
	assert_int_equal(
		find(HTTP_GET, "/contacts/a/recordings/b", &index, &request),
		0);
	assert_true(slice_is(request.param[1], SLICE("b")));
	assert_int_equal(find(HTTP_POST, "/login", &index, &request), 0);
	assert_int_equal(index, 5);
	assert_int_equal(find(HTTP_GET, "/contacts/", &index, &request),
			 -ENOENT);
	assert_int_equal(find(HTTP_GET, "//", &index, &request), -ENOENT);
	assert_int_equal(find(HTTP_GET, "/contacts/a/b", &index, &request),
			 -ENOENT);
	assert_int_equal(find(HTTP_POST, "/contacts", &index, &request),
			 -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_is_decoded),
		cmocka_unit_test(a_value_too_long_or_broken_is_refused),
		cmocka_unit_test(too_many_fields_are_refused),
		cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
		cmocka_unit_test(nobody_is_sent_elsewhere),
		cmocka_unit_test(ranges_are_those_of_rfc_9110),
		cmocka_unit_test(routes_fit_whole_paths_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
