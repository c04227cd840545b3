/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/hours.h"

#include <stdio.h>
#include <string.h>

#include "counter/layout.h"
#include "counter/when.h"
#include "notice/channel.h"
#include "notice/language.h"

enum { S_PER_MIN = 60 };

static void say_when(struct visit *visit, enum text_id words, nanoseconds at)
{
	const struct policy *policy = visit->lobby->facts.policy;
	char when[WHEN_TEXT_SIZE];

	if (!at)
		return;
	when_day(policy ? policy_zone(policy) : NULL, at, visit->language,
		 when);
	text_fill(visit_out(visit), " $ $.", say(visit, words), when);
}

static void say_queue(struct visit *visit, const struct chat_hours *hours)
{
	struct text *out = visit_out(visit);

	text_say(out, " ");
	if (hours->waiting == 0)
		text_html(out, say(visit, TEXT_nobody_waits));
	else if (hours->waiting == 1)
		text_html(out, say(visit, TEXT_one_waits));
	else
		layout_number(out, say(visit, TEXT_many_wait), hours->waiting);
	text_say(out, " ");
	if (hours->agents == 0)
		text_html(out, say(visit, TEXT_no_agents));
	else if (hours->wait_s >= S_PER_MIN)
		layout_number(out, say(visit, TEXT_wait_minutes),
			      (hours->wait_s + S_PER_MIN - 1) / S_PER_MIN);
	else if (hours->wait_s > 0)
		text_html(out, say(visit, TEXT_wait_short));
}

bool hours_say(struct visit *visit)
{
	const struct chat_hours *hours = talks_hours(visit->lobby->talks);
	struct text *out = visit_out(visit);

	text_say(out, "<div class=\"standing\"><p>");
	if (!hours) {
		text_html(out, say(visit, TEXT_not_known_now));
	} else if (hours->is_open) {
		text_fill(out, "<strong>$</strong>", say(visit, TEXT_is_open));
		say_queue(visit, hours);
		say_when(visit, TEXT_closes, hours->closes_at);
	} else {
		text_fill(out, "<strong>$</strong>",
			  say(visit, TEXT_is_closed));
		say_when(visit, TEXT_opens, hours->opens_at);
	}
	text_say(out, "</p></div>\n");
	return hours && hours->is_open;
}

static void instant(struct text *out, const char *name, nanoseconds at)
{
	char text[CLOCK_TEXT_SIZE];

	if (!at)
		return;
	clock_text(at, text);
	text_format(out, ",\"%s\":\"%s\"", name, text);
}

static void words(struct text *out, const char *name, const char *text)
{
	text_format(out, ",\"%s\":", name);
	text_json(out, text);
}

static void queues(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);

	text_say(out, ",\"queues\":[");
	for (size_t i = 0; i < policy_chat_queue_count(policy); i++) {
		const char *label;
		const char *id =
			policy_chat_queue(policy, i, visit->language, &label);

		text_say(out, i ? ",{\"id\":" : "{\"id\":");
		text_json(out, id);
		text_say(out, ",\"label\":");
		text_json(out, label);
		text_say(out, "}");
	}
	text_say(out, "]");
}

/* The week as people write it, and nothing if there is no memory for it. */
static void week(struct visit *visit)
{
	OWNED(drop_memory) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	policy_chat_hours_text(visit->lobby->facts.policy, visit->language,
			       out);
	if (fclose(out) == 0)
		words(visit_out(visit), "hours", text);
}

void do_chat_hours(struct visit *visit)
{
	const struct chat_hours *hours = talks_hours(visit->lobby->talks);
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);
	char line[CHANNEL_LINE_SIZE];

	visit->answer->type = "application/json";
	text_format(out, "{\"open\":%s",
		    hours && hours->is_open ? "true" : "false");
	if (hours) {
		text_format(out, ",\"agents\":%u,\"waiting\":%u,\"wait\":%u",
			    hours->agents, hours->waiting, hours->wait_s);
		instant(out, "opens_at", hours->opens_at);
		instant(out, "closes_at", hours->closes_at);
	}
	words(out, "controller", layout_agency(visit));
	if (policy) {
		policy_chat_line(policy, visit->language, line);
		words(out, "recording", line);
		text_format(out, ",\"notice\":\"%08x\"", policy_hash(policy));
		week(visit);
		queues(visit);
	}
	text_say(out, ",\"notice_url\":\"");
	text_say(out, visit->host);
	text_format(out, "/notice?lang=%s\"}", language_code(visit->language));
}
