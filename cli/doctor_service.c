/* SPDX-License-Identifier: EUPL-1.2 */
/* How the running service is: doors, vault, figures, listeners. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/dates.h"
#include "cli/doctor.h"
#include "cli/door.h"
#include "cli/figures.h"
#include "notice/notice.h"

enum {
	SWEPT_S_MAX = 26 * 3600,
	STANDING_SIZE_MAX = 8192,
	DOWN_SIZE = 256,
	/** Started anew so often, and lately: it does not stay up. */
	ROOM_RESTARTS = 3,
	ROOM_STEADY_S = 120,
};

static bool check_doors(struct doctor *doctor)
{
	OWNED(drop_fd) int vault = -1;

	doctor->end = door_go(doctor->run, "register");
	if (doctor->end < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "service",
			    doctor->end == -EACCES ? "run this as root"
						   : "systemctl start "
						     "tallenne",
			    "the register's door in %s: %s",
			    door_place(doctor->run), strerror(-doctor->end));
		return false;
	}
	vault = door_go(doctor->run, "vault");
	if (vault < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "service",
			    "systemctl restart tallenne",
			    "the vault's door: %s", strerror(-vault));
		return false;
	}
	doctor_tell(doctor, DOCTOR_OK, "service", NULL,
		    "register and vault are there");
	return true;
}

static void check_vault(struct doctor *doctor)
{
	if (doctor->figures.vault_locked)
		doctor_tell(doctor, DOCTOR_WARN, "vault",
			    "tallenne keys unlock",
			    "locked: calls are recorded, but nobody can "
			    "listen and nothing is erased");
	else
		doctor_tell(doctor, DOCTOR_OK, "vault", NULL, "unlocked");
}

static void check_figures(struct doctor *doctor)
{
	const struct desk_figures *f = &doctor->figures;
	int64_t swept_ago = clock_seconds(&clock_system) - f->swept_at;

	doctor_tell(doctor, f->overdue > 0 ? DOCTOR_FAIL : DOCTOR_OK,
		    "retention", "tallenne retention run --yes",
		    "%" PRIu64 " items beyond their end", f->overdue);
	doctor_tell(doctor,
		    f->swept_at > 0 && swept_ago > SWEPT_S_MAX ? DOCTOR_WARN
							       : DOCTOR_OK,
		    "sweeper", "look at the service's log",
		    f->swept_at > 0 ? "ran %" PRId64 " minutes ago"
				    : "did not run yet",
		    swept_ago / 60);
	doctor_tell(doctor,
		    f->orphans > 0 || f->phantoms > 0 ? DOCTOR_FAIL : DOCTOR_OK,
		    "store", "look at the service's log",
		    "%" PRIu64 " rows, %" PRIu64 " objects; %" PRIu64
		    " without a row, %" PRIu64 " without an object",
		    f->rows, f->objects, f->orphans, f->phantoms);
	doctor_tell(doctor, f->number_gaps > 0 ? DOCTOR_FAIL : DOCTOR_OK,
		    "contact numbers", "look at the service's log",
		    "%" PRIu64 " gaps", f->number_gaps);
	doctor_tell(doctor, f->chat_number_gaps > 0 ? DOCTOR_FAIL : DOCTOR_OK,
		    "chat numbers", "look at the service's log",
		    "%" PRIu64 " gaps", f->chat_number_gaps);
	doctor_tell(doctor, DOCTOR_OK, "audit log", NULL, "%" PRIu64 " entries",
		    f->audit_entries);
}

/* TCP first: it has no limit for the size of an INVITE. */
static void find_listener(struct doctor *doctor)
{
	static const char *const ways[] = { "tcp", "udp" };

	for (size_t i = 0; i < COUNT(ways) && doctor->sip[0] == '\0'; i++) {
		char address[DOOR_ADDRESS_SIZE], what[16];

		(void)snprintf(what, sizeof(what), "siprec.%s", ways[i]);
		if (door_address(doctor->run, what, address) == 0)
			(void)snprintf(doctor->sip, sizeof(doctor->sip),
				       "sip:%s;transport=%s", address, ways[i]);
	}
}

static void check_listeners(struct doctor *doctor)
{
	find_listener(doctor);
	if (doctor->sip[0] == '\0')
		doctor_tell(doctor, DOCTOR_WARN, "recorder",
			    "set siprec.listen in the configuration",
			    "listens neither on UDP nor on TCP");
	else
		doctor_tell(doctor, DOCTOR_OK, "recorder", NULL,
			    "listens on %s", doctor->sip);
}

/* Reads the whole file, which keeps the register from everything else. */
static void check_database(struct doctor *doctor)
{
	struct door_check ask = {
		.head = { .type = DOOR_CHECK, .size = sizeof(ask) },
	};
	struct door_check answer;
	int r = line_ask(doctor->end, &ask.head, NULL, &answer.head, DOOR_CHECK,
			 sizeof(answer), NULL, DOOR_LONG_WAIT_MS);

	if (r == 0)
		r = answer.result;
	if (r == -EBADMSG)
		doctor_tell(doctor, DOCTOR_FAIL, "database",
			    "restore the last backup", "damaged");
	else if (r < 0)
		doctor_tell(doctor, DOCTOR_FAIL, "database",
			    "look at the service's log", "not checked: %s",
			    strerror(-r));
	else
		doctor_tell(doctor, DOCTOR_OK, "database", NULL,
			    "whole, read in %" PRIu64 " ms",
			    answer.duration_ms);
}

