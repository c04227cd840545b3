/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/shelf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "notice/signed.h"

enum { DIGITS_MIN = 8 };

static void drop_notice(struct shelf_notice *notice)
{
	free(notice->text);
	free(notice->note);
}

static void clear(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		drop_notice(&shelf->notice[i]);
	shelf->count = shelf->bytes = 0;
}

void shelf_drop(struct shelf *shelf)
{
	clear(shelf);
	free(shelf->note);
	shelf->note = NULL;
}

int shelf_take_note(struct shelf *shelf, int fd)
{
	free(shelf->note);
	shelf->note = NULL;
	return file_read(fd, SIGNED_SIZE_MAX, &shelf->note, &shelf->note_size);
}

/* What the list tells of it, without reading it again each time. */
static int know(struct shelf_notice *notice)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults);
	struct policy *policy;
	int r = policy_read((struct slice){ notice->text, notice->size },
			    faults, &count, &policy);

	if (r < 0)
		return r;
	(void)snprintf(notice->sha256, sizeof(notice->sha256), "%s",
		       policy_sha256(policy));
	(void)snprintf(notice->version, sizeof(notice->version), "%s",
		       policy_version(policy));
	notice->valid_from = policy_valid_from(policy);
	notice->signers = (uint32_t)__builtin_popcount(policy_signed_by(
		policy, policy,
		(struct slice){ notice->note, notice->note_size }));
	policy_free(policy);
	return 0;
}

static bool is_newer(const struct shelf_notice *a, const struct shelf_notice *b)
{
	return a->valid_from != b->valid_from
		       ? a->valid_from > b->valid_from
		       : strcmp(a->version, b->version) > 0;
}

static void put(struct shelf *shelf, const struct shelf_notice *fresh)
{
	size_t at = shelf->count++;

	while (at > 0 && is_newer(fresh, &shelf->notice[at - 1])) {
		shelf->notice[at] = shelf->notice[at - 1];
		at--;
	}
	shelf->notice[at] = *fresh;
	shelf->bytes += fresh->size;
}

int shelf_take(struct shelf *shelf, uint64_t number, int fd)
{
	struct shelf_notice fresh = { .note = shelf->note,
				      .note_size = shelf->note_size };
	int r;

	shelf->note = NULL;
	if (number == 0)
		clear(shelf);
	r = file_read(fd, NOTICE_SIZE_MAX, &fresh.text, &fresh.size);
	if (r == 0 && (shelf->count == SHELF_MAX ||
		       shelf->bytes + fresh.size > SHELF_BYTES_MAX))
		r = -ENOSPC;
	if (r == 0)
		r = know(&fresh);
	if (r < 0)
		drop_notice(&fresh);
	else
		put(shelf, &fresh);
	return r;
}

const struct shelf_notice *shelf_find(const struct shelf *shelf,
				      struct slice begin)
{
	if (begin.size < DIGITS_MIN)
		return NULL;
	for (size_t i = 0; i < shelf->count; i++) {
		const char *sha256 = shelf->notice[i].sha256;

		if (begin.size <= strlen(sha256) &&
		    !memcmp(sha256, begin.at, begin.size))
			return &shelf->notice[i];
	}
	return NULL;
}
