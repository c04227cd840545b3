/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat_stage.h
 * The room chat alone on a stage: letters go in over real lines, answers
 * come out; register and vault are played. Time stands still until a test
 * moves it. Link chat and seal_open.
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

/* ---- asking ---- */

/* Take out the first letter of a type, with a tag; NULL: there is none. The
   caller frees it. */
static inline union stage_letter *stage_find(struct stage *stage, uint16_t type,
					     uint64_t tag)
{
	for (int i = 0; i < stage->letter_count; i++) {
		union stage_letter *found = stage->letters[i];

		if (found->head.type != type || found->head.tag != tag)
			continue;
		stage->letter_count--;
		memmove(stage->letters + i, stage->letters + i + 1,
			(size_t)(stage->letter_count - i) * sizeof(found));
		return found;
	}
	return NULL;
}

/* Ask and turn; the answer is copied out. */
static inline bool stage_ask(struct stage *stage, int end,
			     struct letter *letter, uint16_t type, void *answer,
			     size_t size)
{
	union stage_letter *found;

	letter->tag = ++stage->tag;
	stage_answer(end, letter);
	stage_turn(stage);
	found = stage_find(stage, type, letter->tag);
	if (!found)
		return false;
	assert(found->head.size == size);
	memcpy(answer, found, size);
	free(found);
	return true;
}

/* Visitor N's open key and client ids are made of numbers. */
static inline struct chat_opened stage_open(struct stage *stage, uint8_t n)
{
	struct chat_open ask = {
		.head = { .type = CHAT_OPEN, .size = sizeof(ask) },
		.key = { 1, n },
		.language = "fi",
		.nickname = "Kävijä",
		.policy = 0x1a2b3c4d,
	};
	struct chat_opened answer;
	bool is_there = stage_ask(stage, stage->counter, &ask.head, CHAT_OPENED,
				  &answer, sizeof(answer));

	assert(is_there);
	return answer;
}

static inline struct chat_said stage_say(struct stage *stage,
					 const struct chat_opened *opened,
					 uint32_t client, const char *text)
{
	struct chat_say ask = {
		.head = { .type = CHAT_SAY, .size = sizeof(ask) },
		.client_id = { 2, (uint8_t)client, (uint8_t)(client >> 8) },
		.size = (uint32_t)strlen(text),
	};
	struct chat_said answer;
	bool is_there;

	memcpy(ask.token, opened->token, sizeof(ask.token));
	snprintf(ask.text, sizeof(ask.text), "%s", text);
	is_there = stage_ask(stage, stage->counter, &ask.head, CHAT_SAID,
			     &answer, sizeof(answer));
	assert(is_there);
	return answer;
}

static inline int stage_act(struct stage *stage,
			    const struct chat_opened *opened, uint32_t act,
			    uint64_t value)
{
	struct chat_act ask = {
		.head = { .type = CHAT_ACT, .size = sizeof(ask) },
		.act = act,
		.value = value,
	};
	struct chat_done answer;
	bool is_there;

	memcpy(ask.token, opened->token, sizeof(ask.token));
	is_there = stage_ask(stage, stage->counter, &ask.head, CHAT_DONE,
			     &answer, sizeof(answer));
	assert(is_there);
	return answer.result;
}

static inline struct chat_state stage_follow(struct stage *stage,
					     const struct chat_opened *opened)
{
	struct chat_follow ask = {
		.head = { .type = CHAT_FOLLOW, .size = sizeof(ask) },
	};
	struct chat_state answer;
	bool is_there;

	memcpy(ask.token, opened->token, sizeof(ask.token));
	is_there = stage_ask(stage, stage->counter, &ask.head, CHAT_STATE,
			     &answer, sizeof(answer));
	assert(is_there);
	return answer;
}

/* Fetch; how many events came, or a negative result. They stay in letters,
   with this tag. */
static inline int stage_fetch(struct stage *stage,
			      const struct chat_opened *opened, uint64_t after)
{
	struct chat_fetch ask = {
		.head = { .type = CHAT_FETCH, .size = sizeof(ask) },
		.after = after,
	};
	struct chat_done answer;
	int count = 0;
	bool is_there;

	memcpy(ask.token, opened->token, sizeof(ask.token));
	is_there = stage_ask(stage, stage->counter, &ask.head, CHAT_DONE,
			     &answer, sizeof(answer));
	assert(is_there);
	if (answer.result != CHAT_OK)
		return -answer.result;
	for (int i = 0; i < stage->letter_count; i++)
		count += stage->letters[i]->head.type == CHAT_EVENT &&
			 stage->letters[i]->head.tag == stage->tag;
	return count;
}

