/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The program tallenne-vault as people meet it at its door: locking,
 * unlocking, fetching the log. Its path is the first argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault_stage.h"

static void locked_it_writes_down_but_opens_nothing(void **state)
{
	struct vault_room room = vault_room_new();
	struct object object;
	struct vault_door answer;
	int pipe, r;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_LOCK, "", -1).result, 0);
	assert_int_equal(unseal(&room, &object, 0, 0, &pipe), -ENOKEY);
	assert_int_equal(vault_room_destroy(&room, SEAL_CLASS_AUDIO, today()),
			 -ENOKEY);
	assert_int_equal(
		vault_room_append(&room, "{\"event\":\"login\"}", NULL), 0);
	assert_int_equal(vault_room_status(&room).is_locked, 1);
	assert_int_equal(vault_room_status(&room).key_count, 0);
	answer = vault_room_knock(&room, VAULT_DOOR_UNLOCK, "wrong passphrase",
				  -1);
	assert_int_equal(answer.result, -EACCES);
	answer = vault_room_knock(&room, VAULT_DOOR_UNLOCK,
				  VAULT_ROOM_PASSPHRASE, -1);
	assert_int_equal(answer.result, 0);
	answer = vault_room_knock(&room, VAULT_DOOR_UNLOCK,
				  VAULT_ROOM_PASSPHRASE, -1);
	assert_int_equal(answer.result, -EALREADY);
	assert_int_equal(unseal(&room, &object, 0, 0, &pipe), 0);
	expect_content(pipe, 0, CONTENT_SIZE);
	assert_int_equal(vault_room_stop(&room), 0);

	/* Started locked, it still hands recorders what they need. */
	r = vault_room_start(&room, program,
			     VAULT_ROOM_SETTINGS "unlock\task\n", NULL);
	assert_int_equal(r, 0);
	assert_non_null(room.keys);
	assert_int_equal(vault_room_status(&room).is_locked, 1);
	assert_int_equal(unseal(&room, &object, 0, 0, &pipe), -ENOKEY);
	assert_int_equal(vault_room_stop(&room), 0);
	(void)close(object.fd);
	(void)verify(&room);
	vault_room_free(&room);
}

static void locking_ends_what_is_being_poured(void **state)
{
	struct vault_room room = vault_room_new();
	struct object object;
	uint8_t *got = malloc(CONTENT_SIZE);
	size_t at = 0;
	ssize_t more;
	int pipe;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	pipe_size = 4096;
	assert_int_equal(unseal(&room, &object, 0, 0, &pipe), 0);
	pipe_size = 0;
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_LOCK, "", -1).result, 0);
	while ((more = read(pipe, got, CONTENT_SIZE)) > 0)
		at += (size_t)more;
	assert_true(at <= 4096);
	free(got);
	(void)close(pipe);
	(void)close(object.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

static void guessing_at_the_door_is_slowed_down(void **state)
{
	struct vault_room room = vault_room_new();
	int last = 0;

	(void)state;
	start(&room);
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_LOCK, "", -1).result, 0);
	for (int i = 0; i < 6; i++)
		last = vault_room_knock(&room, VAULT_DOOR_UNLOCK,
					"not this one", -1)
			       .result;
	assert_int_equal(last, -EAGAIN);
	assert_int_equal(vault_room_knock(&room, VAULT_DOOR_UNLOCK,
					  VAULT_ROOM_PASSPHRASE, -1)
				 .result,
			 -EAGAIN);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

static size_t read_all(int fd, char *text, size_t size)
{
	size_t at = 0;
	ssize_t got;

	while ((got = read(fd, text + at, size - at)) > 0)
		at += (size_t)got;
	return at;
}

static void log_checkpoint_and_proof_come_through_the_door(void **state)
{
	struct vault_room room = vault_room_new();
	struct vault_door door;
	uint64_t seq;
	char checkpoint[NOTE_SIZE], proof[NOTE_PROOF_SIZE], key[513];
	char number[32];
	struct audit_found found;
	OWNED(drop_fd) int log = memfd_create("log", MFD_CLOEXEC);
	int ends[2];
	size_t size;

	(void)state;
	start(&room);
	for (int i = 0; i < 100; i++)
		assert_int_equal(vault_room_append(&room, reads, &seq), 0);

	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_AUDIT, "", log).result, 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	door = vault_room_knock(&room, VAULT_DOOR_CHECKPOINT, "", ends[1]);
	(void)close(ends[1]);
	assert_int_equal(door.result, 0);
	size = read_all(ends[0], checkpoint, sizeof(checkpoint));
	(void)close(ends[0]);
	memcpy(key, door.text, door.text_size);
	key[door.text_size] = '\0';

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)seq);
	door = vault_room_knock(&room, VAULT_DOOR_PROVE, number, ends[1]);
	(void)close(ends[1]);
	assert_int_equal(door.result, 0);
	assert_int_equal(door.text_size, strlen(key));
	assert_memory_equal(door.text, key, door.text_size);
	proof[read_all(ends[0], proof, sizeof(proof) - 1)] = '\0';
	(void)close(ends[0]);
	assert_non_null(strstr(proof, "c2sp.org/tlog-proof@v1\nextra "));
	assert_non_null(strstr(proof, "\nexample.invalid/audit\n"));
	snprintf(number, sizeof(number), "\nindex %llu\n",
		 (unsigned long long)seq);
	assert_non_null(strstr(proof, number));
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_PROVE, "9999", log).result,
		-ENOENT);
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_PROVE, "-1", log).result,
		-EINVAL);

	/* The log was copied to a file, in turns: wait for its last line. */
	assert_int_equal(vault_room_stop(&room), 0);
	assert_int_equal(lseek(log, 0, SEEK_SET), 0);
	assert_int_equal(audit_verify(log, (struct slice){ checkpoint, size },
				      key, &found),
			 0);
	assert_true(found.is_signed);
	assert_int_equal(found.signed_entries, found.entries);
	vault_room_free(&room);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locked_it_writes_down_but_opens_nothing),
		cmocka_unit_test(locking_ends_what_is_being_poured),
		cmocka_unit_test(guessing_at_the_door_is_slowed_down),
		cmocka_unit_test(
			log_checkpoint_and_proof_come_through_the_door),
	};

	assert(argc == 2);
	program = argv[1];
	(void)setenv("TZ", "Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
