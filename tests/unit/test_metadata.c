/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "siprec/parse/metadata.h"

#define ALICE                                                                  \
	"<participant participant_id='a'><nameID "                             \
	"aor='sip:a@b'/></participant>"                                        \
	"<participantstreamassoc participant_id='a'><send>s</send>"            \
	"</participantstreamassoc><stream stream_id='s'><label>1</label>"      \
	"</stream>"

static struct metadata known;
static char bomb[METADATA_SIZE_MAX + 64];

static int begin(void **state)
{
	(void)state;
	metadata_init(&known);
	return 0;
}

static size_t fill(size_t used, const char *text, size_t limit)
{
	size_t size = strlen(text);

	while (used + size < limit) {
		memcpy(bomb + used, text, size);
		used += size;
	}
	return used;
}

static size_t put(size_t used, const char *text)
{
	memcpy(bomb + used, text, strlen(text));
	return used + strlen(text);
}

/* Of this process alone: the machine may have other things to do. */
static nanoseconds time_used(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * NS_PER_S + used.tv_nsec;
}

/* Refused, soon, and what came before is kept. */
static void check_bomb(size_t size, uint32_t participants)
{
	nanoseconds from = time_used();
	int r = metadata_apply(&known, (struct slice){ bomb, size });
	nanoseconds took = time_used() - from;

	assert_int_equal(r, -EBADMSG);
	assert_true(known.is_broken);
	assert_int_equal(known.participant_count, participants);
	/* 1 ms is the aim; a sanitizer needs some more. */
	assert_true(took < 30 * NS_PER_MS);
}

static void an_entity_bomb_is_refused(void **state)
{
	size_t used = put(0, "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>");

	(void)state;
	for (int i = 1; i < 12; i++)
		used += (size_t)snprintf(
			bomb + used, 256,
			"<!ENTITY a%d '&a%s;&a%s;&a%s;&a%s;&a%s;&a%s;'>", i, "",
			"", "", "", "", "");
	used = put(used, "]><recording>&a;" ALICE "</recording>");
	check_bomb(used, 0);
}

static void nesting_ends_at_the_limit(void **state)
{
	size_t used = put(0, "<recording>" ALICE);

	(void)state;
	check_bomb(fill(used, "<a>", 60000), 1);
}

static void attributes_end_at_the_limit(void **state)
{
	size_t used = put(0, "<recording>" ALICE "<x ");

	(void)state;
	for (int i = 0; i < 5000; i++)
		used += (size_t)snprintf(bomb + used, 32, "a%d='' ", i);
	check_bomb(put(used, "/></recording>"), 1);
}

static void an_attribute_of_60_kib_is_cut(void **state)
{
	size_t used = put(0, "<recording><participant participant_id='a'>"
			     "<nameID aor='sip:a@b;");

	(void)state;
	used = fill(used, "x", 60000);
	used = put(used, "'/></participant></recording>");
	assert_int_equal(metadata_apply(&known, (struct slice){ bomb, used }),
			 0);
	assert_string_equal(known.participants[0].aor, "sip:a@b");
}

static void utf_16_and_nul_are_refused(void **state)
{
	static const char *const ascii = "<recording>" ALICE "</recording>";
	size_t used = 2;

	(void)state;
	memcpy(bomb, "\xff\xfe", 2);
	for (size_t i = 0; ascii[i]; i++) {
		bomb[used++] = ascii[i];
		bomb[used++] = '\0';
	}
	check_bomb(used, 0);
	memcpy(bomb, "<recording>\0</recording>", 24);
	check_bomb(24, 0);
}

static void size_ends_at_the_limit(void **state)
{
	(void)state;
	check_bomb(fill(put(0, "<recording>" ALICE), "<a/>",
			METADATA_SIZE_MAX + 32),
		   0);
	check_bomb(0, 0);
}

