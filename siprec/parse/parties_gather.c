/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <string.h>

#include "siprec/parse/header.h"
#include "siprec/parse/parties_parts.h"

bool view_number(const struct view *view, struct slice text,
		 char out[NUMBER_SIZE])
{
	struct name_addr address;
	char user[URI_USER_SIZE];

	if (name_addr_parse(text, &address) == 0 &&
	    uri_user(&address.uri, user, sizeof(user)) == 0 &&
	    number_read(view->plan, slice_of(user), out) == 0)
		return true;
	return number_read(view->plan, text, out) == 0;
}

/*
 * Two ways to write one number: the shorter is the end of the longer
 * ("0295550151", "+358295550151"). Fewer digits than this are extensions.
 */
enum { SUFFIX_DIGITS_MIN = 7 };

static bool are_same_digits(struct slice a, struct slice b)
{
	char one[NUMBER_SIZE], two[NUMBER_SIZE];
	const char *longer = one, *shorter = two;
	size_t size;

	if (number_digits(a, one) < 0 || number_digits(b, two) < 0)
		return false;
	if (strlen(two) > strlen(one)) {
		longer = two;
		shorter = one;
	}
	if (shorter[0] == '0')
		shorter++;
	size = strlen(shorter);
	return size >= SUFFIX_DIGITS_MIN && size <= strlen(longer) &&
	       strcmp(longer + strlen(longer) - size, shorter) == 0;
}

bool view_is_same(const struct view *view, const struct party *party,
		  struct slice text)
{
	char number[NUMBER_SIZE], user[URI_USER_SIZE];
	struct name_addr address;

	if (text.size == 0 || party->is_dummy)
		return false;
	if (party->number[0] && view_number(view, text, number) &&
	    strcmp(number, party->number) == 0)
		return true;
	if (name_addr_parse(text, &address) == 0 &&
	    uri_user(&address.uri, user, sizeof(user)) == 0)
		text = slice_of(user);
	return party->user[0] &&
	       (slice_is_nocase(slice_of(party->user), text) ||
		are_same_digits(slice_of(party->user), text));
}

static bool is_service(const struct view *view, const char *number)
{
	return number[0] && view->house->is_service &&
	       view->house->is_service(view->house->self, number);
}

static bool find_service(struct view *view, struct slice text,
			 enum view_service found)
{
	char number[NUMBER_SIZE];

	if (text.size == 0 || !view_number(view, text, number))
		return false;
	if (!is_service(view, number)) {
		if (found == VIEW_SERVICE_CALLED &&
		    view->called_count < VIEW_CALLED_MAX)
			memcpy(view->called[view->called_count++], number,
			       sizeof(number));
		return false;
	}
	if (view->service_found != VIEW_SERVICE_NONE)
		return false;
	view->service_found = found;
	memcpy(view->service, number, sizeof(view->service));
	return true;
}

static bool is_anonymous(const struct name_addr *address)
{
	char user[URI_USER_SIZE];

	if (uri_is_anonymous_host(&address->uri))
		return true;
	return uri_user(&address->uri, user, sizeof(user)) == 0 &&
	       number_is_withheld(slice_of(user));
}

/* A name says so only in words that name nobody else. */
static bool is_anonymous_name(struct slice name)
{
	return number_is_withheld(name) &&
	       !slice_is_nocase(slice_trim(name), SLICE("unknown")) &&
	       !slice_is_nocase(slice_trim(name), SLICE("unavailable"));
}

/* Who it is, whatever ids the client gives it. */
static void note_identity(struct party *party)
{
	char text[URI_USER_SIZE + URI_HOST_SIZE + 1];
	size_t used = 0;

	if (party->is_withheld) {
		party->hash = metadata_hash(SLICE("withheld"));
		return;
	}
	if (party->number[0]) {
		party->hash = metadata_hash(slice_of(party->number));
		return;
	}
	for (const char *c = party->user; *c; c++)
		text[used++] = *c;
	text[used++] = '@';
	for (const char *c = party->host; *c; c++)
		text[used++] = *c;
	party->hash = metadata_hash((struct slice){ text, used });
}

static bool is_dummy(const struct party *party)
{
	return slice_is_nocase(slice_of(party->user), SLICE("ASBCE")) ||
	       slice_is_nocase(slice_of(party->host), SLICE("asbce.com"));
}

/* Everything about a party that follows from its address. */
static void note_address(struct view *view, struct party *party,
			 struct slice text)
{
	struct name_addr address;

	if (name_addr_parse(text, &address) < 0)
		return;
	if (uri_user(&address.uri, party->user, sizeof(party->user)) < 0)
		party->user[0] = '\0';
	if (slice_text(address.uri.host, party->host, sizeof(party->host)) < 0)
		party->host[0] = '\0';
	if (is_anonymous(&address) || is_anonymous_name(address.display))
		party->is_withheld = true;
	if (!party->number[0] &&
	    number_read(view->plan, slice_of(party->user), party->number) < 0)
		party->number[0] = '\0';
}

