/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What an attacker can do who has rings and their passphrase: commands on
 * stdin, one a line, an answer for each. tests/attack/attack.py asks.
 *
 *	ring FILE PASSPHRASE-FILE	pairs N, in all
 *	box HEX				key PURPOSE OWNER KEY | no
 *	text HEX			text OWNER | no
 *	copy FILE OUT			copied | no
 *	object FILE KEY			opened BYTES | no
 *
 * A box is tried with every pair of every ring, whatever date stands beside
 * it: nothing that is written outside is believed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vault/open_copy.h"
#include "vault/ring.h"

enum {
	LINE_SIZE = 16384,
	PAIRS_MAX = 32768,
	RING_SIZE_MAX = 4 << 20,
	KEY_BOX = SEAL_BOX_KEY_SIZE + SEAL_BOX_EXTRA,
	TEXT_BOX = SEAL_TEXT_BOX_SIZE,
};

/* Each pair once, from whatever ring. */
static struct open_pair pairs[PAIRS_MAX];
static size_t pair_count;

static void answer(const char *text)
{
	(void)printf("%s\n", text);
	(void)fflush(stdout);
}

static void add_pair(const struct open_pair *pair)
{
	for (size_t i = 0; i < pair_count; i++)
		if (memcmp(&pairs[i], pair, sizeof(*pair)) == 0)
			return;
	if (pair_count < PAIRS_MAX)
		pairs[pair_count++] = *pair;
}

static void add_ring(const struct ring_secrets *ring)
{
	for (size_t i = 0; i < ring->count; i++)
		add_pair(&ring->entry[i].pair);
	for (size_t i = 0; i < ring->hold_count; i++)
		add_pair(&ring->hold[i].pair);
	for (size_t i = 0; i < ring->day_count; i++)
		add_pair(&ring->day[i].pair);
}

/* Whether any pair there is opens it. */
static bool open_box(const uint8_t *box, size_t size, uint8_t *plain)
{
	for (size_t i = 0; i < pair_count; i++)
		if (crypto_box_seal_open(plain, box, size, pairs[i].public,
					 pairs[i].secret) == 0)
			return true;
	return false;
}

static int read_ring(const char *file, const char *word)
{
	OWNED(drop_fd) int fd = open(file, O_RDONLY | O_CLOEXEC);
	OWNED(drop_fd) int pass = open(word, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *bytes = NULL, *text = NULL;
	OWNED(ring_secrets_drop) struct ring_secrets *ring = ring_secrets_new();
	size_t size = 0, text_size = 0;
	int r = fd < 0 || pass < 0 || !ring ? -ENOENT : 0;

	if (r == 0)
		r = file_read(fd, RING_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = file_read(pass, KEYRING_PASSPHRASE_MAX, &text, &text_size);
	while (text_size > 0 && text[text_size - 1] == '\n')
		text_size--;
	if (r == 0)
		r = ring_make_key((const uint8_t *)bytes,
				  (struct slice){ text, text_size },
				  ring->unlock_key);
	if (r == 0)
		r = ring_unseal(ring, (const uint8_t *)bytes, size);
	if (r == 0)
		add_ring(ring);
	return r < 0 ? r : (int)pair_count;
}

static void take_ring(const char *file, const char *word)
{
	char text[32];
	int r = read_ring(file, word);

	(void)snprintf(text, sizeof(text), "pairs %d", r);
	answer(r < 0 ? "no" : text);
}

static void take_box(const char *hex)
{
	uint8_t box[KEY_BOX], plain[SEAL_BOX_KEY_SIZE];
	char owner[33], key[65], text[160];

	if (hex_read(slice_of(hex), box, sizeof(box)) < 0 ||
	    !open_box(box, sizeof(box), plain)) {
		answer("no");
		return;
	}
	hex_text(plain + SEAL_BOX_AT_OWNER, 16, owner);
	hex_text(plain + SEAL_BOX_AT_KEY, SEAL_KEY_SIZE, key);
	(void)snprintf(text, sizeof(text), "key %u %s %s", plain[0], owner,
		       key);
	answer(text);
}

static void take_text(const char *hex)
{
	uint8_t box[TEXT_BOX], plain[SEAL_BOX_TEXT_SIZE];
	char owner[33], text[64];

	if (hex_read(slice_of(hex), box, sizeof(box)) < 0 ||
	    !open_box(box, sizeof(box), plain)) {
		answer("no");
		return;
	}
	hex_text(plain + SEAL_BOX_AT_OWNER, 16, owner);
	(void)snprintf(text, sizeof(text), "text %s", owner);
	answer(text);
}

static bool copy(const char *file, const char *as)
{
	OWNED(drop_fd) int from = open(file, O_RDONLY | O_CLOEXEC);
	struct seal_copy head;

	if (from < 0 || seal_copy_read(from, &head) < 0)
		return false;
	for (size_t i = 0; i < pair_count; i++) {
		OWNED(drop_fd)
		int to = open(as, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		if (to >= 0 && open_copy(from, &pairs[i], &head.owner, to) == 0)
			return true;
	}
	(void)unlink(as);
	return false;
}

/* In an object copied from a back-up the box is missing: any head will do. */
static void take_object(const char *file, const char *hex)
{
	OWNED(open_object_drop) struct open_object *object = NULL;
	OWNED(drop_fd) int fd = open(file, O_RDONLY | O_CLOEXEC);
	uint8_t key[SEAL_KEY_SIZE], head[SEAL_HEADER_SIZE];
	struct id id;
	char text[48];

	if (fd < 0 || hex_read(slice_of(hex), key, sizeof(key)) < 0 ||
	    file_read_at(fd, head, sizeof(head), 0) < 0) {
		answer("no");
		return;
	}
	memcpy(&id, head + SEAL_AT_OBJECT, sizeof(id));
	if (open_object_new(fd, &id, key, &object) < 0) {
		answer("no");
		return;
	}
	(void)snprintf(text, sizeof(text), "opened %" PRIu64,
		       open_object_size(object));
	answer(text);
}

int main(void)
{
	static char line[LINE_SIZE];

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	while (fgets(line, sizeof(line), stdin)) {
		char *word = line, *first, *second;

		line[strcspn(line, "\n")] = '\0';
		first = strchr(word, ' ');
		if (!first)
			return EXIT_FAILURE;
		*first++ = '\0';
		second = strchr(first, ' ');
		if (second)
			*second++ = '\0';
		if (strcmp(word, "box") == 0)
			take_box(first);
		else if (strcmp(word, "text") == 0)
			take_text(first);
		else if (second && strcmp(word, "ring") == 0)
			take_ring(first, second);
		else if (second && strcmp(word, "copy") == 0)
			answer(copy(first, second) ? "copied" : "no");
		else if (second && strcmp(word, "object") == 0)
			take_object(first, second);
		else
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
