/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/lanes.h"

#include <errno.h>
#include <string.h>

struct lanes {
	uint32_t rate;
	int64_t length;
	int64_t done; /* handed on so far */
	int64_t size; /* of each ring */
	int64_t cell; /* samples in a cell */
	size_t cell_count;
	lanes_sink_fn *sink;
	void *self;
	int32_t *ring[LANES]; /* sums, so that several voices do not wrap */
	uint8_t *cells[LANES];
	int16_t block[LANES_BLOCK * LANES];
};

int lanes_new(uint32_t rate, int64_t length, lanes_sink_fn *sink, void *self,
	      struct lanes **ret_lanes)
{
	struct lanes *lanes = calloc(1, sizeof(*lanes));

	assert(rate >= 1000 && rate <= 48000);
	assert(length >= 0);
	if (!lanes)
		return -ENOMEM;
	lanes->rate = rate;
	lanes->length = length;
	lanes->size = (int64_t)rate * LANES_WINDOW_S;
	lanes->cell = rate * LANES_CELL_MS / 1000;
	lanes->cell_count = (size_t)(length / lanes->cell + 1);
	lanes->sink = sink;
	lanes->self = self;
	for (int i = 0; i < LANES; i++) {
		lanes->ring[i] = calloc((size_t)lanes->size, sizeof(int32_t));
		lanes->cells[i] = calloc(lanes->cell_count, 1);
		if (!lanes->ring[i] || !lanes->cells[i]) {
			lanes_free(lanes);
			return -ENOMEM;
		}
	}
	*ret_lanes = lanes;
	return 0;
}

void lanes_free(struct lanes *lanes)
{
	if (!lanes)
		return;
	for (int i = 0; i < LANES; i++) {
		free(lanes->ring[i]);
		free(lanes->cells[i]);
	}
	free(lanes);
}

void lanes_add(struct lanes *lanes, unsigned sides, int64_t at,
	       const int16_t *samples, size_t count)
{
	int64_t end = at + (int64_t)count;
	int64_t from = at < lanes->done ? lanes->done : at;
	int64_t to = end;

	if (from < 0)
		from = 0;
	if (to > lanes->length)
		to = lanes->length;
	if (to > lanes->done + lanes->size)
		to = lanes->done + lanes->size;
	for (int i = 0; i < LANES; i++) {
		if (!(sides & (1U << i)))
			continue;
		for (int64_t j = from; j < to; j++)
			lanes->ring[i][j % lanes->size] += samples[j - at];
	}
}

void lanes_tell(struct lanes *lanes, unsigned sides, int64_t from, int64_t to,
		enum lanes_cell cell)
{
	/* A cell belongs to whoever holds its middle. */
	int64_t first = (from + lanes->cell / 2) / lanes->cell;
	int64_t last = (to + lanes->cell / 2) / lanes->cell;

	if (first < 0)
		first = 0;
	if (last > (int64_t)lanes->cell_count)
		last = (int64_t)lanes->cell_count;
	for (int i = 0; i < LANES; i++) {
		if (!(sides & (1U << i)))
			continue;
		for (int64_t j = first; j < last; j++)
			if (lanes->cells[i][j] < cell)
				lanes->cells[i][j] = (uint8_t)cell;
	}
}

static int16_t limit(int32_t sum)
{
	if (sum > INT16_MAX)
		return INT16_MAX;
	return sum < INT16_MIN ? INT16_MIN : (int16_t)sum;
}

int lanes_advance(struct lanes *lanes, int64_t to)
{
	if (to > lanes->length)
		to = lanes->length;
	while (lanes->done < to) {
		int64_t at = lanes->done % lanes->size;
		int64_t count = to - lanes->done;
		int r;

		if (count > LANES_BLOCK)
			count = LANES_BLOCK;
		if (count > lanes->size - at)
			count = lanes->size - at;
		for (int i = 0; i < LANES; i++) {
			int32_t *sum = lanes->ring[i] + at;

			for (int64_t j = 0; j < count; j++)
				lanes->block[j * LANES + i] = limit(sum[j]);
			memset(sum, 0, (size_t)count * sizeof(*sum));
		}
		lanes->done += count;
		r = lanes->sink(lanes->self, lanes->block, (size_t)count);
		if (r < 0)
			return r;
	}
	return 0;
}

int lanes_finish(struct lanes *lanes)
{
	return lanes_advance(lanes, lanes->length);
}

const uint8_t *lanes_cells(const struct lanes *lanes, int lane,
			   size_t *ret_count)
{
	assert(lane >= 0 && lane < LANES);
	*ret_count = lanes->cell_count;
	return lanes->cells[lane];
}
