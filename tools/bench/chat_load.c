/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * chat_load: many visitors who chat, on one core.
 *
 *	chat_load PORT COUNT chat|echo [tls]
 *
 * Opens COUNT WebSockets to 127.0.0.1:PORT and, for "chat", a conversation
 * in each (docs/protocol-chat.md); prints {"opened":...}. Each then pings
 * every 20 s, as browsers do, until standard input ends. For each line
 * "RATE SECONDS" that it reads it says so many messages a second in all, one
 * conversation after the other, and prints how long the acknowledgements (of
 * "echo": the echoes) took: from the instant at which each message was due,
 * not from when it was sent, so that who falls behind does not look quick.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>

#include "base/loop.h"
#include "http/frame.h"

enum {
	COUNT_MAX = 12000,
	MESSAGES_MAX = 4 << 20,
	IN_SIZE = 16 << 10, /* the longest that a server says here */
	OPENING_MAX = 32,   /* at a time */
	PING_S = 20,
	LOOK_MS = 50, /* who has something to say of itself */
	DRAIN_S = 20, /* for the last acknowledgements */
	ID_SIZE = 22,
	SLOW_SAMPLE = 2,
};

struct talker {
	struct load *load;
	int fd;
	gnutls_session_t tls;
	bool is_open;
	nanoseconds pinged, again; /* again: open it anew then */
	char key[ID_SIZE + 1];
	char *in;
	size_t size;
};

struct load {
	struct loop *loop;
	struct sockaddr_in server;
	gnutls_certificate_credentials_t any;
	struct talker *talker;
	bool is_chat, is_tls, is_ended;
	size_t count, begun, open, refused;
	nanoseconds since;
	/* The run. */
	nanoseconds began, *due;
	uint32_t *took_us;
	size_t rate, total, sent, acked, failed, next;
};

static void die(const char *what)
{
	fprintf(stderr, "chat_load: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* 16 bytes in base64url; the number is in the first eight letters. */
static void id_text_of(uint64_t number, char kind, char out[ID_SIZE + 1])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";

	memset(out, kind, ID_SIZE - 1);
	for (size_t i = 0; i < 8; i++)
		out[i] = letters[number >> (42 - 6 * i) & 63];
	out[ID_SIZE - 1] = 'A'; /* two bits */
	out[ID_SIZE] = '\0';
}

static uint64_t number_of_id(const char *id)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 8; i++) {
		char c = id[i];
		unsigned int bits = c >= 'A' && c <= 'Z'   ? c - 'A'
				    : c >= 'a' && c <= 'z' ? c - 'a' + 26
				    : c >= '0' && c <= '9' ? c - '0' + 52
				    : c == '-'		   ? 62
							   : 63;

		number = number << 6 | bits;
	}
	return number;
}

static void send_bytes(struct talker *talker, const char *bytes, size_t size)
{
	ssize_t sent = talker->tls
			       ? gnutls_record_send(talker->tls, bytes, size)
			       : send(talker->fd, bytes, size, MSG_NOSIGNAL);

	/* What a visitor says fits into any buffer of the kernel. */
	if (sent != (ssize_t)size)
		die("send");
}

static void say(struct talker *talker, const char *json)
{
	size_t size = strlen(json);
	char frame[1024];
	size_t head = frame_head((uint8_t *)frame, FRAME_OP_TEXT, size);

	assert(head + 4 + size <= sizeof(frame));
	frame[1] = (char)(frame[1] | 0x80);
	memset(frame + head, 0, 4); /* a mask that changes nothing */
	memcpy(frame + head + 4, json, size);
	send_bytes(talker, frame, head + 4 + size);
}

static void say_open(struct talker *talker)
{
	char json[256];

	snprintf(json, sizeof(json),
		 "{\"t\":\"open\",\"key\":\"%s\",\"lang\":\"fi\","
		 "\"notice\":\"00000000\"}",
		 talker->key);
	talker->again = 0;
	say(talker, json);
}

