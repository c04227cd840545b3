/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/front.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "register/entry.h"
#include "register/failure.h"
#include "register/figures.h"
#include "register/pick.h"
#include "register/refusal.h"
#include "register/session.h"
#include "register/shorten.h"
#include "register/tally.h"

enum {
	TICK_MS = 250,
	FIRST_MS = 2000, /* until the vault has told how it stands */
	STATUS_MS = 10000,
	MINUTE_MS = 60000,
	HOUR_MS = 3600000,
};

/* No user: the room at the other end of a line is known by the line. */
#define NOBODY ((uid_t)-1)

int front_new(struct loop *loop, struct books *books, struct front **ret_front)
{
	struct front *front = calloc(1, sizeof(*front));
	int r;

	if (!front)
		return -ENOMEM;
	front->loop = loop;
	front->books = books;
	front->door = -1;
	for (int i = 0; i < FRONT_PEERS_MAX; i++)
		front->peer[i].end = -1;
	r = rewrap_new(books, loop, &front->rewrapper);
	if (r == 0)
		r = sweep_new(books, loop, front->rewrapper, &front->sweeper);
	if (r == 0)
		r = reconcile_new(books, loop, &front->reconciler);
	if (r == 0)
		r = copy_new(books, loop, &front->copier);
	if (r < 0) {
		front_free(front);
		return r;
	}
	*ret_front = front;
	return 0;
}

static void drop_peer(struct front_peer *peer)
{
	if (peer->end < 0)
		return;
	loop_unwatch(peer->front->loop, peer->end);
	drop_fd(&peer->end);
	peer->kind = FRONT_NOBODY;
}

void front_free(struct front *front)
{
	if (!front)
		return;
	for (int i = 0; i < FRONT_PEERS_MAX; i++)
		drop_peer(&front->peer[i]);
	if (front->books->errands.end >= 0)
		loop_unwatch(front->loop, front->books->errands.end);
	errands_drop_line(&front->books->errands);
	if (front->door >= 0)
		loop_unwatch(front->loop, front->door);
	drop_fd(&front->door);
	copy_free(front->copier);
	reconcile_free(front->reconciler);
	sweep_free(front->sweeper);
	rewrap_free(front->rewrapper);
	free(front);
}

void front_post(int end, struct letter *letter)
{
	/* Who does not take its answers asks again: all is idempotent. */
	if (line_post(end, letter, NULL, false) < 0)
		counter_add(tally.answers_dropped, 1);
}

void front_answer_with(struct front *front, const struct play_way *way,
		       struct letter *letter, const struct letter_fds *fds)
{
	struct front_peer *peer;

	if (way->peer >= FRONT_PEERS_MAX)
		return;
	peer = &front->peer[way->peer];
	if (peer->end < 0 || peer->generation != way->generation)
		return;
	letter->tag = way->tag;
	if (line_post(peer->end, letter, fds, false) < 0)
		counter_add(tally.answers_dropped, 1);
}

void front_answer(struct front *front, const struct play_way *way,
		  struct letter *letter)
{
	front_answer_with(front, way, letter, NULL);
}

static void tell_figures(void *self, const struct play_way *way)
{
	struct front *front = self;
	struct desk_figures answer;

	figures_tell(front->books, &answer);
	front_answer(front, way, &answer.head);
}

void front_figures(struct front_peer *peer, uint64_t tag)
{
	const struct play_way way = {
		.peer = (uint32_t)(peer - peer->front->peer),
		.generation = peer->generation,
		.tag = tag,
	};

	figures_ask_vault(peer->front->books, tell_figures, peer->front, &way);
}

static void hear_peer(void *self, int fd, uint32_t events)
{
	struct front_peer *peer = self;
	int r = -EPIPE;

	(void)fd, (void)events;
	switch (peer->kind) {
	case FRONT_RECORDER:
		r = recorder_serve(peer->front, peer);
		break;
	case FRONT_CHAT:
		r = talk_serve(peer->front, peer);
		break;
	case FRONT_DESK:
		r = desk_serve(peer->front, peer);
		break;
	case FRONT_DOOR:
		r = door_serve(peer->front, peer);
		break;
	case FRONT_NOBODY:
		return;
	}
	entry_pump(peer->front->books);
	if (r == 0 || r == -EAGAIN)
		return;
	if (r != -EPIPE) {
		log_warn("line", "a wrong letter from %s: %s", peer->name,
			 strerror(-r));
		counter_add(tally.lines_cut, 1);
	}
	drop_peer(peer);
}

int front_watch(struct front_peer *peer)
{
	return loop_watch(peer->front->loop, peer->end, EPOLLIN, hear_peer,
			  peer);
}

