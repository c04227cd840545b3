/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which promises of a published policy another one would break. Less is
 * never a breach: what is kept for shorter, shown to fewer, recorded of
 * fewer calls may change at any time (privacy rules, C17 and C18).
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "notice/model.h"
#include "notice/reader.h"

enum { MONTHS_PER_YEAR = 12, HOURS_PER_DAY = 24 };

struct comparison {
	const struct policy *fresh, *published;
	struct yaml_reader faults; /* only to note them */
	size_t broken;
};

/* A breach at a line of the new policy, and what was promised instead. */
static FORMAT(4, 5) void breach(struct comparison *on, int line,
				const char *code, const char *format, ...)
{
	struct notice_fault fault = { 0 };
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(fault.text, sizeof(fault.text), format, arguments);
	va_end(arguments);
	yaml_fault_at(&on->faults, line, code, "%s", fault.text);
	on->broken++;
}

/* The promise that the breach noted last would break. */
static FORMAT(2, 3) void promised(struct comparison *on, const char *format,
				  ...)
{
	struct notice_fault *fault;
	va_list arguments;

	if (on->faults.fault_count == 0)
		return;
	fault = &on->faults.faults[on->faults.fault_count - 1];
	va_start(arguments, format);
	(void)vsnprintf(fault->promise, sizeof(fault->promise), format,
			arguments);
	va_end(arguments);
}

/* So many months have at least and at most so many days. */
static int least_days(int months)
{
	static const int days[] = { 0,	 28,  59,  89,	120, 150,
				    181, 212, 242, 273, 303, 334 };

	return months / MONTHS_PER_YEAR * 365 + days[months % MONTHS_PER_YEAR];
}

static int most_days(int months)
{
	static const int days[] = { 0,	 31,  62,  92,	123, 153,
				    184, 215, 245, 276, 306, 337 };

	return months / MONTHS_PER_YEAR * 366 + days[months % MONTHS_PER_YEAR];
}

static int longest_hours(const struct model_period *period)
{
	return (most_days(period->months) + period->days) * HOURS_PER_DAY +
	       period->hours;
}

static int shortest_hours(const struct model_period *period)
{
	return (least_days(period->months) + period->days) * HOURS_PER_DAY +
	       period->hours;
}

/* Whether one may be longer than the other, in whatever month it begins. */
static bool is_longer(const struct model_period *fresh,
		      const struct model_period *published)
{
	if (fresh->months > 0 && published->months > 0)
		return fresh->months > published->months;
	return longest_hours(fresh) > shortest_hours(published);
}

static void words_of(const struct model_period *period, char *out, size_t size)
{
	int number = period->months + period->days + period->hours;

	(void)snprintf(out, size, "%d %s%s", number,
		       period->months > 0 ? "month"
		       : period->days > 0 ? "day"
					  : "hour",
		       number == 1 ? "" : "s");
}

static const struct model_class *find_class(const struct policy *policy,
					    const struct model_class *like)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i].kind == like->kind)
			return &policy->classes[i];
	return NULL;
}

static void compare_retention(struct comparison *on,
			      const struct model_class *fresh,
			      const struct model_class *published)
{
	const struct model_period *now = model_longest(fresh);
	const struct model_period *then = model_longest(published);
	bool is_later = published->anchor == MODEL_ANCHOR_START &&
			fresh->anchor == MODEL_ANCHOR_END;
	char asked[32], promise[32];

	words_of(now, asked, sizeof(asked));
	words_of(then, promise, sizeof(promise));
	if (is_longer(now, then))
		breach(on, fresh->retention_line, "E-PROMISE-LONGER",
		       "class \"%s\" would be kept for %s", fresh->id, asked);
	else if (is_later)
		breach(on, fresh->retention_line, "E-PROMISE-LONGER",
		       "class \"%s\" would be kept from the end of the "
		       "contact, "
		       "not from its start",
		       fresh->id);
	else if (published->retention == MODEL_RETENTION_MAX &&
		 fresh->retention == MODEL_RETENTION_EXACT)
		breach(on, fresh->retention_line, "E-PROMISE-LONGER",
		       "class \"%s\" would be kept to the end of its period, "
		       "and removed after it",
		       fresh->id);
	else
		return;
	promised(on, "%s: %s %s from the %s", published->id,
		 published->retention == MODEL_RETENTION_EXACT ? "exactly"
							       : "at most",
		 promise, model_anchors[published->anchor - 1]);
}

