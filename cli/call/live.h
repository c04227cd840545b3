/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file live.h
 * A call while it lasts: its dialogs, its streams, what comes next.
 *
 *	WAITING --start--> INVITING --all answered--> [EARLY] --evidence-->
 *	TALKING --time is up--> ENDING --BYE answered, tone B sent--> OVER
 *
 * A dialog has at most one INVITE and one other request under way; what the
 * call wants changed meanwhile waits. Private to cli/call.
 */
#ifndef TALLENNE_CLI_CALL_LIVE_H
#define TALLENNE_CLI_CALL_LIVE_H

#include "cli/call/message.h"
#include "cli/call/rtp.h"
#include "cli/call/wire.h"

enum {
	LIVE_T1_MS = 500, /**< RFC 3261: round trip estimate */
	LIVE_T2_MS = 4000,
	LIVE_GIVE_UP_MS = 64 * LIVE_T1_MS,
	LIVE_RETRIES_MAX = 5,
	LIVE_ACTS_MAX = 8,
};

enum live_phase {
	LIVE_WAITING,
	LIVE_INVITING,
	LIVE_EARLY,
	LIVE_TALKING,
	LIVE_ENDING,
	LIVE_OVER,
};

enum live_method {
	LIVE_INVITE,
	LIVE_ACK,
	LIVE_PRACK,
	LIVE_UPDATE,
	LIVE_BYE,
	LIVE_METHODS
};

/** What a request carries. */
struct live_act {
	enum live_method method;
	bool sdp, metadata, partial;
	bool inactive; /**< as the SDP shall say */
};

/** A request under way. */
struct live_request {
	bool open;
	struct live_act act;
	uint32_t cseq;
	char branch[40];
	struct text message;
	nanoseconds next_at, give_up_at; /**< monotonic */
	uint32_t interval_ms;
	bool provisional; /**< a 1xx came: repeat no longer */
};

struct live;

struct live_dialog {
	struct live *call;
	uint8_t index;
	char call_id[64], from_tag[24], to_tag[64];
	char from[320], to[192], contact[256]; /**< without tags */
	char target[256];	     /**< request URI inside the dialog */
	struct text routes;	     /**< Route headers, whole lines */
	struct sockaddr_storage hop; /**< UDP: where requests go */
	bool has_hop;
	bool up, over;
	uint32_t cseq, sdp_version;
	uint32_t tries; /**< of the first INVITE */
	uint64_t last_rseq;
	struct live_request invite, other;
	struct text ack; /**< of the last 2xx to an INVITE */
	uint32_t ack_cseq;
	struct live_act want[LIVE_ACTS_MAX];
	size_t want_count;
	nanoseconds want_at; /**< not before; after 491 */
	uint32_t expires_s, min_se_s;
	bool refresher;		  /**< we refresh */
	nanoseconds refresh_at;	  /**< monotonic, 0: no session timer */
	struct sdp_answer answer; /**< of the recorder, the latest */
};

struct live {
	struct fleet *fleet;
	const struct call_plan *plan;
	struct call_report *report;
	uint32_t index;
	enum live_phase phase;
	struct live_dialog dialog[CALL_DIALOGS_MAX];
	struct talk talk;
	char service[24], caller[24], marker[4][48];
	struct rtp_stream stream[CALL_MEDIA_MAX];
	struct rtp_port port[CALL_MEDIA_MAX]; /**< own ones */
	bool own_port[CALL_MEDIA_MAX];
	nanoseconds begins_at, evidence_at, talking_at, ends_at, quiet_at;
	size_t next_step;
	bool inactive;	/**< the recording is paused now */
	bool answering; /**< the evidence is on its way */
};

/** All calls and what they share. Filled by fleet.c. */
struct fleet {
	const struct call_plan *plan;
	struct loop *loop;
	struct wire *wire;
	struct call_summary *summary;
	struct live **live;	     /**< by index; NULL: not begun, or over */
	struct sockaddr_storage own; /**< address for RTP */
	struct track caller, agent, third, mixed, tone_a, tone_b;
	uint32_t talk_ms;
	struct rtp_port *shared;
	size_t shared_count;
	nanoseconds now; /**< monotonic, of this turn */
	uint32_t running, begun;
	bool heard;    /**< the recorder said anything at all */
	bool stopping; /**< asked to end by a signal */
	struct wheel {
		struct rtp_stream **stream;
		size_t count, room;
	} wheel[TRACK_FRAME_MS]; /**< streams by the ms they are due in */
	int64_t wheel_ms;	 /**< served up to here */
};

/* fleet.c */
/** Have this stream served from now on. */
void fleet_queue(struct fleet *fleet, struct rtp_stream *stream);

/* live.c: the course of a call */
MUST int live_start(struct live *call);
void live_turn(struct live *call);
/** A dialog was answered, or its change was. */
void live_answered(struct live_dialog *dialog, const struct live_act *act);
/** The recorder said no, or nothing. */
void live_failed(struct live *call, enum call_result result, const char *format,
		 ...) FORMAT(3, 4);
/** The recorder ended a dialog. */
void live_ended(struct live_dialog *dialog);
/** Something came back that should not be so. */
void live_warn(struct live *call, const char *format, ...) FORMAT(2, 3);
void live_free(struct live *call);

/* scene.c: who takes part, and what happens in the middle */
MUST int scene_set(struct live *call);
void scene_answer(struct live *call);
void scene_step(struct live *call, const struct call_step *step);
/** All streams whose dialog this is aim at what its answer says. */
MUST int scene_aim(struct live_dialog *dialog);
void scene_play(struct live *call);

/* request.c: what a client asks */
void request_send(struct live_dialog *dialog, const struct live_act *act);
void request_again(struct live_dialog *dialog, struct live_request *request);
void request_ack(struct live_dialog *dialog, uint32_t cseq, const char *branch,
		 bool failed);
void request_turn(struct live_dialog *dialog);
const char *request_method(enum live_method method);
/** The SDP as it is now; lines of this dialog only. */
void request_sdp(struct live_dialog *dialog, bool inactive, struct text *text);

/* identity.c: From, To, Contact of the dialects */
void identity_set(struct live_dialog *dialog);
/** From anew, after a transfer (RFC 4916); the tag stays. */
void identity_change(struct live_dialog *dialog);
void identity_headers(struct live_dialog *dialog, struct text *text);

/* reply.c: what comes back and what is asked of us */
void reply_take(struct live_dialog *dialog, const struct message *message,
		const struct sockaddr_storage *from);
void reply_serve(struct fleet *fleet, struct live_dialog *dialog,
		 const struct message *message,
		 const struct sockaddr_storage *from);

/* check.c: whether an answer is sound */
void check_answer(struct live_dialog *dialog, const struct message *message,
		  const struct live_act *act);

#endif
