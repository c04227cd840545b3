/* SPDX-License-Identifier: EUPL-1.2 */
/* What people's commands say. Contract in front.h and door_letters.h. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "register/contact.h"
#include "register/early.h"
#include "register/entry.h"
#include "register/erase.h"
#include "register/figures.h"
#include "register/front.h"
#include "register/hold.h"
#include "register/impact.h"
#include "register/proof.h"
#include "register/receipt.h"
#include "register/staff.h"
#include "register/view.h"

struct visit {
	struct front *front;
	struct front_peer *peer;
};

#define STAFF(name, act)                                                       \
	static int name(void *room, int end, const struct letter *letter,      \
			struct letter_fds *fds)                                \
	{                                                                      \
		struct visit *visit = room;                                    \
		struct door_staff answer;                                      \
		char actor[ENTRY_ACTOR_SIZE];                                  \
		int r;                                                         \
                                                                               \
		(void)fds;                                                     \
		entry_uid(visit->peer->uid, actor);                            \
		r = act(visit->front->books, (const void *)letter, actor,      \
			&answer);                                              \
		if (r < 0)                                                     \
			return r;                                              \
		front_post(end, &answer.head);                                 \
		sodium_memzero(&answer, sizeof(answer));                       \
		return 0;                                                      \
	}

STAFF(take_add, staff_add)
STAFF(take_reset, staff_reset)
STAFF(take_disable, staff_disable)

#undef STAFF

static int take_list(void *room, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_staff_rows answer;

	(void)fds;
	staff_list(visit->front->books, (const void *)letter, &answer);
	front_post(end, &answer.head);
	return 0;
}

static int take_figures(void *room, int end, const struct letter *letter,
			struct letter_fds *fds)
{
	struct visit *visit = room;

	(void)end, (void)fds;
	front_figures(visit->peer, letter->tag);
	return 0;
}

static int take_contacts(void *room, int end, const struct letter *letter,
			 struct letter_fds *fds)
{
	struct visit *visit = room;
	struct desk_contact_rows answer;
	char actor[ENTRY_ACTOR_SIZE];

	(void)fds;
	entry_uid(visit->peer->uid, actor);
	view_all(visit->front->books, (const void *)letter, actor, &answer);
	front_post(end, &answer.head);
	return 0;
}

static int take_chats(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct desk_chat_rows answer;
	char actor[ENTRY_ACTOR_SIZE];

	(void)fds;
	entry_uid(visit->peer->uid, actor);
	view_all_chats(visit->front->books, (const void *)letter, actor,
		       &answer);
	front_post(end, &answer.head);
	return 0;
}

static int take_verify(void *room, int end, const struct letter *letter,
		       struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_verify answer;
	char actor[ENTRY_ACTOR_SIZE];

	(void)fds;
	entry_uid(visit->peer->uid, actor);
	if (letter->type == DOOR_ERASE_TEST)
		erase_test(visit->front->books, (const void *)letter, actor,
			   &answer);
	else
		erase_verify(visit->front->books, (const void *)letter,
			     &answer);
	front_post(end, &answer.head);
	return 0;
}

static void swept(void *self, int r, const struct door_sweep *report)
{
	struct front *front = self;
	struct door_sweep answer = *report;

	answer.head =
		(struct letter){ .type = DOOR_SWEEP, .size = sizeof(answer) };
	answer.result = r;
	front_answer(front, &front->sweep_way, &answer.head);
}

/* A person's word may outweigh the clock: so it is written down first. */
static int note_sweep(struct books *books, uid_t uid)
{
	char actor[ENTRY_ACTOR_SIZE];

	entry_uid(uid, actor);
	return entry_note(books, json_pack("{s:s,s:s}", "event",
					   "sweep.ordered", "actor", actor));
}

