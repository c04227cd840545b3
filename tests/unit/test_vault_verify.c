/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vault/verify.h"

enum { ENTRIES = 12 };

/* A log in memory, its checkpoint and the key for that. */
struct log {
	char *text;
	size_t size;
	char checkpoint[NOTE_SIZE], key[SIGNATURE_KEY_SIZE];
};

static const uint8_t seed[32] = { 7 };

static struct record record_of(uint64_t seq)
{
	struct record record;
	char said[128];

	snprintf(said, sizeof(said),
		 "{\"event\":\"content.read\",\"actor\":\"stf_%llu\","
		 "\"note\":\"a \\\"quoted\\\" \\\\ word\"}",
		 (unsigned long long)seq);
	record_make(seq, (1795000000 + (int64_t)seq) * NS_PER_S, "test-1",
		    slice_of(said), &record);
	return record;
}

static void add_line(struct log *log, const struct record *record)
{
	log->text = realloc(log->text, log->size + RECORD_LINE_MAX + 1);
	log->size += record_line(record, log->text + log->size);
}

static struct log log_of(int entries)
{
	struct log log = { .text = NULL };
	struct note note = { .origin = "example.invalid/audit",
			     .size = (uint64_t)entries };
	uint8_t public[32], secret[64];
	struct tree *tree;

	assert_int_equal(tree_new(-1, &tree), 0);
	for (int i = 0; i < entries; i++) {
		struct record record = record_of((uint64_t)i);

		add_line(&log, &record);
		assert_int_equal(tree_append(tree, record.leaf), 0);
	}
	tree_root(tree, note.root);
	tree_free(tree);
	note_sign(&note, seed, log.checkpoint);
	crypto_sign_seed_keypair(public, secret, seed);
	signature_key(note.origin, public, log.key);
	return log;
}

static int verify(const struct log *log, bool with_checkpoint,
		  struct audit_found *found)
{
	OWNED(drop_fd) int fd = file_of("log", log->text, log->size);

	return audit_verify(fd,
			    with_checkpoint ? slice_of(log->checkpoint)
					    : (struct slice){ NULL, 0 },
			    log->key, found);
}

static void a_whole_log_is_found_whole(void **state)
{
	struct log log = log_of(ENTRIES);
	struct audit_found found;

	(void)state;
	assert_int_equal(verify(&log, true, &found), 0);
	assert_null(found.problem);
	assert_int_equal(found.entries, ENTRIES);
	assert_true(found.is_signed);
	free(log.text);
}

static void every_changed_bit_is_found(void **state)
{
	struct log log = log_of(ENTRIES);
	struct audit_found found;

	(void)state;
	for (size_t i = 0; i < log.size; i++) {
		log.text[i] ^= (char)(1 << i % 8);
		assert_int_equal(verify(&log, true, &found), -EBADMSG);
		assert_non_null(found.problem);
		log.text[i] ^= (char)(1 << i % 8);
	}
	free(log.text);
}

static void every_cut_is_found_with_a_checkpoint(void **state)
{
	struct log log = log_of(ENTRIES);
	const size_t whole = log.size;
	struct audit_found found;

	(void)state;
	for (log.size = 0; log.size < whole; log.size++)
		assert_int_equal(verify(&log, true, &found), -EBADMSG);
	log.size = whole;
	free(log.text);
}

/* Lines in this order; an index twice or left out changes the log. */
static void rearrange(const struct log *log, const int *order, int count,
		      struct log *ret)
{
	struct slice lines[ENTRIES], rest = { log->text, log->size };

	for (int i = 0; i < ENTRIES; i++)
		lines[i] = slice_cut(rest, '\n', &rest);
	*ret = *log;
	ret->text = malloc(log->size + RECORD_LINE_MAX);
	ret->size = 0;
	for (int i = 0; i < count; i++) {
		struct slice line = lines[order[i]];

		memcpy(ret->text + ret->size, line.at, line.size + 1);
		ret->size += line.size + 1;
	}
}

