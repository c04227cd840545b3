/* SPDX-License-Identifier: EUPL-1.2 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/gate.h"
#include "siprec/roster.h"
#include "siprec/wheel.h"

static struct sockaddr_in6 from(const char *address)
{
	struct sockaddr_in6 peer = { .sin6_family = AF_INET6 };

	memset(peer.sin6_addr.s6_addr + 10, 0xff, 2);
	if (inet_pton(AF_INET, address, peer.sin6_addr.s6_addr + 12) != 1)
		assert_int_equal(inet_pton(AF_INET6, address, &peer.sin6_addr),
				 1);
	return peer;
}

static int read_clients(const char *text, struct clients *clients)
{
	struct client_fault fault;
	struct settings *settings;
	int r;

	assert_int_equal(settings_of(text, &settings), 0);
	r = clients_read(settings, clients, &fault);
	settings_free(settings);
	return r;
}

static void a_client_is_known_by_its_network(void **state)
{
	static struct clients clients;
	static const struct {
		const char *address;
		int client;
	} rows[] = {
		{ "192.0.2.1", 0 },	      { "192.0.2.63", 0 },
		{ "192.0.2.64", -ENOENT },    { "198.51.100.7", 0 },
		{ "198.51.100.8", 1 },	      { "2001:db8:1::1", 1 },
		{ "2001:db8:2::1", -ENOENT },
	};

	(void)state;
	assert_int_equal(
		read_clients(
			"clients.0.name\ta\n"
			"clients.0.address\t192.0.2.0/26, 198.51.100.7\n"
			"clients.1.name\tb\n"
			"clients.1.address\t198.51.100.8,2001:db8:1::/48\n",
			&clients),
		0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sockaddr_in6 peer = from(rows[i].address);

		assert_int_equal(clients_by_address(&clients, &peer),
				 rows[i].client);
	}
}

static void wrong_settings_are_refused(void **state)
{
	static struct clients clients;
	static const char *const texts[] = {
		"clients.0.address\t192.0.2.1\n",
		"clients.0.name\ta\n",
		"clients.0.name\ta\nclients.0.address\t192.0.2.0/33\n",
		"clients.0.name\ta\nclients.0.address\tsbc.example\n",
		"clients.0.name\ta\nclients.0.address\t192.0.2.1\n"
		"clients.0.answer\tperhaps\n",
		"clients.0.name\ta\nclients.0.address\t192.0.2.1\n"
		"clients.1.name\ta\nclients.1.address\t192.0.2.2\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(read_clients(texts[i], &clients), -EINVAL);
}

static void a_client_with_a_certificate_is_not_known_without(void **state)
{
	static struct clients clients;
	struct sockaddr_in6 peer = from("192.0.2.1");
	const struct slice names[] = { SLICE("SBC.example") };
	uint8_t print[32] = { 0 };

	(void)state;
	assert_int_equal(read_clients("clients.0.name\ta\n"
				      "clients.0.address\t192.0.2.1\n"
				      "clients.0.certificate\tsbc.example\n",
				      &clients),
			 0);
	assert_true(clients_may_come(&clients, &peer));
	assert_int_equal(clients_by_address(&clients, &peer), -ENOENT);
	assert_int_equal(
		clients_by_certificate(&clients, &peer, print, names, 1, true),
		0);
	assert_int_equal(
		clients_by_certificate(&clients, &peer, print, names, 1, false),
		-ENOENT);
	peer = from("192.0.2.2");
	assert_int_equal(
		clients_by_certificate(&clients, &peer, print, names, 1, true),
		-ENOENT);
}

static void a_reload_leaves_everybody_in_place(void **state)
{
	static struct clients before, after;
	struct sockaddr_in6 peer = from("192.0.2.2");

	(void)state;
	assert_int_equal(
		read_clients(
			"clients.0.name\ta\nclients.0.address\t192.0.2.1\n"
			"clients.1.name\tb\nclients.1.address\t192.0.2.2\n",
			&before),
		0);
	before.client[1].calls = 7;
	assert_int_equal(
		read_clients(
			"clients.0.name\tc\nclients.0.address\t192.0.2.3\n"
			"clients.1.name\tb\nclients.1.address\t192.0.2.2\n",
			&after),
		0);
	clients_inherit(&after, &before);
	assert_int_equal(clients_by_address(&after, &peer), 1);
	assert_int_equal(after.client[1].calls, 7);
	/* Whoever left is nobody now, and nobody else got that place. */
	assert_int_equal(after.client[0].key, 0);
	peer = from("192.0.2.1");
	assert_false(clients_may_come(&after, &peer));
	peer = from("192.0.2.3");
	assert_int_equal(clients_by_address(&after, &peer), 2);
}

static void a_quota_refills_with_time(void **state)
{
	struct client client = { .requests_per_s = 10 };
	int taken = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		taken += client_may_ask(&client, 5000);
	assert_int_equal(taken, 10);
	assert_false(client_may_ask(&client, 5050));
	assert_true(client_may_ask(&client, 5100));
}

