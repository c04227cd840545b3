/* SPDX-License-Identifier: EUPL-1.2 */
/* What follows from a policy: the answers of notice/notice.h. */
#include <errno.h>
#include <string.h>

#include "notice/model.h"

enum { MINUTES_PER_DAY = 1440, DAYS_PER_WEEK = 7 };

const struct model_class *model_class(const struct policy *policy,
				      uint32_t data_class)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i].data_class == data_class)
			return &policy->classes[i];
	return NULL;
}

const char *policy_zone_name(const struct policy *policy)
{
	return policy->zone_name;
}

void policy_set_zone(struct policy *policy, struct civil_zone *zone)
{
	civil_zone_free(policy->zone);
	policy->zone = zone;
}

const struct civil_zone *policy_zone(const struct policy *policy)
{
	return policy->zone;
}

const char *policy_id(const struct policy *policy)
{
	return policy->id;
}

const char *policy_version(const struct policy *policy)
{
	return policy->version;
}

uint32_t policy_hash(const struct policy *policy)
{
	return policy->hash;
}

const char *policy_sha256(const struct policy *policy)
{
	return policy->sha256;
}

bool policy_has_service(const struct policy *policy, const char *service_number)
{
	for (size_t i = 0; i < policy->service_count; i++)
		if (!strcmp(policy->services[i].number, service_number))
			return true;
	return false;
}

size_t policy_service_count(const struct policy *policy)
{
	return policy->service_count;
}

const char *policy_service(const struct policy *policy, size_t index,
			   enum notice_language language,
			   const char **ret_label)
{
	assert(index < policy->service_count);
	assert(language < NOTICE_LANGUAGES);
	if (ret_label)
		*ret_label = policy->services[index].label[language];
	return policy->services[index].number;
}

static bool lists_number(const struct policy *policy,
			 const struct model_capture *capture,
			 const char *number)
{
	for (size_t i = 0; i < capture->number_count; i++) {
		if (!strcmp(capture->numbers[i].text, number))
			return true;
		if (!strcmp(capture->numbers[i].text, "*") &&
		    policy_has_service(policy, number))
			return true;
	}
	return false;
}

static bool excludes_number(const struct model_capture *capture,
			    const char *number)
{
	for (size_t i = 0; i < capture->exclude_count; i++)
		if (!strcmp(capture->exclude[i].text, number))
			return true;
	return false;
}

bool model_captures(const struct policy *policy,
		    const struct model_capture *capture, const char *number)
{
	return lists_number(policy, capture, number) &&
	       !excludes_number(capture, number);
}

static bool is_within_hours(const struct policy *policy,
			    const struct model_capture *capture, nanoseconds at)
{
	int64_t local = at / NS_PER_S + civil_offset(policy->zone, at);
	/* 1970-01-01 was a Thursday, the week begins on Monday. */
	int64_t minute = (local / 60 + 3 * MINUTES_PER_DAY) %
			 (DAYS_PER_WEEK * MINUTES_PER_DAY);

	for (size_t i = 0; i < capture->hours_count; i++)
		if (minute >= capture->hours[i].from &&
		    minute < capture->hours[i].until)
			return true;
	return false;
}

static enum notice_refusal covers(const struct policy *policy,
				  const struct model_capture *capture,
				  nanoseconds at, double draw)
{
	switch ((enum model_coverage)capture->coverage) {
	case MODEL_COVERAGE_ALL:
		return NOTICE_RECORD;
	case MODEL_COVERAGE_SAMPLE:
		return draw < capture->share ? NOTICE_RECORD
					     : NOTICE_NOT_SAMPLED;
	case MODEL_COVERAGE_SCHEDULE:
		return is_within_hours(policy, capture, at)
			       ? NOTICE_RECORD
			       : NOTICE_NOT_SCHEDULED;
	case MODEL_COVERAGE_MANUAL:
	case MODEL_COVERAGE_NONE:
		break;
	}
	return NOTICE_MANUAL;
}

