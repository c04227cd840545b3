/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file secret.h
 * One-time codes, passwords and TOTP: the arithmetic, without tables.
 */
#ifndef TALLENNE_REGISTER_SECRET_H
#define TALLENNE_REGISTER_SECRET_H

#include "base/base.h"

enum {
	SECRET_HASH_SIZE = 32,
	SECRET_CODE_SIZE = 32, /**< room for a one-time code, NUL included */
	SECRET_STEP_S = 30,
	SECRET_DIGITS = 6,
};

/** A fresh one-time code of 80 bits: "0A1B-2C3D-4E5F-6G7H". */
void secret_code(char ret_code[SECRET_CODE_SIZE]);

/**
 * Hash a one-time code as a person typed it: case, blanks and hyphens do
 * not matter, and neither do O for 0, I and L for 1.
 *
 * @return whether it has the shape of one
 */
bool secret_hash_code(const uint8_t key[32], const char *code,
		      uint8_t ret_hash[SECRET_HASH_SIZE]);

/**
 * The step of a TOTP code, one step of tolerance either way.
 *
 * @param after  steps up to this one were used already
 * @return the step, or 0 if the code is wrong
 */
int64_t secret_totp_step(const uint8_t *secret, size_t size, const char *code,
			 int64_t now, int64_t after);

/** Whether a password is one that everybody tries first. */
bool secret_is_common(const char *password);

/** Characters in UTF-8 text. */
size_t secret_length(const char *text);

#endif
