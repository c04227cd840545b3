/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The audit log comes to its own end: what was written on a day is sealed to
 * that day and dies with it, in every copy, and the tree stays whole. The
 * path of tallenne-vault is the first argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sodium.h>

#include "vault/keeper.h"
#include "vault_stage.h"

static const char secret[] =
	"{\"event\":\"content.read\",\"actor\":\"stf_carried_away\"}";

/* Start it so many days later. */
static void start_ahead(struct vault_room *room, int days)
{
	char settings[256];

	snprintf(settings, sizeof(settings),
		 VAULT_ROOM_SETTINGS "clock_jump_hours\t0\nclock_ahead_s\t%d\n",
		 days * 86400);
	assert_int_equal(vault_room_start(room, program, settings,
					  VAULT_ROOM_PASSPHRASE),
			 0);
}

static int forget(struct vault_room *room, seal_date before, uint64_t *ret_seq)
{
	struct vault_forget ask = {
		.head = { .type = VAULT_FORGET, .size = sizeof(ask) },
		.before = before,
	};
	struct vault_answer answer;

	assert_int_equal(vault_room_ask(room->reg, &ask.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	if (ret_seq)
		*ret_seq = answer.seq;
	return answer.result;
}

/* Whether any file of the vault's directory holds these bytes. */
static bool disk_has(const struct vault_room *room, const void *bytes,
		     size_t size)
{
	DIR *entries = opendir(room->place);
	const struct dirent *entry;
	bool found = false;

	assert_non_null(entries);
	while ((entry = readdir(entries))) {
		OWNED(drop_memory) char *all = NULL;
		OWNED(drop_fd)
		int fd = openat(room->dir, entry->d_name,
				O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		size_t all_size;

		if (fd >= 0 && file_read(fd, 1 << 24, &all, &all_size) == 0)
			found |= memmem(all, all_size, bytes, size) != NULL;
	}
	(void)closedir(entries);
	return found;
}

static bool disk_says(const struct vault_room *room, const char *text)
{
	return disk_has(room, text, strlen(text));
}

/* A volume as somebody carried it away; the caller frees it. */
static char *carry_away(const struct vault_room *room, const char *name,
			size_t *ret_size)
{
	OWNED(drop_fd) int fd = openat(room->dir, name, O_RDONLY | O_CLOEXEC);
	char *copy;

	assert_int_equal(file_read(fd, 1 << 24, &copy, ret_size), 0);
	return copy;
}

static void put_back(const struct vault_room *room, const char *name,
		     const char *copy, size_t size)
{
	OWNED(drop_fd)
	int fd = openat(room->dir, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(file_write_at(fd, copy, size, 0), 0);
}

static struct audit_found look(const struct vault_room *room)
{
	OWNED(drop_fd) int log = vault_room_log_file(room);
	OWNED(drop_fd)
	int fd = openat(room->dir, "checkpoint", O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *checkpoint = NULL;
	struct audit_found found;
	size_t size;
	int r;

	assert_int_equal(file_read(fd, NOTE_SIZE, &checkpoint, &size), 0);
	r = audit_verify(log, (struct slice){ checkpoint, size }, NULL, &found);
	assert_true((r < 0) == (found.problem != NULL));
	return found;
}

static void what_a_day_wrote_dies_with_it_in_every_copy(void **state)
{
	struct vault_room room = vault_room_new();
	const seal_date then = today();
	char name[VOLUME_NAME_SIZE];
	char *copy;
	uint64_t seq, told;
	size_t size;
	struct audit_found found;

	(void)state;
	start(&room);
	assert_int_equal(vault_room_append(&room, secret, &seq), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_volume(&room, name);
	copy = carry_away(&room, name, &size);
	/* Sealed on the disk; whoever has the ring reads it. */
	assert_false(disk_says(&room, "stf_carried_away"));
	assert_true(vault_room_log_has(&room, "stf_carried_away"));

	start_ahead(&room, VAULT_LOG_LEAST_DAYS + 1);
	assert_int_equal(forget(&room, today_add(then, 1), &told), 0);
	assert_true(told > seq);
	/* Once more is no error, and no entry. */
	assert_int_equal(forget(&room, today_add(then, 1), &told), 0);
	assert_int_equal(told, 0);
	assert_int_equal(vault_room_append(&room, reads, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);

	found = look(&room);
	assert_null(found.problem);
	assert_true(found.erased > seq && found.erased < found.entries);
	assert_true(vault_room_log_has(&room, "log.erased"));
	assert_false(vault_room_log_has(&room, "stf_carried_away"));
	/* Of the volume the leaves are left, and no box, time or key. */
	{
		OWNED(drop_memory) char *left = NULL;
		size_t left_size;

		left = carry_away(&room, name, &left_size);
		assert_null(memmem(left, left_size, "box", 3));
		assert_null(memmem(left, left_size, "time", 4));
		assert_null(memmem(left, left_size, "key", 3));
	}
	/* The copy is put back, under the ring of today: it opens nothing. */
	put_back(&room, name, copy, size);
	assert_false(vault_room_log_has(&room, "stf_carried_away"));
	assert_null(look(&room).problem);
	start_ahead(&room, VAULT_LOG_LEAST_DAYS + 1);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_null(look(&room).problem);
	free(copy);
	vault_room_free(&room);
}

static void nothing_is_forgotten_early_or_by_a_room(void **state)
{
	struct vault_room room = vault_room_new();
	const seal_date now = today();

	(void)state;
	start(&room);
	assert_int_equal(vault_room_append(&room, secret, NULL), 0);
	assert_int_equal(forget(&room, now, NULL), -EPERM);
	assert_int_equal(forget(&room, today_add(now, 1), NULL), -EPERM);
	assert_int_equal(forget(&room, 20230230, NULL), -EBADMSG);
	assert_int_equal(
		forget(&room, today_add(now, -VAULT_LOG_LEAST_DAYS), NULL), 0);
	/* A room cannot say what only the vault says. */
	assert_int_equal(vault_room_append(&room,
					   "{" VERIFY_ERASED
					   "\"before\":\"2099-01-01\","
					   "\"entries\":2}",
					   NULL),
			 -EBADMSG);
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_LOCK, "", -1).result, 0);
	assert_int_equal(forget(&room, today_add(now, -400), NULL), -ENOKEY);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_true(vault_room_log_has(&room, "stf_carried_away"));
	vault_room_free(&room);
}

/* In this process, so that its clock can be set while it runs. */
static void a_clock_that_jumped_forgets_nothing(void **state)
{
	struct vault_room room = vault_room_new();
	struct keeper keeper = keeper_new();
	OWNED(drop_fd)
	int settings = file_of("settings", VAULT_ROOM_SETTINGS,
			       strlen(VAULT_ROOM_SETTINGS));
	const seal_date then = today();
	struct vault_entry entry = vault_room_entry(secret);
	struct loop *loop;
	uint64_t seq;

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(keeper_set(&keeper, settings), 0);
	keeper.dir = room.dir;
	keeper.passphrase = file_of("passphrase", VAULT_ROOM_PASSPHRASE,
				    strlen(VAULT_ROOM_PASSPHRASE));
	assert_int_equal(keeper_start(&keeper, NULL, loop), 0);
	assert_int_equal(keeper_write(&keeper, &entry, &seq), 0);
	keeper.today.clock.ahead = 400 * INT64_C(86400) * NS_PER_S;
	assert_int_equal(keeper_forget_log(&keeper, today_add(then, 1), &seq),
			 -EPERM);
	assert_true(keeper.today.is_paused);
	/* A person says that it is right. */
	assert_int_equal(keeper_unlock(&keeper, slice_of(VAULT_ROOM_PASSPHRASE),
				       "uid:0", true),
			 0);
	assert_int_equal(keeper_forget_log(&keeper, today_add(then, 1), &seq),
			 0);
	assert_true(seq > 0);
	keyring_close(keeper.ring);
	audit_close(keeper.audit);
	loop_free(loop);
	settings_drop(&keeper.settings);
	free((void *)(uintptr_t)keeper.origin);
	free((void *)(uintptr_t)keeper.node);
	assert_false(vault_room_log_has(&room, "stf_carried_away"));
	vault_room_free(&room);
}

static void a_locked_vault_seals_what_it_writes_too(void **state)
{
	struct vault_room room = vault_room_new();
	uint64_t seq;

	(void)state;
	start(&room);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_int_equal(vault_room_start(&room, program,
					  VAULT_ROOM_SETTINGS "unlock\task\n",
					  NULL),
			 0);
	assert_int_equal(vault_room_append(&room, secret, &seq), 0);
	/* It cannot show what it cannot open. */
	assert_int_equal(
		vault_room_knock(&room, VAULT_DOOR_AUDIT, "", room.dir).result,
		-ENOKEY);
	assert_int_equal(vault_room_kill(&room), 128 + SIGKILL);
	assert_false(disk_says(&room, "stf_carried_away"));
	assert_true(vault_room_log_has(&room, "stf_carried_away"));
	assert_true(verify(&room) > seq);
	vault_room_free(&room);
}

static void who_removes_an_entry_is_found(void **state)
{
	struct vault_room room = vault_room_new();
	OWNED(drop_memory) char *text = NULL;
	char name[VOLUME_NAME_SIZE], line[RECORD_LINE_MAX + 1];
	struct slice rest;
	size_t size;
	FILE *out;

	(void)state;
	start(&room);
	assert_int_equal(vault_room_append(&room, secret, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_null(look(&room).problem);
	/* All leaves stay, so the tree is whole and the vault starts. */
	vault_room_volume(&room, name);
	text = vault_room_log(&room, &size);
	out = fdopen(openat(room.dir, name, O_WRONLY | O_TRUNC | O_CLOEXEC),
		     "w");
	rest = (struct slice){ text, size };
	while (rest.size > 0) {
		struct slice one = slice_cut(rest, '\n', &rest);
		struct record record;

		assert_int_equal(record_read(one, &record), 0);
		record.is_erased = strstr(record.payload, "stf_carried_away");
		(void)record_line(&record, line);
		(void)fputs(line, out);
	}
	assert_int_equal(fclose(out), 0);
	assert_string_equal(look(&room).problem,
			    "an entry was removed, and none says that its "
			    "time had come");
	vault_room_free(&room);
}

/* Make the log what it was before its days had files of their own. */
static void make_former(const struct vault_room *room)
{
	char name[VOLUME_NAME_SIZE];
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd)
	int fd = openat(room->dir, "audit.jsonl",
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t size;

	text = vault_room_log(room, &size);
	assert_int_equal(file_write_at(fd, text, size, 0), 0);
	for (;;) {
		vault_room_volume(room, name);
		if (name[0] == '\0')
			return;
		assert_int_equal(unlinkat(room->dir, name, 0), 0);
	}
}

static bool has_former(const struct vault_room *room)
{
	return faccessat(room->dir, "audit.jsonl", F_OK, 0) == 0;
}

static void a_log_in_one_file_is_taken_over(void **state)
{
	struct vault_room room = vault_room_new();
	const seal_date then = today();
	struct audit_found found;
	uint64_t entries;
	char *copy;
	size_t size;

	(void)state;
	start(&room);
	assert_int_equal(vault_room_append(&room, secret, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	start_ahead(&room, 1);
	assert_int_equal(vault_room_append(&room, reads, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	entries = look(&room).entries;
	make_former(&room);
	copy = carry_away(&room, "audit.jsonl", &size);

	start_ahead(&room, 1);
	assert_false(has_former(&room));
	assert_int_equal(vault_room_stop(&room), 0);
	found = look(&room); /* against the checkpoint too */
	assert_null(found.problem);
	assert_true(found.entries > entries && found.erased == 0);
	assert_true(vault_room_log_has(&room, "stf_carried_away"));
	/* Put back, as after a power cut before it was removed. */
	{
		OWNED(drop_fd)
		int fd = openat(room.dir, "audit.jsonl",
				O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_int_equal(file_write_at(fd, copy, size, 0), 0);
	}
	start_ahead(&room, 1);
	assert_false(has_former(&room));
	assert_int_equal(vault_room_stop(&room), 0);
	assert_null(look(&room).problem);
	/* Its first day ends, as that of any log. */
	start_ahead(&room, VAULT_LOG_LEAST_DAYS + 1);
	assert_int_equal(forget(&room, today_add(then, 1), NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	assert_null(look(&room).problem);
	assert_false(disk_says(&room, "stf_carried_away"));
	free(copy);
	vault_room_free(&room);
}

static void a_damaged_log_in_one_file_is_not(void **state)
{
	struct vault_room room = vault_room_new();
	OWNED(drop_fd) int fd = -1;

	(void)state;
	start(&room);
	assert_int_equal(vault_room_append(&room, secret, NULL), 0);
	assert_int_equal(vault_room_stop(&room), 0);
	make_former(&room);
	fd = openat(room.dir, "audit.jsonl", O_WRONLY | O_CLOEXEC);
	assert_int_equal(file_write_at(fd, "x", 1, 60), 0);
	assert_true(vault_room_start(&room, program, VAULT_ROOM_SETTINGS,
				     VAULT_ROOM_PASSPHRASE) < 0);
	assert_int_not_equal(vault_room_wait(&room), 0);
	assert_true(has_former(&room));
	(void)unlinkat(room.dir, "audit.jsonl", 0);
	vault_room_free(&room);
}

static void a_sealed_line_opens_with_its_own_key_only(void **state)
{
	const uint8_t key[SEAL_KEY_SIZE] = { 1 }, other[SEAL_KEY_SIZE] = { 2 };
	char line[RECORD_LINE_MAX + 1];
	struct record record, opened;
	struct page_line *read = malloc(sizeof(*read));
	size_t size;

	(void)state;
	record_make(7, 1795000000 * NS_PER_S, "test-1", slice_of(secret),
		    &record);
	size = page_sealed_line(&record, key, line);
	assert_int_equal(page_read((struct slice){ line, size - 1 }, read), 0);
	assert_int_equal(read->kind, PAGE_SEALED);
	assert_int_equal(page_open(read, other, &opened), -EBADMSG);
	assert_int_equal(page_open(read, key, &opened), 0);
	assert_string_equal(opened.payload, record.payload);
	/* No bit of the line can be changed unseen. */
	for (size_t i = 0; i < 8 * (size - 1); i++) {
		line[i / 8] ^= (char)(1 << i % 8);
		if (page_read((struct slice){ line, size - 1 }, read) == 0 &&
		    read->kind == PAGE_SEALED)
			assert_int_equal(page_open(read, key, &opened),
					 -EBADMSG);
		line[i / 8] ^= (char)(1 << i % 8);
	}
	free(read);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_day_wrote_dies_with_it_in_every_copy),
		cmocka_unit_test(nothing_is_forgotten_early_or_by_a_room),
		cmocka_unit_test(a_clock_that_jumped_forgets_nothing),
		cmocka_unit_test(a_locked_vault_seals_what_it_writes_too),
		cmocka_unit_test(who_removes_an_entry_is_found),
		cmocka_unit_test(a_log_in_one_file_is_taken_over),
		cmocka_unit_test(a_damaged_log_in_one_file_is_not),
		cmocka_unit_test(a_sealed_line_opens_with_its_own_key_only),
	};

	assert(argc == 2 && sodium_init() >= 0);
	program = argv[1];
	(void)setenv("TZ", "Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
