/* SPDX-License-Identifier: EUPL-1.2 */
/* What a client sends becomes streams; what media took becomes answers. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "siprec/attic.h"
#include "siprec/recorder.h"
#include "siprec/text.h"

static bool is_service(void *self, const char *e164)
{
	const struct recorder *recorder = self;

	return recorder->policy && policy_has_service(recorder->policy, e164);
}

static bool find_agent(void *self, const char *user, const char *host,
		       const char *number, struct parties_agent *ret_agent)
{
	const struct recorder *recorder = self;

	return roster_find(recorder->roster, user, host, number, ret_agent);
}

void session_parties(struct recorder *recorder, const struct session *session,
		     const struct message *message, struct parties *parties)
{
	const struct client *client = session_client(recorder, session);
	const struct parties_house house = {
		.self = recorder,
		.plan = client ? &client->plan : NULL,
		.is_service = is_service,
		.find_agent = find_agent,
	};
	const struct parties_input input = {
		.invite = message,
		.sdp = &session->kept.sdp,
		.metadata = &session->kept.metadata,
	};

	parties_decide(&house, &input, parties);
	/* A dialog that carries one side only (Cisco BiB): its INVITE says
	   which, later messages do not. */
	if (session->kept.lane != CALL_LANE_UNKNOWN)
		parties->dialog_lane = session->kept.lane;
	if (parties->dialog_lane == CALL_LANE_UNKNOWN)
		return;
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		parties->lanes[i] = parties->dialog_lane;
}

static int free_stream(struct contact *contact)
{
	for (uint32_t i = 0; i < CALL_STREAMS_MAX; i++) {
		if (contact->call.streams[i].state != CALL_STREAM_FREE)
			continue;
		if (i >= contact->call.stream_count)
			contact->call.stream_count = i + 1;
		return (int)i;
	}
	return -1;
}

static void drop_stream(struct session *session, struct contact *contact,
			uint32_t line)
{
	int place = session->kept.place[line];

	if (place < 0)
		return;
	sodium_memzero(&contact->call.streams[place],
		       sizeof(struct media_stream));
	contact->paused &= (uint8_t) ~(1u << place);
	session->kept.place[line] = -1;
}

static void take_line(struct session *session, struct contact *contact,
		      uint32_t line, const struct sdp_media *media,
		      uint8_t lane)
{
	struct media_stream *stream;
	uint8_t bit;
	int place = session->kept.place[line];

	if (place < 0)
		place = free_stream(contact);
	if (place < 0) /* more streams than a call has: refused, port 0 */
		return;
	session->kept.place[line] = (int8_t)place;
	stream = &contact->call.streams[place];
	sdp_fill_stream(media, stream);
	stream->label = (uint32_t)place;
	stream->lane = lane;
	bit = (uint8_t)(1u << place);
	if (media->is_paused)
		contact->paused |= bit;
	else
		contact->paused &= (uint8_t)~bit;
	/* contact_changed() pauses it again where the policy wants so. */
	if (stream->state == CALL_STREAM_FREE)
		stream->state = CALL_STREAM_PAUSED;
}

/* What is kept of a description has neither keys nor borrowed text. */
static void keep_sdp(struct session *session, const struct sdp *sdp)
{
	struct sdp *kept = &session->kept.sdp;

	*kept = *sdp;
	kept->origin = (struct slice){ 0 };
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++) {
		struct sdp_media *media = &kept->media[i];

		media->type = media->protocol = (struct slice){ 0 };
		media->formats = media->srtp_tag = (struct slice){ 0 };
		memset(media->fmtp, 0, sizeof(media->fmtp));
		explicit_bzero(media->srtp_key, sizeof(media->srtp_key));
	}
}

void session_take_sdp(struct recorder *recorder, struct session *session,
		      const struct sdp *sdp, const struct parties *parties)
{
	struct contact *contact = session_contact(recorder, session);

	keep_sdp(session, sdp);
	for (uint32_t i = 0; i < SDP_MEDIA_MAX; i++) {
		if (i < sdp->media_count && sdp->media[i].is_usable)
			take_line(session, contact, i, &sdp->media[i],
				  parties->lanes[i]);
		else
			drop_stream(session, contact, i);
	}
}

/* The ports of our lines; a line without a stream is refused. */
static void fill_ours(struct recorder *recorder, struct session *session)
{
	const struct contact *contact = session_contact(recorder, session);
	struct sdp_ours *ours = &session->kept.ours;

	ours->version++;
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++) {
		int place = session->kept.place[i];
		struct sdp_place *our = &ours->places[i];

		our->port = place < 0 ? 0 : contact->port[place];
		/* We never send; the key only completes the answer. */
		if (bytes_are_zero(our->srtp_key, sizeof(our->srtp_key)))
			randombytes_buf(our->srtp_key, sizeof(our->srtp_key));
	}
}

/* What is kept of their lines has no texts any more; these stand in. */
static void lend_words(struct sdp *sdp)
{
	for (uint32_t i = 0; i < sdp->media_count; i++) {
		struct sdp_media *media = &sdp->media[i];

		media->type = SLICE("audio");
		media->protocol =
			media->is_secure ? SLICE("RTP/SAVP") : SLICE("RTP/AVP");
		media->formats = SLICE("0");
		media->srtp_tag = SLICE("1");
		memset(media->fmtp, 0, sizeof(media->fmtp));
	}
}

