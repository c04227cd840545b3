/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/errors.h"

#include <string.h>

#include "desk/layout.h"

static const struct {
	int result, status;
	const char *slug;
	enum text_id title, detail;
} problems[PROBLEMS] = {
#define PROBLEM(name, result, status, slug)                                    \
	{ result, status, slug, TEXT_problem_##name,                           \
	  TEXT_problem_##name##_detail },
#include "desk/problems.def"
#undef PROBLEM
};

static bool wants_problem(const struct visit *visit)
{
	if (visit->route)
		return visit->route->kind == API || visit->route->kind == DATA;
	return slice_starts_nocase(visit->request->path, SLICE("/api/"));
}

void error_json(struct http_answer *answer, enum problem problem,
		enum notice_language language)
{
	struct text *out = &answer->body;

	answer->status = problems[problem].status;
	answer->type = "application/problem+json";
	text_say(out, "{\"type\":\"/problems/");
	text_say(out, problems[problem].slug);
	text_say(out, "\",\"title\":");
	text_json(out, text_of(problems[problem].title, language));
	text_format(out,
		    ",\"status\":%d,\"detail\":", problems[problem].status);
	text_json(out, text_of(problems[problem].detail, language));
	text_say(out, "}\n");
	http_field(answer, "Content-Language", "%s", language_code(language));
}

static void explain(struct visit *visit, enum problem problem)
{
	struct text *out = visit_out(visit);

	layout_begin_bare(visit, say(visit, problems[problem].title));
	text_format(out,
		    "<div class=\"notice-box\"><p class=\"status-code\">"
		    "%d</p>",
		    problems[problem].status);
	text_fill(out, "<h1>$</h1><p>$</p>",
		  say(visit, problems[problem].title),
		  say(visit, problems[problem].detail));
}

static void show_page(struct visit *visit, enum problem problem)
{
	struct text *out = visit_out(visit);

	explain(visit, problem);
	text_say(out, "<p class=\"actions\">");
	if (problem == PROBLEM_later || problem == PROBLEM_locked)
		text_fill(out, "<a class=\"button primary\" href=\"\">$</a>",
			  say(visit, TEXT_try_again));
	else if (!visit->signed_in)
		text_fill(out,
			  "<a class=\"button primary\" href=\"/login\">$</a>",
			  say(visit, TEXT_sign_in));
	else
		text_fill(out, "<a class=\"button primary\" href=\"/\">$</a>",
			  say(visit, TEXT_to_home));
	if (visit->signed_in && visit->session.may_see_contacts)
		text_fill(out, " <a class=\"button\" href=\"/contacts\">$</a>",
			  say(visit, TEXT_to_contacts));
	text_say(out, "</p></div>\n");
	layout_end(visit);
}

void error_show(struct visit *visit, enum problem problem)
{
	/* What was half written is not shown. */
	text_drop(visit_out(visit));
	visit->answer->status = problems[problem].status;
	if (problem == PROBLEM_later)
		http_field(visit->answer, "Retry-After", "3");
	if (problem == PROBLEM_locked)
		http_field(visit->answer, "Retry-After", "60");
	if (problem == PROBLEM_too_many)
		http_field(visit->answer, "Retry-After", "%u",
			   visit->session.retry_after_s
				   ? visit->session.retry_after_s
				   : 60);
	if (problem == PROBLEM_not_signed_in)
		http_field(visit->answer, "WWW-Authenticate", "Bearer");
	if (wants_problem(visit))
		error_json(visit->answer, problem, visit->language);
	else
		show_page(visit, problem);
}

void error_result(struct visit *visit, enum desk_result result)
{
	assert(result != DESK_OK);
	/* Who came as far as this may listen: it is about what for. */
	if (result == DESK_FORBIDDEN && visit->route &&
	    (visit->route->access == PLAY || visit->route->access == NOTES)) {
		error_show(visit, PROBLEM_not_granted);
		return;
	}
	for (int i = 0; i < PROBLEMS; i++) {
		if (problems[i].result != (int)result)
			continue;
		error_show(visit, (enum problem)i);
		return;
	}
	error_show(visit, PROBLEM_invalid);
}

void do_problem(struct visit *visit)
{
	for (int i = 0; i < PROBLEMS; i++) {
		if (!slice_is(visit->request->param[0],
			      slice_of(problems[i].slug)))
			continue;
		explain(visit, (enum problem)i);
		text_fill(visit_out(visit),
			  "<p><code>/problems/$</code></p></div>",
			  problems[i].slug);
		layout_end(visit);
		return;
	}
	error_show(visit, PROBLEM_not_found);
}
