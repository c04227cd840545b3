/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file message.h
 * A SIP message (RFC 3261), read strictly and without a copy.
 *
 * All slices point into the bytes that were given and live as long as
 * they do. There is one reading of every message: names are compared in
 * one canonical form, a header that may occur once occurs once, a line
 * ends in CRLF and nowhere else, and what a stream carries is cut by
 * Content-Length only. What could be read in two ways is refused.
 *
 * Three outcomes: usable; refused with a status the sender may be told
 * (RFC 4475 names the cases); not a message at all, to be dropped.
 */
#ifndef TALLENNE_SIPREC_MESSAGE_H
#define TALLENNE_SIPREC_MESSAGE_H

#include "base/bytes.h"

enum {
	MESSAGE_HEAD_MAX = 16384, /**< start line to blank line */
	MESSAGE_BODY_MAX = 65536,
	MESSAGE_LINES_MAX = 128, /**< header lines */
	MESSAGE_CSEQ_MAX = 0x7fffffff,
};

enum message_method {
	MESSAGE_UNKNOWN,
	MESSAGE_INVITE,
	MESSAGE_ACK,
	MESSAGE_BYE,
	MESSAGE_CANCEL,
	MESSAGE_OPTIONS,
	MESSAGE_UPDATE,
	MESSAGE_PRACK,
	MESSAGE_INFO,
	MESSAGE_REFER,
	MESSAGE_SUBSCRIBE,
	MESSAGE_NOTIFY,
	MESSAGE_MESSAGE,
	MESSAGE_REGISTER,
	MESSAGE_PUBLISH,
	MESSAGE_METHODS
};

/** Headers that are known; all others are found by name. */
enum message_header {
	MESSAGE_OTHER,
	MESSAGE_ACCEPT,
	MESSAGE_ALLOW,
	MESSAGE_CALL_ID,
	MESSAGE_CONTACT,
	MESSAGE_CONTENT_DISPOSITION,
	MESSAGE_CONTENT_ENCODING,
	MESSAGE_CONTENT_LENGTH,
	MESSAGE_CONTENT_TYPE,
	MESSAGE_CSEQ,
	MESSAGE_DATE,
	MESSAGE_DIVERSION,
	MESSAGE_EVENT,
	MESSAGE_EXPIRES,
	MESSAGE_FROM,
	MESSAGE_MAX_FORWARDS,
	MESSAGE_MIN_SE,
	MESSAGE_P_ASSERTED_IDENTITY,
	MESSAGE_PRIVACY,
	MESSAGE_PROXY_REQUIRE,
	MESSAGE_RECORD_ROUTE,
	MESSAGE_REFER_TO,
	MESSAGE_REMOTE_PARTY_ID,
	MESSAGE_REPLACES,
	MESSAGE_REQUIRE,
	MESSAGE_ROUTE,
	MESSAGE_SESSION_EXPIRES,
	MESSAGE_SUPPORTED,
	MESSAGE_TO,
	MESSAGE_UNSUPPORTED,
	MESSAGE_USER_AGENT,
	MESSAGE_USER_TO_USER,
	MESSAGE_VIA,
	MESSAGE_CISCO_PARTICIPANT, /**< X-Cisco-Recording-Participant */
	MESSAGE_HEADERS
};

/** One header line, folds included. */
struct message_line {
	struct slice name;  /**< as it was written */
	struct slice value; /**< trimmed; may contain folds (CRLF + blank) */
	uint32_t header;    /**< enum message_header */
};

/** The topmost Via. */
struct message_via {
	struct slice transport; /**< "UDP", "TCP", "TLS" */
	struct slice host;
	uint16_t port;	     /**< 0: none was given */
	struct slice branch; /**< empty: none */
	bool has_rport;	     /**< RFC 3581: rport without a value */
};

