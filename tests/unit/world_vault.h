/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file world_vault.h
 * The vault as the tests of the register play it: what it was asked is kept,
 * what it answers is chosen, pairs of holds are made and destroyed.
 */
#ifndef TALLENNE_TESTS_WORLD_VAULT_H
#define TALLENNE_TESTS_WORLD_VAULT_H

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "register/register.h"
#include "vault/vault.h"

enum {
	WORLD_ENTRIES = 4096,
	WORLD_KEYS = 4096,
	WORLD_HOLDS = 64,
	WORLD_WAIT_MS = 60000
};

/* A contact's own pair; made anew, it is another one. */
struct world_hold {
	struct id contact;
	uint32_t is_restricted, generation;
};

/* 2026-11-23T10:00:00Z, a Monday. */
#define WORLD_NOW (1795428000 * NS_PER_S)
#define WORLD_DAY (86400 * NS_PER_S)

/* What the vault was asked, and what it is to answer. */
struct world_vault {
	int end;
	int32_t result; /* of UNSEAL and DESTROY */
	int32_t append_result;
	bool is_silent; /* takes nothing at all */
	char entry[WORLD_ENTRIES][VAULT_ENTRY_MAX + 1];
	int entries;
	uint64_t seq;
	struct seal_end gone[WORLD_KEYS];
	int gone_count;
	struct vault_unseal last;
	struct world_hold hold[WORLD_HOLDS];
	int hold_count;
	uint32_t generation;
	seal_date forgot[8]; /* what it was asked to forget, the last ones */
	int forgot_count;
	int32_t forget_result;
	seal_date key_first[4], log_first; /* told with its status */
	int deaf_after; /* questions about holds until it dies; 0: never */
};

static inline void world_write_down(struct world_vault *vault,
				    const struct vault_entry *entry)
{
	assert_in_range(entry->size, 2, VAULT_ENTRY_MAX);
	assert_true(vault->entries < WORLD_ENTRIES);
	memcpy(vault->entry[vault->entries], entry->text, entry->size);
	vault->entry[vault->entries++][entry->size] = '\0';
	vault->seq++;
}

static inline bool world_key_is_gone(const struct world_vault *vault,
				     const struct seal_end *end)
{
	for (int i = 0; i < vault->gone_count; i++)
		if (vault->gone[i].data_class == end->data_class &&
		    vault->gone[i].date == end->date)
			return true;
	return false;
}

static inline struct world_hold *world_held(struct world_vault *vault,
					    const struct id *contact)
{
	for (int i = 0; i < vault->hold_count; i++)
		if (id_is(&vault->hold[i].contact, contact))
			return &vault->hold[i];
	return NULL;
}

static inline int32_t world_take_hold(struct world_vault *vault,
				      const struct vault_hold *letter)
{
	struct world_hold *hold = world_held(vault, &letter->contact);

	if (vault->result)
		return vault->result;
	world_write_down(vault, &letter->entry);
	if (letter->head.type == VAULT_RELEASE) {
		if (hold)
			*hold = vault->hold[--vault->hold_count];
		return 0;
	}
	if (!hold) {
		if (vault->hold_count == WORLD_HOLDS)
			return -ENOSPC;
		hold = &vault->hold[vault->hold_count++];
		hold->contact = letter->contact;
		hold->generation = ++vault->generation;
	}
	hold->is_restricted = letter->is_restricted;
	return 0;
}

/* What it becomes: the box names the pair that opens it. */
static inline int32_t world_rewrap(struct world_vault *vault,
				   const struct vault_entry *entry,
				   const struct id *contact,
				   struct seal_end *end, uint8_t *box)
{
	const struct world_hold *hold = world_held(vault, contact);

	if (vault->result)
		return vault->result;
	world_write_down(vault, entry);
	if (!hold)
		return -ENOENT;
	if (world_key_is_gone(vault, end))
		return -EKEYREVOKED;
	end->date = 0;
	memcpy(box, contact, sizeof(*contact));
	memcpy(box + sizeof(*contact), &hold->generation,
	       sizeof(hold->generation));
	return 0;
}

/* Whether this vault could open something of a contact. */
static inline bool world_opens(struct world_vault *vault,
			       const struct id *contact,
			       const struct seal_end *end, const uint8_t *box)
{
	const struct world_hold *hold = world_held(vault, contact);

	if (!seal_is_held(end))
		return !world_key_is_gone(vault, end) &&
		       !(hold && hold->is_restricted);
	return hold && memcmp(box, contact, sizeof(*contact)) == 0 &&
	       memcmp(box + sizeof(*contact), &hold->generation,
		      sizeof(hold->generation)) == 0;
}

/* A remark as this vault seals it: turned over, so that no text of a test is
   found in the database. */
static inline int32_t world_seal_remark(struct world_vault *vault,
					const struct vault_remarks *letter,
					const struct letter_fds *fds,
					struct vault_remark *ret_remark)
{
	ssize_t size;

	assert_int_equal(letter->count, 1);
	assert_int_equal(fds->count, 2);
	if (vault->result)
		return vault->result;
	world_write_down(vault, &letter->entry);
	*ret_remark = letter->remark[0];
	size = pread(fds->fd[1], ret_remark->box, VAULT_REMARK_MAX + 1, 0);
	if (size < 1 || size > VAULT_REMARK_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < sizeof(ret_remark->box); i++)
		ret_remark->box[i] ^= 0x55;
	return 0;
}

