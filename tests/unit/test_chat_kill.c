/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The program tallenne-chat, killed at random moments under a load of
 * letters and started again with the same files; every second time without
 * the attic, as after a power failure. What was acknowledged stands where
 * it was said to stand, once, in order. Arguments: program, policy, rounds.
 */
#include "tests/unit/chat_house.h"

/* ---- what must hold ---- */

static void check_event(struct visitor *visitor, const struct chat_event *event,
			uint32_t next[2])
{
	struct side *side = event->side == CHAT_SIDE_AGENT ? &visitor->agent
							   : &visitor->visitor;
	uint32_t n = event->client_id[1] | (uint32_t)event->client_id[2] << 8;
	char text[32];

	if (event->kind != CHAT_MESSAGE)
		return;
	text_of(n, text);
	assert_string_equal(event->text, text);
	assert_true(n < side->count);
	assert_int_equal(side->seq[n], event->seq);
	/* Each once, none before its turn. */
	assert_int_equal(n, next[event->side == CHAT_SIDE_AGENT]);
	next[event->side == CHAT_SIDE_AGENT]++;
}

static void check(struct world *world, uint32_t who)
{
	struct visitor *visitor = &world->visitors[who];
	struct chat_fetch fetch = {
		.head = { .type = CHAT_FETCH, .size = sizeof(fetch), .tag = 9 },
	};
	uint32_t next[2] = { 0, 0 };
	uint64_t seq = 0;

	memcpy(fetch.token, visitor->opened.token, sizeof(fetch.token));
	post(world, COUNTER, &fetch.head);
	for (;;) {
		struct pollfd ready = { world->line[COUNTER], POLLIN, 0 };
		union any letter;

		assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
		assert_int_equal(line_take(world->line[COUNTER], &letter.head,
					   sizeof(letter), NULL),
				 0);
		if (letter.head.tag != 9)
			continue;
		if (letter.head.type == CHAT_DONE)
			break;
		assert_int_equal(letter.event.seq, ++seq);
		check_event(visitor, &letter.event, next);
	}
	assert_int_equal(next[0], visitor->visitor.count);
	assert_int_equal(next[1], visitor->agent.count);
}

/* A conversation that is long enough ends, and another begins. */
static void renew_long(struct world *world)
{
	for (uint32_t i = 0; i < VISITORS; i++) {
		struct visitor *visitor = &world->visitors[i];
		struct chat_act end = {
			.head = { .type = CHAT_ACT, .size = sizeof(end) },
			.act = CHAT_DO_END,
		};

		if (visitor->visitor.count < SAID_MAX / 2 &&
		    visitor->agent.count < SAID_MAX / 2)
			continue;
		check(world, i);
		world->said += visitor->visitor.count + visitor->agent.count;
		memcpy(end.token, visitor->opened.token, sizeof(end.token));
		assert_int_equal(
			ask(world, COUNTER, &end.head, CHAT_DONE).done.result,
			CHAT_OK);
		*visitor = (struct visitor){ .turn = (uint8_t)(visitor->turn +
							       1) };
	}
}

/* ---- the test ---- */

/* What the room shows to the outside. */
static uint64_t counted(const struct world *world, const char *name)
{
	struct counter_page page;

	assert_int_equal(file_read_at(world->counters, &page, sizeof(page), 0),
			 0);
	for (size_t i = 0; i < COUNTERS_MAX; i++)
		if (!strcmp(page.counter[i].name, name))
			return page.counter[i].value;
	fail_msg("there is no counter %s", name);
	return 0;
}

/* The example policy, but open at any time. */
static int open_policy(void)
{
	static const char hours[] = "hours: [\"mon-fri 09:00-16:00\"]";
	static const char always[] = "hours: [\"mon-sun 00:00-24:00\"]";
	static const char closed[] = "closed: [holidays, eves]";
	int fd = open(policy_path, O_RDONLY | O_CLOEXEC), made;
	char *text, *at;
	size_t size;

	assert_int_equal(file_read(fd, 1 << 20, &text, &size), 0);
	(void)close(fd);
	at = strstr(text, hours);
	assert_non_null(at);
	memcpy(at, always, sizeof(always) - 1);
	at = strstr(text, closed);
	assert_non_null(at);
	memset(at, ' ', sizeof(closed) - 1);
	made = file_of("policy", text, size);
	assert_true(made >= 0);
	free(text);
	return made;
}

static int make_keys(struct world *world)
{
	struct seal_keyset_entry entries[2] = {
		{ .end = { SEAL_CLASS_CONTACT, 20271130 } },
		{ .end = { SEAL_CLASS_CHAT, 20271130 } },
	};
	const uint8_t seed[32] = { 1 };
	uint8_t *bytes;
	size_t size;
	int fd;

	crypto_box_keypair(world->pair.public, world->pair.secret);
	for (size_t i = 0; i < COUNT(entries); i++)
		memcpy(entries[i].public, world->pair.public, SEAL_PUBLIC_SIZE);
	assert_int_equal(seal_keyset_make(entries, COUNT(entries), 1795000000,
					  seed, &bytes, &size),
			 0);
	fd = file_of("keys", bytes, size);
	assert_true(fd >= 0);
	free(bytes);
	return fd;
}

static struct world *world_new(const char *settings)
{
	struct world *world = calloc(1, sizeof(*world));
	const uint8_t node[32] = { 5 };

	assert_non_null(world);
	world->draw = 1;
	for (int i = 0; i < 2; i++) {
		char name[] = "/tmp/test-chat-XXXXXX";

		world->files[i] = mkostemp(name, O_CLOEXEC);
		assert_true(world->files[i] >= 0);
		(void)unlink(name);
	}
	world->attic = memfd_create("attic", MFD_CLOEXEC);
	world->counters = memfd_create("counters", MFD_CLOEXEC);
	assert_int_equal(
		ftruncate(world->counters, sizeof(struct counter_page)), 0);
	world->settings = file_of("settings", settings, strlen(settings));
	world->node = file_of("node", node, sizeof(node));
	world->policy = open_policy();
	world->keys = make_keys(world);
	return world;
}

static void killed_it_has_lost_doubled_and_moved_nothing(void **state)
{
	struct world *world = world_new("messages_per_minute\t1000000\n"
					"load_max\t100\n");
	uint64_t said;

	(void)state;
	start(world);
	for (int round = 0; round < rounds; round++) {
		open_all(world);
		sit_and_take(world);
		say_again(world);
		renew_long(world);
		open_all(world);
		load(world, 20 + (int)draw(world, 250));
		kill_it(world, round % 2);
		start(world);
	}
	open_all(world);
	sit_and_take(world);
	say_again(world);
	said = world->said;
	for (uint32_t i = 0; i < VISITORS; i++) {
		check(world, i);
		said += world->visitors[i].visitor.count +
			world->visitors[i].agent.count;
	}
	print_message("# %llu messages, %d kills\n", (unsigned long long)said,
		      rounds);
	assert_true(said > 0);
	assert_true(counted(world, "tallenne_chat_recovered_total") >=
		    VISITORS);
	assert_true(counted(world, "tallenne_chat_events_total") > 0);
	assert_int_equal(counted(world, "tallenne_chat_lost_total"), 0);
	kill_it(world, false);
	free(world);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_it_has_lost_doubled_and_moved_nothing),
	};

	if (argc < 3 || sodium_init() < 0)
		return EXIT_FAILURE;
	program = argv[1];
	policy_path = argv[2];
	if (argc > 3)
		rounds = (int)strtol(argv[3], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
