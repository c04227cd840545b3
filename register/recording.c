/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "register/entry.h"
#include "register/tally.h"
#include "seal/check.h"

static const uint32_t kinds[RECORDING_OBJECTS] = {
	SEAL_KIND_SOUND,
	SEAL_KIND_PEAKS,
	SEAL_KIND_TIMELINE,
};

bool recording_is_known(struct books *books, const struct id *call)
{
	return db_ask_number(books->db, 0,
			     "SELECT (SELECT count(*) FROM recording"
			     " WHERE call = $1) + (SELECT count(*)"
			     " FROM tombstone WHERE item = $1)",
			     db_id(call)) > 0;
}

static bool has_objects(const struct register_recording *letter)
{
	return !id_is_none(&letter->object[0]);
}

static bool is_broken(const struct register_recording *letter,
		      const struct letter_fds *fds)
{
	int objects = 0;

	for (int i = 0; i < RECORDING_OBJECTS; i++) {
		if (id_is_none(&letter->object[i]))
			continue;
		objects++;
		if (letter->sealed_size[i] == 0 ||
		    letter->sealed_size[i] > INT64_MAX ||
		    letter->size[i] > letter->sealed_size[i])
			return true;
	}
	return id_is_none(&letter->contact) || id_is_none(&letter->call) ||
	       letter->number == 0 || letter->number > INT64_MAX ||
	       letter->began_at < 0 || letter->duration_ms > INT64_MAX ||
	       letter->lost_packets > INT64_MAX ||
	       letter->end.data_class != SEAL_CLASS_AUDIO ||
	       !civil_is_date(letter->end.date) ||
	       (objects != 0 && objects != RECORDING_OBJECTS) ||
	       fds->count != objects;
}

bool recording_is_sealed(int fd)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & wanted) == wanted;
}

/* The object's key as the letter tells it, or as the object itself does. */
static int key_of(const struct register_recording *letter, int which, int fd,
		  struct seal_wrapped *ret_wrapped)
{
	const struct seal_wrapped *told = &letter->wrapped[which];
	struct seal_seen seen;
	int r;

	if (!bytes_are_zero(told, sizeof(*told))) {
		*ret_wrapped = *told;
		return 0;
	}
	r = seal_check_ends(fd, &seen);
	if (r < 0)
		return r;
	if (!id_is(&seen.header.object, &letter->object[which]) ||
	    !id_is(&seen.header.contact, &letter->contact) ||
	    seen.header.kind != kinds[which])
		return -EBADMSG;
	*ret_wrapped = seen.header.wrapped;
	return 0;
}

static int keep_object(struct books *books,
		       const struct register_recording *letter, int which,
		       int fd)
{
	struct seal_wrapped wrapped;
	int r;

	if (!recording_is_sealed(fd))
		return -EBADMSG;
	r = key_of(letter, which, fd, &wrapped);
	if (r == 0)
		r = store_put(books->store, &letter->object[which], fd,
			      letter->sealed_size[which], letter->hash[which]);
	if (r < 0)
		return r == -EEXIST || r == -ENOTSUP ? -EBADMSG : r;

	r = db_run(books->db,
		   "INSERT INTO object (id, call, kind, size, sealed_size,"
		   " hash, wrapped) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		   db_id(&letter->object[which]), db_id(&letter->call),
		   db_number(kinds[which]),
		   db_number((int64_t)letter->size[which]),
		   db_number((int64_t)letter->sealed_size[which]),
		   db_bytes(letter->hash[which], SEAL_HASH_SIZE),
		   db_bytes(&wrapped, sizeof(wrapped)));
	if (r < 0)
		return r == -EEXIST ? -EBADMSG : r;
	counter_add(tally.stored_bytes, letter->sealed_size[which]);
	return 0;
}

/* Never later than the policy says, whatever the letter does (S19). */
static seal_date end_of(struct books *books,
			const struct register_recording *letter)
{
	seal_date promised = (seal_date)db_ask_number(
		books->db, letter->end.date,
		"SELECT audio_end FROM contact WHERE id = $1",
		db_id(&letter->contact));

	return promised < letter->end.date ? promised : letter->end.date;
}