static int take_sweep(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct front *front = visit->front;
	struct door_sweep answer =
		*(const struct door_sweep *)(const void *)letter;
	const struct play_way way = {
		.peer = (uint32_t)(visit->peer - front->peer),
		.generation = visit->peer->generation,
		.tag = letter->tag,
	};
	struct play_way before = front->sweep_way;

	(void)fds;
	answer.recordings = answer.contacts = answer.keys = 0;
	answer.chats = 0;
	answer.log_before = 0;
	answer.result = 0;
	if (answer.dry_run) {
		nanoseconds as_of = clock_now(&front->books->clock);

		if (answer.as_of > 0 && answer.as_of < INT64_MAX / NS_PER_S)
			as_of = answer.as_of * NS_PER_S;
		answer.as_of = as_of / NS_PER_S;
		sweep_count(front->books, as_of, &answer);
		front_post(end, &answer.head);
		return 0;
	}
	answer.result = note_sweep(front->books, visit->peer->uid);
	if (answer.result < 0) {
		front_post(end, &answer.head);
		return 0;
	}
	/* Set first: with nothing to do the answer comes from within. */
	front->sweep_way = way;
	answer.result = sweep_start(front->sweeper, true, swept, front);
	if (answer.result < 0) {
		front->sweep_way = before;
		front_post(end, &answer.head);
	}
	return 0;
}

static int take_erase(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_erase answer;
	char actor[ENTRY_ACTOR_SIZE];

	(void)fds;
	entry_uid(visit->peer->uid, actor);
	early_erase(visit->front->books, (const void *)letter, actor, &answer);
	front_post(end, &answer.head);
	return 0;
}

static void copied(void *self, struct door_copy *answer,
		   const struct letter_fds *fds)
{
	struct front *front = self;

	front_answer_with(front, &front->copy_way, &answer->head, fds);
}

static int take_copy(void *room, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	struct visit *visit = room;
	struct front *front = visit->front;
	struct door_copy answer =
		*(const struct door_copy *)(const void *)letter;
	const struct play_way way = {
		.peer = (uint32_t)(visit->peer - front->peer),
		.generation = visit->peer->generation,
		.tag = letter->tag,
	};
	struct play_way before = front->copy_way;

	(void)fds;
	front->copy_way = way;
	answer.result = copy_start(front->copier, copied, front);
	if (answer.result < 0) {
		front->copy_way = before;
		front_post(end, &answer.head);
	}
	return 0;
}

/* What is held is sealed anew at once, on receipt (Art. 18). */
static int take_place(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_hold answer;
	char actor[ENTRY_ACTOR_SIZE];

	(void)fds;
	entry_uid(visit->peer->uid, actor);
	hold_place(visit->front->books, (const void *)letter, actor, &answer);
	front_post(end, &answer.head);
	if (answer.result == 0)
		rewrap_start(visit->front->rewrapper);
	return 0;
}

/* And what is held no more goes at once, if its end has come (C2, C6). */
static int take_lift(void *room, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_hold answer;
	char actor[ENTRY_ACTOR_SIZE];

	(void)fds;
	entry_uid(visit->peer->uid, actor);
	hold_lift(visit->front->books, (const void *)letter, actor, &answer);
	front_post(end, &answer.head);
	if (answer.result == 0 &&
	    sweep_start(visit->front->sweeper, false, NULL, NULL) < 0)
		log_warn("sweep", "cannot start");
	return 0;
}

static int take_holds(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_hold_rows answer;

	(void)fds;
	hold_list(visit->front->books, (const void *)letter, &answer);
	front_post(end, &answer.head);
	return 0;
}

static int take_receipt(void *room, int end, const struct letter *letter,
			struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_receipt answer;

	(void)fds;
	receipt_tell(visit->front->books, (const void *)letter, &answer);
	front_post(end, &answer.head);
	return 0;
}

/* The vault said how it stands now, or did not. */
static void tell_proof(void *self, const struct play_way *way)
{
	struct front *front = self;
	struct door_proof answer = {
		.head = { .type = DOOR_PROOF, .size = sizeof(answer) },
	};

	proof_count(front->books, &answer);
	front_answer(front, way, &answer.head);
}

static int take_proof(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	const struct play_way way = {
		.peer = (uint32_t)(visit->peer - visit->front->peer),
		.generation = visit->peer->generation,
		.tag = letter->tag,
	};

	(void)end, (void)fds;
	figures_ask_vault(visit->front->books, tell_proof, visit->front, &way);
	return 0;
}

