/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cli/dates.h"
#include "cli/say.h"
#include "notice/civil.h"
#include "register/register.h"

enum { ADDRESSES_MAX = 1 << 16 };

const char *door_place(const char *told)
{
	const char *run = getenv("TALLENNE_RUN");

	if (told)
		return told;
	return run && run[0] != '\0' ? run : "/run/tallenne";
}

int door_go(const char *run, const char *room)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	OWNED(drop_fd) int top = -1;
	OWNED(drop_fd) int doors = -1;
	OWNED(drop_fd) int end = -1;

	top = open(door_place(run), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return -errno;
	doors = openat(top, "doors", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (doors < 0)
		return -errno;
	/* Through the open directory, so that long paths fit as well. */
	(void)snprintf(at.sun_path, sizeof(at.sun_path),
		       "/proc/self/fd/%d/%s.door", doors, room);
	end = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (end < 0)
		return -errno;
	if (connect(end, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return GIVE_FD(end);
}

int door_enter(const char *run, const char *room)
{
	int r = door_go(run, room);

	if (r >= 0)
		return r;
	if (r == -EACCES || r == -EPERM)
		say_error("the %s's door in %s is not for you: %s - try as "
			  "root",
			  room, door_place(run), strerror(-r));
	else
		say_error("the %s does not answer in %s: %s - is the service "
			  "running? (--run DIR, TALLENNE_RUN)",
			  room, door_place(run), strerror(-r));
	return r;
}

void door_use_zone(int register_end, char *ret_name)
{
	struct door_zone ask = {
		.head = { .type = DOOR_ZONE, .size = sizeof(ask) },
	};
	struct door_zone answer = { .zone = "UTC" };
	struct civil_zone *zone = NULL;
	int r = line_ask(register_end, &ask.head, NULL, &answer.head, DOOR_ZONE,
			 sizeof(answer), NULL, DOOR_WAIT_MS);

	answer.zone[sizeof(answer.zone) - 1] = '\0';
	if (r < 0 || civil_zone_load(answer.zone, &zone) < 0)
		(void)snprintf(answer.zone, sizeof(answer.zone), "UTC");
	/* Kept to the end of the command: it is what dates are told in. */
	dates_use(zone);
	if (ret_name)
		(void)snprintf(ret_name, DOOR_ZONE_SIZE, "%s", answer.zone);
}

int door_ask(int end, struct letter *ask, const struct letter_fds *fds,
	     struct letter *answer, uint16_t type, size_t size, int wait_ms)
{
	int r = line_ask(end, ask, fds, answer, type, size, NULL, wait_ms);

	if (r == -ETIMEDOUT)
		say_error("no answer in time - try again");
	else if (r == -EPIPE)
		say_error("the room hung up - is it of the same version?");
	else if (r < 0)
		say_error("the answer is not understood: %s", strerror(-r));
	return r;
}

int door_address(const char *run, const char *what, char out[DOOR_ADDRESS_SIZE])
{
	OWNED(drop_fd)
	int top = open(door_place(run), O_PATH | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int fd = -1;
	OWNED(drop_memory) char *text = NULL;
	struct slice rest;
	size_t size;

	/* A line each: "siprec.tcp 192.0.2.1:5060". */
	if (top >= 0)
		fd = openat(top, "addresses", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, ADDRESSES_MAX, &text, &size) < 0)
		return -ENOENT;
	rest = (struct slice){ text, size };
	while (rest.size > 0) {
		struct slice address;
		struct slice line = slice_cut(rest, '\n', &rest);

		if (slice_is(slice_cut(line, ' ', &address), slice_of(what)))
			return slice_text(address, out, DOOR_ADDRESS_SIZE);
	}
	return -ENOENT;
}

int door_pour(int from, int to)
{
	char part[65536];

	for (;;) {
		ssize_t got = read(from, part, sizeof(part));
		ssize_t done = 0;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		while (done < got) {
			ssize_t put =
				write(to, part + done, (size_t)(got - done));

			if (put < 0 && errno != EINTR)
				return -errno;
			if (put > 0)
				done += put;
		}
	}
}
