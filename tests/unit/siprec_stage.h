/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file siprec_stage.h
 * A recorder alone on a stage: messages go in as bytes, answers, letters
 * to media and rows for the register come out. Time stands still until a
 * test moves it. Link siprec and seal_open.
 */
#ifndef TALLENNE_TESTS_SIPREC_STAGE_H
#define TALLENNE_TESTS_SIPREC_STAGE_H

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "siprec/attic.h"
#include "tests/unit/seal_world.h"

enum { STAGE_SENT_MAX = 64, STAGE_SENT_SIZE = 8192, STAGE_LETTERS_MAX = 128 };

#define STAGE_BEGAN ((nanoseconds)1795462961 * NS_PER_S) /* 2026-11-23 */

union stage_letter {
	struct letter head;
	struct media_open open;
	struct media_mark mark;
	struct media_close close;
	struct register_contact contact;
	struct register_last last;
};

struct stage {
	struct recorder recorder;
	struct clock clock;
	struct wire wire;
	struct flow flow; /* of the client */
	struct seal_world world;
	int media, registry; /* our ends */
	int journal, attic;  /* survive a restart */
	bool media_is_slow;  /* media does not answer */
	bool media_is_full;  /* media has no ports */
	bool media_is_deaf;  /* media hears no packet */
	bool media_forgot;   /* media does not know the call */
	uint16_t media_port; /* its first port, 0: 20000 */
	uint64_t highest;
	char sent[STAGE_SENT_MAX][STAGE_SENT_SIZE];
	int sent_count;
	union stage_letter letters[STAGE_LETTERS_MAX]; /* from the room */
	int heard_at[STAGE_LETTERS_MAX];	       /* by which end */
	int letter_count;
	char tag[64]; /* our tag in the latest 200 */
};

static inline int stage_send(void *self, const struct flow *flow,
			     struct slice bytes)
{
	struct stage *stage = self;

	(void)flow;
	if (bytes.size >= STAGE_SENT_SIZE)
		bytes.size = STAGE_SENT_SIZE - 1;
	if (stage->sent_count == STAGE_SENT_MAX)
		stage->sent_count = 0;
	memcpy(stage->sent[stage->sent_count], bytes.at, bytes.size);
	stage->sent[stage->sent_count++][bytes.size] = '\0';
	return 0;
}

static inline struct policy *stage_policy(const char *path)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	struct policy *policy = NULL;
	struct civil_zone *zone;
	char *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	assert(r == 0);
	close(fd);
	r = policy_read((struct slice){ text, size }, faults, &count, &policy);
	assert(r == 0);
	free(text);
	r = civil_zone_load(policy_zone_name(policy), &zone);
	assert(r == 0);
	policy_set_zone(policy, zone);
	return policy;
}

static inline void stage_settings(struct recorder *recorder)
{
	static const char text[] = "clients.0.name\tsbc\n"
				   "clients.0.address\t192.0.2.0/24\n"
				   "clients.0.calls_max\t8\n"
				   "agents.0.id\tagent-1\n"
				   "agents.0.name\tAgent 1\n"
				   "agents.0.number\t+358295550151\n"
				   "agents.0.sip\tagent1\n"
				   "agents.1.id\tagent-2\n"
				   "agents.1.name\tAgent 2\n"
				   "agents.1.number\t+358295550152\n"
				   "agents.1.sip\tagent2\n"
				   "agents.2.id\tagent-1\n"
				   "agents.2.name\tAgent 1\n"
				   "agents.2.sip\t2001\n"
				   "agents.3.id\tagent-1\n"
				   "agents.3.name\tAgent 1\n"
				   "agents.3.sip\tkc7example\n"
				   "agents.4.id\tagent-2\n"
				   "agents.4.name\tAgent 2\n"
				   "agents.4.sip\t2002\n";
	struct settings *settings;
	struct client_fault fault;
	int which, r = settings_of(text, &settings);

	assert(r == 0);
	r = clients_read(settings, &recorder->clients, &fault);
	assert(r == 0);
	r = roster_read(settings, &number_plan_default, &recorder->roster,
			&which);
	assert(r == 0);
	settings_free(settings);
}

static inline int stage_line(int *ours)
{
	int ends[2], r = line_open(ends);

	assert(r == 0);
	r = fcntl(ends[0], F_SETFL, O_NONBLOCK);
	assert(r == 0);
	r = fcntl(ends[1], F_SETFL, O_NONBLOCK);
	assert(r == 0);
	*ours = ends[0];
	return ends[1];
}

/* New lines to media and the register, as after their restart. */
static inline void stage_lines(struct stage *stage)
{
	if (stage->media > 0)
		close(stage->media);
	if (stage->registry > 0)
		close(stage->registry);
	media_line(&stage->recorder, 0, stage_line(&stage->media));
	register_line(&stage->recorder, stage_line(&stage->registry));
}

