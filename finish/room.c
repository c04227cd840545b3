/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/room.h"

#include <errno.h>
#include <sched.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/settings.h"

enum { TICK_MS = 1000, NODE_SEED_SIZE = 32 };

void finish_init(struct finish *finish)
{
	memset(finish, 0, sizeof(*finish));
	for (int i = 0; i < FINISH_MEDIA_MAX; i++)
		finish->media[i] = -1;
	finish->registry = -1;
	finish->vault = -1;
}

void finish_done(struct finish *finish)
{
	jobs_free(finish->jobs);
	recover_free(finish->recover);
	segments_done(&finish->segments);
	seal_keyset_free(finish->early_set);
	sodium_memzero(finish->early_node, sizeof(finish->early_node));
	for (int i = 0; i < FINISH_MEDIA_MAX; i++)
		drop_fd(&finish->media[i]);
	drop_fd(&finish->registry);
	drop_fd(&finish->vault);
}

/* ---- what jobs and recover need done ---- */

static int post_recording(void *self, struct register_recording *recording,
			  const struct letter_fds *fds)
{
	struct finish *finish = self;

	if (finish->registry < 0)
		return -EPIPE;
	return line_post(finish->registry, &recording->head, fds, false);
}

static int tell_over(void *self, const struct id *call, int from, uint64_t tag,
		     int result)
{
	struct finish *finish = self;
	struct finish_done letter = {
		.head = { .type = FINISH_DONE,
			  .size = sizeof(letter),
			  .tag = tag },
		.call = *call,
		.result = result,
	};

	if (from == JOBS_RECOVERY) {
		recover_over(finish->recover, call, result);
		return 0;
	}
	if (from < 0 || finish->media[from] < 0)
		return -EPIPE;
	return line_post(finish->media[from], &letter.head, NULL, false);
}

static int ask_known(void *self, struct register_is_known *ask)
{
	struct finish *finish = self;

	if (finish->registry < 0)
		return -EPIPE;
	return line_post(finish->registry, &ask->head, NULL, false);
}

static int ask_key(void *self, struct vault_recover *ask)
{
	struct finish *finish = self;

	if (finish->vault < 0)
		return -EPIPE;
	return line_post(finish->vault, &ask->head, NULL, false);
}

static int ask_status(void *self)
{
	struct finish *finish = self;
	struct vault_status ask = {
		.head = { .type = VAULT_STATUS, .size = sizeof(ask) },
	};

	if (finish->vault < 0)
		return -EPIPE;
	return line_post(finish->vault, &ask.head, NULL, false);
}

static bool is_worked_on(void *self, const struct id *call)
{
	struct finish *finish = self;

	return jobs_has(finish->jobs, call);
}

static int work_on(void *self, const struct finish_call *call)
{
	struct finish *finish = self;

	return jobs_add(finish->jobs, call, JOBS_RECOVERY);
}

static int give_up(void *self, const struct finish_call *call)
{
	struct finish *finish = self;

	if (jobs_has(finish->jobs, &call->call))
		return -EAGAIN;
	return jobs_give_up(finish->jobs, call, JOBS_RECOVERY);
}

static void say_empty(void *self, uint32_t segment)
{
	struct finish *finish = self;

	if (finish->room && room_want(finish->room, "spool-empty", segment) < 0)
		log_warn("house", "cannot say that a segment is empty");
}

/* ---- lines ---- */

static int media_of(const struct finish *finish, int end)
{
	for (int i = 0; i < FINISH_MEDIA_MAX; i++)
		if (finish->media[i] == end)
			return i;
	return -1;
}

static int take_call(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	struct finish *finish = self;
	struct finish_call call;
	int from = media_of(finish, end);
	int r;

	(void)fds;
	memcpy(&call, head, sizeof(call));
	assert(from >= 0);
	/* Segment 0 is none: only recovery works without a place. */
	if (call.last.segment == 0 || call.chunk_count == 0 ||
	    call.chunk_count > SPOOL_CHUNKS_MAX || id_is_none(&call.call))
		r = -EBADMSG;
	else
		r = jobs_add(finish->jobs, &call, from);
	sodium_memzero(call.key, sizeof(call.key));
	if (r == -EAGAIN)
		r = tell_over(finish, &call.call, from, head->tag, -EAGAIN);
	return r == -EAGAIN ? 0 : r;
}

int finish_serve_media(struct finish *finish, int end)
{
	static const struct line_rule rules[] = {
		{ FINISH_CALL, sizeof(struct finish_call), take_call },
	};

	return line_serve(end, rules, COUNT(rules), finish);
}

