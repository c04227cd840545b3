/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rtp.h
 * Whether a datagram is RTP or RTCP, and what its head says (RFC 3550, 5.1
 * and 6.4.1; telling both apart on one port: RFC 5761, 4). Pure: no state.
 */
#ifndef TALLENNE_MEDIA_RTP_H
#define TALLENNE_MEDIA_RTP_H

#include "spool/spool.h"

enum {
	RTP_HEAD_SIZE = 12,
	/** Longest packet that is kept: no Ethernet brings a longer one. */
	RTP_SIZE_MAX = 2048,
	RTP_TYPES = 128,
};

/** The head of an RTP packet. */
struct rtp {
	uint32_t timestamp;
	uint32_t ssrc;
	uint16_t sequence;
	uint8_t payload_type;
	bool marker;
	uint32_t payload_at;   /**< offset of the payload */
	uint32_t payload_size; /**< without padding; may be 0 */
};

/**
 * Read the head of an RTP packet.
 *
 * Of an SRTP packet that is still encrypted only the fixed fields mean
 * something; read it again after srtp_unprotect().
 *
 * @return 0, or -EBADMSG if the packet is none
 */
MUST int rtp_read(const uint8_t *packet, size_t size, struct rtp *ret_rtp);

/** Whether it is RTCP, on a port where both may come. */
bool rtp_is_control(const uint8_t *packet, size_t size);

/**
 * Find the sender's report in a compound RTCP packet.
 *
 * Nothing else of RTCP is looked at: source descriptions are personal data
 * and BYE ends nothing here, the signalling does.
 *
 * @return 0, -ENOENT if there is none, or -EBADMSG
 */
MUST int rtp_find_report(const uint8_t *packet, size_t size,
			 struct spool_report *ret_report);

#endif
