/* SPDX-License-Identifier: EUPL-1.2 */
/* How a person proves to be who an account is for. Contract in staff.h. */
#include <errno.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#include "register/secret.h"
#include "register/staff.h"

static_assert(STAFF_SEALED_SIZE ==
		      crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
			      STAFF_SECRET_SIZE +
			      crypto_aead_xchacha20poly1305_ietf_ABYTES,
	      "nonce, secret, tag");

bool staff_password_is(const struct staff *staff, const char *password)
{
	char nobody[STAFF_HASH_SIZE];

	if (staff && staff->password[0])
		return crypto_pwhash_str_verify(staff->password, password,
						strlen(password)) == 0;
	/* As much work as with an account: time must not tell names. */
	if (crypto_pwhash_str(nobody, password, strlen(password),
			      crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0)
		sodium_memzero(nobody, sizeof(nobody));
	return false;
}

bool staff_password_may_be(const struct staff *staff, const char *password)
{
	return secret_length(password) >= STAFF_PASSWORD_MIN &&
	       !secret_is_common(password) &&
	       !strcasestr(password, staff->login);
}

static int open_secret(const struct books *books, const struct staff *staff,
		       uint8_t secret[STAFF_SECRET_SIZE])
{
	const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;

	if (!staff->has_totp ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    secret, NULL, NULL, staff->totp + nonce,
		    sizeof(staff->totp) - nonce, staff->id.byte,
		    sizeof(staff->id.byte), staff->totp, books->key) != 0)
		return -EBADMSG;
	return 0;
}

static int make_secret(struct books *books, struct staff *staff)
{
	const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
	uint8_t secret[STAFF_SECRET_SIZE];
	int r;

	randombytes_buf(secret, sizeof(secret));
	randombytes_buf(staff->totp, nonce);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		staff->totp + nonce, NULL, secret, sizeof(secret),
		staff->id.byte, sizeof(staff->id.byte), NULL, staff->totp,
		books->key);
	sodium_memzero(secret, sizeof(secret));
	staff->has_totp = true;
	r = db_run(books->db,
		   "UPDATE staff SET totp = $2, totp_step = 0 WHERE id = $1",
		   db_id(&staff->id),
		   db_bytes(staff->totp, sizeof(staff->totp)));
	return r < 0 ? r : 0;
}

int staff_secret(struct books *books, struct staff *staff,
		 char ret_text[STAFF_SECRET_TEXT])
{
	uint8_t secret[STAFF_SECRET_SIZE];
	char *text = NULL;
	size_t size;
	int r = 0;

	if (!staff->has_totp)
		r = make_secret(books, staff);
	if (r == 0)
		r = open_secret(books, staff, secret);
	if (r < 0)
		return r;
	if (oath_base32_encode((const char *)secret, sizeof(secret), &text,
			       &size) != OATH_OK)
		r = -ENOMEM;
	sodium_memzero(secret, sizeof(secret));
	if (r == 0)
		r = slice_text((struct slice){ text, size }, ret_text,
			       STAFF_SECRET_TEXT);
	if (text)
		sodium_memzero(text, size);
	free(text);
	return r;
}

int staff_check_code(struct books *books, struct staff *staff, const char *code)
{
	uint8_t secret[STAFF_SECRET_SIZE];
	int64_t step;
	int r;

	if (open_secret(books, staff, secret) < 0)
		return 0;
	step = secret_totp_step(secret, sizeof(secret), code, books_wall(books),
				staff->totp_step);
	sodium_memzero(secret, sizeof(secret));
	if (!step)
		return 0;
	/* The condition makes the step single-use even if asked twice. */
	r = db_run(books->db,
		   "UPDATE staff SET totp_step = $2"
		   " WHERE id = $1 AND totp_step < $2",
		   db_id(&staff->id), db_number(step));
	staff->totp_step = step;
	return r;
}

int staff_use_once(struct books *books, const struct staff *staff)
{
	int r = db_run(books->db,
		       "UPDATE staff SET once = NULL, once_until = 0,"
		       " once_direct = 0 WHERE id = $1",
		       db_id(&staff->id));

	return r < 0 ? r : 0;
}

int staff_enrol(struct books *books, const struct staff *staff,
		const char *password)
{
	char hash[crypto_pwhash_STRBYTES];
	int r;

	if (crypto_pwhash_str(hash, password, strlen(password),
			      crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return -ENOMEM;
	r = db_run(books->db, "UPDATE staff SET password = $2 WHERE id = $1",
		   db_id(&staff->id), db_text(hash));
	sodium_memzero(hash, sizeof(hash));
	if (r >= 0)
		r = staff_use_once(books, staff);
	return r;
}
