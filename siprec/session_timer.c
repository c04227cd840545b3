/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Session timers (RFC 4028) and other signs of life. A session is
 * refreshed by UPDATE and never by re-INVITE, which some clients refuse
 * or do not survive. What gives no sign of life any more is ended.
 */
#include <errno.h>
#include <string.h>

#include "siprec/attic.h"
#include "siprec/recorder.h"
#include "siprec/text.h"

enum { RETRY_MS = 4000, PROBE_AGAIN_MS = 60000, MISSES_MAX = 3 };

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A sign of life: the timer starts anew. */
static void session_refresh(struct recorder *recorder, struct session *session)
{
	struct session_kept *kept = &session->kept;
	int64_t expires_ms = (int64_t)kept->expires_s * MS_PER_S;

	attic_touch_session(recorder, session);
	kept->expires_ms = kept->refresh_ms = 0;
	if (kept->expires_s == 0)
		return;
	kept->expires_ms = recorder->now_ms + expires_ms;
	if (kept->is_refresher)
		kept->refresh_ms = recorder->now_ms + expires_ms / 2;
}

int session_agree_timer(struct recorder *recorder, struct session *session,
			const struct message *request)
{
	struct session_kept *kept = &session->kept;
	bool has_timer =
		message_has(request, MESSAGE_SUPPORTED, SLICE("timer")) ||
		message_has(request, MESSAGE_REQUIRE, SLICE("timer"));
	struct slice refresher = { 0 };
	uint32_t asked = 0, least = 0;

	if (message_count(request, MESSAGE_ALLOW) > 0)
		kept->has_update =
			message_has(request, MESSAGE_ALLOW, SLICE("UPDATE"));
	if (message_session_expires(request, &asked, &refresher) < 0)
		asked = 0;
	else if (asked < SESSION_EXPIRES_MIN_S)
		return has_timer ? -ERANGE : 0;
	if (message_min_se(request, &least) < 0)
		least = 0;

	if (asked == 0 && !has_timer) {
		kept->expires_s = 0;
	} else if (asked > 0) {
		/* Shorter is allowed, but never below their least. */
		kept->expires_s = asked;
		if (recorder->expires_s < asked)
			kept->expires_s = recorder->expires_s > least
						  ? recorder->expires_s
						  : least;
	} else {
		kept->expires_s = recorder->expires_s > least
					  ? recorder->expires_s
					  : least;
	}
	/* The client refreshes, unless it cannot or wants us to. */
	kept->is_refresher =
		!has_timer || slice_is_nocase(refresher, SLICE("uas"));
	if (kept->is_refresher && !kept->has_update)
		kept->expires_s = asked > 0 ? kept->expires_s : 0;
	session_refresh(recorder, session);
	return 0;
}

static void probe(struct recorder *recorder, struct session *session)
{
	struct request_dialog dialog = dialog_ask(&session->kept.dialog);

	attic_touch_session(recorder, session);
	int r = request_send(recorder->requests, &dialog,
			     session_index(recorder, session),
			     session->generation, MESSAGE_OPTIONS,
			     SLICE("Accept: application/sdp\r\n"),
			     (int64_t)recorder->probe_s * MS_PER_S);

	session->kept.probe_ms = 0;
	session->kept.is_probed = r == 0;
	/* Silent, and nothing leads to it any more. */
	if (r < 0)
		session_bye(recorder, session, session->kept.silent_at,
			    CALL_END_SILENCE);
}

void session_silent(struct recorder *recorder, struct session *session,
		    nanoseconds last_at)
{
	struct session_kept *kept = &session->kept;

	kept->silent_at = last_at > 0 ? last_at : clock_now(recorder->clock);
	if (!kept->is_probed)
		probe(recorder, session);
}

static void refresh(struct recorder *recorder, struct session *session)
{
	struct session_kept *kept = &session->kept;
	struct request_dialog dialog;
	char lines[256];
	struct text headers = TEXT_IN(lines);

	kept->refresh_ms = 0;
	if (!kept->has_update)
		return;
	if (session->is_offering) { /* its answer will be a sign of life */
		kept->refresh_ms = recorder->now_ms + RETRY_MS;
		return;
	}
	attic_touch_session(recorder, session);
	dialog = dialog_ask(&kept->dialog);
	text_addf(&headers,
		  "Contact: <%s>;+sip.srs\r\nSupported: siprec, timer\r\n"
		  "Session-Expires: %u;refresher=uac\r\n",
		  kept->dialog.local, kept->expires_s);
	assert(!headers.full);
	if (request_send(recorder->requests, &dialog,
			 session_index(recorder, session), session->generation,
			 MESSAGE_UPDATE, text_slice(&headers), SIP_GONE_MS) < 0)
		kept->refresh_ms = recorder->now_ms + RETRY_MS;
	else
		session->is_refreshing = true;
}

