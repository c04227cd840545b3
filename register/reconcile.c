/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/reconcile.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "register/entry.h"
#include "register/tally.h"

struct reconciler {
	struct books *books;
	struct loop *loop;
	int folder; /* next to be looked at; STORE_FOLDERS: rests */
	uint64_t matched, removed;
	struct books_balance balance;
};

int reconcile_new(struct books *books, struct loop *loop,
		  struct reconciler **ret_reconciler)
{
	struct reconciler *reconciler = calloc(1, sizeof(*reconciler));

	if (!reconciler)
		return -ENOMEM;
	reconciler->books = books;
	reconciler->loop = loop;
	reconciler->folder = STORE_FOLDERS;
	*ret_reconciler = reconciler;
	return 0;
}

void reconcile_free(struct reconciler *reconciler)
{
	free(reconciler);
}

static void look_at(void *self, const struct id *object, int64_t age_s)
{
	struct reconciler *reconciler = self;
	struct books *books = reconciler->books;

	if (db_ask_number(books->db, 0,
			  "SELECT count(*) FROM object WHERE id = $1",
			  db_id(object))) {
		reconciler->matched++;
		return;
	}
	if (age_s < RECONCILE_ORPHAN_S ||
	    store_remove(books->store, object) < 0) {
		reconciler->balance.orphans++;
		return;
	}
	reconciler->removed++;
	counter_add(tally.orphans_removed, 1);
}

static int64_t count_rows(struct books *books, int folder)
{
	struct id first = { { (uint8_t)folder } }, last;

	memset(&last, 0xff, sizeof(last));
	last.byte[0] = (uint8_t)folder;
	return db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM object WHERE id >= $1 AND id <= $2",
		db_id(&first), db_id(&last));
}

static void write_down(struct reconciler *reconciler)
{
	struct books *books = reconciler->books;
	int r;

	if (!reconciler->removed)
		return;
	log_warn("orphans", "%llu objects without a row removed",
		 (unsigned long long)reconciler->removed);
	db_begin(books->db);
	r = entry_post(books,
		       json_pack("{s:s,s:s,s:I}", "event", "orphans.removed",
				 "actor", "svc_register", "count",
				 (json_int_t)reconciler->removed));
	if (r == 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r < 0)
		books_recall(books);
}

static void finish(struct reconciler *reconciler)
{
	struct books_balance *balance = &reconciler->balance;

	if (balance->phantoms && !reconciler->books->balance.phantoms)
		log_error("phantoms", "%llu recordings have lost an object",
			  (unsigned long long)balance->phantoms);
	reconciler->books->balance = *balance;
	counter_set(tally.object_rows, balance->rows);
	counter_set(tally.objects, balance->objects);
	counter_set(tally.orphans, balance->orphans);
	counter_set(tally.phantoms, balance->phantoms);
	write_down(reconciler);
}

static void step(void *self)
{
	struct reconciler *reconciler = self;
	struct books_balance *balance = &reconciler->balance;
	int64_t objects, rows;

	reconciler->matched = 0;
	objects = store_each(reconciler->books->store,
			     (uint8_t)reconciler->folder, look_at, reconciler);
	rows = count_rows(reconciler->books, reconciler->folder);
	if (objects < 0) {
		log_error("store", "folder %02x cannot be read: %s",
			  (unsigned)reconciler->folder,
			  strerror((int)-objects));
		objects = 0;
	}
	balance->rows += (uint64_t)rows;
	balance->objects += (uint64_t)objects;
	balance->phantoms += (uint64_t)rows - reconciler->matched;
	reconciler->folder++;
	if (reconciler->folder == STORE_FOLDERS) {
		balance->objects -= reconciler->removed;
		finish(reconciler);
	} else if (loop_after(reconciler->loop, 0, step, reconciler) < 0) {
		reconciler->folder = STORE_FOLDERS; /* next hour again */
	}
}

void reconcile_start(struct reconciler *reconciler)
{
	if (reconciler->folder < STORE_FOLDERS)
		return;
	memset(&reconciler->balance, 0, sizeof(reconciler->balance));
	reconciler->removed = 0;
	reconciler->folder = 0;
	if (loop_after(reconciler->loop, 0, step, reconciler) < 0)
		reconciler->folder = STORE_FOLDERS;
}
