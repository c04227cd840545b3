/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file room.h
 * The room finish: its lines to media, register and vault, and the house.
 *
 * Hears FINISH_CALL from every media process, hands the work to jobs.h,
 * what a crash left behind to recover.h, and is the only file here that
 * logs what stops at a line.
 */
#ifndef TALLENNE_FINISH_ROOM_H
#define TALLENNE_FINISH_ROOM_H

#include "base/room.h"
#include "finish/jobs.h"
#include "finish/recover.h"

enum { FINISH_MEDIA_MAX = 256 };

struct finish {
	struct room *room; /**< NULL until start */
	struct loop *loop;
	int media[FINISH_MEDIA_MAX]; /**< ends of lines, -1: none */
	int registry;
	int vault;
	int workers;
	struct segments segments;
	struct jobs *jobs;
	struct recover *recover;

	/** What came before the start. */
	struct seal_keyset *early_set;
	uint8_t early_node[32];
	bool has_early_node;
	uint32_t early_left[SEGMENTS_MAX];
	size_t early_left_count;
};

extern const struct room_face finish_face;

void finish_init(struct finish *finish);
void finish_done(struct finish *finish);

/** Take one letter from a media process; what line_serve() says. */
MUST int finish_serve_media(struct finish *finish, int end);

/** The same for the register and the vault. */
MUST int finish_serve_register(struct finish *finish, int end);
MUST int finish_serve_vault(struct finish *finish, int end);

#endif