/* Begin, or begin again after a crash: journal and attic stay. */
static inline void stage_begin(struct stage *stage, const char *policy)
{
	struct recorder *recorder = &stage->recorder;
	int r;

	memset(recorder, 0, sizeof(*recorder));
	recorder->clock = &stage->clock;
	recorder->wire = &stage->wire;
	recorder->now_ms = 1000000;
	recorder->expires_s = 1800;
	recorder->probe_s = 8;
	recorder->call_hours_max = 24;
	tally_init(&recorder->tally);
	stage_settings(recorder);
	memcpy(recorder->address, "192.0.2.10", 11);
	memcpy(recorder->media_address, "192.0.2.50", 11);
	for (int kind = FLOW_UDP; kind <= FLOW_TLS; kind++)
		memcpy(recorder->local[kind][0], "sip:recorder@192.0.2.10:5060",
		       29);
	r = recorder_init(recorder);
	assert(r == 0);
	recorder->policy = stage_policy(policy);
	r = seal_keyset_read(stage->world.file, stage->world.file_size,
			     &recorder->keys);
	assert(r == 0);
	r = journal_open(dup(stage->journal), &recorder->journal);
	assert(r == 0);
	r = attic_open(stage->attic, &recorder->attic);
	assert(r == 0);
	(void)attic_restore(recorder);
	stage_lines(stage);
}

static inline struct stage *stage_new(const char *policy)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert(stage);
	stage->world = seal_world_new();
	stage->clock.fixed = STAGE_BEGAN;
	stage->wire = (struct wire){ stage, stage_send };
	stage->flow = (struct flow){ .kind = FLOW_UDP };
	stage->flow.peer.sin6_family = AF_INET6;
	stage->flow.peer.sin6_port = htons(5060);
	memcpy(stage->flow.peer.sin6_addr.s6_addr + 10,
	       "\xff\xff\xc0\x00\x02\x14", 6);
	stage->journal = memfd_create("journal", MFD_CLOEXEC);
	stage->attic = memfd_create("attic", MFD_CLOEXEC);
	stage_begin(stage, policy);
	return stage;
}

static inline void stage_end(struct stage *stage)
{
	struct attic *attic = stage->recorder.attic;

	recorder_done(&stage->recorder);
	attic_close(attic);
	close(stage->media);
	close(stage->registry);
	stage->media = stage->registry = -1;
}

static inline void stage_free(struct stage *stage)
{
	stage_end(stage);
	close(stage->journal);
	close(stage->attic);
	seal_world_free(&stage->world);
	free(stage);
}

static inline void stage_media_says(struct stage *stage,
				    const struct media_open *open)
{
	struct media_opened answer = {
		.head = { .type = MEDIA_OPENED,
			  .size = sizeof(answer),
			  .tag = open->head.tag },
		.call = open->call,
		.result = stage->media_is_full ? -EAGAIN : 0,
	};
	int r;

	if (stage->media_forgot && open->head.type == MEDIA_CHANGE)
		answer.result = -ENOENT;
	if (answer.result == 0 && open->head.type == MEDIA_OPEN)
		stage->media_forgot = false;
	for (uint32_t i = 0; i < open->stream_count; i++)
		if (open->streams[i].state != CALL_STREAM_FREE)
			answer.port[i] =
				open->streams[i].want_port
					? open->streams[i].want_port
					: (uint16_t)((stage->media_port
							      ? stage->media_port
							      : 20000) +
						     2 * i);
	r = line_post(stage->media, &answer.head, NULL, false);
	assert(r == 0 || r == -EPIPE);
}

static inline union stage_letter *stage_take(struct stage *stage, int end)
{
	union stage_letter *letter;

	if (stage->letter_count == STAGE_LETTERS_MAX)
		stage->letter_count = 0;
	letter = &stage->letters[stage->letter_count];
	if (line_take(end, &letter->head, sizeof(*letter), NULL) < 0)
		return NULL;
	stage->heard_at[stage->letter_count++] = end;
	return letter;
}

static inline bool stage_serve_media(struct stage *stage)
{
	union stage_letter *letter = stage_take(stage, stage->media);
	struct media_closed closed = {
		.head = { .type = MEDIA_CLOSED, .size = sizeof(closed) },
		.streams_heard = stage->media_is_deaf ? 0 : 2
	};

	if (!letter)
		return false;
	if (letter->head.type == MEDIA_CLOSE) {
		closed.call = letter->close.call;
		int r = line_post(stage->media, &closed.head, NULL, false);

		assert(r == 0 || r == -EPIPE);
	} else if (letter->head.type != MEDIA_MARK && !stage->media_is_slow) {
		stage_media_says(stage, &letter->open);
	}
	return true;
}

