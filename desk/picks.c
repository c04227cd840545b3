/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The page of training sets and samples, and the forms that make them. A
 * sample's form asks for what it is drawn from, and shows that a seed may be
 * given to draw one again.
 */
#include "desk/picks.h"

#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/contacts.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"

static bool form_date(const struct visit *visit, const char *name,
		      seal_date *ret_date)
{
	char text[FILTER_FIELD_SIZE];

	*ret_date = 0;
	return !visit_form(visit, name, text, sizeof(text)) || !text[0] ||
	       when_read_date(slice_of(text), ret_date) == 0;
}

static bool form_length(const struct visit *visit, const char *name,
			int64_t *ret_s)
{
	char text[FILTER_FIELD_SIZE];

	*ret_s = 0;
	return !visit_form(visit, name, text, sizeof(text)) || !text[0] ||
	       when_read_length(slice_of(text), ret_s) == 0;
}

static bool read_draw(const struct visit *visit, struct desk_pick_make *ask)
{
	char seed[2 * DESK_PICK_SEED + 1] = "", wanted[8] = "";
	seal_date from, until;
	uint64_t number;

	if (!form_date(visit, "from", &from) ||
	    !form_date(visit, "until", &until) ||
	    !form_length(visit, "min", &ask->draw.min_s) ||
	    !form_length(visit, "max", &ask->draw.max_s) ||
	    !visit_form(visit, "wanted", wanted, sizeof(wanted)) ||
	    slice_number(slice_of(wanted), DESK_PICK_ALL, &number) < 0)
		return false;
	ask->draw.wanted = (uint32_t)number;
	if (from)
		ask->draw.from = when_midnight(from);
	if (until)
		ask->draw.until = when_midnight(civil_add_days(until, 1));
	(void)visit_form(visit, "service", ask->draw.service_number,
			 sizeof(ask->draw.service_number));
	(void)visit_form(visit, "agent", ask->draw.agent,
			 sizeof(ask->draw.agent));
	if (visit_form(visit, "seed", seed, sizeof(seed)) && seed[0]) {
		ask->has_seed = 1;
		return hex_read(slice_of(seed), ask->draw.seed,
				sizeof(ask->draw.seed)) == 0;
	}
	return true;
}

bool picks_read_form(struct visit *visit, struct desk_pick_make *ret_ask)
{
	char kind[16] = "";
	bool is_well;

	*ret_ask = (struct desk_pick_make){ .use = NOTICE_CLIP };
	(void)visit_form(visit, "kind", kind, sizeof(kind));
	is_well = visit_form(visit, "title", ret_ask->title,
			     sizeof(ret_ask->title)) &&
		  visit_form(visit, "purpose", ret_ask->purpose,
			     sizeof(ret_ask->purpose)) &&
		  form_date(visit, "end", &ret_ask->end);
	if (!strcmp(kind, "sample")) {
		ret_ask->use = NOTICE_SAMPLE;
		is_well = is_well && read_draw(visit, ret_ask);
	} else {
		is_well = is_well && !strcmp(kind, "training");
	}
	if (!is_well)
		error_show(visit, PROBLEM_invalid);
	return is_well;
}

static void row_out(struct visit *visit, const struct desk_pick_row *row)
{
	struct text *out = visit_out(visit);
	char hex[ID_TEXT_SIZE], words[WHEN_TEXT_SIZE];

	id_text(&row->pick, hex);
	text_fill(out,
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" "
		  "class=\"words\"><a href=\"/sets/$\">$</a></th>",
		  hex, row->title);
	layout_cell(visit, TEXT_set_kind,
		    say(visit, row->use == NOTICE_SAMPLE ? TEXT_set_sample
							 : TEXT_set_training));
	layout_cell(visit, TEXT_set_purpose,
		    layout_purpose(visit, row->purpose));
	snprintf(words, sizeof(words), "%u", row->count);
	layout_cell(visit, TEXT_set_recordings, words);
	when_date(row->end, visit->language, words);
	layout_cell(visit, TEXT_set_end, words);
	text_say(out, "</tr>\n");
}

static void table_begin(struct visit *visit)
{
	static const enum text_id heads[] = { TEXT_set_title, TEXT_set_kind,
					      TEXT_set_purpose,
					      TEXT_set_recordings,
					      TEXT_set_end };

	layout_rows_begin(visit, heads, COUNT(heads));
}

static enum desk_result list_out(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_pick_rows rows = { .next = 0 };
	uint32_t count = 0;

	do {
		enum desk_result result =
			asks_picks(visit, false, rows.next, &rows);

		if (result != DESK_OK)
			return result;
		for (uint32_t i = 0; i < rows.count; i++) {
			if (count++ == 0)
				table_begin(visit);
			row_out(visit, &rows.row[i]);
		}
	} while (rows.next > 0 && count < DESK_PICKS_ALL);
	if (count > 0)
		text_say(out, "</tbody></table>\n");
	else
		text_fill(out, "<p class=\"empty\">$</p>\n",
			  say(visit, TEXT_sets_none));
	return DESK_OK;
}

