/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file record_parts.h
 * What the two forms of a line of the log share: as it is exported
 * (record.h) and as it lies on the disk (page.h).
 */
#ifndef TALLENNE_VAULT_RECORD_PARTS_H
#define TALLENNE_VAULT_RECORD_PARTS_H

#include "vault/record.h"

/** Take a literal from the front. */
bool record_take(struct slice *rest, const char *literal);

/** Take everything up to a quotation mark, and that. */
bool record_take_string(struct slice *rest, struct slice *ret_text);

/** The same, lower-case hexadecimal of so many bytes. */
bool record_take_hex(struct slice *rest, uint8_t *out, size_t size);

/** Take a number as it is written in one way only. */
bool record_take_number(struct slice *rest, uint64_t max, uint64_t *ret_number);

/**
 * Whether number, time, salt and payload fit together and give the leaf.
 *
 * @return 0, -EBADMSG, or -EKEYREJECTED if they do not give the leaf
 */
MUST int record_check(const struct record *record);

#endif