/* All lines as they stand; with is_asked, each ready to hear again. */
static int write_lines(struct recorder *recorder, struct session *session,
		       bool is_asked, char out[SDP_SIZE_MAX], size_t *ret_size)
{
	static struct sdp theirs;
	int r;

	theirs = session->kept.sdp;
	lend_words(&theirs);
	for (uint32_t i = 0; is_asked && i < theirs.media_count; i++)
		theirs.media[i].direction = SDP_SENDONLY;
	fill_ours(recorder, session);
	r = sdp_write_answer(&theirs, &session->kept.ours, out, SDP_SIZE_MAX,
			     ret_size);
	sdp_wipe(&theirs);
	return r;
}

int session_write_offer(struct recorder *recorder, struct session *session,
			char out[SDP_SIZE_MAX], size_t *ret_size)
{
	return write_lines(recorder, session, false, out, ret_size);
}

/*
 * A client that asks for our offer inside a session, often so that a party
 * that rested goes on, finds every line of the session in it, in its place
 * and as secure as it was (RFC 3264, 8): a line left out would end there.
 */
static int write_sdp(struct recorder *recorder, struct session *session,
		     char out[SDP_SIZE_MAX], size_t *ret_size)
{
	static struct sdp offer;
	int r;

	if (session->kept.has_offered && session->kept.sdp.media_count > 0)
		return write_lines(recorder, session, true, out, ret_size);
	fill_ours(recorder, session);
	if (session->kept.has_offered)
		return sdp_write_offer(&session->kept.ours, 1, MEDIA_SRTP_NONE,
				       out, SDP_SIZE_MAX, ret_size);
	r = sdp_parse((struct slice){ session->offer, session->offer_size },
		      &offer);
	if (r == 0)
		r = sdp_write_answer(&offer, &session->kept.ours, out,
				     SDP_SIZE_MAX, ret_size);
	sdp_wipe(&offer);
	return r;
}

static void add_headers(struct text *headers, const struct session *session,
			bool is_dialog)
{
	const struct session_kept *kept = &session->kept;

	if (is_dialog)
		text_addf(headers, "Contact: <%s>;+sip.srs\r\n",
			  kept->dialog.local);
	text_addf(headers,
		  "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK\r\n"
		  "Accept: application/sdp, application/rs-metadata, "
		  "application/rs-metadata+xml, multipart/mixed\r\n"
		  "Supported: siprec, timer, replaces, 100rel\r\n");
	if (is_dialog && kept->expires_s > 0)
		text_addf(headers, "Session-Expires: %u;refresher=%s\r\n%s",
			  kept->expires_s, kept->is_refresher ? "uas" : "uac",
			  kept->is_refresher ? "" : "Require: timer\r\n");
}

static void forget_offer(struct session *session)
{
	if (session->offer)
		sodium_memzero(session->offer, session->offer_size);
	free(session->offer);
	session->offer = NULL;
	session->offer_size = 0;
}

static void accept_pending(struct recorder *recorder, struct session *session)
{
	static char lines[2048], body[SDP_SIZE_MAX];
	struct text headers = TEXT_IN(lines);
	struct transaction_reply reply = { .status = 200, .reason = "OK" };
	size_t size = 0;

	if (session->offer || session->kept.has_offered) {
		if (write_sdp(recorder, session, body, &size) < 0) {
			session_refuse(recorder, session, 488,
				       "Not Acceptable Here");
			return;
		}
		/* An answer tells our present ports, whatever they were. */
		if (session->offer)
			session->kept.is_moved = false;
		reply.type = SLICE("application/sdp");
		reply.body = (struct slice){ body, size };
	}
	add_headers(&headers, session, true);
	assert(!headers.full);
	reply.headers = text_slice(&headers);
	if (session->pending_method == MESSAGE_INVITE)
		session->invite = session->pending;
	if (session->kept.state == SESSION_OPENING)
		session->kept.state = SESSION_ACCEPTED;
	attic_keep_session(recorder, session);
	transaction_reply(recorder->transactions, session->pending, &reply);
	session->pending = 0;
	forget_offer(session);
	sodium_memzero(body, size);
	attic_touch_session(recorder, session);
}

void session_answer(struct recorder *recorder, struct session *session)
{
	struct contact *contact = session_contact(recorder, session);
	bool is_new = session->kept.state == SESSION_OPENING;

	if (session->pending == 0 || contact->tag != 0 ||
	    (int32_t)(contact->done - session->wanted) < 0)
		return;
	if (contact->last_result == 0 || !is_new) {
		/* A change that media refused leaves the ports as they
		   were: what we answer is still true. */
		accept_pending(recorder, session);
		return;
	}
	if (media_try_another(recorder, contact)) {
		session->wanted = contact->wanted;
		return;
	}
	TALLY(&recorder->tally, no_media);
	TALLY(&recorder->tally, not_recorded);
	recorder_explain(recorder, session_client(recorder, session), 503,
			 "no media process has a port for one more call");
	session_refuse(recorder, session, 503, "Service Unavailable");
	session_end(recorder, session, clock_now(recorder->clock),
		    CALL_END_REFUSED);
}
