/* SPDX-License-Identifier: EUPL-1.2 */
/* What the policy says of itself: its name, its days, its languages. */
#include <stdio.h>
#include <string.h>

#include "notice/keys.h"
#include "notice/lint.h"
#include "notice/model.h"

typedef const yaml_node_t node;

/* Instants in nanoseconds end in 2262. */
enum { YEAR_MAX = 2199 };

seal_date policy_read_date(struct yaml_reader *reader, node *at)
{
	struct slice text = yaml_text(reader, at);
	uint64_t year, month, day;

	if (text.size == 10 && text.at[4] == '-' && text.at[7] == '-' &&
	    slice_number((struct slice){ text.at, 4 }, YEAR_MAX, &year) == 0 &&
	    slice_number((struct slice){ text.at + 5, 2 }, 12, &month) == 0 &&
	    slice_number((struct slice){ text.at + 8, 2 }, 31, &day) == 0) {
		seal_date date = (seal_date)(year * 10000 + month * 100 + day);
		if (civil_is_date(date))
			return date;
	}
	yaml_fault(reader, at, "E-DATE",
		   "a date is needed here, such as 2018-05-25");
	return 0;
}

static void take_valid_from(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;

	policy->valid_from = policy_read_date(reader, at);
	policy->valid_from_line = yaml_line(at);
}

static void take_started(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;

	policy->collection_started = policy_read_date(reader, at);
	policy->started_line = yaml_line(at);
}

static void take_zone(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;
	char path[ZONE_PATH_SIZE];

	yaml_name(reader, at, policy->zone_name, sizeof(policy->zone_name));
	policy->zone_line = yaml_line(at);
	if (policy->zone_name[0] != '\0' &&
	    clock_zone_path(policy->zone_name, path, sizeof(path)) < 0)
		yaml_fault(reader, at, "E-ZONE",
			   "a time zone is needed here, such as "
			   "Europe/Helsinki");
}

static void take_language(struct yaml_reader *reader, node *at, void *target)
{
	int language = yaml_word(reader, at, model_languages);
	struct policy *policy = target;

	if (language < 0)
		return;
	if (!policy->languages)
		policy->first_language = (enum notice_language)language;
	policy->languages |= 1U << language;
}

static void take_languages(struct yaml_reader *reader, node *at, void *target)
{
	const uint32_t needed = 1U << NOTICE_FI | 1U << NOTICE_SV;

	yaml_each(reader, at, take_language, target);
	if ((((struct policy *)target)->languages & needed) != needed)
		yaml_fault(reader, at, "E-LANGUAGES",
			   "Finnish and Swedish are both needed: [fi, sv], "
			   "or [fi, sv, en]");
}

const struct policy_key policy_head_keys[] = {
	{ .name = "id",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct policy, id) },
	{ .name = "version",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct policy, version) },
	{ .name = "valid_from",
	  .required = true,
	  .shape = KEY_DATE,
	  .take = take_valid_from },
	{ .name = "collection_started",
	  .required = true,
	  .shape = KEY_DATE,
	  .take = take_started },
	{ .name = "zone",
	  .required = true,
	  .shape = KEY_TEXT,
	  .take = take_zone },
	{ .name = "languages",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = model_languages,
	  .take = take_languages },
	{ .name = "signers",
	  .reported = true,
	  .shape = KEY_SIGNERS,
	  .max = SIGNED_SIGNERS_MAX,
	  .take = policy_read_signers },
	{ .name = "supersedes",
	  .shape = KEY_SHA256,
	  .take = policy_read_supersedes },
	{ .name = NULL },
};
