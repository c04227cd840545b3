/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "desk/when.h"

enum { ZONE_SIZE_MAX = 64 * 1024 };

const char *const rules_uses[] = { "listen",	"read", "note", "sample",
				   "aggregate", "clip", NULL };

/* The file of the first policy's zone, kept for the policies to come. */
static int keep_zone(struct desk *desk, const char *name)
{
	OWNED(drop_fd) int fd = -1;
	char path[ZONE_PATH_SIZE];
	int r = clock_zone_path(name, path, sizeof(path));

	if (r == 0)
		r = slice_text(slice_of(name), desk->zone_name,
			       sizeof(desk->zone_name));
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return file_read(fd, ZONE_SIZE_MAX, &desk->zone, &desk->zone_size);
}

static int give_zone(struct desk *desk, struct policy *policy)
{
	const char *name = policy_zone_name(policy);
	struct civil_zone *zone;
	int r = 0;

	if (!desk->zone)
		r = keep_zone(desk, name);
	else if (strcmp(name, desk->zone_name) != 0)
		r = -EXDEV;
	if (r == 0)
		r = civil_zone_read(desk->zone, desk->zone_size, &zone);
	if (r == 0)
		policy_set_zone(policy, zone);
	return r;
}

static int read_policy(struct desk *desk, int fd, struct policy **ret_policy)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	OWNED(drop_memory) char *text = NULL;
	struct policy *policy = NULL;
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	if (r == 0)
		r = policy_read((struct slice){ text, size }, faults, &count,
				&policy);
	if (r < 0)
		return r;
	r = give_zone(desk, policy);
	if (r < 0) {
		policy_free(policy);
		return r;
	}
	*ret_policy = policy;
	return 0;
}

int rules_take(struct desk *desk, int fd)
{
	struct policy *fresh;
	int r = read_policy(desk, fd, &fresh);

	if (r < 0 && desk->policy) {
		log_warn("policy",
			 "the pages tell the policy before this one "
			 "until a restart: %s",
			 strerror(-r));
		return 0;
	}
	if (r < 0)
		return r;
	policy_free(desk->policy);
	desk->policy = fresh;
	when_use(policy_zone(fresh));
	return 0;
}

void rules_free(struct desk *desk)
{
	when_use(NULL);
	policy_free(desk->policy);
	desk->policy = NULL;
	free(desk->zone);
	desk->zone = NULL;
}

bool rules_listens(const struct visit *visit, const struct desk_rules *rules,
		   uint32_t role)
{
	const struct policy *policy = visit->desk->policy;

	if (role >= NOTICE_ROLES || !rules->role[role].plays)
		return false;
	for (size_t i = 0; i < policy_purpose_count(policy); i++)
		if (policy_grants(policy, role, policy_purpose(policy, i)->id,
				  NOTICE_LISTEN))
			return true;
	return false;
}
