/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the register is told, until it has noted it, and asked: how each
 * conversation stands, its object when it is over, and who sits on a seat.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "chat/deed.h"
#include "chat/object.h"

enum { POSTED_MAX = 32, AGAIN_S = 3, MORE = 16 };

static void hash_receipt(const struct conversation *conversation,
			 uint8_t ret_hash[32])
{
	char code[CHAT_RECEIPT_SIZE];
	size_t size = 0;

	for (const char *at = conversation->birth.receipt; *at; at++)
		if (*at != '-')
			code[size++] = *at;
	crypto_hash_sha256(ret_hash, (const uint8_t *)code, size);
}

static int fill(const struct hall *hall, const struct conversation *one,
		struct register_chat *ret_letter)
{
	const struct standing *standing = &one->standing;
	const nanoseconds start = one->birth.opened_at;
	struct register_chat letter = {
		.head = { .type = REGISTER_CHAT, .size = sizeof(letter) },
		.chat = one->birth.id,
		.version = standing->version + one->more,
		.phase = standing->phase,
		.started_at = start,
		.answered_at = standing->answered_at,
		.ended_at = standing->ended_at,
		.end_reason = standing->reason,
		.flags = conversation_flags(one),
		.policy = one->birth.policy,
	};

	memcpy(letter.language, one->birth.language, sizeof(letter.language));
	memcpy(letter.queue, standing->queue, sizeof(letter.queue));
	memcpy(letter.agent, standing->agent, sizeof(letter.agent));
	memcpy(letter.agent_name, standing->agent_name,
	       sizeof(letter.agent_name));
	hash_receipt(one, letter.receipt);
	*ret_letter = letter;
	return policy_end(hall->policy, SEAL_CLASS_CONTACT, start,
			  standing->ended_at ? standing->ended_at : start,
			  &ret_letter->contact_end);
}

/* What was said, sealed; nothing if nobody said anything. */
static int add_object(const struct hall *hall, const struct conversation *one,
		      struct register_chat *letter, struct letter_fds *fds)
{
	struct seal_object about;
	int r, fd;

	if (one->standing.said == 0 && one->notes.count == 0)
		return 0;
	if (!hall->keys || !hall->has_node)
		return -ENOKEY;
	r = policy_end(hall->policy, SEAL_CLASS_CHAT, one->birth.opened_at,
		       one->standing.ended_at, &letter->chat_end);
	if (r < 0)
		return r;
	fd = object_seal(one, hall->keys, &letter->chat_end, hall->node,
			 &about);
	if (fd < 0)
		return fd;
	letter->has_object = 1;
	letter->object = about.object;
	letter->chat_end = about.wrapped.end;
	letter->size = about.size;
	letter->sealed_size = about.sealed_size;
	memcpy(letter->hash, about.hash, sizeof(letter->hash));
	letter->wrapped = about.wrapped;
	fds->fd[0] = fd;
	fds->count = 1;
	return 0;
}

/* Tell how one stands; -EAGAIN: the line is full. */
static int tell(struct hall *hall, struct conversation *one)
{
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_chat letter;
	int r = fill(hall, one, &letter);

	if (r == 0 && letter.phase == CHAT_OVER)
		r = add_object(hall, one, &letter, &fds);
	if (r < 0) {
		one->tell_again = hall_now(hall) + AGAIN_S * NS_PER_S;
		log_warn("register", "a conversation cannot be told yet: %s",
			 strerror(-r));
		return 0;
	}
	r = line_post(hall->registry.end, &letter.head, &fds, false);
	if (r == 0)
		one->posted = letter.version;
	return r;
}

void registry_push(struct hall *hall)
{
	uint32_t posted = 0;

	if (hall->registry.end < 0 || hall->registry.is_broken ||
	    !hall->policy || !mouth_flush(&hall->registry))
		return;
	for (uint32_t i = 0; i < hall->table.used; i++)
		posted += hall->table.place[i] &&
			  hall->table.place[i]->posted >
				  hall->table.place[i]->noted;
	for (uint32_t i = 0; i < hall->table.used && posted < POSTED_MAX; i++) {
		struct conversation *one = hall->table.place[i];
		int r;

		if (!one || !one->is_durable || one->is_touched ||
		    one->is_forgotten ||
		    one->posted >= one->standing.version + one->more ||
		    one->posted > one->noted ||
		    hall_now(hall) < one->tell_again)
			continue;
		r = tell(hall, one);
		hall->registry.is_full = r == -EAGAIN;
		hall->registry.is_broken = r < 0 && r != -EAGAIN;
		if (r < 0)
			return;
		posted++;
	}
}

