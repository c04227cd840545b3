/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/proof.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "notice/told.h"
#include "register/due.h"
#include "register/log_end.h"
#include "register/register.h"
#include "vault/vault.h"

enum {
	/* Of a packet, and of milliseconds where instants are finer. */
	EXACT_NS = 40 * 1000 * 1000,
	TABLES = 7,
};

/* Every column that may exist of a contact, a recording and a chat: fields of
 * S7 and S12, ids, states, end dates, and what sealing needs. */
static const struct {
	const char *table, *columns;
} promised[TABLES] = {
	{ "contact",
	  " id channel number version state started_at answered_at ended_at "
	  "end_reason flags audio_end contact_end policy service_number agent "
	  "agent_name agent_number caller_tail caller caller_held language "
	  "queue receipt " },
	{ "recording",
	  " call contact number segment flags began_at duration_ms "
	  "lost_packets end_class end_date objects " },
	{ "object", " id call kind size sealed_size hash wrapped held " },
	{ "remark", " id call at_ms made_at staff role purpose box " },
	{ "pick",
	  " id use purpose title staff role made_at end_date from_s until_s "
	  "min_s max_s service_number agent wanted population seed " },
	{ "pick_item", " pick call place " },
	{ "chat",
	  " call number started_at ended_at policy language queue agent "
	  "agent_name receipt " },
};

struct tally_of {
	uint64_t looked_at, broken;
};

static void put(struct door_proof *proof, enum door_proof_check check,
		struct tally_of count)
{
	proof->check[check].looked_at = count.looked_at;
	proof->check[check].broken = count.broken;
}

/* Two numbers of one row: how many, and how many of them are wrong. */
static struct tally_of two_of(struct db_rows rows)
{
	OWNED(db_rows_end) struct db_rows asked = rows;
	struct tally_of count = { 0, 0 };

	if (db_rows_next(&asked)) {
		count.looked_at = (uint64_t)db_rows_number(&asked, 0);
		count.broken = (uint64_t)db_rows_number(&asked, 1);
	}
	return count;
}

static bool is_promised(const char *columns, const char *name)
{
	char word[NOTICE_TEXT_SIZE];

	(void)snprintf(word, sizeof(word), " %s ", name);
	return strstr(columns, word);
}

static struct tally_of count_fields(struct books *books)
{
	struct tally_of count = { 0, 0 };

	for (int i = 0; i < TABLES; i++) {
		OWNED(db_rows_end)
		struct db_rows rows = db_ask(
			books->db, "SELECT name FROM pragma_table_info($1)",
			db_text(promised[i].table));
		char name[NOTICE_TEXT_SIZE - 2];

		while (db_rows_next(&rows)) {
			db_rows_text(&rows, 0, name, sizeof(name));
			count.looked_at++;
			count.broken += !is_promised(promised[i].columns, name);
		}
	}
	return count;
}

/* By number, of which there are few. */
static struct tally_of count_services(struct books *books)
{
	const nanoseconds now = clock_now(&books->clock);
	struct tally_of count = { 0, 0 };

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT service_number, count(*) FROM contact"
		       " WHERE channel = $1 AND policy = $2"
		       " GROUP BY service_number",
		       db_number(REGISTER_CHANNEL_CALL),
		       db_number(policy_hash(books->policy)));
	while (db_rows_next(&rows)) {
		uint64_t calls = (uint64_t)db_rows_number(&rows, 1);
		char number[REGISTER_NUMBER_TEXT];
		enum notice_refusal refusal;

		db_rows_text(&rows, 0, number, sizeof(number));
		refusal = policy_records(books->policy, number, NOTICE_IN, now,
					 0);
		count.looked_at += calls;
		if (refusal == NOTICE_NUMBER_NOT_LISTED ||
		    refusal == NOTICE_NUMBER_EXCLUDED)
			count.broken += calls;
	}
	return count;
}

static struct tally_of count_since(struct books *books)
{
	struct told_policy told;

	told_policy(books->policy, &told);
	return two_of(
		db_ask(books->db,
		       "SELECT count(*), coalesce(sum(CASE WHEN started_at < $1"
		       " THEN 1 ELSE 0 END), 0) FROM contact",
		       db_number(civil_midnight(policy_zone(books->policy),
						told.collection_started))));
}

