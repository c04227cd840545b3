/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file door_parts.h
 * What the files that serve people's commands share.
 */
#ifndef TALLENNE_VAULT_DOOR_PARTS_H
#define TALLENNE_VAULT_DOOR_PARTS_H

#include "vault/keeper.h"

enum { DOOR_ACTOR_SIZE = 24 };

/** Who is at the door, for the audit log. */
void door_actor(const struct keeper_client *client,
		char ret_actor[DOOR_ACTOR_SIZE]);

/** Answer; never waits. @param text  NULL: none */
int door_answer(int end, const struct letter *asked, int result,
		const char *text);
/** The same with a file, which is borrowed. */
int door_answer_file(int end, const struct letter *asked, const char *text,
		     int fd);

/* What back-ups need (vault/door_copy.c). */
int door_take_keys(void *self, int end, const struct letter *head,
		   struct letter_fds *fds);
int door_take_ring(void *self, int end, const struct letter *head,
		   struct letter_fds *fds);
int door_take_backup(void *self, int end, const struct letter *head,
		     struct letter_fds *fds);
int door_take_pages(void *self, int end, const struct letter *head,
		    struct letter_fds *fds);

#endif
