/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file codec.h
 * What is known of a codec without decoding it: its names in SDP, the
 * payload types that mean it everywhere (RFC 3551), what it carries.
 *
 * siprec reads offers with it, finish reads streams of which nobody told.
 * Decoding is finish/decode.h's.
 */
#ifndef TALLENNE_SPOOL_CODEC_H
#define TALLENNE_SPOOL_CODEC_H

#include "base/bytes.h"
#include "spool/call.h"

/** Name for a=rtpmap; "?" for what has none. */
const char *codec_name(uint32_t codec);

/** The codec of such a name, in any case; CALL_CODEC_UNKNOWN if none. */
enum call_codec codec_find(struct slice name);

/**
 * What a payload type means without a=rtpmap.
 *
 * @return 0, or -ENOENT: nothing, or no codec we know
 */
MUST int codec_static(uint8_t payload_type, struct call_codec_map *ret_codec);

/** Whether sound comes in it: not comfort noise, not keys pressed. */
bool codec_is_sound(uint32_t codec);

/** Whether it carries more than telephone bandwidth. */
bool codec_is_wide(const struct call_codec_map *codec);

#endif
