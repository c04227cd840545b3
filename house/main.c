/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The parent of all rooms: tallenne-house --config FILE
 *
 * Reads and checks configuration and policy, opens what the rooms need,
 * starts them, and from then on only hands things out, starts anew what
 * ended, and waits for signals: TERM and INT stop (twice: at once), HUP
 * reads configuration and policy anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/bytes.h"
#include "base/log.h"
#include "house/config.h"
#include "house/give.h"
#include "house/keep.h"
#include "house/places.h"
#include "house/reading.h"
#include "house/spool.h"
#include "house/stand.h"

enum {
	TICK_MS = 1000,
	EXIT_USAGE = 2,
	EXIT_PROBLEMS = 3,
};

struct house {
	const char *config_path;
	struct reading reading; /* what holds */
	struct loop *loop;
	struct keep *keep;
	struct give *give;
	struct house_spool *spool;
	int ready_fd; /* told "ready\n" once, or -1 */
	char *stand;  /* what was told of the rooms last */
};

static int check(const char *path)
{
	struct reading reading;
	int r = reading_do(path, true, &reading);

	reading_drop(&reading);
	if (r < 0)
		return EXIT_PROBLEMS;
	printf("%s: good\n", path);
	return EXIT_SUCCESS;
}

static int furnish(void *self, struct keep_process *process)
{
	struct house *house = self;
	int r = give_furnish(house->give, house->keep, process);

	if (r == 0)
		house_spool_furnish(house->spool, house->keep, process);
	return r;
}

static void want(void *self, struct keep_process *process, const char *word,
		 uint64_t number)
{
	struct house *house = self;

	if (!strncmp(word, "spool", 5))
		house_spool_want(house->spool, house->keep, process, word,
				 number);
	else if (process->room == HOUSE_ROOM_chat && !strcmp(word, "journal"))
		give_journal(house->give, process, number);
}

static void take_gift(void *self, struct keep_process *process,
		      const char *word, uint64_t number, int fd)
{
	struct house *house = self;

	(void)number;
	if (process->room == HOUSE_ROOM_vault && !strcmp(word, "keys"))
		give_keys(house->give, house->keep, fd);
	else if (process->room == HOUSE_ROOM_vault &&
		 !strcmp(word, "checkpoint"))
		give_checkpoint(house->give, house->keep, fd);
	else
		(void)close(fd);
}

static void ended(void *self, struct keep_process *process)
{
	struct house *house = self;

	house_spool_ended(house->spool, house->keep, process);
}

/* sd_notify(3) is one datagram; a library for it would be larger. */
static void notify_manager(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	OWNED(drop_fd) int fd = -1;
	size_t size;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	size = strlen(path);
	if (size >= sizeof(at.sun_path))
		return;
	memcpy(at.sun_path, path, size);
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)!sendto(
			fd, state, strlen(state), MSG_NOSIGNAL,
			(const struct sockaddr *)&at,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    size));
}

static void all_ready(void *self)
{
	struct house *house = self;

	log_info("ready", "all rooms serve");
	notify_manager("READY=1");
	if (house->ready_fd >= 0)
		(void)!write(house->ready_fd, "ready\n", 6);
	drop_fd(&house->ready_fd);
}

static const struct keep_face face = {
	.furnish = furnish,
	.want = want,
	.give = take_gift,
	.ended = ended,
	.all_ready = all_ready,
};

/* What holds now, for "tallenne doctor"; nothing hangs on it. */
static void tell_standing(struct house *house, const struct reading *reading)
{
	char text[PATH_MAX + NOTICE_SHA256_SIZE + 2];
	int r;

	(void)snprintf(text, sizeof(text), "%s %s\n", reading->sha256,
		       reading->policy_path);
	r = give_tell(house->give, "policy", text);
	if (r == 0)
		r = give_tell(house->give, "reload-refused", NULL);
	if (r < 0)
		log_warn("standing", "cannot be written down: %s",
			 strerror(-r));
}

static void tell_refusal(struct house *house, const struct reading *reading)
{
	char text[READING_FAULT_SIZE + CLOCK_TEXT_SIZE + 2],
		when[CLOCK_TEXT_SIZE];
	int r;

	clock_text(clock_now(&clock_system), when);
	(void)snprintf(text, sizeof(text), "%s %s\n", when, reading->fault);
	r = give_tell(house->give, "reload-refused", text);
	if (r < 0)
		log_warn("standing", "cannot be written down: %s",
			 strerror(-r));
}

/* What holds from now on is what must be superseded next. */
static void keep_policy(const struct reading *reading)
{
	int r = reading_keep(reading);

	if (r < 0)
		log_error("policy", "cannot be kept as the one that holds: %s",
			  strerror(-r));
}

/* Check first, then swap; what does not pass changes nothing. */
static void reload(struct house *house)
{
	struct reading reading;
	int r;

	notify_manager("RELOADING=1");
	if (reading_do(house->config_path, false, &reading) < 0) {
		tell_refusal(house, &reading);
		reading_drop(&reading);
		log_error("reload", "the new configuration or policy is wrong; "
				    "going on with the old one");
		notify_manager("READY=1");
		return;
	}
	keep_policy(&reading);
	r = give_reload(house->give, house->keep, &reading);
	if (r < 0)
		log_error("reload", "not every room was told: %s",
			  strerror(-r));
	reading_drop(&house->reading);
	house->reading = reading;
	tell_standing(house, &reading);
	log_info("reload", "configuration and policy were read anew");
	notify_manager("READY=1");
}

