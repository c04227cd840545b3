/* SPDX-License-Identifier: EUPL-1.2 */
/* Re-INVITE, UPDATE and ACK: what changes inside a session. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "siprec/body.h"
#include "siprec/recorder.h"

static void refuse(struct recorder *recorder, transaction_id id,
		   uint16_t status, const char *reason, struct slice headers)
{
	struct transaction_reply reply = { .status = status,
					   .reason = reason,
					   .headers = headers };

	transaction_reply(recorder->transactions, id, &reply);
}

static struct gate_facts facts_of(const struct session *session,
				  const struct contact *contact,
				  const struct parties *parties)
{
	return (struct gate_facts){
		.are_both_present = parties->are_both_present,
		.has_metadata = session->kept.metadata.is_seen,
		.has_live_stream = contact_has_live(contact),
	};
}

/* Whether a description says anything that the last one did not. */
static bool is_other(const struct session *session, const struct sdp *sdp)
{
	const struct sdp *before = &session->kept.sdp;

	if (before->media_count != sdp->media_count)
		return true;
	for (uint32_t i = 0; i < sdp->media_count; i++) {
		const struct sdp_media *a = &before->media[i];
		const struct sdp_media *b = &sdp->media[i];

		if (a->port != b->port || a->direction != b->direction ||
		    a->is_paused != b->is_paused ||
		    a->is_usable != b->is_usable ||
		    memcmp(a->address, b->address, sizeof(a->address)) != 0 ||
		    a->codec_count != b->codec_count ||
		    memcmp(a->codecs, b->codecs, sizeof(a->codecs)) != 0 ||
		    strcmp(a->label, b->label) != 0)
			return true;
	}
	/* Same in all we know: only keys may differ, and a new version of
	   the description then says so. */
	return before->version != sdp->version;
}

static bool refuse_glare(struct recorder *recorder, struct session *session,
			 transaction_id id, bool has_offer)
{
	if (session->pending != 0) {
		refuse(recorder, id, 500, "Server Internal Error",
		       SLICE("Retry-After: 1\r\n"));
		return true;
	}
	/* Our own offer is out and its answer has not come: RFC 3261, 14.2
	   and RFC 3311, 5.2. */
	if (has_offer && (session->kept.has_offered || session->is_offering)) {
		refuse(recorder, id, 491, "Request Pending",
		       (struct slice){ 0 });
		return true;
	}
	return false;
}

static void wait_or_answer(struct recorder *recorder, struct session *session,
			   enum message_method method, transaction_id id)
{
	struct contact *contact = session_contact(recorder, session);

	session->pending = id;
	session->pending_method = method;
	session->wanted = contact->wanted;
	session->opening_ms = recorder->now_ms + 4000;
	session_answer(recorder, session);
}

static bool apply_metadata(struct recorder *recorder, struct session *session,
			   const struct multipart *parts)
{
	struct slice xml = multipart_find(parts, MULTIPART_METADATA);

	if (!xml.at)
		return false;
	session_read_metadata(recorder, session, xml);
	return true;
}

/* Lanes of streams that were there before may become known now. */
static bool set_lanes(struct session *session, struct contact *contact,
		      const struct parties *parties)
{
	bool is_new = false;

	for (size_t i = 0; i < SDP_MEDIA_MAX; i++) {
		int place = session->kept.place[i];
		struct media_stream *stream;

		if (place < 0)
			continue;
		stream = &contact->call.streams[place];
		if (parties->lanes[i] == CALL_LANE_UNKNOWN ||
		    stream->lane == parties->lanes[i])
			continue;
		stream->lane = parties->lanes[i];
		is_new = true;
	}
	return is_new;
}

struct change {
	const struct message *request;
	const struct sdp *sdp; /* NULL: none came */
	bool has_metadata;
	nanoseconds at;
};

/* @return whether the session is still there */
static bool apply_change(struct recorder *recorder, struct session *session,
			 const struct change *change)
{
	struct contact *contact = session_contact(recorder, session);
	uint32_t generation = session->generation;
	bool is_changed = change->sdp && is_other(session, change->sdp);
	struct gate_facts facts;
	struct parties parties;

	if (change->sdp && is_changed)
		session->kept.sdp = *change->sdp;
	session_parties(recorder, session, change->request, &parties);
	contact_know(recorder, contact, &parties, change->at);
	if (session->generation != generation) {
		parties_wipe(&parties);
		return false;
	}
	if (is_changed)
		session_take_sdp(recorder, session, change->sdp, &parties);
	if (set_lanes(session, contact, &parties) || is_changed)
		contact_changed(recorder, contact, change->has_metadata,
				change->at);
	facts = facts_of(session, contact, &parties);
	facts.is_changed = is_changed;
	parties_wipe(&parties);
	if (change->sdp)
		contact_gate(recorder, contact, GATE_OFFER, &facts, change->at);
	if (change->has_metadata)
		contact_gate(recorder, contact, GATE_METADATA, &facts,
			     change->at);
	return true;
}

static bool refuse_unordered(struct recorder *recorder, struct session *session,
			     const struct message *request, transaction_id id)
{
	/* Numbers jump, but never go back (RFC 3261, 12.2.2). */
	if (request->cseq <= session->kept.dialog.remote_cseq) {
		refuse(recorder, id, 500, "CSeq Out Of Order",
		       (struct slice){ 0 });
		return true;
	}
	session->kept.dialog.remote_cseq = request->cseq;
	return false;
}

