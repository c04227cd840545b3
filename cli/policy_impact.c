/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne policy impact: what a policy would do to what is there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/door.h"
#include "cli/policy.h"
#include "cli/say.h"
#include "register/register.h"

static const struct {
	const char *word, *name;
	uint32_t data_class;
} kinds[] = {
	{ "recordings of calls", "calls", SEAL_CLASS_AUDIO },
	{ "contacts", "contacts", SEAL_CLASS_CONTACT },
	{ "contents of chats", "chats", SEAL_CLASS_CHAT },
};

static void tell_text(const struct door_impact *impact)
{
	(void)printf("%-20s %10s %12s %16s %10s\n", "", "there are",
		     "end earlier", "by days", "at once");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const uint32_t c = kinds[i].data_class;
		char days[32] = "-";

		if (impact->of[c].earlier > 0)
			(void)snprintf(
				days, sizeof(days), "%" PRIu32 " to %" PRIu32,
				impact->of[c].days_min, impact->of[c].days_max);
		(void)printf("%-20s %10" PRIu64 " %12" PRIu64 " %16s %10" PRIu64
			     "\n",
			     kinds[i].word, impact->of[c].count,
			     impact->of[c].earlier, days,
			     impact->of[c].at_once);
	}
	(void)printf("A longer promise changes nothing of what is there.\n");
}

static void tell_json(const struct door_impact *impact)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const uint32_t c = kinds[i].data_class;
		json_t *object = json_pack(
			"{s:s, s:I, s:I, s:I, s:I, s:I}", "kind", kinds[i].name,
			"count", (json_int_t)impact->of[c].count, "earlier",
			(json_int_t)impact->of[c].earlier, "days_min",
			(json_int_t)impact->of[c].days_min, "days_max",
			(json_int_t)impact->of[c].days_max, "at_once",
			(json_int_t)impact->of[c].at_once);

		(void)json_dumpf(object, stdout, JSON_COMPACT);
		(void)putchar('\n');
		json_decref(object);
	}
}

static int ask(const char *run, int file, struct door_impact *ret_impact)
{
	OWNED(drop_fd) int door = door_enter(run, "register");
	const struct letter_fds fds = { { file, -1, -1, -1 }, 1 };
	struct door_impact question = {
		.head = { .type = DOOR_IMPACT, .size = sizeof(question) },
	};
	int r;

	if (door < 0)
		return door;
	r = door_ask(door, &question.head, &fds, &ret_impact->head, DOOR_IMPACT,
		     sizeof(*ret_impact), DOOR_LONG_WAIT_MS);
	if (r == 0 && ret_impact->result < 0) {
		say_error("the register says: %s",
			  strerror(-ret_impact->result));
		r = ret_impact->result;
	}
	return r;
}

int policy_impact(const char *file, const char *run, bool json)
{
	OWNED(drop_fd) int fd = -1;
	struct policy *policy = NULL;
	struct door_impact impact;
	int status = policy_load(file, stderr, false, &policy);

	policy_free(policy);
	if (status != EXIT_OK)
		return status;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		say_error("%s: %s", file, strerror(errno));
		return EXIT_ERROR;
	}
	if (ask(run, fd, &impact) < 0)
		return EXIT_LATER;
	if (json)
		tell_json(&impact);
	else
		tell_text(&impact);
	return EXIT_OK;
}
