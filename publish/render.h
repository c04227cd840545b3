/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file render.h
 * Documents made from a policy, and ways to write them.
 *
 * Pure: a policy in, text out; nothing is opened and no clock is read. A
 * document is the clauses (publish/clause.h) that stand under the policy, in
 * one language, their facts marked. All languages of one document have the
 * same clauses in the same order with facts of the same values.
 */
#ifndef TALLENNE_PUBLISH_RENDER_H
#define TALLENNE_PUBLISH_RENDER_H

#include <stdio.h>

#include "publish/clause.h"

/** A piece of a sentence: words of ours, or a fact. */
struct document_run {
	bool is_fact;
	struct slice words; /**< of ours */
	struct fact fact;
};

/** A clause as it stands once. */
struct document_clause {
	const struct clause *clause;
	size_t index, count; /**< which of how many times */
	size_t run_count;
	struct document_run *runs;
	/** Of a pair: the place in runs where the value begins, after the
	    label's last run. */
	size_t value_at;
};

struct document {
	enum clause_document kind;
	enum notice_language language;
	const struct policy *policy;
	size_t clause_count;
	struct document_clause *clauses;
};

/**
 * Make a document.
 *
 * @param policy  borrowed, for as long as the document lives
 * @return 0 or -ENOMEM
 */
MUST int document_new(const struct policy *policy, enum clause_document kind,
		      enum notice_language language,
		      struct document **ret_document);
void document_free(struct document *document);

/** "Privacy notice" and so on. */
const char *document_title(const struct document *document);

/** An id of a clause for an anchor: "purpose-2", "since". */
enum { DOCUMENT_ID_SIZE = 48 };
void document_id(const struct document_clause *clause,
		 char out[DOCUMENT_ID_SIZE]);

/**
 * Write an article element: sections with headings of level 2, each clause
 * with its id, each fact as data or time element with its value.
 */
void render_html(const struct document *document, FILE *out);

/**
 * Write a page of its own: the same with a head, a title of level 1 and a
 * style sheet for screen and paper in it. It asks for nothing else.
 */
void render_page(const struct document *document, FILE *out);

/** Write plain text, lines of at most 76 characters. */
void render_text(const struct document *document, FILE *out);

/**
 * Write JSON: the texts of all languages, and each fact once.
 *
 * @param documents  one for each language, of the same kind and policy
 */
void render_json(const struct document *const documents[NOTICE_LANGUAGES],
		 FILE *out);

/**
 * Write the W3C Data Privacy Vocabulary as JSON-LD.
 *
 * @param documents  the notice in each language
 */
void render_dpv(const struct document *const documents[NOTICE_LANGUAGES],
		FILE *out);

/** The style sheet of the page. */
extern const char notice_style[];
extern const size_t notice_style_size;

#endif
