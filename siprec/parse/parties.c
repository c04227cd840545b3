/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/parties.h"

#include <string.h>

#include "siprec/parse/parties_parts.h"

static bool says_withheld(struct slice text)
{
	struct name_addr address;
	char user[URI_USER_SIZE];

	if (number_is_withheld(text))
		return true;
	return name_addr_parse(text, &address) == 0 &&
	       (uri_is_anonymous_host(&address.uri) ||
		(uri_user(&address.uri, user, sizeof(user)) == 0 &&
		 number_is_withheld(slice_of(user))));
}

/*
 * Whether the caller withheld the number. When we called, the privacy
 * asked for in headers is our own agent's; only what is said of the other
 * party itself counts then.
 */
static bool is_withheld(const struct view *view, uint32_t direction)
{
	const struct metadata *metadata = view->input->metadata;

	if (view->caller != VIEW_NOBODY &&
	    view->parties[view->caller].is_withheld)
		return true;
	if (direction == PARTIES_OUT)
		return false;
	if (metadata && (metadata->is_calling_withheld ||
			 says_withheld(slice_of(metadata->calling))))
		return true;
	return view->input->invite && view_asks_privacy(view->input->invite);
}

/* A number that may be the caller's: nobody's of ours. */
static bool is_outsider(const struct view *view, const char *number)
{
	const struct parties_house *house = view->house;
	struct parties_agent agent;

	if (house->is_service && house->is_service(house->self, number))
		return false;
	for (uint32_t i = 0; i < view->count; i++)
		if ((int)i != view->caller &&
		    view_is_same(view, &view->parties[i], slice_of(number)))
			return false;
	return !house->find_agent ||
	       !house->find_agent(house->self, number, "", number, &agent);
}

static bool take_number(const struct view *view, struct slice text,
			char out[NUMBER_SIZE])
{
	char number[NUMBER_SIZE];

	if (text.size == 0 || !view_number(view, text, number) ||
	    !is_outsider(view, number))
		return false;
	memcpy(out, number, NUMBER_SIZE);
	return true;
}

static bool find_caller(const struct view *view, uint32_t direction,
			char out[NUMBER_SIZE])
{
	const struct metadata *metadata = view->input->metadata;
	const struct message *invite = view->input->invite;

	if (view->caller != VIEW_NOBODY &&
	    view->parties[view->caller].number[0]) {
		memcpy(out, view->parties[view->caller].number, NUMBER_SIZE);
		return true;
	}
	if (metadata &&
	    take_number(view,
			slice_of(direction == PARTIES_OUT ? metadata->called
							  : metadata->calling),
			out))
		return true;
	/*
	 * From may be the caller (SBCs), the recorded user (Webex) or the
	 * near end (BiB); it is asked only if no party is known as caller.
	 */
	if (!invite || direction == PARTIES_OUT ||
	    direction == PARTIES_INTERNAL || view->caller != VIEW_NOBODY)
		return false;
	return take_number(view, message_line(invite, MESSAGE_FROM, 0), out) ||
	       take_number(
		       view,
		       message_value(invite, MESSAGE_P_ASSERTED_IDENTITY, 0),
		       out) ||
	       take_number(view,
			   message_value(invite, MESSAGE_REMOTE_PARTY_ID, 0),
			   out);
}

static void note_present(const struct view *view, struct parties *parties)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (!view->parties[i].is_dummy)
			parties->present[parties->party_count++] =
				view->parties[i].hash;
	parties->are_both_present = parties->party_count >= 2 &&
				    view->agent != VIEW_NOBODY &&
				    view->caller != VIEW_NOBODY;
}

static void note_flags(const struct view *view, struct parties *parties)
{
	const struct metadata *metadata = view->input->metadata;
	const struct sdp *sdp = view->input->sdp;

	if (!metadata || !metadata->is_seen)
		parties->flags |= PARTIES_NO_METADATA;
	if (metadata && metadata->is_broken)
		parties->flags |= PARTIES_BROKEN;
	if (view->is_guessed)
		parties->flags |= PARTIES_GUESSED;
	for (uint32_t i = 0; sdp && i < sdp->media_count; i++)
		if (sdp->media[i].is_usable &&
		    parties->lanes[i] == CALL_LANE_MIXED)
			parties->flags |= PARTIES_ONE_LANE;
}

