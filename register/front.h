/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file front.h
 * The register's lines: who is on them, which letters they may send, and
 * the work that comes by the clock.
 *
 * siprec and finish may send what stands in register/register.h, chat what
 * stands in chat_letters.h, desk what stands in desk_letters.h and
 * desk_chat_letters.h, the door what stands in door_letters.h, and nobody
 * anything else: a wrong letter ends that line.
 *
 * Letters of recorders are taken as many as wait, in one transaction, and
 * answered only after it is on the disk. When there is no space they are
 * kept and nothing more is taken from that line until there is: siprec
 * goes on with its own journal meanwhile, and nothing is lost (F4). The
 * room chat is told at once that its letter was not taken.
 */
#ifndef TALLENNE_REGISTER_FRONT_H
#define TALLENNE_REGISTER_FRONT_H

#include "base/loop.h"
#include "register/books.h"
#include "register/copy.h"
#include "register/play.h"
#include "register/reconcile.h"
#include "register/rewrap.h"
#include "register/sweep.h"

enum {
	FRONT_BATCH_MAX = 32,
	FRONT_PEERS_MAX = 64,
	FRONT_VISITORS_MAX = 8,
	FRONT_NAME_SIZE = 32
};

enum front_kind {
	FRONT_NOBODY,
	FRONT_RECORDER,
	FRONT_CHAT,
	FRONT_DESK,
	FRONT_DOOR,
};

struct front_peer {
	enum front_kind kind;
	char name[FRONT_NAME_SIZE];
	uint64_t number;
	int end;
	uid_t uid;	     /* of who came through the door, from the kernel */
	uint32_t generation; /* so that an answer never reaches another */
	struct front *front;
};

/** Contacts that could not be written yet, and who waits for the answers. */
struct front_stall {
	int count; /**< 0: nothing stalls */
	struct play_way way;
	struct register_contact contact[FRONT_BATCH_MAX];
};

struct front {
	struct loop *loop;
	struct books *books;
	struct rewrapper *rewrapper;
	struct sweeper *sweeper;
	struct reconciler *reconciler;
	struct copier *copier;
	int door;
	bool vault_was_away; /* or locked, a moment ago */
	uint32_t generation;
	struct front_peer peer[FRONT_PEERS_MAX];
	struct front_stall stall;
	/* the command that waits for the end of a sweep */
	struct play_way sweep_way;
	/* and the one that waits for a copy of the database */
	struct play_way copy_way;
};

/** Make it; books and loop are borrowed. */
MUST int front_new(struct loop *loop, struct books *books,
		   struct front **ret_front);
void front_free(struct front *front);

/** Start what comes by the clock. */
MUST int front_start(struct front *front);

/** Policy or settings have changed: what is due may be another. */
void front_look_anew(struct front *front);

/**
 * A line to another room; one with the same name and number is replaced.
 *
 * @param end  owned from now on, whatever is returned
 */
MUST int front_take_line(struct front *front, const char *name, uint64_t number,
			 int end);
/** The line to the vault; owned from now on. */
MUST int front_take_vault(struct front *front, int end);
/** The listening socket of the door; owned from now on. */
MUST int front_take_door(struct front *front, int fd);

/**
 * One command at the door; its end is owned from now on. What it does is
 * written down as done by the user that connected (SO_PEERCRED).
 */
MUST int front_take_visitor(struct front *front, int end);

/** Answer on a line that may be gone by now; never blocks. */
void front_answer(struct front *front, const struct play_way *way,
		  struct letter *letter);
void front_answer_with(struct front *front, const struct play_way *way,
		       struct letter *letter, const struct letter_fds *fds);
void front_post(int end, struct letter *letter);

/** Answer with the figures, after the vault has been asked. */
void front_figures(struct front_peer *peer, uint64_t tag);

/** Watch a peer's line, again. */
MUST int front_watch(struct front_peer *peer);

/** Try to write what could not be written; called once in a while. */
void recorder_retry(struct front *front);

/** Take what waits on a line of each kind; 0, or what ended the line. */
MUST int recorder_serve(struct front *front, struct front_peer *peer);
MUST int talk_serve(struct front *front, struct front_peer *peer);
MUST int desk_serve(struct front *front, struct front_peer *peer);
MUST int door_serve(struct front *front, struct front_peer *peer);

#endif