static int keep_row(struct books *books,
		    const struct register_recording *letter, int objects)
{
	uint32_t flags = letter->flags & ~(uint32_t)REGISTER_FLAG_RUINED;
	int r;

	/* Damaged and nothing of it there: that is not silence. */
	if (!objects)
		flags |= flags & REGISTER_FLAG_DAMAGED ? REGISTER_FLAG_RUINED
						       : REGISTER_FLAG_NO_SOUND;

	r = db_run(books->db,
		   "INSERT INTO recording (call, contact, number, segment,"
		   " flags, began_at, duration_ms, lost_packets, end_class,"
		   " end_date, objects)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		   db_id(&letter->call), db_id(&letter->contact),
		   db_number((int64_t)letter->number),
		   db_number(letter->segment), db_number(flags),
		   db_number(letter->began_at),
		   db_number((int64_t)letter->duration_ms),
		   db_number((int64_t)letter->lost_packets),
		   db_number(letter->end.data_class),
		   db_number(end_of(books, letter)), db_number(objects));
	if (r < 0)
		return r;
	r = db_run(books->db,
		   "UPDATE contact SET flags = flags | $2 WHERE id = $1",
		   db_id(&letter->contact), db_number(flags));
	return r < 0 ? r : 0;
}

static int tell(struct books *books, const struct register_recording *letter)
{
	char hash[2 * SEAL_HASH_SIZE + 1];

	hex_text(letter->hash[0], SEAL_HASH_SIZE, hash);
	return entry_post(
		books, json_pack("{s:s,s:s,s:o,s:o,s:I,s:o,s:s,s:I,s:o}",
				 "event", "media.sealed", "actor", "svc_finish",
				 "contact", entry_id(&letter->contact),
				 "recording", entry_id(&letter->call), "number",
				 (json_int_t)letter->number, "object",
				 entry_id(&letter->object[0]), "hash", hash,
				 "size", (json_int_t)letter->sealed_size[0],
				 "end", entry_date(letter->end.date)));
}

static int keep(struct books *books, const struct register_recording *letter,
		const struct letter_fds *fds)
{
	int objects = has_objects(letter) ? RECORDING_OBJECTS : 0;
	int64_t number =
		db_ask_number(books->db, (int64_t)letter->number,
			      "SELECT number FROM contact WHERE id = $1",
			      db_id(&letter->contact));
	int r;

	if ((uint64_t)number != letter->number)
		return -EBADMSG;
	r = keep_row(books, letter, objects);
	for (int i = 0; r == 0 && i < objects; i++)
		r = keep_object(books, letter, i, fds->fd[i]);
	if (r == 0 && objects)
		r = tell(books, letter);
	return r;
}

/*
 * Objects whose row was refused are no one's: away with them. Those that
 * belong to another recording stay, of course.
 */
static void take_back(struct books *books,
		      const struct register_recording *letter)
{
	for (int i = 0; i < RECORDING_OBJECTS; i++)
		if (!db_ask_number(books->db, 0,
				   "SELECT count(*) FROM object"
				   " WHERE id = $1 AND call <> $2",
				   db_id(&letter->object[i]),
				   db_id(&letter->call)) &&
		    store_remove(books->store, &letter->object[i]) < 0)
			counter_add(tally.store_failures, 1);
}

static int keep_all(struct books *books,
		    const struct register_recording *letter,
		    const struct letter_fds *fds)
{
	int r;

	db_begin(books->db);
	r = keep(books, letter, fds);
	if (r == 0) {
		r = db_commit(books->db);
	} else {
		db_roll_back(books->db);
	}
	if (r < 0) {
		books_recall(books);
		take_back(books, letter);
	}
	return r;
}

/* Of a contact that was erased nothing comes back. */
static bool is_gone(struct books *books, const struct id *contact)
{
	return db_ask_number(books->db, 0,
			     "SELECT count(*) FROM tombstone WHERE item = $1",
			     db_id(contact)) > 0;
}

int recording_take(struct books *books, const struct register_recording *letter,
		   const struct letter_fds *fds,
		   struct register_taken *ret_taken)
{
	int r = 0;

	assert(!db_is_busy(books->db));
	if (is_broken(letter, fds))
		return -EBADMSG;
	if (recording_is_known(books, &letter->call) ||
	    is_gone(books, &letter->contact)) {
		counter_add(tally.recordings_again, 1);
	} else {
		r = keep_all(books, letter, fds);
		if (r == 0) {
			counter_add(tally.recordings, 1);
			books->balance.rows += (uint64_t)fds->count;
			books->balance.objects += (uint64_t)fds->count;
		} else if (r == -EBADMSG)
			counter_add(tally.recordings_refused, 1);
		else {
			counter_add(tally.store_failures, 1);
		}
	}
	*ret_taken = (struct register_taken){
		.head = { .type = REGISTER_TAKEN, .size = sizeof(*ret_taken) },
		.call = letter->call,
		.result = r == 0 || r == -EBADMSG ? r : -EAGAIN,
	};
	return 0;
}
