/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/decode.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/log.h>
#include <opus.h>
#include <string.h>

#include "finish/rtp.h"

enum {
	PAST_MS = 20, /* what is repeated when something is lost */
	PAST_MAX = 48 * PAST_MS,
	FRAME_MS = 20,
	/* RFC 3551, 4.5.6: a shorter frame at the end is comfort noise. */
	G729_FRAME = 10,
	GSM_FRAME = 33,
};

struct decoder {
	struct call_codec_map codec;
	uint32_t rate;
	int16_t table[256]; /* G.711 */
	OpusDecoder *opus;
	AVCodecContext *av;
	AVPacket *packet;
	AVFrame *frame;
	int16_t past[PAST_MAX]; /* the last sound, for concealment */
	int past_count;
	int concealed; /* samples in a row */
};

/* ITU-T G.711, A-law. */
static int16_t from_alaw(uint8_t byte)
{
	int value = byte ^ 0x55;
	int segment = value >> 4 & 7;
	int sample = (value & 15) << 4;

	sample += segment == 0 ? 8 : 0x108;
	if (segment > 1)
		sample <<= segment - 1;
	return (int16_t)(value & 0x80 ? sample : -sample);
}

/* ITU-T G.711, mu-law. */
static int16_t from_mulaw(uint8_t byte)
{
	int value = ~byte & 0xff;
	int sample = (((value & 15) << 3) + 0x84) << (value >> 4 & 7);

	sample -= 0x84;
	return (int16_t)(value & 0x80 ? -sample : sample);
}

static enum AVCodecID av_id(uint8_t codec)
{
	switch (codec) {
	case CALL_CODEC_G722:
		return AV_CODEC_ID_ADPCM_G722;
	case CALL_CODEC_G729:
		return AV_CODEC_ID_G729;
	case CALL_CODEC_GSM:
		return AV_CODEC_ID_GSM;
	case CALL_CODEC_ILBC:
		return AV_CODEC_ID_ILBC;
	case CALL_CODEC_AMR:
		return AV_CODEC_ID_AMR_NB;
	case CALL_CODEC_AMR_WB:
		return AV_CODEC_ID_AMR_WB;
	default:
		return AV_CODEC_ID_NONE;
	}
}

static bool is_ilbc_20(const struct decoder *decoder)
{
	return decoder->codec.flags & CALL_CODEC_FLAG_MODE_20;
}

static int open_av(struct decoder *decoder)
{
	const AVCodec *codec =
		avcodec_find_decoder(av_id(decoder->codec.codec));
	AVCodecContext *av;

	if (!codec)
		return -ENOTSUP;
	av_log_set_level(AV_LOG_QUIET);
	av = avcodec_alloc_context3(codec);
	decoder->av = av;
	decoder->packet = av_packet_alloc();
	decoder->frame = av_frame_alloc();
	if (!av || !decoder->packet || !decoder->frame)
		return -ENOMEM;

	av->thread_count = 1;
	av->sample_rate =
		decoder->codec.codec == CALL_CODEC_G722 ||
				decoder->codec.codec == CALL_CODEC_AMR_WB
			? 16000
			: 8000;
	av_channel_layout_default(&av->ch_layout, 1);
	if (decoder->codec.codec == CALL_CODEC_ILBC)
		av->block_align = is_ilbc_20(decoder) ? 38 : 50;
	else if (decoder->codec.codec == CALL_CODEC_G729)
		av->block_align = G729_FRAME;
	if (avcodec_open2(av, codec, NULL) < 0)
		return -ENOTSUP;
	decoder->rate = (uint32_t)av->sample_rate;
	return 0;
}

static int open_any(struct decoder *decoder, uint32_t rate)
{
	int error = OPUS_OK;

	decoder->rate = 8000;
	switch (decoder->codec.codec) {
	case CALL_CODEC_PCMA:
		for (int i = 0; i < 256; i++)
			decoder->table[i] = from_alaw((uint8_t)i);
		return 0;
	case CALL_CODEC_PCMU:
		for (int i = 0; i < 256; i++)
			decoder->table[i] = from_mulaw((uint8_t)i);
		return 0;
	case CALL_CODEC_L16:
		decoder->rate = decoder->codec.clock_rate;
		return decoder->rate <= 48000 ? 0 : -ENOTSUP;
	case CALL_CODEC_OPUS:
		decoder->rate = rate;
		decoder->opus =
			opus_decoder_create((opus_int32)rate, 1, &error);
		return error == OPUS_OK ? 0 : -ENOMEM;
	default:
		return open_av(decoder);
	}
}

