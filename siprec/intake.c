/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/intake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

void intake_done(struct intake *intake)
{
	settings_free(intake->settings);
	drop_memory(&intake->zone);
}

static int take_clients(struct intake *intake)
{
	static struct clients clients;
	struct client_fault fault;

	if (clients_read(intake->settings, &clients, &fault) < 0) {
		log_error("settings", "clients.%d: %s", fault.index, fault.why);
		return -EINVAL;
	}
	clients_inherit(&clients, &intake->recorder->clients);
	intake->recorder->clients = clients;
	return 0;
}

static int take_roster(struct intake *intake)
{
	struct number_plan plan = number_plan_default;
	const char *country = setting(intake->settings, "country");
	struct roster *roster;
	int fault, r;

	if (country && *country &&
	    slice_text(slice_of(country), plan.country, sizeof(plan.country)) <
		    0)
		return -EINVAL;
	r = roster_read(intake->settings, &plan, &roster, &fault);
	if (r < 0) {
		log_error("settings", "agents.%d is not right", fault);
		return r;
	}
	roster_free(intake->recorder->roster);
	intake->recorder->roster = roster;
	return 0;
}

static uint32_t number_setting(struct intake *intake, int64_t otherwise,
			       const char *key, int64_t least)
{
	int64_t number = setting_number(intake->settings, otherwise, "%s", key);

	return (uint32_t)(number < least ? least : number);
}

static void take_numbers(struct intake *intake)
{
	struct recorder *recorder = intake->recorder;
	const char *address = setting(intake->settings, "advertise");

	recorder->expires_s = number_setting(intake, 1800, "session_expires_s",
					     SESSION_EXPIRES_MIN_S);
	recorder->probe_s = number_setting(intake, 8, "probe_s", 1);
	recorder->call_hours_max =
		number_setting(intake, 24, "call_hours_max", 1);
	if (address && *address) {
		(void)snprintf(recorder->address, sizeof(recorder->address),
			       "%s", address);
		recorder->is_advertised = true;
	}
}

/* Text of one address, and not of all; 0: no address. */
static int family_of(const char *text, bool *ret_any)
{
	struct in6_addr six;
	struct in_addr four;

	if (text && inet_pton(AF_INET, text, &four) == 1) {
		*ret_any = four.s_addr == INADDR_ANY;
		return AF_INET;
	}
	if (text && inet_pton(AF_INET6, text, &six) == 1) {
		*ret_any = IN6_IS_ADDR_UNSPECIFIED(&six);
		return AF_INET6;
	}
	return 0;
}

int intake_media_address(struct intake *intake)
{
	struct recorder *recorder = intake->recorder;
	const char *told = setting(intake->settings, "advertise_rtp");
	const char *rtp = setting(intake->settings, "rtp.address");
	const char *choices[] = { told, intake->rtp, recorder->address };
	int family = 0;

	/* Sockets stay where they are when settings are read again. */
	if (intake->rtp[0] == '\0' && rtp)
		(void)snprintf(intake->rtp, sizeof(intake->rtp), "%s", rtp);
	for (size_t i = 0; i < COUNT(choices); i++) {
		bool is_any = false;
		int own = family_of(choices[i], &is_any);

		if (choices[i] == intake->rtp)
			family = own;
		if (own == 0 || is_any || (family != 0 && own != family))
			continue;
		(void)snprintf(recorder->media_address,
			       sizeof(recorder->media_address), "%s",
			       choices[i]);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

int intake_settings(struct intake *intake, int fd)
{
	struct settings *before = intake->settings;
	int r = settings_load(fd, &intake->settings);

	if (r == 0) {
		r = take_clients(intake);
		if (r == 0)
			r = take_roster(intake);
		if (r < 0) {
			settings_free(intake->settings);
			intake->settings = before;
		}
	}
	if (r < 0)
		return before ? 0 : r;
	settings_free(before);
	take_numbers(intake);
	/* At the start the listeners' own address is still to come. */
	if (before && intake_media_address(intake) < 0)
		log_error("settings", "no address of sound: the old one stays");
	return 0;
}

enum { ZONE_SIZE_MAX = 64 * 1024 };

/*
 * In the jail no zone can be read any more, so the file of the first
 * policy's zone is kept; a policy for another zone needs a restart.
 */
static int find_zone(struct intake *intake, const char *name,
		     struct civil_zone **ret_zone)
{
	OWNED(drop_fd) int fd = -1;
	OWNED(drop_memory) char *bytes = NULL;
	char path[ZONE_PATH_SIZE];
	size_t size;
	int r;

	if (intake->zone && !strcmp(name, intake->zone_name))
		return civil_zone_read(intake->zone, intake->zone_size,
				       ret_zone);
	r = clock_zone_path(name, path, sizeof(path));
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = file_read(fd, ZONE_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = slice_text(slice_of(name), intake->zone_name,
			       sizeof(intake->zone_name));
	if (r < 0)
		return r;
	drop_memory(&intake->zone);
	intake->zone = bytes;
	intake->zone_size = size;
	bytes = NULL;
	return civil_zone_read(intake->zone, size, ret_zone);
}

static int read_policy(struct intake *intake, int fd,
		       struct policy **ret_policy)
{
	struct notice_fault faults[8];
	size_t fault_count = COUNT(faults);
	OWNED(drop_memory) char *text = NULL;
	struct civil_zone *zone = NULL;
	struct policy *policy = NULL;
	size_t size;
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	if (r == 0)
		r = policy_read((struct slice){ text, size }, faults,
				&fault_count, &policy);
	if (r < 0)
		return r;
	r = find_zone(intake, policy_zone_name(policy), &zone);
	if (r < 0) {
		policy_free(policy);
		return r;
	}
	policy_set_zone(policy, zone);
	*ret_policy = policy;
	return 0;
}

int intake_policy(struct intake *intake, int fd)
{
	struct policy *policy;
	int r = read_policy(intake, fd, &policy);

	if (r < 0) {
		log_error("policy", "cannot be used: %s", strerror(-r));
		return intake->recorder->policy ? 0 : r;
	}
	policy_free(intake->recorder->policy);
	intake->recorder->policy = policy;
	return 0;
}

int intake_keys(struct intake *intake, int fd)
{
	struct seal_keyset *keys;
	int r = seal_keyset_load(fd, &keys);

	if (r < 0) {
		log_error("keys", "cannot be used: %s", strerror(-r));
		return 0;
	}
	seal_keyset_free(intake->recorder->keys);
	intake->recorder->keys = keys;
	return 0;
}
