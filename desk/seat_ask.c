/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Questions of a page to the room chat: the request is held until its
 * answer is there (seat_line.c), or until it is clear that none comes.
 */
#include "desk/errors.h"
#include "desk/seat_parts.h"

/* The seat of who asks, sitting; NULL after an answer. */
static struct seat *sitting(struct visit *visit)
{
	struct seat *seat = seat_by_token(visit->desk->seats, visit->token);

	if (seat && seat->number != 0)
		return seat;
	error_show(visit, PROBLEM_chat_later);
	return NULL;
}

static void hold(struct visit *visit, struct seat *seat, enum seat_kind kind,
		 struct letter *letter)
{
	struct http_answer answer = HTTP_ANSWER_NEW;
	struct http_held *held;
	struct seat_ask *ask;

	if (http_hold(visit->request, &held) < 0) {
		error_show(visit, PROBLEM_chat_later);
		return;
	}
	ask = seat_post(seat, kind, letter);
	if (ask) {
		ask->held = held;
		ask->language = visit->language;
		return;
	}
	seat_answer_result(&answer, CHAT_LATER, 0, visit->language);
	http_answer_held(held, &answer);
}

void seats_say(struct visit *visit, struct chat_desk_say *letter)
{
	struct seat *seat = sitting(visit);

	if (!seat)
		return;
	letter->head.type = CHAT_DESK_SAY;
	letter->head.size = sizeof(*letter);
	letter->seat = seat->number;
	hold(visit, seat, SEAT_HELD, &letter->head);
}

void seats_act(struct visit *visit, struct chat_desk_act *letter)
{
	struct seat *seat = sitting(visit);

	if (!seat)
		return;
	letter->head.type = CHAT_DESK_ACT;
	letter->head.size = sizeof(*letter);
	letter->seat = seat->number;
	hold(visit, seat, SEAT_HELD, &letter->head);
}

void seats_fetch(struct visit *visit, struct chat_desk_fetch *letter)
{
	struct seat *seat = sitting(visit);

	if (!seat)
		return;
	letter->head.type = CHAT_DESK_FETCH;
	letter->head.size = sizeof(*letter);
	letter->seat = seat->number;
	letter->most = SEATS_FETCH_MAX;
	hold(visit, seat, SEAT_FETCH, &letter->head);
}
