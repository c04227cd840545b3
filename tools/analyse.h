/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file analyse.h
 * What clang's analyser cannot know by itself. Read before every file by
 * tools/analyse.py, never compiled into anything.
 *
 * After a failure errno is above 0, so "return -errno" is a failure and
 * nobody looks at ret_ parameters. A few numbers stand for all others: the
 * analyser of clang 14 does not know that what is above 0 is below it with
 * its sign changed.
 */
#include <errno.h>

int any_number(void);

#undef errno
#define errno                                                                  \
	(*({                                                                   \
		int *number = __errno_location();                              \
		switch (any_number()) {                                        \
		case 1:                                                        \
			*number = EAGAIN;                                      \
			break;                                                 \
		case 2:                                                        \
			*number = ENOENT;                                      \
			break;                                                 \
		default:                                                       \
			*number = EIO;                                         \
		}                                                              \
		number;                                                        \
	}))
