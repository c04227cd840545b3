/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/parse/number.h"
#include "siprec/parse/uri.h"

static void numbers_become_e164(void **state)
{
	static const struct {
		const char *text, *e164;
	} good[] = {
		{ "+358 29 555 0100", "+358295550100" },
		{ "029-555 0100", "+358295550100" },
		{ "(029) 5550100", "+358295550100" },
		{ "00358295550100", "+358295550100" },
		{ "358295550100", "+358295550100" },
		{ "+358(0)295550100", "+358295550100" },
		{ "  029.555.0100 ", "+358295550100" },
		{ "0046 8 555 0100", "+4685550100" },
		{ "Extension-0295550100", "+358295550100" },
		{ "14085550100", "+14085550100" },
		{ "0800 98080", "+35880098080" },
	};
	char out[NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (number_read(&number_plan_default, slice_of(good[i].text),
				out) < 0)
			fail_msg("%s", good[i].text);
		assert_string_equal(out, good[i].e164);
	}
}

static void what_is_no_number_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"agent1",
		"2001",
		"112",
		"+",
		"++358295550100",
		"35829a5550100",
		"anonymous",
		"+1234567890123456",
		"12345678901234567890123456789",
		"000295550100",
		"+0295550100",
	};
	char out[NUMBER_SIZE] = "same";

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (number_read(&number_plan_default, slice_of(bad[i]), out) ==
		    0)
			fail_msg("%s became %s", bad[i], out);
		assert_string_equal(out, "same");
	}
}

static void another_country_dials_its_own_way(void **state)
{
	static const struct number_plan america = { "1", "", "011" };
	static const struct number_plan sweden = { "46", "0", "00" };
	char out[NUMBER_SIZE];

	(void)state;
	assert_int_equal(number_read(&america, SLICE("4085550100"), out), 0);
	assert_string_equal(out, "+14085550100");
	assert_int_equal(number_read(&america, SLICE("011358295550100"), out),
			 0);
	assert_string_equal(out, "+358295550100");
	assert_int_equal(number_read(&sweden, SLICE("08-555 0100"), out), 0);
	assert_string_equal(out, "+4685550100");
}

static void withheld_is_withheld_in_every_spelling(void **state)
{
	(void)state;
	assert_true(number_is_withheld(SLICE("Anonymous")));
	assert_true(number_is_withheld(SLICE(" \"RESTRICTED\" ")));
	assert_true(number_is_withheld(SLICE("unavailable")));
	assert_true(number_is_withheld(SLICE("Salainen")));
	assert_false(number_is_withheld(SLICE("Anonymous Oy")));
	assert_false(number_is_withheld(SLICE("+358405550123")));
	assert_false(number_is_withheld(SLICE("")));
}

static void check_address(const char *text, const char *user, const char *host,
			  uint16_t port)
{
	struct name_addr address;
	char out[URI_USER_SIZE];

	if (name_addr_parse(slice_of(text), &address) < 0)
		fail_msg("%s", text);
	if (uri_user(&address.uri, out, sizeof(out)) < 0)
		assert_string_equal(out, "");
	assert_string_equal(out, user);
	if (!slice_is(address.uri.host, slice_of(host)))
		fail_msg("%s: host %.*s", text, (int)address.uri.host.size,
			 address.uri.host.at);
	assert_int_equal(address.uri.port, port);
}

static void addresses_are_read_as_vendors_write_them(void **state)
{
	(void)state;
	check_address("\"A <b>\" <sip:a@example.com:5070>;tag=1", "a",
		      "example.com", 5070);
	check_address("<sip:+358%2040@[2001:db8::1]:5060;user=phone>",
		      "+358 40", "2001:db8::1", 5060);
	check_address("Extension-0295550100@pbx.example.com",
		      "Extension-0295550100", "pbx.example.com", 0);
	check_address("+358405550123", "+358405550123", "", 0);
	check_address("tel:+358-40-5550123;phone-context=x", "+358-40-5550123",
		      "", 0);
	check_address("sip:0295550151", "0295550151", "", 0);
	check_address("<sip:0405550123;ext=5@example.com:5060>", "0405550123",
		      "example.com", 5060);
	check_address("<sip:192.0.2.20>", "", "192.0.2.20", 0);
	check_address("sip:bib:secret@192.0.2.20;x-refci=1", "bib",
		      "192.0.2.20", 0);
	check_address("pbx.example.com:5060", "", "pbx.example.com", 5060);
}

static void broken_addresses_are_refused(void **state)
{
	static const char *const bad[] = { "",
					   "<>",
					   "<sip:>",
					   "\"x <sip:a@b>",
					   "<sip:a@b",
					   "<sip:a b@c>",
					   "sip:a@b:99999",
					   "sip:a@[::1",
					   "<sip:a@b> x",
					   "\"x\" y <sip:a>",
					   "sip:a@b\x01" };
	struct name_addr address;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (name_addr_parse(slice_of(bad[i]), &address) == 0)
			fail_msg("%s was read", bad[i]);
}

static void a_tag_inside_the_brackets_is_found(void **state)
{
	struct name_addr address;
	struct slice tag;

	(void)state;
	assert_int_equal(name_addr_parse(SLICE("<sip:a@b;tag=in>"), &address),
			 0);
	assert_int_equal(name_addr_param(&address, SLICE("tag"), &tag), 0);
	assert_true(slice_is(tag, SLICE("in")));
	assert_int_equal(
		name_addr_parse(SLICE("<sip:a@b;tag=in>;tag=out"), &address),
		0);
	assert_int_equal(name_addr_param(&address, SLICE("TAG"), &tag), 0);
	assert_true(slice_is(tag, SLICE("out")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_become_e164),
		cmocka_unit_test(what_is_no_number_changes_nothing),
		cmocka_unit_test(another_country_dials_its_own_way),
		cmocka_unit_test(withheld_is_withheld_in_every_spelling),
		cmocka_unit_test(addresses_are_read_as_vendors_write_them),
		cmocka_unit_test(broken_addresses_are_refused),
		cmocka_unit_test(a_tag_inside_the_brackets_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
