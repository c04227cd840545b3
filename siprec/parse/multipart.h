/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file multipart.h
 * Message bodies: one part, or MIME multipart/mixed in any shape that
 * clients send it.
 *
 * Understood: preamble and epilogue, quoted boundary, blanks around it,
 * missing closing boundary, bare LF, header without a blank after its
 * colon, per-part Content-Length (ignored: the boundary decides), nested
 * multipart (one level). Parts beyond the limit are counted, not kept.
 */
#ifndef TALLENNE_SIPREC_MULTIPART_H
#define TALLENNE_SIPREC_MULTIPART_H

#include "base/bytes.h"

enum { MULTIPART_PARTS_MAX = 8, MULTIPART_LINES_MAX = 32 };

enum multipart_kind {
	MULTIPART_OTHER,
	MULTIPART_SDP,
	MULTIPART_METADATA,	    /**< application/rs-metadata, +xml or not */
	MULTIPART_METADATA_REQUEST, /**< application/rs-metadata-request */
};

struct multipart_part {
	uint32_t kind;	   /**< enum multipart_kind */
	struct slice type; /**< media type without parameters */
	struct slice content;
	bool is_required; /**< Content-Disposition handling=required, or
				  none was given */
};

struct multipart {
	uint32_t count;
	uint32_t dropped; /**< parts beyond the limit */
	bool is_unclosed; /**< the last boundary was missing */
	struct multipart_part parts[MULTIPART_PARTS_MAX];
};

/**
 * Take a body apart.
 *
 * @param content_type  value of the header; empty: guess from the content
 * @param body          may be empty: then there is no part
 * @return 0, or -EBADMSG (multipart without a boundary or without a part)
 */
MUST int multipart_parse(struct slice content_type, struct slice body,
			 struct multipart *ret_parts);

/** Content of the first part of a kind; at is NULL if there is none. */
struct slice multipart_find(const struct multipart *parts,
			    enum multipart_kind kind);

#endif
