/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "notice/language.h"
#include "publish/escape.h"
#include "publish/render.h"

/* What is there and what it means may only grow. */
enum { FORMAT = 1 };

static void sentence(const struct document_clause *at, FILE *out)
{
	for (size_t i = 0; i < at->run_count; i++) {
		if (at->value_at > 0 && i == at->value_at)
			fprintf(out, ": ");
		escape_json(at->runs[i].is_fact
				    ? slice_of(at->runs[i].fact.words)
				    : at->runs[i].words,
			    out);
	}
}

static void texts(const struct document *const documents[NOTICE_LANGUAGES],
		  size_t clause, FILE *out)
{
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		fprintf(out, "%s\"%s\":\"", i > 0 ? "," : "",
			language_code((enum notice_language)i));
		sentence(&documents[i]->clauses[clause], out);
		fprintf(out, "\"");
	}
}

/* The n-th fact of that slot. */
static const struct fact *find(const struct document_clause *at,
			       const char *slot, size_t nth)
{
	for (size_t i = 0; i < at->run_count; i++)
		if (at->runs[i].is_fact &&
		    !strcmp(at->runs[i].fact.slot, slot) && nth-- == 0)
			return &at->runs[i].fact;
	assert(false && "each slot stands as many times in every language");
	return NULL;
}

static size_t nth_of(const struct document_clause *at, size_t run)
{
	size_t nth = 0;

	for (size_t i = 0; i < run; i++)
		nth += at->runs[i].is_fact &&
		       !strcmp(at->runs[i].fact.slot, at->runs[run].fact.slot);
	return nth;
}

static void fact(const struct document *const documents[NOTICE_LANGUAGES],
		 size_t clause, size_t run, FILE *out)
{
	const struct document_clause *first = &documents[0]->clauses[clause];
	const struct fact *fact = &first->runs[run].fact;
	size_t nth = nth_of(first, run);

	fprintf(out, "{\"slot\":\"%s\",\"kind\":\"%s\",\"value\":", fact->slot,
		fact_kind_word(fact->kind));
	escape_string(fact->value, out);
	if (fact->kind == FACT_NAME)
		fprintf(out, ",\"language\":\"%s\"",
			language_code(fact->language));
	fprintf(out, ",\"words\":{");
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const struct fact *same =
			find(&documents[i]->clauses[clause], fact->slot, nth);

		assert(!strcmp(same->value, fact->value));
		fprintf(out, "%s\"%s\":", i > 0 ? "," : "",
			language_code((enum notice_language)i));
		escape_string(same->words, out);
	}
	fprintf(out, "}}");
}

static void facts(const struct document *const documents[NOTICE_LANGUAGES],
		  size_t clause, FILE *out)
{
	const struct document_clause *at = &documents[0]->clauses[clause];
	const char *before = "";

	for (size_t i = 0; i < at->run_count; i++) {
		if (!at->runs[i].is_fact)
			continue;
		fprintf(out, "%s\n", before);
		fact(documents, clause, i, out);
		before = ",";
	}
}

static void sentences(const struct clause *clause, FILE *out)
{
	struct slice rest = slice_of(clause->sentences);
	const char *before = "";

	while (rest.size > 0) {
		struct slice each = slice_cut(rest, ' ', &rest);

		fprintf(out, "%s\"%.*s\"", before, (int)each.size, each.at);
		before = ",";
	}
}

static void clause(const struct document *const documents[NOTICE_LANGUAGES],
		   size_t index, FILE *out)
{
	static const char *const styles[] = { "paragraph", "item", "pair" };
	const struct document_clause *at = &documents[0]->clauses[index];
	char id[DOCUMENT_ID_SIZE];

	document_id(at, id);
	fprintf(out, "{\"id\":\"%s\",\"style\":\"%s\",\"sentences\":[", id,
		styles[at->clause->style]);
	sentences(at->clause, out);
	fprintf(out, "],\n\"text\":{");
	texts(documents, index, out);
	fprintf(out, "},\"facts\":[");
	facts(documents, index, out);
	fprintf(out, "]}");
}

static void titles(const char *const title[NOTICE_LANGUAGES], FILE *out)
{
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		fprintf(out, "%s\"%s\":", i > 0 ? "," : "",
			language_code((enum notice_language)i));
		escape_string(title[i], out);
	}
}

static void head(const struct document *const documents[NOTICE_LANGUAGES],
		 FILE *out)
{
	const struct policy *policy = documents[0]->policy;
	const char *title[NOTICE_LANGUAGES];

	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		title[i] = document_title(documents[i]);
	fprintf(out, "{\"format\":%d,\n\"title\":{", FORMAT);
	titles(title, out);
	fprintf(out, "},\n\"policy\":{\"id\":");
	escape_string(policy_id(policy), out);
	fprintf(out, ",\"version\":");
	escape_string(policy_version(policy), out);
	fprintf(out, ",\"sha256\":\"%s\"},\n\"sections\":[",
		policy_sha256(policy));
}

void render_json(const struct document *const documents[NOTICE_LANGUAGES],
		 FILE *out)
{
	const struct document *first = documents[0];
	uint32_t in = UINT32_MAX;

	head(documents, out);
	for (size_t i = 0; i < first->clause_count; i++) {
		uint32_t section = first->clauses[i].clause->section;

		if (section != in) {
			fprintf(out, "%s\n{\"id\":\"%s\",\"title\":{",
				i > 0 ? "]}," : "",
				clause_sections[section].id);
			titles(clause_sections[section].title, out);
			fprintf(out, "},\"clauses\":[\n");
			in = section;
		} else {
			fprintf(out, ",\n");
		}
		clause(documents, i, out);
	}
	fprintf(out, "%s]}\n", first->clause_count > 0 ? "]}\n" : "");
}
