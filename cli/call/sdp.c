/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/sdp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct sdp_codec sdp_codecs[CALL_CODINGS] = {
	[CALL_PCMA] = { "pcma", "PCMA/8000", 8, true, 8000, 8000 },
	[CALL_PCMU] = { "pcmu", "PCMU/8000", 0, true, 8000, 8000 },
	/* RFC 3551: the clock of G.722 is 8000 by mistake. */
	[CALL_G722] = { "g722", "G722/8000", 9, true, 8000, 16000 },
	[CALL_GSM] = { "gsm", "GSM/8000", 3, true, 8000, 8000 },
	[CALL_L16] = { "l16", "L16/16000", 97, false, 16000, 16000 },
	[CALL_OPUS] = { "opus", "opus/48000/2", 107, false, 48000, 48000 },
};

const char *const sdp_suites[CALL_SRTP_SUITES] = {
	[CALL_SRTP_NONE] = "",
	[CALL_SRTP_AES_CM_128_HMAC_SHA1_80] = "AES_CM_128_HMAC_SHA1_80",
	[CALL_SRTP_AES_CM_128_HMAC_SHA1_32] = "AES_CM_128_HMAC_SHA1_32",
	[CALL_SRTP_AEAD_AES_128_GCM] = "AEAD_AES_128_GCM",
	[CALL_SRTP_AEAD_AES_256_GCM] = "AEAD_AES_256_GCM",
};

/* Bytes of key and salt together. */
static const size_t sdp_suite_size[CALL_SRTP_SUITES] = {
	[CALL_SRTP_NONE] = 0,
	[CALL_SRTP_AES_CM_128_HMAC_SHA1_80] = 30,
	[CALL_SRTP_AES_CM_128_HMAC_SHA1_32] = 30,
	[CALL_SRTP_AEAD_AES_128_GCM] = 28,
	[CALL_SRTP_AEAD_AES_256_GCM] = 44,
};

static void write_address(struct text *text, const struct sdp_offer *offer,
			  bool zero)
{
	text_add(text, "c=IN %s %s\r\n", offer->ipv6 ? "IP6" : "IP4",
		 zero ? (offer->ipv6 ? "::" : "0.0.0.0") : offer->address);
}

static void write_key(struct text *text, const uint8_t *key, size_t size)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				    "opqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t bits = (uint32_t)key[i] << 16;
		char four[5] = "====";

		if (left > 1)
			bits |= (uint32_t)key[i + 1] << 8;
		if (left > 2)
			bits |= key[i + 2];
		four[0] = digit[bits >> 18 & 63];
		four[1] = digit[bits >> 12 & 63];
		if (left > 1)
			four[2] = digit[bits >> 6 & 63];
		if (left > 2)
			four[3] = digit[bits & 63];
		text_put(text, (struct slice){ four, 4 });
	}
}

static void write_codecs(struct text *text, const struct sdp_offer *offer)
{
	const struct sdp_codec *codec = &sdp_codecs[offer->codec];
	bool bare = codec->is_static &&
		    dialect_does(offer->dialect, DIALECT_NO_RTPMAP);

	if (!bare)
		text_add(text, "a=rtpmap:%d %s\r\n", codec->payload,
			 codec->rtpmap);
	if (!dialect_does(offer->dialect, DIALECT_MANY_CODECS)) {
		text_add(text, "a=rtpmap:101 telephone-event/8000\r\n"
			       "a=fmtp:101 0-15\r\n");
		return;
	}
	/* What this client could send but does not. */
	if (offer->codec != CALL_OPUS)
		text_add(text, "a=rtpmap:107 opus/48000/2\r\n");
	if (offer->codec != CALL_G722)
		text_add(text, "a=rtpmap:9 G722/8000\r\n");
	text_add(text, "a=rtpmap:101 telephone-event/8000\r\n"
		       "a=fmtp:101 0-15\r\n"
		       "a=rtpmap:110 telephone-event/48000\r\n"
		       "a=fmtp:110 0-15\r\n");
}

static void write_line(struct text *text, const struct sdp_offer *offer,
		       const struct sdp_line *line)
{
	const struct dialect *dialect = offer->dialect;
	const struct sdp_codec *codec = &sdp_codecs[offer->codec];
	bool zero = line->paused && dialect_does(dialect, DIALECT_ZERO_PAUSE);

	text_add(text, "m=audio %u RTP/%s %d", line->port,
		 offer->srtp == CALL_SRTP_NONE ? "AVP" : "SAVP",
		 codec->payload);
	if (dialect_does(dialect, DIALECT_MANY_CODECS)) {
		if (offer->codec != CALL_OPUS)
			text_add(text, " 107");
		if (offer->codec != CALL_G722)
			text_add(text, " 9");
		text_add(text, " 101 110\r\n");
	} else {
		text_add(text, " 101\r\n");
	}
	if (zero || dialect_does(dialect, DIALECT_MEDIA_ADDRESS))
		write_address(text, offer, zero);
	write_codecs(text, offer);
	text_add(text, "a=ptime:20\r\n");
	if (line->label)
		text_add(text, "a=label:%s\r\n", line->label);
	if (line->paused && !zero)
		text_add(text, "a=inactive\r\n");
	else if (!dialect_does(dialect, DIALECT_NO_DIRECTION))
		text_add(text, "a=sendonly\r\n");
	if (offer->srtp == CALL_SRTP_NONE || line->port == 0)
		return;
	text_add(text, "a=crypto:1 %s inline:", sdp_suites[offer->srtp]);
	write_key(text, line->key, sdp_suite_size[offer->srtp]);
	text_add(text, "\r\n");
}

