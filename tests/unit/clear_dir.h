/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file clear_dir.h
 * Empty a directory that a test made.
 */
#ifndef TALLENNE_TESTS_CLEAR_DIR_H
#define TALLENNE_TESTS_CLEAR_DIR_H

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static inline void clear_dir(int dir)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		int below;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(dir, entry->d_name, 0) == 0)
			continue;
		below = openat(dir, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (below < 0)
			continue;
		clear_dir(below);
		(void)close(below);
		(void)unlinkat(dir, entry->d_name, AT_REMOVEDIR);
	}
	if (list)
		(void)closedir(list);
}

#endif
