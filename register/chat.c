/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/chat.h"

#include <errno.h>
#include <string.h>

#include "register/contact.h"
#include "register/entry.h"
#include "register/recording.h"
#include "register/tally.h"

/* What of a letter is kept, reduced to what the policy lists. */
struct taken {
	const struct register_chat *letter;
	uint64_t number;
	uint32_t state;
	seal_date contact_end, chat_end;
	const char *contact_agent_name, *chat_agent_name;
};

/* What is known of this conversation: all 0 if nothing yet. */
struct known {
	uint32_t version, state, channel;
	uint64_t number;
	bool is_dead; /* its row was here, and is gone */
};

static bool is_none(const struct register_chat *letter)
{
	return id_is_none(&letter->object) && !letter->size &&
	       !letter->sealed_size && !letter->chat_end.date;
}

static bool object_is_broken(const struct register_chat *letter,
			     const struct letter_fds *fds)
{
	if (!letter->has_object)
		return fds->count != 0 || !is_none(letter);
	return letter->has_object != 1 || fds->count != 1 ||
	       letter->phase != REGISTER_PHASE_OVER ||
	       id_is_none(&letter->object) ||
	       id_is(&letter->object, &letter->chat) ||
	       letter->sealed_size == 0 || letter->sealed_size > INT64_MAX ||
	       letter->size > letter->sealed_size ||
	       letter->chat_end.data_class != SEAL_CLASS_CHAT ||
	       !civil_is_date(letter->chat_end.date) ||
	       letter->wrapped.end.data_class != SEAL_CLASS_CHAT ||
	       !civil_is_date(letter->wrapped.end.date);
}

/* What no honest room sends. */
static bool is_broken(const struct register_chat *letter,
		      const struct letter_fds *fds)
{
	bool is_over = letter->phase == REGISTER_PHASE_OVER;

	return id_is_none(&letter->chat) || letter->version == 0 ||
	       letter->phase < REGISTER_PHASE_WAITING ||
	       letter->phase > REGISTER_PHASE_OVER || letter->started_at <= 0 ||
	       letter->answered_at < 0 || letter->ended_at < 0 ||
	       is_over != (letter->ended_at > 0) ||
	       is_over != (letter->end_reason > 0) ||
	       (letter->phase == REGISTER_PHASE_TALKING &&
		!letter->answered_at) ||
	       letter->contact_end.data_class != SEAL_CLASS_CONTACT ||
	       !civil_is_date(letter->contact_end.date) ||
	       !contact_text_is(letter->language, sizeof(letter->language)) ||
	       !contact_text_is(letter->queue, sizeof(letter->queue)) ||
	       !contact_text_is(letter->agent, sizeof(letter->agent)) ||
	       !contact_text_is(letter->agent_name,
				sizeof(letter->agent_name)) ||
	       object_is_broken(letter, fds);
}

static uint32_t state_of(const struct register_chat *letter)
{
	switch (letter->phase) {
	case REGISTER_PHASE_WAITING:
		return REGISTER_STATE_OPEN;
	case REGISTER_PHASE_TALKING:
		return REGISTER_STATE_ANSWERED;
	default:
		return letter->answered_at ? REGISTER_STATE_ENDED
					   : REGISTER_STATE_UNANSWERED;
	}
}

static bool is_over(uint32_t state)
{
	return state == REGISTER_STATE_ENDED ||
	       state == REGISTER_STATE_UNANSWERED;
}

/* The policy's own end is the latest there is, whatever the letter says. */
static seal_date end_of(const struct books *books,
			const struct register_chat *letter,
			const struct seal_end *told)
{
	nanoseconds ended =
		letter->ended_at ? letter->ended_at : letter->started_at;
	struct seal_end end;

	if (policy_end(books->policy, told->data_class, letter->started_at,
		       ended, &end) < 0 ||
	    end.date > told->date)
		return told->date;
	return end.date;
}

