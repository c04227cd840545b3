/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The level of service (S4): a month by service number or queue, and one of
 * them by day and by hour. Each chart stands beside its table, which says
 * the same; what is hidden is said to be so in both.
 */
#include <stdio.h>
#include <string.h>

#include "desk/api_json.h"
#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"

enum { CHART_WIDTH = 640, CHART_HEIGHT = 120, MONTHS_MAX = 24 };

static const char *channel_word(uint32_t channel)
{
	return channel == REGISTER_CHANNEL_CHAT ? "chats" : "calls";
}

/* "2026-10"; false if it is none. */
static bool read_month(const char *text, uint32_t *ret_month)
{
	struct slice month, year = slice_cut(slice_of(text), '-', &month);
	uint64_t y, m;

	if (slice_number(year, 9999, &y) < 0 ||
	    slice_number(month, 12, &m) < 0 || m == 0 || y < 1970)
		return false;
	*ret_month = (uint32_t)(y * 100 + m);
	return true;
}

static void month_text(uint32_t month, char out[WHEN_TEXT_SIZE])
{
	snprintf(out, WHEN_TEXT_SIZE, "%04u-%02u", month / 100 % 10000,
		 month % 100);
}

/* What was asked for, and the answer; false after an error. */
static bool look(struct visit *visit, struct desk_levels_are *ret_levels)
{
	struct desk_levels question = { .channel = REGISTER_CHANNEL_CALL };
	char text[32] = "";
	enum desk_result result = DESK_OK;

	if (visit_query(visit, "month", text, sizeof(text)) && text[0] &&
	    !read_month(text, &question.month))
		result = DESK_INVALID;
	if (visit_query(visit, "channel", text, sizeof(text)) &&
	    !strcmp(text, "chats"))
		question.channel = REGISTER_CHANNEL_CHAT;
	(void)visit_query(visit, "unit", question.unit, sizeof(question.unit));
	if (result == DESK_OK)
		result = asks_levels(visit, &question, ret_levels);
	if (result != DESK_OK)
		error_result(visit, result);
	return result == DESK_OK;
}

static void unit_name(const struct desk_levels_are *levels, const char *unit,
		      char out[WHEN_TEXT_SIZE])
{
	if (levels->channel == REGISTER_CHANNEL_CALL)
		when_number(unit, out);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%s", unit);
}

static void address(struct text *out, const struct desk_levels_are *levels,
		    const char *path, const char *unit)
{
	char month[WHEN_TEXT_SIZE];

	month_text(levels->month, month);
	text_say(out, path);
	text_say(out, "?month=");
	text_say(out, month);
	text_say(out, "&amp;channel=");
	text_say(out, channel_word(levels->channel));
	if (unit[0]) {
		text_say(out, "&amp;unit=");
		text_url(out, unit);
	}
}

static void cells_out(struct visit *visit, const struct desk_level *level)
{
	struct text *out = visit_out(visit);
	char length[WHEN_TEXT_SIZE];

	if (!level->is_shown) {
		text_fill(out, "<td colspan=\"2\">$</td></tr>\n",
			  say(visit, TEXT_levels_hidden));
		return;
	}
	text_format(out, "<td>%llu</td>", (unsigned long long)level->count);
	when_length((uint64_t)level->mean_s * MS_PER_S, length);
	text_fill(out, "<td>$</td></tr>\n", level->count ? length : "–");
}

static void table_begin(struct visit *visit,
			const struct desk_levels_are *levels, enum text_id what,
			const char *id)
{
	text_fill(visit_out(visit),
		  "<table class=\"levels\" aria-labelledby=\"$\"><thead><tr>"
		  "<th scope=\"col\">$</th><th scope=\"col\">$</th>"
		  "<th scope=\"col\">$</th></tr></thead><tbody>\n",
		  id, say(visit, what), say(visit, TEXT_levels_answered),
		  say(visit, levels->channel == REGISTER_CHANNEL_CALL
				     ? TEXT_levels_length
				     : TEXT_levels_wait));
}

/* For the eye alone: the table beside it says the same. */
static void chart(struct visit *visit, const struct desk_level *cells,
		  uint32_t count)
{
	struct text *out = visit_out(visit);
	uint64_t most = 1;

	for (uint32_t i = 0; i < count; i++)
		if (cells[i].count > most)
			most = cells[i].count;
	text_format(out,
		    "<svg class=\"levels\" viewBox=\"0 0 %d %d\" "
		    "aria-hidden=\"true\" focusable=\"false\">",
		    CHART_WIDTH, CHART_HEIGHT);
	for (uint32_t i = 0; i < count; i++) {
		unsigned int step = CHART_WIDTH / count;
		unsigned int height =
			(unsigned int)(cells[i].count * CHART_HEIGHT / most);

		/* What is hidden is a thin line: no height that tells. */
		text_format(out,
			    "<rect class=\"%s\" x=\"%u\" y=\"%u\" "
			    "width=\"%u\" height=\"%u\"/>",
			    cells[i].is_shown ? "bar" : "hidden", i * step,
			    CHART_HEIGHT - (cells[i].is_shown ? height : 2),
			    step - 2, cells[i].is_shown ? height : 2);
	}
	text_say(out, "</svg>\n");
}