static inline struct chat_seated stage_sit(struct stage *stage, uint8_t agent)
{
	struct chat_seat ask = {
		.head = { .type = CHAT_SEAT, .size = sizeof(ask) },
		.session = { agent, 7 },
	};
	struct chat_seated answer = { .result = -1 };
	bool is_there = stage_ask(stage, stage->desk, &ask.head, CHAT_SEATED,
				  &answer, sizeof(answer));

	assert(is_there);
	return answer;
}

static inline struct chat_done stage_do(struct stage *stage, uint32_t seat,
					const struct id *chat, uint32_t act,
					uint64_t value, const char *word)
{
	struct chat_desk_act ask = {
		.head = { .type = CHAT_DESK_ACT, .size = sizeof(ask) },
		.chat = chat ? *chat : (struct id){ { 0 } },
		.seat = seat,
		.act = act,
		.value = value,
	};
	struct chat_done answer;
	bool is_there;

	snprintf(ask.word, sizeof(ask.word), "%s", word ? word : "");
	is_there = stage_ask(stage, stage->desk, &ask.head, CHAT_DONE, &answer,
			     sizeof(answer));
	assert(is_there);
	return answer;
}

static inline struct chat_said
stage_desk_say(struct stage *stage, uint32_t seat, const struct id *chat,
	       uint32_t client, bool is_note, const char *text)
{
	struct chat_desk_say ask = {
		.head = { .type = CHAT_DESK_SAY, .size = sizeof(ask) },
		.chat = *chat,
		.client_id = { 3, (uint8_t)client, (uint8_t)(client >> 8) },
		.seat = seat,
		.is_note = is_note,
		.size = (uint32_t)strlen(text),
	};
	struct chat_said answer;
	bool is_there;

	snprintf(ask.text, sizeof(ask.text), "%s", text);
	is_there = stage_ask(stage, stage->desk, &ask.head, CHAT_SAID, &answer,
			     sizeof(answer));
	assert(is_there);
	return answer;
}

/* Fetch for a seat; how many events came, or a negative result. */
static inline int stage_desk_fetch(struct stage *stage, uint32_t seat,
				   const struct id *chat, bool notes)
{
	struct chat_desk_fetch ask = {
		.head = { .type = CHAT_DESK_FETCH, .size = sizeof(ask) },
		.chat = *chat,
		.seat = seat,
		.notes = notes,
	};
	struct chat_done answer;
	int count = 0;
	bool is_there = stage_ask(stage, stage->desk, &ask.head, CHAT_DONE,
				  &answer, sizeof(answer));

	assert(is_there);
	if (answer.result != CHAT_OK)
		return -answer.result;
	for (int i = 0; i < stage->letter_count; i++)
		count += stage->letters[i]->head.type == CHAT_EVENT &&
			 stage->letters[i]->head.tag == stage->tag;
	return count;
}

static inline void stage_board(struct stage *stage, uint32_t seat)
{
	struct chat_desk_act ask = {
		.head = { .type = CHAT_BOARD, .size = sizeof(ask) },
		.seat = seat,
	};
	struct chat_done answer;
	bool is_there = stage_ask(stage, stage->desk, &ask.head, CHAT_DONE,
				  &answer, sizeof(answer));

	assert(is_there && answer.result == CHAT_OK);
}

/* The document in the latest object, opened as the vault does; the caller
   frees it. */
static inline char *stage_document(struct stage *stage)
{
	const struct open_pair *pair =
		seal_world_pair(&stage->world, &stage->told.chat_end);
	struct open_object *object;
	uint8_t key[SEAL_KEY_SIZE];
	char *text;
	size_t at = 0, size;
	int r = pair ? open_key(&stage->told.wrapped, pair, SEAL_FOR_OBJECT,
				&stage->told.object, key)
		     : -ENOKEY;

	assert(r == 0);
	r = open_object_new(stage->object, &stage->told.object, key, &object);
	assert(r == 0);
	size = open_object_size(object);
	assert(size == stage->told.size);
	text = calloc(1, size + 1);
	assert(text);
	while (at < size) {
		const uint8_t *part;
		size_t part_size;

		r = open_object_read(object, at, &part, &part_size);
		assert(r == 0);
		memcpy(text + at, part, part_size);
		at += part_size;
	}
	open_object_free(object);
	return text;
}

#endif
