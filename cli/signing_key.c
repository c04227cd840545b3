/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/signing_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	SEALED_SIZE = SIGNATURE_SEED_SIZE + crypto_secretbox_MACBYTES,
	FILE_SIZE = crypto_pwhash_SALTBYTES + crypto_secretbox_NONCEBYTES +
		    SEALED_SIZE,
	BASE64 = sodium_base64_VARIANT_ORIGINAL,
	TEXT_SIZE = sodium_base64_ENCODED_LEN(FILE_SIZE, BASE64),
	FILE_MAX = 4096,
};

static const char first_line[] = "tallenne signing key 1";

/* What lies in the file, in this order. */
struct sealed {
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	uint8_t box[SEALED_SIZE];
};
static_assert(sizeof(struct sealed) == FILE_SIZE, "bytes, no gaps");

void signing_key_wipe(struct signing_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

static int stretch(struct slice passphrase, const struct sealed *sealed,
		   uint8_t ret_key[crypto_secretbox_KEYBYTES])
{
	return crypto_pwhash(ret_key, crypto_secretbox_KEYBYTES, passphrase.at,
			     passphrase.size, sealed->salt,
			     crypto_pwhash_OPSLIMIT_MODERATE,
			     crypto_pwhash_MEMLIMIT_MODERATE,
			     crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? 0
		       : -ENOMEM;
}

static void know_public(struct signing_key *key)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(key->public, secret, key->seed);
	sodium_memzero(secret, sizeof(secret));
}

int signing_key_make(const char *path, const char *name,
		     struct slice passphrase, struct signing_key *ret_key)
{
	OWNED(drop_fd) int fd = -1;
	uint8_t key[crypto_secretbox_KEYBYTES];
	char text[TEXT_SIZE], file[FILE_MAX];
	struct sealed sealed;
	int size, r;

	assert(signature_name_is(name));
	(void)snprintf(ret_key->name, sizeof(ret_key->name), "%s", name);
	randombytes_buf(ret_key->seed, sizeof(ret_key->seed));
	randombytes_buf(sealed.salt, sizeof(sealed.salt));
	randombytes_buf(sealed.nonce, sizeof(sealed.nonce));
	know_public(ret_key);
	r = stretch(passphrase, &sealed, key);
	if (r < 0)
		return r;
	crypto_secretbox_easy(sealed.box, ret_key->seed, sizeof(ret_key->seed),
			      sealed.nonce, key);
	sodium_memzero(key, sizeof(key));
	sodium_bin2base64(text, sizeof(text), (const uint8_t *)&sealed,
			  sizeof(sealed), BASE64);
	size = snprintf(file, sizeof(file), "%s\n%s\n%s\n", first_line, name,
			text);
	assert(size < FILE_MAX);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_at(fd, file, (size_t)size, 0);
	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

static int read_sealed(const char *path, struct sealed *sealed,
		       struct signing_key *key)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct slice rest, line;
	size_t size = 0;
	int r = fd < 0 ? -errno : file_read(fd, FILE_MAX, &text, &size);

	if (r < 0)
		return r;
	line = slice_cut((struct slice){ text, size }, '\n', &rest);
	if (!slice_is(line, slice_of(first_line)))
		return -EBADMSG;
	line = slice_cut(rest, '\n', &rest);
	if (slice_text(line, key->name, sizeof(key->name)) < 0 ||
	    !signature_name_is(key->name))
		return -EBADMSG;
	line = slice_cut(rest, '\n', &rest);
	if (signature_base64(line, sealed, sizeof(*sealed)) < 0)
		return -EBADMSG;
	return 0;
}

int signing_key_read(const char *path, struct slice passphrase,
		     struct signing_key *ret_key)
{
	uint8_t key[crypto_secretbox_KEYBYTES];
	struct sealed sealed;
	int r = read_sealed(path, &sealed, ret_key);

	if (r == 0)
		r = stretch(passphrase, &sealed, key);
	if (r < 0)
		return r;
	if (crypto_secretbox_open_easy(ret_key->seed, sealed.box,
				       sizeof(sealed.box), sealed.nonce,
				       key) != 0)
		r = -EACCES;
	else
		know_public(ret_key);
	sodium_memzero(key, sizeof(key));
	return r;
}
