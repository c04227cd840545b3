/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file today.h
 * Which civil date it is, for someone who must not be fooled.
 *
 * Destroying a key cannot be undone, and the clock of a machine can be set
 * by anyone who owns the network's time server. So the vault believes the
 * system's clock only as long as it agrees with the monotonic one: a jump
 * ahead further than allowed is not believed until a person confirms it,
 * and time that was written down once never runs backwards.
 */
#ifndef TALLENNE_VAULT_TODAY_H
#define TALLENNE_VAULT_TODAY_H

#include "base/clock.h"
#include "seal/seal.h"

struct today {
	struct clock clock;
	nanoseconds jump_max;  /**< 0: any */
	nanoseconds highest;   /**< latest instant that was believed */
	nanoseconds anchor;    /**< believed at ... */
	nanoseconds anchor_at; /**< ... this time of the monotonic clock */
	bool is_paused;	       /**< the clock jumped: nothing is destroyed */
};

/**
 * Begin.
 *
 * @param clock     the system's time
 * @param jump_max  how far it may run ahead of the monotonic clock
 * @param last      latest instant known from the audit log, 0: none yet
 */
struct today today_start(struct clock clock, nanoseconds jump_max,
			 nanoseconds last);

/**
 * The present instant, as far as it is believed.
 *
 * Sets or clears is_paused. Never less than an earlier answer.
 */
nanoseconds today_now(struct today *today);

/** A person says that the system's clock is right. */
void today_confirm(struct today *today);

/** The civil date of an instant in the zone of the process (tzset()). */
seal_date today_date(nanoseconds instant);

/** A civil date so many days later. */
seal_date today_add(seal_date date, int days);

#endif
