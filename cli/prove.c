/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Each sentence of the notice is held against what is there: rows of the
 * register, by counting; and what anybody reads at the public pages. What
 * nothing here can look at is said to be so; it is no proof.
 */
#include "cli/prove.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/door.h"
#include "cli/say.h"
#include "register/register.h"

enum verdict { HELD, BROKEN, NOT_APPLICABLE, NOT_LOOKED_AT, VERDICTS };

static const char *const verdict_words[VERDICTS] = { "held", "broken",
						     "not applicable",
						     "not looked at" };

/* How a sentence is looked at, besides that it is published. */
enum way {
	BY_REGISTER, /* counts of the register */
	BY_NOTICE,   /* it is a sentence of the notice, and stands there */
	BY_VERSION,  /* what is published is what holds */
	BY_PAGE,     /* anybody gets it, in Finnish and Swedish */
	BY_CLAUSE,   /* the same of what a policy need not foresee */
};

#define CHECK(name) (1U << DOOR_PROOF_##name)

struct promise {
	const char *id;
	enum way way;
	uint32_t checks;
	const char *looked; /* at what */
};

static const struct promise promises[] = {
	{ "S1", BY_NOTICE, 0, "who is responsible stands in the notice" },
	{ "S2", BY_REGISTER, CHECK(PURPOSES),
	  "readings, each for a purpose that its role was granted" },
	{ "S3", BY_REGISTER, CHECK(SETS),
	  "recordings in training sets, each still there, for its purpose" },
	{ "S4", BY_REGISTER, CHECK(FIGURES),
	  "figures of service, none of fewer than ten contacts" },
	{ "S5", BY_REGISTER, CHECK(NOTES),
	  "notes, each sealed beside its recording for its purpose" },
	{ "S6", BY_NOTICE, 0, "the legal basis stands in the notice" },
	{ "S7", BY_REGISTER, CHECK(FIELDS) | CHECK(SEALED),
	  "columns and callers' numbers: only what was promised, sealed" },
	{ "S8", BY_REGISTER, CHECK(SERVICES),
	  "calls, to service numbers that are recorded" },
	{ "S9", BY_NOTICE, 0, "which calls are recorded stands in the notice" },
	{ "S10", BY_REGISTER, CHECK(BEGINS),
	  "recordings, none with sound from before the answer" },
	{ "S11", BY_REGISTER, CHECK(ENDS),
	  "recordings, none with sound from after the end" },
	{ "S12", BY_REGISTER, CHECK(FIELDS) | CHECK(VISITORS),
	  "columns and chats: only what was promised" },
	{ "S13", BY_REGISTER, CHECK(VISITORS),
	  "chats, none begun by another way than a visitor's" },
	{ "S14", BY_REGISTER, CHECK(SINCE),
	  "contacts, none from before collection started" },
	{ "S15", BY_REGISTER, CHECK(DISCLOSED),
	  "disclosures that are foreseen, none of them standing" },
	{ "S16", BY_CLAUSE, 0,
	  "lending for research stands in the notice; nothing can be lent" },
	{ "S17", BY_CLAUSE, 0,
	  "that it comes back stands in the notice; nothing can be lent" },
	{ "S18", BY_REGISTER, CHECK(PLACES),
	  "places and processors, none outside the EU and the EEA" },
	{ "S19", BY_REGISTER, CHECK(CALLS) | CHECK(CALL_KEYS) | CHECK(LOG),
	  "recordings of calls, none beyond its end unless held; the vault's "
	  "oldest key of them; the audit log's oldest day" },
	{ "S20", BY_REGISTER, CHECK(HISTORY) | CHECK(HISTORY_KEYS),
	  "contacts, none beyond its end unless held; the vault's oldest key "
	  "of them" },
	{ "S21", BY_REGISTER, CHECK(CHATS) | CHECK(CHAT_KEYS),
	  "contents of chats, none beyond its end unless held; the vault's "
	  "oldest key of them" },
	/* And by tests/unit/test_no_profile.py. */
	{ "S22", BY_REGISTER, CHECK(FIELDS),
	  "columns: no score, rank or profile" },
	{ "S23", BY_REGISTER, CHECK(ACTORS),
	  "holds and restrictions, each decided by a person" },
	{ "S24", BY_NOTICE, 0,
	  "the right to see stands in the notice; no request is kept here" },
	{ "S25", BY_NOTICE, 0, "how to make a request stands in the notice" },
	{ "S26", BY_NOTICE, 0,
	  "the right to correct stands in the notice; none is kept here" },
	{ "S27", BY_REGISTER, CHECK(RESTRICTED),
	  "restrictions, nothing of them read since" },
	{ "S28", BY_NOTICE, 0, "where to complain stands in the notice" },
	{ "S29", BY_VERSION, 0, "what is published is the policy that holds" },
	{ "S30", BY_PAGE, 0, "the notice without a login or a cookie" },
};

struct evidence {
	char address[DOOR_ADDRESS_SIZE]; /* of the public pages, or empty */
	json_t *notice;			 /* or NULL */
	struct door_proof proof;
};

struct finding {
	enum verdict verdict;
	uint64_t count, broken;
};

static struct finding look_at_register(const struct promise *promise,
				       const struct evidence *evidence)
{
	struct finding found = { .verdict = HELD };

	for (unsigned i = 0; i < DOOR_PROOFS; i++) {
		if (!(promise->checks & 1U << i))
			continue;
		found.count += evidence->proof.check[i].looked_at;
		found.broken += evidence->proof.check[i].broken;
	}
	if (found.broken > 0)
		found.verdict = BROKEN;
	return found;
}

