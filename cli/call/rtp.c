/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/rtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PORT_TRIES = 200, PORT_FIRST = 20000, PORT_SPAN = 20000 };

struct rtp_batch {
	int count;
	struct mmsghdr head[RTP_BATCH];
	struct iovec part[RTP_BATCH];
	struct sockaddr_storage to[RTP_BATCH];
	struct call_stream_report *report[RTP_BATCH];
	uint8_t bytes[RTP_BATCH][RTP_PACKET_SIZE];
};

static uint64_t draw(uint64_t *state)
{
	/* xorshift64*: small, seeded, good enough for losing packets. */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717u;
}

static bool happens(uint64_t *state, double chance)
{
	if (chance <= 0)
		return false;
	return (double)(draw(state) >> 11) / 9007199254740992.0 < chance;
}

static int bind_port(const struct sockaddr_storage *own, uint16_t number)
{
	struct sockaddr_storage address = *own;
	int fd = socket(own->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (own->ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address)->sin6_port = htons(number);
	else
		((struct sockaddr_in *)&address)->sin_port = htons(number);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

int rtp_port_open(const struct sockaddr_storage *own, bool shared,
		  struct rtp_port *ret_port)
{
	struct id random = id_new();
	uint64_t state;
	int r = -EADDRINUSE;

	memcpy(&state, random.byte, sizeof(state));
	state |= 1;
	for (int i = 0; i < PORT_TRIES; i++) {
		uint16_t number = (uint16_t)(PORT_FIRST +
					     draw(&state) % PORT_SPAN / 2 * 2);
		OWNED(drop_fd) int rtp = bind_port(own, number);
		OWNED(drop_fd) int rtcp = -1;

		r = rtp;
		if (rtp >= 0) {
			rtcp = bind_port(own, (uint16_t)(number + 1));
			r = rtcp;
		}
		if (r == -EADDRINUSE)
			continue;
		if (r < 0)
			return r;
		*ret_port = (struct rtp_port){ .number = number };
		if (shared) {
			int size = 4 << 20;

			ret_port->batch = calloc(1, sizeof(struct rtp_batch));
			if (!ret_port->batch)
				return -ENOMEM;
			(void)setsockopt(rtp, SOL_SOCKET, SO_SNDBUF, &size,
					 sizeof(size));
		}
		ret_port->rtp = GIVE_FD(rtp);
		ret_port->rtcp = GIVE_FD(rtcp);
		return 0;
	}
	return r;
}

void rtp_port_close(struct rtp_port *port)
{
	drop_fd(&port->rtp);
	drop_fd(&port->rtcp);
	free(port->batch);
	port->batch = NULL;
}

void rtp_port_flush(struct rtp_port *port)
{
	struct rtp_batch *batch = port->batch;
	int done = 0;

	while (batch && done < batch->count) {
		int sent = sendmmsg(port->rtp, batch->head + done,
				    (unsigned)(batch->count - done), 0);

		if (sent < 0) {
			/* The first one failed; the others may not. */
			batch->report[done]->errors++;
			sent = 1;
		} else {
			for (int i = done; i < done + sent; i++) {
				batch->report[i]->packets++;
				batch->report[i]->bytes +=
					batch->head[i].msg_len;
			}
		}
		done += sent;
	}
	if (batch)
		batch->count = 0;
}

static void put(struct rtp_stream *stream, const uint8_t *bytes, size_t size)
{
	struct rtp_batch *batch = stream->port->batch;
	int i;

	if (!batch) {
		if (sendto(stream->port->rtp, bytes, size, 0,
			   (struct sockaddr *)&stream->to,
			   stream->to_size) < 0) {
			stream->report->errors++;
			return;
		}
		stream->report->packets++;
		stream->report->bytes += size;
		return;
	}
	if (batch->count == RTP_BATCH)
		rtp_port_flush(stream->port);
	i = batch->count++;
	memcpy(batch->bytes[i], bytes, size);
	batch->to[i] = stream->to;
	batch->report[i] = stream->report;
	batch->part[i] = (struct iovec){ batch->bytes[i], size };
	batch->head[i] = (struct mmsghdr){
		.msg_hdr = { .msg_name = &batch->to[i],
			     .msg_namelen = stream->to_size,
			     .msg_iov = &batch->part[i],
			     .msg_iovlen = 1 },
	};
}

static int open_secure(struct rtp_stream *stream)
{
	srtp_policy_t policy = { 0 };

	switch (stream->plan->srtp) {
	case CALL_SRTP_NONE:
	case CALL_SRTP_SUITES:
		return 0;
	case CALL_SRTP_AES_CM_128_HMAC_SHA1_80:
		srtp_crypto_policy_set_rtp_default(&policy.rtp);
		srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
		break;
	case CALL_SRTP_AES_CM_128_HMAC_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
		srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
		break;
	case CALL_SRTP_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
		break;
	case CALL_SRTP_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
		break;
	}
	policy.ssrc.type = ssrc_any_outbound;
	policy.key = stream->key;
	policy.window_size = 128;
	return srtp_create(&stream->secure, &policy) == srtp_err_status_ok
		       ? 0
		       : -ENOTSUP;
}

int rtp_stream_init(struct rtp_stream *stream, const struct call_plan *plan,
		    struct rtp_port *port, struct call_stream_report *report,
		    uint64_t seed)
{
	const struct sdp_codec *codec = &sdp_codecs[plan->codec];
	struct id random[4];

	for (size_t i = 0; i < COUNT(random); i++)
		random[i] = id_new();
	*stream = (struct rtp_stream){
		.port = port,
		.plan = plan,
		.report = report,
		.payload = codec->payload,
		.step = codec->clock * TRACK_FRAME_MS / 1000,
		.chance = seed * 2654435761u + 88172645463325252u,
	};
	memcpy(stream->key, random, sizeof(stream->key));
	random[0] = id_new();
	memcpy(&stream->ssrc, random[0].byte, 4);
	memcpy(&stream->clock_base, random[0].byte + 4, 4);
	memcpy(&stream->sequence, random[0].byte + 8, 2);
	report->local_port = port->number;
	return open_secure(stream);
}

void rtp_stream_done(struct rtp_stream *stream)
{
	if (stream->secure)
		(void)srtp_dealloc(stream->secure);
	explicit_bzero(stream->key, sizeof(stream->key));
	stream->secure = NULL;
}

int rtp_stream_aim(struct rtp_stream *stream, const char *address,
		   uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
		memcpy(&stream->to, &v4, sizeof(v4));
		stream->to_size = sizeof(v4);
	} else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
		memcpy(&stream->to, &v6, sizeof(v6));
		stream->to_size = sizeof(v6);
	} else {
		return -EINVAL;
	}
	(void)snprintf(stream->report->destination,
		       sizeof(stream->report->destination), "%.46s:%u", address,
		       port);
	return 0;
}

