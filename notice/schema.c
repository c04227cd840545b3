/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A JSON Schema (2020-12) of the vocabulary, for editors. It is written from
 * the tables by which a policy is read, so that it knows the same keys and
 * words; what contradicts itself only "tallenne policy check" can say.
 */
#include <stdio.h>

#include "notice/keys.h"
#include "notice/model.h"

enum { STEP = 2 };

static void indent(FILE *out, int depth)
{
	fprintf(out, "\n%*s", depth * STEP, "");
}

static void quoted(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void object(FILE *out, const struct policy_key *keys, int depth);

static const char pattern_period[] = "^(P[1-9][0-9]{0,3}[DMY]|"
				     "PT[1-9][0-9]{0,3}H)$";
static const char pattern_phone[] = "^\\+[0-9 ]{3,22}$";
static const char pattern_phones[] = "^(\\*|\\+[0-9 ]{3,22})$";
static const char pattern_hours[] =
	"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))? "
	"[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$";
static const char pattern_times[] =
	"^(closed|[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2})$";

static void text(FILE *out, const char *pattern)
{
	fprintf(out, "\"type\": \"string\"");
	if (!pattern)
		return;
	fprintf(out, ", \"pattern\": ");
	quoted(out, pattern);
}

/* One value, or a list of such values. */
static void one_or_more(FILE *out, const char *pattern)
{
	fprintf(out, "\"anyOf\": [{");
	text(out, pattern);
	fprintf(out, "}, {\"type\": \"array\", \"items\": {");
	text(out, pattern);
	fprintf(out, "}}]");
}

static void words(FILE *out, const char *const *list)
{
	fprintf(out, "\"enum\": [");
	for (size_t i = 0; list[i]; i++) {
		fprintf(out, "%s", i > 0 ? ", " : "");
		quoted(out, list[i]);
	}
	(void)fputc(']', out);
}

static void texts(FILE *out)
{
	fprintf(out, "\"type\": \"object\", \"properties\": {");
	for (size_t i = 0; model_languages[i]; i++)
		fprintf(out, "%s\"%s\": {\"type\": \"string\"}",
			i > 0 ? ", " : "", model_languages[i]);
	fprintf(out, "}, \"required\": [\"fi\", \"sv\", \"en\"], "
		     "\"additionalProperties\": false");
}

static void masks(FILE *out)
{
	fprintf(out, "\"type\": \"object\", \"propertyNames\": {");
	words(out, notice_roles);
	fprintf(out, "}, \"additionalProperties\": {");
	words(out, model_masks);
	(void)fputc('}', out);
}

/* A value that is a mapping, or something simpler beside it. */
static void nested(FILE *out, const struct policy_key *key, int depth)
{
	switch (key->shape) {
	case KEY_MAP:
		object(out, key->keys, depth);
		break;
	case KEY_LIST:
		fprintf(out, "\"type\": \"array\", \"items\": {");
		object(out, key->keys, depth);
		(void)fputc('}', out);
		break;
	case KEY_FIELDS:
		fprintf(out, "\"type\": \"array\", \"items\": {\"anyOf\": "
			     "[{\"type\": \"string\"}, {");
		object(out, key->keys, depth);
		fprintf(out, "}]}");
		break;
	default:
		fprintf(out, "\"anyOf\": [{\"const\": \"none\"}, {");
		object(out, key->keys, depth);
		fprintf(out, "}]");
		break;
	}
}

static void shape(FILE *out, const struct policy_key *key, int depth)
{
	switch (key->shape) {
	case KEY_TEXT:
		fprintf(out, "\"type\": \"string\", \"minLength\": 1");
		break;
	case KEY_TEXT_EMPTY:
		text(out, NULL);
		break;
	case KEY_TEXTS:
		texts(out);
		break;
	case KEY_TEXT_LIST:
		one_or_more(out, NULL);
		break;
	case KEY_WORD:
		words(out, key->words);
		break;
	case KEY_WORDS:
		fprintf(out, "\"anyOf\": [{");
		words(out, key->words);
		fprintf(out, "}, {\"type\": \"array\", \"items\": {");
		words(out, key->words);
		fprintf(out, "}, \"uniqueItems\": true}]");
		break;
	case KEY_BOOL:
		fprintf(out, "\"type\": \"boolean\"");
		break;
	case KEY_DATE:
		text(out, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
		break;
	case KEY_PERIOD:
		text(out, pattern_period);
		break;
	case KEY_COUNT:
		fprintf(out,
			"\"type\": \"integer\", \"minimum\": 1, "
			"\"maximum\": %d",
			key->max);
		break;
	case KEY_COUNTRY:
		text(out, "^[A-Z]{2}$");
		break;
	case KEY_PHONE:
		text(out, pattern_phone);
		break;
	case KEY_PHONES:
		one_or_more(out, pattern_phones);
		break;
	case KEY_HOURS:
		one_or_more(out, pattern_hours);
		break;
	case KEY_TIMES:
		one_or_more(out, pattern_times);
		break;
	case KEY_SHARE:
		text(out, "^[0-9]{1,3}%$");
		break;
	case KEY_ORIGINS:
		one_or_more(out, "^https?://[a-z0-9.:\\[\\]-]+$");
		break;
	case KEY_MASKS:
		masks(out);
		break;
	case KEY_SIGNERS:
		one_or_more(out, NULL);
		break;
	case KEY_SHA256:
		text(out, "^[0-9a-fA-F]{64}$");
		break;
	case KEY_MAP:
	case KEY_LIST:
	case KEY_FIELDS:
	case KEY_TRANSFER:
		nested(out, key, depth);
		break;
	}
}

static void object(FILE *out, const struct policy_key *keys, int depth)
{
	const char *comma = "";

	fprintf(out, "\"type\": \"object\", \"properties\": {");
	for (const struct policy_key *key = keys; key->name; key++) {
		indent(out, depth + 1);
		quoted(out, key->name);
		fprintf(out, ": {");
		shape(out, key, depth + 1);
		fprintf(out, "}%s", key[1].name ? "," : "");
	}
	fprintf(out, "}, \"required\": [");
	for (const struct policy_key *key = keys; key->name; key++) {
		if (!key->required)
			continue;
		fprintf(out, "%s", comma);
		quoted(out, key->name);
		comma = ", ";
	}
	fprintf(out, "], \"additionalProperties\": false");
}

void policy_schema(FILE *out)
{
	fprintf(out, "{\"$schema\": "
		     "\"https://json-schema.org/draft/2020-12/schema\",\n"
		     " \"title\": \"tallenne-policy(5)\",\n ");
	object(out, policy_top_keys, 0);
	fprintf(out, "}\n");
}
