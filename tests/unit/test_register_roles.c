/* SPDX-License-Identifier: EUPL-1.2 */
/* Duties that must differ in person do, whatever a policy says. */
#include "notice/model.h"
#include "notice/roles.h"
#include "register/staff.h"
#include "register_world.h"

/*
 * Every purpose for every role, and no mask on a number. No file can say so
 * any more (E-ROLE-NO-CONTENT); what the register decides does not lean on
 * that.
 */
static void take_generous_policy(struct world *world)
{
	struct policy *policy = world->books->policy;
	struct model_class *class = NULL;
	int unmasked = 0;

	for (size_t i = 0; i < policy->purpose_count; i++)
		policy->purposes[i].granted.roles = UINT32_MAX;
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i].data_class == SEAL_CLASS_CONTACT)
			class = &policy->classes[i];
	assert_non_null(class);
	for (size_t i = 0; i < class->field_count; i++)
		if (!strcmp(class->fields[i].name, "caller_number")) {
			memset(class->fields[i].mask, 0,
			       sizeof(class->fields[i].mask));
			unmasked++;
		}
	assert_int_equal(unmasked, 1);
}

static enum desk_result play(struct world *world,
			     const struct desk_session *session,
			     const struct id *call)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
		.purpose = "laatu",
	};
	struct desk_playing answer;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	OWNED(drop_fd) int reads = ends[0];
	OWNED(drop_fd) int writes = ends[1];
	const struct letter_fds fds = { { writes, -1, -1, -1 }, 1 };

	(void)reads;
	memcpy(ask.token, session->token, sizeof(ask.token));
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &answer,
				   sizeof(answer)),
			 0);
	return (enum desk_result)answer.result;
}

static void no_policy_lets_anybody_listen_who_may_not(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");

	take_generous_policy(world);
	for (uint32_t role = 1; role < NOTICE_ROLES; role++) {
		bool may = role == NOTICE_ROLE_SUPERVISOR ||
			   role == NOTICE_ROLE_QUALITY;
		struct desk_session session = world_session(
			world, notice_roles[role - 1], role, "a1");
		struct desk_choose choose = {
			.head = { .type = DESK_CHOOSE, .size = sizeof(choose) },
			.purpose = "laatu",
		};
		struct desk_session chosen;

		assert_true(policy_grants(world->books->policy, role, "laatu",
					  NOTICE_LISTEN));
		assert_int_equal(session.may_play, may);
		assert_int_equal(session.purpose_count > 0, may);
		assert_int_equal(play(world, &session, &recording.call),
				 may ? DESK_OK : DESK_FORBIDDEN);
		memcpy(choose.token, session.token, sizeof(choose.token));
		WORLD_ASK(world, world->desk, choose, chosen);
		assert_int_equal(chosen.result, may ? DESK_OK : DESK_FORBIDDEN);
	}
	world_settle(world);
	assert_int_equal(world_entries(world, "content.read"), 2);
}

/* What is kept for long is not for every purpose that long (C16). */
static void a_purpose_that_ended_opens_nothing(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct desk_session session =
		world_session(world, "supervisor", NOTICE_ROLE_SUPERVISOR, "");
	struct policy *policy = world->books->policy;

	assert_string_equal(policy->purposes[0].granted.id, "laatu");
	policy->purposes[0].ends.days = 2;
	assert_int_equal(play(world, &session, &recording.call), DESK_OK);
	/* 00:00 of the second day after that of the call. */
	world->books->clock.fixed += 2 * WORLD_DAY;
	session = world_session(world, "other", NOTICE_ROLE_SUPERVISOR, "");
	assert_int_equal(play(world, &session, &recording.call),
			 DESK_FORBIDDEN);
	policy->purposes[0].ends.days = 3;
	assert_int_equal(play(world, &session, &recording.call), DESK_OK);
	world_settle(world);
	assert_int_equal(world_entries(world, "content.read"), 2);
}

static void quality_sees_no_number_whatever_the_policy_says(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "quality", NOTICE_ROLE_QUALITY, "");
	struct desk_contacts ask = {
		.head = { .type = DESK_CONTACTS, .size = sizeof(ask) },
		.limit = 10,
		.with_empty = 1,
	};
	struct desk_contact_rows rows;

	take_generous_policy(world);
	world_recorded(world, 1, "a1");
	assert_int_equal(policy_mask(world->books->policy, SEAL_CLASS_CONTACT,
				     "caller_number", NOTICE_ROLE_QUALITY),
			 NOTICE_PLAIN);
	memcpy(ask.token, session.token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.row[0].caller, "");
}

static void nobody_has_two_roles(void **state)
{
	struct world *world = *state;
	struct door_staff again;
	struct staff staff;

	world_staff(world, "it", NOTICE_ROLE_ADMIN, "", false);
	assert_true(staff_find(world->books, "it", &staff));
	again = world_staff(world, "it", NOTICE_ROLE_SUPERVISOR, "", false);
	assert_int_equal(again.result, -EEXIST);
	for (uint32_t role = 1; role < NOTICE_ROLES; role++)
		assert_true(db_run(world->books->db,
				   "INSERT INTO role_grant (staff, role, since,"
				   " until) VALUES ($1, $2, 0, $3)",
				   db_id(&staff.id), db_number(role),
				   db_number(INT64_MAX)) < 0);
	assert_int_equal(staff_role(world->books, &staff.id, NULL),
			 NOTICE_ROLE_ADMIN);
}

/* Privacy rules, 8: the pairs that never go together, row by row. */
static void no_role_has_duties_that_must_differ(void **state)
{
	(void)state;
	for (uint32_t role = 0; role < NOTICE_ROLES; role++) {
		const struct roles_row *row = roles_find(role);
		bool oversees =
			role == NOTICE_ROLE_DPO || role == NOTICE_ROLE_AUDITOR;

		/* Who reads the whole log is watched by it like others. */
		assert_int_equal(row->log == ROLES_ALL, oversees);
		if (oversees || role == NOTICE_ROLE_ADMIN ||
		    role == NOTICE_ROLE_REGISTRAR ||
		    role == NOTICE_ROLE_APPROVER || role == 0) {
			assert_int_equal(row->contacts, ROLES_NONE);
			assert_false(row->plays);
			assert_false(row->callers);
		}
		if (role == NOTICE_ROLE_ADMIN || role == 0) {
			assert_int_equal(row->readers, ROLES_NONE);
			assert_int_equal(row->log, ROLES_NONE);
		}
		assert_int_equal(row->plays,
				 role == NOTICE_ROLE_SUPERVISOR ||
					 role == NOTICE_ROLE_QUALITY);
	}
	assert_ptr_equal(roles_find(NOTICE_ROLES), roles_find(0));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(no_policy_lets_anybody_listen_who_may_not),
		TEST(a_purpose_that_ended_opens_nothing),
		TEST(quality_sees_no_number_whatever_the_policy_says),
		TEST(nobody_has_two_roles),
		cmocka_unit_test(no_role_has_duties_that_must_differ),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
