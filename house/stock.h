/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file stock.h
 * All that the house opens once and keeps for the rooms: listening sockets,
 * RTP ports, directories, journals, doors, files the configuration names.
 *
 * Opened before the first room starts, so that a room which is started
 * anew gets the very same sockets and no caller notices. Which word means
 * what to which room stands in house/house.h.
 */
#ifndef TALLENNE_HOUSE_STOCK_H
#define TALLENNE_HOUSE_STOCK_H

#include "house/config.h"
#include "house/keep.h"
#include "house/places.h"
#include "house/sockets.h"

/** Something for one room (or process), handed over under a word. */
struct stock_item {
	int room;
	int index; /**< of the process, -1: all of the room */
	const char *word;
	uint64_t number;
	int fd;
	bool is_named; /**< by the configuration: opened anew on reload */
	char address[SOCKETS_ADDRESS_SIZE]; /**< if it is a socket */
};

struct stock {
	struct stock_item *items;
	size_t count;
	size_t room_for;
};

/**
 * Open everything.
 *
 * @param stock        empty; stock_close() it, also on failure
 * @param config       borrowed
 * @param house        the house's own section of it, borrowed
 * @param places       borrowed
 * @param keep         borrowed; tells the rooms' users
 * @param media_count  how many media processes share the ports
 * @return 0 or a negative errno; what failed has been logged
 */
MUST int stock_open(struct stock *stock, const struct config *config,
		    const struct settings *house, const struct places *places,
		    const struct keep *keep, int media_count);
void stock_close(struct stock *stock);

/** Is it meant for this process? */
bool stock_is_for(const struct stock_item *item,
		  const struct keep_process *process);

/**
 * Open the files a new configuration names. Certificates are renewed under
 * the same name. On failure those of before stay.
 */
MUST int stock_reopen(struct stock *stock, const struct config *config);

/**
 * A fresh, empty file in the place of one of chat's journals: a sync of
 * that one failed, and nothing in it counts any more.
 *
 * @param state  directory of the house's state, borrowed
 * @param[out] ret_fd  borrowed
 * @return 0, -ENOENT if there is no such journal, or errno
 */
MUST int stock_fresh_journal(struct stock *stock, int state, uint64_t number,
			     int *ret_fd);

/** Write "room.word address" of each socket into a file of a directory. */
MUST int stock_write_addresses(const struct stock *stock, int dir,
			       const char *name);

#endif
