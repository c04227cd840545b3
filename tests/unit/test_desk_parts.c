/* SPDX-License-Identifier: EUPL-1.2 */
/* Answers that are looked through, peaks, pending sign-ins, documents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "desk/asks.h"
#include "desk/metrics.h"
#include "desk/openapi.h"
#include "desk/peaks.h"
#include "desk/pending.h"
#include "desk/qr.h"
#include "house/house.h"

static void an_answer_without_ends_is_no_answer(void **state)
{
	struct desk_session session = { .role = NOTICE_ROLE_AGENT };
	struct desk_contact_rows rows = { .count = 1 };
	struct desk_words words = { .count = 64 };

	(void)state;
	assert_true(asks_session_holds(&session));
	memset(session.name, 'a', sizeof(session.name));
	assert_false(asks_session_holds(&session));
	session.name[0] = '\0';
	session.role = NOTICE_ROLES;
	assert_false(asks_session_holds(&session));
	session.role = 0;
	session.purpose_count = DESK_PURPOSES_MAX + 1;
	assert_false(asks_session_holds(&session));

	assert_true(asks_rows_hold(&rows));
	memset(rows.row[0].caller, 'a', sizeof(rows.row[0].caller));
	assert_false(asks_rows_hold(&rows));
	rows.count = DESK_ROWS_MAX + 1;
	assert_false(asks_rows_hold(&rows));

	assert_true(asks_words_hold(&words));
	words.count = 65;
	assert_false(asks_words_hold(&words));
}

static void peaks_become_json(void **state)
{
	static const char dat[] = "\2\0\0\0\1\0\0\0\x40\x1f\0\0\xa0\0\0\0"
				  "\1\0\0\0\2\0\0\0\xff\1\x80\x7f";
	struct text out = TEXT_NEW;

	(void)state;
	assert_int_equal(peaks_json((struct slice){ dat, 28 }, &out), 0);
	assert_string_equal(out.bytes,
			    "{\"version\":2,\"channels\":2,"
			    "\"sample_rate\":8000,\"samples_per_pixel\":160,"
			    "\"bits\":8,\"length\":1,"
			    "\"data\":[-1,1,-128,127]}\n");
	text_drop(&out);
	assert_int_equal(peaks_json((struct slice){ dat, 27 }, &out), -EBADMSG);
	assert_int_equal(peaks_json((struct slice){ dat, 3 }, &out), -EBADMSG);
	text_drop(&out);
}

static void what_was_typed_is_kept_for_two_minutes(void **state)
{
	struct pending *pending = pending_new();
	char user[64], password[128];
	struct id ticket, nobody = { 0 };

	(void)state;
	assert_non_null(pending);
	ticket = pending_keep(pending, "user", "secret", NS_PER_S);
	assert_int_equal(
		pending_find(pending, &ticket, 60 * NS_PER_S, user, password),
		0);
	assert_string_equal(password, "secret");
	assert_int_equal(
		pending_find(pending, &ticket, 122 * NS_PER_S, user, password),
		-ENOENT);
	assert_int_equal(
		pending_find(pending, &nobody, NS_PER_S, user, password),
		-ENOENT);
	pending_forget(pending, &ticket);
	assert_int_equal(
		pending_find(pending, &ticket, 2 * NS_PER_S, user, password),
		-ENOENT);
	pending_free(pending);
}

static void a_full_table_forgets_the_oldest(void **state)
{
	struct pending *pending = pending_new();
	struct id first, each;
	char user[64], password[128];

	(void)state;
	first = pending_keep(pending, "first", "x", NS_PER_S);
	for (int i = 0; i < PENDING_MAX; i++)
		each = pending_keep(pending, "each", "y",
				    (2 + i) * (NS_PER_S / 100) + NS_PER_S);
	assert_int_equal(
		pending_find(pending, &first, 2 * NS_PER_S, user, password),
		-ENOENT);
	assert_int_equal(
		pending_find(pending, &each, 2 * NS_PER_S, user, password), 0);
	pending_free(pending);
}

static void every_route_of_the_api_is_documented(void **state)
{
	struct text out = TEXT_NEW;

	(void)state;
	openapi_write(&out);
	assert_false(out.failed);
	for (size_t i = 0; i < desk_route_count; i++) {
		const struct desk_route *route = &desk_routes[i];
		char path[128];

		snprintf(path, sizeof(path), "\"%s\":{", route->http.pattern);
		if (!strncmp(route->http.pattern, "/api/", 5)) {
			assert_int_equal(route->kind, API);
			assert_non_null(strstr(out.bytes, path));
		} else {
			assert_int_not_equal(route->kind, API);
		}
	}
	text_drop(&out);
}

static void every_changing_route_wants_proof(void **state)
{
	(void)state;
	for (size_t i = 0; i < desk_route_count; i++) {
		const struct desk_route *route = &desk_routes[i];

		if (route->http.method == HTTP_GET || route->access == OPEN)
			continue;
		/* visit.c asks for the form token of all of these; a page's
		   script sends it in a header. */
		assert_true(route->kind == FORM || route->kind == API ||
			    route->kind == DATA);
	}
}

