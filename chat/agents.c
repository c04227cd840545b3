/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/agents.h"

#include <stdio.h>
#include <string.h>

enum {
	AVERAGE_OF = 8,
	STEP_S = 30,
	WAIT_MAX_S = 4 * 3600,
	PLACE_MAX = 1 << 16
};

uint32_t agents_find(const struct agents *agents, const char *id)
{
	for (uint32_t i = 0; id[0] != '\0' && i < AGENTS_MAX; i++)
		if (!strcmp(agents->agent[i].id, id))
			return i;
	return AGENTS_NONE;
}

uint32_t agents_get(struct agents *agents, const char *id, const char *name,
		    nanoseconds now)
{
	uint32_t found = agents_find(agents, id);
	struct agent *agent;

	for (uint32_t i = 0; found == AGENTS_NONE && i < AGENTS_MAX; i++)
		if (agents->agent[i].id[0] == '\0')
			found = i;
	if (found == AGENTS_NONE)
		return found;
	agent = &agents->agent[found];
	if (agent->id[0] == '\0') {
		*agent = (struct agent){ .wish = CHAT_BUSY, .gone_at = now };
		snprintf(agent->id, sizeof(agent->id), "%s", id);
	}
	snprintf(agent->name, sizeof(agent->name), "%s", name);
	return found;
}

enum chat_presence agents_presence(const struct agents *agents, uint32_t agent)
{
	const struct agent *one = &agents->agent[agent];

	return one->seats > 0 ? (enum chat_presence)one->wish : CHAT_ABSENT;
}

void agents_sit(struct agents *agents, uint32_t agent)
{
	agents->agent[agent].seats++;
}

void agents_leave(struct agents *agents, uint32_t agent, nanoseconds now)
{
	assert(agents->agent[agent].seats > 0);
	agents->agent[agent].seats--;
	agents->agent[agent].gone_at = now;
}

void agents_carry(struct agents *agents, const char *id, int more)
{
	uint32_t agent = agents_find(agents, id);

	if (agent == AGENTS_NONE)
		return;
	assert(more > 0 || agents->agent[agent].load > 0);
	agents->agent[agent].load += (uint32_t)more;
}

bool agents_may_take(const struct agents *agents, uint32_t agent)
{
	return agents->agent[agent].load < agents->load_max;
}

void agents_sweep(struct agents *agents, nanoseconds now, nanoseconds after)
{
	for (uint32_t i = 0; i < AGENTS_MAX; i++) {
		struct agent *agent = &agents->agent[i];

		if (agent->id[0] != '\0' && agent->seats == 0 &&
		    agent->load == 0 && now - agent->gone_at > after)
			memset(agent, 0, sizeof(*agent));
	}
}

uint32_t agents_available(const struct agents *agents)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < AGENTS_MAX; i++)
		count += agents->agent[i].id[0] != '\0' &&
			 agents_presence(agents, i) == CHAT_AVAILABLE;
	return count;
}

void agents_learn(struct agents *agents, nanoseconds took)
{
	if (took <= 0)
		return;
	if (took > WAIT_MAX_S * NS_PER_S)
		took = WAIT_MAX_S * NS_PER_S;
	agents->handling =
		agents->handling == 0
			? took
			: agents->handling +
				  (took - agents->handling) / AVERAGE_OF;
}

uint32_t agents_wait(const struct agents *agents, uint32_t place)
{
	uint32_t at_once = agents_available(agents) * agents->load_max;
	nanoseconds wait;
	uint32_t seconds;

	if (agents->handling == 0 || at_once == 0 || place == 0)
		return 0;
	if (place > PLACE_MAX)
		place = PLACE_MAX;
	wait = agents->handling / at_once * place;
	if (wait > WAIT_MAX_S * NS_PER_S)
		return WAIT_MAX_S;
	seconds = (uint32_t)(wait / NS_PER_S);
	return (seconds / STEP_S + 1) * STEP_S;
}
