/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file roster.h
 * The agents, by configuration: who is meant by a SIP address or number.
 */
#ifndef TALLENNE_SIPREC_ROSTER_H
#define TALLENNE_SIPREC_ROSTER_H

#include "base/settings.h"
#include "siprec/parse/parties.h"

enum { ROSTER_AGENTS_MAX = 4096, ROSTER_SIP_SIZE = 128 };

struct roster;

/**
 * Read "agents.*".
 *
 * @param plan  how their numbers are written
 * @param[out] ret_fault  index of the agent that is wrong
 * @return 0, -EINVAL or -ENOMEM
 */
MUST int roster_read(const struct settings *settings,
		     const struct number_plan *plan, struct roster **ret_roster,
		     int *ret_fault);
void roster_free(struct roster *roster);

/** As parties_house.find_agent; roster may be NULL. */
bool roster_find(const struct roster *roster, const char *user,
		 const char *host, const char *number,
		 struct parties_agent *ret_agent);

#endif