/* A field that the class does not list is not stored with it. */
static const char *agent_name(const struct books *books,
			      const struct register_chat *letter,
			      uint32_t data_class)
{
	if (!letter->agent_name[0] ||
	    policy_has_field(books->policy, data_class, "agent_name"))
		return letter->agent_name;
	counter_add(tally.fields_dropped, 1);
	return "";
}

static struct known look_up(struct books *books, const struct id *chat)
{
	struct known known = { 0 };

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT version, state, channel, number, 0 FROM contact"
		       " WHERE id = $1 UNION ALL"
		       " SELECT 0, 0, 2, number, 1 FROM tombstone"
		       " WHERE item = $1 AND kind = 3",
		       db_id(chat));
	if (db_rows_next(&rows)) {
		known.version = (uint32_t)db_rows_number(&rows, 0);
		known.state = (uint32_t)db_rows_number(&rows, 1);
		known.channel = (uint32_t)db_rows_number(&rows, 2);
		known.number = (uint64_t)db_rows_number(&rows, 3);
		known.is_dead = db_rows_number(&rows, 4) != 0;
	}
	return known;
}

static int write_row(struct books *books, const struct taken *taken)
{
	const struct register_chat *letter = taken->letter;

	return db_run(
		books->db,
		"INSERT INTO contact (id, channel, number, version, state,"
		" started_at, answered_at, ended_at, end_reason, flags,"
		" audio_end, contact_end, policy, service_number, agent,"
		" agent_name, agent_number, caller_tail, caller, language,"
		" queue, receipt)"
		" VALUES ($1, 2, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11,"
		" '', $12, $13, '', '', NULL, $14, $15, $16)"
		" ON CONFLICT (id) DO UPDATE SET version = $3, state = $4,"
		" started_at = $5, answered_at = $6, ended_at = $7,"
		" end_reason = $8, flags = $9, contact_end = $10,"
		" policy = $11, agent = $12, agent_name = $13,"
		" language = $14, queue = $15, receipt = $16",
		db_id(&letter->chat), db_number((int64_t)taken->number),
		db_number(letter->version), db_number(taken->state),
		db_number(letter->started_at), db_number(letter->answered_at),
		db_number(letter->ended_at), db_number(letter->end_reason),
		db_number(letter->flags), db_number(taken->contact_end),
		db_number(letter->policy), db_text(letter->agent),
		db_text(taken->contact_agent_name), db_text(letter->language),
		db_text(letter->queue),
		db_bytes(letter->receipt, sizeof(letter->receipt)));
}

static int tell(struct books *books, const char *event,
		const struct taken *taken)
{
	return entry_post(books,
			  json_pack("{s:s,s:s,s:o,s:I,s:I,s:o,s:I}", "event",
				    event, "actor", "svc_chat", "contact",
				    entry_id(&taken->letter->chat), "number",
				    (json_int_t)taken->number, "state",
				    (json_int_t)taken->state, "contact_end",
				    entry_date(taken->contact_end), "policy",
				    (json_int_t)taken->letter->policy));
}

static int take_row(struct books *books, const struct known *known,
		    const struct taken *taken)
{
	int r = write_row(books, taken);

	if (r >= 0 && taken->letter->agent[0])
		r = db_run(books->db,
			   "INSERT INTO chat_agent (contact, agent)"
			   " VALUES ($1, $2) ON CONFLICT DO NOTHING",
			   db_id(&taken->letter->chat),
			   db_text(taken->letter->agent));
	if (r >= 0 && !known->version)
		r = tell(books, "chat.opened", taken);
	if (r >= 0 && is_over(taken->state) && !is_over(known->state))
		r = tell(books, "chat.closed", taken);
	if (r < 0)
		return r;
	counter_add(tally.chat_updates, 1);
	if (known->version)
		return 0;
	counter_add(tally.chats, 1);
	books->chat_highest = taken->number;
	books->chat_known++;
	return 0;
}