static int take_taken(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	struct finish *finish = self;

	(void)end, (void)fds;
	jobs_taken(finish->jobs, (const void *)head);
	return 0;
}

static int take_known(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	struct finish *finish = self;

	(void)end, (void)fds;
	recover_known(finish->recover, (const void *)head);
	return 0;
}

int finish_serve_register(struct finish *finish, int end)
{
	static const struct line_rule rules[] = {
		{ REGISTER_TAKEN, sizeof(struct register_taken), take_taken },
		{ REGISTER_IS_KNOWN, sizeof(struct register_is_known),
		  take_known },
	};

	return line_serve(end, rules, COUNT(rules), finish);
}

static int take_recovered(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	struct finish *finish = self;
	struct vault_recovered answer;

	(void)end, (void)fds;
	memcpy(&answer, head, sizeof(answer));
	recover_key(finish->recover, &answer);
	sodium_memzero(&answer, sizeof(answer));
	return 0;
}

static int take_status(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	struct finish *finish = self;

	(void)end, (void)fds;
	recover_status(finish->recover, (const void *)head);
	return 0;
}

int finish_serve_vault(struct finish *finish, int end)
{
	static const struct line_rule rules[] = {
		{ VAULT_RECOVERED, sizeof(struct vault_recovered),
		  take_recovered },
		{ VAULT_STATUS, sizeof(struct vault_status), take_status },
	};

	return line_serve(end, rules, COUNT(rules), finish);
}

static void drop_line(struct finish *finish, int *line, const char *peer, int r)
{
	if (r != -EPIPE)
		log_error(peer, "line cut off: %s", strerror(-r));
	loop_unwatch(finish->loop, *line);
	drop_fd(line);
}

static void hear_media(void *self, int fd, uint32_t events)
{
	struct finish *finish = self;
	int index = media_of(finish, fd);
	int r = finish_serve_media(finish, fd);

	(void)events;
	if (r == 0 || r == -EAGAIN)
		return;
	drop_line(finish, &finish->media[index], "media", r);
	jobs_orphan(finish->jobs, index);
}

static void hear_register(void *self, int fd, uint32_t events)
{
	struct finish *finish = self;
	int r = finish_serve_register(finish, fd);

	(void)events;
	if (r < 0 && r != -EAGAIN)
		drop_line(finish, &finish->registry, "register", r);
}

static void hear_vault(void *self, int fd, uint32_t events)
{
	struct finish *finish = self;
	int r = finish_serve_vault(finish, fd);

	(void)events;
	if (r < 0 && r != -EAGAIN)
		drop_line(finish, &finish->vault, "vault", r);
}

static int take_line(void *self, const char *peer, uint64_t number, int end)
{
	struct finish *finish = self;
	loop_ready_fn *hear;
	int *line;

	if (!strcmp(peer, "media") && number < FINISH_MEDIA_MAX) {
		line = &finish->media[number];
		hear = hear_media;
	} else if (!strcmp(peer, "register")) {
		line = &finish->registry;
		hear = hear_register;
	} else if (!strcmp(peer, "vault")) {
		line = &finish->vault;
		hear = hear_vault;
	} else {
		drop_fd(&end);
		return 0;
	}
	if (finish->room && *line >= 0)
		loop_unwatch(finish->loop, *line);
	drop_fd(line);
	*line = end;
	if (!finish->room)
		return 0;
	if (hear == hear_media)
		jobs_orphan(finish->jobs, (int)number);
	else
		recover_ask_again(finish->recover);
	if (hear == hear_register)
		jobs_resend(finish->jobs);
	return loop_watch(finish->loop, end, EPOLLIN, hear, finish);
}

static int watch_all(struct finish *finish)
{
	int r = 0;

	for (int i = 0; r == 0 && i < FINISH_MEDIA_MAX; i++)
		if (finish->media[i] >= 0)
			r = loop_watch(finish->loop, finish->media[i], EPOLLIN,
				       hear_media, finish);
	if (r == 0 && finish->registry >= 0)
		r = loop_watch(finish->loop, finish->registry, EPOLLIN,
			       hear_register, finish);
	if (r == 0 && finish->vault >= 0)
		r = loop_watch(finish->loop, finish->vault, EPOLLIN, hear_vault,
			       finish);
	return r;
}

/* ---- files ---- */

static int take_keys(struct finish *finish, int fd)
{
	struct seal_keyset *set;
	int r = seal_keyset_load(fd, &set);

	if (r < 0) {
		/* The old ones still serve; the vault will make new ones. */
		log_error("keys", "cannot read them: %s", strerror(-r));
		return 0;
	}
	if (finish->jobs) {
		jobs_set_keys(finish->jobs, set);
	} else {
		seal_keyset_free(finish->early_set);
		finish->early_set = set;
	}
	return 0;
}