enum notice_refusal policy_records(const struct policy *policy,
				   const char *service_number,
				   enum notice_direction direction,
				   nanoseconds at, double draw)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_AUDIO);
	const struct model_capture *capture;

	assert(policy->zone);
	if (!class || class->capture.line == 0)
		return NOTICE_NUMBER_NOT_LISTED;
	capture = &class->capture;
	if (!lists_number(policy, capture, service_number))
		return NOTICE_NUMBER_NOT_LISTED;
	if (excludes_number(capture, service_number))
		return NOTICE_NUMBER_EXCLUDED;
	if (!(capture->directions & 1U << direction))
		return NOTICE_DIRECTION;
	if (civil_date(policy->zone, at) < policy->collection_started)
		return NOTICE_TOO_OLD;
	if (civil_date(policy->zone, at) < policy->valid_from)
		return NOTICE_NOT_YET_VALID;
	return covers(policy, capture, at, draw);
}

bool policy_keeps_chat(const struct policy *policy, nanoseconds at)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_CHAT);

	assert(policy->zone);
	return class && class->retention != MODEL_RETENTION_NONE &&
	       civil_date(policy->zone, at) >= policy->collection_started;
}

static const struct model_capture *audio_capture(const struct policy *policy)
{
	static const struct model_capture none = {
		.stop = MODEL_STOP_TRANSFER
	};
	const struct model_class *class = model_class(policy, SEAL_CLASS_AUDIO);

	return class ? &class->capture : &none;
}

bool policy_stops_at_transfer(const struct policy *policy)
{
	return audio_capture(policy)->stop != MODEL_STOP_BYE;
}

/* Of what is not stated the less is recorded. */
bool policy_pauses_on_hold(const struct policy *policy)
{
	return audio_capture(policy)->on_hold != MODEL_ON_HOLD_CONTINUE;
}

bool policy_records_consultation(const struct policy *policy)
{
	return audio_capture(policy)->consultation ==
	       MODEL_CONSULTATION_INCLUDE;
}

bool model_has(const struct model_period *period)
{
	return period->months + period->days + period->hours > 0;
}

const struct model_period *model_longest(const struct model_class *class)
{
	return class->retention == MODEL_RETENTION_MIN ||
			       class->retention == MODEL_RETENTION_EVENT
		       ? &class->fallback
		       : &class->period;
}

static seal_date add_period(seal_date date, struct model_period period)
{
	date = civil_add_months(date, period.months);
	return civil_add_days(date, period.days);
}

/* Hours are hours. What is kept at most so long has no part of a day to
 * spare: its end is the last day that is over before they are. */
static seal_date date_of_hours(const struct policy *policy,
			       const struct model_class *class,
			       nanoseconds anchor, int hours)
{
	seal_date date = civil_date(
		policy->zone, anchor + (nanoseconds)hours * 3600 * NS_PER_S);

	return class->retention == MODEL_RETENTION_EXACT
		       ? date
		       : civil_add_days(date, -1);
}

int policy_end(const struct policy *policy, uint32_t data_class,
	       nanoseconds started_at, nanoseconds ended_at,
	       struct seal_end *ret_end)
{
	const struct model_class *class = model_class(policy, data_class);
	const struct model_period *period;
	nanoseconds anchor;

	assert(policy->zone);
	if (!class || class->retention == MODEL_RETENTION_NONE)
		return -EINVAL;
	period = model_longest(class);
	/* The start is the strictest where the anchor is another. */
	anchor = class->anchor == MODEL_ANCHOR_END ? ended_at : started_at;
	*ret_end = (struct seal_end){
		.data_class = data_class,
		.date = period->hours > 0
				? date_of_hours(policy, class, anchor,
						period->hours)
				: add_period(civil_date(policy->zone, anchor),
					     *period),
	};
	return 0;
}

int policy_deletion(const struct policy *policy, const struct seal_end *end,
		    nanoseconds *ret_eligible, nanoseconds *ret_gone_by)
{
	const struct model_class *class = model_class(policy, end->data_class);
	seal_date next;

	if (!class || !civil_is_date(end->date))
		return -EINVAL;
	next = civil_add_days(end->date, 1);
	if (class->retention != MODEL_RETENTION_EXACT) {
		*ret_eligible = civil_midnight(policy->zone, end->date);
		*ret_gone_by = civil_midnight(policy->zone, next);
	} else {
		*ret_eligible = civil_midnight(policy->zone, next);
		*ret_gone_by = civil_midnight(policy->zone,
					      add_period(next, class->grace));
	}
	return 0;
}

