/* SPDX-License-Identifier: EUPL-1.2 */
#include "uas.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int bind_any(int type, uint16_t *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	const int on = 1;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert(fd >= 0);
	assert(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	assert(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	assert(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ==
	       0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void say(struct uas *uas, const char *text, size_t size)
{
	if (uas->transport == UAS_UDP)
		(void)sendto(uas->fd, text, size, 0,
			     (struct sockaddr *)&uas->from,
			     sizeof(struct sockaddr_in));
	else if (uas->transport == UAS_TCP)
		(void)send(uas->peer_fd, text, size, MSG_NOSIGNAL);
	else
		(void)SSL_write(uas->ssl, text, (int)size);
}

/* A header's value in a raw message; the first, or all lines of it. */
static void copy_lines(const char *text, const char *name, char *out,
		       size_t size)
{
	const char *at = text;
	size_t used = strlen(out), length = strlen(name);

	while ((at = strstr(at, "\r\n")) && strncmp(at, "\r\n\r\n", 4) != 0) {
		const char *end;

		at += 2;
		if (strncasecmp(at, name, length) != 0 || at[length] != ':')
			continue;
		end = strstr(at, "\r\n");
		used += (size_t)snprintf(out + used, size - used, "%.*s\r\n",
					 (int)(end - at), at);
	}
}

static uint16_t open_stream(struct uas *uas)
{
	struct uas_stream *stream = &uas->stream[uas->stream_count++];

	assert(uas->stream_count <= UAS_STREAMS_MAX);
	stream->fd = bind_any(SOCK_DGRAM, &stream->port);
	return stream->port;
}

/* Which of our ports belong to a dialog: by the order of first offers. */
static void write_sdp(struct uas *uas, const char *offer, uint32_t first,
		      char *out, size_t size)
{
	bool inactive = strstr(offer, "a=inactive") != NULL;
	bool secure = strstr(offer, "RTP/SAVP") != NULL;
	const char *at = strstr(offer, "m=audio");
	uint32_t line = 0;
	size_t used =
		(size_t)snprintf(out, size,
				 "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
				 "c=IN IP4 127.0.0.1\r\nt=0 0\r\n");

	do {
		const char *end = at ? strstr(at, "\r\n") : NULL;
		const char *suite = at ? strstr(at, "a=crypto:1 ") : NULL;
		const char *format = at ? strchr(at + 8, ' ') : NULL;
		uint16_t port;

		if (first + line >= uas->stream_count)
			(void)open_stream(uas);
		port = uas->stream[first + line].port;
		line++;
		if (at && strncmp(at, "m=audio 0 ", 10) == 0)
			port = 0;
		used += (size_t)snprintf(out + used, size - used,
					 "m=audio %u%.*s\r\na=%s\r\n", port,
					 at ? (int)(end - format) : 14,
					 at ? format : " RTP/AVP 8 101",
					 inactive	      ? "inactive"
					 : uas->ways.sendonly ? "sendonly"
							      : "recvonly");
		if (secure && suite)
			used += (size_t)snprintf(
				out + used, size - used,
				"a=crypto:1 %.*s inline:AAAAAAAAAAAAAAAAAAAAA"
				"AAAAAAAAAAAAAAAAAAA\r\n",
				(int)strcspn(suite + 11, " "), suite + 11);
		at = at ? strstr(at + 1, "m=audio") : NULL;
		if (at && uas->ways.one_line && !strstr(at + 1, "m=audio"))
			at = NULL;
	} while (at);
}

static void answer(struct uas *uas, const char *text, int status,
		   const char *reason, const char *more, const char *sdp)
{
	static char out[UAS_TEXT_SIZE];
	bool tagged = strstr(text, "\r\nTo: ") &&
		      strstr(strstr(text, "\r\nTo: "), "tag=") != NULL &&
		      strstr(strstr(text, "\r\nTo: "), "tag=") <
			      strstr(strstr(text, "\r\nTo: ") + 2, "\r\n");
	size_t used = (size_t)snprintf(out, sizeof(out), "SIP/2.0 %d %s\r\n",
				       status, reason);

	copy_lines(text, "Via", out, sizeof(out));
	copy_lines(text, "From", out, sizeof(out));
	copy_lines(text, "To", out, sizeof(out));
	used = strlen(out);
	if (!tagged)
		used += (size_t)snprintf(out + used - 2, sizeof(out) - used + 2,
					 ";tag=uas\r\n") -
			2;
	copy_lines(text, "Call-ID", out, sizeof(out));
	copy_lines(text, "CSeq", out, sizeof(out));
	used = strlen(out);
	(void)snprintf(out + used, sizeof(out) - used,
		       "Contact: <sip:srs@127.0.0.1:%u>%s\r\n%s"
		       "%sContent-Length: %zu\r\n\r\n%s",
		       uas->port, uas->ways.no_srs ? "" : ";+sip.srs", more,
		       sdp[0] != '\0' ? "Content-Type: application/sdp\r\n"
				      : "",
		       strlen(sdp), sdp);
	say(uas, out, strlen(out));
	free(uas->now->answer);
	uas->now->answer = strdup(out);
}

static uint32_t first_stream(const char *text)
{
	char id[256] = "";
	uint32_t before = 0;

	/* BiB opens two dialogs: the second one has the second port. */
	copy_lines(text, "Call-ID", id, sizeof(id));
	if (strstr(id, "-1@"))
		before = 1;
	return before;
}

static void accept_invite(struct uas *uas, const char *text)
{
	static char sdp[4096];
	char more[256] = "";

	if (uas->ways.expires)
		(void)snprintf(more, sizeof(more), "Session-Expires: %s\r\n",
			       uas->ways.expires);
	write_sdp(uas, text, first_stream(text), sdp, sizeof(sdp));
	answer(uas, text, 200, "OK", more, sdp);
}

static void take_invite(struct uas *uas, const char *text)
{
	uas->invites++;
	if (uas->ways.refuse || (uas->ways.refuse_once && !uas->refused)) {
		char more[128] = "";

		uas->refused = true;
		if (uas->ways.refuse_header)
			(void)snprintf(more, sizeof(more), "%s\r\n",
				       uas->ways.refuse_header);
		answer(uas, text,
		       uas->ways.refuse ? uas->ways.refuse
					: uas->ways.refuse_once,
		       "No", more, "");
		return;
	}
	if (uas->ways.glare_at && (int)uas->invites == uas->ways.glare_at) {
		answer(uas, text, 491, "Request Pending", "", "");
		return;
	}
	if (uas->ways.reliable && uas->invites == 1) {
		(void)snprintf(uas->last_invite, sizeof(uas->last_invite), "%s",
			       text);
		answer(uas, text, 183, "Session Progress",
		       "Require: 100rel\r\nRSeq: 7001\r\n", "");
		return;
	}
	accept_invite(uas, text);
}

/* A request of the recorder inside the dialog, made from an ACK. */
static void ask(struct uas *uas, const char *ack, const char *method, int cseq)
{
	char from[512] = "", to[512] = "", id[256] = "", out[2048];
	const char *contact = strstr(ack, "ACK sip:");

	(void)contact;
	copy_lines(ack, "From", from, sizeof(from));
	copy_lines(ack, "To", to, sizeof(to));
	copy_lines(ack, "Call-ID", id, sizeof(id));
	(void)snprintf(out, sizeof(out),
		       "%s sip:client@127.0.0.1 SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKu%d\r\n"
		       "To%sFrom%s%sCSeq: %d %s\r\n"
		       "Session-Expires: 1800;refresher=uac\r\n"
		       "Content-Length: 0\r\n\r\n",
		       method, uas->port, cseq, from + 4, to + 2, id, cseq,
		       method);
	say(uas, out, strlen(out));
}

static void take_request(struct uas *uas, const char *text)
{
	uas->requests++;
	if ((int)uas->requests <= uas->ways.lose_first)
		return;
	if (strncmp(text, "INVITE ", 7) == 0) {
		take_invite(uas, text);
	} else if (strncmp(text, "ACK ", 4) == 0) {
		(void)snprintf(uas->last_invite, sizeof(uas->last_invite), "%s",
			       text);
		if (uas->ways.ask && !uas->asked) {
			ask(uas, text, "UPDATE", 1);
			ask(uas, text, "OPTIONS", 2);
		}
		uas->asked = true;
	} else if (strncmp(text, "PRACK ", 6) == 0) {
		char invite[UAS_TEXT_SIZE];

		memcpy(invite, uas->last_invite, sizeof(invite));
		answer(uas, text, 200, "OK", "", "");
		accept_invite(uas, invite);
	} else if (strncmp(text, "SIP/2.0", 7) != 0) {
		answer(uas, text, 200, "OK", "", "");
	}
}

static struct uas_message *find_same(struct uas *uas, const char *text,
				     size_t size)
{
	for (uint32_t i = 0; i < uas->message_count; i++)
		if (uas->message[i].size == size &&
		    memcmp(uas->message[i].text, text, size) == 0)
			return &uas->message[i];
	return NULL;
}

static void take(struct uas *uas, const char *text, size_t size, nanoseconds at)
{
	struct uas_message *message = find_same(uas, text, size);
	char copy[UAS_TEXT_SIZE];

	assert(size < sizeof(copy));
	if (message) {
		uas->repeated++;
	} else {
		assert(uas->message_count < UAS_MESSAGES_MAX);
		message = &uas->message[uas->message_count++];
		message->at = at;
		message->size = size;
		memcpy(message->text, text, size);
	}
	uas->now = message;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (message->answer)
		say(uas, message->answer, strlen(message->answer));
	else if (strncmp(copy, "SIP/2.0", 7) != 0)
		take_request(uas, copy);
}

static bool take_stream(struct uas *uas)
{
	for (;;) {
		const char *end;
		const char *length;
		size_t size;

		uas->in[uas->in_size] = '\0';
		end = strstr(uas->in, "\r\n\r\n");
		if (!end)
			return true;
		length = strcasestr(uas->in, "\r\nContent-Length: ");
		assert(length && length < end);
		size = (size_t)(end - uas->in) + 4 +
		       (size_t)strtoul(length + 18, NULL, 10);
		if (uas->in_size < size)
			return true;
		take(uas, uas->in, size, clock_now(&clock_system));
		memmove(uas->in, uas->in + size, uas->in_size - size);
		uas->in_size -= size;
	}
}

/* A datagram and when the kernel got it: we may be late to ask. */
static ssize_t receive(int fd, char *out, size_t size,
		       struct sockaddr_storage *from, nanoseconds *at)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct iovec body = { out, size };
	struct msghdr message = {
		.msg_name = from,
		.msg_namelen = sizeof(*from),
		.msg_iov = &body,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
	struct cmsghdr *head = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
	struct timespec time;

	*at = clock_now(&clock_system);
	if (head && head->cmsg_level == SOL_SOCKET &&
	    head->cmsg_type == SCM_TIMESTAMPNS) {
		memcpy(&time, CMSG_DATA(head), sizeof(time));
		*at = time.tv_sec * NS_PER_S + time.tv_nsec;
	}
	return got;
}

static bool hear(struct uas *uas)
{
	nanoseconds at;
	ssize_t got;

	if (uas->transport == UAS_UDP) {
		got = receive(uas->fd, uas->in, sizeof(uas->in) - 1, &uas->from,
			      &at);
		if (got > 0)
			take(uas, uas->in, (size_t)got, at);
		return true;
	}
	if (uas->peer_fd < 0) {
		uas->peer_fd = accept(uas->fd, NULL, NULL);
		if (uas->transport == UAS_TLS) {
			uas->ssl = SSL_new(uas->context);
			SSL_set_fd(uas->ssl, uas->peer_fd);
			if (SSL_accept(uas->ssl) != 1)
				return false;
		}
		return true;
	}
	do {
		size_t room = sizeof(uas->in) - 1 - uas->in_size;
		char *place = uas->in + uas->in_size;

		got = uas->transport == UAS_TLS
			      ? SSL_read(uas->ssl, place, (int)room)
			      : recv(uas->peer_fd, place, room, 0);
		if (got <= 0)
			return false;
		uas->in_size += (size_t)got;
		take_stream(uas);
	} while (uas->transport == UAS_TLS && SSL_pending(uas->ssl) > 0);
	return true;
}

static void hear_sound(struct uas *uas, struct uas_stream *stream)
{
	struct sockaddr_storage from;
	char byte[2048];
	nanoseconds at;
	ssize_t got = receive(stream->fd, byte, sizeof(byte), &from, &at);

	if (got <= 0)
		return;
	if (stream->count < UAS_PACKETS_MAX) {
		struct uas_packet *packet = &stream->packet[stream->count];

		packet->at = at;
		packet->size = (size_t)got < sizeof(packet->byte)
				       ? (size_t)got
				       : sizeof(packet->byte);
		memcpy(packet->byte, byte, packet->size);
	}
	stream->count++;
	atomic_fetch_add(&uas->heard, 1);
	if (uas->ways.bye_after && !uas->said_bye &&
	    (int)stream->count >= uas->ways.bye_after) {
		uas->said_bye = true;
		ask(uas, uas->last_invite, "BYE", 3);
	}
}

static void *serve(void *self)
{
	struct uas *uas = self;

	for (;;) {
		struct pollfd fds[2 + UAS_STREAMS_MAX];
		uint32_t streams = uas->stream_count;
		bool is_idle;

		fds[0] = (struct pollfd){ uas->stop[0], POLLIN, 0 };
		fds[1] = (struct pollfd){ uas->peer_fd >= 0 ? uas->peer_fd
							    : uas->fd,
					  POLLIN, 0 };
		for (uint32_t i = 0; i < streams; i++)
			fds[2 + i] =
				(struct pollfd){ uas->stream[i].fd, POLLIN, 0 };
		if (poll(fds, 2 + streams, 30000) <= 0)
			return NULL;
		is_idle = !fds[1].revents;
		for (uint32_t i = 0; i < streams; i++) {
			if (!fds[2 + i].revents)
				continue;
			is_idle = false;
			hear_sound(uas, &uas->stream[i]);
		}
		if (fds[1].revents && !hear(uas)) {
			/* The client hung up: sound may still come. */
			drop_fd(&uas->peer_fd);
			SSL_free(uas->ssl);
			uas->ssl = NULL;
		}
		/* On a busy machine much may still wait to be read. */
		if (fds[0].revents && is_idle)
			return NULL;
	}
}

/* A certificate for 127.0.0.1, signed by itself. */
static void make_certificate(struct uas *uas)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x509 = X509_new();
	X509V3_CTX context;
	X509_EXTENSION *extension;
	FILE *file;
	int fd;

	X509_set_version(x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), -60);
	X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	X509_set_pubkey(x509, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN",
				   MBSTRING_ASC, (const unsigned char *)"uas",
				   -1, -1, 0);
	X509_set_issuer_name(x509, X509_get_subject_name(x509));
	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name,
					"IP:127.0.0.1");
	X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
	assert(X509_sign(x509, key, EVP_sha256()) > 0);
	uas->context = SSL_CTX_new(TLS_server_method());
	assert(SSL_CTX_use_certificate(uas->context, x509) == 1);
	assert(SSL_CTX_use_PrivateKey(uas->context, key) == 1);
	(void)snprintf(uas->ca, sizeof(uas->ca), "/tmp/tallenne-uas-XXXXXX");
	fd = mkstemp(uas->ca);
	assert(fd >= 0);
	file = fdopen(fd, "w");
	PEM_write_X509(file, x509);
	(void)fclose(file);
	X509_free(x509);
	EVP_PKEY_free(key);
}

