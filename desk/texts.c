/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/texts.h"

static const char *const texts[TEXTS][NOTICE_LANGUAGES] = {
#define TEXT(id, fi, sv, en) { fi, sv, en },
#include "desk/texts.def"
#undef TEXT
};

const char *text_of(enum text_id id, enum notice_language language)
{
	assert(id < TEXTS && language < NOTICE_LANGUAGES);
	return texts[id][language];
}

const char *text_role(uint32_t role, enum notice_language language)
{
	static const enum text_id roles[NOTICE_ROLES] = {
		[NOTICE_ROLE_AGENT] = TEXT_role_agent,
		[NOTICE_ROLE_SUPERVISOR] = TEXT_role_supervisor,
		[NOTICE_ROLE_QUALITY] = TEXT_role_quality,
		[NOTICE_ROLE_REGISTRAR] = TEXT_role_registrar,
		[NOTICE_ROLE_APPROVER] = TEXT_role_approver,
		[NOTICE_ROLE_DPO] = TEXT_role_dpo,
		[NOTICE_ROLE_ADMIN] = TEXT_role_admin,
		[NOTICE_ROLE_AUDITOR] = TEXT_role_auditor,
	};

	if (role == 0 || role >= NOTICE_ROLES)
		return "";
	return text_of(roles[role], language);
}
