/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file house.h
 * Finding and becoming the programs that are installed beside this one.
 */
#ifndef TALLENNE_CLI_HOUSE_H
#define TALLENNE_CLI_HOUSE_H

#include <limits.h>

#include "base/base.h"

/** Find one beside this program, in the build tree or where installed. */
MUST bool house_find(const char *program, char ret_path[PATH_MAX]);

/**
 * Become another program of ours. Comes back only if that fails.
 *
 * @param first  an argument before the others, or NULL
 * @return an exit status, after the reason was printed on stderr
 */
int house_become(const char *program, const char *first, int argc, char **argv);

/** Run it as a child and wait; its exit status, or a negative errno.
 *  @param[out] out  what it tells on stderr, as far as it fits */
MUST int house_hear(const char *program, const char *const arguments[],
		    char *out, size_t size);

#endif
