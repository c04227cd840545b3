/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file explain.h
 * Parts of policy_explain(). Private to notice/.
 */
#ifndef TALLENNE_NOTICE_EXPLAIN_H
#define TALLENNE_NOTICE_EXPLAIN_H

#include "notice/model.h"

/** A new line, with its subject if it is the first about it. */
void explain_line(FILE *out, const char *subject);
void explain_date(FILE *out, seal_date day);
void explain_period(const struct model_period *period, FILE *out);
/** The words whose bits are set, with commas; "none" if there are none. */
void explain_words(FILE *out, uint32_t bits, const char *const *words);
/** A word by its value, or "not stated". */
const char *explain_word(int value, const char *const *words);

/** Controllers, processors, officer and authority. */
void explain_people(const struct policy *policy, FILE *out);
/** Where data are and to whom they go. */
void explain_places(const struct policy *policy, FILE *out);
/** Rights, holds, employees, the log, automation. */
void explain_limits(const struct policy *policy, FILE *out);
/** What callers are told, and what stops a recording for a while. */
void explain_announcement(const struct model_capture *capture, FILE *out);
/** What may lengthen the life of a class, and who may ask for it. */
void explain_class_terms(const struct model_class *class, FILE *out);
/** What the policy does not state. */
void explain_unstated(const struct policy *policy, FILE *out);

#endif
