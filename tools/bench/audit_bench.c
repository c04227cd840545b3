/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How fast the audit log is: entries that a real tallenne-vault acknowledges
 * as durable, with so many asked at a time, and entries that are verified as
 * an auditor does it. One line each:
 *
 *	append  at a time  entries  seconds
 *	verify  entries  bytes  seconds of generating  seconds  seconds of CPU
 *
 *	audit_bench append VAULT AT_A_TIME SECONDS
 *	audit_bench verify ENTRIES
 *
 * The vault's directory is made in /tmp, which must be a disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>
#include <sys/resource.h>

#include "vault/verify.h"
#include "vault_room.h"

enum { AT_A_TIME_MAX = 64 };

static double seconds(nanoseconds since)
{
	return (double)(clock_monotonic() - since) / (double)NS_PER_S;
}

/* As a supervisor who listens writes it. */
static const char said[] =
	"{\"event\":\"content.read\",\"actor\":\"stf_0123456789abcdef"
	"0123456789abcdef\",\"role\":\"supervisor\",\"purpose\":\"laatu\","
	"\"contact\":\"0123456789abcdef0123456789abcdef\",\"object\":"
	"\"fedcba9876543210fedcba9876543210\",\"from\":0,\"bytes\":65536}";

static void ask(struct vault_room *room)
{
	struct vault_append letter = {
		.head = { .type = VAULT_APPEND, .size = sizeof(letter) },
		.entry = vault_room_entry(said),
	};
	int r = line_post(room->reg, &letter.head, NULL, true);

	assert(r == 0);
}

static void hear(struct vault_room *room)
{
	struct pollfd ready = { .fd = room->reg, .events = POLLIN };
	struct vault_answer answer;
	int r = poll(&ready, 1, VAULT_ROOM_WAIT_MS);

	assert(r == 1);
	r = line_take(room->reg, &answer.head, sizeof(answer), NULL);
	assert(r == 0 && answer.result == 0);
}

static void append(const char *vault, int at_a_time, int lasts_s)
{
	struct vault_room room = vault_room_new();
	uint64_t done = 0;
	nanoseconds since;
	int r = vault_room_start(&room, vault, VAULT_ROOM_SETTINGS,
				 VAULT_ROOM_PASSPHRASE);

	assert(r == 0);
	since = clock_monotonic();
	for (int i = 0; i < at_a_time; i++)
		ask(&room);
	for (; seconds(since) < lasts_s; done++) {
		hear(&room);
		ask(&room);
	}
	(void)printf("append %d %llu %.3f\n", at_a_time,
		     (unsigned long long)done, seconds(since));
	for (int i = 0; i < at_a_time; i++)
		hear(&room);
	(void)vault_room_stop(&room);
	vault_room_free(&room);
}

/* A log as it is exported, in a file without a name. */
static FILE *generate(uint64_t entries, struct note *note)
{
	char line[RECORD_LINE_MAX + 1];
	FILE *out = tmpfile();
	struct tree *tree;
	int r = tree_new(-1, &tree);

	assert(out && r == 0);
	for (uint64_t i = 0; i < entries; i++) {
		struct record record;

		record_make(i,
			    INT64_C(1795000000) * NS_PER_S +
				    (nanoseconds)i * NS_PER_MS,
			    "recorder-1", slice_of(said), &record);
		(void)record_line(&record, line);
		(void)fputs(line, out);
		r = tree_append(tree, record.leaf);
		assert(r == 0);
	}
	r = fflush(out);
	assert(r == 0);
	note->size = entries;
	tree_root(tree, note->root);
	tree_free(tree);
	return out;
}

static double cpu(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void verify(uint64_t entries)
{
	static const uint8_t seed[32] = { 7 };
	struct note note = { .origin = "example.invalid/audit" };
	nanoseconds since = clock_monotonic();
	FILE *log = generate(entries, &note);
	double made = seconds(since), worked = cpu();
	uint8_t public[32], secret[64];
	char checkpoint[NOTE_SIZE], key[SIGNATURE_KEY_SIZE];
	struct audit_found found;
	int64_t size = ftell(log);
	int r;

	note_sign(&note, seed, checkpoint);
	(void)crypto_sign_seed_keypair(public, secret, seed);
	signature_key(note.origin, public, key);
	rewind(log);
	since = clock_monotonic();
	r = audit_verify(fileno(log), slice_of(checkpoint), key, &found);
	assert(r == 0 && found.is_signed && found.entries == entries);
	(void)printf("verify %llu %lld %.3f %.3f %.3f\n",
		     (unsigned long long)entries, (long long)size, made,
		     seconds(since), cpu() - worked);
	(void)fclose(log);
}

static int64_t number(const char *text, int64_t max)
{
	uint64_t value;

	if (slice_number(slice_of(text), (uint64_t)max, &value) < 0 ||
	    value == 0) {
		fprintf(stderr, "audit_bench: %s: 1 to %lld\n", text,
			(long long)max);
		exit(EXIT_FAILURE);
	}
	return (int64_t)value;
}

int main(int argc, char **argv)
{
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	if (argc == 5 && strcmp(argv[1], "append") == 0) {
		append(argv[2], (int)number(argv[3], AT_A_TIME_MAX),
		       (int)number(argv[4], 600));
	} else if (argc == 3 && strcmp(argv[1], "verify") == 0) {
		verify((uint64_t)number(argv[2], 20000000));
	} else {
		fprintf(stderr, "audit_bench append VAULT AT_A_TIME SECONDS, "
				"or verify ENTRIES\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
