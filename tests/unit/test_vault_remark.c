/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Remarks beside a recording, in a real vault: opened as its sound is, held
 * and restricted with it, and noise when its key is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault_stage.h"

static const char adds[] = "{\"event\":\"note.added\"}";
static const char opens[] = "{\"event\":\"note.read\"}";

static struct vault_remarks letter_of(const struct object *object,
				      uint16_t type, const char *entry)
{
	struct vault_remarks ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.entry = vault_room_entry(entry),
		.wrapped = object->about.wrapped,
		.object = object->about.object,
		.count = 1,
	};

	return ask;
}

static int add_text(struct vault_room *room, const struct object *object,
		    const void *text, size_t size, int64_t at_ms,
		    struct vault_remark *ret_remark)
{
	struct vault_remarks ask = letter_of(object, VAULT_REMARK_SEAL, adds);
	struct vault_remarked answer;
	int file = file_of("text", text, size);
	struct letter_fds fds = { { object->fd, file, -1, -1 }, 2 };

	assert_true(file >= 0);
	ask.remark[0].remark = id_new();
	ask.remark[0].at_ms = at_ms;
	assert_int_equal(vault_room_ask(room->reg, &ask.head, &fds,
					&answer.head, VAULT_REMARKED,
					sizeof(answer)),
			 0);
	(void)close(file);
	*ret_remark = answer.remark;
	return answer.result;
}

static int add(struct vault_room *room, const struct object *object,
	       const char *text, struct vault_remark *ret_remark)
{
	return add_text(room, object, text, strlen(text), 1500, ret_remark);
}

