/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * floor: the least that receiving costs, to compare media with.
 *
 *	floor FIRST-PORT COUNT STREAMS
 *
 * One socket for the whole range of ports (house/ports.h), drained by
 * recvmmsg in batches of 512 every 5 ms; each datagram is read as RTP,
 * found by its port and its sequence number followed. Nothing is kept.
 *
 * Prints the ports, one a line for each stream, then an empty line; at the
 * end of standard input one line of JSON, and ends.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "house/ports.h"
#include "media/rtp.h"

enum { BATCH = 512, SLOT = RTP_SIZE_MAX + 64, CONTROL = 64, TICK_MS = 5 };

struct stream {
	uint32_t ssrc;
	uint16_t next;
	bool is_known;
	uint64_t packets, lost;
};

struct floor {
	int fd;
	uint64_t packets, strange;
	struct stream streams[65536]; /* by port */
	struct mmsghdr heads[BATCH];
	struct iovec bodies[BATCH];
	struct sockaddr_in from[BATCH];
	_Alignas(16) uint8_t controls[BATCH][CONTROL];
	_Alignas(64) uint8_t slots[BATCH][SLOT];
};

static uint16_t port_of(struct msghdr *head)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(head); part;
	     part = CMSG_NXTHDR(head, part)) {
		struct sockaddr_in to;

		if (part->cmsg_level != IPPROTO_IP ||
		    part->cmsg_type != IP_ORIGDSTADDR)
			continue;
		memcpy(&to, CMSG_DATA(part), sizeof(to));
		return ntohs(to.sin_port);
	}
	return 0;
}

static void follow(struct floor *floor, uint16_t port, const uint8_t *packet,
		   size_t size)
{
	struct stream *stream = &floor->streams[port];
	struct rtp rtp;

	floor->packets++;
	if (rtp_read(packet, size, &rtp) < 0) {
		floor->strange++;
		return;
	}
	if (stream->is_known && stream->ssrc == rtp.ssrc)
		stream->lost += (uint16_t)(rtp.sequence - stream->next);
	stream->is_known = true;
	stream->ssrc = rtp.ssrc;
	stream->next = (uint16_t)(rtp.sequence + 1);
	stream->packets++;
}

static void drain(struct floor *floor)
{
	int count;

	do {
		for (int i = 0; i < BATCH; i++) {
			floor->heads[i].msg_hdr.msg_namelen =
				sizeof(floor->from[i]);
			floor->heads[i].msg_hdr.msg_controllen = CONTROL;
		}
		count = recvmmsg(floor->fd, floor->heads, BATCH, MSG_DONTWAIT,
				 NULL);
		for (int i = 0; i < count; i++)
			follow(floor, port_of(&floor->heads[i].msg_hdr),
			       floor->slots[i], floor->heads[i].msg_len);
	} while (count == BATCH);
}

static int open_range(struct floor *floor, uint16_t first, uint16_t count)
{
	const int yes = 1;
	int link = -1; /* kept open until the end */
	int r = ports_open_range("127.0.0.1", first, count, &floor->fd, &link);

	if (r < 0)
		return r;
	return setsockopt(floor->fd, IPPROTO_IP, IP_RECVORIGDSTADDR, &yes,
			  sizeof(yes));
}

int main(int argc, char **argv)
{
	static struct floor floor;
	uint64_t first, count, streams;
	uint64_t lost = 0;

	if (argc != 4 ||
	    slice_number(slice_of(argv[1]), UINT16_MAX, &first) < 0 ||
	    slice_number(slice_of(argv[2]), UINT16_MAX, &count) < 0 ||
	    slice_number(slice_of(argv[3]), count / 2, &streams) < 0) {
		fprintf(stderr, "usage: floor FIRST-PORT COUNT STREAMS\n");
		return 2;
	}
	if (open_range(&floor, (uint16_t)first, (uint16_t)count) < 0) {
		fprintf(stderr, "floor: no range of ports (BPF sk_lookup)\n");
		return 3;
	}
	for (int i = 0; i < BATCH; i++) {
		floor.bodies[i] =
			(struct iovec){ floor.slots[i], RTP_SIZE_MAX };
		floor.heads[i].msg_hdr = (struct msghdr){
			.msg_name = &floor.from[i],
			.msg_iov = &floor.bodies[i],
			.msg_iovlen = 1,
			.msg_control = floor.controls[i],
		};
	}
	for (uint64_t i = 0; i < streams; i++)
		printf("%llu\n", (unsigned long long)(first + 2 * i));
	printf("\n");
	fflush(stdout);

	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	while (poll(&input, 1, TICK_MS) == 0)
		drain(&floor);
	drain(&floor);
	for (size_t port = 0; port < COUNT(floor.streams); port++)
		lost += floor.streams[port].lost;
	printf("{\"received\": %llu, \"lost\": %llu, \"strange\": %llu}\n",
	       (unsigned long long)floor.packets, (unsigned long long)lost,
	       (unsigned long long)floor.strange);
	return 0;
}
