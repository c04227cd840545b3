/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file log.h
 * What the administrator should know, one JSON line each on stderr.
 *
 * The first argument is a token by which lines can be found. Personal data
 * has no way in: numbers, names, addresses of customers and anything that a
 * peer sent are never arguments. Ids, counts, our own error texts and
 * configured names are. Libraries do not log; rooms do, once, where the
 * error stops. The audit log is another thing (vault/vault.h).
 *
 * Each token may say at most LOG_BURST_MAX lines a second; what is left out
 * is counted and told in the next line of that second's successor.
 */
#ifndef TALLENNE_LOG_H
#define TALLENNE_LOG_H

#include "base/base.h"

enum { LOG_BURST_MAX = 20 };

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

/** Who speaks: name of the room, kept, never freed. Default "tallenne". */
void log_name(const char *room);

/** Say nothing less important than this. Default LOG_INFO. */
void log_level(enum log_level least);

void log_error(const char *token, const char *format, ...) FORMAT(2, 3);
void log_warn(const char *token, const char *format, ...) FORMAT(2, 3);
void log_info(const char *token, const char *format, ...) FORMAT(2, 3);

#endif
