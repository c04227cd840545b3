/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat_stage.h
 * The room chat alone on a stage, over real lines; register and vault are
 * played. Time stands still until a test moves it. Link chat and seal_open.
 * What visitors and agents say is in chat_talk.h.
 */
#ifndef TALLENNE_TESTS_CHAT_STAGE_H
#define TALLENNE_TESTS_CHAT_STAGE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "chat/deed.h"
#include "tests/unit/seal_world.h"
#include "vault/vault.h"

enum { STAGE_LETTERS_MAX = 4096, STAGE_FILES = 2 };

/* Monday 2026-11-23, 12:00 in Helsinki: open. */
#define STAGE_BEGAN ((nanoseconds)1795428000 * NS_PER_S)

union stage_letter {
	struct letter head;
	struct chat_opened opened;
	struct chat_said said;
	struct chat_done done;
	struct chat_state state;
	struct chat_event event;
	struct chat_hours hours;
	struct chat_seated seated;
	struct chat_row row;
	struct chat_colleague colleague;
	struct register_chat told;
	uint8_t bytes[LETTER_SIZE_MAX];
};

struct stage {
	struct hall hall;
	struct clock clock;
	nanoseconds ahead;
	struct seal_world world;
	struct policy *policy; /* outlives the room */
	const char *settings;
	int counter, desk, registry, vault; /* our ends */
	int files[STAGE_FILES], attic;	    /* survive a restart */
	bool is_register_deaf, is_vault_locked, is_deaf;
	int32_t register_result; /* what it says to conversations */
	int32_t seat_result;
	uint64_t tag;

	/* What came to us over counter's and desk's line, not yet taken. */
	union stage_letter *letters[STAGE_LETTERS_MAX];
	int letter_count;
	/* What the register was told, the latest. */
	struct register_chat told;
	int told_count;
	int object;    /* descriptor of the latest object; -1: none */
	int recovered; /* how often the vault was asked */
};

static inline struct policy *stage_policy(const char *path)
{
	struct notice_fault faults[16];
	size_t count = COUNT(faults), size;
	struct policy *policy;
	char *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	assert(r == 0);
	r = policy_read((struct slice){ text, size }, faults, &count, &policy);
	assert(r == 0);
	r = policy_settle(policy, STAGE_BEGAN, faults, COUNT(faults), &count);
	assert(r == 0);
	free(text);
	(void)close(fd);
	return policy;
}

static inline void stage_join(struct stage *stage, const char *peer, int *ours)
{
	int ends[2], r = line_open(ends);

	assert(r == 0);
	drop_fd(ours);
	*ours = ends[0];
	r = fcntl(ends[0], F_SETFL, O_NONBLOCK);
	assert(r == 0);
	hall_line(&stage->hall, peer, ends[1]);
}

/* Begin, or begin again after a crash: files and attic stay. */
static inline void stage_begin(struct stage *stage)
{
	struct settings *settings;
	struct hall *hall = &stage->hall;
	int r = hall_init(hall, &stage->clock);

	assert(r == 0);
	hall->ahead = stage->ahead;
	r = settings_of(stage->settings, &settings);
	assert(r == 0);
	hall_settings(hall, settings);
	settings_free(settings);
	hall_policy(hall, stage->policy);
	r = seal_keyset_read(stage->world.file, stage->world.file_size,
			     &hall->keys);
	assert(r == 0);
	memcpy(hall->node, stage->world.node_seed, sizeof(hall->node));
	hall->has_node = true;
	r = attic_open(stage->attic, &hall->attic);
	assert(r == 0);
	for (int i = 0; i < STAGE_FILES; i++) {
		r = journal_file(hall->journal, (uint64_t)i,
				 fcntl(stage->files[i], F_DUPFD_CLOEXEC, 0));
		assert(r == 0);
	}
	stage_join(stage, "counter", &stage->counter);
	stage_join(stage, "desk", &stage->desk);
	stage_join(stage, "register", &stage->registry);
	stage_join(stage, "vault", &stage->vault);
	hall_start(hall);
}

static inline struct stage *stage_new(const char *policy)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert(stage);
	stage->world = seal_world_new();
	stage->clock.fixed = STAGE_BEGAN;
	stage->policy = stage_policy(policy);
	stage->settings = "messages_per_minute\t10000\n";
	stage->counter = stage->desk = stage->registry = stage->vault = -1;
	stage->object = -1;
	for (int i = 0; i < STAGE_FILES; i++)
		stage->files[i] = memfd_create("journal", MFD_CLOEXEC);
	stage->attic = memfd_create("attic", MFD_CLOEXEC);
	stage_begin(stage);
	return stage;
}

static inline void stage_forget(struct stage *stage)
{
	for (int i = 0; i < stage->letter_count; i++)
		free(stage->letters[i]);
	stage->letter_count = 0;
}

/* The room dies: nothing is said or written any more. */
static inline void stage_crash(struct stage *stage)
{
	stage->hall.policy = NULL;
	hall_done(&stage->hall);
	stage_forget(stage);
}

static inline void stage_power_fails(struct stage *stage)
{
	stage_crash(stage);
	(void)close(stage->attic);
	stage->attic = memfd_create("attic", MFD_CLOEXEC);
}

