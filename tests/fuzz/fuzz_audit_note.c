/* SPDX-License-Identifier: EUPL-1.2 */
/* A checkpoint and a verifier key, from anywhere; first line: the key. */
#include "vault/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest, text = { (const char *)data, size };
	struct slice first = slice_cut(text, '\n', &rest);
	char key[SIGNATURE_KEY_SIZE], name[NOTE_ORIGIN_MAX + 1];
	uint8_t public[32];
	struct note note;

	(void)!signature_key_read(first, name, public);
	if (slice_text(first, key, sizeof(key)) < 0)
		return 0;
	if (note_read(rest, key, &note) == 0)
		assert(signature_name_is(note.origin));
	(void)!note_read(rest, NULL, &note);
	return 0;
}
