/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne backup: back-ups that can never bring anything back. */
#include <stdio.h>
#include <string.h>

#include "cli/backup/backup.h"
#include "cli/command.h"
#include "cli/house.h"
#include "cli/say.h"

enum { WORDS_MAX = 56, DAYS_OTHERWISE = 7, AHEAD_OTHERWISE = 2 };

#define AT(field) offsetof(struct shelf_options, field)

static const struct option_row rows[] = {
	{ "days", 0, OPTION_NUMBER, AT(days), "N",
	  "create: how many days it can be restored, 1 to 31 (7); then its "
	  "key is destroyed" },
	{ "policy", 0, OPTION_TEXT, AT(policy), "FILE",
	  "create: the policy to take along "
	  "(/etc/tallenne/policy.yaml), with FILE.signed" },
	{ "ahead", 0, OPTION_NUMBER, AT(ahead), "N",
	  "keys: leave out the keys that die within so many days, 1 to 31 "
	  "(2)" },
	{ "key", 0, OPTION_TEXT, AT(key), "KEY",
	  "verify, rehearse, restore: who must have signed the log, as "
	  "\"audit checkpoint\" tells" },
	{ "state", 0, OPTION_TEXT, AT(state), "DIR",
	  "rehearse, restore: state directory of the service "
	  "(/var/lib/tallenne)" },
	{ "ring", 0, OPTION_TEXT, AT(ring), "FILE",
	  "rehearse, restore: the key back-up (by default the ring in the "
	  "state directory)" },
	{ "log", 0, OPTION_TEXT, AT(log), "FILE",
	  "rehearse, restore: a newer audit log than that in the state "
	  "directory" },
	{ "checkpoint", 0, OPTION_MANY, AT(checkpoint), "FILE",
	  "rehearse, restore: a checkpoint that was published; the log must "
	  "reach it" },
	{ "into", 0, OPTION_TEXT, AT(into), "DIR",
	  "rehearse: an empty directory to do it in, removed afterwards" },
	{ "replace", 0, OPTION_FLAG, AT(replace), NULL,
	  "restore: also where there is a register, which is removed" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL,
	  "create, list, rehearse, restore: as JSON" },
};

static void defaults(void *values)
{
	struct shelf_options *options = values;

	options->days = DAYS_OTHERWISE;
	options->ahead = AHEAD_OTHERWISE;
}

/* The program that opens back-ups is another one: this cannot. */
static int become(const struct shelf_options *options, int argc, char **argv)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "--state", options->state }, { "--ring", options->ring },
		{ "--log", options->log },     { "--into", options->into },
		{ "--key", options->key },     { "--run", options->run },
	};
	char *words[WORDS_MAX];
	int count = 0;

#define ADD(text) words[count++] = (char *)(uintptr_t)(text)
	for (int i = 1; i < argc; i++)
		ADD(argv[i]);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].value) {
			ADD(texts[i].name);
			ADD(texts[i].value);
		}
	for (size_t i = 0; i < options->checkpoint.count; i++) {
		static_assert(OPTION_MANY_MAX * 2 + 16 < WORDS_MAX, "fits");
		ADD("--checkpoint");
		ADD(options->checkpoint.at[i]);
	}
	if (options->replace)
		ADD("--replace");
	if (options->json)
		ADD("--json");
#undef ADD
	return house_become("tallenne-restore", argv[0], count, words);
}

static bool number_is(const char *option, uint64_t number)
{
	if (number >= 1 && number <= BACKUP_DAYS_MAX)
		return true;
	say_error("--%s: from 1 to %d days", option, BACKUP_DAYS_MAX);
	return false;
}

static int run(void *values, int argc, char **argv)
{
	const struct shelf_options *options = values;
	const char *verb = argc > 0 ? argv[0] : "";
	const bool two = argc == 2, three = argc == 3;

	if (!number_is("days", options->days) ||
	    !number_is("ahead", options->ahead))
		return EXIT_USAGE;
	if (two && strcmp(verb, "create") == 0)
		return shelf_create(options, argv[1]);
	if (two && strcmp(verb, "list") == 0)
		return shelf_list(options, argv[1]);
	if ((two || three) && strcmp(verb, "verify") == 0)
		return shelf_verify(options, argv[1], three ? argv[2] : NULL);
	if (two && strcmp(verb, "keys") == 0)
		return shelf_keys(options, argv[1]);
	if ((two || three) &&
	    (strcmp(verb, "rehearse") == 0 || strcmp(verb, "restore") == 0))
		return become(options, argc, argv);
	say_error("backup create DIR, list DIR, verify DIR [NAME], keys FILE, "
		  "rehearse DIR [NAME], or restore DIR [NAME]");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "create", "DIR",
	  "make one while the service runs; copy only objects that are not "
	  "in DIR, and drop back-ups that have died" },
	{ "list", "DIR", "list what there is, the oldest first" },
	{ "verify", "DIR [NAME]",
	  "read all of one back, the newest by default, and compare" },
	{ "keys", "FILE",
	  "write the key back-up, replacing the one before; daily, to a "
	  "place of its own" },
	{ "rehearse", "DIR [NAME]",
	  "restore into a scratch directory, prove that nothing that ended "
	  "can be opened, and remove it; asks for the passphrase" },
	{ "restore", "DIR [NAME]",
	  "with the service stopped, put register and log back, after all "
	  "that was erased since has been erased again; asks for the "
	  "passphrase" },
};

static const struct command_example examples[] = {
	{ "tallenne backup create /mnt/backup", "Every night:" },
	{ "tallenne backup keys /mnt/keys/ring", "And, elsewhere:" },
	{ "tallenne backup verify /mnt/backup", "Whether it is whole:" },
	{ "tallenne backup rehearse /mnt/backup --ring /mnt/keys/ring "
	  "--into /dev/shm/rehearsal",
	  "Whether it would help:" },
	{ "tallenne backup restore /mnt/backup --checkpoint published.txt",
	  "After a disk was lost, the vault's was not:" },
};

const struct command command_backup = {
	.name = "backup",
	.words = "",
	.about = "Copies what is kept, sealed as it is, so that nothing in a "
		 "copy outlives its end date, wherever the copy lies: each "
		 "part of a back-up is sealed to a key that the vault "
		 "destroys. The keys are not in it; they have a back-up of "
		 "their own.\n\nWhat is erased before its end is out of all "
		 "back-ups when the last one that knew it has died, after "
		 "--days. A restore erases first and serves then; it refuses "
		 "an audit log that is behind a checkpoint it was given or "
		 "finds.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-retention(1), tallenne-audit(1), "
		    "tallenne-keys(1)",
	.values_size = sizeof(struct shelf_options),
	.defaults = defaults,
	.run = run,
};
