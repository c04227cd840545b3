/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file suggest.h
 * Did you mean: the word nearest to a mistyped one.
 *
 * Nearness is Damerau-Levenshtein (optimal string alignment): insertions,
 * deletions, replacements and swaps of neighbours count one each. A word
 * further away than a third of its length is no suggestion.
 */
#ifndef TALLENNE_CLI_SUGGEST_H
#define TALLENNE_CLI_SUGGEST_H

#include "base/bytes.h"

enum { SUGGEST_WORD_MAX = 40 };

struct suggest {
	struct slice word; /**< as typed */
	const char *best;  /**< nearest so far, or NULL */
	size_t distance;   /**< of it */
};

struct suggest suggest_for(struct slice word);
/** Look at one of the words that would have been right. */
void suggest_weigh(struct suggest *suggest, const char *right);

/** How many slips lie between two words; both SUGGEST_WORD_MAX at most,
 *  what is longer counts as entirely different. */
size_t suggest_distance(struct slice a, struct slice b);

#endif