static void hear_signal(void *self, int fd, uint32_t events)
{
	struct signalfd_siginfo signal;
	struct house *house = self;

	(void)events;
	if (read(fd, &signal, sizeof(signal)) != sizeof(signal))
		return;
	switch (signal.ssi_signo) {
	case SIGCHLD:
		keep_reap(house->keep);
		break;
	case SIGHUP:
		reload(house);
		break;
	case SIGTERM:
	case SIGINT:
		notify_manager("STOPPING=1");
		keep_stop(house->keep);
		break;
	default:
		break;
	}
}

/* How the rooms stand, whenever that changed. */
static void tell_rooms(struct house *house)
{
	OWNED(drop_memory) char *text = NULL;

	if (stand_text(house->keep, &text) < 0 ||
	    (house->stand && !strcmp(text, house->stand)) ||
	    give_tell(house->give, "rooms", text) < 0)
		return; /* again in a second */
	free(house->stand);
	house->stand = text;
	text = NULL;
}

static void tick(void *self)
{
	struct house *house = self;

	house_spool_tick(house->spool, house->keep);
	tell_rooms(house);
	if (house->reading.changes_at &&
	    house->reading.changes_at <= clock_now(&clock_system)) {
		house->reading.changes_at = 0; /* tried once, then by people */
		reload(house);
	}
}

static int watch_signals(struct house *house)
{
	sigset_t signals;
	int fd, r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = loop_watch(house->loop, fd, EPOLLIN, hear_signal, house);
	if (r < 0)
		return r;
	r = loop_every(house->loop, TICK_MS, tick, house);
	return r < 0 ? r : 0;
}

static int media_count(const struct config *config)
{
	struct settings *settings;
	int64_t count = 0;

	if (config_settings_of(config, "house", &settings) == 0) {
		count = setting_number(settings, 0, "media_processes");
		settings_free(settings);
	}
	if (count <= 0)
		count = sysconf(_SC_NPROCESSORS_ONLN);
	return (int)(count < 1		      ? 1
		     : count > KEEP_MEDIA_MAX ? KEEP_MEDIA_MAX
					      : count);
}

static int serve(struct house *house)
{
	OWNED(drop_fd) int programs = places_programs();
	struct settings *settings = NULL;
	int count, r;

	if (programs < 0)
		return programs;
	r = reading_do(house->config_path, false, &house->reading);
	if (r < 0)
		return r;
	count = media_count(house->reading.config);
	r = config_settings_of(house->reading.config, "house", &settings);
	if (r == 0)
		r = loop_new(&house->loop);
	if (r == 0)
		r = keep_new(house->loop, count, setting(settings, "users"),
			     programs, &face, house, &house->keep);
	if (r == 0)
		r = give_new(&house->reading, count, house->keep, &house->give);
	if (r == 0)
		r = give_spool_dir(house->give);
	if (r >= 0)
		r = house_spool_new(r, &house->spool);
	if (r == 0)
		r = give_write_addresses(house->give);
	if (r == 0) {
		keep_policy(&house->reading);
		tell_standing(house, &house->reading);
	}
	if (r == 0)
		r = watch_signals(house);
	if (r == 0)
		r = keep_start(house->keep);
	if (r == 0)
		r = loop_run(house->loop);
	if (r == 0)
		log_info("stop", "all rooms have stopped");
	settings_free(settings);
	return r;
}

static int usage(FILE *out)
{
	fprintf(out, "usage: tallenne-house --config FILE [--ready-fd N]\n"
		     "       tallenne-house --check FILE\n"
		     "       tallenne-house --settings\n"
		     "See tallenne(1), \"tallenne serve\".\n");
	return out == stderr ? EXIT_USAGE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", required_argument, NULL, 'k' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "settings", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct house house = { .ready_fd = -1 };
	uint64_t number;
	int option, r;

	log_name("house");
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) >= 0)
		switch (option) {
		case 'c':
			house.config_path = optarg;
			break;
		case 'k':
			return check(optarg);
		case 'r':
			if (slice_number(slice_of(optarg), 1024, &number) < 0)
				return usage(stderr);
			house.ready_fd = (int)number;
			(void)fcntl(house.ready_fd, F_SETFD, FD_CLOEXEC);
			break;
		case 's':
			config_print_manual(stdout);
			return EXIT_SUCCESS;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	if (!house.config_path || optind < argc)
		return usage(stderr);

	(void)umask(0077);
	r = serve(&house);
	if (r < 0)
		log_error("start", "cannot go on: %s",
			  r == -EKEYREJECTED ? "the policy may not hold"
					     : strerror(-r));
	free(house.stand);
	keep_free(house.keep);
	give_free(house.give);
	house_spool_free(house.spool);
	reading_drop(&house.reading);
	loop_free(house.loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
