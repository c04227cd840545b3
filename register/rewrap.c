/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/rewrap.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/tally.h"

/* In object.held and contact.caller_held: nothing could be sealed anew. */
static const uint8_t lost[1] = { 0 };

struct rewrapper {
	struct books *books;
	struct loop *loop;
	bool runs, settles;
	bool is_full; /* the vault takes no more contacts in this run */
	rewrap_done_fn *done;
	void *self;
};

/* Which contact or object an answer is about; an errand's context. */
struct about {
	struct rewrapper *rewrapper;
	struct id contact, object;
	uint32_t is_restricted, reserved;
};

static_assert(sizeof(struct about) <= ERRAND_CONTEXT_SIZE, "fits");

/* Of the contact of a row of "held". */
#define IS_HELD DUE_IS_HELD("held.contact", "$1")
#define IS_RESTRICTED                                                          \
	" CASE WHEN EXISTS (SELECT 1 FROM hold WHERE hold.contact ="           \
	" held.contact AND hold.kind = 3 AND (hold.expires_at = 0"             \
	" OR hold.expires_at > $1)) THEN 1 ELSE 0 END"

int rewrap_new(struct books *books, struct loop *loop,
	       struct rewrapper **ret_rewrapper)
{
	struct rewrapper *rewrapper = calloc(1, sizeof(*rewrapper));

	if (!rewrapper)
		return -ENOMEM;
	rewrapper->books = books;
	rewrapper->loop = loop;
	*ret_rewrapper = rewrapper;
	return 0;
}

void rewrap_free(struct rewrapper *rewrapper)
{
	free(rewrapper);
}

static void step(void *self);

static void finish(struct rewrapper *rewrapper, int r)
{
	rewrap_done_fn *done = rewrapper->done;

	rewrapper->runs = false;
	rewrapper->settles = false;
	rewrapper->done = NULL;
	if (done)
		done(rewrapper->self, r);
}

static void go_on(struct rewrapper *rewrapper)
{
	int timer = loop_after(rewrapper->loop, 0, step, rewrapper);

	if (timer < 0)
		finish(rewrapper, timer); /* the next run takes it up */
}

/* What the vault said; true if it did what it was asked. */
static bool heard(struct rewrapper *rewrapper, int r)
{
	struct books *books = rewrapper->books;

	if (r == 0)
		return true;
	if (r == -ENOKEY)
		books->vault_locked = true;
	else
		counter_add(tally.vault_failures, 1);
	return false;
}

static int send(struct rewrapper *rewrapper, struct letter *letter,
		const struct letter_fds *fds, errand_done_fn *done,
		const struct about *about)
{
	return errand_send(&rewrapper->books->errands, letter, fds, done,
			   rewrapper, about, sizeof(*about));
}

static void hold_made(void *self, const void *context, int r,
		      const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct rewrapper *rewrapper = self;
	struct about about;

	memcpy(&about, context, sizeof(about));
	if (r == 0)
		r = answer->result;
	if (r == -ENOSPC && answer) {
		log_error("hold", "the vault holds %d contacts and no more",
			  VAULT_HOLDS_MAX);
		counter_add(tally.vault_failures, 1);
		rewrapper->is_full = true;
		r = 0;
	} else if (heard(rewrapper, r)) {
		r = db_run(rewrapper->books->db,
			   "UPDATE held SET is_made = 1, is_restricted = $2"
			   " WHERE contact = $1",
			   db_id(&about.contact),
			   db_number(about.is_restricted));
	}
	if (r < 0)
		finish(rewrapper, r);
	else
		go_on(rewrapper);
}

/* A contact that is held and of which the vault does not know it so. */
static bool next_contact(struct books *books, struct about *about)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT held.contact," IS_RESTRICTED " FROM held"
		       " WHERE" IS_HELD
		       " AND (is_made = 0 OR is_restricted <>" IS_RESTRICTED
		       ") LIMIT 1",
		       db_number(books_seconds(books)));

	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, &about->contact, sizeof(about->contact));
	about->is_restricted = (uint32_t)db_rows_number(&rows, 1);
	return true;
}

