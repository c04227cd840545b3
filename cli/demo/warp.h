/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file warp.h
 * A running demo some months later: end dates come, and what was promised
 * to be gone goes.
 */
#ifndef TALLENNE_CLI_DEMO_WARP_H
#define TALLENNE_CLI_DEMO_WARP_H

/**
 * "tallenne demo warp PERIOD".
 *
 * @param run     run directory as told by an option, or NULL
 * @param period  "7mo", "2y", "10d": from the real day on
 * @return an exit status
 */
int warp_demo(const char *run, const char *period);

#endif
