/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/sdp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "siprec/parse/header.h"
#include "siprec/parse/sdp_parts.h"
#include "spool/codec.h"

/* What holds for every m= line that does not say otherwise. */
struct session {
	struct slice connection;
	uint8_t direction;
};

/* An m= line while its attributes come in. */
struct section {
	struct sdp_media *media; /* NULL before the first m= */
	struct slice connection;
	bool has_direction;
	uint32_t format_count;
	struct {
		uint8_t payload_type;
		bool is_mapped;
		struct call_codec_map codec;
		struct slice fmtp;
	} formats[SDP_FORMATS_MAX];
};

struct slice sdp_next_word(struct slice *rest)
{
	size_t from = 0, to;
	struct slice word;

	while (from < rest->size &&
	       (rest->at[from] == ' ' || rest->at[from] == '\t'))
		from++;
	to = from;
	while (to < rest->size && rest->at[to] != ' ' && rest->at[to] != '\t')
		to++;
	/* An empty rest may have no address to add to. */
	word = slice_from((struct slice){ rest->at, to }, from);
	*rest = slice_from(*rest, to);
	return word;
}

/*
 * "IN IP4 192.0.2.1/127". A name is not resolved: then the address stays
 * zero. Tells apart the zero that pauses (RFC 2543, 3264 8.4).
 */
static void read_connection(struct slice text, struct sdp_media *media)
{
	struct slice net = sdp_next_word(&text), family = sdp_next_word(&text);
	struct slice host, ttl;
	char literal[SDP_ADDRESS_TEXT];
	struct in_addr v4;

	host = slice_cut(sdp_next_word(&text), '/', &ttl);
	memset(media->address, 0, sizeof(media->address));
	if (!slice_is_nocase(net, SLICE("IN")) ||
	    slice_text(host, literal, sizeof(literal)) < 0)
		return;
	if (slice_is_nocase(family, SLICE("IP4")) &&
	    inet_pton(AF_INET, literal, &v4) == 1) {
		if (v4.s_addr == 0) {
			media->is_paused = true;
			return;
		}
		memset(media->address + 10, 0xff, 2);
		memcpy(media->address + 12, &v4, 4);
	} else if (slice_is_nocase(family, SLICE("IP6")) &&
		   inet_pton(AF_INET6, literal, media->address) == 1) {
		if (bytes_are_zero(media->address, sizeof(media->address)))
			media->is_paused = true;
	}
}

static bool is_rtp(struct slice protocol, bool *ret_secure)
{
	static const struct {
		struct slice name;
		bool is_secure;
	} known[] = {
		{ { "RTP/AVP", 7 }, false },
		{ { "RTP/AVPF", 8 }, false },
		{ { "RTP/SAVP", 8 }, true },
		{ { "RTP/SAVPF", 9 }, true },
	};

	for (size_t i = 0; i < COUNT(known); i++) {
		if (!slice_is_nocase(protocol, known[i].name))
			continue;
		*ret_secure = known[i].is_secure;
		return true;
	}
	return false;
}

/* Turn the formats into codecs, in their order, and draw conclusions. */
static void end_section(const struct session *session, struct section *section)
{
	struct sdp_media *media = section->media;
	bool has_sound = false, is_known;

	if (!media)
		return;
	for (uint32_t i = 0; i < section->format_count; i++) {
		struct call_codec_map codec = section->formats[i].codec;

		if (!section->formats[i].is_mapped &&
		    codec_static(section->formats[i].payload_type, &codec) < 0)
			continue;
		if (codec.codec == CALL_CODEC_UNKNOWN ||
		    media->codec_count == CALL_CODECS_MAX)
			continue;
		sdp_read_fmtp(section->formats[i].fmtp, &codec);
		media->fmtp[media->codec_count] = section->formats[i].fmtp;
		media->codecs[media->codec_count++] = codec;
		has_sound |= codec_is_sound(codec.codec);
	}
	if (!section->has_direction)
		media->direction = session->direction;
	media->is_paused = media->direction == SDP_INACTIVE ||
			   media->direction == SDP_RECVONLY;
	media->is_unplaced =
		section->connection.size == 0 && session->connection.size == 0;
	read_connection(section->connection.size > 0 ? section->connection
						     : session->connection,
			media);
	if (media->has_rtcp_mux)
		media->rtcp_port = media->port;
	else if (media->rtcp_port == 0 && media->port < UINT16_MAX)
		media->rtcp_port = (uint16_t)(media->port + 1);
	is_known = is_rtp(media->protocol, &media->is_secure);
	media->is_usable = is_known && has_sound && media->port != 0 &&
			   slice_is_nocase(media->type, SLICE("audio")) &&
			   (!media->is_secure || media->srtp);
	section->media = NULL;
}

