/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file places.h
 * The directories the house works in.
 *
 * Opened once, at start, and from then on used only by descriptor: no room
 * ever sees a path, and renaming a directory under a running house changes
 * nothing.
 */
#ifndef TALLENNE_HOUSE_PLACES_H
#define TALLENNE_HOUSE_PLACES_H

#include <sys/types.h>

#include "base/base.h"
#include "base/settings.h"

struct places {
	int state; /**< what lasts: a directory for each room that keeps some */
	int run;   /**< what lives as long as the house: doors, addresses */
	int spool; /**< segments of unfinished calls */
	int ui;	   /**< the pages' styles and scripts, to read */
};

/**
 * Open all, making those that are not there (except ui).
 *
 * @param house  the house's own settings, borrowed
 * @param[out] ret_places  places_close() it
 * @return 0 or a negative errno; what failed has been logged
 */
MUST int places_open(const struct settings *house, struct places *ret_places);

/**
 * Open the directory our own program lies in: the rooms' lie beside it.
 *
 * @return a descriptor the caller owns, or a negative errno
 */
MUST int places_programs(void);

/** Close all; those at -1 are not open. */
void places_close(struct places *places);

/**
 * Open a directory beneath another, making it if it is not there.
 *
 * @param parent  open directory, or AT_FDCWD
 * @return a descriptor the caller owns, or a negative errno
 */
MUST int places_enter(int parent, const char *name, mode_t mode);

#endif
