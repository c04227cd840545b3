/* SPDX-License-Identifier: EUPL-1.2 */
/* What the desk says. Contract in front.h, desk_letters.h and beside it. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "register/canned.h"
#include "register/figures.h"
#include "register/front.h"
#include "register/levels.h"
#include "register/oversight.h"
#include "register/pick.h"
#include "register/remark.h"
#include "register/rights.h"
#include "register/session.h"
#include "register/signin.h"
#include "register/view.h"

enum { LETTERS_MAX = 16 }; /* in one turn, then recorders come first again */

struct visit {
	struct front *front;
	struct front_peer *peer;
};

/* The letter lies in the buffer of line_serve(): its secrets go with it. */
static void wipe(const struct letter *letter)
{
	sodium_memzero((void *)(uintptr_t)letter, letter->size);
}

/* Most letters: ask, answer, done. */
#define SIMPLE(name, ask_type, answer_type, act)                               \
	static int name(void *room, int end, const struct letter *letter,      \
			struct letter_fds *fds)                                \
	{                                                                      \
		struct visit *visit = room;                                    \
		answer_type answer;                                            \
                                                                               \
		(void)fds;                                                     \
		act(visit->front->books,                                       \
		    (const ask_type *)(const void *)letter, &answer);          \
		front_post(end, &answer.head);                                 \
		return 0;                                                      \
	}

SIMPLE(take_who, struct desk_ask, struct desk_session, session_who)
SIMPLE(take_sign_out, struct desk_ask, struct desk_session, session_sign_out)
SIMPLE(take_choose, struct desk_choose, struct desk_session, session_choose)
SIMPLE(take_contacts, struct desk_contacts, struct desk_contact_rows,
       view_contacts)
SIMPLE(take_contact, struct desk_about, struct desk_contact_whole, view_contact)
SIMPLE(take_readers, struct desk_about, struct desk_reader_rows, view_readers)
SIMPLE(take_agents, struct desk_about, struct desk_words, view_agents)
SIMPLE(take_services, struct desk_about, struct desk_words, view_services)
SIMPLE(take_rules, struct desk_ask, struct desk_rules, rights_tell)
SIMPLE(take_oversight, struct desk_ask, struct desk_oversight, oversight_tell)
SIMPLE(take_chats, struct desk_chats, struct desk_chat_rows, view_chats)
SIMPLE(take_chat, struct desk_about, struct desk_chat_whole, view_chat)
SIMPLE(take_canned, struct desk_canned_ask, struct desk_canned, canned_tell)
SIMPLE(take_put, struct desk_canned_put, struct desk_canned, canned_put)
SIMPLE(take_drop, struct desk_canned_ask, struct desk_canned, canned_drop)
SIMPLE(take_remark_drop, struct desk_remark_drop, struct desk_remarked,
       remark_drop)

SIMPLE(take_levels, struct desk_levels, struct desk_levels_are, levels_tell)
SIMPLE(take_pick_make, struct desk_pick_make, struct desk_picked, pick_make)
SIMPLE(take_pick_change, struct desk_pick_change, struct desk_picked,
       pick_change)
SIMPLE(take_picks, struct desk_picks, struct desk_pick_rows, pick_list)
SIMPLE(take_pick, struct desk_pick_ask, struct desk_pick_whole, pick_show)

#undef SIMPLE

static int take_figures(void *room, int end, const struct letter *letter,
			struct letter_fds *fds)
{
	struct visit *visit = room;
	struct desk_figures refusal;

	(void)fds;
	if (figures_refuse(visit->front->books, (const void *)letter, &refusal))
		front_post(end, &refusal.head);
	else
		front_figures(visit->peer, letter->tag);
	return 0;
}

static int take_sign_in(void *room, int end, const struct letter *letter,
			struct letter_fds *fds)
{
	struct visit *visit = room;
	struct desk_session answer;

	(void)fds;
	signin_try(visit->front->books, (const void *)letter, &answer);
	wipe(letter);
	front_post(end, &answer.head);
	sodium_memzero(&answer, sizeof(answer));
	return 0;
}

static int take_enrol(void *room, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	struct visit *visit = room;
	struct desk_session answer;

	(void)fds;
	signin_enrol(visit->front->books, (const void *)letter, &answer);
	wipe(letter);
	front_post(end, &answer.head);
	sodium_memzero(&answer, sizeof(answer));
	return 0;
}

