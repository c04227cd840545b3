/* SPDX-License-Identifier: EUPL-1.2 */
/* Who takes part in a call with which stream, and how that changes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/call/live.h"

static const char *host_of(struct live *call)
{
	return wire_address(call->fleet->wire);
}

static size_t add_party(struct live *call, const char *name,
			const char *address, const char *number)
{
	struct talk *talk = &call->talk;
	struct talk_party *party;

	assert(talk->party_count < TALK_PARTIES_MAX);
	party = &talk->party[talk->party_count];
	*party = (struct talk_party){ .id = id_new(),
				      .here = true,
				      .came_at = clock_now(&clock_system) };
	(void)snprintf(party->name, sizeof(party->name), "%s", name);
	(void)snprintf(party->address, sizeof(party->address), "%s", address);
	(void)snprintf(party->number, sizeof(party->number), "%s", number);
	return talk->party_count++;
}

static size_t add_agent(struct live *call, const struct call_agent *agent)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "Agent %.32s", agent->id);
	return add_party(call, name, agent->address, agent->number);
}

static int add_stream(struct live *call, int party, const char *label,
		      const char *lane, uint8_t dialog)
{
	struct fleet *fleet = call->fleet;
	size_t i = call->talk.stream_count;
	struct talk_stream *stream = &call->talk.stream[i];
	struct call_stream_report *report = &call->report->stream[i];
	struct rtp_port *port = &call->port[i];
	int r;

	if (i == CALL_MEDIA_MAX)
		return -ENOSPC;
	*stream = (struct talk_stream){
		.id = id_new(), .party = party, .here = true, .dialog = dialog
	};
	(void)snprintf(stream->label, sizeof(stream->label), "%s",
		       label ? label : "");
	(void)snprintf(report->label, sizeof(report->label), "%s",
		       stream->label);
	(void)snprintf(report->lane, sizeof(report->lane), "%s", lane);
	if (fleet->shared_count > 0) {
		/* Lanes of one call never share a socket. */
		size_t which = (call->index * 2 + i) % fleet->shared_count;

		port = &fleet->shared[which];
	} else {
		r = rtp_port_open(&fleet->own, false, port);
		if (r < 0)
			return r;
		call->own_port[i] = true;
	}
	r = rtp_stream_init(&call->stream[i], call->plan, port, report,
			    call->plan->seed + call->index * 8u + i);
	if (r < 0)
		return r;
	call->talk.stream_count++;
	call->report->stream_count = (uint32_t)call->talk.stream_count;
	return 0;
}

static int set_streams(struct live *call)
{
	const struct dialect *dialect = call->plan->dialect;
	bool agent_first = dialect_does(dialect, DIALECT_AGENT_FIRST);
	bool two = dialect_does(dialect, DIALECT_TWO_DIALOGS);
	int r;

	if (dialect_does(dialect, DIALECT_MIXED))
		return add_stream(call, -1, dialect->label[0], "mixed", 0);
	r = add_stream(call, agent_first ? 1 : 0, dialect->label[0],
		       agent_first ? "agent" : "caller", two ? 1 : 0);
	if (r < 0)
		return r;
	return add_stream(call, agent_first ? 0 : 1, dialect->label[1],
			  agent_first ? "caller" : "agent", 0);
}

static void set_markers(struct live *call)
{
	static const char *const word[] = { "UA", "CONTACT", "PAI", "UNKNOWN" };

	for (size_t i = 0; i < COUNT(word); i++) {
		if (!call->plan->markers ||
		    (i == 2 && call->plan->caller != NULL))
			continue;
		(void)snprintf(call->marker[i], sizeof(call->marker[i]),
			       "MARKER%s%08" PRIx64 "X%" PRIu32, word[i],
			       call->plan->seed & UINT32_MAX, call->index);
		memcpy(call->report->marker[i], call->marker[i],
		       sizeof(call->marker[i]));
	}
	if (call->marker[3][0] != '\0')
		call->talk.unknown = call->marker[3];
}

