/* SPDX-License-Identifier: EUPL-1.2 */
/* Stored chats of the fake register. The newest is a fixture, the one before
   holds every string of naughty.txt, the others show what else there is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "chat/chat.h"
#include "fake_people.h"
#include "fake_stored.h"

enum { CHATS = 26, NAUGHTY_SIZE_MAX = 1 << 18 };

/* A document of all hostile strings; each line of the file is one in JSON. */
static char *hostile(int fixtures, size_t *ret_size)
{
	OWNED(drop_fd)
	int fd = openat(fixtures, "../naughty.txt", O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *lines = NULL;
	char *rest, *out = NULL;
	size_t size;
	unsigned int n = 0;
	FILE *file;

	if (fd < 0 || file_read(fd, NAUGHTY_SIZE_MAX, &lines, &size) < 0)
		exit(1);
	file = open_memstream(&out, ret_size);
	if (!file)
		exit(1);
	fprintf(file, "{\"format\":\"tallenne.chat.1\",\"language\":\"fi\","
		      "\"end_reason\":\"solved\",\"events\":[");
	for (char *line = strtok_r(lines, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		fprintf(file,
			"%s{\"n\":%u,\"at\":\"2026-11-23T10:00:00.000Z\","
			"\"kind\":\"message\",\"from\":\"visitor\","
			"\"name\":%s,\"text\":%s}",
			n ? "," : "", n + 1, line, line);
		n++;
	}
	fprintf(file, "],\"notes\":[{\"n\":1,\"name\":\"<i>\",\"text\":"
		      "\"<script>alert(1)</script>\"}]}");
	if (fclose(file) != 0)
		exit(1);
	return out;
}

static char *content_of(int fixtures, int i, size_t *ret_size)
{
	OWNED(drop_fd) int fd = -1;
	char *bytes;

	if (i == CHATS - 1)
		return hostile(fixtures, ret_size);
	fd = openat(fixtures, "chat.json", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, NAUGHTY_SIZE_MAX, &bytes, ret_size) < 0)
		exit(1);
	return bytes;
}

static size_t size_of(int fixtures, int i)
{
	size_t size;
	char *bytes = content_of(fixtures, i, &size);

	free(bytes);
	return size;
}

/* Chat number 500 + i, i from 1. */
static void fill_row(int fixtures, int i, struct desk_chat_row *row)
{
	int64_t at = 1795430000 - (CHATS - i) * (int64_t)7200;

	*row = (struct desk_chat_row){
		.number = (uint64_t)(500 + i),
		.started_at = at,
		.answered_at = at + 40,
		.ended_at = at + 190 + i * 3,
		.size = size_of(fixtures, i),
		.state = REGISTER_STATE_ENDED,
		.flags = i == CHATS ? CHAT_FLAG_MASKED : 0,
		.end_reason = CHAT_REASON_SOLVED,
		.chat_end = 20281123,
		.contact_end = 20271123,
		.language = "fi",
		.queue = "asiakaspalvelu",
		.agent = "agent-1",
		.agent_name = "Agent 1",
	};
	memset(&row->chat, i, sizeof(row->chat));
	memset(&row->content, 100 + i, sizeof(row->content));
	if (i % 3 == 0)
		snprintf(row->language, sizeof(row->language), "sv");
	if (i % 4 == 0)
		snprintf(row->queue, sizeof(row->queue), "yritysneuvonta");
	if (i == CHATS - 2)
		row->content_state = DESK_GONE, row->chat_end = 0;
	if (i == CHATS - 3)
		row->content_state = DESK_RESTRICTED;
	if (i == CHATS - 4) {
		row->state = REGISTER_STATE_ANSWERED;
		row->ended_at = 0, row->end_reason = 0;
		row->content_state = DESK_NOT_FOUND, row->chat_end = 0;
	}
	if (i == CHATS - 5) {
		row->state = REGISTER_STATE_UNANSWERED;
		row->answered_at = 0, row->agent[0] = 0, row->agent_name[0] = 0;
		row->end_reason = CHAT_REASON_LEFT;
		row->content_state = DESK_NOT_FOUND, row->chat_end = 0;
	}
	if (i == CHATS - 6)
		row->contact_end = 0, row->ended_at = 0, row->end_reason = 0;
}

int fake_take_chats(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct desk_chats *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	const struct fake *fake = self;
	struct desk_chat_rows rows = { .head = { .type = DESK_CHAT_ROWS,
						 .size = sizeof(rows),
						 .tag = head->tag },
				       .result = person ? DESK_OK
							: DESK_NOT_SIGNED_IN };

	(void)fds;
	for (int i = CHATS; person && i > 0; i--) {
		struct desk_chat_row row;

		fill_row(fake->fixtures, i, &row);
		if ((ask->before && row.number >= ask->before) ||
		    (ask->from && row.started_at < ask->from) ||
		    (ask->until && row.started_at >= ask->until) ||
		    (ask->queue[0] && strcmp(ask->queue, row.queue) != 0) ||
		    (ask->language[0] &&
		     strcmp(ask->language, row.language) != 0) ||
		    (ask->agent[0] && strcmp(ask->agent, row.agent) != 0) ||
		    (!ask->with_empty && i == CHATS - 5))
			continue;
		if (rows.count == ask->limit) {
			rows.next = rows.row[rows.count - 1].number;
			break;
		}
		rows.row[rows.count++] = row;
	}
	return line_post(end, &rows.head, NULL, true);
}

int fake_take_chat(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	const struct desk_about *ask = (const void *)head;
	const struct person *person = fake_person_of(ask->token);
	const struct fake *fake = self;
	struct desk_chat_whole whole = {
		.head = { .type = DESK_CHAT_WHOLE,
			  .size = sizeof(whole),
			  .tag = head->tag },
		.result = DESK_NOT_FOUND,
		.policy_hash = 0x0a1b2c3d,
		.policy_id = "prh-asiakaspalvelu",
		.policy_version = "2018-05-25",
	};
	int i = ask->contact.byte[0];

	(void)fds;
	if (!person) {
		whole.result = DESK_NOT_SIGNED_IN;
	} else if (i == 200) {
		whole.result = DESK_GONE;
	} else if (i > 0 && i <= CHATS && ask->contact.byte[15] == i) {
		whole.result = DESK_OK;
		fill_row(fake->fixtures, i, &whole.row);
	}
	return line_post(end, &whole.head, NULL, true);
}

uint64_t fake_chat_play(const struct fake *fake, const struct desk_play *ask,
			int pipe)
{
	size_t size, have = 0;
	char *bytes =
		content_of(fake->fixtures, ask->call.byte[0] - 100, &size);

	/* Like the vault: another process writes, and may be cut off. */
	if (fork() == 0) {
		while (have < size) {
			ssize_t r = write(pipe, bytes + have, size - have);

			if (r <= 0)
				break;
			have += (size_t)r;
		}
		_exit(0);
	}
	free(bytes);
	return size;
}
