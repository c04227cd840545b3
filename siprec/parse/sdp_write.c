/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "siprec/parse/sdp_parts.h"
#include "spool/codec.h"

/* Text that grows up to a limit; the first overflow is remembered. */
struct text {
	char *at;
	size_t size, used;
	bool is_full;
};

static void put(struct text *text, const char *format, ...) FORMAT(2, 3);

static void put(struct text *text, const char *format, ...)
{
	va_list arguments;
	int count;

	if (text->is_full)
		return;
	va_start(arguments, format);
	count = vsnprintf(text->at + text->used, text->size - text->used,
			  format, arguments);
	va_end(arguments);
	if (count < 0 || (size_t)count >= text->size - text->used)
		text->is_full = true;
	else
		text->used += (size_t)count;
}

static int finish(struct text *text, size_t *ret_size)
{
	if (text->is_full) {
		explicit_bzero(text->at, text->size);
		return -EMSGSIZE;
	}
	*ret_size = text->used;
	return 0;
}

static void put_slice(struct text *text, struct slice slice)
{
	put(text, "%.*s", (int)slice.size, slice.at ? slice.at : "");
}

static void put_session(struct text *text, const struct sdp_ours *ours)
{
	const char *family = strchr(ours->address, ':') ? "IP6" : "IP4";

	put(text, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN %s %s\r\n",
	    ours->session_id, ours->version, family, ours->address);
	put(text, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n", family, ours->address);
}

static void put_crypto(struct text *text, struct slice tag,
		       enum media_srtp suite, const uint8_t *key)
{
	char base64[SDP_KEY_TEXT_SIZE];

	sdp_key_text(key, sdp_key_size(suite), base64);
	put(text, "a=crypto:");
	put_slice(text, tag);
	put(text, " %s inline:%s\r\n", sdp_suite_name(suite), base64);
	explicit_bzero(base64, sizeof(base64));
}

static void put_codec(struct text *text, const struct call_codec_map *codec)
{
	put(text, "a=rtpmap:%u %s/%" PRIu32, codec->payload_type,
	    codec_name(codec->codec), codec->clock_rate);
	if (codec->channels > 1)
		put(text, "/%u", codec->channels);
	put(text, "\r\n");
}

/*
 * Only what both ends must agree on is repeated; the rest would state
 * wishes for sound that we never send.
 */
static void put_fmtp(struct text *text, const struct call_codec_map *codec,
		     struct slice fmtp)
{
	switch (codec->codec) {
	case CALL_CODEC_AMR:
	case CALL_CODEC_AMR_WB:
	case CALL_CODEC_ILBC:
	case CALL_CODEC_G729:
	case CALL_CODEC_TELEPHONE_EVENT:
		if (fmtp.size == 0)
			return;
		put(text, "a=fmtp:%u ", codec->payload_type);
		put_slice(text, fmtp);
		put(text, "\r\n");
		return;
	default:
		return;
	}
}

static void put_refused(struct text *text, const struct sdp_media *media)
{
	put(text, "m=");
	put_slice(text, media->type);
	put(text, " 0 ");
	put_slice(text, media->protocol);
	put(text, " ");
	if (media->formats.size > 0)
		put_slice(text, media->formats);
	else
		put(text, "0");
	put(text, "\r\n");
}

static void put_media(struct text *text, const struct sdp_media *media,
		      const struct sdp_place *place)
{
	put(text, "m=");
	put_slice(text, media->type);
	put(text, " %u ", place->port);
	put_slice(text, media->protocol);
	for (uint32_t i = 0; i < media->codec_count; i++)
		put(text, " %u", media->codecs[i].payload_type);
	put(text, "\r\n");
	for (uint32_t i = 0; i < media->codec_count; i++) {
		put_codec(text, &media->codecs[i]);
		put_fmtp(text, &media->codecs[i], media->fmtp[i]);
	}
	if (media->ptime_ms > 0)
		put(text, "a=ptime:%u\r\n", media->ptime_ms);
	if (media->label[0])
		put(text, "a=label:%s\r\n", media->label);
	if (media->has_rtcp_mux)
		put(text, "a=rtcp-mux\r\n");
	/* "inactive" to a client that sends would make it stop. */
	if (media->direction == SDP_INACTIVE ||
	    media->direction == SDP_RECVONLY)
		put(text, "a=inactive\r\n");
	else
		put(text, "a=recvonly\r\n");
	if (media->is_secure)
		put_crypto(text, media->srtp_tag, (enum media_srtp)media->srtp,
			   place->srtp_key);
}

int sdp_write_answer(const struct sdp *offer, const struct sdp_ours *ours,
		     char *out, size_t size, size_t *ret_size)
{
	struct text text = { .at = out, .size = size };

	put_session(&text, ours);
	for (uint32_t i = 0; i < offer->media_count; i++) {
		if (ours->places[i].port == 0 || !offer->media[i].is_usable)
			put_refused(&text, &offer->media[i]);
		else
			put_media(&text, &offer->media[i], &ours->places[i]);
	}
	return finish(&text, ret_size);
}

int sdp_write_offer(const struct sdp_ours *ours, uint32_t count,
		    enum media_srtp suite, char *out, size_t size,
		    size_t *ret_size)
{
	static const struct call_codec_map codecs[] = {
		{ 8, CALL_CODEC_PCMA, 1, 0, 8000 },
		{ 0, CALL_CODEC_PCMU, 1, 0, 8000 },
		{ 9, CALL_CODEC_G722, 1, 0, 8000 },
		{ 18, CALL_CODEC_G729, 1, 0, 8000 },
		{ 96, CALL_CODEC_OPUS, 2, 0, 48000 },
		{ 101, CALL_CODEC_TELEPHONE_EVENT, 1, 0, 8000 },
	};
	struct text text = { .at = out, .size = size };

	assert(count <= SDP_MEDIA_MAX);
	put_session(&text, ours);
	for (uint32_t i = 0; i < count; i++) {
		put(&text, "m=audio %u %s", ours->places[i].port,
		    suite ? "RTP/SAVP" : "RTP/AVP");
		for (size_t n = 0; n < COUNT(codecs); n++)
			put(&text, " %u", codecs[n].payload_type);
		put(&text, "\r\n");
		for (size_t n = 0; n < COUNT(codecs); n++)
			put_codec(&text, &codecs[n]);
		put(&text, "a=fmtp:101 0-16\r\na=ptime:20\r\n");
		put(&text, "a=label:%" PRIu32 "\r\na=recvonly\r\n", i + 1);
		if (suite)
			put_crypto(&text, SLICE("1"), suite,
				   ours->places[i].srtp_key);
	}
	return finish(&text, ret_size);
}