/* Purposes that grant such a use. */
static void purposes_out(struct visit *visit, uint32_t use, const char *id)
{
	const struct desk_session *session = &visit->session;
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<select id=\"$\" name=\"purpose\" required>",
		  id, say(visit, TEXT_set_purpose), id);
	for (uint32_t i = 0; i < session->purpose_count; i++)
		if (session->purposes[i].uses & use)
			text_fill(out, "<option value=\"$\">$</option>",
				  session->purposes[i].id,
				  session->purposes[i].text[visit->language]);
	text_say(out, "</select></p>");
}

static void field(struct visit *visit, const char *id, const char *name,
		  enum text_id label, const char *more)
{
	text_fill(visit_out(visit),
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<input id=\"$\" name=\"$\" autocomplete=\"off\" ",
		  id, say(visit, label), id, name);
	text_say(visit_out(visit), more);
	text_say(visit_out(visit), "></p>");
}

#define DATE_MORE                                                              \
	"maxlength=\"10\" placeholder=\"31.1.2027\" "                          \
	"pattern=\"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}|[0-9]{4}-[0-9]{2}-"      \
	"[0-9]{2}\""
#define LENGTH_MORE                                                            \
	"maxlength=\"9\" placeholder=\"0:30\" "                                \
	"pattern=\"[0-9]+(:[0-5][0-9])?\""

static void form_begin(struct visit *visit, enum text_id title,
		       const char *kind, uint32_t use)
{
	struct text *out = visit_out(visit);
	const char *is = use == NOTICE_SAMPLE ? "s" : "t";
	char id[3][16];

	for (int i = 0; i < 3; i++)
		snprintf(id[i], sizeof(id[i]), "%s-%d", is, i);
	text_fill(out,
		  "<details class=\"card\"><summary>$</summary>"
		  "<form method=\"post\" action=\"/sets\">",
		  say(visit, title));
	layout_form_token(visit);
	text_fill(out,
		  "<input type=\"hidden\" name=\"kind\" value=\"$\">"
		  "<p class=\"hint\">$</p>",
		  kind,
		  say(visit, use == NOTICE_SAMPLE ? TEXT_set_sample_what
						  : TEXT_set_training_what));
	field(visit, id[0], "title", TEXT_set_title,
	      "maxlength=\"40\" required");
	purposes_out(visit, use, id[1]);
	field(visit, id[2], "end", TEXT_set_end, DATE_MORE " required");
}

static void sample_fields(struct visit *visit)
{
	struct text *out = visit_out(visit);

	field(visit, "s-wanted", "wanted", TEXT_set_wanted,
	      "type=\"number\" min=\"1\" max=\"100\" value=\"10\" required");
	text_fill(out, "<fieldset><legend>$</legend><div class=\"grid\">",
		  say(visit, TEXT_set_from_what));
	field(visit, "s-from", "from", TEXT_from, DATE_MORE);
	field(visit, "s-until", "until", TEXT_until, DATE_MORE);
	contacts_choice(visit, "service", TEXT_service_number, DESK_SERVICES,
			"");
	contacts_choice(visit, "agent", TEXT_agent, DESK_AGENTS, "");
	field(visit, "s-min", "min", TEXT_min_length, LENGTH_MORE);
	field(visit, "s-max", "max", TEXT_max_length, LENGTH_MORE);
	text_say(out, "</div></fieldset>");
	field(visit, "s-seed", "seed", TEXT_set_seed_given,
	      "maxlength=\"32\" pattern=\"[0-9a-f]{32}\" spellcheck=\"false\"");
}

static void form_end(struct visit *visit, enum text_id make)
{
	text_fill(visit_out(visit),
		  "<button class=\"button primary\">$</button></form>"
		  "</details>\n",
		  say(visit, make));
}

void do_sets(struct visit *visit)
{
	struct text *out = visit_out(visit);
	enum desk_result result;

	layout_begin_bare(visit, say(visit, TEXT_sets));
	text_fill(out, "<h1 id=\"title\">$</h1><p class=\"lead\">$</p>\n",
		  say(visit, TEXT_sets), say(visit, TEXT_sets_what));
	result = list_out(visit);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (visit->session.uses & NOTICE_CLIP) {
		form_begin(visit, TEXT_set_new_training, "training",
			   NOTICE_CLIP);
		form_end(visit, TEXT_set_make);
	}
	if (visit->session.uses & NOTICE_SAMPLE) {
		form_begin(visit, TEXT_set_new_sample, "sample", NOTICE_SAMPLE);
		sample_fields(visit);
		form_end(visit, TEXT_set_draw);
	}
	layout_end(visit);
}

void do_set_make(struct visit *visit)
{
	struct desk_pick_make ask;
	enum desk_result result;
	char hex[ID_TEXT_SIZE], path[ID_TEXT_SIZE + 8];
	struct id pick;

	if (!picks_read_form(visit, &ask))
		return;
	result = asks_pick_make(visit, &ask, &pick);
	if (result == DESK_FORBIDDEN) {
		error_show(visit, PROBLEM_not_granted);
		return;
	}
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(&pick, hex);
	snprintf(path, sizeof(path), "/sets/%s", hex);
	http_see_other(visit->answer, path);
}
