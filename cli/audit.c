/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne audit: the log of who did what, exported and verified. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/door.h"
#include "cli/say.h"
#include "vault/vault.h"
#include "vault/verify.h"

struct options {
	const char *run, *checkpoint, *key;
	bool json;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "checkpoint", 0, OPTION_TEXT, AT(checkpoint), "FILE",
	  "verify: a checkpoint kept elsewhere, which the log must continue" },
	{ "key", 0, OPTION_TEXT, AT(key), "KEY",
	  "verify: who must have signed it, as \"audit checkpoint\" tells" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "the result as JSON" },
};

static const char *why_not(int result)
{
	switch (result) {
	case -ENOKEY:
		return "locked: unlock it first (tallenne keys unlock)";
	case -ENOENT:
		return "there is no such entry";
	case -EINVAL:
		return "that is not the number of an entry";
	default:
		return strerror(-result);
	}
}

/* How a command ends that the vault refused. */
static int exit_of(int result)
{
	switch (result) {
	case -ENOENT:
		return EXIT_ERROR;
	case -EINVAL:
		return EXIT_USAGE;
	default:
		return EXIT_LATER;
	}
}

/* Ask the vault for a stream: the reading end of the pipe; or an errno, with
 * the exit status that goes with it. */
static int stream(const struct options *options, uint16_t type,
		  const char *text, struct vault_door *ret_answer,
		  int *ret_status)
{
	OWNED(drop_fd) int end = door_enter(options->run, "vault");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	OWNED(drop_fd) int from = -1;
	struct vault_door ask = { .head = { .type = type,
					    .size = sizeof(ask) } };
	int ends[2];
	int r;

	*ret_status = EXIT_LATER;
	if (end < 0)
		return end;
	ask.text_size = (uint32_t)strlen(text);
	if (ask.text_size > sizeof(ask.text))
		return -EINVAL;
	memcpy(ask.text, text, ask.text_size);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	fds.fd[0] = ends[1];
	fds.count = 1;
	r = door_ask(end, &ask.head, &fds, &ret_answer->head, VAULT_DOOR_IS,
		     sizeof(*ret_answer), DOOR_WAIT_MS);
	if (r < 0)
		return r;
	if (ret_answer->result < 0) {
		say_error("the vault says: %s", why_not(ret_answer->result));
		*ret_status = exit_of(ret_answer->result);
		return ret_answer->result;
	}
	return GIVE_FD(from);
}

static int write_out(int from, const char *file)
{
	OWNED(drop_fd) int to = -1;
	int r;

	if (!file || strcmp(file, "-") == 0)
		r = door_pour(from, STDOUT_FILENO);
	else {
		to = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (to < 0) {
			say_error("%s: %s", file, strerror(errno));
			return EXIT_ERROR;
		}
		r = door_pour(from, to);
	}
	if (r < 0)
		say_error("cannot write: %s", strerror(-r));
	return r < 0 ? EXIT_ERROR : EXIT_OK;
}

static int export(const struct options *options, const char *file)
{
	struct vault_door answer;
	int status;
	OWNED(drop_fd)
	int from = stream(options, VAULT_DOOR_AUDIT, "", &answer, &status);

	return from < 0 ? status : write_out(from, file);
}

/* What somebody may check with the vault's key, which is told as well. */
static int signed_text(const struct options *options, uint16_t type,
		       const char *text, const char *file)
{
	struct vault_door answer;
	int status;
	OWNED(drop_fd)
	int from = stream(options, type, text, &answer, &status);

	if (from < 0)
		return status;
	status = write_out(from, file);
	/* The key is for people; the text itself stays as it is. */
	if (status == EXIT_OK && answer.text_size < sizeof(answer.text))
		(void)fprintf(stderr, "key: %.*s\n", (int)answer.text_size,
			      answer.text);
	return status;
}

static int checkpoint(const struct options *options, const char *file)
{
	return signed_text(options, VAULT_DOOR_CHECKPOINT, "", file);
}

static int prove(const struct options *options, const char *entry,
		 const char *file)
{
	uint64_t number;

	if (slice_number(slice_of(entry), INT64_MAX, &number) < 0) {
		say_error("prove %s: the number of an entry is needed, as "
			  "\"audit export\" shows it, from 0 on",
			  entry);
		return EXIT_USAGE;
	}
	return signed_text(options, VAULT_DOOR_PROVE, entry, file);
}

