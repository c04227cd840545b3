/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/note.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	BASE64 = sodium_base64_VARIANT_ORIGINAL,
	HASH_TEXT_SIZE = sodium_base64_ENCODED_LEN(TREE_HASH_SIZE, BASE64),
	EXTRA_MAX = 8192,
};

void note_sign(const struct note *note, const uint8_t seed[32],
	       char ret_text[NOTE_SIZE])
{
	char root[HASH_TEXT_SIZE], line[SIGNATURE_LINE_SIZE];
	int size;

	sodium_bin2base64(root, sizeof(root), note->root, TREE_HASH_SIZE,
			  BASE64);
	size = snprintf(ret_text, NOTE_SIZE, "%s\n%llu\n%s\n", note->origin,
			(unsigned long long)note->size, root);
	signature_make((struct slice){ ret_text, (size_t)size }, note->origin,
		       seed, line);
	size += snprintf(ret_text + size, NOTE_SIZE - (size_t)size, "\n%s",
			 line);
	assert(size < NOTE_SIZE);
}

int note_read(struct slice text, const char *key, struct note *ret_note)
{
	struct slice rest, lines, size, root, body, origin;
	char name[NOTE_ORIGIN_MAX + 1];
	struct note note = { .size = 0 };
	uint8_t public[SIGNATURE_PUBLIC_SIZE];

	if (signature_split(text, &body, &lines) < 0)
		return -EINVAL;
	origin = slice_cut(body, '\n', &rest);
	size = slice_cut(rest, '\n', &rest);
	root = slice_cut(rest, '\n', &rest);
	if (slice_text(origin, note.origin, sizeof(note.origin)) < 0 ||
	    !signature_name_is(note.origin) ||
	    slice_number(size, INT64_MAX, &note.size) < 0 ||
	    (size.size > 1 && size.at[0] == '0') ||
	    signature_base64(root, note.root, sizeof(note.root)) < 0 ||
	    rest.size > 0)
		return -EINVAL;
	if (key) {
		if (signature_key_read(slice_of(key), name, public) < 0)
			return -EINVAL;
		if (strcmp(name, note.origin) != 0 ||
		    !signature_is_by(body, lines, name, public))
			return -EKEYREJECTED;
	}
	*ret_note = note;
	return 0;
}

/* Append to text; false if it does not fit. */
static bool add(char *text, size_t *at, const char *more)
{
	size_t size = strlen(more);

	if (*at + size >= NOTE_PROOF_SIZE)
		return false;
	memcpy(text + *at, more, size + 1);
	*at += size;
	return true;
}

int note_proof(const void *extra, size_t extra_size, uint64_t index,
	       const struct tree_path *path, const char *checkpoint,
	       char ret_text[NOTE_PROOF_SIZE])
{
	char line[sodium_base64_ENCODED_LEN(EXTRA_MAX, BASE64)];
	size_t at = 0;
	bool fits = add(ret_text, &at, "c2sp.org/tlog-proof@v1\n");

	if (extra_size > EXTRA_MAX)
		return -EMSGSIZE;
	if (extra) {
		sodium_bin2base64(line, sizeof(line), extra, extra_size,
				  BASE64);
		fits = fits && add(ret_text, &at, "extra ") &&
		       add(ret_text, &at, line) && add(ret_text, &at, "\n");
	}
	snprintf(line, sizeof(line), "index %llu\n", (unsigned long long)index);
	fits = fits && add(ret_text, &at, line);
	for (int i = 0; i < path->count; i++) {
		sodium_bin2base64(line, sizeof(line), path->hash[i],
				  TREE_HASH_SIZE, BASE64);
		fits = fits && add(ret_text, &at, line) &&
		       add(ret_text, &at, "\n");
	}
	fits = fits && add(ret_text, &at, "\n") &&
	       add(ret_text, &at, checkpoint);
	return fits ? (int)at : -EMSGSIZE;
}
