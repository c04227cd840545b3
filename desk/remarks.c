/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/remarks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "desk/api_json.h"
#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"
#include "http/form.h"

static const struct desk_purpose *chosen(const struct visit *visit)
{
	const struct desk_session *session = &visit->session;

	for (uint32_t i = 0; i < session->purpose_count; i++)
		if (!strcmp(session->purposes[i].id, session->purpose))
			return &session->purposes[i];
	return NULL;
}

/* Which purposes would do; so that nobody has to guess. */
static void purposes_out(struct visit *visit)
{
	const struct desk_session *session = &visit->session;
	struct text *out = visit_out(visit);

	text_fill(out, "<p>$</p><ul>", say(visit, TEXT_notes_purpose));
	for (uint32_t i = 0; i < session->purpose_count; i++)
		if (session->purposes[i].uses & NOTICE_NOTE)
			text_fill(out, "<li>$</li>",
				  session->purposes[i].text[visit->language]);
	text_say(out, "</ul>\n");
}

static void drop_out(struct visit *visit, const char *contact, const char *call,
		     const struct desk_remark_row *row, const char *time)
{
	struct text *out = visit_out(visit);
	char hex[ID_TEXT_SIZE];

	id_text(&row->remark, hex);
	text_fill(out,
		  "<form method=\"post\" action=\"/contacts/$/recordings/$/"
		  "notes/$/delete\">",
		  contact, call, hex);
	layout_form_token(visit);
	text_fill(out,
		  "<button class=\"button quiet\">$<span class=\"unseen\"> $"
		  "</span></button></form>",
		  say(visit, TEXT_note_delete), time);
}

static void row_out(struct visit *visit, const char *contact, const char *call,
		    const struct desk_remark_row *row, const char *words)
{
	struct text *out = visit_out(visit);
	char time[WHEN_TEXT_SIZE], when[WHEN_TEXT_SIZE],
		machine[WHEN_TEXT_SIZE];
	char at[24];

	if (row->made_at == 0)
		return;
	when_length((uint64_t)row->at_ms, time);
	when_text(row->made_at, visit->language, when);
	when_machine(row->made_at, machine);
	snprintf(at, sizeof(at), "%lld", (long long)row->at_ms);
	text_fill(out,
		  "<li><p><a class=\"time\" href=\"#sound\" "
		  "data-at=\"$\" data-call=\"$\" aria-label=\"$ $\">$</a> ",
		  at, call, say(visit, TEXT_note_jump), time, time);
	text_fill(out, "<span dir=\"auto\">$</span></p>",
		  words[0] ? words : say(visit, TEXT_note_changed));
	text_fill(out,
		  "<p class=\"hint\"><bdi>$</bdi>, <time datetime=\"$\">$"
		  "</time></p>",
		  row->author[0] ? row->author
				 : text_role(row->role, visit->language),
		  machine, when);
	if (row->is_own)
		drop_out(visit, contact, call, row, time);
	text_say(out, "</li>\n");
}

/* All of them: there are DESK_REMARKS_ALL at most. */
static enum desk_result list_out(struct visit *visit, const char *contact,
				 const char *call,
				 const struct desk_recording *recording)
{
	struct text *out = visit_out(visit);
	char texts[DESK_REMARKS_MAX][DESK_REMARK_SIZE];
	struct desk_remark_rows rows;
	uint64_t skip = 0;

	do {
		enum desk_result result = asks_remarks(visit, &recording->call,
						       "", skip, &rows, texts);

		if (result != DESK_OK)
			return result;
		if (skip == 0)
			text_say(out, rows.count ? "<ol class=\"remarks\">\n"
						 : "<p class=\"empty\">");
		for (uint32_t i = 0; i < rows.count; i++)
			row_out(visit, contact, call, &rows.row[i], texts[i]);
		skip += rows.count;
	} while (rows.count > 0 && skip < rows.total &&
		 skip < DESK_REMARKS_ALL);
	if (skip > 0)
		text_say(out, "</ol>\n");
	else
		text_fill(out, "$</p>\n", say(visit, TEXT_notes_none));
	explicit_bzero(texts, sizeof(texts));
	return DESK_OK;
}

