/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne-restore: what "tallenne backup restore" and "rehearse" run. The
 * passphrase of the keys comes as one line on stdin. Not for people: the
 * command that runs it has read and checked their words.
 *
 *	tallenne-restore restore|rehearse DIR NAME KEYS STATE CHECKPOINT FLAGS
 *
 * Empty words are ones that were not said; FLAGS are letters: "o" for
 * --older-keys, "j" for --json. In a rehearsal STATE is where a temporary
 * directory is made.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "restore/restore.h"

enum {
	WORD_RESTORE = 1,
	WORD_DIR,
	WORD_NAME,
	WORD_KEYS,
	WORD_STATE,
	WORD_CHECKPOINT,
	WORD_FLAGS,
	WORDS,
	PATH_SIZE = 4096,
};

static void print(const struct restore *restore, bool is_trial, bool is_json)
{
	const struct restore_figures *f = &restore->figures;
	char name[BACKUP_NAME_SIZE];

	backup_name(&restore->backup, name);
	(void)printf(
		is_json ? "{\"name\":\"%s\",\"objects\":%" PRIu64
			  ",\"bytes\":%" PRIu64 ",\"missing\":%" PRIu64
			  ",\"ended\":%" PRIu64 ",\"erased\":%" PRIu64
			  ",\"keys\":%" PRIu64 ",\"holds\":%" PRIu64
			  ",\"entries\":%" PRIu64
			: "%s: %" PRIu64 " objects, %" PRIu64 " bytes; %" PRIu64
			  " missing\nDone again from the "
			  "audit log: %" PRIu64 " files of rows had ended, "
			  "%" PRIu64 " items erased, %" PRIu64
			  " keys destroyed, %" PRIu64 " holds changed; "
			  "%" PRIu64 " entries\n",
		name, f->objects, f->bytes, f->missing, f->ended, f->erased,
		f->keys, f->holds, f->entries);
	if (is_trial)
		(void)printf(
			is_json ? ",\"opened\":%" PRIu64 ",\"closed\":%" PRIu64
				  ",\"broken\":%" PRIu64 ",\"overdue\":%" PRIu64
				: "Opened and read to the end: %" PRIu64
				  "; closed for good: %" PRIu64
				  "; broken: %" PRIu64
				  "; open though ended: %" PRIu64 "\n",
			f->opened, f->closed, f->broken, f->overdue);
	if (is_json)
		(void)printf("}\n");
}

static int restore(const struct restore_options *options,
		   struct slice passphrase, bool is_json)
{
	OWNED(restore_drop) struct restore restore = restore_new(options);
	int r = restore_all(&restore, passphrase, true);

	if (r == RESTORE_DONE || r == RESTORE_FOUND)
		print(&restore, false, is_json);
	return r;
}

/* Nothing of it stays, however it ends; keys least of all. */
static int rehearse(struct restore_options *options, struct slice passphrase,
		    bool is_json)
{
	OWNED(restore_drop) struct restore restore = restore_new(options);
	char place[PATH_SIZE];
	int r, tried, removed;

	if (snprintf(place, sizeof(place), "%s/tallenne-rehearsal-XXXXXX",
		     options->state) >= PATH_SIZE ||
	    !mkdtemp(place)) {
		restore_say("%s: %s", options->state, strerror(errno));
		return RESTORE_FAILED;
	}
	options->state = place;
	r = restore_all(&restore, passphrase, false);
	if (r == RESTORE_DONE || r == RESTORE_FOUND) {
		tried = restore_try(&restore);
		r = tried == RESTORE_DONE ? r : tried;
		print(&restore, true, is_json);
	}
	removed = restore_remove(AT_FDCWD, place);
	if (removed < 0) {
		restore_say("%s: remove it, for there are keys in it: %s",
			    place, strerror(-removed));
		r = RESTORE_FAILED;
	}
	return r;
}

/* No copy of what is secret in a swap file or a core. */
static char *read_passphrase(size_t *ret_size)
{
	char *text = sodium_malloc(KEYRING_PASSPHRASE_MAX + 1);
	ssize_t got =
		text ? read(STDIN_FILENO, text, KEYRING_PASSPHRASE_MAX + 1)
		     : -1;

	while (got > 0 && text[got - 1] == '\n')
		got--;
	*ret_size = got > 0 ? (size_t)got : 0;
	return text;
}

int main(int argc, char **argv)
{
	const struct rlimit none = { 0, 0 };
	struct restore_options options = { .today = 0 };
	char *passphrase;
	size_t size;
	bool is_trial, is_json;
	int r;

	if (argc != WORDS || sodium_init() < 0) {
		restore_say("tallenne-restore is run by \"tallenne backup\"");
		return RESTORE_WRONG;
	}
	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
	is_trial = strcmp(argv[WORD_RESTORE], "rehearse") == 0;
	is_json = strchr(argv[WORD_FLAGS], 'j');
	options.dir = argv[WORD_DIR];
	options.name = *argv[WORD_NAME] ? argv[WORD_NAME] : NULL;
	options.keys = argv[WORD_KEYS];
	options.state = argv[WORD_STATE];
	options.checkpoint =
		*argv[WORD_CHECKPOINT] ? argv[WORD_CHECKPOINT] : NULL;
	options.older_keys = strchr(argv[WORD_FLAGS], 'o');
	passphrase = read_passphrase(&size);
	if (!passphrase)
		return RESTORE_FAILED;
	r = is_trial ? rehearse(&options, (struct slice){ passphrase, size },
				is_json)
		     : restore(&options, (struct slice){ passphrase, size },
			       is_json);
	sodium_free(passphrase);
	return r;
}
