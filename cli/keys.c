/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne keys: unlocking and locking the vault. */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/door.h"
#include "cli/figures.h"
#include "cli/passphrase.h"
#include "cli/say.h"
#include "vault/vault.h"

struct options {
	const char *run;
	bool json;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "status: as JSON" },
};

static int read_passphrase(struct vault_door *door)
{
	int r = passphrase_read("Passphrase", door->text, sizeof(door->text));

	if (r < 0)
		return r;
	door->text_size = (uint32_t)r;
	return 0;
}

static int change(const struct options *options, bool unlock)
{
	OWNED(drop_fd) int end = -1;
	struct vault_door ask = {
		.head = { .type = unlock ? VAULT_DOOR_UNLOCK : VAULT_DOOR_LOCK,
			  .size = sizeof(ask) },
	};
	struct vault_door answer = { .result = -EIO };
	int r;

	(void)sodium_mlock(&ask, sizeof(ask));
	end = door_enter(options->run, "vault");
	if (end < 0)
		return EXIT_LATER;
	r = unlock ? read_passphrase(&ask) : 0;
	if (r == 0)
		r = door_ask(end, &ask.head, NULL, &answer.head, VAULT_DOOR_IS,
			     sizeof(answer), DOOR_WAIT_MS);
	(void)sodium_munlock(&ask, sizeof(ask));
	sodium_memzero(&ask, sizeof(ask));
	if (r < 0)
		return r == -EINVAL ? EXIT_USAGE : EXIT_LATER;
	if (answer.result == 0 || answer.result == -EALREADY) {
		(void)printf("The vault is %s%s.\n",
			     answer.result < 0 ? "already " : "",
			     unlock ? "unlocked" : "locked");
		return EXIT_OK;
	}
	if (answer.result == -EACCES)
		say_error("wrong passphrase");
	else
		say_error("the vault says: %s", strerror(-answer.result));
	return answer.result == -EACCES ? EXIT_REFUSED : EXIT_ERROR;
}

static int status(const struct options *options)
{
	OWNED(drop_fd) int end = door_enter(options->run, "register");
	struct desk_figures figures;

	if (end < 0 || figures_ask(end, &figures) < 0)
		return EXIT_LATER;
	if (options->json)
		(void)printf("{\"locked\":%s}\n",
			     figures.vault_locked ? "true" : "false");
	else
		(void)printf("The vault is %s.\n",
			     figures.vault_locked ? "locked" : "unlocked");
	return figures.vault_locked ? EXIT_FOUND : EXIT_OK;
}

static int run(void *values, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "unlock") == 0)
		return change(values, true);
	if (argc == 1 && strcmp(argv[0], "lock") == 0)
		return change(values, false);
	if (argc == 1 && strcmp(argv[0], "status") == 0)
		return status(values);
	say_error("keys unlock, lock or status");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "unlock", "",
	  "read the passphrase from the terminal or stdin, and "
	  "unlock" },
	{ "lock", "", "forget all private keys until the next unlock" },
	{ "status", "", "say whether the vault is locked" },
};

static const struct command_example examples[] = {
	{ "tallenne keys unlock", "After a start without a credential:" },
	{ "tallenne keys unlock < /run/credentials/passphrase",
	  "The same from a file:" },
};

const struct command command_keys = {
	.name = "keys",
	.words = "",
	.about = "The vault holds the private halves of the end-date keys. "
		 "While it is locked, calls are recorded as always, but "
		 "nothing can be listened to or erased.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-audit(1), tallenne-status(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
