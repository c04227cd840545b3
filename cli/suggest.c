/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/suggest.h"

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t suggest_distance(struct slice a, struct slice b)
{
	size_t row[3][SUGGEST_WORD_MAX + 1] = { 0 };
	size_t *before = row[0], *above = row[1], *now = row[2];

	if (a.size > SUGGEST_WORD_MAX || b.size > SUGGEST_WORD_MAX)
		return SUGGEST_WORD_MAX;
	for (size_t j = 0; j <= b.size; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.size; i++) {
		size_t *free_row = before;

		now[0] = i;
		for (size_t j = 1; j <= b.size; j++) {
			size_t same = a.at[i - 1] == b.at[j - 1] ? 0 : 1;

			now[j] = least(least(above[j], now[j - 1]) + 1,
				       above[j - 1] + same);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
			    a.at[i - 2] == b.at[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = above;
		above = now;
		now = free_row;
	}
	return above[b.size];
}

struct suggest suggest_for(struct slice word)
{
	return (struct suggest){ word, NULL, SUGGEST_WORD_MAX };
}

void suggest_weigh(struct suggest *suggest, const char *right)
{
	struct slice other = slice_of(right);
	size_t distance = suggest_distance(suggest->word, other);
	size_t far = other.size > suggest->word.size ? other.size
						     : suggest->word.size;

	if (distance * 3 > far + 1 || distance >= suggest->distance)
		return;
	suggest->best = right;
	suggest->distance = distance;
}
