/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>

#include "siprec/parse/header.h"
#include "siprec/parse/sdp_parts.h"
#include "spool/codec.h"

enum { CLOCK_RATE_MAX = 192000, CLOCK_RATE_MIN = 1000 };

int sdp_read_rtpmap(struct slice text, uint8_t payload_type,
		    struct call_codec_map *ret_codec)
{
	struct call_codec_map codec = { .payload_type = payload_type,
					.channels = 1 };
	struct slice name, rest, clock;
	uint64_t number;

	name = slice_trim(slice_cut(slice_trim(text), '/', &rest));
	clock = slice_trim(slice_cut(rest, '/', &rest));
	codec.codec = (uint8_t)codec_find(name);
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
