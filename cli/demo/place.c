/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/demo/place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "base/claim.h"
#include "cli/demo/policy.h"
#include "cli/house.h"

enum {
	RTP_PORTS = 400,
	/* Below the ports that Linux hands out to anybody. */
	RTP_FIRST = 10000,
	RTP_LAST = 32000,
	TRIES = 100,
	STOP_WAIT_MS = 20000,
};

int place_write(int dir, const char *name, const char *text, size_t size)
{
	OWNED(drop_fd)
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);

	return fd < 0 ? -errno : file_write_at(fd, text, size, 0);
}

static bool is_free(uint16_t port, int type)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	OWNED(drop_fd) int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	const int yes = 1;

	/* What the last demo left in TIME_WAIT does not count. */
	return fd >= 0 &&
	       (type != SOCK_STREAM || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR,
						  &yes, sizeof(yes)) == 0) &&
	       bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;
}

static bool are_free(uint16_t first, uint16_t count)
{
	/* Another recorder hears ports that nobody seems to have. */
	OWNED(drop_fd) int claim = claim_ports("127.0.0.1", first, count);

	if (claim < 0)
		return false;
	for (uint16_t i = 0; i < count; i++)
		if (!is_free((uint16_t)(first + i), SOCK_DGRAM))
			return false;
	/* SIP wants its one port for datagrams and for streams. */
	return count > 1 || is_free(first, SOCK_STREAM);
}

bool place_is_free(uint16_t port)
{
	return is_free(port, SOCK_DGRAM) && is_free(port, SOCK_STREAM);
}

/* The first port of a block nobody uses; 0 if there seems to be none. */
static uint16_t find_ports(uint16_t count)
{
	for (int i = 0; i < TRIES; i++) {
		uint16_t dice, first;

		if (getrandom(&dice, sizeof(dice), 0) != sizeof(dice))
			return 0;
		first = (uint16_t)(RTP_FIRST + dice % (RTP_LAST - RTP_FIRST));
		first &= (uint16_t)~1U;
		if (are_free(first, count))
			return first;
	}
	return 0;
}

static const char config_format[] =
	"house:\n"
	"  state: %1$s/state\n"
	"  run: %1$s/run\n"
	"  policy: %1$s/policy.yaml\n"
	"  rtp: {address: 127.0.0.1, first_port: %2$u, port_count: %3$d}\n"
	"siprec:\n"
	"  listen: {udp: [\"127.0.0.1:%4$u\"], tcp: [\"127.0.0.1:%4$u\"]}\n"
	"  clients: [{name: demo, address: 127.0.0.1}]\n"
	"vault: {unlock: file, passphrase: %1$s/passphrase, node: demo,\n"
	"  origin: demo.invalid/audit, unlock_memory_mib: 64%6$s}\n"
	"register: {direct_codes: true, reader_names: true%6$s}\n"
	"desk: {listen: [\"127.0.0.1:%5$u\"], organisation: Demo}\n"
	"counter: {listen: [\"127.0.0.1:%7$u\"], demo_site: true}\n"
	"agents:\n"
	"  - {id: agent-1, name: Agent 1, number: \"+358295550901\",\n"
	"     sip: agent1@pbx.example}\n"
	"  - {id: agent-2, name: Agent 2, number: \"+358295550902\",\n"
	"     sip: agent2@pbx.example}\n";

static int write_config(const struct place_wishes *wishes, struct place *place)
{
	OWNED(drop_memory) char *config = NULL;
	uint16_t ports = find_ports(RTP_PORTS);
	uint16_t sip_port = wishes->sip_port ? wishes->sip_port : find_ports(1);
	char ahead[64] = "";
	int size;

	if (ports == 0 || sip_port == 0)
		return -EADDRINUSE;
	if (wishes->ahead_s > 0)
		snprintf(ahead, sizeof(ahead), ", clock_ahead_s: %lld",
			 (long long)wishes->ahead_s);
	size = asprintf(&config, config_format, place->path, ports, RTP_PORTS,
			sip_port, wishes->web_port, ahead, wishes->chat_port);
	if (size < 0)
		return -ENOMEM;
	return place_write(place->dir, "tallenne.yaml", config, (size_t)size);
}

