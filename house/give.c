/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/give.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "house/anchor.h"
#include "house/places.h"
#include "house/restored.h"
#include "house/stock.h"
#include "house/versions.h"

struct give {
	const struct config *config;
	struct places places;
	struct stock stock;
	int policy, note; /* what holds, and who signed it */
	int keys;	  /* -1 until the vault made them */
	int checkpoint;	  /* the last one of the audit log, or -1 */
};

/* A copy, so that every room reads what was checked. */
static int take_policy(struct give *give, const struct reading *reading)
{
	OWNED(drop_fd)
	int policy = file_of("policy", reading->text, reading->size);
	OWNED(drop_fd)
	int note = file_of("policy-signed", reading->note, reading->note_size);

	if (policy < 0 || note < 0)
		return policy < 0 ? policy : note;
	drop_fd(&give->policy);
	drop_fd(&give->note);
	give->policy = GIVE_FD(policy);
	give->note = GIVE_FD(note);
	give->config = reading->config;
	return 0;
}

struct kept {
	struct keep_process *process;
	int failed;
};

static void give_one_kept(void *self, uint64_t index,
			  const struct versions_text *version)
{
	struct kept *kept = self;
	OWNED(drop_fd)
	int text = file_of("policy-kept", version->text, version->size);
	OWNED(drop_fd)
	int note = file_of("policy-kept-signed", version->note,
			   version->note_size);

	if (text < 0 || note < 0) {
		kept->failed = text < 0 ? text : note;
		return;
	}
	keep_give(kept->process, "policy-kept-signed", index, note);
	keep_give(kept->process, "policy-kept", index, text);
}

/* Earlier notices stay published (S29). */
static void give_kept(const struct give *give, struct keep_process *process)
{
	OWNED(settings_drop) struct settings *house = NULL;
	struct kept kept = { .process = process };
	int r = config_settings_of(give->config, "house", &house);

	if (r == 0)
		r = versions_each(setting(house, "state"), give_one_kept,
				  &kept);
	if (r < 0 || kept.failed < 0)
		log_error("policy", "earlier ones cannot be published: %s",
			  strerror(r < 0 ? -r : -kept.failed));
}

static void give_policy(const struct give *give, struct keep_process *process)
{
	/* First who signed it: the register writes both down at once. */
	if (process->room == HOUSE_ROOM_register)
		keep_give(process, "policy-signed", 0, give->note);
	keep_give(process, "policy", 0, give->policy);
	if (process->room == HOUSE_ROOM_counter)
		give_kept(give, process);
}

int give_new(const struct reading *reading, int media_count, struct keep *keep,
	     struct give **ret_give)
{
	struct give *give = calloc(1, sizeof(*give));
	OWNED(settings_drop) struct settings *house = NULL;
	int r;

	if (!give)
		return -ENOMEM;
	*give = (struct give){
		.places = { -1, -1, -1, -1 },
		.policy = -1,
		.note = -1,
		.keys = -1,
		.checkpoint = -1,
	};
	r = take_policy(give, reading);
	if (r == 0)
		r = config_settings_of(give->config, "house", &house);
	if (r == 0)
		r = places_open(house, &give->places);
	if (r == 0)
		r = restored_settle(give->places.state, keep);
	if (r == 0)
		/* Until the vault signs anew; if ever one was kept. */
		give->checkpoint = anchor_last(give->places.state);
	if (r == 0)
		r = stock_open(&give->stock, give->config, house, &give->places,
			       keep, media_count);
	if (r < 0) {
		give_free(give);
		return r;
	}
	*ret_give = give;
	return 0;
}

void give_free(struct give *give)
{
	if (!give)
		return;
	stock_close(&give->stock);
	places_close(&give->places);
	drop_fd(&give->policy);
	drop_fd(&give->note);
	drop_fd(&give->keys);
	drop_fd(&give->checkpoint);
	free(give);
}

static bool needs_policy(int room)
{
	return room == HOUSE_ROOM_siprec || room == HOUSE_ROOM_register ||
	       room == HOUSE_ROOM_desk || room == HOUSE_ROOM_chat ||
	       room == HOUSE_ROOM_counter;
}

static bool needs_keys(int room)
{
	return room == HOUSE_ROOM_siprec || room == HOUSE_ROOM_media ||
	       room == HOUSE_ROOM_finish || room == HOUSE_ROOM_chat;
}

/* Where media hears is for siprec to tell its clients. */
static int add_rtp(const struct give *give, FILE *out)
{
	OWNED(settings_drop) struct settings *house = NULL;
	int r = config_settings_of(give->config, "house", &house);
	const char *address = r == 0 ? setting(house, "rtp.address") : NULL;

	if (address)
		fprintf(out, "rtp.address\t%s\n", address);
	return r;
}

static int give_settings(const struct give *give, struct keep_process *process)
{
	const char *own =
		config_section(give->config, plan_rooms[process->room].name);
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = -1;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r = 0;

	if (!out)
		return -ENOMEM;
	if (fputs(own, out) < 0)
		r = -ENOMEM;
	if (r == 0 && process->room == HOUSE_ROOM_siprec)
		r = add_rtp(give, out);
	if (fclose(out) != 0 || r < 0)
		return r < 0 ? r : -ENOMEM;
	fd = file_of("settings", text, size);
	if (fd < 0)
		return fd;
	keep_give(process, "settings", 0, fd);
	return 0;
}

