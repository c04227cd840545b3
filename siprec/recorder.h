/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file recorder.h
 * Everything this room knows, and what its parts may ask of each other.
 *
 * The parts are files: session*.c (dialogs), contact*.c (calls),
 * media_face.c and register_face.c (neighbours), recorder.c (messages in,
 * time). All of them take the recorder, so that a test can make one with
 * lines, clock and wire of its own.
 */
#ifndef TALLENNE_SIPREC_RECORDER_H
#define TALLENNE_SIPREC_RECORDER_H

#include "notice/notice.h"
#include "seal/keyset.h"
#include "siprec/client.h"
#include "siprec/contact.h"
#include "siprec/gate.h"
#include "siprec/journal.h"
#include "siprec/outbox.h"
#include "siprec/refusal.h"
#include "siprec/roster.h"
#include "siprec/session.h"

struct attic;

enum { SESSION_ROWS = 4096 };

/** A media process. */
struct media_process {
	struct outbox outbox;
	uint32_t calls_max; /**< 0: not told yet */
	uint32_t calls;	    /**< contacts it has */
	uint32_t returning; /**< of these, not back at their ports yet */
	uint32_t refused;   /**< running calls refused at least once */
	int64_t lost_ms;    /**< when its line was lost, if it is */
};

struct recorder {
	/* Given by whoever makes it. */
	const struct clock *clock;
	const struct wire *wire;
	struct tally tally;
	int64_t now_ms; /**< monotonic, as of the present turn */
	/** Called before a line is closed; may be NULL. */
	void (*line_gone)(void *self, int end);
	void *line_self;

	/* Settings. */
	struct clients clients;
	struct roster *roster;
	char address[SDP_ADDRESS_TEXT]; /**< ours, for Contact */
	bool is_advertised; /**< it was set, and is not a listener's */
	char media_address[SDP_ADDRESS_TEXT]; /**< of our RTP ports, for SDP */
	uint32_t expires_s;
	uint32_t probe_s;
	uint32_t call_hours_max;
	/** Our address on each socket, a URI; [flow kind][socket]. */
	char local[FLOW_TLS + 1][SOCKETS_MAX][DIALOG_LOCAL_SIZE];

	/* From the house. */
	struct policy *policy;
	struct seal_keyset *keys;
	struct journal *journal;
	struct attic *attic; /**< NULL: nothing outlives a crash */
	struct media_process media[MEDIA_MAX];
	struct outbox registry;
	bool is_stopping;

	/* Tables. */
	struct transactions *transactions;
	struct requests *requests;
	struct session *sessions; /**< SESSIONS_MAX */
	struct contact *contacts; /**< CONTACTS_MAX */
	uint32_t session_rows[SESSION_ROWS];
	uint32_t contact_first[CONTACTS_MAX];  /**< its sessions, plus 1 */
	uint32_t sessions_used, contacts_used; /**< places ever used */
	uint32_t session_free, contact_free;   /**< none is free below */
	uint32_t session_count, contact_count;
	int64_t looked_ms;	  /**< when all tables were last looked over */
	uint64_t draws_skipped;	  /**< since a number was last given */
	struct refusals refusals; /**< told in the log */

	/* Contacts whose row or letter waits for the next commit. */
	uint32_t due[CONTACTS_MAX];
	uint32_t due_count;
	bool is_failed;	 /**< the journal is dead: the room must end */
	bool is_stalled; /**< the journal has no space: changes wait */
};

/** Make the tables; what "given" lists is set by the caller before. */
MUST int recorder_init(struct recorder *recorder);
/** Close a line, after whoever watches it was told. */
void recorder_close(struct recorder *recorder, struct outbox *outbox);
void recorder_done(struct recorder *recorder);

/** Take one message. at: when it arrived, by the wall clock. */
void recorder_take(struct recorder *recorder, const struct flow *flow,
		   struct slice bytes, nanoseconds at);

/**
 * Answer a message that cannot be taken from a stream.
 *
 * @param bytes      from its start, as far as they came
 * @param is_larger  513, else 400; nothing if its head cannot be read
 */
void recorder_refuse(struct recorder *recorder, const struct flow *flow,
		     struct slice bytes, bool is_larger);

/**
 * Tell in the log, now and then, why something of a client was not taken.
 *
 * @param client  NULL: of nobody that is listed
 * @param status  what it was answered; 0: nothing, or it was taken in part
 * @param why     a literal, which ends the sentence
 */