int decoder_new(const struct call_codec_map *codec, uint32_t rate,
		struct decoder **ret_decoder)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));
	int r;

	if (!decoder)
		return -ENOMEM;
	decoder->codec = *codec;
	r = open_any(decoder, rate);
	if (r < 0) {
		decoder_free(decoder);
		return r;
	}
	*ret_decoder = decoder;
	return 0;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	if (decoder->opus)
		opus_decoder_destroy(decoder->opus);
	avcodec_free_context(&decoder->av);
	av_packet_free(&decoder->packet);
	av_frame_free(&decoder->frame);
	free(decoder);
}

uint32_t decoder_rate(const struct decoder *decoder)
{
	return decoder->rate;
}

static int take_g711(const struct decoder *decoder, struct slice payload,
		     int16_t *samples)
{
	if (payload.size > DECODE_SAMPLES_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < payload.size; i++)
		samples[i] = decoder->table[(uint8_t)payload.at[i]];
	return (int)payload.size;
}

/* RFC 3551, 4.5.11: network byte order, channels interleaved. */
static int take_l16(const struct decoder *decoder, struct slice payload,
		    int16_t *samples)
{
	size_t channels = decoder->codec.channels == 2 ? 2 : 1;
	size_t count = payload.size / (2 * channels);

	if (count > DECODE_SAMPLES_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		int sum = 0;

		for (size_t j = 0; j < channels; j++) {
			const char *at = payload.at + 2 * (i * channels + j);

			sum += (int16_t)(uint16_t)((uint8_t)at[0] << 8 |
						   (uint8_t)at[1]);
		}
		samples[i] = (int16_t)(sum / (int)channels);
	}
	return (int)count;
}

static int take_opus(struct decoder *decoder, struct slice payload,
		     int16_t *samples)
{
	int count = opus_decode(decoder->opus, (const uint8_t *)payload.at,
				(opus_int32)payload.size, samples,
				DECODE_SAMPLES_MAX, 0);

	return count > 0 ? count : -EBADMSG;
}

/* Copy a decoded frame out, whatever sample format its decoder likes. */
static int copy_frame(const AVFrame *frame, int16_t *samples, int room)
{
	if (frame->nb_samples > room || frame->ch_layout.nb_channels != 1)
		return -EBADMSG;
	for (int i = 0; i < frame->nb_samples; i++) {
		const uint8_t *data = frame->data[0];
		float value;

		switch (frame->format) {
		case AV_SAMPLE_FMT_S16:
		case AV_SAMPLE_FMT_S16P:
			memcpy(&samples[i], data + 2 * i, 2);
			break;
		case AV_SAMPLE_FMT_FLT:
		case AV_SAMPLE_FMT_FLTP:
			memcpy(&value, data + 4 * i, 4);
			value *= 32768.0F;
			samples[i] = value >= 32767.0F	  ? INT16_MAX
				     : value <= -32768.0F ? INT16_MIN
				     : value == value	  ? (int16_t)value
							  : 0;
			break;
		default:
			return -EBADMSG;
		}
	}
	return frame->nb_samples;
}

static int take_frame(struct decoder *decoder, const void *bytes, size_t size,
		      int16_t *samples, int room)
{
	int count = 0;
	int r;

	/* libavcodec reads a little past the end: padding, zeroed. */
	r = av_new_packet(decoder->packet, (int)size);
	if (r < 0)
		return -EBADMSG;
	memcpy(decoder->packet->data, bytes, size);
	r = avcodec_send_packet(decoder->av, decoder->packet);
	av_packet_unref(decoder->packet);
	if (r < 0)
		return -EBADMSG;
	while (avcodec_receive_frame(decoder->av, decoder->frame) == 0) {
		r = copy_frame(decoder->frame, samples + count, room - count);
		av_frame_unref(decoder->frame);
		if (r < 0)
			return r;
		count += r;
	}
	return count;
}

static int silence(const struct decoder *decoder, int16_t *samples, int room)
{
	int count = (int)decoder->rate * FRAME_MS / 1000;

	if (count > room)
		return -EBADMSG;
	memset(samples, 0, (size_t)count * sizeof(*samples));
	return count;
}

/* Payloads that are frames of one size, one after the other. */
static int take_frames(struct decoder *decoder, struct slice payload,
		       size_t size, int16_t *samples)
{
	int count = 0;

	for (; payload.size >= size; payload = slice_from(payload, size)) {
		int r = take_frame(decoder, payload.at, size, samples + count,
				   DECODE_SAMPLES_MAX - count);
		if (r < 0)
			return r;
		count += r;
	}
	return count > 0 ? count : -EBADMSG;
}

