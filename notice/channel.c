/* SPDX-License-Identifier: EUPL-1.2 */
/* Reading what the policy says about chats; contract in lint.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "notice/keys.h"
#include "notice/lint.h"

typedef const yaml_node_t node;

enum { MINUTES_PER_DAY = 1440, DAYS_PER_WEEK = 7 };

static bool read_clock(struct slice text, int *ret_minutes)
{
	uint64_t hour, minute;

	if (text.size != 5 || text.at[2] != ':' ||
	    slice_number((struct slice){ text.at, 2 }, 24, &hour) < 0 ||
	    slice_number((struct slice){ text.at + 3, 2 }, 59, &minute) < 0 ||
	    hour * 60 + minute > MINUTES_PER_DAY)
		return false;
	*ret_minutes = (int)(hour * 60 + minute);
	return true;
}

bool policy_read_times(struct slice text, struct model_hours *ret_hours)
{
	struct slice until, from = slice_cut(text, '-', &until);

	return read_clock(from, &ret_hours->from) &&
	       read_clock(until, &ret_hours->until) &&
	       ret_hours->from < ret_hours->until;
}

bool policy_add_hours(struct model_hours *hours, size_t *count,
		      struct model_hours fresh)
{
	for (size_t i = 0; i < *count; i++)
		if (fresh.from < hours[i].until && hours[i].from < fresh.until)
			return false;
	hours[(*count)++] = fresh;
	return true;
}

/* "mon-fri" or "sat" */
static bool read_days(struct slice text, int *ret_first, int *ret_last)
{
	static const char days[] = "montuewedthufrisatsun";
	struct slice last, first = slice_cut(text, '-', &last);

	if (last.size == 0)
		last = first;
	*ret_first = *ret_last = -1;
	for (int day = 0; day < DAYS_PER_WEEK; day++) {
		struct slice name = { days + (ptrdiff_t)day * 3, 3 };

		*ret_first = slice_is(name, first) ? day : *ret_first;
		*ret_last = slice_is(name, last) ? day : *ret_last;
	}
	return *ret_first >= 0 && *ret_last >= *ret_first;
}

void policy_read_hours(struct yaml_reader *reader, node *at,
		       struct model_hours *hours, size_t *count)
{
	struct slice times;
	struct slice days = slice_cut(yaml_text(reader, at), ' ', &times);
	struct model_hours part;
	int first, last;

	if (!read_days(days, &first, &last) ||
	    !policy_read_times(times, &part)) {
		yaml_fault(reader, at, "E-HOURS",
			   "hours are written like \"mon-fri 08:00-16:15\"");
		return;
	}
	for (int day = first; day <= last; day++) {
		int begins = day * MINUTES_PER_DAY;

		if (*count == MODEL_RANGES_MAX) {
			yaml_fault(reader, at, "E-TOO-MANY",
				   "at most %d days with hours",
				   MODEL_RANGES_MAX);
			return;
		}
		if (!policy_add_hours(
			    hours, count,
			    (struct model_hours){ begins + part.from,
						  begins + part.until })) {
			yaml_fault(reader, at, "E-HOURS",
				   "these hours overlap with others of the "
				   "same day: state each time once");
			return;
		}
	}
}

/* Browsers send scheme and host in small letters and leave out the port
 * that the scheme implies; whatever else stands here would never match. */

static bool is_loopback(struct slice host)
{
	return slice_is(host, SLICE("localhost")) ||
	       slice_is(host, SLICE("[::1]")) ||
	       slice_starts_nocase(host, SLICE("127."));
}

static bool is_host(struct slice host)
{
	if (host.size == 0 || host.at[0] == '.' || host.at[0] == '-')
		return false;
	if (slice_is(host, SLICE("[::1]")))
		return true;
	for (size_t i = 0; i < host.size; i++) {
		unsigned char c = (unsigned char)host.at[i];

		if (!islower(c) && !isdigit(c) && c != '.' && c != '-')
			return false;
	}
	return true;
}

/* What stands after the host: nothing, or ":" and a port that is not the
 * scheme's own. */
static bool is_port(struct slice port, uint64_t implied)
{
	uint64_t number;

	if (port.size == 0)
		return true;
	return port.at[0] == ':' && port.size > 1 && port.at[1] != '0' &&
	       slice_number(slice_from(port, 1), 65535, &number) == 0 &&
	       number != implied;
}

static bool is_origin(struct slice text)
{
	bool is_https = slice_starts_nocase(text, SLICE("https://"));
	struct slice rest = slice_from(text, is_https ? 8 : 7);
	size_t host_size = slice_find(rest, ']');
	struct slice host;

	if (memchr(text.at, 'H', text.size < 4 ? text.size : 4) ||
	    (!is_https && !slice_starts_nocase(text, SLICE("http://"))))
		return false;
	/* A colon ends the host, but not within an IPv6 address. */
	host_size =
		host_size < rest.size ? host_size + 1 : slice_find(rest, ':');
	host = (struct slice){ rest.at, host_size };
	return is_host(host) && (is_https || is_loopback(host)) &&
	       is_port(slice_from(rest, host_size), is_https ? 443 : 80);
}

/* What was probably meant: small letters, no path, no implied port. */
static void mend_origin(struct slice text, char out[CHANNEL_ORIGIN_SIZE])
{
	struct slice rest = text, host;
	size_t mark = 0;

	while (mark + 3 <= text.size &&
	       !slice_is((struct slice){ text.at + mark, 3 }, SLICE("://")))
		mark++;
	if (mark + 3 <= text.size)
		rest = slice_from(text, mark + 3);
	host = slice_cut(rest, '/', &rest);
	if (host.size > 4 &&
	    slice_is(slice_from(host, host.size - 4), SLICE(":443")))
		host.size -= 4;
	(void)snprintf(out, CHANNEL_ORIGIN_SIZE, "https://%.*s", (int)host.size,
		       host.at);
	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!is_origin(slice_of(out)))
		out[0] = '\0';
}

