/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file option.h
 * GNU long options from a table, and the table told to people.
 *
 * A command lists its options once; reading them, --help, the man page and
 * the shells' completion all go by that list.
 */
#ifndef TALLENNE_CLI_OPTION_H
#define TALLENNE_CLI_OPTION_H

#include "base/base.h"

enum { OPTION_MANY_MAX = 16 };

enum option_kind {
	OPTION_FLAG,	/**< bool */
	OPTION_TEXT,	/**< const char * */
	OPTION_NUMBER,	/**< uint64_t */
	OPTION_SECONDS, /**< uint32_t, milliseconds; "1.5" */
	OPTION_LENGTH,	/**< the same, but more than nothing */
	OPTION_PERCENT, /**< double from 0 to 1; "5" or "5%" */
	OPTION_REAL,	/**< double, not negative */
	OPTION_PORT,	/**< uint16_t, from 1 on */
	OPTION_MANY,	/**< struct option_many: may be said repeatedly */
};

struct option_many {
	const char *at[OPTION_MANY_MAX];
	size_t count;
};

struct option_row {
	const char *name; /**< without "--" */
	char letter;	  /**< short form, or 0 */
	enum option_kind kind;
	size_t offset;	  /**< of its value in the command's values */
	const char *word; /**< what stands for the argument; NULL: a flag */
	const char *help; /**< one sentence without a full stop */
};

/**
 * Read options; they may stand before, between and after words.
 *
 * @param rows    the command's table, count of them
 * @param values  the command's struct, filled with defaults before
 * @param argc, argv  what to read, without the command's name; words are
 *                moved to the front
 * @param[out] ret_words  how many words stand there now
 * @return 0; -EINVAL after the reason was printed on stderr; -ECANCELED if
 *         help was asked for
 */
MUST int option_read(const struct option_row *rows, size_t count, void *values,
		     int argc, char **argv, int *ret_words);

/** A number of seconds such as "1.5" in milliseconds; 0 or -EINVAL. */
MUST int option_seconds(const char *text, uint32_t *ret_ms);

#endif
