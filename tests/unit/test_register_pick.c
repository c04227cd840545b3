/* SPDX-License-Identifier: EUPL-1.2 */
/* Training sets and samples: lists of references, for a purpose and a time. */
#include "register/entry.h"
#include "register/erase.h"
#include "register/pick.h"
#include "register_world.h"

static struct desk_pick_make training(seal_date end)
{
	return (struct desk_pick_make){
		.head = { .type = DESK_PICK_MAKE,
			  .size = sizeof(struct desk_pick_make) },
		.use = NOTICE_CLIP,
		.end = end,
		.purpose = "koulutus",
		.title = "New in service",
	};
}

static struct desk_pick_make sample(uint32_t wanted, uint8_t seed)
{
	struct desk_pick_make ask = training(20270131);

	ask.use = NOTICE_SAMPLE;
	memcpy(ask.purpose, "laatu\0\0\0", 9);
	ask.draw.wanted = wanted;
	ask.has_seed = 1;
	memset(ask.draw.seed, seed, sizeof(ask.draw.seed));
	return ask;
}

static struct desk_picked make(struct world *world,
			       const struct desk_session *session,
			       struct desk_pick_make ask)
{
	struct desk_picked answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

static enum desk_result change(struct world *world,
			       const struct desk_session *session,
			       const struct id *pick, const struct id *call,
			       uint32_t act)
{
	struct desk_pick_change ask = {
		.head = { .type = DESK_PICK_CHANGE, .size = sizeof(ask) },
		.pick = *pick,
		.act = act,
	};
	struct desk_picked answer;

	if (call)
		ask.call = *call;
	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer.result;
}

static struct desk_pick_whole show(struct world *world,
				   const struct desk_session *session,
				   const struct id *pick)
{
	struct desk_pick_ask ask = {
		.head = { .type = DESK_PICK, .size = sizeof(ask) },
		.pick = *pick,
	};
	struct desk_pick_whole answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

static struct desk_pick_rows list(struct world *world,
				  const struct desk_session *session)
{
	struct desk_picks ask = {
		.head = { .type = DESK_PICKS, .size = sizeof(ask) },
	};
	struct desk_pick_rows answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

static int64_t items_of(struct world *world)
{
	return db_ask_number(world->books->db, -1,
			     "SELECT count(*) FROM pick_item");
}

static void a_set_is_shown_to_whom_the_purpose_is_granted(void **state)
{
	struct world *world = *state;
	struct desk_session maker =
		world_session(world, "m", NOTICE_ROLE_QUALITY, "");
	struct desk_session chief =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session agent =
		world_session(world, "a", NOTICE_ROLE_AGENT, "a1");
	struct register_recording one = world_recorded(world, 1, "a1");
	struct register_recording two = world_recorded(world, 2, "a2");
	struct desk_picked set = make(world, &maker, training(20270131));
	struct desk_pick_whole whole;

	assert_int_equal(set.result, DESK_OK);
	assert_int_equal(
		change(world, &maker, &set.pick, &one.call, DESK_PICK_ADD),
		DESK_OK);
	assert_int_equal(
		change(world, &maker, &set.pick, &two.call, DESK_PICK_ADD),
		DESK_OK);
	/* Twice is once. */
	assert_int_equal(
		change(world, &maker, &set.pick, &two.call, DESK_PICK_ADD),
		DESK_OK);
	whole = show(world, &chief, &set.pick);
	assert_int_equal(whole.result, DESK_OK);
	assert_int_equal(whole.item_count, 2);
	assert_int_equal(whole.row.count, 2);
	assert_int_equal(whole.row.is_own, 0);
	assert_string_equal(whole.row.title, "New in service");
	assert_true(id_is(&whole.item[0].call, &one.call));
	assert_int_equal(whole.item[1].number, 2);
	assert_int_equal(list(world, &chief).count, 1);

	/* Others see it and do not change it; an agent does not see it. */
	assert_int_equal(
		change(world, &chief, &set.pick, &one.call, DESK_PICK_REMOVE),
		DESK_FORBIDDEN);
	assert_int_equal(show(world, &agent, &set.pick).result, DESK_NOT_FOUND);
	assert_int_equal(list(world, &agent).count, 0);
	assert_int_equal(
		change(world, &maker, &set.pick, &one.call, DESK_PICK_REMOVE),
		DESK_OK);
	assert_int_equal(
		change(world, &maker, &set.pick, &one.call, DESK_PICK_REMOVE),
		DESK_NOT_FOUND);
	assert_int_equal(change(world, &maker, &set.pick, NULL, DESK_PICK_DROP),
			 DESK_OK);
	assert_int_equal(show(world, &maker, &set.pick).result, DESK_NOT_FOUND);
	assert_int_equal(items_of(world), 0);
	world_settle(world);
	assert_int_equal(world_entries(world, "set.made"), 1);
	assert_int_equal(world_entries(world, "set.changed"), 3);
	assert_int_equal(world_entries(world, "set.viewed"), 1);
	assert_int_equal(world_entries(world, "set.ended"), 1);
	assert_int_equal(world_entries(world, "New in service"), 0);
}

static void a_purpose_without_that_use_makes_none(void **state)
{
	static const struct {
		uint32_t role, use;
		const char *purpose;
		enum desk_result result;
	} rows[] = {
		{ NOTICE_ROLE_QUALITY, NOTICE_CLIP, "koulutus", DESK_OK },
		{ NOTICE_ROLE_SUPERVISOR, NOTICE_CLIP, "koulutus", DESK_OK },
		{ NOTICE_ROLE_QUALITY, NOTICE_SAMPLE, "laatu", DESK_OK },
		{ NOTICE_ROLE_QUALITY, NOTICE_CLIP, "laatu", DESK_FORBIDDEN },
		{ NOTICE_ROLE_QUALITY, NOTICE_SAMPLE, "koulutus",
		  DESK_FORBIDDEN },
		{ NOTICE_ROLE_QUALITY, NOTICE_CLIP, "ohjeistus",
		  DESK_FORBIDDEN },
		{ NOTICE_ROLE_QUALITY, NOTICE_CLIP, "", DESK_PURPOSE_REQUIRED },
		{ NOTICE_ROLE_QUALITY, NOTICE_NOTE, "ohjeistus", DESK_INVALID },
		{ NOTICE_ROLE_AGENT, NOTICE_CLIP, "koulutus", DESK_FORBIDDEN },
		{ NOTICE_ROLE_DPO, NOTICE_SAMPLE, "laatu", DESK_FORBIDDEN },
		{ NOTICE_ROLE_ADMIN, NOTICE_CLIP, "koulutus", DESK_FORBIDDEN },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct desk_pick_make ask = rows[i].use == NOTICE_SAMPLE
						    ? sample(5, 1)
						    : training(20270131);
		char user[8] = "ua";
		struct desk_session session;

		user[1] = (char)('a' + i);
		session = world_session(world, user, rows[i].role, "");
		ask.use = rows[i].use;
		memset(ask.purpose, 0, sizeof(ask.purpose));
		memcpy(ask.purpose, rows[i].purpose, strlen(rows[i].purpose));
		assert_int_equal(make(world, &session, ask).result,
				 rows[i].result);
	}
	world_settle(world);
	assert_int_equal(world_entries(world, "access.refused"), 7);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct world *world = *state;
	struct desk_session maker =
		world_session(world, "m", NOTICE_ROLE_QUALITY, "");
	const seal_date wrong[] = { 0, 20261123, 20271124, 20270230 };
	struct desk_pick_make ask;

	/* It is 23 November 2026. */
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(make(world, &maker, training(wrong[i])).result,
				 DESK_INVALID);
	assert_int_equal(make(world, &maker, training(20271123)).result,
			 DESK_OK);
	ask = training(20270131);
	ask.title[0] = '\0';
	assert_int_equal(make(world, &maker, ask).result, DESK_INVALID);
	assert_int_equal(make(world, &maker, sample(0, 1)).result,
			 DESK_INVALID);
	assert_int_equal(
		make(world, &maker, sample(DESK_PICK_ALL + 1, 1)).result,
		DESK_INVALID);
	for (int i = 1; i < DESK_PICKS_ALL; i++)
		assert_int_equal(make(world, &maker, training(20270131)).result,
				 DESK_OK);
	assert_int_equal(make(world, &maker, training(20270131)).result,
			 DESK_FULL);
	assert_int_equal(list(world, &maker).next, DESK_PICKS_MAX);
}

/* S3: a reference, never a copy, that dies with the recording. */
static void what_ends_leaves_the_set(void **state)
{
	struct world *world = *state;
	struct desk_session maker =
		world_session(world, "m", NOTICE_ROLE_QUALITY, "");
	struct register_recording one = world_recorded(world, 1, "a1");
	struct register_recording two = world_recorded(world, 2, "a2");
	struct desk_picked set = make(world, &maker, training(20271123));
	const nanoseconds now = world->books->clock.fixed;

	assert_int_equal(
		change(world, &maker, &set.pick, &one.call, DESK_PICK_ADD),
		DESK_OK);
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, 3, 0, 0)",
				db_id(&two.call), db_id(&two.contact)),
			 1);
	assert_int_equal(
		change(world, &maker, &set.pick, &two.call, DESK_PICK_ADD),
		DESK_RESTRICTED);
	assert_int_equal(db_run(world->books->db, "DELETE FROM hold"), 1);
	assert_int_equal(
		change(world, &maker, &set.pick, &two.call, DESK_PICK_ADD),
		DESK_OK);
	assert_int_equal(
		erase_recording(world->books, &one.call, CONTACT_CAUSE_DUE), 0);
	assert_int_equal(items_of(world), 1);
	assert_int_equal(show(world, &maker, &set.pick).item_count, 1);
	/* Past its end it is not shown, although nothing was swept yet. */
	world->books->clock.fixed = now + 182 * WORLD_DAY;
	assert_int_equal(show(world, &maker, &set.pick).row.count, 0);
	assert_int_equal(
		change(world, &maker, &set.pick, &two.call, DESK_PICK_ADD),
		DESK_GONE);
	pick_end(world->books);
	assert_int_equal(list(world, &maker).count, 1);
	/* And the set has a day of its own. */
	world->books->clock.fixed = now + 366 * WORLD_DAY;
	assert_int_equal(list(world, &maker).count, 0);
	pick_end(world->books);
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM pick"),
			 0);
	assert_int_equal(items_of(world), 0);
	entry_pump(world->books);
	world_settle(world);
	assert_int_equal(world_entries(world, "\"cause\":\"due\""), 1);
}

