/* SPDX-License-Identifier: EUPL-1.2 */
/* What the register finds when it is held against the policy: nothing that
 * was written by the rules, and each thing that was not. */
#include "register_world.h"

static struct door_proof prove(struct world *world)
{
	struct door_proof ask = {
		.head = { .type = DOOR_PROOF, .size = sizeof(ask) },
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.policy, policy_hash(world->books->policy));
	return answer;
}

/* A call under the policy that holds. */
static void recorded(struct world *world, uint64_t number, const char *agent)
{
	(void)world_recorded(world, number, agent);
	assert_true(db_run(world->books->db, "UPDATE contact SET policy = $1",
			   db_number(policy_hash(world->books->policy))) >= 0);
}

static struct door_proof expect_broken(struct world *world, uint32_t broken)
{
	struct door_proof proof = prove(world);

	for (unsigned i = 0; i < DOOR_PROOFS; i++)
		if ((proof.check[i].broken > 0) != (broken >> i & 1))
			fail_msg("check %u: %llu of %llu", i,
				 (unsigned long long)proof.check[i].broken,
				 (unsigned long long)proof.check[i].looked_at);
	return proof;
}

#define BROKEN(name) (1U << DOOR_PROOF_##name)

/* Spoil one thing, see that this and nothing else is found, mend it. */
#define SPOIL(world, broken, wrong, right)                                     \
	do {                                                                   \
		assert_true(db_run((world)->books->db, wrong) >= 0);           \
		(void)expect_broken(world, broken);                            \
		assert_true(db_run((world)->books->db, right) >= 0);           \
		(void)expect_broken(world, 0);                                 \
	} while (0)

static void what_was_written_by_the_rules_is_all_held(void **state)
{
	struct world *world = *state;
	struct door_proof proof;

	proof = expect_broken(world, 0);
	assert_int_equal(proof.check[DOOR_PROOF_CALLS].looked_at, 0);
	assert_true(proof.check[DOOR_PROOF_FIELDS].looked_at > 40);
	recorded(world, 1, "a1");
	recorded(world, 2, "a2");
	proof = expect_broken(world, 0);
	assert_int_equal(proof.check[DOOR_PROOF_CALLS].looked_at, 2);
	assert_int_equal(proof.check[DOOR_PROOF_HISTORY].looked_at, 2);
	assert_int_equal(proof.check[DOOR_PROOF_SERVICES].looked_at, 2);
	assert_int_equal(proof.check[DOOR_PROOF_BEGINS].looked_at, 2);
}

static void each_broken_promise_is_found(void **state)
{
	struct world *world = *state;

	recorded(world, 1, "a1");
	SPOIL(world, BROKEN(FIELDS), "ALTER TABLE contact ADD COLUMN mood TEXT",
	      "ALTER TABLE contact DROP COLUMN mood");
	SPOIL(world, BROKEN(SERVICES),
	      "UPDATE contact SET service_number = '+358295550199'",
	      "UPDATE contact SET service_number = '+358295550100'");
	SPOIL(world, BROKEN(BEGINS),
	      "UPDATE contact SET answered_at = answered_at + 60000000",
	      "UPDATE contact SET answered_at = answered_at - 60000000");
	SPOIL(world, BROKEN(ENDS),
	      "UPDATE recording SET duration_ms = duration_ms + 3600000",
	      "UPDATE recording SET duration_ms = duration_ms - 3600000");
	SPOIL(world, BROKEN(CALLS),
	      "UPDATE recording SET end_date = 20200101 WHERE end_class = 1",
	      "UPDATE recording SET end_date = 20270523 WHERE end_class = 1");
	SPOIL(world, BROKEN(HISTORY),
	      "UPDATE contact SET contact_end = 20200101",
	      "UPDATE contact SET contact_end = 20271123");
	SPOIL(world, BROKEN(SEALED),
	      "UPDATE contact SET caller = x'0405550123'",
	      "UPDATE contact SET caller = NULL");
}

static void what_is_older_than_collection_is_found(void **state)
{
	struct world *world = *state;

	recorded(world, 1, "a1");
	/* 30 September 2017, 23:59 in Helsinki; its answer goes with it. */
	assert_true(db_run(world->books->db, "UPDATE contact SET started_at ="
					     " 1506805140000000000") >= 0);
	(void)expect_broken(world, BROKEN(SINCE));
}

static void what_is_held_may_be_there_beyond_its_end(void **state)
{
	struct world *world = *state;

	recorded(world, 1, "a1");
	assert_true(db_run(world->books->db,
			   "UPDATE recording SET end_date = 20200101") >= 0);
	(void)expect_broken(world, BROKEN(CALLS));
	assert_true(db_run(world->books->db,
			   "INSERT INTO hold (id, contact, kind, since,"
			   " expires_at, actor) SELECT id, id, 2, 1, 0, 'uid:0'"
			   " FROM contact") >= 0);
	(void)expect_broken(world, 0);
}

