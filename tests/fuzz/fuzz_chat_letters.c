/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Letters of a counter, desk, register or vault that was taken over, in the
 * middle of conversations. For each letter: a byte that says whose it is, a
 * byte for its type, two bytes of size, then its body. A body that begins
 * with 0xa5 gets the bearer or id of the conversation that its second byte
 * names. Whatever comes, at most a line ends; in the end all conversations
 * are over and nothing is left.
 */
#include <sys/socket.h>

#include "tests/unit/chat_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPENED = 3, BODY = sizeof(struct letter), KNOWN = 0xa5 };

static const struct {
	uint16_t type;
	uint16_t size;
} counter_letters[] = {
	{ CHAT_OPEN, sizeof(struct chat_open) },
	{ CHAT_SAY, sizeof(struct chat_say) },
	{ CHAT_ACT, sizeof(struct chat_act) },
	{ CHAT_FOLLOW, sizeof(struct chat_follow) },
	{ CHAT_UNFOLLOW, sizeof(struct chat_follow) },
	{ CHAT_FETCH, sizeof(struct chat_fetch) },
	{ CHAT_HOURS, sizeof(struct chat_hours) },
	{ CHAT_STATE, sizeof(struct chat_state) },
}, desk_letters[] = {
	{ CHAT_SEAT, sizeof(struct chat_seat) },
	{ CHAT_UNSEAT, sizeof(struct chat_desk_act) },
	{ CHAT_DESK_SAY, sizeof(struct chat_desk_say) },
	{ CHAT_DESK_ACT, sizeof(struct chat_desk_act) },
	{ CHAT_DESK_FETCH, sizeof(struct chat_desk_fetch) },
	{ CHAT_BOARD, sizeof(struct chat_desk_act) },
	{ CHAT_DESK_ACT, sizeof(struct chat_desk_act) },
	{ CHAT_SAY, sizeof(struct chat_say) },
}, inner_letters[] = {
	{ REGISTER_CHAT_NOTED, sizeof(struct register_chat_noted) },
	{ REGISTER_SEAT_IS, sizeof(struct register_seat_is) },
	{ VAULT_RECOVERED, sizeof(struct vault_recovered) },
	{ REGISTER_CHAT, sizeof(struct register_chat) },
	{ REGISTER_CHAT_NOTED, sizeof(struct register_chat_noted) },
	{ REGISTER_SEAT_IS, sizeof(struct register_seat_is) },
	{ VAULT_RECOVERED, sizeof(struct vault_recovered) },
	{ VAULT_STATUS, sizeof(struct vault_status) },
};

static void post(struct stage *stage, const struct chat_opened *opened,
		 const uint8_t *data, size_t size)
{
	union stage_letter letter = { .bytes = { 0 } };
	uint8_t whose = data[0] % 4, which = data[1] % 8;
	int end = whose == 0   ? stage->counter
		  : whose == 1 ? stage->desk
		  : whose == 2 ? stage->registry
			       : stage->vault;

	if (size > sizeof(letter) - BODY + 2)
		size = sizeof(letter) - BODY + 2;
	memcpy(letter.bytes + BODY, data + 2, size - 2);
	if (size > 4 && data[2] == KNOWN) {
		const struct chat_opened *known = &opened[data[3] % OPENED];

		memcpy(letter.bytes + BODY,
		       whose == 0 ? known->token : known->chat.byte,
		       CHAT_TOKEN_SIZE);
	}
	letter.head.version = LETTER_VERSION;
	letter.head.tag = data[1] / 8;
	letter.head.type = whose == 0	? counter_letters[which].type
			   : whose == 1 ? desk_letters[which].type
					: inner_letters[which].type;
	letter.head.size = whose == 0	? counter_letters[which].size
			   : whose == 1 ? desk_letters[which].size
					: inner_letters[which].size;
	if (data[1] == 0xff) /* now and then a size that is wrong */
		letter.head.size = (uint32_t)(BODY + size % 64);
	(void)send(end, &letter, letter.head.size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage *stage;
	struct chat_opened opened[OPENED];

	if (!stage) {
		log_level(LOG_ERROR);
		stage = stage_new(POLICY);
	}
	stage->clock.fixed = STAGE_BEGAN;
	stage_join(stage, "counter", &stage->counter);
	stage_join(stage, "desk", &stage->desk);
	stage_join(stage, "register", &stage->registry);
	stage_join(stage, "vault", &stage->vault);
	hall_tick(&stage->hall);
	for (uint8_t i = 0; i < OPENED; i++)
		opened[i] = stage_open(stage, i);
	(void)stage_do(stage, stage_sit(stage, 1).seat, NULL, CHAT_DO_TAKE, 0,
		       NULL);
	(void)stage_board(stage, 1);
	while (size > 4) {
		size_t length = data[2] | (size_t)data[3] << 8;
		uint8_t body[LETTER_SIZE_MAX] = { data[0], data[1] };

		data += 4;
		size -= 4;
		if (length > size)
			length = size;
		if (length > sizeof(body) - 2)
			length = sizeof(body) - 2;
		memcpy(body + 2, data, length);
		post(stage, opened, body, length + 2);
		data += length;
		size -= length;
		stage_turn(stage);
		stage_forget(stage);
	}
	/* Whoever is left is gone too long; then all is told and let go. */
	stage_join(stage, "counter", &stage->counter);
	stage_join(stage, "desk", &stage->desk);
	stage_join(stage, "register", &stage->registry);
	for (int i = 0; i < 4; i++) {
		stage->ahead += 20 * 60 * NS_PER_S;
		stage->hall.ahead = stage->ahead;
		hall_tick(&stage->hall);
		stage_turn(stage);
		stage_forget(stage);
	}
	assert(stage->hall.table.count == 0);
	return 0;
}
