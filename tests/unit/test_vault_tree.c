/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "vault/tree.h"

/* Roots of RFC 6962 trees over these inputs, as in the CT reference code. */
static const struct {
	const char *leaf, *root;
} known[] = {
	{ "",
	  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ "00",
	  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
	{ "10",
	  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
	{ "2021",
	  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ "3031",
	  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
	{ "40414243",
	  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
	{ "5051525354555657",
	  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
	{ "606162636465666768696a6b6c6d6e6f",
	  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static void roots_are_those_of_the_reference(void **state)
{
	struct tree *tree;
	uint8_t root[TREE_HASH_SIZE];
	char text[2 * TREE_HASH_SIZE + 1];

	(void)state;
	assert_int_equal(tree_new(-1, &tree), 0);
	tree_root(tree, root);
	hex_text(root, sizeof(root), text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b"
				  "934ca495991b7852b855");
	for (size_t i = 0; i < COUNT(known); i++) {
		uint8_t data[16], leaf[TREE_HASH_SIZE];
		size_t size = strlen(known[i].leaf) / 2;

		assert_int_equal(hex_read(slice_of(known[i].leaf), data, size),
				 0);
		tree_leaf(data, size, leaf);
		assert_int_equal(tree_append(tree, leaf), 0);
		tree_root(tree, root);
		hex_text(root, sizeof(root), text);
		assert_string_equal(text, known[i].root);
	}
	tree_free(tree);
}

static void leaf_of(uint64_t i, uint8_t leaf[TREE_HASH_SIZE])
{
	tree_leaf(&i, sizeof(i), leaf);
}

static struct tree *tree_of(uint64_t size, int *ret_fd)
{
	struct tree *tree;
	uint8_t leaf[TREE_HASH_SIZE];

	*ret_fd = memfd_create("leaves", MFD_CLOEXEC);
	assert_int_equal(tree_new(*ret_fd, &tree), 0);
	for (uint64_t i = 0; i < size; i++) {
		leaf_of(i, leaf);
		assert_int_equal(tree_append(tree, leaf), 0);
	}
	return tree;
}

static void every_leaf_of_every_small_tree_is_proved(void **state)
{
	int fd;
	struct tree *tree = tree_of(70, &fd);

	(void)state;
	for (uint64_t size = 1; size <= 70; size++) {
		uint8_t root[TREE_HASH_SIZE];

		assert_int_equal(tree_root_at(tree, size, root), 0);
		for (uint64_t i = 0; i < size; i++) {
			struct tree_path path;
			uint8_t leaf[TREE_HASH_SIZE];

			leaf_of(i, leaf);
			assert_int_equal(tree_prove(tree, i, size, &path), 0);
			assert_true(tree_path_fits(&path, i, size, leaf, root));
			assert_false(
				tree_path_fits(&path, i + 1, size, leaf, root));
			leaf[0] ^= 1;
			assert_false(
				tree_path_fits(&path, i, size, leaf, root));
		}
		assert_int_equal(tree_prove(tree, size, size,
					    &(struct tree_path){ .count = 0 }),
				 -ERANGE);
	}
	tree_free(tree);
	(void)close(fd);
}

static void trees_of_many_blocks_are_proved_too(void **state)
{
	const uint64_t size = 3 * TREE_BLOCK + 17;
	static const uint64_t sizes[] = { 1023, 1024, 1025,	2047, 2048,
					  2049, 3072, 3072 + 1, 3089 };
	int fd;
	struct tree *tree = tree_of(size, &fd);
	uint8_t root[TREE_HASH_SIZE], again[TREE_HASH_SIZE];

	(void)state;
	tree_root(tree, root);
	assert_int_equal(tree_root_at(tree, size, again), 0);
	assert_memory_equal(root, again, sizeof(root));
	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct tree_path path;
		int other_fd;
		struct tree *other = tree_of(sizes[s], &other_fd);
		uint8_t old[TREE_HASH_SIZE];

		/* As it was when it was of that size. */
		assert_int_equal(tree_root_at(tree, sizes[s], old), 0);
		tree_root(other, again);
		assert_memory_equal(old, again, sizeof(old));
		for (uint64_t i = 0; i < sizes[s]; i += 101) {
			uint8_t leaf[TREE_HASH_SIZE];

			leaf_of(i, leaf);
			assert_int_equal(tree_prove(tree, i, sizes[s], &path),
					 0);
			assert_true(
				tree_path_fits(&path, i, sizes[s], leaf, old));
		}
		tree_free(other);
		(void)close(other_fd);
	}
	tree_free(tree);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_of_the_reference),
		cmocka_unit_test(every_leaf_of_every_small_tree_is_proved),
		cmocka_unit_test(trees_of_many_blocks_are_proved_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
