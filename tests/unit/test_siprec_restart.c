/* SPDX-License-Identifier: EUPL-1.2 */
/* What others forget, and what this room does when it begins anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/siprec_talk.h"

static const char *policy_path;

static int set_up(void **state)
{
	*state = stage_new(policy_path);
	stage_pump(*state);
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

static void without_the_register_the_journal_goes_on(void **state)
{
	struct stage *stage = *state;

	register_lost(&stage->recorder);
	establish(stage);
	bye(stage, 2);
	assert_int_equal(journal_backlog(stage->recorder.journal), 1);
	close(stage->registry);
	register_line(&stage->recorder, stage_line(&stage->registry));
	stage_pump(stage);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ENDED);
	assert_int_equal(journal_backlog(stage->recorder.journal), 0);
}

/* Media begins anew and knows nothing. */
static void restart_media(struct stage *stage)
{
	media_lost(&stage->recorder, 0);
	close(stage->media);
	stage->letter_count = 0;
	stage->media_forgot = true;
	media_line(&stage->recorder, 0, stage_line(&stage->media));
	stage_pump(stage);
}

static void a_new_media_goes_on_with_the_same_ports(void **state)
{
	struct stage *stage = *state;
	struct id first;

	establish(stage);
	first = stage_find(stage, stage->media, MEDIA_OPEN)->open.call;
	restart_media(stage);
	const struct media_open *open =
		&stage_find(stage, stage->media, MEDIA_OPEN)->open;
	assert_int_equal(open->segment, 1);
	assert_false(id_is(&open->call, &first));
	assert_int_equal(open->streams[0].want_port, 20000);
	assert_int_equal(open->streams[1].want_port, 20002);
	assert_int_equal(open->answered_at, STAGE_BEGAN);
	assert_true(stage_row(stage)->flags & REGISTER_FLAG_SEGMENTS);
}

static void a_refused_reopening_is_tried_until_it_is_taken(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage->media_is_full = true;
	restart_media(stage);
	assert_int_equal(stage_count(stage, stage->media, MEDIA_OPEN), 1);
	stage_wait(stage, 20000);
	/* After 0.5, 1.5, 3.5, 7.5 and 15.5 seconds, or a tick later. */
	assert_int_equal(stage_count(stage, stage->media, MEDIA_OPEN), 6);
	/* Meanwhile nobody new may get its ports, and is told so at once. */
	assert_int_equal(media_choose(&stage->recorder, 0), -EBUSY);
	stage->media_is_full = false;
	stage_wait(stage, 8500);
	assert_int_equal(stage_count(stage, stage->media, MEDIA_OPEN), 7);
	const struct media_open *open =
		&stage_find(stage, stage->media, MEDIA_OPEN)->open;
	assert_int_equal(open->segment, 1);
	assert_int_equal(open->streams[0].want_port, 20000);
	assert_int_equal(media_choose(&stage->recorder, 0), 0);
	stage_wait(stage, 20000);
	assert_int_equal(stage_count(stage, stage->media, MEDIA_OPEN), 7);
	bye(stage, 2);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_BYE);
}

static void a_refused_call_that_ends_is_not_tried_again(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage->media_is_full = true;
	restart_media(stage);
	bye(stage, 2);
	stage_wait(stage, 20000);
	assert_int_equal(stage_count(stage, stage->media, MEDIA_OPEN), 1);
	assert_int_equal(media_choose(&stage->recorder, 0), 0);
}

static void a_new_stream_takes_no_port_of_those_coming_back(void **state)
{
	struct stage *stage = *state;
	struct contact *contact;

	establish(stage);
	media_lost(&stage->recorder, 0);
	/* A stream more while media is away. */
	contact = &stage->recorder.contacts[0];
	contact->call.stream_count = 3;
	contact->call.streams[2] = contact->call.streams[1];
	contact->call.streams[2].want_port = 0;
	contact_post_due(&stage->recorder, contact);
	restart_media(stage);
	for (int i = 0; i < stage->letter_count; i++)
		if (stage->letters[i].head.type == MEDIA_OPEN)
			assert_int_equal(
				stage->letters[i].open.streams[2].state,
				CALL_STREAM_FREE);
	assert_int_equal(contact->posted, contact->wanted);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CHANGE)
				 ->open.streams[2]
				 .state,
			 CALL_STREAM_LIVE);
	assert_int_equal(contact->port[2], 20004);
}

static void a_killed_room_goes_on_with_every_dialog(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_end(stage);
	stage->letter_count = 0;
	stage_begin(stage, policy_path);
	stage_pump(stage);
	assert_int_equal(stage->recorder.session_count, 1);
	assert_non_null(stage_find(stage, stage->media, MEDIA_CHANGE));
	bye(stage, 2);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ENDED);
	assert_int_equal(stage_row(stage)->number, 1);
	assert_int_equal(
		stage_find(stage, stage->media, MEDIA_CLOSE)->close.reason,
		CALL_END_BYE);
}

/* What the house keeps of the room, as it was when the client was answered. */
static int kept = -1;

static void copy_all(int to, int from)
{
	struct stat about;
	off_t at = 0;

	assert_int_equal(fstat(from, &about), 0);
	assert_int_equal(ftruncate(to, 0), 0);
	assert_int_equal(lseek(to, 0, SEEK_SET), 0);
	while (at < about.st_size)
		assert_true(sendfile(to, from, &at,
				     (size_t)(about.st_size - at)) > 0);
}

