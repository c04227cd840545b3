/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file wire.h
 * How layers above the transport send bytes. Tests put their own behind.
 */
#ifndef TALLENNE_SIPREC_WIRE_H
#define TALLENNE_SIPREC_WIRE_H

#include "base/bytes.h"
#include "siprec/flow.h"

struct wire {
	void *self;
	/** Send one message; 0, or a negative errno if it cannot go there. */
	int (*send)(void *self, const struct flow *flow, struct slice bytes);
};

static inline int wire_send(const struct wire *wire, const struct flow *flow,
			    struct slice bytes)
{
	return wire->send(wire->self, flow, bytes);
}

#endif