struct message {
	bool is_request;
	uint32_t method;	  /**< enum message_method; of CSeq in a
				       response */
	struct slice method_text; /**< empty in a response */
	struct slice uri;	  /**< Request-URI */
	uint16_t status;	  /**< 100 to 699 in a response, or 0 */
	struct slice reason;
	/** 0: usable. Otherwise answer a request so (400, 505 ...), drop a
	    response or an ACK. What could be read is filled in. */
	uint16_t refuse;
	const char *why; /**< a literal, never the sender's bytes;
				       fit for a reason phrase and a log */
	struct slice call_id;
	uint32_t cseq;
	struct slice from_tag; /**< empty: none (RFC 2543) */
	struct slice to_tag;
	struct message_via via;
	struct slice bytes; /**< the message as cut, head and body */
	struct slice head;  /**< start line to blank line included */
	struct slice body;
	uint32_t line_count;
	struct message_line lines[MESSAGE_LINES_MAX];
};

/**
 * How much of a stream is the next message.
 *
 * @param bytes  what has arrived and was not yet taken
 * @param[out] ret_blank  how many leading CR and LF to pass over first
 *                        (RFC 5626 keep-alive: CRLF CRLF asks for a CRLF);
 *                        set also with -EAGAIN
 * @param[out] ret_size  size of the message that follows them; with
 *                       -EAGAIN how much has to be there, at least,
 *                       before it is worth asking again
 * @return 0; -EAGAIN: more has to arrive; -EFBIG or -EBADMSG: the stream
 *         cannot be followed any more and must be closed
 */
MUST int message_frame(struct slice bytes, size_t *ret_blank, size_t *ret_size);

/**
 * Read a message.
 *
 * @param bytes  one datagram, or what message_frame() cut, without leading
 *               blanks. In a datagram what follows Content-Length is
 *               ignored (RFC 3261, 18.3).
 * @param[out] ret_message  filled in also with a refusal
 * @return 0: look at ret_message->refuse; -EBADMSG: nothing that could be
 *         answered; drop it
 */
MUST int message_parse(struct slice bytes, struct message *ret_message);

/** How many lines of this header there are. */
uint32_t message_count(const struct message *message,
		       enum message_header header);

/** The nth line's whole value, from 0; size 0 if there is none. */
struct slice message_line(const struct message *message,
			  enum message_header header, uint32_t nth);

/** The nth value of a comma-separated header, over all its lines. */
struct slice message_value(const struct message *message,
			   enum message_header header, uint32_t nth);

/** The nth line of a header by its name, ASCII case aside. */
struct slice message_find(const struct message *message, struct slice name,
			  uint32_t nth);

/** Whether a list header (Require, Supported, Allow) has a token. */
bool message_has(const struct message *message, enum message_header header,
		 struct slice token);

/** Canonical spelling of a known header or method, for writing. */
struct slice message_header_name(enum message_header header);
struct slice message_method_name(enum message_method method);

/** Which header a name or its compact form means; MESSAGE_OTHER: none. */
enum message_header message_header_of(struct slice name);

/** What a method is called; MESSAGE_UNKNOWN if it is not known. */
enum message_method message_method_of(struct slice text);

/**
 * Session-Expires (RFC 4028).
 *
 * @param[out] ret_refresher  "uac", "uas" or empty
 * @return 0, -ENOENT or -EBADMSG
 */
MUST int message_session_expires(const struct message *message,
				 uint32_t *ret_seconds,
				 struct slice *ret_refresher);

/** Min-SE, in seconds; 0, -ENOENT or -EBADMSG. */
MUST int message_min_se(const struct message *message, uint32_t *ret_seconds);

/** Replaces (RFC 3891). */
struct message_replaces {
	struct slice call_id, to_tag, from_tag;
	bool is_early_only;
};

/** Replaces; 0, -ENOENT or -EBADMSG. */
MUST int message_replaces(const struct message *message,
			  struct message_replaces *ret_replaces);

#endif
