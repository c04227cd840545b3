/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file uas.h
 * A small recorder for tests of the client: answers every call, counts and
 * keeps what comes, and misbehaves on request. Runs in a thread.
 *
 * What a slow machine does to it must not show: a datagram's time is the
 * kernel's, and a request that is said again is answered again, but kept
 * and found once.
 */
#ifndef TALLENNE_TESTS_UAS_H
#define TALLENNE_TESTS_UAS_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/clock.h"

enum {
	UAS_MESSAGES_MAX = 128,
	UAS_STREAMS_MAX = 16,
	UAS_PACKETS_MAX = 256,
	UAS_PACKET_SIZE = 256,
	UAS_TEXT_SIZE = 16384,
};

enum uas_transport { UAS_UDP, UAS_TCP, UAS_TLS };

/** How it misbehaves; all zero: not at all. */
struct uas_ways {
	int refuse;		   /**< answer INVITE with this status */
	int refuse_once;	   /**< only the first one */
	const char *refuse_header; /**< and with this line */
	int lose_first;		   /**< drop so many requests */
	bool reliable;		   /**< 183 with RSeq, 200 after the PRACK */
	bool no_srs;		   /**< Contact without +sip.srs */
	bool sendonly;		   /**< wrong direction in the SDP */
	bool one_line;		   /**< one m= line less than offered */
	int glare_at;		   /**< 491 to the INVITE with this number */
	int bye_after;		   /**< after so many RTP packets, BYE */
	bool ask;	     /**< UPDATE and OPTIONS after the first ACK */
	const char *expires; /**< value of Session-Expires */
};

struct uas_packet {
	nanoseconds at; /**< when it arrived, wall clock */
	size_t size;
	uint8_t byte[UAS_PACKET_SIZE];
};

struct uas_stream {
	int fd;
	uint16_t port;
	uint32_t count; /**< of packets, also those that are not kept */
	struct uas_packet packet[UAS_PACKETS_MAX];
};

struct uas {
	struct uas_ways ways;
	enum uas_transport transport;
	uint16_t port;
	char ca[64];		/**< TLS: file with the certificate to trust */
	_Atomic uint64_t heard; /**< packets of sound so far */
	/* what came; read after uas_stop() */
	uint32_t repeated; /**< messages that came again */
	uint32_t message_count;
	struct uas_message {
		nanoseconds at; /**< when it first arrived, wall clock */
		size_t size;
		char text[UAS_TEXT_SIZE];
		char *answer; /**< latest, heap memory, or NULL */
	} message[UAS_MESSAGES_MAX];
	uint32_t stream_count;
	struct uas_stream stream[UAS_STREAMS_MAX];
	/* its own */
	pthread_t thread;
	int fd, peer_fd, stop[2];
	void *context, *ssl;
	struct uas_message *now; /* being served */
	struct sockaddr_storage from;
	uint32_t invites, requests;
	bool asked, said_bye, refused;
	char last_invite[UAS_TEXT_SIZE];
	char in[4 * UAS_TEXT_SIZE];
	size_t in_size;
};

/** Start one; heap memory for uas_stop() and uas_free(). */
struct uas *uas_start(enum uas_transport transport,
		      const struct uas_ways *ways);
void uas_stop(struct uas *uas);
void uas_free(struct uas *uas);

/** Wait until so many packets of sound have come, or for half a minute. */
void uas_await(struct uas *uas, uint64_t packets);

/** How many messages begin so. */
uint32_t uas_count(const struct uas *uas, const char *start);
/** The n-th of them, from 0; NULL if there is none. */
const struct uas_message *uas_find(const struct uas *uas, const char *start,
				   uint32_t index);

#endif
