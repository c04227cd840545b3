/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/api_json.h"

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

static void name(struct text *out, const char *literal)
{
	/* A comma unless something was just opened. */
	if (out->size > 0 && !strchr("{[", out->bytes[out->size - 1]))
		text_say(out, ",");
	text_json(out, literal);
	text_say(out, ":");
}

static void words(struct text *out, const char *key, const char *value)
{
	name(out, key);
	if (value[0])
		text_json(out, value);
	else
		text_say(out, "null");
}

static void number(struct text *out, const char *key, uint64_t value)
{
	name(out, key);
	text_format(out, "%llu", (unsigned long long)value);
}

static void yes(struct text *out, const char *key, bool value)
{
	name(out, key);
	text_say(out, value ? "true" : "false");
}

static void time_of(struct text *out, const char *key, int64_t at)
{
	name(out, key);
	api_json_time(out, at);
}

static void date_of(struct text *out, const char *key, seal_date date)
{
	char when[WHEN_TEXT_SIZE] = "";

	if (date)
		when_date_machine(date, when);
	words(out, key, when);
}

void api_json_purposes(struct text *out, const struct desk_session *session)
{
	text_say(out, "{\"purposes\":[");
	for (uint32_t i = 0; i < session->purpose_count; i++) {
		const struct desk_purpose *purpose = &session->purposes[i];

		text_say(out, i ? ",{" : "{");
		words(out, "id", purpose->id);
		words(out, "fi", purpose->text[NOTICE_FI]);
		words(out, "sv", purpose->text[NOTICE_SV]);
		words(out, "en", purpose->text[NOTICE_EN]);
		text_say(out, "}");
	}
	text_say(out, "]}\n");
}

void api_json_me(struct text *out, const struct desk_session *session)
{
	text_say(out, "{");
	words(out, "name", session->name);
	words(out, "role", text_role(session->role, NOTICE_EN));
	words(out, "agent", session->agent);
	words(out, "language", session->language);
	words(out, "purpose", session->purpose);
	time_of(out, "expires_at", session->expires_at);
	yes(out, "may_see_contacts", session->may_see_contacts);
	yes(out, "may_play", session->may_play);
	yes(out, "may_see_readers", session->may_see_readers);
	yes(out, "may_see_figures", session->may_see_figures);
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

	name(out, "flags");
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
	words(out, "id", both);
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
		number(out, "duration_ms", each->duration_ms);
		number(out, "size", each->size[0]);
		date_of(out, "until", each->end);
		words(out, "state", recording_state(each->state));
		flags_of(out, each->flags);
		text_say(out, "}");
	}
	text_say(out, "]");
}

void api_json_contact(struct text *out, const struct desk_contact_row *row,
		      const struct desk_contact_whole *whole)
{
	char hex[ID_TEXT_SIZE];

	id_text(&row->contact, hex);
	text_say(out, "{");
	words(out, "id", hex);
	number(out, "number", row->number);
	time_of(out, "started_at", row->started_at);
	time_of(out, "answered_at", row->answered_at);
	time_of(out, "ended_at", row->ended_at);
	words(out, "state", state_name(row->state));
	flags_of(out, row->flags);
	number(out, "duration_ms", row->duration_ms);
	words(out, "service_number", row->service_number);
	words(out, "caller", row->caller);
	words(out, "agent", row->agent);
	words(out, "agent_name", row->agent_name);
	words(out, "agent_number", row->agent_number);
	number(out, "recordings_available", row->recordings);
	date_of(out, "sound_until", row->audio_end);
	date_of(out, "history_until", row->contact_end);
	if (whole) {
		words(out, "policy", whole->policy_id);
		words(out, "policy_version", whole->policy_version);
		name(out, "recordings");
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
		number(out, "fetches", row->parts);
		number(out, "audit_entry", row->seq);
		words(out, "actor", row->actor);
		words(out, "role", text_role(row->role, NOTICE_EN));
		words(out, "purpose", row->purpose);
		if (row->from_ms >= 0 && row->until_ms >= 0) {
			number(out, "fetched_from_ms", (uint64_t)row->from_ms);
			number(out, "fetched_until_ms",
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
	number(out, "contacts", figures->contacts);
	number(out, "recordings", figures->recordings);
	number(out, "open_contacts", figures->open_contacts);
	number(out, "rows", figures->rows);
	number(out, "objects", figures->objects);
	number(out, "orphans", figures->orphans);
	number(out, "phantoms", figures->phantoms);
	number(out, "overdue", figures->overdue);
	number(out, "number_gaps", figures->number_gaps);
	number(out, "audit_entries", figures->audit_entries);
	words(out, "audit_root", root);
	yes(out, "vault_locked", figures->vault_locked);
	date_of(out, "oldest_sound_until", figures->oldest_audio_end);
	time_of(out, "swept_at", figures->swept_at);
	text_say(out, "}\n");
}
