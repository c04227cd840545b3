/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/inlet.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	/* An odd number of cache lines, so that heads do not share one. */
	SLOT_SIZE = RTP_SIZE_MAX + 64,
	CONTROL_SIZE = 160,
	/* Datagrams, each time about as long as memory takes. */
	SOON_AHEAD = 8,
	NEXT_AHEAD = 4,
	/* Batches in one turn: what a flood may cost before others' turn. */
	BATCHES_MAX = 256,
	BATCHES_ORDINARY_MAX = 4,
};

struct range {
	int fd;
	uint16_t first;
	uint32_t count;
	nanoseconds drained_at;
};

struct inlet {
	struct inlet_face face;
	struct range ranges[INLET_RANGES_MAX];
	uint32_t range_count;
	int *ordinary;	 /* by port, -1: none */
	uint16_t *ports; /* of the ordinary ones */
	uint32_t port_count;
	uint32_t turn;

	struct mmsghdr heads[INLET_BATCH];
	struct iovec bodies[INLET_BATCH];
	struct datagram datagrams[INLET_BATCH];
	struct sockaddr_in6 sources[INLET_BATCH];
	union {
		struct cmsghdr align;
		char space[CONTROL_SIZE];
	} controls[INLET_BATCH];
	_Alignas(64) uint8_t slots[INLET_BATCH][SLOT_SIZE];
};

int inlet_new(const struct inlet_face *face, struct inlet **ret_inlet)
{
	struct inlet *inlet =
		aligned_alloc(64, (sizeof(*inlet) + 63) / 64 * 64);

	if (!inlet)
		return -ENOMEM;
	memset(inlet, 0, sizeof(*inlet));
	inlet->face = *face;
	inlet->ordinary = calloc(INLET_PORTS, sizeof(*inlet->ordinary));
	inlet->ports = calloc(INLET_PORTS, sizeof(*inlet->ports));
	if (!inlet->ordinary || !inlet->ports) {
		inlet_free(inlet);
		return -ENOMEM;
	}
	for (int i = 0; i < INLET_PORTS; i++)
		inlet->ordinary[i] = -1;
	for (int i = 0; i < INLET_BATCH; i++) {
		inlet->bodies[i] =
			(struct iovec){ inlet->slots[i], RTP_SIZE_MAX };
		inlet->heads[i].msg_hdr = (struct msghdr){
			.msg_name = &inlet->sources[i],
			.msg_iov = &inlet->bodies[i],
			.msg_iovlen = 1,
			.msg_control = inlet->controls[i].space,
		};
	}
	*ret_inlet = inlet;
	return 0;
}

void inlet_free(struct inlet *inlet)
{
	uint32_t count;

	if (!inlet)
		return;
	for (uint32_t i = 0; i < inlet->range_count; i++)
		drop_fd(&inlet->ranges[i].fd);
	/* One that could not be made whole has no tables. */
	count = inlet->ports && inlet->ordinary ? inlet->port_count : 0;
	for (uint32_t i = 0; i < count; i++)
		drop_fd(&inlet->ordinary[inlet->ports[i]]);
	free(inlet->ordinary);
	free(inlet->ports);
	free(inlet);
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno
									: 0;
}

static int prepare(int fd, bool is_range)
{
	int family = 0;
	socklen_t size = sizeof(family);
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0)
		return -errno;
	/* On a socket without a peer this reports ENOTCONN, and works. */
	if (shutdown(fd, SHUT_WR) < 0 && errno != ENOTCONN)
		return -errno;
	/* Once asked for, datagrams go on being stamped; whether the stamp
	 * is handed over is decided at each drain of a range. */
	r = set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (r == 0 && is_range)
		r = set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 0);
	if (r == 0 && is_range)
		r = set(fd, IPPROTO_IP, IP_RECVORIGDSTADDR, 1);
	if (r == 0 && is_range && family == AF_INET6)
		r = set(fd, IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1);
	return r;
}

