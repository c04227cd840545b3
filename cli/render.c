/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/render.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/say.h"
#include "notice/language.h"
#include "publish/render.h"

static const struct {
	const char *word;
	enum clause_document kind;
} documents[] = {
	{ "notice", CLAUSE_NOTICE },
	{ "announcement", CLAUSE_SPOKEN },
	{ "record", CLAUSE_RECORD },
	{ "description", CLAUSE_DESCRIPTION },
};

static const char *const ways[] = { "text", "html", "json", "dpv", "pdf" };

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
		say_error("--as is text, html, json, dpv or pdf");
		return EXIT_USAGE;
	}
	if (!kind_of(word_or(options->document, "notice"))) {
		say_error("--document is notice, announcement, record or "
			  "description");
		return EXIT_USAGE;
	}
	if (!strcmp(word_or(options->as, "text"), "dpv") &&
	    kind_of(word_or(options->document, "notice")) != CLAUSE_NOTICE) {
		say_error("--as dpv is for the notice");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

/* The page as a file that another program can read from its start. */
static int page_file(const struct document *document, int *ret_fd)
{
	OWNED(drop_fd) int fd = memfd_create("page", MFD_CLOEXEC);
	int copy = fd < 0 ? -1 : dup(fd);
	FILE *page = copy < 0 ? NULL : fdopen(copy, "w");

	if (!page) {
		int r = -errno;

		drop_fd(&copy);
		return r;
	}
	render_page(document, page);
	if (fclose(page) != 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	*ret_fd = GIVE_FD(fd);
	return 0;
}

static int start_maker(int fd, pid_t *ret_child)
{
	char *const words[] = { (char[]){ "weasyprint" },
				(char[]){ "--quiet" },
				(char[]){ "--pdf-variant" },
				(char[]){ "pdf/ua-1" },
				(char[]){ "-" },
				(char[]){ "-" },
				NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (r == 0)
		r = posix_spawnp(ret_child, words[0], &actions, NULL, words,
				 environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/*
 * The page, made a tagged PDF by a program of its own, WeasyPrint, which is
 * not of the package. It gets the page and nothing else.
 */
static int write_pdf(const struct document *document)
{
	OWNED(drop_fd) int fd = -1;
	pid_t child = 0;
	int status = 0;
	int r = page_file(document, &fd);

	if (r == 0)
		r = start_maker(fd, &child);
	if (r < 0)
		return r;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPIPE;
}

MUST static int write_one(const char *way,
			  struct document *const all[NOTICE_LANGUAGES],
			  enum notice_language language)
{
	const struct document *const same[NOTICE_LANGUAGES] = { all[0], all[1],
								all[2] };

	if (!strcmp(way, "pdf"))
		return write_pdf(all[language]);
	if (!strcmp(way, "html"))
		render_page(all[language], stdout);
	else if (!strcmp(way, "json"))
		render_json(same, stdout);
	else if (!strcmp(way, "dpv"))
		render_dpv(same, stdout);
	else
		render_text(all[language], stdout);
	return fflush(stdout) == 0 ? 0 : -errno;
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
		r = write_one(
			word_or(options->as, "text"), all,
			language_of(slice_of(word_or(options->language, "fi")),
				    NOTICE_FI));
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		document_free(all[i]);
	if (r == -ENOENT)
		say_error("a PDF is made by WeasyPrint, which is not "
			  "installed: apt install weasyprint");
	else if (r < 0)
		say_error("cannot write it: %s", strerror(-r));
	return r < 0 ? EXIT_ERROR : EXIT_OK;
}
