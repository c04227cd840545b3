/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file receipt.h
 * A deletion receipt: what was erased, when and why, and the proof that the
 * audit log tells of the destruction of its key.
 */
#ifndef TALLENNE_CLI_RECEIPT_H
#define TALLENNE_CLI_RECEIPT_H

#include "base/bytes.h"

/**
 * Print the receipt of a contact, chat or recording.
 *
 * @param run  run directory as told by an option, or NULL
 * @param end  the register's door
 * @return an exit status
 */
MUST int receipt_print(const char *run, int end, const struct id *item,
		       bool json);

#endif
