/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/keys.h"

#include <stdio.h>
#include <string.h>

#include "notice/lint.h"
#include "notice/model.h"

typedef const yaml_node_t node;

enum { KEYS_MAX = 32 /* of one table */ };

static const struct policy_key *find(const struct policy_key *keys,
				     struct slice name)
{
	for (; keys->name; keys++)
		if (slice_is(name, slice_of(keys->name)))
			return keys;
	return NULL;
}

static void refuse_unknown(struct yaml_reader *reader, node *at,
			   const struct policy_key *keys)
{
	const char *words[KEYS_MAX + 1] = { NULL };

	for (size_t i = 0; i < KEYS_MAX && keys[i].name; i++)
		words[i] = keys[i].name;
	yaml_unknown(reader, at, "E-UNKNOWN-KEY", words);
}

static void *count_of(void *target, const struct policy_key *key)
{
	return (char *)target + key->count_at;
}

/* The next free place of a list; NULL with a fault: it is full. */
static void *next_item(struct yaml_reader *reader, node *at,
		       const struct policy_key *key, void *target)
{
	size_t *count = count_of(target, key);

	if (*count == (size_t)key->max) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d of \"%s\"",
			   key->max, key->name);
		return NULL;
	}
	return (char *)target + key->at + (*count)++ * key->size;
}

/* Which of the items before it has the same id. */
static void refuse_same(struct yaml_reader *reader, node *at,
			const struct policy_key *key, char *first, char *item)
{
	const char *id = item + key->id_at;

	for (char *other = first; id[0] != '\0' && other < item;
	     other += key->size)
		if (strcmp(id, other + key->id_at) == 0)
			yaml_fault(reader, at, "E-TWICE",
				   "%s \"%s\" is listed twice, first on line "
				   "%d",
				   key->what, id, *(int *)(void *)other);
}

struct list {
	const struct policy_key *key;
	void *target;
};

static void take_item(struct yaml_reader *reader, node *at, void *target)
{
	const struct list *list = target;
	const struct policy_key *key = list->key;
	char *item = next_item(reader, at, key, list->target);

	if (!item)
		return;
	if (key->shape == KEY_TEXT_LIST) {
		yaml_name(reader, at, item, key->size);
	} else {
		*(int *)(void *)item = yaml_line(at);
		policy_take(reader, at, key->keys, item);
		if (key->what)
			refuse_same(reader, at, key,
				    (char *)list->target + key->at, item);
	}
	if (key->check)
		key->check(reader, at, item);
}

static void take_bit(struct yaml_reader *reader, node *at, void *target)
{
	const struct list *list = target;
	int word = yaml_word(reader, at, list->key->words);

	if (word >= 0)
		*(uint32_t *)list->target |= 1U << word;
}

struct texts {
	char *texts;
	size_t size;
};

static void take_text_of(struct yaml_reader *reader, node *at, void *target,
			 enum notice_language language)
{
	const struct texts *to = target;

	yaml_name(reader, at, to->texts + to->size * language, to->size);
}

static void take_fi(struct yaml_reader *reader, node *at, void *target)
{
	take_text_of(reader, at, target, NOTICE_FI);
}

static void take_sv(struct yaml_reader *reader, node *at, void *target)
{
	take_text_of(reader, at, target, NOTICE_SV);
}

static void take_en(struct yaml_reader *reader, node *at, void *target)
{
	take_text_of(reader, at, target, NOTICE_EN);
}

static const struct policy_key text_keys[] = {
	{ .name = "fi", .required = true, .take = take_fi },
	{ .name = "sv", .required = true, .take = take_sv },
	{ .name = "en", .required = true, .take = take_en },
	{ .name = NULL },
};

/* How often a text says each digit: a number that was changed in one
 * language only is found by it, the order of words is not compared. */
static void count_digits(const char *text, int counts[10])
{
	for (; *text; text++)
		if (*text >= '0' && *text <= '9')
			counts[*text - '0']++;
}

void policy_take_texts(struct yaml_reader *reader, node *at, char *texts,
		       size_t size)
{
	struct texts to = { texts, size };
	int first[10] = { 0 };

	policy_take(reader, at, text_keys, &to);
	count_digits(texts, first);
	for (size_t i = 1; i < NOTICE_LANGUAGES; i++) {
		int other[10] = { 0 };

		count_digits(texts + i * size, other);
		if (texts[0] && texts[i * size] &&
		    memcmp(first, other, sizeof(first)) != 0)
			yaml_fault(reader, at, "E-LANG-DRIFT",
				   "\"%.40s\" and \"%.40s\" do not say the "
				   "same numbers",
				   texts, texts + i * size);
	}
}

