/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * House and register for the desk alone:
 *
 *	fake_house DESK UI FIXTURES POLICY [CHAIN KEY]
 *
 * starts DESK, prints "URL http://127.0.0.1:PORT" and serves until its
 * standard input ends. Lines on standard input: "lock", "unlock",
 * "leave", "return" (the register is away between), "renew" (chain and
 * key are handed over again), "version" and "zone" (the policy is handed
 * over with another one of these), "original" (as it was); "chat ..." as in
 * fake_chat.h, and "chat restart" and "chat away": its line is cut, and
 * comes back, or does with the next "chat restart".
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
#include <sys/wait.h>

#include "base/counters.h"
#include "base/room.h"
#include "fake_chat.h"
#include "fake_register.h"
#include "house/house.h"
#include "notice/notice.h"

static int control;
static const char *tls[2]; /* paths of chain and key */
static const char *policy_path;

static void say(uint16_t type, const char *word, uint64_t number, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
		.number = number,
	};
	const struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	if (line_post(control, &letter.head, &fds, true) < 0) {
		fprintf(stderr, "the desk has ended\n");
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
	say(ROOM_FILE, word, 0, fd);
}

static int say_line(const char *peer)
{
	int ends[2];

	if (line_open(ends) < 0)
		exit(1);
	say(ROOM_LINE, peer, 0, ends[1]);
	(void)close(ends[1]);
	return ends[0];
}

static unsigned int say_web(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	OWNED(drop_fd)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, 128) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		exit(1);
	say(ROOM_FILE, "web", 0, fd);
	return ntohs(address.sin_port);
}

static void say_counters(void)
{
	OWNED(drop_fd) int fd = memfd_create("counters", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(struct counter_page)) < 0)
		exit(1);
	say(ROOM_FILE, "counters", 0, fd);
	say(ROOM_FILE, "counters-of", (uint64_t)HOUSE_ROOM_desk << 16, fd);
}

/* Hand over the policy, with one of its words replaced by another. */
static void say_policy(struct fake *fake, const char *word, const char *other)
{
	OWNED(drop_fd) int fd = open(policy_path, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[8];
	size_t size, count = COUNT(faults);
	struct policy *policy;
	char *at;

	if (fd < 0 || file_read(fd, NOTICE_SIZE_MAX, &text, &size) < 0) {
		perror(policy_path);
		exit(1);
	}
	at = strstr(text, word);
	if (at)
		memcpy(at, other, strlen(word));
	if (policy_read((struct slice){ text, size }, faults, &count, &policy))
		exit(1);
	fake->policy_hash = policy_hash(policy);
	policy_free(policy);
	drop_fd(&fd);
	fd = file_of("policy", text, size);
	say(ROOM_FILE, "policy", 0, fd);
}

static pid_t start(const char *program)
{
	int ends[2];
	pid_t pid;

	if (line_open(ends) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		if (dup2(ends[1], ROOM_CONTROL_FD) < 0 ||
		    fcntl(ROOM_CONTROL_FD, F_SETFD, 0) < 0)
			_exit(1);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	control = ends[0];
	return pid;
}

/* One line of standard input; the house ends with it. */
static void hear_words(char *words, size_t size)
{
	size_t have = 0;

	while (have + 1 < size) {
		if (read(STDIN_FILENO, words + have, 1) != 1) {
			say(ROOM_STOP, "", 0, -1);
			exit(0);
		}
		if (words[have] == '\n')
			break;
		have++;
	}
	words[have] = '\0';
}

static void obey_chat(char *words, int *chat)
{
	bool is_anew = !strcmp(words, "restart");

	if (is_anew || !strcmp(words, "away")) {
		drop_fd(chat);
		if (is_anew)
			*chat = say_line("chat");
		fake_chat_line(*chat);
	} else if (!fake_chat_obey(words)) {
		fprintf(stderr, "bad command\n");
		exit(1);
	}
}

static void obey(struct fake *fake, int *line, int *chat)
{
	static char words[3 * CHAT_TEXT_SIZE];

	hear_words(words, sizeof(words));
	if (!strncmp(words, "chat ", 5)) {
		obey_chat(words + 5, chat);
	} else if (strstr(words, "unlock")) {
		fake->is_locked = false;
	} else if (strstr(words, "lock")) {
		fake->is_locked = true;
	} else if (strstr(words, "renew")) {
		say_file("tls-chain", tls[0]);
		say_file("tls-key", tls[1]);
	} else if (strstr(words, "version")) {
		say_policy(fake, "2018-05-25", "2019-06-26");
	} else if (strstr(words, "zone")) {
		say_policy(fake, "Europe/Helsinki ", "Europe/Tallinn  ");
	} else if (strstr(words, "original")) {
		say_policy(fake, "", "");
	} else if (strstr(words, "leave")) {
		drop_fd(line);
	} else if (strstr(words, "return")) {
		*line = say_line("register");
	}
	printf("done\n");
	(void)fflush(stdout);
}

static void hear(void)
{
	struct room_letter_any letter;

	if (line_take(control, &letter.head, sizeof(letter), NULL) < 0) {
		fprintf(stderr, "the desk has ended\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct fake fake = { .fixtures = -1 };
	static const char settings[] =
		"organisation\tEsimerkkivirasto\nmetrics_token\tsecret\n";
	unsigned int port;
	int line, chat, fd;

	if (argc < 5)
		return 2;
	(void)signal(SIGCHLD, SIG_IGN);
	fake.fixtures = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)start(argv[1]);
	say_counters();
	fd = file_of("settings", settings, strlen(settings));
	say(ROOM_FILE, "settings", 0, fd);
	policy_path = argv[4];
	say_policy(&fake, "", "");
	say_file("ui", argv[2]);
	if (argc == 7) {
		tls[0] = argv[5];
		tls[1] = argv[6];
		say_file("tls-chain", argv[5]);
		say_file("tls-key", argv[6]);
	}
	port = say_web();
	line = say_line("register");
	chat = say_line("chat");
	fake_chat_line(chat);
	say(ROOM_GO, "", 0, -1);
	hear();
	printf("URL %s://127.0.0.1:%u\n", argc == 7 ? "https" : "http", port);
	(void)fflush(stdout);
	for (;;) {
		struct pollfd ready[] = { { line, POLLIN, 0 },
					  { control, POLLIN, 0 },
					  { STDIN_FILENO, POLLIN, 0 },
					  { chat, POLLIN, 0 } };

		if (poll(ready, COUNT(ready), -1) < 0 && errno != EINTR)
			return 1;
		if (ready[0].revents && fake_serve(&fake, line) < 0) {
			fprintf(stderr, "bad letter\n");
			return 1;
		}
		if (ready[1].revents)
			hear();
		if (ready[2].revents)
			obey(&fake, &line, &chat);
		if (ready[3].revents && ready[3].fd == chat &&
		    fake_chat_serve(chat) < 0) {
			fprintf(stderr, "bad letter for the chat\n");
			return 1;
		}
	}
}
