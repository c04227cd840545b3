/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file record.h
 * What stands in the journal, before it is sealed (chat/journal.h).
 *
 * Byte by byte, numbers little-endian; a text is one byte of length, then
 * that many bytes. First byte: kind.
 *
 *	BIRTH	id 16, epoch 8, born 8, opened at 8, policy 4, flags 4,
 *		hash of the open key 32, hash of the bearer 32, salt 32,
 *		receipt, language, queue, nickname: texts
 *	EVENT	id 16, number 8, at 8, kind 1, side 1, flags 1, reason 1,
 *		client id 16, digest 16, name, agent, queue: texts, then the
 *		words up to the end. A note has numbers of its own.
 *	MARK	id 16, flags 4
 *	FORGET	id 16: the register has all of it, or it never was
 *	AGENT	presence 1, id, name: texts
 *	MOVED	id of a file 16: what stands there stands here as well
 *
 * A birth that comes again begins that conversation anew: all of it
 * follows. The digest is zero where the words were masked, so that what was
 * taken out cannot be guessed from it.
 */
#ifndef TALLENNE_CHAT_RECORD_H
#define TALLENNE_CHAT_RECORD_H

#include "chat/conversation.h"

enum record_kind {
	RECORD_BIRTH = 1,
	RECORD_EVENT,
	RECORD_MARK,
	RECORD_FORGET,
	RECORD_AGENT,
	RECORD_MOVED,
};

enum { RECORD_SIZE_MAX = 4608 };

struct record {
	uint32_t kind;	/**< enum record_kind */
	struct id id;	/**< of the conversation, or of the file */
	uint64_t seq;	/**< EVENT: its number */
	uint32_t flags; /**< MARK: enum chat_flag */
	uint32_t presence;
	struct conversation_birth birth; /**< BIRTH; its id is "id" too */
	const char *text;		 /**< event.size bytes, borrowed */
	char agent[CHAT_WORD_SIZE], name[CHAT_NAME_SIZE];
	struct event event; /**< EVENT; without text */
};

/** Write one; returns its size. */
size_t record_write(const struct record *record, uint8_t out[RECORD_SIZE_MAX]);

/**
 * Read one, as if a stranger had written it.
 *
 * @param bytes  borrowed; ret_record->text points into them
 * @return 0, or -EBADMSG
 */
MUST int record_read(const uint8_t *bytes, size_t size,
		     struct record *ret_record);

#endif