struct uas *uas_start(enum uas_transport transport, const struct uas_ways *ways)
{
	struct uas *uas = calloc(1, sizeof(*uas));

	assert(uas);
	if (ways)
		uas->ways = *ways;
	uas->transport = transport;
	uas->peer_fd = -1;
	uas->fd = bind_any(transport == UAS_UDP ? SOCK_DGRAM : SOCK_STREAM,
			   &uas->port);
	if (transport != UAS_UDP)
		assert(listen(uas->fd, 4) == 0);
	if (transport == UAS_TLS)
		make_certificate(uas);
	assert(pipe(uas->stop) == 0);
	assert(pthread_create(&uas->thread, NULL, serve, uas) == 0);
	return uas;
}

void uas_await(struct uas *uas, uint64_t packets)
{
	for (int i = 0; i < 30000 && atomic_load(&uas->heard) < packets; i++)
		(void)usleep(1000);
}

void uas_stop(struct uas *uas)
{
	/* What was sent last is still on its way through the loopback. */
	(void)usleep(20000);
	assert(write(uas->stop[1], "x", 1) == 1);
	(void)pthread_join(uas->thread, NULL);
}

void uas_free(struct uas *uas)
{
	for (uint32_t i = 0; i < uas->stream_count; i++)
		drop_fd(&uas->stream[i].fd);
	for (uint32_t i = 0; i < uas->message_count; i++)
		free(uas->message[i].answer);
	if (uas->ca[0] != '\0')
		(void)unlink(uas->ca);
	SSL_free(uas->ssl);
	SSL_CTX_free(uas->context);
	drop_fd(&uas->peer_fd);
	drop_fd(&uas->fd);
	drop_fd(&uas->stop[0]);
	drop_fd(&uas->stop[1]);
	free(uas);
}

const struct uas_message *uas_find(const struct uas *uas, const char *start,
				   uint32_t index)
{
	for (uint32_t i = 0; i < uas->message_count; i++)
		if (strncmp(uas->message[i].text, start, strlen(start)) == 0 &&
		    index-- == 0)
			return &uas->message[i];
	return NULL;
}

uint32_t uas_count(const struct uas *uas, const char *start)
{
	uint32_t count = 0;

	while (uas_find(uas, start, count))
		count++;
	return count;
}
