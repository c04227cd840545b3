/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file asks_parts.h
 * What the files share that ask the register: asks.c, and asks_use.c with
 * what is done beyond listening.
 */
#ifndef TALLENNE_DESK_ASKS_PARTS_H
#define TALLENNE_DESK_ASKS_PARTS_H

#include "desk/asks.h"

/** Begin a question with the session's token. */
void asks_begin(struct letter *head, uint16_t type, size_t size,
		uint8_t *ret_token, const uint8_t *token);

/** Ask, and wait for an answer of that type and size. */
enum desk_result asks_ask(struct desk *desk, struct letter *question,
			  const struct letter_fds *fds, struct letter *answer,
			  uint16_t type, size_t size);

/** The register said what makes no sense: its line is given up. */
enum desk_result asks_give_up(struct desk *desk, int r);

/** Read so many bytes, within the time of an answer; 0 or why not. */
MUST int asks_read_pipe(int pipe, char *out, size_t size);

#endif