static void say_message(struct load *load, size_t number)
{
	struct talker *talker = &load->talker[load->next++ % load->count];
	char id[ID_SIZE + 1], json[512];

	id_text_of(number, 'm', id);
	snprintf(json, sizeof(json),
		 "{\"t\":\"say\",\"id\":\"%s\",\"text\":\"Hakemukseni numero "
		 "%zu on ollut k\xc3\xa4sittelyss\xc3\xa4 jo kolme viikkoa. "
		 "Milloin saan p\xc3\xa4\xc3\xa4t\xc3\xb6ksen?\"}",
		 id, number);
	say(talker, json);
}

static void note_open(struct talker *talker)
{
	struct load *load = talker->load;

	if (talker->is_open)
		return;
	talker->is_open = true;
	talker->pinged = clock_monotonic();
	load->open++;
}

/* The number after a name in one of the server's own messages; 0: none. */
static unsigned long number_after(const char *json, size_t size,
				  const char *name)
{
	const char *at = memmem(json, size, name, strlen(name));

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static void hear_error(struct talker *talker, const char *json, size_t size)
{
	struct load *load = talker->load;
	unsigned long wait_ms = number_after(json, size, "\"retry\":");

	if (!talker->is_open && wait_ms > 0) {
		talker->again =
			clock_monotonic() + (nanoseconds)wait_ms * NS_PER_MS;
		load->refused++;
		return;
	}
	if (load->failed++ < SLOW_SAMPLE)
		fprintf(stderr, "chat_load: %.*s\n", (int)size, json);
	if (!talker->is_open)
		exit(EXIT_FAILURE);
}

static void hear(struct talker *talker, char *json, size_t size)
{
	struct load *load = talker->load;
	const char *say = load->is_chat ? "{\"t\":\"ack\"" : "{\"t\":\"say\"";
	const char *id;
	uint64_t number;

	if (size >= 10 && !memcmp(json, say, 10)) {
		id = memmem(json, size, "\"id\":\"", 6);
		number = id ? number_of_id(id + 6) : load->total;
		if (number >= load->total || load->took_us[number])
			return;
		load->took_us[number] =
			(uint32_t)((clock_monotonic() - load->due[number]) /
				   1000) +
			1;
		load->acked++;
	} else if (size >= 12 && !memcmp(json, "{\"t\":\"opened\"", 12)) {
		note_open(talker);
	} else if (size >= 12 && !memcmp(json, "{\"t\":\"error\"", 12)) {
		hear_error(talker, json, size);
	}
}

/* Whole frames of a server, and what is left of the last. */
static void hear_frames(struct talker *talker)
{
	const uint8_t *in = (const uint8_t *)talker->in;
	size_t at = 0;

	while (talker->size - at >= 2) {
		size_t head = 2, size = in[at + 1];

		if (size == 126) {
			head = 4;
			if (talker->size - at < head)
				break;
			size = (size_t)in[at + 2] << 8 | in[at + 3];
		}
		if (head + size > IN_SIZE || in[at] == 0x88) {
			fprintf(stderr, "chat_load: closed with %d\n",
				in[at + head] << 8 | in[at + head + 1]);
			exit(EXIT_FAILURE);
		}
		if (talker->size - at < head + size)
			break;
		hear(talker, talker->in + at + head, size);
		at += head + size;
	}
	talker->size -= at;
	memmove(talker->in, talker->in + at, talker->size);
	if (talker->size == 0) {
		free(talker->in);
		talker->in = NULL;
	}
}

static void ready(void *self, int fd, uint32_t events)
{
	struct talker *talker = self;
	ssize_t got;

	(void)events;
	do {
		if (!talker->in)
			talker->in = malloc(IN_SIZE);
		if (!talker->in)
			die("memory");
		if (talker->tls)
			got = gnutls_record_recv(talker->tls,
						 talker->in + talker->size,
						 IN_SIZE - talker->size);
		else
			got = recv(fd, talker->in + talker->size,
				   IN_SIZE - talker->size, MSG_DONTWAIT);
		if (got > 0)
			talker->size += (size_t)got;
		else if (got == 0 ||
			 (talker->tls ? gnutls_error_is_fatal((int)got)
				      : errno != EAGAIN))
			die("the server has ended a socket");
		hear_frames(talker);
	} while (got > 0 && talker->tls);
}

static void begin_tls(struct talker *talker)
{
	int r = gnutls_init(&talker->tls, GNUTLS_CLIENT);

	if (r == 0)
		r = gnutls_set_default_priority(talker->tls);
	if (r == 0)
		r = gnutls_credentials_set(talker->tls, GNUTLS_CRD_CERTIFICATE,
					   talker->load->any);
	gnutls_transport_set_int(talker->tls, talker->fd);
	while (r == 0 && (r = gnutls_handshake(talker->tls)) < 0 &&
	       !gnutls_error_is_fatal(r))
		r = 0;
	if (r < 0) {
		fprintf(stderr, "chat_load: TLS: %s\n", gnutls_strerror(r));
		exit(EXIT_FAILURE);
	}
}

/* Until the server has taken it: one after the other. */
static void handshake(struct talker *talker)
{
	const unsigned int port = ntohs(talker->load->server.sin_port);
	const char *scheme = talker->tls ? "https" : "http";
	char text[1024];
	ssize_t got;
	char *end = NULL;

	snprintf(text, sizeof(text),
		 "GET /chat/v1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		 "Origin: %s://127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		 "Sec-WebSocket-Protocol: tallenne.chat.v1\r\n\r\n",
		 port, scheme, port);
	send_bytes(talker, text, strlen(text));
	for (size_t size = 0; !end; size += (size_t)got) {
		got = talker->tls ? gnutls_record_recv(talker->tls, text + size,
						       sizeof(text) - 1 - size)
				  : recv(talker->fd, text + size,
					 sizeof(text) - 1 - size, 0);
		if (got <= 0)
			die("handshake");
		text[size + (size_t)got] = '\0';
		end = strstr(text, "\r\n\r\n");
	}
	if (strncmp(text, "HTTP/1.1 101 ", 13) != 0) {
		fprintf(stderr, "chat_load: %.40s\n", text);
		exit(EXIT_FAILURE);
	}
}

static void begin(struct load *load, size_t number)
{
	struct talker *talker = &load->talker[number];
	const int yes = 1;
	uint64_t salt = (uint64_t)getpid() << 16;

	*talker = (struct talker){ .load = load };
	id_text_of(salt + number, 'k', talker->key);
	talker->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (talker->fd < 0 ||
	    connect(talker->fd, (struct sockaddr *)&load->server,
		    sizeof(load->server)) < 0)
		die("connect");
	(void)setsockopt(talker->fd, IPPROTO_TCP, TCP_NODELAY, &yes,
			 sizeof(yes));
	if (load->is_tls)
		begin_tls(talker);
	handshake(talker);
	if (fcntl(talker->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    loop_watch(load->loop, talker->fd, EPOLLIN, ready, talker) < 0)
		die("watch");
	if (load->is_chat)
		say_open(talker);
	else
		note_open(talker);
}

static void ping_and_open(struct load *load)
{
	nanoseconds now = clock_monotonic();

	if (now - load->since < LOOK_MS * NS_PER_MS)
		return;
	load->since = now;
	for (size_t i = 0; i < load->begun; i++) {
		struct talker *talker = &load->talker[i];

		if (talker->again && talker->again <= now)
			say_open(talker);
		if (now - talker->pinged < PING_S * NS_PER_S)
			continue;
		talker->pinged = now;
		say(talker, "{\"t\":\"ping\",\"last\":0}");
	}
}

static void open_all(struct load *load)
{
	nanoseconds began = clock_monotonic();

	while (load->open < load->count) {
		while (load->begun < load->count &&
		       load->begun - load->open < OPENING_MAX + load->refused)
			begin(load, load->begun++);
		ping_and_open(load);
		if (loop_turn(load->loop, 10) < 0)
			die("loop");
	}
	printf("{\"opened\":%zu,\"seconds\":%.1f}\n", load->open,
	       (double)(clock_monotonic() - began) / (double)NS_PER_S);
	(void)fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double ms_of(const struct load *load, double part)
{
	size_t place = (size_t)(part * (double)load->total);

	if (place >= load->total)
		place = load->total - 1;
	return load->took_us[place] / 1000.0;
}

static void tell(struct load *load, nanoseconds last)
{
	/* What was never acknowledged took longest of all. */
	for (size_t i = 0; i < load->total; i++)
		if (!load->took_us[i])
			load->took_us[i] = UINT32_MAX;
	qsort(load->took_us, load->total, sizeof(*load->took_us), by_size);
	printf("{\"sent\":%zu,\"acked\":%zu,\"errors\":%zu,"
	       "\"per_second\":%.0f,\"p50_ms\":%.2f,\"p90_ms\":%.2f,"
	       "\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
	       load->sent, load->acked, load->failed,
	       (double)load->acked * (double)NS_PER_S /
		       (double)(last - load->began),
	       ms_of(load, 0.5), ms_of(load, 0.9), ms_of(load, 0.99),
	       ms_of(load, 1));
	(void)fflush(stdout);
}

static void run(struct load *load, size_t rate, size_t seconds)
{
	nanoseconds last;

	load->total = rate * seconds;
	if (rate == 0 || load->total == 0 || load->total > MESSAGES_MAX)
		return;
	load->sent = load->acked = load->failed = 0;
	load->due = calloc(load->total, sizeof(*load->due));
	load->took_us = calloc(load->total, sizeof(*load->took_us));
	if (!load->due || !load->took_us)
		die("memory");
	last = load->began = clock_monotonic();
	while (load->acked + load->failed < load->total) {
		nanoseconds now = clock_monotonic();

		while (load->sent < load->total) {
			nanoseconds due = load->began +
					  (nanoseconds)(load->sent * NS_PER_S /
							(nanoseconds)rate);

			if (due > now)
				break;
			load->due[load->sent] = due;
			say_message(load, load->sent++);
		}
		if (now - load->began >
		    (nanoseconds)(seconds + DRAIN_S) * NS_PER_S)
			break;
		ping_and_open(load);
		if (loop_turn(load->loop, load->sent < load->total ? 1 : 10) <
		    0)
			die("loop");
		last = clock_monotonic();
	}
	tell(load, last);
	free(load->due);
	free(load->took_us);
	load->took_us = NULL;
	load->total = 0;
}

static void asked(void *self, int fd, uint32_t events)
{
	struct load *load = self;
	char line[64] = "";
	size_t rate, seconds;

	(void)events;
	if (read(fd, line, sizeof(line) - 1) <= 0) {
		load->is_ended = true;
		return;
	}
	loop_unwatch(load->loop, fd);
	if (sscanf(line, "%zu %zu", &rate, &seconds) == 2)
		run(load, rate, seconds);
	if (loop_watch(load->loop, fd, EPOLLIN, asked, load) < 0)
		die("watch");
}

int main(int argc, char **argv)
{
	struct load load = { .server = { .sin_family = AF_INET } };

	if (argc < 4) {
		fprintf(stderr,
			"usage: chat_load PORT COUNT chat|echo [tls]\n");
		return EXIT_FAILURE;
	}
	load.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load.server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	load.count = strtoul(argv[2], NULL, 10);
	load.is_chat = !strcmp(argv[3], "chat");
	load.is_tls = argc > 4;
	load.talker = calloc(COUNT_MAX, sizeof(*load.talker));
	if (load.count == 0 || load.count > COUNT_MAX || !load.talker ||
	    gnutls_certificate_allocate_credentials(&load.any) < 0 ||
	    loop_new(&load.loop) < 0)
		die("start");
	open_all(&load);
	if (loop_watch(load.loop, STDIN_FILENO, EPOLLIN, asked, &load) < 0)
		die("watch");
	while (!load.is_ended) {
		ping_and_open(&load);
		if (loop_turn(load.loop, 100) < 0)
			die("loop");
	}
	return EXIT_SUCCESS;
}
