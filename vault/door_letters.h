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
};

struct vault_door {
	struct letter head;
	int32_t result; /**< 0, -EACCES: wrong passphrase, -EALREADY */
	uint32_t text_size;
	char text[512]; /**< wiped after use */
};

#endif