static int tell(const struct options *options, int r,
		const struct audit_found *found)
{
	char root[2 * TREE_HASH_SIZE + 1];
	bool good = r == 0;
	json_t *object;

	hex_text(found->root, sizeof(found->root), root);
	if (options->json) {
		object = json_pack(
			"{s:b, s:I, s:I, s:s, s:b, s:I, s:s*}", "ok", (int)good,
			"entries", (json_int_t)found->entries, "erased",
			(json_int_t)found->erased, "root", root, "signed",
			(int)found->is_signed, "signed_entries",
			(json_int_t)found->signed_entries, "problem",
			found->problem);
		(void)json_dumpf(object, stdout, JSON_COMPACT);
		(void)putchar('\n');
		json_decref(object);
	} else if (good) {
		/* Whoever holds the whole log can shorten or remake it. */
		const char *note = "; its end and origin were not checked "
				   "(--checkpoint)";

		if (options->checkpoint)
			note = options->key ? ", the checkpoint fits"
					    : ", the checkpoint fits; who "
					      "signed it was not checked "
					      "(--key)";
		(void)printf("%sOK%s %" PRIu64 " entries, root %s%s\n",
			     say_colour(SAY_GREEN), say_colour(SAY_PLAIN),
			     found->entries, root, note);
	} else {
		(void)printf("%s%s%s after %" PRIu64 " entries: %s\n",
			     say_colour(SAY_RED),
			     r == -ENODATA ? "EMPTY" : "BROKEN",
			     say_colour(SAY_PLAIN), found->entries,
			     found->problem ? found->problem : strerror(-r));
	}
	return good ? EXIT_OK : EXIT_FOUND;
}

static int verify(const struct options *options, const char *file)
{
	OWNED(drop_fd) int log = -1;
	OWNED(drop_fd) int kept = -1;
	OWNED(drop_memory) char *text = NULL;
	struct audit_found found = { 0 };
	struct vault_door answer;
	struct slice note = { "", 0 };
	size_t size;
	int r, status = EXIT_ERROR;

	if (options->key && !options->checkpoint) {
		say_error("--key says who signed a checkpoint: give that too "
			  "(--checkpoint)");
		return EXIT_USAGE;
	}
	if (options->checkpoint) {
		kept = open(options->checkpoint, O_RDONLY | O_CLOEXEC);
		r = kept < 0 ? -errno
			     : file_read(kept, NOTE_SIZE - 1, &text, &size);
		if (r < 0) {
			say_error("%s: %s", options->checkpoint, strerror(-r));
			return EXIT_ERROR;
		}
		note = (struct slice){ text, size };
	}
	if (!file)
		log = stream(options, VAULT_DOOR_AUDIT, "", &answer, &status);
	else if (strcmp(file, "-") == 0)
		log = dup(STDIN_FILENO);
	else
		log = open(file, O_RDONLY | O_CLOEXEC);
	if (log < 0 && file)
		say_error("%s: %s", file, strerror(errno));
	if (log < 0)
		return status;
	r = audit_verify(log, note, options->key, &found);
	/* A vault writes its first entry when it is made. */
	if (r == 0 && found.entries == 0 && !options->checkpoint) {
		found.problem = "there is nothing in it; only a checkpoint "
				"over no entries could vouch for that "
				"(--checkpoint)";
		r = -ENODATA;
	}
	return tell(options, r, &found);
}

static int run(void *values, int argc, char **argv)
{
	static const struct {
		const char *verb;
		int (*act)(const struct options *options, const char *file);
	} acts[] = { { "export", export },
		     { "verify", verify },
		     { "checkpoint", checkpoint } };

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; (argc == 1 || argc == 2) && i < COUNT(acts); i++)
		if (strcmp(argv[0], acts[i].verb) == 0)
			return acts[i].act(values, argc == 2 ? argv[1] : NULL);
	if ((argc == 2 || argc == 3) && strcmp(argv[0], "prove") == 0)
		return prove(values, argv[1], argc == 3 ? argv[2] : NULL);
	say_error("audit export [FILE], verify [FILE], checkpoint [FILE], or "
		  "prove ENTRY [FILE]");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "export", "[FILE]", "write the log as JSON lines" },
	{ "verify", "[FILE]",
	  "check an exported log, or that of the running "
	  "service" },
	{ "checkpoint", "[FILE]",
	  "write a signed checkpoint, to be kept "
	  "elsewhere" },
	{ "prove", "ENTRY [FILE]",
	  "write a proof that this entry is in the log, for somebody who is "
	  "not to see the others" },
};

static const struct command_example examples[] = {
	{ "tallenne audit export audit.jsonl && tallenne audit verify "
	  "audit.jsonl",
	  "A copy, checked without the service:" },
	{ "tallenne audit verify --checkpoint monday.txt",
	  "Whether nothing was cut off since Monday:" },
	{ "tallenne audit prove 26 entry-26.txt",
	  "Who heard a call, for the caller, checked with verify_audit.py:" },
};

const struct command command_audit = {
	.name = "audit",
	.words = "",
	.about = "The audit log: who listened to what for which purpose, who "
		 "changed what, what was erased. Every entry hangs on all "
		 "entries before it, so a change or a cut shows. Reading the "
		 "log is itself written into it. Ends with 3 if the log is "
		 "not whole or empty, with 1 if there is no such entry to "
		 "prove.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-keys(1), tallenne-retention(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
