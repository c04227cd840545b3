/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sdp_parts.h
 * Pieces of sdp that its files share: a=rtpmap, a=fmtp and a=crypto.
 */
#ifndef TALLENNE_SIPREC_SDP_PARTS_H
#define TALLENNE_SIPREC_SDP_PARTS_H

#include "siprec/parse/sdp.h"

/** Base64 of the longest key, NUL included. */
enum { SDP_KEY_TEXT_SIZE = (MEDIA_SRTP_KEY_SIZE + 2) / 3 * 4 + 1 };

/** Take the next word of a line, words being set apart by blanks. */
struct slice sdp_next_word(struct slice *rest);

/** Read "name/clock[/channels]"; an unknown name gives CALL_CODEC_UNKNOWN. */
MUST int sdp_read_rtpmap(struct slice text, uint8_t payload_type,
			 struct call_codec_map *ret_codec);

/** Note what a=fmtp says that matters to a decoder. */
void sdp_read_fmtp(struct slice text, struct call_codec_map *codec);

/**
 * Read the value of a=crypto (RFC 4568).
 *
 * @return 0, or -ENOTSUP: a suite or parameter we do not have
 */
MUST int sdp_read_crypto(struct slice text, struct slice *ret_tag,
			 enum media_srtp *ret_suite,
			 uint8_t ret_key[MEDIA_SRTP_KEY_SIZE]);

/** Name of a suite, or NULL. */
const char *sdp_suite_name(enum media_srtp suite);

/** A key as base64. */
void sdp_key_text(const uint8_t *key, size_t size, char out[SDP_KEY_TEXT_SIZE]);

#endif
