/* SPDX-License-Identifier: EUPL-1.2 */
/* Training sets and samples for programs. */
#include <string.h>

#include "desk/api_json.h"
#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/filter.h"
#include "desk/picks.h"

static void id_out(struct text *out, const char *key, const struct id *id)
{
	char hex[ID_TEXT_SIZE];

	id_text(id, hex);
	api_json_words(out, key, hex);
}

static void draw_out(struct text *out, const struct desk_draw *draw)
{
	char seed[2 * DESK_PICK_SEED + 1];

	hex_text(draw->seed, sizeof(draw->seed), seed);
	api_json_name(out, "draw");
	text_say(out, "{");
	api_json_words(out, "seed", seed);
	api_json_number(out, "wanted", draw->wanted);
	api_json_number(out, "population", draw->population);
	api_json_name(out, "from");
	api_json_time(out, draw->from);
	api_json_name(out, "until");
	api_json_time(out, draw->until);
	api_json_number(out, "min_s", (uint64_t)draw->min_s);
	api_json_number(out, "max_s", (uint64_t)draw->max_s);
	api_json_words(out, "service_number", draw->service_number);
	api_json_words(out, "agent", draw->agent);
	text_say(out, "}");
}

static void row_out(struct text *out, const struct desk_pick_row *row)
{
	text_say(out, "{");
	id_out(out, "id", &row->pick);
	api_json_words(out, "kind",
		       row->use == NOTICE_SAMPLE ? "sample" : "training");
	api_json_words(out, "purpose", row->purpose);
	api_json_words(out, "title", row->title);
	api_json_date(out, "end", row->end);
	api_json_name(out, "made_at");
	api_json_time(out, row->made_at);
	api_json_number(out, "count", row->count);
	api_json_yes(out, "own", row->is_own);
	if (row->use == NOTICE_SAMPLE)
		draw_out(out, &row->draw);
}

void do_api_sets(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_pick_rows rows;
	enum desk_result result;

	result = asks_picks(
		visit, false,
		(uint32_t)filter_number(visit, "skip", DESK_PICKS_ALL, 0),
		&rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	visit->answer->type = "application/json";
	if (rows.next)
		http_field(visit->answer, "Link", "<?skip=%u>; rel=\"next\"",
			   rows.next);
	text_say(out, "{\"sets\":[");
	for (uint32_t i = 0; i < rows.count; i++) {
		text_say(out, i ? "," : "");
		row_out(out, &rows.row[i]);
		text_say(out, "}");
	}
	text_say(out, "]}\n");
}

/* A recording is named by its contact and its call, as everywhere. */
static void item_out(struct text *out, const struct desk_pick_item *item)
{
	char both[2 * ID_TEXT_SIZE];

	id_text(&item->contact, both);
	both[ID_TEXT_SIZE - 1] = '-';
	id_text(&item->call, both + ID_TEXT_SIZE);
	text_say(out, "{");
	api_json_words(out, "recording", both);
	id_out(out, "contact", &item->contact);
	api_json_number(out, "number", item->number);
	api_json_name(out, "started_at");
	api_json_time(out, item->started_at);
	api_json_number(out, "duration_ms", item->duration_ms);
	api_json_words(out, "service_number", item->service_number);
	api_json_words(out, "agent_name", item->agent_name);
	api_json_yes(out, "restricted", item->state == DESK_RESTRICTED);
	text_say(out, "}");
}

void do_api_set(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_pick_whole whole;
	enum desk_result result;
	struct id pick;
	uint64_t skip = filter_number(visit, "skip", DESK_PICK_ALL, 0);

	if (!visit_id(visit, 0, &pick))
		return;
	result = asks_pick(visit, &pick, skip, &whole);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	visit->answer->type = "application/json";
	if (skip + whole.item_count < whole.row.count && whole.item_count > 0)
		http_field(visit->answer, "Link", "<?skip=%llu>; rel=\"next\"",
			   (unsigned long long)(skip + whole.item_count));
	row_out(out, &whole.row);
	api_json_name(out, "recordings");
	text_say(out, "[");
	for (uint32_t i = 0; i < whole.item_count; i++) {
		text_say(out, i ? "," : "");
		item_out(out, &whole.item[i]);
	}
	text_say(out, "]}\n");
}

void do_api_set_make(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct desk_pick_make ask;
	enum desk_result result;
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
	visit->answer->type = "application/json";
	text_say(out, "{");
	id_out(out, "id", &pick);
	text_say(out, "}\n");
}

static bool read_recording(struct visit *visit, struct slice both,
			   struct id *ret_call)
{
	struct slice call;
	struct id contact;

	if (id_read(slice_cut(both, '-', &call), &contact) == 0 &&
	    id_read(call, ret_call) == 0)
		return true;
	error_show(visit, PROBLEM_not_found);
	return false;
}

static void changed(struct visit *visit, enum desk_result result)
{
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	visit->answer->status = 204;
	visit->answer->type = NULL;
}

void do_api_set_drop(struct visit *visit)
{
	struct id pick;

	if (visit_id(visit, 0, &pick))
		changed(visit,
			asks_pick_change(visit, &pick, NULL, DESK_PICK_DROP));
}

void do_api_set_add(struct visit *visit)
{
	char both[2 * ID_TEXT_SIZE] = "";
	struct id pick, call;

	(void)visit_form(visit, "recording", both, sizeof(both));
	if (visit_id(visit, 0, &pick) &&
	    read_recording(visit, slice_of(both), &call))
		changed(visit,
			asks_pick_change(visit, &pick, &call, DESK_PICK_ADD));
}

void do_api_set_remove(struct visit *visit)
{
	struct id pick, call;

	if (visit_id(visit, 0, &pick) &&
	    read_recording(visit, visit->request->param[1], &call))
		changed(visit, asks_pick_change(visit, &pick, &call,
						DESK_PICK_REMOVE));
}