static inline int32_t world_open_remarks(struct world_vault *vault,
					 const struct vault_remarks *letter,
					 const struct letter_fds *fds)
{
	assert_in_range(letter->count, 1, VAULT_REMARKS_MAX);
	assert_int_equal(fds->count, 2);
	if (vault->result)
		return vault->result;
	world_write_down(vault, &letter->entry);
	for (uint32_t i = 0; i < letter->count; i++) {
		uint8_t text[VAULT_REMARK_SIZE];

		for (size_t n = 0; n < sizeof(text); n++)
			text[n] = letter->remark[i].box[n] ^ 0x55;
		assert_int_equal(write(fds->fd[1], text, sizeof(text)),
				 sizeof(text));
	}
	return 0;
}

/* The vault's turn: answer what waits. */
static inline void world_vault_turn(struct world_vault *vault)
{
	union {
		struct letter head;
		struct vault_append append;
		struct vault_unseal unseal;
		struct vault_destroy destroy;
		struct vault_forget forget;
		struct vault_status status;
		struct vault_hold hold;
		struct vault_rewrap rewrap;
		struct vault_rewrap_text rewrap_text;
		struct vault_remarks remarks;
	} letter;
	struct vault_remarked remarked = {
		.head = { .type = VAULT_REMARKED, .size = sizeof(remarked) },
	};
	struct vault_rewrapped rewrapped = {
		.head = { .type = VAULT_REWRAPPED, .size = sizeof(rewrapped) },
	};
	struct pollfd ready = { .fd = vault->end, .events = POLLIN };

	while (vault->end >= 0 && !vault->is_silent && poll(&ready, 1, 0) > 0) {
		OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
		struct vault_answer answer = {
			.head = { .type = VAULT_ANSWER,
				  .size = sizeof(answer) },
		};

		if (line_take(vault->end, &letter.head, sizeof(letter), &fds) <
		    0)
			return;
		answer.head.tag = letter.head.tag;
		switch (letter.head.type) {
		case VAULT_APPEND:
			answer.result = vault->append_result;
			if (!answer.result)
				world_write_down(vault, &letter.append.entry);
			break;
		case VAULT_UNSEAL:
			answer.result = vault->result;
			vault->last = letter.unseal;
			if (!answer.result) {
				world_write_down(vault, &letter.unseal.entry);
				assert_int_equal(fds.count, 2);
				assert_int_equal(write(fds.fd[1], "sound", 5),
						 5);
			}
			break;
		case VAULT_DESTROY:
			answer.result = vault->result;
			if (!answer.result) {
				world_write_down(vault, &letter.destroy.entry);
				assert_true(vault->gone_count < WORLD_KEYS);
				vault->gone[vault->gone_count++] =
					letter.destroy.end;
			}
			break;
		case VAULT_STATUS:
			letter.status.is_locked = vault->result == -ENOKEY;
			letter.status.entries = vault->seq;
			memcpy(letter.status.first, vault->key_first,
			       sizeof(vault->key_first));
			letter.status.log_first = vault->log_first;
			assert_int_equal(
				line_post(vault->end, &letter.head, NULL, true),
				0);
			continue;
		case VAULT_HOLD:
		case VAULT_RELEASE:
			answer.result = world_take_hold(vault, &letter.hold);
			break;
		case VAULT_REWRAP:
			assert_int_equal(fds.count, 1);
			rewrapped.wrapped = letter.rewrap.wrapped;
			rewrapped.result = world_rewrap(
				vault, &letter.rewrap.entry,
				&letter.rewrap.contact, &rewrapped.wrapped.end,
				rewrapped.wrapped.box);
			break;
		case VAULT_REWRAP_TEXT:
			rewrapped.sealed = letter.rewrap_text.sealed;
			rewrapped.result = world_rewrap(
				vault, &letter.rewrap_text.entry,
				&letter.rewrap_text.contact,
				&rewrapped.sealed.end, rewrapped.sealed.box);
			break;
		case VAULT_REMARK_SEAL:
			remarked.result = world_seal_remark(
				vault, &letter.remarks, &fds, &remarked.remark);
			remarked.head.tag = letter.head.tag;
			remarked.seq = vault->seq;
			assert_int_equal(line_post(vault->end, &remarked.head,
						   NULL, true),
					 0);
			continue;
		case VAULT_REMARKS_OPEN:
			answer.result = world_open_remarks(
				vault, &letter.remarks, &fds);
			break;
		case VAULT_FORGET:
			answer.result = vault->forget_result;
			vault->forgot[vault->forgot_count++ %
				      (int)COUNT(vault->forgot)] =
				letter.forget.before;
			break;
		default:
			fail_msg("unknown letter to the vault");
		}
		if (letter.head.type >= VAULT_HOLD &&
		    letter.head.type <= VAULT_REWRAPPED &&
		    vault->deaf_after > 0 && --vault->deaf_after == 0) {
			/* It did what it was asked, and nobody hears of it. */
			drop_fd(&vault->end);
			return;
		}
		if (letter.head.type == VAULT_REWRAP ||
		    letter.head.type == VAULT_REWRAP_TEXT) {
			rewrapped.head.tag = letter.head.tag;
			rewrapped.seq = vault->seq;
			assert_int_equal(line_post(vault->end, &rewrapped.head,
						   NULL, true),
					 0);
			continue;
		}
		answer.seq = vault->seq;
		assert_int_equal(
			line_post(vault->end, &answer.head, NULL, true), 0);
	}
}

#endif