static void units_out(struct visit *visit, const struct desk_levels_are *levels)
{
	struct text *out = visit_out(visit);

	table_begin(visit, levels,
		    levels->channel == REGISTER_CHANNEL_CALL
			    ? TEXT_service_called
			    : TEXT_levels_queue,
		    "units");
	for (uint32_t i = 0; i < levels->unit_count; i++) {
		char name[WHEN_TEXT_SIZE];

		unit_name(levels, levels->row[i].id, name);
		text_say(out, "<tr><th scope=\"row\"><a href=\"");
		address(out, levels, "/levels", levels->row[i].id);
		text_fill(out, "\">$</a></th>", name);
		cells_out(visit, &levels->row[i].is);
	}
	text_say(out, "</tbody></table>\n");
}

static void parts_out(struct visit *visit, const struct desk_levels_are *levels,
		      bool by_hour)
{
	const struct desk_level *cells = by_hour ? levels->hour : levels->day;
	uint32_t count = by_hour ? DESK_LEVEL_HOURS : levels->days;
	const char *id = by_hour ? "by-hour" : "by-day";
	struct text *out = visit_out(visit);

	text_fill(out, "<section class=\"card\"><h2 id=\"$\">$</h2>\n", id,
		  say(visit, by_hour ? TEXT_levels_hours : TEXT_levels_days));
	chart(visit, cells, count);
	table_begin(visit, levels, by_hour ? TEXT_levels_hour : TEXT_levels_day,
		    id);
	for (uint32_t i = 0; i < count; i++) {
		char name[WHEN_TEXT_SIZE];

		if (by_hour)
			snprintf(name, sizeof(name), "%u–%u", i, i + 1);
		else
			when_date(levels->month * 100 + i + 1, visit->language,
				  name);
		text_fill(out, "<tr><th scope=\"row\">$</th>", name);
		cells_out(visit, &cells[i]);
	}
	text_say(out, "</tbody></table></section>\n");
}

/* The months there are, and calls or chats. */
static void choice(struct visit *visit, const struct desk_levels_are *levels)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<form class=\"filters\" action=\"/levels\"><div "
		  "class=\"grid\">"
		  "<p class=\"field\"><label for=\"month\">$</label><select "
		  "id=\"month\" "
		  "name=\"month\">",
		  say(visit, TEXT_levels_month));
	for (uint32_t i = 0, month = levels->last;
	     i < MONTHS_MAX && month >= levels->first;
	     i++, month = civil_add_months(month * 100 + 1, -1) / 100) {
		char words[WHEN_TEXT_SIZE];

		month_text(month, words);
		text_fill(out, "<option value=\"$\"", words);
		text_say(out, month == levels->month ? " selected>" : ">");
		text_format(out, "%u/%u</option>", month % 100, month / 100);
	}
	text_fill(out,
		  "</select></p><p class=\"field\"><label for=\"channel\">$"
		  "</label><select id=\"channel\" name=\"channel\">"
		  "<option value=\"calls\">$</option><option value=\"chats\"$>"
		  "$</option></select></p></div>"
		  "<button class=\"button\">$</button></form>\n",
		  say(visit, TEXT_levels_channel),
		  say(visit, TEXT_levels_calls),
		  levels->channel == REGISTER_CHANNEL_CHAT ? " selected" : "",
		  say(visit, TEXT_chats), say(visit, TEXT_levels_show));
}

