/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The page of one training set or sample: how it came about, what is in it
 * now, and what who made it may change. And where a recording goes into one.
 */
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/picks.h"
#include "desk/when.h"

static void pair_number(struct visit *visit, enum text_id label,
			unsigned long long number)
{
	char words[24];

	snprintf(words, sizeof(words), "%llu", number);
	layout_pair(visit_out(visit), say(visit, label), words);
}

static void pair_date(struct visit *visit, enum text_id label, int64_t at)
{
	char words[WHEN_TEXT_SIZE];

	if (at == 0)
		return;
	when_text(at, visit->language, words);
	layout_pair(visit_out(visit), say(visit, label), words);
}

static void draw_out(struct visit *visit, const struct desk_draw *draw)
{
	struct text *out = visit_out(visit);
	char words[WHEN_TEXT_SIZE], seed[2 * DESK_PICK_SEED + 1];

	pair_number(visit, TEXT_set_wanted, draw->wanted);
	pair_number(visit, TEXT_set_population, draw->population);
	pair_date(visit, TEXT_from, draw->from);
	pair_date(visit, TEXT_set_before, draw->until);
	if (draw->service_number[0]) {
		when_number(draw->service_number, words);
		layout_pair(out, say(visit, TEXT_service_number), words);
	}
	if (draw->agent[0])
		layout_pair(out, say(visit, TEXT_agent), draw->agent);
	if (draw->min_s) {
		when_length((uint64_t)draw->min_s * MS_PER_S, words);
		layout_pair(out, say(visit, TEXT_min_length), words);
	}
	if (draw->max_s) {
		when_length((uint64_t)draw->max_s * MS_PER_S, words);
		layout_pair(out, say(visit, TEXT_max_length), words);
	}
	hex_text(draw->seed, sizeof(draw->seed), seed);
	text_fill(out, "<div><dt>$</dt><dd><code>$</code></dd></div>\n",
		  say(visit, TEXT_set_seed), seed);
}

static void facts_out(struct visit *visit, const struct desk_pick_row *row)
{
	struct text *out = visit_out(visit);
	bool is_sample = row->use == NOTICE_SAMPLE;
	char words[WHEN_TEXT_SIZE];

	text_say(out, "<section class=\"card\"><dl class=\"pairs\">");
	layout_pair(
		out, say(visit, TEXT_set_kind),
		say(visit, is_sample ? TEXT_set_sample : TEXT_set_training));
	layout_pair(out, say(visit, TEXT_set_purpose),
		    layout_purpose(visit, row->purpose));
	when_date(row->end, visit->language, words);
	layout_pair(out, say(visit, TEXT_set_end), words);
	layout_pair(out, say(visit, TEXT_set_by),
		    row->author[0] ? row->author
				   : text_role(row->role, visit->language));
	pair_date(visit, TEXT_set_made, row->made_at);
	if (is_sample)
		draw_out(visit, &row->draw);
	text_fill(out, "</dl><p class=\"hint\">$</p></section>\n",
		  say(visit, is_sample ? TEXT_set_sample_again
				       : TEXT_set_training_what));
}

static void remove_out(struct visit *visit, const char *pick,
		       const struct desk_pick_item *item)
{
	struct text *out = visit_out(visit);
	char call[ID_TEXT_SIZE];

	id_text(&item->call, call);
	text_fill(out,
		  "<form method=\"post\" action=\"/sets/$/recordings/$/"
		  "remove\">",
		  pick, call);
	layout_form_token(visit);
	text_fill(out, "<button class=\"button quiet\">$",
		  say(visit, TEXT_set_remove));
	text_format(out, "<span class=\"unseen\"> %llu</span></button></form>",
		    (unsigned long long)item->number);
}

static void item_out(struct visit *visit, const char *pick, bool may_remove,
		     const struct desk_pick_item *item)
{
	struct text *out = visit_out(visit);
	char contact[ID_TEXT_SIZE], words[WHEN_TEXT_SIZE], number[24];

	id_text(&item->contact, contact);
	when_text(item->started_at, visit->language, words);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)item->number);
	text_fill(out,
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">"
		  "<a href=\"/contacts/$\">$</a> <small>$ $</small></th>",
		  contact, words, say(visit, TEXT_number), number);
	when_number(item->service_number, words);
	layout_cell(visit, TEXT_service_number, words);
	layout_cell(visit, TEXT_agent,
		    item->agent_name[0] ? item->agent_name
					: say(visit, TEXT_not_told));
	when_length(item->duration_ms, words);
	layout_cell(visit, TEXT_length, words);
	text_say(out, "<td role=\"cell\" class=\"labels\">");
	if (item->state == DESK_RESTRICTED)
		text_fill(out, "<span class=\"label warn\">$</span>",
			  say(visit, TEXT_set_restricted));
	else if (may_remove)
		remove_out(visit, pick, item);
	text_say(out, "</td></tr>\n");
}

static void items_begin(struct visit *visit)
{
	static const enum text_id heads[] = { TEXT_started, TEXT_service_number,
					      TEXT_agent, TEXT_length,
					      TEXT_state };

	layout_rows_begin(visit, heads, COUNT(heads));
}

/* All of them: there are DESK_PICK_ALL at most. */
static enum desk_result items_out(struct visit *visit, const char *hex,
				  const struct id *pick,
				  struct desk_pick_whole *whole)
{
	struct text *out = visit_out(visit);
	bool may_remove = whole->row.is_own && whole->row.use == NOTICE_CLIP;
	uint64_t skip = 0;

