/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/tree.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"

struct tree {
	int leaves;
	uint64_t size;
	/* Frontier: bit i of size set: roof[i] is a full tree of 2^i. */
	uint8_t roof[TREE_DEPTH_MAX][TREE_HASH_SIZE];
	/* Root of each full block, in order. */
	uint8_t (*block)[TREE_HASH_SIZE];
	size_t blocks, room;
	/* The block that is not full; only full ones stand in the file. */
	uint8_t open[TREE_BLOCK][TREE_HASH_SIZE];
};

void tree_leaf(const void *data, size_t size, uint8_t ret[TREE_HASH_SIZE])
{
	const uint8_t mark = 0;
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &mark, 1);
	crypto_hash_sha256_update(&state, data, size);
	crypto_hash_sha256_final(&state, ret);
}

/* SHA-256(0x01 || left || right). */
static void tree_node(const uint8_t left[TREE_HASH_SIZE],
		      const uint8_t right[TREE_HASH_SIZE],
		      uint8_t ret[TREE_HASH_SIZE])
{
	uint8_t both[1 + 2 * TREE_HASH_SIZE];

	both[0] = 1;
	memcpy(both + 1, left, TREE_HASH_SIZE);
	memcpy(both + 1 + TREE_HASH_SIZE, right, TREE_HASH_SIZE);
	crypto_hash_sha256(ret, both, sizeof(both));
}

int tree_new(int leaves, struct tree **ret_tree)
{
	struct tree *tree;

	if (leaves >= 0 && ftruncate(leaves, 0) < 0)
		return -errno;
	tree = calloc(1, sizeof(*tree));
	if (!tree)
		return -ENOMEM;
	tree->leaves = leaves;
	*ret_tree = tree;
	return 0;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	free(tree->block);
	free(tree);
}

void tree_drop(struct tree **tree)
{
	tree_free(*tree);
	*tree = NULL;
}

static int keep_block(struct tree *tree, const uint8_t *hash)
{
	if (tree->blocks == tree->room) {
		size_t room = tree->room ? 2 * tree->room : 64;
		void *more = realloc(tree->block, room * TREE_HASH_SIZE);

		if (!more)
			return -ENOMEM;
		tree->block = more;
		tree->room = room;
	}
	memcpy(tree->block[tree->blocks++], hash, TREE_HASH_SIZE);
	return 0;
}

int tree_append(struct tree *tree, const uint8_t leaf[TREE_HASH_SIZE])
{
	uint8_t hash[TREE_HASH_SIZE];
	int level = 0, r = 0;

	memcpy(tree->open[tree->size % TREE_BLOCK], leaf, TREE_HASH_SIZE);
	if (tree->leaves >= 0 && tree->size % TREE_BLOCK == TREE_BLOCK - 1)
		r = file_write_at(tree->leaves, tree->open, sizeof(tree->open),
				  (int64_t)((tree->size - (TREE_BLOCK - 1)) *
					    TREE_HASH_SIZE));
	if (r < 0)
		return r;

	memcpy(hash, leaf, TREE_HASH_SIZE);
	for (uint64_t rest = tree->size; rest & 1; rest >>= 1) {
		tree_node(tree->roof[level], hash, hash);
		level++;
		if (1 << level == TREE_BLOCK) {
			r = keep_block(tree, hash);
			if (r < 0)
				return r;
		}
	}
	memcpy(tree->roof[level], hash, TREE_HASH_SIZE);
	tree->size++;
	return 0;
}

uint64_t tree_size(const struct tree *tree)
{
	return tree->size;
}

void tree_root(const struct tree *tree, uint8_t ret_root[TREE_HASH_SIZE])
{
	bool is_first = true;

	if (tree->size == 0) {
		crypto_hash_sha256(ret_root, (const uint8_t *)"", 0);
		return;
	}
	for (int level = 0; level < TREE_DEPTH_MAX; level++) {
		if (!(tree->size >> level & 1))
			continue;
		if (is_first)
			memcpy(ret_root, tree->roof[level], TREE_HASH_SIZE);
		else
			tree_node(tree->roof[level], ret_root, ret_root);
		is_first = false;
	}
}

/* The largest power of two less than n. */
static uint64_t split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

