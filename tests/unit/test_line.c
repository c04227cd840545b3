/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/line.h"

struct note {
	struct letter head;
	uint64_t value;
};

static int ends[2];

static int open_line(void **state)
{
	(void)state;
	return line_open(ends);
}

static int close_line(void **state)
{
	(void)state;
	drop_fd(&ends[0]);
	drop_fd(&ends[1]);
	return 0;
}

static struct note note(uint64_t value)
{
	return (struct note){ { .type = 7, .size = sizeof(struct note) },
			      value };
}

static int open_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void a_letter_arrives_whole(void **state)
{
	struct note sent = note(42), got;

	(void)state;
	assert_int_equal(line_post(ends[0], &sent.head, NULL, false), 0);
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), NULL), 0);
	assert_int_equal(got.value, 42);
	assert_int_equal(got.head.version, LETTER_VERSION);
}

static void descriptors_travel_and_have_one_owner(void **state)
{
	struct note sent = note(1), got;
	struct letter_fds out = { { ends[0], ends[1], -1, -1 }, 2 }, in;
	int before = open_count();

	(void)state;
	assert_int_equal(line_post(ends[0], &sent.head, &out, false), 0);
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), &in), 0);
	assert_int_equal(in.count, 2);
	assert_int_equal(open_count(), before + 2);
	letter_fds_drop(&in);
	assert_int_equal(open_count(), before);

	/* Where none is welcome, none stays. */
	assert_int_equal(line_post(ends[0], &sent.head, &out, false), 0);
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), NULL), 0);
	assert_int_equal(open_count(), before);
}

static void a_letter_must_not_lie_about_its_size(void **state)
{
	struct note liar = note(1), got;

	(void)state;
	liar.head.version = LETTER_VERSION;
	liar.head.size = 8;
	assert_int_equal(send(ends[0], &liar, sizeof(liar), 0), sizeof(liar));
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), NULL),
			 -EBADMSG);
	liar.head.size = sizeof(liar) + 1;
	assert_int_equal(send(ends[0], &liar, sizeof(liar), 0), sizeof(liar));
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), NULL),
			 -EBADMSG);
}

static void other_versions_and_types_are_refused(void **state)
{
	struct note other = note(1), got;

	(void)state;
	other.head.version = LETTER_VERSION + 1;
	assert_int_equal(send(ends[0], &other, sizeof(other), 0),
			 sizeof(other));
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), NULL),
			 -EBADMSG);
	other.head.version = LETTER_VERSION;
	other.head.type = 0;
	assert_int_equal(send(ends[0], &other, sizeof(other), 0),
			 sizeof(other));
	assert_int_equal(line_take(ends[1], &got.head, sizeof(got), NULL),
			 -EBADMSG);
}

static void a_longer_letter_than_expected_is_refused(void **state)
{
	struct note sent = note(1);
	struct letter got;

	(void)state;
	assert_int_equal(line_post(ends[0], &sent.head, NULL, false), 0);
	assert_int_equal(line_take(ends[1], &got, sizeof(got), NULL), -EBADMSG);
}

static void the_end_of_a_line_is_told(void **state)
{
	struct note letter = note(1);

	(void)state;
	drop_fd(&ends[0]);
	assert_int_equal(line_take(ends[1], &letter.head, sizeof(letter), NULL),
			 -EPIPE);
	letter = note(1);
	assert_int_equal(line_post(ends[1], &letter.head, NULL, true), -EPIPE);
}

static void a_full_line_does_not_block_who_may_not_wait(void **state)
{
	struct note letter = note(1);
	int r = 0, count = 0;

	(void)state;
	while (r == 0 && count++ < 100000)
		r = line_post(ends[0], &letter.head, NULL, false);
	assert_int_equal(r, -EAGAIN);
}