static void played(void *self, const struct play_way *way,
		   struct desk_playing *answer)
{
	front_answer(self, way, &answer->head);
}

/* Where an answer goes that comes when the vault has answered. */
static struct play_way way_of(const struct visit *visit, uint64_t tag)
{
	return (struct play_way){
		.peer = (uint32_t)(visit->peer - visit->front->peer),
		.generation = visit->peer->generation,
		.tag = tag,
	};
}

static int take_play(void *room, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	struct visit *visit = room;
	struct front *front = visit->front;
	const struct play_way way = way_of(visit, letter->tag);

	(void)end;
	play_begin(front->books, (const void *)letter, fds->fd[0], &way, played,
		   front);
	return 0;
}

static void remarked(void *self, const struct play_way *way,
		     struct letter *answer)
{
	front_answer(self, way, answer);
}

static int take_remark_add(void *room, int end, const struct letter *letter,
			   struct letter_fds *fds)
{
	struct visit *visit = room;
	const struct play_way way = way_of(visit, letter->tag);

	(void)end;
	remark_add(visit->front->books, (const void *)letter, fds->fd[0], &way,
		   remarked, visit->front);
	return 0;
}

static int take_remarks(void *room, int end, const struct letter *letter,
			struct letter_fds *fds)
{
	struct visit *visit = room;
	const struct play_way way = way_of(visit, letter->tag);

	(void)end;
	remark_show(visit->front->books, (const void *)letter, fds->fd[0], &way,
		    remarked, visit->front);
	return 0;
}

static const struct line_rule rules[] = {
	{ DESK_SIGN_IN, sizeof(struct desk_sign_in), take_sign_in },
	{ DESK_ENROL, sizeof(struct desk_enrol), take_enrol },
	{ DESK_WHO, sizeof(struct desk_ask), take_who },
	{ DESK_SIGN_OUT, sizeof(struct desk_ask), take_sign_out },
	{ DESK_CHOOSE, sizeof(struct desk_choose), take_choose },
	{ DESK_CONTACTS, sizeof(struct desk_contacts), take_contacts },
	{ DESK_CONTACT, sizeof(struct desk_about), take_contact },
	{ DESK_READERS, sizeof(struct desk_about), take_readers },
	{ DESK_PLAY, sizeof(struct desk_play), take_play },
	{ DESK_FIGURES, sizeof(struct desk_ask), take_figures },
	{ DESK_AGENTS, sizeof(struct desk_about), take_agents },
	{ DESK_SERVICES, sizeof(struct desk_about), take_services },
	{ DESK_RULES, sizeof(struct desk_ask), take_rules },
	{ DESK_OVERSIGHT, sizeof(struct desk_ask), take_oversight },
	{ DESK_CHATS, sizeof(struct desk_chats), take_chats },
	{ DESK_CHAT, sizeof(struct desk_about), take_chat },
	{ DESK_CANNED, sizeof(struct desk_canned_ask), take_canned },
	{ DESK_CANNED_PUT, sizeof(struct desk_canned_put), take_put },
	{ DESK_CANNED_DROP, sizeof(struct desk_canned_ask), take_drop },
	{ DESK_REMARK_ADD, sizeof(struct desk_remark_add), take_remark_add },
	{ DESK_REMARK_DROP, sizeof(struct desk_remark_drop), take_remark_drop },
	{ DESK_LEVELS, sizeof(struct desk_levels), take_levels },
	{ DESK_REMARKS, sizeof(struct desk_remarks), take_remarks },
	{ DESK_PICK_MAKE, sizeof(struct desk_pick_make), take_pick_make },
	{ DESK_PICK_CHANGE, sizeof(struct desk_pick_change), take_pick_change },
	{ DESK_PICKS, sizeof(struct desk_picks), take_picks },
	{ DESK_PICK, sizeof(struct desk_pick_ask), take_pick },
};

int desk_serve(struct front *front, struct front_peer *peer)
{
	struct visit visit = { front, peer };
	int r = 0;

	for (int i = 0; r == 0 && i < LETTERS_MAX; i++)
		r = line_serve(peer->end, rules, COUNT(rules), &visit);
	return r;
}