void recorder_explain(struct recorder *recorder, const struct client *client,
		      uint16_t status, const char *why);
/** Somebody came who is no client: counted, and told likewise. */
void recorder_stranger(struct recorder *recorder);

/** Make durable and send what waits; at the end of each turn of the loop. */
void recorder_commit(struct recorder *recorder);

/** Do what is due. */
void recorder_tick(struct recorder *recorder, int64_t now_ms);

/* session.c: the table of sessions */

/** The session of a request inside a dialog, or NULL. */
struct session *session_find(struct recorder *recorder,
			     const struct message *request,
			     const struct flow *flow);
/** The session of the same client and Call-ID, or NULL. */
struct session *session_same_call(struct recorder *recorder,
				  const struct message *invite,
				  const struct flow *flow);
struct session *session_new(struct recorder *recorder,
			    const struct message *invite,
			    const struct flow *flow, const char *tag);
/** Enter a session that came from the attic. */
void session_enter(struct recorder *recorder, struct session *session);
void session_free(struct recorder *recorder, struct session *session);
uint32_t session_index(const struct recorder *recorder,
		       const struct session *session);
struct contact *session_contact(struct recorder *recorder,
				const struct session *session);
/** Tie a session to its contact, and part them. */
void session_join(struct recorder *recorder, struct session *session,
		  struct contact *contact);
struct client *session_client(struct recorder *recorder,
			      const struct session *session);
/** End a session and, if it was the last, its contact. */
void session_end(struct recorder *recorder, struct session *session,
		 nanoseconds at, enum call_end reason);
/** Send BYE and end it. */
void session_bye(struct recorder *recorder, struct session *session,
		 nanoseconds at, enum call_end reason);
/** As sdp_keep_reachable(), for what this session describes. */
bool session_can_hear(const struct session *session, struct sdp *sdp);
/** Answer what waits and drop it. */
void session_refuse(struct recorder *recorder, struct session *session,
		    uint16_t status, const char *reason);

/* session_invite.c, session_change.c, session_answer.c */

void session_invite(struct recorder *recorder, const struct message *invite,
		    const struct flow *flow, transaction_id id, nanoseconds at);
/** Take what a metadata part says; what is broken of it is counted. */
void session_read_metadata(struct recorder *recorder, struct session *session,
			   struct slice xml);
/**
 * Tell why a body was refused.
 *
 * @param r    what body_take() or sdp_parse() said; -EADDRNOTAVAIL: its sound
 *             cannot reach us; 0: nothing in it can be recorded
 * @param sdp  read only if r is 0
 */
void session_explain_body(struct recorder *recorder,
			  const struct client *client, int r,
			  const struct sdp *sdp);
/** A re-INVITE or UPDATE inside a dialog. */
void session_change(struct recorder *recorder, struct session *session,
		    const struct message *request, transaction_id id,
		    nanoseconds at);
void session_ack(struct recorder *recorder, struct session *session,
		 const struct message *ack, nanoseconds at);
/** The session stands: the evidence that most clients give. */
void session_established(struct recorder *recorder, struct session *session,
			 nanoseconds at);
/** Answer what waits, if media has taken what it asked for. */
void session_answer(struct recorder *recorder, struct session *session);
/** Keep the text of an offer until it is answered; 0 or -ENOMEM. */
MUST int session_keep_offer(struct session *session, struct slice text);
/** A description of theirs becomes streams of the call. */
void session_take_sdp(struct recorder *recorder, struct session *session,
		      const struct sdp *sdp, const struct parties *parties);
/** The answer to an offer of ours; what cannot reach us is left out. */
void session_take_answer(struct recorder *recorder, struct session *session,
			 struct sdp *sdp, nanoseconds at);
/** Our present ports as an offer; as sdp_write_answer(). */
MUST int session_write_offer(struct recorder *recorder, struct session *session,
			     char out[SDP_SIZE_MAX], size_t *ret_size);
/** Decide who is who, from all that this session knows. */
void session_parties(struct recorder *recorder, const struct session *session,
		     const struct message *message, struct parties *parties);

/* session_move.c */

/** Its ports are others now: tell the client, when that is possible. */
void session_move(struct recorder *recorder, struct session *session);
void session_move_answered(struct recorder *recorder, struct session *session,
			   uint16_t status, const struct message *answer);

