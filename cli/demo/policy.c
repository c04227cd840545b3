/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/demo/policy.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/demo/place.h"
#include "notice/example.h"
#include "notice/signed.h"

struct person {
	const char *name;
	uint8_t seed[SIGNATURE_SEED_SIZE];
	char key[SIGNATURE_KEY_SIZE];
};

static void meet(struct person *person, const char *name)
{
	uint8_t public[SIGNATURE_PUBLIC_SIZE];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	person->name = name;
	randombytes_buf(person->seed, sizeof(person->seed));
	crypto_sign_seed_keypair(public, secret, person->seed);
	sodium_memzero(secret, sizeof(secret));
	signature_key(name, public, person->key);
}

/* One text in place of another of the same length. */
static void put(char *policy, const char *from, const char *to)
{
	char *at = strstr(policy, from);

	assert(at && strlen(from) == strlen(to));
	memcpy(at, to, strlen(to));
}

static int write_text(const struct person people[2], char **ret_text,
		      size_t *ret_size)
{
	static const char head[] = "policy:\n";
	OWNED(drop_memory)
	char *policy = strndup(notice_example, notice_example_size);
	FILE *out = policy ? open_memstream(ret_text, ret_size) : NULL;
	const char *at;

	if (!out)
		return -ENOMEM;
	put(policy, "hours: [\"mon-fri 09:00-16:00\"]",
	    "hours: [\"mon-sun 00:00-24:00\"]");
	put(policy, "closed: [holidays, eves]", "closed: [              ]");
	at = strstr(policy, head);
	assert(at);
	at += strlen(head);
	fprintf(out, "%.*s  signers:\n    - %s\n    - %s\n%s",
		(int)(at - policy), policy, people[0].key, people[1].key, at);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

static int sign(int dir, const struct person people[2], struct slice text)
{
	char body[SIGNED_BODY_SIZE], line[2][SIGNATURE_LINE_SIZE];
	char note[SIGNED_BODY_SIZE + 2 * SIGNATURE_LINE_SIZE + 2];
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	struct policy *policy;
	int length, r = policy_read(text, faults, &count, &policy);

	if (r < 0)
		return r;
	size = policy_signed_body(policy, body);
	policy_free(policy);
	for (int i = 0; i < 2; i++)
		signature_make((struct slice){ body, size }, people[i].name,
			       people[i].seed, line[i]);
	length = snprintf(note, sizeof(note), "%s\n%s%s", body, line[0],
			  line[1]);
	return place_write(dir, "policy.yaml.signed", note, (size_t)length);
}

int policy_write(int dir)
{
	OWNED(drop_memory) char *text = NULL;
	struct person people[2];
	size_t size;
	int r;

	meet(&people[0], "controller-representative");
	meet(&people[1], "second-signer");
	r = write_text(people, &text, &size);
	if (r == 0)
		r = place_write(dir, "policy.yaml", text, size);
	if (r == 0)
		r = sign(dir, people, (struct slice){ text, size });
	sodium_memzero(people, sizeof(people));
	return r;
}