static bool take_offer(struct recorder *recorder, struct session *session,
		       const struct message *request, transaction_id id,
		       struct slice text, struct sdp *sdp)
{
	int r;

	if (!text.at) {
		/* A re-INVITE without one asks for ours. */
		if (request->method == MESSAGE_INVITE)
			session->kept.has_offered = true;
		return true;
	}
	r = sdp_parse(text, sdp);
	if (r == 0 && !session_can_hear(session, sdp))
		r = -EADDRNOTAVAIL;
	if (r < 0) {
		session_explain_body(recorder,
				     session_client(recorder, session), r, sdp);
		sdp_wipe(sdp);
		refuse(recorder, id, 488, "Not Acceptable Here",
		       (struct slice){ 0 });
		return false;
	}
	if (session_keep_offer(session, text) < 0) {
		refuse(recorder, id, 503, "Service Unavailable",
		       SLICE("Retry-After: 5\r\n"));
		return false;
	}
	return true;
}

void session_change(struct recorder *recorder, struct session *session,
		    const struct message *request, transaction_id id,
		    nanoseconds at)
{
	static struct sdp sdp;
	struct multipart parts;
	struct slice text;
	struct change change = { .request = request, .at = at };
	int r;

	if (refuse_unordered(recorder, session, request, id))
		return;
	r = body_take(request, &parts);
	if (r < 0) {
		session_explain_body(
			recorder, session_client(recorder, session), r, NULL);
		refuse(recorder, id, r == -ENOTSUP ? 415 : 400,
		       r == -ENOTSUP ? "Unsupported Media Type" : "Bad Body",
		       r == -ENOTSUP ? SLICE(BODY_ACCEPTED)
				     : (struct slice){ 0 });
		return;
	}
	text = multipart_find(&parts, MULTIPART_SDP);
	if (refuse_glare(recorder, session, id,
			 text.at || request->method == MESSAGE_INVITE))
		return;
	if (session_agree_timer(recorder, session, request) < 0) {
		refuse(recorder, id, 422, "Session Interval Too Small",
		       SLICE("Min-SE: 90\r\n"));
		return;
	}
	if (!take_offer(recorder, session, request, id, text, &sdp))
		return;
	if (request->method == MESSAGE_INVITE)
		session->kept.dialog.invite_cseq = request->cseq;
	change.sdp = text.at ? &sdp : NULL;
	change.has_metadata = apply_metadata(recorder, session, &parts);
	session->pending = id; /* answered even if the policy ends it now */
	session->pending_method = request->method;
	session->wanted = session_contact(recorder, session)->wanted;
	if (apply_change(recorder, session, &change))
		wait_or_answer(recorder, session, request->method, id);
	sdp_wipe(&sdp);
}

void session_established(struct recorder *recorder, struct session *session,
			 nanoseconds at)
{
	struct contact *contact = session_contact(recorder, session);
	struct gate_facts facts = facts_of(session, contact, &contact->parties);

	contact_gate(recorder, contact, GATE_ESTABLISHED, &facts, at);
}

void session_take_answer(struct recorder *recorder, struct session *session,
			 struct sdp *sdp, nanoseconds at)
{
	struct contact *contact = session_contact(recorder, session);
	struct sdp before = session->kept.sdp;
	struct parties parties;

	(void)session_can_hear(session, sdp);
	session->kept.sdp = *sdp;
	session_parties(recorder, session, NULL, &parties);
	session->kept.sdp = before;
	parties_inherit(&contact->parties, &parties);
	if (is_other(session, sdp)) {
		session_take_sdp(recorder, session, sdp, &parties);
		contact_changed(recorder, contact, false, at);
	}
	parties_wipe(&parties);
}

/* The ACK brings the answer to our offer, or only the evidence. */
void session_ack(struct recorder *recorder, struct session *session,
		 const struct message *ack, nanoseconds at)
{
	static struct sdp sdp;
	struct multipart parts;
	struct slice text = { 0 };
	bool is_first = session->kept.state == SESSION_ACCEPTED;
	bool is_lost = false;

	if (ack->cseq != session->kept.dialog.invite_cseq ||
	    session->kept.state == SESSION_OPENING)
		return;
	transaction_acked(recorder->transactions, session->invite);
	session->invite = 0;
	session->kept.state = SESSION_LIVE;
	if (multipart_parse(message_line(ack, MESSAGE_CONTENT_TYPE, 0),
			    ack->body, &parts) == 0)
		text = multipart_find(&parts, MULTIPART_SDP);
	if (session->kept.has_offered && text.at &&
	    sdp_parse(text, &sdp) == 0) {
		is_lost = is_first && !session_can_hear(session, &sdp);
		session_take_answer(recorder, session, &sdp, at);
	}
	session->kept.has_offered = false;
	sdp_wipe(&sdp);
	if (is_lost) { /* refused as an offer would be, by the only way left */
		session_explain_body(recorder,
				     session_client(recorder, session),
				     -EADDRNOTAVAIL, NULL);
		TALLY(&recorder->tally, not_recorded);
		session_bye(recorder, session, at, CALL_END_REFUSED);
		return;
	}
	if (is_first)
		session_established(recorder, session, at);
}