static inline void stage_free(struct stage *stage)
{
	stage_crash(stage);
	policy_free(stage->policy);
	seal_world_free(&stage->world);
	drop_fd(&stage->counter);
	drop_fd(&stage->desk);
	drop_fd(&stage->registry);
	drop_fd(&stage->vault);
	drop_fd(&stage->object);
	drop_fd(&stage->attic);
	for (int i = 0; i < STAGE_FILES; i++)
		drop_fd(&stage->files[i]);
	free(stage);
}

/* ---- the neighbours ---- */

static inline void stage_answer(int end, struct letter *letter)
{
	int r = line_post(end, letter, NULL, false);

	assert(r == 0);
}

/* Sessions begin with the number of their agent; 0 is nobody's. */
static inline void stage_seat(struct stage *stage,
			      const struct register_seat *ask)
{
	struct register_seat_is answer = {
		.head = { .type = REGISTER_SEAT_IS,
			  .size = sizeof(answer),
			  .tag = ask->head.tag },
		.result = stage->seat_result,
	};

	memcpy(answer.session, ask->session, sizeof(answer.session));
	if (ask->session[0] == 0)
		answer.result = DESK_NOT_SIGNED_IN;
	snprintf(answer.agent, sizeof(answer.agent), "agent-%d",
		 ask->session[0]);
	snprintf(answer.name, sizeof(answer.name), "Agent %d", ask->session[0]);
	stage_answer(stage->registry, &answer.head);
}

static inline void stage_told(struct stage *stage,
			      const struct register_chat *told,
			      struct letter_fds *fds)
{
	struct register_chat_noted answer = {
		.head = { .type = REGISTER_CHAT_NOTED, .size = sizeof(answer) },
		.chat = told->chat,
		.version = told->version,
		.result = stage->register_result,
		.number = 1,
	};

	stage->told = *told;
	stage->told_count++;
	if (fds->count > 0) {
		drop_fd(&stage->object);
		stage->object = letter_fds_give(fds, 0);
	}
	stage_answer(stage->registry, &answer.head);
}

static inline void stage_recover(struct stage *stage,
				 const struct vault_recover *ask)
{
	const struct open_pair *pair =
		seal_world_pair(&stage->world, &ask->wrapped.end);
	struct vault_recovered answer = {
		.head = { .type = VAULT_RECOVERED,
			  .size = sizeof(answer),
			  .tag = ask->head.tag },
		.result = -ENOKEY,
	};

	stage->recovered++;
	if (!stage->is_vault_locked)
		answer.result =
			pair ? open_key(&ask->wrapped, pair, SEAL_FOR_CHAT,
					&ask->call, answer.key)
			     : -EKEYREVOKED;
	stage_answer(stage->vault, &answer.head);
}

static inline bool stage_serve_register(struct stage *stage)
{
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	union stage_letter letter;

	if (stage->is_register_deaf || stage->registry < 0 ||
	    line_take(stage->registry, &letter.head, sizeof(letter), &fds) < 0)
		return false;
	if (letter.head.type == REGISTER_SEAT)
		stage_seat(stage, (const void *)&letter);
	else if (letter.head.type == REGISTER_CHAT)
		stage_told(stage, &letter.told, &fds);
	return true;
}

static inline bool stage_serve_vault(struct stage *stage)
{
	union stage_letter letter;

	if (stage->vault < 0 ||
	    line_take(stage->vault, &letter.head, sizeof(letter), NULL) < 0)
		return false;
	stage_recover(stage, (const void *)&letter);
	return true;
}

static inline bool stage_take(struct stage *stage, int end)
{
	union stage_letter *letter = malloc(sizeof(*letter));

	assert(letter);
	if (stage->is_deaf || end < 0 ||
	    line_take(end, &letter->head, sizeof(*letter), NULL) < 0) {
		free(letter);
		return false;
	}
	assert(stage->letter_count < STAGE_LETTERS_MAX);
	stage->letters[stage->letter_count++] = letter;
	return true;
}

/* As the loop does it: hear all, commit, until nobody says anything. */
static inline void stage_turn(struct stage *stage)
{
	struct hall *hall = &stage->hall;
	bool any = true;

	for (int i = 0; any && i < 10000; i++) {
		int r = hall->counter.end < 0 ? 0 : counter_hear(hall);

		any = false;
		if (r < 0)
			counter_line(hall, -1);
		r = hall->desk.end < 0 ? 0 : desk_hear(hall);
		if (r < 0)
			desk_line(hall, -1);
		r = hall->registry.end < 0 ? 0 : registry_hear(hall);
		if (r < 0)
			registry_line(hall, -1);
		r = hall->vault.end < 0 ? 0 : vault_hear(hall);
		if (r < 0)
			vault_line(hall, -1);
		hall_commit(hall);
		while (stage_take(stage, stage->counter))
			any = true;
		while (stage_take(stage, stage->desk))
			any = true;
		while (stage_serve_register(stage))
			any = true;
		while (stage_serve_vault(stage))
			any = true;
	}
}

/* Let time pass, in steps in which the room looks around. */
static inline void stage_wait(struct stage *stage, int seconds)
{
	int step = seconds > 600 ? 10 : 1;

	for (int i = 0; i < seconds; i += step) {
		stage->ahead += step * NS_PER_S;
		stage->hall.ahead = stage->ahead;
		stage->clock.fixed += step * NS_PER_S;
		hall_tick(&stage->hall);
		stage_turn(stage);
	}
}

#endif
