/* SPDX-License-Identifier: EUPL-1.2 */
/** @file fake_people.h  Sessions of the fake register. */
#ifndef TALLENNE_TESTS_FAKE_PEOPLE_H
#define TALLENNE_TESTS_FAKE_PEOPLE_H

#include "register/register.h"

struct account {
	const char *user, *name, *once, *agent;
	uint32_t role;
	bool direct;
};

struct person {
	uint8_t token[DESK_TOKEN_SIZE];
	const struct account *account;
	char language[4], purpose[32];
};

/** Who has this token; NULL if nobody. */
struct person *fake_person_of(const uint8_t *token);

/** Whether somebody may read content for a purpose. */
bool fake_has_purpose(const char *id);

int fake_take_sign_in(void *self, int end, const struct letter *head,
		      struct letter_fds *fds);
int fake_take_enrol(void *self, int end, const struct letter *head,
		    struct letter_fds *fds);
int fake_take_who(void *self, int end, const struct letter *head,
		  struct letter_fds *fds);
int fake_take_choose(void *self, int end, const struct letter *head,
		     struct letter_fds *fds);

#endif
