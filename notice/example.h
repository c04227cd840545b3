/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file example.h
 * The example policy, notice/example.yaml, as it is shipped: what the demo
 * runs on and what administrators start from.
 */
#ifndef TALLENNE_NOTICE_EXAMPLE_H
#define TALLENNE_NOTICE_EXAMPLE_H

#include "base/base.h"

/** Its text, NUL-terminated. */
extern const char notice_example[];
/** Without that NUL. */
extern const size_t notice_example_size;

#endif