/* A short text that the house left in the run directory. */
static int read_standing(const char *run, const char *name, char **ret_text,
			 size_t *ret_size)
{
	OWNED(drop_fd)
	int dir = open(door_place(run), O_PATH | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int fd = -1;

	if (dir < 0)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	return file_read(fd, STANDING_SIZE_MAX, ret_text, ret_size);
}

bool doctor_reload_was_refused(const char *run, char *out, size_t size)
{
	OWNED(drop_memory) char *text = NULL;
	struct slice rest;
	size_t length;

	if (read_standing(run, "reload-refused", &text, &length) < 0)
		return false;
	(void)snprintf(
		out, size, "%.*s",
		(int)slice_cut((struct slice){ text, length }, '\n', &rest)
			.size,
		text);
	return true;
}

/* Whether what is on the disk is what the rooms go by. */
static void check_policy(struct doctor *doctor)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_memory) char *policy = NULL;
	char path[PATH_MAX], now[2 * crypto_hash_sha256_BYTES + 1];
	uint8_t hash[crypto_hash_sha256_BYTES];
	struct slice line, rest, runs;
	OWNED(drop_fd) int fd = -1;
	size_t size;

	if (read_standing(doctor->run, "policy", &text, &size) < 0)
		return;
	line = slice_cut((struct slice){ text, size }, '\n', &rest);
	runs = slice_cut(line, ' ', &rest);
	if (slice_text(rest, path, sizeof(path)) < 0)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, NOTICE_SIZE_MAX, &policy, &size) < 0) {
		doctor_tell(doctor, DOCTOR_WARN, "policy",
			    "put it back; without it the service does not "
			    "start again",
			    "%s cannot be read", path);
		return;
	}
	(void)crypto_hash_sha256(hash, (const uint8_t *)policy, size);
	hex_text(hash, sizeof(hash), now);
	if (!slice_is(runs, slice_of(now)))
		doctor_tell(doctor, DOCTOR_WARN, "policy",
			    "tallenne policy check FILE, then systemctl "
			    "reload tallenne",
			    "the running policy is %.12s, the file %s is "
			    "%.12s (SHA-256)",
			    text, path, now);
	else
		doctor_tell(doctor, DOCTOR_OK, "policy", NULL,
			    "%.12s (SHA-256) runs, as in %s", now, path);
}

static void check_reload(struct doctor *doctor)
{
	char why[STANDING_SIZE_MAX];

	if (doctor_reload_was_refused(doctor->run, why, sizeof(why)))
		doctor_tell(doctor, DOCTOR_WARN, "reload",
			    "tallenne config check FILE, then systemctl "
			    "reload tallenne",
			    "refused, the old configuration and policy go "
			    "on: %s",
			    why);
}

/* A room that ends again and again, or does not come up, serves nobody. */
static bool is_down(struct slice line, nanoseconds now)
{
	struct slice room = slice_cut(line, ' ', &line);
	struct slice index = slice_cut(line, ' ', &line);
	struct slice state = slice_cut(line, ' ', &line);
	uint64_t began, restarts;

	(void)room, (void)index;
	if (slice_number(slice_cut(line, ' ', &line), INT64_MAX, &began) < 0 ||
	    slice_number(line, UINT64_MAX, &restarts) < 0)
		return false;
	return !slice_is(state, SLICE("ready")) ||
	       (restarts >= ROOM_RESTARTS &&
		now / NS_PER_S - (int64_t)began < ROOM_STEADY_S);
}

static void check_rooms(struct doctor *doctor)
{
	OWNED(drop_memory) char *text = NULL;
	struct slice rest, line;
	char down[DOWN_SIZE] = "";
	size_t size, count = 0;

	if (read_standing(doctor->run, "rooms", &text, &size) < 0)
		return;
	rest = (struct slice){ text, size };
	while (rest.size > 0) {
		size_t used = strlen(down);
		struct slice name;

		line = slice_cut(rest, '\n', &rest);
		count++;
		if (!is_down(line, clock_now(&clock_system)))
			continue;
		name = slice_cut(line, ' ', &line);
		(void)snprintf(down + used, sizeof(down) - used, "%s%.*s",
			       used > 0 ? ", " : "", (int)name.size, name.at);
	}
	if (down[0])
		doctor_tell(doctor, DOCTOR_FAIL, "rooms",
			    "journalctl -u tallenne tells why",
			    "%s does not serve, or ends again and again", down);
	else
		doctor_tell(doctor, DOCTOR_OK, "rooms", NULL,
			    "%zu processes serve", count);
}

void doctor_service(struct doctor *doctor)
{
	/* First: without these two even the doors may be missing. */
	check_rooms(doctor);
	if (!check_doors(doctor))
		return;
	check_policy(doctor);
	check_reload(doctor);
	if (figures_ask(doctor->end, &doctor->figures) < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "register",
			    "look at the service's log", "does not answer");
		return;
	}
	doctor->has_figures = true;
	check_vault(doctor);
	check_figures(doctor);
	check_listeners(doctor);
	if (doctor->deep)
		check_database(doctor);
}
