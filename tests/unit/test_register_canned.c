/* SPDX-License-Identifier: EUPL-1.2 */
/* Canned answers: who may write them, and what becomes of a change. */
#include "register_world.h"

static struct desk_canned_put answer_of(const char *id, const char *text)
{
	struct desk_canned_put put = {
		.head = { .type = DESK_CANNED_PUT, .size = sizeof(put) },
		.item = { .review = 20270601 },
	};

	snprintf(put.item.id, sizeof(put.item.id), "%s", id);
	snprintf(put.item.title, sizeof(put.item.title), "Opening hours");
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		snprintf(put.item.text[i], sizeof(put.item.text[i]), "%s %d",
			 text, i);
	return put;
}

static struct desk_canned put(struct world *world,
			      const struct desk_session *session,
			      struct desk_canned_put *ask)
{
	struct desk_canned answer;

	memcpy(ask->token, session->token, sizeof(ask->token));
	WORLD_ASK(world, world->desk, *ask, answer);
	return answer;
}

static struct desk_canned ask(struct world *world,
			      const struct desk_session *session, uint16_t type,
			      const char *id, bool follows)
{
	struct desk_canned_ask question = {
		.head = { .type = type, .size = sizeof(question) },
		.follows = follows,
	};
	struct desk_canned answer;

	snprintf(question.id, sizeof(question.id), "%s", id);
	memcpy(question.token, session->token, sizeof(question.token));
	WORLD_ASK(world, world->desk, question, answer);
	return answer;
}

static void an_answer_is_kept_in_three_languages(void **state)
{
	struct world *world = *state;
	struct desk_session agent =
		world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	struct desk_canned_put new = answer_of("hours", "Open\nfrom 8 to 16");
	struct desk_canned answer = put(world, &agent, &new);

	assert_int_equal(answer.result, DESK_OK);
	assert_memory_equal(&answer.item, &new.item, sizeof(new.item));
	assert_string_equal(answer.owner, "The ag");
	assert_string_equal(answer.owner_login, "ag");
	assert_true(answer.changed_at > 0);
	assert_int_equal(answer.may_change, 1);
	answer = ask(world, &agent, DESK_CANNED, "hours", false);
	assert_int_equal(answer.result, DESK_OK);
	assert_memory_equal(&answer.item, &new.item, sizeof(new.item));
	world_settle(world);
	assert_int_equal(world_entries(world, "canned.changed"), 1);
	assert_int_equal(world_entries(world, "\"hours\""), 1);
	assert_int_equal(world_entries(world, "from 8"), 0);
	assert_int_equal(world_entries(world, "Opening"), 0);
}

static void the_longest_text_is_kept_whole(void **state)
{
	struct world *world = *state;
	struct desk_session agent =
		world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	struct desk_canned_put new = answer_of("long", "x");

	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		memset(new.item.text[i], 'a' + i, DESK_CANNED_TEXT_MAX);
	struct desk_canned answer = put(world, &agent, &new);
	assert_int_equal(answer.result, DESK_OK);
	assert_memory_equal(&answer.item, &new.item, sizeof(new.item));
	new.changed_at = answer.changed_at;
	new.item.text[1][DESK_CANNED_TEXT_MAX] = 'y';
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
}

static void answers_are_listed_one_by_one(void **state)
{
	struct world *world = *state;
	struct desk_session agent =
		world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	static const char *const ids[] = { "c", "a-1", "b", "a" };
	static const char *const sorted[] = { "a", "a-1", "b", "c" };
	char at[32] = "";

	assert_int_equal(ask(world, &agent, DESK_CANNED, "", true).result,
			 DESK_NOT_FOUND);
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct desk_canned_put new = answer_of(ids[i], ids[i]);

		assert_int_equal(put(world, &agent, &new).result, DESK_OK);
	}
	for (size_t i = 0; i < COUNT(sorted); i++) {
		struct desk_canned next =
			ask(world, &agent, DESK_CANNED, at, true);

		assert_int_equal(next.result, DESK_OK);
		assert_string_equal(next.item.id, sorted[i]);
		memcpy(at, next.item.id, sizeof(at));
	}
	assert_int_equal(ask(world, &agent, DESK_CANNED, at, true).result,
			 DESK_NOT_FOUND);
}

