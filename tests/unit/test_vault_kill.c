/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The power fails at every call by which the vault changes anything: never
 * has a byte come out whose reason is not in the log afterwards, never is
 * an acknowledged entry gone, and it always starts again.
 *
 * Arguments: the program, and the library of vault_shim.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "vault/verify.h"
#include "vault_room.h"

static const char *program, *shim;

enum { POINTS_MAX = 2000 };

/* What one run of the vault let out. */
struct seen {
	bool was_ready, has_byte, was_answered, is_over;
	int status; /* of its end */
};

static const char reads[] = "{\"event\":\"content.read\",\"actor\":\"stf_1\"}";

static struct seal_object make_object(const struct vault_room *room, int *ret)
{
	static const uint8_t node_seed[32] = { 3 };
	const struct seal_end end = { SEAL_CLASS_AUDIO, vault_room_last(room) };
	struct seal_object about = { .object = id_new(),
				     .kind = SEAL_KIND_TIMELINE };

	*ret = memfd_create("object", MFD_CLOEXEC);
	assert_int_equal(seal_write(*ret, room->keys, &end, node_seed, &about,
				    "sound", 5),
			 0);
	return about;
}

/* Ask for the object, see whether anything comes. */
static void try_unseal(struct vault_room *room, const struct seal_object *about,
		       int fd, struct seen *seen)
{
	struct vault_unseal ask = {
		.head = { .type = VAULT_UNSEAL, .size = sizeof(ask) },
		.entry = vault_room_entry(reads),
		.wrapped = about->wrapped,
		.object = about->object,
	};
	struct vault_answer answer;
	struct letter_fds fds;
	char bytes[16];
	int ends[2], r;

	memcpy(ask.hash, about->hash, sizeof(ask.hash));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds = (struct letter_fds){ { fd, ends[1], -1, -1 }, 2 };
	r = vault_room_ask(room->reg, &ask.head, &fds, &answer.head,
			   VAULT_ANSWER, sizeof(answer));
	(void)close(ends[1]);
	seen->was_answered = r == 0 && answer.result == 0;
	/* The pipe ends with the process, if not before. */
	seen->has_byte = read(ends[0], bytes, sizeof(bytes)) > 0;
	seen->is_over = seen->was_answered && seen->has_byte;
	(void)close(ends[0]);
}

static struct seen run(struct vault_room *room, const struct seal_object *about,
		       int fd)
{
	struct seen seen = { .was_ready = false };

	(void)setenv("LD_PRELOAD", shim, 1);
	seen.was_ready = vault_room_start(room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE) == 0;
	(void)unsetenv("LD_PRELOAD");
	if (seen.was_ready)
		try_unseal(room, about, fd, &seen);
	seen.status =
		seen.is_over ? vault_room_kill(room) : vault_room_wait(room);
	return seen;
}

/* How many such entries there are; the log must be whole. */
static size_t count_reads(struct vault_room *room)
{
	OWNED(drop_memory) char *bytes = NULL;
	size_t size, count = 0;

	bytes = vault_room_log(room, &size);
	for (const char *at = bytes; (at = strstr(at, "content.read")); at++)
		count++;
	return count;
}

