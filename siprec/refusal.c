/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/refusal.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "siprec/recorder.h"

/* The place of this reason, or the one to use for it. */
static struct refusal *find(struct refusals *refusals, uint64_t client,
			    const char *why)
{
	struct refusal *oldest = &refusals->places[0];

	for (size_t i = 0; i < REFUSALS_MAX; i++) {
		struct refusal *one = &refusals->places[i];

		if (!one->why)
			return one;
		if (one->client == client && strcmp(one->why, why) == 0)
			return one;
		if (one->told_ms < oldest->told_ms)
			oldest = one;
	}
	oldest->why = NULL;
	return oldest;
}

bool refusal_note(struct refusals *refusals, uint64_t client, const char *why,
		  int64_t now_ms, uint32_t *ret_untold)
{
	struct refusal *one = find(refusals, client, why);

	if (one->why && now_ms - one->told_ms < REFUSAL_QUIET_MS) {
		one->untold++;
		return false;
	}
	*ret_untold = one->why ? one->untold : 0;
	*one = (struct refusal){
		.why = why,
		.client = client,
		.told_ms = now_ms,
	};
	return true;
}

void recorder_explain(struct recorder *recorder, const struct client *client,
		      uint16_t status, const char *why)
{
	uint32_t untold;
	char more[64] = "", answer[32] = "";

	if (!refusal_note(&recorder->refusals, client ? client->key : 0, why,
			  recorder->now_ms, &untold))
		return;
	if (untold > 0)
		(void)snprintf(more, sizeof(more),
			       " (and %u more since the last such line)",
			       untold);
	if (status > 0)
		(void)snprintf(answer, sizeof(answer), " was answered %u",
			       status);
	log_warn("refused", "%s%s%s: %s%s", client ? "client " : "",
		 client ? client->name : "somebody who is no listed client",
		 answer, why, more);
}

void recorder_stranger(struct recorder *recorder)
{
	TALLY(&recorder->tally, strangers);
	recorder_explain(recorder, NULL, 0,
			 "SIP came from an address under no entry of "
			 "siprec.clients and got no answer "
			 "(sip_strangers_total)");
}