static int send_and_keep(void *self, const struct flow *flow,
			 struct slice bytes)
{
	struct stage *stage = self;

	if (kept < 0 && bytes.size > 12 &&
	    memcmp(bytes.at, "SIP/2.0 200 ", 12) == 0) {
		kept = memfd_create("kept", MFD_CLOEXEC);
		copy_all(kept, stage->attic);
	}
	return stage_send(stage, flow, bytes);
}

/* Its ACK is there at once, or is lost with the connection: a client that
 * has its 200 never sends the INVITE again. */
static void a_room_killed_as_it_answers_records_the_call(void **state)
{
	struct stage *stage = *state;
	const union stage_letter *change;

	stage->wire.send = send_and_keep;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_true(kept >= 0);
	stage_end(stage);
	copy_all(stage->attic, kept);
	close(kept);
	kept = -1;
	stage->letter_count = 0;
	stage_begin(stage, policy_path);
	stage_pump(stage);
	assert_int_equal(stage->recorder.session_count, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
	/* Media goes on at the ports that the client has been told. */
	change = stage_find(stage, stage->media, MEDIA_CHANGE);
	assert_non_null(change);
	assert_int_equal(change->open.streams[0].want_port, 20000);
	assert_int_equal(change->open.streams[1].want_port, 20002);
	ack(stage, 1);
	bye(stage, 2);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ENDED);
	assert_int_equal(stage_row(stage)->number, 1);
}

static void a_power_cut_ends_calls_as_lost(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_end(stage);
	close(stage->attic);
	stage->attic = memfd_create("attic", MFD_CLOEXEC);
	stage_begin(stage, policy_path);
	assert_int_equal(journal_each_open(stage->recorder.journal,
					   contact_mourn, &stage->recorder),
			 0);
	stage_pump(stage);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ENDED);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_LOST);
}

static void a_spoilt_attic_is_not_believed(void **state)
{
	struct stage *stage = *state;
	uint8_t *memory;

	establish(stage);
	stage_end(stage);
	memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED,
		      stage->attic, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	memset(memory + 64, 0xff, (1 << 20) - 64);
	munmap(memory, 1 << 20);
	stage_begin(stage, policy_path);
	stage_pump(stage);
	assert_int_equal(stage->recorder.session_count, 0);
}

static void a_restarted_client_begins_anew(void **state)
{
	struct stage *stage = *state;
	char text[16384];
	char *tag;

	establish(stage);
	stage->tag[0] = '\0';
	snprintf(text, sizeof(text), "%s",
		 message("INVITE", 1, "j1", "", EXTRA, MIXED,
			 both(sdp(1, "sendonly"), metadata(CALLER, SERVICE))));
	tag = strstr(text, "tag=a1");
	memcpy(tag, "tag=a9", 6);
	stage_client(stage, text);
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage->recorder.session_count, 1);
	assert_int_equal(stage_row(stage)->number, 2);
}

static void a_dead_journal_stops_everything(void **state)
{
	struct stage *stage = *state;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC); /* no sync */

	journal_close(stage->recorder.journal);
	assert_int_equal(journal_open(null, &stage->recorder.journal), 0);
	journal_learn(stage->recorder.journal, 0);
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_true(stage->recorder.is_failed);
	assert_null(stage_find(stage, stage->media, MEDIA_OPEN));
	assert_null(strstr(stage_last(stage), "200 OK"));
}

static void on_a_full_disk_calls_wait_and_none_is_lost(void **state)
{
	struct stage *stage = *state;
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	int roomy = memfd_create("journal", MFD_CLOEXEC);

	journal_close(stage->recorder.journal);
	assert_int_equal(journal_open(full, &stage->recorder.journal), 0);
	journal_learn(stage->recorder.journal, 0);
	invite_as(stage, CALLER, SERVICE, "sendonly");
	for (int i = 0; i < 3; i++)
		recorder_commit(&stage->recorder);
	assert_false(stage->recorder.is_failed);
	assert_true(stage->recorder.is_stalled);
	assert_null(stage_find(stage, stage->media, MEDIA_OPEN));

	/* There is space again. */
	assert_true(dup2(roomy, full) >= 0);
	close(roomy);
	recorder_commit(&stage->recorder);
	assert_false(stage->recorder.is_stalled);
	stage_pump(stage);
	assert_non_null(stage_find(stage, stage->media, MEDIA_OPEN));
	assert_non_null(strstr(stage_last(stage), "200 OK"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(without_the_register_the_journal_goes_on),
		CASE(a_new_media_goes_on_with_the_same_ports),
		CASE(a_refused_reopening_is_tried_until_it_is_taken),
		CASE(a_refused_call_that_ends_is_not_tried_again),
		CASE(a_new_stream_takes_no_port_of_those_coming_back),
		CASE(a_killed_room_goes_on_with_every_dialog),
		CASE(a_power_cut_ends_calls_as_lost),
		CASE(a_room_killed_as_it_answers_records_the_call),
		CASE(a_spoilt_attic_is_not_believed),
		CASE(a_restarted_client_begins_anew),
		CASE(a_dead_journal_stops_everything),
		CASE(on_a_full_disk_calls_wait_and_none_is_lost),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
