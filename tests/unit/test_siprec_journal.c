/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "siprec/journal.h"

enum { ROWS = 12 };

static struct journal *opened(int fd)
{
	struct journal *journal;

	assert_int_equal(journal_open(dup(fd), &journal), 0);
	return journal;
}

static void write_row(struct journal *journal, uint64_t number,
		      uint32_t version, uint32_t state)
{
	struct register_contact row = {
		.number = number,
		.version = version,
		.state = state,
		.started_at = 7,
		.service_number = "+358295550100",
	};

	assert_int_equal(journal_append(journal, &row), 0);
}

/* Numbers 1 to ROWS, each committed at once. */
static void write_rows(struct journal *journal)
{
	for (int i = 0; i < ROWS; i++) {
		write_row(journal, journal_next(journal), 1,
			  REGISTER_STATE_OPEN);
		assert_int_equal(journal_commit(journal), 0);
	}
}

static void an_empty_journal_knows_no_number(void **state)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal *journal = opened(fd);

	(void)state;
	assert_false(journal_knows_number(journal));
	journal_learn(journal, 41);
	assert_int_equal(journal_next(journal), 42);
	journal_close(journal);
	close(fd);
}

/* A crash may leave any prefix of what was written last. */
static void after_a_crash_at_any_byte_no_number_comes_twice(void **state)
{
	int whole = memfd_create("whole", MFD_CLOEXEC);
	struct journal *journal = opened(whole);
	int64_t size, record;
	char *bytes;

	(void)state;
	journal_learn(journal, 0);
	write_rows(journal);
	journal_close(journal);
	size = lseek(whole, 0, SEEK_END);
	record = size / ROWS;
	bytes = malloc((size_t)size);
	assert_int_equal(file_read_at(whole, bytes, (size_t)size, 0), 0);

	for (int64_t cut = 0; cut <= size; cut += cut < 2 * record ? 1 : 37) {
		int fd = memfd_create("cut", MFD_CLOEXEC);

		assert_int_equal(file_write_at(fd, bytes, (size_t)cut, 0), 0);
		journal = opened(fd);
		if (cut < record) {
			assert_false(journal_knows_number(journal));
			journal_learn(journal, 0);
		}
		assert_int_equal(journal_next(journal), cut / record + 1);
		/* It goes on as if the torn tail had never been. */
		write_row(journal, journal_next(journal), 1,
			  REGISTER_STATE_OPEN);
		assert_int_equal(journal_commit(journal), 0);
		journal_close(journal);
		journal = opened(fd);
		assert_int_equal(journal_next(journal), cut / record + 2);
		journal_close(journal);
		close(fd);
	}
	free(bytes);
	close(whole);
}

static void a_damaged_record_costs_only_itself(void **state)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal *journal = opened(fd);
	int64_t record;

	(void)state;
	journal_learn(journal, 0);
	write_rows(journal);
	journal_close(journal);
	record = lseek(fd, 0, SEEK_END) / ROWS;
	assert_int_equal(file_write_at(fd, "\xff", 1, 3 * record + 40), 0);
	journal = opened(fd);
	assert_int_equal(journal_next(journal), ROWS + 1);
	assert_int_equal(journal_backlog(journal), ROWS - 1);
	journal_close(journal);
	close(fd);
}

static void what_is_not_committed_is_not_sent(void **state)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal *journal = opened(fd);
	struct register_contact row;

	(void)state;
	journal_learn(journal, 0);
	write_row(journal, 1, 1, REGISTER_STATE_OPEN);
	assert_int_equal(journal_unsent(journal, &row), -ENOENT);
	assert_int_equal(journal_commit(journal), 0);
	assert_int_equal(journal_unsent(journal, &row), 0);
	assert_int_equal(row.number, 1);
	assert_int_equal(row.head.type, REGISTER_CONTACT);
	journal_close(journal);
	close(fd);
}

static void only_the_latest_state_is_sent(void **state)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal *journal = opened(fd);
	struct register_contact row;

	(void)state;
	journal_learn(journal, 0);
	write_row(journal, 1, 1, REGISTER_STATE_OPEN);
	write_row(journal, 2, 1, REGISTER_STATE_OPEN);
	write_row(journal, 1, 2, REGISTER_STATE_ANSWERED);
	assert_int_equal(journal_commit(journal), 0);
	assert_int_equal(journal_unsent(journal, &row), 0);
	assert_int_equal(row.number, 1);
	assert_int_equal(row.version, 2);
	journal_sent(journal, 1, 2);
	assert_int_equal(journal_unsent(journal, &row), 0);
	assert_int_equal(row.number, 2);
	journal_sent(journal, 2, 1);
	assert_int_equal(journal_unsent(journal, &row), -ENOENT);
	/* A new register is told all that was not acknowledged. */
	journal_noted(journal, 2, 1);
	journal_resend(journal);
	assert_int_equal(journal_unsent(journal, &row), 0);
	assert_int_equal(row.number, 1);
	assert_int_equal(journal_backlog(journal), 1);
	journal_close(journal);
	close(fd);
}

