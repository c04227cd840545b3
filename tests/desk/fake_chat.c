/* SPDX-License-Identifier: EUPL-1.2 */
#include "fake_chat.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "fake_people.h"

enum { TALKS_MAX = 64, EVENTS_MAX = 600, SITTING_MAX = 16, LOAD_MAX = 3 };

struct numbering {
	struct chat_event *event[EVENTS_MAX];
	uint64_t count;
};

struct talk {
	struct chat_row row; /* as for a seat that does not have it */
	struct numbering said, notes;
};

struct sitting {
	uint32_t seat;
	const struct person *person;
	bool has_board;
};

static struct talk talks[TALKS_MAX];
static size_t talk_count;
static struct sitting sitting[SITTING_MAX];
static uint32_t presence[3] = { CHAT_AVAILABLE, CHAT_AVAILABLE,
				CHAT_AVAILABLE };
static const char *const names[] = { "", "Agent 1", "Agent 2" };
static uint32_t next_seat;
static int line = -1, mute, deaf, refuse;

static const struct sitting *find_seat(uint32_t seat)
{
	for (size_t i = 0; i < SITTING_MAX; i++)
		if (sitting[i].person && sitting[i].seat == seat)
			return &sitting[i];
	return NULL;
}

static uint32_t agent_number(const char *agent)
{
	return agent[0] ? (uint32_t)(agent[strlen(agent) - 1] - '0') : 0;
}

static struct talk *find_talk(const struct id *chat)
{
	for (size_t i = 0; i < talk_count; i++)
		if (id_is(&talks[i].row.chat, chat))
			return &talks[i];
	return NULL;
}

static uint32_t load_of(const char *agent)
{
	uint32_t load = 0;

	for (size_t i = 0; i < talk_count; i++)
		load += talks[i].row.phase == CHAT_TALKING &&
			!strcmp(talks[i].row.agent, agent);
	return load;
}

static void post(struct letter *letter)
{
	if (line >= 0 && line_post(line, letter, NULL, true) < 0)
		line = -1;
}

static void tell_row(const struct talk *talk, const struct sitting *to,
		     uint64_t tag)
{
	struct chat_row row = talk->row;

	row.head = (struct letter){ .type = CHAT_ROW,
				    .size = sizeof(row),
				    .tag = tag };
	row.seat = to->seat;
	row.is_mine = row.phase != CHAT_WAITING &&
		      !strcmp(row.agent, to->person->account->agent);
	post(&row.head);
}

static void tell_colleague(uint32_t number, const struct sitting *to,
			   uint64_t tag)
{
	struct chat_colleague colleague = {
		.head = { .type = CHAT_COLLEAGUE,
			  .size = sizeof(colleague),
			  .tag = tag },
		.presence = presence[number],
		.load_max = LOAD_MAX,
		.seat = to->seat,
	};

	snprintf(colleague.agent, sizeof(colleague.agent), "agent-%u", number);
	snprintf(colleague.name, sizeof(colleague.name), "%s", names[number]);
	colleague.load = load_of(colleague.agent);
	post(&colleague.head);
}

static void renumber(void)
{
	uint32_t place = 0;

	for (size_t i = 0; i < talk_count; i++)
		talks[i].row.place =
			talks[i].row.phase == CHAT_WAITING ? ++place : 0;
}

static void tell_all(struct talk *talk)
{
	renumber();
	talk->row.last = talk->said.count;
	talk->row.notes = talk->notes.count;
	for (size_t i = 0; i < SITTING_MAX; i++) {
		if (!sitting[i].person || !sitting[i].has_board)
			continue;
		tell_row(talk, &sitting[i], 0);
		for (uint32_t n = 1; n <= 2; n++)
			tell_colleague(n, &sitting[i], 0);
	}
}

