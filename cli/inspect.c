/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne inspect: all that an inspector needs to check the service without
 * it, in one directory. Most of it is what other commands print, so those are
 * run; what binds it together is that the audit log names the SHA-256 of the
 * manifest, and that the vault signed the log.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cli/backup/backup.h"
#include "cli/command.h"
#include "cli/door.h"
#include "cli/say.h"
#include "cli/text.h"
#include "vault/vault.h"

enum {
	ARGUMENTS_MAX = 12,
	FILE_MAX = 64 << 20, /* of what the manifest lists */
	NAME_SIZE = 128,
	VERSIONS_MAX = 256, /* policies, as the house keeps */
	RECEIPTS_MAX = 16,  /* the last destructions, each with its proof */
};

struct options {
	const char *run, *state, *out;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "out", 0, OPTION_TEXT, AT(out), "DIR",
	  "where to; it must not be there" },
	{ "state", 0, OPTION_TEXT, AT(state), "DIR",
	  "state directory of the service (/var/lib/tallenne)" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
};

struct bundle {
	const struct options *options;
	int dir, policies; /* the bundle, and policies/ of the state */
	struct text manifest;
	uint64_t files, bytes;
};

/* What a command that failed said of it. */
static void pass_on(int errors)
{
	OWNED(drop_memory) char *said = NULL;
	size_t size;

	if (errors >= 0 && lseek(errors, 0, SEEK_SET) == 0 &&
	    file_read(errors, 1 << 16, &said, &size) == 0)
		(void)fwrite(said, 1, size, stderr);
}

/* Run another command of this program with its words going into a file; its
 * exit status, or a negative errno. Its warnings are told only if it fails,
 * or if "is_told". */
static int tell_into(int file, const char *const words[], bool is_told)
{
	const char *arguments[ARGUMENTS_MAX + 2] = { "tallenne" };
	OWNED(drop_fd)
	int errors = is_told ? -1 : memfd_create("errors", MFD_CLOEXEC);
	int status;
	pid_t child;

	for (int i = 0; words[i]; i++) {
		assert(i < ARGUMENTS_MAX);
		arguments[i + 1] = words[i];
	}
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		(void)dup2(file, STDOUT_FILENO);
		if (errors >= 0)
			(void)dup2(errors, STDERR_FILENO);
		(void)execv("/proc/self/exe", (char **)(uintptr_t)arguments);
		_exit(EXIT_ERROR);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	if (status != EXIT_OK && status != EXIT_FOUND)
		pass_on(errors);
	return status;
}

