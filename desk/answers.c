/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Canned answers: the list, one to read or change, adding and deleting.
 * Plain forms. Each has an owner and a day by which somebody looks at it
 * again; who may change which is the register's to say.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "desk/answers.h"
#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"
#include "http/form.h"

static void review_out(struct visit *visit, seal_date review)
{
	struct text *out = visit_out(visit);
	char date[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

	when_date(review, visit->language, date);
	when_date_machine(review, machine);
	text_fill(out, "<time datetime=\"$\">$</time>", machine, date);
	if (answers_overdue(review))
		text_fill(out, " <span class=\"label warn\">$</span>",
			  say(visit, TEXT_answer_overdue));
}

static void languages_out(struct visit *visit,
			  const struct desk_canned_item *item)
{
	static const enum text_id names[] = { TEXT_language_fi,
					      TEXT_language_sv,
					      TEXT_language_en };
	struct text *out = visit_out(visit);

	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		text_fill(out, "<span class=\"label $\">$$</span> ",
			  item->text[i][0] ? "" : "warn", say(visit, names[i]),
			  item->text[i][0] ? ""
					   : say(visit, TEXT_answer_lacks));
}

static void begin_cell(struct visit *visit, enum text_id head)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>",
		  say(visit, head));
}

static void row_out(struct visit *visit, const struct desk_canned *canned)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" "
		  "class=\"words\"><a href=\"/answers/$\">$</a></th>",
		  canned->item.id, canned->item.title);
	begin_cell(visit, TEXT_answer_languages);
	languages_out(visit, &canned->item);
	text_say(out, "</td>");
	begin_cell(visit, TEXT_answer_owner);
	text_fill(out, "$</td>", canned->owner);
	begin_cell(visit, TEXT_answer_review);
	review_out(visit, canned->item.review);
	text_say(out, "</td></tr>\n");
}

static void table_begin(struct visit *visit)
{
	static const enum text_id heads[] = { TEXT_answer_title,
					      TEXT_answer_languages,
					      TEXT_answer_owner,
					      TEXT_answer_review };

	layout_rows_begin(visit, heads, COUNT(heads));
}

void do_answers(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_canned canned;
	char id[sizeof(canned.item.id)] = "";
	enum desk_result result;
	size_t count = 0;

	layout_begin_bare(visit, say(visit, TEXT_answers));
	text_fill(out,
		  "<div class=\"title-row\"><h1 id=\"title\">$</h1>"
		  "<p><a class=\"button primary\" href=\"/answers/new\">$</a>"
		  "</p></div><p class=\"lead\">$</p>\n",
		  say(visit, TEXT_answers), say(visit, TEXT_answer_add),
		  say(visit, TEXT_answers_what));
	while ((result = asks_canned(visit, id, true, &canned)) == DESK_OK &&
	       count < DESK_CANNED_MAX) {
		if (count++ == 0)
			table_begin(visit);
		row_out(visit, &canned);
		memcpy(id, canned.item.id, sizeof(id));
	}
	if (result != DESK_OK && result != DESK_NOT_FOUND) {
		error_result(visit, result);
		return;
	}
	if (count > 0)
		text_say(out, "</tbody></table>\n");
	else
		text_fill(out, "<p class=\"empty\">$</p>\n",
			  say(visit, TEXT_answers_none));
	layout_end(visit);
}

/* What may be wrong with a form. */
struct faults {
	enum text_id title, text, review;
};

static const struct faults no_faults = { TEXTS, TEXTS, TEXTS };

static void fault_out(struct visit *visit, enum text_id fault, const char *name,
		      bool *is_first)
{
	struct text *out = visit_out(visit);

	if (fault == TEXTS) {
		text_say(out, ">");
		return;
	}
	text_fill(out, " aria-invalid=\"true\" aria-describedby=\"$-bad\"",
		  name);
	text_say(out, *is_first ? " autofocus>" : ">");
	*is_first = false;
}

