/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The same as the pages, for programs. A recording's id is its contact's
 * and its own together, so that one question finds it.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "desk/api_json.h"
#include "desk/asks.h"
#include "desk/contacts.h"
#include "desk/errors.h"
#include "desk/rules.h"
#include "desk/seats.h"
#include "desk/sound.h"

static struct text *json(struct visit *visit)
{
	visit->answer->type = "application/json";
	return visit_out(visit);
}

void do_api_sign_in(struct visit *visit)
{
	struct desk_sign_in question = { 0 };
	struct desk_session session = { 0 };
	char hex[2 * DESK_TOKEN_SIZE + 1];
	enum desk_result result;

	visit_peer(visit, question.peer);
	if (!visit_form(visit, "user", question.user, sizeof(question.user)) ||
	    !visit_form(visit, "password", question.password,
			sizeof(question.password)) ||
	    !visit_form(visit, "code", question.code, sizeof(question.code))) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	result = asks_sign_in(visit->desk, &question, &session);
	visit->session.retry_after_s = session.retry_after_s;
	if (result == DESK_OK) {
		hex_text(session.token, sizeof(session.token), hex);
		text_format(json(visit),
			    "{\"token\":\"%s\",\"token_type\":\"Bearer\","
			    "\"expires_at\":",
			    hex);
		api_json_time(visit_out(visit), session.expires_at);
		text_say(visit_out(visit), "}\n");
	} else if (result == DESK_LATER || result == DESK_TOO_MANY) {
		error_result(visit, result);
	} else {
		error_show(visit, PROBLEM_not_signed_in);
	}
	sodium_memzero(hex, sizeof(hex));
	sodium_memzero(&question, sizeof(question));
	sodium_memzero(&session, sizeof(session));
}

void do_api_sign_out(struct visit *visit)
{
	(void)asks_sign_out(visit);
	seats_leave(visit->desk->seats, visit->token);
	visit->answer->status = 204;
	visit->answer->type = NULL;
	if (!visit->by_bearer)
		visit_set_cookie(visit, NULL);
}

void do_api_me(struct visit *visit)
{
	api_json_me(json(visit), &visit->session);
}

void do_api_purposes(struct visit *visit)
{
	api_json_purposes(json(visit), &visit->session);
}

void do_api_contacts(struct visit *visit)
{
	struct contacts_filter filter;
	struct desk_contacts question;
	struct desk_contact_rows rows;
	struct text next = TEXT_NEW;
	enum desk_result result = DESK_INVALID;

	contacts_read(visit, &filter, &question);
	if (!filter.is_bad)
		result = asks_contacts(visit, &question, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (rows.next) {
		contacts_next(&filter, rows.next, &next);
		if (!next.failed)
			http_field(visit->answer, "Link",
				   "</api/v1/contacts%s>; rel=\"next\"",
				   next.bytes);
		text_drop(&next);
	}
	text_say(json(visit), "{\"contacts\":[");
	for (uint32_t i = 0; i < rows.count; i++) {
		if (i)
			text_say(visit_out(visit), ",");
		api_json_contact(visit_out(visit), &rows.row[i], NULL);
	}
	text_say(visit_out(visit), "]}\n");
}

/* The contact of the path's first parameter; false after an error. */
static bool whole(struct visit *visit, struct desk_contact_whole *ret_whole)
{
	struct id contact;
	enum desk_result result;

	if (!visit_id(visit, 0, &contact))
		return false;
	result = asks_contact(visit, &contact, ret_whole);
	if (result == DESK_OK)
		return true;
	error_result(visit, result);
	return false;
}

void do_api_contact(struct visit *visit)
{
	struct desk_contact_whole contact;

	if (!whole(visit, &contact))
		return;
	api_json_contact(json(visit), &contact.row, &contact);
	text_say(visit_out(visit), "\n");
}

void do_api_recordings(struct visit *visit)
{
	struct desk_contact_whole contact;

	if (!whole(visit, &contact))
		return;
	text_say(json(visit), "{\"recordings\":");
	api_json_recordings(visit_out(visit), &contact);
	text_say(visit_out(visit), "}\n");
}

void do_api_readers(struct visit *visit)
{
	struct desk_reader_rows rows;
	struct id contact;
	enum desk_result result;
	uint64_t before = 0;
	char text[24], hex[ID_TEXT_SIZE];

	if (!visit_id(visit, 0, &contact))
		return;
	if (visit_query(visit, "before", text, sizeof(text)) &&
	    slice_number(slice_of(text), UINT64_MAX, &before) < 0)
		before = 0;
	result = asks_readers(visit, &contact, before, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	id_text(&contact, hex);
	if (rows.next)
		http_field(visit->answer, "Link",
			   "</api/v1/contacts/%s/readers?before=%llu>; "
			   "rel=\"next\"",
			   hex, (unsigned long long)rows.next);
	api_json_readers(json(visit), &rows);
}

void do_api_policy(struct visit *visit)
{
	struct desk_rules rules;
	enum desk_result result = asks_rules(visit, &rules);

	if (result == DESK_OK && !visit->desk->facts.policy)
		result = DESK_LATER;
	if (result != DESK_OK)
		error_result(visit, result);
	else
		rules_json(json(visit), visit, &rules);
}

void do_api_figures(struct visit *visit)
{
	struct desk_figures figures;
	enum desk_result result = asks_figures(visit, &figures);

	if (result != DESK_OK)
		error_result(visit, result);
	else
		api_json_figures(json(visit), &figures);
}

static void content(struct visit *visit, enum seal_kind kind)
{
	struct slice call, both = visit->request->param[0];
	struct slice contact = slice_cut(both, '-', &call);
	struct id contact_id, call_id;
	char purpose[32];

	if (id_read(contact, &contact_id) < 0 || id_read(call, &call_id) < 0) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	if (slice_text(http_header(visit->request, "Tallenne-Purpose"), purpose,
		       sizeof(purpose)) < 0)
		purpose[0] = '\0';
	sound_send(visit, &contact_id, &call_id, kind, purpose);
}

void do_api_media(struct visit *visit)
{
	content(visit, SEAL_KIND_SOUND);
}

void do_api_peaks(struct visit *visit)
{
	content(visit, SEAL_KIND_PEAKS);
}

void do_api_timeline(struct visit *visit)
{
	content(visit, SEAL_KIND_TIMELINE);
}
