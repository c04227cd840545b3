/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * House and chat for counter alone:
 *
 *	counter_house COUNTER UI POLICY [SETTING VALUE]...
 *
 * starts COUNTER; "tls-chain FILE" and "tls-key FILE" among the settings are
 * handed over as files. It prints "URL http://127.0.0.1:PORT" and serves until its
 * standard input ends. Lines on standard input are those of
 * fake_chat_obey(), and "restart" (chat is away for half a second, and
 * forgets nothing), "away" and "back". Each is answered with what it has
 * to tell and "done".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/counters.h"
#include "base/room.h"
#include "fake_chat.h"

enum { AWAY_US = 500 * 1000, LINE_SIZE = 8192 };

static int control;
static struct fake_chat fake = { .line = -1 };

static void say(uint16_t type, const char *word, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
	};
	const struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	if (line_post(control, &letter.head, &fds, true) < 0) {
		fprintf(stderr, "the counter has ended\n");
		exit(1);
	}
}

static void say_file(const char *word, const char *path)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(1);
	}
	say(ROOM_FILE, word, fd);
}

static void say_nothing(const char *word)
{
	OWNED(drop_fd) int fd = memfd_create(word, MFD_CLOEXEC);

	if (fd < 0)
		exit(1);
	say(ROOM_FILE, word, fd);
}

static void say_line(void)
{
	int ends[2];

	if (line_open(ends) < 0)
		exit(1);
	say(ROOM_LINE, "chat", ends[1]);
	(void)close(ends[1]);
	fake_chat_begin(&fake, ends[0]);
}

static unsigned int say_web(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	OWNED(drop_fd)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, 512) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		exit(1);
	say(ROOM_FILE, "web", fd);
	return ntohs(address.sin_port);
}

static void say_counters(void)
{
	OWNED(drop_fd) int fd = memfd_create("counters", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(struct counter_page)) < 0)
		exit(1);
	say(ROOM_FILE, "counters", fd);
}

static void say_settings(int count, char **words)
{
	OWNED(drop_fd) int fd = memfd_create("settings", MFD_CLOEXEC);

	for (int i = 0; i + 1 < count; i += 2)
		if (!strncmp(words[i], "tls-", 4))
			say_file(words[i], words[i + 1]);
		else
			dprintf(fd, "%s\t%s\n", words[i], words[i + 1]);
	say(ROOM_FILE, "settings", fd);
}

static void start(const char *program)
{
	int ends[2];

	if (line_open(ends) < 0)
		exit(1);
	if (fork() == 0) {
		if (dup2(ends[1], ROOM_CONTROL_FD) < 0 ||
		    fcntl(ROOM_CONTROL_FD, F_SETFD, 0) < 0)
			_exit(1);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	control = ends[0];
}

static void obey(char *words)
{
	if (!strcmp(words, "restart") || !strcmp(words, "away"))
		drop_fd(&fake.line);
	if (!strcmp(words, "restart"))
		(void)usleep(AWAY_US);
	if (!strcmp(words, "restart") || !strcmp(words, "back"))
		say_line();
	fake_chat_obey(&fake, words);
	printf("done\n");
	(void)fflush(stdout);
}

static void hear_people(void)
{
	static char words[LINE_SIZE];
	static size_t size;
	ssize_t got = read(STDIN_FILENO, words + size, sizeof(words) - size);
	char *end;

	if (got <= 0) {
		say(ROOM_STOP, "", -1);
		exit(0);
	}
	size += (size_t)got;
	while ((end = memchr(words, '\n', size))) {
		size_t used = (size_t)(end - words) + 1;

		*end = '\0';
		obey(words);
		memmove(words, words + used, size - used);
		size -= used;
	}
}

static void hear_counter(void)
{
	struct room_letter_any letter;

	if (line_take(control, &letter.head, sizeof(letter), NULL) < 0) {
		fprintf(stderr, "the counter has ended\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	unsigned int port;

	if (argc < 4)
		return 2;
	(void)signal(SIGCHLD, SIG_IGN);
	start(argv[1]);
	say_counters();
	say_settings(argc - 4, argv + 4);
	say_file("policy", argv[3]);
	say_nothing("policy-kept-signed");
	say_file("policy-kept", argv[3]);
	say_file("ui", argv[2]);
	port = say_web();
	say_line();
	say(ROOM_GO, "", -1);
	hear_counter();
	printf("URL http://127.0.0.1:%u\n", port);
	(void)fflush(stdout);
	for (;;) {
		struct pollfd ready[] = {
			{ fake.is_silent ? -1 : fake.line, POLLIN, 0 },
			{ control, POLLIN, 0 },
			{ STDIN_FILENO, POLLIN, 0 },
		};
		int r;

		if (poll(ready, 3, -1) < 0 && errno != EINTR)
			return 1;
		r = ready[0].revents ? fake_chat_serve(&fake) : 0;
		if (r < 0 && r != -EAGAIN) {
			fprintf(stderr, "bad letter: %s\n", strerror(-r));
			return 1;
		}
		if (ready[1].revents)
			hear_counter();
		if (ready[2].revents)
			hear_people();
	}
}
