/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file years_life.h
 * What is kept in two years, for test_two_years.c: calls and chats come, are
 * erased early, held, let go, and end; of each it is known when it had to be
 * gone. Keys, log and database are real ones.
 */
#ifndef TALLENNE_TESTS_YEARS_LIFE_H
#define TALLENNE_TESTS_YEARS_LIFE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "backup/rows.h"
#include "register/schema.h"
#include "restore/restore.h"
#include "seal/copy.h"
#include "seal/format.h"
#include "vault/audit.h"
#include "vault/today.h"

enum {
	DAYS = 730 + 40,
	FIRST_DAY = 20261201,
	SIZE = 400, /* of an object: nobody opens it here, its key is tried */
	AHEAD = 2,
	KEYS_EVERY = 25, /* days */
	HORIZON = 760,
	SHELF_MAX = 400,
};

#define PASSPHRASE SLICE("two years go by in a test")

/* Something that was, and what may be of it. */
struct item {
	struct id contact, call, object;
	uint32_t data_class;
	seal_date end, contact_end;
	seal_date made, erased, held, lifted; /* 0: not */
};

/* A back-up, and what it was made of. */
struct made {
	char name[BACKUP_NAME_SIZE];
	seal_date date, until;
	size_t items; /* there were so many */
};

static struct life {
	char place[64];
	int home, vault, objects, shelf, database;
	struct keyring *ring;
	struct audit *audit;
	struct db *db;
	seal_date today;
	int64_t clock; /* seconds */
	struct item *item;
	size_t count, room;
	struct made made[SHELF_MAX];
	size_t made_count;
	seal_date copied_from;
	uint64_t state, days, restores, refusals, tries;
} life;

static size_t a_day = 3;

/* The same course for the same seed. */
static uint32_t chance(uint32_t below)
{
	life.state = life.state * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(life.state >> 33) % below;
}

static _Noreturn void broken(const char *why)
{
	(void)fprintf(stderr, "database: %s\n", why);
	abort();
}

static void path_of(const char *name, char out[128])
{
	assert_true(snprintf(out, 128, "%s/%s", life.place, name) < 128);
}

