/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/encode.h"

#include <endian.h>
#include <errno.h>
#include <ogg/ogg.h>
#include <opus_multistream.h>
#include <string.h>

#include "base/bytes.h"

enum {
	LANE_COUNT = 2,
	OPUS_CLOCK = 48000, /* granule positions count at this rate, always */
	FRAME_MAX = 16000 * ENCODE_FRAME_MS / 1000,
	PACKET_MAX = 4000,
	/* A page a second: seeking is exact enough, pages cost 27 bytes. */
	PACKETS_PER_PAGE = 1000 / ENCODE_FRAME_MS,
};

struct encoder {
	int out;
	uint64_t written;
	uint32_t rate;
	size_t frame; /* samples a lane in a frame */
	size_t filled;
	uint64_t added; /* samples a lane */
	uint32_t skip;	/* what decoders throw away first, at 48 kHz */
	int64_t granule;
	int64_t packets;
	OpusMSEncoder *opus;
	ogg_stream_state ogg;
	bool has_ogg;
	int16_t samples[FRAME_MAX * LANE_COUNT];

	/* One packet is kept back: the last one must say that it is. */
	uint8_t held[PACKET_MAX];
	size_t held_size;
};

void encoder_free(struct encoder *encoder)
{
	if (!encoder)
		return;
	if (encoder->opus)
		opus_multistream_encoder_destroy(encoder->opus);
	if (encoder->has_ogg)
		ogg_stream_clear(&encoder->ogg);
	free(encoder);
}

static int write_page(struct encoder *encoder, const ogg_page *page)
{
	int r = file_write_at(encoder->out, page->header,
			      (size_t)page->header_len,
			      (int64_t)encoder->written);

	if (r < 0)
		return r;
	encoder->written += (uint64_t)page->header_len;
	r = file_write_at(encoder->out, page->body, (size_t)page->body_len,
			  (int64_t)encoder->written);
	if (r == 0)
		encoder->written += (uint64_t)page->body_len;
	return r;
}

/* Put a packet into the stream; write the page if it is to end here. */
static int put_packet(struct encoder *encoder, void *bytes, size_t size,
		      int64_t granule, bool is_last, bool ends_page)
{
	ogg_packet packet = {
		.packet = bytes,
		.bytes = (long)size,
		.b_o_s = encoder->packets == 0,
		.e_o_s = is_last,
		.granulepos = granule,
		.packetno = encoder->packets++,
	};
	ogg_page page;
	int r = 0;

	if (ogg_stream_packetin(&encoder->ogg, &packet) != 0)
		return -ENOMEM;
	if (ends_page || is_last) {
		while (r == 0 && ogg_stream_flush(&encoder->ogg, &page) != 0)
			r = write_page(encoder, &page);
	} else {
		while (r == 0 && ogg_stream_pageout(&encoder->ogg, &page) != 0)
			r = write_page(encoder, &page);
	}
	return r;
}

/* RFC 7845, 5.1 and 5.2. */
static int put_heads(struct encoder *encoder)
{
	uint8_t head[] = "OpusHead\1\2ssrrrrgg\1\2\0\0\1";
	uint16_t skip = htole16((uint16_t)encoder->skip);
	uint32_t rate = htole32(encoder->rate);
	const char *vendor = opus_get_version_string();
	uint32_t size = (uint32_t)strlen(vendor);
	uint8_t tags[128] = "OpusTags";
	int r;

	memcpy(head + 10, &skip, sizeof(skip));
	memcpy(head + 12, &rate, sizeof(rate));
	memset(head + 16, 0, 2); /* no gain: loudness stays as it is */
	r = put_packet(encoder, head, sizeof(head) - 1, 0, false, true);
	if (r < 0)
		return r;

	if (size > 64)
		size = 64;
	memcpy(tags + 12, vendor, size);
	uint32_t size_le = htole32(size);
	memcpy(tags + 8, &size_le, sizeof(size_le));
	return put_packet(encoder, tags, 12 + size + 4, 0, false, true);
}