int place_make(const struct place_wishes *wishes, struct place *place)
{
	const char *parent = getenv("TMPDIR");
	uint8_t secret[16];
	char passphrase[2 * sizeof(secret) + 1];
	int r;

	*place = (struct place){ .dir = -1, .ready = -1 };
	if ((size_t)snprintf(place->path, sizeof(place->path),
			     "%s/tallenne-demo-XXXXXX",
			     parent ? parent : "/tmp") >= sizeof(place->path))
		return -ENAMETOOLONG;
	if (!mkdtemp(place->path))
		return -errno;
	/* Rooms run as users of their own and must be able to pass. */
	if (chmod(place->path, 0711) < 0)
		return -errno;
	place->dir = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->dir < 0)
		return -errno;

	if (getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		return -EIO;
	hex_text(secret, sizeof(secret), passphrase);
	r = place_write(place->dir, "passphrase", passphrase,
			sizeof(passphrase) - 1);
	explicit_bzero(passphrase, sizeof(passphrase));
	explicit_bzero(secret, sizeof(secret));
	if (r == 0)
		r = policy_write(place->dir);
	if (r == 0)
		r = write_config(wishes, place);
	return r;
}

static void become_house(const struct place *place, const char *program,
			 int ready)
{
	char config[PLACE_PATH_SIZE + 32], number[16];
	int log =
		openat(place->dir, "log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	int nothing = open("/dev/null", O_RDONLY);

	snprintf(config, sizeof(config), "%s/tallenne.yaml", place->path);
	snprintf(number, sizeof(number), "%d", ready);
	/* A group of its own: Ctrl-C is for us, and we tell the house. */
	if (setpgid(0, 0) < 0 || log < 0 || nothing < 0 ||
	    dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0 || fcntl(ready, F_SETFD, 0) < 0)
		_exit(126);
	(void)execl(program, "tallenne-house", "--config", config, "--ready-fd",
		    number, (char *)NULL);
	_exit(127);
}

/* "siprec.udp 127.0.0.1:25060" and so on, a line each. */
static int read_addresses(struct place *place)
{
	OWNED(drop_fd)
	int fd = openat(place->dir, "run/addresses", O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct slice rest;
	size_t size;
	int r = fd < 0 ? -errno : file_read(fd, 1 << 16, &text, &size);

	if (r < 0)
		return r;
	rest = (struct slice){ text, size };
	while (r == 0 && rest.size > 0) {
		struct slice address;
		struct slice line = slice_cut(rest, '\n', &rest);
		struct slice word = slice_cut(line, ' ', &address);

		if (slice_is(word, SLICE("siprec.udp")))
			r = slice_text(address, place->sip, sizeof(place->sip));
		else if (slice_is(word, SLICE("desk.web")))
			r = slice_text(address, place->web, sizeof(place->web));
		else if (slice_is(word, SLICE("counter.web")))
			r = slice_text(address, place->chat,
				       sizeof(place->chat));
	}
	return r < 0 || !place->sip[0] || !place->web[0] || !place->chat[0]
		       ? -EBADMSG
		       : 0;
}

int place_start(struct place *place, int wait_ms)
{
	char program[PATH_MAX], word[8] = "";
	struct pollfd ready = { .events = POLLIN };
	int ends[2], r = 0;

	if (!house_find("tallenne-house", program))
		return -ENOENT;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	place->house = fork();
	if (place->house < 0) {
		r = -errno;
		place->house = 0;
	} else if (place->house == 0) {
		become_house(place, program, ends[1]);
	}
	(void)close(ends[1]);
	place->ready = ends[0];
	if (r < 0)
		return r;

	ready.fd = place->ready;
	r = poll(&ready, 1, wait_ms);
	if (r < 0)
		return -errno;
	if (r == 0)
		return -ETIMEDOUT;
	if (read(place->ready, word, sizeof(word)) <= 0)
		return -ECHILD;
	return read_addresses(place);
}

int place_door(const struct place *place, const char *room)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	OWNED(drop_fd)
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(at.sun_path, sizeof(at.sun_path),
		 "/proc/self/fd/%d/run/doors/%s.door", place->dir, room);
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return GIVE_FD(fd);
}

static int remove_one(const char *path, const struct stat *about, int kind,
		      struct FTW *where)
{
	(void)about, (void)kind, (void)where;
	(void)remove(path);
	return 0;
}

static void stop_house(struct place *place)
{
	int status, waited_ms = 0;

	(void)kill(place->house, SIGTERM);
	while (waitpid(place->house, &status, WNOHANG) == 0) {
		(void)poll(NULL, 0, 20);
		waited_ms += 20;
		if (waited_ms > STOP_WAIT_MS) {
			(void)kill(place->house, SIGKILL);
			(void)waitpid(place->house, &status, 0);
			break;
		}
	}
	place->house = 0;
}

void place_end(struct place *place, bool keeps_directory)
{
	if (place->house > 0)
		stop_house(place);
	drop_fd(&place->ready);
	drop_fd(&place->dir);
	if (place->path[0] && !keeps_directory)
		(void)nftw(place->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
