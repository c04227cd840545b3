/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file secure.h
 * SRTP of one stream, receiving side (RFC 3711, RFC 7714; keys by RFC
 * 4568). libsrtp2 behind four functions.
 *
 * A packet is nothing before its tag is right: no state changes, no source
 * is learned, no error is counted against the stream (CVE-2021-41105).
 */
#ifndef TALLENNE_MEDIA_SECURE_H
#define TALLENNE_MEDIA_SECURE_H

#include "media/media.h"

struct secure;

/** Once, before the first secure_new(); 0 or -ENOTSUP. */
MUST int secure_start(void);

/**
 * Make the state of a stream.
 *
 * @param suite  enum media_srtp, not NONE
 * @param key    MEDIA_SRTP_KEY_SIZE bytes, of which the suite uses some;
 *               borrowed
 * @return 0, -EINVAL for an unknown suite, -ENOMEM
 */
MUST int secure_new(uint8_t suite, const uint8_t *key,
		    struct secure **ret_secure);

/** Free it; accepts NULL. Keys are wiped. */
void secure_free(struct secure *secure);

/** Whether it was made of just these. */
bool secure_is(const struct secure *secure, uint8_t suite, const uint8_t *key);

/**
 * Check and open a packet in place.
 *
 * @param packet  aligned to 4 bytes
 * @param[in,out] size  of the packet; without the tag afterwards
 * @param is_control  SRTCP
 * @return 0, -EBADMSG for a wrong tag or form, -EALREADY for a replay
 */
MUST int secure_open(struct secure *secure, uint8_t *packet, size_t *size,
		     bool is_control);

#endif
