/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file policy.h
 * The policy of the demo: the example, but with chats at any hour (whoever
 * tries it at night or at Christmas is to find somebody), signed by two
 * keys that nobody has any more.
 */
#ifndef TALLENNE_CLI_DEMO_POLICY_H
#define TALLENNE_CLI_DEMO_POLICY_H

#include "base/base.h"

/** Write "policy.yaml" and "policy.yaml.signed" into a directory. */
MUST int policy_write(int dir);

#endif
