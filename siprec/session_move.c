/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A call goes on at other ports: its media process did not come back, and
 * another one has it now. The client hears so by an offer of ours (RFC
 * 3264, 8.3.1: address and port of a stream may change), in an UPDATE if it
 * knows that (RFC 3311), else in a re-INVITE. One that does not agree
 * sends its sound to nowhere, so its session ends there and then, and the
 * contact says that it was lost.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "siprec/attic.h"
#include "siprec/parse/multipart.h"
#include "siprec/recorder.h"
#include "siprec/text.h"

enum { AGAIN_MS = 2500, OFFERS_MAX = 4, ANSWER_MS = 8000 };

static void give_up(struct recorder *recorder, struct session *session)
{
	TALLY(&recorder->tally, ports_refused);
	log_warn("media", "a client did not take new ports: its call ends");
	session_bye(recorder, session, clock_now(recorder->clock),
		    CALL_END_LOST);
}

void session_move(struct recorder *recorder, struct session *session)
{
	static char body[SDP_SIZE_MAX], lines[512];
	struct session_kept *kept = &session->kept;
	struct text headers = TEXT_IN(lines);
	struct request_dialog dialog;
	size_t size = 0;
	int r;

	kept->is_moved = true;
	attic_touch_session(recorder, session);
	/* Not while another offer or request is open; the tick comes again. */
	if (kept->state != SESSION_LIVE || session->is_offering ||
	    session->is_refreshing || session->pending != 0 ||
	    kept->has_offered || recorder->now_ms < session->offer_ms)
		return;
	session->offer_ms = recorder->now_ms + AGAIN_MS;
	if (session_write_offer(recorder, session, body, &size) < 0) {
		give_up(recorder, session);
		return;
	}
	text_addf(&headers,
		  "Contact: <%s>;+sip.srs\r\nSupported: siprec, timer\r\n"
		  "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK\r\n",
		  kept->dialog.local);
	if (kept->expires_s > 0)
		text_addf(&headers, "Session-Expires: %u;refresher=%s\r\n",
			  kept->expires_s, kept->is_refresher ? "uac" : "uas");
	assert(!headers.full);
	dialog = dialog_ask(&kept->dialog);
	r = request_offer(recorder->requests, &dialog,
			  session_index(recorder, session), session->generation,
			  kept->has_update ? MESSAGE_UPDATE : MESSAGE_INVITE,
			  text_slice(&headers), (struct slice){ body, size },
			  ANSWER_MS);
	explicit_bzero(body, size);
	if (r == 0)
		session->is_offering = true;
	if (++session->offers > OFFERS_MAX)
		give_up(recorder, session);
}

void session_move_answered(struct recorder *recorder, struct session *session,
			   uint16_t status, const struct message *answer)
{
	static struct sdp sdp;
	struct multipart parts;
	struct slice text = { 0 };

	session->is_offering = false;
	attic_touch_session(recorder, session);
	/* Both at once, or not just now: after a while again. */
	if (status == 491 || status == 500 || status == 503) {
		session->offer_ms = recorder->now_ms + AGAIN_MS;
		return;
	}
	if (status < 300 && answer &&
	    multipart_parse(message_line(answer, MESSAGE_CONTENT_TYPE, 0),
			    answer->body, &parts) == 0)
		text = multipart_find(&parts, MULTIPART_SDP);
	if (!text.at || sdp_parse(text, &sdp) < 0) {
		give_up(recorder, session);
		return;
	}
	session->kept.is_moved = false;
	session->offers = 0;
	session_take_answer(recorder, session, &sdp,
			    clock_now(recorder->clock));
	sdp_wipe(&sdp);
}