static const struct model_field *find_field(const struct model_class *class,
					    const char *name)
{
	for (size_t i = 0; i < class->field_count; i++)
		if (!strcmp(class->fields[i].name, name))
			return &class->fields[i];
	return NULL;
}

static void list_fields(struct comparison *on, const struct model_class *class)
{
	char list[160] = "";
	size_t size = 0;

	for (size_t i = 0; i < class->field_count; i++) {
		int more = snprintf(list + size, sizeof(list) - size, "%s%s",
				    i > 0 ? ", " : "", class->fields[i].name);

		if (more < 0 || size + (size_t)more >= sizeof(list))
			break;
		size += (size_t)more;
	}
	promised(on, "%s: %s and no others", class->id, list);
}

static void compare_fields(struct comparison *on,
			   const struct model_class *fresh,
			   const struct model_class *published)
{
	for (size_t i = 0; i < fresh->field_count; i++) {
		const struct model_field *field = &fresh->fields[i];
		const struct model_field *before =
			find_field(published, field->name);

		if (!before) {
			breach(on, field->line, "E-PROMISE-FIELD",
			       "class \"%s\" would have the field \"%s\"",
			       fresh->id, field->name);
			list_fields(on, published);
			continue;
		}
		for (uint32_t role = 1; role < NOTICE_ROLES; role++) {
			if (field->mask[role] >= before->mask[role])
				continue;
			breach(on, field->line, "E-PROMISE-SHOWN",
			       "\"%s\" would be %s for role \"%s\"",
			       field->name, model_masks[field->mask[role]],
			       notice_roles[role - 1]);
			promised(on, "%s: %s for %s", field->name,
				 model_masks[before->mask[role]],
				 notice_roles[role - 1]);
		}
	}
}

/* The order in which coverage grows; a schedule is neither more nor less
 * than a sample. */
static bool covers_more(const struct model_capture *fresh,
			const struct model_capture *published)
{
	if (published->coverage == MODEL_COVERAGE_ALL)
		return false;
	if (fresh->coverage != published->coverage)
		return fresh->coverage != MODEL_COVERAGE_MANUAL &&
		       fresh->coverage != MODEL_COVERAGE_NONE;
	if (fresh->coverage == MODEL_COVERAGE_SAMPLE)
		return fresh->share > published->share;
	for (size_t i = 0; i < fresh->hours_count; i++) {
		bool is_within = false;

		for (size_t j = 0; j < published->hours_count; j++)
			is_within |= fresh->hours[i].from >=
					     published->hours[j].from &&
				     fresh->hours[i].until <=
					     published->hours[j].until;
		if (!is_within)
			return true;
	}
	return false;
}

static void promise_coverage(struct comparison *on,
			     const struct model_capture *published)
{
	if (published->coverage == MODEL_COVERAGE_SAMPLE)
		promised(on, "a sample of %.0f %% of the calls",
			 published->share * 100);
	else
		promised(on, "coverage: %s",
			 model_coverages[published->coverage - 1]);
}

static void compare_gates(struct comparison *on,
			  const struct model_capture *fresh,
			  const struct model_capture *published)
{
	if (fresh->stop == MODEL_STOP_BYE &&
	    published->stop != MODEL_STOP_BYE) {
		breach(on, fresh->line, "E-PROMISE-CALLS",
		       "recording would go on after a transfer");
		promised(on, "it stops at the first transfer");
	}
	if (fresh->on_hold == MODEL_ON_HOLD_CONTINUE &&
	    published->on_hold != MODEL_ON_HOLD_CONTINUE) {
		breach(on, fresh->line, "E-PROMISE-CALLS",
		       "holds would be recorded");
		promised(on, "it pauses on hold");
	}
	if (fresh->consultation == MODEL_CONSULTATION_INCLUDE &&
	    published->consultation != MODEL_CONSULTATION_INCLUDE) {
		breach(on, fresh->line, "E-PROMISE-CALLS",
		       "talk between agents would be recorded");
		promised(on, "talk between agents is not recorded");
	}
}

