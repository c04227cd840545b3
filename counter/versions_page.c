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

/* What a cell is about, where a narrow screen shows no heads. */
static void begin_cell(struct visit *visit, enum text_id about)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\"><span class=\"th\">$</span> ",
		  say(visit, about));
}

static void write_file(struct visit *visit, const struct shelf_notice *notice,
		       const char *kind, enum text_id words)
{
	text_fill(visit_out(visit),
		  "<a href=\"/notice/versions/$.$\">$"
		  "<span class=\"unseen\"> $</span></a> ",
		  notice->sha256, kind, say(visit, words), notice->version);
}

static void write_row(struct visit *visit, const struct shelf_notice *notice)
{
	struct text *out = visit_out(visit);
	char day[WHEN_TEXT_SIZE];

	text_fill(out,
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">"
		  "<a href=\"/notice/versions/$?lang=",
		  notice->sha256);
	layout_language(visit);
	text_fill(out, "\">$</a>", notice->version);
	if (holds(visit, notice))
		text_fill(out, " ($)", say(visit, TEXT_notice_holds));
	text_say(out, "</th>");
	begin_cell(visit, TEXT_notice_from);
	when_civil(notice->valid_from, visit->language, day);
	text_fill(out, "$</td>", day);
	begin_cell(visit, TEXT_notice_signers);
	text_format(out, "%u</td>", notice->signers);
	begin_cell(visit, TEXT_notice_files);
	write_file(visit, notice, "yaml", TEXT_notice_rules);
	write_file(visit, notice, "signed", TEXT_notice_signatures);
	text_say(out, "</td></tr>\n");
}

void do_notice_versions(struct visit *visit)
{
	static const enum text_id heads[] = { TEXT_notice_version,
					      TEXT_notice_from,
					      TEXT_notice_signers,
					      TEXT_notice_files };
	const struct shelf *shelf = &visit->lobby->shelf;
	struct text *out = visit_out(visit);

	layout_begin(visit, say(visit, TEXT_notice_versions), 0);
	text_fill(out, "<p class=\"lead\">$</p>\n",
		  say(visit, TEXT_notice_versions_words));
	text_fill(out,
		  "<table class=\"rows\" role=\"table\" aria-label=\"$\">"
		  "<thead role=\"rowgroup\"><tr role=\"row\">",
		  say(visit, TEXT_notice_versions));
	for (size_t i = 0; i < COUNT(heads); i++)
		text_fill(out, "<th role=\"columnheader\" scope=\"col\">$</th>",
			  say(visit, heads[i]));
	text_say(out, "</tr></thead><tbody role=\"rowgroup\">\n");
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
