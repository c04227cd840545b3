/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat_talk.h
 * What visitors and agents ask of the room on its stage: letters go in over
 * the lines of counter and desk, answers come out.
 */
#ifndef TALLENNE_TESTS_CHAT_TALK_H
#define TALLENNE_TESTS_CHAT_TALK_H

#include "tests/unit/chat_stage.h"

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

/* How many events came with the answer to the last question. */
static inline int events_heard(const struct stage *stage)
{
	int count = 0;

	for (int i = 0; i < stage->letter_count; i++)
		count += stage->letters[i]->head.type == CHAT_EVENT &&
			 stage->letters[i]->head.tag == stage->tag;
	return count;
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
	bool is_there;

	memcpy(ask.token, opened->token, sizeof(ask.token));
	is_there = stage_ask(stage, stage->counter, &ask.head, CHAT_DONE,
			     &answer, sizeof(answer));
	assert(is_there);
	if (answer.result != CHAT_OK)
		return -answer.result;
	return events_heard(stage);
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
	bool is_there = stage_ask(stage, stage->desk, &ask.head, CHAT_DONE,
				  &answer, sizeof(answer));

	assert(is_there);
	if (answer.result != CHAT_OK)
		return -answer.result;
	return events_heard(stage);
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
