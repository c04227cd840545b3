/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Space for the allowed descriptors: one more cannot even arrive. */
union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * LETTER_FDS_MAX)];
};

void letter_fds_drop(struct letter_fds *fds)
{
	for (int i = 0; i < LETTER_FDS_MAX; i++)
		drop_fd(&fds->fd[i]);
	fds->count = 0;
}

int letter_fds_give(struct letter_fds *fds, int index)
{
	assert(index >= 0 && index < LETTER_FDS_MAX);
	return GIVE_FD(fds->fd[index]);
}

int line_open(int ret_ends[2])
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;

	ret_ends[0] = ends[0];
	ret_ends[1] = ends[1];
	return 0;
}

int line_one_way(const int ends[2])
{
	if (shutdown(ends[0], SHUT_RD) < 0 || shutdown(ends[1], SHUT_WR) < 0)
		return -errno;
	return 0;
}

int line_post(int end, struct letter *letter, const struct letter_fds *fds,
	      bool wait)
{
	union control control = { .space = { 0 } };
	struct iovec body = { letter, letter->size };
	struct msghdr message = { .msg_iov = &body, .msg_iovlen = 1 };
	ssize_t sent;

	assert(letter->type != 0);
	assert(letter->size >= sizeof(*letter));
	assert(letter->size <= LETTER_SIZE_MAX);
	letter->version = LETTER_VERSION;

	if (fds && fds->count > 0) {
		size_t size = sizeof(int) * (size_t)fds->count;

		assert(fds->count <= LETTER_FDS_MAX);
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(size);
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(head), fds->fd, size);
	}

	for (;;) {
		sent = sendmsg(end, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || !wait)
			return errno == ECONNRESET ? -EPIPE : -errno;

		struct pollfd until = { .fd = end, .events = POLLOUT };
		if (poll(&until, 1, -1) < 0 && errno != EINTR)
			return -errno;
	}
}

/* Move the received descriptors, all of them, into fds. */
static void collect(struct msghdr *message, struct letter_fds *fds)
{
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
	     head = CMSG_NXTHDR(message, head)) {
		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;

		size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(head) + i * sizeof(int),
			       sizeof(fd));
			if (fds->count < LETTER_FDS_MAX)
				fds->fd[fds->count++] = fd;
			else
				(void)close(fd);
		}
	}
}

int line_take(int end, struct letter *letter, size_t size,
	      struct letter_fds *ret_fds)
{
	union control control = { .space = { 0 } };
	struct iovec body = { letter, size };
	struct msghdr message = {
		.msg_iov = &body,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	ssize_t got;

	assert(size >= sizeof(*letter));
	assert(size <= LETTER_SIZE_MAX);

	if (ret_fds)
		*ret_fds = NO_FDS;
	memset(letter, 0, size);
	do
		got = recvmsg(end, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (got == 0)
		return -EPIPE;

	collect(&message, &fds);
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EBADMSG;
	if ((size_t)got < sizeof(*letter) || letter->size != (size_t)got ||
	    letter->type == 0 || letter->version != LETTER_VERSION)
		return -EBADMSG;

	if (ret_fds) {
		*ret_fds = fds;
		fds = NO_FDS;
	}
	return 0;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int line_ask(int end, struct letter *ask, const struct letter_fds *fds,
	     struct letter *answer, uint16_t answer_type, size_t answer_size,
	     struct letter_fds *ret_fds, int wait_ms)
{
	static uint64_t last_tag;
	int64_t until = monotonic_ms() + wait_ms;
	int r;

	ask->tag = ++last_tag;
	r = line_post(end, ask, fds, true);
	if (r < 0)
		return r;

	for (;;) {
		struct pollfd ready = { .fd = end, .events = POLLIN };
		int64_t left = until - monotonic_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&ready, 1, (int)left) <= 0)
			continue;
		r = line_take(end, answer, answer_size, ret_fds);
		if (r == -EAGAIN)
			continue;
		if (r < 0)
			return r;
		if (answer->tag == ask->tag)
			break;
		if (ret_fds)
			letter_fds_drop(ret_fds);
	}

	if (answer->type == answer_type && answer->size == answer_size)
		return 0;
	if (ret_fds)
		letter_fds_drop(ret_fds);
	return -EBADMSG;
}

int line_serve(int end, const struct line_rule *rules, size_t count, void *room)
{
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	union {
		struct letter head;
		uint8_t longest[LETTER_SIZE_MAX];
	} letter;
	struct pollfd ready = { .fd = end, .events = POLLIN };
	int r;

	/* A signal ends it too, and then nothing may be there to be taken. */
	if (poll(&ready, 1, 0) <= 0)
		return -EAGAIN;
	r = line_take(end, &letter.head, sizeof(letter), &fds);
	if (r < 0)
		return r;

	for (size_t i = 0; i < count; i++)
		if (rules[i].type == letter.head.type)
			return rules[i].size == letter.head.size
				       ? rules[i].take(room, end, &letter.head,
						       &fds)
				       : -EPROTO;
	return -EPROTO;
}