/* It was taken, or never will be. */
static void settle(struct hall *hall, uint32_t place, uint32_t version)
{
	struct conversation *one = hall->table.place[place];

	one->noted = version;
	if (one->standing.phase != CHAT_OVER ||
	    version < one->standing.version + one->more || one->is_forgotten)
		return;
	deed_forget(hall, place);
	counter_add(hall->count.stored, 1);
}

static int take_noted(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct register_chat_noted *letter = (const void *)head;
	struct hall *hall = self;
	uint32_t place = table_by_id(&hall->table, &letter->chat);
	struct conversation *one = hall_at(hall, place);

	(void)end, (void)fds;
	/* What was never posted cannot be noted. */
	if (!one || letter->version != one->posted || one->posted == one->noted)
		return 0;
	switch (letter->result) {
	case 0:
		settle(hall, place, letter->version);
		break;
	case -ESTALE:
		/* It knows more than what the crash left us: go beyond. */
		one->noted = letter->version;
		one->more += MORE;
		break;
	case -EINVAL:
		counter_add(hall->count.register_refused, 1);
		log_error("register", "a conversation violates the policy and "
				      "is not stored");
		settle(hall, place, letter->version);
		break;
	default:
		one->posted = one->noted;
		one->tell_again = hall_now(hall) + AGAIN_S * NS_PER_S;
	}
	return 0;
}

/* ---- seats ---- */

bool registry_ask_seat(struct hall *hall, uint32_t number)
{
	struct seat *seat = &hall->seats[number];
	struct register_seat ask = {
		.head = { .type = REGISTER_SEAT,
			  .size = sizeof(ask),
			  .tag = ++hall->tag },
		.is_active = seat->state != SEAT_TAKEN || seat->is_active,
	};

	if (hall->registry.end < 0 || hall->registry.is_broken)
		return false;
	memcpy(ask.session, seat->session, sizeof(ask.session));
	mouth_answer(&hall->registry, &ask.head);
	sodium_memzero(ask.session, sizeof(ask.session));
	seat->asked = hall->tag;
	seat->is_active = false;
	return !hall->registry.is_broken;
}

static int take_seat_is(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct register_seat_is *letter = (const void *)head;
	struct hall *hall = self;

	(void)end, (void)fds;
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++) {
		const struct seat *seat = &hall->seats[i];

		if (seat->state == SEAT_FREE || seat->asked == 0 ||
		    seat->asked != head->tag)
			continue;
		if (!bytes_are(seat->session, letter->session,
			       CHAT_SESSION_SIZE))
			return -EBADMSG;
		desk_seat_is(hall, i, letter);
		break;
	}
	return 0;
}

void registry_check_seats(struct hall *hall)
{
	const nanoseconds now = hall_now(hall);

	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++) {
		struct seat *seat = &hall->seats[i];

		if (seat->state != SEAT_TAKEN || seat->asked != 0 ||
		    (seat->checked != 0 &&
		     now - seat->checked < HALL_SEAT_CHECK_S * NS_PER_S))
			continue;
		if (!registry_ask_seat(hall, i))
			return;
	}
}

int registry_hear(struct hall *hall)
{
	static const struct line_rule rules[] = {
		{ REGISTER_CHAT_NOTED, sizeof(struct register_chat_noted),
		  take_noted },
		{ REGISTER_SEAT_IS, sizeof(struct register_seat_is),
		  take_seat_is },
	};

	return hall_hear(hall, &hall->registry, NULL, rules, COUNT(rules));
}

void registry_line(struct hall *hall, int end)
{
	mouth_open(&hall->registry, end);
	/* Whatever the one before did not note is told again. */
	for (uint32_t i = 0; i < hall->table.used; i++)
		if (hall->table.place[i])
			hall->table.place[i]->posted =
				hall->table.place[i]->noted;
	desk_seats_unanswered(hall);
}
