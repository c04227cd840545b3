/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "cli/prove.h"
#include "cli/text.h"
#include "cli/web.h"

enum { ANSWER_MAX = 4 << 20 };

static int hear(int fd, struct text *answer)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0 &&
	       answer->size < ANSWER_MAX)
		text_put(answer, (struct slice){ bytes, (size_t)n });
	if (n < 0)
		return -errno;
	return answer->failed ? -ENOMEM : 0;
}

static int understand(const struct text *answer, struct prove_answer *ret)
{
	struct slice rest, line = { answer->at, answer->size };
	const char *body =
		answer->size > 0 ? strstr(answer->at, "\r\n\r\n") : NULL;
	uint64_t status;

	if (!body)
		return -EPROTO;
	line = slice_cut(line, '\n', &rest);
	if (!slice_starts_nocase(line, SLICE("HTTP/1.")) ||
	    slice_number((struct slice){ line.at + 9, 3 }, 599, &status) < 0)
		return -EPROTO;
	ret->status = (int)status;
	while (rest.size > 0 && rest.at < body) {
		line = slice_cut(rest, '\n', &rest);
		ret->sets_cookie |=
			slice_starts_nocase(line, SLICE("Set-Cookie:"));
	}
	ret->body = strdup(body + 4);
	return ret->body ? 0 : -ENOMEM;
}

int prove_get(const char *address, const char *path,
	      struct prove_answer *ret_answer)
{
	OWNED(drop_fd) int fd = web_go(address);
	OWNED(text_drop) struct text answer = { 0 };
	char request[512];
	int size, r;

	*ret_answer = (struct prove_answer){ .body = NULL };
	if (fd < 0)
		return fd;
	/* Its answer ends with the connection. */
	size = snprintf(request, sizeof(request),
			"GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, address);
	if (size < 0 || (size_t)size >= sizeof(request))
		return -EMSGSIZE;
	if (send(fd, request, (size_t)size, MSG_NOSIGNAL) != size)
		return -EIO;
	r = hear(fd, &answer);
	return r < 0 ? r : understand(&answer, ret_answer);
}

int prove_get_notice(const char *address, json_t **ret_notice)
{
	struct prove_answer answer;
	int r = prove_get(address, "/notice.json", &answer);

	*ret_notice = NULL;
	if (r == 0 && answer.status == 200)
		*ret_notice = json_loads(answer.body, 0, NULL);
	free(answer.body);
	if (r == 0 && !*ret_notice)
		r = -EBADMSG;
	return r;
}

static bool speaks_of(const json_t *clause, const char *sentence)
{
	const json_t *text = json_object_get(clause, "text");
	const json_t *one;
	size_t i;

	if (!json_string_value(json_object_get(text, "fi")) ||
	    !json_string_value(json_object_get(text, "sv")))
		return false;
	json_array_foreach(json_object_get(clause, "sentences"), i,
			   one) if (!strcmp(json_string_value(one)
						    ? json_string_value(one)
						    : "",
					    sentence)) return true;
	return false;
}

size_t prove_clauses(const json_t *notice, const char *sentence)
{
	const json_t *section, *clause;
	size_t i, j, count = 0;

	json_array_foreach(json_object_get(notice, "sections"), i, section)
		json_array_foreach(json_object_get(section, "clauses"), j,
				   clause) count += speaks_of(clause, sentence);
	return count;
}
