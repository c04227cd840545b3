/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/decide.h"

#include <string.h>

enum desk_result decide_read(const struct decide_item *item,
			     const struct decide_reader *reader,
			     nanoseconds now)
{
	if (!reader->is_signed_in)
		return DESK_NOT_SIGNED_IN;
	if (!reader->role_plays)
		return DESK_FORBIDDEN;
	if (!reader->has_purpose)
		return DESK_PURPOSE_REQUIRED;
	if (!reader->purpose_is_granted)
		return DESK_FORBIDDEN;
	/* What one may not see is told apart from nothing by nobody. */
	if ((!item->exists && !item->is_dead) || !reader->sees_contact)
		return DESK_NOT_FOUND;
	if (item->is_dead)
		return DESK_GONE;
	if (item->hold == DECIDE_HOLD_RESTRICTION &&
	    !(reader->has_ground && reader->is_approver))
		return DESK_RESTRICTED;
	if (now < item->eligible_at)
		return DESK_OK;
	if (item->hold != DECIDE_HOLD_NONE && reader->purpose_is_for_holds)
		return DESK_OK;
	return DESK_GONE;
}

bool decide_deletable(const struct decide_item *item, nanoseconds now)
{
	return item->exists && now >= item->eligible_at &&
	       item->hold == DECIDE_HOLD_NONE;
}

bool decide_holds(int64_t expires_at, int64_t now)
{
	return expires_at == 0 || expires_at > now;
}

bool decide_is_for_holds(const char *purpose)
{
	static const char *const purposes[] = {
		"oikeus",
		"viranomainen",
		"valvonta",
	};

	for (size_t i = 0; i < COUNT(purposes); i++)
		if (!strcmp(purpose, purposes[i]))
			return true;
	return false;
}