static void fault_words(struct visit *visit, enum text_id fault,
			const char *name)
{
	if (fault != TEXTS)
		text_fill(visit_out(visit),
			  "<span class=\"bad\" id=\"$-bad\">$</span>", name,
			  say(visit, fault));
}

static void input(struct visit *visit, const char *name, enum text_id label,
		  const char *value, const char *placeholder,
		  enum text_id fault, bool *is_first)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<input id=\"$\" name=\"$\" value=\"$\" placeholder=\"$\" "
		  "maxlength=\"90\" required autocomplete=\"off\"",
		  name, say(visit, label), name, name, value, placeholder);
	fault_out(visit, fault, name, is_first);
	fault_words(visit, fault, name);
	text_say(out, "</p>\n");
}

static void texts_out(struct visit *visit, const struct desk_canned_item *item,
		      enum text_id fault, bool *is_first)
{
	static const struct {
		const char *name, *code;
		enum text_id label;
	} fields[] = {
		{ "textfi", "fi", TEXT_answer_fi },
		{ "textsv", "sv", TEXT_answer_sv },
		{ "texten", "en", TEXT_answer_en },
	};
	struct text *out = visit_out(visit);

	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		text_fill(out,
			  "<p class=\"field\"><label for=\"$\">$</label>"
			  "<textarea id=\"$\" name=\"$\" rows=\"5\" "
			  "maxlength=\"2000\" lang=\"$\"",
			  fields[i].name, say(visit, fields[i].label),
			  fields[i].name, fields[i].name, fields[i].code);
		fault_out(visit, i == 0 ? fault : TEXTS, fields[i].name,
			  is_first);
		/* A first line break in a textarea is not part of it. */
		text_fill(out, "\n$</textarea>", item->text[i]);
		if (i == 0)
			fault_words(visit, fault, fields[i].name);
		text_say(out, "</p>\n");
	}
}

static void drop_form(struct visit *visit, const char *id)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<details class=\"danger\"><summary>$</summary><p>$</p>"
		  "<form method=\"post\" action=\"/answers/$/delete\">",
		  say(visit, TEXT_answer_delete),
		  say(visit, TEXT_answer_delete_what), id);
	layout_form_token(visit);
	text_fill(out, "<button class=\"button\">$</button></form></details>\n",
		  say(visit, TEXT_answer_delete_now));
}

static void begin(struct visit *visit, const char *title, bool is_wrong)
{
	struct text *out = visit_out(visit);

	if (is_wrong) {
		visit->answer->status = 422;
		layout_begin_wrong(visit, title);
	} else {
		layout_begin_bare(visit, title);
	}
	text_fill(out,
		  "<p class=\"crumbs\"><a href=\"/answers\">$</a></p>"
		  "<h1>$</h1>\n",
		  say(visit, TEXT_answers), title);
	if (is_wrong)
		text_fill(out, "<p class=\"fault\" role=\"alert\">$</p>\n",
			  say(visit, TEXT_answer_bad));
}

/* changed_at 0: a new one. review is shown as it was typed. */
static void form(struct visit *visit, const struct desk_canned *canned,
		 const char *review, const struct faults *faults)
{
	bool is_new = canned->changed_at == 0, is_first = true;
	bool is_wrong = memcmp(faults, &no_faults, sizeof(no_faults)) != 0;
	struct text *out = visit_out(visit);

	begin(visit, is_new ? say(visit, TEXT_answer_add) : canned->item.title,
	      is_wrong);
	text_say(out, "<section class=\"card\"><form class=\"answer\" "
		      "method=\"post\" action=\"/answers");
	if (!is_new)
		text_fill(out, "/$", canned->item.id);
	text_say(out, "\">");
	layout_form_token(visit);
	text_format(out,
		    "<input type=\"hidden\" name=\"changed\" value=\"%lld\">",
		    (long long)canned->changed_at);
	input(visit, "title", TEXT_answer_title, canned->item.title, "",
	      faults->title, &is_first);
	texts_out(visit, &canned->item, faults->text, &is_first);
	input(visit, "review", TEXT_answer_review, review,
	      say(visit, TEXT_date_example), faults->review, &is_first);
	if (!is_new)
		text_fill(out, "<p class=\"hint\">$: $</p>",
			  say(visit, TEXT_answer_owner), canned->owner);
	text_fill(out,
		  "<p class=\"actions\"><button class=\"button primary\">$"
		  "</button><a class=\"button\" href=\"/answers\">$</a></p>"
		  "</form></section>\n",
		  say(visit, TEXT_answer_save), say(visit, TEXT_chat_cancel));
	if (!is_new)
		drop_form(visit, canned->item.id);
	layout_end(visit);
}

