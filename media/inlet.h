/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file inlet.h
 * Where datagrams come in: sockets that the house bound, drained in
 * batches on a timer. A recorder sleeps and does not react: waking for
 * each packet costs three to five times as much.
 *
 * Two kinds behind one face: a socket for a whole range of ports (the
 * kernel's sk_lookup puts them there; the port comes with each datagram),
 * and ordinary sockets, one for each port, looked into by turns.
 *
 * When a datagram arrived is known within the time since its socket was
 * last drained. While that is a few milliseconds, both ends of it are told;
 * whenever it was longer, the kernel's own time stamps are asked for, which
 * cost a tenth of all the work and so are not asked for always. A gate that
 * takes the end that is on the safe side errs by one packet of 20 ms at
 * most, and never towards keeping one. All on the monotonic clock.
 *
 * Sockets are shut for sending as soon as they come: nothing that happens
 * here later can make this process answer a datagram.
 */
#ifndef TALLENNE_MEDIA_INLET_H
#define TALLENNE_MEDIA_INLET_H

#include "media/stream.h"

enum {
	INLET_PORTS = 65536,
	INLET_RANGES_MAX = 8,
	INLET_BATCH = 128,
	INLET_TICK_MS = 5,
	/** The same after a tick that brought less than INLET_CALM datagrams:
	    waking is most of what few calls cost. */
	INLET_TICK_CALM_MS = 10,
	INLET_CALM = 1024,
	/** An ordinary socket is looked into every so many ticks. */
	INLET_TURNS = 4,
	/** Beyond a packet time since the last drain, stamps are used. */
	INLET_LATE_MS = 20,
};

/** A datagram, in memory that may be changed until the handler returns. */
struct datagram {
	uint8_t *bytes; /**< aligned to 64 */
	size_t size;
	uint16_t port; /**< ours */
	bool is_long;  /**< longer than it could be; cut */
	struct source from;
	nanoseconds at;	   /**< arrival, monotonic, or a little later */
	nanoseconds since; /**< it did not arrive before this */
};

typedef void inlet_fn(void *self, const struct datagram *datagram);

/** Who takes what comes in. */
struct inlet_face {
	/** One for this port will be taken: what that touches first can be
	    fetched from memory meanwhile. */
	void (*soon)(void *self, uint16_t port);
	/** The same a few datagrams later: what was fetched can be read. */
	void (*next)(void *self, uint16_t port);
	inlet_fn *take;
	void *self;
};

struct inlet;

/** Make one without sockets. @param face  copied */
MUST int inlet_new(const struct inlet_face *face, struct inlet **ret_inlet);

/** Free it and close its sockets; accepts NULL. */
void inlet_free(struct inlet *inlet);

/**
 * Add a socket.
 *
 * @param fd     bound UDP socket, owned from now on
 * @param first  first port behind it
 * @param count  1: ordinary socket; more: a range, first + count - 1 at most
 *               65535
 * @return 0, -EINVAL, -ENOSPC, or the negative errno of setsockopt(2)
 */
MUST int inlet_add(struct inlet *inlet, int fd, uint16_t first, uint32_t count);

/** Whether datagrams for this port can arrive. */
bool inlet_has(const struct inlet *inlet, uint16_t port);

/**
 * Take what waits. Bounded per call.
 *
 * @return in how many milliseconds it should be done again
 */
int inlet_tick(struct inlet *inlet);

/**
 * Take what waits for this port now, of a range for all of it, with exact
 * times: something is about to change for it.
 */
void inlet_drain(struct inlet *inlet, uint16_t port);

/** Datagrams for which there was no room in a socket, so far. A call to the
    kernel for each socket: not for every tick. */
uint64_t inlet_overflows(const struct inlet *inlet);

/** An instant of the wall clock on the monotonic clock, as of now. */
nanoseconds inlet_time(nanoseconds wall);

#endif