void sdp_write(struct text *text, const struct sdp_offer *offer)
{
	text_add(text, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN %s %s\r\ns=-\r\n",
		 offer->session, offer->version, offer->ipv6 ? "IP6" : "IP4",
		 offer->address);
	if (!dialect_does(offer->dialect, DIALECT_MEDIA_ADDRESS))
		write_address(text, offer, false);
	text_add(text, "t=0 0\r\n");
	for (size_t i = 0; i < offer->line_count; i++)
		write_line(text, offer, &offer->line[i]);
}

static void read_media(struct slice value, struct sdp_media *media,
		       const char *address, const char *direction)
{
	struct slice rest;
	uint64_t number;

	*media = (struct sdp_media){ 0 };
	(void)slice_cut(value, ' ', &rest);
	if (slice_number(slice_cut(rest, ' ', &rest), UINT16_MAX, &number) == 0)
		media->port = (uint16_t)number;
	media->savp = slice_starts_nocase(slice_cut(rest, ' ', &rest),
					  SLICE("RTP/SAVP"));
	while (rest.size > 0 && media->payload_count < COUNT(media->payload)) {
		if (slice_number(slice_cut(rest, ' ', &rest), 127, &number) ==
		    0)
			media->payload[media->payload_count++] =
				(uint8_t)number;
	}
	(void)snprintf(media->address, sizeof(media->address), "%s", address);
	(void)snprintf(media->direction, sizeof(media->direction), "%s",
		       direction);
}

static void read_address(struct slice value, char *out, size_t size)
{
	struct slice rest;

	(void)slice_cut(value, ' ', &rest);
	(void)slice_cut(rest, ' ', &rest);
	if (slice_text(slice_cut(rest, '/', &rest), out, size) < 0)
		out[0] = '\0';
}

static bool is_direction(struct slice value)
{
	return slice_is(value, SLICE("sendrecv")) ||
	       slice_is(value, SLICE("sendonly")) ||
	       slice_is(value, SLICE("recvonly")) ||
	       slice_is(value, SLICE("inactive"));
}

static void read_attribute(struct slice value, struct sdp_media *media)
{
	struct slice text, rest;
	struct slice name = slice_cut(value, ':', &text);
	uint64_t tag;

	if (slice_is(name, SLICE("label"))) {
		if (slice_text(text, media->label, sizeof(media->label)) < 0)
			media->label[0] = '\0';
	} else if (slice_is(name, SLICE("crypto")) && media->suite[0] == '\0') {
		if (slice_number(slice_cut(text, ' ', &rest), UINT32_MAX,
				 &tag) < 0)
			return;
		media->crypto_tag = (uint32_t)tag;
		if (slice_text(slice_cut(rest, ' ', &rest), media->suite,
			       sizeof(media->suite)) < 0)
			media->suite[0] = '\0';
	}
}

int sdp_read(struct slice text, struct sdp_answer *ret_answer)
{
	struct sdp_answer answer = { 0 };
	char address[64] = "", direction[12] = "sendrecv";
	struct sdp_media *media = NULL;

	if (!slice_starts_nocase(text, SLICE("v=0")))
		return -EBADMSG;
	while (text.size > 0) {
		struct slice line = slice_trim(slice_cut(text, '\n', &text));
		struct slice value = slice_from(line, 2);

		if (line.size < 2 || line.at[1] != '=')
			continue;
		if (line.at[0] == 'm') {
			if (answer.media_count == COUNT(answer.media))
				return -EBADMSG;
			media = &answer.media[answer.media_count++];
			read_media(value, media, address, direction);
		} else if (line.at[0] == 'c') {
			read_address(value, media ? media->address : address,
				     sizeof(address));
		} else if (line.at[0] == 'a' && is_direction(value)) {
			char *out = media ? media->direction : direction;

			if (slice_text(value, out, sizeof(direction)) < 0)
				return -EBADMSG;
		} else if (line.at[0] == 'a' && media) {
			read_attribute(value, media);
		}
	}
	*ret_answer = answer;
	return 0;
}