static int begin_section(struct slice text, struct sdp *sdp,
			 struct section *section)
{
	struct sdp_media *media;
	struct slice port, count, word, rest;
	uint64_t number;

	if (sdp->media_count == SDP_MEDIA_MAX)
		return -E2BIG;
	*section = (struct section){ 0 };
	media = &sdp->media[sdp->media_count++];
	media->type = sdp_next_word(&text);
	port = slice_cut(sdp_next_word(&text), '/', &count);
	media->protocol = sdp_next_word(&text);
	media->formats = slice_trim(text);
	if (!header_is_token(media->type) || media->protocol.size == 0 ||
	    slice_number(port, 65535, &number) < 0)
		return -EBADMSG;
	media->port = (uint16_t)number;
	section->media = media;
	rest = media->formats;
	while (section->format_count < SDP_FORMATS_MAX &&
	       (word = sdp_next_word(&rest)).size > 0)
		if (slice_number(word, 127, &number) == 0)
			section->formats[section->format_count++].payload_type =
				(uint8_t)number;
	return 0;
}

static int find_format(const struct section *section, struct slice *text)
{
	struct slice word = sdp_next_word(text);
	uint64_t number;

	if (slice_number(word, 127, &number) < 0)
		return -EINVAL;
	for (uint32_t i = 0; i < section->format_count; i++)
		if (section->formats[i].payload_type == number)
			return (int)i;
	return -ENOENT;
}

static void read_map(struct section *section, struct slice value, bool is_fmtp)
{
	int at = find_format(section, &value);
	struct call_codec_map codec;

	if (at < 0)
		return;
	if (is_fmtp) {
		section->formats[at].fmtp = slice_trim(value);
		return;
	}
	if (sdp_read_rtpmap(value, section->formats[at].payload_type, &codec) <
	    0)
		codec = (struct call_codec_map){ 0 };
	section->formats[at].codec = codec;
	section->formats[at].is_mapped = true;
}

static bool read_direction(struct slice name, uint8_t *ret_direction)
{
	static const struct slice names[] = {
		[SDP_SENDRECV] = { "sendrecv", 8 },
		[SDP_SENDONLY] = { "sendonly", 8 },
		[SDP_RECVONLY] = { "recvonly", 8 },
		[SDP_INACTIVE] = { "inactive", 8 },
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (!slice_is_nocase(name, names[i]))
			continue;
		*ret_direction = (uint8_t)i;
		return true;
	}
	return false;
}

static void read_label(struct slice value, struct sdp_media *media)
{
	/* We write it back, so only what could not be anything else. */
	if (header_is_token(value) &&
	    slice_text(value, media->label, sizeof(media->label)) < 0)
		media->label[0] = '\0';
}

static void read_media_attribute(struct slice name, struct slice value,
				 struct section *section)
{
	struct sdp_media *media = section->media;
	enum media_srtp suite;
	uint64_t number;

	if (read_direction(name, &media->direction)) {
		section->has_direction = true;
	} else if (slice_is_nocase(name, SLICE("rtpmap"))) {
		read_map(section, value, false);
	} else if (slice_is_nocase(name, SLICE("fmtp"))) {
		read_map(section, value, true);
	} else if (slice_is_nocase(name, SLICE("label"))) {
		read_label(slice_trim(value), media);
	} else if (slice_is_nocase(name, SLICE("rtcp-mux"))) {
		media->has_rtcp_mux = true;
	} else if (slice_is_nocase(name, SLICE("rtcp"))) {
		if (slice_number(sdp_next_word(&value), 65535, &number) == 0)
			media->rtcp_port = (uint16_t)number;
	} else if (slice_is_nocase(name, SLICE("ptime"))) {
		if (slice_number(slice_trim(value), 1000, &number) == 0)
			media->ptime_ms = (uint16_t)number;
	} else if (slice_is_nocase(name, SLICE("crypto")) && !media->srtp) {
		/* The first line we can do is the one the client prefers. */
		if (sdp_read_crypto(value, &media->srtp_tag, &suite,
				    media->srtp_key) == 0)
			media->srtp = (uint8_t)suite;
	}
}

static void read_origin(struct slice value, struct sdp *sdp)
{
	struct slice rest = value;

	sdp->origin = value;
	(void)sdp_next_word(&rest);
	if (slice_number(sdp_next_word(&rest), UINT64_MAX, &sdp->session_id) <
		    0 ||
	    slice_number(sdp_next_word(&rest), UINT64_MAX, &sdp->version) < 0)
		sdp->version = 0;
}

