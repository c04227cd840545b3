/* SPDX-License-Identifier: EUPL-1.2 */
/* What the register is told of a contact: the fields of S7, no others. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "siprec/attic.h"
#include "siprec/recorder.h"

static void mark_due(struct recorder *recorder, struct contact *contact)
{
	attic_touch_contact(recorder, contact);
	if (contact->is_row_due || contact->is_post_due)
		return;
	assert(recorder->due_count < CONTACTS_MAX);
	recorder->due[recorder->due_count++] = contact_index(recorder, contact);
}

void contact_row_due(struct recorder *recorder, struct contact *contact)
{
	mark_due(recorder, contact);
	contact->is_row_due = true;
}

void contact_post_due(struct recorder *recorder, struct contact *contact)
{
	mark_due(recorder, contact);
	contact->is_post_due = true;
	contact->wanted++;
}

/*
 * A number in [0, 1) that tells nothing by itself and can be computed
 * again: from the register number, and from how many calls were left out
 * since it became free, because a number is not used up by a call that is
 * not recorded.
 */
static double draw_of(const struct recorder *recorder)
{
	uint64_t seed[2] = { journal_next(recorder->journal),
			     recorder->draws_skipped };
	uint64_t draw;

	crypto_generichash((uint8_t *)&draw, sizeof(draw),
			   (const uint8_t *)seed, sizeof(seed), NULL, 0);
	return (double)(draw >> 11) / (double)(1ULL << 53);
}

static enum notice_direction direction_of(const struct parties *parties)
{
	switch (parties->direction) {
	case PARTIES_OUT:
		return NOTICE_OUT;
	case PARTIES_INTERNAL:
		return NOTICE_INTERNAL;
	default: /* to a service number, and nothing says otherwise */
		return NOTICE_IN;
	}
}

/* The client's own number stands for one that is not told, never for one
   that is told and not listed (S8). */
static const char *service_of(const struct client *client,
			      const struct parties *parties)
{
	return parties->service_number[0] != '\0' || parties->is_other_called
		       ? parties->service_number
		       : client->service_number;
}

enum notice_refusal contact_judge(struct recorder *recorder,
				  const struct client *client,
				  const struct parties *parties, nanoseconds at,
				  bool *ret_is_known)
{
	const char *service = service_of(client, parties);
	enum notice_refusal refusal;

	*ret_is_known = service[0] != '\0';
	/* What is not told may still come, until both parties are known;
	   until then nothing is kept. */
	if (!*ret_is_known) {
		if (parties->direction == PARTIES_OUT ||
		    parties->direction == PARTIES_INTERNAL)
			return NOTICE_DIRECTION;
		if (!parties->are_both_present)
			return NOTICE_RECORD;
		*ret_is_known = parties->is_other_called;
		return NOTICE_NUMBER_NOT_LISTED;
	}
	refusal = policy_records(recorder->policy, service,
				 direction_of(parties), at, draw_of(recorder));
	if (refusal == NOTICE_NOT_SAMPLED)
		recorder->draws_skipped++;
	return refusal;
}

void contact_count_refusal(struct recorder *recorder,
			   const struct client *client,
			   enum notice_refusal refusal, bool is_known)
{
	struct tally *tally = &recorder->tally;
	struct counter *const counters[NOTICE_REFUSALS] = {
		[NOTICE_NUMBER_NOT_LISTED] = tally->not_listed,
		[NOTICE_NUMBER_EXCLUDED] = tally->excluded,
		[NOTICE_DIRECTION] = tally->direction,
		[NOTICE_NOT_SAMPLED] = tally->not_sampled,
		[NOTICE_NOT_SCHEDULED] = tally->not_scheduled,
		[NOTICE_MANUAL] = tally->manual,
		[NOTICE_TOO_OLD] = tally->too_old,
		[NOTICE_NOT_YET_VALID] = tally->not_yet_valid,
	};
	static const char *const reasons[NOTICE_REFUSALS] = {
		[NOTICE_NUMBER_NOT_LISTED] =
			"the called number is no service of the policy, or is "
			"not written so that it can be recognised",
		[NOTICE_NUMBER_EXCLUDED] = "the policy excludes the number",
		[NOTICE_DIRECTION] =
			"the call is not inbound: its caller is an agent or a "
			"service number",
		[NOTICE_NOT_SAMPLED] = "the call is outside the sample",
		[NOTICE_NOT_SCHEDULED] = "the policy does not record now",
		[NOTICE_MANUAL] = "the policy records only when an agent asks",
		[NOTICE_TOO_OLD] = "the policy's collection had not begun",
		[NOTICE_NOT_YET_VALID] = "the policy holds from a later day on",
	};

	if (refusal == NOTICE_NUMBER_NOT_LISTED && !is_known) {
		TALLY(tally, no_number);
		recorder_explain(recorder, client, 403,
				 "it told no called number at all: if all its "
				 "calls are to one, give it as service_number");
		return;
	}
	if (refusal == NOTICE_RECORD || refusal >= NOTICE_REFUSALS)
		return;
	counter_add(counters[refusal], 1);
	recorder_explain(recorder, client, 403, reasons[refusal]);
}