static void a_word_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "A", "a b", "a_b", "ä", "a/b"
	};
	struct world *world = *state;
	struct desk_session agent =
		world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	struct desk_canned_put new;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		new = answer_of(wrong[i], "x");
		assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
		assert_int_equal(
			ask(world, &agent, DESK_CANNED, wrong[i], false).result,
			DESK_INVALID);
	}
	new = answer_of("x", "x");
	new.item.review = 20270231;
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
	new = answer_of("x", "x");
	memset(new.item.text, 0, sizeof(new.item.text));
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
	snprintf(new.item.text[NOTICE_SV], sizeof(new.item.text[0]), "Hej");
	assert_int_equal(put(world, &agent, &new).result, DESK_OK);
	new = answer_of("y", "\x1b[31m");
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
	new = answer_of("y", "\xff");
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
	new = answer_of("y", "x");
	new.item.title[0] = '\0';
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
	memset(new.item.title, 'x', sizeof(new.item.title));
	assert_int_equal(put(world, &agent, &new).result, DESK_INVALID);
}

/* See, write, change another's, drop another's: by role. */
static void roles_may_what_they_may(void **state)
{
	static const struct {
		uint32_t role;
		enum desk_result see, write, change, drop;
	} rows[] = {
		{ NOTICE_ROLE_AGENT, DESK_OK, DESK_OK, DESK_FORBIDDEN,
		  DESK_FORBIDDEN },
		{ NOTICE_ROLE_SUPERVISOR, DESK_OK, DESK_OK, DESK_OK, DESK_OK },
		{ NOTICE_ROLE_QUALITY, DESK_FORBIDDEN, DESK_FORBIDDEN,
		  DESK_FORBIDDEN, DESK_FORBIDDEN },
		{ NOTICE_ROLE_REGISTRAR, DESK_FORBIDDEN, DESK_FORBIDDEN,
		  DESK_FORBIDDEN, DESK_FORBIDDEN },
		{ NOTICE_ROLE_APPROVER, DESK_FORBIDDEN, DESK_FORBIDDEN,
		  DESK_FORBIDDEN, DESK_FORBIDDEN },
		{ NOTICE_ROLE_DPO, DESK_FORBIDDEN, DESK_FORBIDDEN,
		  DESK_FORBIDDEN, DESK_FORBIDDEN },
		{ NOTICE_ROLE_ADMIN, DESK_FORBIDDEN, DESK_FORBIDDEN,
		  DESK_FORBIDDEN, DESK_FORBIDDEN },
		{ NOTICE_ROLE_AUDITOR, DESK_FORBIDDEN, DESK_FORBIDDEN,
		  DESK_FORBIDDEN, DESK_FORBIDDEN },
	};
	struct world *world = *state;
	struct desk_session owner =
		world_session(world, "owner", NOTICE_ROLE_AGENT, "a2");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk_canned_put theirs = answer_of("theirs", "x");
		struct desk_canned_put own = answer_of("own", "x");
		struct desk_canned kept = put(world, &owner, &theirs);
		char user[8] = "u0";
		struct desk_session session;

		assert_int_equal(kept.result, DESK_OK);
		theirs.changed_at = kept.changed_at;
		user[1] = (char)('0' + i);
		session = world_session(world, user, rows[i].role, "");
		assert_int_equal(session.may_see_canned,
				 rows[i].see == DESK_OK);
		assert_int_equal(
			ask(world, &session, DESK_CANNED, "", true).result,
			rows[i].see);
		assert_int_equal(put(world, &session, &own).result,
				 rows[i].write);
		assert_int_equal(put(world, &session, &theirs).result,
				 rows[i].change);
		assert_int_equal(
			ask(world, &session, DESK_CANNED_DROP, "theirs", false)
				.result,
			rows[i].drop);
		if (rows[i].write == DESK_OK)
			assert_int_equal(ask(world, &session, DESK_CANNED_DROP,
					     "own", false)
						 .result,
					 DESK_OK);
		if (rows[i].drop != DESK_OK)
			assert_int_equal(ask(world, &owner, DESK_CANNED_DROP,
					     "theirs", false)
						 .result,
					 DESK_OK);
	}
	memset(owner.token, 1, sizeof(owner.token));
	assert_int_equal(ask(world, &owner, DESK_CANNED, "", true).result,
			 DESK_NOT_SIGNED_IN);
	world_settle(world);
	assert_true(world_entries(world, "canned.dropped") >= 8);
	assert_true(world_entries(world, "access.refused") >= 7);
}

