/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne backup: back-ups that bring nothing back that has ended. */
#include <stdio.h>
#include <string.h>

#include "cli/backup/backup.h"
#include "cli/command.h"
#include "cli/say.h"

enum { DAYS_OTHERWISE = 7, AHEAD_OTHERWISE = 2 };

#define AT(field) offsetof(struct shelf_options, field)

static const struct option_row rows[] = {
	{ "days", 0, OPTION_NUMBER, AT(days), "N",
	  "create: for how many days it is made, 1 to 31 (7); then its "
	  "key is destroyed" },
	{ "policy", 0, OPTION_TEXT, AT(policy), "FILE",
	  "create: the policy to take along "
	  "(/etc/tallenne/policy.yaml), with FILE.signed" },
	{ "ahead", 0, OPTION_NUMBER, AT(ahead), "N",
	  "keys: leave out the keys that die within so many days, 1 to 31 "
	  "(2)" },
	{ "key", 0, OPTION_TEXT, AT(key), "KEY",
	  "verify: who must have signed the log, as "
	  "\"audit checkpoint\" tells" },
	{ "keys", 0, OPTION_TEXT, AT(keys), "FILE",
	  "restore, rehearse: the key back-up, or the directory \"vault\" "
	  "of the state that was lost in part" },
	{ "state", 0, OPTION_TEXT, AT(state), "DIR",
	  "restore: the empty state directory to fill" },
	{ "checkpoint", 0, OPTION_TEXT, AT(checkpoint), "FILE",
	  "restore, rehearse: the latest checkpoint that somebody else kept; "
	  "a back-up whose log does not reach it is refused" },
	{ "older-keys", 0, OPTION_FLAG, AT(older_keys), NULL,
	  "restore, rehearse: these keys are the newest that are left, though "
	  "the log knows of newer ones" },
	{ "scratch", 0, OPTION_TEXT, AT(scratch), "DIR",
	  "rehearse: where there is room for a while (/var/tmp)" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL,
	  "create, list, restore, rehearse: as JSON" },
};

static void defaults(void *values)
{
	struct shelf_options *options = values;

	options->days = DAYS_OTHERWISE;
	options->ahead = AHEAD_OTHERWISE;
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
	if ((two || three) && strcmp(verb, "restore") == 0)
		return shelf_restore(options, argv[1], three ? argv[2] : NULL);
	if ((two || three) && strcmp(verb, "rehearse") == 0)
		return shelf_rehearse(options, argv[1], three ? argv[2] : NULL);
	say_error("backup create DIR, list DIR, verify DIR [NAME], keys FILE, "
		  "restore DIR [NAME], or rehearse DIR [NAME]");
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
	{ "restore", "DIR [NAME] --keys FILE --state DIR",
	  "put one back into an empty state directory, the newest by default, "
	  "with the service stopped" },
	{ "rehearse", "DIR [NAME] --keys FILE",
	  "restore one into a place of its own, open all that may be opened, "
	  "try all that may not, and remove it" },
};

static const struct command_example examples[] = {
	{ "tallenne backup create /mnt/backup", "Every night:" },
	{ "tallenne backup keys /mnt/keys/ring", "And, elsewhere:" },
	{ "tallenne backup verify /mnt/backup", "Whether it is whole:" },
	{ "tallenne backup rehearse /mnt/backup --keys /mnt/keys/ring",
	  "Every month: whether it would help:" },
	{ "tallenne backup restore /mnt/backup --keys /mnt/keys/ring --state "
	  "/var/lib/tallenne",
	  "After a disaster:" },
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
		 "--days.",
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
