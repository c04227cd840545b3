/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The privacy notice (S30): what publish/render.h makes of the policy, on a
 * page and for machines. Nothing else is asked for it, so that it is served
 * whoever else is down.
 */
#include <errno.h>
#include <stdio.h>

#include "counter/errors.h"
#include "counter/files.h"
#include "counter/layout.h"
#include "counter/notice_page.h"
#include "notice/language.h"
#include "publish/render.h"

/* All languages of the notice; those that could not be made are NULL. */
static int make(const struct policy *policy,
		struct document *out[NOTICE_LANGUAGES])
{
	int r = 0;

	for (int i = 0; r == 0 && i < NOTICE_LANGUAGES; i++)
		r = document_new(policy, CLAUSE_NOTICE, (enum notice_language)i,
				 &out[i]);
	return r;
}

static void write_as(struct document *const all[NOTICE_LANGUAGES],
		     const struct visit *visit, bool as_json, FILE *out)
{
	const struct document *const same[NOTICE_LANGUAGES] = { all[0], all[1],
								all[2] };

	if (as_json)
		render_json(same, out);
	else
		render_html(all[visit->language], out);
}

int notice_write(struct visit *visit, const struct policy *policy, bool as_json)
{
	struct document *all[NOTICE_LANGUAGES] = { NULL };
	OWNED(drop_memory) char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	int r = out ? make(policy, all) : -ENOMEM;

	if (r == 0)
		write_as(all, visit, as_json, out);
	if (out && fclose(out) != 0)
		r = -ENOMEM;
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		document_free(all[i]);
	if (r == 0)
		text_add(visit_out(visit), (struct slice){ bytes, size });
	return r;
}

/* Nothing is asked for it: it came when the vault signed it. */
static void show_checkpoint(struct visit *visit)
{
	if (!visit->lobby->checkpoint)
		return;
	text_fill(visit_out(visit),
		  "<section><h2>$</h2>\n<p>$</p>\n"
		  "<pre class=\"card\"><code>$</code></pre>\n"
		  "<p><a href=\"/notice/checkpoint\">$</a></p></section>\n",
		  say(visit, TEXT_checkpoint),
		  say(visit, TEXT_checkpoint_words), visit->lobby->checkpoint,
		  say(visit, TEXT_checkpoint_file));
}

void do_notice_checkpoint(struct visit *visit)
{
	if (!visit->lobby->checkpoint) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	visit->answer->type = "text/plain; charset=utf-8";
	text_add(visit_out(visit), slice_of(visit->lobby->checkpoint));
}

void do_notice(struct visit *visit)
{
	if (!visit->lobby->facts.policy) {
		error_show(visit, PROBLEM_later);
		return;
	}
	layout_begin(visit, say(visit, TEXT_notice), 0);
	if (notice_write(visit, visit->lobby->facts.policy, false) < 0) {
		error_show(visit, PROBLEM_later);
		return;
	}
	show_checkpoint(visit);
	text_fill(visit_out(visit),
		  "<p class=\"actions\"><a href=\"/notice.json\" "
		  "type=\"application/json\">$</a> "
		  "<a href=\"/notice/versions\">$</a></p>\n",
		  say(visit, TEXT_notice_json),
		  say(visit, TEXT_notice_versions));
	layout_end(visit);
}

void do_notice_json(struct visit *visit)
{
	if (!visit->lobby->facts.policy ||
	    notice_write(visit, visit->lobby->facts.policy, true) < 0) {
		error_show(visit, PROBLEM_later);
		return;
	}
	visit->answer->type = "application/json";
}