/* Hash over leaves that were read into memory; they are overwritten. */
static void hash_leaves(uint8_t (*leaf)[TREE_HASH_SIZE], size_t count,
			uint8_t ret[TREE_HASH_SIZE])
{
	while (count > 1) {
		size_t above = 0;

		for (size_t i = 0; i + 1 < count; i += 2)
			tree_node(leaf[i], leaf[i + 1], leaf[above++]);
		if (count % 2)
			memmove(leaf[above++], leaf[count - 1], TREE_HASH_SIZE);
		count = above;
	}
	memcpy(ret, leaf[0], TREE_HASH_SIZE);
}

/* Leaves that lie in one block. */
static int read_leaves(const struct tree *tree, uint64_t from, uint64_t to,
		       uint8_t (*ret_leaf)[TREE_HASH_SIZE])
{
	const size_t size = (size_t)(to - from) * TREE_HASH_SIZE;

	assert(from / TREE_BLOCK == (to - 1) / TREE_BLOCK);
	if (from / TREE_BLOCK == tree->size / TREE_BLOCK) {
		memcpy(ret_leaf, tree->open[from % TREE_BLOCK], size);
		return 0;
	}
	return file_read_at(tree->leaves, ret_leaf, size,
			    (int64_t)(from * TREE_HASH_SIZE));
}

/* MTH(D[from:to]) of RFC 6962; from is aligned as its recursion has it. */
static int hash_range(const struct tree *tree, uint64_t from, uint64_t to,
		      uint8_t ret[TREE_HASH_SIZE])
{
	uint8_t leaf[TREE_BLOCK][TREE_HASH_SIZE], right[TREE_HASH_SIZE];
	uint64_t middle;
	int r;

	if (to - from == TREE_BLOCK) {
		assert(from % TREE_BLOCK == 0);
		memcpy(ret, tree->block[from / TREE_BLOCK], TREE_HASH_SIZE);
		return 0;
	}
	if (to - from < TREE_BLOCK) {
		r = read_leaves(tree, from, to, leaf);
		if (r == 0)
			hash_leaves(leaf, (size_t)(to - from), ret);
		return r;
	}
	middle = from + split(to - from);
	r = hash_range(tree, from, middle, ret);
	if (r == 0)
		r = hash_range(tree, middle, to, right);
	if (r == 0)
		tree_node(ret, right, ret);
	return r;
}

int tree_root_at(const struct tree *tree, uint64_t size,
		 uint8_t ret_root[TREE_HASH_SIZE])
{
	if (size > tree->size)
		return -ERANGE;
	if (size == tree->size || size == 0) {
		const struct tree empty = { .size = 0 };

		tree_root(size ? tree : &empty, ret_root);
		return 0;
	}
	return hash_range(tree, 0, size, ret_root);
}

static int add_range(const struct tree *tree, uint64_t from, uint64_t to,
		     struct tree_path *path)
{
	assert(path->count < 2 * TREE_DEPTH_MAX);
	return hash_range(tree, from, to, path->hash[path->count++]);
}

/* PATH(index, D[from:to]) of RFC 6962 2.1.1. */
static int add_path(const struct tree *tree, uint64_t index, uint64_t from,
		    uint64_t to, struct tree_path *path)
{
	uint64_t middle;
	int r;

	if (to - from == 1)
		return 0;
	middle = from + split(to - from);
	if (index < middle) {
		r = add_path(tree, index, from, middle, path);
		return r < 0 ? r : add_range(tree, middle, to, path);
	}
	r = add_path(tree, index, middle, to, path);
	return r < 0 ? r : add_range(tree, from, middle, path);
}

int tree_prove(const struct tree *tree, uint64_t index, uint64_t size,
	       struct tree_path *ret_path)
{
	struct tree_path path = { .count = 0 };
	int r;

	if (size > tree->size || index >= size)
		return -ERANGE;
	r = add_path(tree, index, 0, size, &path);
	if (r == 0)
		*ret_path = path;
	return r;
}

bool tree_path_fits(const struct tree_path *path, uint64_t index, uint64_t size,
		    const uint8_t leaf[TREE_HASH_SIZE],
		    const uint8_t root[TREE_HASH_SIZE])
{
	uint64_t at = index, last = size - 1;
	uint8_t hash[TREE_HASH_SIZE];

	if (index >= size)
		return false;
	memcpy(hash, leaf, TREE_HASH_SIZE);
	for (int i = 0; i < path->count; i++) {
		if (last == 0)
			return false;
		if (at & 1 || at == last) {
			tree_node(path->hash[i], hash, hash);
			while (!(at & 1) && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			tree_node(hash, path->hash[i], hash);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && memcmp(hash, root, TREE_HASH_SIZE) == 0;
}
