/* SPDX-License-Identifier: EUPL-1.2 */
/* Small answers: the way to the chat, for search engines, for machines. */
#include "counter/errors.h"
#include "counter/visit.h"
#include "http/figures.h"
#include "notice/language.h"

void do_home(struct visit *visit)
{
	visit->answer->status = 303;
	http_field(visit->answer, "Location", "/chat%s%s",
		   visit->has_language ? "?lang=" : "",
		   visit->has_language ? language_code(visit->language) : "");
}

void do_robots(struct visit *visit)
{
	visit->answer->type = "text/plain; charset=utf-8";
	text_say(visit_out(visit),
		 "User-agent: *\nDisallow: /chat\nAllow: /notice\n");
}

void do_healthz(struct visit *visit)
{
	/* Hours have been heard since the line came: chat answers. */
	if (!talks_hours(visit->lobby->talks)) {
		error_show(visit, PROBLEM_later);
		return;
	}
	visit->answer->type = "text/plain; charset=utf-8";
	text_say(visit_out(visit), "ok\n");
}

void do_metrics(struct visit *visit)
{
	const struct figures_page page = { counters_page(), "counter", 0 };

	if (!visit->request->from_here) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	visit->answer->type = FIGURES_TYPE;
	figures_write(&page, 1, visit_out(visit));
}
