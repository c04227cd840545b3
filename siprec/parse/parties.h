/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file parties.h
 * Who is who in a call: service number, caller, agent, and whose voice
 * each stream carries.
 *
 * Decided from configured service numbers and the agent roster first, then
 * from what the metadata and the headers say, and by the order of labels
 * never while anything better exists. A caller who withheld the number is
 * unknown for good: no other header or element may supply it.
 *
 * Pure: no state, no I/O. Holds personal data; wipe with parties_wipe().
 */
#ifndef TALLENNE_SIPREC_PARTIES_H
#define TALLENNE_SIPREC_PARTIES_H

#include "siprec/parse/message.h"
#include "siprec/parse/metadata.h"
#include "siprec/parse/number.h"
#include "siprec/parse/sdp.h"

enum {
	PARTIES_AGENT_ID_SIZE = 32,
	PARTIES_AGENT_NAME_SIZE = 64,
	PARTIES_WORD_SIZE = 128,
	PARTIES_OTHERS_MAX = 12,
};

enum parties_direction {
	PARTIES_UNKNOWN,
	PARTIES_IN,
	PARTIES_OUT,
	PARTIES_INTERNAL,
};

enum parties_caller {
	PARTIES_CALLER_UNKNOWN,
	PARTIES_CALLER_TOLD,	 /**< "caller" is its number */
	PARTIES_CALLER_WITHHELD, /**< "caller" is empty and stays empty */
};

enum parties_flag {
	PARTIES_NO_METADATA = 1, /**< none came, or nothing usable */
	PARTIES_ONE_LANE = 2,	 /**< caller and agent in one stream */
	PARTIES_GUESSED = 4,	 /**< lanes by the order of labels */
	PARTIES_BROKEN = 8,	 /**< metadata not wholly understood */
};

/** An agent of the roster. */
struct parties_agent {
	char id[PARTIES_AGENT_ID_SIZE];
	char name[PARTIES_AGENT_NAME_SIZE];
	char number[NUMBER_SIZE]; /**< E.164 or extension */
};

/** What the house knows; functions may be NULL. */
struct parties_house {
	void *self;
	const struct number_plan *plan; /**< NULL: number_plan_default */
	/** Whether an E.164 number is a configured service number. */
	bool (*is_service)(void *self, const char *e164);
	/**
	 * Look an agent up.
	 *
	 * @param user    user part of its address, unescaped, "" if none
	 * @param host    host of its address, "" if none
	 * @param number  the user part as E.164, "" if it is no number
	 */
	bool (*find_agent)(void *self, const char *user, const char *host,
			   const char *number, struct parties_agent *ret_agent);
};

/** What is known of a dialog. Any of them may be NULL. */
struct parties_input {
	const struct message *invite; /**< the dialog's first INVITE, or the
					      latest re-INVITE or UPDATE */
	const struct sdp *sdp;	      /**< the client's latest */
	const struct metadata *metadata;
};

struct parties {
	uint32_t direction;    /**< enum parties_direction */
	uint32_t caller_kind;  /**< enum parties_caller */
	uint32_t flags;	       /**< enum parties_flag */
	uint32_t party_count;  /**< known and present, Avaya's dummy aside */
	bool are_both_present; /**< caller and agent: evidence of an answer */
	bool has_agent;
	bool is_other_called;  /**< a called number was told, of nobody known:
				   no service number, caller or agent */
	bool is_service_party; /**< the service number is one of the parties */
	uint32_t told_direction; /**< as "direction", but for what was only
				      concluded from who is there */
	uint32_t other_count;
	uint32_t others_called; /**< bits: which of "others" were told as the
				     called number; the rest only take part */
	uint64_t others[PARTIES_OTHERS_MAX]; /**< hashes of told numbers of
						  nobody known */
	char service_number[NUMBER_SIZE];    /**< E.164, or empty */
	char caller[NUMBER_SIZE];	     /**< E.164, or empty */
	struct parties_agent agent;
	uint64_t present[METADATA_PARTICIPANTS_MAX]; /**< hashes of the
							  parties present */
	uint8_t lanes[SDP_MEDIA_MAX]; /**< enum call_lane per m= line */
	uint8_t dialog_lane; /**< of a dialog with one side only (BiB), as the
				  roster sees it, else CALL_LANE_UNKNOWN;
				  known before there is any SDP */
};

/** What changed between two states of one contact; bits. */
enum parties_change {
	PARTIES_JOINED = 1,
	PARTIES_LEFT = 2,
	PARTIES_TRANSFERRED = 4, /**< another agent than before */
	PARTIES_LANES = 8,	 /**< some lane is another */
};

/** Decide. */
void parties_decide(const struct parties_house *house,
		    const struct parties_input *input,
		    struct parties *ret_parties);

/**
 * Keep what an earlier state of the same contact knew and a later one
 * does not tell: service number, caller, agent, direction. A withheld
 * caller stays withheld.
 */
void parties_inherit(const struct parties *before, struct parties *now);

/** What changed; bits of enum parties_change. */
uint32_t parties_compare(const struct parties *before,
			 const struct parties *now);

/** Where a later message says that the call went; see parties_move(). */
enum parties_move {
	PARTIES_STAYED,
	PARTIES_MOVED,	    /**< another service number, or not inbound now */
	PARTIES_MOVED_AWAY, /**< to a number that is not listed */
};

/**
 * Whether a later state moves the call somewhere else. Ask before
 * parties_inherit(), which forgets what was not told anew.
 *
 * A number that only takes part is no move, since agents who are not in
 * the roster join calls; but it is one when it stands where the service
 * number itself stood a message before.
 */
enum parties_move parties_move(const struct parties *before,
			       const struct parties *now);

/** Wipe it. */
void parties_wipe(struct parties *parties);

/** What ties several dialogs to one call (Cisco BiB and others). */
struct parties_tie {
	uint64_t key;	    /**< 0: nothing ties it to another dialog */
	uint32_t lane;	    /**< enum call_lane of a dialog with one side only
			      (BiB near end: agent; far end: caller), else
			      CALL_LANE_UNKNOWN; parties.dialog_lane knows
			      better, as it knows the roster */
	bool is_one_of_two; /**< a second dialog for the other side follows */
};

/** Find the tie of a dialog. */
void parties_find_tie(const struct parties_input *input,
		      struct parties_tie *ret_tie);

#endif
