/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * ws_echo: a bare echo over the library that counter uses, to compare
 * counter with.
 *
 *	ws_echo [CHAIN KEY]
 *
 * Serves WebSockets of any path on a loopback port, which it prints first,
 * over TLS if a certificate is given. For each line on standard input it
 * prints how many sockets are open, the bytes its heap has handed out and
 * its resident kilobytes; at the end of standard input it ends.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/socket.h"

enum { SOCKETS_MAX = 18000, PEM_MAX = 1 << 16, MEMORY = 8 << 10 };

struct bench {
	struct loop *loop;
	size_t open;
};

static void hear(void *self, struct http_socket *socket, struct slice text)
{
	(void)self;
	(void)!http_socket_send(socket, text);
}

static void gone(void *self, struct http_socket *socket)
{
	struct bench *bench = self;

	(void)socket;
	bench->open--;
}

static void act(void *self, const struct http_request *request,
		struct http_answer *answer)
{
	static const struct http_socket_face face = { hear, gone };
	struct bench *bench = self;
	struct http_socket *socket;

	if (http_socket_open(request, answer, "tallenne.chat.v1", &face, bench,
			     &socket) == 0)
		bench->open++;
}

static size_t resident_kb(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	size_t kb = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %zu", &kb) == 1)
			break;
	if (file)
		(void)fclose(file);
	return kb;
}

static void asked(void *self, int fd, uint32_t events)
{
	struct bench *bench = self;
	char line[64];

	(void)events;
	if (read(fd, line, sizeof(line)) <= 0) {
		loop_end(bench->loop);
		return;
	}
	printf("%zu %zu %zu\n", bench->open, (size_t)mallinfo2().uordblks,
	       resident_kb());
	(void)fflush(stdout);
}

static char *read_pem(const char *path)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t size;

	if (fd < 0 || file_read(fd, PEM_MAX, &text, &size) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return text;
}

static int listener_new(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		perror("listen");
		exit(EXIT_FAILURE);
	}
	printf("%u\n", (unsigned int)ntohs(address.sin_port));
	(void)fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	struct http_settings settings = {
		.per_address = SOCKETS_MAX,
		.sockets_max = SOCKETS_MAX,
		.memory = MEMORY,
	};
	struct bench bench = { 0 };
	struct http_server *server;
	int r;

	if (argc == 3) {
		settings.chain = read_pem(argv[1]);
		settings.key = read_pem(argv[2]);
	}
	r = loop_new(&bench.loop);
	if (r == 0)
		r = http_open(bench.loop, listener_new(), &settings, act,
			      &bench, &server);
	if (r == 0)
		r = loop_watch(bench.loop, STDIN_FILENO, EPOLLIN, asked,
			       &bench);
	if (r == 0)
		r = loop_run(bench.loop);
	if (r < 0)
		fprintf(stderr, "ws_echo: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