static int find_end(const struct recorder *recorder, enum seal_class class,
		    nanoseconds at, struct seal_end *ret_end)
{
	uint8_t public[SEAL_PUBLIC_SIZE];
	struct seal_end wished;
	int r = policy_end(recorder->policy, class, at, at, &wished);

	if (r < 0)
		return r;
	return seal_keyset_find(recorder->keys, &wished, ret_end, public);
}

/* Only the last three digits stay readable. */
static void seal_caller(struct recorder *recorder, struct contact *contact,
			struct parties *parties)
{
	struct register_contact *row = &contact->row;
	size_t size = strlen(parties->caller);
	int r;

	if (parties->caller_kind == PARTIES_CALLER_WITHHELD) {
		row->flags |= REGISTER_FLAG_WITHHELD;
		memset(row->caller_tail, 0, sizeof(row->caller_tail));
		memset(&row->caller, 0, sizeof(row->caller));
		return;
	}
	if (parties->caller_kind != PARTIES_CALLER_TOLD || size < 4 ||
	    row->caller_tail[0] != '\0' ||
	    (row->flags & REGISTER_FLAG_WITHHELD))
		return;
	r = seal_text(recorder->keys, &row->contact_end, SEAL_FOR_CALLER,
		      &row->contact, parties->caller, &row->caller);
	if (r < 0) {
		log_error("caller", "cannot seal a caller's number: %s",
			  strerror(-r));
		return;
	}
	memcpy(row->caller_tail, parties->caller + size - 3, 3);
}

static bool set_text(char *out, size_t size, const char *text)
{
	char before[REGISTER_NAME_SIZE];

	assert(size <= sizeof(before));
	memcpy(before, out, size);
	memset(out, 0, size);
	/* The roster's fields are no longer than the row's. */
	if (slice_text(slice_of(text), out, size) < 0)
		out[0] = '\0';
	return memcmp(before, out, size) != 0;
}

static void fill_row(struct recorder *recorder, struct contact *contact,
		     const struct client *client, struct parties *parties)
{
	struct register_contact *row = &contact->row;

	seal_caller(recorder, contact, parties);
	if (contact->is_allowed && service_of(client, parties)[0] != '\0')
		(void)set_text(row->service_number, sizeof(row->service_number),
			       service_of(client, parties));
	if (contact->is_allowed && parties->has_agent) {
		(void)set_text(row->agent, sizeof(row->agent),
			       parties->agent.id);
		(void)set_text(row->agent_name, sizeof(row->agent_name),
			       parties->agent.name);
		(void)set_text(row->agent_number, sizeof(row->agent_number),
			       parties->agent.number);
	}
	row->flags &=
		~(uint32_t)(REGISTER_FLAG_NO_METADATA | REGISTER_FLAG_ONE_LANE);
	if (parties->flags & PARTIES_NO_METADATA)
		row->flags |= REGISTER_FLAG_NO_METADATA;
	if (parties->flags & PARTIES_ONE_LANE)
		row->flags |= REGISTER_FLAG_ONE_LANE;
}

static struct contact *take_place(struct recorder *recorder)
{
	uint32_t i = recorder->contact_free;

	while (i < recorder->contacts_used &&
	       recorder->contacts[i].state != CONTACT_FREE)
		i++;
	recorder->contact_free = i;
	if (i == CONTACTS_MAX)
		return NULL;
	if (i == recorder->contacts_used)
		recorder->contacts_used++;
	return &recorder->contacts[i];
}

int contact_begin(struct recorder *recorder, const struct client *client,
		  struct parties *parties, nanoseconds at,
		  struct contact **ret_contact)
{
	struct seal_end audio_end, contact_end;
	struct contact *contact;
	uint32_t generation;
	int media, r;

	if (!recorder->keys)
		return -ENOKEY;
	if (!recorder->policy || !recorder->journal ||
	    !journal_knows_number(recorder->journal))
		return -ENODATA;
	r = find_end(recorder, SEAL_CLASS_AUDIO, at, &audio_end);
	if (r == 0)
		r = find_end(recorder, SEAL_CLASS_CONTACT, at, &contact_end);
	if (r < 0)
		return r;
	media = media_choose(recorder, 0);
	if (media < 0)
		return media;
	contact = take_place(recorder);
	if (!contact)
		return -ENOSPC;

	generation = contact->generation;
	memset(contact, 0, sizeof(*contact));
	contact->generation = generation + 1;
	contact->state = CONTACT_OPEN;
	contact->media = (uint32_t)media;
	contact->client_key = client->key;
	contact->answer_rule = client->answer;
	contact->row = (struct register_contact){
		.contact = id_new(),
		.number = journal_next(recorder->journal),
		.version = 1,
		.state = REGISTER_STATE_OPEN,
		.started_at = at,
		.audio_end = audio_end,
		.contact_end = contact_end,
		.policy = policy_hash(recorder->policy),
	};
	contact->is_allowed = service_of(client, parties)[0] != '\0';
	fill_row(recorder, contact, client, parties);
	contact->call.contact = contact->row.contact;
	contact->call.call = id_new();
	contact->call.number = contact->row.number;
	contact->call.end = audio_end;
	contact->call.at = at;