static struct chat_event *add(struct talk *talk, struct numbering *numbering,
			      enum chat_event_kind kind, enum chat_side side,
			      const char *text)
{
	struct chat_event *event = calloc(1, sizeof(*event));

	if (!event || numbering->count == EVENTS_MAX)
		exit(1);
	event->head =
		(struct letter){ .type = CHAT_EVENT, .size = sizeof(*event) };
	event->chat = talk->row.chat;
	event->epoch = talk->row.epoch;
	event->at = clock_now(&clock_system);
	event->kind = kind;
	event->side = side;
	event->size = (uint32_t)strlen(text);
	snprintf(event->text, sizeof(event->text), "%s", text);
	if (side == CHAT_SIDE_VISITOR)
		memcpy(event->name, talk->row.nickname, sizeof(event->name));
	if (side == CHAT_SIDE_AGENT) {
		memcpy(event->name, talk->row.agent_name, sizeof(event->name));
		memcpy(event->agent, talk->row.agent, sizeof(event->agent));
	}
	numbering->event[numbering->count++] = event;
	event->seq = numbering->count;
	if (kind == CHAT_MESSAGE)
		talk->row.unanswered = side == CHAT_SIDE_VISITOR;
	return event;
}

static void take_over(struct talk *talk, const char *agent)
{
	talk->row.phase = CHAT_TALKING;
	talk->row.talks_since = clock_now(&clock_system);
	snprintf(talk->row.agent, sizeof(talk->row.agent), "%s", agent);
	snprintf(talk->row.agent_name, sizeof(talk->row.agent_name), "%s",
		 names[agent_number(agent)]);
	(void)add(talk, &talk->said, CHAT_JOINED, CHAT_SIDE_AGENT, "");
	tell_all(talk);
}

static void end_talk(struct talk *talk, enum chat_side side, uint32_t reason)
{
	add(talk, &talk->said, CHAT_CLOSED_BY, side, "")->reason = reason;
	talk->row.phase = CHAT_OVER;
	talk->row.closes_in_s = 0;
	tell_all(talk);
}

static int done(const struct letter *head, enum chat_result result,
		const struct id *chat)
{
	struct chat_done letter = { .head = { .type = CHAT_DONE,
					      .size = sizeof(letter),
					      .tag = head->tag },
				    .result = result };

	if (chat)
		letter.chat = *chat;
	if (mute > 0)
		mute--;
	else
		post(&letter.head);
	return 0;
}

static int take_seat(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct chat_seat *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->session);
	struct chat_seated seated = { .head = { .type = CHAT_SEATED,
						.size = sizeof(seated),
						.tag = head->tag },
				      .result = CHAT_NOT_SIGNED_IN,
				      .load_max = LOAD_MAX };

	(void)self, (void)end, (void)fds;
	if (person && !person->account->agent[0])
		seated.result = CHAT_FORBIDDEN;
	else if (person)
		seated.result = CHAT_FULL;
	for (size_t i = 0; seated.result == CHAT_FULL && i < SITTING_MAX; i++) {
		const char *agent = person->account->agent;

		if (sitting[i].person)
			continue;
		sitting[i] = (struct sitting){ ++next_seat, person, false };
		seated.result = CHAT_OK;
		seated.seat = next_seat;
		seated.presence = presence[agent_number(agent)];
		snprintf(seated.agent, sizeof(seated.agent), "%s", agent);
		snprintf(seated.name, sizeof(seated.name), "%s",
			 person->account->name);
	}
	post(&seated.head);
	return 0;
}

static int take_unseat(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct chat_desk_act *ask = (const void *)head;

	(void)self, (void)end, (void)fds;
	for (size_t i = 0; i < SITTING_MAX; i++)
		if (sitting[i].seat == ask->seat)
			sitting[i] = (struct sitting){ 0 };
	return 0;
}