/* Let it start in peace, which repairs what the failure left. */
static void recover(struct vault_room *room)
{
	OWNED(drop_fd) int log = -1;
	struct audit_found found;

	assert_int_equal(vault_room_start(room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	assert_int_equal(vault_room_stop(room), 0);
	log = vault_room_log_file(room);
	assert_int_equal(
		audit_verify(log, (struct slice){ NULL, 0 }, NULL, &found), 0);
}

/* Fail at every point. @return how many broke the promise */
static int fail_everywhere(bool lies, int *ret_points)
{
	struct vault_room room = vault_room_new();
	struct seal_object about;
	size_t known;
	int fd, broken = 0, point = 1;

	assert_int_equal(vault_room_start(&room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	about = make_object(&room, &fd);
	assert_int_equal(vault_room_stop(&room), 0);

	if (lies)
		(void)setenv("SHIM_LIE", "1", 1);
	for (; point < POINTS_MAX; point++) {
		char number[16];
		struct seen seen;

		known = count_reads(&room);
		snprintf(number, sizeof(number), "%d", point);
		(void)setenv("SHIM_KILL_AT", number, 1);
		seen = run(&room, &about, fd);
		(void)unsetenv("SHIM_KILL_AT");
		if ((seen.has_byte || seen.was_answered) &&
		    count_reads(&room) == known)
			broken++;
		/* Beyond the last call nothing fails any more. */
		if (seen.is_over)
			break;
		assert_int_equal(seen.status, 128 + SIGKILL);
		/* A lie is also found by the checkpoint; not the point here. */
		if (lies)
			(void)unlinkat(room.dir, "checkpoint", 0);
		else
			recover(&room);
	}
	(void)unsetenv("SHIM_LIE");
	assert_true(point < POINTS_MAX);
	(void)close(fd);
	vault_room_free(&room);
	*ret_points = point - 1;
	return broken;
}

static void nothing_is_let_out_before_its_entry_is_durable(void **state)
{
	int points;

	(void)state;
	assert_int_equal(fail_everywhere(false, &points), 0);
	assert_true(points > 10);
	printf("# the power failed at %d points\n", points);
}

static void a_disk_that_lies_is_noticed_by_this_test(void **state)
{
	int points;

	(void)state;
	assert_int_not_equal(fail_everywhere(true, &points), 0);
}

static void a_failed_sync_lets_nothing_out_and_ends_the_vault(void **state)
{
	struct vault_room room = vault_room_new();
	struct seal_object about;
	int fd, failed = 0;

	(void)state;
	assert_int_equal(vault_room_start(&room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	about = make_object(&room, &fd);
	assert_int_equal(vault_room_stop(&room), 0);
	for (int i = 1; i < 20; i++) {
		size_t known = count_reads(&room);
		struct seen seen;
		char number[16];

		snprintf(number, sizeof(number), "%d", i);
		(void)setenv("SHIM_FAIL_SYNC", number, 1);
		seen = run(&room, &about, fd);
		(void)unsetenv("SHIM_FAIL_SYNC");
		if (seen.is_over)
			break;
		failed++;
		assert_false(seen.has_byte);
		assert_false(seen.was_answered);
		assert_int_equal(seen.status, EXIT_FAILURE);
		/* What was not durable is not found later either. */
		assert_int_equal(count_reads(&room), known);
		recover(&room);
	}
	assert_true(failed >= 2);
	(void)close(fd);
	vault_room_free(&room);
}

enum { TOGETHER = 8 };

/* Ask for many entries before any is answered. @return how many were
 * acknowledged before the power failed; the vault is over then */
static int append_together(struct vault_room *room, int run)
{
	int acknowledged = 0;

	for (int i = 0; i < TOGETHER; i++) {
		struct vault_append ask = {
			.head = { .type = VAULT_APPEND, .size = sizeof(ask) },
		};
		char text[64];

		snprintf(text, sizeof(text), "{\"event\":\"t\",\"n\":%d}",
			 run * TOGETHER + i);
		ask.entry = vault_room_entry(text);
		if (line_post(room->reg, &ask.head, NULL, true) < 0)
			break;
	}
	for (int i = 0; i < TOGETHER; i++) {
		struct pollfd ready = { .fd = room->reg, .events = POLLIN };
		struct vault_answer answer;

		if (poll(&ready, 1, VAULT_ROOM_WAIT_MS) <= 0 ||
		    line_take(room->reg, &answer.head, sizeof(answer), NULL) <
			    0)
			break;
		assert_int_equal(answer.result, 0);
		acknowledged++;
	}
	return acknowledged;
}

/* Fail at every point while entries are written together. */
static int fail_together(bool lies, int *ret_points)
{
	struct vault_room room = vault_room_new();
	int broken = 0, point = 1, acknowledged = 0;

	assert_int_equal(vault_room_start(&room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	assert_int_equal(vault_room_stop(&room), 0);
	if (lies)
		(void)setenv("SHIM_LIE", "1", 1);
	for (; acknowledged < TOGETHER && !(lies && broken > 0); point++) {
		char number[16], text[32];
		bool was_ready;

		assert_true(point < POINTS_MAX);
		snprintf(number, sizeof(number), "%d", point);
		(void)setenv("SHIM_KILL_AT", number, 1);
		(void)setenv("LD_PRELOAD", shim, 1);
		was_ready =
			vault_room_start(&room, program, VAULT_ROOM_SETTINGS,
					 VAULT_ROOM_PASSPHRASE) == 0;
		(void)unsetenv("LD_PRELOAD");
		(void)unsetenv("SHIM_KILL_AT");
		acknowledged = was_ready ? append_together(&room, point) : 0;
		(void)vault_room_kill(&room);
		/* In their order, so the last one says it for all. */
		snprintf(text, sizeof(text), "\\\"n\\\":%d}",
			 point * TOGETHER + acknowledged - 1);
		if (acknowledged > 0 && !vault_room_log_has(&room, text))
			broken++;
		if (lies)
			(void)unlinkat(room.dir, "checkpoint", 0);
	}
	(void)unsetenv("SHIM_LIE");
	if (!lies)
		recover(&room);
	vault_room_free(&room);
	*ret_points = point - 1;
	return broken;
}

static void what_was_acknowledged_together_is_there(void **state)
{
	int points;

	(void)state;
	assert_int_equal(fail_together(false, &points), 0);
	printf("# together through %d points\n", points);
	/* And with a disk that lies the same test goes red. */
	assert_int_not_equal(fail_together(true, &points), 0);
}

/* What a vault acknowledged of holding, letting die and letting go. */
struct held {
	bool is_held, is_rewrapped, was_asked_to_die, is_dead;
	bool was_asked_to_go, is_gone;
	struct seal_wrapped wrapped;
};

static seal_date today(void)
{
	time_t now = time(NULL);
	struct tm at;

	localtime_r(&now, &at);
	return (seal_date)((at.tm_year + 1900) * 10000 + (at.tm_mon + 1) * 100 +
			   at.tm_mday);
}

static int32_t ask_hold(struct vault_room *room, uint16_t type,
			const struct id *contact)
{
	struct vault_hold ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.entry = vault_room_entry("{\"event\":\"hold\"}"),
		.contact = *contact,
	};
	struct vault_answer answer;
	int r = vault_room_ask(room->reg, &ask.head, NULL, &answer.head,
			       VAULT_ANSWER, sizeof(answer));

	return r < 0 ? r : answer.result;
}

static int32_t ask_rewrap(struct vault_room *room,
			  const struct seal_object *about, int fd,
			  struct seal_wrapped *ret_wrapped)
{
	struct vault_rewrap ask = {
		.head = { .type = VAULT_REWRAP, .size = sizeof(ask) },
		.entry = vault_room_entry("{\"event\":\"hold.rewrapped\"}"),
		.contact = about->contact,
		.object = about->object,
		.wrapped = about->wrapped,
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, 1 };
	struct vault_rewrapped answer;
	int r = vault_room_ask(room->reg, &ask.head, &fds, &answer.head,
			       VAULT_REWRAPPED, sizeof(answer));

	if (r == 0 && answer.result == 0)
		*ret_wrapped = answer.wrapped;
	return r < 0 ? r : answer.result;
}

static int32_t ask_destroy(struct vault_room *room, const struct seal_end *end)
{
	struct vault_destroy ask = {
		.head = { .type = VAULT_DESTROY, .size = sizeof(ask) },
		.entry = vault_room_entry("{\"event\":\"key.destroyed\"}"),
		.end = *end,
	};
	struct vault_answer answer;
	int r = vault_room_ask(room->reg, &ask.head, NULL, &answer.head,
			       VAULT_ANSWER, sizeof(answer));

	return r < 0 ? r : answer.result;
}

/* One life of an object that is held, under a failing vault. */
static struct held live(struct vault_room *room,
			const struct seal_object *about, int fd)
{
	struct held held = { .is_held = false };

	(void)setenv("LD_PRELOAD", shim, 1);
	if (vault_room_start(room, program, VAULT_ROOM_SETTINGS,
			     VAULT_ROOM_PASSPHRASE) < 0) {
		(void)unsetenv("LD_PRELOAD");
		(void)vault_room_wait(room);
		return held;
	}
	(void)unsetenv("LD_PRELOAD");
	held.is_held = ask_hold(room, VAULT_HOLD, &about->contact) == 0;
	if (held.is_held)
		held.is_rewrapped =
			ask_rewrap(room, about, fd, &held.wrapped) == 0;
	held.was_asked_to_die = held.is_rewrapped;
	if (held.was_asked_to_die)
		held.is_dead = ask_destroy(room, &about->wrapped.end) == 0;
	held.was_asked_to_go = held.is_dead;
	if (held.was_asked_to_go)
		held.is_gone =
			ask_hold(room, VAULT_RELEASE, &about->contact) == 0;
	(void)vault_room_kill(room);
	return held;
}

static bool opens(struct vault_room *room, const struct seal_object *about,
		  const struct seal_wrapped *wrapped, int fd)
{
	struct seal_object as = *about;
	struct seen seen = { .was_ready = true };

	as.wrapped = *wrapped;
	try_unseal(room, &as, fd, &seen);
	return seen.has_byte;
}

/*
 * The register's rule is to ask each step only after the one before was
 * acknowledged; then nothing is lost at any point, and what was said to be
 * destroyed is.
 */
static void what_is_held_is_safe_at_every_call(void **state)
{
	static const uint8_t node_seed[32] = { 3 };
	int point = 1;

	(void)state;
	for (; point < POINTS_MAX; point++) {
		struct vault_room room = vault_room_new();
		struct seal_object about = { .object = id_new(),
					     .contact = id_new(),
					     .kind = SEAL_KIND_TIMELINE };
		struct seal_end end = { SEAL_CLASS_AUDIO, 0 };
		struct held held;
		char number[16];
		bool dated, kept = false;
		int fd = memfd_create("object", MFD_CLOEXEC);

		assert_int_equal(vault_room_start(&room, program,
						  VAULT_ROOM_SETTINGS,
						  VAULT_ROOM_PASSPHRASE),
				 0);
		end.date = today();
		assert_int_equal(seal_write(fd, room.keys, &end, node_seed,
					    &about, "sound", 5),
				 0);
		assert_int_equal(vault_room_stop(&room), 0);
		snprintf(number, sizeof(number), "%d", point);
		(void)setenv("SHIM_KILL_AT", number, 1);
		held = live(&room, &about, fd);
		(void)unsetenv("SHIM_KILL_AT");

		assert_int_equal(vault_room_start(&room, program,
						  VAULT_ROOM_SETTINGS,
						  VAULT_ROOM_PASSPHRASE),
				 0);
		dated = opens(&room, &about, &about.wrapped, fd);
		if (held.is_rewrapped)
			kept = opens(&room, &about, &held.wrapped, fd);
		if (!held.was_asked_to_die)
			assert_true(dated);
		if (held.is_dead)
			assert_false(dated);
		if (held.is_rewrapped && !held.was_asked_to_go)
			assert_true(kept);
		if (held.is_gone)
			assert_false(kept);
		assert_int_equal(vault_room_stop(&room), 0);
		vault_room_free(&room);
		(void)close(fd);
		if (held.is_gone)
			break;
	}
	assert_in_range(point, 10, POINTS_MAX - 1);
	printf("# held through %d points\n", point - 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_is_let_out_before_its_entry_is_durable),
		cmocka_unit_test(what_was_acknowledged_together_is_there),
		cmocka_unit_test(what_is_held_is_safe_at_every_call),
		cmocka_unit_test(a_disk_that_lies_is_noticed_by_this_test),
		cmocka_unit_test(
			a_failed_sync_lets_nothing_out_and_ends_the_vault),
	};

	assert(argc == 3);
	program = argv[1];
	shim = argv[2];
	(void)setenv("TZ", "Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
