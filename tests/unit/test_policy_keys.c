/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What is not enforced does not exist: every key that can be read has a row
 * of notice/keys.def, and no value of a policy changes without being told.
 * That the functions and tests which the rows name exist is looked up in the
 * sources by test_policy_keys.py.
 */
#include <yaml.h>

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

/* What a policy says, without the hash of its text; NULL: refused. */
static char *told(const char *text)
{
	struct trial trial;
	char *all = NULL, *hash;
	size_t size;
	FILE *out;

	try_text(&trial, text);
	if (!trial.policy)
		return NULL;
	out = open_memstream(&all, &size);
	policy_explain(trial.policy, MONDAY, out);
	(void)fclose(out);
	policy_free(trial.policy);
	hash = strstr(all, "SHA-256");
	assert_non_null(hash);
	memset(hash, ' ', strcspn(hash, "\n"));
	return all;
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

/* Whether another value there is refused, or told; it must be one of them. */
static bool is_told(const char *text, const struct value *value,
		    const char *now, const char *before)
{
	size_t from = byte_at(text, value->from);
	size_t until = byte_at(text, value->until);
	OWNED(drop_memory) char *other = NULL;
	OWNED(drop_memory) char *after = NULL;

	if (is_same(text + from, until - from, now))
		return false;
	/* The caller's number is sealed: plain shows what masked shows. */
	if (!strcmp(value->path, "classes[].fields[].masks") &&
	    !strcmp(now, "plain"))
		return false;
	assert_true(asprintf(&other, "%.*s%s%s", (int)from, text, now,
			     text + until) > 0);
	after = told(other);
	if (after && !strcmp(before, after))
		fail_msg("%s: \"%.*s\" becomes %s and nobody is told",
			 value->path, (int)(until - from), text + from, now);
	return after != NULL;
}

/* Other values for a key: its words, and one of each kind of value. */
static bool try_others(const char *text, const struct value *value,
		       const char *type, const char *before)
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
	bool seen = false;

	/* Most texts take the first of them, so it is enough. */
	for (size_t i = 0; i < COUNT(others) && (i == 0 || !seen); i++)
		seen |= is_told(text, value, others[i], before);
	snprintf(words, sizeof(words), "%s", type);
	while ((word = strsep(&rest, " ,")) != NULL)
		if (word[0] && word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
						 "0123456789()-")] == '\0')
			seen |= is_told(text, value, word, before);
	return seen;
}

static bool rests_on_this(const struct notice_key *key)
{
	return strstr(key->test, "no_value_changes_without_being_told");
}

static void no_value_changes_without_being_told(void **state)
{
	static struct leaves leaves;
	OWNED(drop_memory) char *before = told(company);
	char shown[KEYS][PATH_SIZE];
	size_t shown_count = 0;
	struct notice_key key;

	(void)state;
	assert_non_null(before);
	find_leaves(&leaves, company);
	for (size_t i = 0; i < leaves.count; i++) {
		struct value *value = &leaves.values[i];
		size_t at = 0;

		while (policy_key_at(at, &key) && strcmp(key.path, value->path))
			at++;
		if (strcmp(key.path, value->path) != 0)
			fail_msg("no key %s", value->path);
		if (try_others(company, value, key.type, before) &&
		    shown_count < KEYS)
			memcpy(shown[shown_count++], value->path, PATH_SIZE);
	}
	yaml_document_delete(&leaves.document);
	/* And that this was seen of every key that rests on it. */
	for (size_t at = 0; policy_key_at(at, &key); at++) {
		bool is_shown = !rests_on_this(&key) || key.is_section;

		for (size_t i = 0; i < shown_count; i++)
			is_shown |= !strcmp(shown[i], key.path);
		if (!is_shown)
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