static void figures_with_foreign_names_are_made_harmless(void **state)
{
	static struct counter_page page;
	const struct figures_page of[] = { { &page, "vault", 0 } };
	struct text out = TEXT_NEW;

	(void)state;
	snprintf(page.counter[0].name, sizeof(page.counter[0].name), "%s",
		 "tallenne_calls_total");
	snprintf(page.counter[0].help, sizeof(page.counter[0].help), "%s",
		 "Calls\nX{evil=\"\"} 1");
	page.counter[0].kind = COUNTER_TOTAL;
	atomic_store(&page.counter[0].value, 7);
	memset(page.counter[1].name, 'A', sizeof(page.counter[1].name));
	page.counter[1].kind = COUNTER_GAUGE;
	figures_write(of, 1, &out);
	assert_string_equal(out.bytes, "# TYPE tallenne_calls counter\n"
				       "# HELP tallenne_calls CallsX{evil=} 1\n"
				       "tallenne_calls_total{room=\"vault\","
				       "process=\"0\"} 7\n# EOF\n");
	text_drop(&out);
}

static void rooms_are_numbered_as_in_the_plan(void **state)
{
	static const char *const plan[] = {
#define LIBRARY(room, storey)
#define PEOPLE(room, depth)
#define ROOM(room, depth) [HOUSE_ROOM_##room] = #room,
#define EACH_CORE(room, depth) [HOUSE_ROOM_##room] = #room,
#define TELL(from, to)
#define ASK(from, to)
#include "house/plan.def"
	};

	(void)state;
	for (uint32_t i = 0; i < HOUSE_ROOMS; i++)
		assert_string_equal(metrics_room(i), plan[i]);
	assert_null(metrics_room(HOUSE_ROOMS));
}

/* Whether the limits hold two addresses for one. */
static bool are_one(const struct desk *desk, const char *one, const char *two)
{
	uint8_t hash[2][16];
	const char *text[] = { one, two };

	for (int i = 0; i < 2; i++) {
		const struct http_request request = { .peer = slice_of(
							      text[i]) };
		const struct visit visit = {
			.desk = (struct desk *)(uintptr_t)desk,
			.request = &request
		};

		visit_peer(&visit, hash[i]);
		assert_false(bytes_are_zero(hash[i], 16));
	}
	return bytes_are(hash[0], hash[1], 16);
}

static void who_has_a_network_is_one_to_the_limits(void **state)
{
	struct desk desk = { .peer_key = { 1 } }, other = { .peer_key = { 2 } };
	const struct http_request request = { .peer = SLICE("192.0.2.1") };
	struct visit visit = { .desk = &desk, .request = &request };
	uint8_t here[16], there[16];

	(void)state;
	assert_true(are_one(&desk, "2001:db8:0:1::1",
			    "2001:db8:0:1:ffff:ffff:ffff:ffff"));
	assert_true(
		are_one(&desk, "2001:db8:0:1::1", "2001:0DB8:0000:0001::1"));
	assert_false(are_one(&desk, "2001:db8:0:1::1", "2001:db8:0:2::1"));
	assert_false(are_one(&desk, "2001:db8:0:1::1", "2001:db9:0:1::1"));
	assert_true(are_one(&desk, "192.0.2.1", "192.0.2.1"));
	assert_false(are_one(&desk, "192.0.2.1", "192.0.2.2"));
	/* All of IPv4 is in one /64 when it is written as IPv6. */
	assert_false(are_one(&desk, "::ffff:192.0.2.1", "::ffff:192.0.2.2"));
	/* Nobody learns an address from the hash: it has a key of its own. */
	visit_peer(&visit, here);
	visit.desk = &other;
	visit_peer(&visit, there);
	assert_memory_not_equal(here, there, 16);
}

static void a_code_is_drawn_without_style(void **state)
{
	struct text out = TEXT_NEW;

	(void)state;
	qr_draw(&out, "otpauth://totp/Tallenne:x?secret=ABC", "a \"label\"");
	assert_non_null(
		strstr(out.bytes, "aria-label=\"a &quot;label&quot;\""));
	assert_null(strstr(out.bytes, "style"));
	text_drop(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_without_ends_is_no_answer),
		cmocka_unit_test(peaks_become_json),
		cmocka_unit_test(what_was_typed_is_kept_for_two_minutes),
		cmocka_unit_test(a_full_table_forgets_the_oldest),
		cmocka_unit_test(every_route_of_the_api_is_documented),
		cmocka_unit_test(every_changing_route_wants_proof),
		cmocka_unit_test(figures_with_foreign_names_are_made_harmless),
		cmocka_unit_test(rooms_are_numbered_as_in_the_plan),
		cmocka_unit_test(who_has_a_network_is_one_to_the_limits),
		cmocka_unit_test(a_code_is_drawn_without_style),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
