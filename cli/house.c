/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne serve, demo, config: the house is a program of its own, next to
 * the rooms; these commands become it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "cli/command.h"
#include "cli/house.h"
#include "cli/say.h"

enum { ARGUMENTS_MAX = 64 };

bool house_find(const char *program, char ret_path[PATH_MAX])
{
	static const char *const place[] = { "", "../house/", "../restore/",
					     "../libexec/tallenne/",
					     "../lib/tallenne/" };
	char self[PATH_MAX - 64];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *end;

	if (size <= 0)
		return false;
	self[size] = '\0';
	end = strrchr(self, '/');
	if (!end)
		return false;
	end[1] = '\0';
	for (size_t i = 0; i < COUNT(place); i++) {
		(void)snprintf(ret_path, PATH_MAX, "%s%s%s", self, place[i],
			       program);
		if (access(ret_path, X_OK) == 0)
			return true;
	}
	(void)snprintf(ret_path, PATH_MAX, "%s/%s", TALLENNE_LIBEXEC, program);
	return access(ret_path, X_OK) == 0;
}

int house_become(const char *program, const char *first, int argc, char **argv)
{
	char *arguments[ARGUMENTS_MAX + 3];
	char path[PATH_MAX], name[64];
	int count = 0;

	if (argc > ARGUMENTS_MAX)
		return EXIT_USAGE;
	if (!house_find(program, path)) {
		say_error("%s is not installed", program);
		return EXIT_ERROR;
	}
	(void)snprintf(name, sizeof(name), "%s", program);
	arguments[count++] = name;
	if (first)
		arguments[count++] = (char *)(uintptr_t)first;
	for (int i = 0; i < argc; i++)
		arguments[count++] = argv[i];
	arguments[count] = NULL;
	(void)execv(path, arguments);
	say_error("%s: %s", path, strerror(errno));
	return EXIT_ERROR;
}

static int run_with(const char *program, const char *const arguments[], int out,
		    int errors)
{
	char path[PATH_MAX];
	int status;
	pid_t child;

	if (!house_find(program, path))
		return -ENOENT;
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		if (out >= 0)
			(void)dup2(out, STDOUT_FILENO);
		if (errors >= 0)
			(void)dup2(errors, STDERR_FILENO);
		(void)execv(path, (char **)(uintptr_t)arguments);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

int house_hear(const char *program, const char *const arguments[], char *out,
	       size_t size)
{
	OWNED(drop_fd) int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	OWNED(drop_fd) int errors = memfd_create("errors", MFD_CLOEXEC);
	ssize_t got;
	int r;

	if (nowhere < 0 || errors < 0)
		return -errno;
	r = run_with(program, arguments, nowhere, errors);
	got = pread(errors, out, size - 1, 0);
	out[got > 0 ? got : 0] = '\0';
	return r;
}

struct serve_options {
	const char *config;
};

static const struct option_row serve_rows[] = {
	{ "config", 'c', OPTION_TEXT, offsetof(struct serve_options, config),
	  "FILE", "the configuration, such as /etc/tallenne/tallenne.yaml" },
};

static int serve(void *values, int argc, char **argv)
{
	const struct serve_options *options = values;
	char *file = (char *)(uintptr_t)options->config;

	if (argc > 0) {
		say_error("unexpected word: %s", argv[0]);
		return EXIT_USAGE;
	}
	if (!file) {
		say_error("--config FILE is missing, such as "
			  "/etc/tallenne/tallenne.yaml");
		return EXIT_USAGE;
	}
	return house_become("tallenne-house", "--config", 1, &file);
}

static int config(void *values, int argc, char **argv)
{
	(void)values;
	if (argc == 2 && strcmp(argv[0], "check") == 0)
		return house_become("tallenne-house", "--check", 1, argv + 1);
	if (argc == 1 && strcmp(argv[0], "settings") == 0)
		return house_become("tallenne-house", "--settings", 0, argv);
	say_error("config check FILE, or config settings");
	return EXIT_USAGE;
}

static const struct command_example serve_examples[] = {
	{ "tallenne serve --config /etc/tallenne/tallenne.yaml",
	  "As the service does it:" },
};

const struct command command_serve = {
	.name = "serve",
	.words = "--config FILE",
	.about = "Starts all rooms and stays until it is asked to stop "
		 "(SIGTERM, SIGINT). SIGHUP reads configuration and policy "
		 "anew without losing a call.",
	.options = serve_rows,
	.option_count = COUNT(serve_rows),
	.values_size = sizeof(struct serve_options),
	.examples = serve_examples,
	.example_count = COUNT(serve_examples),
	.see_also = "tallenne-config(1), tallenne-doctor(1), "
		    "tallenne-status(1)",
	.run = serve,
};

static const struct command_verb config_verbs[] = {
	{ "check", "FILE",
	  "say whether a configuration is right, and where "
	  "not" },
	{ "settings", "", "print every setting there is, with its default" },
};

static const struct command_example config_examples[] = {
	{ "tallenne config check /etc/tallenne/tallenne.yaml",
	  "Before a reload:" },
};

const struct command command_config = {
	.name = "config",
	.words = "",
	.about = "Checks the configuration file without starting anything.",
	.verbs = config_verbs,
	.verb_count = COUNT(config_verbs),
	.examples = config_examples,
	.example_count = COUNT(config_examples),
	.see_also = "tallenne-serve(1), tallenne-policy(1)",
	.run = config,
};
