/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/render.h"

#include <errno.h>
#include <string.h>

#include "cli/say.h"
#include "notice/language.h"
#include "notice/render.h"

static const struct {
	const char *word;
	enum clause_document kind;
} documents[] = {
	{ "notice", CLAUSE_NOTICE },
	{ "announcement", CLAUSE_SPOKEN },
	{ "record", CLAUSE_RECORD },
	{ "description", CLAUSE_DESCRIPTION },
};

static const char *const ways[] = { "text", "html", "json" };

static const char *word_or(const char *word, const char *otherwise)
{
	return word ? word : otherwise;
}

static bool is_way(const char *word)
{
	for (size_t i = 0; i < COUNT(ways); i++)
		if (!strcmp(ways[i], word))
			return true;
	return false;
}

static enum clause_document kind_of(const char *word)
{
	for (size_t i = 0; i < COUNT(documents); i++)
		if (!strcmp(documents[i].word, word))
			return documents[i].kind;
	return 0;
}

int render_check(const struct render_options *options)
{
	const char *language = word_or(options->language, "fi");

	if (language_of(slice_of(language), NOTICE_LANGUAGES) ==
	    NOTICE_LANGUAGES) {
		say_error("--lang is fi, sv or en");
		return EXIT_USAGE;
	}
	if (!is_way(word_or(options->as, "text"))) {
		say_error("--as is text, html or json");
		return EXIT_USAGE;
	}
	if (!kind_of(word_or(options->document, "notice"))) {
		say_error("--document is notice, announcement, record or "
			  "description");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static void write_one(const char *way,
		      struct document *const all[NOTICE_LANGUAGES],
		      enum notice_language language)
{
	const struct document *const same[NOTICE_LANGUAGES] = { all[0], all[1],
								all[2] };

	if (!strcmp(way, "html"))
		render_page(all[language], stdout);
	else if (!strcmp(way, "json"))
		render_json(same, stdout);
	else
		render_text(all[language], stdout);
}

int render_policy(const struct render_options *options,
		  const struct policy *policy)
{
	struct document *all[NOTICE_LANGUAGES] = { NULL };
	int r = 0;

	for (int i = 0; r == 0 && i < NOTICE_LANGUAGES; i++)
		r = document_new(policy,
				 kind_of(word_or(options->document, "notice")),
				 (enum notice_language)i, &all[i]);
	if (r == 0)
		write_one(
			word_or(options->as, "text"), all,
			language_of(slice_of(word_or(options->language, "fi")),
				    NOTICE_FI));
	if (r == 0 && fflush(stdout) != 0)
		r = -errno;
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		document_free(all[i]);
	if (r < 0)
		say_error("cannot write it: %s", strerror(-r));
	return r < 0 ? EXIT_ERROR : EXIT_OK;
}
