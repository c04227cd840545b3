/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The power fails at every call by which the vault changes anything while it
 * forgets a day of its log: the log is whole before and after, what it said
 * it forgot is gone from the disk, and asked again it ends what it began.
 *
 * Arguments: the program, and the library of vault_shim.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

#include "vault/keeper.h"
#include "vault_stage.h"

static const char *shim;
static const char secret[] =
	"{\"event\":\"content.read\",\"actor\":\"stf_carried_away\"}";
static const char later[] = VAULT_ROOM_SETTINGS
	"clock_jump_hours\t0\nclock_ahead_s\t" /* 366 days */ "31622400\n";

enum { POINTS_MAX = 500, FILE_MAX = 1 << 22 };

/* Every file of one directory into another, which holds those alone. */
static void copy_all(int from, int to)
{
	DIR *entries = fdopendir(openat(from, ".", O_RDONLY | O_CLOEXEC));
	const struct dirent *entry;

	assert_non_null(entries);
	while ((entry = readdir(entries))) {
		OWNED(drop_memory) char *all = NULL;
		OWNED(drop_fd) int in = -1;
		OWNED(drop_fd) int out = -1;
		size_t size;

		if (entry->d_type != DT_REG)
			continue;
		in = openat(from, entry->d_name, O_RDONLY | O_CLOEXEC);
		out = openat(to, entry->d_name,
			     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_int_equal(file_read(in, FILE_MAX, &all, &size), 0);
		assert_int_equal(file_write_at(out, all, size, 0), 0);
	}
	(void)closedir(entries);
}

static bool disk_says(const struct vault_room *room, const char *text)
{
	struct volumes volumes;
	bool found = false;

	assert_int_equal(volumes_find(room->dir, &volumes), 0);
	for (size_t i = 0; i < volumes.count; i++) {
		OWNED(drop_memory) char *all = NULL;
		OWNED(drop_fd) int fd = -1;
		char name[VOLUME_NAME_SIZE];
		size_t size;

		volume_name(volumes.at[i].date, name);
		fd = openat(room->dir, name, O_RDONLY | O_CLOEXEC);
		assert_int_equal(file_read(fd, FILE_MAX, &all, &size), 0);
		found |= memmem(all, size, text, strlen(text)) != NULL;
	}
	volumes_free(&volumes);
	return found;
}

/* Whether it was forgotten: 0; or it was killed on the way. */
static int forget(struct vault_room *room, seal_date before)
{
	struct vault_forget ask = {
		.head = { .type = VAULT_FORGET, .size = sizeof(ask) },
		.before = before,
	};
	struct vault_answer answer;
	int r = vault_room_ask(room->reg, &ask.head, NULL, &answer.head,
			       VAULT_ANSWER, sizeof(answer));

	return r < 0 ? r : answer.result;
}

static void expect_whole(const struct vault_room *room)
{
	OWNED(drop_fd) int log = vault_room_log_file(room);
	OWNED(drop_fd)
	int fd = openat(room->dir, "checkpoint", O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *checkpoint = NULL;
	struct audit_found found;
	size_t size;

	assert_int_equal(file_read(fd, NOTE_SIZE, &checkpoint, &size), 0);
	if (audit_verify(log, (struct slice){ checkpoint, size }, NULL,
			 &found) < 0)
		fail_msg("%s", found.problem);
}

/* One run with the power failing at a point; whether it came to its end. */
static bool fail_at(struct vault_room *room, seal_date before, int point)
{
	char number[16];
	bool was_ready, was_done = false;

	snprintf(number, sizeof(number), "%d", point);
	(void)setenv("LD_PRELOAD", shim, 1);
	(void)setenv("SHIM_KILL_AT", number, 1);
	was_ready = vault_room_start(room, program, later,
				     VAULT_ROOM_PASSPHRASE) == 0;
	(void)unsetenv("LD_PRELOAD");
	(void)unsetenv("SHIM_KILL_AT");
	if (was_ready)
		was_done = forget(room, before) == 0;
	if (was_done) {
		assert_int_equal(vault_room_kill(room), 128 + SIGKILL);
		/* It said so: then nobody reads it any more. */
		assert_false(disk_says(room, "stf_carried_away"));
		assert_false(vault_room_log_has(room, "stf_carried_away"));
	} else {
		assert_int_equal(vault_room_wait(room), 128 + SIGKILL);
	}
	return was_done;
}

static void forgetting_survives_the_power_failing_anywhere(void **state)
{
	struct vault_room base = vault_room_new();
	const seal_date before = today_add(today(), 1);
	int points = 0, begun = 0;
	bool is_over = false;

	(void)state;
	start(&base);
	assert_int_equal(vault_room_append(&base, secret, NULL), 0);
	assert_int_equal(vault_room_stop(&base), 0);
	while (!is_over) {
		struct vault_room room = vault_room_new();

		assert_true(++points < POINTS_MAX);
		copy_all(base.dir, room.dir);
		is_over = fail_at(&room, before, points);
		/* In peace: the log is whole, and forgetting comes to its
		   end, whether or not it had begun. */
		assert_int_equal(vault_room_start(&room, program, later,
						  VAULT_ROOM_PASSPHRASE),
				 0);
		begun += vault_room_log_has(&room, "log.erased");
		assert_int_equal(forget(&room, before), 0);
		assert_int_equal(vault_room_stop(&room), 0);
		assert_false(disk_says(&room, "stf_carried_away"));
		assert_false(vault_room_log_has(&room, "stf_carried_away"));
		expect_whole(&room);
		vault_room_free(&room);
	}
	/* Of these some must lie within the forgetting itself. */
	assert_true(begun > 5);
	printf("# the power failed at %d points, %d of them after the entry\n",
	       points - 1, begun - 1);
	vault_room_free(&base);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			forgetting_survives_the_power_failing_anywhere),
	};

	assert(argc == 3);
	program = argv[1];
	shim = argv[2];
	(void)setenv("TZ", "Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
