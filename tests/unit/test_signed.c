/* SPDX-License-Identifier: EUPL-1.2 */
/* Which policy may hold: signatures by two, in an order. Started with the
 * path of the example policy. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "notice/signed.h"

enum { PERSONS = 4, NOTE_SIZE = 4096 };

static char *example;

static const char *const names[PERSONS] = { "representative", "second-signer",
					    "third", "stranger" };

static void seed_of(int person, uint8_t seed[32])
{
	memset(seed, person + 1, 32);
}

static void key_of(int person, char key[SIGNATURE_KEY_SIZE])
{
	uint8_t seed[32], public[32], secret[64];

	seed_of(person, seed);
	crypto_sign_seed_keypair(public, secret, seed);
	signature_key(names[person], public, key);
}

/* The example, by these signers, superseding another, from a day on. */
static struct policy *make(const char *persons, const struct policy *former,
			   const char *valid_from)
{
	static const char head[] = "policy:\n", day[] = "2018-05-25\n";
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[8];
	size_t size = 0, count = COUNT(faults);
	struct policy *policy = NULL;
	FILE *out = open_memstream(&text, &size);
	const char *at = strstr(example, head), *rest;

	assert_non_null(out);
	assert_non_null(at);
	at += strlen(head);
	fprintf(out, "%.*s", (int)(at - example), example);
	if (persons[0])
		fprintf(out, "  signers:\n");
	for (; *persons; persons++) {
		char key[SIGNATURE_KEY_SIZE];

		key_of(*persons - '0', key);
		fprintf(out, "    - %s\n", key);
	}
	if (former)
		fprintf(out, "  supersedes: %s\n", policy_sha256(former));
	rest = strstr(at, "valid_from: ");
	assert_non_null(rest);
	rest += strlen("valid_from: ");
	fprintf(out, "%.*s%s\n%s", (int)(rest - at), at,
		valid_from ? valid_from : "2018-05-25", rest + strlen(day));
	assert_int_equal(fclose(out), 0);
	if (policy_read((struct slice){ text, size }, faults, &count, &policy) <
	    0)
		fail_msg("%s: %s", faults[0].code, faults[0].text);
	return policy;
}

static struct slice sign(const struct policy *policy, const char *persons,
			 char note[NOTE_SIZE])
{
	char body[SIGNED_BODY_SIZE], line[SIGNATURE_LINE_SIZE];
	size_t size = policy_signed_body(policy, body);
	int at = snprintf(note, NOTE_SIZE, "%s\n", body);

	for (; *persons; persons++) {
		uint8_t seed[32];

		seed_of(*persons - '0', seed);
		signature_make((struct slice){ body, size },
			       names[*persons - '0'], seed, line);
		at += snprintf(note + at, (size_t)(NOTE_SIZE - at), "%s", line);
	}
	return (struct slice){ note, (size_t)at };
}

static void expect(const char *code, const struct policy *policy,
		   const struct policy *former, struct slice note)
{
	struct notice_fault fault = { 0 };
	int r = policy_signed_check(policy, former, note, &fault);

	assert_int_equal(r, code[0] ? -EKEYREJECTED : 0);
	assert_string_equal(fault.code, code);
	assert_int_equal(fault.text[0] != '\0', code[0] != '\0');
}

static void two_of_its_signers_must_have_signed_the_first(void **state)
{
	struct policy *policy = make("012", NULL, NULL);
	struct policy *by_one = make("0", NULL, NULL);
	struct policy *by_none = make("", NULL, NULL);
	char note[NOTE_SIZE];

	(void)state;
	expect("", policy, NULL, sign(policy, "01", note));
	expect("", policy, NULL, sign(policy, "312", note));
	expect("E-UNSIGNED", policy, NULL, sign(policy, "1", note));
	expect("E-UNSIGNED", policy, NULL, sign(policy, "00", note));
	expect("E-UNSIGNED", policy, NULL, sign(policy, "03", note));
	expect("E-UNSIGNED", policy, NULL, sign(by_one, "01", note));
	expect("E-UNSIGNED", policy, NULL, (struct slice){ 0 });
	expect("E-UNSIGNED", policy, NULL, SLICE("anything\n"));
	expect("E-SIGNERS", by_one, NULL, sign(by_one, "01", note));
	expect("E-SIGNERS", by_none, NULL, sign(by_none, "01", note));
	policy_free(policy);
	policy_free(by_one);
	policy_free(by_none);
}

