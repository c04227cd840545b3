/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Runs a fuzz harness over a kept corpus, as an ordinary test: every file
 * of the directories named on the command line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_SIZE_MAX = 4 << 20 };

static int replay_file(int dir, const char *name)
{
	OWNED(drop_fd) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *bytes = NULL;
	OWNED(drop_memory) uint8_t *exact = NULL;
	size_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = file_read(fd, INPUT_SIZE_MAX, &bytes, &size);
	if (r < 0)
		return r;
	/* Exactly as large as the input, so that a sanitizer sees its end. */
	exact = malloc(size ? size : 1);
	if (!exact)
		return -ENOMEM;
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	return 0;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		if (!dir) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		while ((entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			int r = replay_file(dirfd(dir), entry->d_name);
			if (r < 0) {
				fprintf(stderr, "%s: %s\n", entry->d_name,
					strerror(-r));
				return EXIT_FAILURE;
			}
			count++;
		}
		closedir(dir);
	}
	printf("replayed %d inputs\n", count);
	/* An empty corpus proves nothing. */
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