int inlet_add(struct inlet *inlet, int fd, uint16_t first, uint32_t count)
{
	int r = 0;

	if (first == 0 || count == 0 || first + count > INLET_PORTS)
		r = -EINVAL;
	else if (count > 1 && inlet->range_count == INLET_RANGES_MAX)
		r = -ENOSPC;
	else if (count == 1 && inlet->ordinary[first] >= 0)
		r = -EINVAL;
	if (r == 0)
		r = prepare(fd, count > 1);
	if (r < 0) {
		drop_fd(&fd);
		return r;
	}
	if (count > 1) {
		inlet->ranges[inlet->range_count++] = (struct range){
			.fd = fd,
			.first = first,
			.count = count,
		};
		return 0;
	}
	inlet->ordinary[first] = fd;
	inlet->ports[inlet->port_count++] = first;
	return 0;
}

static struct range *range_of(struct inlet *inlet, uint16_t port)
{
	for (uint32_t i = 0; i < inlet->range_count; i++) {
		struct range *range = &inlet->ranges[i];

		if (port >= range->first &&
		    (uint32_t)(port - range->first) < range->count)
			return range;
	}
	return NULL;
}

bool inlet_has(const struct inlet *inlet, uint16_t port)
{
	for (uint32_t i = 0; i < inlet->range_count; i++) {
		const struct range *range = &inlet->ranges[i];

		if (port >= range->first &&
		    (uint32_t)(port - range->first) < range->count)
			return true;
	}
	return inlet->ordinary[port] >= 0;
}

static nanoseconds wall_minus_monotonic(void)
{
	return clock_now(&clock_system) - clock_monotonic();
}

nanoseconds inlet_time(nanoseconds wall)
{
	return wall - wall_minus_monotonic();
}

static void read_source(const struct sockaddr_in6 *name, struct source *source)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (name->sin6_family == AF_INET6) {
		memcpy(source->address, &name->sin6_addr, 16);
		source->port = ntohs(name->sin6_port);
	} else {
		const struct sockaddr_in *old = (const void *)name;

		memcpy(source->address, mapped, sizeof(mapped));
		memcpy(source->address + 12, &old->sin_addr, 4);
		source->port = ntohs(old->sin_port);
	}
}

/* What the kernel says beside the datagram. */
static void read_control(struct msghdr *head, struct datagram *datagram,
			 nanoseconds wall_ahead)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(head); part;
	     part = CMSG_NXTHDR(head, part)) {
		const unsigned char *data = CMSG_DATA(part);

		if (part->cmsg_level == SOL_SOCKET &&
		    part->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec time;

			memcpy(&time, data, sizeof(time));
			datagram->at = time.tv_sec * NS_PER_S + time.tv_nsec -
				       wall_ahead;
			datagram->since = datagram->at;
		} else if ((part->cmsg_level == IPPROTO_IP &&
			    part->cmsg_type == IP_ORIGDSTADDR) ||
			   (part->cmsg_level == IPPROTO_IPV6 &&
			    part->cmsg_type == IPV6_ORIGDSTADDR)) {
			/* The port stands at the same place in both. */
			struct sockaddr_in to;

			memcpy(&to, data, sizeof(to));
			datagram->port = ntohs(to.sin_port);
		}
	}
}

/* Each is announced twice before it is taken, in step with the others'
   being taken: memory fetches while the processor works. */
static void take_datagrams(struct inlet *inlet, int count)
{
	const struct inlet_face *face = &inlet->face;

	for (int i = -SOON_AHEAD; i < count; i++) {
		if (i + SOON_AHEAD < count)
			face->soon(face->self,
				   inlet->datagrams[i + SOON_AHEAD].port);
		if (i + NEXT_AHEAD >= 0 && i + NEXT_AHEAD < count)
			face->next(face->self,
				   inlet->datagrams[i + NEXT_AHEAD].port);
		if (i >= 0)
			face->take(face->self, &inlet->datagrams[i]);
	}
}

