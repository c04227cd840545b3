/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What is held, in a real vault: it outlives the key of its date, its
 * neighbours do not, and when it is let go nothing opens it any more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault_stage.h"

static const char holds[] = "{\"event\":\"hold.key.made\"}";
static const char rewraps[] = "{\"event\":\"hold.rewrapped\"}";

static int hold(struct vault_room *room, uint16_t type,
		const struct id *contact, bool is_restricted)
{
	struct vault_hold ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.entry = vault_room_entry(holds),
		.contact = *contact,
		.is_restricted = is_restricted,
	};
	struct vault_answer answer;

	assert_int_equal(vault_room_ask(room->reg, &ask.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	return answer.result;
}

static int rewrap(struct vault_room *room, const struct object *object,
		  const struct id *contact, struct object *ret_held)
{
	struct vault_rewrap ask = {
		.head = { .type = VAULT_REWRAP, .size = sizeof(ask) },
		.entry = vault_room_entry(rewraps),
		.contact = *contact,
		.object = object->about.object,
		.wrapped = object->about.wrapped,
	};
	struct letter_fds fds = { { object->fd, -1, -1, -1 }, 1 };
	struct vault_rewrapped answer;

	assert_int_equal(vault_room_ask(room->reg, &ask.head, &fds,
					&answer.head, VAULT_REWRAPPED,
					sizeof(answer)),
			 0);
	*ret_held = *object;
	ret_held->about.wrapped = answer.wrapped;
	if (answer.result < 0)
		assert_true(bytes_are_zero(&answer.wrapped,
					   sizeof(answer.wrapped)));
	return answer.result;
}

static int try(struct vault_room *room, const struct object *object)
{
	int pipe, r = unseal(room, object, 0, 0, &pipe);

	if (r == 0)
		expect_content(pipe, 0, CONTENT_SIZE);
	return r;
}

static void what_is_held_outlives_its_date(void **state)
{
	struct vault_room room = vault_room_new();
	struct object object, neighbour, held;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	neighbour = seal_to(&room, today());
	assert_int_equal(hold(&room, VAULT_HOLD, &object.about.contact, false),
			 0);
	assert_int_equal(rewrap(&room, &object, &object.about.contact, &held),
			 0);
	assert_true(seal_is_held(&held.about.wrapped.end));
	assert_true(vault_room_log_has(&room, "hold.rewrapped"));
	/* Held alone, it is opened by both. */
	assert_int_equal(try(&room, &object), 0);
	assert_int_equal(try(&room, &held), 0);
	assert_int_equal(vault_room_destroy(&room, SEAL_CLASS_AUDIO, today()),
			 0);
	assert_int_equal(try(&room, &object), -EKEYREVOKED);
	assert_int_equal(try(&room, &neighbour), -EKEYREVOKED);
	assert_int_equal(try(&room, &held), 0);
	/* One's pair opens nothing of another. */
	neighbour.about.wrapped = held.about.wrapped;
	assert_int_equal(try(&room, &neighbour), -EKEYREVOKED);

	assert_int_equal(vault_room_kill(&room), 128 + SIGKILL);
	start(&room);
	assert_int_equal(try(&room, &held), 0);
	assert_int_equal(
		hold(&room, VAULT_RELEASE, &object.about.contact, false), 0);
	assert_int_equal(try(&room, &held), -EKEYREVOKED);
	/* Held anew is not held on. */
	assert_int_equal(hold(&room, VAULT_HOLD, &object.about.contact, false),
			 0);
	assert_int_equal(try(&room, &held), -EBADMSG);
	assert_int_equal(rewrap(&room, &object, &object.about.contact, &held),
			 -EKEYREVOKED);
	(void)close(object.fd);
	(void)close(neighbour.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	(void)verify(&room);
	vault_room_free(&room);
}

static void nothing_restricted_is_opened_by_its_date(void **state)
{
	struct vault_room room = vault_room_new();
	struct object object, other, held;
	const struct seal_end end = { SEAL_CLASS_CONTACT, today() };
	struct vault_open_text text = {
		.head = { .type = VAULT_OPEN_TEXT, .size = sizeof(text) },
		.entry = vault_room_entry(reads),
		.purpose = SEAL_FOR_CALLER,
	};
	struct vault_rewrap_text ask = {
		.head = { .type = VAULT_REWRAP_TEXT, .size = sizeof(ask) },
		.entry = vault_room_entry(rewraps),
	};
	struct vault_rewrapped rewrapped;
	struct vault_answer answer;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	other = seal_to(&room, today());
	text.owner = ask.contact = object.about.contact;
	assert_int_equal(seal_text(room.keys, &end, SEAL_FOR_CALLER,
				   &text.owner, "+358405550100", &text.sealed),
			 0);
	ask.sealed = text.sealed;
	assert_int_equal(hold(&room, VAULT_HOLD, &object.about.contact, true),
			 0);
	assert_int_equal(try(&room, &object), -EACCES);
	assert_int_equal(try(&room, &other), 0);
	assert_int_equal(vault_room_ask(room.reg, &text.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	assert_int_equal(answer.result, -EACCES);
	assert_int_equal(answer.text_size, 0);
	assert_true(vault_room_log_has(&room, "restricted"));

	/* Sealed anew, it is opened for whom the register lets. */
	assert_int_equal(rewrap(&room, &object, &object.about.contact, &held),
			 0);
	assert_int_equal(try(&room, &held), 0);
	assert_int_equal(vault_room_ask(room.reg, &ask.head, NULL,
					&rewrapped.head, VAULT_REWRAPPED,
					sizeof(rewrapped)),
			 0);
	assert_int_equal(rewrapped.result, 0);
	assert_true(seal_is_held(&rewrapped.sealed.end));
	text.sealed = rewrapped.sealed;
	assert_int_equal(vault_room_ask(room.reg, &text.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	assert_int_equal(answer.result, 0);
	assert_memory_equal(answer.text, "+358405550100", 13);

	/* Lifted while something else holds it, and lifted altogether. */
	assert_int_equal(hold(&room, VAULT_HOLD, &object.about.contact, false),
			 0);
	assert_int_equal(try(&room, &object), 0);
	assert_int_equal(try(&room, &held), 0);
	assert_int_equal(
		hold(&room, VAULT_RELEASE, &object.about.contact, false), 0);
	assert_int_equal(try(&room, &object), 0);
	assert_int_equal(try(&room, &held), -EKEYREVOKED);
	(void)close(object.fd);
	(void)close(other.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

/* A register that was taken over keeps nobody's neighbour alive. */
static void only_what_belongs_to_the_contact_is_sealed_anew(void **state)
{
	struct vault_room room = vault_room_new();
	struct object object, other, mixed, held;
	struct id nobody = { { 0 } };

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	other = seal_to(&room, today());
	assert_int_equal(rewrap(&room, &object, &object.about.contact, &held),
			 -ENOENT);
	assert_int_equal(hold(&room, VAULT_HOLD, &nobody, false), -EBADMSG);
	assert_int_equal(hold(&room, VAULT_HOLD, &object.about.contact, false),
			 0);
	/* Another contact's object; its key under this object's name. */
	assert_int_equal(rewrap(&room, &other, &object.about.contact, &held),
			 -EBADMSG);
	mixed = other;
	mixed.fd = object.fd;
	assert_int_equal(rewrap(&room, &mixed, &object.about.contact, &held),
			 -EBADMSG);
	mixed = object;
	mixed.about.wrapped = other.about.wrapped;
	assert_int_equal(rewrap(&room, &mixed, &object.about.contact, &held),
			 -EBADMSG);
	/* What is sealed to a hold already has no date. */
	assert_int_equal(rewrap(&room, &object, &object.about.contact, &held),
			 0);
	assert_int_equal(rewrap(&room, &held, &object.about.contact, &held),
			 -EKEYREVOKED);
	assert_int_equal(vault_room_stop(&room), 0);
	/* Locked, it neither keeps nor lets go. */
	assert_int_equal(
		vault_room_start(&room, program, VAULT_ROOM_SETTINGS, NULL), 0);
	assert_int_equal(hold(&room, VAULT_HOLD, &other.about.contact, false),
			 -ENOKEY);
	assert_int_equal(
		hold(&room, VAULT_RELEASE, &object.about.contact, false),
		-ENOKEY);
	assert_int_equal(rewrap(&room, &object, &object.about.contact, &held),
			 -ENOKEY);
	(void)close(object.fd);
	(void)close(other.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_outlives_its_date),
		cmocka_unit_test(nothing_restricted_is_opened_by_its_date),
		cmocka_unit_test(
			only_what_belongs_to_the_contact_is_sealed_anew),
	};

	assert(argc == 2);
	program = argv[1];
	(void)setenv("TZ", "Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
