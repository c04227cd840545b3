/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/room.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "counter/feeds.h"
#include "counter/files.h"
#include "counter/wires.h"

enum {
	PEM_SIZE_MAX = 1 << 18,
	CHECKPOINT_SIZE_MAX = 1024,
	REQUEST_MEMORY = 16 << 10, /* of a request's header */
};

/* Of all networks together, and wrong bearers of one. */
enum {
	ALL_REQUESTS_PER_MINUTE = 60000,
	FAILURES_PER_10_MINUTES = 120,
};

void lobby_init(struct lobby *lobby)
{
	*lobby = (struct lobby){ .line = -1, .ui = -1 };
}

static int take_settings(struct lobby *lobby, int fd)
{
	struct settings *fresh;
	int r = settings_load(fd, &fresh);

	if (r < 0)
		return r;
	settings_free(lobby->settings);
	lobby->settings = fresh;
	return 0;
}

static int take_policy(struct lobby *lobby, int fd)
{
	int r = facts_take(&lobby->facts, fd);

	if (r == 0 || !lobby->facts.policy)
		return r;
	log_warn(
		"policy",
		"the pages tell the policy before this one until a restart: %s",
		strerror(-r));
	return 0;
}

/* One that cannot be read any more is left out; the others are shown. */
static int take_kept(struct lobby *lobby, uint64_t number, int fd)
{
	int r = shelf_take(&lobby->shelf, number, fd);

	if (r < 0)
		log_warn("policy", "an earlier notice is not published: %s",
			 strerror(-r));
	return 0;
}

/* The library has its own copy of both by then. */
static void forget_pem(struct lobby *lobby)
{
	if (lobby->tls_key)
		explicit_bzero(lobby->tls_key, strlen(lobby->tls_key));
	free(lobby->tls_key);
	free(lobby->tls_chain);
	lobby->tls_key = lobby->tls_chain = NULL;
}

static uint32_t number_of(const struct lobby *lobby, const char *key,
			  uint32_t otherwise)
{
	int64_t number = setting_number(lobby->settings, otherwise, "%s", key);

	return number > 0 && number <= 1000 * 1000 ? (uint32_t)number
						   : otherwise;
}

static struct http_settings http_settings_of(const struct lobby *lobby)
{
	const unsigned int most = number_of(lobby, "connections_max", 12000);

	/* A WebSocket leaves the server's hands; a feed stays in them. */
	return (struct http_settings){
		.chain = lobby->tls_chain,
		.key = lobby->tls_key,
		.sockets_max = most,
		.feeds_max = most / 4 + 1,
		.connections_max = most / 4 + HTTP_CONNECTIONS_MAX,
		.memory = REQUEST_MEMORY,
		.per_address = (unsigned int)setting_number(
			lobby->settings, HTTP_PER_ADDRESS_MAX,
			"connections_per_address"),
		.behind_proxy =
			setting_is(lobby->settings, false, "behind_proxy"),
	};
}

/* A reload brought certificate and key again. */
static void renew(struct lobby *lobby)
{
	const struct http_settings settings = http_settings_of(lobby);

	for (size_t i = 0; i < lobby->listener_count; i++)
		if (http_renew(lobby->server[i], &settings) < 0)
			log_error("web", "the new certificate or key is none; "
					 "the old one stays");
	forget_pem(lobby);
}

/* Chain and key come one after the other, in either order. */
static int take_pem(struct lobby *lobby, int fd, char **text)
{
	char *fresh;
	size_t size;
	int r = file_read(fd, PEM_SIZE_MAX, &fresh, &size);

	if (r < 0)
		return r;
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = fresh;
	lobby->is_tls = true;
	if (lobby->server[0] && lobby->tls_chain && lobby->tls_key)
		renew(lobby);
	return 0;
}

/* Of the audit log: what others keep, so that it cannot be taken back. */
static int take_checkpoint(struct lobby *lobby, int fd)
{
	char *fresh;
	size_t size;
	int r = file_read(fd, CHECKPOINT_SIZE_MAX, &fresh, &size);

	if (r < 0) {
		log_warn("checkpoint", "is not shown: %s", strerror(-r));
		return 0;
	}
	free(lobby->checkpoint);
	lobby->checkpoint = fresh;
	return 0;
}

static int take_file(void *self, const char *word, uint64_t number, int given)
{
	struct lobby *lobby = self;
	OWNED(drop_fd) int fd = given;

	if (!strcmp(word, "settings"))
		return take_settings(lobby, fd);
	if (!strcmp(word, "policy"))
		return take_policy(lobby, fd);
	if (!strcmp(word, "policy-kept-signed"))
		return shelf_take_note(&lobby->shelf, fd);
	if (!strcmp(word, "policy-kept"))
		return take_kept(lobby, number, fd);
	if (!strcmp(word, "checkpoint"))
		return take_checkpoint(lobby, fd);
	if (!strcmp(word, "tls-chain"))
		return take_pem(lobby, fd, &lobby->tls_chain);
	if (!strcmp(word, "tls-key"))
		return take_pem(lobby, fd, &lobby->tls_key);
	if (!strcmp(word, "ui")) {
		drop_fd(&lobby->ui);
		lobby->ui = GIVE_FD(fd);
	}
	if (!strcmp(word, "web")) {
		if (lobby->listener_count == HTTP_SERVERS_MAX)
			return -ENOSPC;
		lobby->listener[lobby->listener_count++] = GIVE_FD(fd);
	}
	return 0;
}

