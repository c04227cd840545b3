/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "register/due.h"

#define NAME "copy.db"

enum { PAGES = 256 }; /* copied in one turn of the loop: a MiB */

struct copier {
	struct books *books;
	struct loop *loop;
	struct db_copy *copy; /* NULL: rests */
	copy_done_fn *done;
	void *self;
};

int copy_new(struct books *books, struct loop *loop, struct copier **ret_copier)
{
	struct copier *copier = calloc(1, sizeof(*copier));

	if (!copier)
		return -ENOMEM;
	copier->books = books;
	copier->loop = loop;
	(void)unlink(NAME);
	(void)unlink(NAME "-journal");
	(void)unlink(NAME "-wal");
	*ret_copier = copier;
	return 0;
}

void copy_free(struct copier *copier)
{
	if (!copier)
		return;
	db_copy_end(copier->copy);
	free(copier);
}

static void tell_time(const struct books *books, struct door_copy *answer)
{
	const nanoseconds now = clock_now(&books->clock);

	answer->now = now / NS_PER_S;
	answer->today = civil_date(policy_zone(books->policy), now);
	for (uint32_t c = SEAL_CLASS_AUDIO; c < SEAL_CLASSES; c++)
		answer->due[c] = due_date(books, c, now);
}

static void finish(struct copier *copier, int r)
{
	struct door_copy answer = {
		.head = { .type = DOOR_COPY, .size = sizeof(answer) },
	};
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct stat about;

	db_copy_end(copier->copy);
	copier->copy = NULL;
	if (r == 0) {
		fds.fd[0] = open(NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		fds.fd[1] = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fds.fd[0] < 0 || fds.fd[1] < 0 ||
		    fstat(fds.fd[0], &about) < 0)
			r = -errno;
		else
			fds.count = 2;
	}
	(void)unlink(NAME);
	if (r == 0) {
		answer.size = (uint64_t)about.st_size;
		tell_time(copier->books, &answer);
	} else {
		log_warn("copy", "the database cannot be copied: %s",
			 strerror(-r));
	}
	answer.result = r;
	copier->done(copier->self, &answer, &fds);
}

static void step(void *self)
{
	struct copier *copier = self;
	int r = db_copy_step(copier->copy, PAGES);

	if (r > 0)
		r = loop_after(copier->loop, 0, step, copier);
	else if (r == 0) {
		finish(copier, 0);
		return;
	}
	if (r < 0)
		finish(copier, r);
}

int copy_start(struct copier *copier, copy_done_fn *done, void *self)
{
	int r;

	if (copier->copy)
		return -EBUSY;
	copier->done = done;
	copier->self = self;
	if (!copier->books->policy || !policy_zone(copier->books->policy))
		r = -ENODATA;
	else
		r = db_copy_begin(copier->books->db, NAME, &copier->copy);
	if (r == 0)
		r = loop_after(copier->loop, 0, step, copier);
	if (r < 0) {
		finish(copier, r);
		return 0;
	}
	return 0;
}
