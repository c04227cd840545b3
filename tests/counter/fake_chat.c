/* SPDX-License-Identifier: EUPL-1.2 */
#include "fake_chat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static void post(struct fake_chat *fake, struct letter *letter, uint16_t type,
		 size_t size, uint64_t tag)
{
	letter->type = type;
	letter->size = (uint32_t)size;
	letter->tag = tag;
	if (line_post(fake->line, letter, NULL, true) < 0)
		fprintf(stderr, "the counter does not listen\n");
}

static struct fake_talk *find(struct fake_chat *fake, const uint8_t *token)
{
	for (size_t i = 0; i < fake->count; i++)
		if (!fake->talk[i].is_lost &&
		    bytes_are(fake->talk[i].token, token, CHAT_TOKEN_SIZE))
			return &fake->talk[i];
	return NULL;
}

static void tell_state(struct fake_chat *fake, struct fake_talk *talk,
		       uint64_t tag)
{
	struct chat_state state = talk->state;

	if (tag || talk->is_followed)
		post(fake, &state.head, CHAT_STATE, sizeof(state), tag);
}

static struct chat_event *add_event(struct fake_chat *fake,
				    struct fake_talk *talk, uint32_t kind,
				    uint32_t side, const char *name,
				    const char *text, size_t size)
{
	struct chat_event *event, copy;

	if (talk->state.last == FAKE_EVENTS_MAX)
		return NULL;
	if (!talk->events)
		talk->events = calloc(FAKE_EVENTS_MAX, sizeof(*talk->events));
	event = &talk->events[talk->state.last++];
	*event = (struct chat_event){
		.chat = talk->state.chat,
		.epoch = talk->state.epoch,
		.seq = talk->state.last,
		.at = clock_now(&clock_system),
		.kind = kind,
		.side = side,
		.size = (uint32_t)size,
	};
	snprintf(event->name, sizeof(event->name), "%s", name);
	memcpy(event->text, text, size);
	copy = *event;
	if (talk->is_followed && !talk->is_mute)
		post(fake, &copy.head, CHAT_EVENT, sizeof(copy), 0);
	return event;
}

static int take_open(void *self, int end, const struct letter *letter,
		     struct letter_fds *fds)
{
	const struct chat_open *open = (const void *)letter;
	struct fake_chat *fake = self;
	struct chat_opened opened = { .result = CHAT_OK };
	struct fake_talk *talk = NULL;

	(void)end, (void)fds;
	fake->asked[CHAT_OPEN]++;
	for (size_t i = 0; i < fake->count && !talk; i++)
		if (bytes_are(fake->talk[i].key, open->key, CHAT_TOKEN_SIZE))
			talk = &fake->talk[i];
	if (fake->is_closed || fake->is_later)
		opened.result = fake->is_closed ? CHAT_CLOSED : CHAT_LATER;
	else if (!talk && fake->count == FAKE_TALKS_MAX)
		opened.result = CHAT_FULL;
	if (opened.result == CHAT_OK && !talk) {
		talk = &fake->talk[fake->count++];
		memcpy(talk->key, open->key, sizeof(talk->key));
		memcpy(talk->nickname, open->nickname, CHAT_NAME_SIZE);
		memcpy(talk->language, open->language, CHAT_LANGUAGE_SIZE);
		memcpy(talk->queue, open->queue, CHAT_WORD_SIZE);
		talk->policy = open->policy;
		memcpy(talk->token, id_new().byte, CHAT_TOKEN_SIZE);
		talk->state = (struct chat_state){
			.phase = CHAT_WAITING,
			.chat = id_new(),
			.epoch = 0x1122334455667788,
			.place = 2,
			.wait_s = 90,
			.receipt = "7Q2M-K4TD-9XWA-3HCF",
		};
		(void)add_event(fake, talk, CHAT_QUEUED, CHAT_SIDE_SYSTEM, "",
				"", 0);
	}
	if (opened.result == CHAT_OK) {
		opened.chat = talk->state.chat;
		memcpy(opened.token, talk->token, sizeof(opened.token));
		opened.epoch = talk->state.epoch;
		opened.last = talk->state.last;
		memcpy(opened.receipt, talk->state.receipt,
		       sizeof(opened.receipt));
	}
	post(fake, &opened.head, CHAT_OPENED, sizeof(opened), letter->tag);
	return 0;
}