size_t policy_purpose_count(const struct policy *policy)
{
	return policy->purpose_count;
}

const struct notice_purpose *policy_purpose(const struct policy *policy,
					    size_t index)
{
	assert(index < policy->purpose_count);
	return &policy->purposes[index].granted;
}

const struct notice_purpose *policy_purpose_find(const struct policy *policy,
						 const char *id)
{
	for (size_t i = 0; i < policy->purpose_count; i++)
		if (!strcmp(policy->purposes[i].granted.id, id))
			return &policy->purposes[i].granted;
	return NULL;
}

bool policy_grants(const struct policy *policy, uint32_t role,
		   const char *purpose, enum notice_use use)
{
	const struct notice_purpose *found =
		policy_purpose_find(policy, purpose);

	return found && role < NOTICE_ROLES && (found->roles & 1U << role) &&
	       (found->uses & use);
}

static const struct model_field *
find_field(const struct policy *policy, uint32_t data_class, const char *name)
{
	const struct model_class *class = model_class(policy, data_class);

	for (size_t i = 0; class && i < class->field_count; i++)
		if (!strcmp(class->fields[i].name, name))
			return &class->fields[i];
	return NULL;
}

bool policy_has_field(const struct policy *policy, uint32_t data_class,
		      const char *field)
{
	return find_field(policy, data_class, field) != NULL;
}

enum notice_mask policy_mask(const struct policy *policy, uint32_t data_class,
			     const char *field, uint32_t role)
{
	const struct model_field *found = find_field(policy, data_class, field);

	if (!found || role == 0 || role >= NOTICE_ROLES)
		return NOTICE_HIDDEN;
	return found->mask[role];
}

bool policy_serves(const struct policy *policy, const char *purpose,
		   nanoseconds started_at, nanoseconds now)
{
	assert(policy->zone);
	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct model_purpose *found = &policy->purposes[i];
		seal_date end;

		if (strcmp(found->granted.id, purpose) != 0)
			continue;
		if (!model_has(&found->ends))
			return true;
		end = add_period(civil_date(policy->zone, started_at),
				 found->ends);
		return now < civil_midnight(policy->zone, end);
	}
	return false;
}

void policy_log_kept(const struct policy *policy, int *ret_months,
		     int *ret_days)
{
	*ret_months = policy->log.retention.months;
	*ret_days = policy->log.retention.days;
}

bool policy_tells_hold(const struct policy *policy, enum notice_hold kind)
{
	return policy->holds.kinds & 1U << kind;
}

const struct model_basis *model_basis(const struct policy *policy,
				      const struct notice_purpose *purpose)
{
	for (size_t i = 0; i < policy->basis_count; i++)
		if (!strcmp(policy->bases[i].id, purpose->basis))
			return &policy->bases[i];
	return NULL;
}

/* Privacy rules, 1.2: "(a) consent" and so on, in the order of the letters. */
uint32_t policy_rights(const struct policy *policy)
{
	enum {
		ALL = 1 << NOTICE_RIGHT_ACCESS | 1 << NOTICE_RIGHT_RECTIFY |
		      1 << NOTICE_RIGHT_RESTRICT,
		ERASE = 1 << NOTICE_RIGHT_ERASE,
		PORT = 1 << NOTICE_RIGHT_PORT,
		OBJECT = 1 << NOTICE_RIGHT_OBJECT,
		WITHDRAW = 1 << NOTICE_RIGHT_WITHDRAW,
	};
	static const uint32_t by_letter[] = {
		ERASE | PORT | WITHDRAW, ERASE | PORT, 0, ERASE, OBJECT,
		ERASE | OBJECT
	};
	uint32_t rights = ALL;

	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct model_basis *basis =
			model_basis(policy, &policy->purposes[i].granted);
		size_t letter = basis && basis->gdpr[0]
					? (size_t)(basis->gdpr[5] - 'a')
					: COUNT(by_letter);

		if (letter < COUNT(by_letter))
			rights |= by_letter[letter];
	}
	return rights;
}