static void compare_capture(struct comparison *on,
			    const struct model_class *fresh,
			    const struct model_class *published)
{
	if (fresh->capture.line == 0 || published->capture.line == 0)
		return;
	for (size_t i = 0; i < on->fresh->service_count; i++) {
		const struct model_service *service = &on->fresh->services[i];

		if (!model_captures(on->fresh, &fresh->capture,
				    service->number) ||
		    model_captures(on->published, &published->capture,
				   service->number))
			continue;
		breach(on, service->line, "E-PROMISE-CALLS",
		       "calls to %s would be recorded", service->number);
		promised(on, "calls to that number are not recorded");
	}
	if (covers_more(&fresh->capture, &published->capture)) {
		breach(on, fresh->capture.line, "E-PROMISE-CALLS",
		       "more calls would be recorded: coverage \"%s\"",
		       model_coverages[fresh->capture.coverage - 1]);
		promise_coverage(on, &published->capture);
	}
	compare_gates(on, &fresh->capture, &published->capture);
}

static void compare_classes(struct comparison *on)
{
	for (size_t i = 0; i < on->fresh->class_count; i++) {
		const struct model_class *fresh = &on->fresh->classes[i];
		const struct model_class *published =
			find_class(on->published, fresh);

		if (!published) {
			breach(on, fresh->line, "E-PROMISE-FIELD",
			       "class \"%s\" would be new", fresh->id);
			promised(on, "nothing of kind \"%s\" is stored",
				 model_kinds[fresh->kind - 1]);
			continue;
		}
		compare_retention(on, fresh, published);
		compare_fields(on, fresh, published);
		compare_capture(on, fresh, published);
	}
}

/* The first word of a set that another set does not have. */
static const char *more_in(uint32_t fresh, uint32_t published,
			   const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (fresh & ~published & 1U << i)
			return words[i];
	return NULL;
}

static void compare_purpose(struct comparison *on,
			    const struct model_purpose *fresh,
			    const struct model_purpose *published)
{
	const struct notice_purpose *now = &fresh->granted;
	const struct notice_purpose *then = &published->granted;
	const char *use = more_in(now->uses, then->uses, model_uses);
	const char *role =
		more_in(now->roles >> 1, then->roles >> 1, notice_roles);

	if (use) {
		breach(on, fresh->line, "E-PROMISE-PURPOSE",
		       "purpose \"%s\" would allow to %s", now->id, use);
		promised(on, "for \"%s\" there is no such use",
			 then->text[on->published->first_language]);
	}
	if (role) {
		breach(on, fresh->line, "E-PROMISE-PURPOSE",
		       "purpose \"%s\" would be for role \"%s\" too", now->id,
		       role);
		promised(on, "\"%s\" is not for that role",
			 then->text[on->published->first_language]);
	}
	if (model_has(&published->ends) &&
	    (!model_has(&fresh->ends) ||
	     is_longer(&fresh->ends, &published->ends))) {
		breach(on, fresh->line, "E-PROMISE-LONGER",
		       "purpose \"%s\" would end later", now->id);
		promised(on, "\"%s\" ends before its recordings",
			 then->text[on->published->first_language]);
	}
}

static void compare_basis(struct comparison *on,
			  const struct model_purpose *fresh,
			  const struct model_purpose *published)
{
	const struct model_basis *now = model_basis(on->fresh, &fresh->granted);
	const struct model_basis *then =
		model_basis(on->published, &published->granted);

	if (!now || !then || !strcmp(now->gdpr, then->gdpr))
		return;
	breach(on, now->line, "E-PROMISE-BASIS",
	       "purpose \"%s\" would rest on %s", fresh->granted.id, now->gdpr);
	promised(on, "it rests on %s", then->gdpr);
}

static void compare_purposes(struct comparison *on)
{
	for (size_t i = 0; i < on->fresh->purpose_count; i++) {
		const struct model_purpose *fresh = &on->fresh->purposes[i];
		const struct model_purpose *published = NULL;

		for (size_t j = 0; j < on->published->purpose_count; j++)
			if (!strcmp(on->published->purposes[j].granted.id,
				    fresh->granted.id))
				published = &on->published->purposes[j];
		if (!published) {
			breach(on, fresh->line, "E-PROMISE-PURPOSE",
			       "purpose \"%s\" would be new",
			       fresh->granted.id);
			promised(on, "the list of purposes has no such one");
			continue;
		}
		compare_purpose(on, fresh, published);
		compare_basis(on, fresh, published);
	}
}

