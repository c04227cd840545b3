/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/levels.h"

#include <string.h>

#include "register/contact.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/refusal.h"
#include "register/suppress.h"
#include "register/view.h"

/* Answered, not of a test, and restricted by nobody (GDPR Art. 18). */
#define COUNTED                                                                \
	" channel = $1 AND started_at >= $2 AND started_at < $3"               \
	" AND answered_at > 0 AND ended_at >= answered_at"                     \
	" AND service_number <> $4"                                            \
	" AND NOT EXISTS (SELECT 1 FROM hold WHERE hold.contact = contact.id"  \
	"  AND hold.kind = 3)"

/* What is added up for a cell before it is decided whether to show it. */
struct sums {
	uint64_t count[DESK_LEVEL_DAYS], seconds[DESK_LEVEL_DAYS];
};

static seal_date first_of(uint32_t month)
{
	return month * 100 + 1;
}

/* The months of which everything is there and nothing is added any more. */
static void find_months(struct books *books, uint32_t *ret_first,
			uint32_t *ret_last)
{
	const struct civil_zone *zone = policy_zone(books->policy);
	const seal_date today = civil_date(zone, clock_now(&books->clock));
	const seal_date dead =
		due_date(books, SEAL_CLASS_CONTACT, clock_now(&books->clock));
	uint32_t month = civil_add_months(today / 100 * 100 + 1, -1) / 100;

	*ret_first = *ret_last = 0;
	for (int i = 0; i < 24; i++) {
		seal_date first = first_of(month);
		struct seal_end end;
		nanoseconds at = civil_midnight(zone, first);

		if (policy_end(books->policy, SEAL_CLASS_CONTACT, at, at,
			       &end) < 0 ||
		    end.date <= dead)
			break;
		*ret_first = month;
		*ret_last = *ret_last ? *ret_last : month;
		month = civil_add_months(first, -1) / 100;
	}
}

static void finish(struct desk_level *cell, uint64_t count, uint64_t seconds,
		   bool is_shown)
{
	if (!is_shown)
		return;
	cell->is_shown = 1;
	cell->count = count;
	cell->mean_s = count ? (uint32_t)(seconds / count) : 0;
}

static void finish_all(struct desk_level *cells, const struct sums *sums,
		       size_t count)
{
	bool is_shown[DESK_LEVEL_DAYS];

	(void)suppress_cells(sums->count, count, is_shown);
	for (size_t i = 0; i < count; i++)
		finish(&cells[i], sums->count[i], sums->seconds[i],
		       is_shown[i]);
}

static enum desk_result count_units(struct books *books, uint32_t channel,
				    nanoseconds from, nanoseconds until,
				    struct desk_levels_are *answer)
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT CASE channel WHEN 1 THEN service_number ELSE queue END"
		" AS unit, count(*), sum(CASE channel WHEN 1"
		"  THEN ended_at - answered_at ELSE answered_at - started_at"
		"  END) / 1000000000 FROM contact WHERE" COUNTED
		" GROUP BY unit ORDER BY unit LIMIT $5",
		db_number(channel), db_number(from), db_number(until),
		db_text(books->choice.test_number),
		db_number(DESK_LEVEL_UNITS));
	while (answer->unit_count < DESK_LEVEL_UNITS && db_rows_next(&rows)) {
		uint64_t count = (uint64_t)db_rows_number(&rows, 1);
		uint32_t i = answer->unit_count++;

		db_rows_text(&rows, 0, answer->row[i].id,
			     sizeof(answer->row[i].id));
		finish(&answer->row[i].is, count,
		       (uint64_t)db_rows_number(&rows, 2), count >= SUPPRESS_K);
	}
	return DESK_OK;
}