void rtp_stream_play(struct rtp_stream *stream, const struct track *track,
		     nanoseconds now)
{
	if (!stream->sending) {
		if (stream->began_at == 0)
			stream->began_at = now;
		/* A stream that stood still goes on where the clock is. */
		stream->next = (uint64_t)((now - stream->began_at +
					   TRACK_FRAME_MS * NS_PER_MS - 1) /
					  (TRACK_FRAME_MS * NS_PER_MS));
		stream->marker = true;
		if (stream->report_at == 0)
			stream->report_at = now + NS_PER_S;
	}
	stream->sending = true;
	stream->track = track;
	stream->track_from = stream->next;
}

void rtp_stream_stop(struct rtp_stream *stream)
{
	stream->sending = false;
	stream->held_size = 0;
}

void rtp_stream_pause(struct rtp_stream *stream, bool pause)
{
	if (stream->paused && !pause)
		stream->marker = true;
	stream->paused = pause;
}

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

/* A sender report (RFC 3550, 6.4.1) with a CNAME. */
static void send_report(struct rtp_stream *stream)
{
	uint8_t packet[128] = { 0x80, 200, 0, 6 };
	nanoseconds now = clock_now(&clock_system);
	uint64_t part =
		(uint64_t)(now % NS_PER_S) * 4294967296u / (uint64_t)NS_PER_S;
	int size = 28 + 20;

	put32(packet + 4, stream->ssrc);
	put32(packet + 8, (uint32_t)(now / NS_PER_S + 2208988800));
	put32(packet + 12, (uint32_t)part);
	put32(packet + 16,
	      stream->clock_base + (uint32_t)stream->next * stream->step);
	put32(packet + 20, (uint32_t)stream->report->packets);
	put32(packet + 24, stream->octets);
	packet[28] = 0x81;
	packet[29] = 202;
	packet[31] = 4;
	put32(packet + 32, stream->ssrc);
	packet[36] = 1;
	packet[37] = 8;
	(void)snprintf((char *)packet + 38, 9, "%08" PRIx32, stream->ssrc);
	if (stream->secure && srtp_protect_rtcp(stream->secure, packet,
						&size) != srtp_err_status_ok)
		return;
	if (stream->to.ss_family == AF_INET) {
		struct sockaddr_in to;

		memcpy(&to, &stream->to, sizeof(to));
		to.sin_port = htons((uint16_t)(ntohs(to.sin_port) + 1));
		(void)sendto(stream->port->rtcp, packet, (size_t)size,
			     MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	} else {
		struct sockaddr_in6 to;

		memcpy(&to, &stream->to, sizeof(to));
		to.sin6_port = htons((uint16_t)(ntohs(to.sin6_port) + 1));
		(void)sendto(stream->port->rtcp, packet, (size_t)size,
			     MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	}
}

static void send_frame(struct rtp_stream *stream)
{
	struct slice frame =
		track_frame(stream->track, stream->next - stream->track_from);
	const struct call_plan *plan = stream->plan;
	uint8_t packet[RTP_PACKET_SIZE];
	int size = RTP_HEAD_SIZE + (int)frame.size;

	packet[0] = 0x80;
	packet[1] = (uint8_t)(stream->payload | (stream->marker ? 0x80 : 0));
	packet[2] = (uint8_t)(stream->sequence >> 8);
	packet[3] = (uint8_t)(stream->sequence & 255);
	put32(packet + 4,
	      stream->clock_base + (uint32_t)stream->next * stream->step);
	put32(packet + 8, stream->ssrc);
	memcpy(packet + RTP_HEAD_SIZE, frame.at, frame.size);
	stream->marker = false;
	stream->sequence++;
	stream->octets += (uint32_t)frame.size;
	if (stream->secure &&
	    srtp_protect(stream->secure, packet, &size) != srtp_err_status_ok) {
		stream->report->errors++;
		return;
	}
	if (happens(&stream->chance, plan->loss)) {
		stream->report->lost++;
		return;
	}
	if (stream->held_size == 0 && happens(&stream->chance, plan->reorder)) {
		memcpy(stream->held, packet, (size_t)size);
		stream->held_size = (size_t)size;
		stream->report->swapped++;
		return;
	}
	put(stream, packet, (size_t)size);
	if (stream->held_size > 0)
		put(stream, stream->held, stream->held_size);
	stream->held_size = 0;
	if (happens(&stream->chance, plan->duplicate)) {
		put(stream, packet, (size_t)size);
		stream->report->doubled++;
	}
}

nanoseconds rtp_stream_turn(struct rtp_stream *stream, nanoseconds now)
{
	nanoseconds late = 0;

	for (int i = 0; stream->sending && i < RTP_BEHIND_MAX; i++) {
		nanoseconds due = stream->began_at + (nanoseconds)stream->next *
							     TRACK_FRAME_MS *
							     NS_PER_MS;

		if (due > now)
			break;
		if (now - due > late)
			late = now - due;
		if (!stream->paused)
			send_frame(stream);
		stream->next++;
	}
	if (stream->sending && !stream->paused && now >= stream->report_at) {
		send_report(stream);
		stream->report_at = now + RTCP_EVERY_S * NS_PER_S;
	}
	return late;
}
