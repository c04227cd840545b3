/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "db/db.h"

static const char *const steps[] = {
	"CREATE TABLE thing (id BLOB PRIMARY KEY, number BIGINT UNIQUE,"
	" word TEXT CHECK (length(word) < 64));",
	"ALTER TABLE thing ADD COLUMN more BIGINT NOT NULL DEFAULT 0;",
};

struct place {
	char path[64];
	int dir;
	int home;
};

static _Noreturn void broken(const char *why)
{
	fprintf(stderr, "broken: %s\n", why);
	_exit(3);
}

static int prepare(void **state)
{
	static struct place place;

	snprintf(place.path, sizeof(place.path), "/tmp/test-db-XXXXXX");
	assert_non_null(mkdtemp(place.path));
	place.home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place.dir = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.dir >= 0 && place.home >= 0);
	*state = &place;
	return 0;
}

static int clear(void **state)
{
	struct place *place = *state;

	(void)unlinkat(place->dir, "t.db", 0);
	(void)unlinkat(place->dir, "t.db-wal", 0);
	assert_int_equal(fchdir(place->home), 0);
	assert_int_equal(rmdir(place->path), 0);
	drop_fd(&place->dir);
	drop_fd(&place->home);
	return 0;
}

static struct db *open_here(struct place *place, size_t forms)
{
	struct db *db = NULL;

	assert_int_equal(db_open(place->dir, "t.db", broken, &db), 0);
	assert_int_equal(db_migrate(db, steps, forms), 0);
	return db;
}

static void parameters_are_bound_by_name(void **state)
{
	OWNED(db_drop) struct db *db = open_here(*state, 2);
	struct id id = id_new();
	char word[16];

	/* $3 appears first: by position the values would be swapped. */
	assert_int_equal(db_run(db,
				"INSERT INTO thing (word, number, id)"
				" VALUES ($3, $2, $1)",
				db_id(&id), db_number(7), db_text("seven")),
			 1);
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(db, "SELECT word, number, id FROM thing WHERE id = $1",
		       db_id(&id));
	struct id back;
	assert_true(db_rows_next(&rows));
	db_rows_text(&rows, 0, word, sizeof(word));
	assert_string_equal(word, "seven");
	assert_int_equal(db_rows_number(&rows, 1), 7);
	assert_true(db_rows_bytes(&rows, 2, &back, sizeof(back)));
	assert_true(id_is(&id, &back));
	assert_false(db_rows_next(&rows));
}

static void a_text_is_never_a_statement(void **state)
{
	static const char *const nasty[] = {
		"'; DROP TABLE thing; --", "' OR '1'='1", "\"", "$1", "%_",
		"\xc3\xa4\xe2\x80\xa6",
	};
	OWNED(db_drop) struct db *db = open_here(*state, 2);
	char word[64];

	for (size_t i = 0; i < COUNT(nasty); i++) {
		struct id id = id_new();

		assert_int_equal(
			db_run(db,
			       "INSERT INTO thing (id, word) VALUES ($1, $2)",
			       db_id(&id), db_text(nasty[i])),
			1);
		OWNED(db_rows_end)
		struct db_rows rows =
			db_ask(db, "SELECT word FROM thing WHERE word = $1",
			       db_text(nasty[i]));
		assert_true(db_rows_next(&rows));
		db_rows_text(&rows, 0, word, sizeof(word));
		assert_string_equal(word, nasty[i]);
		assert_false(db_rows_next(&rows));
	}
	assert_int_equal(db_ask_number(db, -1, "SELECT count(*) FROM thing"),
			 COUNT(nasty));
}

static void a_broken_constraint_is_told_apart(void **state)
{
	OWNED(db_drop) struct db *db = open_here(*state, 2);
	struct id id = id_new(), other = id_new();
	char longer[80];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(db_run(db,
				"INSERT INTO thing (id, number)"
				" VALUES ($1, $2)",
				db_id(&id), db_number(1)),
			 1);
	assert_int_equal(db_run(db,
				"INSERT INTO thing (id, number)"
				" VALUES ($1, $2)",
				db_id(&other), db_number(1)),
			 -EEXIST);
	assert_int_equal(db_run(db,
				"INSERT INTO thing (id, word)"
				" VALUES ($1, $2)",
				db_id(&other), db_text(longer)),
			 -EINVAL);
}

