/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/counters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct counter_page unseen;
static struct counter_page *page = &unseen;

int counters_open(int fd)
{
	struct stat about;
	void *memory;

	if (fstat(fd, &about) < 0)
		return -errno;
	if (about.st_size != (off_t)sizeof(struct counter_page))
		return -EINVAL;
	memory = mmap(NULL, sizeof(struct counter_page), PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	page = memory;
	return 0;
}

const struct counter_page *counters_page(void)
{
	return page;
}

struct counter *counter_new(enum counter_kind kind, const char *name,
			    const char *help)
{
	static struct counter overflow;
	char full[COUNTER_NAME_SIZE];

	snprintf(full, sizeof(full), "tallenne_%s", name);
	for (size_t i = 0; i < COUNTERS_MAX; i++) {
		struct counter *counter = &page->counter[i];

		if (counter->kind != COUNTER_NONE &&
		    strncmp(counter->name, full, sizeof(full)) != 0)
			continue;
		memcpy(counter->name, full, sizeof(full));
		snprintf(counter->help, sizeof(counter->help), "%s", help);
		counter->kind = kind;
		return counter;
	}
	return &overflow;
}
