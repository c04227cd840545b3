/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/sense.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "house/sockets.h"

enum { PORT_FIRST = 1024, PORTS_ALL = 65536, PORTS_LEAST = 4 };

struct sense {
	const struct config *config;
	struct yaml_reader *reader;
	struct settings *settings; /* of the section at hand */
	const char *section;
};

static bool begin(struct sense *sense, const char *section)
{
	settings_drop(&sense->settings);
	sense->section = section;
	return config_settings_of(sense->config, section, &sense->settings) ==
	       0;
}

/* The roster is a section of its own in the file. */
static void fault(const struct sense *sense, const char *key, const char *code,
		  const char *text)
{
	bool is_roster = slice_starts_nocase(slice_of(key), SLICE("agents."));

	yaml_fault_at(sense->reader,
		      config_line(sense->config, sense->section, key), code,
		      "%s%s%s: %s", is_roster ? "" : sense->section,
		      is_roster ? "" : ".", key, text);
}

static void check_ports(struct sense *sense)
{
	int64_t first = setting_number(sense->settings, 0, "rtp.first_port");
	int64_t count = setting_number(sense->settings, 0, "rtp.port_count");

	if (first < PORT_FIRST || first >= PORTS_ALL || first % 2 != 0)
		fault(sense, "rtp.first_port", "E-RANGE",
		      "the first port is an even number from 1024 to 65534");
	else if (count < PORTS_LEAST || first + count > PORTS_ALL)
		fault(sense, "rtp.port_count", "E-RANGE",
		      "at least 4 ports, the last not above 65535");
}

/* A certificate is nothing without its key, and the other way round. */
static bool has_tls(struct sense *sense)
{
	bool chain = setting(sense->settings, "tls.chain"),
	     key = setting(sense->settings, "tls.key");

	if (chain && !key)
		fault(sense, "tls.chain", "E-MISSING", "tls.key is missing");
	if (key && !chain)
		fault(sense, "tls.key", "E-MISSING", "tls.chain is missing");
	return chain && key;
}

static bool is_loopback(const char *listener)
{
	struct sockaddr_storage address;
	socklen_t size;

	if (sockets_address(listener, &address, &size) < 0)
		return false;
	if (address.ss_family == AF_INET) {
		const struct sockaddr_in *four = (const void *)&address;

		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	return IN6_IS_ADDR_LOOPBACK(
		&((const struct sockaddr_in6 *)&address)->sin6_addr);
}

static void check_pages(struct sense *sense)
{
	bool is_safe = has_tls(sense);
	const char *listener;
	char key[SETTING_KEY_SIZE];

	for (int i = 0; (listener = setting(sense->settings, "listen.%d", i));
	     i++) {
		snprintf(key, sizeof(key), "listen.%d", i);
		if (!is_safe && !is_loopback(listener))
			fault(sense, key, "E-NO-TLS",
			      "without tls.chain and tls.key the pages are "
			      "served on loopback addresses only");
	}
}

/* The same text twice in a column of a list. */
static void check_once(struct sense *sense, const char *list,
		       const char *column, const char *code, const char *text)
{
	const char *one, *other;
	char key[SETTING_KEY_SIZE];

	for (int i = 0; setting(sense->settings, "%s.%d.%s", list, i,
				!strcmp(list, "agents") ? "id" : "name");
	     i++) {
		one = setting(sense->settings, "%s.%d.%s", list, i, column);
		for (int j = 0; one && j < i; j++) {
			other = setting(sense->settings, "%s.%d.%s", list, j,
					column);
			if (!other || strcmp(one, other) != 0)
				continue;
			snprintf(key, sizeof(key), "%s.%d.%s", list, i, column);
			fault(sense, key, code, text);
			break;
		}
	}
}

static void check_clients(struct sense *sense)
{
	bool has_listener = setting(sense->settings, "listen.tls.0");
	char key[SETTING_KEY_SIZE];

	if (!has_tls(sense) && has_listener)
		fault(sense, "listen.tls.0", "E-MISSING",
		      "tls.chain and tls.key are needed for it");
	for (int i = 0; setting(sense->settings, "clients.%d.name", i); i++) {
		bool has_address =
			     setting(sense->settings, "clients.%d.address", i),
		     has_certificate = setting(sense->settings,
					       "clients.%d.certificate", i);

		snprintf(key, sizeof(key), "clients.%d.name", i);
		if (!has_address && !has_certificate)
			fault(sense, key, "E-MISSING",
			      "a client has an address or a certificate");
		if (has_certificate && !has_listener)
			fault(sense, key, "W-NOT-HEARD",
			      "a client with a certificate is heard over TLS "
			      "only, and listen.tls is not set");
	}
	check_once(sense, "clients", "name", "E-TWICE",
		   "another client has the same name");
	check_once(sense, "clients", "address", "W-TWICE",
		   "another client has the same address: the first is meant");
}

static void check_roster(struct sense *sense)
{
	check_once(sense, "agents", "id", "E-TWICE",
		   "another agent has the same id");
	check_once(sense, "agents", "number", "W-TWICE",
		   "another agent has the same number: the first is meant");
	check_once(sense, "agents", "sip", "W-TWICE",
		   "another agent has the same SIP address: the first is "
		   "meant");
}

static void check_chat(struct sense *sense)
{
	int64_t idle = setting_number(sense->settings, 0, "idle_minutes");
	int64_t warn = setting_number(sense->settings, 0, "warn_minutes");

	if (idle < 1)
		fault(sense, "idle_minutes", "E-RANGE", "at least 1");
	else if (warn < 1 || warn >= idle)
		fault(sense, "warn_minutes", "E-RANGE",
		      "at least 1, and less than idle_minutes: people must "
		      "have time to answer a warning");
	if (setting_number(sense->settings, 0, "load_max") < 1)
		fault(sense, "load_max", "E-RANGE", "at least 1");
	if (setting_number(sense->settings, 0, "messages_per_minute") < 1)
		fault(sense, "messages_per_minute", "E-RANGE", "at least 1");
}

static void check_counter(struct sense *sense)
{
	static const char *const limits[] = { "connections_max",
					      "connections_per_address",
					      "opens_per_hour",
					      "messages_per_minute" };

	for (size_t i = 0; i < COUNT(limits); i++)
		if (setting_number(sense->settings, 0, "%s", limits[i]) < 1)
			fault(sense, limits[i], "E-RANGE", "at least 1");
}

/* What only the house may read is for nobody else on the machine. */
static void check_secret(struct sense *sense, const char *key)
{
	const char *path = setting(sense->settings, "%s", key);
	struct stat status;

	if (path && stat(path, &status) == 0 &&
	    (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		fault(sense, key, "W-OPEN-SECRET",
		      "others on this machine can read it: chmod 600");
}

void sense_check(const struct config *config, struct yaml_reader *reader)
{
	static const char *const pages[] = { "desk", "counter" };
	struct sense sense = { .config = config, .reader = reader };

	if (begin(&sense, "house"))
		check_ports(&sense);
	if (begin(&sense, "siprec")) {
		check_clients(&sense);
		check_roster(&sense);
		check_secret(&sense, "tls.key");
	}
	for (size_t i = 0; i < COUNT(pages); i++) {
		if (!begin(&sense, pages[i]))
			continue;
		check_pages(&sense);
		check_secret(&sense, "tls.key");
	}
	if (begin(&sense, "chat"))
		check_chat(&sense);
	if (begin(&sense, "counter"))
		check_counter(&sense);
	if (begin(&sense, "vault"))
		check_secret(&sense, "passphrase");
	settings_drop(&sense.settings);
}