static void only_the_outermost_transaction_commits(void **state)
{
	struct db *db = open_here(*state, 2);
	struct id id = id_new();

	db_begin(db);
	db_begin(db);
	assert_int_equal(
		db_run(db, "INSERT INTO thing (id) VALUES ($1)", db_id(&id)),
		1);
	assert_int_equal(db_commit(db), 0);
	assert_true(db_is_busy(db));
	db_roll_back(db);
	assert_false(db_is_busy(db));
	assert_int_equal(db_ask_number(db, -1, "SELECT count(*) FROM thing"),
			 0);
	db_close(db);
}

static void tables_are_brought_forward_and_never_back(void **state)
{
	struct db *db = open_here(*state, 1);

	assert_int_equal(db_run(db, "INSERT INTO thing (number) VALUES (5)"),
			 1);
	db_close(db);
	db = open_here(*state, 2);
	assert_int_equal(db_ask_number(db, -1, "SELECT more FROM thing"), 0);
	assert_int_equal(db_check(db), 0);
	db_close(db);

	struct place *place = *state;
	assert_int_equal(db_open(place->dir, "t.db", broken, &db), 0);
	assert_int_equal(db_migrate(db, steps, 1), -ENOTSUP);
	db_close(db);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct place *place = *state;
	char text[4096];
	struct db *db = NULL;

	memset(text, 'n', sizeof(text));
	OWNED(drop_fd)
	int fd = openat(place->dir, "t.db", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	assert_int_equal(db_open(place->dir, "t.db", broken, &db), -EBADMSG);
	assert_null(db);
}

static void a_check_finds_damage_and_lost_references(void **state)
{
	struct place *place = *state;
	struct db *db = open_here(place, 2);
	char noise[4096];
	struct stat about;

	assert_int_equal(db_check(db), 0);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(db_run(db,
					"INSERT INTO thing (number) "
					"VALUES ($1)",
					db_number(1000 + i)),
				 1);
	assert_true(db_run(db,
			   "CREATE TABLE child (of INTEGER REFERENCES thing "
			   "(number))") >= 0);
	assert_int_equal(db_check(db), 0);
	db_close(db);

	/* A reference to nothing, made where references are not enforced. */
	assert_int_equal(fchdir(place->dir), 0);
	sqlite3 *raw;
	assert_int_equal(sqlite3_open("t.db", &raw), SQLITE_OK);
	sqlite3_stmt *insert;
	assert_int_equal(sqlite3_prepare_v2(raw, "INSERT INTO child VALUES (7)",
					    -1, &insert, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(insert), SQLITE_OK);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
	db = open_here(place, 2);
	assert_int_equal(db_check(db), -EBADMSG);
	assert_int_equal(db_run(db, "DELETE FROM child"), 1);
	assert_int_equal(db_check(db), 0);
	db_close(db);

	OWNED(drop_fd) int fd = openat(place->dir, "t.db", O_WRONLY);
	memset(noise, 'n', sizeof(noise));
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(pwrite(fd, noise, sizeof(noise),
				about.st_size - (off_t)sizeof(noise)),
			 sizeof(noise));
	assert_int_equal(db_open(place->dir, "t.db", broken, &db), 0);
	assert_int_equal(db_check(db), -EBADMSG);
	db_close(db);
}

static void a_second_process_is_kept_out(void **state)
{
	struct place *place = *state;
	OWNED(db_drop) struct db *db = open_here(place, 2);
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct db *other;

		_exit(db_open(place->dir, "t.db", broken, &other) == -EBUSY
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(db_check(db), 0);
}

/* The child tells each number only after its commit. */
static void count_up(struct place *place, int tell)
{
	struct db *db = NULL;

	if (db_open(place->dir, "t.db", broken, &db) < 0 ||
	    db_migrate(db, steps, 2) < 0)
		_exit(1);
	for (int64_t n = db_ask_number(db, 0, "SELECT max(number) FROM thing");
	     ;) {
		n++;
		db_begin(db);
		if (db_run(db,
			   "INSERT INTO thing (number, word)"
			   " VALUES ($1, $2)",
			   db_number(n), db_text("word")) != 1 ||
		    db_commit(db) < 0 ||
		    write(tell, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

static void what_was_committed_survives_kill(void **state)
{
	struct place *place = *state;
	int64_t told = 0;

	for (int round = 0; round < 8; round++) {
		int pipe_ends[2], status;
		int64_t n;

		assert_int_equal(pipe(pipe_ends), 0);
		pid_t child = fork();
		if (child == 0)
			count_up(place, pipe_ends[1]);
		(void)close(pipe_ends[1]);
		for (int i = 0; i < 20 + round * 7; i++)
			if (read(pipe_ends[0], &n, sizeof(n)) == sizeof(n))
				told = n;
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		while (read(pipe_ends[0], &n, sizeof(n)) == sizeof(n))
			told = n;
		(void)close(pipe_ends[0]);
	}

	OWNED(db_drop) struct db *db = open_here(place, 2);
	assert_int_equal(db_check(db), 0);
	assert_true(db_ask_number(db, -1, "SELECT max(number) FROM thing") >=
		    told);
	assert_int_equal(
		db_ask_number(db, -1,
			      "SELECT max(number) - count(*) FROM thing"),
		0);
}

/* Pages are copied some at a time, and what changes meanwhile is in it. */
static void a_copy_is_whole_and_can_be_cut(void **state)
{
	struct place *place = *state;
	OWNED(db_drop) struct db *db = NULL;
	OWNED(db_drop) struct db *copied = NULL;
	OWNED(drop_fd) int tail = memfd_create("tail", MFD_CLOEXEC);
	OWNED(drop_fd) int file = -1;
	struct db_copy *copy;
	int r, turns = 0;

	assert_int_equal(db_open(place->dir, "t.db", broken, &db), 0);
	assert_int_equal(db_migrate(db, steps, 2), 0);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(db_run(db,
					"INSERT INTO thing (id, number, word)"
					" VALUES ($1, $2, 'marker-of-a-row')",
					db_bytes(&i, sizeof(i)), db_number(i)),
				 1);
	assert_int_equal(db_copy_begin(db, "copy.db", &copy), 0);
	while ((r = db_copy_step(copy, 4)) > 0)
		if (++turns == 3)
			assert_int_equal(db_run(db, "UPDATE thing SET more = 7"
						    " WHERE number = 1999"),
					 1);
	assert_int_equal(r, 0);
	assert_true(turns > 3);
	db_copy_end(copy);
	file = openat(place->dir, "copy.db", O_RDWR | O_CLOEXEC);
	assert_int_equal(unlinkat(place->dir, "copy.db", 0), 0);
	assert_int_equal(db_adopt(file, broken, &copied), 0);
	assert_int_equal(db_ask_number(copied, -1,
				       "SELECT more FROM thing"
				       " WHERE number = 1999"),
			 7);
	assert_int_equal(db_attach(copied, tail), 0);
	assert_int_equal(db_run(copied,
				"CREATE TABLE tail.thing AS SELECT *"
				" FROM main.thing WHERE number < $1",
				db_number(500)),
			 0);
	assert_int_equal(db_run(copied, "DELETE FROM main.thing WHERE id IN"
					" (SELECT id FROM tail.thing)"),
			 500);
	db_detach(copied);
	assert_int_equal(
		db_ask_number(copied, -1, "SELECT count(*) FROM thing"), 1500);
	assert_int_equal(db_attach(copied, tail), 0);
	assert_int_equal(db_run(copied, "INSERT OR IGNORE INTO main.thing"
					" SELECT * FROM tail.thing"),
			 500);
	db_detach(copied);
}

/* What was deleted is in no byte of any file. */
static void what_is_forgotten_is_in_no_file(void **state)
{
	static const char *const names[] = { "t.db", "t.db-wal" };
	struct place *place = *state;
	OWNED(db_drop) struct db *db = NULL;

	assert_int_equal(db_open(place->dir, "t.db", broken, &db), 0);
	assert_int_equal(db_migrate(db, steps, 2), 0);
	assert_int_equal(db_run(db,
				"INSERT INTO thing (id, number, word)"
				" VALUES ($1, 1, 'marker-of-a-row')",
				db_bytes("a", 1)),
			 1);
	assert_int_equal(db_run(db, "DELETE FROM thing"), 1);
	assert_int_equal(db_forget(db), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		OWNED(drop_fd)
		int fd = openat(place->dir, names[i], O_RDONLY | O_CLOEXEC);
		OWNED(drop_memory) char *bytes = NULL;
		size_t size;

		assert_int_equal(file_read(fd, 1 << 24, &bytes, &size), 0);
		assert_null(memmem(bytes, size, "marker-of-a-row", 15));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clear)
		TEST(parameters_are_bound_by_name),
		TEST(a_text_is_never_a_statement),
		TEST(a_broken_constraint_is_told_apart),
		TEST(only_the_outermost_transaction_commits),
		TEST(tables_are_brought_forward_and_never_back),
		TEST(a_file_that_is_no_database_is_refused),
		TEST(a_check_finds_damage_and_lost_references),
		TEST(a_second_process_is_kept_out),
		TEST(what_was_committed_survives_kill),
		TEST(a_copy_is_whole_and_can_be_cut),
		TEST(what_is_forgotten_is_in_no_file),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