/* A policy from a file, with its zone. */
static int read_policy(int fd, struct policy **ret_policy)
{
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[4];
	size_t count = COUNT(faults), size = 0;
	struct policy *policy = NULL;
	struct civil_zone *zone = NULL;
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	if (r == 0)
		r = policy_read((struct slice){ text, size }, faults, &count,
				&policy);
	if (r == 0)
		r = civil_zone_load(policy_zone_name(policy), &zone);
	if (r < 0) {
		policy_free(policy);
		return r;
	}
	policy_set_zone(policy, zone);
	*ret_policy = policy;
	return 0;
}

static int take_impact(void *room, int end, const struct letter *letter,
		       struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_impact answer = {
		.head = { .type = DOOR_IMPACT,
			  .size = sizeof(answer),
			  .tag = letter->tag },
	};
	struct policy *policy = NULL;

	answer.result =
		fds->count == 1 ? read_policy(fds->fd[0], &policy) : -EINVAL;
	if (answer.result == 0)
		impact_count(visit->front->books, policy, &answer);
	policy_free(policy);
	front_post(end, &answer.head);
	return 0;
}

static int take_zone(void *room, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_zone answer = {
		.head = { .type = DOOR_ZONE,
			  .size = sizeof(answer),
			  .tag = letter->tag },
	};

	(void)fds;
	(void)snprintf(answer.zone, sizeof(answer.zone), "%s",
		       policy_zone_name(visit->front->books->policy));
	front_post(end, &answer.head);
	return 0;
}

static int take_check(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct door_check answer = {
		.head = { .type = DOOR_CHECK,
			  .size = sizeof(answer),
			  .tag = letter->tag },
	};
	nanoseconds since = clock_monotonic();

	(void)fds;
	answer.result = db_check(visit->front->books->db);
	answer.duration_ms =
		(uint64_t)((clock_monotonic() - since) / NS_PER_MS);
	if (answer.result < 0)
		log_error("database", "is damaged; restore the last backup");
	front_post(end, &answer.head);
	return 0;
}

static const struct line_rule rules[] = {
	{ DOOR_STAFF_ADD, sizeof(struct door_staff), take_add },
	{ DOOR_STAFF_RESET, sizeof(struct door_staff), take_reset },
	{ DOOR_STAFF_DISABLE, sizeof(struct door_staff), take_disable },
	{ DOOR_STAFF_LIST, sizeof(struct door_list), take_list },
	{ DOOR_FIGURES, sizeof(struct door_list), take_figures },
	{ DOOR_SWEEP, sizeof(struct door_sweep), take_sweep },
	{ DOOR_CONTACTS, sizeof(struct door_list), take_contacts },
	{ DOOR_CHATS, sizeof(struct door_list), take_chats },
	{ DOOR_VERIFY, sizeof(struct door_verify), take_verify },
	{ DOOR_ERASE_TEST, sizeof(struct door_verify), take_verify },
	{ DOOR_ZONE, sizeof(struct door_zone), take_zone },
	{ DOOR_CHECK, sizeof(struct door_check), take_check },
	{ DOOR_PROOF, sizeof(struct door_proof), take_proof },
	{ DOOR_IMPACT, sizeof(struct door_impact), take_impact },
	{ DOOR_ERASE, sizeof(struct door_erase), take_erase },
	{ DOOR_COPY, sizeof(struct door_copy), take_copy },
	{ DOOR_HOLD_PLACE, sizeof(struct door_hold), take_place },
	{ DOOR_HOLD_LIFT, sizeof(struct door_hold), take_lift },
	{ DOOR_HOLDS, sizeof(struct door_list), take_holds },
	{ DOOR_RECEIPT, sizeof(struct door_receipt), take_receipt },
};

int door_serve(struct front *front, struct front_peer *peer)
{
	struct visit visit = { front, peer };

	return line_serve(peer->end, rules, COUNT(rules), &visit);
}
