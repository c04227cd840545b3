/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/contact.h"

#include <errno.h>
#include <string.h>

#include "register/entry.h"
#include "register/tally.h"

/* Length of one UTF-8 character at "at", 0 if it is none. */
static size_t utf8_size(const uint8_t *at, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code;
	size_t size;

	if (at[0] < 0x80)
		return at[0] >= 0x20 && at[0] != 0x7f;
	size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc0 ? 2 : 0;
	if (size == 0 || size > left || at[0] > 0xf4)
		return 0;
	code = at[0] & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[size] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return size;
}

bool contact_text_is(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	if (length == size)
		return false;
	for (size_t i = 0; i < length;) {
		size_t step = utf8_size((const uint8_t *)text + i, length - i);

		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

static bool is_number(const char *text)
{
	size_t digits = strspn(text + (*text == '+'), "0123456789");

	return text[digits + (*text == '+')] == '\0';
}

/* Empty what is not what its name says, or what the policy does not list. */
static void drop(const struct books *books, const char *field, char *text,
		 bool is_well)
{
	bool listed = !field || policy_has_field(books->policy,
						 SEAL_CLASS_CONTACT, field);

	if (!*text || (is_well && listed))
		return;
	counter_add(tally.fields_dropped, 1);
	*text = '\0';
}

static void drop_caller(struct register_contact *contact)
{
	if (contact->caller_tail[0] ||
	    !bytes_are_zero(&contact->caller, sizeof(contact->caller)))
		counter_add(tally.fields_dropped, 1);
	memset(contact->caller_tail, 0, sizeof(contact->caller_tail));
	memset(&contact->caller, 0, sizeof(contact->caller));
}

/* S7: these fields and no others. */
static void reduce(const struct books *books, struct register_contact *contact)
{
	drop(books, "service_number", contact->service_number,
	     is_number(contact->service_number));
	drop(books, NULL, contact->agent, true);
	drop(books, "agent_name", contact->agent_name, true);
	drop(books, "agent_number", contact->agent_number,
	     is_number(contact->agent_number));
	if ((contact->flags & REGISTER_FLAG_WITHHELD) ||
	    !policy_has_field(books->policy, SEAL_CLASS_CONTACT,
			      "caller_number"))
		drop_caller(contact);
	drop(books, NULL, contact->caller_tail,
	     is_number(contact->caller_tail) &&
		     contact->caller_tail[0] != '+' &&
		     strlen(contact->caller_tail) <= 3);
}

/* What no honest siprec sends. */
static bool is_broken(const struct register_contact *contact)
{
	return id_is_none(&contact->contact) || contact->number == 0 ||
	       contact->number > INT64_MAX || contact->version == 0 ||
	       contact->state < REGISTER_STATE_OPEN ||
	       contact->state > REGISTER_STATE_UNANSWERED ||
	       contact->started_at <= 0 || contact->answered_at < 0 ||
	       contact->ended_at < 0 ||
	       contact->audio_end.data_class != SEAL_CLASS_AUDIO ||
	       contact->contact_end.data_class != SEAL_CLASS_CONTACT ||
	       !civil_is_date(contact->audio_end.date) ||
	       !civil_is_date(contact->contact_end.date) ||
	       !contact_text_is(contact->service_number,
				sizeof(contact->service_number)) ||
	       !contact_text_is(contact->agent, sizeof(contact->agent)) ||
	       !contact_text_is(contact->agent_name,
				sizeof(contact->agent_name)) ||
	       !contact_text_is(contact->agent_number,
				sizeof(contact->agent_number)) ||
	       !contact_text_is(contact->caller_tail,
				sizeof(contact->caller_tail));
}

/* The policy's own end is the latest there is, whatever the letter says. */
static seal_date end_of(const struct books *books,
			const struct register_contact *contact,
			const struct seal_end *told)
{
	nanoseconds ended =
		contact->ended_at ? contact->ended_at : contact->started_at;
	struct seal_end end;

	if (policy_end(books->policy, told->data_class, contact->started_at,
		       ended, &end) < 0 ||
	    end.date > told->date)
		return told->date;
	return end.date;
}

static int write_row(struct books *books,
		     const struct register_contact *contact)
{
	return db_run(
		books->db,
		"INSERT INTO contact (id, channel, number, version, state,"
		" started_at,"
		" answered_at, ended_at, end_reason, flags, audio_end,"
		" contact_end, policy, service_number, agent, agent_name,"
		" agent_number, caller_tail, caller, language, queue)"
		" VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
		" $12, $13, $14, $15, $16, $17, $18, '', '')"
		" ON CONFLICT (id) DO UPDATE SET version = $3, state = $4,"
		" started_at = $5, answered_at = $6, ended_at = $7,"
		" end_reason = $8, flags = $9,"
		" audio_end = $10, contact_end = $11, policy = $12,"
		" service_number = $13, agent = $14, agent_name = $15,"
		" agent_number = $16, caller_tail = $17, caller = $18,"
		/* Another box: the hold's copy is made of it anew. */
		" caller_held = CASE WHEN contact.caller = $18"
		"  THEN contact.caller_held ELSE NULL END",
		db_id(&contact->contact), db_number((int64_t)contact->number),
		db_number(contact->version), db_number(contact->state),
		db_number(contact->started_at), db_number(contact->answered_at),
		db_number(contact->ended_at), db_number(contact->end_reason),
		db_number(contact->flags),
		db_number(end_of(books, contact, &contact->audio_end)),
		db_number(end_of(books, contact, &contact->contact_end)),
		db_number(contact->policy), db_text(contact->service_number),
		db_text(contact->agent), db_text(contact->agent_name),
		db_text(contact->agent_number), db_text(contact->caller_tail),
		db_bytes(&contact->caller, sizeof(contact->caller)));
}

static int tell(struct books *books, const char *event,
		const struct register_contact *contact)
{
	return entry_post(
		books,
		json_pack("{s:s,s:s,s:o,s:I,s:I,s:o,s:o,s:I}", "event", event,
			  "actor", "svc_siprec", "contact",
			  entry_id(&contact->contact), "number",
			  (json_int_t)contact->number, "state",
			  (json_int_t)contact->state, "audio_end",
			  entry_date(contact->audio_end.date), "contact_end",
			  entry_date(contact->contact_end.date), "policy",
			  (json_int_t)contact->policy));
}

static bool is_over(uint32_t state)
{
	return state == REGISTER_STATE_ENDED ||
	       state == REGISTER_STATE_UNANSWERED;
}

/* What is known of this contact: 0 if nothing yet. */
struct known {
	uint32_t version, state, channel;
	uint64_t number;
};

static struct known look_up(struct books *books, const struct id *contact)
{
	struct known known = { 0 };

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT version, state, number, channel FROM contact"
		       " WHERE id = $1",
		       db_id(contact));
	if (db_rows_next(&rows)) {
		known.version = (uint32_t)db_rows_number(&rows, 0);
		known.state = (uint32_t)db_rows_number(&rows, 1);
		known.number = (uint64_t)db_rows_number(&rows, 2);
		known.channel = (uint32_t)db_rows_number(&rows, 3);
	}
	return known;
}

/* 0: take it; 1: nothing to do; or why not. */
static int judge(struct books *books, const struct register_contact *contact,
		 const struct known *known)
{
	if (!books->policy)
		return -EAGAIN;
	if (known->version) {
		if (known->number != contact->number ||
		    known->channel != REGISTER_CHANNEL_CALL)
			return -EEXIST;
		if (known->version == contact->version)
			return 1;
		return known->version > contact->version ? -ESTALE : 0;
	}
	if (db_ask_number(books->db, 0,
			  "SELECT count(*) FROM tombstone WHERE item = $1",
			  db_id(&contact->contact)))
		return 1; /* it has been here, and is gone */
	if (db_ask_number(
		    books->db, 0,
		    "SELECT (SELECT count(*) FROM contact"
		    " WHERE channel = 1 AND number = $1) + (SELECT count(*)"
		    " FROM tombstone WHERE kind = 1 AND number = $1)",
		    db_number((int64_t)contact->number)))
		return -EEXIST;
	if (policy_records(books->policy, contact->service_number, NOTICE_IN,
			   contact->started_at, 0) == NOTICE_TOO_OLD)
		return -EINVAL; /* S14 */
	return 0;
}

/* siprec tells its own anew each time; those of finish stay beside them. */
static uint32_t flags_of_recordings(struct books *books,
				    const struct id *contact)
{
	uint32_t flags = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db, "SELECT flags FROM recording WHERE contact = $1",
		db_id(contact));
	while (db_rows_next(&rows))
		flags |= (uint32_t)db_rows_number(&rows, 0);
	return flags;
}

