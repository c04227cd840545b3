/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/api_json.h"

#include <stdio.h>
#include <string.h>

#include "desk/errors.h"
#include "desk/when.h"

void api_json_time(struct text *out, int64_t at)
{
	char when[WHEN_TEXT_SIZE];

	if (at == 0) {
		text_say(out, "null");
		return;
	}
	when_machine(at, when);
	text_json(out, when);
}

void api_json_name(struct text *out, const char *literal)
{
	/* A comma unless something was just opened. */
	if (out->size > 0 && !strchr("{[", out->bytes[out->size - 1]))
		text_say(out, ",");
	text_json(out, literal);
	text_say(out, ":");
}

void api_json_words(struct text *out, const char *key, const char *value)
{
	api_json_name(out, key);
	if (value[0])
		text_json(out, value);
	else
		text_say(out, "null");
}

void api_json_number(struct text *out, const char *key, uint64_t value)
{
	api_json_name(out, key);
	text_format(out, "%llu", (unsigned long long)value);
}

void api_json_yes(struct text *out, const char *key, bool value)
{
	api_json_name(out, key);
	text_say(out, value ? "true" : "false");
}

static void time_of(struct text *out, const char *key, int64_t at)
{
	api_json_name(out, key);
	api_json_time(out, at);
}

void api_json_date(struct text *out, const char *key, seal_date date)
{
	char when[WHEN_TEXT_SIZE] = "";

	if (date)
		when_date_machine(date, when);
	api_json_words(out, key, when);
}

void api_json_purposes(struct text *out, const struct desk_session *session)
{
	text_say(out, "{\"purposes\":[");
	for (uint32_t i = 0; i < session->purpose_count; i++) {
		const struct desk_purpose *purpose = &session->purposes[i];

		text_say(out, i ? ",{" : "{");
		api_json_words(out, "id", purpose->id);
		api_json_words(out, "fi", purpose->text[NOTICE_FI]);
		api_json_words(out, "sv", purpose->text[NOTICE_SV]);
		api_json_words(out, "en", purpose->text[NOTICE_EN]);
		text_say(out, "}");
	}
	text_say(out, "]}\n");
}

void api_json_me(struct text *out, const struct desk_session *session)
{
	text_say(out, "{");
	api_json_words(out, "name", session->name);
	api_json_words(out, "role", text_role(session->role, NOTICE_EN));
	api_json_words(out, "agent", session->agent);
	api_json_words(out, "language", session->language);
	api_json_words(out, "purpose", session->purpose);
	time_of(out, "expires_at", session->expires_at);
	api_json_yes(out, "may_see_contacts", session->may_see_contacts);
	api_json_yes(out, "may_play", session->may_play);
	api_json_yes(out, "may_see_readers", session->may_see_readers);
	api_json_yes(out, "may_see_figures", session->may_see_figures);
	text_say(out, "}\n");
}

static const char *state_name(uint32_t state)
{
	switch (state) {
	case REGISTER_STATE_OPEN:
		return "open";
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

static void flags_of(struct text *out, uint32_t flags)
{
	static const char *const names[] = {
		"end-lost", "segments", "no-metadata", "one-lane", "recovered",
		"damaged",  "withheld", "no-sound",    "ruined",
	};
	bool first = true;

	api_json_name(out, "flags");
	text_say(out, "[");
	for (size_t i = 0; i < COUNT(names); i++) {
		if (!(flags & 1U << i))
			continue;
		text_say(out, first ? "" : ",");
		text_json(out, names[i]);
		first = false;
	}
	text_say(out, "]");
}

static const char *recording_state(uint32_t state)
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
	default:
		return "unavailable";
	}
}

static void recording_id(struct text *out, const struct id *contact,
			 const struct id *call)
{
	char both[2 * ID_TEXT_SIZE];

	id_text(contact, both);
	both[ID_TEXT_SIZE - 1] = '-';
	id_text(call, both + ID_TEXT_SIZE);
	api_json_words(out, "id", both);
}

void api_json_recordings(struct text *out,
			 const struct desk_contact_whole *whole)
{
	text_say(out, "[");
	for (uint32_t i = 0; i < whole->recording_count; i++) {
		const struct desk_recording *each = &whole->recording[i];

		text_say(out, i ? ",{" : "{");
		recording_id(out, &whole->row.contact, &each->call);
		time_of(out, "began_at", each->began_ms / MS_PER_S);
		api_json_number(out, "duration_ms", each->duration_ms);
		api_json_number(out, "size", each->size[0]);
		api_json_date(out, "until", each->end);
		api_json_words(out, "state", recording_state(each->state));
		flags_of(out, each->flags);
		text_say(out, "}");
	}
	text_say(out, "]");
}