static void count_gates(struct books *books, struct door_proof *proof)
{
	put(proof, DOOR_PROOF_BEGINS,
	    two_of(db_ask(books->db,
			  "SELECT count(*), coalesce(sum(CASE WHEN"
			  " began_at < answered_at - $1"
			  " THEN 1 ELSE 0 END), 0) FROM recording"
			  " JOIN contact ON contact.id = recording.contact"
			  " WHERE end_class = 1",
			  db_number(EXACT_NS))));
	put(proof, DOOR_PROOF_ENDS,
	    two_of(db_ask(books->db,
			  "SELECT count(*), coalesce(sum(CASE WHEN began_at"
			  " + duration_ms * 1000000 > ended_at + $1"
			  " THEN 1 ELSE 0 END), 0) FROM recording"
			  " JOIN contact ON contact.id = recording.contact"
			  " WHERE end_class = 1 AND ended_at > 0",
			  db_number(EXACT_NS))));
}

/* Rows by end date, of which there are at most some hundreds. */
static struct tally_of count_ends(struct books *books, uint32_t data_class,
				  struct db_rows rows)
{
	OWNED(db_rows_end) struct db_rows dates = rows;
	const nanoseconds now = clock_now(&books->clock);
	struct tally_of count = { 0, 0 };

	while (db_rows_next(&dates)) {
		seal_date date = (seal_date)db_rows_number(&dates, 0);
		nanoseconds gone_by;

		due_eligible(books, data_class, date, &gone_by);
		count.looked_at += (uint64_t)db_rows_number(&dates, 1);
		if (gone_by <= now)
			count.broken += (uint64_t)db_rows_number(&dates, 2);
	}
	return count;
}

/* Of each end date: how many there are, and how many that nothing holds. */
static struct tally_of count_contents(struct books *books, uint32_t data_class)
{
	return count_ends(
		books, data_class,
		db_ask(books->db,
		       "SELECT end_date, count(*), sum(CASE WHEN EXISTS (SELECT"
		       "  1 FROM hold WHERE hold.contact = recording.contact"
		       "  AND (hold.expires_at = 0 OR hold.expires_at > $2))"
		       "  THEN 0 ELSE 1 END)"
		       " FROM recording WHERE end_class = $1"
		       " GROUP BY end_date",
		       db_number(data_class), db_number(books_seconds(books))));
}

static struct tally_of count_history(struct books *books)
{
	return count_ends(
		books, SEAL_CLASS_CONTACT,
		db_ask(books->db,
		       "SELECT contact_end, count(*), sum(CASE WHEN EXISTS"
		       "  (SELECT 1 FROM hold WHERE hold.contact = contact.id"
		       "  AND (hold.expires_at = 0 OR hold.expires_at > $1))"
		       "  THEN 0 ELSE 1 END)"
		       " FROM contact GROUP BY contact_end",
		       db_number(books_seconds(books))));
}

/* By purpose and role, since this policy holds. */
static struct tally_of count_purposes(struct books *books)
{
	struct tally_of count = { 0, 0 };

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT purpose, role, count(*) FROM reader"
		       " WHERE first_at >= (SELECT since FROM policy_version"
		       "  WHERE hash = $1) GROUP BY purpose, role",
		       db_number(policy_hash(books->policy)));
	while (db_rows_next(&rows)) {
		uint64_t readings = (uint64_t)db_rows_number(&rows, 2);
		uint32_t role = (uint32_t)db_rows_number(&rows, 1);
		char purpose[NOTICE_WORD_SIZE];

		db_rows_text(&rows, 0, purpose, sizeof(purpose));
		count.looked_at += readings;
		if (!policy_grants(books->policy, role, purpose,
				   NOTICE_LISTEN) &&
		    !policy_grants(books->policy, role, purpose, NOTICE_READ))
			count.broken += readings;
	}
	return count;
}

/* S5: by purpose and role. What was remarked for a purpose that grants no
 * notes, or is not sealed, or stands beside nothing. */
