/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file proof.h
 * The register held against the policy in force, by counting.
 */
#ifndef TALLENNE_REGISTER_PROOF_H
#define TALLENNE_REGISTER_PROOF_H

#include "register/books.h"
#include "register/proof_letters.h"

/** Count; the head is the caller's. */
void proof_count(struct books *books, struct door_proof *ret_proof);

/** Its part about what is made of recordings and done to people. */
void proof_count_use(struct books *books, struct door_proof *ret_proof);

#endif