static int make_hold(struct rewrapper *rewrapper, const struct about *about)
{
	struct vault_hold letter = {
		.head = { .type = VAULT_HOLD, .size = sizeof(letter) },
		.contact = about->contact,
		.is_restricted = about->is_restricted,
	};

	entry_write(json_pack("{s:s,s:s,s:o,s:b}", "event", "hold.key.made",
			      "actor", "svc_sweeper", "contact",
			      entry_id(&about->contact), "restricted",
			      (int)about->is_restricted),
		    &letter.entry);
	return send(rewrapper, &letter.head, NULL, hold_made, about);
}

/* From now on a contact is opened by its dates, as far as they go. */
static int use_dates(struct books *books, const struct id *contact)
{
	int r = db_run(books->db,
		       "UPDATE object SET held = NULL WHERE call IN"
		       " (SELECT call FROM recording WHERE contact = $1)",
		       db_id(contact));

	if (r >= 0)
		r = db_run(books->db,
			   "UPDATE contact SET caller_held = NULL"
			   " WHERE id = $1",
			   db_id(contact));
	return r < 0 ? r : 0;
}

/* The pair is gone, of whom it was: or of somebody who is held again. */
static int forget(struct books *books, const struct id *contact, int64_t seq)
{
	int r;

	db_begin(books->db);
	r = use_dates(books, contact);
	if (r >= 0)
		r = db_run(books->db,
			   "UPDATE held SET is_made = 0, is_restricted = 0"
			   " WHERE contact = $1",
			   db_id(contact));
	if (r >= 0)
		r = db_run(
			books->db,
			"DELETE FROM held WHERE contact = $2 AND NOT" IS_HELD,
			db_number(books_seconds(books)), db_id(contact));
	if (r >= 0 && seq >= 0)
		r = db_run(books->db,
			   "INSERT INTO hold_gone (contact, at, seq)"
			   " VALUES ($1, $2, $3) ON CONFLICT (contact)"
			   " DO UPDATE SET at = $2, seq = $3",
			   db_id(contact), db_number(books_seconds(books)),
			   db_number(seq));
	if (r >= 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	return r;
}

static void released(void *self, const void *context, int r,
		     const struct letter *letter)
{
	const struct vault_answer *answer = (const void *)letter;
	struct rewrapper *rewrapper = self;
	struct about about;

	memcpy(&about, context, sizeof(about));
	if (r == 0)
		r = answer->result;
	if (heard(rewrapper, r)) {
		r = forget(rewrapper->books, &about.contact,
			   (int64_t)answer->seq);
		counter_add(tally.hold_keys_destroyed, 1);
	}
	if (r < 0)
		finish(rewrapper, r);
	else
		go_on(rewrapper);
}

/* A contact that has a pair and is held no more. */
static bool next_released(struct books *books, struct about *about)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT contact FROM held WHERE NOT" IS_HELD " LIMIT 1",
		       db_number(books_seconds(books)));

	return db_rows_next(&rows) &&
	       db_rows_bytes(&rows, 0, &about->contact, sizeof(about->contact));
}

static int release(struct rewrapper *rewrapper, const struct about *about)
{
	struct vault_hold letter = {
		.head = { .type = VAULT_RELEASE, .size = sizeof(letter) },
		.contact = about->contact,
	};

	int r;

	/*
	 * First nobody is sent to that pair any more: else a reader in between
	 * would hear that what lives on is destroyed.
	 */
	db_begin(rewrapper->books->db);
	r = use_dates(rewrapper->books, &about->contact);
	if (r == 0)
		r = db_commit(rewrapper->books->db);
	else
		db_roll_back(rewrapper->books->db);
	if (r < 0)
		return r;
	entry_write(json_pack("{s:s,s:s,s:o}", "event", "hold.key.destroyed",
			      "actor", "svc_sweeper", "contact",
			      entry_id(&about->contact)),
		    &letter.entry);
	return send(rewrapper, &letter.head, NULL, released, about);
}

static int keep_object(struct books *books, const struct id *object,
		       const void *held, size_t size)
{
	int r = db_run(books->db, "UPDATE object SET held = $2 WHERE id = $1",
		       db_id(object), db_bytes(held, size));

	return r < 0 ? r : 0;
}

/*
 * Whether nothing can ever be done about it. Its key died before it was
 * held, or it is not what it should be: then it is not kept, and must not
 * keep anybody else's key alive either.
 */
static bool is_hopeless(int r)
{
	return r == -EKEYREVOKED || r == -EBADMSG || r == -ENOTSUP;
}

