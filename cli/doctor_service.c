/* SPDX-License-Identifier: EUPL-1.2 */
/* How the running service is: doors, vault, figures, listeners. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/dates.h"
#include "cli/doctor.h"
#include "cli/door.h"
#include "cli/figures.h"

enum { ADDRESSES_MAX = 1 << 16, SWEPT_S_MAX = 26 * 3600 };

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
	doctor_tell(doctor, DOCTOR_OK, "audit log", NULL, "%" PRIu64 " entries",
		    f->audit_entries);
}

/* The house writes where rooms listen: "siprec.tcp 192.0.2.1:5060". */
static void find_listeners(struct doctor *doctor)
{
	OWNED(drop_fd)
	int top =
		open(door_place(doctor->run), O_PATH | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int fd = -1;
	OWNED(drop_memory) char *text = NULL;
	struct slice rest;
	size_t size;

	if (top >= 0)
		fd = openat(top, "addresses", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, ADDRESSES_MAX, &text, &size) < 0)
		return;
	rest = (struct slice){ text, size };
	while (rest.size > 0) {
		struct slice address;
		struct slice line = slice_cut(rest, '\n', &rest);
		struct slice word = slice_cut(line, ' ', &address);
		bool tcp = slice_is(word, SLICE("siprec.tcp"));

		if (!tcp && !slice_is(word, SLICE("siprec.udp")))
			continue;
		/* TCP has no limit for the size of an INVITE. */
		if (doctor->sip[0] == '\0' || tcp)
			(void)snprintf(doctor->sip, sizeof(doctor->sip),
				       "sip:%.*s;transport=%s",
				       (int)address.size, address.at,
				       tcp ? "tcp" : "udp");
	}
}

static void check_listeners(struct doctor *doctor)
{
	find_listeners(doctor);
	if (doctor->sip[0] == '\0')
		doctor_tell(doctor, DOCTOR_WARN, "recorder",
			    "set siprec.listen in the configuration",
			    "listens neither on UDP nor on TCP");
	else
		doctor_tell(doctor, DOCTOR_OK, "recorder", NULL,
			    "listens on %s", doctor->sip);
}

void doctor_service(struct doctor *doctor)
{
	if (!check_doors(doctor))
		return;
	if (figures_ask(doctor->end, &doctor->figures) < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "register",
			    "look at the service's log", "does not answer");
		return;
	}
	doctor->has_figures = true;
	check_vault(doctor);
	check_figures(doctor);
	check_listeners(doctor);
}
