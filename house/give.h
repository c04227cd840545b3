/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file give.h
 * What each room is handed, when: the table of house/house.h, made real.
 *
 * Sockets, directories and named files are opened once (house/stock.h);
 * settings, policy and public keys are added here, and again when they
 * change.
 */
#ifndef TALLENNE_HOUSE_GIVE_H
#define TALLENNE_HOUSE_GIVE_H

#include "house/keep.h"
#include "house/reading.h"

struct give;

/**
 * Open everything.
 *
 * @param reading      borrowed, with its configuration; replaced by
 *                     give_reload()
 * @param media_count  how many media processes there will be
 * @param keep         borrowed; tells the rooms' users
 * @param[out] ret_give  the caller frees it
 * @return 0 or a negative errno; what failed has been logged
 */
MUST int give_new(const struct reading *reading, int media_count,
		  struct keep *keep, struct give **ret_give);
void give_free(struct give *give);

/** Hand a fresh process all that is its own. */
MUST int give_furnish(struct give *give, struct keep *keep,
		      struct keep_process *process);

/** The vault gave fresh public halves; fd is owned from now on. */
void give_keys(struct give *give, struct keep *keep, int fd);

/** The vault signed its log: keep the checkpoint where others find it, and
 *  show it on the public pages; fd is owned from now on. */
void give_checkpoint(struct give *give, struct keep *keep, int fd);

/** One of chat's journals failed: hand it a fresh one in its place. */
void give_journal(struct give *give, struct keep_process *process,
		  uint64_t number);

/** Hand everybody a checked new configuration and policy. */
MUST int give_reload(struct give *give, struct keep *keep,
		     const struct reading *reading);

/** Write the addresses that are listened on, one "room.kind address" a
    line, to "addresses" in the run directory. */
MUST int give_write_addresses(const struct give *give);

/**
 * Write a short text for "tallenne doctor" into the run directory.
 *
 * @param name  of the file: "policy" (SHA-256 of the one that holds, path),
 *              "reload-refused" (when, why), "rooms" (house/stand.h)
 * @param text  what it says, or NULL: there is no such file any more
 * @return 0 or a negative errno
 */
MUST int give_tell(const struct give *give, const char *name, const char *text);

/** The open directory of the spool; a copy the caller owns. */
MUST int give_spool_dir(const struct give *give);

#endif
