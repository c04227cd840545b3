/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file range.h
 * Which bytes of a content were asked for (RFC 9110, section 14). Pure.
 *
 * One range is served; a list of ranges is answered with the whole, as
 * section 14.2 allows, so that no client can ask for a thousand pieces.
 */
#ifndef TALLENNE_HTTP_RANGE_H
#define TALLENNE_HTTP_RANGE_H

#include "base/bytes.h"

enum range_verdict {
	RANGE_WHOLE,   /**< 200: none, not bytes, a list, or malformed */
	RANGE_PART,    /**< 206 */
	RANGE_NOWHERE, /**< 416: begins behind the end */
};

/**
 * @param header  value of Range, empty if there was none
 * @param total   size of the content
 * @param[out] ret_offset, ret_size  what to send; the whole unless PART
 */
enum range_verdict range_read(struct slice header, uint64_t total,
			      uint64_t *ret_offset, uint64_t *ret_size);

#endif
