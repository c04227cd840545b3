/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * An attacker who has everything: the vault's ring with its passphrase, as
 * they are now, and an object copied away at any time, with what a register
 * knew of its key. Every pair in the ring is tried on the object's own
 * header and on everything else.
 *
 *	try_open STATE PASSPHRASE OBJECT [WRAPPED-IN-HEX ...]
 *
 * Ends with 0 and tells how, if it is opened; with 3 if nothing opens it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "vault/ring.h"

enum { OPENED = 0, BROKEN = 1, NOTHING = 3 };

struct attempt {
	int fd;
	struct id object;
	int tries;
};

/* Whether this pair opens this box, and its key the object. */
static bool opens(struct attempt *attempt, const struct seal_wrapped *wrapped,
		  const struct open_pair *pair)
{
	OWNED(open_object_drop) struct open_object *object = NULL;
	uint8_t key[SEAL_KEY_SIZE];

	attempt->tries++;
	return open_key(wrapped, pair, SEAL_FOR_OBJECT, &attempt->object,
			key) == 0 &&
	       open_object_new(attempt->fd, &attempt->object, key, &object) ==
		       0;
}

static bool try_all(struct attempt *attempt, const struct ring_secrets *secrets,
		    const struct seal_wrapped *wrapped, const char *where)
{
	for (size_t i = 0; i < secrets->count; i++)
		if (opens(attempt, wrapped, &secrets->entry[i].pair)) {
			(void)printf("%s opens by the key of %u\n", where,
				     secrets->entry[i].end.date);
			return true;
		}
	for (size_t i = 0; i < secrets->hold_count; i++)
		if (opens(attempt, wrapped, &secrets->hold[i].pair)) {
			(void)printf("%s opens by a hold\n", where);
			return true;
		}
	return false;
}

static bool key_read(const char *text, void *out, size_t size)
{
	size_t got;

	return sodium_hex2bin(out, size, text, strlen(text), NULL, &got,
			      NULL) == 0 &&
	       got == size;
}

static int open_ring(const char *state, const char *passphrase,
		     struct ring_secrets *secrets)
{
	OWNED(drop_fd)
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int file = open(passphrase, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *word = NULL;
	OWNED(drop_memory) char *bytes = NULL;
	size_t word_size, size;
	int r = dir < 0 || file < 0 ? -ENOENT : 0;

	if (r == 0)
		r = file_read(file, KEYRING_PASSPHRASE_MAX, &word, &word_size);
	if (r == 0 && word_size > 0 && word[word_size - 1] == '\n')
		word_size--;
	if (r == 0)
		r = ring_read(dir, &bytes, &size);
	if (r == 0)
		r = ring_make_key((const uint8_t *)bytes,
				  (struct slice){ word, word_size },
				  secrets->unlock_key);
	return r < 0 ? r : ring_unseal(secrets, (const uint8_t *)bytes, size);
}

int main(int argc, char **argv)
{
	OWNED(ring_secrets_drop) struct ring_secrets *secrets = NULL;
	struct attempt attempt = { .fd = -1 };
	struct seal_seen seen;
	bool opened;
	int r;

	if (argc < 4 || sodium_init() < 0)
		return BROKEN;
	secrets = ring_secrets_new();
	attempt.fd = open(argv[3], O_RDONLY | O_CLOEXEC);
	r = secrets && attempt.fd >= 0 ? open_ring(argv[1], argv[2], secrets)
				       : -ENOENT;
	if (r == 0)
		r = seal_check_ends(attempt.fd, &seen);
	if (r < 0) {
		(void)fprintf(stderr, "cannot try: %s\n", strerror(-r));
		return BROKEN;
	}
	attempt.object = seen.header.object;
	opened = try_all(&attempt, secrets, &seen.header.wrapped, "header");
	for (int i = 4; i < argc; i++) {
		struct seal_wrapped wrapped;

		if (!key_read(argv[i], &wrapped, sizeof(wrapped))) {
			(void)fprintf(stderr, "argument %d is no key\n", i);
			return BROKEN;
		}
		opened |= try_all(&attempt, secrets, &wrapped, "row");
	}
	(void)printf("%d tries with %zu dates and %zu holds\n", attempt.tries,
		     secrets->count, secrets->hold_count);
	(void)close(attempt.fd);
	return opened ? OPENED : NOTHING;
}
