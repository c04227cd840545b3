/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file call.h
 * Recorded calls made on purpose: a SIPREC client (RFC 7866: SRC) for
 * demonstrations, tests and load.
 *
 * A plan says what every call is like, call_run() makes them all in one
 * thread and tells what happened. Nothing is simulated: the messages go over
 * UDP, TCP or TLS and the sound over RTP or SRTP to whatever recorder is
 * named. What comes back is checked as far as a client can see it.
 */
#ifndef TALLENNE_CLI_CALL_CALL_H
#define TALLENNE_CLI_CALL_CALL_H

#include "base/clock.h"

enum {
	CALL_CALLS_MAX = 20000,
	CALL_STEPS_MAX = 32,
	CALL_MEDIA_MAX = 4,   /**< streams of one call */
	CALL_DIALOGS_MAX = 2, /**< SIP dialogs of one call */
	CALL_NAME_SIZE = 96,
	CALL_FAULT_SIZE = 160,
};

enum call_transport { CALL_UDP, CALL_TCP, CALL_TLS };

enum call_coding {
	CALL_PCMA,
	CALL_PCMU,
	CALL_G722,
	CALL_GSM,
	CALL_L16,
	CALL_OPUS,
	CALL_CODINGS
};

/** SRTP suites of SDES (RFC 4568, 7714); the names in their order. */
enum call_srtp {
	CALL_SRTP_NONE,
	CALL_SRTP_AES_CM_128_HMAC_SHA1_80,
	CALL_SRTP_AES_CM_128_HMAC_SHA1_32,
	CALL_SRTP_AEAD_AES_128_GCM,
	CALL_SRTP_AEAD_AES_256_GCM,
	CALL_SRTP_SUITES
};

/** Somebody who answers calls. */
struct call_agent {
	char id[32];
	char number[24];	      /**< E.164 or empty */
	char address[CALL_NAME_SIZE]; /**< "agent1@example.fi" */
};

/** What happens in the middle of a call. */
enum call_step_kind {
	CALL_HOLD,     /**< the customer waits: streams inactive, metadata */
	CALL_RESUME,   /**< end of it */
	CALL_PAUSE,    /**< the client pauses the recording */
	CALL_CONTINUE, /**< end of it */
	CALL_TRANSFER, /**< another agent takes the call */
	CALL_JOIN,     /**< a third party joins with a stream of its own */
	CALL_LEAVE,    /**< and leaves again */
	CALL_METADATA, /**< metadata alone, by UPDATE */
	CALL_RESTART,  /**< the client was restarted: same Call-ID, new tag */
};

struct call_step {
	enum call_step_kind kind;
	uint32_t at_ms; /**< after the answer */
	bool partial;	/**< CALL_METADATA: only what changed */
	struct call_agent agent;
};

struct dialect;
struct call_progress;

/** What the calls shall be like. Strings are borrowed, NULL or "": none. */
struct call_plan {
	/* where to */
	const char *host;
	uint16_t port;
	enum call_transport transport;
	const char *user;  /**< of the request URI; default: the service */
	const char *local; /**< own address; default: what the route says */
	const char *ca, *cert, *key; /**< PEM files */
	const char *tls_name; /**< name to check the certificate against */
	bool tls_insecure;    /**< do not check it */

	/* who */
	const char *service;  /**< E.164 */
	const char *caller;   /**< E.164, or NULL: withheld */
	uint64_t caller_step; /**< add this to the number with each call */
	struct call_agent agent;
	const struct dialect *dialect;
	bool markers; /**< words that must not be found afterwards */

	/* sound */
	const char *caller_wav, *agent_wav;
	uint32_t caller_tone, agent_tone;     /**< Hz, 0: speech-like signal */
	const char *save_caller, *save_agent; /**< write what is sent */
	enum call_coding codec;
	enum call_srtp srtp;
	uint32_t early_ms;		 /**< tone A before the answer */
	uint32_t after_ms;		 /**< tone B after BYE */
	double loss, reorder, duplicate; /**< 0 to 1 */

