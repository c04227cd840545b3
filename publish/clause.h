/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file clause.h
 * The table of clauses: every sentence that is published about the
 * recording, and what fills its slots (docs/decisions/0009-one-table.md).
 *
 * Pure. A clause stands or falls with the policy; its facts have one value,
 * which machines read, and words in each language. Who wants a whole
 * document asks publish/render.h.
 */
#ifndef TALLENNE_PUBLISH_CLAUSE_H
#define TALLENNE_PUBLISH_CLAUSE_H

#include "notice/notice.h"

enum { FACT_SIZE = 256 };

/** What is made from the table; bits. */
enum clause_document {
	CLAUSE_NOTICE = 1,
	CLAUSE_SPOKEN = 2,	/**< at the start of a call */
	CLAUSE_RECORD = 4,	/**< GDPR Art. 30 */
	CLAUSE_DESCRIPTION = 8, /**< 906/2019, 28 § */
};

enum clause_style {
	CLAUSE_PARAGRAPH,
	CLAUSE_ITEM, /**< of a list, with its neighbours */
	CLAUSE_PAIR, /**< "label|value" */
};

/** How a fact is written, and what its value looks like. */
enum fact_kind {
	FACT_NAME,	/**< as the policy has it, in its language */
	FACT_LABEL,	/**< the policy's in each language; its id */
	FACT_TERM,	/**< publish/terms.def */
	FACT_PERIOD,	/**< "P6M" */
	FACT_DATE,	/**< "2018-05-25" */
	FACT_TIME,	/**< of day: "09:00" */
	FACT_PERCENT,	/**< "25" */
	FACT_PHONE,	/**< "+358295550100" */
	FACT_ARTICLE,	/**< of the GDPR: "6(1)(c)" */
	FACT_ARTICLES,	/**< "6(1)(c) 6(1)(e)" */
	FACT_SECTION,	/**< of a Finnish law: "28" */
	FACT_LAW,	/**< "906/2019" */
	FACT_PAGE,	/**< "https://www.agency.example" */
	FACT_WORD,	/**< the same in every language */
	FACT_COUNTRIES, /**< ISO 3166: "FI SE" */
};

struct clause_section {
	const char *id;
	uint32_t documents; /**< enum clause_document, bits */
	const char *title[NOTICE_LANGUAGES];
};

struct clause {
	const char *id;
	uint32_t section; /**< index */
	enum clause_style style;
	const char *sentences; /**< "S8 S9", or empty */
	/** How many times it stands. */
	size_t (*stands)(const struct policy *policy);
	const char *words[NOTICE_LANGUAGES];
};

extern const struct clause_section clause_sections[];
extern const size_t clause_section_count;
/** In the order of their sections. */
extern const struct clause clauses[];
extern const size_t clause_count;

/** Words of a template, or a slot of it. */
struct clause_piece {
	bool is_slot;
	struct slice words; /**< or the name of the slot */
	bool genitive;
};

/** The next piece of a template; false at its end. */
bool clause_next(struct slice *rest, struct clause_piece *ret_piece);

/** A slot, filled. */
struct fact {
	const char *slot;
	enum fact_kind kind;
	char value[FACT_SIZE];	       /**< for machines */
	char words[FACT_SIZE];	       /**< for people, in one language */
	enum notice_language language; /**< of the words */
};

/** What fills a slot. */
struct fact_ask {
	const struct policy *policy;
	size_t index; /**< which of the times that the clause stands */
	enum notice_language language;
	bool genitive;
};

/**
 * Fill a slot.
 *
 * Neither value nor words hold a control character, a line end or a mark
 * that turns the direction of writing, whatever the policy says.
 *
 * @return false if there is no slot of that name
 */
bool fact_fill(struct slice slot, const struct fact_ask *ask,
	       struct fact *ret_fact);

/** "name", "period" and so on. */
const char *fact_kind_word(enum fact_kind kind);

#endif
