/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file flow.h
 * Where a message came from, and so where an answer goes.
 *
 * Flat, so that it can stand in shared memory. A flow of a connection that
 * is gone leads nowhere; a flow over UDP always leads back to its source.
 */
#ifndef TALLENNE_SIPREC_FLOW_H
#define TALLENNE_SIPREC_FLOW_H

#include <netinet/in.h>

#include "base/base.h"

enum flow_kind { FLOW_NONE, FLOW_UDP, FLOW_TCP, FLOW_TLS };

struct flow {
	uint8_t kind;		  /**< enum flow_kind */
	uint8_t socket;		  /**< which of our listening sockets */
	uint16_t client;	  /**< index of the identified client */
	uint32_t connection;	  /**< slot, for TCP and TLS */
	uint64_t generation;	  /**< of that slot; random per process */
	struct sockaddr_in6 peer; /**< IPv4 as ::ffff:a.b.c.d */
};

/** Whether it loses nothing by itself. */
static inline bool flow_is_reliable(const struct flow *flow)
{
	return flow->kind != FLOW_UDP;
}

#endif