/* For who may not change it. */
static void show(struct visit *visit, const struct desk_canned *canned)
{
	struct text *out = visit_out(visit);

	begin(visit, canned->item.title, false);
	text_say(out, "<section class=\"card\"><dl class=\"pairs\">");
	layout_pair(out, say(visit, TEXT_answer_owner), canned->owner);
	text_fill(out, "<div><dt>$</dt><dd>", say(visit, TEXT_answer_review));
	review_out(visit, canned->item.review);
	text_fill(out, "</dd></div></dl><p class=\"hint\">$</p>",
		  say(visit, TEXT_answer_not_yours));
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		if (canned->item.text[i][0])
			text_fill(out,
				  "<h2>$</h2><p class=\"canned\" lang=\"$\">$"
				  "</p>",
				  say(visit, TEXT_answer_fi + (enum text_id)i),
				  language_code((enum notice_language)i),
				  canned->item.text[i]);
	text_say(out, "</section>\n");
	layout_end(visit);
}

static bool read_id(struct visit *visit, char id[32])
{
	if (slice_text(visit->request->param[0], id, 32) == 0 && id[0])
		return true;
	error_show(visit, PROBLEM_not_found);
	return false;
}

void do_answer_new(struct visit *visit)
{
	const struct desk_canned empty = { 0 };

	form(visit, &empty, "", &no_faults);
}

void do_answer(struct visit *visit)
{
	struct desk_canned canned;
	enum desk_result result;
	char id[32], review[WHEN_TEXT_SIZE];

	if (!read_id(visit, id))
		return;
	result = asks_canned(visit, id, false, &canned);
	if (result != DESK_OK) {
		error_result(visit, result);
	} else if (!canned.may_change) {
		show(visit, &canned);
	} else {
		when_date(canned.item.review, NOTICE_FI, review);
		form(visit, &canned, review, &no_faults);
	}
}

/* A field of the form, with the line ends of texts everywhere. */
static int read_text(const struct visit *visit, const char *name, char *out,
		     size_t size)
{
	int r = form_value(visit->request->body, name, out, size);
	char *to = out;

	for (const char *from = out; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return r == -ENOENT ? 0 : r;
}

static void read_form(const struct visit *visit, struct desk_canned *canned,
		      char review[WHEN_TEXT_SIZE], struct faults *faults)
{
	static const char *const names[] = { "textfi", "textsv", "texten" };
	struct desk_canned_item *item = &canned->item;
	uint64_t changed;
	char number[24];
	bool is_empty = true;

	*faults = no_faults;
	if (read_text(visit, "title", item->title, sizeof(item->title)) < 0 ||
	    !slice_trim(slice_of(item->title)).size ||
	    strchr(item->title, '\n'))
		faults->title = TEXT_answer_no_title;
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		if (read_text(visit, names[i], item->text[i],
			      DESK_CANNED_TEXT_MAX + 1) < 0)
			faults->text = TEXT_answer_too_long;
		is_empty &= item->text[i][0] == '\0';
	}
	if (is_empty && faults->text == TEXTS)
		faults->text = TEXT_answer_no_text;
	if (!visit_form(visit, "review", review, WHEN_TEXT_SIZE) ||
	    when_read_date(slice_of(review), &item->review) < 0)
		faults->review = TEXT_bad_date;
	if (visit_form(visit, "changed", number, sizeof(number)) &&
	    slice_number(slice_of(number), INT64_MAX, &changed) == 0)
		canned->changed_at = (int64_t)changed;
}

