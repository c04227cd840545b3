/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/figures.h"

#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"

/* A count with thin spaces between thousands. */
static void figures_count(uint64_t count, char out[32])
{
	unsigned long long n = count;

	/* U+2009; ten thousand million is more than we shall ever hold. */
	if (n >= 1000000)
		snprintf(out, 32, "%llu\u2009%03llu\u2009%03llu", n / 1000000,
			 n / 1000 % 1000, n % 1000);
	else if (n >= 1000)
		snprintf(out, 32, "%llu\u2009%03llu", n / 1000, n % 1000);
	else
		snprintf(out, 32, "%llu", n);
}

static void light(struct visit *visit, bool is_good, enum text_id what,
		  const char *value, enum text_id good, enum text_id bad)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<li class=\"light $\">", is_good ? "good" : "bad");
	layout_icon(out, is_good ? "check" : "alert");
	text_fill(out,
		  "<div><p class=\"what\">$</p><p class=\"value\">$</p>"
		  "<p class=\"words\">$</p></div></li>",
		  say(visit, what), value, say(visit, is_good ? good : bad));
}

void figures_lights(struct visit *visit, const struct desk_figures *figures)
{
	struct text *out = visit_out(visit);
	char value[96], rows[32], objects[32];

	text_say(out, "<ul class=\"lights\">");
	figures_count(figures->rows, rows);
	figures_count(figures->objects, objects);
	snprintf(value, sizeof(value), "%s = %s", rows, objects);
	if (figures->rows != figures->objects)
		snprintf(value, sizeof(value), "%s ≠ %s", rows, objects);
	light(visit,
	      figures->rows == figures->objects && !figures->orphans &&
		      !figures->phantoms,
	      TEXT_list_is_disk, value, TEXT_list_is_disk_good,
	      TEXT_list_is_disk_bad);
	figures_count(figures->overdue, value);
	light(visit, figures->overdue == 0, TEXT_overdue, value,
	      TEXT_overdue_good, TEXT_overdue_bad);
	figures_count(figures->number_gaps + figures->chat_number_gaps, value);
	light(visit, !figures->number_gaps && !figures->chat_number_gaps,
	      TEXT_gaps, value, TEXT_gaps_good, TEXT_gaps_bad);
	light(visit, !figures->vault_locked, TEXT_vault,
	      say(visit,
		  figures->vault_locked ? TEXT_vault_locked : TEXT_vault_open),
	      TEXT_vault_good, TEXT_vault_bad);
	text_say(out, "</ul>\n");
}

static void pair_count(struct visit *visit, enum text_id words, uint64_t count)
{
	char value[32];

	figures_count(count, value);
	layout_pair(visit_out(visit), say(visit, words), value);
}

static void begin_part(struct visit *visit, enum text_id title)
{
	text_fill(visit_out(visit),
		  "<section class=\"card\"><h2>$</h2><dl class=\"pairs\">",
		  say(visit, title));
}

static void audit(struct visit *visit, const struct desk_figures *figures)
{
	struct text *out = visit_out(visit);
	char hex[2 * sizeof(figures->audit_root) + 1];

	hex_text(figures->audit_root, sizeof(figures->audit_root), hex);
	begin_part(visit, TEXT_audit);
	pair_count(visit, TEXT_audit_entries, figures->audit_entries);
	text_fill(out,
		  "<div class=\"wide\"><dt>$</dt><dd><code>$</code></dd></div>"
		  "</dl><p class=\"hint\">$</p></section>\n",
		  say(visit, TEXT_audit_root), hex, say(visit, TEXT_audit_how));
}

/* Who tried doors, and who was made able to listen by whom. */
static void people(struct visit *visit, const struct desk_oversight *oversight)
{
	static const enum text_id acts[] = {
		[DESK_ACT_ADDED] = TEXT_act_added,
		[DESK_ACT_RESET] = TEXT_act_reset,
		[DESK_ACT_ENABLED] = TEXT_act_enabled,
	};
	struct text *out = visit_out(visit);

	begin_part(visit, TEXT_oversight);
	pair_count(visit, TEXT_refused, oversight->refused);
	text_fill(out, "</dl><h3>$</h3>", say(visit, TEXT_acts));
	if (oversight->count == 0)
		text_fill(out, "<p class=\"empty\">$</p>",
			  say(visit, TEXT_acts_none));
	else
		text_say(out, "<ul class=\"acts\">");
	for (uint32_t i = 0; i < oversight->count; i++) {
		char words[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

		when_text(oversight->act[i].at, visit->language, words);
		when_machine(oversight->act[i].at, machine);
		text_fill(out,
			  "<li><time datetime=\"$\">$</time>: $, $, $ ($)</li>",
			  machine, words, oversight->act[i].login,
			  text_role(oversight->act[i].role, visit->language),
			  say(visit, acts[oversight->act[i].act]),
			  oversight->act[i].actor);
	}
	text_say(out, oversight->count ? "</ul>" : "");
	text_fill(out, "<p class=\"hint\">$</p></section>\n",
		  say(visit, TEXT_acts_why));
}

void do_figures(struct visit *visit)
{
	struct desk_figures figures;
	struct desk_oversight oversight;
	enum desk_result result = asks_figures(visit, &figures);
	char words[WHEN_TEXT_SIZE];
	struct text *out = visit_out(visit);

	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	layout_begin(visit, say(visit, TEXT_figures));
	figures_lights(visit, &figures);
	text_say(out, "<div class=\"columns\">");
	begin_part(visit, TEXT_stock);
	pair_count(visit, TEXT_stock_calls, figures.contacts);
	pair_count(visit, TEXT_recordings, figures.recordings);
	pair_count(visit, TEXT_open_calls, figures.open_contacts);
	pair_count(visit, TEXT_chats, figures.chats);
	pair_count(visit, TEXT_stock_contents, figures.stored_chats);
	pair_count(visit, TEXT_open_chats, figures.open_chats);
	when_date(figures.oldest_audio_end, visit->language, words);
	layout_pair(out, say(visit, TEXT_next_end),
		    figures.oldest_audio_end ? words : "–");
	text_say(out, "</dl></section>\n");
	begin_part(visit, TEXT_reconciliation);
	pair_count(visit, TEXT_rows, figures.rows);
	pair_count(visit, TEXT_objects, figures.objects);
	pair_count(visit, TEXT_orphans, figures.orphans);
	pair_count(visit, TEXT_phantoms, figures.phantoms);
	when_text(figures.swept_at, visit->language, words);
	layout_pair(out, say(visit, TEXT_swept_at),
		    figures.swept_at ? words : say(visit, TEXT_not_yet));
	text_fill(out, "</dl><p class=\"hint\">$</p></section>\n",
		  say(visit, TEXT_objects_why));
	text_say(out, "</div>\n");
	audit(visit, &figures);
	if (asks_oversight(visit, &oversight) == DESK_OK)
		people(visit, &oversight);
	layout_end(visit);
}
