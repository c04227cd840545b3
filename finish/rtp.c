/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/rtp.h"

#include <errno.h>
#include <string.h>

enum { RTP_HEAD_SIZE = 12, RTP_EXTENSION_SIZE = 4 };

static uint8_t byte_at(struct slice slice, size_t index)
{
	return (uint8_t)slice.at[index];
}

static uint32_t read_be(struct slice slice, size_t from, size_t size)
{
	uint32_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | byte_at(slice, from + i);
	return value;
}

int rtp_read(struct slice packet, struct rtp_packet *ret_packet)
{
	struct rtp_packet parts = { 0 };
	size_t head = RTP_HEAD_SIZE;

	if (packet.size < head || byte_at(packet, 0) >> 6 != 2)
		return -EBADMSG;
	head += (size_t)(byte_at(packet, 0) & 15) * 4;
	if (byte_at(packet, 0) & 0x10) {
		if (packet.size < head + RTP_EXTENSION_SIZE)
			return -EBADMSG;
		head += RTP_EXTENSION_SIZE +
			4 * (size_t)read_be(packet, head + 2, 2);
	}
	if (packet.size < head)
		return -EBADMSG;

	parts.has_marker = byte_at(packet, 1) >> 7;
	parts.payload_type = byte_at(packet, 1) & 127;
	parts.sequence = (uint16_t)read_be(packet, 2, 2);
	parts.timestamp = read_be(packet, 4, 4);
	parts.ssrc = read_be(packet, 8, 4);
	parts.payload = slice_from(packet, head);
	if (byte_at(packet, 0) & 0x20) {
		size_t padding;

		if (parts.payload.size == 0)
			return -EBADMSG;
		padding = byte_at(packet, packet.size - 1);
		if (padding == 0 || padding > parts.payload.size)
			return -EBADMSG;
		parts.payload.size -= padding;
	}
	*ret_packet = parts;
	return 0;
}

/* RFC 4867, table 1, and TS 26.201; 8 and 9 are silence descriptors. */
static const int16_t amr_narrow[16] = { 95, 103, 118, 134, 148, 159, 204, 244,
					39, -1,	 -1,  -1,  -1,	-1,  -1,  0 };
static const int16_t amr_wide[16] = { 132, 177, 253, 285, 317, 365, 397, 461,
				      477, 40,	-1,  -1,  -1,  -1,  0,	 0 };

/* Bits of speech in a frame of this type; 0: none, -1: no such type. */
static int amr_bits(bool is_wide, uint8_t mode)
{
	return is_wide ? amr_wide[mode & 15] : amr_narrow[mode & 15];
}

/* Bits, most significant first; past the end there is nothing to take. */
struct bits {
	struct slice slice;
	size_t at;
};

static bool bits_has(const struct bits *bits, size_t count)
{
	return bits->slice.size * 8 - bits->at >= count;
}

static uint8_t bits_take(struct bits *bits, int count)
{
	uint8_t value = 0;

	while (count-- > 0) {
		uint8_t byte = byte_at(bits->slice, bits->at / 8);

		value = (uint8_t)(value << 1 |
				  (byte >> (7 - bits->at % 8) & 1));
		bits->at++;
	}
	return value;
}

static int take_speech(struct bits *bits, bool is_wide, bool is_aligned,
		       struct amr_frames *frames)
{
	for (int i = 0; i < frames->count; i++) {
		int count = amr_bits(is_wide, frames->frame[i].mode);
		uint8_t *byte = frames->frame[i].byte;
		int size = 0;

		if (count < 0 || !bits_has(bits, (size_t)count))
			return -EBADMSG;
		byte[size++] = (uint8_t)(frames->frame[i].mode << 3 |
					 (frames->frame[i].is_good ? 4 : 0));
		for (; count >= 8; count -= 8)
			byte[size++] = bits_take(bits, 8);
		if (count > 0)
			byte[size++] = (uint8_t)(bits_take(bits, count)
						 << (8 - count));
		if (is_aligned)
			bits->at = (bits->at + 7) / 8 * 8;
		assert(size <= AMR_FRAME_SIZE);
		frames->frame[i].size = (uint8_t)size;
	}
	return 0;
}

int amr_unpack(struct slice payload, bool is_wide, bool is_aligned,
	       struct amr_frames *ret_frames)
{
	struct bits bits = { payload, 0 };
	struct amr_frames frames = { 0 };
	size_t entry = is_aligned ? 8 : 6;
	bool follows = true;
	int r;

	if (!bits_has(&bits, is_aligned ? 8 : 4))
		return -EBADMSG;
	(void)bits_take(&bits, 4); /* the mode they ask of us: none of ours */
	if (is_aligned)
		(void)bits_take(&bits, 4);

	while (follows) {
		if (frames.count == AMR_FRAMES_MAX || !bits_has(&bits, entry))
			return -EBADMSG;
		follows = bits_take(&bits, 1);
		frames.frame[frames.count].mode = bits_take(&bits, 4);
		frames.frame[frames.count].is_good = bits_take(&bits, 1);
		if (is_aligned)
			(void)bits_take(&bits, 2);
		frames.count++;
	}
	r = take_speech(&bits, is_wide, is_aligned, &frames);
	if (r == 0)
		*ret_frames = frames;
	return r;
}