/* Who was slower is told so, and destroys nothing. */
static void two_changes_at_once_do_not_undo_each_other(void **state)
{
	struct world *world = *state;
	struct desk_session one =
		world_session(world, "one", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session two =
		world_session(world, "two", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_canned_put ask_one = answer_of("x", "one");
	struct desk_canned_put ask_two = answer_of("x", "two");
	struct desk_canned answer;
	int64_t first;

	first = put(world, &one, &ask_one).changed_at;
	/* New for both: the second one did not know of the first. */
	assert_int_equal(put(world, &two, &ask_two).result, DESK_CONFLICT);
	ask_one.changed_at = ask_two.changed_at = first;
	answer = put(world, &one, &ask_one);
	assert_int_equal(answer.result, DESK_OK);
	assert_true(answer.changed_at > first);
	assert_int_equal(put(world, &two, &ask_two).result, DESK_CONFLICT);
	answer = ask(world, &two, DESK_CANNED, "x", false);
	assert_string_equal(answer.item.text[0], "one 0");
	ask_two.changed_at = answer.changed_at;
	answer = put(world, &two, &ask_two);
	assert_string_equal(answer.owner_login, "two");
	/* What was dropped meanwhile does not come back by a change. */
	assert_int_equal(ask(world, &one, DESK_CANNED_DROP, "x", false).result,
			 DESK_OK);
	ask_two.changed_at = answer.changed_at;
	assert_int_equal(put(world, &two, &ask_two).result, DESK_CONFLICT);
	assert_int_equal(ask(world, &one, DESK_CANNED_DROP, "x", false).result,
			 DESK_NOT_FOUND);
}

static void there_are_so_many_and_no_more(void **state)
{
	struct world *world = *state;
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_canned_put last = answer_of("last", "x");

	db_begin(world->books->db);
	for (int i = 0; i < DESK_CANNED_MAX; i++) {
		char id[16];
		int r;

		snprintf(id, sizeof(id), "n%d", i);
		r = db_run(world->books->db,
			   "INSERT INTO canned (id, title, fi, sv, en, owner,"
			   " review, changed_at) SELECT $1, 'x', 'x', 'x',"
			   " 'x', id, 20270601, 1 FROM staff LIMIT 1",
			   db_text(id));
		assert_int_equal(r, 1);
	}
	assert_int_equal(db_commit(world->books->db), 0);
	assert_int_equal(put(world, &sup, &last).result, DESK_FULL);
	last = answer_of("n7", "changed");
	last.changed_at = 1;
	assert_int_equal(put(world, &sup, &last).result, DESK_OK);
	assert_int_equal(ask(world, &sup, DESK_CANNED_DROP, "n7", false).result,
			 DESK_OK);
	last = answer_of("last", "x");
	assert_int_equal(put(world, &sup, &last).result, DESK_OK);
}

static void no_text_can_inject_sql(void **state)
{
	struct world *world = *state;
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_canned_put new =
		answer_of("x", "'; DELETE FROM canned; --");

	assert_int_equal(put(world, &sup, &new).result, DESK_OK);
	assert_string_equal(
		ask(world, &sup, DESK_CANNED, "x", false).item.text[0],
		"'; DELETE FROM canned; -- 0");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(an_answer_is_kept_in_three_languages),
		TEST(the_longest_text_is_kept_whole),
		TEST(answers_are_listed_one_by_one),
		TEST(a_word_that_is_none_is_refused),
		TEST(roles_may_what_they_may),
		TEST(two_changes_at_once_do_not_undo_each_other),
		TEST(there_are_so_many_and_no_more),
		TEST(no_text_can_inject_sql),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
