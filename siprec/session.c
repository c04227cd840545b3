/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/session.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "siprec/attic.h"
#include "siprec/recorder.h"

uint32_t session_index(const struct recorder *recorder,
		       const struct session *session)
{
	return (uint32_t)(session - recorder->sessions);
}

struct contact *session_contact(struct recorder *recorder,
				const struct session *session)
{
	assert(session->kept.contact < CONTACTS_MAX);
	return &recorder->contacts[session->kept.contact];
}

struct client *session_client(struct recorder *recorder,
			      const struct session *session)
{
	int index = clients_find(&recorder->clients,
				 session->kept.dialog.client_key);

	return index < 0 ? NULL : &recorder->clients.client[index];
}

static uint32_t *row_of(struct recorder *recorder, struct slice call_id)
{
	return &recorder->session_rows[metadata_hash(call_id) % SESSION_ROWS];
}

static bool is_clients(const struct recorder *recorder,
		       const struct session *session, const struct flow *flow)
{
	return flow->client < recorder->clients.count &&
	       recorder->clients.client[flow->client].key ==
		       session->kept.dialog.client_key;
}

struct session *session_find(struct recorder *recorder,
			     const struct message *request,
			     const struct flow *flow)
{
	uint32_t place = *row_of(recorder, request->call_id);

	while (place != 0) {
		struct session *session = &recorder->sessions[place - 1];

		if (dialog_has(&session->kept.dialog, request) &&
		    is_clients(recorder, session, flow))
			return session;
		place = session->next;
	}
	return NULL;
}

struct session *session_same_call(struct recorder *recorder,
				  const struct message *invite,
				  const struct flow *flow)
{
	uint32_t place = *row_of(recorder, invite->call_id);

	while (place != 0) {
		struct session *session = &recorder->sessions[place - 1];

		if (slice_is(invite->call_id,
			     slice_of(session->kept.dialog.call_id)) &&
		    is_clients(recorder, session, flow))
			return session;
		place = session->next;
	}
	return NULL;
}

void session_enter(struct recorder *recorder, struct session *session)
{
	struct client *client = session_client(recorder, session);
	uint32_t *row =
		row_of(recorder, slice_of(session->kept.dialog.call_id));

	session->next = *row;
	*row = session_index(recorder, session) + 1;
	if (client)
		client->calls++;
	attic_touch_session(recorder, session);
	recorder->session_count++;
	counter_set(recorder->tally.sessions, recorder->session_count);
}

void session_join(struct recorder *recorder, struct session *session,
		  struct contact *contact)
{
	uint32_t index = contact_index(recorder, contact);

	session->kept.contact = index;
	session->sibling = recorder->contact_first[index];
	recorder->contact_first[index] = session_index(recorder, session) + 1;
	contact->session_count++;
}

static void part(struct recorder *recorder, struct session *session,
		 struct contact *contact)
{
	uint32_t place = session_index(recorder, session) + 1;
	uint32_t *link =
		&recorder->contact_first[contact_index(recorder, contact)];

	while (*link != place)
		link = &recorder->sessions[*link - 1].sibling;
	*link = session->sibling;
	session->sibling = 0;
	assert(contact->session_count > 0);
	contact->session_count--;
}

static struct session *take_place(struct recorder *recorder)
{
	uint32_t i = recorder->session_free;

	while (i < recorder->sessions_used &&
	       recorder->sessions[i].kept.state != SESSION_FREE)
		i++;
	recorder->session_free = i;
	if (i == SESSIONS_MAX)
		return NULL;
	if (i == recorder->sessions_used)
		recorder->sessions_used++;
	return &recorder->sessions[i];
}

