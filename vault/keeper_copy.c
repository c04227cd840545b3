/* SPDX-License-Identifier: EUPL-1.2 */
/* Whether the newest key back-up was replaced in time. Contract in keeper.h. */
#include <stdio.h>

#include "base/log.h"
#include "seal/format.h"
#include "vault/keeper.h"
#include "vault/place.h"

#define COPIED_NAME "copied"

enum { COPY_OVERDUE_MAX = 999 };

int keeper_copied(struct keeper *keeper, seal_date first)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%u\n", first);
	int r = place_write(keeper->dir, COPIED_NAME, text, (size_t)size);

	if (r == 0)
		keeper->copied_from = first;
	return r;
}

void keeper_recall_copied(struct keeper *keeper)
{
	OWNED(drop_memory) char *text = NULL;
	uint64_t date;
	size_t size;

	if (place_read(keeper->dir, COPIED_NAME, 16, &text, &size) == 0 &&
	    slice_number(slice_trim((struct slice){ text, size }), 99991231,
			 &date) == 0 &&
	    seal_date_is((seal_date)date))
		keeper->copied_from = (seal_date)date;
}

int keeper_copy_overdue(const struct keeper *keeper, seal_date today)
{
	seal_date date = keeper->copied_from;
	int days = 0;

	while (date && date <= today && days < COPY_OVERDUE_MAX) {
		date = today_add(date, 1);
		days++;
	}
	return days;
}

void keeper_tell_copy(const struct keeper *keeper, seal_date today)
{
	int days = keeper_copy_overdue(keeper, today);

	if (days > 0)
		log_warn("copy",
			 "the key back-up is %d days overdue and keeps "
			 "alive what was destroyed since: replace it "
			 "(tallenne backup keys)",
			 days);
}
