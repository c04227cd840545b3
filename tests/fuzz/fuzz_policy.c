/* SPDX-License-Identifier: EUPL-1.2 */
/* Any text as a policy: refused with reasons, or a policy that decides. */
#include "notice/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What follows for chats, in a zone of this system. */
static void try_channel(struct policy *policy)
{
	struct channel_hours hours;
	struct civil_zone *zone;
	char line[CHANNEL_LINE_SIZE];

	policy_chat_line(policy, NOTICE_FI, line);
	for (size_t i = 0; i < policy_chat_queue_count(policy); i++)
		assert(policy_chat_queue(policy, i, NOTICE_SV, NULL)[0]);
	for (size_t i = 0; i < policy_chat_origin_count(policy); i++)
		assert(policy_chat_allows(
			policy, slice_of(policy_chat_origin(policy, i))));
	if (civil_zone_load(policy_zone_name(policy), &zone) < 0)
		return;
	policy_set_zone(policy, zone);
	policy_chat_hours(policy, INT64_C(1795424400) * NS_PER_S, &hours);
	assert(hours.is_open || !hours.closes_at || hours.opens_at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults);
	struct policy *policy;
	struct civil_zone *zone;

	if (civil_zone_read(data, size, &zone) == 0) {
		(void)civil_date(zone, INT64_C(1795424400) * NS_PER_S);
		(void)civil_midnight(zone, 20261123);
		civil_zone_free(zone);
	}
	if (policy_read((struct slice){ (const char *)data, size }, faults,
			&count, &policy) < 0) {
		assert(count > 0);
		return 0;
	}
	(void)policy_has_service(policy, "+358295550100");
	(void)policy_grants(policy, NOTICE_ROLE_QUALITY, "laatu",
			    NOTICE_LISTEN);
	try_channel(policy);
	policy_free(policy);
	return 0;
}