int scene_set(struct live *call)
{
	const struct call_plan *plan = call->plan;
	struct talk *talk = &call->talk;
	char address[CALL_NAME_SIZE];
	struct id id = id_new();
	char hex[ID_TEXT_SIZE];
	uint64_t number;

	*talk = (struct talk){ .dialect = plan->dialect,
			       .group = id_new(),
			       .session = id_new(),
			       .service = call->service,
			       .began_at = clock_now(&clock_system),
			       .withheld = plan->caller == NULL };
	id_text(&id, hex);
	(void)snprintf(talk->call_id, sizeof(talk->call_id), "%.24s@%.32s", hex,
		       host_of(call));
	(void)snprintf(talk->host, sizeof(talk->host),
		       wire_is_ipv6(call->fleet->wire) ? "[%s]" : "%s",
		       host_of(call));
	(void)snprintf(call->service, sizeof(call->service), "%s",
		       plan->service);
	if (plan->caller) {
		struct slice digits = slice_of(plan->caller);

		if (slice_number(slice_from(digits, 1), 999999999999999,
				 &number) < 0)
			return -EINVAL;
		(void)snprintf(call->caller, sizeof(call->caller), "+%" PRIu64,
			       number + plan->caller_step * call->index);
		(void)snprintf(address, sizeof(address), "%.20s@%.64s",
			       call->caller, talk->host);
		(void)add_party(call, "Caller", address, call->caller);
	} else {
		(void)add_party(call, "Anonymous",
				"anonymous@anonymous.invalid", "");
	}
	set_markers(call);
	(void)add_agent(call, &plan->agent);
	talk->answered = true;
	if (call->answering) {
		talk->answered = false;
		talk->party[1].here = false;
		if (dialect_does(plan->dialect, DIALECT_DUMMY))
			(void)add_party(call, "ASBCE", "ASBCE@asbce.com", "");
	}
	return set_streams(call);
}

static void forget_fresh(struct live *call)
{
	for (size_t i = 0; i < call->talk.party_count; i++)
		call->talk.party[i].fresh = false;
}

/* Ask for a change in every dialog of the call. */
static void want(struct live *call, struct live_act act)
{
	const struct dialect *dialect = call->plan->dialect;

	if (!dialect->metadata)
		act.metadata = false;
	if (act.method == LIVE_UPDATE && !act.metadata)
		act = (struct live_act){ .method = LIVE_INVITE, .sdp = true };
	act.inactive = call->inactive;
	for (uint32_t i = 0; i < call->report->dialog_count; i++) {
		struct live_dialog *dialog = &call->dialog[i];

		identity_change(dialog);
		if (dialog->want_count < LIVE_ACTS_MAX)
			dialog->want[dialog->want_count++] = act;
	}
}

static struct live_act change_of(const struct live *call, bool partial)
{
	if (dialect_does(call->plan->dialect, DIALECT_BY_UPDATE))
		return (struct live_act){ .method = LIVE_UPDATE,
					  .metadata = true,
					  .partial = partial };
	return (struct live_act){ .method = LIVE_INVITE,
				  .sdp = true,
				  .metadata = true };
}

void scene_answer(struct live *call)
{
	const struct dialect *dialect = call->plan->dialect;
	struct talk *talk = &call->talk;
	bool burst = dialect_does(dialect, DIALECT_INACTIVE);

	talk->answered = true;
	talk->party[1].here = true;
	talk->party[1].came_at = clock_now(&clock_system);
	if (talk->party_count > 2)
		talk->party[2].here = false;
	call->inactive = false;
	want(call, change_of(call, false));
	if (!burst)
		return;
	/* Two more re-INVITEs, off and on again, one right after another. */
	call->inactive = true;
	want(call, (struct live_act){ .method = LIVE_INVITE, .sdp = true });
	call->inactive = false;
	want(call, (struct live_act){ .method = LIVE_INVITE,
				      .sdp = true,
				      .metadata = true });
}

static void pause_all(struct live *call, bool pause)
{
	call->inactive = pause;
	/* Sound stops before it is announced, and goes on after. */
	for (size_t i = 0; pause && i < call->talk.stream_count; i++)
		rtp_stream_pause(&call->stream[i], true);
}

static void renew_ids(struct live *call)
{
	struct talk *talk = &call->talk;

	talk->session = id_new();
	talk->group = id_new();
	for (size_t i = 0; i < talk->party_count; i++)
		talk->party[i].id = id_new();
	for (size_t i = 0; i < talk->stream_count; i++)
		talk->stream[i].id = id_new();
}

static void transfer(struct live *call, const struct call_agent *agent)
{
	struct talk *talk = &call->talk;
	nanoseconds now = clock_now(&clock_system);
	size_t new;

	if (talk->party_count == TALK_PARTIES_MAX)
		return;
	new = add_agent(call, agent);
	talk->party[new].fresh = true;
	for (size_t i = 1; i < new; i++) {
		if (!talk->party[i].here)
			continue;
		talk->party[i].here = false;
		talk->party[i].left_at = now;
		talk->party[i].fresh = true;
	}
	for (size_t i = 0; i < talk->stream_count; i++)
		if (talk->stream[i].party > 0)
			talk->stream[i].party = (int)new;
	if (dialect_does(call->plan->dialect, DIALECT_NEW_IDS))
		renew_ids(call);
	want(call, change_of(call, false));
}

