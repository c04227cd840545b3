/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seal_world.h"

static const struct seal_end end = { SEAL_CLASS_AUDIO, 20270523 };
static const struct id owner = { { 1, 2, 3 } };
static const uint8_t key[SEAL_KEY_SIZE] = { 9, 8, 7 };

static void a_wrapped_key_opens_for_its_purpose_and_owner(void **state)
{
	struct seal_world world = seal_world_new();
	const struct open_pair *pair = seal_world_pair(&world, &end);
	const struct id other = { { 1, 2, 4 } };
	uint8_t opened[SEAL_KEY_SIZE] = { 0 };
	struct seal_wrapped wrapped;

	(void)state;
	assert_int_equal(seal_key(world.set, &end, SEAL_FOR_SPOOL, &owner, key,
				  &wrapped),
			 0);
	assert_int_equal(
		open_key(&wrapped, pair, SEAL_FOR_OBJECT, &owner, opened),
		-EBADMSG);
	assert_int_equal(
		open_key(&wrapped, pair, SEAL_FOR_SPOOL, &other, opened),
		-EBADMSG);
	assert_int_equal(
		open_key(&wrapped, pair + 1, SEAL_FOR_SPOOL, &owner, opened),
		-EBADMSG);
	assert_true(bytes_are_zero(opened, sizeof(opened)));
	assert_int_equal(
		open_key(&wrapped, pair, SEAL_FOR_SPOOL, &owner, opened), 0);
	assert_memory_equal(opened, key, sizeof(key));
	seal_world_free(&world);
}

static void every_changed_byte_of_a_box_is_found(void **state)
{
	struct seal_world world = seal_world_new();
	const struct open_pair *pair = seal_world_pair(&world, &end);
	uint8_t opened[SEAL_KEY_SIZE];
	char text[SEAL_TEXT_MAX + 1];
	struct seal_wrapped wrapped;
	struct seal_text sealed;

	(void)state;
	assert_int_equal(seal_key(world.set, &end, SEAL_FOR_SPOOL, &owner, key,
				  &wrapped),
			 0);
	assert_int_equal(seal_text(world.set, &end, SEAL_FOR_CALLER, &owner,
				   "+358405550100", &sealed),
			 0);
	for (size_t i = 0; i < sizeof(wrapped.box); i++) {
		wrapped.box[i] ^= 0x80;
		assert_int_equal(open_key(&wrapped, pair, SEAL_FOR_SPOOL,
					  &owner, opened),
				 -EBADMSG);
		wrapped.box[i] ^= 0x80;
	}
	for (size_t i = 0; i < sizeof(sealed.box); i++) {
		sealed.box[i] ^= 1;
		assert_int_equal(
			open_text(&sealed, pair, SEAL_FOR_CALLER, &owner, text),
			-EBADMSG);
		sealed.box[i] ^= 1;
	}
	seal_world_free(&world);
}

static void texts_of_every_legal_length_come_back(void **state)
{
	struct seal_world world = seal_world_new();
	const struct open_pair *pair = seal_world_pair(&world, &end);
	char text[SEAL_TEXT_MAX + 2] = { 0 }, opened[SEAL_TEXT_MAX + 1];
	struct seal_text sealed;

	(void)state;
	for (size_t size = 0; size <= SEAL_TEXT_MAX; size++) {
		memset(text, '5', size);
		assert_int_equal(seal_text(world.set, &end, SEAL_FOR_CALLER,
					   &owner, text, &sealed),
				 0);
		assert_int_equal(open_text(&sealed, pair, SEAL_FOR_CALLER,
					   &owner, opened),
				 0);
		assert_string_equal(opened, text);
		assert_true(bytes_are_zero(sealed.reserved, 7));
	}
	memset(text, '5', SEAL_TEXT_MAX + 1);
	assert_int_equal(seal_text(world.set, &end, SEAL_FOR_CALLER, &owner,
				   text, &sealed),
			 -EMSGSIZE);
	seal_world_free(&world);
}

static void a_key_is_no_text_and_a_text_no_key(void **state)
{
	struct seal_world world = seal_world_new();
	const struct open_pair *pair = seal_world_pair(&world, &end);
	char text[SEAL_TEXT_MAX + 1];
	struct seal_wrapped wrapped;
	struct seal_text sealed = { .end = end };

	(void)state;
	assert_int_equal(seal_key(world.set, &end, SEAL_FOR_CALLER, &owner, key,
				  &wrapped),
			 0);
	memcpy(sealed.box, wrapped.box, sizeof(wrapped.box));
	assert_int_equal(
		open_text(&sealed, pair, SEAL_FOR_CALLER, &owner, text),
		-EBADMSG);
	seal_world_free(&world);
}

static void without_a_key_nothing_is_sealed(void **state)
{
	struct seal_world world = seal_world_new();
	const struct seal_end past = { SEAL_CLASS_AUDIO, 20200101 };
	struct seal_wrapped wrapped;
	struct seal_text sealed;

	(void)state;
	assert_int_equal(seal_key(world.set, &past, SEAL_FOR_SPOOL, &owner, key,
				  &wrapped),
			 -ENOKEY);
	assert_int_equal(seal_text(world.set, &past, SEAL_FOR_CALLER, &owner,
				   "+358405550100", &sealed),
			 -ENOKEY);
	seal_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrapped_key_opens_for_its_purpose_and_owner),
		cmocka_unit_test(every_changed_byte_of_a_box_is_found),
		cmocka_unit_test(texts_of_every_legal_length_come_back),
		cmocka_unit_test(a_key_is_no_text_and_a_text_no_key),
		cmocka_unit_test(without_a_key_nothing_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
