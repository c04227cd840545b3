/* SPDX-License-Identifier: EUPL-1.2 */
/* An INVITE that begins a recording session. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "siprec/body.h"
#include "siprec/recorder.h"

enum { OPENING_MS = 4000 };

/* What the body of a request brought. */
struct brought {
	struct slice sdp_text; /* at is NULL: none */
	struct sdp sdp;
	bool has_metadata;
};

static void refuse(struct recorder *recorder, transaction_id id,
		   uint16_t status, const char *reason, struct slice headers)
{
	struct transaction_reply reply = { .status = status,
					   .reason = reason,
					   .headers = headers };

	transaction_reply(recorder->transactions, id, &reply);
}

static void refuse_503(struct recorder *recorder, const struct client *client,
		       transaction_id id, struct counter *counter,
		       const char *why)
{
	recorder_explain(recorder, client, 503, why);
	counter_add(counter, 1);
	TALLY(&recorder->tally, not_recorded);
	refuse(recorder, id, 503, "Service Unavailable",
	       SLICE("Retry-After: 5\r\n"));
}

void session_explain_body(struct recorder *recorder,
			  const struct client *client, int r,
			  const struct sdp *sdp)
{
	uint16_t status = 488;
	const char *why;

	switch (r) {
	case 0:
		why = sdp_why_deaf(sdp);
		break;
	case -ENOTSUP:
		status = 415;
		why = "its body is encoded, or all of it is of other kinds "
		      "than "
		      "SDP and metadata";
		break;
	case -EBADMSG:
		status = 400;
		why = "its body is no multipart with that boundary, or its SDP "
		      "is none";
		break;
	case -EADDRNOTAVAIL:
		why = "an address of sound in its SDP is a name, or of another "
		      "family than house.rtp.address";
		break;
	default:
		why = "its SDP has too many lines";
	}
	recorder_explain(recorder, client, status, why);
}

void session_read_metadata(struct recorder *recorder, struct session *session,
			   struct slice xml)
{
	if (!xml.at || metadata_apply(&session->kept.metadata, xml) == 0)
		return;
	TALLY(&recorder->tally, metadata_broken);
	recorder_explain(recorder, session_client(recorder, session), 0,
			 "its metadata were not wholly understood, so that "
			 "parties may be missing (metadata_broken_total)");
}

static void refuse_body(struct recorder *recorder, const struct client *client,
			transaction_id id, int r, const struct sdp *sdp)
{
	session_explain_body(recorder, client, r, sdp);
	if (r == -ENOTSUP)
		refuse(recorder, id, 415, "Unsupported Media Type",
		       SLICE(BODY_ACCEPTED));
	else if (r == -EBADMSG)
		refuse(recorder, id, 400, "Bad Body", (struct slice){ 0 });
	else
		refuse(recorder, id, 488, "Not Acceptable Here",
		       (struct slice){ 0 });
}

/* Metadata first: it may not cost the call, a bad SDP may. */
static int take_body(struct recorder *recorder, struct session *session,
		     const struct message *invite, struct brought *brought)
{
	struct multipart parts;
	struct slice xml;
	int r;

	r = body_take(invite, &parts);
	if (r < 0)
		return r;
	xml = multipart_find(&parts, MULTIPART_METADATA);
	brought->has_metadata = xml.at != NULL;
	session_read_metadata(recorder, session, xml);
	brought->sdp_text = multipart_find(&parts, MULTIPART_SDP);
	if (!brought->sdp_text.at)
		return 0;
	r = sdp_parse(brought->sdp_text, &brought->sdp);
	if (r == 0 && !session_can_hear(session, &brought->sdp))
		r = -EADDRNOTAVAIL;
	return r;
}

int session_keep_offer(struct session *session, struct slice text)
{
	assert(!session->offer);
	session->offer = malloc(text.size > 0 ? text.size : 1);
	if (!session->offer)
		return -ENOMEM;
	memcpy(session->offer, text.at, text.size);
	session->offer_size = text.size;
	return 0;
}