static void take_count(struct yaml_reader *reader, node *at,
		       const struct policy_key *key, int *to)
{
	uint64_t number;

	if (slice_number(yaml_text(reader, at), (uint64_t)key->max, &number) <
		    0 ||
	    number == 0)
		yaml_fault(reader, at, "E-NUMBER",
			   "a number from 1 to %d is needed here", key->max);
	else
		*to = (int)number;
}

void policy_read_country(struct yaml_reader *reader, node *at, char *out)
{
	struct slice text = yaml_text(reader, at);

	if (text.size == 2 && text.at[0] >= 'A' && text.at[0] <= 'Z' &&
	    text.at[1] >= 'A' && text.at[1] <= 'Z')
		yaml_copy(reader, at, out, MODEL_COUNTRY_SIZE);
	else
		yaml_fault(reader, at, "E-COUNTRY",
			   "a country is needed here by its two letters, such "
			   "as FI or SE");
}

/* Texts and words: what is stored as it stands. */
static bool take_plain(struct yaml_reader *reader, node *at,
		       const struct policy_key *key, void *to)
{
	struct list bits = { key, to };

	switch (key->shape) {
	case KEY_TEXT:
		yaml_name(reader, at, to, key->size);
		return true;
	case KEY_TEXT_EMPTY:
		yaml_copy(reader, at, to, key->size);
		return true;
	case KEY_TEXTS:
		policy_take_texts(reader, at, to, key->size / NOTICE_LANGUAGES);
		return true;
	case KEY_WORD:
	case KEY_BOOL:
		*(int *)to = yaml_word(reader, at, key->words) + 1;
		return true;
	case KEY_WORDS:
		yaml_each(reader, at, take_bit, &bits);
		return true;
	case KEY_DATE:
		*(seal_date *)to = policy_read_date(reader, at);
		return true;
	case KEY_PERIOD:
		policy_read_period(reader, at, to);
		return true;
	case KEY_COUNT:
		take_count(reader, at, key, to);
		return true;
	case KEY_COUNTRY:
		policy_read_country(reader, at, to);
		return true;
	default:
		return false;
	}
}

static void take(struct yaml_reader *reader, node *at,
		 const struct policy_key *key, void *target)
{
	char *to = (char *)target + key->at;
	struct list list = { key, target };

	if (key->line_at > 0)
		*(int *)(void *)((char *)target + key->line_at) = yaml_line(at);
	if (key->take) {
		key->take(reader, at, target);
		return;
	}
	if (key->shape == KEY_MAP) {
		if (key->lined)
			*(int *)(void *)to = yaml_line(at);
		policy_take(reader, at, key->keys, to);
	} else if (!take_plain(reader, at, key, to)) {
		assert(key->shape == KEY_LIST || key->shape == KEY_TEXT_LIST);
		yaml_each(reader, at, take_item, &list);
		return; /* each item was checked */
	}
	if (key->check)
		key->check(reader, at, to);
}

/* That a promise is not stated is told, and nothing is put in its place. */
static void note_unstated(struct yaml_reader *reader, node *at,
			  const struct policy_key *key)
{
	struct policy *policy = reader->context;

	if (policy->unstated_count < MODEL_UNSTATED_MAX)
		policy->unstated[policy->unstated_count++] =
			(struct model_unstated){ key, yaml_line(at) };
}

void policy_take(struct yaml_reader *reader, node *at,
		 const struct policy_key *keys, void *target)
{
	int seen[KEYS_MAX] = { 0 }; /* line of each key */

	if (at->type != YAML_MAPPING_NODE) {
		yaml_fault(reader, at, "E-TYPE",
			   "keys with values are needed here");
		return;
	}
	for (const yaml_node_pair_t *pair = at->data.mapping.pairs.start;
	     pair < at->data.mapping.pairs.top; pair++) {
		node *name =
			yaml_document_get_node(&reader->document, pair->key);
		node *value =
			yaml_document_get_node(&reader->document, pair->value);
		const struct policy_key *key =
			find(keys, yaml_text(reader, name));

		if (!key) {
			refuse_unknown(reader, name, keys);
			continue;
		}
		assert(key - keys < KEYS_MAX);
		if (seen[key - keys] > 0) {
			yaml_twice(reader, name, seen[key - keys]);
			continue;
		}
		seen[key - keys] = yaml_line(name);
		take(reader, value, key, target);
	}
	for (size_t i = 0; keys[i].name; i++) {
		if (seen[i] > 0)
			continue;
		if (keys[i].required)
			yaml_fault(reader, at, "E-MISSING", "\"%s\" is missing",
				   keys[i].name);
		else if (keys[i].reported)
			note_unstated(reader, at, &keys[i]);
	}
}