static inline bool stage_serve_register(struct stage *stage)
{
	union stage_letter *letter = stage_take(stage, stage->registry);
	struct register_noted noted = { .head = { .type = REGISTER_NOTED,
						  .size = sizeof(noted) } };
	int r;

	if (!letter)
		return false;
	if (letter->head.type == REGISTER_LAST) {
		letter->last.number = stage->highest;
		r = line_post(stage->registry, &letter->head, NULL, false);
		assert(r == 0 || r == -EPIPE);
		return true;
	}
	if (letter->contact.number > stage->highest)
		stage->highest = letter->contact.number;
	noted.number = letter->contact.number;
	noted.version = letter->contact.version;
	r = line_post(stage->registry, &noted.head, NULL, false);
	assert(r == 0 || r == -EPIPE);
	return true;
}

/* What main.c does when a line has something to say. */
static inline bool stage_hear(struct stage *stage)
{
	struct recorder *recorder = &stage->recorder;
	bool is_busy = false;
	int r = 0;

	while (r == 0 && outbox_is_open(&recorder->media[0].outbox)) {
		r = media_hear(recorder, 0);
		is_busy |= r == 0;
	}
	if (r < 0 && r != -EAGAIN)
		media_lost(recorder, 0);
	r = 0;
	while (r == 0 && outbox_is_open(&recorder->registry)) {
		r = register_hear(recorder);
		is_busy |= r == 0;
	}
	if (r < 0 && r != -EAGAIN)
		register_lost(recorder);
	return is_busy;
}

/* Let everybody speak until all is said. */
static inline void stage_pump(struct stage *stage)
{
	bool is_busy = true;

	for (int turn = 0; is_busy && turn < 64; turn++) {
		is_busy = false;
		recorder_commit(&stage->recorder);
		while (stage_serve_media(stage))
			is_busy = true;
		while (stage_serve_register(stage))
			is_busy = true;
		is_busy |= stage_hear(stage);
	}
}

/* Move the time on, tick by tick where it matters. */
static inline void stage_wait(struct stage *stage, int64_t ms)
{
	int64_t until = stage->recorder.now_ms + ms;

	while (stage->recorder.now_ms < until) {
		int64_t step = until - stage->recorder.now_ms;

		if (step > 500)
			step = 500;
		stage->clock.fixed += step * NS_PER_MS;
		recorder_tick(&stage->recorder, stage->recorder.now_ms + step);
		stage_pump(stage);
	}
}

/*
 * Send a message as the client does. "\n" becomes CRLF, the tag "b2" in To
 * becomes ours, or goes if we have none yet.
 */
static inline void stage_client(struct stage *stage, const char *text)
{
	static char bytes[65536];
	size_t size = 0;

	for (const char *c = text; *c && size < sizeof(bytes) - 128; c++) {
		if (!strncmp(c, ";tag=b2", 7) && !isxdigit(c[7])) {
			if (stage->tag[0] != '\0')
				size += (size_t)snprintf(bytes + size,
							 sizeof(bytes) - size,
							 ";tag=%s", stage->tag);
			c += 6;
			continue;
		}
		if (*c == '\n' && (c == text || c[-1] != '\r'))
			bytes[size++] = '\r';
		bytes[size++] = *c;
	}
	recorder_take(&stage->recorder, &stage->flow,
		      (struct slice){ bytes, size }, stage->clock.fixed);
}

/* The latest message of ours, or "". */
static inline const char *stage_last(const struct stage *stage)
{
	return stage->sent_count > 0 ? stage->sent[stage->sent_count - 1] : "";
}

/* Remember our tag from the latest answer. */
static inline void stage_learn_tag(struct stage *stage)
{
	const char *to = strstr(stage_last(stage), "\r\nTo: ");
	const char *tag = to ? strstr(to, ";tag=") : NULL;

	if (tag)
		(void)sscanf(tag + 5, "%63[0-9a-f]", stage->tag);
}

/* The latest letter of a type to media or the register, or NULL. */
static inline const union stage_letter *stage_find(const struct stage *stage,
						   int end, uint16_t type)
{
	for (int i = stage->letter_count - 1; i >= 0; i--)
		if (stage->letters[i].head.type == type &&
		    stage->heard_at[i] == end)
			return &stage->letters[i];
	return NULL;
}

static inline int stage_count(const struct stage *stage, int end, uint16_t type)
{
	int count = 0;

	for (int i = 0; i < stage->letter_count; i++)
		count += stage->letters[i].head.type == type &&
			 stage->heard_at[i] == end;
	return count;
}

/* The latest row that the register was told. */
static inline const struct register_contact *
stage_row(const struct stage *stage)
{
	const union stage_letter *letter =
		stage_find(stage, stage->registry, REGISTER_CONTACT);

	return letter ? &letter->contact : NULL;
}

#endif