static int take_board(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct chat_desk_act *ask = (const void *)head;
	const struct sitting *who = find_seat(ask->seat);

	(void)self, (void)end, (void)fds;
	if (!who)
		return done(head, CHAT_NOT_SIGNED_IN, NULL);
	sitting[who - sitting].has_board = true;
	for (size_t i = 0; i < talk_count; i++)
		if (talks[i].row.phase != CHAT_OVER)
			tell_row(&talks[i], who, head->tag);
	for (uint32_t n = 1; n <= 2; n++)
		tell_colleague(n, who, head->tag);
	return done(head, CHAT_OK, NULL);
}

/* The conversation this seat has; NULL if it has not. */
static struct talk *own(const struct sitting *who, const struct id *chat)
{
	struct talk *talk = find_talk(chat);

	if (!talk || !who || talk->row.phase == CHAT_WAITING ||
	    strcmp(talk->row.agent, who->person->account->agent) != 0)
		return NULL;
	return talk;
}

static struct chat_event *find_said(struct numbering *numbering,
				    const uint8_t *client_id)
{
	for (uint64_t i = 0; i < numbering->count; i++)
		if (!memcmp(numbering->event[i]->client_id, client_id,
			    CHAT_TOKEN_SIZE))
			return numbering->event[i];
	return NULL;
}

static int take_say(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_desk_say *ask = (const void *)head;
	const struct sitting *who = find_seat(ask->seat);
	struct talk *talk = own(who, &ask->chat);
	struct chat_said said = { .head = { .type = CHAT_SAID,
					    .size = sizeof(said),
					    .tag = head->tag },
				  .result = CHAT_OK };
	struct chat_event *event = NULL;

	(void)self, (void)end, (void)fds;
	if (deaf > 0 && deaf--)
		return 0;
	if (refuse > 0) {
		said.result = refuse;
		said.retry_ms = 100;
		refuse = 0;
	} else if (!who) {
		said.result = CHAT_NOT_SIGNED_IN;
	} else if (!talk) {
		said.result = CHAT_NOT_FOUND;
	} else if (talk->row.phase == CHAT_OVER) {
		said.result = CHAT_ENDED;
	} else {
		struct numbering *numbering =
			ask->is_note ? &talk->notes : &talk->said;

		event = find_said(numbering, ask->client_id);
		if (event && strcmp(event->text, ask->text) != 0)
			said.result = CHAT_CONFLICT;
		if (!event) {
			event = add(talk, numbering,
				    ask->is_note ? CHAT_NOTE : CHAT_MESSAGE,
				    CHAT_SIDE_AGENT, ask->text);
			memcpy(event->client_id, ask->client_id,
			       CHAT_TOKEN_SIZE);
		}
		said.seq = event->seq;
		said.at = event->at;
	}
	if (mute > 0)
		mute--;
	else
		post(&said.head);
	if (event)
		tell_all(talk);
	return 0;
}

static int take_next(const struct letter *head, const struct sitting *who,
		     const struct chat_desk_act *ask)
{
	const char *agent = who->person->account->agent;
	struct talk *talk =
		id_is_none(&ask->chat) ? NULL : find_talk(&ask->chat);

	for (size_t i = 0; id_is_none(&ask->chat) && i < talk_count; i++)
		if (talks[i].row.phase == CHAT_WAITING && !talk)
			talk = &talks[i];
	if (!talk || talk->row.phase != CHAT_WAITING)
		return done(head, CHAT_TAKEN, NULL);
	if (load_of(agent) == LOAD_MAX)
		return done(head, CHAT_LOAD, NULL);
	take_over(talk, agent);
	return done(head, CHAT_OK, &talk->row.chat);
}

static void pass_on(struct talk *talk, const struct chat_desk_act *ask)
{
	(void)add(talk, &talk->said, CHAT_PASSED, CHAT_SIDE_AGENT, "");
	if (ask->word[0]) {
		take_over(talk, ask->word);
		return;
	}
	(void)add(talk, &talk->said, CHAT_QUEUED, CHAT_SIDE_SYSTEM, "");
	talk->row.phase = CHAT_WAITING;
	talk->row.agent[0] = talk->row.agent_name[0] = '\0';
	memcpy(talk->row.queue, ask->queue, sizeof(talk->row.queue));
	tell_all(talk);
}

