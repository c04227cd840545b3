/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/demo/visitor.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/web.h"

enum {
	ANSWER_MAX = 64 << 10,
	EVENT_MAX = 32 << 10,
	TYPING_MS = 3000,
	AGAIN_MS = 1000, /* after a failure */
	RANDOM_SIZE = 16,
	RANDOM_TEXT = 32,
};

static const char *const lines[] = {
	"Hei! Haluaisin tietää, missä vaiheessa hakemukseni käsittely on.",
	"Jätin sen kolme viikkoa sitten, enkä ole kuullut mitään.",
	"Selvä. Ilmoitetaanko päätöksestä sähköpostilla?",
	"Kiitos avusta, muuta en tarvitse.",
};

/* Send a request; its answer ends with the connection (HTTP/1.0). */
static int ask(const struct visitor *visitor, const char *method,
	       const char *path, struct slice body, int *ret_fd)
{
	OWNED(drop_fd) int fd = web_go(visitor->address);
	OWNED(text_drop) struct text request = { 0 };
	struct slice rest;

	if (fd < 0)
		return fd;
	text_add(&request,
		 "%s %s HTTP/1.0\r\nHost: %s\r\nOrigin: http://%s\r\n", method,
		 path, visitor->address, visitor->address);
	if (visitor->token[0])
		text_add(&request, "Authorization: Bearer %s\r\n",
			 visitor->token);
	if (body.size > 0)
		text_add(&request,
			 "Content-Type: application/json\r\n"
			 "Content-Length: %zu\r\n",
			 body.size);
	text_add(&request, "\r\n");
	text_put(&request, body);
	if (request.failed)
		return -ENOMEM;
	rest = text_slice(&request);
	while (rest.size > 0) {
		ssize_t n = send(fd, rest.at, rest.size, MSG_NOSIGNAL);

		if (n < 0)
			return -errno;
		rest = slice_from(rest, (size_t)n);
	}
	*ret_fd = GIVE_FD(fd);
	return 0;
}

/* The JSON of an answer. */
static int hear_answer(int fd, json_t **ret_answer)
{
	OWNED(text_drop) struct text answer = { 0 };
	const char *body;
	char bytes[4096];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0 &&
	       answer.size < ANSWER_MAX)
		text_put(&answer, (struct slice){ bytes, (size_t)n });
	if (n < 0)
		return -errno;
	if (answer.failed || answer.size == 0)
		return -EPROTO;
	body = strstr(answer.at, "\r\n\r\n");
	*ret_answer = body ? json_loads(body + 4, 0, NULL) : NULL;
	return *ret_answer ? 0 : -EPROTO;
}

static int ask_for(const struct visitor *visitor, const char *path,
		   json_t *message, json_t **ret_answer)
{
	OWNED(drop_memory)
	char *body = message ? json_dumps(message, JSON_COMPACT) : NULL;
	OWNED(drop_fd) int fd = -1;
	int r;

	json_decref(message);
	r = ask(visitor, body ? "POST" : "GET", path,
		body ? slice_of(body) : (struct slice){ 0 }, &fd);
	return r < 0 ? r : hear_answer(fd, ret_answer);
}

