/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The notice in the W3C Data Privacy Vocabulary (version 2) as JSON-LD: a
 * process for each class of data, with who, why, what, how long and which
 * rights. What that vocabulary has no words for (when recording starts and
 * ends, how ends are counted, what holds a deletion up) stays in the JSON
 * twin.
 */
#include <string.h>

#include "notice/language.h"
#include "publish/escape.h"
#include "publish/render.h"
#include "publish/stands.h"

static const char context[] =
	"{\"@context\":{\n"
	"\"dpv\":\"https://w3id.org/dpv#\",\n"
	"\"eu-gdpr\":\"https://w3id.org/dpv/legal/eu/gdpr#\",\n"
	"\"dct\":\"http://purl.org/dc/terms/\",\n"
	"\"xsd\":\"http://www.w3.org/2001/XMLSchema#\",\n"
	"\"label\":{\"@id\":\"http://www.w3.org/2004/02/skos/core#prefLabel\","
	"\"@container\":\"@language\"}},\n"
	"\"@graph\":[\n";

/* The facts of a slot, each in all languages. */
struct walk {
	const struct document *const *documents;
	const char *slot;
	size_t clause, run;
};

static bool next(struct walk *walk)
{
	const struct document *first = walk->documents[0];

	for (; walk->clause < first->clause_count; walk->clause++) {
		const struct document_clause *at =
			&first->clauses[walk->clause];

		while (walk->run < at->run_count) {
			const struct document_run *run = &at->runs[walk->run++];

			if (run->is_fact && !strcmp(run->fact.slot, walk->slot))
				return true;
		}
		walk->run = 0;
	}
	return false;
}

static const struct fact *fact_of(const struct walk *walk, int language)
{
	const struct document_clause *at =
		&walk->documents[language]->clauses[walk->clause];

	for (size_t i = 0; i < at->run_count; i++)
		if (at->runs[i].is_fact &&
		    !strcmp(at->runs[i].fact.slot, walk->slot))
			return &at->runs[i].fact;
	assert(false && "each slot stands as many times in every language");
	return NULL;
}

static void label(const struct walk *walk, FILE *out)
{
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		fprintf(out, "%s\"%s\":", i == 0 ? "\"label\":{" : ",",
			language_code((enum notice_language)i));
		escape_string(fact_of(walk, i)->words, out);
	}
	(void)fputc('}', out);
}

/* Nodes of a kind, one for each fact of a slot: "[{...},{...}]". */
static void nodes(const struct document *const documents[NOTICE_LANGUAGES],
		  const char *slot, const char *type, FILE *out)
{
	struct walk walk = { .documents = documents, .slot = slot };
	const char *before = "[";

	while (next(&walk)) {
		fprintf(out,
			"%s\n{\"@type\":\"%s\",\"dct:identifier\":", before,
			type);
		escape_string(fact_of(&walk, 0)->value, out);
		(void)fputc(',', out);
		label(&walk, out);
		(void)fputc('}', out);
		before = ",";
	}
	fprintf(out, "%s]", before[0] == '[' ? "[" : "");
}

static void bases(const struct policy *policy, FILE *out)
{
	const struct model_basis *basis;

	fprintf(out, ",\n\"dpv:hasLegalBasis\":[");
	for (size_t i = 0;
	     (basis = stands_find_basis(policy, STANDS_ANY, i)) != NULL; i++)
		/* "6(1)(c)" is "A6-1-c" there. */
		fprintf(out, "%s{\"@id\":\"eu-gdpr:A6-1-%c\"}",
			i > 0 ? "," : "", basis->gdpr[5]);
	fprintf(out, "]");
}

static void rights(const struct policy *policy, FILE *out)
{
	static const struct {
		uint32_t right;
		const char *id;
	} rows[] = {
		{ STANDS_ACCESS, "A15" },
		{ STANDS_RECTIFY, "A16" },
		{ STANDS_ERASE | STANDS_ERASE_LIMITED, "A17" },
		{ STANDS_RESTRICT, "A18" },
		{ STANDS_PORT, "A20" },
		{ STANDS_OBJECT, "A21" },
		{ STANDS_WITHDRAW, "A7-3" },
	};
	const struct model_basis *basis;
	uint32_t all = 0;

	for (size_t i = 0;
	     (basis = stands_find_basis(policy, STANDS_ANY, i)) != NULL; i++)
		all |= stands_rights(basis->gdpr);
	fprintf(out, ",\n\"dpv:hasRight\":[{\"@id\":\"eu-gdpr:A77\"}");
	for (size_t i = 0; i < COUNT(rows); i++)
		if (all & rows[i].right)
			fprintf(out, ",{\"@id\":\"eu-gdpr:%s\"}", rows[i].id);
	fprintf(out, "]");
}

