/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool/turns.h"

#include <errno.h>

bool turns_is_full(const struct turns *turns)
{
	return turns->count == SPOOL_SEGMENTS_MAX;
}

void turns_begin(struct turns *turns, uint32_t number, uint64_t after)
{
	assert(!turns_is_full(turns));
	turns->segments[turns->count++] = (struct turns_segment){
		.number = number,
		.base = after,
		.last = after,
	};
	turns->has_present = true;
}

struct turns_segment *turns_present(struct turns *turns)
{
	assert(turns->has_present && turns->count > 0);
	return &turns->segments[turns->count - 1];
}

bool turns_end(struct turns *turns, uint64_t durable)
{
	struct turns_segment *segment = turns_present(turns);

	segment->last = durable;
	turns->has_present = false;
	if (segment->last > segment->base)
		return false;
	turns->count--;
	return true;
}

static const struct turns_segment *segment_of(const struct turns *turns,
					      uint64_t turn)
{
	uint32_t from = 0, to = turns->count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (turns->segments[middle].last < turn)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == turns->count || turns->segments[from].base >= turn)
		return NULL;
	return &turns->segments[from];
}

int turns_place(const struct turns *turns, uint64_t turn, uint32_t *ret_segment,
		uint32_t *ret_place)
{
	const struct turns_segment *segment = segment_of(turns, turn);

	if (!segment)
		return -ENOENT;
	*ret_segment = segment->number;
	*ret_place = (uint32_t)(turn - segment->base);
	return 0;
}

void turns_need_begin(struct turns *turns)
{
	for (uint32_t i = 0; i < turns->count; i++)
		turns->segments[i].need = 0;
}

/* Only beginnings and ends are marked here; need_end() sums them up. */
void turns_need(struct turns *turns, uint64_t from, uint64_t to)
{
	const struct turns_segment *first = segment_of(turns, from);
	const struct turns_segment *last = segment_of(turns, to);

	if (from == 0)
		return;
	if (first)
		turns->segments[first - turns->segments].need++;
	/* Neither written yet: the present segment is kept anyway. */
	if (first && last && last + 1 < turns->segments + turns->count)
		turns->segments[last + 1 - turns->segments].need--;
}

void turns_need_end(struct turns *turns,
		    void (*done)(void *self, uint32_t number), void *self)
{
	int32_t need = 0;
	uint32_t kept = 0;
	uint32_t count = turns->count;

	for (uint32_t i = 0; i < count; i++) {
		struct turns_segment segment = turns->segments[i];
		bool is_present = turns->has_present && i == count - 1;

		need += segment.need;
		if (need > 0 || is_present)
			turns->segments[kept++] = segment;
		else
			done(self, segment.number);
	}
	turns->count = kept;
}
