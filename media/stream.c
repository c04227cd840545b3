/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/stream.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

static bool has(const uint64_t types[RTP_TYPES / 64], uint8_t type)
{
	return types[type / 64] >> type % 64 & 1;
}

static void add(uint64_t types[RTP_TYPES / 64], uint8_t type)
{
	types[type / 64] |= (uint64_t)1 << type % 64;
}

static struct track track_of(struct stream *stream)
{
	return (struct track){ &stream->current, &stream->rest->track };
}

static void reset(struct stream *stream)
{
	const struct track track = track_of(stream);

	track_reset(&track);
}

bool stream_is_sane(const struct media_stream *told)
{
	if (told->lane > CALL_LANE_MIXED || told->state > CALL_STREAM_PAUSED ||
	    told->srtp > MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80 ||
	    told->codec_count > CALL_CODECS_MAX)
		return false;
	for (int i = 0; i < told->codec_count; i++)
		if (told->codecs[i].payload_type >= RTP_TYPES ||
		    told->codecs[i].codec >= CALL_CODECS)
			return false;
	return true;
}

/* Payload types that mean the same everywhere (RFC 3551): an offer that
 * names none at all, or forgets one, may still bring them. */
static const uint8_t static_types[] = { 0, 3, 8, 9, 13, 18 };

static void tell_codecs(struct stream *stream, const struct media_stream *told)
{
	memset(stream->sound, 0, sizeof(stream->sound));
	memset(stream->rest->events, 0, sizeof(stream->rest->events));
	for (size_t i = 0; i < COUNT(static_types); i++)
		add(stream->sound, static_types[i]);
	for (int i = 0; i < told->codec_count; i++) {
		const struct call_codec_map *map = &told->codecs[i];

		if (map->codec == CALL_CODEC_TELEPHONE_EVENT)
			add(stream->rest->events, map->payload_type);
		else
			add(stream->sound, map->payload_type);
	}
	/* What is told to be keys is no sound, whatever else it may be. */
	for (size_t i = 0; i < COUNT(stream->sound); i++)
		stream->sound[i] &= ~stream->rest->events[i];
}

static void tell_source(struct stream *stream, const struct media_stream *told)
{
	struct source source = { .port = told->source_port };

	memcpy(source.address, told->address, sizeof(source.address));
	if (bytes_are_zero(told->address, sizeof(told->address))) {
		/* A pin that was learned stays, whatever is told again. */
		if (!stream->is_learned)
			stream->is_pinned = false;
		return;
	}
	if (!stream->is_pinned || stream->is_learned ||
	    memcmp(source.address, stream->source.address,
		   sizeof(source.address)) != 0 ||
	    source.port != stream->source.port)
		reset(stream);
	stream->source = source;
	stream->is_pinned = true;
	stream->is_learned = false;
}

int stream_tell(struct stream *stream, const struct media_stream *told)
{
	struct secure *secure = stream->rest->secure;

	if (told->srtp == MEDIA_SRTP_NONE) {
		secure_free(secure);
		secure = NULL;
	} else if (!secure || !secure_is(secure, told->srtp, told->srtp_key)) {
		/* The same key told again must not restart its state: the
		 * roll-over counter would be lost. */
		int r = secure_new(told->srtp, told->srtp_key, &secure);
		if (r < 0)
			return r;
		secure_free(stream->rest->secure);
	}
	/* Numbers went on while nobody counted them. */
	if (stream->state == CALL_STREAM_PAUSED &&
	    told->state == CALL_STREAM_LIVE)
		reset(stream);
	stream->rest->secure = secure;
	stream->srtp = told->srtp;
	stream->state = told->state;
	stream->takes_control = told->rtcp_mux;
	tell_codecs(stream, told);
	tell_source(stream, told);
	return 0;
}

void stream_make(struct stream *stream, struct stream_rest *rest)
{
	memset(stream, 0, sizeof(*stream));
	memset(rest, 0, sizeof(*rest));
	stream->rest = rest;
}

void stream_clear(struct stream *stream)
{
	secure_free(stream->rest->secure);
	stream_make(stream, stream->rest);
}

uint64_t stream_lost(const struct stream *stream)
{
	return track_lost(&stream->current, &stream->rest->track);
}

static bool is_from(const struct stream *stream, const struct source *from,
		    bool is_control)
{
	const struct source *pin = &stream->source;

	/* Reports prove nothing, so they pin nothing. */
	if (!stream->is_pinned)
		return !is_control;
	if (memcmp(pin->address, from->address, sizeof(pin->address)) != 0)
		return false;
	return pin->port == 0 || pin->port == from->port ||
	       (is_control && from->port == pin->port + 1);
}

static enum stream_verdict drop(struct stream_result *result, enum drop why)
{
	result->drop = why;
	return STREAM_DROP;
}

static enum stream_verdict take_control(struct stream *stream, uint8_t *packet,
					size_t size,
					struct stream_result *result)
{
	int r;

	if (stream->srtp != MEDIA_SRTP_NONE) {
		r = secure_open(stream->rest->secure, packet, &size, true);
		if (r < 0)
			return drop(result,
				    r == -EALREADY ? DROP_REPLAY : DROP_TAG);
	}
	if (stream->state != CALL_STREAM_LIVE)
		return drop(result, DROP_PAUSED);
	if (rtp_find_report(packet, size, &result->report) < 0)
		return drop(result, DROP_FORM);
	return STREAM_REPORT;
}

static const enum drop drop_of[] = {
	[TRACK_DUPLICATE] = DROP_DUPLICATE,
	[TRACK_REPLAY] = DROP_REPLAY,
	[TRACK_INTRUDER] = DROP_INTRUDER,
};

enum stream_verdict stream_take(struct stream *stream, uint8_t *packet,
				size_t *size, const struct source *from,
				bool is_control_port, nanoseconds at,
				struct stream_result *ret_result)
{
	bool is_control = is_control_port || rtp_is_control(packet, *size);
	const struct track track = track_of(stream);
	enum track_verdict verdict;
	struct rtp rtp;

	if (!is_from(stream, from, is_control))
		return drop(ret_result, DROP_SOURCE);
	if (is_control)
		return take_control(stream, packet, *size, ret_result);
	if (stream->srtp != MEDIA_SRTP_NONE) {
		int r = secure_open(stream->rest->secure, packet, size, false);
		if (r < 0)
			return drop(ret_result,
				    r == -EALREADY ? DROP_REPLAY : DROP_TAG);
	}
	if (rtp_read(packet, *size, &rtp) < 0)
		return drop(ret_result, DROP_FORM);
	if (stream->state != CALL_STREAM_LIVE)
		return drop(ret_result, DROP_PAUSED);
	if (!stream->is_pinned) {
		stream->source = *from;
		stream->is_pinned = stream->is_learned = true;
	}
	verdict = track_take(&track, rtp.ssrc, rtp.sequence, at);
	if (verdict != TRACK_KEEP)
		return drop(ret_result, drop_of[verdict]);
	/* After the numbers: what is dropped here was not lost. */
	if (!has(stream->sound, rtp.payload_type))
		return drop(ret_result,
			    has(stream->rest->events, rtp.payload_type)
				    ? DROP_EVENT
				    : DROP_PAYLOAD);
	stream->was_heard = true;
	return STREAM_SOUND;
}
