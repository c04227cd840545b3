/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rules.h
 * The policy as the desk holds it: to show times in its zone and to tell
 * people what it says (S29). It decides nothing here; the register decides.
 *
 * A reload brings a fresh policy, which replaces the one before. In the
 * jail no zone can be read, so a policy for another zone needs a restart;
 * until then the pages say that they are behind.
 */
#ifndef TALLENNE_DESK_RULES_H
#define TALLENNE_DESK_RULES_H

#include "desk/visit.h"

/** Take a policy's text; fd is borrowed. An error refuses the first only. */
MUST int rules_take(struct desk *desk, int fd);
void rules_free(struct desk *desk);

/** Whether a role may listen for any purpose at all. */
bool rules_listens(const struct visit *visit, const struct desk_rules *rules,
		   uint32_t role);

/** Words of the policy file for a use, in the order of enum notice_use;
    NULL at the end. */
extern const char *const rules_uses[];

/** A field of the policy file in people's words. */
const char *rules_field(const struct visit *visit, const char *name);

/** The tables of the page: purposes, roles, retention. */
void rules_tables(struct visit *visit, const struct desk_rules *rules);

/** What the policy promises about chats: a part of the page, and of what is
    told as JSON, within the class. */
void rules_chat(struct visit *visit);
void rules_chat_json(struct text *out, const struct policy *policy);

/** The policy as JSON. */
void rules_json(struct text *out, const struct visit *visit,
		const struct desk_rules *rules);

#endif
