/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/rules.h"

#include <string.h>

#include "base/log.h"
#include "desk/when.h"

const char *const rules_uses[] = { "listen",	"read", "note", "sample",
				   "aggregate", "clip", NULL };

int rules_take(struct desk *desk, int fd)
{
	int r = facts_take(&desk->facts, fd);

	if (r < 0 && desk->facts.policy) {
		log_warn("policy",
			 "the pages tell the policy before this one "
			 "until a restart: %s",
			 strerror(-r));
		return 0;
	}
	if (r == 0)
		when_use(policy_zone(desk->facts.policy));
	return r;
}

void rules_free(struct desk *desk)
{
	when_use(NULL);
	facts_drop(&desk->facts);
}

bool rules_listens(const struct visit *visit, const struct desk_rules *rules,
		   uint32_t role)
{
	const struct policy *policy = visit->desk->facts.policy;

	if (role >= NOTICE_ROLES || !rules->role[role].plays)
		return false;
	for (size_t i = 0; i < policy_purpose_count(policy); i++)
		if (policy_grants(policy, role, policy_purpose(policy, i)->id,
				  NOTICE_LISTEN))
			return true;
	return false;
}