/* A name for it: what the title has of plain letters, and some chance. */
void answers_name(const char *title, char id[32])
{
	size_t size = 0;

	for (; *title && size < 20; title++) {
		char c = *title;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			id[size++] = c;
		else if (size > 0 && id[size - 1] != '-' &&
			 (unsigned char)c < 0x80)
			id[size++] = '-';
	}
	if (size > 0 && id[size - 1] != '-')
		id[size++] = '-';
	snprintf(id + size, 32 - size, "%06x", randombytes_uniform(1U << 24));
}

static void save(struct visit *visit, struct desk_canned *typed)
{
	struct desk_canned_put question = { .item = typed->item,
					    .changed_at = typed->changed_at };
	struct desk_canned saved;
	enum desk_result result = asks_canned_put(visit, &question, &saved);

	if (result != DESK_OK)
		error_result(visit, result);
	else
		http_see_other(visit->answer, "/answers");
}

void do_answer_add(struct visit *visit)
{
	struct desk_canned typed = { 0 };
	char review[WHEN_TEXT_SIZE] = "";
	struct faults faults;

	read_form(visit, &typed, review, &faults);
	typed.changed_at = 0;
	if (memcmp(&faults, &no_faults, sizeof(faults)) != 0) {
		form(visit, &typed, review, &faults);
		return;
	}
	answers_name(typed.item.title, typed.item.id);
	save(visit, &typed);
}

void do_answer_save(struct visit *visit)
{
	struct desk_canned typed = { 0 }, old;
	char review[WHEN_TEXT_SIZE] = "";
	struct faults faults;
	enum desk_result result;

	if (!read_id(visit, typed.item.id))
		return;
	result = asks_canned(visit, typed.item.id, false, &old);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	read_form(visit, &typed, review, &faults);
	memcpy(typed.owner, old.owner, sizeof(typed.owner));
	if (typed.changed_at == 0)
		error_show(visit, PROBLEM_invalid);
	else if (memcmp(&faults, &no_faults, sizeof(faults)) != 0)
		form(visit, &typed, review, &faults);
	else
		save(visit, &typed);
}

void do_answer_drop(struct visit *visit)
{
	enum desk_result result;
	char id[32];

	if (!read_id(visit, id))
		return;
	result = asks_canned_drop(visit, id);
	if (result != DESK_OK)
		error_result(visit, result);
	else
		http_see_other(visit->answer, "/answers");
}

bool answers_overdue(seal_date review)
{
	return when_days_until(review, clock_seconds(&clock_system)) < 0;
}

/* For the chat desk's script: all of them at once, where an agent writes. */
void do_chat_answers(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_canned canned;
	char id[sizeof(canned.item.id)] = "";
	enum desk_result result;
	size_t count = 0;

	text_say(out, "{\"answers\":[");
	while ((result = asks_canned(visit, id, true, &canned)) == DESK_OK &&
	       count < DESK_CANNED_MAX) {
		const struct desk_canned_item *item = &canned.item;

		text_say(out, count++ ? ",{\"title\":" : "{\"title\":");
		text_json(out, item->title);
		for (int i = 0; i < NOTICE_LANGUAGES; i++) {
			text_say(out, ",\"");
			text_say(out, language_code((enum notice_language)i));
			text_say(out, "\":");
			text_json(out, item->text[i]);
		}
		text_say(out, "}");
		memcpy(id, item->id, sizeof(id));
	}
	if (result != DESK_OK && result != DESK_NOT_FOUND) {
		error_result(visit, result);
		return;
	}
	text_say(out, "]}\n");
	visit->answer->type = "application/json";
}
