/* SPDX-License-Identifier: EUPL-1.2 */
/* Any text as a policy: refused with reasons, or a policy that decides. */
#include "notice/notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	policy_free(policy);
	return 0;
}
