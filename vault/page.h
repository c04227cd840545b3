/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file page.h
 * A line of the audit log as it lies on the disk. Version 1.
 *
 * The entries of a civil day stand in a file of their own, "log-20261130",
 * sealed under random keys which stand sealed to the key pair of that day
 * (vault/keyring.h). When the day's pair is destroyed, what was written on
 * that day can be read in no copy any more; what then stays of an entry is
 * its leaf (docs/decisions/0013-the-log-dies-by-the-day.md). Lines:
 *
 *	{"day":20261130,"key":"<base64>"}
 *	{"seq":26,"time":"<RFC 3339>","leaf":"<64 hex>","box":"<base64>"}
 *	{"seq":26,"leaf":"<64 hex>"}
 *
 * The first: from here on entries are sealed with this key, which is sealed
 * to the pair of that day (seal/box.h, SEAL_FOR_LOG, owner zero). A process
 * writes one before its first entry of a day, so no key lives twice.
 *
 * The second, an entry: salt || payload by XChaCha20-Poly1305, whose nonce
 * is seq in 8 bytes, little-endian, and 16 zeros; additional data is the
 * line up to its box. Time and leaf stand outside, for a vault that is
 * locked has to know them at its start.
 *
 * The third: it was erased. And before there is a key, in the first moments
 * of a new vault, an entry stands in clear, as it is exported (record.h).
 */
#ifndef TALLENNE_VAULT_PAGE_H
#define TALLENNE_VAULT_PAGE_H

#include "seal/seal.h"
#include "vault/record.h"

enum page_kind { PAGE_KEY, PAGE_SEALED, PAGE_ERASED, PAGE_CLEAR };

/** A line that was read. */
struct page_line {
	enum page_kind kind;
	struct seal_wrapped key; /**< of PAGE_KEY */
	/** PAGE_CLEAR: all of it; PAGE_SEALED: seq, time and leaf;
	 *  PAGE_ERASED: seq and leaf. */
	struct record record;
	struct slice line; /**< borrowed */
	struct slice box;  /**< in it, base64 */
	size_t bound;	   /**< bytes of the line before ,"box" */
};

/** Write a key line, newline and NUL at its end. @return its length */
size_t page_key_line(const struct seal_wrapped *key,
		     char ret_line[RECORD_LINE_MAX + 1]);

/** Write an entry, sealed; the same. */
size_t page_sealed_line(const struct record *record,
			const uint8_t key[SEAL_KEY_SIZE],
			char ret_line[RECORD_LINE_MAX + 1]);

/**
 * Read a line, without its newline.
 *
 * @param[out] ret_line  borrows from "line"
 * @return 0, -EBADMSG if it is none, or -EKEYREJECTED for an entry in clear
 *         that does not give its leaf
 */
MUST int page_read(struct slice line, struct page_line *ret_line);

/**
 * Open a PAGE_SEALED.
 *
 * @param[out] ret_record  whole, checked against its leaf
 * @return 0, or -EBADMSG: another key, or damaged
 */
MUST int page_open(const struct page_line *line,
		   const uint8_t key[SEAL_KEY_SIZE], struct record *ret_record);

#endif
