/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file number.h
 * Telephone numbers as they are written, to E.164 as they are kept.
 */
#ifndef TALLENNE_SIPREC_NUMBER_H
#define TALLENNE_SIPREC_NUMBER_H

#include "base/bytes.h"

enum {
	NUMBER_SIZE = 24, /**< E.164 with '+', NUL included */
	NUMBER_DIGITS_MAX = 15,
	NUMBER_DIGITS_MIN = 6, /**< of E.164, country code included */
};

/** How numbers are dialled where the agency is. */
struct number_plan {
	char country[4];       /**< "358" */
	char national[4];      /**< trunk prefix: "0"; "" where there is
				     none */
	char international[6]; /**< prefix of foreign numbers: "00" */
};

/** Finland. */
extern const struct number_plan number_plan_default;

/**
 * To E.164 with '+'.
 *
 * Understood: +358 29 555 0100, 00358..., 029-555 0100, (029) 5550100,
 * 358295550100, +358(0)29..., tel: parameters cut off by the caller.
 *
 * @return 0; -EINVAL: not a number; -ERANGE: a number, but too short to be
 *         more than an extension, or too long. Out is untouched then.
 */
MUST int number_read(const struct number_plan *plan, struct slice text,
		     char out[NUMBER_SIZE]);

/**
 * Whether a user part, host or display name says that the caller does not
 * want to be known: anonymous, restricted, withheld, private, unavailable.
 */
bool number_is_withheld(struct slice text);

/** Digits of a text that is a number or extension; 0, -EINVAL. */
MUST int number_digits(struct slice text, char out[NUMBER_SIZE]);

#endif
