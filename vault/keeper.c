/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/log.h"
#include "vault/place.h"
#include "vault/record_parts.h"
#include "vault/verify.h"

#define KEYS_NAME "keys"
#define NS_PER_HOUR (3600 * NS_PER_S)

enum { KEYS_SIZE_MAX = 4 << 20 };

static_assert((int)KEYRING_HOLDS_MAX == (int)VAULT_HOLDS_MAX,
	      "the ring has room for what is promised");

struct keeper keeper_new(void)
{
	struct keeper keeper = {
		.dir = -1,
		.door = -1,
		.passphrase = -1,
		.line = { -1, -1, -1 },
	};

	for (int i = 0; i < KEEPER_CLIENTS_MAX; i++)
		keeper.client[i].fd = -1;
	return keeper;
}

static bool node_is(const char *node)
{
	size_t size = strlen(node);

	return size > 0 && size <= RECORD_NODE_MAX &&
	       strspn(node, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == size;
}

static int64_t within(int64_t number, int64_t least, int64_t most)
{
	return number < least ? least : number > most ? most : number;
}

static const char *text_of(const struct settings *settings, const char *key,
			   const char *otherwise)
{
	const char *text = setting(settings, "%s", key);

	return text && *text ? text : otherwise;
}

int keeper_set(struct keeper *keeper, int fd)
{
	OWNED(settings_drop) struct settings *old = keeper->settings;
	struct settings *settings;
	int r = settings_load(fd, &settings);

	if (r < 0) {
		old = NULL;
		return r;
	}
	keeper->settings = settings;
	keeper->asks = !strcmp(text_of(settings, "unlock", "file"), "ask");
	keeper->horizon_days =
		(int)within(setting_number(settings, 1200, "horizon_days"), 1,
			    KEEPER_HORIZON_MAX);
	keeper->memory_mib =
		(int)within(setting_number(settings, 256, "unlock_memory_mib"),
			    KEYRING_MEMORY_MIN_MIB, KEYRING_MEMORY_MAX_MIB);
	keeper->streams.wait_s = (int)within(
		setting_number(settings, 60, "stream_wait_s"), 1, 3600);
	keeper->today.clock.ahead =
		setting_number(settings, 0, "clock_ahead_s") * NS_PER_S;
	/* Who sets the clock ahead on purpose needs no warning of it. */
	keeper->today.jump_max =
		keeper->today.clock.ahead
			? 0
			: setting_number(settings, 36, "clock_jump_hours") *
				  NS_PER_HOUR;
	/* The log keeps these two for the life of the process. */
	if (!keeper->origin) {
		keeper->origin = strdup(
			text_of(settings, "origin", "tallenne.invalid/audit"));
		keeper->node = strdup(text_of(settings, "node", "tallenne"));
		if (!keeper->origin || !keeper->node)
			return -ENOMEM;
	}
	if (!signature_name_is(keeper->origin) || !node_is(keeper->node)) {
		log_error("settings", "origin or node is not a legal name");
		return -EINVAL;
	}
	return 0;
}

void keeper_fail(struct keeper *keeper, const char *what, int r)
{
	if (!keeper->has_failed)
		log_error("disk", "%s, the vault ends: %s", what, strerror(-r));
	keeper->has_failed = true;
	loop_end(keeper->loop);
}

static int append(struct keeper *keeper, struct slice said, uint64_t *ret_seq)
{
	int r = audit_append(keeper->audit, today_now(&keeper->today), said,
			     ret_seq);

	if (r == 0)
		counter_add(keeper->entries, 1);
	if (audit_is_dead(keeper->audit))
		keeper_fail(keeper, "the audit log cannot be written", -EIO);
	return r;
}

/* What only the vault says, no room may: as it would stand in the log, where
 * blanks around the object and after its brace are left out (record_make()). */
static bool is_sayable(const struct vault_entry *entry)
{
	struct slice rest;

	if (entry->size < 1 || entry->size > VAULT_ENTRY_MAX)
		return false;
	rest = slice_trim(slice_from(
		slice_trim((struct slice){ entry->text, entry->size }), 1));
	return !record_take(&rest, VERIFY_ERASED);
}

int keeper_write(struct keeper *keeper, const struct vault_entry *entry,
		 uint64_t *ret_seq)
{
	return is_sayable(entry)
		       ? append(keeper,
				(struct slice){ entry->text, entry->size },
				ret_seq)
		       : -EBADMSG;
}

int keeper_put(struct keeper *keeper, const struct vault_entry *entry,
	       uint64_t *ret_seq)
{
	int r;

	if (!is_sayable(entry))
		return -EBADMSG;
	r = audit_put(keeper->audit, today_now(&keeper->today),
		      (struct slice){ entry->text, entry->size }, ret_seq);
	if (r == 0)
		counter_add(keeper->entries, 1);
	if (audit_is_dead(keeper->audit))
		keeper_fail(keeper, "the audit log cannot be written", -EIO);
	return r;
}

int keeper_sync(struct keeper *keeper)
{
	int r = audit_sync(keeper->audit);

	if (r < 0)
		keeper_fail(keeper, "the audit log cannot be written", -EIO);
	return r;
}

int keeper_note(struct keeper *keeper, const char *format, ...)
{
	char text[512];
	va_list arguments;
	uint64_t seq;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert(size > 0 && (size_t)size < sizeof(text));
	return append(keeper, (struct slice){ text, (size_t)size }, &seq);
}

static const char *reason_of(int r)
{
	switch (r) {
	case -ENOKEY:
		return "locked";
	case -EKEYREVOKED:
		return "destroyed";
	case -EPERM:
		return "not due";
	case -EBUSY:
		return "busy";
	case -EACCES:
		return "restricted";
	case -ENOENT:
		return "not held";
	case -ENOSPC:
		return "too many holds";
	case -ERANGE:
		return "range";
	case -EBADMSG:
	case -ENOTSUP:
		return "not what it should be";
	default:
		return "error";
	}
}

void keeper_refuse(struct keeper *keeper, uint64_t seq, int r)
{
	counter_add(keeper->refused, 1);
	if (keeper->has_failed)
		return;
	/* If this cannot be written the process ends; the answer stands. */
	(void)!keeper_note(keeper,
			   "{\"event\":\"vault.refused\",\"of\":%llu,"
			   "\"reason\":\"%s\"}",
			   (unsigned long long)seq, reason_of(r));
}

seal_date keeper_today(struct keeper *keeper)
{
	const nanoseconds now = today_now(&keeper->today);

	if (keeper->today.is_paused && !keeper->was_paused) {
		char told[CLOCK_TEXT_SIZE];

		keeper->was_paused = true;
		clock_text(clock_now(&keeper->today.clock), told);
		log_error("clock", "jumped ahead; nothing is destroyed until "
				   "a person unlocks the vault again");
		(void)!keeper_note(keeper,
				   "{\"event\":\"clock.jumped\",\"told\":"
				   "\"%s\"}",
				   told);
	}
	counter_set(keeper->paused, keeper->today.is_paused);
	return today_date(now);
}

static void give(struct keeper *keeper, const char *word, const void *bytes,
		 size_t size)
{
	OWNED(drop_fd) int fd = file_of(word, bytes, size);
	int r = fd;

	if (r >= 0 && keeper->room)
		r = room_give(keeper->room, word, 0, fd);
	if (r < 0)
		log_error(word, "cannot hand out: %s", strerror(-r));
}

void keeper_publish(struct keeper *keeper)
{
	OWNED(drop_memory) uint8_t *bytes = NULL;
	const seal_date today = keeper_today(keeper);
	size_t size;
	int r = keyring_keyset(keeper->ring, today,
			       today_now(&keeper->today) / NS_PER_S, &bytes,
			       &size);

	/* Kept for the next start, when the ring may be locked. */
	if (r == 0)
		r = place_write(keeper->dir, KEYS_NAME, bytes, size);
	if (r < 0) {
		log_error("keys", "cannot publish: %s", strerror(-r));
		return;
	}
	give(keeper, "keys", bytes, size);
}

static void publish_stored(struct keeper *keeper)
{
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r = place_read(keeper->dir, KEYS_NAME, KEYS_SIZE_MAX, &bytes,
			   &size);

	if (r == 0)
		give(keeper, "keys", bytes, size);
	else if (r != -ENOENT)
		log_error("keys", "cannot be read: %s", strerror(-r));
}

static void show(struct keeper *keeper, seal_date today)
{
	counter_set(keeper->copy_overdue,
		    (uint64_t)keeper_copy_overdue(keeper, today));
	counter_set(keeper->locked, keyring_is_locked(keeper->ring));
	counter_set(keeper->keys, keyring_count(keeper->ring));
	counter_set(keeper->holds, keyring_hold_count(keeper->ring));
	counter_set(keeper->overdue, keyring_count_before(keeper->ring, today));
	counter_set(keeper->running, (uint64_t)streams_count(&keeper->streams));
}

/* Make what keys are missing, sign the log: once a day and after unlocking. */
static void fill(struct keeper *keeper)
{
	const seal_date today = keeper_today(keeper);
	char checkpoint[NOTE_SIZE];
	int made = keyring_fill(keeper->ring, today,
				today_add(today, keeper->horizon_days - 1));
	int made_days;

	if (made < 0) {
		keeper_fail(keeper, "the keyring cannot be written", made);
		return;
	}
	keeper->filled = today;
	keeper_tell_copy(keeper, today);
	made_days = keeper_fill_days(keeper, today);
	if (made_days < 0) {
		keeper_fail(keeper, "the log's days have no keys", made_days);
		return;
	}
	if (made > 0 && keeper_note(keeper,
				    "{\"event\":\"keys.made\",\"count\":%d,"
				    "\"until\":%u}",
				    made, keyring_last(keeper->ring, 1)) < 0)
		return;
	keeper_publish(keeper);
	if (audit_sign(keeper->audit, keeper->origin,
		       keyring_seed(keeper->ring), checkpoint) < 0) {
		keeper_fail(keeper, "the checkpoint cannot be written", -EIO);
		return;
	}
	/* For the public pages, and for those who keep it elsewhere. */
	give(keeper, "checkpoint", checkpoint, strlen(checkpoint));
}

static int open_ring(struct keeper *keeper, struct slice passphrase)
{
	if (!keyring_is_made(keeper->ring))
		return keyring_make(keeper->ring, passphrase,
				    keeper->memory_mib);
	if (keyring_is_locked(keeper->ring))
		return keyring_unlock(keeper->ring, passphrase);
	return keeper->today.is_paused ? keyring_try(keeper->ring, passphrase)
				       : -EALREADY;
}

int keeper_unlock(struct keeper *keeper, struct slice passphrase,
		  const char *actor, bool confirms)
{
	const nanoseconds now = clock_monotonic();
	const bool was_made = keyring_is_made(keeper->ring);
	int r;

	(void)keeper_today(keeper);
	if (keeper->tries >= KEEPER_TRIES_MAX) {
		if (now - keeper->tried_at < KEEPER_TRIES_WAIT_S * NS_PER_S)
			return -EAGAIN;
		keeper->tries = 0;
	}
	r = open_ring(keeper, passphrase);
	keeper->tried_at = clock_monotonic();
	keeper->tries = r == -EACCES ? keeper->tries + 1 : 0;
	if (r == -EALREADY)
		return r;
	if (r < 0) {
		int s = keeper_note(keeper,
				    "{\"event\":\"vault.unlock.failed\","
				    "\"actor\":\"%s\"}",
				    actor);

		return s < 0 ? s : r;
	}
	if (keeper->today.is_paused && confirms) {
		today_confirm(&keeper->today);
		keeper->was_paused = false;
	}
	r = keeper_note(keeper, "{\"event\":\"%s\",\"actor\":\"%s\"}",
			was_made ? "vault.unlocked" : "vault.made", actor);
	if (r < 0)
		return r;
	log_info("unlock", "the vault is unlocked");
	fill(keeper);
	show(keeper, keeper_today(keeper));
	return keeper->has_failed ? -EIO : 0;
}

int keeper_unlock_from(struct keeper *keeper, int fd)
{
	char *text = sodium_malloc(KEYRING_PASSPHRASE_MAX + 2);
	ssize_t got;
	int r = -EINVAL;

	if (!text)
		return -ENOMEM;
	/* One longer than allowed, so that too long is seen as such. */
	got = pread(fd, text, KEYRING_PASSPHRASE_MAX + 2, 0);
	if (got > 0 && text[got - 1] == '\n')
		got--;
	if (got > 0)
		r = keeper_unlock(keeper, (struct slice){ text, (size_t)got },
				  "house", false);
	sodium_free(text);
	if (r < 0 && r != -EALREADY)
		log_error("unlock", "the passphrase does not unlock: %s",
			  strerror(-r));
	return r;
}

int keeper_lock(struct keeper *keeper, const char *actor)
{
	if (keyring_is_locked(keeper->ring))
		return -EALREADY;
	streams_end(&keeper->streams);
	keyring_lock(keeper->ring);
	show(keeper, keeper_today(keeper));
	log_info("lock", "the vault is locked");
	return keeper_note(
		keeper, "{\"event\":\"vault.locked\",\"actor\":\"%s\"}", actor);
}

void keeper_tick(void *self)
{
	struct keeper *keeper = self;
	const seal_date today = keeper_today(keeper);
	const nanoseconds now = today_now(&keeper->today);

	streams_tick(&keeper->streams);
	if (!keyring_is_locked(keeper->ring) && today > keeper->filled)
		fill(keeper);
	keeper_clean_log(keeper);
	/* The log's times are what the clock is compared with at a start. */
	if (!keeper->has_failed &&
	    now - keeper->seen_at >= KEEPER_SEEN_HOURS * NS_PER_HOUR &&
	    keeper_note(keeper, "{\"event\":\"clock.seen\"}") == 0)
		keeper->seen_at = now;
	show(keeper, today);
}

static void hear_damage(void *self, uint64_t seq)
{
	struct keeper *keeper = self;

	counter_add(keeper->damaged, 1);
	log_error("object", "damaged while it was read, entry %llu",
		  (unsigned long long)seq);
	(void)!keeper_note(keeper, "{\"event\":\"vault.damaged\",\"of\":%llu}",
			   (unsigned long long)seq);
}

static void make_counters(struct keeper *keeper)
{
	keeper->entries = counter_new(COUNTER_TOTAL, "vault_entries_total",
				      "Entries written to the audit log.");
	keeper->unsealed = counter_new(COUNTER_TOTAL, "vault_unsealed_total",
				       "Times content or text was opened.");
	keeper->refused = counter_new(COUNTER_TOTAL, "vault_refused_total",
				      "Times something asked was refused.");
	keeper->damaged = counter_new(COUNTER_TOTAL, "vault_damaged_total",
				      "Objects found damaged while read.");
	keeper->keys = counter_new(COUNTER_GAUGE, "vault_keys",
				   "Private end-date keys that exist.");
	keeper->holds = counter_new(COUNTER_GAUGE, "vault_holds",
				    "Contacts with a key pair of their own.");
	keeper->overdue = counter_new(
		COUNTER_GAUGE, "vault_keys_overdue",
		"Private end-date keys whose date is past: must be 0.");
	keeper->copy_overdue = counter_new(
		COUNTER_GAUGE, "vault_key_copy_overdue_days",
		"Days since the newest key back-up should have been replaced: "
		"must be 0.");
	keeper->locked = counter_new(COUNTER_GAUGE, "vault_locked",
				     "1 while the vault is locked.");
	keeper->paused = counter_new(
		COUNTER_GAUGE, "vault_clock_paused",
		"1 while destruction waits because the clock jumped.");
	keeper->running = counter_new(COUNTER_GAUGE, "vault_streams",
				      "Unsealings under way.");
}

/* The zone's file must be there, or every date would silently be UTC's. */
static int set_zone(const char *zone)
{
	char path[ZONE_PATH_SIZE];

	if (clock_zone_path(zone, path, sizeof(path)) < 0 ||
	    access(path, R_OK) < 0) {
		log_error("settings", "the time zone does not exist");
		return -EINVAL;
	}
	if (setenv("TZ", path, 1) < 0)
		return -errno;
	tzset();
	return 0;
}

static int open_all(struct keeper *keeper)
{
	struct audit_opened opened;
	int r = audit_open(keeper->dir, keeper->node, &keeper->audit, &opened);

	if (r < 0) {
		log_error("audit", "cannot be opened: %s",
			  r == -EBADMSG ? "damaged, shorter than its "
					  "checkpoint, or another log"
					: strerror(-r));
		return r;
	}
	keeper->today = today_start(keeper->today.clock, keeper->today.jump_max,
				    opened.last_at);
	r = keyring_open(keeper->dir, &keeper->ring);
	if (r < 0) {
		log_error("ring", "cannot be opened: %s", strerror(-r));
		return r;
	}
	keeper_load_days(keeper);
	keeper_recall_copied(keeper);
	return keeper_note(keeper,
			   "{\"event\":\"vault.started\",\"version\":\"%s\","
			   "\"torn\":%llu}",
			   TALLENNE_VERSION, (unsigned long long)opened.torn);
}

int keeper_start(struct keeper *keeper, struct room *room, struct loop *loop)
{
	int r;

	keeper->room = room;
	keeper->loop = loop;
	if (!keeper->settings || keeper->dir < 0) {
		log_error("start", "no settings or no state directory");
		return -EINVAL;
	}
	if (sodium_init() < 0)
		return -EIO;
	make_counters(keeper);
	keeper->streams.loop = keeper->loop;
	keeper->streams.damaged = hear_damage;
	keeper->streams.self = keeper;
	/* First of all: whatever is wrong below, recording goes on. */
	publish_stored(keeper);
	r = set_zone(text_of(keeper->settings, "zone", "Europe/Helsinki"));
	if (r == 0)
		r = open_all(keeper);
	if (r < 0)
		return r;
	keeper->seen_at = today_now(&keeper->today);

	/* A wrong passphrase, once logged, leaves the vault locked, not the
	 * house down. */
	if (!keeper->asks && keeper->passphrase >= 0)
		(void)!keeper_unlock_from(keeper, keeper->passphrase);
	drop_fd(&keeper->passphrase);
	if (keeper->has_failed)
		return -EIO;
	keeper_tick(keeper);
	r = loop_every(keeper->loop, KEEPER_TICK_MS, keeper_tick, keeper);
	return r < 0 ? r : 0;
}
