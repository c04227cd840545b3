/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file tree.h
 * The Merkle tree over the audit log (RFC 6962 section 2.1).
 *
 * In memory stands one hash for each TREE_BLOCK leaves, the frontier and
 * the last leaves; all others stand in a file that can be made anew from the log
 * at any time. So the root costs nothing and a proof two blocks.
 */
#ifndef TALLENNE_VAULT_TREE_H
#define TALLENNE_VAULT_TREE_H

#include "base/base.h"

enum {
	TREE_HASH_SIZE = 32,
	TREE_BLOCK = 1024, /**< leaves */
	TREE_DEPTH_MAX = 64,
};

struct tree;

/** A path of hashes, as proofs are made of. */
struct tree_path {
	uint8_t hash[2 * TREE_DEPTH_MAX][TREE_HASH_SIZE];
	int count;
};

/** SHA-256(0x00 || data): what stands at the leaf for this data. */
void tree_leaf(const void *data, size_t size, uint8_t ret[TREE_HASH_SIZE]);

/**
 * Make an empty tree.
 *
 * @param leaves  file for the leaves, emptied first, read and written,
 *                borrowed; -1: without one only roots can be computed
 */
MUST int tree_new(int leaves, struct tree **ret_tree);

void tree_free(struct tree *tree);

/** Cleanup for OWNED(). */
void tree_drop(struct tree **tree);

/** Append a leaf; 0, -ENOMEM, or the errno of writing. */
MUST int tree_append(struct tree *tree, const uint8_t leaf[TREE_HASH_SIZE]);

/** How many leaves. */
uint64_t tree_size(const struct tree *tree);

/** Root of the whole tree; that of an empty one is SHA-256(""). */
void tree_root(const struct tree *tree, uint8_t ret_root[TREE_HASH_SIZE]);

/** Root that the tree had when it was of some smaller size. */
MUST int tree_root_at(const struct tree *tree, uint64_t size,
		      uint8_t ret_root[TREE_HASH_SIZE]);

/** Proof that leaf "index" is in the tree of "size" leaves. */
MUST int tree_prove(const struct tree *tree, uint64_t index, uint64_t size,
		    struct tree_path *ret_path);

/** Whether a path leads from a leaf to a root (RFC 9162 2.1.3.2). */
bool tree_path_fits(const struct tree_path *path, uint64_t index, uint64_t size,
		    const uint8_t leaf[TREE_HASH_SIZE],
		    const uint8_t root[TREE_HASH_SIZE]);

#endif
