/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { LINE_SIZE = 1024, TOKENS_MAX = 32 };

static const char *speaker = "tallenne";
static enum log_level least_level = LOG_INFO;

void log_name(const char *room)
{
	speaker = room;
}

void log_level(enum log_level least)
{
	least_level = least;
}

/* How many lines each token has said in the present second. */
static struct burst {
	const char *token;
	int64_t second;
	unsigned said, left_out;
} bursts[TOKENS_MAX];

/* Whether this line is one too many; tells how many were left out before. */
static bool is_too_many(const char *token, int64_t second, unsigned *left_out)
{
	struct burst *burst = &bursts[0];

	*left_out = 0;
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		burst = &bursts[i];
		if (!burst->token || !strcmp(burst->token, token))
			break;
	}
	if (!burst->token || strcmp(burst->token, token) != 0)
		*burst = (struct burst){ .token = token, .second = second };
	if (burst->second != second) {
		*left_out = burst->left_out;
		burst->second = second;
		burst->said = burst->left_out = 0;
	}
	if (burst->said >= LOG_BURST_MAX) {
		burst->left_out++;
		return true;
	}
	burst->said++;
	return false;
}

/* Append text as the inside of a JSON string; control bytes become '?'. */
static size_t put_escaped(char *out, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text && used + 3 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			out[used++] = '\\';
		out[used++] = c < 32 || c == 127 ? '?' : (char)c;
	}
	out[used] = '\0';
	return used;
}

static void FORMAT(3, 0) say(enum log_level level, const char *token,
			     const char *format, va_list arguments)
{
	static const char *const levels[] = { "error", "warning", "info" };
	char text[LINE_SIZE / 2], safe[LINE_SIZE / 2 + 64],
		when[CLOCK_TEXT_SIZE];
	char line[LINE_SIZE + 128];
	unsigned left_out;
	nanoseconds now = clock_now(&clock_system);
	int size;

	if (level > least_level ||
	    is_too_many(token, now / NS_PER_S, &left_out))
		return;

	(void)vsnprintf(text, sizeof(text), format, arguments);
	put_escaped(safe, sizeof(safe), text);
	clock_text(now, when);
	size = snprintf(line, sizeof(line),
			"{\"time\":\"%s\",\"level\":\"%s\",\"room\":\"%s\","
			"\"token\":\"%s\",\"text\":\"%s\"",
			when, levels[level], speaker, token, safe);
	if (left_out > 0)
		size += snprintf(line + size, sizeof(line) - (size_t)size,
				 ",\"left_out\":%u", left_out);
	size += snprintf(line + size, sizeof(line) - (size_t)size, "}\n");
	(void)!write(STDERR_FILENO, line, (size_t)size);
}

#define SAY(level)                                                             \
	do {                                                                   \
		va_list arguments;                                             \
		va_start(arguments, format);                                   \
		say(level, token, format, arguments);                          \
		va_end(arguments);                                             \
	} while (0)

void log_error(const char *token, const char *format, ...)
{
	SAY(LOG_ERROR);
}

void log_warn(const char *token, const char *format, ...)
{
	SAY(LOG_WARNING);
}

void log_info(const char *token, const char *format, ...)
{
	SAY(LOG_INFO);
}
