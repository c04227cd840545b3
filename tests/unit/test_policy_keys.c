/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What is not enforced does not exist: every key that can be read has a row
 * of notice/keys.def, and no value of a policy changes without being told.
 * That the functions and tests which the rows name exist is looked up in the
 * sources by test_policy_keys.py.
 */
#include <yaml.h>

#include "publish/render.h"
#include "tests/unit/policy_world.h"

static char *company;

enum { PATH_SIZE = 64, WORDS = 32, KEYS = 256 };

static void every_key_has_a_row_and_every_row_a_key(void **state)
{
	struct notice_key key;
	const char *path;
	size_t count = 0, rows = 0;

	(void)state;
	for (; policy_key_at(count, &key); count++) {
		if (!key.enforced[0] || !key.test[0] || !key.meaning[0])
			fail_msg("%s: no row of keys.def", key.path);
		/* In the same order, so that the manual reads as a policy. */
		path = policy_key_described(count);
		if (!path || strcmp(path, key.path) != 0)
			fail_msg("row %zu of keys.def is %s, not %s", count,
				 path ? path : "none", key.path);
	}
	while (policy_key_described(rows))
		rows++;
	assert_int_equal(rows, count);
	assert_true(count > 100 && count < KEYS);
}

/* Where a value stands in the text, and which key it belongs to. */
struct value {
	char path[PATH_SIZE];
	size_t from, until;
};

struct leaves {
	yaml_document_t document;
	struct value values[1024];
	size_t count;
};

static void walk(struct leaves *leaves, const yaml_node_t *node,
		 const char *path);

static void walk_pairs(struct leaves *leaves, const yaml_node_t *node,
		       const char *path)
{
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name =
			yaml_document_get_node(&leaves->document, pair->key);
		const char *key = (const char *)name->data.scalar.value;
		bool is_text = !strcmp(key, "fi") || !strcmp(key, "sv") ||
			       !strcmp(key, "en") || strstr(path, ".masks");
		char deeper[2 * PATH_SIZE];

		snprintf(deeper, sizeof(deeper), "%s%s%s", path,
			 is_text || !path[0] ? "" : ".", is_text ? "" : key);
		walk(leaves,
		     yaml_document_get_node(&leaves->document, pair->value),
		     deeper);
	}
}

static void walk(struct leaves *leaves, const yaml_node_t *node,
		 const char *path)
{
	struct value *value;
	char deeper[2 * PATH_SIZE];

	if (node->type == YAML_MAPPING_NODE) {
		walk_pairs(leaves, node, path);
		return;
	}
	if (node->type == YAML_SEQUENCE_NODE) {
		const yaml_node_item_t *item = node->data.sequence.items.start;

		for (; item < node->data.sequence.items.top; item++) {
			const yaml_node_t *each = yaml_document_get_node(
				&leaves->document, *item);
			bool is_map = each->type == YAML_MAPPING_NODE;

			snprintf(deeper, sizeof(deeper), "%s%s", path,
				 is_map ? "[]" : "");
			walk(leaves, each, deeper);
		}
		return;
	}
	assert_true(leaves->count < COUNT(leaves->values));
	value = &leaves->values[leaves->count++];
	/* A field is its name, or a section that has one. */
	snprintf(value->path, sizeof(value->path), "%s%s", path,
		 !strcmp(path, "classes[].fields") ? "[].name" : "");
	value->from = node->start_mark.index;
	value->until = node->end_mark.index;
}

static void find_leaves(struct leaves *leaves, const char *text)
{
	yaml_parser_t parser;

	memset(leaves, 0, sizeof(*leaves));
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const uint8_t *)text,
				     strlen(text));
	assert_true(yaml_parser_load(&parser, &leaves->document));
	yaml_parser_delete(&parser);
	walk(leaves, yaml_document_get_root_node(&leaves->document), "");
}

/* The hash of the text changes with every change, and says nothing. */
static char *without_hash(const struct policy *policy, char *text)
{
	const char *hash = policy_sha256(policy);

	for (char *at = strstr(text, hash); at; at = strstr(at, hash))
		memset(at, ' ', strlen(hash));
	return text;
}

static void render(const struct policy *policy, enum clause_document kind,
		   FILE *out)
{
	struct document *documents[NOTICE_LANGUAGES];

	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		assert_int_equal(document_new(policy, kind,
					      (enum notice_language)i,
					      &documents[i]),
				 0);
	render_json((const struct document *const *)documents, out);
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		document_free(documents[i]);
}

/* What staff read of a policy, and what is published; NULL: refused. */
static bool told(const char *text, char *ret_told[2])
{
	struct trial trial;
	size_t size;
	FILE *out;

	ret_told[0] = ret_told[1] = NULL;
	try_text(&trial, text);
	if (!trial.policy)
		return false;
	out = open_memstream(&ret_told[0], &size);
	policy_explain(trial.policy, MONDAY, out);
	(void)fclose(out);
	out = open_memstream(&ret_told[1], &size);
	render(trial.policy, CLAUSE_NOTICE, out);
	render(trial.policy, CLAUSE_RECORD, out);
	render(trial.policy, CLAUSE_DESCRIPTION, out);
	render(trial.policy, CLAUSE_SPOKEN, out);
	(void)fclose(out);
	without_hash(trial.policy, ret_told[0]);
	without_hash(trial.policy, ret_told[1]);
	policy_free(trial.policy);
	return true;
}