/* Streams of a session whose description is still to come in the ACK. */
static void expect_stream(struct session *session, struct contact *contact,
			  uint8_t lane)
{
	static const struct call_codec_map codecs[] = {
		{ 0, CALL_CODEC_PCMU, 1, 0, 8000 },
		{ 8, CALL_CODEC_PCMA, 1, 0, 8000 },
		{ 9, CALL_CODEC_G722, 1, 0, 8000 },
		{ 18, CALL_CODEC_G729, 1, 0, 8000 },
	};

	for (uint32_t i = 0; i < CALL_STREAMS_MAX; i++) {
		struct media_stream *stream = &contact->call.streams[i];

		if (stream->state != CALL_STREAM_FREE)
			continue;
		if (i >= contact->call.stream_count)
			contact->call.stream_count = i + 1;
		stream->state = CALL_STREAM_PAUSED;
		stream->label = i;
		stream->lane = lane;
		stream->codec_count = COUNT(codecs);
		memcpy(stream->codecs, codecs, sizeof(codecs));
		contact->paused |= (uint8_t)(1u << i);
		contact->shown |= (uint8_t)(1u << i);
		session->kept.place[0] = (int8_t)i;
		session->kept.has_offered = true;
		return;
	}
}

static bool refuse_begin(struct recorder *recorder, const struct client *client,
			 transaction_id id, int r)
{
	switch (r) {
	case 0:
		return false;
	case -EBUSY:
		refuse_503(recorder, client, id, recorder->tally.no_media,
			   "no media process has room for one more call");
		return true;
	case -ENOKEY:
	case -ENODATA:
		refuse_503(recorder, client, id, recorder->tally.no_key,
			   "there is no policy or no key for its end date "
			   "yet: the vault has not been unlocked, or has just "
			   "begun");
		return true;
	default:
		refuse_503(recorder, client, id, recorder->tally.no_room,
			   "a table of calls is full");
		return true;
	}
}

/*
 * The contact of a new dialog: one it is tied to, or a fresh one. NULL: it
 * was refused; the session may be gone already, with the call that it was
 * to join.
 */
static struct contact *find_contact(struct recorder *recorder,
				    struct session *session,
				    struct parties *parties, uint64_t tie,
				    transaction_id id, nanoseconds at)
{
	struct client *client = session_client(recorder, session);
	struct contact *contact = contact_tied(recorder, client->key, tie);
	enum notice_refusal refusal;
	bool is_known;
	int r;

	if (contact) {
		uint32_t generation = session->generation;

		session_join(recorder, session, contact);
		session->pending = id; /* answered even if that ends it */
		contact_know(recorder, contact, parties, at);
		return session->generation == generation ? contact : NULL;
	}
	if (!recorder->policy || !recorder->journal ||
	    !journal_knows_number(recorder->journal)) {
		(void)refuse_begin(recorder, client, id, -ENODATA);
		return NULL;
	}
	refusal = contact_judge(recorder, client, parties, at, &is_known);
	if (refusal != NOTICE_RECORD) {
		contact_count_refusal(recorder, client, refusal, is_known);
		refuse(recorder, id, 403, "Not Recorded", (struct slice){ 0 });
		return NULL;
	}
	r = contact_begin(recorder, client, parties, at, &contact);
	if (refuse_begin(recorder, client, id, r))
		return NULL;
	contact->tie = tie;
	session_join(recorder, session, contact);
	return contact;
}

static bool are_all_paused(const struct sdp *sdp)
{
	for (uint32_t i = 0; i < sdp->media_count; i++)
		if (sdp->media[i].is_usable && !sdp->media[i].is_paused)
			return false;
	return true;
}

static bool has_usable(const struct sdp *sdp)
{
	for (uint32_t i = 0; i < sdp->media_count; i++)
		if (sdp->media[i].is_usable)
			return true;
	return false;
}

static void open_session(struct recorder *recorder, struct session *session,
			 const struct message *invite,
			 const struct brought *brought, transaction_id id,
			 nanoseconds at)
{
	struct parties_input input = { invite, &session->kept.sdp,
				       &session->kept.metadata };
	struct parties_tie tie = { 0 };
	uint32_t generation = session->generation;
	struct parties parties;
	struct contact *contact;

	if (brought->sdp_text.at)
		session->kept.sdp = brought->sdp;
	parties_find_tie(&input, &tie);
	session_parties(recorder, session, invite, &parties);
	session->kept.lane = parties.dialog_lane;
	contact = find_contact(recorder, session, &parties, tie.key, id, at);
	if (!contact) {
		parties_wipe(&parties);
		if (session->generation == generation)
			session_free(recorder, session);
		return;
	}
	session->pending = id;
	session->pending_method = MESSAGE_INVITE;
	session->opening_ms = recorder->now_ms + OPENING_MS;
	if (brought->sdp_text.at) {
		session_take_sdp(recorder, session, &brought->sdp, &parties);
		contact->shown |=
			are_all_paused(&brought->sdp) ? contact->paused : 0;
	} else {
		expect_stream(session, contact, session->kept.lane);
	}
	parties_wipe(&parties);
	contact_changed(recorder, contact, false, at);
	session->wanted = contact->wanted;
}