void do_levels(struct visit *visit)
{
	struct desk_levels_are levels;
	struct text *out = visit_out(visit);
	char name[WHEN_TEXT_SIZE] = "", title[4 * WHEN_TEXT_SIZE];

	if (!look(visit, &levels))
		return;
	unit_name(&levels, levels.unit, name);
	snprintf(title, sizeof(title), "%s%s%s", say(visit, TEXT_levels),
		 levels.unit[0] ? ": " : "", name);
	layout_begin_bare(visit, title);
	if (levels.unit[0]) {
		text_say(out, "<p class=\"crumbs\"><a href=\"");
		address(out, &levels, "/levels", "");
		text_fill(out, "\">$</a></p>", say(visit, TEXT_levels));
	}
	text_fill(out, "<h1 id=\"units\">$</h1><p class=\"lead\">$</p>\n",
		  levels.unit[0] ? name : say(visit, TEXT_levels),
		  say(visit, TEXT_levels_what));
	if (levels.last == 0) {
		text_fill(out, "<p class=\"empty\">$</p>\n",
			  say(visit, TEXT_levels_none));
		layout_end(visit);
		return;
	}
	choice(visit, &levels);
	if (levels.unit[0]) {
		table_begin(visit, &levels, TEXT_levels_month, "units");
		text_format(out, "<tr><th scope=\"row\">%u/%u</th>",
			    levels.month % 100, levels.month / 100);
		cells_out(visit, &levels.total);
		text_say(out, "</tbody></table>\n");
		parts_out(visit, &levels, false);
		parts_out(visit, &levels, true);
	} else {
		units_out(visit, &levels);
	}
	text_fill(out, "<p class=\"hint\">$</p><p><a class=\"button\" href=\"",
		  say(visit, TEXT_levels_why));
	address(out, &levels, "/levels/csv", levels.unit);
	text_fill(out, "\" download=\"levels.csv\">$</a></p>\n",
		  say(visit, TEXT_levels_csv));
	layout_end(visit);
}

static void csv_row(struct text *out, const char *kind, const char *name,
		    const struct desk_level *level)
{
	text_format(out, "%s,%s,", kind, name);
	if (level->is_shown)
		text_format(out, "%llu,%u\r\n",
			    (unsigned long long)level->count, level->mean_s);
	else
		text_say(out, ",\r\n");
}

static void api_level(struct text *out, const char *key, const char *name,
		      const struct desk_level *level, bool is_first)
{
	text_say(out, is_first ? "{" : ",{");
	api_json_words(out, key, name);
	api_json_name(out, "answered");
	if (level->is_shown)
		text_format(out, "%llu", (unsigned long long)level->count);
	else
		text_say(out, "null");
	api_json_name(out, "mean_s");
	if (level->is_shown && level->count)
		text_format(out, "%u", level->mean_s);
	else
		text_say(out, "null");
	text_say(out, "}");
}

void do_levels_csv(struct visit *visit)
{
	struct desk_levels_are levels;
	struct text *out = visit_out(visit);
	char name[WHEN_TEXT_SIZE];

	if (!look(visit, &levels))
		return;
	visit->answer->type = "text/csv; charset=utf-8";
	text_say(out, "kind,name,answered,mean_s\r\n");
	for (uint32_t i = 0; i < levels.unit_count; i++)
		csv_row(out, "unit", levels.row[i].id, &levels.row[i].is);
	if (!levels.unit[0])
		return;
	csv_row(out, "unit", levels.unit, &levels.total);
	for (uint32_t i = 0; i < levels.days; i++) {
		when_date_machine(levels.month * 100 + i + 1, name);
		csv_row(out, "day", name, &levels.day[i]);
	}
	for (uint32_t i = 0; i < DESK_LEVEL_HOURS; i++) {
		snprintf(name, sizeof(name), "%02u", i);
		csv_row(out, "hour", name, &levels.hour[i]);
	}
}

void do_api_levels(struct visit *visit)
{
	struct desk_levels_are levels;
	struct text *out = visit_out(visit);
	char name[WHEN_TEXT_SIZE];

	if (!look(visit, &levels))
		return;
	visit->answer->type = "application/json";
	month_text(levels.month, name);
	text_say(out, "{");
	api_json_words(out, "month", levels.month ? name : "");
	api_json_words(out, "channel", channel_word(levels.channel));
	api_json_words(out, "unit", levels.unit);
	api_json_number(out, "k", levels.k);
	api_json_name(out, "units");
	text_say(out, "[");
	for (uint32_t i = 0; i < levels.unit_count; i++)
		api_level(out, "unit", levels.row[i].id, &levels.row[i].is,
			  i == 0);
	if (levels.unit[0])
		api_level(out, "unit", levels.unit, &levels.total, true);
	text_say(out, "],\"days\":[");
	for (uint32_t i = 0; levels.unit[0] && i < levels.days; i++) {
		when_date_machine(levels.month * 100 + i + 1, name);
		api_level(out, "day", name, &levels.day[i], i == 0);
	}
	text_say(out, "],\"hours\":[");
	for (uint32_t i = 0; levels.unit[0] && i < DESK_LEVEL_HOURS; i++) {
		snprintf(name, sizeof(name), "%u", i);
		api_level(out, "hour", name, &levels.hour[i], i == 0);
	}
	text_say(out, "]}\n");
}
