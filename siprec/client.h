/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file client.h
 * Who may send us calls: session recording clients, by configuration.
 *
 * A client is known by the network it sends from or by its certificate,
 * never by anything it writes in a header. Who is not configured is not
 * read. Each client has quotas of its own, so that one that goes mad does
 * not take the others' room.
 */
#ifndef TALLENNE_SIPREC_CLIENT_H
#define TALLENNE_SIPREC_CLIENT_H

#include <netinet/in.h>

#include "base/settings.h"
#include "siprec/limit.h"
#include "siprec/parse/number.h"

enum { CLIENT_NAME_SIZE = 64, CLIENT_CERTIFICATE_SIZE = 256 };

/** When a client's call counts as answered (S10). */
enum client_answer {
	/** With both parties bound, or without metadata: when the session
	    is established. Else when both are, or at a later offer. */
	CLIENT_ANSWER_AUTO,
	CLIENT_ANSWER_ESTABLISHED,
	CLIENT_ANSWER_SECOND_PARTICIPANT,
	CLIENT_ANSWER_REINVITE,
};

struct client_network {
	struct in6_addr address; /**< IPv4 as ::ffff:a.b.c.d */
	uint8_t bits;
};

struct client {
	char name[CLIENT_NAME_SIZE];
	uint64_t key; /**< hash of the name: the same after a reload */
	struct client_network networks[CLIENT_NETWORKS_MAX];
	uint32_t network_count;
	/** Empty, or how its certificate is known: "sha256:" and 64 hex
	    digits, or a DNS name or common name of the subject. */
	char certificate[CLIENT_CERTIFICATE_SIZE];
	uint32_t answer; /**< enum client_answer */
	struct number_plan plan;
	char service_number[NUMBER_SIZE]; /**< assumed if none is told */
	uint32_t calls_max;
	uint32_t requests_per_s;
	uint32_t calls;	      /**< sessions now */
	uint32_t connections; /**< now */
	int64_t tokens_ms;    /**< token bucket: spent up to this instant */
};

struct clients {
	struct client client[CLIENTS_MAX];
	uint32_t count;
};

/** What is wrong with the settings, for the log: a literal, and which. */
struct client_fault {
	const char *why;
	int index;
};

/** Read "clients.*"; 0 or -EINVAL with ret_fault filled in. */
MUST int clients_read(const struct settings *settings, struct clients *clients,
		      struct client_fault *ret_fault);

/**
 * Keep what earlier settings knew of clients that are still there, and
 * their places in the table. A place whose client left has key 0.
 */
void clients_inherit(struct clients *clients, const struct clients *before);

/** The client of an address that needs no certificate, or -ENOENT. */
MUST int clients_by_address(const struct clients *clients,
			    const struct sockaddr_in6 *peer);

/** Whether any client, of whatever kind, may come from this address. */
bool clients_may_come(const struct clients *clients,
		      const struct sockaddr_in6 *peer);

/**
 * The client of a certificate that comes from this address.
 *
 * @param fingerprint  SHA-256 of the certificate
 * @param names        DNS names and common name of its subject
 * @param is_trusted   whether it was issued by a configured authority;
 *                     without, only its fingerprint counts
 */
MUST int clients_by_certificate(const struct clients *clients,
				const struct sockaddr_in6 *peer,
				const uint8_t fingerprint[32],
				const struct slice *names, size_t name_count,
				bool is_trusted);

/** Index of the client with this key, or -ENOENT. */
MUST int clients_find(const struct clients *clients, uint64_t key);

/** Whether this client may send one more request now; counts it. */
bool client_may_ask(struct client *client, int64_t now_ms);

#endif