static int open_opus(struct encoder *encoder)
{
	const unsigned char map[LANE_COUNT] = { 0, 1 };
	bool is_wide = encoder->rate > 8000;
	opus_int32 ahead = 0;
	int error = OPUS_OK;
	OpusMSEncoder *opus;

	opus = opus_multistream_encoder_create((opus_int32)encoder->rate,
					       LANE_COUNT, LANE_COUNT, 0, map,
					       OPUS_APPLICATION_VOIP, &error);
	if (error != OPUS_OK)
		return -ENOMEM;
	encoder->opus = opus;
	if (opus_multistream_encoder_ctl(
		    opus, OPUS_SET_BITRATE(ENCODE_BITRATE_LANE * LANE_COUNT)) !=
		    OPUS_OK ||
	    opus_multistream_encoder_ctl(opus, OPUS_SET_VBR(1)) != OPUS_OK ||
	    opus_multistream_encoder_ctl(
		    opus,
		    OPUS_SET_COMPLEXITY(is_wide ? ENCODE_COMPLEXITY_WIDE
						: ENCODE_COMPLEXITY_NARROW)) !=
		    OPUS_OK ||
	    opus_multistream_encoder_ctl(
		    opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) != OPUS_OK ||
	    opus_multistream_encoder_ctl(opus, OPUS_GET_LOOKAHEAD(&ahead)) !=
		    OPUS_OK)
		return -EINVAL;
	encoder->skip = (uint32_t)ahead * OPUS_CLOCK / encoder->rate;
	return 0;
}

int encoder_new(int out, uint32_t rate, struct encoder **ret_encoder)
{
	struct encoder *encoder = calloc(1, sizeof(*encoder));
	struct id serial = id_new();
	int number;
	int r;

	assert(rate == 8000 || rate == 16000);
	if (!encoder)
		return -ENOMEM;
	encoder->out = out;
	encoder->rate = rate;
	encoder->frame = rate * ENCODE_FRAME_MS / 1000;
	memcpy(&number, serial.byte, sizeof(number));
	r = ogg_stream_init(&encoder->ogg, number) == 0 ? 0 : -ENOMEM;
	if (r == 0) {
		encoder->has_ogg = true;
		r = open_opus(encoder);
	}
	if (r == 0)
		r = put_heads(encoder);
	if (r < 0) {
		encoder_free(encoder);
		return r;
	}
	*ret_encoder = encoder;
	return 0;
}

/* Encode the frame that is full; what was held back before it goes out. */
static int encode_frame(struct encoder *encoder)
{
	int r = 0;
	int size;

	if (encoder->held_size > 0)
		r = put_packet(encoder, encoder->held, encoder->held_size,
			       encoder->granule, false,
			       encoder->packets % PACKETS_PER_PAGE == 1);
	if (r < 0)
		return r;
	size = opus_multistream_encode(encoder->opus, encoder->samples,
				       (int)encoder->frame, encoder->held,
				       PACKET_MAX);
	if (size <= 0)
		return -EIO;
	encoder->held_size = (size_t)size;
	encoder->filled = 0;
	encoder->granule += OPUS_CLOCK / 1000 * ENCODE_FRAME_MS;
	return 0;
}

int encoder_add(struct encoder *encoder, const int16_t *samples, size_t count)
{
	encoder->added += count;
	while (count > 0) {
		size_t some = encoder->frame - encoder->filled;
		int r;

		if (some > count)
			some = count;
		memcpy(encoder->samples + encoder->filled * LANE_COUNT, samples,
		       some * LANE_COUNT * sizeof(*samples));
		encoder->filled += some;
		samples += some * LANE_COUNT;
		count -= some;
		if (encoder->filled < encoder->frame)
			return 0;
		r = encode_frame(encoder);
		if (r < 0)
			return r;
	}
	return 0;
}

int encoder_finish(struct encoder *encoder, uint64_t *ret_size)
{
	static const int16_t nothing[FRAME_MAX * LANE_COUNT];
	int64_t end = (int64_t)(encoder->added * OPUS_CLOCK / encoder->rate) +
		      encoder->skip;
	uint64_t added = encoder->added;
	int r;

	/* The coder's own delay must be pushed out; players cut the rest. */
	while (encoder->granule < end || encoder->held_size == 0) {
		r = encoder_add(encoder, nothing,
				encoder->frame - encoder->filled);
		if (r < 0)
			return r;
	}
	encoder->added = added;

	r = put_packet(encoder, encoder->held, encoder->held_size, end, true,
		       true);
	if (r == 0)
		*ret_size = encoder->written;
	return r;
}