static bool is_known(const struct view *view, const char *number)
{
	const struct parties_house *house = view->house;
	struct parties_agent agent;

	for (uint32_t i = 0; i < view->count; i++) {
		const struct party *party = &view->parties[i];

		if ((party->has_agent || (int)i == view->caller) &&
		    strcmp(party->number, number) == 0)
			return true;
	}
	return house->find_agent &&
	       house->find_agent(house->self, number, "", number, &agent);
}

static int find_other(const struct parties *parties, uint64_t hash)
{
	for (uint32_t i = 0; i < parties->other_count; i++)
		if (parties->others[i] == hash)
			return (int)i;
	return -1;
}

static void add_other(struct parties *parties, uint64_t hash, bool is_called)
{
	int place = find_other(parties, hash);

	if (place < 0 && parties->other_count < PARTIES_OTHERS_MAX) {
		place = (int)parties->other_count++;
		parties->others[place] = hash;
	}
	if (place >= 0 && is_called)
		parties->others_called |= 1u << place;
}

/* Numbers that nobody listed: called, or of who was called. */
static void note_others(const struct view *view, struct parties *parties)
{
	for (uint32_t i = 0; i < view->called_count; i++)
		if (!is_known(view, view->called[i]))
			add_other(parties,
				  metadata_hash(slice_of(view->called[i])),
				  true);
	for (uint32_t i = 0; i < view->count; i++) {
		const struct party *party = &view->parties[i];

		parties->is_service_party |= party->is_service;
		if ((party->is_called ||
		     (view->count == 2 && view->caller != VIEW_NOBODY)) &&
		    party->number[0] && !party->is_service &&
		    !is_known(view, party->number))
			add_other(parties,
				  metadata_hash(slice_of(party->number)),
				  false);
	}
	/* One that is told: no service number may be assumed then. */
	parties->is_other_called = view->service_found == VIEW_SERVICE_NONE &&
				   parties->other_count > 0;
}

void parties_decide(const struct parties_house *house,
		    const struct parties_input *input,
		    struct parties *ret_parties)
{
	struct parties *parties = ret_parties;
	struct view view;

	*parties = (struct parties){ 0 };
	view_gather(house, input, &view);
	parties->direction = view_choose(&view);
	memcpy(parties->service_number, view.service, NUMBER_SIZE);
	if (view.is_direction_told)
		parties->told_direction = parties->direction;
	note_others(&view, parties);
	if (view.agent != VIEW_NOBODY && view.parties[view.agent].has_agent) {
		parties->has_agent = true;
		parties->agent = view.parties[view.agent].agent;
	}
	if (is_withheld(&view, parties->direction))
		parties->caller_kind = PARTIES_CALLER_WITHHELD;
	else if (find_caller(&view, parties->direction, parties->caller))
		parties->caller_kind = PARTIES_CALLER_TOLD;
	parties->dialog_lane = view_bind(&view, parties->lanes);
	note_present(&view, parties);
	note_flags(&view, parties);
	explicit_bzero(&view, sizeof(view));
}

