/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/secret.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"

enum { CODE_CHARS = 16, GROUP = 4 };

/* Crockford's: no I, L, O, U, so that it can be read out on the telephone. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void secret_code(char ret_code[SECRET_CODE_SIZE])
{
	size_t at = 0;

	memset(ret_code, 0, SECRET_CODE_SIZE);
	for (int i = 0; i < CODE_CHARS; i++) {
		if (i > 0 && i % GROUP == 0)
			ret_code[at++] = '-';
		ret_code[at++] = alphabet[randombytes_uniform(32)];
	}
}

bool secret_hash_code(const uint8_t key[32], const char *code,
		      uint8_t ret_hash[SECRET_HASH_SIZE])
{
	char plain[CODE_CHARS];
	size_t count = 0;

	for (size_t i = 0; i < SECRET_CODE_SIZE && code[i]; i++) {
		char c = (char)toupper((unsigned char)code[i]);

		if (c == '-' || c == ' ')
			continue;
		if (c == 'O')
			c = '0';
		if (c == 'I' || c == 'L')
			c = '1';
		if (!strchr(alphabet, c) || count == CODE_CHARS)
			return false;
		plain[count++] = c;
	}
	if (count != CODE_CHARS)
		return false;
	crypto_generichash(ret_hash, SECRET_HASH_SIZE, (const uint8_t *)plain,
			   sizeof(plain), key, 32);
	sodium_memzero(plain, sizeof(plain));
	return true;
}

int64_t secret_totp_step(const uint8_t *secret, size_t size, const char *code,
			 int64_t now, int64_t after)
{
	char right[SECRET_DIGITS + 1];
	int64_t found = 0;

	if (strnlen(code, SECRET_DIGITS + 1) != SECRET_DIGITS)
		return 0;
	/* All three are looked at, whichever fits. */
	for (int64_t step = now / SECRET_STEP_S - 1;
	     step <= now / SECRET_STEP_S + 1; step++) {
		if (step <= 0 ||
		    oath_totp_generate((const char *)secret, size,
				       (time_t)(step * SECRET_STEP_S),
				       SECRET_STEP_S, 0, SECRET_DIGITS,
				       right) != OATH_OK)
			continue;
		if (bytes_are(right, code, SECRET_DIGITS) && step > after &&
		    !found)
			found = step;
	}
	sodium_memzero(right, sizeof(right));
	return found;
}

size_t secret_length(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

bool secret_is_common(const char *password)
{
	/* Long enough to pass the length rule, and tried by everybody. */
	static const char *const common[] = {
		"password", "salasana", "lösenord",   "qwerty",
		"123456",   "111111",	"abcdef",     "letmein",
		"asdfgh",   "welcome",	"tervetuloa", "tallenne",
		"kesä20",   "talvi20",	"iloveyou",   "admin",
	};
	char lower[128];
	size_t size = strnlen(password, sizeof(lower) - 1), kinds = 0;
	bool seen[256] = { false };

	for (size_t i = 0; i < size; i++) {
		lower[i] = (char)tolower((unsigned char)password[i]);
		kinds += !seen[(unsigned char)lower[i]];
		seen[(unsigned char)lower[i]] = true;
	}
	lower[size] = '\0';
	if (kinds < 5)
		return true; /* "aaaaaaaaaaaa", "121212121212" */
	for (size_t i = 0; i < COUNT(common); i++) {
		const char *at = strstr(lower, common[i]);

		/* With a few more digits around it is no better. */
		if (at && size < strlen(common[i]) + 8)
			return true;
	}
	return false;
}
