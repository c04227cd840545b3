/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/schema.h"

/*
 * Instants of contacts and recordings are nanoseconds, those of staff
 * seconds since the epoch. Dates are seal_date. Ids are 16 bytes. There is
 * no foreign key from recording to contact: finish may hand in a recording
 * before siprec's letter about the contact was taken.
 */
const char *const schema_steps[SCHEMA_STEPS] = {
	/* 1: calls, staff, sessions, what was deleted, what to tell */
	"CREATE TABLE contact ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" number BIGINT NOT NULL UNIQUE CHECK (number > 0),"
	" version BIGINT NOT NULL,"
	" state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 4),"
	" started_at BIGINT NOT NULL,"
	" answered_at BIGINT NOT NULL,"
	" ended_at BIGINT NOT NULL,"
	" end_reason BIGINT NOT NULL,"
	" flags BIGINT NOT NULL,"
	" audio_end BIGINT NOT NULL,"
	" contact_end BIGINT NOT NULL,"
	" policy BIGINT NOT NULL,"
	" service_number TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" agent_name TEXT NOT NULL,"
	" agent_number TEXT NOT NULL,"
	" caller_tail TEXT NOT NULL CHECK (length(caller_tail) <= 3),"
	" caller BLOB);"
	"CREATE INDEX contact_by_agent ON contact (agent, number);"
	"CREATE INDEX contact_by_start ON contact (started_at);"
	"CREATE INDEX contact_by_end ON contact (contact_end);"

	"CREATE TABLE recording ("
	" call BLOB PRIMARY KEY CHECK (length(call) = 16),"
	" contact BLOB NOT NULL CHECK (length(contact) = 16),"
	" number BIGINT NOT NULL,"
	" segment BIGINT NOT NULL,"
	" flags BIGINT NOT NULL,"
	" began_at BIGINT NOT NULL,"
	" duration_ms BIGINT NOT NULL,"
	" lost_packets BIGINT NOT NULL,"
	" end_class BIGINT NOT NULL,"
	" end_date BIGINT NOT NULL,"
	" objects BIGINT NOT NULL);"
	"CREATE INDEX recording_by_contact ON recording (contact, segment);"
	"CREATE INDEX recording_by_end ON recording (end_class, end_date);"

	"CREATE TABLE object ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" call BLOB NOT NULL REFERENCES recording (call) ON DELETE CASCADE,"
	" kind BIGINT NOT NULL,"
	" size BIGINT NOT NULL,"
	" sealed_size BIGINT NOT NULL,"
	" hash BLOB NOT NULL CHECK (length(hash) = 32),"
	" wrapped BLOB NOT NULL);"
	"CREATE UNIQUE INDEX object_by_call ON object (call, kind);"

	/* A hold keeps its item from deletion; it never widens use. */
	"CREATE TABLE hold ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" contact BLOB NOT NULL,"
	" kind BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"
	" expires_at BIGINT NOT NULL);"
	"CREATE INDEX hold_by_contact ON hold (contact);"

	/* That something was, under which number, and why it is no more. */
	"CREATE TABLE tombstone ("
	" item BLOB PRIMARY KEY CHECK (length(item) = 16),"
	" kind BIGINT NOT NULL,"
	" contact BLOB NOT NULL,"
	" number BIGINT NOT NULL,"
	" end_class BIGINT NOT NULL,"
	" end_date BIGINT NOT NULL,"
	" cause BIGINT NOT NULL,"
	" at BIGINT NOT NULL);"
	"CREATE INDEX tombstone_by_contact ON tombstone (contact, kind);"
	"CREATE INDEX tombstone_by_number ON tombstone (kind, number);"

	"CREATE TABLE key_gone ("
	" end_class BIGINT NOT NULL,"
	" end_date BIGINT NOT NULL,"
	" at BIGINT NOT NULL,"
	" PRIMARY KEY (end_class, end_date));"

	"CREATE TABLE staff ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" login TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" language TEXT NOT NULL,"
	" password TEXT NOT NULL," /* Argon2id, empty: none yet */
	" totp BLOB,"		   /* sealed with the file "staff.key" */
	" totp_step BIGINT NOT NULL DEFAULT 0,"
	" once BLOB UNIQUE," /* hash of the one-time code */
	" once_until BIGINT NOT NULL DEFAULT 0,"
	" once_direct BIGINT NOT NULL DEFAULT 0,"
	" disabled BIGINT NOT NULL DEFAULT 0,"
	" made_at BIGINT NOT NULL,"
	" last_sign_in BIGINT NOT NULL DEFAULT 0,"
	" sign_in_before BIGINT NOT NULL DEFAULT 0);"

	"CREATE TABLE role_grant ("
	" staff BLOB NOT NULL REFERENCES staff (id),"
	" role BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"
	" until BIGINT NOT NULL,"
	" PRIMARY KEY (staff, role));"

	"CREATE TABLE session ("
	" token BLOB PRIMARY KEY CHECK (length(token) = 32)," /* its hash */
	" staff BLOB NOT NULL REFERENCES staff (id),"
	" csrf BLOB NOT NULL,"
	" purpose TEXT NOT NULL,"
	" seen_at BIGINT NOT NULL,"
	" expires_at BIGINT NOT NULL);"
	"CREATE INDEX session_by_staff ON session (staff);"

	/* Who has listened: an index of what the audit log says. */
	"CREATE TABLE reader ("
	" id BIGINT PRIMARY KEY,"
	" staff BLOB NOT NULL,"
	" role BIGINT NOT NULL,"
	" contact BLOB NOT NULL,"
	" call BLOB NOT NULL,"
	" purpose TEXT NOT NULL,"
	" first_at BIGINT NOT NULL,"
	" last_at BIGINT NOT NULL,"
	" seq BIGINT NOT NULL,"
	" parts BIGINT NOT NULL,"
	" from_ms BIGINT NOT NULL,"
	" until_ms BIGINT NOT NULL);"
	"CREATE INDEX reader_by_contact ON reader (contact, id);"
	"CREATE INDEX reader_by_staff ON reader (staff, call, id);"

	"CREATE TABLE agent ("
	" id TEXT PRIMARY KEY,"
	" name TEXT NOT NULL,"
	" number TEXT NOT NULL);"

	"CREATE TABLE policy_version ("
	" hash BIGINT PRIMARY KEY,"
	" id TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" since BIGINT NOT NULL);"

	/* Entries for the audit log that the vault has not taken yet. */
	"CREATE TABLE outbox ("
	" seq BIGINT PRIMARY KEY,"
	" entry TEXT NOT NULL);"

	"CREATE TABLE sweep ("
	" at BIGINT PRIMARY KEY,"
	" recordings BIGINT NOT NULL,"
	" contacts BIGINT NOT NULL,"
	" keys BIGINT NOT NULL);"

	/* Small facts that survive a restart, by name. */
	"CREATE TABLE mark ("
	" name TEXT PRIMARY KEY,"
	" value BIGINT NOT NULL);",

	/* 2: tries to sign in that failed and are in no audit entry yet */
	"CREATE TABLE failed_try ("
	" staff BLOB NOT NULL CHECK (length(staff) = 16),"
	" reason TEXT NOT NULL,"
	" count BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"
	" PRIMARY KEY (staff, reason));"
	/* Duties that must differ in person: nobody has two roles. */
	"CREATE UNIQUE INDEX role_grant_one ON role_grant (staff);",

	/* 3: attempts that were refused, open counts and sums by day */
	"CREATE TABLE refused_try ("
	" staff BLOB NOT NULL CHECK (length(staff) = 16),"
	" object BLOB NOT NULL CHECK (length(object) = 16),"
	" type TEXT NOT NULL,"
	" result BIGINT NOT NULL,"
	" role BIGINT NOT NULL,"
	" count BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"
	" PRIMARY KEY (staff, object, type, result));"
	"CREATE TABLE refused_day ("
	" day BIGINT PRIMARY KEY,"
	" count BIGINT NOT NULL);"
	/* Which accounts were made able to listen, and by whom. */
	"CREATE TABLE account_act ("
	" id BIGINT PRIMARY KEY,"
	" staff BLOB NOT NULL REFERENCES staff (id),"
	" act BIGINT NOT NULL,"
	" role BIGINT NOT NULL,"
	" actor TEXT NOT NULL,"
	" at BIGINT NOT NULL);",

	/*
	 * 4: chats. That one took place is a contact by another channel, with
	 * a series of numbers of its own; what was said is a recording of
	 * class chat whose call is its object. The table is made anew because
	 * a number is unique in its channel only.
	 */
	"CREATE TABLE contact_of_4 ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" channel BIGINT NOT NULL CHECK (channel BETWEEN 1 AND 2),"
	" number BIGINT NOT NULL CHECK (number > 0),"
	" version BIGINT NOT NULL,"
	" state BIGINT NOT NULL CHECK (state BETWEEN 1 AND 4),"
	" started_at BIGINT NOT NULL,"
	" answered_at BIGINT NOT NULL,"
	" ended_at BIGINT NOT NULL,"
	" end_reason BIGINT NOT NULL,"
	" flags BIGINT NOT NULL,"
	" audio_end BIGINT NOT NULL," /* 0: a chat */
	" contact_end BIGINT NOT NULL,"
	" policy BIGINT NOT NULL,"
	" service_number TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" agent_name TEXT NOT NULL,"
	" agent_number TEXT NOT NULL,"
	" caller_tail TEXT NOT NULL CHECK (length(caller_tail) <= 3),"
	" caller BLOB,"
	/* of chats alone */
	" language TEXT NOT NULL,"
	" queue TEXT NOT NULL,"
	" receipt BLOB CHECK (receipt IS NULL OR length(receipt) = 32),"
	" UNIQUE (channel, number));"
	"INSERT INTO contact_of_4 (id, channel, number, version, state,"
	" started_at, answered_at, ended_at, end_reason, flags, audio_end,"
	" contact_end, policy, service_number, agent, agent_name,"
	" agent_number, caller_tail, caller, language, queue)"
	" SELECT id, 1, number, version, state, started_at, answered_at,"
	" ended_at, end_reason, flags, audio_end, contact_end, policy,"
	" service_number, agent, agent_name, agent_number, caller_tail,"
	" caller, '', '' FROM contact;"
	"DROP TABLE contact;"
	"ALTER TABLE contact_of_4 RENAME TO contact;"
	"CREATE INDEX contact_by_agent ON contact (agent, channel, number);"
	"CREATE INDEX contact_by_start ON contact (started_at);"
	"CREATE INDEX contact_by_end ON contact (contact_end);"
	"CREATE INDEX contact_by_state ON contact (channel, state);"

	/* What is left of a chat when its contact is gone: S12, no more. */
	"CREATE TABLE chat ("
	" call BLOB PRIMARY KEY"
	"  REFERENCES recording (call) ON DELETE CASCADE,"
	" number BIGINT NOT NULL UNIQUE CHECK (number > 0),"
	" started_at BIGINT NOT NULL,"
	" ended_at BIGINT NOT NULL,"
	" policy BIGINT NOT NULL,"
	" language TEXT NOT NULL,"
	" queue TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" agent_name TEXT NOT NULL,"
	" receipt BLOB CHECK (receipt IS NULL OR length(receipt) = 32));"
	"CREATE INDEX reader_by_call ON reader (call);"
	/* By its class too, or those of a class are looked through instead. */
	"DROP INDEX recording_by_contact;"
	"CREATE INDEX recording_by_contact"
	" ON recording (contact, end_class, segment);"

	"CREATE TABLE canned ("
	" id TEXT PRIMARY KEY,"
	" title TEXT NOT NULL,"
	" fi TEXT NOT NULL,"
	" sv TEXT NOT NULL,"
	" en TEXT NOT NULL,"
	" owner BLOB NOT NULL REFERENCES staff (id),"
	" review BIGINT NOT NULL,"
	" changed_at BIGINT NOT NULL);"

	"ALTER TABLE sweep ADD COLUMN chats BIGINT NOT NULL DEFAULT 0;",

	/*
	 * 5: everybody who answered a chat, not the last alone, sees who read
	 * it: it holds their words too. Goes with the last half of the chat.
	 */
	"CREATE TABLE chat_agent ("
	" contact BLOB NOT NULL CHECK (length(contact) = 16),"
	" agent TEXT NOT NULL,"
	" PRIMARY KEY (contact, agent));"
	/* Who left the roster answers no more, and is kept for old contacts. */
	"ALTER TABLE agent ADD COLUMN serves BIGINT NOT NULL DEFAULT 1;",

	/*
	 * 6: holds outlive the key of their date. Who placed one, on which
	 * reference, and when it is looked at again; the contacts that have a
	 * key pair of their own in the vault; what was sealed anew to it.
	 */
	"ALTER TABLE hold ADD COLUMN review_at BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE hold ADD COLUMN reference TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE hold ADD COLUMN actor TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE held ("
	" contact BLOB PRIMARY KEY CHECK (length(contact) = 16),"
	" is_made BIGINT NOT NULL," /* the vault said that it has the pair */
	" is_restricted BIGINT NOT NULL);" /* and so */
	/* One byte: there was nothing left that could be sealed anew. */
	"ALTER TABLE object ADD COLUMN held BLOB;"
	"ALTER TABLE contact ADD COLUMN caller_held BLOB;"
	/* For receipts: which key it was, and where the log says it died. */
	"ALTER TABLE key_gone ADD COLUMN seq BIGINT NOT NULL DEFAULT -1;"
	"ALTER TABLE tombstone ADD COLUMN key_date BIGINT NOT NULL DEFAULT 0;"
	"CREATE TABLE hold_gone ("
	" contact BLOB PRIMARY KEY CHECK (length(contact) = 16),"
	" at BIGINT NOT NULL,"
	" seq BIGINT NOT NULL);",

	/*
	 * 7: remarks beside a recording. Sealed with a key that follows from
	 * that of its sound, they have no end of their own.
	 */
	"CREATE TABLE remark ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" call BLOB NOT NULL REFERENCES recording (call) ON DELETE CASCADE,"
	" at_ms BIGINT NOT NULL CHECK (at_ms >= 0),"
	" made_at BIGINT NOT NULL,"
	" staff BLOB NOT NULL CHECK (length(staff) = 16),"
	" role BIGINT NOT NULL,"
	" purpose TEXT NOT NULL,"
	" box BLOB NOT NULL);"
	"CREATE INDEX remark_by_call ON remark (call, at_ms, id);",

	/*
	 * 8: what was promised of the end of audit entries, and since when
	 * (register/log_end.h). Both zero: no end.
	 */
	"CREATE TABLE log_term ("
	" n BIGINT PRIMARY KEY,"
	" since BIGINT NOT NULL," /* civil date */
	" months BIGINT NOT NULL,"
	" days BIGINT NOT NULL);",

	/*
	 * 9: recordings picked together, by hand or drawn by a seed. A list
	 * of references: what is in it goes with its recording.
	 */
	"CREATE TABLE pick ("
	" id BLOB PRIMARY KEY CHECK (length(id) = 16),"
	" use BIGINT NOT NULL,"
	" purpose TEXT NOT NULL,"
	" title TEXT NOT NULL,"
	" staff BLOB NOT NULL CHECK (length(staff) = 16),"
	" role BIGINT NOT NULL,"
	" made_at BIGINT NOT NULL,"
	" end_date BIGINT NOT NULL,"
	/* of what a sample was drawn */
	" from_s BIGINT NOT NULL,"
	" until_s BIGINT NOT NULL,"
	" min_s BIGINT NOT NULL,"
	" max_s BIGINT NOT NULL,"
	" service_number TEXT NOT NULL,"
	" agent TEXT NOT NULL,"
	" wanted BIGINT NOT NULL," /* 0: chosen by hand */
	" population BIGINT NOT NULL,"
	" seed BLOB NOT NULL CHECK (length(seed) = 16));"
	"CREATE TABLE pick_item ("
	" pick BLOB NOT NULL REFERENCES pick (id) ON DELETE CASCADE,"
	" call BLOB NOT NULL REFERENCES recording (call) ON DELETE CASCADE,"
	" place BIGINT NOT NULL,"
	" PRIMARY KEY (pick, call));"
	"CREATE INDEX pick_item_by_call ON pick_item (call);",

	/* 10: what somebody opened today is counted at each reading. */
	"CREATE INDEX reader_by_day ON reader (staff, last_at);",

	/* 11: teams. Who has one sees the contacts of its agents; empty: all. */
	"ALTER TABLE agent ADD COLUMN team TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE staff ADD COLUMN team TEXT NOT NULL DEFAULT '';",
};

int schema_update(struct db *db)
{
	return db_migrate(db, schema_steps, SCHEMA_STEPS);
}