static int act_on(const struct letter *head, struct talk *talk,
		  const struct chat_desk_act *ask)
{
	if (talk->row.phase == CHAT_OVER)
		return done(head, CHAT_ENDED, NULL);
	switch (ask->act) {
	case CHAT_DO_END:
		end_talk(talk, CHAT_SIDE_AGENT, (uint32_t)ask->value);
		break;
	case CHAT_DO_STAY:
		talk->row.closes_in_s = 0;
		tell_all(talk);
		break;
	case CHAT_DO_SEEN:
		talk->row.agent_seen = ask->value;
		tell_all(talk);
		break;
	case CHAT_DO_PASS:
		if (ask->word[0] &&
		    presence[agent_number(ask->word)] == CHAT_ABSENT)
			return done(head, CHAT_AWAY, NULL);
		pass_on(talk, ask);
		break;
	case CHAT_DO_TYPING:
		break;
	default:
		return done(head, CHAT_INVALID, NULL);
	}
	return done(head, CHAT_OK, &talk->row.chat);
}

static int take_act(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_desk_act *ask = (const void *)head;
	const struct sitting *who = find_seat(ask->seat);
	struct talk *talk = own(who, &ask->chat);

	(void)self, (void)end, (void)fds;
	if (!who)
		return done(head, CHAT_NOT_SIGNED_IN, NULL);
	if (ask->act == CHAT_DO_TAKE)
		return take_next(head, who, ask);
	if (ask->act == CHAT_DO_PRESENCE) {
		presence[agent_number(who->person->account->agent)] =
			(uint32_t)ask->value;
		for (size_t i = 0; i < SITTING_MAX; i++)
			for (uint32_t n = 1; sitting[i].person && n <= 2; n++)
				tell_colleague(n, &sitting[i], 0);
		return done(head, CHAT_OK, NULL);
	}
	return talk ? act_on(head, talk, ask)
		    : done(head, CHAT_NOT_FOUND, NULL);
}

static int take_fetch(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct chat_desk_fetch *ask = (const void *)head;
	const struct sitting *who = find_seat(ask->seat);
	struct talk *talk = own(who, &ask->chat);
	struct numbering *numbering;
	uint64_t count = 0;

	(void)self, (void)end, (void)fds;
	if (!talk)
		return done(head, who ? CHAT_NOT_FOUND : CHAT_NOT_SIGNED_IN,
			    NULL);
	numbering = ask->notes ? &talk->notes : &talk->said;
	for (uint64_t i = ask->after; i < numbering->count; i++) {
		struct chat_event event = *numbering->event[i];

		if (ask->most && count++ == ask->most)
			break;
		event.head.tag = head->tag;
		post(&event.head);
	}
	return done(head, CHAT_OK, &talk->row.chat);
}

static const struct line_rule rules[] = {
	{ CHAT_SEAT, sizeof(struct chat_seat), take_seat },
	{ CHAT_UNSEAT, sizeof(struct chat_desk_act), take_unseat },
	{ CHAT_BOARD, sizeof(struct chat_desk_act), take_board },
	{ CHAT_DESK_SAY, sizeof(struct chat_desk_say), take_say },
	{ CHAT_DESK_ACT, sizeof(struct chat_desk_act), take_act },
	{ CHAT_DESK_FETCH, sizeof(struct chat_desk_fetch), take_fetch },
};

int fake_chat_serve(int end)
{
	return line_serve(end, rules, COUNT(rules), NULL);
}

void fake_chat_line(int end)
{
	line = end;
	memset(sitting, 0, sizeof(sitting));
}