static struct tally_of count_remarks(struct books *books)
{
	struct tally_of count = { 0, 0 };

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT purpose, role, count(*), sum(CASE WHEN length(box) = $1"
		"  AND EXISTS (SELECT 1 FROM recording"
		"   WHERE recording.call = remark.call) THEN 0 ELSE 1 END)"
		" FROM remark GROUP BY purpose, role",
		db_number(VAULT_REMARK_BOX));
	while (db_rows_next(&rows)) {
		uint64_t remarks = (uint64_t)db_rows_number(&rows, 2);
		char purpose[NOTICE_WORD_SIZE];

		db_rows_text(&rows, 0, purpose, sizeof(purpose));
		count.looked_at += remarks;
		count.broken +=
			policy_grants(books->policy,
				      (uint32_t)db_rows_number(&rows, 1),
				      purpose, NOTICE_NOTE)
				? (uint64_t)db_rows_number(&rows, 3)
				: remarks;
	}
	return count;
}

/* Beyond the end of its date a key must be gone, and with it what only it
 * opens; holds have keys of their own. */
static void count_keys(struct books *books, enum door_proof_check check,
		       uint32_t data_class, struct door_proof *proof)
{
	seal_date first = books->key_first[data_class];
	struct tally_of count = { first != 0, 0 };
	nanoseconds gone_by;

	due_eligible(books, data_class, first, &gone_by);
	count.broken = first != 0 && gone_by <= clock_now(&books->clock);
	put(proof, check, count);
}

/* The vault forgets a day of its log by night: so it has a day for that. */
static void count_log(struct books *books, struct door_proof *proof)
{
	seal_date before = log_end_before(books, clock_now(&books->clock) -
							 86400 * NS_PER_S);

	put(proof, DOOR_PROOF_LOG,
	    (struct tally_of){ before && books->log_first,
			       books->log_first && books->log_first < before });
}

static void count_vault(struct books *books, struct door_proof *proof)
{
	proof->is_locked = books->vault_locked;
	if (books->vault_locked)
		return;
	count_keys(books, DOOR_PROOF_CALL_KEYS, SEAL_CLASS_AUDIO, proof);
	count_keys(books, DOOR_PROOF_HISTORY_KEYS, SEAL_CLASS_CONTACT, proof);
	count_keys(books, DOOR_PROOF_CHAT_KEYS, SEAL_CLASS_CHAT, proof);
	count_log(books, proof);
}

void proof_count(struct books *books, struct door_proof *ret_proof)
{
	if (!books->policy || !policy_zone(books->policy)) {
		ret_proof->result = -ENODATA;
		return;
	}
	ret_proof->result = 0;
	ret_proof->policy = policy_hash(books->policy);
	count_vault(books, ret_proof);
	put(ret_proof, DOOR_PROOF_FIELDS, count_fields(books));
	put(ret_proof, DOOR_PROOF_SERVICES, count_services(books));
	put(ret_proof, DOOR_PROOF_SINCE, count_since(books));
	count_gates(books, ret_proof);
	put(ret_proof, DOOR_PROOF_CALLS,
	    count_contents(books, SEAL_CLASS_AUDIO));
	put(ret_proof, DOOR_PROOF_HISTORY, count_history(books));
	put(ret_proof, DOOR_PROOF_CHATS,
	    count_contents(books, SEAL_CLASS_CHAT));
	put(ret_proof, DOOR_PROOF_PURPOSES, count_purposes(books));
	put(ret_proof, DOOR_PROOF_NOTES, count_remarks(books));
	proof_count_use(books, ret_proof);
	put(ret_proof, DOOR_PROOF_SEALED,
	    two_of(db_ask(books->db,
			  "SELECT count(*), coalesce(sum(CASE WHEN"
			  " length(caller_tail) > 3 OR (caller IS NOT NULL"
			  "  AND length(caller) <> $1)"
			  " THEN 1 ELSE 0 END), 0)"
			  " FROM contact WHERE channel = 1",
			  db_number(sizeof(struct seal_text)))));
	put(ret_proof, DOOR_PROOF_VISITORS,
	    two_of(db_ask(books->db,
			  "SELECT count(*), coalesce(sum(CASE WHEN"
			  " caller IS NOT NULL OR caller_tail <> ''"
			  " OR service_number <> '' THEN 1 ELSE 0 END), 0)"
			  " FROM contact WHERE channel = 2")));
}
