/* SPDX-License-Identifier: EUPL-1.2 */
/* Who may sign in to the fake register, and what they chose. */
#include "fake_people.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SESSIONS_MAX = 32 };

static const char secret_text[] = "JBSWY3DPEHPK3PXP";
static const char good_password[] = "correct horse battery staple";

static const struct account accounts[] = {
	{ "supervisor", "Supervisor", "DEMO-SUPER", "", NOTICE_ROLE_SUPERVISOR,
	  true },
	{ "agent", "Agent 1", "DEMO-AGENT", "agent-1", NOTICE_ROLE_AGENT,
	  true },
	{ "agent2", "Agent 2", "DEMO-AGENT2", "agent-2", NOTICE_ROLE_AGENT,
	  true },
	{ "dpo", "Data protection officer", "DEMO-DPO", "", NOTICE_ROLE_DPO,
	  true },
	{ "admin", "Administrator", "DEMO-ADMIN", "", NOTICE_ROLE_ADMIN, true },
	{ "fresh", "Supervisor", "DEMO-ENROL", "", NOTICE_ROLE_SUPERVISOR,
	  false },
};

static struct person people[SESSIONS_MAX];
static size_t people_next;

static const struct desk_purpose purposes[] = {
	{ .id = "quality",
	  .text = { "Puhelinpalvelun laatu", "Telefontjänstens kvalitet",
		    "Quality of the telephone service" },
	  .uses = NOTICE_LISTEN | NOTICE_READ | NOTICE_SAMPLE |
		  NOTICE_AGGREGATE },
	{ .id = "training",
	  .text = { "Asiakaspalvelun koulutus", "Utbildning av kundtjänsten",
		    "Training of customer-service staff" },
	  .uses = NOTICE_LISTEN | NOTICE_READ | NOTICE_CLIP },
	{ .id = "guidance",
	  .text = { "Ohjeistuksen kehittäminen", "Utveckling av anvisningar",
		    "Development of guidance" },
	  .uses = NOTICE_LISTEN | NOTICE_READ | NOTICE_NOTE },
};

struct person *fake_person_of(const uint8_t *token)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (people[i].account &&
		    bytes_are(people[i].token, token, DESK_TOKEN_SIZE))
			return &people[i];
	return NULL;
}

static void describe(const struct person *person, struct desk_session *session)
{
	uint32_t role = person->account->role;

	session->role = role;
	memset(session->csrf, person->token[0], sizeof(session->csrf));
	snprintf(session->name, sizeof(session->name), "%s",
		 person->account->name);
	snprintf(session->user, sizeof(session->user), "%s",
		 person->account->user);
	snprintf(session->agent, sizeof(session->agent), "%s",
		 person->account->agent);
	memcpy(session->language, person->language, sizeof(session->language));
	memcpy(session->purpose, person->purpose, sizeof(session->purpose));
	session->expires_at = time(NULL) + 8 * 3600;
	session->last_sign_in = time(NULL) - 20 * 3600;
	session->may_see_contacts =
		role == NOTICE_ROLE_AGENT || role == NOTICE_ROLE_SUPERVISOR;
	session->may_play = role == NOTICE_ROLE_SUPERVISOR;
	if (session->may_play)
		for (size_t i = 0; i < COUNT(purposes); i++)
			session->uses |= purposes[i].uses;
	session->may_see_figures =
		role == NOTICE_ROLE_DPO || role == NOTICE_ROLE_ADMIN;
	session->may_answer = role == NOTICE_ROLE_AGENT;
	session->may_see_canned = session->may_see_contacts;
	session->may_see_readers =
		session->may_see_contacts || role == NOTICE_ROLE_DPO;
	if (!session->may_play)
		return;
	session->purpose_count = COUNT(purposes);
	memcpy(session->purposes, purposes, sizeof(purposes));
}

static void sign_in(const struct account *account, struct desk_session *session)
{
	struct person *person = &people[people_next++ % SESSIONS_MAX];
	struct id a = id_new(), b = id_new();

	*person = (struct person){ .account = account, .language = "fi" };
	memcpy(person->token, &a, sizeof(a));
	memcpy(person->token + sizeof(a), &b, sizeof(b));
	describe(person, session);
	memcpy(session->token, person->token, sizeof(session->token));
}

