/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The page of one contact: the identification data of the notice (S7) and
 * nothing more, how long it lives, its sound, and who has listened.
 */
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/contacts.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/picks.h"
#include "desk/player.h"
#include "desk/readers.h"
#include "desk/remarks.h"
#include "desk/when.h"
#include "spool/call.h"

static void time_pair(struct visit *visit, enum text_id label, int64_t at)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

	if (at == 0) {
		layout_pair(visit_out(visit), say(visit, label),
			    say(visit, TEXT_not_yet));
		return;
	}
	when_exact(at, visit->language, when);
	when_machine(at, machine);
	text_fill(visit_out(visit),
		  "<div><dt>$</dt><dd><time datetime=\"$\">$</time></dd>"
		  "</div>\n",
		  say(visit, label), machine, when);
}

static void caller_pair(struct visit *visit, const struct desk_contact_row *row)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<div><dt>$</dt><dd>", say(visit, TEXT_caller_number));
	contacts_caller(visit, row);
	text_say(out, "</dd></div>\n");
}

static const char *end_words(const struct visit *visit, uint32_t reason)
{
	switch (reason) {
	case CALL_END_BYE:
		return say(visit, TEXT_end_bye);
	case CALL_END_SILENCE:
		return say(visit, TEXT_end_silence);
	case CALL_END_EXPIRED:
		return say(visit, TEXT_end_expired);
	case CALL_END_LOST:
		return say(visit, TEXT_end_lost);
	case CALL_END_REFUSED:
		return say(visit, TEXT_end_refused);
	case CALL_END_LIMIT:
		return say(visit, TEXT_end_limit);
	case CALL_END_POLICY:
		return say(visit, TEXT_end_policy);
	default:
		return say(visit, TEXT_not_told);
	}
}

static void identification(struct visit *visit,
			   const struct desk_contact_whole *whole)
{
	const struct desk_contact_row *row = &whole->row;
	struct text *out = visit_out(visit);
	char words[WHEN_TEXT_SIZE];

	text_fill(out, "<section class=\"card\"><h2>$</h2><dl class=\"pairs\">",
		  say(visit, TEXT_identification));
	time_pair(visit, TEXT_start_time, row->started_at);
	time_pair(visit, TEXT_end_time, row->ended_at);
	caller_pair(visit, row);
	when_number(row->service_number, words);
	layout_pair(out, say(visit, TEXT_service_called), words);
	layout_pair(out, say(visit, TEXT_agent_name),
		    row->agent_name[0] ? row->agent_name
				       : say(visit, TEXT_not_told));
	when_number(row->agent_number, words);
	layout_pair(out, say(visit, TEXT_agent_number),
		    row->agent_number[0] ? words : say(visit, TEXT_not_told));
	text_fill(out, "</dl><p class=\"hint\">$</p><dl class=\"pairs small\">",
		  say(visit, TEXT_identification_all));
	if (row->ended_at)
		layout_pair(out, say(visit, TEXT_how_ended),
			    end_words(visit, row->end_reason));
	snprintf(words, sizeof(words), "%08x", whole->policy_hash);
	text_fill(
		out,
		"<div><dt>$</dt><dd>$ <span class=\"nowrap\">$</span> "
		"<code title=\"SHA-256\">$</code></dd></div></dl></section>\n",
		say(visit, TEXT_policy), whole->policy_id,
		whole->policy_version, words);
}

/* One station of the life line. */
static void station(struct visit *visit, enum text_id what, const char *class,
		    const char *machine, const char *when, const char *more)
{
	text_fill(visit_out(visit),
		  "<li class=\"$\"><span class=\"dot\"></span>"
		  "<strong>$</strong> <time datetime=\"$\">$</time>"
		  " <small>$</small></li>\n",
		  class, say(visit, what), machine, when, more);
}

static void happened(struct visit *visit, enum text_id what, int64_t at)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

	if (at == 0)
		return;
	when_exact(at, visit->language, when);
	when_machine(at, machine);
	station(visit, what, "past", machine, when, "");
}

static void expires(struct visit *visit, enum text_id what, seal_date date)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];
	char more[WHEN_TEXT_SIZE] = "";
	int days;

	if (date == 0)
		return;
	days = when_days_until(date, clock_seconds(&clock_system));
	when_date(date, visit->language, when);
	when_date_machine(date, machine);
	if (days > 1)
		snprintf(more, sizeof(more), "%d %s", days,
			 say(visit, TEXT_days_left));
	else if (days >= 0)
		snprintf(more, sizeof(more), "%s",
			 say(visit, days ? TEXT_tomorrow : TEXT_today));
	station(visit, what, days < 0 ? "past" : "future", machine, when, more);
}