static void take_origin(struct yaml_reader *reader, node *at, void *target)
{
	struct model_channel *channel = target;
	struct slice text = yaml_text(reader, at);
	char meant[CHANNEL_ORIGIN_SIZE];

	if (channel->origin_count == CHANNEL_ORIGINS_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d origins",
			   CHANNEL_ORIGINS_MAX);
		return;
	}
	if (is_origin(text) && text.size < CHANNEL_ORIGIN_SIZE) {
		yaml_copy(reader, at, channel->origins[channel->origin_count++],
			  CHANNEL_ORIGIN_SIZE);
		return;
	}
	mend_origin(text, meant);
	yaml_fault(reader, at, "E-ORIGIN",
		   "an origin is https:// and a host, with a port if it is "
		   "another than 443, and nothing after it%s%s%s",
		   meant[0] ? "; did you mean \"" : "", meant,
		   meant[0] ? "\"?" : "");
}

static void take_origins(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_origin, target);
}

/* Ids stand in letters and addresses of pages. */
static void take_queue_id(struct yaml_reader *reader, node *at, void *target)
{
	struct model_queue *queue = target;

	yaml_name(reader, at, queue->id, sizeof(queue->id));
	if (queue->id[strspn(queue->id,
			     "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		yaml_fault(reader, at, "E-ID",
			   "the id of a queue has only small letters a to z, "
			   "digits and \"-\"; what people read is its label");
}

static const struct policy_key queue_keys[] = {
	{ .name = "id",
	  .required = true,
	  .shape = KEY_TEXT,
	  .take = take_queue_id },
	{ .name = "label",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_queue, label) },
	{ .name = NULL },
};

static void take_hours_item(struct yaml_reader *reader, node *at, void *target)
{
	struct model_channel *channel = target;

	policy_read_hours(reader, at, channel->hours, &channel->hours_count);
}

static void take_hours(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_hours_item, target);
}

static const char *const closed_words[] = { "holidays", "eves", NULL };

static void take_closed_item(struct yaml_reader *reader, node *at, void *target)
{
	struct model_channel *channel = target;
	int word = yaml_word(reader, at, closed_words);

	channel->closed_on_holidays |= word == 0;
	channel->closed_on_eves |= word == 1;
}

static void take_closed(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_closed_item, target);
}

static void take_exception_part(struct yaml_reader *reader, node *at,
				void *target)
{
	struct model_exception *exception = target;
	struct slice text = yaml_text(reader, at);
	struct model_hours part;

	if (exception->is_closed ||
	    (slice_is(text, SLICE("closed")) && exception->hours_count > 0)) {
		yaml_fault(reader, at, "E-HOURS",
			   "a day is closed or has hours, not both");
	} else if (slice_is(text, SLICE("closed"))) {
		exception->is_closed = true;
	} else if (!policy_read_times(text, &part)) {
		yaml_fault(reader, at, "E-HOURS",
			   "hours of one day are written like \"09:00-12:00\", "
			   "or closed");
	} else if (exception->hours_count == MODEL_PARTS_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY",
			   "at most %d times on one day", MODEL_PARTS_MAX);
	} else if (!policy_add_hours(exception->hours, &exception->hours_count,
				     part)) {
		yaml_fault(reader, at, "E-HOURS",
			   "these hours overlap with others of the same day: "
			   "state each time once");
	}
}

static void take_exception_hours(struct yaml_reader *reader, node *at,
				 void *target)
{
	yaml_each(reader, at, take_exception_part, target);
}

static const struct policy_key exception_keys[] = {
	{ .name = "date",
	  .required = true,
	  .shape = KEY_DATE,
	  KEY_AT(struct model_exception, date) },
	{ .name = "hours",
	  .required = true,
	  .shape = KEY_TIMES,
	  .take = take_exception_hours },
	{ .name = NULL },
};

static void take_exception(struct yaml_reader *reader, node *at, void *target)
{
	struct model_channel *channel = target;
	struct model_exception *exception;

	if (channel->exception_count == MODEL_EXCEPTIONS_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY",
			   "at most %d exceptional days", MODEL_EXCEPTIONS_MAX);
		return;
	}
	exception = &channel->exceptions[channel->exception_count++];
	exception->line = yaml_line(at);
	policy_take(reader, at, exception_keys, exception);
	for (struct model_exception *other = channel->exceptions;
	     other < exception; other++)
		if (exception->date && exception->date == other->date)
			yaml_fault(reader, at, "E-TWICE",
				   "this day is listed twice, first on line %d",
				   other->line);
}

static void take_exceptions(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_exception, target);
}

const struct policy_key policy_channel_keys[] = {
	{ .name = "origins", .shape = KEY_ORIGINS, .take = take_origins },
	{ .name = "queues",
	  .required = true,
	  .shape = KEY_LIST,
	  .keys = queue_keys,
	  .max = CHANNEL_QUEUES_MAX,
	  .what = "queue",
	  .id_at = offsetof(struct model_queue, id),
	  KEY_EACH(struct model_channel, queues, queue_count) },
	{ .name = "hours",
	  .required = true,
	  .shape = KEY_HOURS,
	  .take = take_hours },
	{ .name = "closed",
	  .shape = KEY_WORDS,
	  .words = closed_words,
	  .take = take_closed },
	{ .name = "exceptions",
	  .shape = KEY_LIST,
	  .keys = exception_keys,
	  .take = take_exceptions },
	{ .name = NULL },
};
