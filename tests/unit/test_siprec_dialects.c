/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Plays every case of tests/fixtures/siprec through the whole room: each
 * dialog is opened, changed, acknowledged and ended as its client would.
 * Who is who is judged by test_dialects; here: no client is refused for its
 * dialect, one contact per call, and nothing but the fields of S7 leaves
 * the room (marker strings stand in every header that is not needed).
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/siprec_stage.h"

static const char *policy_path, *fixtures;

enum { DIALOGS_MAX = 4, TEXT_MAX = 60000 };

/* Our tag in each dialog of a case, by Call-ID. */
struct dialogs {
	char call_id[DIALOGS_MAX][128];
	char tag[DIALOGS_MAX][64];
	int count;
};

static bool header(const char *text, const char *name, char *out, size_t size)
{
	const char *at = strstr(text, name);
	const char *end = at ? strchr(at + 1, '\n') : NULL;

	if (!end)
		return false;
	at += strlen(name);
	snprintf(out, size, "%.*s", (int)(end - at), at);
	return true;
}

static int find_dialog(struct dialogs *dialogs, const char *text)
{
	char call_id[128];

	if (!header(text, "\nCall-ID: ", call_id, sizeof(call_id)) &&
	    !header(text, "\ni: ", call_id, sizeof(call_id)))
		return -1;
	for (int i = 0; i < dialogs->count; i++)
		if (!strcmp(dialogs->call_id[i], call_id))
			return i;
	assert_true(dialogs->count < DIALOGS_MAX);
	memcpy(dialogs->call_id[dialogs->count], call_id, sizeof(call_id));
	dialogs->tag[dialogs->count][0] = '\0';
	return dialogs->count++;
}

/* The client's ACK or BYE, made from its own INVITE's headers. */
static void follow(struct stage *stage, const char *invite, const char *method,
		   unsigned cseq)
{
	char from[1024] = "", call_id[128] = "", text[2048];
	static int branch;

	if (!header(invite, "\nFrom: ", from, sizeof(from)))
		(void)header(invite, "\nf: ", from, sizeof(from));
	if (!header(invite, "\nCall-ID: ", call_id, sizeof(call_id)))
		(void)header(invite, "\ni: ", call_id, sizeof(call_id));
	snprintf(text, sizeof(text),
		 "%s sip:srs@192.0.2.10 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKf%d\n"
		 "Max-Forwards: 70\nFrom: %s\n"
		 "To: <sip:srs@192.0.2.10>;tag=%s\nCall-ID: %s\n"
		 "CSeq: %u %s\nContent-Length: 0\n\n",
		 method, ++branch, from, stage->tag, call_id, cseq, method);
	stage_client(stage, text);
	stage_pump(stage);
}

static unsigned cseq_of(const char *text)
{
	char value[64];
	unsigned cseq = 0;

	assert_true(header(text, "\nCSeq: ", value, sizeof(value)));
	assert_int_equal(sscanf(value, "%u", &cseq), 1);
	return cseq;
}

static void leak_nothing(const struct stage *stage, const char *name)
{
	for (int i = 0; i < stage->letter_count; i++)
		if (memmem(&stage->letters[i], sizeof(union stage_letter),
			   "MARKER", 6))
			fail_msg("%s: a marker reached another room", name);
}

static void play_step(struct stage *stage, struct dialogs *dialogs,
		      const char *name, const char *text)
{
	int dialog = find_dialog(dialogs, text);
	bool is_ack = !strncmp(text, "ACK ", 4);
	const char *answer;

	assert_true(dialog >= 0);
	memcpy(stage->tag, dialogs->tag[dialog], sizeof(stage->tag));
	stage->sent_count = 0;
	stage_client(stage, text);
	stage_pump(stage);
	if (is_ack)
		return;
	answer = stage_last(stage);
	if (strncmp(answer, "SIP/2.0 200", 11) != 0 &&
	    strncmp(answer, "SIP/2.0 403", 11) != 0)
		fail_msg("%s: %.60s", name, answer);
	if (strncmp(answer, "SIP/2.0 200", 11) != 0)
		return;
	stage_learn_tag(stage);
	memcpy(dialogs->tag[dialog], stage->tag, sizeof(stage->tag));
	/* A client that offered nothing answers in an ACK of its own. */
	if (!strncmp(text, "INVITE", 6) && strstr(text, "m=audio"))
		follow(stage, text, "ACK", cseq_of(text));
}

static char *load(const char *name)
{
	static char text[TEXT_MAX];
	char path[512];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", fixtures, name);
	file = fopen(path, "r");
	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* Who is no caller of a service number. */
static bool is_not_ours(const char *name)
{
	return strstr(name, "-out") || strstr(name, "-internal");
}

static bool play(const char *name, const char *service_number)
{
	struct stage *stage = stage_new(policy_path);
	struct dialogs dialogs = { .count = 0 };
	char *text = load(name), *next;
	char first[DIALOGS_MAX][TEXT_MAX / DIALOGS_MAX];
	bool is_recorded;

	stage_pump(stage);
	snprintf(stage->recorder.clients.client[0].service_number, NUMBER_SIZE,
		 "%s", service_number);
	for (int step = 0; text; text = next, step++) {
		next = strstr(text, "\n=====\n");
		if (next) {
			next[1] = '\0';
			next += 7;
		}
		play_step(stage, &dialogs, name, text);
		int dialog = find_dialog(&dialogs, text);

		if (!strncmp(text, "INVITE", 6))
			snprintf(first[dialog], sizeof(first[dialog]),
				 "%.14000s", text);
	}
	/* What is recorded depends on the policy, never on the dialect. */
	if (stage->recorder.contact_count > 1)
		fail_msg("%s: %u contacts", name,
			 stage->recorder.contact_count);
	for (int i = 0; i < dialogs.count; i++) {
		if (dialogs.tag[i][0] == '\0')
			continue;
		memcpy(stage->tag, dialogs.tag[i], sizeof(stage->tag));
		follow(stage, first[i], "BYE", 60000);
		if (strncmp(stage_last(stage), "SIP/2.0 200", 11) != 0)
			fail_msg("%s: BYE: %.60s", name, stage_last(stage));
	}
	if (stage->recorder.session_count != 0)
		fail_msg("%s: a session is left", name);
	leak_nothing(stage, name);
	is_recorded = stage_row(stage) != NULL;
	stage_free(stage);
	return is_recorded;
}

static void a_client_that_tells_no_number_can_be_given_one(void **state)
{
	(void)state;
	assert_false(play("06-audiocodes-legacy.txt", ""));
	assert_true(play("06-audiocodes-legacy.txt", "+358295550100"));
}

static void every_dialect_is_recorded(void **state)
{
	struct dirent **names;
	int count = scandir(fixtures, &names, NULL, alphasort), played = 0;

	(void)state;
	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');

		if (dot && !strcmp(dot, ".txt") &&
		    strcmp(names[i]->d_name, "house.txt") != 0) {
			(void)play(names[i]->d_name, "");
			if (play(names[i]->d_name, "+358295550100") ==
			    is_not_ours(names[i]->d_name))
				fail_msg("%s: recorded or not, wrongly",
					 names[i]->d_name);
			played++;
		}
		free(names[i]);
	}
	free(names);
	assert_true(played >= 13);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_is_recorded),
		cmocka_unit_test(
			a_client_that_tells_no_number_can_be_given_one),
	};

	assert_int_equal(argc, 3);
	policy_path = argv[1];
	fixtures = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