/* session_timer.c */

/** Agree on the session timer; -ERANGE: answer 422. */
MUST int session_agree_timer(struct recorder *recorder, struct session *session,
			     const struct message *request);
void session_tick(struct recorder *recorder, struct session *session);
/** Media hears nothing of its call. */
void session_silent(struct recorder *recorder, struct session *session,
		    nanoseconds last_at);
/** As request_answer_fn. */
void session_answered(void *self, uint32_t index, uint32_t generation,
		      enum message_method method, uint16_t status,
		      const struct message *answer);

/* contact.c, contact_row.c: calls */

uint32_t contact_index(const struct recorder *recorder,
		       const struct contact *contact);
/** The open contact that a dialog of this client is tied to, or NULL. */
struct contact *contact_tied(struct recorder *recorder, uint64_t client_key,
			     uint64_t tie);
/**
 * Begin a contact: number, end dates, row.
 *
 * @return 0; -ENOKEY, -ENOSPC, -EBUSY (no media), -ENODATA (number not
 *         known yet), -EINVAL (no retention)
 */
MUST int contact_begin(struct recorder *recorder, const struct client *client,
		       struct parties *parties, nanoseconds at,
		       struct contact **ret_contact);
/** Whether the policy records it; NOTICE_RECORD if it cannot tell yet. */
enum notice_refusal contact_judge(struct recorder *recorder,
				  const struct client *client,
				  const struct parties *parties, nanoseconds at,
				  bool *ret_is_known);
/** Count a refusal by its reason. */
void contact_count_refusal(struct recorder *recorder,
			   const struct client *client,
			   enum notice_refusal refusal, bool is_known);
/** Take what is known of the parties now: row, marks, lanes. */
void contact_know(struct recorder *recorder, struct contact *contact,
		  struct parties *parties, nanoseconds at);
/** The gate: an event that may be the evidence. */
void contact_gate(struct recorder *recorder, struct contact *contact,
		  enum gate_event event, const struct gate_facts *facts,
		  nanoseconds at);
/**
 * Streams were changed: pause marks, policy on hold, letter to media.
 *
 * @param is_hold  whether streams that rest do so because the call is held:
 *                 the change came with metadata
 */
void contact_changed(struct recorder *recorder, struct contact *contact,
		     bool is_hold, nanoseconds at);
void contact_end(struct recorder *recorder, struct contact *contact,
		 nanoseconds at, enum call_end reason);
void contact_free(struct recorder *recorder, struct contact *contact);
/** Its row is to be written, its letter to be posted, at the commit. */
void contact_row_due(struct recorder *recorder, struct contact *contact);
void contact_post_due(struct recorder *recorder, struct contact *contact);
void contact_tick(struct recorder *recorder, struct contact *contact);
/** A crash left this row open and nothing knows the call: end it. */
void contact_mourn(void *self, const struct register_contact *row);

/* media_face.c */

/** The process with most room, none of those "tried" (bits), or -EBUSY. */
MUST int media_choose(const struct recorder *recorder, uint64_t tried);
/** Its process had no port: ask another; false if there is none. */
bool media_try_another(struct recorder *recorder, struct contact *contact);
void media_line(struct recorder *recorder, uint32_t index, int end);
/** Ask again for a call whose next segment was refused, when it is time. */
void media_retry(struct recorder *recorder, struct contact *contact);
void media_lost(struct recorder *recorder, uint32_t index);
/** Its line is new: tell it of all calls it should know. */
void media_known(struct recorder *recorder, uint32_t index);
/** Tell its media process the present state, after the commit. */
void media_post(struct recorder *recorder, struct contact *contact);
void media_mark(struct recorder *recorder, const struct contact *contact,
		enum call_mark kind, uint32_t label, nanoseconds at);
void media_close(struct recorder *recorder, struct contact *contact,
		 nanoseconds at, enum call_end reason);
/** Take one letter; as line_serve(). */
MUST int media_hear(struct recorder *recorder, uint32_t index);

/* register_face.c */

void register_line(struct recorder *recorder, int end);
void register_lost(struct recorder *recorder);
/** Send what the register does not have. */
void register_push(struct recorder *recorder);
MUST int register_hear(struct recorder *recorder);

#endif
