/* SPDX-License-Identifier: EUPL-1.2 */
#include "publish/escape.h"

void escape_html(struct slice words, FILE *out)
{
	for (size_t i = 0; i < words.size; i++)
		switch (words.at[i]) {
		case '&':
			(void)fputs("&amp;", out);
			break;
		case '<':
			(void)fputs("&lt;", out);
			break;
		case '>':
			(void)fputs("&gt;", out);
			break;
		case '"':
			(void)fputs("&quot;", out);
			break;
		case '\'':
			(void)fputs("&#39;", out);
			break;
		default:
			(void)fputc(words.at[i], out);
		}
}

void escape_json(struct slice words, FILE *out)
{
	for (size_t i = 0; i < words.size; i++) {
		unsigned char c = (unsigned char)words.at[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f || c == '<' || c == '>' ||
			 c == '&')
			fprintf(out, "\\u%04x", c);
		else
			(void)fputc(c, out);
	}
}

void escape_string(const char *words, FILE *out)
{
	(void)fputc('"', out);
	escape_json(slice_of(words), out);
	(void)fputc('"', out);
}
