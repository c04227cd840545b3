/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which party is the agent, which the caller, and who called whom. Each
 * step is tried only if all before it left the question open.
 */
#include "siprec/parse/parties_parts.h"

static uint32_t call_type(const struct view *view)
{
	return view->input->metadata ? view->input->metadata->call_type
				     : METADATA_CALL_UNKNOWN;
}

static uint32_t early_direction(const struct view *view)
{
	uint32_t type = call_type(view);

	if (view->service_found == VIEW_SERVICE_CALLED)
		return PARTIES_IN;
	if (view->service_found == VIEW_SERVICE_CALLING)
		return PARTIES_OUT;
	if (view->service_found == VIEW_SERVICE_PARTY)
		for (uint32_t i = 0; i < view->count; i++) {
			if (!view->parties[i].is_service)
				continue;
			if (view->parties[i].is_calling)
				return PARTIES_OUT;
			if (view->parties[i].is_called)
				return PARTIES_IN;
		}
	if (type == METADATA_CALL_IN)
		return PARTIES_IN;
	if (type == METADATA_CALL_OUT)
		return PARTIES_OUT;
	return type == METADATA_CALL_INTERNAL ? PARTIES_INTERNAL
					      : PARTIES_UNKNOWN;
}

typedef bool test_fn(const struct party *party);

static bool is_agent(const struct party *party)
{
	return party->has_agent;
}

static bool is_recorded(const struct party *party)
{
	return party->is_recorded;
}

static bool is_service(const struct party *party)
{
	return party->is_service;
}

static bool is_calling(const struct party *party)
{
	return party->is_calling;
}

static bool is_called(const struct party *party)
{
	return party->is_called;
}

static bool is_withheld(const struct party *party)
{
	return party->is_withheld;
}

static bool is_outside(const struct party *party)
{
	return !party->has_agent && !party->is_service && !party->is_dummy;
}

/* The only party that passes; VIEW_NOBODY if none or several do. */
static int only(const struct view *view, test_fn *test)
{
	int found = VIEW_NOBODY;

	for (uint32_t i = 0; i < view->count; i++) {
		if (!test(&view->parties[i]))
			continue;
		if (found != VIEW_NOBODY)
			return VIEW_NOBODY;
		found = (int)i;
	}
	return found;
}

static int first(const struct view *view, test_fn *test, int except)
{
	for (uint32_t i = 0; i < view->count; i++)
		if ((int)i != except && test(&view->parties[i]))
			return (int)i;
	return VIEW_NOBODY;
}

/* Among several agents: the recorded one, the one not calling, the first. */
static int choose_among_agents(const struct view *view, uint32_t direction)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (view->parties[i].has_agent && view->parties[i].is_recorded)
			return (int)i;
	for (uint32_t i = 0; i < view->count; i++)
		if (view->parties[i].has_agent &&
		    (direction == PARTIES_OUT ? view->parties[i].is_calling
					      : view->parties[i].is_called))
			return (int)i;
	/* Two agents of whom nobody knows more: the second was called. */
	if (direction != PARTIES_OUT && view->count == 2 &&
	    view->parties[1].has_agent && !view->parties[1].is_calling)
		return 1;
	return first(view, is_agent, VIEW_NOBODY);
}

/* Two parties of which one has no public number: that one is ours. */
static int choose_extension(const struct view *view)
{
	int extension = VIEW_NOBODY;

	if (view->count != 2)
		return VIEW_NOBODY;
	for (int i = 0; i < 2; i++) {
		const struct party *party = &view->parties[i];

		if (party->is_dummy || party->is_withheld)
			return VIEW_NOBODY;
		if (party->number[0])
			continue;
		if (extension != VIEW_NOBODY)
			return VIEW_NOBODY;
		extension = i;
	}
	return extension;
}

static int choose_agent(struct view *view, uint32_t direction)
{
	int found = choose_among_agents(view, direction);

	if (found == VIEW_NOBODY)
		found = only(view, is_recorded);
	if (found == VIEW_NOBODY)
		found = only(view, is_service);
	if (found == VIEW_NOBODY && view->count == 2) {
		int hidden = only(view, is_withheld);

		/* An agent's own line is never anonymous to its exchange. */
		if (hidden != VIEW_NOBODY)
			found = 1 - hidden;
	}
	if (found == VIEW_NOBODY && direction == PARTIES_OUT)
		found = only(view, is_calling);
	if (found == VIEW_NOBODY && direction != PARTIES_OUT)
		found = only(view, is_called);
	if (found == VIEW_NOBODY)
		found = choose_extension(view);
	if (found == VIEW_NOBODY && view->count == 2 &&
	    !view->parties[0].is_dummy && !view->parties[1].is_dummy) {
		/* Most clients name the calling party first. */
		found = direction == PARTIES_OUT ? 0 : 1;
		view->is_guessed = true;
	}
	return found;
}

static int choose_caller(const struct view *view, uint32_t direction)
{
	test_fn *hint = direction == PARTIES_OUT ? is_called : is_calling;
	int agent = view->agent, found;

	for (uint32_t i = 0; i < view->count; i++)
		if ((int)i != agent && is_outside(&view->parties[i]) &&
		    hint(&view->parties[i]))
			return (int)i;
	found = first(view, is_outside, agent);
	/* An agent who calls the service number is a caller like any. */
	if (found == VIEW_NOBODY && agent != VIEW_NOBODY)
		found = first(view, is_agent, agent);
	return found;
}

static bool are_all_agents(const struct view *view)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (!view->parties[i].has_agent)
			return false;
	return view->count >= 2;
}

uint32_t view_choose(struct view *view)
{
	uint32_t direction = early_direction(view);

	view->agent = choose_agent(view, direction);
	view->caller = choose_caller(view, direction);
	/* With nobody else there, a lone outsider is the caller. */
	if (view->agent == view->caller)
		view->agent = VIEW_NOBODY;
	view->is_direction_told = true;
	if (direction != PARTIES_UNKNOWN)
		return direction;
	if (view->service_found != VIEW_SERVICE_NONE)
		return view->agent != VIEW_NOBODY &&
				       view->parties[view->agent].is_calling
			       ? PARTIES_OUT
			       : PARTIES_IN;
	view->is_direction_told = false;
	if (are_all_agents(view))
		return PARTIES_INTERNAL;
	if (view->agent != VIEW_NOBODY && !view->is_guessed) {
		view->is_direction_told = true;
		if (view->parties[view->agent].is_calling)
			return PARTIES_OUT;
		if (view->parties[view->agent].is_called)
			return PARTIES_IN;
	}
	return PARTIES_UNKNOWN;
}