static void process(const struct document *const documents[NOTICE_LANGUAGES],
		    const char *id, const char *fields, const char *period,
		    FILE *out)
{
	struct walk walk = { .documents = documents, .slot = period };

	if (!next(&walk))
		return;
	fprintf(out,
		",\n{\"@id\":\"#%s\",\"@type\":\"dpv:Process\",\n"
		"\"dpv:hasDataController\":{\"@id\":\"#controller\"},\n"
		"\"dpv:hasNotice\":{\"@id\":\"#notice\"},\n"
		"\"dpv:hasPurpose\":",
		id);
	nodes(documents, "purpose", "dpv:Purpose", out);
	bases(documents[0]->policy, out);
	fprintf(out, ",\n\"dpv:hasPersonalData\":");
	nodes(documents, fields, "dpv:PersonalData", out);
	fprintf(out, ",\n\"dpv:hasStorageCondition\":[{\"@type\":"
		     "\"dpv:StorageDuration\",\"dpv:hasDuration\":"
		     "{\"@type\":\"xsd:duration\",\"@value\":");
	escape_string(fact_of(&walk, 0)->value, out);
	fprintf(out, "}},{\"@type\":\"dpv:StorageDeletion\"}],\n"
		     "\"dpv:hasDataSubject\":{\"@id\":\"dpv:Customer\"},\n"
		     "\"dpv:hasTechnicalOrganisationalMeasure\":["
		     "{\"@id\":\"dpv:Encryption\"},"
		     "{\"@id\":\"dpv:AccessControlMethod\"}]");
	rights(documents[0]->policy, out);
	(void)fputc('}', out);
}

/* The value of a fact that stands once, or NULL. */
static const char *value_of(const struct document *const documents[],
			    const char *slot)
{
	struct walk walk = { .documents = documents, .slot = slot };

	return next(&walk) ? fact_of(&walk, 0)->value : NULL;
}

static void who(const struct document *const documents[NOTICE_LANGUAGES],
		const char *id, const char *type, const char *const slots[4],
		FILE *out)
{
	static const char *const keys[] = { "dpv:hasName", "dpv:hasAddress",
					    "dpv:hasContact" };
	const char *key = "";

	fprintf(out, ",\n{\"@id\":\"#%s\",\"@type\":\"dpv:%s\"", id, type);
	for (size_t i = 0; i < 4; i++) {
		const char *value = value_of(documents, slots[i]);
		const char *mine = keys[i < 2 ? i : 2];

		if (!value)
			continue;
		/* Telephone and mail are both contacts: a list. */
		if (key == mine)
			fprintf(out, ",");
		else
			fprintf(out, ",\"%s\":%s", mine, i < 2 ? "" : "[");
		escape_string(value, out);
		key = mine;
	}
	fprintf(out, "%s}", key == keys[2] ? "]" : "");
}

static void head(const struct document *const documents[NOTICE_LANGUAGES],
		 FILE *out)
{
	const struct policy *policy = documents[0]->policy;

	fprintf(out,
		"%s{\"@id\":\"#notice\",\"@type\":\"dpv:PrivacyNotice\","
		"\n\"label\":{",
		context);
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		fprintf(out, "%s\"%s\":", i > 0 ? "," : "",
			language_code((enum notice_language)i));
		escape_string(document_title(documents[i]), out);
	}
	fprintf(out, "},\n\"dct:identifier\":");
	escape_string(policy->id, out);
	fprintf(out, ",\"dct:hasVersion\":");
	escape_string(policy->version, out);
	fprintf(out,
		",\"dct:issued\":{\"@type\":\"xsd:date\",\"@value\":"
		"\"%04u-%02u-%02u\"}}",
		policy->valid_from / 10000, policy->valid_from / 100 % 100,
		policy->valid_from % 100);
}

void render_dpv(const struct document *const documents[NOTICE_LANGUAGES],
		FILE *out)
{
	static const struct {
		const char *type, *slots[4];
	} rows[] = {
		{ "DataController",
		  { "controller", "controller_address", "controller_phone",
		    "controller_email" } },
		{ "DataProtectionOfficer",
		  { "dpo", "dpo_address", "dpo_phone", "dpo_email" } },
		{ "SupervisoryAuthority",
		  { "authority", "authority_address", "authority_phone",
		    "authority_email" } },
	};

	head(documents, out);
	for (size_t i = 0; i < COUNT(rows); i++)
		who(documents, rows[i].slots[0], rows[i].type, rows[i].slots,
		    out);
	process(documents, "calls", "call_field", "call_period", out);
	process(documents, "contacts", "call_field", "contact_period", out);
	process(documents, "chats", "chat_field", "chat_period", out);
	fprintf(out, "\n]}\n");
}