static void lists_end_at_the_limit(void **state)
{
	size_t used = put(0, "<recording>");

	(void)state;
	for (int i = 0; i < 300; i++)
		used += (size_t)snprintf(bomb + used, 128,
					 "<session id='%d'/><stream id='%d'/>"
					 "<participant id='%d'><aor>%d</aor>"
					 "<send>%d</send></participant>",
					 i, i, i, i, i);
	used = put(used, "</recording>");
	assert_int_equal(metadata_apply(&known, (struct slice){ bomb, used }),
			 0);
	assert_int_equal(known.participant_count, METADATA_PARTICIPANTS_MAX);
	assert_int_equal(known.stream_count, METADATA_STREAMS_MAX);
	assert_int_equal(known.send_count, METADATA_PARTICIPANTS_MAX);
	assert_true(known.dropped > 800);
}

static void a_partial_document_changes_what_it_names(void **state)
{
	(void)state;
	assert_int_equal(metadata_apply(&known, SLICE("<recording>" ALICE
						      "</recording>")),
			 0);
	assert_int_equal(
		metadata_apply(&known,
			       SLICE("<r><dataMode> Partial </dataMode>"
				     "<participant id='b'><aor>c@d</aor><send>"
				     "<id>s</id></send></participant>"
				     "<participantsessionassoc "
				     "participant_id='a' session_id='x'>"
				     "<disassociate-time>t</disassociate-time>"
				     "</participantsessionassoc></r>")),
		0);
	assert_int_equal(known.participant_count, 2);
	assert_true(known.participants[0].is_gone);
	assert_string_equal(known.participants[0].aor, "sip:a@b");
	assert_false(known.participants[1].is_gone);
	assert_int_equal(known.send_count, 2);
	assert_non_null(metadata_stream_find(&known, "1"));
	/* A complete one replaces everything. */
	assert_int_equal(
		metadata_apply(&known, SLICE("<r><datamode>complete"
					     "</datamode><participant id='z'>"
					     "<aor>z</aor></participant></r>")),
		0);
	assert_int_equal(known.participant_count, 1);
	assert_null(metadata_stream_find(&known, "1"));
}

static void a_cut_document_takes_nothing_away(void **state)
{
	(void)state;
	assert_int_equal(metadata_apply(&known, SLICE("<recording>" ALICE
						      "</recording>")),
			 0);
	assert_int_equal(metadata_apply(&known, SLICE("<recording><parti")),
			 -EBADMSG);
	assert_int_equal(known.participant_count, 1);
	assert_int_equal(known.send_count, 1);
	assert_true(known.is_seen);
}

static void an_extension_cannot_pose_as_a_participant(void **state)
{
	(void)state;
	assert_int_equal(
		metadata_apply(&known,
			       SLICE("<recording>" ALICE
				     "<extensiondata><participant id='evil'>"
				     "<aor>sip:evil@x</aor></participant>"
				     "<send>s</send><datamode>partial"
				     "</datamode></extensiondata>"
				     "</recording>")),
		0);
	assert_int_equal(known.participant_count, 1);
	assert_false(known.is_partial);
}

static void a_withheld_call_stays_withheld(void **state)
{
	(void)state;
	assert_int_equal(
		metadata_apply(&known, SLICE("<recording>" ALICE
					     "<privacy>critical;id</privacy>"
					     "</recording>")),
		0);
	assert_true(known.is_calling_withheld);
	assert_int_equal(metadata_apply(&known, SLICE("<recording>" ALICE
						      "<privacy>none</privacy>"
						      "</recording>")),
			 0);
	assert_true(known.is_calling_withheld);
	metadata_done(&known);
	assert_true(bytes_are_zero(&known, sizeof(known)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_entity_bomb_is_refused, begin),
		cmocka_unit_test_setup(nesting_ends_at_the_limit, begin),
		cmocka_unit_test_setup(attributes_end_at_the_limit, begin),
		cmocka_unit_test_setup(an_attribute_of_60_kib_is_cut, begin),
		cmocka_unit_test_setup(utf_16_and_nul_are_refused, begin),
		cmocka_unit_test_setup(size_ends_at_the_limit, begin),
		cmocka_unit_test_setup(lists_end_at_the_limit, begin),
		cmocka_unit_test_setup(a_partial_document_changes_what_it_names,
				       begin),
		cmocka_unit_test_setup(a_cut_document_takes_nothing_away,
				       begin),
		cmocka_unit_test_setup(
			an_extension_cannot_pose_as_a_participant, begin),
		cmocka_unit_test_setup(a_withheld_call_stays_withheld, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