static void join(struct live *call, const struct call_agent *agent)
{
	const struct dialect *dialect = call->plan->dialect;
	struct talk *talk = &call->talk;
	size_t new;

	if (talk->party_count == TALK_PARTIES_MAX)
		return;
	new = add_agent(call, agent);
	talk->party[new].fresh = true;
	if (!dialect_does(dialect, DIALECT_MIXED) &&
	    !dialect_does(dialect, DIALECT_TWO_DIALOGS) &&
	    !dialect_does(dialect, DIALECT_BY_UPDATE) &&
	    add_stream(call, (int)new, dialect->label[2], "third", 0) < 0)
		live_warn(call, "no port for the third stream");
	want(call, change_of(call, true));
}

static void leave(struct live *call)
{
	struct talk *talk = &call->talk;

	for (size_t i = talk->party_count; i-- > 2;) {
		if (!talk->party[i].here)
			continue;
		talk->party[i].here = false;
		talk->party[i].fresh = true;
		talk->party[i].left_at = clock_now(&clock_system);
		for (size_t s = 2; s < talk->stream_count; s++) {
			if (talk->stream[s].party != (int)i)
				continue;
			talk->stream[s].here = false;
			rtp_stream_stop(&call->stream[s]);
		}
		break;
	}
	want(call, change_of(call, true));
}

/* The client lost its memory of the dialog, but not its Call-ID. */
static void restart(struct live *call)
{
	call->talk.session = id_new();
	for (uint32_t i = 0; i < call->report->dialog_count; i++) {
		struct live_dialog *dialog = &call->dialog[i];
		struct id id = id_new();
		char hex[ID_TEXT_SIZE];

		id_text(&id, hex);
		(void)snprintf(dialog->from_tag, sizeof(dialog->from_tag),
			       "%.16s", hex);
		dialog->to_tag[0] = '\0';
		dialog->up = false;
		dialog->has_hop = false;
		text_clear(&dialog->routes);
		identity_set(dialog);
		request_send(dialog,
			     &(struct live_act){
				     .method = LIVE_INVITE,
				     .sdp = !dialect_does(call->plan->dialect,
							  DIALECT_TWO_DIALOGS),
				     .metadata = true });
	}
}

void scene_step(struct live *call, const struct call_step *step)
{
	bool told = !dialect_does(call->plan->dialect, DIALECT_BY_UPDATE);

	forget_fresh(call);
	switch (step->kind) {
	case CALL_HOLD:
	case CALL_PAUSE:
	case CALL_RESUME:
	case CALL_CONTINUE:
		pause_all(call,
			  step->kind == CALL_HOLD || step->kind == CALL_PAUSE);
		want(call,
		     (struct live_act){
			     .method = LIVE_INVITE,
			     .sdp = true,
			     .metadata = told && (step->kind == CALL_HOLD ||
						  step->kind == CALL_RESUME) });
		break;
	case CALL_TRANSFER:
		transfer(call, &step->agent);
		break;
	case CALL_JOIN:
		join(call, &step->agent);
		break;
	case CALL_LEAVE:
		leave(call);
		break;
	case CALL_METADATA:
		call->talk.party[0].fresh = true;
		want(call, (struct live_act){ .method = LIVE_UPDATE,
					      .metadata = true,
					      .partial = step->partial });
		break;
	case CALL_RESTART:
		restart(call);
		break;
	}
}

int scene_aim(struct live_dialog *dialog)
{
	struct live *call = dialog->call;
	size_t line = 0;
	int r;

	for (size_t i = 0; i < call->talk.stream_count; i++) {
		const struct sdp_media *media;

		if (call->talk.stream[i].dialog != dialog->index)
			continue;
		if (line >= dialog->answer.media_count)
			break;
		media = &dialog->answer.media[line++];
		if (media->port == 0)
			continue;
		r = rtp_stream_aim(&call->stream[i], media->address,
				   media->port);
		if (r < 0)
			return r;
	}
	return 0;
}

void scene_play(struct live *call)
{
	struct fleet *fleet = call->fleet;

	for (size_t i = 0; i < call->talk.stream_count; i++) {
		const char *lane = call->report->stream[i].lane;
		const struct track *track = &fleet->caller;

		if (lane[0] == 'a')
			track = &fleet->agent;
		else if (lane[0] == 'm')
			track = &fleet->mixed;
		else if (lane[0] == 't')
			track = &fleet->third;
		if (call->phase == LIVE_EARLY)
			track = &fleet->tone_a;
		else if (call->phase == LIVE_ENDING)
			track = &fleet->tone_b;
		if (call->stream[i].to_size == 0 || !call->talk.stream[i].here)
			continue;
		rtp_stream_play(&call->stream[i], track, fleet->now);
		fleet_queue(fleet, &call->stream[i]);
	}
}