void parties_inherit(const struct parties *before, struct parties *now)
{
	if (!now->service_number[0])
		memcpy(now->service_number, before->service_number,
		       NUMBER_SIZE);
	now->is_other_called |= before->is_other_called;
	if (now->direction == PARTIES_UNKNOWN)
		now->direction = before->direction;
	if (now->told_direction == PARTIES_UNKNOWN)
		now->told_direction = before->told_direction;
	for (uint32_t i = 0; i < before->other_count; i++)
		add_other(now, before->others[i],
			  before->others_called & 1u << i);
	/* A message that names nobody does not say that everybody left. */
	if (now->party_count == 0) {
		now->party_count = before->party_count;
		now->are_both_present = before->are_both_present;
		now->is_service_party = before->is_service_party;
		memcpy(now->present, before->present, sizeof(now->present));
	}
	if (!now->has_agent && before->has_agent) {
		now->has_agent = true;
		now->agent = before->agent;
	}
	if (before->caller_kind == PARTIES_CALLER_WITHHELD)
		now->caller_kind = PARTIES_CALLER_WITHHELD;
	if (now->caller_kind == PARTIES_CALLER_UNKNOWN &&
	    before->caller_kind == PARTIES_CALLER_TOLD) {
		now->caller_kind = PARTIES_CALLER_TOLD;
		memcpy(now->caller, before->caller, NUMBER_SIZE);
	}
	if (now->caller_kind == PARTIES_CALLER_WITHHELD)
		explicit_bzero(now->caller, sizeof(now->caller));
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		if (now->lanes[i] == CALL_LANE_UNKNOWN)
			now->lanes[i] = before->lanes[i];
}

static bool has_present(const struct parties *parties, uint64_t hash)
{
	for (uint32_t i = 0; i < parties->party_count; i++)
		if (parties->present[i] == hash)
			return true;
	return false;
}

uint32_t parties_compare(const struct parties *before,
			 const struct parties *now)
{
	uint32_t change = 0;

	for (uint32_t i = 0; i < now->party_count; i++)
		if (!has_present(before, now->present[i]))
			change |= PARTIES_JOINED;
	for (uint32_t i = 0; i < before->party_count; i++)
		if (!has_present(now, before->present[i]))
			change |= PARTIES_LEFT;
	if (before->has_agent && now->has_agent &&
	    strcmp(before->agent.id, now->agent.id) != 0)
		change |= PARTIES_TRANSFERRED;
	if (memcmp(before->lanes, now->lanes, sizeof(now->lanes)) != 0)
		change |= PARTIES_LANES;
	return change;
}

enum parties_move parties_move(const struct parties *before,
			       const struct parties *now)
{
	bool is_inbound = now->told_direction != PARTIES_OUT &&
			  now->told_direction != PARTIES_INTERNAL;

	if (now->service_number[0] &&
	    strcmp(before->service_number, now->service_number) != 0)
		return PARTIES_MOVED;
	for (uint32_t i = 0; !now->service_number[0] && i < now->other_count;
	     i++) {
		uint64_t hash = now->others[i];

		/* The same number that a new policy does not list any more
		   is no move: the call began under the old one. */
		if (find_other(before, hash) < 0 &&
		    !has_present(before, hash) &&
		    hash != metadata_hash(slice_of(before->service_number)) &&
		    (now->others_called & 1u << i || before->is_service_party))
			return PARTIES_MOVED_AWAY;
	}
	return !is_inbound && now->told_direction != before->told_direction
		       ? PARTIES_MOVED
		       : PARTIES_STAYED;
}

void parties_wipe(struct parties *parties)
{
	explicit_bzero(parties, sizeof(*parties));
}

void parties_find_tie(const struct parties_input *input,
		      struct parties_tie *ret_tie)
{
	struct slice own = { 0 }, far = { 0 }, unused;
	uint64_t a, b;

	*ret_tie = (struct parties_tie){ .lane = CALL_LANE_UNKNOWN };
	if (input->invite &&
	    view_bib_param(input->invite, SLICE("x-refci"), &own) &&
	    view_bib_param(input->invite, SLICE("x-farendrefci"), &far)) {
		/* Either end may come first and call itself the near one. */
		a = metadata_hash(own);
		b = metadata_hash(far);
		ret_tie->key = a < b ? a * 31 + b : b * 31 + a;
		ret_tie->is_one_of_two = true;
	} else if (input->metadata) {
		ret_tie->key = input->metadata->correlation;
	}
	if (input->invite &&
	    view_bib_param(input->invite, SLICE("x-nearend"), &unused))
		ret_tie->lane = CALL_LANE_AGENT;
	else if (input->invite &&
		 view_bib_param(input->invite, SLICE("x-farend"), &unused))
		ret_tie->lane = CALL_LANE_CALLER;
}