static struct finding look_at_version(const struct evidence *evidence)
{
	const char *sha256 = json_string_value(json_object_get(
		json_object_get(evidence->notice, "policy"), "sha256"));
	char holds[9];

	(void)snprintf(holds, sizeof(holds), "%08x", evidence->proof.policy);
	if (!sha256 || strncmp(sha256, holds, 8) != 0)
		return (struct finding){ BROKEN, 1, 1 };
	return (struct finding){ HELD, 1, 0 };
}

static struct finding look_at_page(const struct evidence *evidence)
{
	static const char *const paths[] = { "/notice?lang=fi",
					     "/notice?lang=sv",
					     "/notice.json" };
	struct finding found = { .verdict = HELD };

	for (size_t i = 0; i < COUNT(paths); i++) {
		struct prove_answer answer;
		int r = prove_get(evidence->address, paths[i], &answer);

		found.count++;
		if (r < 0 || answer.status != 200 || answer.sets_cookie)
			found.broken++;
		free(answer.body);
	}
	if (found.broken > 0)
		found.verdict = BROKEN;
	return found;
}

static struct finding look(const struct promise *promise,
			   const struct evidence *evidence)
{
	size_t clauses = prove_clauses(evidence->notice, promise->id);
	struct finding found = { .verdict = NOT_LOOKED_AT };

	if (promise->way == BY_CLAUSE && evidence->notice)
		return (struct finding){ clauses ? HELD : NOT_APPLICABLE,
					 clauses, 0 };
	if (promise->way == BY_REGISTER)
		found = look_at_register(promise, evidence);
	else if (promise->way == BY_NOTICE && evidence->notice)
		found = (struct finding){ HELD, clauses, 0 };
	else if (promise->way == BY_VERSION && evidence->notice)
		found = look_at_version(evidence);
	else if (promise->way == BY_PAGE && evidence->address[0])
		found = look_at_page(evidence);
	/* What is kept but not published is no promise that anybody knows. */
	if (found.verdict == HELD && evidence->notice && clauses == 0 &&
	    promise->way != BY_PAGE)
		found = (struct finding){ BROKEN, 0, 1 };
	return found;
}

static void tell(const struct promise *promise, const struct finding *found,
		 bool json)
{
	const char *word = verdict_words[found->verdict];
	json_t *object;

	if (!json) {
		(void)printf("%-4s %-15s %8" PRIu64 "  %s", promise->id, word,
			     found->count, promise->looked);
		if (found->broken > 0)
			(void)printf(" - %" PRIu64 " are not so",
				     found->broken);
		(void)putchar('\n');
		return;
	}
	object = json_pack("{s:s, s:s, s:I, s:I, s:s}", "sentence", promise->id,
			   "verdict", word, "count", (json_int_t)found->count,
			   "broken", (json_int_t)found->broken, "looked_at",
			   promise->looked);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static int gather(const char *run, struct evidence *evidence)
{
	OWNED(drop_fd) int door = door_enter(run, "register");
	struct door_proof ask = {
		.head = { .type = DOOR_PROOF, .size = sizeof(ask) },
	};
	int r;

	if (door < 0)
		return door;
	r = door_ask(door, &ask.head, NULL, &evidence->proof.head, DOOR_PROOF,
		     sizeof(evidence->proof), DOOR_LONG_WAIT_MS);
	if (r == 0 && evidence->proof.result < 0) {
		say_error("the register says: %s",
			  strerror(-evidence->proof.result));
		r = evidence->proof.result;
	}
	if (r < 0)
		return r;
	if (evidence->proof.is_locked)
		say_error("the vault is locked or away: its keys and its log "
			  "are not looked at");
	if (door_address(run, "counter.web", evidence->address) < 0)
		evidence->address[0] = '\0';
	r = evidence->address[0]
		    ? prove_get_notice(evidence->address, &evidence->notice)
		    : -ENOENT;
	if (r < 0)
		say_error("the published notice cannot be read (%s): what "
			  "stands there is not looked at",
			  strerror(-r));
	return 0;
}

static int prove_all(const struct evidence *evidence, const char *sentence,
		     bool json)
{
	unsigned int count[VERDICTS] = { 0 }, told = 0;

	for (size_t i = 0; i < COUNT(promises); i++) {
		struct finding found;

		if (sentence && strcmp(sentence, promises[i].id) != 0)
			continue;
		found = look(&promises[i], evidence);
		tell(&promises[i], &found, json);
		count[found.verdict]++;
		told++;
	}
	if (told == 0) {
		say_error("there is no sentence \"%s\": S1 to S30", sentence);
		return EXIT_USAGE;
	}
	if (!json && !sentence)
		(void)printf("%u held, %u broken, %u not applicable, %u not "
			     "looked at here\n",
			     count[HELD], count[BROKEN], count[NOT_APPLICABLE],
			     count[NOT_LOOKED_AT]);
	return count[BROKEN] > 0 ? EXIT_FOUND : EXIT_OK;
}

int prove_notice(const char *run, const char *sentence, bool json)
{
	struct evidence evidence = { .notice = NULL };
	int status = EXIT_LATER;

	if (gather(run, &evidence) == 0)
		status = prove_all(&evidence, sentence, json);
	json_decref(evidence.notice);
	return status;
}