static int take_amr(struct decoder *decoder, struct slice payload,
		    int16_t *samples)
{
	bool is_wide = decoder->codec.codec == CALL_CODEC_AMR_WB;
	struct amr_frames frames;
	int count = 0;
	int r;

	r = amr_unpack(payload, is_wide,
		       decoder->codec.flags & CALL_CODEC_FLAG_OCTET_ALIGNED,
		       &frames);
	if (r < 0)
		return r;
	for (int i = 0; i < frames.count; i++) {
		/* Types from 8 (9) on are descriptors of silence, or none. */
		if (frames.frame[i].mode > (is_wide ? 8 : 7) ||
		    !frames.frame[i].is_good)
			r = silence(decoder, samples + count,
				    DECODE_SAMPLES_MAX - count);
		else
			r = take_frame(decoder, frames.frame[i].byte,
				       frames.frame[i].size, samples + count,
				       DECODE_SAMPLES_MAX - count);
		if (r < 0)
			return r;
		count += r;
	}
	return count > 0 ? count : -EBADMSG;
}

static int take_any(struct decoder *decoder, struct slice payload,
		    int16_t *samples)
{
	switch (decoder->codec.codec) {
	case CALL_CODEC_PCMA:
	case CALL_CODEC_PCMU:
		return take_g711(decoder, payload, samples);
	case CALL_CODEC_L16:
		return take_l16(decoder, payload, samples);
	case CALL_CODEC_OPUS:
		return take_opus(decoder, payload, samples);
	case CALL_CODEC_AMR:
	case CALL_CODEC_AMR_WB:
		return take_amr(decoder, payload, samples);
	case CALL_CODEC_G729:
		if (payload.size < G729_FRAME && payload.size > 0)
			return silence(decoder, samples, DECODE_SAMPLES_MAX);
		return take_frames(decoder, payload, G729_FRAME, samples);
	case CALL_CODEC_GSM:
		return take_frames(decoder, payload, GSM_FRAME, samples);
	case CALL_CODEC_ILBC:
		return take_frames(decoder, payload,
				   is_ilbc_20(decoder) ? 38 : 50, samples);
	case CALL_CODEC_G722:
		return take_frame(decoder, payload.at, payload.size, samples,
				  DECODE_SAMPLES_MAX);
	default:
		return -EBADMSG;
	}
}

static void remember(struct decoder *decoder, const int16_t *samples, int count)
{
	int most = (int)decoder->rate * PAST_MS / 1000;
	int kept = count < most ? count : most;

	memcpy(decoder->past, samples + count - kept,
	       (size_t)kept * sizeof(*samples));
	decoder->past_count = kept;
	decoder->concealed = 0;
}

int decoder_take(struct decoder *decoder, struct slice payload,
		 int16_t *samples)
{
	int count;

	if (payload.size == 0 || payload.size > DECODE_PAYLOAD_MAX)
		return -EBADMSG;
	count = take_any(decoder, payload, samples);
	if (count > 0)
		remember(decoder, samples, count);
	return count != 0 ? count : -EBADMSG;
}

/* The last sound again and again, ever softer. */
static void repeat(struct decoder *decoder, int count, int16_t *samples)
{
	int fade = (int)decoder->rate * DECODE_CONCEAL_MS / 1000;

	for (int i = 0; i < count; i++) {
		int done = decoder->concealed + i;
		int left = fade - done;
		int past = 0;

		if (decoder->past_count > 0 && left > 0)
			past = decoder->past[done % decoder->past_count];
		/* Softer from the start: it must not be heard as said twice. */
		samples[i] = (int16_t)(past * left / fade * 3 / 4);
	}
}

static void conceal_opus(struct decoder *decoder, int count, struct slice next,
			 int16_t *samples)
{
	int step = (int)decoder->rate / 50;
	int done = 0;

	/* libopus conceals multiples of 2.5 ms; the last 20 ms may be had
	 * from the next packet. */
	while (count - done >= step) {
		bool is_last = count - done < 2 * step && next.size > 0;
		int got = opus_decode(decoder->opus,
				      is_last ? (const uint8_t *)next.at : NULL,
				      is_last ? (opus_int32)next.size : 0,
				      samples + done, step, is_last);

		if (got <= 0)
			break;
		done += got;
	}
	if (done < count)
		memset(samples + done, 0,
		       (size_t)(count - done) * sizeof(*samples));
}

void decoder_conceal(struct decoder *decoder, int count, struct slice next,
		     int16_t *samples)
{
	assert(count >= 0 && count <= DECODE_SAMPLES_MAX);
	if (decoder->opus)
		conceal_opus(decoder, count, next, samples);
	else
		repeat(decoder, count, samples);
	decoder->concealed += count;
}
