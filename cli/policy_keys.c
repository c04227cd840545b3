/* SPDX-License-Identifier: EUPL-1.2 */
/* The vocabulary of the policy: its manual, and what enforces each key. */
#include <jansson.h>
#include <stdio.h>

#include "cli/mdoc.h"
#include "cli/policy.h"
#include "cli/say.h"

static void tell_json(const struct notice_key *key)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "key",
				   key->path, "type", key->type, "sentence",
				   key->sentence, "meaning", key->meaning,
				   "enforced", key->enforced, "test", key->test,
				   "required", key->required);

	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

int policy_coverage(bool json)
{
	size_t count = 0, open = 0, rows = 0;
	struct notice_key key;

	for (; policy_key_at(count, &key); count++) {
		bool is_covered = key.enforced[0] && key.test[0];

		open += !is_covered;
		if (json)
			tell_json(&key);
		else if (is_covered)
			(void)printf("%-42s %-3s  %s\n%48s %s\n", key.path,
				     key.sentence, key.enforced, "", key.test);
		else
			(void)printf("%-42s %sNOT ENFORCED%s\n", key.path,
				     say_colour(SAY_RED),
				     say_colour(SAY_PLAIN));
	}
	/* A row of keys.def for a key that nobody reads is a promise too. */
	while (policy_key_described(rows))
		rows++;
	if (rows > count)
		open += rows - count;
	if (!json)
		(void)printf("%zu keys: %zu enforced and shown, %zu not\n",
			     count, count - open, open);
	return open > 0 ? EXIT_FOUND : EXIT_OK;
}

static void man_keys(void)
{
	struct notice_key key;

	(void)puts(".Sh KEYS\n.Bl -tag -width Ds");
	for (size_t i = 0; policy_key_at(i, &key); i++) {
		(void)printf(".It Ic ");
		mdoc_words(key.path);
		(void)putchar('\n');
		mdoc_sentence(key.meaning);
		(void)printf(key.required ? "Needed: " : "May be left out: ");
		mdoc_words(key.type);
		if (key.sentence[0])
			(void)printf(" (%s)", key.sentence);
		(void)puts(".");
	}
	(void)puts(".El");
}

static void man_codes(void)
{
	const struct notice_code *code;

	(void)puts(".Sh DIAGNOSTICS\nA code that begins with E refuses the "
		   "policy, one with W is told.\n.Bl -tag -width Ds");
	for (size_t i = 0; (code = policy_code_at(i)) != NULL; i++) {
		(void)printf(".It Er %s\n", code->code);
		if (code->sentence[0] || code->why[0]) {
			(void)printf("%s%s", code->sentence,
				     code->sentence[0] && code->why[0] ? ": "
								       : "");
			mdoc_words(code->why);
			(void)puts(".");
		}
		mdoc_sentence(code->remedy);
	}
	(void)puts(".El");
}

void policy_man(void)
{
	mdoc_head("tallenne-policy", 5, "the privacy notice as rules");
	(void)puts(".Sh DESCRIPTION\n"
		   "A policy is one YAML file: what is recorded, why, who may "
		   "hear it and for how long.\nThe software does that and "
		   "nothing else.\n"
		   "A key that is not listed here is an error.\n"
		   "What is not stated gets no default:\n"
		   ".Cm tallenne policy show\n"
		   "reports it as not stated, and less is recorded.\n.Pp\n"
		   "In the names below\n.Sq []\nstands for each item of a "
		   "list.\nS1 to S30 are the sentences of the notice.\n"
		   "Anchors, aliases and tags of YAML are refused.");
	man_keys();
	man_codes();
	(void)puts(".Sh SEE ALSO\n.Xr tallenne-policy 1");
}