/* Marks count characters, texts count bytes. */
static size_t byte_at(const char *text, size_t character)
{
	size_t at = 0;

	for (; character > 0; character--)
		do
			at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80);
	return at;
}

/* Whether two values are the same but for quotation marks. */
static bool is_same(const char *value, size_t size, const char *now)
{
	size_t quoted = value[0] == '"', ours = now[0] == '"';

	return size - 2 * quoted == strlen(now) - 2 * ours &&
	       !strncmp(value + quoted, now + ours, size - 2 * quoted);
}

/* What became of the other values of a key. */
struct seen {
	bool told, published;
};

/* Another value in its place must be refused, or told. */
static void change(const char *text, const struct value *value, const char *now,
		   char *const before[2], struct seen *seen)
{
	size_t from = byte_at(text, value->from);
	size_t until = byte_at(text, value->until);
	OWNED(drop_memory) char *other = NULL;
	char *after[2];

	if (is_same(text + from, until - from, now))
		return;
	/* The caller's number is sealed: plain shows what masked shows. */
	if (!strcmp(value->path, "classes[].fields[].masks") &&
	    !strcmp(now, "plain"))
		return;
	assert_true(asprintf(&other, "%.*s%s%s", (int)from, text, now,
			     text + until) > 0);
	if (!told(other, after))
		return;
	seen->told |= strcmp(before[0], after[0]) != 0;
	seen->published |= strcmp(before[1], after[1]) != 0;
	if (!strcmp(before[0], after[0]) && !strcmp(before[1], after[1]))
		fail_msg("%s: \"%.*s\" becomes %s and nobody is told",
			 value->path, (int)(until - from), text + from, now);
	free(after[0]);
	free(after[1]);
}

/* Other values for a key: its words, and one of each kind of value. */
static void try_others(const char *text, const struct value *value,
		       const char *type, char *const before[2],
		       struct seen *seen)
{
	static const char *const others[] = {
		"\"other\"",   "\"+358 9 555 0199\"",
		"2026-08-31",  "P19D",
		"P20M",	       "FI",
		"3",	       "\"11:00-11:30\"",
		"true",	       "false",
		"2026-12-30",  "\"fri 10:00-11:00\"",
		"masked",      "https://other.example",
		"\"[laatu]\"", "hidden",
		"plain",       "Europe/Stockholm",
		"agent_number"
	};
	char words[256], *rest = words, *word;

	/* Most texts take the first of them, so it is enough. */
	for (size_t i = 0; i < COUNT(others) && (i == 0 || !seen->told); i++)
		change(text, value, others[i], before, seen);
	snprintf(words, sizeof(words), "%s", type);
	while ((word = strsep(&rest, " ,")) != NULL)
		if (word[0] && word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
						 "0123456789()-")] == '\0')
			change(text, value, word, before, seen);
}

static bool rests_on_this(const struct notice_key *key)
{
	return strstr(key->test, "no_value_changes_without_being_told");
}

static size_t index_of(const char *path, struct notice_key *ret_key)
{
	size_t at = 0;

	while (policy_key_at(at, ret_key) && strcmp(ret_key->path, path) != 0)
		at++;
	if (strcmp(ret_key->path, path) != 0)
		fail_msg("no key %s", path);
	return at;
}

static void no_value_changes_without_being_told(void **state)
{
	static struct leaves leaves;
	static struct seen seen[KEYS];
	struct notice_key key;
	char *before[2];

	(void)state;
	assert_true(told(company, before));
	find_leaves(&leaves, company);
	for (size_t i = 0; i < leaves.count; i++) {
		size_t at = index_of(leaves.values[i].path, &key);

		try_others(company, &leaves.values[i], key.type, before,
			   &seen[at]);
	}
	yaml_document_delete(&leaves.document);
	free(before[0]);
	free(before[1]);
	/* And that this was seen of every key that rests on it. */
	for (size_t at = 0; policy_key_at(at, &key); at++) {
		/* What nothing decides by is at least published. */
		if (!strncmp(key.enforced, "publish/clauses.def:", 20) &&
		    !key.is_section && seen[at].told && !seen[at].published)
			fail_msg("%s changes unpublished", key.path);
		if (rests_on_this(&key) && !key.is_section && !seen[at].told)
			fail_msg("%s was not changed: company.yaml has none",
				 key.path);
	}
}

static void the_schema_knows_the_same_keys(void **state)
{
	struct notice_key key;
	char *schema = NULL;
	size_t size;
	FILE *out = open_memstream(&schema, &size);

	(void)state;
	policy_schema(out);
	(void)fclose(out);
	for (size_t at = 0; policy_key_at(at, &key); at++) {
		const char *dot = strrchr(key.path, '.');
		char quoted[PATH_SIZE + 8];

		snprintf(quoted, sizeof(quoted), "\"%s\": {",
			 dot ? dot + 1 : key.path);
		if (!strstr(schema, quoted))
			fail_msg("the schema has no %s", key.path);
	}
	free(schema);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_a_row_and_every_row_a_key),
		cmocka_unit_test(no_value_changes_without_being_told),
		cmocka_unit_test(the_schema_knows_the_same_keys),
	};

	if (argc != 3)
		return 2;
	company = read_whole(argv[2], "company.yaml");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(company);
	return failed;
}