static enum desk_result count_one(struct books *books, const char *unit,
				  nanoseconds from, nanoseconds until,
				  struct desk_levels_are *answer)
{
	const struct civil_zone *zone = policy_zone(books->policy);
	struct sums days = { 0 }, hours = { 0 };
	uint64_t count = 0, seconds = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT started_at, CASE channel WHEN 1"
		"  THEN ended_at - answered_at ELSE answered_at - started_at"
		"  END FROM contact WHERE" COUNTED
		" AND CASE channel WHEN 1 THEN service_number ELSE queue END"
		" = $5 LIMIT $6",
		db_number(answer->channel), db_number(from), db_number(until),
		db_text(books->choice.test_number), db_text(unit),
		db_number(LEVELS_ROWS_MAX + 1));
	while (db_rows_next(&rows)) {
		nanoseconds at = db_rows_number(&rows, 0);
		uint64_t took = (uint64_t)(db_rows_number(&rows, 1) / NS_PER_S);
		int64_t local = at / NS_PER_S + civil_offset(zone, at);
		size_t day = civil_date(zone, at) % 100 - 1;
		size_t hour = (size_t)(local / 3600 % 24);

		if (++count > LEVELS_ROWS_MAX)
			return DESK_FULL;
		seconds += took;
		days.count[day]++;
		days.seconds[day] += took;
		hours.count[hour]++;
		hours.seconds[hour] += took;
	}
	finish(&answer->total, count, seconds, count >= SUPPRESS_K);
	finish_all(answer->day, &days, answer->days);
	finish_all(answer->hour, &hours, DESK_LEVEL_HOURS);
	return DESK_OK;
}

enum desk_result levels_count(struct books *books,
			      const struct desk_levels *ask,
			      struct desk_levels_are *answer)
{
	const struct civil_zone *zone =
		books->policy ? policy_zone(books->policy) : NULL;
	seal_date next;

	answer->k = SUPPRESS_K;
	answer->channel = ask->channel;
	if (!zone)
		return DESK_LATER;
	find_months(books, &answer->first, &answer->last);
	answer->month = ask->month ? ask->month : answer->last;
	if (answer->last == 0)
		return DESK_OK;
	if (!civil_is_date(first_of(answer->month)) ||
	    answer->month < answer->first || answer->month > answer->last)
		return DESK_INVALID;
	next = civil_add_months(first_of(answer->month), 1);
	answer->days = civil_add_days(next, -1) % 100;
	memcpy(answer->unit, ask->unit, sizeof(answer->unit));
	if (ask->unit[0])
		return count_one(books, ask->unit,
				 civil_midnight(zone, first_of(answer->month)),
				 civil_midnight(zone, next), answer);
	return count_units(books, ask->channel,
			   civil_midnight(zone, first_of(answer->month)),
			   civil_midnight(zone, next), answer);
}

/* The purpose that allows it; for the log. NULL: none does. */
static const struct notice_purpose *find_purpose(const struct books *books,
						 uint32_t role)
{
	size_t count = books->policy ? policy_purpose_count(books->policy) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct notice_purpose *purpose =
			policy_purpose(books->policy, i);

		if (policy_grants(books->policy, role, purpose->id,
				  NOTICE_AGGREGATE))
			return purpose;
	}
	return NULL;
}

static enum desk_result tell(struct books *books, const struct desk_levels *ask,
			     struct desk_levels_are *answer)
{
	const struct notice_purpose *purpose;
	struct session session = { 0 };
	enum desk_result result = session_find(books, ask->token, &session);

	if (result != DESK_OK)
		return result;
	purpose = find_purpose(books, session.role);
	if (!purpose) {
		refusal_note(books, &session, DESK_FORBIDDEN, "levels", NULL);
		return DESK_FORBIDDEN;
	}
	if ((ask->channel != REGISTER_CHANNEL_CALL &&
	     ask->channel != REGISTER_CHANNEL_CHAT) ||
	    !contact_text_is(ask->unit, sizeof(ask->unit)))
		return DESK_INVALID;
	result = levels_count(books, ask, answer);
	if (result != DESK_OK)
		return result;
	return view_note(books, &session,
			 json_pack("{s:s,s:s,s:I,s:s}", "event",
				   "levels.viewed", "purpose", purpose->id,
				   "month", (json_int_t)answer->month, "type",
				   ask->channel == REGISTER_CHANNEL_CALL
					   ? "calls"
					   : "chats"));
}

void levels_tell(struct books *books, const struct desk_levels *ask,
		 struct desk_levels_are *ret_answer)
{
	enum desk_result result;

	memset(ret_answer, 0, sizeof(*ret_answer));
	result = tell(books, ask, ret_answer);
	if (result != DESK_OK)
		memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->head = (struct letter){ .type = DESK_LEVELS_ARE,
					    .size = sizeof(*ret_answer),
					    .tag = ask->head.tag };
	ret_answer->result = result;
}
