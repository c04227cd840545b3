/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/hours.h"

#include <stdio.h>
#include <string.h>

#include "notice/channel.h"

void hours_at(const struct policy *policy, nanoseconds at,
	      struct hours *ret_hours)
{
	struct channel_hours hours;
	struct seal_end end;

	policy_chat_hours(policy, at, &hours);
	*ret_hours = (struct hours){
		/* What has no end date may not begin. */
		.is_open = hours.is_open && policy_end(policy, SEAL_CLASS_CHAT,
						       at, at, &end) == 0,
		.opens_at = hours.opens_at,
		.closes_at = hours.closes_at,
	};
}

bool hours_queue(const struct policy *policy, const char *word, char *ret_queue)
{
	for (size_t i = 0; i < policy_chat_queue_count(policy); i++) {
		const char *label;
		const char *id =
			policy_chat_queue(policy, i, NOTICE_FI, &label);

		if (word[0] != '\0' && strcmp(word, id) != 0)
			continue;
		snprintf(ret_queue, NOTICE_WORD_SIZE, "%s", id);
		return true;
	}
	return false;
}
