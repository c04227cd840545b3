/* SPDX-License-Identifier: EUPL-1.2 */
/* Remarks beside recordings: who may, for what, and how long they live. */
#include "register/erase.h"
#include "register_world.h"

static struct desk_remarked add(struct world *world,
				const struct desk_session *session,
				const struct id *call, const char *purpose,
				const char *text, int64_t at_ms)
{
	struct desk_remark_add ask = {
		.head = { .type = DESK_REMARK_ADD, .size = sizeof(ask) },
		.call = *call,
		.at_ms = at_ms,
	};
	struct letter_fds fds = NO_FDS;
	struct desk_remarked answer;

	snprintf(ask.purpose, sizeof(ask.purpose), "%s", purpose);
	memcpy(ask.token, session->token, sizeof(ask.token));
	fds.fd[0] = file_of("text", text, strlen(text));
	fds.count = 1;
	assert_true(fds.fd[0] >= 0);
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &answer,
				   sizeof(answer)),
			 0);
	letter_fds_drop(&fds);
	assert_int_equal(answer.head.type, DESK_REMARKED);
	return answer;
}

static struct desk_remark_rows show(struct world *world,
				    const struct desk_session *session,
				    const struct id *call, const char *purpose,
				    uint64_t skip,
				    char texts[][DESK_REMARK_SIZE])
{
	struct desk_remarks ask = {
		.head = { .type = DESK_REMARKS, .size = sizeof(ask) },
		.call = *call,
		.skip = skip,
	};
	struct desk_remark_rows rows;
	struct letter_fds fds = NO_FDS;
	size_t size;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(ask.purpose, sizeof(ask.purpose), "%s", purpose);
	memcpy(ask.token, session->token, sizeof(ask.token));
	fds = (struct letter_fds){ { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(
		world_ask(world, world->desk, &ask, &fds, &rows, sizeof(rows)),
		0);
	letter_fds_drop(&fds);
	assert_int_equal(rows.head.type, DESK_REMARK_ROWS);
	size = rows.count * sizeof(texts[0]);
	if (size > 0)
		assert_int_equal(read(ends[0], texts, size), size);
	(void)close(ends[0]);
	return rows;
}

static struct desk_remarked drop(struct world *world,
				 const struct desk_session *session,
				 const struct id *call, const struct id *remark)
{
	struct desk_remark_drop ask = {
		.head = { .type = DESK_REMARK_DROP, .size = sizeof(ask) },
		.call = *call,
		.remark = *remark,
	};
	struct desk_remarked answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

static int64_t rows_of(struct world *world)
{
	return db_ask_number(world->books->db, -1,
			     "SELECT count(*) FROM remark");
}

static void a_remark_is_kept_sealed_and_shown_by_its_time(void **state)
{
	struct world *world = *state;
	struct desk_session one =
		world_session(world, "one", NOTICE_ROLE_QUALITY, "");
	struct desk_session two =
		world_session(world, "two", NOTICE_ROLE_QUALITY, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	char texts[DESK_REMARKS_MAX][DESK_REMARK_SIZE];
	struct desk_remark_rows rows;
	struct desk_remarked late, early;

	late = add(world, &one, &recording.call, "ohjeistus", "Say the fee",
		   30000);
	assert_int_equal(late.result, DESK_OK);
	early = add(world, &two, &recording.call, "ohjeistus", "Greet first",
		    0);
	assert_int_equal(early.result, DESK_OK);
	rows = show(world, &one, &recording.call, "ohjeistus", 0, texts);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.total, 2);
	assert_true(id_is(&rows.row[0].remark, &early.remark));
	assert_string_equal(texts[0], "Greet first");
	assert_string_equal(texts[1], "Say the fee");
	assert_int_equal(rows.row[1].at_ms, 30000);
	assert_int_equal(rows.row[1].is_own, 1);
	assert_int_equal(rows.row[0].is_own, 0);
	assert_string_equal(rows.row[1].author, "The one");
	assert_true(rows.row[0].made_at > 0);
	world_settle(world);
	assert_int_equal(world_entries(world, "note.added"), 2);
	assert_int_equal(world_entries(world, "note.read"), 1);
	assert_int_equal(world_entries(world, "Greet"), 0);
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM remark WHERE"
				       " instr(box, $1) > 0",
				       db_bytes("Greet", 5)),
			 0);

	/* Nobody takes back what another remarked. */
	assert_int_equal(
		drop(world, &one, &recording.call, &early.remark).result,
		DESK_NOT_FOUND);
	assert_int_equal(
		drop(world, &one, &recording.call, &late.remark).result,
		DESK_OK);
	assert_int_equal(
		drop(world, &one, &recording.call, &late.remark).result,
		DESK_NOT_FOUND);
	rows = show(world, &one, &recording.call, "ohjeistus", 0, texts);
	assert_int_equal(rows.count, 1);
	world_settle(world);
	assert_int_equal(world_entries(world, "note.dropped"), 1);
}

/* Only a purpose that grants "note", only to a role that has it. */
static void a_purpose_without_notes_gives_none(void **state)
{
	static const struct {
		uint32_t role;
		const char *purpose;
		enum desk_result result;
	} rows[] = {
		{ NOTICE_ROLE_QUALITY, "ohjeistus", DESK_OK },
		{ NOTICE_ROLE_QUALITY, "laatu", DESK_FORBIDDEN },
		{ NOTICE_ROLE_QUALITY, "koulutus", DESK_FORBIDDEN },
		{ NOTICE_ROLE_QUALITY, "palvelutaso", DESK_FORBIDDEN },
		{ NOTICE_ROLE_QUALITY, "", DESK_PURPOSE_REQUIRED },
		{ NOTICE_ROLE_SUPERVISOR, "ohjeistus", DESK_FORBIDDEN },
		{ NOTICE_ROLE_AGENT, "ohjeistus", DESK_FORBIDDEN },
		{ NOTICE_ROLE_DPO, "ohjeistus", DESK_FORBIDDEN },
		{ NOTICE_ROLE_ADMIN, "ohjeistus", DESK_FORBIDDEN },
	};
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	char texts[DESK_REMARKS_MAX][DESK_REMARK_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		char user[8] = "u0";
		struct desk_session session;

		user[1] = (char)('0' + i);
		session = world_session(world, user, rows[i].role, "");
		assert_int_equal(add(world, &session, &recording.call,
				     rows[i].purpose, "x", 0)
					 .result,
				 rows[i].result);
		assert_int_equal(show(world, &session, &recording.call,
				      rows[i].purpose, 0, texts)
					 .result,
				 rows[i].result);
	}
	assert_int_equal(rows_of(world), 1);
}

static void what_is_too_much_is_refused(void **state)
{
	struct world *world = *state;
	struct desk_session one =
		world_session(world, "one", NOTICE_ROLE_QUALITY, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	char texts[DESK_REMARKS_MAX][DESK_REMARK_SIZE];
	char longer[DESK_REMARK_MAX + 2];
	struct id unknown = id_new();
	struct desk_remark_rows rows;

	memset(longer, 'x', sizeof(longer));
	longer[DESK_REMARK_MAX + 1] = '\0';
	assert_int_equal(
		add(world, &one, &recording.call, "ohjeistus", longer, 0)
			.result,
		DESK_INVALID);
	assert_int_equal(
		add(world, &one, &recording.call, "ohjeistus", "x", -1).result,
		DESK_INVALID);
	assert_int_equal(
		add(world, &one, &recording.call, "ohjeistus", "x", 60001)
			.result,
		DESK_INVALID);
	assert_int_equal(add(world, &one, &unknown, "ohjeistus", "x", 0).result,
			 DESK_NOT_FOUND);
	world->vault.result = -ENOKEY;
	assert_int_equal(
		add(world, &one, &recording.call, "ohjeistus", "x", 0).result,
		DESK_LOCKED);
	world->vault.result = 0;
	assert_int_equal(rows_of(world), 0);
	for (int i = 0; i < DESK_REMARKS_ALL; i++)
		assert_int_equal(
			add(world, &one, &recording.call, "ohjeistus", "x", i)
				.result,
			DESK_OK);
	assert_int_equal(
		add(world, &one, &recording.call, "ohjeistus", "x", 0).result,
		DESK_FULL);
	for (uint64_t at = 0; at < DESK_REMARKS_ALL; at += rows.count) {
		rows = show(world, &one, &recording.call, "ohjeistus", at,
			    texts);
		assert_int_equal(rows.result, DESK_OK);
		assert_in_range(rows.count, 1, DESK_REMARKS_MAX);
		assert_int_equal(rows.row[0].at_ms, at);
	}
	rows = show(world, &one, &recording.call, "ohjeistus", UINT64_MAX,
		    texts);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 0);
}

/* S5: what was remarked goes when the recording does, with no sweep of its
   own; and while it is restricted nobody reads it. */
static void remarks_inherit_the_fate_of_the_recording(void **state)
{
	struct world *world = *state;
	struct desk_session one =
		world_session(world, "one", NOTICE_ROLE_QUALITY, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct register_recording other = world_recorded(world, 2, "a1");
	char texts[DESK_REMARKS_MAX][DESK_REMARK_SIZE];
	const nanoseconds now = world->books->clock.fixed;

	for (int i = 0; i < 3; i++)
		assert_int_equal(
			add(world, &one, &recording.call, "ohjeistus", "x", i)
				.result,
			DESK_OK);
	assert_int_equal(
		add(world, &one, &other.call, "ohjeistus", "y", 0).result,
		DESK_OK);
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, 3, 0, 0)",
				db_id(&recording.call),
				db_id(&recording.contact)),
			 1);
	assert_int_equal(
		show(world, &one, &recording.call, "ohjeistus", 0, texts)
			.result,
		DESK_RESTRICTED);
	assert_int_equal(
		add(world, &one, &recording.call, "ohjeistus", "x", 0).result,
		DESK_RESTRICTED);
	assert_int_equal(db_run(world->books->db, "DELETE FROM hold"), 1);

	/* From its end date on nobody reads it, before anything is swept. */
	world->books->clock.fixed = now + 182 * WORLD_DAY;
	assert_int_equal(
		show(world, &one, &recording.call, "ohjeistus", 0, texts)
			.result,
		DESK_GONE);
	world->books->clock.fixed = now;
	assert_int_equal(rows_of(world), 4);
	assert_int_equal(erase_recording(world->books, &recording.call,
					 CONTACT_CAUSE_DUE),
			 0);
	assert_int_equal(rows_of(world), 1);
	assert_int_equal(
		show(world, &one, &other.call, "ohjeistus", 0, texts).count, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_remark_is_kept_sealed_and_shown_by_its_time),
		TEST(a_purpose_without_notes_gives_none),
		TEST(what_is_too_much_is_refused),
		TEST(remarks_inherit_the_fate_of_the_recording),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
