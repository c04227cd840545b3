/* SPDX-License-Identifier: EUPL-1.2 */
/* When chats may be started, and what else the channel decides. */
#include <string.h>

#include "notice/model.h"

enum { MINUTES_PER_DAY = 1440 };

static const struct model_channel *channel_of(const struct policy *policy)
{
	static const struct model_channel none;
	const struct model_class *class = model_class(policy, SEAL_CLASS_CHAT);

	return class ? &class->channel : &none;
}

size_t policy_chat_origin_count(const struct policy *policy)
{
	return channel_of(policy)->origin_count;
}

const char *policy_chat_origin(const struct policy *policy, size_t index)
{
	assert(index < policy_chat_origin_count(policy));
	return channel_of(policy)->origins[index];
}

bool policy_chat_allows(const struct policy *policy, struct slice origin)
{
	for (size_t i = 0; i < policy_chat_origin_count(policy); i++)
		if (slice_is(origin, slice_of(policy_chat_origin(policy, i))))
			return true;
	return false;
}

size_t policy_chat_queue_count(const struct policy *policy)
{
	return channel_of(policy)->queue_count;
}

const char *policy_chat_queue(const struct policy *policy, size_t index,
			      enum notice_language language,
			      const char **ret_label)
{
	const struct model_queue *queue = &channel_of(policy)->queues[index];

	assert(index < policy_chat_queue_count(policy));
	assert(language < NOTICE_LANGUAGES);
	if (ret_label)
		*ret_label = queue->label[language];
	return queue->id;
}

/* The hours of one day, in minutes since its 00:00, in order. */
struct day {
	size_t count;
	struct model_hours part[MODEL_RANGES_MAX];
};

bool policy_chat_is_closed_on(const struct policy *policy, enum holiday kind)
{
	const struct model_channel *channel = channel_of(policy);

	return (kind == HOLIDAY_PUBLIC && channel->closed_on_holidays) ||
	       (kind == HOLIDAY_EVE && channel->closed_on_eves);
}

static void add_part(struct day *day, struct model_hours part)
{
	size_t at = day->count++;

	for (; at > 0 && day->part[at - 1].from > part.from; at--)
		day->part[at] = day->part[at - 1];
	day->part[at] = part;
}

static void look_up(const struct policy *policy, seal_date date,
		    struct day *day)
{
	const struct model_channel *channel = channel_of(policy);
	int begins = civil_weekday(date) * MINUTES_PER_DAY;

	day->count = 0;
	if (date < policy->valid_from)
		return;
	for (size_t i = 0; i < channel->exception_count; i++) {
		const struct model_exception *found = &channel->exceptions[i];

		if (found->date != date)
			continue;
		for (size_t j = 0; j < found->hours_count; j++)
			add_part(day, found->hours[j]);
		return;
	}
	if (policy_chat_is_closed_on(policy, holiday_of(date)))
		return;
	for (size_t i = 0; i < channel->hours_count; i++) {
		struct model_hours part = channel->hours[i];

		if (part.from >= begins && part.from < begins + MINUTES_PER_DAY)
			add_part(day,
				 (struct model_hours){ part.from - begins,
						       part.until - begins });
	}
}

/* Spans of time in which it is open, one after the other. */
struct walk {
	const struct policy *policy;
	seal_date date, last;
	struct day day; /* of date */
	size_t next;	/* part of it */
};

struct span {
	nanoseconds from, until;
};

static bool next_part(struct walk *walk, struct span *ret_span)
{
	const struct civil_zone *zone = walk->policy->zone;

	while (walk->next == walk->day.count) {
		if (walk->date == walk->last)
			return false;
		walk->date = civil_add_days(walk->date, 1);
		walk->next = 0;
		look_up(walk->policy, walk->date, &walk->day);
	}
	ret_span->from =
		civil_time(zone, walk->date, walk->day.part[walk->next].from);
	ret_span->until =
		civil_time(zone, walk->date, walk->day.part[walk->next].until);
	walk->next++;
	return true;
}

/* Parts that touch, at midnight or in an hour that is skipped, are one. */
static bool next_span(struct walk *walk, struct span *ret_span)
{
	struct walk ahead;
	struct span more;

	if (!next_part(walk, ret_span))
		return false;
	for (ahead = *walk;
	     next_part(&ahead, &more) && more.from <= ret_span->until;
	     *walk = ahead)
		ret_span->until = more.until;
	return true;
}

void policy_chat_hours(const struct policy *policy, nanoseconds at,
		       struct channel_hours *ret_hours)
{
	seal_date today = civil_date(policy->zone, at);
	struct walk walk = {
		.policy = policy,
		.date = civil_add_days(today, -1),
		.last = civil_add_days(today, CHANNEL_AHEAD_DAYS),
	};
	nanoseconds end =
		civil_midnight(policy->zone, civil_add_days(walk.last, 1));
	struct channel_hours hours = { 0 };
	struct span span;

	assert(policy->zone);
	while (next_span(&walk, &span)) {
		if (span.until <= at || span.from == span.until)
			continue;
		if (span.from <= at) {
			hours.is_open = true;
			hours.closes_at = span.until;
			continue;
		}
		hours.opens_at = span.from;
		if (!hours.is_open)
			hours.closes_at = span.until;
		break;
	}
	/* What is still open then may close whenever. */
	if (hours.closes_at == end)
		hours.closes_at = 0;
	*ret_hours = hours;
}
