/* SPDX-License-Identifier: EUPL-1.2 */
/* The configuration and the plan. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "house/anchor.h"
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
				   "siprec:\n  listen:\n    udp: "
				   "[\"127.0.0.1:1\", \"[::1]:2\"]\n"
				   "agents:\n- {id: agent-1, name: Agent 1}\n",
				   &config),
			 0);
	assert_int_equal(config_settings_of(config, "siprec", &settings), 0);
	assert_string_equal(setting(settings, "listen.udp.1"), "[::1]:2");
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

static int keep_checkpoint(int state, const char *text, uint32_t day)
{
	OWNED(drop_fd) int fd = file_of("checkpoint", text, strlen(text));

	return anchor_keep(state, fd, day);
}

static void the_newest_checkpoint_is_found_again(void **state)
{
#define SIGNED(size) "a.example/audit\n" size "\nroot=\n\n\u2014 a key=\n"
	char place[] = "/tmp/tallenne-anchor-XXXXXX";
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int dir = -1;
	OWNED(drop_fd) int last = -1;
	size_t size;

	(void)state;
	assert_non_null(mkdtemp(place));
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(anchor_last(dir), -ENOENT);
	assert_int_equal(keep_checkpoint(dir, SIGNED("7"), 20261130), 0);
	assert_int_equal(keep_checkpoint(dir, SIGNED("9"), 20261201), 0);
	assert_int_equal(keep_checkpoint(dir, SIGNED("8"), 20261201), 0);
	/* What is none is neither kept nor shown. */
	assert_int_equal(keep_checkpoint(dir, "", 20261202), -EBADMSG);
	assert_int_equal(keep_checkpoint(dir, "a\n1\nr\n\n", 20261202),
			 -EBADMSG);
	assert_int_equal(
		keep_checkpoint(dir, "a\n1\nr\n\n\u2014 a k", 20261202),
		-EBADMSG);
	last = anchor_last(dir);
	assert_true(last >= 0);
	assert_int_equal(file_read(last, ANCHOR_SIZE_MAX, &text, &size), 0);
	assert_string_equal(text, SIGNED("8"));
	assert_int_equal(faccessat(dir, "checkpoints/20261130.txt", R_OK, 0),
			 0);
	(void)unlinkat(dir, "checkpoints/20261130.txt", 0);
	(void)unlinkat(dir, "checkpoints/20261201.txt", 0);
	(void)unlinkat(dir, "checkpoints", AT_REMOVEDIR);
	(void)rmdir(place);
#undef SIGNED
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
		{ "siprec: {listen: {udp: localhost}}\n", "E-TYPE",
		  "such as 192.0.2.10:5060" },
		{ "siprec:\n  clients:\n"
		  "  - {name: a, address: 127.0.0.333}\n",
		  "E-TYPE", "clients.0.address must be an address" },
		{ "siprec:\n  clients:\n"
		  "  - {name: a, address: 192.0.2.0/33}\n",
		  "E-TYPE", "a network" },
		{ "siprec:\n  clients:\n"
		  "  - {name: a, certificate: \"sha256:zz\"}\n",
		  "E-TYPE", "64 hexadecimal" },
		{ "siprec:\n  clients:\n  - {name: a}\n", "E-MISSING",
		  "an address or a certificate" },
		{ "siprec:\n  clients:\n  - {name: a, address: 192.0.2.1}\n"
		  "  - {name: a, address: 192.0.2.2}\n",
		  "E-TWICE", "the same name" },
		{ "siprec: {listen: {tls: \"192.0.2.1:5061\"}}\n", "E-MISSING",
		  "tls.chain and tls.key" },
		{ "vault: {zone: Europe/Nowhere}\n", "E-TYPE", "time zone" },
		{ "vault: {zone: ../etc/passwd}\n", "E-TYPE", "time zone" },
		{ "desk: {listen: \"0.0.0.0:8080\"}\n", "E-NO-TLS",
		  "loopback" },
		{ "desk: {tls: {key: /k.pem}}\n", "E-MISSING",
		  "tls.chain is missing" },
		{ "desk: {metrics_token: x}\n", "E-TYPE", "32 characters" },
		{ "house: {rtp: {address: here}}\n", "E-TYPE",
		  "an IP address" },
		{ "house: {rtp: {first_port: 24001}}\n", "E-RANGE", "even" },
		{ "house: {rtp: {port_count: 1}}\n", "E-RANGE", "at least 4" },
		{ "house: {rtp: {first_port: 60000}}\n", "E-RANGE", "65535" },
		{ "chat: {warn_minutes: 30}\n", "E-RANGE",
		  "less than idle_minutes" },
		{ "chat: {load_max: 0}\n", "E-RANGE", "at least 1" },
		{ "counter: {opens_per_hour: 0}\n", "E-RANGE", "at least 1" },
		{ "counter: {listen: \"192.0.2.1:80\"}\n", "E-NO-TLS",
		  "loopback" },
		{ "counter: {origins: [x]}\n", "E-UNKNOWN-KEY", "origins" },
		{ "agents:\n- {id: a, name: A}\n- {id: a, name: B}\n",
		  "E-TWICE", "the same id" },
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

static void doubts_are_told_with_their_line(void **state)
{
	char path[] = "/tmp/test-house-XXXXXX", text[512];
	struct config *config;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	snprintf(text, sizeof(text),
		 "agents:\n- {id: a, number: \"1\"}\n- id: b\n"
		 "  number: \"1\"\nvault:\n  passphrase: %s\n",
		 path);
	assert_int_equal(read_text(text, &config), 0);
	assert_int_equal(count, 2);
	assert_string_equal(faults[0].code, "W-TWICE");
	assert_int_equal(faults[0].line, 4);
	assert_non_null(strstr(faults[0].text, "agents.1.number: another"));
	assert_string_equal(faults[1].code, "W-OPEN-SECRET");
	assert_int_equal(faults[1].line, 6);
	config_free(config);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(read_text(text, &config), 0);
	assert_int_equal(count, 1);
	config_free(config);
	(void)close(fd);
	(void)unlink(path);
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
		cmocka_unit_test(the_newest_checkpoint_is_found_again),
		cmocka_unit_test(no_setting_stands_twice),
		cmocka_unit_test(what_is_unknown_or_wrong_is_refused),
		cmocka_unit_test(doubts_are_told_with_their_line),
		cmocka_unit_test(every_arrow_points_inward),
		cmocka_unit_test(addresses_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
