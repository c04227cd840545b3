/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file parties_parts.h
 * Pieces of parties that its files share: everybody a dialog mentions.
 */
#ifndef TALLENNE_SIPREC_PARTIES_PARTS_H
#define TALLENNE_SIPREC_PARTIES_PARTS_H

#include "siprec/parse/parties.h"
#include "siprec/parse/uri.h"

enum { VIEW_NOBODY = -1 };

/** One party as far as it is known. */
struct party {
	char user[URI_USER_SIZE];
	char host[URI_HOST_SIZE];
	char number[NUMBER_SIZE]; /**< E.164, or empty */
	uint64_t participant;	  /**< in the metadata, or 0 */
	uint64_t hash;		  /**< of who it is, ids aside */
	int media_index;	  /**< m= line told by a header, or -1 */
	bool is_dummy;		  /**< placeholder of the client, nobody */
	bool is_withheld;
	bool is_calling;
	bool is_called;
	bool is_recorded;
	bool is_near; /**< Cisco BiB: the phone that forks */
	bool is_far;
	bool is_service; /**< its number is a service number */
	bool has_agent;
	struct parties_agent agent;
};

/** More called numbers than these tell nothing that one does not. */
enum { VIEW_CALLED_MAX = 8 };

/** Where the service number was found. */
enum view_service {
	VIEW_SERVICE_NONE,
	VIEW_SERVICE_CALLED,
	VIEW_SERVICE_CALLING,
	VIEW_SERVICE_PARTY, /**< one of the parties is it */
};

/** Everything a dialog tells, gathered; no decision yet. */
struct view {
	const struct parties_house *house;
	const struct parties_input *input;
	const struct number_plan *plan;
	uint32_t service_found; /**< enum view_service */
	char service[NUMBER_SIZE];
	uint32_t called_count;
	char called[VIEW_CALLED_MAX][NUMBER_SIZE]; /**< told, not listed */
	uint32_t count;
	struct party parties[METADATA_PARTICIPANTS_MAX];
	int agent;  /**< index, or VIEW_NOBODY */
	int caller; /**< index, or VIEW_NOBODY */
	bool is_guessed;
	bool is_direction_told; /**< not only concluded from who is there */
};

/** Gather. */
void view_gather(const struct parties_house *house,
		 const struct parties_input *input, struct view *view);

/** The E.164 number in an address, name-addr or bare number. */
bool view_number(const struct view *view, struct slice text,
		 char out[NUMBER_SIZE]);

/** Whether a party is the one that a text names. */
bool view_is_same(const struct view *view, const struct party *party,
		  struct slice text);

/** Whether the caller asked not to be known, in a header of the dialog. */
bool view_asks_privacy(const struct message *message);

/** Choose agent and caller among the parties, and the direction. */
uint32_t view_choose(struct view *view);

/**
 * Decide the lane of each m= line; sets is_guessed.
 *
 * @return lane of the whole dialog if it carries one side only
 */
uint8_t view_bind(struct view *view, uint8_t lanes[SDP_MEDIA_MAX]);

/** Cisco BiB: a parameter of From, wherever it stands in it. */
bool view_bib_param(const struct message *message, struct slice name,
		    struct slice *ret_value);

#endif
