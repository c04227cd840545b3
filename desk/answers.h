/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file answers.h
 * Canned answers: what of their pages can be tested alone.
 */
#ifndef TALLENNE_DESK_ANSWERS_H
#define TALLENNE_DESK_ANSWERS_H

#include "desk/visit.h"

/** Whether the day of looking at it again has passed. */
bool answers_overdue(seal_date review);

/** A fresh id for an answer of this title: a to z, 0 to 9, "-". */
void answers_name(const char *title, char id[32]);

#endif
