/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file fill.h
 * What fills the slots of publish/slots.def: a function for each. Private to
 * publish/.
 */
#ifndef TALLENNE_PUBLISH_FILL_H
#define TALLENNE_PUBLISH_FILL_H

#include "publish/stands.h"

#define SLOT(name, kind)                                                       \
	void fill_##name(const struct fact_ask *ask, struct fact *fact);
#include "publish/slots.def"
#undef SLOT

enum term_id {
#define TERM(id, value, fi, sv, en) TERM_##id,
#include "publish/terms.def"
#undef TERM
	TERMS
};

/** A text that the policy has in one language only. */
void fact_name(const struct fact_ask *ask, const char *words,
	       struct fact *fact);
/** A text that it has in each; its id is the value. */
void fact_label(const struct fact_ask *ask, const char *id,
		const char (*words)[NOTICE_TEXT_SIZE], struct fact *fact);
/** Words of ours. */
void fact_term(const struct fact_ask *ask, enum term_id id, struct fact *fact);
/** A value that is written as its kind is. */
void fact_value(const struct fact_ask *ask, const char *words,
		struct fact *fact);
void fact_period(const struct fact_ask *ask, const struct model_period *at,
		 struct fact *fact);
/** A class by our words for it. */
void fact_class(const struct fact_ask *ask, const struct model_class *class,
		struct fact *fact);
void fact_date(const struct fact_ask *ask, seal_date at, struct fact *fact);

#define NAME(slot, field)                                                      \
	void fill_##slot(const struct fact_ask *ask, struct fact *fact)        \
	{                                                                      \
		fact_name(ask, ask->policy->field, fact);                      \
	}
#define VALUE(slot, words)                                                     \
	void fill_##slot(const struct fact_ask *ask, struct fact *fact)        \
	{                                                                      \
		fact_value(ask, words, fact);                                  \
	}

#endif
