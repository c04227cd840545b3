/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "publish/render.h"

enum { COLUMNS = 76, LINE_SIZE = 4096 };

static size_t columns_of(struct slice words)
{
	size_t count = 0;

	for (size_t i = 0; i < words.size; i++)
		count += ((unsigned char)words.at[i] & 0xc0) != 0x80;
	return count;
}

/* A sentence as one line. */
struct line {
	char bytes[LINE_SIZE];
	size_t size;
};

static void add(struct line *line, struct slice words)
{
	size_t room = sizeof(line->bytes) - line->size;
	size_t size = words.size < room ? words.size : room;

	assert(size == words.size);
	memcpy(line->bytes + line->size, words.at, size);
	line->size += size;
}

static void runs(const struct document_clause *at, size_t first, size_t end,
		 struct line *line)
{
	for (size_t i = first; i < end; i++)
		add(line, at->runs[i].is_fact ? slice_of(at->runs[i].fact.words)
					      : at->runs[i].words);
}

/* In lines, with a mark before the first and as much space before others. */
static void wrap(const struct line *line, const char *mark, FILE *out)
{
	const size_t indent = strlen(mark);
	struct slice rest = { line->bytes, line->size };
	size_t column = indent;

	fprintf(out, "%s", mark);
	for (bool is_first = true; rest.size > 0; is_first = false) {
		struct slice word = slice_cut(rest, ' ', &rest);
		size_t wide = columns_of(word);

		if (!is_first && column + 1 + wide > COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!is_first) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fwrite(word.at, 1, word.size, out);
		column += wide;
	}
	(void)fputc('\n', out);
}

static void clause(const struct document_clause *at, FILE *out)
{
	struct line line = { .size = 0 };

	if (at->clause->style == CLAUSE_PAIR) {
		runs(at, 0, at->value_at, &line);
		add(&line, SLICE(": "));
	}
	runs(at, at->value_at, at->run_count, &line);
	wrap(&line, at->clause->style == CLAUSE_ITEM ? "- " : "", out);
}

static void heading(const char *words, char under, FILE *out)
{
	fprintf(out, "%s\n", words);
	for (size_t i = columns_of(slice_of(words)); i > 0; i--)
		(void)fputc(under, out);
	(void)fputc('\n', out);
}

void render_text(const struct document *document, FILE *out)
{
	bool alone = document->kind == CLAUSE_SPOKEN;
	uint32_t in = UINT32_MAX;

	if (!alone)
		heading(document_title(document), '=', out);
	for (size_t i = 0; i < document->clause_count; i++) {
		const struct document_clause *at = &document->clauses[i];

		if (!alone && at->clause->section != in) {
			in = at->clause->section;
			(void)fputc('\n', out);
			heading(clause_sections[in].title[document->language],
				'-', out);
		}
		clause(at, out);
	}
}
