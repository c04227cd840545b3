/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the room chat says, looked through and put into JSON for the pages.
 * Texts of visitors pass here as JSON strings and nowhere else.
 */
#include <stdio.h>
#include <string.h>

#include "desk/api_json.h"
#include "desk/errors.h"
#include "desk/seat_parts.h"
#include "desk/seat_words.h"

/* Whether a field of text ends within itself. */
#define ENDS(field) (memchr((field), '\0', sizeof(field)) != NULL)

/* In the order of enum chat_phase and its like; 0 is none of them. */
static const char *const phases[] = { "", "waiting", "talking", "over" };
static const char *const sides[] = { "", "visitor", "agent", "system" };
static const char *const kinds[] = { "",       "message", "joined", "passed",
				     "queued", "closed",  "note" };
static const char *const presences[] = { "", "available", "busy", "absent" };
static const char *const reasons[] = {
	"",	 "visitor", "solved", "advised", "no-answer", "misuse",
	"other", "left",    "idle",   "hours",	 "lost",      "full",
};

static bool is_one_of(uint32_t value, size_t count)
{
	return value > 0 && value < count;
}

const char *seat_reason(uint32_t reason)
{
	return reason < COUNT(reasons) ? reasons[reason] : "";
}

/* The other way; 0 if it is none of them. */
static uint32_t index_of(const char *word, const char *const *words,
			 size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (!strcmp(words[i], word))
			return (uint32_t)i;
	return 0;
}

uint32_t seat_reason_of(const char *word)
{
	return index_of(word, reasons, COUNT(reasons));
}

uint32_t seat_presence_of(const char *word)
{
	return index_of(word, presences, COUNT(presences));
}

bool seat_seated_holds(const struct chat_seated *seated)
{
	return ENDS(seated->agent) && ENDS(seated->name) &&
	       (seated->result != CHAT_OK || seated->head.tag == 0 ||
		(seated->seat > 0 && seated->seat <= CHAT_SEATS_MAX &&
		 is_one_of(seated->presence, COUNT(presences))));
}

bool seat_row_holds(const struct chat_row *row)
{
	return is_one_of(row->phase, COUNT(phases)) && ENDS(row->language) &&
	       ENDS(row->queue) && ENDS(row->nickname) && ENDS(row->agent) &&
	       ENDS(row->agent_name);
}

bool seat_colleague_holds(const struct chat_colleague *colleague)
{
	return ENDS(colleague->agent) && ENDS(colleague->name) &&
	       is_one_of(colleague->presence, COUNT(presences));
}

bool seat_event_holds(const struct chat_event *event)
{
	return is_one_of(event->kind, COUNT(kinds)) &&
	       is_one_of(event->side, COUNT(sides)) &&
	       event->reason < COUNT(reasons) && ENDS(event->name) &&
	       ENDS(event->agent) && event->size <= CHAT_TEXT_MAX &&
	       strnlen(event->text, sizeof(event->text)) == event->size;
}

static void id_of(struct text *out, const char *key, const struct id *id)
{
	char hex[ID_TEXT_SIZE];

	id_text(id, hex);
	api_json_words(out, key, hex);
}

static void ms_of(struct text *out, const char *key, nanoseconds at)
{
	api_json_number(out, key, at > 0 ? (uint64_t)(at / NS_PER_MS) : 0);
}

/* Numbers of 64 bits are none in JavaScript. */
static void epoch_of(struct text *out, uint64_t epoch)
{
	char hex[20];

	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)epoch);
	api_json_words(out, "epoch", hex);
}

void seat_json_seated(struct text *out, const struct chat_seated *seated)
{
	text_say(out, "{");
	api_json_words(out, "agent", seated->agent);
	api_json_words(out, "name", seated->name);
	api_json_words(out, "presence", presences[seated->presence]);
	api_json_number(out, "load_max", seated->load_max);
	text_say(out, "}");
}

