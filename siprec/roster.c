/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/roster.h"

#include <errno.h>
#include <string.h>

struct agent {
	struct parties_agent about;
	char sip_user[ROSTER_SIP_SIZE];
	char sip_host[ROSTER_SIP_SIZE]; /* empty: any */
};

struct roster {
	uint32_t count;
	struct agent agents[];
};

static int read_sip(struct slice sip, struct agent *agent)
{
	struct slice host, user;

	if (slice_starts_nocase(sip, SLICE("sip:")))
		sip = slice_from(sip, 4);
	else if (slice_starts_nocase(sip, SLICE("sips:")))
		sip = slice_from(sip, 5);
	user = slice_cut(sip, '@', &host);
	if (slice_text(user, agent->sip_user, sizeof(agent->sip_user)) < 0 ||
	    slice_text(host, agent->sip_host, sizeof(agent->sip_host)) < 0)
		return -EINVAL;
	return 0;
}

static int read_agent(const struct settings *settings, int i,
		      const struct number_plan *plan, struct agent *agent)
{
	const char *id = setting(settings, "agents.%d.id", i);
	const char *name = setting(settings, "agents.%d.name", i);
	const char *number = setting(settings, "agents.%d.number", i);
	const char *sip = setting(settings, "agents.%d.sip", i);

	if (!id || !*id ||
	    slice_text(slice_of(id), agent->about.id, sizeof(agent->about.id)) <
		    0 ||
	    slice_text(slice_of(name ? name : id), agent->about.name,
		       sizeof(agent->about.name)) < 0)
		return -EINVAL;
	if (number && *number &&
	    number_read(plan, slice_of(number), agent->about.number) < 0 &&
	    number_digits(slice_of(number), agent->about.number) < 0)
		return -EINVAL;
	return read_sip(slice_of(sip ? sip : ""), agent);
}

int roster_read(const struct settings *settings, const struct number_plan *plan,
		struct roster **ret_roster, int *ret_fault)
{
	struct roster *roster;
	int count = 0;

	while (setting(settings, "agents.%d.id", count))
		count++;
	*ret_fault = count;
	if (count > ROSTER_AGENTS_MAX)
		return -EINVAL;
	roster = calloc(1,
			sizeof(*roster) + (size_t)count * sizeof(struct agent));
	if (!roster)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		int r = read_agent(settings, i, plan, &roster->agents[i]);

		if (r < 0) {
			*ret_fault = i;
			roster_free(roster);
			return r;
		}
	}
	roster->count = (uint32_t)count;
	*ret_roster = roster;
	return 0;
}

void roster_free(struct roster *roster)
{
	free(roster);
}

static bool is_agent(const struct agent *agent, const char *user,
		     const char *host, const char *number)
{
	const char *own = agent->about.number;

	if (agent->sip_user[0] != '\0' &&
	    slice_is_nocase(slice_of(user), slice_of(agent->sip_user)) &&
	    (agent->sip_host[0] == '\0' ||
	     slice_is_nocase(slice_of(host), slice_of(agent->sip_host))))
		return true;
	if (own[0] == '\0')
		return false;
	return !strcmp(own, number) || !strcmp(own, user);
}

bool roster_find(const struct roster *roster, const char *user,
		 const char *host, const char *number,
		 struct parties_agent *ret_agent)
{
	for (uint32_t i = 0; roster && i < roster->count; i++) {
		if (!is_agent(&roster->agents[i], user, host, number))
			continue;
		*ret_agent = roster->agents[i].about;
		return true;
	}
	return false;
}