static void dropped_doubled_and_swapped_lines_are_found(void **state)
{
	struct log log = log_of(ENTRIES), changed;
	struct audit_found found;

	(void)state;
	for (int a = 0; a < ENTRIES; a++)
		for (int b = 0; b < ENTRIES; b++) {
			int order[ENTRIES], count = 0;

			for (int i = 0; i < ENTRIES; i++)
				if (a != b)
					order[count++] = i == a	  ? b
							 : i == b ? a
								  : i;
				else if (i != a)
					order[count++] = i;
			rearrange(&log, order, count, &changed);
			assert_int_equal(verify(&changed, true, &found),
					 -EBADMSG);
			/* Only a cut at the end needs the checkpoint. */
			if (a != b || a < ENTRIES - 1)
				assert_int_equal(
					verify(&changed, false, &found),
					-EBADMSG);
			free(changed.text);
		}
	free(log.text);
}

static void another_history_is_not_the_signed_one(void **state)
{
	struct log log = log_of(ENTRIES), fork = log_of(ENTRIES);
	struct audit_found found;

	(void)state;
	/* Whole in itself, for its salts differ; but nobody signed it. */
	memcpy(fork.checkpoint, log.checkpoint, sizeof(log.checkpoint));
	assert_int_equal(verify(&fork, false, &found), 0);
	assert_false(found.is_signed);
	assert_int_equal(verify(&fork, true, &found), -EBADMSG);
	free(log.text);
	free(fork.text);
}

static void time_does_not_run_backwards(void **state)
{
	struct log log = { .text = NULL };
	struct audit_found found;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct record record;

		record_make((uint64_t)i, (1795000000 - i) * NS_PER_S, "test-1",
			    slice_of("{}"), &record);
		add_line(&log, &record);
	}
	assert_int_equal(verify(&log, false, &found), -EBADMSG);
	assert_int_equal(found.entries, 1);
	free(log.text);
}

static void an_erased_entry_keeps_its_place(void **state)
{
	struct log log = log_of(ENTRIES), erased = log;
	struct slice rest = { log.text, log.size };
	struct audit_found found;

	(void)state;
	erased.text = NULL;
	erased.size = 0;
	for (int i = 0; i < ENTRIES; i++) {
		struct record record;

		assert_int_equal(
			record_read(slice_cut(rest, '\n', &rest), &record), 0);
		record.is_erased = i < 5;
		add_line(&erased, &record);
	}
	/* It is the log that was signed, but nobody said that they may go. */
	assert_int_equal(verify(&erased, true, &found), -EBADMSG);
	assert_int_equal(found.erased, 5);
	assert_null(memmem(erased.text, erased.size, "stf_4", 5));
	for (int i = 4; i <= 5; i++) {
		struct log told = erased;
		struct record record;
		char said[128];

		snprintf(said, sizeof(said),
			 "{" VERIFY_ERASED "\"before\":\"2026-01-01\","
			 "\"entries\":%d}",
			 i);
		record_make(ENTRIES, 1796000000 * NS_PER_S, "test-1",
			    slice_of(said), &record);
		told.text = malloc(erased.size);
		memcpy(told.text, erased.text, erased.size);
		add_line(&told, &record);
		assert_int_equal(verify(&told, true, &found),
				 i < 5 ? -EBADMSG : 0);
		free(told.text);
	}
	free(erased.text);
	free(log.text);
}

