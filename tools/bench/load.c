/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * load: sends RTP like many calls at once.
 *
 *	load SOURCE-PORT SECONDS < ports
 *
 * Standard input has one UDP port of 127.0.0.1 a line, one for each
 * stream. Each gets 50 packets a second of 172 bytes (G.711, 20 ms), all
 * from one source port, evenly spread over each 20 ms and sent in groups.
 * Prints one line of JSON: packets sent, seconds taken, CPU used.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"

enum {
	STREAMS_MAX = 65536,
	PACKET_SIZE = 172,
	PTIME_MS = 20,
	SLICES = 20, /* of a packet time, each one millisecond */
	GROUP = 64,
	PCMA = 8,
	TICKS = 160,
};

struct stream {
	struct sockaddr_in to;
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc;
};

struct load {
	int fd;
	uint32_t count;
	uint64_t sent, failed;
	struct stream streams[STREAMS_MAX];
	uint8_t packets[GROUP][PACKET_SIZE];
	struct iovec bodies[GROUP];
	struct mmsghdr heads[GROUP];
};

static void put(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

static void fill(struct load *load, uint32_t place, struct stream *stream)
{
	uint8_t *packet = load->packets[place];
	uint16_t sequence = htons(stream->sequence++);

	packet[0] = 0x80;
	packet[1] = PCMA;
	memcpy(packet + 2, &sequence, sizeof(sequence));
	put(packet + 4, stream->timestamp);
	put(packet + 8, stream->ssrc);
	stream->timestamp += TICKS;
	load->heads[place].msg_hdr.msg_name = &stream->to;
	load->heads[place].msg_hdr.msg_namelen = sizeof(stream->to);
}

static void send_group(struct load *load, uint32_t count)
{
	uint32_t from = 0;

	while (from < count) {
		int n = sendmmsg(load->fd, load->heads + from, count - from, 0);

		if (n <= 0) {
			/* One that cannot be sent does not stop the others. */
			load->failed++;
			from++;
			continue;
		}
		load->sent += (uint32_t)n;
		from += (uint32_t)n;
	}
}

static void send_slice(struct load *load, uint32_t slice)
{
	uint32_t group = 0;

	for (uint32_t i = slice; i < load->count; i += SLICES) {
		fill(load, group++, &load->streams[i]);
		if (group == GROUP) {
			send_group(load, group);
			group = 0;
		}
	}
	send_group(load, group);
}

static void read_ports(struct load *load)
{
	char line[16];

	while (load->count < STREAMS_MAX && fgets(line, sizeof(line), stdin)) {
		struct stream *stream = &load->streams[load->count];
		uint64_t port;

		if (slice_number(slice_trim(slice_of(line)), UINT16_MAX,
				 &port) < 0)
			continue;
		stream->to.sin_family = AF_INET;
		stream->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		stream->to.sin_port = htons((uint16_t)port);
		stream->ssrc = 0x10000 + load->count++;
	}
}

static int open_socket(uint16_t port)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_port = htons(port) };
	const int buffer = 8 << 20;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (const void *)&from, sizeof(from)) < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer,
			 sizeof(buffer));
	return fd;
}

static void sleep_until(nanoseconds due)
{
	const struct timespec time = { due / NS_PER_S, due % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) ==
	       EINTR)
		continue;
}

int main(int argc, char **argv)
{
	static struct load load;
	uint64_t port, seconds;
	struct rusage usage;
	nanoseconds began;

	if (argc != 3 ||
	    slice_number(slice_of(argv[1]), UINT16_MAX, &port) < 0 ||
	    slice_number(slice_of(argv[2]), 3600, &seconds) < 0) {
		fprintf(stderr, "usage: load SOURCE-PORT SECONDS < ports\n");
		return 2;
	}
	load.fd = open_socket((uint16_t)port);
	if (load.fd < 0) {
		perror("load");
		return EXIT_FAILURE;
	}
	read_ports(&load);
	for (uint32_t i = 0; i < GROUP; i++) {
		memset(load.packets[i], 0xd5, PACKET_SIZE);
		load.bodies[i] = (struct iovec){ load.packets[i], PACKET_SIZE };
		load.heads[i].msg_hdr.msg_iov = &load.bodies[i];
		load.heads[i].msg_hdr.msg_iovlen = 1;
	}

	began = clock_monotonic();
	for (uint64_t ms = 0; ms < seconds * MS_PER_S; ms++) {
		sleep_until(began + (nanoseconds)ms * NS_PER_MS);
		send_slice(&load, (uint32_t)(ms % SLICES));
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"sent\": %llu, \"failed\": %llu, \"ms\": %lld, "
	       "\"cpu_ms\": %ld}\n",
	       (unsigned long long)load.sent, (unsigned long long)load.failed,
	       (long long)((clock_monotonic() - began) / NS_PER_MS),
	       usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 +
		       usage.ru_stime.tv_sec * 1000 +
		       usage.ru_stime.tv_usec / 1000);
	return 0;
}