static int make(const struct bundle *bundle, const char *name)
{
	int fd = openat(bundle->dir, name,
			O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		say_error("%s: %s", name, strerror(errno));
	return fd;
}

/* A file that was written: what is in it stands in the manifest. */
static int enlist(struct bundle *bundle, const char *name, int fd)
{
	OWNED(drop_memory) char *all = NULL;
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	size_t size;
	int r = lseek(fd, 0, SEEK_SET) < 0
			? -errno
			: file_read(fd, FILE_MAX, &all, &size);

	if (r < 0) {
		say_error("%s: %s", name, strerror(-r));
		return EXIT_ERROR;
	}
	(void)crypto_hash_sha256(hash, (const uint8_t *)all, size);
	hex_text(hash, sizeof(hash), hex);
	text_add(&bundle->manifest, "%s  %s\n", hex, name);
	bundle->files++;
	bundle->bytes += size;
	return EXIT_OK;
}

/* What a command prints becomes a file of the bundle. That it found a breach
 * is no reason to keep silent about it. */
static int take(struct bundle *bundle, const char *name,
		const char *const words[])
{
	OWNED(drop_fd) int fd = make(bundle, name);
	int status = fd < 0 ? EXIT_ERROR : tell_into(fd, words, false);

	if (status != EXIT_OK && status != EXIT_FOUND)
		return status < 0 ? EXIT_ERROR : status;
	return enlist(bundle, name, fd);
}

static int copy(struct bundle *bundle, const char *from, const char *name)
{
	OWNED(drop_fd)
	int in = openat(bundle->policies, from,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	OWNED(drop_fd) int out = make(bundle, name);
	OWNED(drop_memory) char *all = NULL;
	size_t size;
	int r = in < 0 ? -errno : 0;

	if (out < 0)
		return EXIT_ERROR;
	if (r == 0)
		r = file_read(in, FILE_MAX, &all, &size);
	if (r == 0)
		r = file_write_at(out, all, size, 0);
	if (r < 0) {
		say_error("%s: %s", from, strerror(-r));
		return EXIT_ERROR;
	}
	return enlist(bundle, name, out);
}

/* A policy that held, its signatures, and the notice that it was, in three
 * languages and for machines. */
static int take_policy(struct bundle *bundle, const char *sha256)
{
	static const char *const languages[] = { "fi", "sv", "en" };
	char from[NAME_SIZE], name[NAME_SIZE], file[NAME_SIZE + 32];
	int status;

	(void)snprintf(from, sizeof(from), "%s.signed", sha256);
	(void)snprintf(name, sizeof(name), "policies/%s.signed", sha256);
	status = copy(bundle, from, name);
	(void)snprintf(from, sizeof(from), "%s.yaml", sha256);
	(void)snprintf(name, sizeof(name), "policies/%s.yaml", sha256);
	if (status == EXIT_OK)
		status = copy(bundle, from, name);
	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d/%s", bundle->dir,
		       name);
	for (size_t i = 0; status == EXIT_OK && i < COUNT(languages); i++) {
		const char *const words[] = { "policy", "render",     file,
					      "--lang", languages[i], "--as",
					      "html",	NULL };

		(void)snprintf(name, sizeof(name), "notices/%s.%s.html", sha256,
			       languages[i]);
		status = take(bundle, name, words);
	}
	if (status == EXIT_OK) {
		const char *const words[] = { "policy", "render", file,
					      "--as",	"json",	  NULL };

		(void)snprintf(name, sizeof(name), "notices/%s.json", sha256);
		status = take(bundle, name, words);
	}
	return status;
}

static int take_policies(struct bundle *bundle)
{
	OWNED(drop_fd)
	int again = openat(bundle->policies, ".",
			   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	int status = EXIT_OK, count = 0;

	if (!list) {
		say_error("policies: %s", strerror(errno));
		return EXIT_ERROR;
	}
	again = -1; /* the list's now */
	while (status == EXIT_OK && count < VERSIONS_MAX &&
	       (entry = readdir(list))) {
		struct slice rest;
		struct slice hex =
			slice_cut(slice_of(entry->d_name), '.', &rest);
		char sha256[2 * crypto_hash_sha256_BYTES + 1];
		uint8_t hash[crypto_hash_sha256_BYTES];

		if (!slice_is(rest, SLICE("yaml")) ||
		    hex_read(hex, hash, sizeof(hash)) < 0)
			continue;
		hex_text(hash, sizeof(hash), sha256);
		status = take_policy(bundle, sha256);
		count++;
	}
	(void)closedir(list);
	return status;
}

/* The manifest, and an entry of the log that names it. */
static int seal_manifest(struct bundle *bundle)
{
	const struct slice text = text_slice(&bundle->manifest);
	OWNED(drop_fd) int fd = make(bundle, "manifest");
	uint8_t hash[crypto_hash_sha256_BYTES];
	char said[160], hex[2 * sizeof(hash) + 1];

	if (fd < 0 || text.size == 0 ||
	    file_write_at(fd, text.at, text.size, 0) < 0) {
		say_error("manifest: it cannot be written");
		return EXIT_ERROR;
	}
	(void)crypto_hash_sha256(hash, (const uint8_t *)text.at, text.size);
	hex_text(hash, sizeof(hash), hex);
	(void)snprintf(said, sizeof(said), "inspected %s %" PRIu64 " %" PRIu64,
		       hex, bundle->files, bundle->bytes);
	return shelf_ask_vault(bundle->options->run, VAULT_DOOR_BACKUP, said,
			       -1) < 0
		       ? EXIT_LATER
		       : EXIT_OK;
}

/* How many entries the checkpoint covers: its second line. */
static int read_size(int fd, uint64_t *ret_size)
{
	OWNED(drop_memory) char *all = NULL;
	struct slice rest, line;
	size_t size;

	if (lseek(fd, 0, SEEK_SET) < 0 || file_read(fd, 4096, &all, &size) < 0)
		return -EBADMSG;
	(void)slice_cut((struct slice){ all, size }, '\n', &rest);
	line = slice_cut(rest, '\n', &rest);
	return slice_number(line, INT64_MAX, ret_size);
}

static bool is_destruction(const char *line)
{
	static const char *const events[] = {
		"\\\"event\\\":\\\"key.destroyed\\\"",
		"\\\"event\\\":\\\"hold.key.destroyed\\\"",
		"\\\"event\\\":\\\"log.erased\\\"",
		"\\\"event\\\":\\\"early_erase\\\"",
	};

	for (size_t i = 0; i < COUNT(events); i++)
		if (strstr(line, events[i]))
			return true;
	return false;
}

/* Cut the log where the checkpoint ends: what was written since belongs to
 * nobody's signature. The last destructions in it are noted on the way. */
static int cut(int fd, uint64_t entries, uint64_t last[RECEIPTS_MAX],
	       size_t *ret_count)
{
	OWNED(drop_memory) char *line = NULL;
	FILE *log = fdopen(dup(fd), "r");
	size_t room = 0, count = 0;
	ssize_t got = 0;
	int64_t at = 0;

	if (!log)
		return -errno;
	rewind(log);
	for (uint64_t i = 0; i < entries; i++) {
		got = getline(&line, &room, log);
		if (got < 0)
			break;
		at += got;
		if (is_destruction(line))
			last[count++ % RECEIPTS_MAX] = i;
	}
	(void)fclose(log);
	*ret_count = count;
	if (got < 0)
		return -EBADMSG;
	return ftruncate(fd, at) < 0 ? -errno : 0;
}

static int take_receipts(const struct bundle *bundle, const char *run,
			 const uint64_t last[RECEIPTS_MAX], size_t count)
{
	for (size_t i = 0; i < count && i < RECEIPTS_MAX; i++) {
		char name[NAME_SIZE], number[24];
		const char *const words[] = { "audit", "prove", number, "-",
					      "--run", run,	NULL };
		OWNED(drop_fd) int fd = -1;
		int status;

		(void)snprintf(number, sizeof(number), "%" PRIu64, last[i]);
		(void)snprintf(name, sizeof(name), "receipts/%s.proof", number);
		fd = make(bundle, name);
		status = fd < 0 ? EXIT_ERROR : tell_into(fd, words, false);
		if (status != EXIT_OK)
			return status < 0 ? EXIT_ERROR : status;
	}
	return EXIT_OK;
}

/* First the checkpoint, so that the log reaches it. */
static int take_log(struct bundle *bundle, const char *run)
{
	const char *const signs[] = { "audit", "checkpoint", "-",
				      "--run", run,	     NULL };
	const char *const exports[] = { "audit", "export", "-",
					"--run", run,	   NULL };
	OWNED(drop_fd) int note = make(bundle, "checkpoint");
	OWNED(drop_fd) int log = make(bundle, "audit.jsonl");
	uint64_t entries, last[RECEIPTS_MAX];
	size_t count = 0;
	int status;

	if (note < 0 || log < 0)
		return EXIT_ERROR;
	status = tell_into(note, signs, true);
	if (status == EXIT_OK)
		status = tell_into(log, exports, false);
	if (status != EXIT_OK)
		return status < 0 ? EXIT_ERROR : status;
	if (read_size(note, &entries) < 0 ||
	    cut(log, entries, last, &count) < 0) {
		say_error("audit.jsonl: it does not reach its checkpoint");
		return EXIT_ERROR;
	}
	return take_receipts(bundle, run, last, count);
}

static int fill(struct bundle *bundle)
{
	static const char *const covers[] = { "policy", "coverage", "--json",
					      NULL };
	const char *run = door_place(bundle->options->run);
	const char *const proves[] = { "policy", "prove", "--json",
				       "--run",	 run,	  NULL };
	int status = take_policies(bundle);

	if (status == EXIT_OK)
		status = take(bundle, "coverage.jsonl", covers);
	if (status == EXIT_OK)
		status = take(bundle, "prove.jsonl", proves);
	if (status == EXIT_OK)
		status = seal_manifest(bundle);
	return status == EXIT_OK ? take_log(bundle, run) : status;
}

static int make_places(int dir)
{
	static const char *const places[] = { "policies", "notices",
					      "receipts" };

	for (size_t i = 0; i < COUNT(places); i++)
		if (mkdirat(dir, places[i], 0755) < 0)
			return -errno;
	return 0;
}

static int run(void *values, int argc, char **argv)
{
	const struct options *options = values;
	struct bundle bundle = { .options = options, .dir = -1 };
	OWNED(drop_fd) int state = -1;
	OWNED(drop_fd) int dir = -1;
	OWNED(drop_fd) int policies = -1;
	int status;

	(void)argv;
	if (argc > 0 || !options->out) {
		say_error("inspect --out DIR");
		return EXIT_USAGE;
	}
	state = open(options->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	policies =
		openat(state, "policies", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0 || policies < 0) {
		say_error("%s: there is no state of a service (--state): %s",
			  options->state, strerror(errno));
		return EXIT_ERROR;
	}
	/* Not for others: it names accounts. */
	if (mkdir(options->out, 0700) < 0) {
		say_error("%s: %s", options->out, strerror(errno));
		return EXIT_ERROR;
	}
	/* Children render from it by its number, so it is not closed there. */
	dir = open(options->out, O_RDONLY | O_DIRECTORY);
	if (dir < 0 || make_places(dir) < 0) {
		say_error("%s: %s", options->out, strerror(errno));
		return EXIT_ERROR;
	}
	bundle.dir = dir;
	bundle.policies = policies;
	status = fill(&bundle);
	text_drop(&bundle.manifest);
	if (status != EXIT_OK)
		say_error("%s is not whole; remove it", options->out);
	return status;
}

static void defaults(void *values)
{
	struct options *options = values;

	options->state = "/var/lib/tallenne";
}

static const struct command_example examples[] = {
	{ "tallenne inspect --out /media/inspector/tallenne",
	  "For an inspector, who checks it with verify_bundle.py:" },
};

const struct command command_inspect = {
	.name = "inspect",
	.words = "--out DIR",
	.about =
		"Writes what an inspector needs to check the service "
		"elsewhere and without it: every policy that held, with its "
		"signatures and the notice it was; what enforces each key; "
		"each sentence held against the service now; the audit log "
		"up to a fresh checkpoint; and proofs of the last keys that "
		"were destroyed. A manifest lists the files, the log names "
		"the manifest, the vault signs the log. The key that checks "
		"it is printed; the inspector should know it already. No "
		"content and no caller is in it, but accounts are. "
		"verify_bundle.py, which needs Python alone, finds any change.",
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-audit(1), tallenne-policy(1)",
	.values_size = sizeof(struct options),
	.defaults = defaults,
	.run = run,
};
