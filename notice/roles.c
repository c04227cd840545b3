/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/roles.h"

#include <string.h>

#include "seal/seal.h"

/*
 * Registrar and approver see a contact inside a case only; cases are not
 * contacts' lists. The data protection officer and the auditor read who
 * has listened, all of it, and cannot listen. The administrator sees
 * whether the machine is well. Quality works
 * with samples and sees nobody's number.
 */
static const struct roles_row rows[NOTICE_ROLES] = {
	[NOTICE_ROLE_AGENT] = { .contacts = ROLES_OWN,
				.readers = ROLES_OWN,
				.log = ROLES_OWN,
				.canned = ROLES_SELF,
				.answers = true,
				.callers = true },
	[NOTICE_ROLE_SUPERVISOR] = { .contacts = ROLES_ALL,
				     .readers = ROLES_ALL,
				     .log = ROLES_SELF,
				     .canned = ROLES_ALL,
				     .callers = true,
				     .plays = true,
				     .figures = true },
	[NOTICE_ROLE_QUALITY] = { .contacts = ROLES_ALL,
				  .readers = ROLES_SELF,
				  .log = ROLES_SELF,
				  .plays = true,
				  .figures = true },
	[NOTICE_ROLE_REGISTRAR] = { .contacts = ROLES_NONE },
	[NOTICE_ROLE_APPROVER] = { .contacts = ROLES_NONE },
	[NOTICE_ROLE_DPO] = { .readers = ROLES_ALL,
			      .log = ROLES_ALL,
			      .figures = true },
	[NOTICE_ROLE_ADMIN] = { .figures = true },
	[NOTICE_ROLE_AUDITOR] = { .readers = ROLES_ALL,
				  .log = ROLES_ALL,
				  .figures = true },
};

bool roles_is(uint32_t role)
{
	return role > 0 && role < NOTICE_ROLES;
}

const struct roles_row *roles_find(uint32_t role)
{
	return &rows[roles_is(role) ? role : 0];
}

enum notice_mask roles_shows(const struct policy *policy, const char *field,
			     uint32_t role)
{
	const struct roles_row *row = roles_find(role);
	bool is_caller = !strcmp(field, "caller_number");

	if (row->contacts == ROLES_NONE || (is_caller && !row->callers) ||
	    policy_mask(policy, SEAL_CLASS_CONTACT, field, role) ==
		    NOTICE_HIDDEN)
		return NOTICE_HIDDEN;
	return is_caller ? NOTICE_MASKED : NOTICE_PLAIN;
}
