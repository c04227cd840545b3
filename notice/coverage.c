/* SPDX-License-Identifier: EUPL-1.2 */
/* The vocabulary as a list: what the reader's tables know, in their order,
 * beside what notice/keys.def says of it. */
#include <stdio.h>
#include <string.h>

#include "notice/keys.h"
#include "notice/model.h"

static const struct row {
	const char *path, *sentence, *enforced, *test, *meaning;
} rows[] = {
#define KEY(path, sentence, enforced, test, meaning)                           \
	{ path, sentence, enforced, test, meaning },
#include "notice/keys.def"
#undef KEY
};

/* Walks all tables; stops where seen() says so. */
struct walk {
	bool (*seen)(struct walk *walk, const struct policy_key *key,
		     const char *path);
	size_t left;			/* keys to pass by */
	const struct policy_key *found; /* or the one that is looked for */
	char path[KEY_PATH_SIZE];
};

static bool is_list(const struct policy_key *key)
{
	return key->shape == KEY_LIST || key->shape == KEY_FIELDS;
}

static bool walk_keys(struct walk *walk, const struct policy_key *keys,
		      const char *prefix)
{
	for (; keys->name; keys++) {
		char path[KEY_PATH_SIZE], deeper[KEY_PATH_SIZE];
		int size = snprintf(path, sizeof(path), "%s%s", prefix,
				    keys->name);

		assert(size > 0 && (size_t)size + 3 < sizeof(path));
		if (walk->seen(walk, keys, path))
			return true;
		(void)snprintf(deeper, sizeof(deeper), "%.*s%s.", size, path,
			       is_list(keys) ? "[]" : "");
		if (keys->keys && walk_keys(walk, keys->keys, deeper))
			return true;
	}
	return false;
}

static bool is_same(struct walk *walk, const struct policy_key *key,
		    const char *path)
{
	if (key != walk->found)
		return false;
	memcpy(walk->path, path, strlen(path) + 1);
	return true;
}

bool policy_key_path(const struct policy_key *key, char path[KEY_PATH_SIZE])
{
	struct walk walk = { .seen = is_same, .found = key };

	if (!walk_keys(&walk, policy_top_keys, ""))
		return false;
	memcpy(path, walk.path, KEY_PATH_SIZE);
	return true;
}

static bool count_down(struct walk *walk, const struct policy_key *key,
		       const char *path)
{
	if (walk->left-- > 0)
		return false;
	walk->found = key;
	memcpy(walk->path, path, strlen(path) + 1);
	return true;
}

static const char *const shapes[] = {
	[KEY_TEXT] = "a text",
	[KEY_TEXT_EMPTY] = "a text, or empty",
	[KEY_TEXTS] = "a text in fi, sv and en",
	[KEY_TEXT_LIST] = "texts",
	[KEY_WORD] = "",
	[KEY_WORDS] = "of these: ",
	[KEY_BOOL] = "",
	[KEY_DATE] = "a date such as 2018-05-25",
	[KEY_PERIOD] = "a period such as P6M, P14D or PT72H",
	[KEY_COUNT] = "a number",
	[KEY_COUNTRY] = "a country by two letters",
	[KEY_MAP] = "a section",
	[KEY_LIST] = "a list",
	[KEY_PHONE] = "a number such as \"+358 29 555 0100\"",
	[KEY_PHONES] = "numbers, or \"*\"",
	[KEY_HOURS] = "hours such as mon-fri 08:00-16:15",
	[KEY_TIMES] = "times such as 09:00-12:00, or closed",
	[KEY_SHARE] = "a percentage from 1% to 100%",
	[KEY_ORIGINS] = "origins such as https://www.agency.example",
	[KEY_MASKS] = "roles, each with plain, masked or hidden",
	[KEY_FIELDS] = "names, or sections",
	[KEY_SIGNERS] = "verifier keys, as \"tallenne policy key\" prints them",
	[KEY_SHA256] = "64 digits (sha256sum)",
	[KEY_TRANSFER] = "none, or a section",
};

static void type_of(const struct policy_key *key, char *out, size_t size)
{
	int at = snprintf(out, size, "%s", shapes[key->shape]);

	for (size_t i = 0; key->words && key->words[i]; i++) {
		const char *comma = i == 0		      ? ""
				    : key->words[i + 1]	      ? ", "
				    : key->shape == KEY_WORDS ? ", "
							      : " or ";

		at += snprintf(out + at, size - (size_t)at, "%s%s", comma,
			       key->words[i]);
		assert((size_t)at < size);
	}
	if (key->shape == KEY_COUNT)
		(void)snprintf(out + at, size - (size_t)at, " from 1 to %d",
			       key->max);
	else if (key->shape == KEY_LIST && key->max > 0)
		(void)snprintf(out + at, size - (size_t)at, " of at most %d",
			       key->max);
}

static const struct row *row_of(const char *path)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].path, path) == 0)
			return &rows[i];
	return NULL;
}

bool policy_key_at(size_t index, struct notice_key *ret_key)
{
	struct walk walk = { .seen = count_down, .left = index };
	static const struct row none = { "", "", "", "", "" };
	const struct row *row;

	if (!walk_keys(&walk, policy_top_keys, ""))
		return false;
	row = row_of(walk.path);
	row = row ? row : &none;
	*ret_key = (struct notice_key){
		.sentence = row->sentence,
		.meaning = row->meaning,
		.enforced = row->enforced,
		.test = row->test,
		.required = walk.found->required,
		.is_section = walk.found->shape == KEY_MAP ||
			      walk.found->shape == KEY_LIST,
	};
	memcpy(ret_key->path, walk.path, sizeof(ret_key->path));
	type_of(walk.found, ret_key->type, sizeof(ret_key->type));
	return true;
}

const char *policy_key_described(size_t index)
{
	return index < COUNT(rows) ? rows[index].path : NULL;
}