	/* how long, how many */
	uint32_t talk_ms; /**< 0: as long as the WAV files */
	uint32_t calls, at_once;
	double rate;	   /**< new calls a second */
	bool shared_ports; /**< few sockets for many streams */
	uint64_t seed;

	/* signalling */
	struct call_step steps[CALL_STEPS_MAX];
	size_t step_count;
	uint32_t session_expires_s; /**< 0: as the dialect does */
	bool prack, lost_bye;

	/** End all calls properly at SIGINT or SIGTERM, instead of leaving
	    these signals to the caller. */
	bool take_signals;

	/** Told of every change, or NULL. */
	void (*progress)(void *self, const struct call_progress *progress);
	void *self;
};

enum call_result {
	CALL_PENDING,
	CALL_OK,
	CALL_REFUSED, /**< the recorder said no */
	CALL_FAILED,  /**< it broke */
};

/** What a stream sent. */
struct call_stream_report {
	char label[16];
	char lane[8];	      /**< caller, agent, third, mixed */
	char destination[64]; /**< address:port of the recorder */
	uint16_t local_port;
	uint64_t packets, bytes;	 /**< really sent */
	uint64_t lost, swapped, doubled; /**< on purpose */
	uint64_t errors;		 /**< refused by the kernel */
};

/** A step that was taken: between these the recorder came to know of it. */
struct call_change {
	enum call_step_kind kind;
	nanoseconds asked_at, known_at; /**< 0: no answer until the end */
};

/**
 * What became of a call, and when by the client's own clock. The recorder
 * takes the call to be answered between asked_at and known_at, and to be
 * over between bye_at and gone_at, however long a busy machine takes.
 */
struct call_report {
	enum call_result result;
	int status;	/**< final SIP status of the INVITE, or 0 */
	int bye_status; /**< of the BYE, or 0 */
	bool ended_by_recorder;
	char fault[CALL_FAULT_SIZE]; /**< what was wrong first, or empty */
	char call_id[CALL_DIALOGS_MAX][64];
	uint32_t dialog_count;
	uint32_t retransmissions;
	uint32_t glares;   /**< 491 */
	uint32_t retries;  /**< 503 with Retry-After */
	uint32_t served;   /**< requests of the recorder answered */
	uint32_t warnings; /**< checks that were not met */
	nanoseconds invite_at, early_at, answered_at, bye_at, ended_at;
	nanoseconds asked_at; /**< the request that tells of the answer went */
	nanoseconds known_at; /**< and the recorder has said yes to it */
	nanoseconds gone_at;  /**< the recorder has said yes to the BYE */
	struct call_change change[CALL_STEPS_MAX];
	uint32_t change_count;
	char session_expires[32]; /**< as answered */
	struct call_stream_report stream[CALL_MEDIA_MAX];
	uint32_t stream_count;
	char marker[4][48]; /**< words put into the call, or empty */
};

/** All calls together. */
struct call_summary {
	uint32_t made, ok, refused, failed;
	uint32_t at_once_max;
	uint64_t packets, bytes, send_errors;
	uint64_t late_max_us; /**< how late the latest packet left */
	nanoseconds began_at, ended_at;
	struct call_report *report; /**< one each, heap; call_summary_drop() */
};

enum call_event {
	CALL_EVENT_STARTED,
	CALL_EVENT_ANSWERED,
	CALL_EVENT_STEP,
	CALL_EVENT_ENDED,
};

struct call_progress {
	enum call_event event;
	uint32_t index; /**< which call, from 0 */
	const struct call_report *report;
};

/** A plan with sensible defaults; host and service are missing. */
struct call_plan call_plan_default(void);

/** Cleanup for OWNED(). */
void call_summary_drop(struct call_summary *summary);

/**
 * Make the calls and wait until the last has ended.
 *
 * @param plan  borrowed
 * @param[out] ret_summary  the caller drops it; also filled when calls
 *              were refused or failed
 * @param[out] fault  room for CALL_FAULT_SIZE: what failed, if it did
 * @return 0 whether or not calls succeeded, see the summary; -ENOENT for
 *         an unknown host, -EINVAL for an impossible plan, or errno
 */
MUST int call_run(const struct call_plan *plan,
		  struct call_summary *ret_summary, char *fault);

#endif