static int take_line(void *self, const char *peer, uint64_t number, int end)
{
	struct lobby *lobby = self;
	OWNED(drop_fd) int fd = end;

	(void)number;
	if (strcmp(peer, "chat") != 0)
		return -EPROTO;
	if (lobby->talks)
		return talks_take_line(lobby->talks, GIVE_FD(fd));
	drop_fd(&lobby->line);
	lobby->line = GIVE_FD(fd);
	return 0;
}

static void count(struct lobby *lobby)
{
	static const char *const names[] = {
		"counter_answers_informational_total",
		"counter_answers_good_total",
		"counter_answers_elsewhere_total",
		"counter_answers_refused_total",
		"counter_answers_failed_total",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		lobby->answers[i] = counter_new(COUNTER_TOTAL, names[i],
						"Answers, by class of status.");
	lobby->limited = counter_new(
		COUNTER_TOTAL, "counter_limited_total",
		"Requests and messages refused because of a limit.");
	lobby->foreign =
		counter_new(COUNTER_TOTAL, "counter_foreign_total",
			    "Requests from pages that may not hold the chat.");
	lobby->broken = counter_new(
		COUNTER_TOTAL, "counter_broken_total",
		"Messages that could not be sent to a visitor any more.");
}

static int set_limits(struct lobby *lobby)
{
	const struct limit_rate network[LIMIT_KINDS] = {
		[LIMIT_CONNECT] = { number_of(lobby, "requests_per_minute",
					      600),
				    60 },
		[LIMIT_OPEN] = { number_of(lobby, "opens_per_hour", 30), 3600 },
		[LIMIT_FAIL] = { FAILURES_PER_10_MINUTES, 600 },
	};
	const struct limit_rate all[LIMIT_KINDS] = {
		[LIMIT_CONNECT] = { ALL_REQUESTS_PER_MINUTE, 60 },
		[LIMIT_OPEN] = { number_of(lobby, "opens_per_minute", 600),
				 60 },
	};

	lobby->acts = (struct limit_rate){
		number_of(lobby, "messages_per_minute", 60), 60
	};
	lobby->limit = limit_new(network, all);
	return lobby->limit ? 0 : -ENOMEM;
}

static int open_servers(struct lobby *lobby)
{
	const struct http_settings settings = http_settings_of(lobby);
	int r = 0;

	for (size_t i = 0; r == 0 && i < lobby->listener_count; i++) {
		r = http_open(lobby->loop, GIVE_FD(lobby->listener[i]),
			      &settings, visit_answer, lobby,
			      &lobby->server[i]);
		if (r == -EACCES)
			log_error("web", "without TLS the counter serves "
					 "loopback addresses only: set "
					 "counter.tls.chain and "
					 "counter.tls.key");
		else if (r < 0)
			log_error("web", "cannot serve: %s", strerror(-r));
	}
	forget_pem(lobby);
	return r;
}

static int open_talks(struct lobby *lobby)
{
	lobby->talks = talks_new(lobby->loop);
	if (!lobby->talks)
		return -ENOMEM;
	return lobby->line < 0
		       ? 0
		       : talks_take_line(lobby->talks, GIVE_FD(lobby->line));
}

static void look(void *self)
{
	nanoseconds now = clock_monotonic();
	struct lobby *lobby = self;

	wires_look(lobby, now);
	feeds_look(lobby, now);
}

static int start(void *self, struct room *room)
{
	struct lobby *lobby = self;
	int r = 0;

	lobby->loop = room_loop(room);
	if (sodium_init() < 0)
		return -EIO;
	/* Jansson would otherwise open /dev/urandom for it, in the jail. */
	json_object_seed(randombytes_random() | 1);
	count(lobby);
	if (!lobby->settings)
		r = settings_of("", &lobby->settings);
	if (r < 0)
		return r;
	if (lobby->listener_count == 0) {
		log_error("web", "no socket to serve on");
		return -ENOTSOCK;
	}
	r = files_read(lobby);
	if (r == 0)
		r = set_limits(lobby);
	if (r == 0)
		r = open_talks(lobby);
	if (r == 0)
		r = lobby->timer =
			loop_every(lobby->loop, MS_PER_S, look, lobby);
	drop_fd(&lobby->ui);
	return r < 0 ? r : open_servers(lobby);
}

static void jail(void *self, struct jail *walls)
{
	static const char *const calls[] = {
		"accept4",  "accept",	"setsockopt", "getrandom",
		"sendfile", "recvfrom", "sendto",
	};
	const struct lobby *lobby = self;

	for (size_t i = 0; i < COUNT(calls); i++)
		walls->calls[i] = calls[i];
	/* Where TLS ends here, the library hands a WebSocket over through a
	   pair; plain ones are handed over themselves. */
	if (lobby->is_tls)
		walls->calls[COUNT(calls)] = "socketpair";
}

static void stop(void *self)
{
	struct lobby *lobby = self;

	loop_stop_timer(lobby->loop, lobby->timer);
	wires_stop(lobby);
	feeds_stop(lobby);
	visit_drop_held(lobby);
	for (size_t i = 0; i < lobby->listener_count; i++) {
		http_close(lobby->server[i]);
		lobby->server[i] = NULL;
	}
	talks_free(lobby->talks);
	lobby->talks = NULL;
	limit_free(lobby->limit);
	lobby->limit = NULL;
	files_free(lobby);
	facts_drop(&lobby->facts);
	shelf_drop(&lobby->shelf);
	free(lobby->checkpoint);
	lobby->checkpoint = NULL;
	settings_free(lobby->settings);
	lobby->settings = NULL;
	loop_end(lobby->loop);
}

const struct room_face lobby_face = {
	.name = "counter",
	.file = take_file,
	.line = take_line,
	.start = start,
	.jail = jail,
	.stop = stop,
};