static int show(struct vault_room *room, const struct object *object,
		const struct vault_remark *remarks, uint32_t count,
		char texts[][VAULT_REMARK_SIZE])
{
	struct vault_remarks ask = letter_of(object, VAULT_REMARKS_OPEN, opens);
	struct vault_answer answer;
	struct letter_fds fds;
	size_t at = 0;
	int ends[2];

	ask.count = count;
	for (uint32_t i = 0; i < count && i < VAULT_REMARKS_MAX; i++)
		ask.remark[i] = remarks[i];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds = (struct letter_fds){ { object->fd, ends[1], -1, -1 }, 2 };
	assert_int_equal(vault_room_ask(room->reg, &ask.head, &fds,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	(void)close(ends[1]);
	for (;;) {
		char byte;
		ssize_t got = read(ends[0], &byte, 1);

		assert_true(got >= 0);
		if (got == 0)
			break;
		assert_true(at < count * sizeof(texts[0]));
		((char *)texts)[at++] = byte;
	}
	(void)close(ends[0]);
	assert_int_equal(at, answer.result == 0 ? count * sizeof(texts[0]) : 0);
	return answer.result;
}

static bool stands_in(const struct vault_remark *remark, const char *text)
{
	return memmem(remark->box, sizeof(remark->box), text, strlen(text)) !=
	       NULL;
}

static void what_was_remarked_is_read_again(void **state)
{
	struct vault_room room = vault_room_new();
	char texts[VAULT_REMARKS_MAX][VAULT_REMARK_SIZE];
	struct vault_remark remarks[VAULT_REMARKS_MAX], other;
	char longest[VAULT_REMARK_MAX];
	struct object object, neighbour;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	neighbour = seal_to(&room, today());
	for (int i = 0; i < VAULT_REMARKS_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "Remark no. %d", i);
		assert_int_equal(add(&room, &object, text, &remarks[i]), 0);
		assert_false(stands_in(&remarks[i], "Remark"));
	}
	assert_true(vault_room_log_has(&room, "note.added"));
	assert_int_equal(
		show(&room, &object, remarks, VAULT_REMARKS_MAX, texts), 0);
	assert_true(vault_room_log_has(&room, "note.read"));
	for (int i = 0; i < VAULT_REMARKS_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "Remark no. %d", i);
		assert_string_equal(texts[i], text);
	}
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(
		add_text(&room, &object, longest, sizeof(longest), 0, &other),
		0);
	assert_int_equal(show(&room, &object, &other, 1, texts), 0);
	assert_int_equal(strlen(texts[0]), VAULT_REMARK_MAX);

	/* Another time code, another remark's id, another recording, a bit. */
	other = remarks[0];
	other.at_ms++;
	assert_int_equal(show(&room, &object, &other, 1, texts), 0);
	assert_int_equal(texts[0][0], 0);
	other = remarks[0];
	other.remark = remarks[1].remark;
	assert_int_equal(show(&room, &object, &other, 1, texts), 0);
	assert_int_equal(texts[0][0], 0);
	assert_int_equal(show(&room, &neighbour, remarks, 1, texts), 0);
	assert_int_equal(texts[0][0], 0);
	other = remarks[0];
	other.box[VAULT_REMARK_BOX - 1] ^= 1;
	remarks[2] = other;
	assert_int_equal(show(&room, &object, remarks, 4, texts), 0);
	assert_int_equal(texts[2][0], 0);
	assert_string_equal(texts[3], "Remark no. 3");
	(void)close(object.fd);
	(void)close(neighbour.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

static void a_remark_lives_and_dies_with_the_sound(void **state)
{
	struct vault_room room = vault_room_new();
	char texts[1][VAULT_REMARK_SIZE];
	struct object object, held;
	struct vault_remark remark, late;
	struct vault_hold hold = {
		.head = { .type = VAULT_HOLD, .size = sizeof(hold) },
		.entry = vault_room_entry("{\"event\":\"hold.key.made\"}"),
		.is_restricted = 1,
	};
	struct vault_rewrap rewrap = {
		.head = { .type = VAULT_REWRAP, .size = sizeof(rewrap) },
		.entry = vault_room_entry("{\"event\":\"hold.rewrapped\"}"),
	};
	struct vault_rewrapped rewrapped;
	struct vault_answer answer;
	struct letter_fds fds;

	(void)state;
	start(&room);
	object = held = seal_to(&room, today());
	assert_int_equal(add(&room, &object, "early", &remark), 0);

	/* Restricted: not with the key of its date, only with its own. */
	hold.contact = rewrap.contact = object.about.contact;
	rewrap.object = object.about.object;
	rewrap.wrapped = object.about.wrapped;
	assert_int_equal(vault_room_ask(room.reg, &hold.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	assert_int_equal(answer.result, 0);
	fds = (struct letter_fds){ { object.fd, -1, -1, -1 }, 1 };
	assert_int_equal(vault_room_ask(room.reg, &rewrap.head, &fds,
					&rewrapped.head, VAULT_REWRAPPED,
					sizeof(rewrapped)),
			 0);
	assert_int_equal(rewrapped.result, 0);
	held.about.wrapped = rewrapped.wrapped;
	assert_int_equal(show(&room, &object, &remark, 1, texts), -EACCES);
	assert_int_equal(add(&room, &object, "no", &late), -EACCES);
	assert_int_equal(vault_room_destroy(&room, SEAL_CLASS_AUDIO, today()),
			 0);

	/* Held, it outlives the date, and what was said before with it. */
	assert_int_equal(show(&room, &held, &remark, 1, texts), 0);
	assert_string_equal(texts[0], "early");
	hold.head.type = VAULT_RELEASE;
	hold.is_restricted = 0;
	assert_int_equal(vault_room_ask(room.reg, &hold.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	assert_int_equal(answer.result, 0);
	assert_int_equal(show(&room, &held, &remark, 1, texts), -EKEYREVOKED);
	assert_int_equal(show(&room, &object, &remark, 1, texts), -EKEYREVOKED);
	assert_int_equal(add(&room, &object, "late", &late), -EKEYREVOKED);
	(void)close(object.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

static void what_is_no_remark_is_refused(void **state)
{
	struct vault_room room = vault_room_new();
	char texts[1][VAULT_REMARK_SIZE];
	char longer[VAULT_REMARK_MAX + 1];
	struct vault_remark remark;
	struct object object;

	(void)state;
	start(&room);
	object = seal_to(&room, today());
	memset(longer, 'x', sizeof(longer));
	assert_int_equal(
		add_text(&room, &object, longer, sizeof(longer), 0, &remark),
		-EMSGSIZE);
	assert_int_equal(add_text(&room, &object, "", 0, 0, &remark),
			 -EMSGSIZE);
	assert_int_equal(add_text(&room, &object, "a\0b", 3, 0, &remark),
			 -EMSGSIZE);
	assert_int_equal(add(&room, &object, "well", &remark), 0);
	assert_int_equal(show(&room, &object, &remark, 0, texts), -EBADMSG);
	assert_int_equal(
		show(&room, &object, &remark, VAULT_REMARKS_MAX + 1, texts),
		-EBADMSG);
	(void)close(object.fd);
	assert_int_equal(vault_room_stop(&room), 0);
	vault_room_free(&room);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_remarked_is_read_again),
		cmocka_unit_test(a_remark_lives_and_dies_with_the_sound),
		cmocka_unit_test(what_is_no_remark_is_refused),
	};

	assert(argc > 1);
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