/* What the message's client id stands for already; NULL if nothing. */
static const struct chat_event *known_event(const struct fake_talk *talk,
					    const uint8_t *client_id)
{
	for (uint64_t i = 0; i < talk->state.last; i++)
		if (talk->events[i].side == CHAT_SIDE_VISITOR &&
		    bytes_are(talk->events[i].client_id, client_id,
			      CHAT_TOKEN_SIZE))
			return &talk->events[i];
	return NULL;
}

static int take_say(void *self, int end, const struct letter *letter,
		    struct letter_fds *fds)
{
	const struct chat_say *say = (const void *)letter;
	struct fake_chat *fake = self;
	struct fake_talk *talk = find(fake, say->token);
	struct chat_said said = { .result = CHAT_OK };
	const struct chat_event *known;
	struct chat_event *event;

	(void)end, (void)fds;
	fake->asked[CHAT_SAY]++;
	if (say->size == 0 || say->size > CHAT_TEXT_MAX)
		return -EBADMSG;
	known = talk ? known_event(talk, say->client_id) : NULL;
	if (fake->is_later) {
		said.result = CHAT_LATER;
	} else if (!talk) {
		said.result = CHAT_NOT_FOUND;
	} else if (known) {
		said.seq = known->seq;
		said.at = known->at;
		if (known->size != say->size ||
		    memcmp(known->text, say->text, say->size) != 0)
			said.result = CHAT_CONFLICT;
	} else if (talk->state.phase == CHAT_OVER) {
		said.result = CHAT_ENDED;
	} else {
		/* The id must be there before the event is told. */
		bool is_mute = talk->is_mute;
		struct chat_event copy;

		talk->is_mute = true;
		event = add_event(fake, talk, CHAT_MESSAGE, CHAT_SIDE_VISITOR,
				  talk->nickname, say->text, say->size);
		talk->is_mute = is_mute;
		memcpy(event->client_id, say->client_id, CHAT_TOKEN_SIZE);
		said.seq = event->seq;
		said.at = event->at;
		copy = *event;
		if (talk->is_followed && !is_mute)
			post(fake, &copy.head, CHAT_EVENT, sizeof(copy), 0);
	}
	post(fake, &said.head, CHAT_SAID, sizeof(said), letter->tag);
	return 0;
}

static int take_act(void *self, int end, const struct letter *letter,
		    struct letter_fds *fds)
{
	const struct chat_act *act = (const void *)letter;
	struct fake_chat *fake = self;
	struct fake_talk *talk = find(fake, act->token);
	struct chat_done done = { .result = talk ? CHAT_OK : CHAT_NOT_FOUND };

	(void)end, (void)fds;
	fake->asked[CHAT_ACT]++;
	if (act->act > 7)
		return -EBADMSG;
	if (talk) {
		talk->acts[act->act]++;
		if (act->act == CHAT_DO_PRESENT)
			talk->present = act->value;
		if (act->act == CHAT_DO_STAY) {
			talk->state.closes_in_s = 0;
			tell_state(fake, talk, 0);
		}
		if (act->act == CHAT_DO_END && talk->state.phase == CHAT_OVER)
			done.result = CHAT_ENDED;
		else if (act->act == CHAT_DO_END) {
			bool is_mute = talk->is_mute;
			struct chat_event *event, copy;

			talk->state.phase = CHAT_OVER;
			talk->is_mute = true;
			event = add_event(fake, talk, CHAT_CLOSED_BY,
					  CHAT_SIDE_VISITOR, "", "", 0);
			talk->is_mute = is_mute;
			event->reason = CHAT_REASON_VISITOR;
			copy = *event;
			if (talk->is_followed && !is_mute)
				post(fake, &copy.head, CHAT_EVENT, sizeof(copy),
				     0);
			tell_state(fake, talk, 0);
		}
	}
	post(fake, &done.head, CHAT_DONE, sizeof(done), letter->tag);
	return 0;
}

