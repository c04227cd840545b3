/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Time is a setting of the rooms that keep end dates (clock_ahead_s). The
 * demo's own configuration is written anew with it, and the house told to
 * read it; then what is due is erased at once.
 */
#include "cli/demo/warp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "cli/demo/place.h"
#include "cli/door.h"
#include "cli/figures.h"
#include "cli/say.h"
#include "register/register.h"

enum {
	DAY_S = 86400,
	/* The demo's vault has keys for so long (vault.horizon_days). */
	DAYS_MAX = 1100,
	CONFIG_MAX = 1 << 16,
	WAIT_MS = 30000,
	LOOK_MS = 100,
	SWEEPS_MAX = 200, /* 40 keys each of days on which nothing ends */
};

static const char ahead_key[] = ", clock_ahead_s: ";

/* Calendar months, as a person counts them; the last day if it is missing. */
static time_t add_months(time_t now, int months)
{
	struct tm at, wanted;
	time_t then;

	gmtime_r(&now, &at);
	wanted = at;
	wanted.tm_mon += months;
	then = timegm(&wanted);
	if (wanted.tm_mday != at.tm_mday) /* ran over into the next month */
		then -= (time_t)wanted.tm_mday * DAY_S;
	return then;
}

/* How many seconds a period such as "7mo" is from now on. */
static int read_period(const char *text, int64_t *ret_s)
{
	time_t now = (time_t)clock_seconds(&clock_system), then;
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	uint64_t number;

	if (slice_number((struct slice){ text, digits }, DAYS_MAX, &number) < 0)
		return -EINVAL;
	if (!strcmp(unit, "d"))
		then = now + (time_t)number * DAY_S;
	else if (!strcmp(unit, "mo"))
		then = add_months(now, (int)number);
	else if (!strcmp(unit, "y"))
		then = add_months(now, 12 * (int)number);
	else
		return -EINVAL;
	if (then <= now || then - now > (time_t)DAYS_MAX * DAY_S)
		return -ERANGE;
	*ret_s = then - now;
	return 0;
}

