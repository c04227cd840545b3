/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * /metrics and /healthz. Figures are read from the pages of shared memory
 * that all rooms count on.
 */
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/metrics.h"

/* By the numbers with which the house hands over pages of counters. */
static const char *const rooms[] = {
#define LIBRARY(room, storey)
#define ROOM(room, depth) #room,
#define EACH_CORE(room, depth) #room,
#define PEOPLE(program, depth)
#define TELL(from, to)
#define ASK(from, to)
#include "house/plan.def"
#undef LIBRARY
#undef ROOM
#undef EACH_CORE
#undef PEOPLE
#undef TELL
#undef ASK
};

const char *metrics_room(uint32_t room)
{
	return room < COUNT(rooms) ? rooms[room] : NULL;
}

static bool may_read(const struct visit *visit)
{
	const char *token = setting(visit->desk->settings, "metrics_token");
	struct slice bearer = http_header(visit->request, "Authorization");

	if (visit->request->from_here)
		return true;
	if (!token || !token[0] ||
	    !slice_starts_nocase(bearer, SLICE("Bearer ")))
		return false;
	bearer = slice_trim(slice_from(bearer, 7));
	return bearer.size == strlen(token) &&
	       bytes_are(bearer.at, token, bearer.size);
}

void do_metrics(struct visit *visit)
{
	if (!may_read(visit)) {
		error_show(visit, PROBLEM_forbidden);
		return;
	}
	visit->answer->type = FIGURES_TYPE;
	figures_write(visit->desk->counters, visit->desk->counters_count,
		      visit_out(visit));
}

void do_healthz(struct visit *visit)
{
	static const uint8_t nobody[DESK_TOKEN_SIZE];
	struct desk_session session;

	/* A question that any register answers: no. */
	if (asks_who(visit->desk, nobody, &session) == DESK_LATER) {
		error_show(visit, PROBLEM_later);
		return;
	}
	visit->answer->type = "text/plain; charset=utf-8";
	text_say(visit_out(visit), "ok\n");
}
