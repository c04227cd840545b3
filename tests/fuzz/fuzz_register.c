/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Letters of every line. Byte 0 chooses the letter, bit 7 of it puts in the
 * token of a supervisor, or adds a file to a chat; the rest is the letter's
 * body.
 *
 * A password's hash costs a tenth of a second, as it must: nearly all the
 * time of a run. Here the library's is taken by a cheap one with the same
 * answers, so that letters are read instead.
 */
#include "../unit/register_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	char line;
	uint16_t type;
	uint32_t size;
} letters[] = {
	{ 's', REGISTER_CONTACT, sizeof(struct register_contact) },
	{ 'f', REGISTER_RECORDING, sizeof(struct register_recording) },
	{ 'f', REGISTER_IS_KNOWN, sizeof(struct register_is_known) },
	{ 'd', DESK_SIGN_IN, sizeof(struct desk_sign_in) },
	{ 'd', DESK_ENROL, sizeof(struct desk_enrol) },
	{ 'd', DESK_CHOOSE, sizeof(struct desk_choose) },
	{ 'd', DESK_CONTACTS, sizeof(struct desk_contacts) },
	{ 'd', DESK_CONTACT, sizeof(struct desk_about) },
	{ 'd', DESK_READERS, sizeof(struct desk_about) },
	{ 'd', DESK_PLAY, sizeof(struct desk_play) },
	{ 'o', DOOR_STAFF_ADD, sizeof(struct door_staff) },
	{ 'o', DOOR_STAFF_LIST, sizeof(struct door_list) },
	{ 'o', DOOR_SWEEP, sizeof(struct door_sweep) },
	{ 'o', DOOR_CONTACTS, sizeof(struct door_list) },
	{ 'o', DOOR_VERIFY, sizeof(struct door_verify) },
	{ 'o', 0xfff, sizeof(struct letter) },
	{ 'c', REGISTER_CHAT, sizeof(struct register_chat) },
	{ 'c', REGISTER_SEAT, sizeof(struct register_seat) },
	{ 'd', DESK_CHATS, sizeof(struct desk_chats) },
	{ 'd', DESK_CHAT, sizeof(struct desk_about) },
	{ 'd', DESK_CANNED, sizeof(struct desk_canned_ask) },
	{ 'd', DESK_CANNED_PUT, sizeof(struct desk_canned_put) },
	{ 'd', DESK_CANNED_DROP, sizeof(struct desk_canned_ask) },
	{ 'o', DOOR_CHATS, sizeof(struct door_list) },
	{ 'o', DOOR_ERASE, sizeof(struct door_erase) },
	{ 'o', DOOR_COPY, sizeof(struct door_copy) },
};

int crypto_pwhash_str(char out[crypto_pwhash_STRBYTES],
		      const char *const password, unsigned long long size,
		      unsigned long long turns, size_t memory)
{
	uint8_t hash[crypto_generichash_BYTES];

	(void)turns, (void)memory;
	memset(out, 0, crypto_pwhash_STRBYTES);
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)password, size,
			   NULL, 0);
	hex_text(hash, sizeof(hash), out);
	return 0;
}

int crypto_pwhash_str_verify(const char found[crypto_pwhash_STRBYTES],
			     const char *const password,
			     unsigned long long size)
{
	char hash[crypto_pwhash_STRBYTES];

	return crypto_pwhash_str(hash, password, size, 0, 0) == 0 &&
			       !strcmp(hash, found)
		       ? 0
		       : -1;
}

static struct world *world;
static struct desk_session supervisor;

static void end(void)
{
	void *state = world;

	world_end(&state);
}

static void begin(void)
{
	void *state = NULL;

	log_level(LOG_ERROR);
	world_place = "/dev/shm/fuzz-register-XXXXXX";
	world_policy = TALLENNE_POLICY;
	world_begin(&state);
	world = state;
	supervisor = world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	world_recorded(world, 1, "a1");
	world_chatted(world, "a1");
	atexit(end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union {
		struct letter head;
		uint8_t bytes[LETTER_SIZE_MAX];
	} ask = { .bytes = { 0 } };
	struct letter_fds fds = { { STDIN_FILENO, 0, 0, -1 }, 0 };

	if (!world)
		begin();
	if (size == 0)
		return 0;
	size_t which = (data[0] & 0x7f) % COUNT(letters);
	size_t room = letters[which].size - sizeof(struct letter);
	int *line = letters[which].line == 's'	 ? &world->siprec
		    : letters[which].line == 'f' ? &world->finish
		    : letters[which].line == 'c' ? &world->chat
		    : letters[which].line == 'd' ? &world->desk
						 : &world->door;
	memcpy(ask.bytes + sizeof(ask.head), data + 1,
	       size - 1 < room ? size - 1 : room);
	ask.head.type = letters[which].type;
	ask.head.size = letters[which].size;
	if (data[0] & 0x80 && letters[which].line == 'd' &&
	    room >= DESK_TOKEN_SIZE)
		memcpy(ask.bytes + sizeof(ask.head), supervisor.token,
		       DESK_TOKEN_SIZE);
	if (letters[which].line == 'f')
		fds.count = 3;
	if (letters[which].type == REGISTER_CHAT && data[0] & 0x80)
		fds.count = 1;
	world->vault.entries = world->vault.gone_count = 0;
	if (line_post(*line, &ask.head, &fds, true) < 0)
		return 0;
	for (int i = 0; i < 3; i++)
		world_turn(world, 0);
	for (;;) { /* take the answers; a line that was cut is made anew */
		struct pollfd ready = { .fd = *line, .events = POLLIN };

		if (poll(&ready, 1, 0) <= 0)
			return 0;
		if (line_take(*line, &ask.head, sizeof(ask), NULL) < 0)
			break;
	}
	drop_fd(line);
	*line = letters[which].line == 's'   ? world_line(world, "siprec")
		: letters[which].line == 'f' ? world_line(world, "finish")
		: letters[which].line == 'c' ? world_line(world, "chat")
		: letters[which].line == 'd' ? world_line(world, "desk")
					     : world_door(world);
	return 0;
}