static void show_counters(void *desk, struct keep_process *process)
{
	OWNED(drop_fd) int fd = -1;
	char path[64];

	/* Read-only: what the desk shows it must not be able to change. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", process->counters);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		keep_give(desk, "counters-of",
			  (uint64_t)process->room << 16 |
				  (uint64_t)process->index,
			  fd);
}

int give_furnish(struct give *give, struct keep *keep,
		 struct keep_process *process)
{
	int r = give_settings(give, process);

	if (r < 0)
		return r;
	if (needs_policy(process->room))
		give_policy(give, process);
	if (needs_keys(process->room) && give->keys >= 0)
		keep_give(process, "keys", 0, give->keys);
	if (process->room == HOUSE_ROOM_counter && give->checkpoint >= 0)
		keep_give(process, "checkpoint", 0, give->checkpoint);
	for (size_t i = 0; i < give->stock.count; i++) {
		const struct stock_item *item = &give->stock.items[i];

		if (stock_is_for(item, process))
			keep_give(process, item->word, item->number, item->fd);
	}
	if (process->room == HOUSE_ROOM_desk ||
	    process->room == HOUSE_ROOM_counter)
		keep_give(process, "ui", 0, give->places.ui);
	if (process->room == HOUSE_ROOM_desk)
		keep_each(keep, show_counters, process);
	return 0;
}

void give_keys(struct give *give, struct keep *keep, int fd)
{
	drop_fd(&give->keys);
	give->keys = fd;
	for (int room = 0; room < HOUSE_ROOMS; room++)
		if (needs_keys(room))
			keep_give_room(keep, room, "keys", 0, fd);
}

/* The day as everybody counts it, so that names of files never repeat. */
static uint32_t today_utc(void)
{
	const time_t now = clock_seconds(&clock_system);
	struct tm at;

	gmtime_r(&now, &at);
	return (uint32_t)((at.tm_year + 1900) * 10000 + (at.tm_mon + 1) * 100 +
			  at.tm_mday);
}

void give_checkpoint(struct give *give, struct keep *keep, int fd)
{
	OWNED(drop_fd) int owned = fd;
	int r = anchor_keep(give->places.state, owned, today_utc());

	if (r < 0)
		log_error("checkpoint", "cannot be kept: %s", strerror(-r));
	if (r == -EBADMSG)
		return;
	drop_fd(&give->checkpoint);
	give->checkpoint = GIVE_FD(owned);
	keep_give_room(keep, HOUSE_ROOM_counter, "checkpoint", 0,
		       give->checkpoint);
}

void give_journal(struct give *give, struct keep_process *process,
		  uint64_t number)
{
	int fd, r = stock_fresh_journal(&give->stock, give->places.state,
					number, &fd);

	if (r == 0)
		keep_give(process, "journal", number, fd);
	else
		log_error("chat", "no fresh journal can be made: %s",
			  strerror(-r));
}

/* Files the configuration names may have changed since. */
static void give_files(struct give *give, struct keep_process *process)
{
	for (size_t i = 0; i < give->stock.count; i++) {
		const struct stock_item *item = &give->stock.items[i];

		if (item->is_named && stock_is_for(item, process))
			keep_give(process, item->word, item->number, item->fd);
	}
}

struct reload {
	struct give *give;
	int failed;
};

static void give_anew(void *self, struct keep_process *process)
{
	struct reload *reload = self;
	int r;

	if (process->control < 0)
		return;
	if (needs_policy(process->room))
		give_policy(reload->give, process);
	/* The passphrase is asked for once; the vault has no use for it now. */
	if (process->room != HOUSE_ROOM_vault)
		give_files(reload->give, process);
	r = give_settings(reload->give, process);
	if (r < 0)
		reload->failed = r;
}

int give_reload(struct give *give, struct keep *keep,
		const struct reading *reading)
{
	struct reload reload = { .give = give };
	int r = stock_reopen(&give->stock, reading->config);

	/* The former configuration goes; the former policy may stay. */
	give->config = reading->config;
	reload.failed = take_policy(give, reading);
	keep_each(keep, give_anew, &reload);
	return r < 0 ? r : reload.failed;
}

int give_write_addresses(const struct give *give)
{
	return stock_write_addresses(&give->stock, give->places.run,
				     "addresses");
}

int give_tell(const struct give *give, const char *name, const char *text)
{
	OWNED(drop_fd) int fd = -1;

	if (!text)
		return unlinkat(give->places.run, name, 0) < 0 &&
				       errno != ENOENT
			       ? -errno
			       : 0;
	fd = openat(give->places.run, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	if (fd < 0)
		return -errno;
	return file_write_at(fd, text, strlen(text), 0);
}

int give_spool_dir(const struct give *give)
{
	int fd = fcntl(give->places.spool, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}
