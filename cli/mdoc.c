/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/mdoc.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char page_date[] = "November 23, 2026";

void mdoc_words(const char *text)
{
	bool line_start = true;

	for (; *text != '\0'; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			(void)fputs("\\&", stdout);
		if (*text == '\\')
			(void)fputs("\\e", stdout);
		else if (*text == '"')
			(void)fputs("\\(dq", stdout);
		else
			(void)putchar(*text);
		line_start = *text == '\n';
	}
}

void mdoc_sentences(const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, ". ");
		char part[1024];
		size_t size = end ? (size_t)(end - text) + 1 : strlen(text);

		(void)snprintf(part, sizeof(part), "%.*s", (int)size, text);
		mdoc_words(part);
		(void)putchar('\n');
		text += size;
		text += strspn(text, " ");
	}
}

void mdoc_sentence(const char *text)
{
	char first[2] = { (char)toupper((unsigned char)text[0]), '\0' };

	mdoc_words(first);
	mdoc_words(text + 1);
	(void)puts(".");
}

void mdoc_head(const char *name, int section, const char *summary)
{
	(void)printf(".Dd %s\n.Dt ", page_date);
	for (const char *c = name; *c != '\0'; c++)
		(void)putchar(toupper((unsigned char)*c));
	(void)printf(" %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
	mdoc_words(summary);
	(void)putchar('\n');
}