static void lies_of_the_register_change_nothing(void **state)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal *journal = opened(fd);

	(void)state;
	journal_learn(journal, 0);
	write_row(journal, 1, 1, REGISTER_STATE_OPEN);
	assert_int_equal(journal_commit(journal), 0);
	journal_noted(journal, 1, 9);
	journal_noted(journal, 77, 1);
	journal_noted(journal, UINT64_MAX, UINT32_MAX);
	assert_int_equal(journal_backlog(journal), 1);
	journal_close(journal);
	close(fd);
}

static void count_open(void *self, const struct register_contact *row)
{
	int *count = self;

	(void)row;
	(*count)++;
}

/* Thousands of settled calls leave the file; one that goes on stays. */
static void settled_records_are_cleared_out(void **state)
{
	int fd = memfd_create("journal", MFD_CLOEXEC), open_count = 0;
	struct journal *journal = opened(fd);

	(void)state;
	journal_learn(journal, 0);
	write_row(journal, 1, 1, REGISTER_STATE_ANSWERED);
	for (uint64_t i = 2; i <= 4000; i++) {
		write_row(journal, i, 1, REGISTER_STATE_OPEN);
		write_row(journal, i, 2, REGISTER_STATE_ENDED);
		assert_int_equal(journal_commit(journal), 0);
	}
	for (uint64_t i = 1; i <= 4000; i++)
		journal_noted(journal, i, i == 1 ? 1 : 2);
	assert_int_equal(journal_settle(journal), 0);
	journal_close(journal);

	/* What was read by nobody since is holes. */
	assert_true(lseek(fd, 0, SEEK_DATA) > JOURNAL_SETTLE_SIZE / 2);
	journal = opened(fd);
	assert_int_equal(journal_next(journal), 4001);
	assert_int_equal(journal_each_open(journal, count_open, &open_count),
			 0);
	assert_int_equal(open_count, 1);
	write_row(journal, 1, 2, REGISTER_STATE_ENDED);
	for (uint64_t i = 4001; i <= 8000; i++) {
		write_row(journal, i, 1, REGISTER_STATE_OPEN);
		write_row(journal, i, 2, REGISTER_STATE_ENDED);
		assert_int_equal(journal_commit(journal), 0);
		journal_noted(journal, i, 2);
	}
	journal_noted(journal, 1, 2);
	assert_int_equal(journal_settle(journal), 0);
	assert_true(lseek(fd, 0, SEEK_END) < 1000);
	journal_close(journal);
	journal = opened(fd);
	assert_int_equal(journal_next(journal), 8001);
	journal_close(journal);
	close(fd);
}

static void no_fsync_is_tried_again(void **state)
{
	/* Can be written and not synced. */
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct journal *journal;

	(void)state;
	assert_int_equal(journal_open(fd, &journal), 0);
	journal_learn(journal, 0);
	write_row(journal, 1, 1, REGISTER_STATE_OPEN);
	assert_int_equal(journal_commit(journal), -EIO);
	assert_int_equal(dup2(memfd_create("journal", 0), fd), fd);
	assert_int_equal(journal_commit(journal), -EIO);
	journal_close(journal);
}

static void what_finds_no_space_is_written_later(void **state)
{
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct register_contact row;
	struct journal *journal;

	(void)state;
	assert_int_equal(journal_open(fd, &journal), 0);
	journal_learn(journal, 0);
	write_row(journal, 1, 1, REGISTER_STATE_OPEN);
	assert_int_equal(journal_commit(journal), -ENOSPC);
	assert_int_equal(journal_commit(journal), -ENOSPC);
	assert_int_equal(journal_unsent(journal, &row), -ENOENT);
	assert_int_equal(dup2(memfd_create("journal", 0), fd), fd);
	assert_int_equal(journal_commit(journal), 0);
	assert_int_equal(journal_unsent(journal, &row), 0);
	assert_int_equal(row.number, 1);
	journal_close(journal);
}

static void an_append_only_descriptor_is_understood(void **state)
{
	char path[] = "/tmp/test-journal-XXXXXX";
	int fd = mkostemp(path, O_APPEND | O_CLOEXEC);
	struct journal *journal;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	journal = opened(fd);
	journal_learn(journal, 0);
	write_rows(journal);
	journal_close(journal);
	journal = opened(fd);
	assert_int_equal(journal_next(journal), ROWS + 1);
	journal_close(journal);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_journal_knows_no_number),
		cmocka_unit_test(
			after_a_crash_at_any_byte_no_number_comes_twice),
		cmocka_unit_test(a_damaged_record_costs_only_itself),
		cmocka_unit_test(what_is_not_committed_is_not_sent),
		cmocka_unit_test(only_the_latest_state_is_sent),
		cmocka_unit_test(lies_of_the_register_change_nothing),
		cmocka_unit_test(settled_records_are_cleared_out),
		cmocka_unit_test(no_fsync_is_tried_again),
		cmocka_unit_test(what_finds_no_space_is_written_later),
		cmocka_unit_test(an_append_only_descriptor_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
