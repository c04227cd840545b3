/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file place.h
 * A house of its own for the demo: everything in one temporary directory,
 * on loopback, on free ports, with fresh keys; gone afterwards.
 */
#ifndef TALLENNE_CLI_DEMO_PLACE_H
#define TALLENNE_CLI_DEMO_PLACE_H

#include <sys/types.h>

#include "base/base.h"

enum { PLACE_PATH_SIZE = 256, PLACE_ADDRESS_SIZE = 64 };

struct place {
	char path[PLACE_PATH_SIZE];    /**< of the directory */
	int dir;		       /**< the same, open */
	pid_t house;		       /**< 0: not running */
	int ready;		       /**< pipe on which the house says so */
	char sip[PLACE_ADDRESS_SIZE];  /**< address:port of SIP over UDP */
	char web[PLACE_ADDRESS_SIZE];  /**< of the staff pages */
	char chat[PLACE_ADDRESS_SIZE]; /**< of the public pages */
};

struct place_wishes {
	uint16_t web_port, sip_port, chat_port; /**< 0: any free port */
	int64_t ahead_s;			/**< warp of end dates */
};

/** Whether nobody listens on a loopback port, UDP or TCP; 0 is free. */
bool place_is_free(uint16_t port);

/** Make the directory, the keys' passphrase and the configuration. */
MUST int place_make(const struct place_wishes *wishes, struct place *place);

/** Start the house and wait until all rooms serve; -ETIMEDOUT, -ECHILD. */
MUST int place_start(struct place *place, int wait_ms);

/** Connect to a door: "register", "vault". @return a line, or -errno */
MUST int place_door(const struct place *place, const char *room);

/** Stop the house and remove the directory with all that is in it. */
void place_end(struct place *place, bool keeps_directory);

/** Write a fresh file of the demo's directory. */
MUST int place_write(int dir, const char *name, const char *text, size_t size);

#endif