static void come(const char *nick, const char *language, const char *queue)
{
	struct talk *talk = &talks[talk_count];

	if (talk_count == TALKS_MAX)
		exit(1);
	talk_count++;
	*talk = (struct talk){ .row = { .phase = CHAT_WAITING,
					.visitor_present = 1,
					.epoch = 0x1234567890abcdefULL } };
	talk->row.chat = id_new();
	talk->row.opened_at = talk->row.waits_since = clock_now(&clock_system);
	snprintf(talk->row.nickname, sizeof(talk->row.nickname), "%.63s", nick);
	snprintf(talk->row.language, sizeof(talk->row.language), "%s",
		 language);
	snprintf(talk->row.queue, sizeof(talk->row.queue), "%s", queue);
	(void)add(talk, &talk->said, CHAT_QUEUED, CHAT_SIDE_SYSTEM, "");
	tell_all(talk);
}

static void number_anew(struct talk *talk)
{
	talk->row.epoch++;
	for (uint64_t i = 0; i < talk->said.count; i++)
		talk->said.event[i]->epoch = talk->row.epoch;
	for (uint64_t i = 0; i < talk->notes.count; i++)
		talk->notes.event[i]->epoch = talk->row.epoch;
	tell_all(talk);
}

static void clear(void)
{
	for (size_t i = 0; i < talk_count; i++)
		if (talks[i].row.phase != CHAT_OVER)
			end_talk(&talks[i], CHAT_SIDE_SYSTEM,
				 CHAT_REASON_OTHER);
	talk_count = 0;
	mute = deaf = refuse = 0;
	presence[1] = presence[2] = CHAT_AVAILABLE;
}

/* Hexadecimal to a C string. */
static void unhex(const char *hex, char out[CHAT_TEXT_SIZE])
{
	size_t size = strlen(hex) / 2;

	memset(out, 0, CHAT_TEXT_SIZE);
	if (size >= CHAT_TEXT_SIZE || hex_read(slice_of(hex), out, size) < 0)
		exit(1);
}

static bool obey_about(struct talk *talk, const char *what, const char *value)
{
	uint32_t number = (uint32_t)strtoul(value, NULL, 10);
	char text[CHAT_TEXT_SIZE];

	if (!strcmp(what, "say")) {
		unhex(value, text);
		(void)add(talk, &talk->said, CHAT_MESSAGE, CHAT_SIDE_VISITOR,
			  text);
	} else if (!strcmp(what, "typing")) {
		talk->row.visitor_typing = number;
	} else if (!strcmp(what, "present")) {
		talk->row.visitor_present = number;
	} else if (!strcmp(what, "seen")) {
		talk->row.visitor_seen = number;
	} else if (!strcmp(what, "closes")) {
		talk->row.closes_in_s = number;
	} else if (!strcmp(what, "end")) {
		end_talk(talk, CHAT_SIDE_VISITOR, CHAT_REASON_VISITOR);
		return true;
	} else if (!strcmp(what, "steal")) {
		take_over(talk, "agent-2");
		return true;
	} else if (!strcmp(what, "epoch")) {
		number_anew(talk);
		return true;
	} else {
		return false;
	}
	tell_all(talk);
	return true;
}

bool fake_chat_obey(char *words)
{
	static char text[CHAT_TEXT_SIZE];
	char *rest = NULL;
	const char *what = strtok_r(words, " \n", &rest);
	const char *first = strtok_r(NULL, " \n", &rest);
	const char *second = strtok_r(NULL, " \n", &rest);
	const char *third = strtok_r(NULL, " \n", &rest);
	unsigned long number;

	if (!what)
		return false;
	if (!strcmp(what, "clear")) {
		clear();
		return true;
	}
	if (!first)
		return false;
	if (!strcmp(what, "open") && second && third) {
		unhex(strcmp(first, "-") != 0 ? first : "", text);
		come(text, second, third);
		return true;
	}
	number = strtoul(first, NULL, 10);
	if (!strcmp(what, "mute"))
		mute = (int)number;
	else if (!strcmp(what, "deaf"))
		deaf = (int)number;
	else if (!strcmp(what, "refuse"))
		refuse = (int)number;
	else
		return number < talk_count &&
		       obey_about(&talks[number], what, second ? second : "");
	return true;
}