/* One batch; how many there were, INLET_BATCH if more may wait. */
static int take_batch(struct inlet *inlet, int fd, uint16_t port,
		      nanoseconds since)
{
	nanoseconds now, wall_ahead;
	int count;

	for (int i = 0; i < INLET_BATCH; i++) {
		struct msghdr *head = &inlet->heads[i].msg_hdr;

		head->msg_namelen = sizeof(inlet->sources[i]);
		head->msg_controllen = CONTROL_SIZE;
	}
	count = recvmmsg(fd, inlet->heads, INLET_BATCH, MSG_DONTWAIT, NULL);
	if (count <= 0)
		return 0;
	now = clock_monotonic();
	wall_ahead = wall_minus_monotonic();
	for (int i = 0; i < count; i++) {
		struct msghdr *head = &inlet->heads[i].msg_hdr;
		struct datagram *datagram = &inlet->datagrams[i];

		*datagram = (struct datagram){
			.bytes = inlet->slots[i],
			.size = inlet->heads[i].msg_len,
			.port = port,
			.is_long = head->msg_flags & MSG_TRUNC,
			.at = now,
			.since = since,
		};
		read_control(head, datagram, wall_ahead);
		/* The clock was set between arrival and now. */
		if (datagram->at > now)
			datagram->at = datagram->since = now;
		read_source(&inlet->sources[i], &datagram->from);
	}
	take_datagrams(inlet, count);
	return count;
}

/* How many datagrams there were. */
static uint32_t drain_range(struct inlet *inlet, struct range *range,
			    bool must_be_exact)
{
	nanoseconds began = clock_monotonic(), since = range->drained_at;
	uint32_t count = 0;
	bool is_exact =
		must_be_exact || began - since > INLET_LATE_MS * NS_PER_MS;

	if (is_exact)
		is_exact = set(range->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) == 0;
	for (int i = 0; i < BATCHES_MAX; i++) {
		int taken = take_batch(inlet, range->fd, 0, since);

		count += (uint32_t)taken;
		if (taken < INLET_BATCH) {
			range->drained_at = began;
			break;
		}
	}
	/* If not, stamps go on being told: dearer, not wrong. */
	if (is_exact)
		(void)!set(range->fd, SOL_SOCKET, SO_TIMESTAMPNS, 0);
	return count;
}

static void drain_ordinary(struct inlet *inlet, uint16_t port)
{
	nanoseconds now = clock_monotonic();

	for (int i = 0; i < BATCHES_ORDINARY_MAX; i++)
		if (take_batch(inlet, inlet->ordinary[port], port, now) <
		    INLET_BATCH)
			return;
}

int inlet_tick(struct inlet *inlet)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < inlet->range_count; i++)
		count += drain_range(inlet, &inlet->ranges[i], false);
	for (uint32_t i = inlet->turn; i < inlet->port_count; i += INLET_TURNS)
		drain_ordinary(inlet, inlet->ports[i]);
	inlet->turn = (inlet->turn + 1) % INLET_TURNS;
	return inlet->port_count == 0 && count < INLET_CALM ? INLET_TICK_CALM_MS
							    : INLET_TICK_MS;
}

void inlet_drain(struct inlet *inlet, uint16_t port)
{
	struct range *range = range_of(inlet, port);

	if (range)
		(void)drain_range(inlet, range, true);
	else if (inlet->ordinary[port] >= 0)
		drain_ordinary(inlet, port);
}

/* Asked for, not told with each datagram: that costs more than it says. */
static uint64_t overflows_of(int fd)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
		return 0;
	return memory[SK_MEMINFO_DROPS];
}

uint64_t inlet_overflows(const struct inlet *inlet)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < inlet->range_count; i++)
		count += overflows_of(inlet->ranges[i].fd);
	for (uint32_t i = 0; i < inlet->port_count; i++)
		count += overflows_of(inlet->ordinary[inlet->ports[i]]);
	return count;
}
