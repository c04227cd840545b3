/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file shelf.h
 * Every notice that was ever in force here, to be published (S29): texts of
 * policies with their signatures, as the house hands them in. Read only
 * when somebody asks for one.
 */
#ifndef TALLENNE_COUNTER_SHELF_H
#define TALLENNE_COUNTER_SHELF_H

#include "base/bytes.h"
#include "notice/notice.h"

enum {
	SHELF_MAX = 256,	    /**< as many as the house hands in */
	SHELF_BYTES_MAX = 16 << 20, /**< of all texts together */
	SHELF_VERSION_SIZE = 32,
};

struct shelf_notice {
	char sha256[NOTICE_SHA256_SIZE];
	char version[SHELF_VERSION_SIZE];
	seal_date valid_from;
	uint32_t signers; /**< how many of its signers signed */
	char *text, *note;
	size_t size, note_size;
};

struct shelf {
	size_t count, bytes;
	struct shelf_notice notice[SHELF_MAX]; /**< newest first */
	char *note; /**< came first; its text is about to come */
	size_t note_size;
};

/** Signatures, of the text that comes next. fd is borrowed. */
MUST int shelf_take_note(struct shelf *shelf, int fd);

/**
 * A text.
 *
 * @param number  0: the first of all; what stood there goes
 * @param fd      borrowed
 * @return 0, or a negative errno: it is not published
 */
MUST int shelf_take(struct shelf *shelf, uint64_t number, int fd);

/** The notice whose SHA-256 begins so, 8 digits at least; or NULL. */
const struct shelf_notice *shelf_find(const struct shelf *shelf,
				      struct slice begin);

void shelf_drop(struct shelf *shelf);

#endif
