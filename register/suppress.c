/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/suppress.h"

/* The smallest cell that is shown and is not empty; cells if there is none. */
static size_t smallest(const uint64_t *count, size_t cells,
		       const bool *is_shown)
{
	size_t found = cells;

	for (size_t i = 0; i < cells; i++)
		if (is_shown[i] && count[i] > 0 &&
		    (found == cells || count[i] < count[found]))
			found = i;
	return found;
}

bool suppress_cells(const uint64_t *count, size_t cells, bool *ret_is_shown)
{
	uint64_t total = 0, hidden = 0;
	size_t hidden_cells = 0;

	for (size_t i = 0; i < cells; i++) {
		bool is_small = count[i] > 0 && count[i] < SUPPRESS_K;

		total += count[i];
		hidden += is_small ? count[i] : 0;
		hidden_cells += is_small;
		ret_is_shown[i] = !is_small;
	}
	if (total < SUPPRESS_K) {
		for (size_t i = 0; i < cells; i++)
			ret_is_shown[i] = false;
		return false;
	}
	while (hidden_cells > 0 && (hidden_cells < 2 || hidden < SUPPRESS_K)) {
		size_t next = smallest(count, cells, ret_is_shown);

		if (next == cells)
			break; /* all are hidden: the total is all there is */
		ret_is_shown[next] = false;
		hidden += count[next];
		hidden_cells++;
	}
	return true;
}
