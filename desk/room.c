/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/room.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "desk/metrics.h"
#include "desk/pending.h"
#include "desk/rules.h"
#include "desk/seats.h"
#include "desk/ui_files.h"

enum { PEM_SIZE_MAX = 1 << 18 };

void desk_init(struct desk *desk)
{
	*desk = (struct desk){ .line = -1, .ui = -1, .chat = -1 };
}

static int take_text(int fd, size_t max, char **text)
{
	char *fresh;
	size_t size;
	int r;

	r = file_read(fd, max, &fresh, &size);
	if (r < 0)
		return r;
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = fresh;
	return 0;
}

static int take_settings(struct desk *desk, int fd)
{
	struct settings *fresh;
	int r = settings_load(fd, &fresh);

	if (r < 0)
		return r;
	settings_free(desk->settings);
	desk->settings = fresh;
	return 0;
}

static int take_counters(struct desk *desk, uint64_t number, int fd)
{
	struct figures_page of = {
		.room = metrics_room((uint32_t)(number >> 16)),
		.index = (uint32_t)(number & 0xffff),
	};
	struct stat about;
	void *page;

	if (fstat(fd, &about) < 0)
		return -errno;
	if (about.st_size != (off_t)sizeof(struct counter_page) || !of.room)
		return -EINVAL;
	/* The house keeps a page when its process starts anew. */
	for (size_t i = 0; i < desk->counters_count; i++)
		if (desk->counters[i].room == of.room &&
		    desk->counters[i].index == of.index)
			return 0;
	if (desk->counters_count == VISIT_METRICS_PAGES_MAX)
		return 0;
	page = mmap(NULL, sizeof(struct counter_page), PROT_READ, MAP_SHARED,
		    fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	of.page = page;
	desk->counters[desk->counters_count++] = of;
	return 0;
}

/* The library has its own copy of both by then. */
static void forget_pem(struct desk *desk)
{
	if (desk->tls_key)
		explicit_bzero(desk->tls_key, strlen(desk->tls_key));
	free(desk->tls_key);
	free(desk->tls_chain);
	desk->tls_key = desk->tls_chain = NULL;
}

static struct http_settings http_settings_of(const struct desk *desk)
{
	return (struct http_settings){
		.chain = desk->tls_chain,
		.key = desk->tls_key,
		.per_address = (unsigned int)setting_number(
			desk->settings, HTTP_PER_ADDRESS_MAX,
			"connections_per_address"),
		.behind_proxy =
			setting_is(desk->settings, false, "behind_proxy"),
	};
}

/* A reload brought certificate and key again. */
static void renew(struct desk *desk)
{
	const struct http_settings settings = http_settings_of(desk);

	for (size_t i = 0; i < desk->listener_count; i++)
		if (http_renew(desk->server[i], &settings) < 0)
			log_error("web", "the new certificate or key is none; "
					 "the old one stays");
	forget_pem(desk);
}

/* Chain and key come one after the other, in either order. */
static int take_pem(struct desk *desk, int fd, char **text)
{
	int r = take_text(fd, PEM_SIZE_MAX, text);

	if (r == 0 && desk->server[0] && desk->tls_chain && desk->tls_key)
		renew(desk);
	return r;
}

static int take_file(void *self, const char *word, uint64_t number, int given)
{
	struct desk *desk = self;
	OWNED(drop_fd) int fd = given;

	if (!strcmp(word, "settings"))
		return take_settings(desk, fd);
	if (!strcmp(word, "policy"))
		return rules_take(desk, fd);
	if (!strcmp(word, "tls-chain"))
		return take_pem(desk, fd, &desk->tls_chain);
	if (!strcmp(word, "tls-key"))
		return take_pem(desk, fd, &desk->tls_key);
	if (!strcmp(word, "counters-of"))
		return take_counters(desk, number, fd);
	if (!strcmp(word, "ui")) {
		drop_fd(&desk->ui);
		desk->ui = GIVE_FD(fd);
	}
	if (!strcmp(word, "web")) {
		if (desk->listener_count == HTTP_SERVERS_MAX)
			return -ENOSPC;
		desk->listener[desk->listener_count++] = GIVE_FD(fd);
	}
	return 0;
}

static int take_line(void *self, const char *peer, uint64_t number, int end)
{
	struct desk *desk = self;
	OWNED(drop_fd) int fd = end;

	(void)number;
	if (!strcmp(peer, "chat")) {
		if (desk->seats) {
			seats_line(desk->seats, GIVE_FD(fd));
			return 0;
		}
		drop_fd(&desk->chat);
		desk->chat = GIVE_FD(fd);
		return 0;
	}
	if (strcmp(peer, "register") != 0)
		return -EPROTO;
	drop_fd(&desk->line);
	desk->line = GIVE_FD(fd);
	return 0;
}

static void count(struct desk *desk)
{
	static const char *const names[] = {
		"desk_answers_informational_total",
		"desk_answers_good_total",
		"desk_answers_elsewhere_total",
		"desk_answers_refused_total",
		"desk_answers_failed_total",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		desk->answers[i] = counter_new(COUNTER_TOTAL, names[i],
					       "Answers, by class of status.");
	desk->asks = counter_new(COUNTER_TOTAL, "desk_asks_total",
				 "Questions to the register.");
	desk->asks_failed = counter_new(COUNTER_TOTAL, "desk_asks_failed_total",
					"Questions that got no answer.");
	desk->sign_ins = counter_new(COUNTER_TOTAL, "desk_sign_ins_total",
				     "Attempts to sign in, both steps.");
}

static int open_servers(struct desk *desk)
{
	const struct http_settings settings = http_settings_of(desk);
	int r = 0;

	for (size_t i = 0; r == 0 && i < desk->listener_count; i++) {
		r = http_open(desk->loop, GIVE_FD(desk->listener[i]), &settings,
			      visit_answer, desk, &desk->server[i]);
		if (r == -EACCES)
			log_error("web", "without TLS the desk serves loopback "
					 "addresses only: set desk.tls.chain "
					 "and desk.tls.key");
		else if (r < 0)
			log_error("web", "cannot serve: %s", strerror(-r));
	}
	forget_pem(desk);
	return r;
}

static int start(void *self, struct room *room)
{
	struct desk *desk = self;
	int r;

	desk->loop = room_loop(room);
	if (sodium_init() < 0)
		return -EIO;
	randombytes_buf(desk->peer_key, sizeof(desk->peer_key));
	count(desk);
	if (!desk->settings) {
		r = settings_of("", &desk->settings);
		if (r < 0)
			return r;
	}
	if (desk->listener_count == 0) {
		log_error("web", "no socket to serve on");
		return -ENOTSOCK;
	}
	desk->pending = pending_new();
	desk->seats = seats_new(desk);
	if (!desk->pending || !desk->seats)
		return -ENOMEM;
	if (desk->chat >= 0)
		seats_line(desk->seats, GIVE_FD(desk->chat));
	r = ui_files_read(desk);
	if (r < 0)
		return r;
	drop_fd(&desk->ui);
	return open_servers(desk);
}

static void jail(void *self, struct jail *walls)
{
	static const char *const calls[] = {
		"accept4", "accept", "setsockopt", "getrandom", "sendfile",
	};

	(void)self;
	for (size_t i = 0; i < COUNT(calls); i++)
		walls->calls[i] = calls[i];
}

static void stop(void *self)
{
	struct desk *desk = self;

	seats_free(desk->seats);
	desk->seats = NULL;
	for (size_t i = 0; i < desk->listener_count; i++) {
		http_close(desk->server[i]);
		desk->server[i] = NULL;
	}
	ui_files_free(desk);
	pending_free(desk->pending);
	desk->pending = NULL;
	rules_free(desk);
	settings_free(desk->settings);
	desk->settings = NULL;
	drop_fd(&desk->line);
	loop_end(desk->loop);
}

const struct room_face desk_face = {
	.name = "desk",
	.file = take_file,
	.line = take_line,
	.start = start,
	.jail = jail,
	.stop = stop,
};