static void life_line(struct visit *visit, const struct desk_contact_row *row)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section class=\"life\"><h2>$</h2><ol class=\"line\">\n",
		  say(visit, TEXT_life));
	happened(visit, TEXT_answered, row->answered_at);
	happened(visit, TEXT_ended, row->ended_at);
	expires(visit, TEXT_sound_ends, row->audio_end);
	if (row->audio_end == 0 && row->answered_at)
		text_fill(out,
			  "<li class=\"past\"><span class=\"dot\"></span>"
			  "<strong>$</strong></li>",
			  say(visit, TEXT_sound_gone));
	expires(visit, TEXT_history_ends, row->contact_end);
	text_fill(out, "</ol><p class=\"hint\">$</p></section>\n",
		  say(visit, TEXT_life_why));
}

static void tabs(struct visit *visit, const char *hex, bool readers)
{
	struct text *out = visit_out(visit);

	if (!visit->session.may_see_readers)
		return;
	text_fill(out, "<nav class=\"tabs\" aria-label=\"$\"><ul>",
		  say(visit, TEXT_parts));
	text_fill(out, "<li><a href=\"/contacts/$\"", hex);
	text_say(out, readers ? ">" : " aria-current=\"page\">");
	text_fill(out, "$</a></li><li><a href=\"/contacts/$?tab=readers\"",
		  say(visit, TEXT_contact), hex);
	text_say(out, readers ? " aria-current=\"page\">" : ">");
	text_fill(out, "$</a></li></ul></nav>\n",
		  say(visit, readers_title(visit)));
}

static void readers_part(struct visit *visit, const struct id *contact,
			 const char *hex)
{
	struct text *out = visit_out(visit);
	struct desk_reader_rows rows;
	enum desk_result result;
	uint64_t before = 0;
	char text[24];

	if (visit_query(visit, "before", text, sizeof(text)) &&
	    slice_number(slice_of(text), UINT64_MAX, &before) < 0)
		before = 0;
	result = asks_readers(visit, contact, before, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	text_fill(out,
		  "<section><h2 id=\"readers\">$</h2><p class=\"lead\">$</p>",
		  say(visit, readers_title(visit)),
		  say(visit, TEXT_who_listened_how));
	if (rows.count == 0)
		text_fill(out, "<p class=\"empty\">$</p>",
			  say(visit, readers_sees_own(visit)
					     ? TEXT_own_listenings_none
					     : TEXT_nobody_listened));
	else
		readers_table(visit, &rows, false, "readers");
	if (rows.next) {
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)rows.next);
		text_fill(out,
			  "<p><a class=\"button\" rel=\"next\" href=\""
			  "/contacts/$?tab=readers&before=$\">$</a></p>",
			  hex, text, say(visit, TEXT_older));
	}
	text_say(out, "</section>\n");
	layout_end(visit);
}

/* Every contact's page has a title of its own: tabs and history are read
   by their titles. */
static void begin(struct visit *visit, const struct desk_contact_row *row,
		  bool readers)
{
	char when[WHEN_TEXT_SIZE], title[4 * WHEN_TEXT_SIZE];

	when_text(row->started_at, visit->language, when);
	snprintf(title, sizeof(title), "%s%s%s %s %llu, %s",
		 readers ? say(visit, readers_title(visit)) : "",
		 readers ? ": " : "", say(visit, TEXT_contact),
		 say(visit, TEXT_number), (unsigned long long)row->number,
		 when);
	layout_begin_bare(visit, title);
}

static void title(struct visit *visit, const struct desk_contact_row *row)
{
	struct text *out = visit_out(visit);
	char when[WHEN_TEXT_SIZE], number[32], length[WHEN_TEXT_SIZE];

	when_text(row->started_at, visit->language, when);
	when_length(row->duration_ms, length);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)row->number);
	text_fill(out,
		  "<p class=\"crumbs\"><a href=\"/contacts\">$</a></p>"
		  "<div class=\"title-row\"><h1>$ <small>$ $</small></h1>"
		  "<p class=\"facts\">",
		  say(visit, TEXT_contacts), when, say(visit, TEXT_number),
		  number);
	if (row->duration_ms)
		text_fill(out, "<span class=\"label\">$ $</span> ",
			  say(visit, TEXT_length), length);
	contacts_labels(visit, row);
	text_say(out, "</p></div>\n");
}

void do_contact(struct visit *visit)
{
	struct desk_contact_whole whole;
	struct id contact;
	enum desk_result result;
	char hex[ID_TEXT_SIZE], tab[16] = "";
	bool readers;

	if (!visit_id(visit, 0, &contact))
		return;
	result = asks_contact(visit, &contact, &whole);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(&contact, hex);
	(void)visit_query(visit, "tab", tab, sizeof(tab));
	readers = !strcmp(tab, "readers") && visit->session.may_see_readers;
	begin(visit, &whole.row, readers);
	title(visit, &whole.row);
	if (readers) {
		tabs(visit, hex, true);
		readers_part(visit, &contact, hex);
		return;
	}
	tabs(visit, hex, false);
	player_part(visit, hex, &whole);
	remarks_part(visit, hex, &whole);
	picks_part(visit, hex, &whole);
	life_line(visit, &whole.row);
	identification(visit, &whole);
	layout_end(visit);
}