static void give_up(const char *what, int r)
{
	counter_add(tally.rewraps_lost, 1);
	log_error("hold", "%s cannot be kept: %s", what, strerror(-r));
}

/* The vault has no such pair: an older ring came back. From the start. */
static int begin_anew(struct books *books, const struct id *contact)
{
	int r = forget(books, contact, -1);

	return r < 0 ? r : -ENOENT;
}

static void object_kept(void *self, const void *context, int r,
			const struct letter *letter)
{
	const struct vault_rewrapped *answer = (const void *)letter;
	struct rewrapper *rewrapper = self;
	struct books *books = rewrapper->books;
	struct about about;

	memcpy(&about, context, sizeof(about));
	if (r == 0)
		r = answer->result;
	if (is_hopeless(r) && answer) {
		give_up("an object", r);
		r = keep_object(books, &about.object, lost, sizeof(lost));
	} else if (r == -ENOENT) {
		r = begin_anew(books, &about.contact);
	} else if (heard(rewrapper, r)) {
		r = keep_object(books, &about.object, &answer->wrapped,
				sizeof(answer->wrapped));
		counter_add(tally.rewrapped, 1);
	}
	if (r < 0)
		finish(rewrapper, r);
	else
		go_on(rewrapper);
}

static bool next_object(struct books *books, struct about *about,
			struct seal_wrapped *ret_wrapped)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT held.contact, object.id, wrapped FROM held"
		       " JOIN recording ON recording.contact = held.contact"
		       " JOIN object ON object.call = recording.call"
		       " WHERE object.held IS NULL AND is_made = 1 AND" IS_HELD
		       " LIMIT 1",
		       db_number(books_seconds(books)));

	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, &about->contact, sizeof(about->contact));
	db_rows_bytes(&rows, 1, &about->object, sizeof(about->object));
	db_rows_bytes(&rows, 2, ret_wrapped, sizeof(*ret_wrapped));
	return true;
}

static int rewrap_object(struct rewrapper *rewrapper, const struct about *about,
			 const struct seal_wrapped *wrapped)
{
	struct books *books = rewrapper->books;
	struct vault_rewrap letter = {
		.head = { .type = VAULT_REWRAP, .size = sizeof(letter) },
		.contact = about->contact,
		.object = about->object,
		.wrapped = *wrapped,
	};
	OWNED(drop_fd) int fd = store_get(books->store, &about->object);
	struct letter_fds fds = { { fd, -1, -1, -1 }, 1 };

	if (fd == -ENOENT) {
		give_up("an object that is not there", fd);
		fd = keep_object(books, &about->object, lost, sizeof(lost));
		if (fd == 0)
			go_on(rewrapper);
		return fd;
	}
	if (fd < 0)
		return fd;
	entry_write(json_pack("{s:s,s:s,s:o,s:o}", "event", "hold.rewrapped",
			      "actor", "svc_sweeper", "contact",
			      entry_id(&about->contact), "object",
			      entry_id(&about->object)),
		    &letter.entry);
	return send(rewrapper, &letter.head, &fds, object_kept, about);
}

static int keep_caller(struct books *books, const struct id *contact,
		       const void *held, size_t size)
{
	int r = db_run(books->db,
		       "UPDATE contact SET caller_held = $2 WHERE id = $1",
		       db_id(contact), db_bytes(held, size));

	return r < 0 ? r : 0;
}

static void caller_kept(void *self, const void *context, int r,
			const struct letter *letter)
{
	const struct vault_rewrapped *answer = (const void *)letter;
	struct rewrapper *rewrapper = self;
	struct books *books = rewrapper->books;
	struct about about;

	memcpy(&about, context, sizeof(about));
	if (r == 0)
		r = answer->result;
	if (is_hopeless(r) && answer) {
		give_up("a sealed number", r);
		r = keep_caller(books, &about.contact, lost, sizeof(lost));
	} else if (r == -ENOENT) {
		r = begin_anew(books, &about.contact);
	} else if (heard(rewrapper, r)) {
		r = keep_caller(books, &about.contact, &answer->sealed,
				sizeof(answer->sealed));
		counter_add(tally.rewrapped, 1);
	}
	if (r < 0)
		finish(rewrapper, r);
	else
		go_on(rewrapper);
}