static void the_gate_opens_by_rule(void **state)
{
	static const struct {
		enum client_answer rule;
		enum gate_event event;
		struct gate_facts facts; /* both, metadata, live, changed */
		bool opens;
	} rows[] = {
		{ CLIENT_ANSWER_AUTO, GATE_ESTABLISHED, { 1, 1, 1, 0 }, true },
		{ CLIENT_ANSWER_AUTO, GATE_ESTABLISHED, { 0, 0, 1, 0 }, true },
		{ CLIENT_ANSWER_AUTO, GATE_ESTABLISHED, { 0, 1, 1, 0 }, false },
		{ CLIENT_ANSWER_AUTO, GATE_ESTABLISHED, { 1, 1, 0, 0 }, false },
		{ CLIENT_ANSWER_AUTO, GATE_METADATA, { 1, 1, 1, 0 }, true },
		{ CLIENT_ANSWER_AUTO, GATE_METADATA, { 0, 1, 1, 0 }, false },
		{ CLIENT_ANSWER_AUTO, GATE_OFFER, { 0, 1, 1, 1 }, true },
		{ CLIENT_ANSWER_AUTO, GATE_OFFER, { 0, 1, 1, 0 }, false },
		{ CLIENT_ANSWER_AUTO, GATE_OFFER, { 0, 1, 0, 1 }, false },
		{ CLIENT_ANSWER_ESTABLISHED,
		  GATE_ESTABLISHED,
		  { 0, 1, 0, 0 },
		  true },
		{ CLIENT_ANSWER_SECOND_PARTICIPANT,
		  GATE_ESTABLISHED,
		  { 0, 0, 1, 0 },
		  false },
		{ CLIENT_ANSWER_SECOND_PARTICIPANT,
		  GATE_METADATA,
		  { 1, 1, 1, 0 },
		  true },
		{ CLIENT_ANSWER_REINVITE,
		  GATE_ESTABLISHED,
		  { 1, 1, 1, 0 },
		  false },
		{ CLIENT_ANSWER_REINVITE, GATE_OFFER, { 0, 0, 1, 1 }, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (gate_opens(rows[i].rule, rows[i].event, &rows[i].facts) !=
		    rows[i].opens)
			fail_msg("row %zu", i);
}

static void an_agent_is_known_by_address_or_number(void **state)
{
	struct settings *settings;
	struct parties_agent agent;
	struct roster *roster;
	int fault;

	(void)state;
	assert_int_equal(settings_of("agents.0.id\tone\n"
				     "agents.0.number\t029 555 0151\n"
				     "agents.0.sip\tsip:anna@pbx.example\n"
				     "agents.1.id\ttwo\n"
				     "agents.1.number\t2002\n",
				     &settings),
			 0);
	assert_int_equal(
		roster_read(settings, &number_plan_default, &roster, &fault),
		0);
	settings_free(settings);
	assert_true(roster_find(roster, "Anna", "PBX.example", "", &agent));
	assert_string_equal(agent.id, "one");
	assert_false(roster_find(roster, "anna", "other.example", "", &agent));
	assert_true(roster_find(roster, "x", "y", "+358295550151", &agent));
	assert_true(roster_find(roster, "2002", "y", "", &agent));
	assert_string_equal(agent.id, "two");
	assert_false(roster_find(roster, "", "", "", &agent));
	roster_free(roster);
}

struct fired {
	struct wheel wheel;
	struct wheel_node nodes[3];
	int count;
};

static void count_fired(void *self, struct wheel_node *node)
{
	struct fired *fired = self;

	fired->count++;
	/* A handler may clear what else is due. */
	if (node == &fired->nodes[0])
		wheel_clear(&fired->nodes[1]);
}

static void deadlines_come_once_and_never_early(void **state)
{
	static struct fired fired;

	(void)state;
	wheel_init(&fired.wheel, 1000, count_fired, &fired);
	wheel_set(&fired.wheel, &fired.nodes[0], 1500);
	wheel_set(&fired.wheel, &fired.nodes[1], 1500);
	wheel_set(&fired.wheel, &fired.nodes[2], 100000);
	wheel_turn(&fired.wheel, 1499);
	assert_int_equal(fired.count, 0);
	wheel_turn(&fired.wheel, 1550);
	assert_int_equal(fired.count, 1);
	assert_null(fired.nodes[1].next); /* not set any more */
	wheel_turn(&fired.wheel, 99999);
	assert_int_equal(fired.count, 1);
	wheel_turn(&fired.wheel, 10000000);
	assert_int_equal(fired.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_is_known_by_its_network),
		cmocka_unit_test(wrong_settings_are_refused),
		cmocka_unit_test(
			a_client_with_a_certificate_is_not_known_without),
		cmocka_unit_test(a_reload_leaves_everybody_in_place),
		cmocka_unit_test(a_quota_refills_with_time),
		cmocka_unit_test(the_gate_opens_by_rule),
		cmocka_unit_test(an_agent_is_known_by_address_or_number),
		cmocka_unit_test(deadlines_come_once_and_never_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
