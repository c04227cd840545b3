/* SPDX-License-Identifier: EUPL-1.2 */
/* Ends that contradict each other; contract in lint.h. */
#include "notice/lint.h"

enum {
	DAYS_PER_MONTH = 31,
	HOURS_PER_DAY = 24,
	SHORTEST_HOURS = 48,
	/* The vault erases no entry sooner (VAULT_LOG_LEAST_DAYS), and has
	   no room for more days than this (KEYRING_DAYS_MAX). */
	LOG_MONTHS_MIN = 12,
	LOG_DAYS_MIN = 365,
	LOG_YEARS_MAX = 40,
};

static int hours_of(const struct model_period *period)
{
	return (period->months * DAYS_PER_MONTH + period->days) *
		       HOURS_PER_DAY +
	       period->hours;
}

static void lint_kind(struct yaml_reader *reader,
		      const struct model_class *class)
{
	bool has_latest = class->retention == MODEL_RETENTION_MIN ||
			  class->retention == MODEL_RETENTION_EVENT;

	if (class->retention != MODEL_RETENTION_EVENT &&
	    !model_has(&class->period))
		yaml_fault_at(reader, class->retention_line, "E-MISSING",
			      "class \"%s\": \"period\" is missing", class->id);
	if (class->retention == MODEL_RETENTION_EVENT &&
	    class->event[NOTICE_FI][0] == '\0')
		yaml_fault_at(reader, class->retention_line, "E-MISSING",
			      "class \"%s\": \"event\" is missing: what it is "
			      "kept until",
			      class->id);
	if (has_latest && !model_has(&class->fallback))
		yaml_fault_at(reader, class->retention_line, "E-FALLBACK",
			      "class \"%s\" is kept \"%s\" and does not say "
			      "when it is gone at the latest",
			      class->id,
			      model_retentions[class->retention - 1]);
	else if (has_latest &&
		 hours_of(&class->fallback) < hours_of(&class->period))
		yaml_fault_at(reader, class->retention_line, "E-FALLBACK",
			      "class \"%s\": the fallback ends before the "
			      "period",
			      class->id);
	else if (!has_latest && model_has(&class->fallback))
		yaml_fault_at(reader, class->retention_line, "E-FALLBACK",
			      "class \"%s\" is kept \"%s\": its period is the "
			      "latest already",
			      class->id,
			      model_retentions[class->retention - 1]);
}

static void lint_end(struct yaml_reader *reader,
		     const struct model_class *class)
{
	const struct model_period *longest = model_longest(class);

	if (longest->hours > 0 && longest->hours < SHORTEST_HOURS)
		yaml_fault_at(reader, class->retention_line, "E-PERIOD-SHORT",
			      "class \"%s\": %d hours end before the day after "
			      "the call begins",
			      class->id, longest->hours);
	if (model_has(&class->grace) && class->grace.hours > 0)
		yaml_fault_at(reader, class->retention_line, "E-PERIOD-SHORT",
			      "class \"%s\": \"grace\" is counted in days",
			      class->id);
	if (class->then == MODEL_THEN_ARCHIVE && class->decision[0] == '\0')
		yaml_fault_at(reader, class->retention_line, "E-ARCHIVE",
			      "class \"%s\" is archived by no decision",
			      class->id);
	if (class->then != MODEL_THEN_ARCHIVE && class->decision[0] != '\0')
		yaml_fault_at(reader, class->retention_line, "E-ARCHIVE",
			      "class \"%s\" names a decision to archive, but "
			      "is not archived",
			      class->id);
}

