/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file impact_letters.h
 * What a policy would do to what is there, before it holds.
 *
 * A shorter promise applies to old items at once, a longer one never
 * (privacy rules, C17 and C18): so only what ends earlier is counted.
 */
#ifndef TALLENNE_REGISTER_IMPACT_LETTERS_H
#define TALLENNE_REGISTER_IMPACT_LETTERS_H

#include "base/line.h"
#include "seal/seal.h"

/** Asked with the text of the policy as a descriptor. */
struct door_impact {
	struct letter head; /**< DOOR_IMPACT, also the answer */
	int32_t result;	    /**< 0; -EINVAL: it is no policy; -ENOENT: this
				 system has no such zone */
	uint32_t reserved;
	/** By enum seal_class: recordings of calls, contacts, contents of
	    chats. */
	struct {
		uint64_t count;	  /**< there are */
		uint64_t earlier; /**< would end earlier */
		uint64_t at_once; /**< of them, would be due already */
		uint32_t days_min, days_max; /**< so much earlier */
	} of[SEAL_CLASSES];
};

#endif
