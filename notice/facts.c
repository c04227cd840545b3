/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"

enum { ZONE_SIZE_MAX = 64 << 10 };

static int keep_zone(struct facts *facts, const char *name)
{
	OWNED(drop_fd) int fd = -1;
	char path[ZONE_PATH_SIZE];
	int r = clock_zone_path(name, path, sizeof(path));

	if (r == 0)
		r = slice_text(slice_of(name), facts->zone_name,
			       sizeof(facts->zone_name));
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return file_read(fd, ZONE_SIZE_MAX, &facts->zone, &facts->zone_size);
}

static int give_zone(struct facts *facts, struct policy *policy)
{
	const char *name = policy_zone_name(policy);
	struct civil_zone *zone;
	int r = 0;

	if (!facts->zone)
		r = keep_zone(facts, name);
	else if (strcmp(name, facts->zone_name) != 0)
		r = -EXDEV;
	if (r == 0)
		r = civil_zone_read(facts->zone, facts->zone_size, &zone);
	if (r == 0)
		policy_set_zone(policy, zone);
	return r;
}

static int read_policy(struct facts *facts, int fd, struct policy **ret_policy)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	OWNED(drop_memory) char *text = NULL;
	struct policy *policy = NULL;
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	if (r == 0)
		r = policy_read((struct slice){ text, size }, faults, &count,
				&policy);
	if (r == 0)
		r = give_zone(facts, policy);
	if (r < 0)
		policy_free(policy);
	else
		*ret_policy = policy;
	return r;
}

int facts_take(struct facts *facts, int fd)
{
	struct policy *fresh;
	int r = read_policy(facts, fd, &fresh);

	if (r < 0)
		return r;
	policy_free(facts->policy);
	facts->policy = fresh;
	return 0;
}

void facts_drop(struct facts *facts)
{
	policy_free(facts->policy);
	free(facts->zone);
	*facts = (struct facts){ 0 };
}