static void one_way_means_one_way(void **state)
{
	struct note letter = note(1);

	(void)state;
	assert_int_equal(line_one_way(ends), 0);
	assert_int_equal(line_post(ends[0], &letter.head, NULL, false), 0);
	assert_int_equal(line_post(ends[1], &letter.head, NULL, false), -EPIPE);
}

static void an_answer_is_found_by_its_tag(void **state)
{
	struct note ask = note(5), answer, stray = note(9), right = note(6);

	(void)state;
	stray.head.tag = 999;
	stray.head.type = right.head.type = 8;
	/* The first tag of this process is 1. */
	right.head.tag = 1;
	assert_int_equal(line_post(ends[1], &stray.head, NULL, false), 0);
	assert_int_equal(line_post(ends[1], &right.head, NULL, false), 0);
	assert_int_equal(line_ask(ends[0], &ask.head, NULL, &answer.head, 8,
				  sizeof(answer), NULL, 1000),
			 0);
	assert_int_equal(answer.value, 6);
	assert_int_equal(line_ask(ends[0], &ask.head, NULL, &answer.head, 8,
				  sizeof(answer), NULL, 20),
			 -ETIMEDOUT);
}

static int take_note(void *room, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	(void)end, (void)fds;
	*(uint64_t *)room = ((const struct note *)(const void *)letter)->value;
	return 0;
}

static void only_what_the_table_lists_is_taken(void **state)
{
	static const struct line_rule rules[] = {
		{ 7, sizeof(struct note), take_note },
	};
	struct note good = note(3), wrong = note(4);
	uint64_t value = 0;

	(void)state;
	assert_int_equal(line_serve(ends[1], rules, 1, &value), -EAGAIN);
	assert_int_equal(line_post(ends[0], &good.head, NULL, false), 0);
	assert_int_equal(line_serve(ends[1], rules, 1, &value), 0);
	assert_int_equal(value, 3);
	wrong.head.type = 6;
	assert_int_equal(line_post(ends[0], &wrong.head, NULL, false), 0);
	assert_int_equal(line_serve(ends[1], rules, 1, &value), -EPROTO);
	wrong.head.type = 7;
	wrong.head.size = sizeof(struct letter);
	assert_int_equal(line_post(ends[0], &wrong.head, NULL, false), 0);
	assert_int_equal(line_serve(ends[1], rules, 1, &value), -EPROTO);
	assert_int_equal(value, 3);
}

static volatile sig_atomic_t interruptions;

static void interrupt(int number)
{
	(void)number;
	interruptions++;
}

/* A room that waited for a letter here would hear nobody else any more. */
static void signals_do_not_make_it_wait(void **state)
{
	enum { EVERY_NS = 20000, ENOUGH = 5000 };
	const struct itimerspec often = { { 0, EVERY_NS }, { 0, EVERY_NS } };
	const struct sigaction act = { .sa_handler = interrupt };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t timer;
	static const struct line_rule rules[] = {
		{ 7, sizeof(struct note), take_note },
	};
	uint64_t value = 0;

	(void)state;
	(void)alarm(60); /* it would wait for ever: this ends the test */
	interruptions = 0;
	assert_int_equal(sigaction(SIGUSR1, &act, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
	while (interruptions < ENOUGH)
		assert_int_equal(line_serve(ends[1], rules, 1, &value),
				 -EAGAIN);
	assert_int_equal(timer_delete(timer), 0);
	(void)alarm(0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_line, close_line)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_is_found_by_its_tag),
		TEST(a_letter_arrives_whole),
		TEST(descriptors_travel_and_have_one_owner),
		TEST(a_letter_must_not_lie_about_its_size),
		TEST(other_versions_and_types_are_refused),
		TEST(a_longer_letter_than_expected_is_refused),
		TEST(the_end_of_a_line_is_told),
		TEST(a_full_line_does_not_block_who_may_not_wait),
		TEST(one_way_means_one_way),
		TEST(only_what_the_table_lists_is_taken),
		TEST(signals_do_not_make_it_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