static bool has_recipient(const struct policy *policy,
			  const struct model_disclosure *like)
{
	for (size_t i = 0; i < policy->disclosure_count; i++)
		if (policy->disclosures[i].kind == like->kind &&
		    !strcmp(policy->disclosures[i].to[NOTICE_FI],
			    like->to[NOTICE_FI]))
			return true;
	return false;
}

static bool has_country(const struct policy *policy, const char *country)
{
	for (size_t i = 0; i < policy->location_count; i++)
		if (!strcmp(policy->locations[i].country, country))
			return true;
	for (size_t i = 0; i < policy->processor_count; i++)
		if (!strcmp(policy->processors[i].country, country))
			return true;
	return false;
}

static void compare_country(struct comparison *on, int line, const char *name,
			    const char *country)
{
	bool was_told =
		on->published->location_count + on->published->processor_count >
		0;
	bool is_outside = !model_is_eea(country) &&
			  !model_allows_country(on->published, country);

	if (!is_outside && (!was_told || has_country(on->published, country)))
		return;
	breach(on, line, "E-PROMISE-PLACE", "\"%s\" would be in %s", name,
	       country);
	promised(on, is_outside ? "nothing is transferred there"
				: "nothing is there");
}

static void compare_places(struct comparison *on)
{
	const struct policy *fresh = on->fresh;

	for (size_t i = 0; i < fresh->disclosure_count; i++) {
		if (has_recipient(on->published, &fresh->disclosures[i]))
			continue;
		breach(on, fresh->disclosures[i].line, "E-PROMISE-GIVEN",
		       "recordings could be given to \"%s\"",
		       fresh->disclosures[i].to[NOTICE_EN]);
		promised(on, "nothing is given to others than those named");
	}
	for (size_t i = 0; i < fresh->location_count; i++)
		compare_country(on, fresh->locations[i].line,
				fresh->locations[i].id,
				fresh->locations[i].country);
	for (size_t i = 0; i < fresh->processor_count; i++)
		compare_country(on, fresh->processors[i].line,
				fresh->processors[i].name,
				fresh->processors[i].country);
	for (size_t i = 0; i < fresh->transfer.country_count; i++) {
		if (model_allows_country(on->published,
					 fresh->transfer.countries[i]))
			continue;
		breach(on, fresh->transfer.line, "E-PROMISE-PLACE",
		       "data could be transferred to %s",
		       fresh->transfer.countries[i]);
		promised(on, "nothing is transferred there");
	}
}

static void compare_log(struct comparison *on)
{
	const struct model_period *now = &on->fresh->log.retention;
	const struct model_period *then = &on->published->log.retention;
	char promise[32];

	if (!model_has(then) || (model_has(now) && !is_longer(now, then)))
		return;
	breach(on, model_has(now) ? on->fresh->log.line : on->fresh->head_line,
	       "E-PROMISE-LONGER", "entries of the audit log would be kept %s",
	       model_has(now) ? "for longer" : "without an end");
	words_of(then, promise, sizeof(promise));
	promised(on, "log: %s", promise);
}

static void compare_terms(struct comparison *on)
{
	const char *hold = more_in(on->fresh->holds.kinds,
				   on->published->holds.kinds, notice_holds);

	if (hold) {
		breach(on, on->fresh->holds.line, "E-PROMISE-HELD",
		       "a hold for \"%s\" could keep items beyond their end",
		       hold);
		promised(on, "no such hold keeps anything");
	}
	compare_log(on);
	if (on->fresh->collection_started >= on->published->collection_started)
		return;
	breach(on, on->fresh->started_line, "E-PROMISE-OLDER",
	       "older contacts would be stored");
	promised(on, "stored since %04u-%02u-%02u",
		 on->published->collection_started / 10000,
		 on->published->collection_started / 100 % 100,
		 on->published->collection_started % 100);
}

size_t policy_compare(const struct policy *fresh,
		      const struct policy *published,
		      struct notice_fault *faults, size_t room,
		      size_t *fault_count)
{
	struct comparison on = {
		.fresh = fresh,
		.published = published,
		.faults = { .faults = faults,
			    .fault_max = room,
			    .fault_count = *fault_count },
	};

	compare_terms(&on);
	compare_purposes(&on);
	compare_classes(&on);
	compare_places(&on);
	*fault_count = on.faults.fault_count;
	return on.broken;
}
