/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file door_letters.h
 * What people's commands may ask of the vault through its door. Included
 * by vault/vault.h.
 */
#ifndef TALLENNE_VAULT_DOOR_LETTERS_H
#define TALLENNE_VAULT_DOOR_LETTERS_H

#include "base/line.h"

enum vault_door_letter {
	VAULT_DOOR_UNLOCK = 200, /**< struct vault_door, text: passphrase */
	VAULT_DOOR_LOCK,	 /**< struct vault_door */
	VAULT_DOOR_AUDIT,	 /**< struct vault_door, one fd to write the
				      log into as JSON lines */
	VAULT_DOOR_CHECKPOINT,	 /**< struct vault_door, one fd to write the
				      signed checkpoint (C2SP) into */
	VAULT_DOOR_IS,		 /**< struct vault_door, the answer */
	VAULT_DOOR_PROVE,	 /**< struct vault_door, text: number of an
				      entry, one fd to write the proof that
				      it is in the log into (C2SP tlog-proof);
				      -ENOENT, -ENOKEY while locked */
	VAULT_DOOR_KEYS,	 /**< struct vault_door, one fd (a file) to
				      write the public halves into */
	VAULT_DOOR_RING,	 /**< struct vault_door, text: how many days
				      ahead are left out, 1 to 31; one fd (a
				      file) to write a copy of the ring into.
				      -ENOKEY while locked */
	VAULT_DOOR_BACKUP,	 /**< struct vault_door, text: what was done
				      with a back-up, SHA-256 of its manifest,
				      how many objects and bytes:
				      "made <64 hex> 12 3456"; or "inspected"
				      and the same of the files for an
				      inspector. To be written down; the
				      answer's text is the number of the
				      entry */
	VAULT_DOOR_PAGES,	 /**< struct vault_door, text: a date, 0 first;
				      the log's first file of a later day comes
				      with the answer, to be read, as it lies
				      sealed on the disk (vault/page.h), and its
				      date as text. -ENOENT: there is none */
};

struct vault_door {
	struct letter head;
	int32_t result; /**< 0, -EACCES: wrong passphrase, -EALREADY */
	uint32_t text_size;
	char text[512]; /**< wiped after use */
};

#endif
