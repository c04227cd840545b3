/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file versions.h
 * Every policy that ever held here, with its signatures (S29).
 *
 * In "policies" of the state directory: for each its text as
 * SHA-256.yaml, its signatures as SHA-256.signed, and "current", which
 * names the one that holds. Nothing is removed: earlier notices stay
 * published, and a new one is held against the one before it
 * (notice/signed.h).
 */
#ifndef TALLENNE_HOUSE_VERSIONS_H
#define TALLENNE_HOUSE_VERSIONS_H

#include "base/bytes.h"
#include "notice/notice.h"

/** A policy as it lies there: not yet read. */
struct versions_text {
	char sha256[NOTICE_SHA256_SIZE];
	char *text; /**< heap, NUL-terminated */
	size_t size;
	char *note; /**< its signatures; empty if it has none */
	size_t note_size;
};

void versions_drop(struct versions_text *version);

/**
 * The policy that held last.
 *
 * @param state  path of the state directory, which need not exist
 * @param[out] ret_version  versions_drop() it
 * @return 0; -ENOENT: none ever did; -EBADMSG: it is not what it was;
 *         another negative errno
 */
MUST int versions_last(const char *state, struct versions_text *ret_version);

/**
 * Keep a policy, durably, and that it is the one that holds.
 *
 * @param state  path of the state directory
 * @param note   its signatures, may be empty
 */
MUST int versions_keep(const char *state, const char *sha256, struct slice text,
		       struct slice note);

enum { VERSIONS_MAX = 256 /**< so many are told of */ };

/**
 * Tell of every policy that was kept, in no order.
 *
 * What is not what it was is left out.
 *
 * @param index  from 0 on
 * @return how many there were, or a negative errno
 */
MUST int versions_each(const char *state,
		       void (*tell)(void *self, uint64_t index,
				    const struct versions_text *version),
		       void *self);

#endif
