/* SPDX-License-Identifier: EUPL-1.2 */
/* The configuration and the plan. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "house/config.h"
#include "house/plan.h"
#include "house/sockets.h"

static struct notice_fault faults[8];
static size_t count;

static int read_text(const char *text, struct config **ret)
{
	count = COUNT(faults);
	int r = config_read(slice_of(text), faults, &count, ret);

	if (r < 0 && count > 0)
		print_message("# %s: %s\n", faults[0].code, faults[0].text);
	return r;
}

static void rooms_get_their_own_section(void **state)
{
	struct config *config;
	struct settings *settings;

	(void)state;
	assert_int_equal(read_text("house: {state: /tmp/x}\n"
				   "desk: {listen: \"127.0.0.1:1\"}\n"
				   "siprec:\n  listen: {udp: [a, b]}\n"
				   "agents:\n- {id: agent-1, name: Agent 1}\n",
				   &config),
			 0);
	assert_int_equal(config_settings_of(config, "siprec", &settings), 0);
	assert_string_equal(setting(settings, "listen.udp.1"), "b");
	assert_string_equal(setting(settings, "agents.0.name"), "Agent 1");
	assert_null(setting(settings, "state"));
	settings_free(settings);
	assert_int_equal(config_settings_of(config, "register", &settings), 0);
	assert_string_equal(setting(settings, "agents.0.id"), "agent-1");
	settings_free(settings);
	assert_int_equal(config_settings_of(config, "desk", &settings), 0);
	assert_string_equal(setting(settings, "listen.0"), "127.0.0.1:1");
	settings_free(settings);
	assert_int_equal(config_settings_of(config, "house", &settings), 0);
	assert_string_equal(setting(settings, "state"), "/tmp/x");
	/* A default that was not overridden. */
	assert_int_equal(setting_number(settings, 0, "rtp.first_port"), 10000);
	settings_free(settings);
	config_free(config);
}

static void no_setting_stands_twice(void **state)
{
	(void)state;
	for (const struct config_setting *a = config_settings; a->section; a++)
		for (const struct config_setting *b = config_settings; b < a;
		     b++)
			assert_false(!strcmp(a->section, b->section) &&
				     !strcmp(a->key, b->key));
}

static void what_is_unknown_or_wrong_is_refused(void **state)
{
	static const struct {
		const char *text, *code, *says;
	} wrong[] = {
		{ "hose: {}\n", "E-UNKNOWN-WORD", "did you mean \"house\"" },
		{ "house: {stat: /x}\n", "E-UNKNOWN-KEY",
		  "did you mean state" },
		{ "house: {rtp: {first_port: many}}\n", "E-TYPE",
		  "whole number" },
		{ "house: {rtp: {one_socket: maybe}}\n", "E-TYPE", "true or" },
		{ "house: [1, 2]\n", "E-UNKNOWN-KEY", "no setting" },
		{ "house: \"x\"\n", "E-UNKNOWN-KEY", "no setting" },
		{ "- a\n", "E-YAML", "keys at the top" },
	};
	struct config *config;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(read_text(wrong[i].text, &config), -EINVAL);
		assert_string_equal(faults[0].code, wrong[i].code);
		if (!strstr(faults[0].text, wrong[i].says))
			fail_msg("%s", faults[0].text);
	}
}

static void every_arrow_points_inward(void **state)
{
	(void)state;
	assert_true(plan_line_count > 0);
	for (size_t i = 0; i < plan_line_count; i++) {
		int to = plan_room_find(plan_lines[i].to);
		int from = plan_room_find(plan_lines[i].from);

		assert_true(to >= 0);
		if (from >= 0)
			assert_true(plan_rooms[from].depth >
				    plan_rooms[to].depth);
	}
	assert_int_equal(plan_room_find("attic"), -1);
}

static void addresses_are_read_strictly(void **state)
{
	static const char *const wrong[] = { "",
					     ":",
					     "127.0.0.1",
					     "localhost:1",
					     "127.0.0.1:65536",
					     "127.0.0.1:-1",
					     "300.0.0.1:1",
					     "[::1:1" };
	struct sockaddr_storage at;
	socklen_t size;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(sockets_address(wrong[i], &at, &size),
				 -EINVAL);
	assert_int_equal(sockets_address("[::1]:5060", &at, &size), 0);
	assert_int_equal(at.ss_family, AF_INET6);
	assert_int_equal(sockets_address("127.0.0.1:0", &at, &size), 0);
	assert_int_equal(at.ss_family, AF_INET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rooms_get_their_own_section),
		cmocka_unit_test(no_setting_stands_twice),
		cmocka_unit_test(what_is_unknown_or_wrong_is_refused),
		cmocka_unit_test(every_arrow_points_inward),
		cmocka_unit_test(addresses_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