void api_json_contact(struct text *out, const struct desk_contact_row *row,
		      const struct desk_contact_whole *whole)
{
	char hex[ID_TEXT_SIZE], hash[16];

	id_text(&row->contact, hex);
	text_say(out, "{");
	api_json_words(out, "id", hex);
	api_json_number(out, "number", row->number);
	time_of(out, "started_at", row->started_at);
	time_of(out, "answered_at", row->answered_at);
	time_of(out, "ended_at", row->ended_at);
	api_json_words(out, "state", state_name(row->state));
	flags_of(out, row->flags);
	api_json_number(out, "duration_ms", row->duration_ms);
	api_json_words(out, "service_number", row->service_number);
	api_json_words(out, "caller", row->caller);
	api_json_words(out, "agent", row->agent);
	api_json_words(out, "agent_name", row->agent_name);
	api_json_words(out, "agent_number", row->agent_number);
	api_json_number(out, "recordings_available", row->recordings);
	api_json_date(out, "sound_until", row->audio_end);
	api_json_date(out, "history_until", row->contact_end);
	if (whole) {
		api_json_words(out, "policy", whole->policy_id);
		api_json_words(out, "policy_version", whole->policy_version);
		snprintf(hash, sizeof(hash), "%08x", whole->policy_hash);
		api_json_words(out, "policy_hash", hash);
		api_json_name(out, "recordings");
		api_json_recordings(out, whole);
	}
	text_say(out, "}");
}

void api_json_readers(struct text *out, const struct desk_reader_rows *rows)
{
	text_say(out, "{\"readers\":[");
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct desk_reader_row *row = &rows->row[i];

		text_say(out, i ? ",{" : "{");
		time_of(out, "first_at", row->first_at);
		time_of(out, "last_at", row->last_at);
		api_json_number(out, "fetches", row->parts);
		api_json_number(out, "audit_entry", row->seq);
		api_json_words(out, "actor", row->actor);
		api_json_words(out, "login", row->login);
		api_json_words(out, "role", text_role(row->role, NOTICE_EN));
		api_json_words(out, "purpose", row->purpose);
		if (row->from_ms >= 0 && row->until_ms >= 0) {
			api_json_number(out, "fetched_from_ms",
					(uint64_t)row->from_ms);
			api_json_number(out, "fetched_until_ms",
					(uint64_t)row->until_ms);
		}
		text_say(out, "}");
	}
	text_say(out, "]}\n");
}

void api_json_figures(struct text *out, const struct desk_figures *figures)
{
	char root[2 * sizeof(figures->audit_root) + 1];

	hex_text(figures->audit_root, sizeof(figures->audit_root), root);
	text_say(out, "{");
	api_json_number(out, "contacts", figures->contacts);
	api_json_number(out, "recordings", figures->recordings);
	api_json_number(out, "open_contacts", figures->open_contacts);
	api_json_number(out, "rows", figures->rows);
	api_json_number(out, "objects", figures->objects);
	api_json_number(out, "orphans", figures->orphans);
	api_json_number(out, "phantoms", figures->phantoms);
	api_json_number(out, "overdue", figures->overdue);
	api_json_number(out, "number_gaps", figures->number_gaps);
	api_json_number(out, "chats", figures->chats);
	api_json_number(out, "open_chats", figures->open_chats);
	api_json_number(out, "stored_chats", figures->stored_chats);
	api_json_number(out, "chat_number_gaps", figures->chat_number_gaps);
	api_json_number(out, "holds", figures->holds);
	api_json_number(out, "held_beyond_access", figures->held_beyond[1]);
	api_json_number(out, "held_beyond_legal", figures->held_beyond[2]);
	api_json_number(out, "held_beyond_restriction",
			figures->held_beyond[3]);
	api_json_number(out, "audit_entries", figures->audit_entries);
	api_json_words(out, "audit_root", root);
	api_json_yes(out, "vault_locked", figures->vault_locked);
	api_json_date(out, "oldest_sound_until", figures->oldest_audio_end);
	time_of(out, "swept_at", figures->swept_at);
	text_say(out, "}\n");
}
