/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Remarks beside a recording. The order is the promise here too: first the
 * entry is durable, then anything is sealed or opened. A remark has no key
 * of its own in any table: who cannot open the sound cannot open what was
 * remarked about it. Contract in vault.h and letters_parts.h.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/letters_parts.h"

enum {
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	DATA_SIZE = 2 * sizeof(struct id) + 8,
};

static_assert(VAULT_REMARK_BOX == NONCE_SIZE + VAULT_REMARK_SIZE + TAG_SIZE,
	      "as vault.h says");
static_assert(SEAL_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	      "a key fits");

/* The key of the sound, if it is that and may be opened. */
static int sound_key(struct keeper *keeper, const struct vault_remarks *letter,
		     int fd, uint8_t ret_key[SEAL_KEY_SIZE])
{
	const struct open_pair *pair;
	struct seal_seen seen;
	int r;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	/* Whose it is stands in it, signed by the node that made it. */
	r = seal_check_ends(fd, &seen);
	if (r == 0 && (seen.header.kind != SEAL_KIND_SOUND ||
		       !id_is(&seen.header.object, &letter->object)))
		r = -EBADMSG;
	if (r == 0)
		r = letters_pair(keeper, &letter->wrapped.end,
				 &seen.header.contact, &pair);
	if (r == 0)
		r = open_key(&letter->wrapped, pair, SEAL_FOR_OBJECT,
			     &letter->object, ret_key);
	return r;
}

/* The key of one remark, and what stands beside it. */
static void derive(const uint8_t sound[SEAL_KEY_SIZE], const struct id *object,
		   const struct vault_remark *remark,
		   uint8_t ret_key[SEAL_KEY_SIZE], uint8_t ret_data[DATA_SIZE])
{
	static const char label[] = "tallenne remark 1";
	uint8_t about[sizeof(label) - 1 + sizeof(struct id)];

	memcpy(about, label, sizeof(label) - 1);
	memcpy(about + sizeof(label) - 1, &remark->remark, sizeof(struct id));
	(void)crypto_generichash(ret_key, SEAL_KEY_SIZE, about, sizeof(about),
				 sound, SEAL_KEY_SIZE);
	memcpy(ret_data, object, sizeof(*object));
	memcpy(ret_data + sizeof(*object), &remark->remark, sizeof(*object));
	seal_put64(ret_data + 2 * sizeof(*object), (uint64_t)remark->at_ms);
}

static void close_box(const uint8_t sound[SEAL_KEY_SIZE],
		      const struct id *object,
		      const uint8_t text[VAULT_REMARK_SIZE],
		      struct vault_remark *remark)
{
	uint8_t key[SEAL_KEY_SIZE], data[DATA_SIZE];

	derive(sound, object, remark, key, data);
	randombytes_buf(remark->box, NONCE_SIZE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(
		remark->box + NONCE_SIZE, NULL, text, VAULT_REMARK_SIZE, data,
		sizeof(data), NULL, remark->box, key);
	sodium_memzero(key, sizeof(key));
}

static int open_box(const uint8_t sound[SEAL_KEY_SIZE], const struct id *object,
		    const struct vault_remark *remark,
		    uint8_t ret_text[VAULT_REMARK_SIZE])
{
	uint8_t key[SEAL_KEY_SIZE], data[DATA_SIZE];
	int r;

	derive(sound, object, remark, key, data);
	r = crypto_aead_xchacha20poly1305_ietf_decrypt(
		ret_text, NULL, NULL, remark->box + NONCE_SIZE,
		VAULT_REMARK_SIZE + TAG_SIZE, data, sizeof(data), remark->box,
		key);
	sodium_memzero(key, sizeof(key));
	if (r == 0)
		return 0;
	memset(ret_text, 0, VAULT_REMARK_SIZE);
	return -EBADMSG;
}

/* A plain file never makes the vault wait, whoever made it. */
static int read_text(int fd, uint8_t ret_text[VAULT_REMARK_SIZE])
{
	struct stat about;
	int r;

	memset(ret_text, 0, VAULT_REMARK_SIZE);
	if (fstat(fd, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode) || about.st_size < 1 ||
	    about.st_size > VAULT_REMARK_MAX)
		return -EMSGSIZE;
	r = file_read_at(fd, ret_text, (size_t)about.st_size, 0);
	if (r == 0 && memchr(ret_text, 0, (size_t)about.st_size))
		r = -EMSGSIZE;
	return r;
}

static int seal_one(struct keeper *keeper, const struct vault_remarks *letter,
		    int object, int text_fd, struct vault_remark *ret_remark)
{
	uint8_t key[SEAL_KEY_SIZE], text[VAULT_REMARK_SIZE];
	int r;

	if (letter->count != 1)
		return -EBADMSG;
	r = read_text(text_fd, text);
	if (r == 0)
		r = sound_key(keeper, letter, object, key);
	if (r == 0) {
		*ret_remark = letter->remark[0];
		close_box(key, &letter->object, text, ret_remark);
	}
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	return r;
}

int letters_remark(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	const struct vault_remarks *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_remarked answer = {
		.head = { .type = VAULT_REMARKED,
			  .size = sizeof(answer),
			  .tag = head->tag },
	};
	OWNED(drop_fd) int object = letter_fds_give(fds, 0);
	OWNED(drop_fd) int text = letter_fds_give(fds, 1);
	int r;

	if (object < 0 || text < 0)
		return -EPROTO;
	r = keeper_write(keeper, &letter->entry, &answer.seq);
	if (r == 0) {
		r = seal_one(keeper, letter, object, text, &answer.remark);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
	}
	answer.result = r;
	return line_post(end, &answer.head, NULL, false);
}

static int pour(struct keeper *keeper, const struct vault_remarks *letter,
		int object, int pipe, uint64_t seq)
{
	uint8_t texts[VAULT_REMARKS_MAX][VAULT_REMARK_SIZE];
	const size_t size = letter->count * sizeof(texts[0]);
	uint8_t key[SEAL_KEY_SIZE];
	OWNED(drop_fd) int out = pipe;
	int file = -1, r;

	if (letter->count < 1 || letter->count > VAULT_REMARKS_MAX)
		return -EBADMSG;
	r = sound_key(keeper, letter, object, key);
	/* One that was changed keeps nobody from reading the others. */
	for (uint32_t i = 0; r == 0 && i < letter->count; i++)
		if (open_box(key, &letter->object, &letter->remark[i],
			     texts[i]) < 0)
			keeper_refuse(keeper, seq, -EBADMSG);
	sodium_memzero(key, sizeof(key));
	if (r == 0) {
		file = file_of("remarks", texts, size);
		r = file < 0 ? file : 0;
		sodium_memzero(texts, sizeof(texts));
	}
	if (r == 0)
		r = streams_copy(&keeper->streams, GIVE_FD(out), file, size);
	return r;
}

int letters_remarks(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct vault_remarks *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_answer answer = { .result = 0 };
	OWNED(drop_fd) int object = letter_fds_give(fds, 0);
	int pipe = letter_fds_give(fds, 1), r;

	if (object < 0 || pipe < 0) {
		drop_fd(&pipe);
		return -EPROTO;
	}
	r = keeper_write(keeper, &letter->entry, &answer.seq);
	if (r == 0) {
		r = pour(keeper, letter, object, GIVE_FD(pipe), answer.seq);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
		else
			counter_add(keeper->unsealed, 1);
	} else {
		drop_fd(&pipe);
	}
	answer.result = r;
	return letters_answer(end, head, &answer);
}
