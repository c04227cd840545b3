/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a crash left, and the files of the journal in the long run: read
 * what can be read, bring it together in one file, begin another when this
 * one is mostly dead.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "chat/deed.h"
#include "chat/record.h"
#include "chat/stay.h"

enum { SMALL_SIZE = 1 << 20, OLD_S = 24 * 3600, WANT_S = 5, VAULT_S = 10 };

/* What other files held is put into the present one, and they may go. */
static void bring_together(struct hall *hall)
{
	struct record moved = { .kind = RECORD_MOVED };
	bool any = false;

	if (!journal_can_write(hall->journal))
		return;
	while (journal_leftover(hall->journal, &moved.id)) {
		uint8_t bytes[RECORD_SIZE_MAX];
		size_t size;

		if (!any && deed_put_all(hall) < 0)
			break;
		any = true;
		size = record_write(&moved, bytes);
		if (journal_put(hall->journal, bytes, size) < 0)
			break;
		journal_moved(hall->journal, &moved.id);
	}
}

static bool has_unread(const struct hall *hall)
{
	struct seal_wrapped wrapped;
	struct id file;

	return journal_unread(hall->journal, &file, &wrapped);
}

enum chat_result hall_missing(const struct hall *hall)
{
	return has_unread(hall) ? CHAT_LATER : CHAT_NOT_FOUND;
}

bool hall_may_open(const struct hall *hall)
{
	return hall->is_vault_locked || !has_unread(hall) ||
	       hall_now(hall) - hall->started_at > VAULT_S * NS_PER_S;
}

static void count_locked(struct hall *hall)
{
	counter_set(hall->count.locked, has_unread(hall));
}

void hall_read_on(struct hall *hall)
{
	struct seal_wrapped wrapped;
	struct id file;

	while (journal_unread(hall->journal, &file, &wrapped)) {
		int r = journal_read(hall->journal, &file, NULL, deed_read,
				     hall);

		if (r == -ENOKEY)
			break;
		if (r < 0) {
			log_error("journal", "a file cannot be read: %s",
				  strerror(-r));
			break;
		}
		log_info("journal", "a file was read with the attic's key");
	}
	count_locked(hall);
	counter_set(hall->count.damaged, journal_damaged(hall->journal));
	journal_adopt(hall->journal);
	deed_mend(hall);
	bring_together(hall);
}

void hall_start(struct hall *hall)
{
	hall_counters(&hall->count); /* now their page is there */
	hall->started_at = hall_now(hall);
	counter_hours(hall);
	journal_set_attic(hall->journal, hall->attic);
	hall_read_on(hall);
	if (hall->table.count > 0)
		log_info("journal", "%u conversations go on",
			 hall->table.count);
	vault_ask(hall);
	hall_commit(hall);
}

/* How much of what lives there is, roughly. */
static int64_t size_alive(const struct hall *hall)
{
	int64_t size = 0;

	for (uint32_t i = 0; i < hall->table.used; i++) {
		const struct conversation *one = hall->table.place[i];

		if (one && !one->is_forgotten)
			size += 2 * JOURNAL_STEP + (int64_t)(one->events.count +
							     one->notes.count) *
							   2 * JOURNAL_STEP;
	}
	return size;
}

/* What is dead in the file is not kept longer than needed. */
static bool is_renewal_due(const struct hall *hall)
{
	int64_t size = journal_size(hall->journal);
	int64_t alive = size_alive(hall);
	bool is_old = hall_now(hall) - hall->renewed_at > OLD_S * NS_PER_S;

	return journal_has_empty(hall->journal) &&
	       hall_now(hall) >= hall->renew_at && size > alive * 2 &&
	       ((size > SMALL_SIZE && alive == 0) || size > JOURNAL_FULL_SIZE ||
		(is_old && size > SMALL_SIZE / 16));
}

static void keep_files(struct hall *hall)
{
	struct id file;
	uint64_t number;

	vault_ask(hall);
	if (journal_leftover(hall->journal, &file))
		bring_together(hall);
	if (is_renewal_due(hall)) {
		hall->is_whole_due = true;
		hall->renewed_at = hall_now(hall);
	}
	if (hall->room && journal_wants(hall->journal, &number) &&
	    hall_now(hall) >= hall->want_at) {
		hall->want_at = hall_now(hall) + WANT_S * NS_PER_S;
		log_error("journal", "file %llu failed; another is asked for",
			  (unsigned long long)number);
		if (room_want(hall->room, "journal", number) < 0)
			log_warn("house", "cannot ask for a file");
	}
}

void hall_tick(struct hall *hall)
{
	const nanoseconds now = hall_now(hall);

	if (now - hall->second_at >= NS_PER_S) {
		hall->second_at = now;
		counter_hours(hall);
		stay_tick(hall);
		registry_check_seats(hall);
		keep_files(hall);
		hall->are_places_due = true;
	}
	hall_commit(hall);
}
