/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file metadata.h
 * What a client says of the call in XML (RFC 7865), in every dialect.
 *
 * Elements are matched by local name; namespaces are ignored. A DOCTYPE,
 * depth, elements, attributes or size beyond the limits end the reading at
 * once; what was understood so far is kept and "is_broken" is set. Broken
 * metadata never costs a recording.
 *
 * Ids are kept as hashes, never as text. Of the texts only addresses,
 * names and labels are kept, and only while the call lasts; nothing that
 * is not needed to bind a stream to a party is read into memory of ours.
 */
#ifndef TALLENNE_SIPREC_METADATA_H
#define TALLENNE_SIPREC_METADATA_H

#include "base/bytes.h"

enum {
	METADATA_SIZE_MAX = 65536,
	METADATA_DEPTH_MAX = 32,
	METADATA_ATTRIBUTES_MAX = 256, /**< of one element */
	METADATA_ELEMENTS_MAX = 2048,
	METADATA_TEXT_MAX = 1024, /**< of one element */
	METADATA_PARTICIPANTS_MAX = 16,
	METADATA_SESSIONS_MAX = 8,
	METADATA_STREAMS_MAX = 16,
	METADATA_SENDS_MAX = 64,
	METADATA_AOR_SIZE = 128,
	METADATA_NAME_SIZE = 64,
	METADATA_LABEL_SIZE = 40,
	METADATA_OTHERS_MAX = 8,
};

/** How the call came about, as the client tells it. */
enum metadata_call_type {
	METADATA_CALL_UNKNOWN,
	METADATA_CALL_IN,  /**< to the recorded party */
	METADATA_CALL_OUT, /**< from the recorded party */
	METADATA_CALL_INTERNAL,
};

struct metadata_participant {
	uint64_t id;	  /**< hash of its id; never 0 */
	uint64_t session; /**< hash, 0: not told */
	bool is_gone;	  /**< disassociated from the session */
	bool is_recorded; /**< the client calls it the recorded party */
	bool is_calling;  /**< the client calls it the calling party */
	bool is_withheld; /**< the client calls it private */
	char aor[METADATA_AOR_SIZE];   /**< as sent */
	char alias[METADATA_AOR_SIZE]; /**< a second nameID, RFC 7865 */
	char name[METADATA_NAME_SIZE];
};

struct metadata_stream {
	uint64_t id;
	uint64_t session;
	bool is_mixed; /**< <mode>mixed</mode> */
	bool is_gone;  /**< disassociated */
	char label[METADATA_LABEL_SIZE];
};

/** A participant sends a stream. */
struct metadata_send {
	uint64_t participant;
	bool is_gone;	 /**< disassociated */
	bool is_both;	 /**< and hears the same stream: all are in it */
	uint64_t stream; /**< hash of the stream's id, or of its label in
			      dialects that refer to that */
};

struct metadata {
	bool is_seen;	    /**< any document was understood */
	bool is_broken;	    /**< the last one not wholly */
	bool is_partial;    /**< the last one was an update of what was known */
	uint32_t call_type; /**< enum metadata_call_type */
	uint64_t correlation;	   /**< hash of what names the call beyond this
				   dialog (UCID, extTrackingID, sipSessionID,
				   callId), or 0 */
	uint32_t correlation_rank; /**< how good it is; own use */
	char called[METADATA_AOR_SIZE];	  /**< number that was called */
	char calling[METADATA_AOR_SIZE];  /**< who called */
	bool is_calling_withheld;	  /**< privacy for "calling" */
	char recorded[METADATA_AOR_SIZE]; /**< user the client records */
	/** Numbers the call came through; fit only for being compared with
	    the service numbers. */
	char others[METADATA_OTHERS_MAX][METADATA_AOR_SIZE];
	uint32_t other_count;
	uint32_t participant_count;
	uint32_t session_count;
	uint32_t stream_count;
	uint32_t send_count;
	uint32_t dropped; /**< items beyond the limits */
	uint64_t sessions[METADATA_SESSIONS_MAX];
	struct metadata_participant participants[METADATA_PARTICIPANTS_MAX];
	struct metadata_stream streams[METADATA_STREAMS_MAX];
	struct metadata_send sends[METADATA_SENDS_MAX];
};

/** Nothing known yet. */
void metadata_init(struct metadata *metadata);

/** Wipe it: it holds personal data. */
void metadata_done(struct metadata *metadata);

/**
 * Apply one document to what is known: a complete one replaces it, a
 * partial one changes what it names.
 *
 * @return 0; -EBADMSG: broken or nothing in it, is_broken is set and what
 *         was understood is applied; what ends in the middle changes only
 *         what it names; -ENOMEM: state unchanged
 */
MUST int metadata_apply(struct metadata *metadata, struct slice xml);

/** The stream that an SDP label names, or NULL. */
const struct metadata_stream *
metadata_stream_find(const struct metadata *metadata, const char *label);

/** Hash of an id, as in the fields above; 0 for an empty one. */
uint64_t metadata_hash(struct slice text);

#endif
