/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Datagrams of one stream: the input is a run of packets, each after one
 * byte of flags and two of its length. Whatever comes, at most one packet
 * of a number is kept, and what is kept is RTP.
 */
#include <string.h>

#include "media/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL = 1, OTHER_SOURCE = 2, LATER = 4 };

static struct stream stream_of(const uint8_t address[16])
{
	static struct stream_rest rest;
	struct stream stream;
	struct media_stream told = {
		.source_port = 4000,
		.state = CALL_STREAM_LIVE,
		.codec_count = 2,
		.codecs = { { 8, CALL_CODEC_PCMA, 1, 0, 8000 },
			    { 101, CALL_CODEC_TELEPHONE_EVENT, 1, 0, 8000 } },
		.rtcp_mux = 1,
	};

	stream_make(&stream, &rest);
	memcpy(told.address, address, sizeof(told.address));
	if (stream_tell(&stream, &told) < 0)
		abort();
	return stream;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(8) uint8_t packet[RTP_SIZE_MAX];
	struct source source = { { 1 }, 4000 };
	struct stream stream = stream_of(source.address);
	nanoseconds at = NS_PER_S;

	while (size > 3) {
		size_t length = (size_t)data[1] | (size_t)(data[2] & 7) << 8;
		uint8_t flags = data[0];
		struct stream_result result;
		struct rtp rtp;

		data += 3, size -= 3;
		if (length > size)
			length = size;
		memcpy(packet, data, length);
		data += length, size -= length;
		if (length == 0)
			continue;
		at += (flags & LATER ? 600 : 1) * NS_PER_MS;
		source.port = flags & OTHER_SOURCE ? 4001 : 4000;
		if (stream_take(&stream, packet, &length, &source,
				flags & CONTROL, at, &result) == STREAM_SOUND)
			assert(rtp_read(packet, length, &rtp) == 0 &&
			       source.port == 4000);
	}
	stream_clear(&stream);
	return 0;
}
