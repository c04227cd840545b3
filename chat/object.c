/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/object.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"

static const char *const kinds[] = {
	[CHAT_MESSAGE] = "message",  [CHAT_JOINED] = "joined",
	[CHAT_PASSED] = "passed",    [CHAT_QUEUED] = "queued",
	[CHAT_CLOSED_BY] = "closed",
};

static const char *const sides[] = {
	[CHAT_SIDE_VISITOR] = "visitor",
	[CHAT_SIDE_AGENT] = "agent",
	[CHAT_SIDE_SYSTEM] = "system",
};

static const char *const end_words[] = {
	[CHAT_REASON_VISITOR] = "visitor",
	[CHAT_REASON_SOLVED] = "solved",
	[CHAT_REASON_ADVISED] = "advised",
	[CHAT_REASON_NO_ANSWER] = "no-answer",
	[CHAT_REASON_MISUSE] = "misuse",
	[CHAT_REASON_OTHER] = "other",
	[CHAT_REASON_LEFT] = "left",
	[CHAT_REASON_IDLE] = "idle",
	[CHAT_REASON_HOURS] = "hours",
	[CHAT_REASON_LOST] = "lost",
	[CHAT_REASON_FULL] = "full",
};

static json_t *time_of(nanoseconds instant)
{
	char text[CLOCK_TEXT_SIZE];

	if (instant == 0)
		return json_null();
	clock_text(instant, text);
	return json_string(text);
}

static json_t *event_of(const struct event *event, uint32_t number,
			bool is_note)
{
	json_t *out = json_pack("{s:i, s:o}", "n", (int)number, "at",
				time_of(event->at));
	int r = out ? 0 : -1;

	if (r == 0 && !is_note)
		r = json_object_set_new(out, "kind",
					json_string(kinds[event->kind]));
	if (r == 0 && !is_note)
		r = json_object_set_new(out, "from",
					json_string(sides[event->side]));
	if (r == 0 && event->name[0] != '\0')
		r = json_object_set_new(out, "name", json_string(event->name));
	if (r == 0 && event->size > 0)
		r = json_object_set_new(out, "text",
					json_stringn(event->text, event->size));
	if (r == 0 && event->flags & CHAT_FLAG_MASKED)
		r = json_object_set_new(out, "masked", json_true());
	if (r == 0 && event->queue[0] != '\0')
		r = json_object_set_new(out, "queue",
					json_string(event->queue));
	if (r == 0)
		return out;
	json_decref(out);
	return NULL;
}

static json_t *row_of(const struct events *events, bool is_note)
{
	json_t *row = json_array();

	for (uint32_t i = 0; row && i < events->count; i++)
		if (json_array_append_new(row, event_of(events->event[i], i + 1,
							is_note)) < 0) {
			json_decref(row);
			return NULL;
		}
	return row;
}

static json_t *names_of(const struct events *events)
{
	json_t *names = json_array();

	for (uint32_t i = 0; names && i < events->count; i++) {
		const char *name = events->event[i]->name;
		bool is_there = events->event[i]->kind != CHAT_JOINED;

		for (size_t k = 0; !is_there && k < json_array_size(names); k++)
			is_there = !strcmp(
				name,
				json_string_value(json_array_get(names, k)));
		if (!is_there &&
		    json_array_append_new(names, json_string(name)) < 0) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

/* By whom it was ended; the last event says so. */
static uint32_t side_of(const struct events *events)
{
	const struct event *last =
		events->count > 0 ? events->event[events->count - 1] : NULL;

	return last && last->kind == CHAT_CLOSED_BY ? last->side
						    : CHAT_SIDE_SYSTEM;
}

static json_t *document_of(const struct conversation *conversation)
{
	const struct conversation_birth *birth = &conversation->birth;
	const struct standing *standing = &conversation->standing;
	uint32_t flags = conversation_flags(conversation);
	char chat[ID_TEXT_SIZE], notice[16];

	id_text(&birth->id, chat);
	snprintf(notice, sizeof(notice), "%08x", birth->policy);
	/* "o" with NULL makes all of it NULL. */
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:s,"
		" s:b, s:b, s:o, s:o}",
		"format", "tallenne.chat.1", "chat", chat, "start",
		time_of(birth->opened_at), "answered",
		time_of(standing->answered_at), "end",
		time_of(standing->ended_at), "language", birth->language,
		"queue", standing->queue, "nickname", birth->nickname, "agents",
		names_of(&conversation->events), "end_by",
		sides[side_of(&conversation->events)], "end_reason",
		end_words[standing->reason], "notice", notice, "masked",
		(flags & CHAT_FLAG_MASKED) != 0, "recovered",
		(flags & CHAT_FLAG_RECOVERED) != 0, "events",
		row_of(&conversation->events, false), "notes",
		row_of(&conversation->notes, true));
}

int object_text(const struct conversation *conversation, char **ret_text,
		size_t *ret_size)
{
	json_t *document;
	char *text;

	assert(conversation->standing.phase == CHAT_OVER);
	document = document_of(conversation);
	text = document ? json_dumps(document, JSON_COMPACT) : NULL;
	json_decref(document);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	*ret_size = strlen(text);
	return 0;
}

int object_seal(const struct conversation *conversation,
		const struct seal_keyset *set, const struct seal_end *end,
		const uint8_t node[32], struct seal_object *ret_about)
{
	OWNED(drop_fd) int fd = -1;
	struct seal_object about = {
		.object = id_new(),
		.contact = conversation->birth.id,
		.kind = SEAL_KIND_CHAT,
	};
	char *text;
	size_t size;
	int r = object_text(conversation, &text, &size);

	if (r < 0)
		return r;
	fd = memfd_create("chat", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	r = fd < 0 ? -errno
		   : seal_write(fd, set, end, node, &about, text, size);
	explicit_bzero(text, size);
	free(text);
	if (r == 0 &&
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		r = -errno;
	if (r < 0)
		return r;
	*ret_about = about;
	return GIVE_FD(fd);
}
