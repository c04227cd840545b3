/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Every notice that was in force here (S29): a list, each as a page, and the
 * very files that were signed, so that anyone can check them.
 */
#include <string.h>

#include "counter/errors.h"
#include "counter/layout.h"
#include "counter/notice_page.h"
#include "counter/when.h"
#include "notice/signed.h"

static bool holds(const struct visit *visit, const struct shelf_notice *notice)
{
	const struct policy *policy = visit->lobby->facts.policy;

	return policy && !strcmp(policy_sha256(policy), notice->sha256);
}

static void write_row(struct visit *visit, const struct shelf_notice *notice)
{
	struct text *out = visit_out(visit);
	char day[WHEN_TEXT_SIZE];

	when_civil(notice->valid_from, visit->language, day);
	text_fill(out, "<tr><th scope=\"row\"><a href=\"/notice/versions/$",
		  notice->sha256);
	text_say(out, "?lang=");
	layout_language(visit);
	text_fill(out, "\">$</a>", notice->version);
	if (holds(visit, notice))
		text_fill(out, " ($)", say(visit, TEXT_notice_holds));
	text_fill(out, "</th><td>$</td><td>", day);
	text_format(out, "%u", notice->signers);
	text_fill(out,
		  "</td><td><a href=\"/notice/versions/$.yaml\" "
		  "aria-label=\"$ $\">YAML</a> ",
		  notice->sha256, say(visit, TEXT_notice_rules),
		  notice->version);
	text_fill(out,
		  "<a href=\"/notice/versions/$.signed\" "
		  "aria-label=\"$ $\">$</a></td></tr>\n",
		  notice->sha256, say(visit, TEXT_notice_signatures),
		  notice->version, say(visit, TEXT_notice_signatures));
}

void do_notice_versions(struct visit *visit)
{
	const struct shelf *shelf = &visit->lobby->shelf;
	struct text *out = visit_out(visit);

	layout_begin(visit, say(visit, TEXT_notice_versions), 0);
	text_fill(out, "<p class=\"lead\">$</p>\n",
		  say(visit, TEXT_notice_versions_words));
	text_fill(out,
		  "<table><thead><tr><th scope=\"col\">$</th>"
		  "<th scope=\"col\">$</th><th scope=\"col\">$</th>",
		  say(visit, TEXT_notice_version), say(visit, TEXT_notice_from),
		  say(visit, TEXT_notice_signers));
	text_fill(out, "<th scope=\"col\">$</th></tr></thead><tbody>\n",
		  say(visit, TEXT_notice_files));
	for (size_t i = 0; i < shelf->count; i++)
		write_row(visit, &shelf->notice[i]);
	text_say(out, "</tbody></table>\n");
	layout_end(visit);
}

/* One of the files that were signed; without a type that a browser runs. */
static void send_file(struct visit *visit, const char *bytes, size_t size)
{
	visit->answer->type = "text/plain; charset=utf-8";
	text_add(visit_out(visit), (struct slice){ bytes, size });
}

static void send_page(struct visit *visit, const struct shelf_notice *notice)
{
	const struct slice text = { notice->text, notice->size };
	struct notice_fault faults[8];
	size_t count = COUNT(faults);
	struct policy *policy;

	if (policy_read(text, faults, &count, &policy) < 0) {
		error_show(visit, PROBLEM_later);
		return;
	}
	layout_begin(visit, say(visit, TEXT_notice), 0);
	if (!holds(visit, notice))
		text_fill(visit_out(visit), "<p class=\"fault\">$</p>\n",
			  say(visit, TEXT_notice_former));
	if (notice_write(visit, policy, false) < 0)
		error_show(visit, PROBLEM_later);
	else
		layout_end(visit);
	policy_free(policy);
}

void do_notice_version(struct visit *visit)
{
	struct slice kind,
		hash = slice_cut(visit->request->param[0], '.', &kind);
	const struct shelf_notice *notice =
		shelf_find(&visit->lobby->shelf, hash);

	if (!notice)
		error_show(visit, PROBLEM_not_found);
	else if (kind.size == 0)
		send_page(visit, notice);
	else if (slice_is(kind, SLICE("yaml")))
		send_file(visit, notice->text, notice->size);
	else if (slice_is(kind, SLICE("signed")))
		send_file(visit, notice->note, notice->note_size);
	else
		error_show(visit, PROBLEM_not_found);
}
