/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file dialect.h
 * How the clients of different makers speak SIPREC.
 *
 * A dialect is one row of dialects.def: what its SIP headers, its SDP and
 * its body look like as flags, and a function that writes its metadata. The
 * shapes are those met on the wire; every name and number in them is
 * invented.
 */
#ifndef TALLENNE_CLI_CALL_DIALECT_H
#define TALLENNE_CLI_CALL_DIALECT_H

#include "cli/call/call.h"
#include "cli/text.h"

enum { TALK_PARTIES_MAX = 6 };

/** Habits of a dialect; bits. */
enum dialect_habit {
	/* headers */
	DIALECT_REQUIRE = 1 << 0,	/**< Require: siprec */
	DIALECT_SIP_SRC = 1 << 1,	/**< Contact: <...>;+sip.src */
	DIALECT_SRC_INSIDE = 1 << 2,	/**< Contact: <...;+sip.src> */
	DIALECT_BARE_SRC = 1 << 3,	/**< Contact: <...>;src */
	DIALECT_EMPTY_HEADERS = 1 << 4, /**< Supported: and Recv-Info: */
	DIALECT_RELIABLE = 1 << 5,	/**< Require: 100rel */
	/* body */
	DIALECT_METADATA_FIRST = 1 << 6,
	DIALECT_PREAMBLE = 1 << 7,    /**< blank line before the boundary */
	DIALECT_TIGHT = 1 << 8,	      /**< "Content-Type:application/..." */
	DIALECT_PART_LENGTH = 1 << 9, /**< Content-Length in each part */
	DIALECT_QUOTED = 1 << 10,     /**< boundary in quotes, after a blank */
	DIALECT_OPEN_END = 1 << 11,   /**< extra part, no closing boundary */
	DIALECT_TRAILING = 1 << 12,   /**< blank after the closing one */
	/* SDP */
	DIALECT_NO_DIRECTION = 1 << 13,
	DIALECT_NO_RTPMAP = 1 << 14, /**< none for static payload types */
	DIALECT_MANY_CODECS = 1 << 15,
	DIALECT_MEDIA_ADDRESS = 1 << 16, /**< c= at each m= only */
	DIALECT_MIXED = 1 << 17,	 /**< both parties in one m= */
	DIALECT_AGENT_FIRST = 1 << 18,	 /**< agent on the first m= */
	DIALECT_ZERO_PAUSE = 1 << 19,	 /**< c=0.0.0.0 pauses */
	/* course of the call */
	DIALECT_BY_UPDATE = 1 << 20,   /**< changes by UPDATE, metadata only */
	DIALECT_DUMMY = 1 << 21,       /**< dummy second party at first */
	DIALECT_INACTIVE = 1 << 22,    /**< starts inactive */
	DIALECT_EARLY = 1 << 23,       /**< starts before the answer */
	DIALECT_TWO_DIALOGS = 1 << 24, /**< one dialog per party, no offer */
	DIALECT_NEW_IDS = 1 << 25,     /**< new ids after a transfer */
	DIALECT_NO_REFRESH = 1 << 26,  /**< 405 to a bodyless re-INVITE */
};

/** One who takes part in the recorded call. */
struct talk_party {
	struct id id;
	char name[64];
	char address[CALL_NAME_SIZE]; /**< without "sip:" */
	char number[24];	      /**< E.164, or empty */
	bool here;		      /**< takes part now */
	bool fresh;		      /**< came or left with this change */
	nanoseconds came_at, left_at;
};

/** One stream, that is one m= line. */
struct talk_stream {
	struct id id;
	char label[16];
	int party; /**< who sends it, -1: all, mixed */
	bool here; /**< sent now */
	uint8_t dialog;
};

/** What the metadata tells: the recorded call as it is now. */
struct talk {
	const struct dialect *dialect;
	struct id group, session;
	char call_id[64];    /**< of the recorded call itself */
	char host[64];	     /**< of the client */
	const char *service; /**< E.164 */
	const char *unknown; /**< text for an unknown element, or NULL */
	nanoseconds began_at;
	bool withheld; /**< the caller's number */
	bool partial;  /**< tell only what is fresh */
	bool answered; /**< the agent is there */
	size_t party_count, stream_count;
	struct talk_party party[TALK_PARTIES_MAX];
	struct talk_stream stream[CALL_MEDIA_MAX];
};

typedef void dialect_metadata_fn(struct text *xml, const struct talk *talk);

struct dialect {
	const char *name, *summary;
	uint32_t habits;
	const char *label[3];	   /**< of the m= lines in their order */
	const char *metadata_type; /**< NULL: this dialect has none */
	dialect_metadata_fn *metadata;
};

/** All of them; the first is the default. */
extern const struct dialect dialects[];
extern const size_t dialect_count;

/** By name, or NULL. */
const struct dialect *dialect_find(const char *name);

static inline bool dialect_does(const struct dialect *dialect,
				enum dialect_habit habit)
{
	return (dialect->habits & (uint32_t)habit) != 0;
}

/* The writers, one per family of formats. */
dialect_metadata_fn metadata_rfc, metadata_cube, metadata_cube_inactive,
	metadata_opensips, metadata_avaya, metadata_oracle, metadata_audiocodes,
	metadata_metaswitch, metadata_ribbon, metadata_sems,
	metadata_broadworks, metadata_webex;

/** How an instant is written. */
enum metadata_time {
	METADATA_TIME_Z,      /**< 2026-11-23T18:30:00Z */
	METADATA_TIME_MS,     /**< 2026-11-23T18:30:00.040Z */
	METADATA_TIME_OFFSET, /**< 2026-11-23T18:30:00+00:00 */
	METADATA_TIME_ZONE,   /**< 2026-11-23T20:30:00+0200 */
	METADATA_TIME_BARE,   /**< 2026-11-23T20:30:00 */
	METADATA_TIME_1970,   /**< 1970-01-01T00:00:00Z */
};

enum { METADATA_TIME_SIZE = 40, METADATA_ID_SIZE = 48 };

void metadata_time(nanoseconds at, enum metadata_time how,
		   char out[METADATA_TIME_SIZE]);
/** An id as base64 of its 16 bytes, or as a UUID, with or without urn. */
void metadata_base64(const struct id *id, char out[METADATA_ID_SIZE]);
void metadata_uuid(const struct id *id, bool urn, char out[METADATA_ID_SIZE]);

/** Whether this party or stream belongs into this document. */
bool metadata_tells_party(const struct talk *talk, size_t party);
bool metadata_tells_stream(const struct talk *talk, size_t stream);

/** The party's number if it has one, else the user part of its address. */
const char *metadata_user(const struct talk_party *party, char *out,
			  size_t size);

#endif
