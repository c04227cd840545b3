/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/track.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <opus/opus.h>
#include <string.h>

#include "cli/call/sdp.h"

/* A frame to be encoded; returns its size, or a negative errno. */
typedef int encode_fn(void *state, const int16_t *sample, int count,
		      uint8_t *out);

static uint8_t encode_alaw(int16_t sample)
{
	int value = sample >> 3;
	int mask = 0xd5, segment = 0;

	if (value < 0) {
		mask = 0x55;
		value = -value - 1;
	}
	while (segment < 7 && value > (0x20 << segment) - 1)
		segment++;
	if (segment < 2)
		return (uint8_t)(((segment << 4) | (value >> 1 & 15)) ^ mask);
	return (uint8_t)(((segment << 4) | (value >> segment & 15)) ^ mask);
}

static uint8_t encode_ulaw(int16_t sample)
{
	int value = sample >> 2, mask = 0xff, segment = 0;

	if (value < 0) {
		value = -value;
		mask = 0x7f;
	}
	if (value > 8159)
		value = 8159;
	value += 33;
	while (segment < 7 && value > (0x40 << segment) - 1)
		segment++;
	return (uint8_t)(((segment << 4) | (value >> (segment + 1) & 15)) ^
			 mask);
}

static int pcma(void *state, const int16_t *sample, int count, uint8_t *out)
{
	(void)state;
	for (int i = 0; i < count; i++)
		out[i] = encode_alaw(sample[i]);
	return count;
}

static int pcmu(void *state, const int16_t *sample, int count, uint8_t *out)
{
	(void)state;
	for (int i = 0; i < count; i++)
		out[i] = encode_ulaw(sample[i]);
	return count;
}

static int linear(void *state, const int16_t *sample, int count, uint8_t *out)
{
	(void)state;
	for (int i = 0; i < count; i++) {
		out[2 * i] = (uint8_t)((uint16_t)sample[i] >> 8);
		out[2 * i + 1] = (uint8_t)(sample[i] & 255);
	}
	return 2 * count;
}

static int opus(void *state, const int16_t *sample, int count, uint8_t *out)
{
	int size = opus_encode(state, sample, count, out, TRACK_FRAME_SIZE_MAX);

	return size < 0 ? -EINVAL : size;
}

static int library(void *state, const int16_t *sample, int count, uint8_t *out)
{
	AVCodecContext *context = state;
	AVFrame *frame = av_frame_alloc();
	AVPacket *packet = av_packet_alloc();
	int size = -ENOMEM;

	if (!frame || !packet)
		goto out;
	frame->nb_samples = count;
	frame->format = AV_SAMPLE_FMT_S16;
	if (av_channel_layout_copy(&frame->ch_layout, &context->ch_layout) <
		    0 ||
	    av_frame_get_buffer(frame, 0) < 0)
		goto out;
	memcpy(frame->data[0], sample, (size_t)count * sizeof(*sample));
	size = -EINVAL;
	if (avcodec_send_frame(context, frame) < 0)
		goto out;
	/* Both codecs have no delay: a frame in is a packet out. */
	if (avcodec_receive_packet(context, packet) < 0 ||
	    packet->size > TRACK_FRAME_SIZE_MAX)
		goto out;
	size = packet->size;
	memcpy(out, packet->data, (size_t)size);
out:
	av_packet_free(&packet);
	av_frame_free(&frame);
	return size;
}

static int open_library(const char *name, uint32_t rate, int count,
			AVCodecContext **ret_context)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;

	if (!context)
		return -ENOTSUP;
	context->sample_rate = (int)rate;
	context->sample_fmt = AV_SAMPLE_FMT_S16;
	context->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
	context->frame_size = count;
	context->bit_rate = rate == 16000 ? 64000 : 13200;
	if (avcodec_open2(context, codec, NULL) < 0) {
		avcodec_free_context(&context);
		return -ENOTSUP;
	}
	*ret_context = context;
	return 0;
}

void track_drop(struct track *track)
{
	free(track->bytes);
	free(track->offset);
	*track = (struct track){ 0 };
}

static int encode_all(const struct sound *sound, int count, encode_fn *encode,
		      void *state, struct track *track)
{
	size_t frames = (sound->count + (size_t)count - 1) / (size_t)count;
	size_t room = 0, used = 0;

	/* What does not loop ends in one frame of silence, which lasts. */
	frames += !track->loops;
	track->offset = calloc(frames + 1, sizeof(*track->offset));
	if (!track->offset)
		return -ENOMEM;
	for (size_t i = 0; i < frames; i++) {
		size_t from = i * (size_t)count;
		size_t left = from < sound->count ? sound->count - from : 0;
		int16_t part[960 * 2] = { 0 };
		int size;

		assert(count <= (int)COUNT(part));
		if (left > (size_t)count)
			left = (size_t)count;
		memcpy(part, sound->sample + from, left * sizeof(*part));
		if (room < used + TRACK_FRAME_SIZE_MAX * 2) {
			uint8_t *bytes =
				realloc(track->bytes, room * 2 + 65536);

			if (!bytes)
				return -ENOMEM;
			track->bytes = bytes;
			room = room * 2 + 65536;
		}
		size = encode(state, part, count, track->bytes + used);
		if (size < 0)
			return size;
		used += (size_t)size;
		track->offset[i + 1] = (uint32_t)used;
	}
	track->count = frames;
	return 0;
}

static int encode_by(enum call_coding codec, const struct sound *sound,
		     struct track *track)
{
	int count = (int)(sound->rate * TRACK_FRAME_MS / 1000);
	AVCodecContext *context = NULL;
	OpusEncoder *encoder;
	int r;

	switch (codec) {
	case CALL_PCMA:
		return encode_all(sound, count, pcma, NULL, track);
	case CALL_PCMU:
		return encode_all(sound, count, pcmu, NULL, track);
	case CALL_L16:
		return encode_all(sound, count, linear, NULL, track);
	case CALL_G722:
	case CALL_GSM:
		r = open_library(codec == CALL_GSM ? "libgsm" : "g722",
				 sound->rate, count, &context);
		if (r < 0)
			return r;
		r = encode_all(sound, count, library, context, track);
		avcodec_free_context(&context);
		return r;
	case CALL_OPUS:
		encoder = opus_encoder_create((opus_int32)sound->rate, 1,
					      OPUS_APPLICATION_VOIP, &r);
		if (!encoder)
			return -ENOMEM;
		r = encode_all(sound, count, opus, encoder, track);
		opus_encoder_destroy(encoder);
		return r;
	case CALL_CODINGS:
		break;
	}
	return -EINVAL;
}

int track_make(enum call_coding codec, const struct sound *sound, bool loops,
	       struct track *ret_track)
{
	OWNED(sound_drop) struct sound resampled = { 0 };
	struct track track = { .loops = loops };
	uint32_t rate = sdp_codecs[codec].rate;
	int r;

	if (sound->rate != rate) {
		r = sound_resample(sound, rate, &resampled);
		if (r < 0)
			return r;
		sound = &resampled;
	}
	r = encode_by(codec, sound, &track);
	if (r < 0) {
		track_drop(&track);
		return r;
	}
	*ret_track = track;
	return 0;
}

struct slice track_frame(const struct track *track, uint64_t position)
{
	if (position >= track->count) {
		if (track->count == 0)
			return (struct slice){ "", 0 };
		position = track->loops ? position % track->count
					: track->count - 1;
	}
	return (struct slice){
		(const char *)track->bytes + track->offset[position],
		track->offset[position + 1] - track->offset[position]
	};
}
