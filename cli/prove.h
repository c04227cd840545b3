/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file prove.h
 * The notice held against the running service, sentence by sentence.
 */
#ifndef TALLENNE_CLI_PROVE_H
#define TALLENNE_CLI_PROVE_H

#include <jansson.h>

#include "base/base.h"

/**
 * "tallenne policy prove [SENTENCE]".
 *
 * @param run       run directory as told by an option, or NULL
 * @param sentence  "S19", or NULL: all
 * @return an exit status: EXIT_FOUND if a promise is broken
 */
int prove_notice(const char *run, const char *sentence, bool json);

/** What anybody gets at the public pages, without a cookie. */
struct prove_answer {
	int status;
	bool sets_cookie;
	char *body; /**< heap */
};

/**
 * Ask the public pages, as a stranger would.
 *
 * @param address  "127.0.0.1:8081"
 * @param[out] ret_answer  the caller frees its body
 * @return 0; -EPROTO: it is no HTTP in clear; another negative errno
 */
MUST int prove_get(const char *address, const char *path,
		   struct prove_answer *ret_answer);

/**
 * The published notice for machines.
 *
 * @param[out] ret_notice  the caller's; NULL if it cannot be had
 */
MUST int prove_get_notice(const char *address, json_t **ret_notice);

/** How many clauses of it speak of a sentence, in Finnish and Swedish. */
size_t prove_clauses(const json_t *notice, const char *sentence);

#endif
