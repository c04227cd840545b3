/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file passphrase.h
 * A passphrase from a person or a file: one line of stdin.
 */
#ifndef TALLENNE_CLI_PASSPHRASE_H
#define TALLENNE_CLI_PASSPHRASE_H

#include "base/base.h"

/**
 * Read a line from stdin without its end; a terminal does not show it.
 *
 * @param prompt  asked for on stderr, at a terminal alone
 * @param[out] out  not NUL-terminated; the caller wipes it
 * @return its length, or -EINVAL after saying that there was none
 */
MUST int passphrase_read(const char *prompt, char *out, size_t size);

#endif