static void lint_kept(struct yaml_reader *reader,
		      const struct model_class *class)
{
	for (size_t i = 0; i < class->kept_count; i++) {
		const struct model_kept *kept = &class->kept[i];
		bool has_period = model_has(&kept->period);

		if ((kept->until == 1) != has_period)
			yaml_fault_at(
				reader, kept->line, "E-EXCEPTION",
				"the exception for \"%s\" is until \"%s\" "
				"and has %s period",
				model_triggers[kept->trigger - 1],
				model_kept_until[kept->until - 1],
				has_period ? "a" : "no");
		if (kept->approvals < 2)
			yaml_fault_at(reader, kept->line, "E-ONE-PERSON",
				      "the exception for \"%s\" needs one "
				      "person only",
				      model_triggers[kept->trigger - 1]);
	}
}

/* A recording whose contact is gone can be played by nobody. */
static void lint_history(struct yaml_reader *reader,
			 const struct policy *policy)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);
	const struct model_class *contact =
		model_class(policy, SEAL_CLASS_CONTACT);

	if (audio && contact &&
	    hours_of(model_longest(contact)) < hours_of(model_longest(audio)))
		yaml_fault_at(reader, contact->retention_line,
			      "E-HISTORY-SHORTER",
			      "class \"%s\" is kept for a shorter time than "
			      "\"%s\": its sound would outlive its contact",
			      contact->id, audio->id);
}

/* The latest end of what a purpose that listens or reads can use. */
static int longest_content(const struct policy *policy)
{
	int longest = 0;

	for (size_t i = 0; i < policy->class_count; i++) {
		int hours = hours_of(model_longest(&policy->classes[i]));

		longest = hours > longest ? hours : longest;
	}
	return longest;
}

static void lint_purpose_ends(struct yaml_reader *reader,
			      const struct policy *policy)
{
	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct model_purpose *purpose = &policy->purposes[i];

		if (hours_of(&purpose->ends) > longest_content(policy))
			yaml_fault_at(reader, purpose->line, "E-PURPOSE-LONGER",
				      "purpose \"%s\" ends after everything "
				      "that it could use",
				      purpose->granted.id);
		if (purpose->ends.hours > 0)
			yaml_fault_at(reader, purpose->line, "E-PERIOD-SHORT",
				      "purpose \"%s\": \"ends\" is counted in "
				      "days, months or years",
				      purpose->granted.id);
	}
}

/* What the product keeps whatever a policy says, since the law asks it. */
static void lint_holds(struct yaml_reader *reader, const struct policy *policy)
{
	static const enum notice_hold always[] = { NOTICE_HOLD_ACCESS,
						   NOTICE_HOLD_RESTRICTION };

	for (size_t i = 0; i < COUNT(always); i++)
		if (!policy_tells_hold(policy, always[i]))
			yaml_fault_at(
				reader,
				policy->holds.line > 0 ? policy->holds.line
						       : policy->classes_line,
				"E-HOLD-UNDISCLOSED",
				"a hold for \"%s\" keeps recordings "
				"beyond their end, and \"holds\" does not "
				"tell it",
				notice_holds[always[i]]);
}

static void lint_log(struct yaml_reader *reader, const struct policy *policy)
{
	const struct model_period *kept = &policy->log.retention;
	bool is_short = kept->months > 0 ? kept->months < LOG_MONTHS_MIN
					 : kept->days < LOG_DAYS_MIN;
	bool is_long = kept->months > LOG_YEARS_MAX * 12 ||
		       kept->days > LOG_YEARS_MAX * 365;

	if (policy->log.line > 0 && model_has(kept) && (is_short || is_long))
		yaml_fault_at(reader, policy->log.line, "E-LOG-PERIOD",
			      "the audit log is kept for at least one year and "
			      "at most %d, counted in days, months or years",
			      LOG_YEARS_MAX);
}

void policy_lint_retention(struct yaml_reader *reader,
			   const struct policy *policy)
{
	for (size_t i = 0; i < policy->class_count; i++) {
		lint_kind(reader, &policy->classes[i]);
		lint_end(reader, &policy->classes[i]);
		lint_kept(reader, &policy->classes[i]);
	}
	lint_history(reader, policy);
	lint_purpose_ends(reader, policy);
	lint_holds(reader, policy);
	lint_log(reader, policy);
}