static void random_text(char text[RANDOM_TEXT])
{
	uint8_t bytes[RANDOM_SIZE];

	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2base64(text, RANDOM_TEXT, bytes, sizeof(bytes),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static int say_line(struct visitor *visitor, const char *line)
{
	char id[RANDOM_TEXT];
	json_t *answer = NULL;
	const char *kind;
	int r;

	random_text(id);
	r = ask_for(
		visitor, "/chat/v1/say",
		json_pack("{s:s,s:s,s:s}", "t", "say", "id", id, "text", line),
		&answer);
	if (r < 0)
		return r;
	kind = json_string_value(json_object_get(answer, "t"));
	r = kind && !strcmp(kind, "ack") ? 0 : -EPROTO;
	json_decref(answer);
	return r;
}

/* Say something of which only the saying matters. */
static void tell(const struct visitor *visitor, const char *path,
		 json_t *message)
{
	json_t *answer = NULL;

	if (ask_for(visitor, path, message, &answer) == 0)
		json_decref(answer);
}

static int follow(struct visitor *visitor)
{
	char path[64];

	drop_fd(&visitor->events);
	text_clear(&visitor->line);
	(void)snprintf(path, sizeof(path), "/chat/v1/events?after=%llu",
		       (unsigned long long)visitor->last);
	return ask(visitor, "GET", path, (struct slice){ 0 }, &visitor->events);
}

int visitor_come(struct visitor *visitor, const char *address)
{
	char key[RANDOM_TEXT];
	json_t *hours = NULL, *opened = NULL;
	const char *notice, *token;
	int r;

	*visitor = (struct visitor){ .events = -1 };
	(void)snprintf(visitor->address, sizeof(visitor->address), "%s",
		       address);
	/* Which notice the visitor has read. */
	r = ask_for(visitor, "/chat/hours?lang=fi", NULL, &hours);
	if (r < 0)
		return r;
	notice = json_string_value(json_object_get(hours, "notice"));
	random_text(key);
	r = ask_for(visitor, "/chat/v1/open",
		    json_pack("{s:s,s:s,s:s,s:s,s:s}", "t", "open", "key", key,
			      "lang", "fi", "nick", "Hakija", "notice",
			      notice ? notice : ""),
		    &opened);
	json_decref(hours);
	if (r < 0)
		return r;
	token = json_string_value(json_object_get(opened, "token"));
	(void)snprintf(visitor->token, sizeof(visitor->token), "%s",
		       token ? token : "");
	json_decref(opened);
	if (!visitor->token[0])
		return -EPROTO;
	r = say_line(visitor, lines[visitor->said++]);
	return r < 0 ? r : follow(visitor);
}

/* An agent has written: read it, and think about an answer. */
static void heed(struct visitor *visitor)
{
	tell(visitor, "/chat/v1/seen",
	     json_pack("{s:s,s:I}", "t", "seen", "n",
		       (json_int_t)visitor->last));
	if (visitor->said == COUNT(lines) || visitor->due)
		return;
	visitor->due = clock_monotonic() + TYPING_MS * NS_PER_MS;
	tell(visitor, "/chat/v1/typing",
	     json_pack("{s:s,s:b}", "t", "typing", "on", 1));
}

static void hear_event(struct visitor *visitor, const char *text)
{
	json_t *event = json_loads(text, 0, NULL);
	const char *kind = json_string_value(json_object_get(event, "kind"));
	const char *from = json_string_value(json_object_get(event, "from"));
	json_int_t number = json_integer_value(json_object_get(event, "n"));

	/* Without a kind it is no event. */
	if (kind && from && number > 0 && (uint64_t)number > visitor->last) {
		visitor->last = (uint64_t)number;
		visitor->is_over |= !strcmp(kind, "closed");
		if (!strcmp(kind, "message") && !strcmp(from, "agent"))
			heed(visitor);
	}
	json_decref(event);
}

/* Whole lines; what is not "data: ..." says nothing to us. */
static void hear_bytes(struct visitor *visitor, struct slice bytes)
{
	while (bytes.size > 0) {
		size_t size = slice_find(bytes, '\n');
		bool is_whole = size < bytes.size;

		text_put(&visitor->line, (struct slice){ bytes.at, size });
		bytes = slice_from(bytes, size + 1);
		if (!is_whole)
			break;
		if (visitor->line.size > 6 &&
		    !strncmp(visitor->line.at, "data: ", 6))
			hear_event(visitor, visitor->line.at + 6);
		text_clear(&visitor->line);
	}
	if (visitor->line.size > EVENT_MAX)
		text_clear(&visitor->line);
}

static void hear(struct visitor *visitor)
{
	char bytes[4096];
	ssize_t n = recv(visitor->events, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		hear_bytes(visitor, (struct slice){ bytes, (size_t)n });
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop_fd(&visitor->events);
}

void visitor_stay(struct visitor *visitor)
{
	nanoseconds now = clock_monotonic();

	if (!visitor->token[0] || visitor->is_over)
		return;
	if (visitor->events >= 0) {
		hear(visitor);
	} else if (now >= visitor->again) {
		/* The pages end a stream now and then. */
		visitor->again = now + AGAIN_MS * NS_PER_MS;
		(void)!follow(visitor);
	}
	if (visitor->due == 0 || now < visitor->due)
		return;
	visitor->due = now + AGAIN_MS * NS_PER_MS;
	if (say_line(visitor, lines[visitor->said]) < 0)
		return;
	visitor->said++;
	visitor->due = 0;
}

void visitor_leave(struct visitor *visitor)
{
	drop_fd(&visitor->events);
	text_drop(&visitor->line);
	explicit_bzero(visitor->token, sizeof(visitor->token));
}