static int take_follow(void *self, int end, const struct letter *letter,
		       struct letter_fds *fds)
{
	const struct chat_follow *follow = (const void *)letter;
	struct fake_chat *fake = self;
	struct fake_talk *talk = find(fake, follow->token);
	struct chat_state state = { .result = CHAT_NOT_FOUND };

	(void)end, (void)fds;
	fake->asked[letter->type]++;
	if (letter->type == CHAT_UNFOLLOW) {
		if (talk)
			talk->is_followed = false;
		return 0;
	}
	if (talk) {
		talk->is_followed = true;
		talk->follows++;
		tell_state(fake, talk, letter->tag);
	} else {
		post(fake, &state.head, CHAT_STATE, sizeof(state), letter->tag);
	}
	return 0;
}

static int take_fetch(void *self, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	const struct chat_fetch *fetch = (const void *)letter;
	struct fake_chat *fake = self;
	struct fake_talk *talk = find(fake, fetch->token);
	struct chat_done done = { .result = talk ? CHAT_OK : CHAT_NOT_FOUND };
	uint64_t left = fetch->most ? fetch->most : UINT64_MAX;

	(void)end, (void)fds;
	fake->asked[CHAT_FETCH]++;
	for (uint64_t i = fetch->after; talk && i < talk->state.last && left;
	     i++, left--) {
		struct chat_event copy = talk->events[i];

		post(fake, &copy.head, CHAT_EVENT, sizeof(copy), letter->tag);
	}
	post(fake, &done.head, CHAT_DONE, sizeof(done), letter->tag);
	return 0;
}

static void tell_hours(struct fake_chat *fake, uint64_t tag)
{
	struct chat_hours hours = {
		.is_open = !fake->is_closed,
		.agents = 1,
		.waiting = 1,
		.wait_s = 90,
		.opens_at = 1796022000 * NS_PER_S,
		.closes_at = 1796047200 * NS_PER_S,
	};

	post(fake, &hours.head, CHAT_HOURS, sizeof(hours), tag);
}

static int take_hours(void *self, int end, const struct letter *letter,
		      struct letter_fds *fds)
{
	(void)end, (void)fds;
	tell_hours(self, letter->tag);
	return 0;
}

static const struct line_rule rules[] = {
	{ CHAT_OPEN, sizeof(struct chat_open), take_open },
	{ CHAT_SAY, sizeof(struct chat_say), take_say },
	{ CHAT_ACT, sizeof(struct chat_act), take_act },
	{ CHAT_FOLLOW, sizeof(struct chat_follow), take_follow },
	{ CHAT_UNFOLLOW, sizeof(struct chat_follow), take_follow },
	{ CHAT_FETCH, sizeof(struct chat_fetch), take_fetch },
	{ CHAT_HOURS, sizeof(struct chat_hours), take_hours },
};

int fake_chat_serve(struct fake_chat *fake)
{
	return line_serve(fake->line, rules, COUNT(rules), fake);
}

void fake_chat_begin(struct fake_chat *fake, int line)
{
	fake->line = line;
	for (size_t i = 0; i < fake->count; i++)
		fake->talk[i].is_followed = false;
}

/* "say 3 words and words": number and rest; false if there is no such. */
static struct fake_talk *talk_of(struct fake_chat *fake, char *words,
				 char **ret_rest)
{
	unsigned long number = strtoul(words, ret_rest, 10);

	if (**ret_rest == ' ')
		++*ret_rest;
	return number >= 1 && number <= fake->count ? &fake->talk[number - 1]
						    : NULL;
}