static void note_roles(struct view *view, struct party *party)
{
	party->is_dummy = is_dummy(party);
	if (party->is_dummy)
		return;
	party->is_service = is_service(view, party->number);
	if (party->is_service)
		(void)find_service(view, slice_of(party->number),
				   VIEW_SERVICE_PARTY);
	if (view->house->find_agent)
		party->has_agent = view->house->find_agent(
			view->house->self, party->user, party->host,
			party->number, &party->agent);
	note_identity(party);
}

/* Another address of the same party: it may be the one that is known. */
static void note_alias(struct view *view, struct party *party,
		       struct slice text)
{
	struct party other = { .media_index = -1 };

	if (text.size == 0 || party->is_dummy)
		return;
	note_address(view, &other, text);
	note_roles(view, &other);
	party->is_service |= other.is_service;
	party->is_withheld |= other.is_withheld;
	if (!party->has_agent && other.has_agent) {
		party->has_agent = true;
		party->agent = other.agent;
	}
}

static struct party *add_party(struct view *view)
{
	struct party *party;

	if (view->count == METADATA_PARTICIPANTS_MAX)
		return NULL;
	party = &view->parties[view->count++];
	*party = (struct party){ .media_index = -1 };
	return party;
}

static void gather_participants(struct view *view)
{
	const struct metadata *metadata = view->input->metadata;

	for (uint32_t i = 0; i < metadata->participant_count; i++) {
		const struct metadata_participant *from =
			&metadata->participants[i];
		struct slice aor = slice_of(from->aor);
		struct party *party;

		if (from->is_gone || aor.size == 0)
			continue;
		party = add_party(view);
		if (!party)
			return;
		party->participant = from->id;
		party->is_calling = from->is_calling;
		party->is_recorded = from->is_recorded;
		party->is_withheld = from->is_withheld ||
				     is_anonymous_name(slice_of(from->name));
		note_address(view, party, aor);
		note_roles(view, party);
		note_alias(view, party, slice_of(from->alias));
	}
}

/* Cisco NBR: sip:...;media-index="0", one line or list element each. */
static void gather_cisco(struct view *view)
{
	struct slice value, text;
	uint64_t index;

	for (uint32_t i = 0; i < METADATA_PARTICIPANTS_MAX; i++) {
		struct party *party;

		value = message_value(view->input->invite,
				      MESSAGE_CISCO_PARTICIPANT, i);
		if (value.size == 0)
			return;
		party = add_party(view);
		if (!party)
			return;
		if (header_param(header_params(value), SLICE("media-index"),
				 &text) == 0 &&
		    slice_number(text, SDP_MEDIA_MAX - 1, &index) == 0)
			party->media_index = (int)index;
		note_address(view, party, value);
		note_roles(view, party);
	}
}

bool view_bib_param(const struct message *message, struct slice name,
		    struct slice *ret_value)
{
	struct slice from = message_line(message, MESSAGE_FROM, 0), user;
	struct name_addr address;

	if (name_addr_parse(from, &address) < 0)
		return false;
	if (name_addr_param(&address, name, ret_value) == 0)
		return true;
	user = address.uri.user;
	return header_param(header_params(user), name, ret_value) == 0;
}

/* The phone that forks its sound is the near end; it is in From too. */
static bool bib_end(const struct message *message, bool is_near,
		    struct slice *ret_text)
{
	struct name_addr from;
	struct slice unused;

	if (view_bib_param(message,
			   is_near ? SLICE("x-nearendaddr")
				   : SLICE("x-farendaddr"),
			   ret_text) &&
	    ret_text->size > 0)
		return true;
	if (!is_near || !view_bib_param(message, SLICE("x-refci"), &unused) ||
	    name_addr_parse(message_line(message, MESSAGE_FROM, 0), &from) < 0)
		return false;
	*ret_text = from.uri.user;
	return ret_text->size > 0;
}

static void gather_bib(struct view *view)
{
	struct slice value;

	for (int i = 0; i < 2; i++) {
		struct party *party;

		if (!bib_end(view->input->invite, i == 0, &value))
			continue;
		party = add_party(view);
		party->is_recorded = i == 0;
		party->is_near = i == 0;
		party->is_far = i == 1;
		note_address(view, party, value);
		note_roles(view, party);
	}
}

/* Privacy: values apart by ';' (RFC 3323) or, wrongly, by ','. */
static bool is_asking(struct slice privacy)
{
	static const struct slice asking[] = {
		{ "id", 2 }, { "user", 4 }, { "header", 6 }, { "full", 4 }
	};
	struct slice word, rest;

	while (privacy.size > 0) {
		word = slice_cut(privacy, ';', &privacy);
		while (word.size > 0) {
			struct slice one = slice_cut(word, ',', &rest);

			for (size_t n = 0; n < COUNT(asking); n++)
				if (slice_is_nocase(slice_trim(one), asking[n]))
					return true;
			word = rest;
		}
	}
	return false;
}

