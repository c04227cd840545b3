/* SPDX-License-Identifier: EUPL-1.2 */
/* Which of two policies a house hands out. Started with the path of the
 * example policy. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "clear_dir.h"
#include "house/reading.h"
#include "house/versions.h"

static char *example;

struct desk {
	char dir[64], config[128], state[128];
	int fd;
};

static void put(const struct desk *desk, const char *name, const char *text)
{
	int fd = openat(desk->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_at(fd, text, strlen(text), 0), 0);
	assert_int_equal(close(fd), 0);
}

/* The example, holding from another day on. */
static char *from_day(const char *day)
{
	static const char key[] = "valid_from: 2018-05-25";
	const char *at = strstr(example, key);
	char *text = NULL;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*svalid_from: %s%s", (int)(at - example),
			     example, day, at + strlen(key)) > 0);
	return text;
}

static int setup(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	OWNED(drop_memory) char *config = NULL;

	if (!desk)
		return -1;
	snprintf(desk->dir, sizeof(desk->dir), "/tmp/tallenne-reading-XXXXXX");
	if (!mkdtemp(desk->dir))
		return -1;
	desk->fd = open(desk->dir, O_RDONLY | O_DIRECTORY);
	snprintf(desk->config, sizeof(desk->config), "%s/tallenne.yaml",
		 desk->dir);
	snprintf(desk->state, sizeof(desk->state), "%s/state", desk->dir);
	if (asprintf(&config,
		     "house: {state: %s, policy: %s/policy.yaml,\n"
		     "  policy_signed: false}\n",
		     desk->state, desk->dir) < 0)
		return -1;
	put(desk, "tallenne.yaml", config);
	put(desk, "policy.yaml", example);
	*state = desk;
	return 0;
}

static int teardown(void **state)
{
	struct desk *desk = *state;

	clear_dir(desk->fd);
	close(desk->fd);
	(void)rmdir(desk->dir);
	free(desk);
	return 0;
}

/* Read, keep what holds, and look whether that is what was expected. */
static void expect(const struct desk *desk, const char *text, bool waits)
{
	struct reading reading;

	assert_int_equal(reading_do(desk->config, false, &reading), 0);
	assert_string_equal(reading.text, text);
	assert_int_equal(reading.changes_at != 0, waits);
	if (waits)
		assert_true(reading.changes_at > clock_now(&clock_system));
	assert_int_equal(reading_keep(&reading), 0);
	reading_drop(&reading);
}

static void the_first_one_holds_and_is_kept(void **state)
{
	struct desk *desk = *state;
	struct versions_text last;

	assert_int_equal(versions_last(desk->state, &last), -ENOENT);
	expect(desk, example, false);
	expect(desk, example, false);
	assert_int_equal(versions_last(desk->state, &last), 0);
	assert_string_equal(last.text, example);
	assert_int_equal(last.note_size, 0);
	versions_drop(&last);
}

static void one_of_a_later_day_waits_while_the_former_goes_on(void **state)
{
	OWNED(drop_memory) char *later = from_day("2199-01-01");
	OWNED(drop_memory) char *today = from_day("2019-01-01");
	struct desk *desk = *state;

	expect(desk, example, false);
	put(desk, "policy.yaml", later);
	expect(desk, example, true);
	expect(desk, example, true);
	put(desk, "policy.yaml", today);
	expect(desk, today, false);
}

static void one_of_a_later_day_without_a_former_is_all_there_is(void **state)
{
	OWNED(drop_memory) char *later = from_day("2199-01-01");
	struct desk *desk = *state;

	put(desk, "policy.yaml", later);
	expect(desk, later, false);
}

static void what_was_kept_and_changed_since_is_not_believed(void **state)
{
	struct desk *desk = *state;
	struct versions_text last;
	struct reading reading;
	char name[160];

	expect(desk, example, false);
	assert_int_equal(versions_last(desk->state, &last), 0);
	snprintf(name, sizeof(name), "state/policies/%s.yaml", last.sha256);
	versions_drop(&last);
	put(desk, name, "policy: {}\n");
	assert_int_equal(versions_last(desk->state, &last), -EBADMSG);
	assert_int_equal(reading_do(desk->config, false, &reading), -EBADMSG);
	assert_non_null(strstr(reading.fault, "held last cannot be read"));
	reading_drop(&reading);
	assert_int_equal(unlinkat(desk->fd, name, 0), 0);
	assert_int_equal(versions_last(desk->state, &last), -EBADMSG);
	put(desk, "state/policies/current", "nothing\n");
	assert_int_equal(versions_last(desk->state, &last), -EBADMSG);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_one_holds_and_is_kept,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			one_of_a_later_day_waits_while_the_former_goes_on,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			one_of_a_later_day_without_a_former_is_all_there_is,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_was_kept_and_changed_since_is_not_believed, setup,
			teardown),
	};
	size_t size;
	int fd, r;

	if (argc < 2)
		return 77;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || file_read(fd, NOTICE_SIZE_MAX, &example, &size) < 0)
		return 77;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	close(fd);
	return r;
}
