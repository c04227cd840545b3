/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file jail.h
 * The walls of a room: which system calls it may make, which places it
 * may open.
 *
 * Two walls, because neither is enough alone. seccomp knows calls but not
 * paths; Landlock knows paths, but on Debian 12's kernel not truncate(2)
 * and no sockets. A call that is not on the list fails with EPERM; execve,
 * ptrace and their like end the process. No memory becomes executable any
 * more.
 *
 * Built with a sanitizer, only Landlock and no_new_privs are used: the
 * sanitizer's own calls are not ours to list.
 */
#ifndef TALLENNE_JAIL_H
#define TALLENNE_JAIL_H

#include "base/base.h"

/** 1 if built with a sanitizer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JAIL_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) ||                                        \
	__has_feature(undefined_behavior_sanitizer)
#define JAIL_HAS_SANITIZER 1
#endif
#endif
#ifndef JAIL_HAS_SANITIZER
#define JAIL_HAS_SANITIZER 0
#endif

enum { JAIL_PLACES_MAX = 8, JAIL_CALLS_MAX = 64 };

/** A directory that may be opened from, and what may be done beneath. */
struct jail_place {
	int dir;    /**< an open directory, borrowed */
	bool read;  /**< read files, list directories */
	bool write; /**< make, write, rename, remove files */
};

struct jail {
	/**
	 * Names of system calls beyond those every room needs (memory,
	 * time, reading, writing and waiting on what is already open,
	 * letters and descriptors over lines). NULL ends the list.
	 */
	const char *calls[JAIL_CALLS_MAX + 1];

	/** Places; without any, nothing can be opened by path. */
	struct jail_place places[JAIL_PLACES_MAX];
	int place_count;
};

/**
 * Close the walls around this process, for good.
 *
 * @param jail  what is allowed beyond the common minimum
 * @return 0, or a negative errno; -ENOSYS if the kernel lacks seccomp.
 *         A kernel without Landlock is reported by jail_has_landlock() and
 *         is no error: seccomp then forbids opening altogether, unless
 *         places were asked for.
 */
MUST int jail_enter(const struct jail *jail);

/** Whether this kernel restricts paths. */
bool jail_has_landlock(void);

#endif