static void form_out(struct visit *visit, const char *contact, const char *call)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<form class=\"remark\" method=\"post\" "
		  "action=\"/contacts/$/recordings/$/notes\">",
		  contact, call);
	layout_form_token(visit);
	text_fill(out,
		  "<p class=\"field\"><label for=\"at-$\">$</label>"
		  "<input id=\"at-$\" name=\"at\" size=\"7\" maxlength=\"9\" "
		  "value=\"0:00\" pattern=\"[0-9]+(:[0-5][0-9])?\" "
		  "title=\"1:05\" required autocomplete=\"off\" "
		  "data-now-of=\"$\"></p>",
		  call, say(visit, TEXT_note_at), call, call);
	text_fill(out,
		  "<p class=\"field\"><label for=\"note-$\">$</label>"
		  "<textarea id=\"note-$\" name=\"text\" rows=\"3\" "
		  "maxlength=\"250\" required aria-describedby=\"hint-$\">"
		  "</textarea></p><p class=\"hint\" id=\"hint-$\">$</p>"
		  "<button class=\"button primary\">$</button></form>\n",
		  call, say(visit, TEXT_note_text), call, call, call,
		  say(visit, TEXT_note_hint), say(visit, TEXT_note_add));
}

static enum desk_result recordings_out(struct visit *visit, const char *contact,
				       const struct desk_contact_whole *whole)
{
	struct text *out = visit_out(visit);

	for (uint32_t i = 0; i < whole->recording_count; i++) {
		const struct desk_recording *each = &whole->recording[i];
		char call[ID_TEXT_SIZE];
		enum desk_result result;

		if (each->state != DESK_OK)
			continue;
		id_text(&each->call, call);
		if (whole->recording_count > 1) {
			text_fill(out, "<h3>$", say(visit, TEXT_recording));
			text_format(out, " %u/%u</h3>", i + 1,
				    whole->recording_count);
		}
		result = list_out(visit, contact, call, each);
		if (result != DESK_OK)
			return result;
		form_out(visit, contact, call);
	}
	return DESK_OK;
}

void remarks_part(struct visit *visit, const char *contact,
		  const struct desk_contact_whole *whole)
{
	const struct desk_purpose *purpose = chosen(visit);
	struct text *out = visit_out(visit);
	enum desk_result result = DESK_OK;
	bool has_sound = false;
	char wanted[4];

	for (uint32_t i = 0; i < whole->recording_count; i++)
		has_sound |= whole->recording[i].state == DESK_OK;
	if (!has_sound || !visit->session.may_play ||
	    !(visit->session.uses & NOTICE_NOTE))
		return;
	text_fill(out, "<section class=\"card\" id=\"notes\"><h2>$</h2>\n",
		  say(visit, TEXT_notes));
	if (!purpose || !(purpose->uses & NOTICE_NOTE))
		purposes_out(visit);
	else if (visit_query(visit, "notes", wanted, sizeof(wanted)))
		result = recordings_out(visit, contact, whole);
	else
		text_fill(out,
			  "<p>$</p><form action=\"/contacts/$#notes\">"
			  "<button class=\"button\" name=\"notes\" "
			  "value=\"1\">$</button></form>\n",
			  say(visit, TEXT_notes_fetch), contact,
			  say(visit, TEXT_notes_show));
	if (result != DESK_OK)
		text_fill(out, "<p class=\"fault\" role=\"alert\">$</p>",
			  say(visit, TEXT_notes_failed));
	text_say(out, "</section>\n");
}

