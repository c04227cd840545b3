/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Stored chats for programs. The content goes through as the vault gives
 * it; chat/object.h describes it.
 */
#include <stdio.h>

#include "chat/chat.h"
#include "desk/api_json.h"
#include "desk/asks.h"
#include "desk/chats.h"
#include "desk/errors.h"
#include "desk/seat_words.h"

static struct text *json(struct visit *visit)
{
	visit->answer->type = "application/json";
	return visit_out(visit);
}

static const char *state_name(uint32_t state)
{
	switch (state) {
	case REGISTER_STATE_OPEN:
		return "waiting";
	case REGISTER_STATE_ANSWERED:
		return "answered";
	case REGISTER_STATE_ENDED:
		return "ended";
	case REGISTER_STATE_UNANSWERED:
		return "unanswered";
	default:
		return "unknown";
	}
}

static const char *content_name(int32_t state)
{
	switch (state) {
	case DESK_OK:
		return "available";
	case DESK_GONE:
		return "gone";
	case DESK_RESTRICTED:
		return "restricted";
	case DESK_LOCKED:
		return "locked";
	case DESK_NOT_FOUND:
		return "none";
	default:
		return "unavailable";
	}
}

static void time_of(struct text *out, const char *key, int64_t at)
{
	api_json_name(out, key);
	api_json_time(out, at);
}

static void chat_out(struct text *out, const struct desk_chat_row *row,
		     const struct desk_chat_whole *whole)
{
	char hex[ID_TEXT_SIZE], hash[16];

	id_text(&row->chat, hex);
	text_say(out, "{");
	api_json_words(out, "id", hex);
	api_json_number(out, "number", row->number);
	time_of(out, "started_at", row->started_at);
	time_of(out, "answered_at", row->answered_at);
	time_of(out, "ended_at", row->ended_at);
	api_json_words(out, "state", state_name(row->state));
	api_json_words(out, "end_reason", seat_reason(row->end_reason));
	api_json_yes(out, "masked", row->flags & CHAT_FLAG_MASKED);
	api_json_yes(out, "recovered", row->flags & CHAT_FLAG_RECOVERED);
	api_json_words(out, "language", row->language);
	api_json_words(out, "queue", row->queue);
	api_json_words(out, "agent", row->agent);
	api_json_words(out, "agent_name", row->agent_name);
	api_json_words(out, "content_state", content_name(row->content_state));
	api_json_number(out, "size", row->size);
	api_json_date(out, "content_until", row->chat_end);
	api_json_date(out, "history_until", row->contact_end);
	if (whole) {
		api_json_words(out, "policy", whole->policy_id);
		api_json_words(out, "policy_version", whole->policy_version);
		snprintf(hash, sizeof(hash), "%08x", whole->policy_hash);
		api_json_words(out, "policy_hash", hash);
	}
	text_say(out, "}");
}

void do_api_chats(struct visit *visit)
{
	struct chats_filter filter;
	struct desk_chats question;
	struct desk_chat_rows rows;
	struct text next = TEXT_NEW;
	enum desk_result result = DESK_INVALID;

	chats_read(visit, &filter, &question);
	if (!filter.is_bad)
		result = asks_chats(visit, &question, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (rows.next) {
		chats_next(&filter, rows.next, &next);
		if (!next.failed)
			http_field(visit->answer, "Link",
				   "</api/v1/chats%s>; rel=\"next\"",
				   next.bytes);
		text_drop(&next);
	}
	text_say(json(visit), "{\"chats\":[");
	for (uint32_t i = 0; i < rows.count; i++) {
		if (i)
			text_say(visit_out(visit), ",");
		chat_out(visit_out(visit), &rows.row[i], NULL);
	}
	text_say(visit_out(visit), "]}\n");
}

static bool find(struct visit *visit, struct desk_chat_whole *ret_whole)
{
	enum desk_result result;
	struct id chat;

	if (!visit_id(visit, 0, &chat))
		return false;
	result = asks_chat(visit, &chat, ret_whole);
	if (result == DESK_OK)
		return true;
	error_result(visit, result);
	return false;
}

void do_api_chat(struct visit *visit)
{
	struct desk_chat_whole whole;

	if (!find(visit, &whole))
		return;
	chat_out(json(visit), &whole.row, &whole);
	text_say(visit_out(visit), "\n");
}

void do_api_chat_readers(struct visit *visit)
{
	uint64_t before = filter_number(visit, "before", UINT64_MAX, 0);
	struct desk_reader_rows rows;
	enum desk_result result;
	char hex[ID_TEXT_SIZE];
	struct id chat;

	if (!visit_id(visit, 0, &chat))
		return;
	result = asks_readers(visit, &chat, before, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(&chat, hex);
	if (rows.next)
		http_field(visit->answer, "Link",
			   "</api/v1/chats/%s/readers?before=%llu>; "
			   "rel=\"next\"",
			   hex, (unsigned long long)rows.next);
	api_json_readers(json(visit), &rows);
}

void do_api_chat_content(struct visit *visit)
{
	struct desk_play question = { .kind = SEAL_KIND_CHAT };
	struct http_answer *answer = visit->answer;
	struct desk_chat_whole whole;
	struct desk_playing playing;
	enum desk_result result;

	if (slice_text(http_header(visit->request, "Tallenne-Purpose"),
		       question.purpose, sizeof(question.purpose)) < 0 ||
	    !question.purpose[0]) {
		error_show(visit, PROBLEM_purpose_required);
		return;
	}
	if (!find(visit, &whole))
		return;
	question.call = whole.row.content;
	question.size = whole.row.size;
	result = whole.row.content_state == DESK_OK
			 ? asks_play(visit, &question, &playing, &answer->pipe)
			 : (enum desk_result)whole.row.content_state;
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	answer->size = question.size;
	answer->type = "application/json";
	http_field(answer, "Tallenne-Audit-Entry", "%llu",
		   (unsigned long long)playing.seq);
}
