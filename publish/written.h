/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file written.h
 * Values as people write them in each language: periods with their cases,
 * dates, times, articles of law, telephone numbers. Pure; the values are
 * those of enum fact_kind.
 */
#ifndef TALLENNE_PUBLISH_WRITTEN_H
#define TALLENNE_PUBLISH_WRITTEN_H

#include "publish/clause.h"

/**
 * Write a value.
 *
 * @param value  of that kind
 * @param genitive  in Finnish, of a period or a section
 * @param[out] out  empty if the value is none of that kind
 */
void written(enum fact_kind kind, const char *value,
	     enum notice_language language, bool genitive, char out[FACT_SIZE]);

#endif