/* The policy in force, with other words in one place. */
static void change_policy(struct world *world, const char *from, const char *to)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = openat(world->home, world_policy, O_RDONLY);
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	struct civil_zone *zone;
	struct policy *policy;
	char *at;

	assert_int_equal(file_read(fd, NOTICE_SIZE_MAX, &text, &size), 0);
	at = strstr(text, from);
	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	assert_int_equal(policy_read((struct slice){ text, size }, faults,
				     &count, &policy),
			 0);
	assert_int_equal(civil_zone_load(policy_zone_name(policy), &zone), 0);
	policy_set_zone(policy, zone);
	assert_int_equal(
		books_take_policy(world->books, policy, (struct slice){ 0 }),
		0);
}

static void a_withdrawn_purpose_withdraws_its_sets(void **state)
{
	struct world *world = *state;
	struct desk_session maker =
		world_session(world, "m", NOTICE_ROLE_QUALITY, "");
	struct register_recording one = world_recorded(world, 1, "a1");
	struct desk_picked set = make(world, &maker, training(20270131));

	assert_int_equal(
		change(world, &maker, &set.pick, &one.call, DESK_PICK_ADD),
		DESK_OK);
	assert_int_equal(make(world, &maker, sample(3, 1)).result, DESK_OK);
	change_policy(world, "[listen, read, clip]", "[listen, read]      ");
	assert_int_equal(show(world, &maker, &set.pick).result, DESK_NOT_FOUND);
	assert_int_equal(list(world, &maker).count, 1);
	pick_end(world->books);
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM pick"),
			 1);
	entry_pump(world->books);
	world_settle(world);
	assert_int_equal(world_entries(world, "\"cause\":\"withdrawn\""), 1);
}

