/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The program tallenne-vault as its rooms meet it: register and finish ask,
 * it dies and comes back. Its path is the first argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault_stage.h"

static void what_was_sealed_is_poured_in_ranges(void **state)
{
	static const struct {
		uint64_t offset, size;
	} ranges[] = { { 0, 0 },	 { 0, 1 },     { 16379, 2 },
		       { 16380, 16380 }, { 49999, 1 }, { 123, 40000 },
		       { 20000, 0 } };
	struct vault_room room = vault_room_new();
	struct object object;
	int pipe;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	for (size_t i = 0; i < COUNT(ranges); i++) {
		size_t size = ranges[i].size ? ranges[i].size
					     : CONTENT_SIZE - ranges[i].offset;

		assert_int_equal(unseal(&room, &object, ranges[i].offset,
					ranges[i].size, &pipe),
				 0);
		expect_content(pipe, ranges[i].offset, size);
	}
	assert_int_equal(unseal(&room, &object, CONTENT_SIZE, 0, &pipe),
			 -ERANGE);
	assert_int_equal(unseal(&room, &object, 1, CONTENT_SIZE, &pipe),
			 -ERANGE);
	assert_int_equal(unseal(&room, &object, 1, UINT64_MAX, &pipe), -ERANGE);
	assert_true(vault_room_log_has(&room, "\\\"reason\\\":\\\"range\\\""));
	(void)close(object.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_true(verify(&room) >= COUNT(ranges) + 6);
	vault_room_free(&room);
}

static void a_destroyed_key_opens_nothing_and_neighbours_live(void **state)
{
	struct vault_room room = vault_room_new();
	struct object dead, alive;
	struct vault_status before, after;
	int pipe;

	(void)state;
	start(&room);
	dead = seal_to(&room, today());
	alive = seal_to(&room, vault_room_last(&room));
	before = vault_room_status(&room);
	assert_int_equal(before.key_count, 90);
	assert_int_equal(vault_room_destroy(&room, SEAL_CLASS_AUDIO,
					    alive.about.wrapped.end.date),
			 -EPERM);
	assert_int_equal(vault_room_destroy(&room, SEAL_CLASS_AUDIO, today()),
			 0);
	/* Once more is no error: the register may not have heard. */
	assert_int_equal(vault_room_destroy(&room, SEAL_CLASS_AUDIO, today()),
			 0);
	assert_int_equal(vault_room_destroy(&room, 9, today()), -EBADMSG);
	assert_int_equal(vault_room_destroy(&room, 1, 20270230), -EBADMSG);
	after = vault_room_status(&room);
	assert_int_equal(after.key_count, 89);
	assert_int_equal(unseal(&room, &dead, 0, 0, &pipe), -EKEYREVOKED);
	assert_int_equal(unseal(&room, &alive, 0, 0, &pipe), 0);
	expect_content(pipe, 0, CONTENT_SIZE);

	/* Also after a new start, from the file. */
	assert_int_equal(vault_room_stop(&room), 0);
	start(&room);
	assert_int_equal(vault_room_status(&room).key_count, 89);
	assert_int_equal(unseal(&room, &dead, 0, 0, &pipe), -EKEYREVOKED);
	assert_int_equal(unseal(&room, &alive, 0, 0, &pipe), 0);
	expect_content(pipe, 0, CONTENT_SIZE);
	(void)close(dead.fd);
	(void)close(alive.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	(void)verify(&room);
	vault_room_free(&room);
}

static void another_object_hash_or_entry_is_refused(void **state)
{
	static const char *const erasing[] = {
		"{\"event\":\"log.erased\",\"actor\":\"svc_sweeper\","
		"\"before\":\"2026-11-30\",\"entries\":1}",
		"{ \"event\":\"log.erased\",\"actor\":\"svc_sweeper\","
		"\"before\":\"2026-11-30\",\"entries\":1}",
		" {  \"event\":\"log.erased\",\"actor\":\"svc_sweeper\","
		"\"before\":\"2026-11-30\",\"entries\":1} ",
	};
	struct vault_room room = vault_room_new();
	struct object a, b, mixed;
	int pipe;

	(void)state;
	start(&room);
	a = seal_to(&room, today());
	b = seal_to(&room, today());
	mixed = a;
	mixed.fd = b.fd;
	assert_int_equal(unseal(&room, &mixed, 0, 0, &pipe), -EBADMSG);
	mixed = a;
	mixed.about.hash[0] ^= 1;
	assert_int_equal(unseal(&room, &mixed, 0, 0, &pipe), -EBADMSG);
	mixed = a;
	mixed.about.wrapped = b.about.wrapped;
	assert_int_equal(unseal(&room, &mixed, 0, 0, &pipe), -EBADMSG);
	assert_int_equal(vault_room_append(&room, "no JSON", NULL), -EBADMSG);
	assert_int_equal(vault_room_append(&room, "{\"seq\":1}", NULL),
			 -EBADMSG);
	/* What only the vault says, with and without blanks. */
	for (size_t i = 0; i < COUNT(erasing); i++)
		assert_int_equal(vault_room_append(&room, erasing[i], NULL),
				 -EBADMSG);
	assert_int_equal(vault_room_append(&room, "{}", NULL), 0);
	(void)close(a.fd);
	(void)close(b.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	(void)verify(&room);
	vault_room_free(&room);
}

static void texts_and_spool_keys_go_only_where_they_belong(void **state)
{
	struct vault_room room = vault_room_new();
	const struct seal_end end = { SEAL_CLASS_CONTACT, today() };
	const struct id owner = id_new();
	const uint8_t key[SEAL_KEY_SIZE] = { 5 };
	struct vault_open_text ask = {
		.head = { .type = VAULT_OPEN_TEXT, .size = sizeof(ask) },
		.entry = vault_room_entry(reads),
		.owner = owner,
		.purpose = SEAL_FOR_CALLER,
	};
	struct vault_recover recover = {
		.head = { .type = VAULT_RECOVER, .size = sizeof(recover) },
		.call = owner,
	};
	struct vault_answer answer;
	struct vault_recovered recovered;

	(void)state;
	start(&room);
	assert_int_equal(seal_text(room.keys, &end, SEAL_FOR_CALLER, &owner,
				   "+358405550100", &ask.sealed),
			 0);
	assert_int_equal(vault_room_ask(room.reg, &ask.head, NULL, &answer.head,
					VAULT_ANSWER, sizeof(answer)),
			 0);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.text_size, 13);
	assert_memory_equal(answer.text, "+358405550100", 13);

	/* A key in a text's clothes stays where it is. */
	ask.purpose = SEAL_FOR_SPOOL;
	assert_int_equal(vault_room_ask(room.reg, &ask.head, NULL, &answer.head,
					VAULT_ANSWER, sizeof(answer)),
			 0);
	assert_int_equal(answer.result, -EBADMSG);

	assert_int_equal(seal_key(room.keys, &end, SEAL_FOR_SPOOL, &owner, key,
				  &recover.wrapped),
			 0);
	assert_int_equal(vault_room_ask(room.finish, &recover.head, NULL,
					&recovered.head, VAULT_RECOVERED,
					sizeof(recovered)),
			 0);
	assert_int_equal(recovered.result, 0);
	assert_memory_equal(recovered.key, key, sizeof(key));
	assert_true(vault_room_log_has(&room, "spool.recovered"));

	/* The key of an object is not recovered, not even for finish. */
	assert_int_equal(seal_key(room.keys, &end, SEAL_FOR_OBJECT, &owner, key,
				  &recover.wrapped),
			 0);
	assert_int_equal(vault_room_ask(room.finish, &recover.head, NULL,
					&recovered.head, VAULT_RECOVERED,
					sizeof(recovered)),
			 0);
	assert_int_equal(recovered.result, -EBADMSG);
	assert_true(bytes_are_zero(recovered.key, sizeof(recovered.key)));
	assert_int_equal(vault_room_stop(&room), 0);
	(void)verify(&room);
	vault_room_free(&room);
}

static int recover(const struct vault_room *room, int line,
		   const struct id *owner, enum seal_purpose purpose,
		   uint32_t data_class, uint8_t ret_key[SEAL_KEY_SIZE])
{
	const struct seal_end end = { data_class, today() };
	const uint8_t key[SEAL_KEY_SIZE] = { 6 };
	struct vault_recover ask = {
		.head = { .type = VAULT_RECOVER, .size = sizeof(ask) },
		.call = *owner,
	};
	struct vault_recovered answer;

	assert_int_equal(
		seal_key(room->keys, &end, purpose, owner, key, &ask.wrapped),
		0);
	assert_int_equal(vault_room_ask(line, &ask.head, NULL, &answer.head,
					VAULT_RECOVERED, sizeof(answer)),
			 0);
	memcpy(ret_key, answer.key, SEAL_KEY_SIZE);
	return answer.result;
}

static void chat_gets_its_journals_back_and_no_calls(void **state)
{
	struct vault_room room = vault_room_new();
	const struct id owner = id_new();
	const uint8_t key[SEAL_KEY_SIZE] = { 6 };
	uint8_t found[SEAL_KEY_SIZE];
	struct vault_append append = {
		.head = { .type = VAULT_APPEND, .size = sizeof(append) },
		.entry = vault_room_entry("{\"event\":\"login\"}"),
	};
	struct vault_answer answer;

	(void)state;
	start(&room);
	assert_int_equal(recover(&room, room.chat, &owner, SEAL_FOR_CHAT,
				 SEAL_CLASS_CHAT, found),
			 0);
	assert_memory_equal(found, key, sizeof(key));
	assert_true(vault_room_log_has(&room, "chats.recovered"));
	assert_int_equal(recover(&room, room.chat, &owner, SEAL_FOR_SPOOL,
				 SEAL_CLASS_AUDIO, found),
			 -EBADMSG);
	assert_true(bytes_are_zero(found, sizeof(found)));
	assert_int_equal(recover(&room, room.chat, &owner, SEAL_FOR_OBJECT,
				 SEAL_CLASS_CHAT, found),
			 -EBADMSG);
	assert_true(bytes_are_zero(found, sizeof(found)));
	/* And finish gets no journal. */
	assert_int_equal(recover(&room, room.finish, &owner, SEAL_FOR_CHAT,
				 SEAL_CLASS_CHAT, found),
			 -EBADMSG);
	assert_true(bytes_are_zero(found, sizeof(found)));
	/* Nor does chat write into the log by itself. */
	assert_int_equal(vault_room_ask(room.chat, &append.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 -EPIPE);
	assert_int_equal(vault_room_stop(&room), 0);
	(void)verify(&room);
	vault_room_free(&room);
}

static void a_register_that_asks_for_keys_is_cut_off(void **state)
{
	struct vault_room room = vault_room_new();
	struct vault_recover recover = {
		.head = { .type = VAULT_RECOVER, .size = sizeof(recover) },
	};
	struct vault_recovered recovered;

	(void)state;
	start(&room);
	assert_int_equal(vault_room_ask(room.reg, &recover.head, NULL,
					&recovered.head, VAULT_RECOVERED,
					sizeof(recovered)),
			 -EPIPE);
	/* The house makes the line anew, and all goes on. */
	(void)close(room.reg);
	vault_room_line(&room, "register", &room.reg);
	assert_int_equal(
		vault_room_append(&room, "{\"event\":\"login\"}", NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

static void a_log_cut_below_its_checkpoint_is_not_opened(void **state)
{
	struct vault_room room = vault_room_new();
	char name[VOLUME_NAME_SIZE];
	struct stat about;

	(void)state;
	start(&room);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vault_room_append(&room, reads, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_volume(&room, name);
	assert_int_equal(fstatat(room.dir, name, &about, 0), 0);
	for (int i = 0; i < 2; i++) {
		/* A torn last line, or an older copy: both are shorter. */
		char path[96];

		snprintf(path, sizeof(path), "%s/%s", room.place, name);
		assert_int_equal(truncate(path, about.st_size - 1 - 300 * i),
				 0);
		assert_int_not_equal(vault_room_start(&room, program,
						      VAULT_ROOM_SETTINGS,
						      VAULT_ROOM_PASSPHRASE),
				     0);
		assert_int_not_equal(vault_room_wait(&room), 0);
	}
	vault_room_free(&room);
}

static void killed_it_has_lost_nothing_it_acknowledged(void **state)
{
	struct vault_room room = vault_room_new();
	uint64_t seq = 0;

	(void)state;
	for (int round = 0; round < 5; round++) {
		start(&room);
		for (int i = 0; i < 20; i++)
			assert_int_equal(vault_room_append(&room, reads, &seq),
					 0);
		assert_int_equal(vault_room_kill(&room), 128 + SIGKILL);
		assert_true(verify(&room) > seq);
	}
	vault_room_free(&room);
}

static void a_reader_who_goes_away_harms_nobody(void **state)
{
	struct vault_room room = vault_room_new();
	struct object object;
	int pipes[70], results[70], pipe;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	/* Without reading: a pipe holds all of this object, so it ends. */
	for (int i = 0; i < 70; i++) {
		results[i] = unseal(&room, &object, 0, 0, &pipes[i]);
		assert_true(results[i] == 0 || results[i] == -EBUSY);
	}
	for (int i = 0; i < 70; i++)
		if (pipes[i] >= 0)
			(void)close(pipes[i]);
	assert_int_equal(unseal(&room, &object, 0, 0, &pipe), 0);
	expect_content(pipe, 0, CONTENT_SIZE);
	(void)close(object.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	(void)verify(&room);
	vault_room_free(&room);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_is_poured_in_ranges),
		cmocka_unit_test(
			a_destroyed_key_opens_nothing_and_neighbours_live),
		cmocka_unit_test(another_object_hash_or_entry_is_refused),
		cmocka_unit_test(
			texts_and_spool_keys_go_only_where_they_belong),
		cmocka_unit_test(chat_gets_its_journals_back_and_no_calls),
		cmocka_unit_test(a_register_that_asks_for_keys_is_cut_off),
		cmocka_unit_test(a_log_cut_below_its_checkpoint_is_not_opened),
		cmocka_unit_test(killed_it_has_lost_nothing_it_acknowledged),
		cmocka_unit_test(a_reader_who_goes_away_harms_nobody),
	};

	assert(argc == 2);
	program = argv[1];
	(void)setenv("TZ", "Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
