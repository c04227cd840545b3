/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file web.h
 * The way to a page server on this machine, as a stranger goes it.
 */
#ifndef TALLENNE_CLI_WEB_H
#define TALLENNE_CLI_WEB_H

#include "base/base.h"

enum { WEB_WAIT_S = 10 /**< for each send and receive */ };

/**
 * Connect.
 *
 * @param address  "127.0.0.1:8081"
 * @return an end the caller owns, -EINVAL if that is no address, or another
 *         negative errno
 */
MUST int web_go(const char *address);

#endif