void seat_json_row(struct text *out, const struct chat_row *row)
{
	text_say(out, "{");
	id_of(out, "chat", &row->chat);
	api_json_words(out, "phase", phases[row->phase]);
	api_json_yes(out, "mine", row->is_mine);
	api_json_number(out, "place", row->place);
	ms_of(out, "opened", row->opened_at);
	ms_of(out, "waits", row->waits_since);
	ms_of(out, "talks", row->talks_since);
	epoch_of(out, row->epoch);
	api_json_number(out, "last", row->last);
	api_json_number(out, "notes", row->notes);
	api_json_number(out, "agent_seen", row->agent_seen);
	api_json_number(out, "visitor_seen", row->visitor_seen);
	api_json_yes(out, "typing", row->visitor_typing);
	api_json_yes(out, "present", row->visitor_present);
	api_json_number(out, "closes_in", row->closes_in_s);
	api_json_yes(out, "unanswered", row->unanswered);
	api_json_words(out, "language", row->language);
	api_json_words(out, "queue", row->queue);
	api_json_words(out, "nick", row->nickname);
	api_json_words(out, "agent", row->agent);
	api_json_words(out, "agent_name", row->agent_name);
	text_say(out, "}");
}

void seat_json_colleague(struct text *out,
			 const struct chat_colleague *colleague)
{
	text_say(out, "{");
	api_json_words(out, "agent", colleague->agent);
	api_json_words(out, "name", colleague->name);
	api_json_words(out, "presence", presences[colleague->presence]);
	api_json_number(out, "load", colleague->load);
	api_json_number(out, "load_max", colleague->load_max);
	text_say(out, "}");
}

void seat_json_event(struct text *out, const struct chat_event *event)
{
	struct id client;

	memcpy(&client, event->client_id, sizeof(client));
	text_say(out, "{");
	epoch_of(out, event->epoch);
	api_json_number(out, "n", event->seq);
	ms_of(out, "at", event->at);
	api_json_words(out, "kind", kinds[event->kind]);
	api_json_words(out, "from", sides[event->side]);
	api_json_words(out, "name", event->name);
	api_json_words(out, "agent", event->agent);
	if (!id_is_none(&client))
		id_of(out, "id", &client);
	api_json_name(out, "text");
	text_json(out, event->text);
	api_json_yes(out, "masked", event->flags & CHAT_FLAG_MASKED);
	api_json_words(out, "reason", reasons[event->reason]);
	text_say(out, "}");
}

static enum problem problem_of(int32_t result)
{
	switch (result) {
	case CHAT_NOT_FOUND:
		return PROBLEM_not_found;
	case CHAT_CONFLICT:
		return PROBLEM_chat_conflict;
	case CHAT_ENDED:
		return PROBLEM_chat_ended;
	case CHAT_TOO_LONG:
		return PROBLEM_chat_too_long;
	case CHAT_TOO_FAST:
		return PROBLEM_chat_too_fast;
	case CHAT_FULL:
		return PROBLEM_chat_full;
	case CHAT_CLOSED:
		return PROBLEM_chat_closed;
	case CHAT_INVALID:
		return PROBLEM_invalid;
	case CHAT_FORBIDDEN:
		return PROBLEM_forbidden;
	case CHAT_LOAD:
		return PROBLEM_chat_load;
	case CHAT_TAKEN:
		return PROBLEM_chat_taken;
	case CHAT_AWAY:
		return PROBLEM_chat_away;
	default:
		/* Also when the seat is not known: it is asked for anew. */
		return PROBLEM_chat_later;
	}
}

void seat_answer_result(struct http_answer *answer, int32_t result,
			uint32_t retry_ms, enum notice_language language)
{
	if (retry_ms > 0)
		http_field(answer, "Retry-After", "%u",
			   (retry_ms + MS_PER_S - 1) / MS_PER_S);
	error_json(answer, problem_of(result), language);
}

void seat_answer_said(struct http_answer *answer, const struct chat_said *said,
		      enum notice_language language)
{
	if (said->result != CHAT_OK) {
		seat_answer_result(answer, said->result, said->retry_ms,
				   language);
		return;
	}
	answer->type = "application/json";
	text_say(&answer->body, "{");
	api_json_number(&answer->body, "n", said->seq);
	ms_of(&answer->body, "at", said->at);
	api_json_yes(&answer->body, "masked", said->flags & CHAT_FLAG_MASKED);
	text_say(&answer->body, "}\n");
}

void seat_answer_done(struct http_answer *answer, const struct chat_done *done,
		      enum notice_language language)
{
	if (done->result != CHAT_OK) {
		seat_answer_result(answer, done->result, 0, language);
		return;
	}
	answer->type = "application/json";
	text_say(&answer->body, "{");
	id_of(&answer->body, "chat", &done->chat);
	text_say(&answer->body, "}\n");
}