/* Whether what was said is here, or was. */
static bool content_is_known(struct books *books,
			     const struct register_chat *letter)
{
	return recording_is_known(books, &letter->object) ||
	       db_ask_number(books->db, 0,
			     "SELECT (SELECT count(*) FROM recording"
			     "  WHERE contact = $1) +"
			     " (SELECT count(*) FROM tombstone"
			     "  WHERE contact = $1 AND kind = 2)",
			     db_id(&letter->chat)) > 0;
}

static int write_content(struct books *books, const struct taken *taken)
{
	const struct register_chat *letter = taken->letter;
	nanoseconds length = letter->ended_at - letter->started_at;
	int r = db_run(books->db,
		       "INSERT INTO recording (call, contact, number, segment,"
		       " flags, began_at, duration_ms, lost_packets, end_class,"
		       " end_date, objects)"
		       " VALUES ($1, $2, $3, 0, 0, $4, $5, 0, 3, $6, 1)",
		       db_id(&letter->object), db_id(&letter->chat),
		       db_number((int64_t)taken->number),
		       db_number(letter->started_at),
		       db_number(length > 0 ? length / NS_PER_MS : 0),
		       db_number(taken->chat_end));

	if (r >= 0)
		r = db_run(books->db,
			   "INSERT INTO object (id, call, kind, size,"
			   " sealed_size, hash, wrapped)"
			   " VALUES ($1, $1, 4, $2, $3, $4, $5)",
			   db_id(&letter->object),
			   db_number((int64_t)letter->size),
			   db_number((int64_t)letter->sealed_size),
			   db_bytes(letter->hash, sizeof(letter->hash)),
			   db_bytes(&letter->wrapped, sizeof(letter->wrapped)));
	if (r >= 0)
		r = db_run(
			books->db,
			"INSERT INTO chat (call, number, started_at, ended_at,"
			" policy, language, queue, agent, agent_name, receipt)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			db_id(&letter->object),
			db_number((int64_t)taken->number),
			db_number(letter->started_at),
			db_number(letter->ended_at), db_number(letter->policy),
			db_text(letter->language), db_text(letter->queue),
			db_text(letter->agent), db_text(taken->chat_agent_name),
			db_bytes(letter->receipt, sizeof(letter->receipt)));
	return r < 0 ? r : 0;
}

static int tell_sealed(struct books *books, const struct taken *taken)
{
	const struct register_chat *letter = taken->letter;
	char hash[2 * SEAL_HASH_SIZE + 1];

	hex_text(letter->hash, SEAL_HASH_SIZE, hash);
	return entry_post(
		books, json_pack("{s:s,s:s,s:o,s:I,s:o,s:s,s:I,s:o}", "event",
				 "chat.sealed", "actor", "svc_chat", "contact",
				 entry_id(&letter->chat), "number",
				 (json_int_t)taken->number, "object",
				 entry_id(&letter->object), "hash", hash,
				 "size", (json_int_t)letter->sealed_size, "end",
				 entry_date(taken->chat_end)));
}

/* -EBADMSG if the object is not what the letter says. */
static int take_content(struct books *books, const struct taken *taken, int fd)
{
	const struct register_chat *letter = taken->letter;
	int r;

	if (!recording_is_sealed(fd))
		return -EBADMSG;
	r = store_put(books->store, &letter->object, fd, letter->sealed_size,
		      letter->hash);
	if (r == -EEXIST || r == -ENOTSUP)
		return -EBADMSG;
	if (r == 0)
		r = write_content(books, taken);
	if (r == 0)
		r = tell_sealed(books, taken);
	return r;
}

/* 0: take it; 1: its row is as told already, or gone; or why not. */
static int judge(struct books *books, const struct register_chat *letter,
		 const struct known *known)
{
	if (!books->policy)
		return -EAGAIN;
	if (known->is_dead)
		return 1;
	if (known->version) {
		if (known->channel != REGISTER_CHANNEL_CHAT)
			return -EINVAL;
		if (known->version == letter->version)
			return 1;
		return known->version > letter->version ? -ESTALE : 0;
	}
	if (!policy_keeps_chat(books->policy, letter->started_at))
		return -EINVAL; /* S14, or no rule for chats at all */
	return 0;
}

