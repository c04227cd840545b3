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

/*
 * Ask; what is poured comes into "out", a pipe or a file, if it is not -1.
 * -ENOENT is no fault: it is the end of what is asked for one by one.
 */
static int ask(const char *run, uint16_t type, const char *text, int out,
	       struct vault_door *ret_answer, struct letter_fds *ret_fds)
{
	OWNED(drop_fd) int end = door_enter(run, "vault");
	struct vault_door question = {
		.head = { .type = type, .size = sizeof(question) },
		.text_size = (uint32_t)strlen(text),
	};
	struct letter_fds fds = { { out, -1, -1, -1 }, out >= 0 };
	int r;

	if (end < 0)
		return end;
	assert(question.text_size <= sizeof(question.text));
	memcpy(question.text, text, question.text_size);
	r = line_ask(end, &question.head, &fds, &ret_answer->head,
		     VAULT_DOOR_IS, sizeof(*ret_answer), ret_fds, DOOR_WAIT_MS);
	if (r == 0)
		r = ret_answer->result;
	if (r == 0 && ret_answer->text_size >= sizeof(ret_answer->text))
		r = -EPROTO;
	if (r == 0)
		ret_answer->text[ret_answer->text_size] = '\0';
	if (r < 0 && r != -ENOENT)
		say_error("the vault says: %s",
			  r == -ENOKEY ? "locked: unlock it first (tallenne "
					 "keys unlock)"
				       : strerror(-r));
	return r;
}

int shelf_ask_vault(const char *run, uint16_t type, const char *text, int to)
{
	struct vault_door answer;

	return ask(run, type, text, to, &answer, NULL);
}

/* Up to its last newline: what stands behind it is being written. */
static int append_lines(int from, int to, int64_t *at)
{
	static char block[1 << 16];
	int64_t start = *at, whole = *at, read_at = 0;

	for (;;) {
		ssize_t got =
			file_read_some(from, block, sizeof(block), read_at);
		const char *last;
		int r;

		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		r = file_write_at(to, block, (size_t)got, start + read_at);
		if (r < 0)
			return r;
		last = memrchr(block, '\n', (size_t)got);
		if (last)
			whole = start + read_at + (last + 1 - block);
		read_at += got;
	}
	*at = whole;
	return ftruncate(to, whole) < 0 ? -errno : 0;
}

int shelf_pages(const char *run, int to)
{
	char after[16] = "0";
	int64_t at = 0;
	int r;

	do {
		OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
		OWNED(drop_fd) int from = -1;
		struct vault_door answer;

		r = ask(run, VAULT_DOOR_PAGES, after, -1, &answer, &fds);
		from = r == 0 ? letter_fds_give(&fds, 0) : -1;
		if (r == 0)
			r = from < 0 ? -EPROTO
				     : slice_text(slice_of(answer.text), after,
						  sizeof(after));
		if (r == 0)
			r = append_lines(from, to, &at);
	} while (r == 0);
	return r == -ENOENT ? 0 : r;
}

int shelf_note(const char *run, const char *act, const struct backup *backup,
	       char ret_seq[SHELF_SEQ_SIZE])
{
	char text[160], hash[2 * SEAL_HASH_SIZE + 1];
	struct vault_door answer;
	int r;

	hex_text(backup->hash, SEAL_HASH_SIZE, hash);
	(void)snprintf(text, sizeof(text), "%s %s %" PRIu64 " %" PRIu64, act,
		       hash, backup->objects, backup->bytes);
	r = ask(run, VAULT_DOOR_BACKUP, text, -1, &answer, NULL);
	return r < 0 ? r
		     : slice_text(slice_of(answer.text), ret_seq,
				  SHELF_SEQ_SIZE);
}