static void what_rooms_may_say(void **state)
{
	static const struct {
		const char *said;
		bool is_legal;
	} rows[] = {
		{ "{}", true },
		{ "{\"a\":1}", true },
		{ "{ \"a\" : [ 1 , -2.5e+3 , true , null , \"\\u00e4\" ] }",
		  true },
		{ "{\"a\":{\"seq\":1}}", true },
		{ "{\"a\":\"\xc3\xa4\"}", true },
		{ "", false },
		{ "{", false },
		{ " {}", false },
		{ "[]", false },
		{ "{\"seq\":1}", false },
		{ "{\"a\":1,\"time\":2}", false },
		{ "{\"node\":1}", false },
		{ "{\"s\\u0065q\":1}", false },
		{ "{\"a\":1,}", false },
		{ "{\"a\":01}", false },
		{ "{\"a\":.5}", false },
		{ "{\"a\":tru}", false },
		{ "{\"a\":\"\n\"}", false },
		{ "{\"a\":\"\x7f\"}", false },
		{ "{\"a\":\"\\x\"}", false },
		{ "{\"a\":\"\xc0\x80\"}", false },
		{ "{\"a\":\"\xed\xa0\x80\"}", false },
		{ "{\"a\":\"\xf5\x80\x80\x80\"}", false },
		{ "{\"a\":1} {}", false },
		{ "{\"a\":[[[[[[[[1]]]]]]]]}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (record_said_is(slice_of(rows[i].said)) != rows[i].is_legal)
			fail_msg("row %zu: %s", i, rows[i].said);
}

static void the_longest_entry_fits_its_line(void **state)
{
	char said[RECORD_SAID_MAX], line[RECORD_LINE_MAX + 1];
	struct record record, read;
	size_t size;

	(void)state;
	memset(said, '\\', sizeof(said));
	memcpy(said, "{\"a\":\"", 6);
	memcpy(said + sizeof(said) - 2, "\"}", 2);
	assert_true(record_said_is((struct slice){ said, sizeof(said) }));
	record_make(UINT32_MAX, 1795000000 * NS_PER_S,
		    "a.node.with.the.longest.name.that.is.allowed.in.the.audit."
		    "log.00",
		    (struct slice){ said, sizeof(said) }, &record);
	size = record_line(&record, line);
	assert_int_equal(record_read((struct slice){ line, size - 1 }, &read),
			 0);
	assert_int_equal(read.payload_size, record.payload_size);
}

/* For tests/unit/test_verify_audit.py: log, checkpoint, key and a proof. */
static void write_all(const char *directory)
{
	struct log log = log_of(ENTRIES);
	char proof[NOTE_PROOF_SIZE];
	uint8_t extra[RECORD_SALT_SIZE + RECORD_PAYLOAD_MAX];
	struct slice rest = { log.text, log.size };
	struct tree *tree;
	struct tree_path path;
	struct record record, chosen = { .seq = 0 };
	const char *const names[] = { "log", "checkpoint", "key", "proof" };

	assert_int_equal(tree_new(-1, &tree), 0);
	for (int i = 0; i < ENTRIES; i++) {
		assert_int_equal(
			record_read(slice_cut(rest, '\n', &rest), &record), 0);
		assert_int_equal(tree_append(tree, record.leaf), 0);
		if (i == 5)
			chosen = record;
	}
	assert_int_equal(tree_prove(tree, 5, ENTRIES, &path), 0);
	tree_free(tree);
	memcpy(extra, chosen.salt, RECORD_SALT_SIZE);
	memcpy(extra + RECORD_SALT_SIZE, chosen.payload, chosen.payload_size);
	assert_true(note_proof(extra, RECORD_SALT_SIZE + chosen.payload_size, 5,
			       &path, log.checkpoint, proof) > 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct slice texts[] = {
			{ log.text, log.size },
			slice_of(log.checkpoint),
			slice_of(log.key),
			slice_of(proof),
		};
		char name[512];
		FILE *file;

		snprintf(name, sizeof(name), "%s/%s", directory, names[i]);
		file = fopen(name, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(texts[i].at, 1, texts[i].size, file),
				 texts[i].size);
		assert_int_equal(fclose(file), 0);
	}
	free(log.text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_log_is_found_whole),
		cmocka_unit_test(every_changed_bit_is_found),
		cmocka_unit_test(every_cut_is_found_with_a_checkpoint),
		cmocka_unit_test(dropped_doubled_and_swapped_lines_are_found),
		cmocka_unit_test(another_history_is_not_the_signed_one),
		cmocka_unit_test(time_does_not_run_backwards),
		cmocka_unit_test(an_erased_entry_keeps_its_place),
		cmocka_unit_test(what_rooms_may_say),
		cmocka_unit_test(the_longest_entry_fits_its_line),
	};

	if (argc == 2) {
		write_all(argv[1]);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