static bool next_caller(struct books *books, struct about *about,
			struct seal_text *ret_sealed)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT held.contact, caller FROM held"
		       " JOIN contact ON contact.id = held.contact"
		       " WHERE caller IS NOT NULL AND caller_held IS NULL"
		       " AND is_made = 1 AND" IS_HELD " LIMIT 1",
		       db_number(books_seconds(books)));

	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, &about->contact, sizeof(about->contact));
	db_rows_bytes(&rows, 1, ret_sealed, sizeof(*ret_sealed));
	return true;
}

static int rewrap_caller(struct rewrapper *rewrapper, const struct about *about,
			 const struct seal_text *sealed)
{
	struct vault_rewrap_text letter = {
		.head = { .type = VAULT_REWRAP_TEXT, .size = sizeof(letter) },
		.contact = about->contact,
		.sealed = *sealed,
	};

	if (bytes_are_zero(sealed, sizeof(*sealed))) { /* withheld */
		int r = keep_caller(rewrapper->books, &about->contact, lost,
				    sizeof(lost));

		if (r == 0)
			go_on(rewrapper);
		return r;
	}
	entry_write(json_pack("{s:s,s:s,s:o}", "event", "hold.rewrapped",
			      "actor", "svc_sweeper", "contact",
			      entry_id(&about->contact)),
		    &letter.entry);
	return send(rewrapper, &letter.head, NULL, caller_kept, about);
}

/* Holds that a database made by hand or by an older program has. */
static int know_all(struct books *books)
{
	int r = db_run(books->db,
		       "INSERT INTO held (contact, is_made, is_restricted)"
		       " SELECT DISTINCT contact, 0, 0 FROM hold WHERE NOT"
		       " EXISTS (SELECT 1 FROM held"
		       "  WHERE held.contact = hold.contact)");

	return r < 0 ? r : 0;
}

static void step(void *self)
{
	struct rewrapper *rewrapper = self;
	struct books *books = rewrapper->books;
	struct about about = { 0 };
	struct seal_wrapped wrapped;
	struct seal_text sealed;
	int r = 0;

	if (rewrapper->settles && next_released(books, &about))
		r = release(rewrapper, &about);
	else if (!rewrapper->is_full && next_contact(books, &about))
		r = make_hold(rewrapper, &about);
	else if (next_object(books, &about, &wrapped))
		r = rewrap_object(rewrapper, &about, &wrapped);
	else if (next_caller(books, &about, &sealed))
		r = rewrap_caller(rewrapper, &about, &sealed);
	else
		finish(rewrapper, rewrapper->is_full ? -ENOSPC : 0);
	if (r < 0)
		finish(rewrapper, r);
}

void rewrap_start(struct rewrapper *rewrapper)
{
	int r;

	if (rewrapper->runs)
		return; /* it goes on until there is nothing left */
	rewrapper->runs = true;
	rewrapper->is_full = false;
	r = know_all(rewrapper->books);
	if (r < 0)
		finish(rewrapper, r);
	else
		go_on(rewrapper);
}

void rewrap_settle(struct rewrapper *rewrapper, rewrap_done_fn *done,
		   void *self)
{
	assert(!rewrapper->done); /* the sweeper runs once at a time */
	rewrapper->done = done;
	rewrapper->self = self;
	rewrapper->settles = true;
	rewrap_start(rewrapper);
}

bool rewrap_needs(struct books *books, const struct seal_end *end)
{
	/* As a sealed thing begins with the end it was sealed to. */
	return db_ask_number(
		       books->db, 0,
		       "SELECT (SELECT count(*) FROM hold"
		       "  JOIN recording ON recording.contact = hold.contact"
		       "  JOIN object ON object.call = recording.call"
		       "  WHERE (hold.expires_at = 0 OR hold.expires_at > $2)"
		       "  AND object.held IS NULL"
		       "  AND substr(wrapped, 1, 8) = $1)"
		       " + (SELECT count(*) FROM hold"
		       "  JOIN contact ON contact.id = hold.contact"
		       "  WHERE (hold.expires_at = 0 OR hold.expires_at > $2)"
		       "  AND caller_held IS NULL"
		       "  AND substr(caller, 1, 8) = $1)",
		       db_bytes(end, sizeof(*end)),
		       db_number(books_seconds(books))) > 0;
}
