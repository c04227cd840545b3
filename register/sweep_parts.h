/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sweep_parts.h
 * What the parts of a sweep share: its state, and the way from step to step.
 *
 * sweep.c begins and ends a run and erases items, sweep_keys.c has the keys
 * destroyed that items and recorders were sealed to, sweep_log.c has the
 * vault forget what it wrote down long ago.
 */
#ifndef TALLENNE_REGISTER_SWEEP_PARTS_H
#define TALLENNE_REGISTER_SWEEP_PARTS_H

#include <time.h>

#include "register/rewrap.h"
#include "register/sweep.h"

enum sweep_phase {
	SWEEP_RESTS,
	SWEEP_HOLDS,
	SWEEP_KEYS,
	SWEEP_EMPTY_KEYS,
	SWEEP_RECORDINGS,
	SWEEP_CONTACTS,
	SWEEP_LOG,
};

struct sweeper {
	struct books *books;
	struct loop *loop;
	struct rewrapper *rewrapper; /* borrowed */
	enum sweep_phase phase;
	bool paused;		    /* the clock jumped */
	nanoseconds patience_until; /* boot time */
	nanoseconds boot_then, wall_then;
	nanoseconds now;    /* one instant for the whole run */
	struct seal_end at; /* key under way, or done last */
	int empty_dates;
	seal_date due[SEAL_CLASSES], late[SEAL_CLASSES];
	struct door_sweep report;
	int result;
	sweep_done_fn *done;
	void *self;
};

/* Counts on while the machine sleeps, and nobody can set it. */
static inline nanoseconds sweep_boot_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (nanoseconds)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/** Take the next step in another turn of the loop. */
void sweep_go_on(struct sweeper *sweeper);

/** Destroy keys of dates with items, then of dates on which nothing ends. */
void sweep_keys_step(struct sweeper *sweeper);
void sweep_keys_step_empty(struct sweeper *sweeper);

/** Have the vault forget the days of the audit log that ended (S19). */
void sweep_log_step(struct sweeper *sweeper);

/** All steps were taken: report. */
void sweep_end(struct sweeper *sweeper);

#endif
