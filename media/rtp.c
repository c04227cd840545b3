/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/rtp.h"

#include <errno.h>

enum {
	VERSION = 2,
	PADDING_BIT = 0x20,
	EXTENSION_BIT = 0x10,
	SOURCES_MASK = 0x0f,
	MARKER_BIT = 0x80,
	TYPE_MASK = 0x7f,
	CONTROL_FIRST = 192, /* RFC 5761: second byte of RTCP */
	CONTROL_LAST = 223,
	SENDER_REPORT = 200,
	CONTROL_HEAD_SIZE = 8,
	SENDER_REPORT_SIZE = 28,
};

static uint32_t get_u16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get_u32(const uint8_t *at)
{
	return get_u16(at) << 16 | get_u16(at + 2);
}

int rtp_read(const uint8_t *packet, size_t size, struct rtp *ret_rtp)
{
	size_t payload_at = RTP_HEAD_SIZE;
	size_t padding = 0;

	if (size < RTP_HEAD_SIZE || size > RTP_SIZE_MAX ||
	    packet[0] >> 6 != VERSION)
		return -EBADMSG;
	payload_at += 4 * (size_t)(packet[0] & SOURCES_MASK);
	if (packet[0] & EXTENSION_BIT) {
		if (size < payload_at + 4)
			return -EBADMSG;
		payload_at += 4 + 4 * (size_t)get_u16(packet + payload_at + 2);
	}
	if (size < payload_at)
		return -EBADMSG;
	if (packet[0] & PADDING_BIT) {
		padding = packet[size - 1];
		if (padding == 0 || padding > size - payload_at)
			return -EBADMSG;
	}

	ret_rtp->sequence = (uint16_t)get_u16(packet + 2);
	ret_rtp->timestamp = get_u32(packet + 4);
	ret_rtp->ssrc = get_u32(packet + 8);
	ret_rtp->payload_type = packet[1] & TYPE_MASK;
	ret_rtp->marker = packet[1] & MARKER_BIT;
	ret_rtp->payload_at = (uint32_t)payload_at;
	ret_rtp->payload_size = (uint32_t)(size - payload_at - padding);
	return 0;
}

bool rtp_is_control(const uint8_t *packet, size_t size)
{
	return size >= 2 && packet[1] >= CONTROL_FIRST &&
	       packet[1] <= CONTROL_LAST;
}

int rtp_find_report(const uint8_t *packet, size_t size,
		    struct spool_report *ret_report)
{
	while (size > 0) {
		size_t length;

		if (size < CONTROL_HEAD_SIZE || packet[0] >> 6 != VERSION)
			return -EBADMSG;
		length = 4 + 4 * (size_t)get_u16(packet + 2);
		if (length > size)
			return -EBADMSG;
		if (packet[1] == SENDER_REPORT) {
			if (length < SENDER_REPORT_SIZE)
				return -EBADMSG;
			ret_report->ssrc = get_u32(packet + 4);
			ret_report->ntp = (uint64_t)get_u32(packet + 8) << 32 |
					  get_u32(packet + 12);
			ret_report->rtp = get_u32(packet + 16);
			return 0;
		}
		packet += length;
		size -= length;
	}
	return -ENOENT;
}
