/* SPDX-License-Identifier: EUPL-1.2 */
#include "http/range.h"

static enum range_verdict part(uint64_t from, uint64_t until, uint64_t total,
			       uint64_t *ret_offset, uint64_t *ret_size)
{
	if (from >= total)
		return RANGE_NOWHERE;
	if (until >= total)
		until = total - 1;
	*ret_offset = from;
	*ret_size = until - from + 1;
	return RANGE_PART;
}

enum range_verdict range_read(struct slice header, uint64_t total,
			      uint64_t *ret_offset, uint64_t *ret_size)
{
	struct slice unit, rest, first, last;
	uint64_t from, until = UINT64_MAX;

	*ret_offset = 0;
	*ret_size = total;

	unit = slice_cut(slice_trim(header), '=', &rest);
	if (!slice_is_nocase(slice_trim(unit), SLICE("bytes")) ||
	    slice_find(rest, ',') < rest.size ||
	    slice_find(rest, '-') == rest.size)
		return RANGE_WHOLE;
	first = slice_trim(slice_cut(rest, '-', &last));
	last = slice_trim(last);

	if (first.size == 0) {
		if (slice_number(last, UINT64_MAX, &until) < 0)
			return RANGE_WHOLE;
		if (until == 0)
			return RANGE_NOWHERE;
		from = until < total ? total - until : 0;
		return part(from, UINT64_MAX, total, ret_offset, ret_size);
	}
	if (slice_number(first, UINT64_MAX, &from) < 0)
		return RANGE_WHOLE;
	if (last.size > 0 && slice_number(last, UINT64_MAX, &until) < 0)
		return RANGE_WHOLE;
	if (until < from)
		return RANGE_WHOLE;
	return part(from, until, total, ret_offset, ret_size);
}