	r = journal_append(recorder->journal, &contact->row);
	if (r < 0) {
		sodium_memzero(contact, sizeof(*contact));
		contact->generation = generation + 1;
		return r;
	}
	recorder->draws_skipped = 0;
	contact->parties = *parties;
	sodium_memzero(contact->parties.caller,
		       sizeof(contact->parties.caller));
	recorder->media[media].calls++;
	recorder->contact_count++;
	counter_set(recorder->tally.contacts, recorder->contact_count);
	TALLY(&recorder->tally, calls_begun);
	attic_touch_contact(recorder, contact);
	*ret_contact = contact;
	return 0;
}

static void mark_changes(struct recorder *recorder, struct contact *contact,
			 uint32_t changes, nanoseconds at)
{
	static const struct {
		uint32_t change;
		enum call_mark mark;
	} marks[] = {
		{ PARTIES_JOINED, CALL_MARK_JOIN },
		{ PARTIES_LEFT, CALL_MARK_LEAVE },
		{ PARTIES_TRANSFERRED, CALL_MARK_TRANSFER },
	};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (changes & marks[i].change)
			media_mark(recorder, contact, marks[i].mark, UINT32_MAX,
				   at);
}

/*
 * RFC 7866 gives a recorder no word for "go on, but not with this call":
 * what just asked is refused, so that the client knows why, and all its
 * dialogs of this call are ended by BYE, so that it sends no more sound.
 * What was recorded until now was lawful and stays (S8).
 */
static void stop(struct recorder *recorder, struct contact *contact,
		 nanoseconds at)
{
	uint32_t place =
		recorder->contact_first[contact_index(recorder, contact)];

	for (; place != 0; place = recorder->sessions[place - 1].sibling)
		if (recorder->sessions[place - 1].pending != 0)
			session_refuse(recorder, &recorder->sessions[place - 1],
				       403, "Not Recorded");
	contact_end(recorder, contact, at, CALL_END_POLICY);
}

/*
 * The parties may become known late (Avaya, Cisco). Only then does the
 * policy decide, and only then is anything of them written down. What was
 * decided holds until a message moves the call somewhere else.
 */
static bool judge_again(struct recorder *recorder, struct contact *contact,
			const struct client *client,
			const struct parties *parties, enum parties_move move,
			nanoseconds at)
{
	bool is_known = true;
	enum notice_refusal refusal;

	if (contact->is_allowed && move == PARTIES_STAYED)
		return true;
	if (!contact->is_allowed)
		refusal =
			contact_judge(recorder, client, parties, at, &is_known);
	else if (move == PARTIES_MOVED_AWAY)
		refusal = NOTICE_NUMBER_NOT_LISTED;
	else /* it was drawn for the sample when it began */
		refusal = policy_records(recorder->policy,
					 service_of(client, parties),
					 direction_of(parties), at, 0.0);
	if (refusal == NOTICE_RECORD) {
		contact->is_allowed = is_known;
		return true;
	}
	contact_count_refusal(recorder, client, refusal, is_known);
	if (contact->is_allowed)
		log_warn("policy",
			 "client %s moved a call to where it is not recorded; "
			 "an agent's own number belongs into the list of "
			 "agents",
			 client->name);
	stop(recorder, contact, at);
	return false;
}

void contact_know(struct recorder *recorder, struct contact *contact,
		  struct parties *parties, nanoseconds at)
{
	struct register_contact before = contact->row;
	int index = clients_find(&recorder->clients, contact->client_key);
	const struct client nobody = { 0 };
	const struct client *client =
		index < 0 ? &nobody : &recorder->clients.client[index];
	enum parties_move move;
	uint32_t changes;

	if (contact->state != CONTACT_OPEN)
		return;
	/* Without a policy nothing is known of any number. */
	move = recorder->policy ? parties_move(&contact->parties, parties)
				: PARTIES_STAYED;
	parties_inherit(&contact->parties, parties);
	changes = parties_compare(&contact->parties, parties);
	if (!judge_again(recorder, contact, client, parties, move, at))
		return;
	fill_row(recorder, contact, client, parties);
	contact->parties = *parties;
	sodium_memzero(contact->parties.caller,
		       sizeof(contact->parties.caller));
	if (memcmp(&before, &contact->row, sizeof(before)) != 0)
		contact_row_due(recorder, contact);
	mark_changes(recorder, contact, changes, at);
	if ((changes & PARTIES_TRANSFERRED) &&
	    policy_stops_at_transfer(recorder->policy))
		contact_end(recorder, contact, at, CALL_END_BYE);
}