/* A session of the same Call-ID is there already. */
static bool is_spare(struct recorder *recorder, const struct message *invite,
		     const struct flow *flow, transaction_id id, nanoseconds at)
{
	struct session *old = session_same_call(recorder, invite, flow);

	if (!old)
		return false;
	if (slice_is(invite->from_tag, slice_of(old->kept.dialog.remote_tag)) &&
	    invite->cseq == old->kept.dialog.invite_cseq && !old->is_restored) {
		/* The same request by another way (RFC 3261, 8.2.2.2). */
		refuse(recorder, id, 482, "Loop Detected", (struct slice){ 0 });
		return true;
	}
	/* The client lost its memory and begins anew; or we died before we
	   could answer it. */
	TALLY(&recorder->tally, restarts);
	session_end(recorder, old, at, CALL_END_LOST);
	return false;
}

/* Replaces (RFC 3891): this dialog goes on where another one was. */
static void replace(struct recorder *recorder, struct session *session,
		    const struct message *invite, nanoseconds at)
{
	struct message_replaces replaces;

	if (message_replaces(invite, &replaces) < 0)
		return;
	for (uint32_t i = 0; i < recorder->sessions_used; i++) {
		struct session *old = &recorder->sessions[i];
		const struct dialog *dialog = &old->kept.dialog;

		if (old == session || old->kept.state == SESSION_FREE ||
		    dialog->client_key != session->kept.dialog.client_key ||
		    !slice_is(replaces.call_id, slice_of(dialog->call_id)) ||
		    !slice_is(replaces.to_tag, slice_of(dialog->local_tag)) ||
		    !slice_is(replaces.from_tag, slice_of(dialog->remote_tag)))
			continue;
		session_bye(recorder, old, at, CALL_END_BYE);
		return;
	}
}

void session_invite(struct recorder *recorder, const struct message *invite,
		    const struct flow *flow, transaction_id id, nanoseconds at)
{
	static struct brought brought;
	struct client *client = &recorder->clients.client[flow->client];
	struct session *session;
	int r;

	if (is_spare(recorder, invite, flow, id, at))
		return;
	if (recorder->is_stopping || client->calls >= client->calls_max) {
		refuse_503(
			recorder, client, id, recorder->tally.quota,
			recorder->is_stopping
				? "the recorder is stopping"
				: "it has as many sessions as its calls_max");
		return;
	}
	if (recorder->session_count == SESSIONS_MAX) {
		refuse_503(recorder, client, id, recorder->tally.no_room,
			   "the table of sessions is full");
		return;
	}
	session = session_new(recorder, invite, flow,
			      transaction_tag(recorder->transactions, id));
	if (!session) {
		TALLY(&recorder->tally, not_recorded);
		recorder_explain(recorder, client, 400,
				 "its Contact is missing or no SIP URI, or its "
				 "Call-ID, tag, Contact or routes are too "
				 "long");
		refuse(recorder, id, 400, "Bad Dialog", (struct slice){ 0 });
		return;
	}
	memset(&brought, 0, sizeof(brought));
	r = take_body(recorder, session, invite, &brought);
	if (r == 0 && session_agree_timer(recorder, session, invite) < 0) {
		refuse(recorder, id, 422, "Session Interval Too Small",
		       SLICE("Min-SE: 90\r\n"));
		session_free(recorder, session);
	} else if (r < 0 ||
		   (brought.sdp_text.at && !has_usable(&brought.sdp))) {
		TALLY(&recorder->tally, not_recorded);
		refuse_body(recorder, client, id, r, &brought.sdp);
		session_free(recorder, session);
	} else if (brought.sdp_text.at &&
		   session_keep_offer(session, brought.sdp_text) < 0) {
		refuse_503(recorder, client, id, recorder->tally.no_room,
			   "there is no memory left");
		session_free(recorder, session);
	} else {
		open_session(recorder, session, invite, &brought, id, at);
		replace(recorder, session, invite, at);
	}
	sdp_wipe(&brought.sdp);
}
