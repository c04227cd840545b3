/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file suppress.h
 * What of a table of counts may be shown, so that nobody is singled out.
 *
 * Pure. A table is a partition: its cells add up to a total that is shown.
 * A count from 1 to k - 1 is hidden. Who knows the total and all that is
 * shown knows the sum of what is hidden; so there are never fewer than two
 * cells hidden that are not empty, and never fewer than k contacts in them
 * together: the smallest that could be shown are hidden as well. Zero is
 * shown: it tells of nobody.
 */
#ifndef TALLENNE_REGISTER_SUPPRESS_H
#define TALLENNE_REGISTER_SUPPRESS_H

#include "base/base.h"

enum { SUPPRESS_K = 10 }; /**< the least number that is shown (S4) */

/**
 * Decide which cells are shown.
 *
 * @param count      of each cell
 * @param cells      how many cells
 * @param[out] ret_is_shown  for each cell
 * @return whether the total may be shown; if not, no cell but zeros is, and
 *         not even those
 */
bool suppress_cells(const uint64_t *count, size_t cells, bool *ret_is_shown);

#endif
