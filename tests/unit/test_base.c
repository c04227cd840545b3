/* SPDX-License-Identifier: EUPL-1.2 */
/* bytes, settings, counters, clock, loop and jail. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/jail.h"
#include "base/loop.h"
#include "base/settings.h"

static void numbers_have_limits(void **state)
{
	uint64_t number = 7;

	(void)state;
	assert_int_equal(slice_number(SLICE("0"), 0, &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(slice_number(SLICE("65535"), 65535, &number), 0);
	assert_int_equal(number, 65535);
	assert_int_equal(slice_number(SLICE("65536"), 65535, &number), -ERANGE);
	assert_int_equal(slice_number(SLICE("5"), 3, &number), -ERANGE);
	assert_int_equal(slice_number(SLICE("18446744073709551615"), UINT64_MAX,
				      &number),
			 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(slice_number(SLICE("18446744073709551616"), UINT64_MAX,
				      &number),
			 -ERANGE);
	assert_int_equal(slice_number(SLICE(""), 9, &number), -EINVAL);
	assert_int_equal(slice_number(SLICE("-1"), 9, &number), -EINVAL);
	assert_int_equal(slice_number(SLICE("1 "), 9, &number), -EINVAL);
	assert_true(number == UINT64_MAX);
}

static void slices_cut_and_trim(void **state)
{
	struct slice rest, first = slice_cut(SLICE("a:b:c"), ':', &rest);
	char text[4];

	(void)state;
	assert_true(slice_is(first, SLICE("a")));
	assert_true(slice_is(rest, SLICE("b:c")));
	first = slice_cut(SLICE("abc"), ':', &rest);
	assert_true(slice_is(first, SLICE("abc")));
	assert_int_equal(rest.size, 0);
	assert_true(slice_is(slice_trim(SLICE(" \t x y\r\n")), SLICE("x y")));
	assert_int_equal(slice_trim(SLICE("  ")).size, 0);
	assert_true(slice_is_nocase(SLICE("Call-ID"), SLICE("call-id")));
	assert_int_equal(slice_text(SLICE("abc"), text, sizeof(text)), 0);
	assert_int_equal(slice_text(SLICE("abcd"), text, sizeof(text)),
			 -ENAMETOOLONG);
	assert_string_equal(text, "");
	assert_int_equal(
		slice_text((struct slice){ "a\0b", 3 }, text, sizeof(text)),
		-EINVAL);
}

static void ids_read_what_they_write(void **state)
{
	struct id id = id_new(), other = id_new(), again = { { 0 } };
	char text[ID_TEXT_SIZE];

	(void)state;
	assert_false(id_is(&id, &other));
	assert_true(id_is_none(&again));
	id_text(&id, text);
	assert_int_equal(id_read(slice_of(text), &again), 0);
	assert_true(id_is(&id, &again));
	text[3] = 'g';
	assert_int_equal(id_read(slice_of(text), &again), -EINVAL);
	assert_int_equal(id_read(SLICE("abcd"), &again), -EINVAL);
}

static void a_handed_file_cannot_be_changed(void **state)
{
	int fd = file_of("test", "hello", 5);
	char *bytes;
	size_t size;

	(void)state;
	assert_true(fd >= 0);
	assert_true(pwrite(fd, "x", 1, 0) < 0);
	assert_true(ftruncate(fd, 1) < 0);
	assert_int_equal(file_read(fd, 4, &bytes, &size), -EFBIG);
	assert_int_equal(file_read(fd, 5, &bytes, &size), 0);
	assert_string_equal(bytes, "hello");
	free(bytes);
	close(fd);
}

static void settings_are_found_by_key(void **state)
{
	struct settings *s;

	(void)state;
	assert_int_equal(
		settings_of("a.0.b\tone\nn\t12\nyes\ttrue\nempty\t\n", &s), 0);
	assert_string_equal(setting(s, "a.%d.b", 0), "one");
	assert_null(setting(s, "a.%d.b", 1));
	assert_int_equal(setting_number(s, 5, "n"), 12);
	assert_int_equal(setting_number(s, 5, "a.0.b"), 5);
	assert_true(setting_is(s, false, "yes"));
	assert_true(setting_is(s, true, "no such"));
	assert_string_equal(setting(s, "empty"), "");
	settings_free(s);
	assert_int_equal(settings_of("no tab here\n", &s), -EINVAL);
}

static void counters_survive_on_their_page(void **state)
{
	int fd = memfd_create("counters", MFD_CLOEXEC);
	struct counter *one, *two;
	struct counter_page *page;

	(void)state;
	assert_int_equal(counters_open(fd), -EINVAL);
	assert_int_equal(ftruncate(fd, sizeof(struct counter_page)), 0);
	assert_int_equal(counters_open(fd), 0);
	one = counter_new(COUNTER_TOTAL, "calls_total", "Calls.");
	two = counter_new(COUNTER_GAUGE, "calls_active", "Calls now.");
	counter_add(one, 2);
	counter_set(two, 1);
	/* A second start on the same page finds them again. */
	assert_int_equal(counters_open(fd), 0);
	assert_true(counter_new(COUNTER_TOTAL, "calls_total", "Calls.") != two);
	page = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	assert_string_equal(page->counter[0].name, "tallenne_calls_total");
	assert_int_equal(page->counter[0].value, 2);
	assert_int_equal(page->counter[1].value, 1);
	for (int i = 0; i < COUNTERS_MAX + 10; i++) {
		char name[32];

		snprintf(name, sizeof(name), "more_%d", i);
		assert_non_null(counter_new(COUNTER_TOTAL, name, ""));
	}
	munmap(page, sizeof(*page));
	close(fd);
}