/* The demo's directory: above its run directory. */
static int open_place(const char *run)
{
	OWNED(drop_fd)
	int below = open(door_place(run), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = below < 0 ? -1
			   : openat(below, "..",
				    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* How far ahead a line of the configuration says it is; 0: not at all. */
static int64_t ahead_of(const char *config)
{
	const char *at = strstr(config, ahead_key);

	return at ? strtoll(at + strlen(ahead_key), NULL, 10) : 0;
}

/* The configuration with another time in the two rooms that have one. */
static int write_ahead(const char *config, int64_t seconds, char **ret_text,
		       size_t *ret_size)
{
	FILE *out = open_memstream(ret_text, ret_size);
	struct slice rest = slice_of(config);
	int changed = 0;

	if (!out)
		return -ENOMEM;
	while (rest.size > 0) {
		struct slice line = slice_cut(rest, '\n', &rest);
		bool ours = slice_starts_nocase(line, SLICE("  origin:")) ||
			    slice_starts_nocase(line, SLICE("register:"));
		const char *end =
			ours ? memrchr(line.at, '}', line.size) : NULL;
		const char *old = end ? memmem(line.at, line.size, ahead_key,
					       strlen(ahead_key))
				      : NULL;

		if (!end) {
			fprintf(out, "%.*s\n", (int)line.size, line.at);
			continue;
		}
		fprintf(out, "%.*s%s%" PRId64 "}\n",
			(int)((old ? old : end) - line.at), line.at, ahead_key,
			seconds);
		changed++;
	}
	if (fclose(out) != 0)
		return -ENOMEM;
	return changed == 2 ? 0 : -EBADMSG;
}

static int read_config(int place, char **ret_text)
{
	OWNED(drop_fd)
	int fd = openat(place, "tallenne.yaml", O_RDONLY | O_CLOEXEC);
	size_t size;
	int r = fd < 0 ? -errno : file_read(fd, CONFIG_MAX, ret_text, &size);

	/* Nobody's real service is moved through time. */
	if (r == 0 && !strstr(*ret_text, "origin: demo.invalid/audit"))
		r = -ENOENT;
	return r;
}

static int change_config(int place, int64_t seconds)
{
	OWNED(drop_memory) char *before = NULL, *after = NULL;
	size_t size = 0;
	int r = read_config(place, &before);

	if (r < 0) {
		say_error("there is no demo here: start one with \"tallenne "
			  "demo\", and set TALLENNE_RUN as it says");
		return r;
	}
	if (ahead_of(before) > seconds) {
		say_error("this demo is further ahead already: time does not "
			  "run backwards");
		return -EINVAL;
	}
	r = write_ahead(before, seconds, &after, &size);
	(void)unlinkat(place, "tallenne.yaml.new", 0);
	if (r == 0)
		r = place_write(place, "tallenne.yaml.new", after, size);
	if (r == 0 &&
	    renameat(place, "tallenne.yaml.new", place, "tallenne.yaml") < 0)
		r = -errno;
	if (r < 0)
		say_error("the demo's configuration: %s", strerror(-r));
	return r;
}

/* Who opened the door: the house, whichever room stands behind it. */
static int tell_house(int door)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(door, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return -errno;
	return who.pid > 1 && kill(who.pid, SIGHUP) == 0 ? 0 : -errno;
}

static int ask_sweep(int door, bool dry, struct door_sweep *ret_sweep)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
		.dry_run = dry,
	};

	return line_ask(door, &ask.head, NULL, &ret_sweep->head, DOOR_SWEEP,
			sizeof(*ret_sweep), NULL, DOOR_LONG_WAIT_MS);
}

/* Until the register lives in the new time. */
static int wait_for_time(int door, int64_t then)
{
	struct door_sweep now = { .as_of = 0 };
	int r = 0;

	for (int waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
		r = ask_sweep(door, true, &now);
		if (r < 0 || now.as_of >= then)
			return r;
		(void)poll(NULL, 0, LOOK_MS);
	}
	return -ETIMEDOUT;
}

/*
 * Erase what is due, until nothing is: a sweep that is joined may have begun
 * in the time before, and the vault may be a moment behind. And until no key
 * of a day on which nothing ends is left, which a sweep destroys a few of.
 */
static int sweep_all(int door, struct door_sweep *ret_all)
{
	struct door_sweep one = { .result = 0 }, due = { .result = 0 };
	int r = 0;

	*ret_all = (struct door_sweep){ .result = 0 };
	for (int i = 0; i < SWEEPS_MAX; i++) {
		r = ask_sweep(door, false, &one);
		if (r == 0)
			r = ask_sweep(door, true, &due);
		if (r < 0)
			return r;
		ret_all->recordings += one.recordings;
		ret_all->chats += one.chats;
		ret_all->contacts += one.contacts;
		ret_all->keys += one.keys;
		if (due.recordings + due.chats + due.contacts > 0)
			(void)poll(NULL, 0, LOOK_MS);
		else if (one.keys == 0)
			return 0;
	}
	return one.result < 0 ? one.result : -ETIMEDOUT;
}

static void tell(int64_t then, const struct door_sweep *gone,
		 const struct desk_figures *left)
{
	const time_t at = (time_t)then;
	struct tm day;

	gmtime_r(&at, &day);
	printf("It is %d.%d.%d in the demo.\n"
	       "  erased     %" PRIu64 " recordings of calls, %" PRIu64
	       " contents of chats, %" PRIu64 " contacts; %" PRIu64
	       " keys destroyed\n"
	       "  there are  %" PRIu64 " recordings of calls, %" PRIu64
	       " contents of chats, %" PRIu64 " contacts\n",
	       day.tm_mday, day.tm_mon + 1, day.tm_year + 1900,
	       gone->recordings, gone->chats, gone->contacts, gone->keys,
	       left->recordings, left->stored_chats,
	       left->contacts + left->chats);
}

static int move(int place, int door, int64_t seconds)
{
	const int64_t then = clock_seconds(&clock_system) + seconds;
	struct desk_figures left;
	struct door_sweep gone = { .result = 0 };
	int r = change_config(place, seconds);

	if (r < 0)
		return r;
	r = tell_house(door);
	if (r == 0)
		r = wait_for_time(door, then);
	if (r == 0)
		r = sweep_all(door, &gone);
	if (r == 0)
		r = figures_ask(door, &left);
	if (r < 0)
		say_error("the demo did not follow: %s", strerror(-r));
	else
		tell(then, &gone, &left);
	return r;
}

int warp_demo(const char *run, const char *period)
{
	OWNED(drop_fd) int place = -1;
	OWNED(drop_fd) int door = -1;
	int64_t seconds;
	int r = read_period(period, &seconds);

	if (r < 0) {
		say_error("%s: a period is 7mo, 2y or 10d, at most %d days",
			  period, DAYS_MAX);
		return EXIT_USAGE;
	}
	door = door_enter(run, "register");
	if (door < 0)
		return EXIT_LATER;
	place = open_place(run);
	if (place < 0) {
		say_error("%s: %s", door_place(run), strerror(-place));
		return EXIT_ERROR;
	}
	r = move(place, door, seconds);
	return r == 0 ? EXIT_OK : r == -EINVAL ? EXIT_USAGE : EXIT_ERROR;
}
