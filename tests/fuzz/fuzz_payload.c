/* SPDX-License-Identifier: EUPL-1.2 */
/* An RTP packet into each depayloader and decoder. Byte 0 chooses. */
#include "finish/decode.h"
#include "finish/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct call_codec_map codecs[] = {
	{ 0, CALL_CODEC_PCMU, 1, 0, 8000 },
	{ 8, CALL_CODEC_PCMA, 1, 0, 8000 },
	{ 9, CALL_CODEC_G722, 1, 0, 8000 },
	{ 18, CALL_CODEC_G729, 1, 0, 8000 },
	{ 96, CALL_CODEC_OPUS, 2, 0, 48000 },
	{ 3, CALL_CODEC_GSM, 1, 0, 8000 },
	{ 97, CALL_CODEC_ILBC, 1, 0, 8000 },
	{ 97, CALL_CODEC_ILBC, 1, CALL_CODEC_FLAG_MODE_20, 8000 },
	{ 98, CALL_CODEC_AMR, 1, 0, 8000 },
	{ 98, CALL_CODEC_AMR, 1, CALL_CODEC_FLAG_OCTET_ALIGNED, 8000 },
	{ 99, CALL_CODEC_AMR_WB, 1, 0, 16000 },
	{ 99, CALL_CODEC_AMR_WB, 1, CALL_CODEC_FLAG_OCTET_ALIGNED, 16000 },
	{ 10, CALL_CODEC_L16, 2, 0, 44100 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int16_t samples[DECODE_SAMPLES_MAX];
	struct slice packet = { (const char *)data + 1, size - 1 };
	struct decoder *decoder;
	struct rtp_packet parts;
	int count;

	if (size < 1 || rtp_read(packet, &parts) < 0 ||
	    decoder_new(&codecs[data[0] % COUNT(codecs)], 16000, &decoder) < 0)
		return 0;
	count = decoder_take(decoder, parts.payload, samples);
	assert(count != 0 && count <= DECODE_SAMPLES_MAX);
	decoder_conceal(decoder, 960, parts.payload, samples);
	/* Again, with the state that this left behind. */
	count = decoder_take(decoder, slice_from(parts.payload, 1), samples);
	assert(count != 0 && count <= DECODE_SAMPLES_MAX);
	decoder_free(decoder);
	return 0;
}
