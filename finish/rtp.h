/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rtp.h
 * The parts of an RTP packet (RFC 3550, 5.1), and of payloads that bundle
 * frames: AMR and AMR-WB (RFC 4867).
 *
 * Pure. Everything is a slice of what came; a packet that contradicts
 * itself is refused as a whole.
 */
#ifndef TALLENNE_FINISH_RTP_H
#define TALLENNE_FINISH_RTP_H

#include "base/bytes.h"

/** One packet, taken apart. */
struct rtp_packet {
	uint8_t payload_type; /**< 0 to 127 */
	bool has_marker;
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc;
	struct slice payload; /**< without padding; may be empty */
};

/** Take a packet apart; 0 or -EBADMSG. */
MUST int rtp_read(struct slice packet, struct rtp_packet *ret_packet);

enum {
	AMR_FRAMES_MAX = 12, /**< in one packet: 240 ms */
	AMR_FRAME_SIZE = 64, /**< more than the longest, 61 bytes */
};

/** Frames of an AMR payload, each as in an AMR file: one head byte, bits. */
struct amr_frames {
	int count;
	struct {
		uint8_t mode; /**< frame type, 0 to 15 */
		bool is_good; /**< Q bit */
		uint8_t size; /**< of byte */
		uint8_t byte[AMR_FRAME_SIZE];
	} frame[AMR_FRAMES_MAX];
};

/**
 * Unpack an AMR payload.
 *
 * Interleaving, CRC and several channels are not offered by any SDP we
 * answer and not understood here.
 *
 * @param is_wide     AMR-WB
 * @param is_aligned  octet-aligned, otherwise bandwidth-efficient
 * @return 0, or -EBADMSG
 */
MUST int amr_unpack(struct slice payload, bool is_wide, bool is_aligned,
		    struct amr_frames *ret_frames);

#endif