static int take(struct books *books, const struct register_contact *letter,
		const struct known *known)
{
	struct register_contact contact = *letter;
	int r;

	reduce(books, &contact);
	contact.flags |= flags_of_recordings(books, &contact.contact);
	r = write_row(books, &contact);
	if (r == 1 && !known->version)
		r = tell(books, "contact.opened", &contact);
	if (r >= 0 && is_over(contact.state) && !is_over(known->state))
		r = tell(books, "contact.closed", &contact);
	if (r < 0)
		return r;

	counter_add(tally.contact_updates, 1);
	if (known->version)
		return 0;
	counter_add(tally.contacts, 1);
	if (contact.number != books->highest + 1)
		counter_add(tally.gaps_seen, 1);
	if (contact.number > books->highest)
		books->highest = contact.number;
	books->known++;
	counter_set(tally.number_gaps, books_gaps(books));
	return 0;
}

int contact_note(struct books *books, const struct register_contact *letter,
		 struct register_noted *ret_noted)
{
	struct known known;
	int r;

	if (is_broken(letter))
		return -EBADMSG;
	known = look_up(books, &letter->contact);
	r = judge(books, letter, &known);
	if (r == 0) {
		r = take(books, letter, &known);
		if (r < 0)
			return r == -EINVAL ? -EBADMSG : r;
	} else if (r == -EAGAIN) {
		return r;
	} else if (r == -EINVAL || r == -EEXIST) {
		counter_add(tally.contacts_refused, 1);
	}
	*ret_noted = (struct register_noted){
		.head = { .type = REGISTER_NOTED, .size = sizeof(*ret_noted) },
		.number = letter->number,
		.version = letter->version,
		.result = r > 0 ? 0 : r,
	};
	return 0;
}