static int enter(const char *name)
{
	char path[128];
	int fd;

	path_of(name, path);
	assert_int_equal(mkdir(path, 0700), 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void write_down(const char *format, ...) FORMAT(1, 2);
static void write_down(const char *format, ...)
{
	char text[512];
	va_list arguments;
	uint64_t seq;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_int_equal(audit_append(life.audit, life.clock++ * NS_PER_S,
				      slice_of(text), &seq),
			 0);
}

static const char *hex_of(const struct id *id)
{
	static char text[4][ID_TEXT_SIZE];
	static int at;

	at = (at + 1) % 4;
	id_text(id, text[at]);
	return text[at];
}

static void object_path(const struct id *object, char out[64])
{
	(void)snprintf(out, 64, "%.2s", hex_of(object));
	(void)mkdirat(life.objects, out, 0700);
	(void)snprintf(out, 64, "%.2s/%s", hex_of(object), hex_of(object));
}

static struct seal_keyset *keyset(void)
{
	OWNED(drop_memory) uint8_t *bytes = NULL;
	struct seal_keyset *set;
	size_t size;

	assert_int_equal(keyring_keyset(life.ring, life.today, life.clock,
					&bytes, &size),
			 0);
	assert_int_equal(seal_keyset_read(bytes, size, &set), 0);
	return set;
}

/* A call or a chat, with its row, its content and its key. */
static void add(const struct seal_keyset *set)
{
	const bool is_chat = chance(3) == 0; /* 10 calls, 5 chats */
	struct item item = {
		.contact = id_new(),
		.call = id_new(),
		.object = id_new(),
		.data_class = is_chat ? SEAL_CLASS_CHAT : SEAL_CLASS_AUDIO,
		.made = life.today,
		.end = today_add(life.today, is_chat ? 730 : 181),
		.contact_end = today_add(life.today, 365),
	};
	const struct seal_end end = { item.data_class, item.end };
	uint8_t key[SEAL_KEY_SIZE], bytes[SIZE], hash[SEAL_HASH_SIZE];
	struct seal_wrapped wrapped;
	uint64_t size;
	char path[64];
	int fd;

	randombytes_buf(key, sizeof(key));
	randombytes_buf(bytes, sizeof(bytes));
	assert_int_equal(seal_key(set, &end, SEAL_FOR_OBJECT, &item.object, key,
				  &wrapped),
			 0);
	assert_int_equal(wrapped.end.date, item.end);
	memcpy(bytes + SEAL_AT_WRAPPED, wrapped.box, sizeof(wrapped.box));
	object_path(&item.object, path);
	fd = openat(life.objects, path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_write_at(fd, bytes, sizeof(bytes), 0), 0);
	assert_int_equal(backup_hash(fd, &size, hash), 0);
	(void)close(fd);
	assert_true(
		db_run(life.db,
		       "INSERT INTO contact (id, channel, number, version,"
		       " state, started_at, answered_at, ended_at, end_reason,"
		       " flags, audio_end, contact_end, policy, service_number,"
		       " agent, agent_name, agent_number, caller_tail,"
		       " language, queue) VALUES ($1, $2, $3, 1, 3, $4, $4, $4,"
		       " 1, 0, $5, $6, 0, '+358295550100', 'a1', 'Agent 1', '',"
		       " '123', '', '')",
		       db_id(&item.contact), db_number(is_chat ? 2 : 1),
		       db_number((int64_t)life.count + 1),
		       db_number(life.clock * NS_PER_S),
		       db_number(is_chat ? 0 : item.end),
		       db_number(item.contact_end)) == 1);
	assert_true(db_run(life.db,
			   "INSERT INTO recording (call, contact, number,"
			   " segment, flags, began_at, duration_ms,"
			   " lost_packets, end_class, end_date, objects)"
			   " VALUES ($1, $2, $3, 0, 0, $4, 1000, 0, $5, $6, 1)",
			   db_id(&item.call), db_id(&item.contact),
			   db_number((int64_t)life.count + 1),
			   db_number(life.clock * NS_PER_S),
			   db_number(item.data_class),
			   db_number(item.end)) == 1);
	assert_true(db_run(life.db,
			   "INSERT INTO object (id, call, kind, size,"
			   " sealed_size, hash, wrapped) VALUES ($1, $2, 1, 1,"
			   " $3, $4, $5)",
			   db_id(&item.object), db_id(&item.call),
			   db_number(SIZE), db_bytes(hash, sizeof(hash)),
			   db_bytes(&wrapped, sizeof(wrapped))) == 1);
	if (life.count == life.room) {
		life.room = life.room ? 2 * life.room : 1024;
		life.item = realloc(life.item, life.room * sizeof(item));
		assert_non_null(life.item);
	}
	life.item[life.count++] = item;
}

static bool is_held_on(const struct item *item, seal_date date)
{
	return item->held && item->held <= date &&
	       (!item->lifted || item->lifted > date);
}

/* Whether its content may be there on a day. */
static bool may_be(const struct item *item, seal_date date)
{
	return (!item->erased || item->erased > date) &&
	       (item->end > date || is_held_on(item, date));
}

static void erase_early(struct item *item)
{
	if (!may_be(item, life.today) || is_held_on(item, life.today))
		return;
	write_down("{\"event\":\"early_erase\",\"actor\":\"uid:0\","
		   "\"contact\":\"%s\",\"ground\":\"unlawful\"}",
		   hex_of(&item->contact));
	assert_true(rows_erase(life.db, &item->contact, life.clock) > 0);
	item->erased = life.today;
}

static void hold(struct item *item)
{
	const struct seal_end none = { item->data_class, 0 };
	const struct seal_end end = { item->data_class, item->end };
	uint8_t key[SEAL_KEY_SIZE];
	struct seal_wrapped wrapped;

	/* One that was held once stays let go: two holds are others' tests. */
	if (!may_be(item, life.today) || item->held)
		return;
	write_down(
		"{\"event\":\"hold.set\",\"actor\":\"uid:0\",\"hold\":\"%s\","
		"\"contact\":\"%s\",\"kind\":\"legal\",\"reference\":\"K-1\","
		"\"until\":\"2099-01-01T00:00:00.000Z\",\"review\":\"\"}",
		hex_of(&item->call), hex_of(&item->contact));
	assert_true(db_run(life.db,
			   "INSERT INTO hold (id, contact, kind, since,"
			   " expires_at, reference) VALUES ($1, $2, 2, 0,"
			   " 4000000000, 'K-1')",
			   db_id(&item->call), db_id(&item->contact)) == 1);
	assert_int_equal(keyring_hold(life.ring, &item->contact, false), 1);
	{
		OWNED(db_rows_end)
		struct db_rows rows = db_ask(
			life.db, "SELECT wrapped FROM object WHERE id = $1",
			db_id(&item->object));

		assert_true(db_rows_next(&rows));
		assert_true(db_rows_bytes(&rows, 0, &wrapped, sizeof(wrapped)));
	}
	assert_int_equal(open_key(&wrapped, keyring_find(life.ring, &end),
				  SEAL_FOR_OBJECT, &item->object, key),
			 0);
	assert_int_equal(
		seal_key_to(
			keyring_held(life.ring, &item->contact, NULL)->public,
			&none, SEAL_FOR_OBJECT, &item->object, key, &wrapped),
		0);
	assert_true(db_run(life.db, "UPDATE object SET held = $2 WHERE id = $1",
			   db_id(&item->object),
			   db_bytes(&wrapped, sizeof(wrapped))) == 1);
	item->held = life.today;
}

static void lift(struct item *item)
{
	write_down("{\"event\":\"hold.lifted\",\"actor\":\"uid:0\","
		   "\"hold\":\"%s\",\"contact\":\"%s\",\"kind\":\"legal\"}",
		   hex_of(&item->call), hex_of(&item->contact));
	write_down("{\"event\":\"hold.key.destroyed\",\"actor\":"
		   "\"svc_sweeper\",\"contact\":\"%s\"}",
		   hex_of(&item->contact));
	assert_true(db_run(life.db, "DELETE FROM hold WHERE contact = $1",
			   db_id(&item->contact)) == 1);
	assert_true(db_run(life.db,
			   "UPDATE object SET held = NULL WHERE id = $1",
			   db_id(&item->object)) == 1);
	assert_int_equal(keyring_release(life.ring, &item->contact), 1);
	item->lifted = life.today;
}

static void lift_some(void)
{
	const size_t first = chance((uint32_t)life.count);

	for (size_t i = 0; i < life.count; i++) {
		struct item *item = &life.item[(first + i) % life.count];

		if (is_held_on(item, life.today)) {
			lift(item);
			return;
		}
	}
}

/* The end of a day's items: keys, rows, objects. */
static void sweep(void)
{
	seal_date due[SEAL_CLASSES] = { 0 };

	for (uint32_t c = 1; c < SEAL_CLASSES; c++) {
		const struct seal_end end = { c, life.today };

		due[c] = life.today;
		write_down("{\"event\":\"key.destroyed\",\"actor\":"
			   "\"svc_sweeper\",\"class\":%u,\"end\":"
			   "\"%04u-%02u-%02u\"}",
			   c, life.today / 10000, life.today / 100 % 100,
			   life.today % 100);
		assert_true(keyring_destroy(life.ring, &end) >= 0);
	}
	assert_int_equal(rows_forget(life.db, due, life.clock), 0);
	for (size_t i = 0; i < life.count; i++)
		if (!may_be(&life.item[i], life.today)) {
			char path[64];

			object_path(&life.item[i].object, path);
			(void)unlinkat(life.objects, path, 0);
		}
}

#endif