static void update_answered(struct recorder *recorder, struct session *session,
			    uint16_t status, const struct message *answer)
{
	struct session_kept *kept = &session->kept;
	struct slice refresher;
	uint32_t seconds;

	session->is_refreshing = false;
	if (status == 481) {
		session_bye(recorder, session, clock_now(recorder->clock),
			    CALL_END_EXPIRED);
		return;
	}
	if (status == 491 || status == 408 || status == 500) {
		kept->refresh_ms = recorder->now_ms + RETRY_MS;
		return;
	}
	if (status == 422 && message_min_se(answer, &seconds) == 0 &&
	    seconds > kept->expires_s) {
		kept->expires_s = seconds;
		refresh(recorder, session);
		return;
	}
	/* Any other answer is a sign of life; most are agreement. */
	if (status < 300 &&
	    message_session_expires(answer, &seconds, &refresher) == 0 &&
	    seconds >= SESSION_EXPIRES_MIN_S) {
		kept->expires_s = seconds;
		kept->is_refresher = !slice_is_nocase(refresher, SLICE("uas"));
	}
	session_refresh(recorder, session);
}

/*
 * The first time nobody answers, the call ended when its sound did. One
 * that answered once was only quiet; sound may have come since, so nothing
 * of it is cut off, and one lost answer does not end it.
 */
static void options_answered(struct recorder *recorder, struct session *session,
			     uint16_t status)
{
	struct session_kept *kept = &session->kept;
	nanoseconds at =
		kept->was_alive ? clock_now(recorder->clock) : kept->silent_at;

	kept->is_probed = false;
	if (status == 481 || (status == 408 && !kept->was_alive) ||
	    (status == 408 && ++kept->misses >= MISSES_MAX)) {
		session_bye(recorder, session, at, CALL_END_SILENCE);
		return;
	}
	if (status != 408) {
		kept->was_alive = true;
		kept->misses = 0;
	}
	kept->probe_ms = recorder->now_ms + PROBE_AGAIN_MS;
}

void session_answered(void *self, uint32_t index, uint32_t generation,
		      enum message_method method, uint16_t status,
		      const struct message *answer)
{
	struct recorder *recorder = self;
	struct session *session;

	if (index >= recorder->sessions_used)
		return;
	session = &recorder->sessions[index];
	if (session->generation != generation ||
	    session->kept.state == SESSION_FREE)
		return;
	if (session->is_offering &&
	    (method == MESSAGE_UPDATE || method == MESSAGE_INVITE))
		session_move_answered(recorder, session, status, answer);
	else if (method == MESSAGE_UPDATE)
		update_answered(recorder, session, status, answer);
	else if (method == MESSAGE_OPTIONS)
		options_answered(recorder, session, status);
}

static void end_opening(struct recorder *recorder, struct session *session)
{
	TALLY(&recorder->tally, no_media);
	recorder_explain(recorder, session_client(recorder, session), 503,
			 "a media process did not answer in time");
	if (session->kept.state == SESSION_OPENING)
		TALLY(&recorder->tally, not_recorded);
	if (session->pending != 0)
		session_refuse(recorder, session, 503, "Service Unavailable");
	if (session->kept.state == SESSION_OPENING)
		session_end(recorder, session, clock_now(recorder->clock),
			    CALL_END_REFUSED);
}

void session_tick(struct recorder *recorder, struct session *session)
{
	struct session_kept *kept = &session->kept;
	int64_t now = recorder->now_ms;
	nanoseconds at = clock_now(recorder->clock);
	int64_t grace_ms =
		min(32 * MS_PER_S, (int64_t)kept->expires_s * MS_PER_S / 3);

	if ((session->pending != 0 || kept->state == SESSION_OPENING) &&
	    now >= session->opening_ms) {
		end_opening(recorder, session);
		return;
	}
	if (now - kept->began_ms >=
	    (int64_t)recorder->call_hours_max * 3600 * MS_PER_S) {
		session_bye(recorder, session, at, CALL_END_LIMIT);
		return;
	}
	/* RFC 4028, section 10: a little before it runs out. */
	if (kept->expires_ms != 0 && now >= kept->expires_ms - grace_ms &&
	    !kept->is_refresher) {
		session_bye(recorder, session, at, CALL_END_EXPIRED);
		return;
	}
	if (kept->expires_ms != 0 && now >= kept->expires_ms) {
		session_bye(recorder, session, at, CALL_END_EXPIRED);
		return;
	}
	if (kept->refresh_ms != 0 && now >= kept->refresh_ms)
		refresh(recorder, session);
	if (kept->probe_ms != 0 && now >= kept->probe_ms) {
		probe(recorder, session);
		return; /* that may have ended it */
	}
	if (kept->is_moved)
		session_move(recorder, session);
}
