/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The program tallenne-vault, with house, register, finish and door played
 * by the test. Its path is the first argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "vault/verify.h"
#include "vault_room.h"

static const char *program;
static int pipe_size; /* 0: as the system has it */

static const char reads[] =
	"{\"event\":\"content.read\",\"actor\":\"stf_1\",\"role\":"
	"\"supervisor\",\"purpose\":\"quality\"}";

enum { CONTENT_SIZE = 50000 };

static uint8_t content_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 256);
}

/* A sealed object and what the register would know of it. */
struct object {
	struct seal_object about;
	int fd;
};

static seal_date today(void)
{
	time_t now = time(NULL);
	struct tm at;

	localtime_r(&now, &at);
	return (seal_date)((at.tm_year + 1900) * 10000 + (at.tm_mon + 1) * 100 +
			   at.tm_mday);
}

static struct object seal_to(const struct vault_room *room, seal_date date)
{
	static const uint8_t node_seed[32] = { 3 };
	const struct seal_end end = { SEAL_CLASS_AUDIO, date };
	uint8_t content[CONTENT_SIZE];
	struct object object = {
		.about = { .object = id_new(),
			   .contact = id_new(),
			   .kind = SEAL_KIND_SOUND },
		.fd = memfd_create("object", MFD_CLOEXEC),
	};

	for (size_t i = 0; i < CONTENT_SIZE; i++)
		content[i] = content_at(i);
	assert_int_equal(seal_write(object.fd, room->keys, &end, node_seed,
				    &object.about, content, CONTENT_SIZE),
			 0);
	assert_int_equal(object.about.wrapped.end.date, date);
	return object;
}

/* Ask for a part; the answer's result, the pipe in *ret_pipe. */
static int unseal(struct vault_room *room, const struct object *object,
		  uint64_t offset, uint64_t size, int *ret_pipe)
{
	struct vault_unseal ask = {
		.head = { .type = VAULT_UNSEAL, .size = sizeof(ask) },
		.entry = vault_room_entry(reads),
		.wrapped = object->about.wrapped,
		.object = object->about.object,
		.offset = offset,
		.size = size,
	};
	struct vault_answer answer;
	struct letter_fds fds;
	int ends[2];

	memcpy(ask.hash, object->about.hash, sizeof(ask.hash));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (pipe_size)
		assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, pipe_size),
				 pipe_size);
	fds = (struct letter_fds){ { object->fd, ends[1], -1, -1 }, 2 };
	assert_int_equal(vault_room_ask(room->reg, &ask.head, &fds,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	(void)close(ends[1]);
	if (answer.result < 0) {
		char byte;

		/* Nothing was poured. */
		assert_int_equal(read(ends[0], &byte, 1), 0);
		(void)close(ends[0]);
		ends[0] = -1;
	}
	*ret_pipe = ends[0];
	return answer.result;
}

static void expect_content(int pipe, uint64_t offset, size_t size)
{
	uint8_t *got = malloc(size + 1);
	size_t at = 0;

	for (;;) {
		ssize_t more = read(pipe, got + at, size + 1 - at);

		assert_true(more >= 0);
		if (more == 0)
			break;
		at += (size_t)more;
	}
	assert_int_equal(at, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(got[i], content_at(offset + i));
	free(got);
	(void)close(pipe);
}

static void start(struct vault_room *room)
{
	assert_int_equal(vault_room_start(room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	assert_non_null(room->keys);
}

/* The log in the directory must be whole. @return its entries */
static uint64_t verify(const struct vault_room *room)
{
	OWNED(drop_fd)
	int log = openat(room->dir, "audit.jsonl", O_RDONLY | O_CLOEXEC);
	struct audit_found found;
	int r = audit_verify(log, (struct slice){ NULL, 0 }, NULL, &found);

	if (r < 0)
		fail_msg("%s", found.problem ? found.problem : strerror(-r));
	return found.entries;
}

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
	alive = seal_to(&room, seal_keyset_last(room.keys, SEAL_CLASS_AUDIO));
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
	struct vault_prove prove = {
		.head = { .type = VAULT_PROVE, .size = sizeof(prove) },
	};
	struct vault_answer answer;
	struct vault_door door;
	struct letter_fds fds;
	char checkpoint[NOTE_SIZE], proof[NOTE_PROOF_SIZE], key[513];
	struct audit_found found;
	OWNED(drop_fd) int log = memfd_create("log", MFD_CLOEXEC);
	int ends[2];
	size_t size;

	(void)state;
	start(&room);
	for (int i = 0; i < 100; i++)
		assert_int_equal(vault_room_append(&room, reads, &prove.seq),
				 0);

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
	fds = (struct letter_fds){ { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(vault_room_ask(room.reg, &prove.head, &fds,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	(void)close(ends[1]);
	assert_int_equal(answer.result, 0);
	proof[read_all(ends[0], proof, sizeof(proof) - 1)] = '\0';
	(void)close(ends[0]);
	assert_non_null(strstr(proof, "c2sp.org/tlog-proof@v1\nextra "));
	assert_non_null(strstr(proof, "\nexample.invalid/audit\n"));

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

static void a_log_cut_below_its_checkpoint_is_not_opened(void **state)
{
	struct vault_room room = vault_room_new();
	struct stat about;

	(void)state;
	start(&room);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vault_room_append(&room, reads, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_int_equal(fstatat(room.dir, "audit.jsonl", &about, 0), 0);
	for (int i = 0; i < 2; i++) {
		/* A torn last line, or an older copy: both are shorter. */
		char path[96];

		snprintf(path, sizeof(path), "%s/audit.jsonl", room.place);
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
	int pipes[70], results[70], refused = 0, pipe;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	/* Without reading: a pipe holds all of this object, so it ends. */
	for (int i = 0; i < 70; i++) {
		results[i] = unseal(&room, &object, 0, 0, &pipes[i]);
		refused += results[i] == -EBUSY;
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
		cmocka_unit_test(a_register_that_asks_for_keys_is_cut_off),
		cmocka_unit_test(locked_it_writes_down_but_opens_nothing),
		cmocka_unit_test(locking_ends_what_is_being_poured),
		cmocka_unit_test(guessing_at_the_door_is_slowed_down),
		cmocka_unit_test(
			log_checkpoint_and_proof_come_through_the_door),
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
