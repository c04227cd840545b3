/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file message.h
 * Reading what a recorder answers: SIP messages and the SDP in them.
 *
 * A tolerant reader for the client's side, apart from the recorder's own:
 * a test client that shares the server's parser would not see its faults.
 * All slices point into the text that was read.
 */
#ifndef TALLENNE_CLI_CALL_MESSAGE_H
#define TALLENNE_CLI_CALL_MESSAGE_H

#include "base/bytes.h"

enum {
	MESSAGE_HEADERS_MAX = 96,
	MESSAGE_SIZE_MAX = 65536,
	MESSAGE_ROUTES_MAX = 8,
};

struct message {
	bool is_request;
	int status;		  /**< of an answer */
	struct slice method, uri; /**< of a request */
	struct slice reason;	  /**< of an answer */
	size_t header_count;
	struct {
		struct slice name, value;
	} header[MESSAGE_HEADERS_MAX];
	struct slice body;
};

/**
 * Read one whole message.
 *
 * @return 0, or -EBADMSG if it is none
 */
MUST int message_read(struct slice text, struct message *ret_message);

/**
 * Find the end of the first message of a stream (RFC 3261, 18.3).
 *
 * @param[out] ret_size  size of that message, leading blank lines included
 * @return 0, -EAGAIN while it is not whole yet, -EBADMSG if it never will be
 */
MUST int message_measure(struct slice stream, size_t *ret_size);

/**
 * A header's value.
 *
 * @param name   long form; its compact form is known and found as well
 * @param index  which of several, from 0
 * @return empty if there is none
 */
struct slice message_header(const struct message *message, const char *name,
			    size_t index);

/** Whether a header lists this word ("100rel" in Require). */
bool message_lists(const struct message *message, const char *name,
		   const char *word);

/** The "tag" parameter of From or To; empty if there is none. */
struct slice message_tag(const struct message *message, const char *name);

/** A parameter after ";" of a header value, outside of <>. */
struct slice message_parameter(struct slice value, const char *name);

/** What stands inside <>, or the value up to its first ";". */
struct slice message_uri(struct slice value);

/** CSeq: number and method; 0 or -EBADMSG. */
MUST int message_cseq(const struct message *message, uint32_t *ret_number,
		      struct slice *ret_method);

#endif