static struct taken reduce(struct books *books,
			   const struct register_chat *letter,
			   const struct known *known)
{
	return (struct taken){
		.letter = letter,
		.number =
			known->number ? known->number : books->chat_highest + 1,
		.state = state_of(letter),
		.contact_end = end_of(books, letter, &letter->contact_end),
		.chat_end = end_of(books, letter, &letter->chat_end),
		.contact_agent_name =
			agent_name(books, letter, SEAL_CLASS_CONTACT),
		.chat_agent_name =
			letter->has_object
				? agent_name(books, letter, SEAL_CLASS_CHAT)
				: "",
	};
}

/* Verdicts stand in the answer; what is returned asks for rolling back. */
static int note(struct books *books, const struct register_chat *letter,
		const struct letter_fds *fds, bool *ret_stored,
		struct register_chat_noted *noted)
{
	struct known known = look_up(books, &letter->chat);
	int verdict = judge(books, letter, &known), r = 0;
	struct taken taken;

	*ret_stored = false;
	*noted = (struct register_chat_noted){
		.head = { .type = REGISTER_CHAT_NOTED, .size = sizeof(*noted) },
		.chat = letter->chat,
		.version = letter->version,
		.result = verdict < 0 ? verdict : 0,
		.number = known.channel == REGISTER_CHANNEL_CHAT ? known.number
								 : 0,
	};
	if (verdict == -EINVAL)
		counter_add(tally.chats_refused, 1);
	if (verdict < 0)
		return 0;
	taken = reduce(books, letter, &known);
	noted->number = taken.number;
	if (verdict == 0)
		r = take_row(books, &known, &taken);
	if (r == 0 && letter->has_object && !content_is_known(books, letter)) {
		r = take_content(books, &taken, fds->fd[0]);
		*ret_stored = r == 0;
	}
	/* A constraint of the tables: an id or a number of something else. */
	return r == -EEXIST || r == -EINVAL ? -EBADMSG : r;
}

int chat_note(struct books *books, const struct register_chat *letter,
	      const struct letter_fds *fds,
	      struct register_chat_noted *ret_noted)
{
	bool stored;

	assert(db_is_busy(books->db) && !letter->has_object);
	if (is_broken(letter, fds))
		return -EBADMSG;
	return note(books, letter, fds, &stored, ret_noted);
}

/* An object whose row was refused is no one's: away with it. */
static void take_back(struct books *books, const struct register_chat *letter)
{
	if (!db_ask_number(books->db, 0,
			   "SELECT count(*) FROM object WHERE id = $1",
			   db_id(&letter->object)) &&
	    store_remove(books->store, &letter->object) < 0)
		counter_add(tally.store_failures, 1);
}

static int note_all(struct books *books, const struct register_chat *letter,
		    const struct letter_fds *fds,
		    struct register_chat_noted *noted)
{
	bool stored = false;
	int r;

	db_begin(books->db);
	r = note(books, letter, fds, &stored, noted);
	if (r == 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r < 0) {
		books_recall(books);
		take_back(books, letter);
		return r;
	}
	if (!stored) {
		counter_add(tally.chats_again, noted->result == 0);
		return 0;
	}
	counter_add(tally.chats_stored, 1);
	counter_add(tally.stored_bytes, letter->sealed_size);
	books->balance.rows++;
	books->balance.objects++;
	return 0;
}

int chat_take(struct books *books, const struct register_chat *letter,
	      const struct letter_fds *fds,
	      struct register_chat_noted *ret_noted)
{
	int r;

	assert(!db_is_busy(books->db) && letter->has_object);
	if (is_broken(letter, fds))
		return -EBADMSG;
	r = note_all(books, letter, fds, ret_noted);
	if (r == -EBADMSG)
		counter_add(tally.chat_contents_refused, 1);
	else if (r < 0)
		counter_add(tally.store_failures, 1);
	if (r < 0) {
		ret_noted->result = r == -EBADMSG ? r : -EAGAIN;
		ret_noted->number = 0;
	}
	return 0;
}
