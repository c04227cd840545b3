/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file civil_days.h
 * Dates as day numbers, shared by notice/civil.c and notice/zone.c.
 */
#ifndef TALLENNE_NOTICE_CIVIL_DAYS_H
#define TALLENNE_NOTICE_CIVIL_DAYS_H

#include "seal/seal.h"

/** Days from 1970-01-01 to a date that exists. */
int64_t civil_days(seal_date date);

/** The date of a day number, 0 or more. */
seal_date civil_from_days(int64_t days);

#endif
