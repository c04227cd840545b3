/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool/codec.h"

#include <errno.h>

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

const char *codec_name(uint32_t codec)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].codec == codec)
			return names[i].name;
	return "?";
}

enum call_codec codec_find(struct slice name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (slice_is_nocase(name, slice_of(names[i].name)))
			return names[i].codec;
	return CALL_CODEC_UNKNOWN;
}

int codec_static(uint8_t payload_type, struct call_codec_map *ret_codec)
{
	for (size_t i = 0; i < COUNT(statics); i++) {
		if (statics[i].payload_type != payload_type)
			continue;
		*ret_codec = statics[i];
		return 0;
	}
	return -ENOENT;
}

bool codec_is_sound(uint32_t codec)
{
	return codec != CALL_CODEC_UNKNOWN && codec != CALL_CODEC_CN &&
	       codec != CALL_CODEC_TELEPHONE_EVENT;
}

bool codec_is_wide(const struct call_codec_map *codec)
{
	return codec->codec == CALL_CODEC_G722 ||
	       codec->codec == CALL_CODEC_OPUS ||
	       codec->codec == CALL_CODEC_AMR_WB ||
	       (codec->codec == CALL_CODEC_L16 && codec->clock_rate > 8000);
}