/* S5: each note sealed, beside its recording, for a purpose with notes. */
static void a_note_that_is_not_as_promised_is_found(void **state)
{
	struct world *world = *state;
	uint8_t box[VAULT_REMARK_BOX] = { 1 };
	struct register_recording recording = world_recorded(world, 1, "a1");
	const struct id id = id_new();

	assert_true(db_run(world->books->db, "UPDATE contact SET policy = $1",
			   db_number(policy_hash(world->books->policy))) >= 0);
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO remark (id, call, at_ms, made_at,"
				" staff, role, purpose, box) VALUES ($1, $2, 0,"
				" 0, $1, $3, 'ohjeistus', $4)",
				db_id(&id), db_id(&recording.call),
				db_number(NOTICE_ROLE_QUALITY),
				db_bytes(box, sizeof(box))),
			 1);
	assert_int_equal(
		expect_broken(world, 0).check[DOOR_PROOF_NOTES].looked_at, 1);
	SPOIL(world, BROKEN(NOTES), "UPDATE remark SET purpose = 'laatu'",
	      "UPDATE remark SET purpose = 'ohjeistus'");
	SPOIL(world, BROKEN(NOTES), "UPDATE remark SET role = 1",
	      "UPDATE remark SET role = 3");
	assert_int_equal(db_run(world->books->db, "UPDATE remark SET box = $1",
				db_text("The fee comes first.")),
			 1);
	(void)expect_broken(world, BROKEN(NOTES));
}

/* S3, S23, S27: sets, decisions and restrictions that are not as promised. */
static void what_is_done_beyond_listening_is_looked_at(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct door_proof proof;

	assert_true(db_run(world->books->db, "UPDATE contact SET policy = $1",
			   db_number(policy_hash(world->books->policy))) >= 0);
	assert_int_equal(
		db_run(world->books->db,
		       "INSERT INTO pick (id, use, purpose, title, staff, role,"
		       " made_at, end_date, from_s, until_s, min_s, max_s,"
		       " service_number, agent, wanted, population, seed)"
		       " VALUES ($1, 32, 'koulutus', 'x', $1, 3, 0, 20270101,"
		       " 0, 0, 0, 0, '', '', 0, 0, $1)",
		       db_id(&recording.call)),
		1);
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO pick_item (pick, call, place)"
				" VALUES ($1, $1, 0)",
				db_id(&recording.call)),
			 1);
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at, actor) VALUES ($1, $2, 3,"
				" 9000000000, 0, 'uid:0')",
				db_id(&recording.call),
				db_id(&recording.contact)),
			 1);
	assert_int_equal(
		db_run(world->books->db,
		       "INSERT INTO reader (id, staff, role, contact, call,"
		       " purpose, first_at, last_at, seq, parts, from_ms,"
		       " until_ms) VALUES (1, $1, 2, $2, $1, 'laatu',"
		       " 8000000000, 8000000000, 1, 1, 0, 1)",
		       db_id(&recording.call), db_id(&recording.contact)),
		1);
	proof = expect_broken(world, 0);
	assert_int_equal(proof.check[DOOR_PROOF_SETS].looked_at, 1);
	assert_int_equal(proof.check[DOOR_PROOF_ACTORS].looked_at, 1);
	assert_int_equal(proof.check[DOOR_PROOF_RESTRICTED].looked_at, 1);
	assert_int_equal(proof.check[DOOR_PROOF_PLACES].looked_at, 2);
	assert_int_equal(proof.check[DOOR_PROOF_DISCLOSED].looked_at, 1);
	SPOIL(world, BROKEN(SETS), "UPDATE pick SET purpose = 'laatu'",
	      "UPDATE pick SET purpose = 'koulutus'");
	SPOIL(world, BROKEN(ACTORS), "UPDATE hold SET actor = ''",
	      "UPDATE hold SET actor = 'uid:0'");
	SPOIL(world, BROKEN(RESTRICTED),
	      "UPDATE reader SET last_at = 9000000001",
	      "UPDATE reader SET last_at = 8000000000");
}

static void a_purpose_that_nobody_granted_is_found(void **state)
{
	struct world *world = *state;

	recorded(world, 1, "a1");
	assert_true(
		db_run(world->books->db,
		       "INSERT INTO reader (id, staff, role, contact, call,"
		       " purpose, first_at, last_at, seq, parts, from_ms,"
		       " until_ms) SELECT 1, id, 2, id, id, 'laatu',"
		       " 9000000000, 9000000000, 1, 1, 0, 1 FROM contact") >=
		0);
	assert_int_equal(
		expect_broken(world, 0).check[DOOR_PROOF_PURPOSES].looked_at,
		1);
	assert_true(db_run(world->books->db,
			   "UPDATE reader SET purpose = 'ohjeistus'") >= 0);
	(void)expect_broken(world, BROKEN(PURPOSES));
	assert_true(db_run(world->books->db,
			   "UPDATE reader SET purpose = 'uteliaisuus'") >= 0);
	(void)expect_broken(world, BROKEN(PURPOSES));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_by_the_rules_is_all_held),
		TEST(each_broken_promise_is_found),
		TEST(what_is_older_than_collection_is_found),
		TEST(what_is_held_may_be_there_beyond_its_end),
		TEST(what_is_done_beyond_listening_is_looked_at),
		TEST(a_purpose_that_nobody_granted_is_found),
		TEST(a_note_that_is_not_as_promised_is_found),
	};
#undef TEST

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