static void obey_talk(struct fake_chat *fake, struct fake_talk *talk,
		      const char *act, const char *rest)
{
	if (!strcmp(act, "take")) {
		talk->state.phase = CHAT_TALKING;
		talk->state.place = talk->state.wait_s = 0;
		snprintf(talk->state.agent_name, CHAT_NAME_SIZE, "Agent 1");
		(void)add_event(fake, talk, CHAT_JOINED, CHAT_SIDE_AGENT,
				"Agent 1", "", 0);
		tell_state(fake, talk, 0);
	} else if (!strcmp(act, "say")) {
		(void)add_event(fake, talk, CHAT_MESSAGE, CHAT_SIDE_AGENT,
				"Agent 1", rest, strlen(rest));
	} else if (!strcmp(act, "many")) {
		static char block[CHAT_TEXT_MAX];
		unsigned long count = strtoul(rest, NULL, 10);

		memset(block, 'x', sizeof(block));
		for (unsigned long i = 0; i < count; i++)
			(void)add_event(fake, talk, CHAT_MESSAGE,
					CHAT_SIDE_AGENT, "Agent 1", block,
					sizeof(block));
	} else if (!strcmp(act, "end")) {
		talk->state.phase = CHAT_OVER;
		(void)add_event(fake, talk, CHAT_CLOSED_BY, CHAT_SIDE_AGENT,
				"Agent 1", "", 0);
		tell_state(fake, talk, 0);
	} else if (!strcmp(act, "typing")) {
		talk->state.agent_typing = rest[0] == '1';
		tell_state(fake, talk, 0);
	} else if (!strcmp(act, "warn")) {
		talk->state.closes_in_s = 300;
		tell_state(fake, talk, 0);
	} else if (!strcmp(act, "mute")) {
		talk->is_mute = rest[0] == '1';
	} else if (!strcmp(act, "lose")) {
		talk->is_lost = true;
	} else if (!strcmp(act, "epoch")) {
		talk->state.epoch++;
		for (uint64_t i = 0; i < talk->state.last; i++)
			talk->events[i].epoch = talk->state.epoch;
	} else if (!strcmp(act, "about")) {
		printf("present=%llu typing=%llu seen=%llu stay=%llu "
		       "follows=%u followed=%d last=%llu policy=%08x "
		       "language=%s queue=%s\n",
		       (unsigned long long)talk->present,
		       (unsigned long long)talk->acts[CHAT_DO_TYPING],
		       (unsigned long long)talk->acts[CHAT_DO_SEEN],
		       (unsigned long long)talk->acts[CHAT_DO_STAY],
		       talk->follows, talk->is_followed,
		       (unsigned long long)talk->state.last, talk->policy,
		       talk->language, talk->queue);
	}
}

void fake_chat_obey(struct fake_chat *fake, char *words)
{
	char *rest = strchr(words, ' ');
	struct fake_talk *talk;

	if (rest)
		*rest++ = '\0';
	if (!strcmp(words, "closed") || !strcmp(words, "open")) {
		fake->is_closed = words[0] == 'c';
		tell_hours(fake, 0);
	} else if (!strcmp(words, "later")) {
		fake->is_later = rest && rest[0] == '1';
	} else if (!strcmp(words, "silent")) {
		fake->is_silent = rest && rest[0] == '1';
	} else if (!strcmp(words, "count")) {
		printf("talks=%zu opens=%u says=%u follows=%u fetches=%u\n",
		       fake->count, fake->asked[CHAT_OPEN],
		       fake->asked[CHAT_SAY], fake->asked[CHAT_FOLLOW],
		       fake->asked[CHAT_FETCH]);
	} else if (rest) {
		talk = talk_of(fake, rest, &rest);
		if (talk)
			obey_talk(fake, talk, words, rest);
		else
			printf("no such conversation\n");
	}
}