bool view_asks_privacy(const struct message *message)
{
	struct slice value, word;
	struct name_addr from;

	for (uint32_t i = 0; i < message_count(message, MESSAGE_PRIVACY); i++)
		if (is_asking(message_line(message, MESSAGE_PRIVACY, i)))
			return true;
	for (uint32_t i = 0; i < MESSAGE_LINES_MAX; i++) {
		value = message_value(message, MESSAGE_REMOTE_PARTY_ID, i);
		if (value.size == 0)
			break;
		if (header_param(header_params(value), SLICE("privacy"),
				 &word) == 0 &&
		    !slice_is_nocase(word, SLICE("off")))
			return true;
	}
	return name_addr_parse(message_line(message, MESSAGE_FROM, 0), &from) ==
		       0 &&
	       (is_anonymous(&from) || is_anonymous_name(from.display));
}

static void gather_services(struct view *view)
{
	const struct metadata *metadata = view->input->metadata;
	const struct message *invite = view->input->invite;
	static const enum message_header headers[] = { MESSAGE_DIVERSION,
						       MESSAGE_TO };
	static const struct slice others[] = { { "P-Called-Party-ID", 17 },
					       { "History-Info", 12 } };

	if (metadata) {
		(void)find_service(view, slice_of(metadata->called),
				   VIEW_SERVICE_CALLED);
		(void)find_service(view, slice_of(metadata->calling),
				   VIEW_SERVICE_CALLING);
		for (uint32_t i = 0; i < metadata->other_count; i++)
			(void)find_service(view, slice_of(metadata->others[i]),
					   VIEW_SERVICE_CALLED);
	}
	if (!invite)
		return;
	for (size_t n = 0; n < COUNT(others); n++)
		for (uint32_t i = 0; i < METADATA_OTHERS_MAX; i++)
			(void)find_service(view,
					   message_find(invite, others[n], i),
					   VIEW_SERVICE_CALLED);
	for (size_t n = 0; n < COUNT(headers); n++)
		for (uint32_t i = 0; i < METADATA_OTHERS_MAX; i++)
			(void)find_service(view,
					   message_value(invite, headers[n], i),
					   VIEW_SERVICE_CALLED);
	(void)find_service(view, invite->uri, VIEW_SERVICE_CALLED);
	(void)find_service(view, message_line(invite, MESSAGE_FROM, 0),
			   VIEW_SERVICE_CALLING);
}

/*
 * Webex and BroadWorks name the recorded user by an internal id and tell
 * its number apart, as the called or the calling party.
 */
static void note_recorded_number(struct view *view)
{
	const struct metadata *metadata = view->input->metadata;
	struct party *party = NULL;
	const char *text;

	for (uint32_t i = 0; i < view->count; i++)
		if (view->parties[i].is_recorded)
			party = &view->parties[i];
	if (!metadata || !party || party->number[0])
		return;
	if (metadata->call_type == METADATA_CALL_IN)
		text = metadata->called;
	else if (metadata->call_type == METADATA_CALL_OUT)
		text = metadata->calling;
	else
		return;
	if (!view_number(view, slice_of(text), party->number) ||
	    is_service(view, party->number)) {
		party->number[0] = '\0';
		return;
	}
	if (metadata->call_type == METADATA_CALL_IN)
		party->is_called = true;
	else
		party->is_calling = true;
	if (!party->has_agent)
		note_roles(view, party);
}

/* Who called whom, from the numbers that the client tells apart. */
static void note_calling(struct view *view)
{
	const struct metadata *metadata = view->input->metadata;
	int calling = VIEW_NOBODY, called = VIEW_NOBODY;

	for (uint32_t i = 0; i < view->count; i++) {
		struct party *party = &view->parties[i];

		if (metadata) {
			party->is_calling |= view_is_same(
				view, party, slice_of(metadata->calling));
			party->is_called |= view_is_same(
				view, party, slice_of(metadata->called));
			party->is_recorded |= view_is_same(
				view, party, slice_of(metadata->recorded));
		}
		if (party->is_calling && party->is_called)
			party->is_calling = party->is_called = false;
		if (party->is_calling)
			calling = (int)i;
		if (party->is_called)
			called = (int)i;
	}
	note_recorded_number(view);
	/* Of two, the other one is the other one. */
	if (view->count != 2)
		return;
	if (calling != VIEW_NOBODY && called == VIEW_NOBODY)
		view->parties[1 - calling].is_called = true;
	if (called != VIEW_NOBODY && calling == VIEW_NOBODY)
		view->parties[1 - called].is_calling = true;
}

void view_gather(const struct parties_house *house,
		 const struct parties_input *input, struct view *view)
{
	*view = (struct view){
		.house = house,
		.input = input,
		.plan = house->plan ? house->plan : &number_plan_default,
		.agent = VIEW_NOBODY,
		.caller = VIEW_NOBODY,
	};
	if (input->metadata && input->metadata->is_seen)
		gather_participants(view);
	if (view->count == 0 && input->invite) {
		gather_cisco(view);
		if (view->count == 0)
			gather_bib(view);
	}
	gather_services(view);
	note_calling(view);
}
