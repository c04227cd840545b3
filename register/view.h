/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file view.h
 * What the desk is shown: contacts, one contact, who has listened.
 *
 * Each answer holds what the session's role may see at that moment and
 * nothing else: other people's contacts are not in an agent's answer, a
 * number is masked or absent as the policy says. Every look is written to
 * the audit log: of a search its kind and how many it found, never what
 * was searched for.
 */
#ifndef TALLENNE_REGISTER_VIEW_H
#define TALLENNE_REGISTER_VIEW_H

#include <jansson.h>

#include "register/books.h"
#include "register/register.h"
#include "register/session.h"

/** Answer DESK_CONTACTS, DESK_CONTACT, DESK_READERS. */
void view_contacts(struct books *books, const struct desk_contacts *ask,
		   struct desk_contact_rows *ret_answer);
void view_contact(struct books *books, const struct desk_about *ask,
		  struct desk_contact_whole *ret_answer);
void view_readers(struct books *books, const struct desk_about *ask,
		  struct desk_reader_rows *ret_answer);

/** Answer DESK_CHATS and DESK_CHAT. */
void view_chats(struct books *books, const struct desk_chats *ask,
		struct desk_chat_rows *ret_answer);
void view_chat(struct books *books, const struct desk_about *ask,
	       struct desk_chat_whole *ret_answer);

/** Answer DESK_AGENTS and DESK_SERVICES. */
void view_agents(struct books *books, const struct desk_about *ask,
		 struct desk_words *ret_answer);
void view_services(struct books *books, const struct desk_about *ask,
		   struct desk_words *ret_answer);

/**
 * Answer the door's DOOR_CONTACTS: all, but no caller of any.
 *
 * @param actor  who looks, as entry_uid() writes it
 */
void view_all(struct books *books, const struct door_list *ask,
	      const char *actor, struct desk_contact_rows *ret_answer);

/** Answer the door's DOOR_CHATS: all of them, no content of any. */
void view_all_chats(struct books *books, const struct door_list *ask,
		    const char *actor, struct desk_chat_rows *ret_answer);

/** Id and version of a policy by its hash; empty if it is unknown here. */
void view_policy(struct books *books, int64_t hash, char ret_id[64],
		 char ret_version[32]);

/** A cursor and a number of seconds as the tables have them. */
int64_t view_cursor(uint64_t before);
int64_t view_ns(int64_t seconds);

/**
 * Write a look into the audit log, with who looked. Takes the entry.
 *
 * @return DESK_OK; or DESK_LATER: not written down, so not to be shown
 */
enum desk_result view_note(struct books *books, const struct session *session,
			   json_t *entry);

/**
 * In SQL: whether an agent is of a team; of any if there is none.
 *
 * @param agent  an expression that is the agent's id
 * @param team   the parameter that is the session's team
 */
#define VIEW_IN_TEAM(agent, team)                                              \
	" AND (" team " = '' OR " agent " IN (SELECT id FROM agent"            \
	"  WHERE agent.team = " team "))"

/** Whether a session's role and team reach a contact of this agent. */
bool view_reaches(struct books *books, const struct session *session,
		  const char *agent);

/** The same of what has ended, of which no agent is known any more. */
bool view_reaches_dead(const struct session *session);

/** Whether the session's person answered this chat, last or before that. */
bool view_answered(struct books *books, const struct session *session,
		   const struct id *chat);

/** Whether a contact is here or was (refusals name no other), as a chat. */
bool view_exists(struct books *books, const struct id *contact);
bool view_was_chat(struct books *books, const struct id *contact);

#endif