enum { CALLS = 40, DRAWN = 8 };

static size_t in_common(const struct desk_pick_whole *one,
			const struct desk_pick_whole *other)
{
	size_t count = 0;

	for (uint32_t i = 0; i < one->item_count; i++)
		for (uint32_t j = 0; j < other->item_count; j++)
			count +=
				id_is(&one->item[i].call, &other->item[j].call);
	return count;
}

static void a_sample_is_drawn_again_by_its_seed(void **state)
{
	struct world *world = *state;
	struct desk_session maker =
		world_session(world, "m", NOTICE_ROLE_QUALITY, "");
	struct desk_pick_whole first, again, other, later;
	struct desk_pick_make own = sample(DRAWN, 0);
	struct desk_picked pick;

	for (uint64_t i = 1; i <= CALLS; i++)
		(void)world_recorded(world, i, i % 2 ? "a1" : "a2");
	pick = make(world, &maker, sample(DRAWN, 7));
	first = show(world, &maker, &pick.pick);
	assert_int_equal(first.item_count, DRAWN);
	assert_int_equal(first.row.draw.population, CALLS);
	assert_int_equal(first.row.draw.wanted, DRAWN);
	assert_int_equal(first.row.draw.seed[0], 7);
	pick = make(world, &maker, sample(DRAWN, 7));
	again = show(world, &maker, &pick.pick);
	assert_memory_equal(again.item, first.item, sizeof(first.item));
	pick = make(world, &maker, sample(DRAWN, 8));
	other = show(world, &maker, &pick.pick);
	assert_true(in_common(&first, &other) < DRAWN);

	/* One has died: all others are drawn again, and one more. */
	assert_int_equal(erase_recording(world->books, &first.item[3].call,
					 CONTACT_CAUSE_DUE),
			 0);
	pick = make(world, &maker, sample(DRAWN, 7));
	later = show(world, &maker, &pick.pick);
	assert_int_equal(later.item_count, DRAWN);
	assert_int_equal(in_common(&first, &later), DRAWN - 1);

	/* Only of what was asked for; never the same without a seed. */
	own.has_seed = 0;
	memcpy(own.draw.agent, "a1", 3);
	pick = make(world, &maker, own);
	other = show(world, &maker, &pick.pick);
	assert_in_range(other.row.draw.population, CALLS / 2 - 1, CALLS / 2);
	assert_memory_not_equal(other.row.draw.seed, own.draw.seed,
				sizeof(own.draw.seed));
	assert_int_equal(change(world, &maker, &pick.pick, &first.item[0].call,
				DESK_PICK_ADD),
			 DESK_INVALID);
	for (int i = 0; i < 5; i++)
		world_settle(world);
	assert_int_equal(
		world_entries(world, "07070707070707070707070707070707"), 3);
	assert_int_equal(world_entries(world, "\"population\":40"), 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_set_is_shown_to_whom_the_purpose_is_granted),
		TEST(a_purpose_without_that_use_makes_none),
		TEST(what_makes_no_sense_is_refused),
		TEST(what_ends_leaves_the_set),
		TEST(a_withdrawn_purpose_withdraws_its_sets),
		TEST(a_sample_is_drawn_again_by_its_seed),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
