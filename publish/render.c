/* SPDX-License-Identifier: EUPL-1.2 */
#include "publish/render.h"

#include <errno.h>
#include <string.h>

/* Split the run in which a pair's label ends: "label|value". */
static bool cut_label(struct document_clause *at, struct document_run *run)
{
	struct slice value, label = slice_cut(run->words, '|', &value);

	if (at->clause->style != CLAUSE_PAIR || at->value_at > 0 ||
	    label.size == run->words.size)
		return false;
	run->words = label;
	at->value_at = at->run_count;
	assert(value.size == 0);
	return true;
}

static int take_runs(const struct document *document,
		     struct document_clause *at)
{
	struct slice rest = slice_of(at->clause->words[document->language]);
	struct slice again = rest;
	struct fact_ask ask = { .policy = document->policy,
				.index = at->index,
				.language = document->language };
	struct clause_piece piece;
	size_t count = 0;

	while (clause_next(&again, &piece))
		count++;
	at->runs = calloc(count + 1, sizeof(*at->runs));
	if (!at->runs)
		return -ENOMEM;
	while (clause_next(&rest, &piece)) {
		struct document_run *run = &at->runs[at->run_count++];

		run->is_fact = piece.is_slot;
		ask.genitive = piece.genitive;
		if (!piece.is_slot) {
			run->words = piece.words;
			(void)cut_label(at, run);
			continue;
		}
		if (!fact_fill(piece.words, &ask, &run->fact))
			assert(false && "every slot of the table is known");
	}
	return 0;
}

static size_t count_of(const struct document *document,
		       const struct clause *clause)
{
	return clause_sections[clause->section].documents & document->kind
		       ? clause->stands(document->policy)
		       : 0;
}

static int take_clauses(struct document *document)
{
	size_t total = 0;

	for (size_t i = 0; i < clause_count; i++)
		total += count_of(document, &clauses[i]);
	document->clauses = calloc(total + 1, sizeof(*document->clauses));
	if (!document->clauses)
		return -ENOMEM;
	for (size_t i = 0; i < clause_count; i++) {
		size_t count = count_of(document, &clauses[i]);

		for (size_t j = 0; j < count; j++) {
			struct document_clause *at =
				&document->clauses[document->clause_count++];
			int r;

			at->clause = &clauses[i];
			at->index = j;
			at->count = count;
			r = take_runs(document, at);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int document_new(const struct policy *policy, enum clause_document kind,
		 enum notice_language language, struct document **ret_document)
{
	struct document *document = calloc(1, sizeof(*document));
	int r;

	if (!document)
		return -ENOMEM;
	document->policy = policy;
	document->kind = kind;
	document->language = language;
	r = take_clauses(document);
	if (r < 0)
		document_free(document);
	else
		*ret_document = document;
	return r;
}

void document_free(struct document *document)
{
	if (!document)
		return;
	for (size_t i = 0; i < document->clause_count; i++)
		free(document->clauses[i].runs);
	free(document->clauses);
	free(document);
}

const char *document_title(const struct document *document)
{
	static const struct {
		enum clause_document kind;
		const char *title[NOTICE_LANGUAGES];
	} rows[] = {
		{ CLAUSE_NOTICE,
		  { "Tietosuojaseloste", "Dataskyddsbeskrivning",
		    "Privacy notice" } },
		{ CLAUSE_SPOKEN,
		  { "Ilmoitus puhelun alussa",
		    "Meddelande i början av samtalet",
		    "Announcement at the start of the call" } },
		{ CLAUSE_RECORD,
		  { "Seloste käsittelytoimista", "Register över behandlingen",
		    "Record of processing activities" } },
		{ CLAUSE_DESCRIPTION,
		  { "Asiakirjajulkisuuskuvaus",
		    "Beskrivning av handlingsoffentligheten",
		    "Description of the publicity of documents" } },
	};
	const char *title = "";

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == document->kind)
			title = rows[i].title[document->language];
	return title;
}

void document_id(const struct document_clause *clause,
		 char out[DOCUMENT_ID_SIZE])
{
	int size = snprintf(out, DOCUMENT_ID_SIZE, "%s", clause->clause->id);

	if (clause->count > 1)
		size += snprintf(out + size, (size_t)(DOCUMENT_ID_SIZE - size),
				 "-%zu", clause->index + 1);
	assert(size < DOCUMENT_ID_SIZE);
	for (char *at = out; *at; at++)
		if (*at == '_')
			*at = '-';
}
