/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file doctor.h
 * What "tallenne doctor" looks at: numbered checks, each ok, warn, FAIL or skip,
 * with what to do about it. Private to the command.
 */
#ifndef TALLENNE_CLI_DOCTOR_H
#define TALLENNE_CLI_DOCTOR_H

#include "base/base.h"
#include "register/register.h"

enum doctor_verdict { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_SKIP };

struct doctor {
	const char *run;      /**< run directory, or NULL: the default */
	char run_told[108];   /**< the configuration's, if it is that */
	const char *config;   /**< configuration file, or NULL */
	const char *policy;   /**< policy file, or NULL */
	char test_number[24]; /**< for the test call, or empty */
	char sip[160];	      /**< where siprec listens, "udp host:port" */
	const char *to;	      /**< SIP address instead of that, or NULL */
	int end;	      /**< door of the register, or -1 */
	bool has_figures;
	struct desk_figures figures;
	/* the report so far */
	bool json;
	bool deep; /**< read the whole database */
	int number, skipped, warnings, failures;
};

/**
 * Tell the result of a check.
 *
 * @param name    a few words
 * @param fix     a command or advice, or NULL
 * @param format  what was found
 */
void doctor_tell(struct doctor *doctor, enum doctor_verdict verdict,
		 const char *name, const char *fix, const char *format, ...)
	FORMAT(5, 6);

/* doctor_machine.c: clock, kernel, limits, disk */
void doctor_machine(struct doctor *doctor);

/* doctor_service.c: doors, vault, figures, listeners */
void doctor_service(struct doctor *doctor);

/** Whether the last reload was refused, and when and why; one line. */
MUST bool doctor_reload_was_refused(const char *run, char *out, size_t size);

/* doctor_call.c: a call, recorded, verified, erased */
void doctor_test_call(struct doctor *doctor);

/** A value of a YAML file such as "register.test_number"; 0 or -ENOENT. */
MUST int doctor_setting(const char *file, const char *key, char *out,
			size_t size);

#endif
