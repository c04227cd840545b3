/* SPDX-License-Identifier: EUPL-1.2 */
/* An offer, and our answer to it, which we must be able to read again. */
#include <string.h>

#include "siprec/parse/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdp sdp, again;
	struct sdp_ours ours = { .address = "192.0.2.10" };
	char text[SDP_SIZE_MAX];
	size_t used;

	if (sdp_parse((struct slice){ (const char *)data, size }, &sdp) < 0)
		return 0;
	for (uint32_t i = 0; i < sdp.media_count; i++) {
		struct media_stream stream = { 0 };

		sdp_fill_stream(&sdp.media[i], &stream);
		assert(stream.codec_count <= CALL_CODECS_MAX);
		ours.places[i].port = (uint16_t)(40000 + i);
	}
	if (sdp_write_answer(&sdp, &ours, text, sizeof(text), &used) < 0)
		return 0;
	assert(sdp_parse((struct slice){ text, used }, &again) == 0);
	assert(again.media_count == sdp.media_count);
	for (uint32_t i = 0; i < sdp.media_count; i++) {
		assert(again.media[i].codec_count <= SDP_FORMATS_MAX);
		assert(!sdp.media[i].is_usable ||
		       again.media[i].port == 40000 + i);
		assert(!sdp.media[i].is_usable ||
		       strcmp(again.media[i].label, sdp.media[i].label) == 0);
	}
	sdp_wipe(&sdp);
	return 0;
}
