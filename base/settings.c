/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One heap block: the text, cut into strings, and a table of pairs. */
struct pair {
	const char *key, *value;
};

struct settings {
	char *text;
	struct pair *pairs;
	size_t count;
};

static int split(struct settings *settings)
{
	size_t lines = 0;
	char *at = settings->text;

	for (char *c = at; *c; c++)
		lines += *c == '\n';
	settings->pairs = calloc(lines + 1, sizeof(struct pair));
	if (!settings->pairs)
		return -ENOMEM;

	while (*at) {
		char *end = strchrnul(at, '\n');
		char *tab = memchr(at, '\t', (size_t)(end - at));
		bool is_last = !*end;

		if (!tab)
			return -EINVAL;
		*tab = *end = '\0';
		settings->pairs[settings->count++] =
			(struct pair){ at, tab + 1 };
		at = is_last ? end : end + 1;
	}
	return 0;
}

static int make(char *text, struct settings **ret_settings)
{
	struct settings *settings = calloc(1, sizeof(*settings));
	int r;

	if (!settings) {
		free(text);
		return -ENOMEM;
	}
	settings->text = text;
	r = split(settings);
	if (r < 0) {
		settings_free(settings);
		return r;
	}
	*ret_settings = settings;
	return 0;
}

int settings_load(int fd, struct settings **ret_settings)
{
	char *text;
	size_t size;
	int r = file_read(fd, SETTINGS_SIZE_MAX, &text, &size);

	return r < 0 ? r : make(text, ret_settings);
}

int settings_of(const char *text, struct settings **ret_settings)
{
	char *copy = strdup(text);

	return copy ? make(copy, ret_settings) : -ENOMEM;
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	free(settings->pairs);
	free(settings->text);
	free(settings);
}

void settings_drop(struct settings **settings)
{
	settings_free(*settings);
	*settings = NULL;
}

static const char *FORMAT(2, 0) find(const struct settings *settings,
				     const char *format, va_list arguments)
{
	char key[SETTING_KEY_SIZE];
	int size = vsnprintf(key, sizeof(key), format, arguments);

	assert(size > 0 && (size_t)size < sizeof(key));
	for (size_t i = 0; settings && i < settings->count; i++)
		if (!strcmp(settings->pairs[i].key, key))
			return settings->pairs[i].value;
	return NULL;
}

const char *setting(const struct settings *settings, const char *key, ...)
{
	va_list arguments;
	const char *value;

	va_start(arguments, key);
	value = find(settings, key, arguments);
	va_end(arguments);
	return value;
}

int64_t setting_number(const struct settings *settings, int64_t otherwise,
		       const char *key, ...)
{
	va_list arguments;
	const char *value;
	uint64_t number;

	va_start(arguments, key);
	value = find(settings, key, arguments);
	va_end(arguments);
	if (!value || slice_number(slice_of(value), INT64_MAX, &number) < 0)
		return otherwise;
	return (int64_t)number;
}

bool setting_is(const struct settings *settings, bool otherwise,
		const char *key, ...)
{
	va_list arguments;
	const char *value;

	va_start(arguments, key);
	value = find(settings, key, arguments);
	va_end(arguments);
	if (!value)
		return otherwise;
	return !strcmp(value, "true") || !strcmp(value, "yes");
}
