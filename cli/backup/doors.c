/* SPDX-License-Identifier: EUPL-1.2 */
/* What back-ups ask of the vault's door. Contract in backup.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/backup/backup.h"
#include "cli/door.h"
#include "cli/say.h"
#include "vault/vault.h"

/* Ask; the answer comes into "out", a pipe or a file, if it is not -1. */
static int ask(const char *run, uint16_t type, const char *text, int out)
{
	OWNED(drop_fd) int end = door_enter(run, "vault");
	struct vault_door question = {
		.head = { .type = type, .size = sizeof(question) },
		.text_size = (uint32_t)strlen(text),
	}, answer;
	struct letter_fds fds = { { out, -1, -1, -1 }, out >= 0 };
	int r;

	if (end < 0)
		return end;
	assert(question.text_size <= sizeof(question.text));
	memcpy(question.text, text, question.text_size);
	r = door_ask(end, &question.head, &fds, &answer.head, VAULT_DOOR_IS,
		     sizeof(answer), DOOR_WAIT_MS);
	if (r == 0 && answer.result < 0) {
		say_error("the vault says: %s",
			  answer.result == -ENOKEY
				  ? "locked: unlock it first (tallenne keys "
				    "unlock)"
				  : strerror(-answer.result));
		r = answer.result;
	}
	return r;
}

int shelf_ask_vault(const char *run, uint16_t type, const char *text, int to)
{
	OWNED(drop_fd) int from = -1;
	OWNED(drop_fd) int into = -1;
	int ends[2], r;

	/* The log flows; all else is written at once, also into a file. */
	if (type != VAULT_DOOR_AUDIT)
		return ask(run, type, text, to);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	into = ends[1];
	r = ask(run, type, text, into);
	drop_fd(&into);
	if (r == 0)
		r = door_pour(from, to);
	return r;
}

int shelf_note(const char *run, const char *act, const struct backup *backup)
{
	char text[160], hash[2 * SEAL_HASH_SIZE + 1];

	hex_text(backup->hash, SEAL_HASH_SIZE, hash);
	(void)snprintf(text, sizeof(text), "%s %s %" PRIu64 " %" PRIu64, act,
		       hash, backup->objects, backup->bytes);
	return ask(run, VAULT_DOOR_BACKUP, text, -1);
}