/* The time code and the words; false after an error. */
static bool read_form(struct visit *visit, int64_t *ret_ms,
		      char text[DESK_REMARK_MAX + 1])
{
	char at[16];
	int64_t seconds;
	char *to = text;

	if (!visit_form(visit, "at", at, sizeof(at)) ||
	    when_read_length(slice_of(at), &seconds) < 0 ||
	    form_value(visit->request->body, "text", text,
		       DESK_REMARK_MAX + 1) < 0) {
		error_show(visit, PROBLEM_invalid);
		return false;
	}
	for (const char *from = text; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	if (slice_trim(slice_of(text)).size == 0) {
		error_show(visit, PROBLEM_invalid);
		return false;
	}
	*ret_ms = seconds * MS_PER_S;
	return true;
}

static void to_notes(struct visit *visit, const struct id *contact)
{
	char hex[ID_TEXT_SIZE], path[ID_TEXT_SIZE + 40];

	id_text(contact, hex);
	snprintf(path, sizeof(path), "/contacts/%s?notes=1#notes", hex);
	http_see_other(visit->answer, path);
}

void do_note_add(struct visit *visit)
{
	char text[DESK_REMARK_MAX + 1];
	struct id contact, call, remark;
	enum desk_result result;
	int64_t at_ms;

	if (!visit_id(visit, 0, &contact) || !visit_id(visit, 1, &call) ||
	    !read_form(visit, &at_ms, text))
		return;
	result = asks_remark_add(visit, &call, "", at_ms, text, &remark);
	explicit_bzero(text, sizeof(text));
	if (result != DESK_OK)
		error_result(visit, result);
	else
		to_notes(visit, &contact);
}

void do_note_drop(struct visit *visit)
{
	struct id contact, call, remark;
	enum desk_result result;

	if (!visit_id(visit, 0, &contact) || !visit_id(visit, 1, &call) ||
	    !visit_id(visit, 2, &remark))
		return;
	result = asks_remark_drop(visit, &call, &remark);
	if (result != DESK_OK)
		error_result(visit, result);
	else
		to_notes(visit, &contact);
}

/* The recording of a path and the purpose of the header. */
static bool api_read(struct visit *visit, struct id *ret_call, char purpose[32])
{
	struct slice call, both = visit->request->param[0];
	struct id contact;

	if (id_read(slice_cut(both, '-', &call), &contact) < 0 ||
	    id_read(call, ret_call) < 0) {
		error_show(visit, PROBLEM_not_found);
		return false;
	}
	if (slice_text(http_header(visit->request, "Tallenne-Purpose"), purpose,
		       32) < 0)
		purpose[0] = '\0';
	if (!purpose[0])
		error_show(visit, PROBLEM_purpose_required);
	return purpose[0];
}

static void api_row(struct text *out, const struct desk_remark_row *row,
		    const char *text)
{
	char hex[ID_TEXT_SIZE];

	id_text(&row->remark, hex);
	text_say(out, "{");
	api_json_words(out, "id", hex);
	api_json_number(out, "at_ms", (uint64_t)row->at_ms);
	api_json_name(out, "made_at");
	api_json_time(out, row->made_at);
	api_json_words(out, "author", row->author);
	api_json_words(out, "role",
		       row->role ? notice_roles[row->role - 1] : "");
	api_json_yes(out, "own", row->is_own);
	api_json_words(out, "text", text);
	text_say(out, "}");
}

void do_api_notes(struct visit *visit)
{
	struct text *out = visit_out(visit);
	char texts[DESK_REMARKS_MAX][DESK_REMARK_SIZE];
	char purpose[32], number[24];
	struct desk_remark_rows rows;
	enum desk_result result;
	uint64_t skip = 0;
	struct id call;

	if (!api_read(visit, &call, purpose))
		return;
	if (visit_query(visit, "skip", number, sizeof(number)) &&
	    slice_number(slice_of(number), DESK_REMARKS_ALL, &skip) < 0)
		skip = 0;
	result = asks_remarks(visit, &call, purpose, skip, &rows, texts);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	visit->answer->type = "application/json";
	if (rows.count > 0 && skip + rows.count < rows.total)
		http_field(visit->answer, "Link", "<?skip=%llu>; rel=\"next\"",
			   (unsigned long long)(skip + rows.count));
	if (rows.count > 0)
		http_field(visit->answer, "Tallenne-Audit-Entry", "%llu",
			   (unsigned long long)rows.seq);
	text_say(out, "{\"notes\":[");
	for (uint32_t i = 0, told = 0; i < rows.count; i++) {
		if (rows.row[i].made_at == 0)
			continue;
		text_say(out, told++ ? "," : "");
		api_row(out, &rows.row[i], texts[i]);
	}
	text_format(out, "],\"total\":%llu}\n", (unsigned long long)rows.total);
	explicit_bzero(texts, sizeof(texts));
}

void do_api_note_add(struct visit *visit)
{
	char text[DESK_REMARK_MAX + 1], purpose[32], hex[ID_TEXT_SIZE];
	struct id call, remark;
	enum desk_result result;
	int64_t at_ms;

	if (!api_read(visit, &call, purpose) || !read_form(visit, &at_ms, text))
		return;
	result = asks_remark_add(visit, &call, purpose, at_ms, text, &remark);
	explicit_bzero(text, sizeof(text));
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(&remark, hex);
	visit->answer->type = "application/json";
	text_format(visit_out(visit), "{\"id\":\"%s\"}\n", hex);
}

void do_api_note_drop(struct visit *visit)
{
	struct slice call, both = visit->request->param[0];
	struct id contact, call_id, remark;
	enum desk_result result;

	if (id_read(slice_cut(both, '-', &call), &contact) < 0 ||
	    id_read(call, &call_id) < 0) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	if (!visit_id(visit, 1, &remark))
		return;
	result = asks_remark_drop(visit, &call_id, &remark);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	visit->answer->status = 204;
	visit->answer->type = NULL;
}
