/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The audit log's own end: pairs for its days are made ahead, and die with
 * all that was written on those days when the register says that its time
 * has come (docs/decisions/0013-the-log-dies-by-the-day.md).
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "vault/keeper.h"
#include "vault/place.h"
#include "vault/verify.h"

#define DAYS_NAME "log.keys"

enum {
	DAYS_SIZE_MAX = 1 << 20,
	/* A vault that is locked for longer seals to the last day it has. */
	DAYS_AHEAD_MAX = 400,
	CLEAN_PER_TICK = 8, /* volumes */
};

/* Take the public halves if they are this vault's own. */
static int take(struct keeper *keeper, const void *bytes, size_t size)
{
	struct seal_keyset *days;
	int r = seal_keyset_read(bytes, size, &days);

	if (r < 0)
		return r;
	if (memcmp((const uint8_t *)bytes + SEAL_KEYSET_AT_VAULT,
		   keyring_public(keeper->ring), SEAL_PUBLIC_SIZE) != 0) {
		seal_keyset_free(days);
		return -EBADMSG;
	}
	audit_take_keys(keeper->audit, days);
	return 0;
}

void keeper_load_days(struct keeper *keeper)
{
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (!keyring_is_made(keeper->ring))
		return;
	r = place_read(keeper->dir, DAYS_NAME, DAYS_SIZE_MAX, &bytes, &size);
	if (r == 0)
		r = take(keeper, bytes, size);
	if (r < 0 && r != -ENOENT)
		log_error("log",
			  "the keys of its days cannot be read, it is "
			  "written in clear until the vault is "
			  "unlocked: %s",
			  strerror(-r));
}

int keeper_fill_days(struct keeper *keeper, seal_date today)
{
	OWNED(drop_memory) uint8_t *bytes = NULL;
	const int ahead = keeper->horizon_days < DAYS_AHEAD_MAX
				  ? keeper->horizon_days
				  : DAYS_AHEAD_MAX;
	size_t size;
	int made = keyring_fill_log(keeper->ring, today,
				    today_add(today, ahead - 1));
	int r = made;

	if (r >= 0)
		r = keyring_day_keyset(keeper->ring, today,
				       today_now(&keeper->today) / NS_PER_S,
				       &bytes, &size);
	if (r >= 0)
		r = place_write(keeper->dir, DAYS_NAME, bytes, size);
	return r < 0 ? r : take(keeper, bytes, size);
}

int keeper_forget_log(struct keeper *keeper, seal_date before,
		      uint64_t *ret_seq)
{
	const seal_date today = keeper_today(keeper);
	uint64_t entries;
	int r;

	*ret_seq = 0;
	if (!seal_date_is(before))
		return -EBADMSG;
	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	if (keeper->today.is_paused ||
	    before > today_add(today, -VAULT_LOG_LEAST_DAYS))
		return -EPERM;
	if (!audit_has_before(keeper->audit, before, &entries) ||
	    before <= keyring_log_from(keeper->ring))
		return 0;
	*ret_seq = audit_size(keeper->audit);
	r = keeper_note(keeper,
			"{" VERIFY_ERASED
			"\"before\":\"%04u-%02u-%02u\",\"entries\":%llu}",
			before / 10000, before / 100 % 100, before % 100,
			(unsigned long long)entries);
	if (r < 0)
		return r;
	r = keyring_forget_log(keeper->ring, before);
	if (r < 0) {
		keeper_fail(keeper, "the keyring cannot be written", r);
		return -EIO;
	}
	keeper_clean_log(keeper);
	return keeper->has_failed ? -EIO : 0;
}

void keeper_clean_log(struct keeper *keeper)
{
	int r = 1;

	if (keyring_is_locked(keeper->ring))
		return;
	for (int i = 0; r > 0 && i < CLEAN_PER_TICK; i++)
		r = audit_clean(keeper->audit, keyring_log_from(keeper->ring));
	if (r < 0)
		keeper_fail(keeper, "the audit log cannot be written anew", r);
}
