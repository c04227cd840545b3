/* SPDX-License-Identifier: EUPL-1.2 */
#include "publish/clause.h"

#include "publish/stands.h"

enum {
	NOTICE = CLAUSE_NOTICE,
	SPOKEN = CLAUSE_SPOKEN,
	RECORD = CLAUSE_RECORD,
	DESCRIPTION = CLAUSE_DESCRIPTION,
};

enum {
#define SECTION(id, documents, fi, sv, en) AT_##id,
#define CLAUSE(...)
#include "publish/clauses.def"
#undef SECTION
#undef CLAUSE
	SECTIONS
};

const struct clause_section clause_sections[] = {
#define SECTION(id, documents, fi, sv, en) { #id, documents, { fi, sv, en } },
#define CLAUSE(...)
#include "publish/clauses.def"
#undef SECTION
#undef CLAUSE
};
const size_t clause_section_count = SECTIONS;

const struct clause clauses[] = {
#define SECTION(...)
#define CLAUSE(id, section, style, sentences, stands, fi, sv, en)              \
	{ #id,	     AT_##section,    CLAUSE_##style,                          \
	  sentences, stands_##stands, { fi, sv, en } },
#include "publish/clauses.def"
#undef SECTION
#undef CLAUSE
};
const size_t clause_count = COUNT(clauses);

bool clause_next(struct slice *rest, struct clause_piece *ret_piece)
{
	struct clause_piece piece = { 0 };
	struct slice form;

	if (rest->size == 0)
		return false;
	if (*rest->at != '{') {
		size_t size = slice_find(*rest, '{');

		piece.words = (struct slice){ rest->at, size };
		*rest = slice_from(*rest, size);
	} else {
		piece.is_slot = true;
		piece.words = slice_cut(slice_from(*rest, 1), '}', rest);
		piece.words = slice_cut(piece.words, '.', &form);
		piece.genitive = slice_is(form, SLICE("gen"));
		assert(piece.genitive || form.size == 0);
	}
	*ret_piece = piece;
	return true;
}
