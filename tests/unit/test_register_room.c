/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The programs tallenne-register and tallenne-vault together, each in its
 * jail, with house, recorders, chat, desk and door played by the test.
 * Arguments: register, vault, policy.
 */
#include "register_pair.h"

static void what_was_recorded_is_heard(void **state)
{
	struct pair *pair = *state;
	struct register_contact one = contact(pair, 1);
	struct register_recording recording = record(pair, &one);
	struct desk_session who = session(pair, "sup");
	struct desk_contacts list = {
		.head = { .type = DESK_CONTACTS, .size = sizeof(list) },
		.limit = 20,
	};
	struct desk_contact_rows rows;
	int from;

	memcpy(list.token, who.token, sizeof(list.token));
	ASK(pair->desk, list, rows, DESK_CONTACT_ROWS);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].recordings, 1);
	assert_string_equal(rows.row[0].caller, "••• 123");

	for (uint32_t kind = 1; kind <= 3; kind++) {
		assert_int_equal(
			play(pair, &who, &recording.call, kind, 0, 0, &from),
			DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);
	}
	assert_int_equal(
		play(pair, &who, &recording.call, 1, 70001, 5000, &from),
		DESK_OK);
	assert_heard(from, 70001, 5000);
}

static void kill_at_any_moment_loses_nothing_taken(void **state)
{
	struct pair *pair = *state;
	struct register_recording recording[6];
	struct desk_session who = session(pair, "sup");
	struct register_last last = {
		.head = { .type = REGISTER_LAST, .size = sizeof(last) },
	};
	int from;

	for (uint64_t n = 1; n <= COUNT(recording); n++) {
		struct register_contact one = contact(pair, n);

		recording[n - 1] = record(pair, &one);
		assert_int_equal(kill(pair->pid, SIGKILL), 0);
		assert_int_equal(end_of(pair), 128 + SIGKILL);
		start(pair);
		ASK(pair->siprec, last, last, REGISTER_LAST);
		assert_int_equal(last.number, n);
	}
	for (size_t i = 0; i < COUNT(recording); i++) {
		assert_int_equal(
			play(pair, &who, &recording[i].call, 1, 0, 0, &from),
			DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);
	}
	struct door_verify verify = {
		.head = { .type = DOOR_VERIFY, .size = sizeof(verify) },
	};
	ASK(pair->door, verify, verify, DOOR_VERIFY);
	struct door_zone zone = {
		.head = { .type = DOOR_ZONE, .size = sizeof(zone) },
	};
	ASK(pair->door, zone, zone, DOOR_ZONE);
	assert_string_equal(zone.zone, "Europe/Helsinki");
	struct door_check whole = {
		.head = { .type = DOOR_CHECK, .size = sizeof(whole) },
		.result = -1,
	};
	ASK(pair->door, whole, whole, DOOR_CHECK);
	assert_int_equal(whole.result, 0);
	assert_int_equal(verify.result, 0);
	assert_int_equal(verify.objects, 3);
}

/* Sealed by one, kept by another, opened by a third: and whole. */
static void what_was_said_is_read(void **state)
{
	struct pair *pair = *state;
	struct register_chat chat[3];
	struct desk_session who = session(pair, "sup");
	struct desk_chats list = {
		.head = { .type = DESK_CHATS, .size = sizeof(list) },
		.limit = 20,
	};
	struct desk_chat_rows rows;
	int from;

	for (size_t i = 0; i < COUNT(chat); i++) {
		chat[i] = converse(pair);
		assert_int_equal(kill(pair->pid, SIGKILL), 0);
		assert_int_equal(end_of(pair), 128 + SIGKILL);
		start(pair);
	}
	memcpy(list.token, who.token, sizeof(list.token));
	ASK(pair->desk, list, rows, DESK_CHAT_ROWS);
	assert_int_equal(rows.count, COUNT(chat));
	for (size_t i = 0; i < COUNT(chat); i++) {
		const struct desk_chat_row *row =
			&rows.row[COUNT(chat) - 1 - i];

		assert_true(id_is(&row->chat, &chat[i].chat));
		assert_int_equal(row->number, i + 1);
		assert_int_equal(row->content_state, DESK_OK);
		assert_int_equal(play(pair, &who, &row->content, SEAL_KIND_CHAT,
				      0, 0, &from),
				 DESK_OK);
		assert_heard(from, 0, SOUND_SIZE);
	}
}

static void the_vault_may_end_and_come_back(void **state)
{
	struct pair *pair = *state;
	struct register_contact one = contact(pair, 1);
	struct register_recording recording = record(pair, &one);
	struct desk_session who = session(pair, "sup");
	struct seal_keyset *keys = pair->vault.keys;
	int from;

	pair->vault.keys = NULL;
	assert_int_equal(vault_room_kill(&pair->vault), 128 + SIGKILL);
	pair->vault.keys = keys;
	assert_int_equal(play(pair, &who, &recording.call, 1, 0, 0, &from),
			 DESK_LATER);
	assert_heard(from, 0, 0);
	struct register_contact two = contact(pair, 2);
	record(pair, &two);
	seal_keyset_free(keys);
	pair->vault.keys = NULL;
	assert_int_equal(vault_room_start(&pair->vault, vault_program,
					  VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	give_vault(pair);
	assert_int_equal(play(pair, &who, &recording.call, 1, 0, 0, &from),
			 DESK_OK);
	assert_heard(from, 0, SOUND_SIZE);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clear)
		TEST(what_was_recorded_is_heard),
		TEST(kill_at_any_moment_loses_nothing_taken),
		TEST(what_was_said_is_read),
		TEST(the_vault_may_end_and_come_back),
#undef TEST
	};

	if (argc < 4)
		return 2;
	program = argv[1];
	vault_program = argv[2];
	policy_path = argv[3];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