static int read_line(char type, struct slice value, struct session *session,
		     struct section *section, struct sdp *sdp)
{
	struct slice name;

	switch (type) {
	case 'm':
		end_section(session, section);
		return begin_section(value, sdp, section);
	case 'c':
		if (section->media)
			section->connection = value;
		else
			session->connection = value;
		return 0;
	case 'o':
		read_origin(value, sdp);
		return 0;
	case 'a':
		name = slice_trim(slice_cut(value, ':', &value));
		if (section->media)
			read_media_attribute(name, value, section);
		else
			(void)read_direction(name, &session->direction);
		return 0;
	default:
		return 0;
	}
}

int sdp_parse(struct slice text, struct sdp *ret_sdp)
{
	struct session session = { 0 };
	struct section section = { 0 };
	int r = 0;

	*ret_sdp = (struct sdp){ 0 };
	text = slice_trim(text);
	if (!slice_starts_nocase(text, SLICE("v=0")))
		return -EBADMSG;
	for (int i = 0; text.size > 0 && r == 0; i++) {
		struct slice line = slice_trim(slice_cut(text, '\n', &text));

		if (i == SDP_LINES_MAX)
			r = -E2BIG;
		else if (slice_find(line, '\0') < line.size ||
			 slice_find(line, '\r') < line.size)
			r = -EBADMSG;
		else if (line.size >= 2 && line.at[1] == '=')
			r = read_line(line.at[0],
				      slice_trim(slice_from(line, 2)), &session,
				      &section, ret_sdp);
	}
	if (r < 0) {
		sdp_wipe(ret_sdp);
		return r;
	}
	end_section(&session, &section);
	return 0;
}

bool sdp_keep_reachable(struct sdp *sdp, const char *ours,
			const uint8_t source[16])
{
	static const uint8_t four[12] = { [10] = 0xff, [11] = 0xff };
	bool is_six = strchr(ours, ':') != NULL, are_all = true;

	for (uint32_t i = 0; i < sdp->media_count; i++) {
		struct sdp_media *media = &sdp->media[i];
		bool is_four, is_told;

		if (media->is_unplaced)
			memcpy(media->address, source, sizeof(media->address));
		is_four = !memcmp(media->address, four, sizeof(four));
		is_told =
			!bytes_are_zero(media->address, sizeof(media->address));
		/* One that rests may tell its address when it goes on. */
		if (!media->is_usable ||
		    (is_told ? is_four != is_six : media->is_paused))
			continue;
		media->is_usable = false;
		are_all = false;
	}
	return are_all;
}

const char *sdp_why_deaf(const struct sdp *sdp)
{
	const char *why = "its SDP has no m=audio line with a port";

	for (uint32_t i = 0; i < sdp->media_count; i++) {
		const struct sdp_media *media = &sdp->media[i];
		bool is_secure;

		if (!slice_is_nocase(media->type, SLICE("audio")) ||
		    media->port == 0)
			continue;
		if (!is_rtp(media->protocol, &is_secure))
			why = "its sound is offered by another protocol than "
			      "RTP/AVP, AVPF, SAVP or SAVPF";
		else if (is_secure && !media->srtp)
			why = "its SRTP has no a=crypto line that can be used: "
			      "another suite, an MKI, or session parameters";
		else
			return "its SDP offers no codec that can be recorded";
	}
	return why;
}

void sdp_wipe(struct sdp *sdp)
{
	if (sdp)
		explicit_bzero(sdp, sizeof(*sdp));
}

void sdp_fill_stream(const struct sdp_media *media, struct media_stream *stream)
{
	memcpy(stream->address, media->address, sizeof(stream->address));
	stream->source_port = media->port;
	if (!media->is_usable)
		stream->state = CALL_STREAM_FREE;
	else if (media->is_paused)
		stream->state = CALL_STREAM_PAUSED;
	else
		stream->state = CALL_STREAM_LIVE;
	stream->codec_count = media->codec_count;
	memset(stream->codecs, 0, sizeof(stream->codecs));
	memcpy(stream->codecs, media->codecs,
	       media->codec_count * sizeof(stream->codecs[0]));
	stream->rtcp_mux = media->has_rtcp_mux;
	stream->srtp = media->is_secure ? media->srtp : MEDIA_SRTP_NONE;
	memset(stream->srtp_key, 0, sizeof(stream->srtp_key));
	if (media->is_secure)
		memcpy(stream->srtp_key, media->srtp_key,
		       sizeof(stream->srtp_key));
}