static void the_next_needs_two_of_those_before(void **state)
{
	struct policy *former = make("01", NULL, NULL);
	struct policy *same = make("01", former, "2019-01-01");
	struct policy *others = make("23", former, "2019-01-01");
	char note[NOTE_SIZE];

	(void)state;
	expect("", same, former, sign(same, "01", note));
	/* Who may write files writes signers of their own. */
	expect("E-NOT-BY-FORMER", others, former, sign(others, "23", note));
	expect("E-NOT-BY-FORMER", others, former, sign(others, "123", note));
	expect("", others, former, sign(others, "0123", note));
	policy_free(former);
	policy_free(same);
	policy_free(others);
}

static void no_policy_comes_back_and_none_is_for_the_past(void **state)
{
	struct policy *first = make("01", NULL, NULL);
	struct policy *second = make("01", first, "2019-01-01");
	struct policy *third = make("01", second, "2018-12-31");
	char note[NOTE_SIZE];

	(void)state;
	expect("", first, first, sign(first, "01", note));
	expect("E-SUPERSEDES", first, second, sign(first, "01", note));
	expect("E-SUPERSEDES", second, third, sign(second, "01", note));
	expect("E-EARLIER", third, second, sign(third, "01", note));
	policy_free(first);
	policy_free(second);
	policy_free(third);
}

static void what_stood_unsigned_can_be_superseded_by_any_two(void **state)
{
	struct policy *former = make("", NULL, NULL);
	struct policy *next = make("01", former, NULL);
	char note[NOTE_SIZE];

	(void)state;
	expect("", next, former, sign(next, "01", note));
	expect("E-UNSIGNED", next, former, sign(next, "0", note));
	policy_free(former);
	policy_free(next);
}

static void who_signed_is_told_by_place(void **state)
{
	struct policy *policy = make("012", NULL, NULL);
	char note[NOTE_SIZE], body[SIGNED_BODY_SIZE];
	struct slice text = sign(policy, "21", note);

	(void)state;
	assert_int_equal(policy_signed_by(policy, policy, text), 6);
	assert_int_equal(policy_signer_count(policy), 3);
	assert_string_equal(policy_signer(policy, 2), "third");
	(void)policy_signed_body(policy, body);
	assert_non_null(strstr(body, "prh-asiakaspalvelu 2018-05-25\n"));
	assert_non_null(strstr(body, policy_sha256(policy)));
	policy_free(policy);
}

/* Read a policy with these lines in its head; the first fault's code. */
static void expect_fault(const char *code, const char *lines)
{
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault faults[8];
	size_t count = COUNT(faults);
	struct policy *policy = NULL;
	const char *at = strstr(example, "policy:\n") + strlen("policy:\n");
	int size = asprintf(&text, "%.*s%s%s", (int)(at - example), example,
			    lines, at);

	assert_true(size > 0);
	assert_int_equal(policy_read((struct slice){ text, (size_t)size },
				     faults, &count, &policy),
			 -EINVAL);
	assert_string_equal(faults[0].code, code);
}

static void keys_that_are_none_are_refused(void **state)
{
	char key[SIGNATURE_KEY_SIZE], lines[1024];

	(void)state;
	expect_fault("E-KEY", "  signers: [somebody]\n");
	expect_fault("E-SHA256", "  supersedes: yesterday\n");
	expect_fault("E-DATE", "  valid_from: 2200-01-01\n");
	key_of(0, key);
	snprintf(lines, sizeof(lines), "  signers: [\"%s\", \"%s\"]\n", key,
		 key);
	expect_fault("E-TWICE", lines);
	/* One person under another name. */
	{
		uint8_t seed[32], public[32], secret[64];
		char other[SIGNATURE_KEY_SIZE];

		seed_of(0, seed);
		crypto_sign_seed_keypair(public, secret, seed);
		signature_key("another", public, other);
		snprintf(lines, sizeof(lines), "  signers: [\"%s\", \"%s\"]\n",
			 key, other);
		expect_fault("E-TWICE", lines);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_of_its_signers_must_have_signed_the_first),
		cmocka_unit_test(the_next_needs_two_of_those_before),
		cmocka_unit_test(no_policy_comes_back_and_none_is_for_the_past),
		cmocka_unit_test(
			what_stood_unsigned_can_be_superseded_by_any_two),
		cmocka_unit_test(who_signed_is_told_by_place),
		cmocka_unit_test(keys_that_are_none_are_refused),
	};
	size_t size;
	int fd, r;

	if (argc < 2 || sodium_init() < 0)
		return 77;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || file_read(fd, NOTICE_SIZE_MAX, &example, &size) < 0)
		return 77;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	close(fd);
	return r;
}