struct session *session_new(struct recorder *recorder,
			    const struct message *invite,
			    const struct flow *flow, const char *tag)
{
	struct session *session = take_place(recorder);
	struct session_kept *kept;

	if (!session)
		return NULL;
	kept = &session->kept;
	memset(kept, 0, sizeof(*kept));
	if (dialog_begin(&kept->dialog, invite, flow, tag) < 0) {
		memset(kept, 0, sizeof(*kept));
		return NULL;
	}
	assert(flow->client < recorder->clients.count);
	kept->dialog.client_key = recorder->clients.client[flow->client].key;
	memcpy(kept->dialog.local, recorder->local[flow->kind][flow->socket],
	       sizeof(kept->dialog.local));
	kept->state = SESSION_OPENING;
	kept->contact = UINT32_MAX;
	kept->began_ms = recorder->now_ms;
	memset(kept->place, -1, sizeof(kept->place));
	metadata_init(&kept->metadata);
	randombytes_buf(&kept->ours.session_id, sizeof(uint32_t));
	snprintf(kept->ours.address, sizeof(kept->ours.address), "%s",
		 recorder->media_address);
	session->generation++;
	session->invite = session->pending = 0;
	session->is_offering = session->is_refreshing = false;
	session->offers = 0;
	session->offer_ms = 0;
	session->sibling = 0;
	session->is_restored = false;
	session_enter(recorder, session);
	return session;
}

bool session_can_hear(const struct session *session, struct sdp *sdp)
{
	return sdp_keep_reachable(
		sdp, session->kept.ours.address,
		session->kept.dialog.flow.peer.sin6_addr.s6_addr);
}

static void drop_offer(struct session *session)
{
	if (session->offer)
		sodium_memzero(session->offer, session->offer_size);
	free(session->offer);
	session->offer = NULL;
	session->offer_size = 0;
}

void session_free(struct recorder *recorder, struct session *session)
{
	struct client *client = session_client(recorder, session);
	uint32_t place = session_index(recorder, session) + 1;
	uint32_t *link =
		row_of(recorder, slice_of(session->kept.dialog.call_id));

	while (*link != place)
		link = &recorder->sessions[*link - 1].next;
	*link = session->next;
	if (client && client->calls > 0)
		client->calls--;
	attic_touch_session(recorder, session);
	if (place - 1 < recorder->session_free)
		recorder->session_free = place - 1;
	recorder->session_count--;
	counter_set(recorder->tally.sessions, recorder->session_count);
	drop_offer(session);
	/* Addresses and keys of the call are gone with it. */
	sodium_memzero(&session->kept, sizeof(session->kept));
	session->generation++;
	session->invite = session->pending = 0;
}

void session_refuse(struct recorder *recorder, struct session *session,
		    uint16_t status, const char *reason)
{
	struct transaction_reply reply = {
		.status = status,
		.reason = reason,
		.headers = status == 503 ? SLICE("Retry-After: 5\r\n")
					 : (struct slice){ 0 },
	};

	transaction_reply(recorder->transactions, session->pending, &reply);
	session->pending = 0;
	drop_offer(session);
}

/* The streams of one dialog leave the call that others still record. */
static void leave(struct recorder *recorder, struct session *session,
		  struct contact *contact, nanoseconds at)
{
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++) {
		int place = session->kept.place[i];

		if (place < 0)
			continue;
		sodium_memzero(&contact->call.streams[place],
			       sizeof(struct media_stream));
		contact->paused &= (uint8_t) ~(1u << place);
	}
	media_mark(recorder, contact, CALL_MARK_LEAVE, UINT32_MAX, at);
	contact_changed(recorder, contact, false, at);
}

void session_end(struct recorder *recorder, struct session *session,
		 nanoseconds at, enum call_end reason)
{
	struct contact *contact = NULL;

	if (session->pending != 0)
		session_refuse(recorder, session, 487, "Request Terminated");
	if (session->invite != 0)
		transaction_acked(recorder->transactions, session->invite);
	if (session->kept.contact != UINT32_MAX) {
		contact = session_contact(recorder, session);
		part(recorder, session, contact);
		if (contact->state == CONTACT_OPEN &&
		    contact->session_count > 0)
			leave(recorder, session, contact, at);
	}
	session_free(recorder, session);
	if (contact && contact->session_count == 0)
		contact_end(recorder, contact, at, reason);
}

void session_bye(struct recorder *recorder, struct session *session,
		 nanoseconds at, enum call_end reason)
{
	/* A dialog that was never answered is refused, not ended. */
	if (session->kept.state != SESSION_OPENING) {
		struct request_dialog dialog =
			dialog_ask(&session->kept.dialog);
		int r = request_send(recorder->requests, &dialog, UINT32_MAX, 0,
				     MESSAGE_BYE, (struct slice){ 0 },
				     SIP_GONE_MS);

		if (r < 0)
			TALLY(&recorder->tally, unsent);
	}
	session_end(recorder, session, at, reason);
}
