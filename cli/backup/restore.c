/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne backup restore, rehearse: the words of people, for the program
 * that can open a back-up (restore/restore.h). Contract in backup.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/backup/backup.h"
#include "cli/door.h"
#include "cli/house.h"
#include "cli/passphrase.h"
#include "cli/say.h"

#define PROGRAM "tallenne-restore"

enum { PASSPHRASE_MAX = 512 };

static char *word(const char *text)
{
	return (char *)(uintptr_t)(text ? text : "");
}

/* Run it; its exit status, or a negative errno. */
static int run_with(char *const arguments[], int passphrase)
{
	char path[PATH_MAX];
	int status;
	pid_t child;

	if (!house_find(PROGRAM, path))
		return -ENOENT;
	(void)fflush(stdout);
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		if (dup2(passphrase, STDIN_FILENO) >= 0)
			(void)execv(path, arguments);
		_exit(EXIT_ERROR);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* The passphrase goes through a pipe, where no other process sees it. */
static int ask_and_run(char *const arguments[])
{
	OWNED(drop_fd) int from = -1;
	OWNED(drop_fd) int into = -1;
	char text[PASSPHRASE_MAX];
	int ends[2], size, r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	into = ends[1];
	(void)sodium_mlock(text, sizeof(text));
	size = passphrase_read("Passphrase of the keys", text, sizeof(text));
	/* A pipe has room for it. */
	r = size < 0				      ? size
	    : write(into, text, (size_t)size) == size ? 0
						      : -EIO;
	(void)sodium_munlock(text, sizeof(text));
	drop_fd(&into);
	if (r < 0)
		return size < 0 ? EXIT_USAGE : r;
	r = run_with(arguments, from);
	if (r < 0)
		say_error("%s: %s", PROGRAM, strerror(-r));
	return r < 0 ? EXIT_ERROR : r;
}

static int run(const struct shelf_options *options, const char *verb,
	       const char *dir, const char *name, const char *state)
{
	char flags[4] = "";
	size_t at = 0;

	if (options->older_keys)
		flags[at++] = 'o';
	if (options->json)
		flags[at++] = 'j';
	flags[at] = '\0';
	char *const arguments[] = {
		word(PROGRAM),
		word(verb),
		word(dir),
		word(name),
		word(options->keys),
		word(state),
		word(options->checkpoint),
		flags,
		NULL,
	};

	return ask_and_run(arguments);
}

static bool has_keys(const struct shelf_options *options)
{
	if (options->keys)
		return true;
	say_error("--keys is missing: the key back-up, or the \"vault\" "
		  "directory of the state that was lost in part");
	return false;
}

int shelf_restore(const struct shelf_options *options, const char *dir,
		  const char *name)
{
	if (!has_keys(options))
		return EXIT_USAGE;
	if (!options->state) {
		say_error("--state is missing: an empty directory, such as "
			  "/var/lib/tallenne");
		return EXIT_USAGE;
	}
	return run(options, "restore", dir, name, options->state);
}

/* Which one it was, if none was named, the program found by itself. */
static int note_rehearsal(const struct shelf_options *options, const char *dir,
			  const char *name)
{
	OWNED(drop_memory) struct shelf *all = NULL;
	OWNED(drop_fd) int shelf = shelf_open(dir);
	OWNED(drop_fd) int one = -1;
	char seq[SHELF_SEQ_SIZE];
	struct backup backup;
	int r = shelf < 0 ? shelf : shelf_read(shelf, &all);

	if (r == 0 && !name)
		name = all->count ? all->name[all->count - 1] : "";
	if (r == 0)
		one = openat(shelf, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0)
		r = one < 0 ? -errno : backup_read(one, &backup);
	return r < 0 ? r : shelf_note(options->run, "rehearsed", &backup, seq);
}

int shelf_rehearse(const struct shelf_options *options, const char *dir,
		   const char *name)
{
	const char *scratch = options->scratch ? options->scratch : "/var/tmp";
	int r;

	if (!has_keys(options))
		return EXIT_USAGE;
	r = run(options, "rehearse", dir, name, scratch);
	if (r != EXIT_OK)
		return r;
	/* On another machine there is no service: then it is not noted. */
	OWNED(drop_fd) int vault = door_go(options->run, "vault");
	if (vault < 0) {
		(void)fprintf(stderr, "No service runs here: the rehearsal is "
				      "not in the audit log.\n");
		return r;
	}
	return note_rehearsal(options, dir, name) < 0 ? EXIT_LATER : r;
}