static int add_peer(struct front *front, enum front_kind kind, const char *name,
		    uint64_t number, int fd, uid_t uid)
{
	OWNED(drop_fd) int end = fd;
	struct front_peer *peer = NULL;
	int visitors = 0, r;

	for (int i = 0; i < FRONT_PEERS_MAX; i++) {
		struct front_peer *other = &front->peer[i];

		visitors += other->kind == FRONT_DOOR;
		if (kind != FRONT_DOOR && other->kind == kind &&
		    other->number == number && !strcmp(other->name, name))
			drop_peer(other);
		if (!peer && other->kind == FRONT_NOBODY)
			peer = other;
	}
	if (!peer || (kind == FRONT_DOOR && visitors >= FRONT_VISITORS_MAX))
		return -ENOSPC;

	*peer = (struct front_peer){
		.kind = kind,
		.number = number,
		.end = end,
		.uid = uid,
		.generation = ++front->generation,
		.front = front,
	};
	snprintf(peer->name, sizeof(peer->name), "%s", name);
	r = front_watch(peer);
	if (r < 0) {
		peer->kind = FRONT_NOBODY;
		peer->end = -1;
		return r;
	}
	(void)GIVE_FD(end);
	return 0;
}

int front_take_line(struct front *front, const char *name, uint64_t number,
		    int end)
{
	if (!strcmp(name, "desk"))
		return add_peer(front, FRONT_DESK, name, number, end, NOBODY);
	if (!strcmp(name, "chat"))
		return add_peer(front, FRONT_CHAT, name, number, end, NOBODY);
	if (!strcmp(name, "siprec") || !strcmp(name, "finish"))
		return add_peer(front, FRONT_RECORDER, name, number, end,
				NOBODY);
	drop_fd(&end);
	return strcmp(name, "chat") ? -EINVAL : 0;
}

static void hear_vault(void *self, int fd, uint32_t events)
{
	struct front *front = self;
	int r;

	(void)events;
	r = errands_hear(&front->books->errands);
	if (r < 0) {
		loop_unwatch(front->loop, fd);
		errands_drop_line(&front->books->errands);
		front->books->vault_locked = true;
		log_warn("vault", "is away: %s", strerror(-r));
	}
}

int front_take_vault(struct front *front, int end)
{
	struct books *books = front->books;
	int r;

	if (books->errands.end >= 0)
		loop_unwatch(front->loop, books->errands.end);
	front->vault_was_away = true;
	errands_take_line(&books->errands, end);
	r = loop_watch(front->loop, end, EPOLLIN, hear_vault, front);
	if (r < 0) {
		errands_drop_line(&books->errands);
		return r;
	}
	figures_ask_vault(books, NULL, NULL, NULL);
	entry_pump(books);
	return 0;
}

int front_take_visitor(struct front *front, int end)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(end, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0) {
		int r = -errno;

		drop_fd(&end);
		return r; /* nobody acts here unnamed */
	}
	return add_peer(front, FRONT_DOOR, "door", 0, end, who.uid);
}

static void hear_door(void *self, int fd, uint32_t events)
{
	struct front *front = self;
	int end = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (end < 0)
		return;
	if (front_take_visitor(front, end) < 0)
		log_warn("door", "a command could not be let in");
}

int front_take_door(struct front *front, int fd)
{
	if (front->door >= 0) {
		loop_unwatch(front->loop, front->door);
		drop_fd(&front->door);
	}
	front->door = fd;
	return loop_watch(front->loop, fd, EPOLLIN, hear_door, front);
}

static void ask_status(void *self)
{
	struct front *front = self;

	if (front->books->errands.end >= 0)
		figures_ask_vault(front->books, NULL, NULL, NULL);
	figures_count(front->books);
}

/* Ends by a new policy first, a slice in a turn, then the sweep. */
static void shorten(void *self)
{
	struct front *front = self;

	if (shorten_some(front->books) &&
	    loop_after(front->loop, 0, shorten, front) >= 0)
		return;
	if (sweep_start(front->sweeper, false, NULL, NULL) < 0)
		log_warn("sweep", "cannot start");
}

static void each_minute(void *self)
{
	struct front *front = self;

	session_sweep(front->books);
	pick_end(front->books);
	failure_flush(front->books, LIMIT_WRITE_S);
	refusal_flush(front->books);
	/* Also while the clock is not believed: it takes nothing away. */
	rewrap_start(front->rewrapper);
	shorten(front);
}

static void tick(void *self)
{
	struct front *front = self;
	bool was_away = front->vault_was_away;

	errands_tick(&front->books->errands);
	recorder_retry(front);
	entry_pump(front->books);
	/* What waited for the vault, keys and holds, goes on as it is back. */
	front->vault_was_away =
		front->books->vault_locked || front->books->errands.end < 0;
	if (was_away && !front->vault_was_away)
		each_minute(front);
}

void front_look_anew(struct front *front)
{
	each_minute(front);
}

static void each_hour(void *self)
{
	struct front *front = self;

	reconcile_start(front->reconciler);
}

int front_start(struct front *front)
{
	int r;

	failure_flush(front->books, 0); /* counted before the restart */
	r = loop_every(front->loop, TICK_MS, tick, front);

	if (r >= 0)
		r = loop_every(front->loop, STATUS_MS, ask_status, front);
	if (r >= 0)
		r = loop_every(front->loop, MINUTE_MS, each_minute, front);
	if (r >= 0)
		r = loop_every(front->loop, HOUR_MS, each_hour, front);
	/* And once now: what came due while the register was down. */
	if (r >= 0)
		r = loop_after(front->loop, 0, each_hour, front);
	if (r >= 0)
		r = loop_after(front->loop, FIRST_MS, each_minute, front);
	return r < 0 ? r : 0;
}