static int take_node(struct finish *finish, int fd)
{
	uint8_t seed[NODE_SEED_SIZE];
	int r = file_read_at(fd, seed, sizeof(seed), 0);

	if (r < 0)
		return r;
	if (finish->jobs) {
		jobs_set_node(finish->jobs, seed);
	} else {
		memcpy(finish->early_node, seed, sizeof(seed));
		finish->has_early_node = true;
	}
	sodium_memzero(seed, sizeof(seed));
	return 0;
}

static int take_left(struct finish *finish, uint32_t number)
{
	if (finish->recover)
		return recover_add(finish->recover, number);
	if (finish->early_left_count < SEGMENTS_MAX)
		finish->early_left[finish->early_left_count++] = number;
	return 0;
}

static int count_cores(void)
{
	cpu_set_t cores;

	if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
		return 1;
	return CPU_COUNT(&cores);
}

static int take_settings(struct finish *finish, int fd)
{
	OWNED(settings_drop) struct settings *settings = NULL;
	int r = settings_load(fd, &settings);

	if (r < 0)
		return r;
	finish->workers = (int)setting_number(settings, 0, "workers");
	if (finish->workers <= 0)
		finish->workers = count_cores();
	if (finish->jobs)
		jobs_set_workers(finish->jobs, finish->workers);
	return 0;
}

static int take_file(void *self, const char *word, uint64_t number, int fd)
{
	struct finish *finish = self;
	OWNED(drop_fd) int taken = fd;
	bool is_left = !strcmp(word, "spool-old");
	int r;

	if (!strcmp(word, "settings"))
		return take_settings(finish, taken);
	if (!strcmp(word, "keys"))
		return take_keys(finish, taken);
	if (!strcmp(word, "node"))
		return take_node(finish, taken);
	if (!is_left && strcmp(word, "spool-read") != 0)
		return 0;

	r = segments_take(&finish->segments, number, GIVE_FD(taken));
	if (r == 0 && is_left)
		r = take_left(finish, (uint32_t)number);
	if (r < 0)
		log_error("spool", "cannot take segment %llu: %s",
			  (unsigned long long)number, strerror(-r));
	return 0;
}

/* ---- start ---- */

static void tick(void *self)
{
	struct finish *finish = self;

	jobs_tick(finish->jobs);
	recover_tick(finish->recover);
	segments_sweep(&finish->segments);
}

static int make_parts(struct finish *finish)
{
	const struct jobs_face jobs_face = { finish, post_recording,
					     tell_over };
	const struct recover_face recover_face = {
		.self = finish,
		.ask_known = ask_known,
		.ask_key = ask_key,
		.ask_status = ask_status,
		.is_known = is_worked_on,
		.work = work_on,
		.give_up = give_up,
		.empty = say_empty,
	};
	int r;

	r = jobs_new(finish->loop, &finish->segments, &jobs_face,
		     &finish->jobs);
	if (r == 0)
		r = recover_new(finish->loop, &finish->segments, &recover_face,
				&finish->recover);
	if (r < 0)
		return r;
	jobs_set_workers(finish->jobs,
			 finish->workers > 0 ? finish->workers : count_cores());
	if (finish->early_set)
		jobs_set_keys(finish->jobs, finish->early_set);
	finish->early_set = NULL;
	if (finish->has_early_node)
		jobs_set_node(finish->jobs, finish->early_node);
	sodium_memzero(finish->early_node, sizeof(finish->early_node));
	return 0;
}

static int start(void *self, struct room *room)
{
	struct finish *finish = self;
	int r;

	finish->room = room;
	finish->loop = room_loop(room);
	r = worker_prepare();
	if (r == 0)
		r = make_parts(finish);
	if (r == 0)
		r = watch_all(finish);
	for (size_t i = 0; r == 0 && i < finish->early_left_count; i++)
		r = recover_add(finish->recover, finish->early_left[i]);
	if (r == 0)
		r = loop_every(finish->loop, TICK_MS, tick, finish);
	return r < 0 ? r : 0;
}

static void jail(void *self, struct jail *jail)
{
	/* To start workers, to lock them in further, to end them. */
	static const char *const calls[] = {
		"clone", "clone3",  "socketpair", "close_range", "wait4",
		"kill",	 "seccomp", "prctl",	  "setpriority",
	};

	(void)self;
	for (size_t i = 0; i < COUNT(calls); i++)
		jail->calls[i] = calls[i];
}

const struct room_face finish_face = {
	.name = "finish",
	.file = take_file,
	.line = take_line,
	.start = start,
	.jail = jail,
};
