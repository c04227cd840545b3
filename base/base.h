/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file base.h
 * The words that every file of the tree may use without explanation.
 */
#ifndef TALLENNE_BASE_H
#define TALLENNE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/** The caller must look at the result: 0, or a negative errno. */
#define MUST __attribute__((warn_unused_result))

/** Arguments from FIRST on are checked against the format at FORMAT. */
#define FORMAT(string, first) __attribute__((format(printf, string, first)))

/** This variable owns what it holds; DTOR runs when it goes out of scope. */
#define OWNED(dtor) __attribute__((cleanup(dtor)))

/** Hand the owned value on; the variable is empty afterwards. */
#define GIVE_FD(fd) give_fd(&(fd))

/** Number of elements of a real array. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline void drop_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static inline int give_fd(int *fd)
{
	int given = *fd;

	*fd = -1;
	return given;
}

static inline void drop_memory(void *pointer)
{
	void **p = pointer;

	free(*p);
	*p = NULL;
}

/** Random, 128 bits, tells nothing of what it names. All zero: none. */
struct id {
	uint8_t byte[16];
};

#endif
