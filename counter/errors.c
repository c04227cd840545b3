/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/errors.h"

#include <string.h>

#include "counter/layout.h"
#include "counter/tell.h"

enum { RETRY_MS = 2 * MS_PER_S };

static const struct {
	int result, status;
	const char *code;
	enum text_id title, detail;
} problems[PROBLEMS] = {
#define PROBLEM(name, result, status, code)                                    \
	{ result, status, code, TEXT_problem_##name,                           \
	  TEXT_problem_##name##_detail },
#include "counter/problems.def"
#undef PROBLEM
};

static void show_page(struct visit *visit, enum problem problem)
{
	struct text *out = visit_out(visit);

	layout_begin(visit, say(visit, problems[problem].title), 0);
	text_fill(out, "<p>$</p>\n<p><a class=\"button\" href=\"/chat?lang=",
		  say(visit, problems[problem].detail));
	layout_language(visit);
	text_fill(out, "\">$</a></p>\n", say(visit, TEXT_to_chat));
	layout_end(visit);
}

/* http/ has said already when to come back, where it refused first. */
static bool says_when(const struct http_answer *answer)
{
	for (size_t i = 0; i < answer->field_count; i++)
		if (!strcmp(answer->field[i].name, "Retry-After"))
			return true;
	return false;
}

static void show(struct visit *visit, enum problem problem, const uint8_t *id,
		 uint32_t retry_ms)
{
	/* What was half written is not shown. */
	text_drop(visit_out(visit));
	visit->answer->status = problems[problem].status;
	if (retry_ms && !says_when(visit->answer))
		http_field(visit->answer, "Retry-After", "%u",
			   (retry_ms + MS_PER_S - 1) / MS_PER_S);
	if (!visit->route || visit->route->kind != API) {
		show_page(visit, problem);
		return;
	}
	visit->answer->type = "application/json";
	tell_error(visit_out(visit), problems[problem].code, id, retry_ms);
}

void error_show(struct visit *visit, enum problem problem)
{
	show(visit, problem, NULL, problem == PROBLEM_later ? RETRY_MS : 0);
}

void error_result(struct visit *visit, enum chat_result result,
		  const uint8_t *id, uint32_t retry_ms)
{
	assert(result != CHAT_OK);
	if (!retry_ms && (result == CHAT_LATER || result == CHAT_TOO_FAST))
		retry_ms = RETRY_MS;
	for (int i = 0; i < PROBLEMS; i++) {
		if (problems[i].result != (int)result)
			continue;
		show(visit, (enum problem)i, id, retry_ms);
		return;
	}
	show(visit, PROBLEM_later, id, retry_ms);
}

void error_limited(struct visit *visit, uint32_t wait_ms)
{
	counter_add(visit->lobby->limited, 1);
	show(visit, PROBLEM_limited, NULL, wait_ms);
}
