/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>

#include "siprec/parse/header.h"
#include "siprec/parse/sdp_parts.h"

static const struct {
	const char *name; /* several may mean one codec; the first is ours */
	enum call_codec codec;
} names[] = {
	{ "PCMU", CALL_CODEC_PCMU },
	{ "PCMA", CALL_CODEC_PCMA },
	{ "G722", CALL_CODEC_G722 },
	{ "G729", CALL_CODEC_G729 },
	{ "G729A", CALL_CODEC_G729 },
	{ "G729B", CALL_CODEC_G729 },
	{ "G729AB", CALL_CODEC_G729 },
	{ "opus", CALL_CODEC_OPUS },
	{ "GSM", CALL_CODEC_GSM },
	{ "iLBC", CALL_CODEC_ILBC },
	{ "AMR", CALL_CODEC_AMR },
	{ "AMR-WB", CALL_CODEC_AMR_WB },
	{ "L16", CALL_CODEC_L16 },
	{ "CN", CALL_CODEC_CN },
	{ "telephone-event", CALL_CODEC_TELEPHONE_EVENT },
};

/* RFC 3551, tables 4 and 5: those we know. G722 runs at 16 kHz but its
   RTP clock is 8 kHz, a mistake of 1996 that stays. */
static const struct call_codec_map statics[] = {
	{ 0, CALL_CODEC_PCMU, 1, 0, 8000 },
	{ 3, CALL_CODEC_GSM, 1, 0, 8000 },
	{ 8, CALL_CODEC_PCMA, 1, 0, 8000 },
	{ 9, CALL_CODEC_G722, 1, 0, 8000 },
	{ 10, CALL_CODEC_L16, 2, 0, 44100 },
	{ 11, CALL_CODEC_L16, 1, 0, 44100 },
	{ 13, CALL_CODEC_CN, 1, 0, 8000 },
	{ 18, CALL_CODEC_G729, 1, 0, 8000 },
};

enum { CLOCK_RATE_MAX = 192000, CLOCK_RATE_MIN = 1000 };

int sdp_static_codec(uint8_t payload_type, struct call_codec_map *ret_codec)
{
	for (size_t i = 0; i < COUNT(statics); i++) {
		if (statics[i].payload_type != payload_type)
			continue;
		*ret_codec = statics[i];
		return 0;
	}
	return -ENOENT;
}

int sdp_read_rtpmap(struct slice text, uint8_t payload_type,
		    struct call_codec_map *ret_codec)
{
	struct call_codec_map codec = { .payload_type = payload_type,
					.channels = 1 };
	struct slice name, rest, clock;
	uint64_t number;

	name = slice_trim(slice_cut(slice_trim(text), '/', &rest));
	clock = slice_trim(slice_cut(rest, '/', &rest));
	for (size_t i = 0; i < COUNT(names); i++)
		if (slice_is_nocase(name, slice_of(names[i].name)))
			codec.codec = (uint8_t)names[i].codec;
	if (slice_number(clock, CLOCK_RATE_MAX, &number) < 0 ||
	    number < CLOCK_RATE_MIN)
		return -EINVAL;
	codec.clock_rate = (uint32_t)number;
	rest = slice_trim(rest);
	if (rest.size > 0) {
		if (slice_number(rest, 8, &number) < 0 || number < 1)
			return -EINVAL;
		/* More than stereo is nothing a telephone sends. */
		if (number > 2)
			codec.codec = CALL_CODEC_UNKNOWN;
		codec.channels = (uint8_t)number;
	}
	*ret_codec = codec;
	return 0;
}

void sdp_read_fmtp(struct slice text, struct call_codec_map *codec)
{
	struct slice value;

	if ((codec->codec == CALL_CODEC_AMR ||
	     codec->codec == CALL_CODEC_AMR_WB) &&
	    header_param(text, SLICE("octet-align"), &value) == 0 &&
	    slice_is(value, SLICE("1")))
		codec->flags |= CALL_CODEC_FLAG_OCTET_ALIGNED;
	if (codec->codec == CALL_CODEC_ILBC &&
	    header_param(text, SLICE("mode"), &value) == 0 &&
	    slice_is(value, SLICE("20")))
		codec->flags |= CALL_CODEC_FLAG_MODE_20;
}

const char *sdp_codec_name(uint8_t codec)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].codec == codec)
			return names[i].name;
	return NULL;
}

bool sdp_codec_is_sound(uint8_t codec)
{
	return codec != CALL_CODEC_UNKNOWN && codec != CALL_CODEC_CN &&
	       codec != CALL_CODEC_TELEPHONE_EVENT;
}
