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
#include "house/spool.h"
#include "house/stand.h"

enum {
	CONFIG_SIZE_MAX = 1 << 20,
	FAULTS_MAX = 32,
	FAULT_SIZE = 400,
	TICK_MS = 1000,
	EXIT_USAGE = 2,
	EXIT_PROBLEMS = 3,
};

struct house {
	const char *config_path;
	struct config *config;
	struct loop *loop;
	struct keep *keep;
	struct give *give;
	struct house_spool *spool;
	int ready_fd; /* told "ready\n" once, or -1 */
	char *stand;  /* what was told of the rooms last */
};

static int read_file(const char *path, char **ret_text, size_t *ret_size)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return file_read(fd, CONFIG_SIZE_MAX, ret_text, ret_size);
}

/* One reading of configuration and policy: how it tells what is wrong, and
 * what came of it. */
struct reading {
	bool checks;  /* is all there is to do: warnings of the text as well */
	bool is_text; /* for people; else lines of the log */
	char fault[FAULT_SIZE];		 /* the first error, or empty */
	char policy[PATH_MAX];		 /* where it lies */
	char sha256[NOTICE_SHA256_SIZE]; /* of it */
};

static struct reading reading_begin(bool checks)
{
	return (struct reading){
		.checks = checks,
		.is_text = checks || isatty(STDERR_FILENO),
	};
}

static void FORMAT(3, 4)
	tell(struct reading *reading, bool is_error, const char *format, ...)
{
	char text[FAULT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (reading->is_text)
		fprintf(stderr, "%s: %s\n", is_error ? "error" : "warning",
			text);
	else if (is_error)
		log_error("config", "%s", text);
	else
		log_warn("config", "%s", text);
	if (is_error && reading->fault[0] == '\0')
		memcpy(reading->fault, text, sizeof(text));
}

static void tell_faults(struct reading *reading, const char *path,
			const struct notice_fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tell(reading, faults[i].code[0] == 'E', "%s:%d: %s: %s", path,
		     faults[i].line, faults[i].code, faults[i].text);
}

static int load_config(const char *path, struct reading *reading,
		       struct config **ret_config)
{
	struct notice_fault faults[FAULTS_MAX];
	size_t count = COUNT(faults), size;
	OWNED(drop_memory) char *text = NULL;
	int r = read_file(path, &text, &size);

	if (r < 0) {
		tell(reading, true, "%s: %s", path, strerror(-r));
		return r;
	}
	r = config_read((struct slice){ text, size }, faults, &count,
			ret_config);
	if (r != -ENOMEM)
		tell_faults(reading, path, faults, count);
	return r;
}

/* Check the policy and open it for the rooms. */
static int load_policy(const char *path, struct reading *reading, int *ret_fd)
{
	struct notice_fault faults[FAULTS_MAX];
	size_t count = COUNT(faults), told = 0, size;
	OWNED(drop_memory) char *text = NULL;
	struct policy *policy = NULL;
	int r = read_file(path, &text, &size);

	if (r < 0) {
		tell(reading, true,
		     "%s: %s; without a policy nothing is recorded, start "
		     "from the example (notice/example.yaml)",
		     path, strerror(-r));
		return r;
	}
	r = policy_read((struct slice){ text, size }, faults, &count, &policy);
	if (r == 0) {
		/* What the text alone tells is for those who check it. */
		told = reading->checks ? 0 : count;
		r = policy_settle(policy, clock_now(&clock_system), faults,
				  COUNT(faults), &count);
		memcpy(reading->sha256, policy_sha256(policy),
		       sizeof(reading->sha256));
	}
	policy_free(policy);
	(void)snprintf(reading->policy, sizeof(reading->policy), "%s", path);
	if (r != -ENOMEM)
		tell_faults(reading, path, faults + told, count - told);
	if (r < 0)
		return r;
	/* A copy, so that every room reads what was checked. */
	r = file_of("policy", text, size);
	if (r < 0)
		return r;
	*ret_fd = r;
	return 0;
}

static int load(const char *path, struct reading *reading,
		struct config **ret_config, int *ret_policy)
{
	struct settings *house = NULL;
	int r = load_config(path, reading, ret_config);

	if (r < 0)
		return r;
	r = config_settings_of(*ret_config, "house", &house);
	if (r == 0)
		r = load_policy(setting(house, "policy"), reading, ret_policy);
	settings_free(house);
	if (r < 0) {
		config_free(*ret_config);
		*ret_config = NULL;
	}
	return r;
}

static int check(const char *path)
{
	struct reading reading = reading_begin(true);
	struct config *config = NULL;
	int policy = -1;

	if (load(path, &reading, &config, &policy) < 0)
		return EXIT_PROBLEMS;
	config_free(config);
	(void)close(policy);
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
		       reading->policy);
	r = give_tell(house->give, "policy", text);
	if (r == 0)
		r = give_tell(house->give, "reload-refused", NULL);
	if (r < 0)
		log_warn("standing", "cannot be written down: %s",
			 strerror(-r));
}

static void tell_refusal(struct house *house, const struct reading *reading)
{
	char text[FAULT_SIZE + CLOCK_TEXT_SIZE + 2], when[CLOCK_TEXT_SIZE];
	int r;

	clock_text(clock_now(&clock_system), when);
	(void)snprintf(text, sizeof(text), "%s %s\n", when, reading->fault);
	r = give_tell(house->give, "reload-refused", text);
	if (r < 0)
		log_warn("standing", "cannot be written down: %s",
			 strerror(-r));
}

/* Check first, then swap; what does not pass changes nothing. */
static void reload(struct house *house)
{
	struct reading reading = reading_begin(false);
	struct config *config = NULL;
	int policy = -1, r;

	notify_manager("RELOADING=1");
	if (load(house->config_path, &reading, &config, &policy) < 0) {
		tell_refusal(house, &reading);
		log_error("reload", "the new configuration or policy is wrong; "
				    "going on with the old one");
		notify_manager("READY=1");
		return;
	}
	r = give_reload(house->give, house->keep, config, policy);
	if (r < 0)
		log_error("reload", "not every room was told: %s",
			  strerror(-r));
	config_free(house->config);
	house->config = config;
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
	struct reading reading = reading_begin(false);
	struct settings *settings = NULL;
	int policy = -1, count, r;

	if (programs < 0)
		return programs;
	r = load(house->config_path, &reading, &house->config, &policy);
	if (r < 0)
		return r;
	count = media_count(house->config);
	r = config_settings_of(house->config, "house", &settings);
	if (r == 0)
		r = loop_new(&house->loop);
	if (r == 0)
		r = keep_new(house->loop, count, setting(settings, "users"),
			     programs, &face, house, &house->keep);
	if (r == 0)
		r = give_new(house->config, policy, count, house->keep,
			     &house->give);
	if (r == 0)
		r = give_spool_dir(house->give);
	if (r >= 0)
		r = house_spool_new(r, &house->spool);
	if (r == 0)
		r = give_write_addresses(house->give);
	if (r == 0)
		tell_standing(house, &reading);
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
		log_error("start", "cannot go on: %s", strerror(-r));
	free(house.stand);
	keep_free(house.keep);
	give_free(house.give);
	house_spool_free(house.spool);
	config_free(house.config);
	loop_free(house.loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
