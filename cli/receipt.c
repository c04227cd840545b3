/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/receipt.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/dates.h"
#include "cli/door.h"
#include "cli/say.h"
#include "register/register.h"
#include "vault/vault.h"

enum { PROOF_MAX = 1 << 16 };

static const char *kind_of(uint32_t kind, uint32_t data_class)
{
	if (kind == 2)
		return data_class == SEAL_CLASS_CHAT ? "content of a chat"
						     : "recording of a call";
	return kind == 3 ? "contact by chat" : "contact by telephone";
}

static const char *class_of(uint32_t data_class)
{
	static const char *const names[SEAL_CLASSES] = {
		[SEAL_CLASS_AUDIO] = "audio",
		[SEAL_CLASS_CONTACT] = "contact",
		[SEAL_CLASS_CHAT] = "chat",
	};

	return data_class < COUNT(names) && names[data_class]
		       ? names[data_class]
		       : "unknown";
}

static const char *cause_of(uint32_t cause)
{
	switch (cause) {
	case 1:
		return "its end date came";
	case 2:
		return "it was a test call";
	case 3:
		return "it was decided so before its end (early_erase)";
	default:
		return "unknown";
	}
}

/* The proof of an entry, if the vault gives it; NULL: not now. */
static char *prove(const char *run, int64_t seq, size_t *ret_size)
{
	OWNED(drop_fd) int file = memfd_create("proof", MFD_CLOEXEC);
	OWNED(drop_fd) int end = -1;
	struct vault_door ask = { .head = { .type = VAULT_DOOR_PROVE,
					    .size = sizeof(ask) } };
	struct letter_fds fds = { { file, -1, -1, -1 }, 1 };
	struct vault_door answer;
	char *text = NULL;

	if (file < 0 || seq < 0)
		return NULL;
	end = door_go(run, "vault");
	if (end < 0)
		return NULL;
	ask.text_size =
		(uint32_t)snprintf(ask.text, sizeof(ask.text), "%" PRId64, seq);
	if (line_ask(end, &ask.head, &fds, &answer.head, VAULT_DOOR_IS,
		     sizeof(answer), NULL, DOOR_WAIT_MS) < 0 ||
	    answer.result < 0 ||
	    file_read(file, PROOF_MAX, &text, ret_size) < 0)
		return NULL;
	return text;
}

/* Its key's death as an entry and a proof, in words or as JSON. */
static void tell_key(const char *run, const char *what, seal_date date,
		     int64_t at, int64_t seq, json_t *into)
{
	OWNED(drop_memory) char *proof = NULL;
	char day[DATES_TEXT_SIZE], when[DATES_TEXT_SIZE];
	size_t size = 0;

	dates_text(date, day);
	dates_time_text(at, when);
	proof = at ? prove(run, seq, &size) : NULL;
	if (into) {
		json_object_set_new(
			into, what,
			json_pack("{s:s, s:s, s:I, s:o*}", "end", day,
				  "destroyed_at", when, "audit_entry",
				  (json_int_t)seq, "proof",
				  proof ? json_stringn(proof, size) : NULL));
		return;
	}
	if (!at) {
		(void)printf("  %s of %s: not destroyed yet\n", what, day);
		return;
	}
	(void)printf("  %s%s%s destroyed %s, audit entry %" PRId64 "\n", what,
		     day[0] ? " of " : "", day, when, seq);
	if (proof)
		(void)fwrite(proof, 1, size, stdout);
	else
		(void)printf("  (no proof of the entry now: the vault is "
			     "locked or away)\n");
}

int receipt_print(const char *run, int end, const struct id *item, bool json)
{
	struct door_receipt ask = {
		.head = { .type = DOOR_RECEIPT, .size = sizeof(ask) },
		.item = *item,
	}, got;

	if (door_ask(end, &ask.head, NULL, &got.head, DOOR_RECEIPT, sizeof(got),
		     DOOR_WAIT_MS) < 0)
		return EXIT_LATER;
	if (got.alive > 0 && !json)
		(void)printf("Of this, %" PRIu64 " %s still here.\n", got.alive,
			     got.alive == 1 ? "is" : "are");
	if (got.result < 0) {
		say_error("nothing of that id was erased");
		return EXIT_ERROR;
	}
	for (uint32_t i = 0; i < got.count && i < DOOR_TOMBS_MAX; i++) {
		char id[ID_TEXT_SIZE], when[DATES_TEXT_SIZE];
		char day[DATES_TEXT_SIZE];
		json_t *object = NULL;

		id_text(&got.tomb[i].item, id);
		dates_text(got.tomb[i].end, day);
		dates_time_text(got.tomb[i].at, when);
		if (json)
			object = json_pack(
				"{s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "item",
				id, "kind",
				kind_of(got.tomb[i].kind,
					got.tomb[i].data_class),
				"class", class_of(got.tomb[i].data_class),
				"number", (json_int_t)got.tomb[i].number, "end",
				day, "cause", cause_of(got.tomb[i].cause),
				"erased_at", when);
		else
			(void)printf(
				"%s  %s number %" PRIu64
				"\n  class %s, kept until %s, erased %s: %s\n",
				id,
				kind_of(got.tomb[i].kind,
					got.tomb[i].data_class),
				got.tomb[i].number,
				class_of(got.tomb[i].data_class), day, when,
				cause_of(got.tomb[i].cause));
		if (got.tomb[i].key_date)
			tell_key(run, "key", got.tomb[i].key_date,
				 got.tomb[i].key_gone_at, got.tomb[i].key_seq,
				 object);
		if (got.tomb[i].hold_gone_at)
			tell_key(run, "hold_key", 0, got.tomb[i].hold_gone_at,
				 got.tomb[i].hold_seq, object);
		if (object) {
			(void)json_dumpf(object, stdout, JSON_COMPACT);
			(void)putchar('\n');
		}
		json_decref(object);
	}
	return EXIT_OK;
}
