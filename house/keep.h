/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file keep.h
 * Keeping the rooms' processes: starting them, drawing the lines of the
 * plan between them, starting them anew when they end unasked.
 *
 * What a room is handed besides its lines is decided elsewhere
 * (house/give.h) and asked for through keep_face.
 */
#ifndef TALLENNE_HOUSE_KEEP_H
#define TALLENNE_HOUSE_KEEP_H

#include <sys/types.h>

#include "base/loop.h"
#include "house/plan.h"

enum {
	KEEP_PROCESSES_MAX = 80,
	KEEP_MEDIA_MAX = 64,
	/** A room that ends sooner than this after its start waits a little
	    before the next start, longer each time, up to the maximum. */
	KEEP_STEADY_MS = 2000,
	KEEP_WAIT_MS = 50,
	KEEP_WAIT_MS_MAX = 1000,
	/** How long a room may take to stop before it is killed. */
	KEEP_STOP_MS = 15000,
};

/** One process. */
struct keep_process {
	int room;     /**< enum house_room */
	int index;    /**< 0, 1 ... among those of its room */
	pid_t pid;    /**< 0: not running */
	int control;  /**< our end of its control line, or -1 */
	int counters; /**< its page of counters; survives the process */
	bool is_ready;
	bool is_stopping;
	nanoseconds began;
	int wait_ms; /**< before the next start */
	uint64_t restarts;
};

struct keep;

/** What the keeper asks of the house. */
struct keep_face {
	/** Hand a fresh process everything but lines, by keep_give(). */
	int (*furnish)(void *self, struct keep_process *process);
	/** A room asked for something, or gave something (fd owned). */
	void (*want)(void *self, struct keep_process *process, const char *word,
		     uint64_t number);
	void (*give)(void *self, struct keep_process *process, const char *word,
		     uint64_t number, int fd);
	/** It ended unasked; called before it is started anew. */
	void (*ended)(void *self, struct keep_process *process);
	/** All processes are ready; called once. */
	void (*all_ready)(void *self);
};

/**
 * Make a keeper.
 *
 * @param loop         borrowed
 * @param media_count  how many media processes
 * @param users        start of the rooms' user names, borrowed
 * @param program_dir  open directory with the rooms' programs, borrowed
 */
MUST int keep_new(struct loop *loop, int media_count, const char *users,
		  int program_dir, const struct keep_face *face, void *self,
		  struct keep **ret_keep);
void keep_free(struct keep *keep);

/** Start all rooms, from the innermost out. */
MUST int keep_start(struct keep *keep);

/**
 * Stop all rooms, from the outermost in, each when the ones before it have
 * ended, and then end the loop.
 */
void keep_stop(struct keep *keep);

/** Look which children ended; on SIGCHLD. */
void keep_reap(struct keep *keep);

/**
 * Hand a file to a process; fd is borrowed. A process that does not take
 * it is killed, and so starts anew with everything.
 */
void keep_give(struct keep_process *process, const char *word, uint64_t number,
	       int fd);

/** Hand a file to every running process of a room. */
void keep_give_room(struct keep *keep, int room, const char *word,
		    uint64_t number, int fd);

/** The process, or NULL. */
struct keep_process *keep_find(struct keep *keep, int room, int index);

/** The user a room's files belong to: (uid_t)-1 if we are not root. */
uid_t keep_user(const struct keep *keep, int room);

/** Call something for each process. */
void keep_each(struct keep *keep,
	       void (*act)(void *self, struct keep_process *process),
	       void *self);

#endif