static bool code_is_right(const char *code)
{
	char *secret;
	size_t size;
	int r;

	if (oath_base32_decode(secret_text, strlen(secret_text), &secret,
			       &size) != OATH_OK)
		return false;
	r = oath_totp_validate(secret, size, time(NULL), 30, 0, 1, code);
	free(secret);
	return r >= 0;
}

static int answer_session(int end, const struct letter *ask,
			  struct desk_session *session)
{
	session->head = (struct letter){ .type = DESK_SESSION,
					 .size = sizeof(*session),
					 .tag = ask->tag };
	return line_post(end, &session->head, NULL, true);
}

int fake_take_sign_in(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct desk_sign_in *ask = (const void *)head;
	struct desk_session session = { .result = DESK_NOT_SIGNED_IN };

	(void)self, (void)fds;
	for (size_t i = 0; i < COUNT(accounts); i++) {
		const struct account *account = &accounts[i];

		if (ask->once[0]) {
			if (strcmp(account->once, ask->once) != 0)
				continue;
			session.result =
				account->direct ? DESK_OK : DESK_ENROLMENT;
			if (account->direct)
				sign_in(account, &session);
			snprintf(session.totp_secret,
				 sizeof(session.totp_secret), "%s",
				 secret_text);
			snprintf(session.name, sizeof(session.name), "%s",
				 account->name);
			snprintf(session.user, sizeof(session.user), "%s",
				 account->user);
		} else if (!strcmp(account->user, ask->user) &&
			   !strcmp(ask->password, good_password)) {
			session.result = DESK_SECOND_STEP;
			if (!code_is_right(ask->code))
				continue;
			session.result = DESK_OK;
			sign_in(account, &session);
		}
	}
	if (!strcmp(ask->user, "hasty")) {
		session.result = DESK_TOO_MANY;
		session.retry_after_s = 30;
	}
	return answer_session(end, head, &session);
}

int fake_take_enrol(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct desk_enrol *ask = (const void *)head;
	struct desk_session session = { .result = DESK_NOT_SIGNED_IN };

	(void)self, (void)fds;
	for (size_t i = 0; i < COUNT(accounts); i++) {
		if (strcmp(accounts[i].once, ask->once) != 0)
			continue;
		session.result = DESK_SECOND_STEP;
		if (bytes_are_zero(ask->peer, sizeof(ask->peer)))
			session.result = DESK_LATER; /* a desk of ours tells */
		else if (code_is_right(ask->code)) {
			session.result = DESK_OK;
			sign_in(&accounts[i], &session);
		}
	}
	return answer_session(end, head, &session);
}

int fake_take_who(void *self, int end, const struct letter *head,
		  struct letter_fds *fds)
{
	const struct desk_ask *ask = (const void *)head;
	struct desk_session session = { .result = DESK_NOT_SIGNED_IN };
	struct person *person = fake_person_of(ask->token);

	(void)self, (void)fds;
	if (person) {
		session.result = DESK_OK;
		describe(person, &session);
		if (head->type == DESK_SIGN_OUT)
			person->account = NULL;
	}
	return answer_session(end, head, &session);
}

int fake_take_choose(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct desk_choose *ask = (const void *)head;
	struct desk_session session = { .result = DESK_NOT_SIGNED_IN };
	struct person *person = fake_person_of(ask->token);
	bool is_end = !strcmp(ask->purpose, "-");
	bool is_granted = ask->purpose[0] == '\0' || is_end;

	(void)self, (void)fds;
	for (size_t i = 0; i < COUNT(purposes); i++)
		is_granted |= !strcmp(purposes[i].id, ask->purpose);
	if (person) {
		session.result = is_granted ? DESK_OK : DESK_PURPOSE_REQUIRED;
		if (ask->language[0])
			memcpy(person->language, ask->language, 4);
		if (ask->purpose[0] && is_granted)
			memcpy(person->purpose, is_end ? "" : ask->purpose,
			       is_end ? 1 : 32);
		describe(person, &session);
	}
	return answer_session(end, head, &session);
}

bool fake_has_purpose(const char *id)
{
	for (size_t i = 0; i < COUNT(purposes); i++)
		if (!strcmp(purposes[i].id, id))
			return true;
	return false;
}