static void time_can_be_fixed_and_told(void **state)
{
	const struct clock fixed = { .fixed = INT64_C(1795424400123456789) };
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_text(clock_now(&fixed), text);
	assert_string_equal(text, "2026-11-23T09:00:00.123Z");
}

struct turn {
	struct loop *loop;
	int calls;
	int other;
};

static void count_turn(void *self)
{
	struct turn *turn = self;

	if (++turn->calls == 3)
		loop_end(turn->loop);
}

static void drop_other(void *self, int fd, uint32_t events)
{
	struct turn *turn = self;

	(void)fd, (void)events;
	turn->calls++;
	loop_unwatch(turn->loop, turn->other);
	loop_unwatch(turn->loop, fd);
}

static void timers_repeat_until_stopped(void **state)
{
	struct turn turn = { 0 };

	(void)state;
	assert_int_equal(loop_new(&turn.loop), 0);
	assert_true(loop_every(turn.loop, 1, count_turn, &turn) >= 0);
	assert_int_equal(loop_run(turn.loop), 0);
	assert_int_equal(turn.calls, 3);
	loop_free(turn.loop);
}

static void an_unwatched_descriptor_is_not_served(void **state)
{
	struct turn turn = { 0 };
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(write(b[1], "x", 1), 1);
	assert_int_equal(loop_new(&turn.loop), 0);
	/* Both are ready in one turn; whichever is first drops the other. */
	struct turn first = { turn.loop, 0, b[0] },
		    second = { turn.loop, 0, a[0] };
	assert_int_equal(
		loop_watch(turn.loop, a[0], EPOLLIN, drop_other, &first), 0);
	assert_int_equal(
		loop_watch(turn.loop, b[0], EPOLLIN, drop_other, &second), 0);
	assert_int_equal(loop_turn(turn.loop, 0), 0);
	assert_int_equal(first.calls + second.calls, 1);
	loop_free(turn.loop);
	close(a[0]), close(a[1]), close(b[0]), close(b[1]);
}

/* The jail is for good, so each try is made by a child. */
static int in_child(int (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int open_in_jail(void)
{
	struct jail jail = { .calls = { "openat" } };

	if (jail_enter(&jail) < 0)
		return 1;
	return open("/etc/hostname", O_RDONLY) < 0 ? 0 : 2;
}

static int open_in_place(void)
{
	struct jail jail = { .calls = { "openat" }, .place_count = 1 };
	int dir = open("/etc", O_RDONLY | O_DIRECTORY);

	jail.places[0] = (struct jail_place){ .dir = dir, .read = true };
	if (jail_enter(&jail) < 0)
		return 1;
	if (openat(dir, "hostname", O_RDONLY) < 0)
		return 2;
	if (openat(dir, "hostname", O_RDWR) >= 0)
		return 3;
	return openat(dir, "../bin/sh", O_RDONLY) < 0 ? 0 : 4;
}

static void places_are_all_that_can_be_opened(void **state)
{
	(void)state;
	if (!jail_has_landlock())
		skip();
	assert_int_equal(in_child(open_in_jail), 0);
	assert_int_equal(in_child(open_in_place), 0);
}

#if !defined(__SANITIZE_ADDRESS__)
static int socket_in_jail(void)
{
	struct jail jail = { 0 };

	if (jail_enter(&jail) < 0)
		return 1;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM ? 0 : 2;
}

static int exec_in_jail(void)
{
	struct jail jail = { 0 };

	if (jail_enter(&jail) < 0)
		return 1;
	execl("/bin/true", "true", NULL);
	return 2;
}

static void calls_are_refused_and_some_are_deadly(void **state)
{
	(void)state;
	assert_int_equal(in_child(socket_in_jail), 0);
	assert_int_equal(in_child(exec_in_jail), -31); /* SIGSYS */
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(slices_cut_and_trim),
		cmocka_unit_test(ids_read_what_they_write),
		cmocka_unit_test(a_handed_file_cannot_be_changed),
		cmocka_unit_test(settings_are_found_by_key),
		cmocka_unit_test(counters_survive_on_their_page),
		cmocka_unit_test(time_can_be_fixed_and_told),
		cmocka_unit_test(timers_repeat_until_stopped),
		cmocka_unit_test(an_unwatched_descriptor_is_not_served),
		cmocka_unit_test(places_are_all_that_can_be_opened),
#if !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(calls_are_refused_and_some_are_deadly),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