	if (whole->item_count == 0) {
		text_fill(out, "<p class=\"empty\">$</p>\n",
			  say(visit, TEXT_set_empty));
		return DESK_OK;
	}
	items_begin(visit);
	while (whole->item_count > 0) {
		for (uint32_t i = 0; i < whole->item_count; i++)
			item_out(visit, hex, may_remove, &whole->item[i]);
		skip += whole->item_count;
		if (skip >= whole->row.count || skip >= DESK_PICK_ALL)
			break;
		enum desk_result result = asks_pick(visit, pick, skip, whole);

		if (result != DESK_OK)
			return result;
	}
	text_say(out, "</tbody></table>\n");
	return DESK_OK;
}

static void drop_form(struct visit *visit, const char *hex)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<details class=\"danger\"><summary>$</summary><p>$</p>"
		  "<form method=\"post\" action=\"/sets/$/delete\">",
		  say(visit, TEXT_set_drop), say(visit, TEXT_set_drop_what),
		  hex);
	layout_form_token(visit);
	text_fill(out, "<button class=\"button\">$</button></form></details>\n",
		  say(visit, TEXT_set_drop_now));
}

void do_set(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_pick_whole whole;
	enum desk_result result;
	char hex[ID_TEXT_SIZE];
	struct id pick;

	if (!visit_id(visit, 0, &pick))
		return;
	result = asks_pick(visit, &pick, 0, &whole);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(&pick, hex);
	layout_begin_bare(visit, whole.row.title);
	text_fill(out,
		  "<p class=\"crumbs\"><a href=\"/sets\">$</a></p>"
		  "<h1 id=\"title\">$</h1>\n",
		  say(visit, TEXT_sets), whole.row.title);
	facts_out(visit, &whole.row);
	result = items_out(visit, hex, &pick, &whole);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (whole.row.is_own)
		drop_form(visit, hex);
	layout_end(visit);
}

static void changed(struct visit *visit, enum desk_result result,
		    const struct id *pick)
{
	char hex[ID_TEXT_SIZE], path[ID_TEXT_SIZE + 8];

	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(pick, hex);
	snprintf(path, sizeof(path), "/sets/%s", hex);
	http_see_other(visit->answer, path);
}

void do_set_remove(struct visit *visit)
{
	struct id pick, call;

	if (visit_id(visit, 0, &pick) && visit_id(visit, 1, &call))
		changed(visit,
			asks_pick_change(visit, &pick, &call, DESK_PICK_REMOVE),
			&pick);
}

void do_set_drop(struct visit *visit)
{
	enum desk_result result;
	struct id pick;

	if (!visit_id(visit, 0, &pick))
		return;
	result = asks_pick_change(visit, &pick, NULL, DESK_PICK_DROP);
	if (result != DESK_OK)
		error_result(visit, result);
	else
		http_see_other(visit->answer, "/sets");
}

void do_set_add(struct visit *visit)
{
	char hex[ID_TEXT_SIZE];
	struct id pick, call;

	if (!visit_id(visit, 1, &call))
		return;
	if (!visit_form(visit, "set", hex, sizeof(hex)) ||
	    id_read(slice_of(hex), &pick) < 0) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	changed(visit, asks_pick_change(visit, &pick, &call, DESK_PICK_ADD),
		&pick);
}

static void add_form(struct visit *visit, const char *contact,
		     const struct id *call, const struct desk_pick_rows *rows)
{
	struct text *out = visit_out(visit);
	char hex[ID_TEXT_SIZE];

	id_text(call, hex);
	text_fill(out,
		  "<form method=\"post\" action=\"/contacts/$/recordings/$/"
		  "sets\">",
		  contact, hex);
	layout_form_token(visit);
	text_fill(out,
		  "<p class=\"field\"><label for=\"set-$\">$</label>"
		  "<select id=\"set-$\" name=\"set\">",
		  hex, say(visit, TEXT_set_which), hex);
	for (uint32_t i = 0; i < rows->count; i++) {
		char pick[ID_TEXT_SIZE];

		id_text(&rows->row[i].pick, pick);
		text_fill(out, "<option value=\"$\">$</option>", pick,
			  rows->row[i].title);
	}
	text_fill(out,
		  "</select></p><button class=\"button\">$</button></form>",
		  say(visit, TEXT_set_add));
}

void picks_part(struct visit *visit, const char *contact,
		const struct desk_contact_whole *whole)
{
	struct text *out = visit_out(visit);
	struct desk_pick_rows rows;
	bool has_sound = false;

	for (uint32_t i = 0; i < whole->recording_count; i++)
		has_sound |= whole->recording[i].state == DESK_OK;
	if (!has_sound || !visit->session.may_play ||
	    !(visit->session.uses & NOTICE_CLIP))
		return;
	/* The newest few: who trains works on one or two at a time. */
	if (asks_picks(visit, true, 0, &rows) != DESK_OK)
		rows.count = 0;
	text_fill(out, "<section class=\"card\" id=\"sets\"><h2>$</h2>\n",
		  say(visit, TEXT_set_training));
	if (rows.count == 0)
		text_fill(out, "<p>$ <a href=\"/sets\">$</a></p>",
			  say(visit, TEXT_set_none_own), say(visit, TEXT_sets));
	for (uint32_t i = 0; rows.count > 0 && i < whole->recording_count; i++)
		if (whole->recording[i].state == DESK_OK)
			add_form(visit, contact, &whole->recording[i].call,
				 &rows);
	text_say(out, "</section>\n");
}
