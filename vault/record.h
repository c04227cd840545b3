/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file record.h
 * One line of the audit log. Version 1.
 *
 *	{"seq":0,"time":"<RFC 3339>","salt":"<64 hex>",
 *	 "payload":"<JSON text, escaped>","leaf":"<64 hex>"}\n
 *
 * (in one line, without blanks). The payload is what was written down:
 *
 *	{"seq":0,"time":"...","node":"...", and what the room said }
 *
 * leaf = SHA-256(0x00 || SHA-256(salt || payload)), the leaf of RFC 6962
 * over a commitment. When the entry's own time has come, salt and payload
 * are erased and {"seq":0,"leaf":"..."} stays: the tree remains whole, and
 * because of the salt the leaf tells nothing.
 */
#ifndef TALLENNE_VAULT_RECORD_H
#define TALLENNE_VAULT_RECORD_H

#include "base/bytes.h"
#include "base/clock.h"
#include "vault/tree.h"

enum {
	RECORD_SALT_SIZE = 32,
	RECORD_NODE_MAX = 64,
	/** Longest text a room may say, as VAULT_ENTRY_MAX. */
	RECORD_SAID_MAX = 2048,
	RECORD_PAYLOAD_MAX = RECORD_SAID_MAX + 256,
	/** Longest line, newline included; escaping doubles at most. */
	RECORD_LINE_MAX = 2 * RECORD_PAYLOAD_MAX + 512,
};

struct record {
	uint64_t seq;
	bool is_erased; /**< only seq and leaf are known */
	char time[CLOCK_TEXT_SIZE];
	uint8_t salt[RECORD_SALT_SIZE];
	char payload[RECORD_PAYLOAD_MAX + 1];
	size_t payload_size;
	uint8_t leaf[TREE_HASH_SIZE];
};

/**
 * Whether a room may say this: one flat or nested JSON object in strict
 * UTF-8, no control characters, at most RECORD_DEPTH_MAX deep, and none of
 * its own names is seq, time or node.
 */
bool record_said_is(struct slice said);

enum { RECORD_DEPTH_MAX = 8 };

/**
 * Make a record of what a room said, with a fresh salt.
 *
 * @param node  [A-Za-z0-9.-]+, up to RECORD_NODE_MAX
 * @param said  record_said_is()
 */
void record_make(uint64_t seq, nanoseconds now, const char *node,
		 struct slice said, struct record *ret_record);

/** The line, newline and NUL at its end. @return its length */
size_t record_line(const struct record *record,
		   char ret_line[RECORD_LINE_MAX + 1]);

/** The time of a record back as an instant; 0 if it is none. */
nanoseconds record_instant(const char *text);

/**
 * Read a line, without its newline, and check it against its own leaf.
 *
 * @return 0, -EBADMSG if it is not exactly what record_line() writes, or
 *         -EKEYREJECTED if salt and payload do not give the leaf
 */
MUST int record_read(struct slice line, struct record *ret_record);

#endif
