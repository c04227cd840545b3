/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

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

static void a_call_goes_from_invite_to_bye(void **state)
{
	struct stage *stage = *state;
	const struct register_contact *row;

	establish(stage);
	assert_non_null(strstr(stage_last(stage), "m=audio 20000 RTP/AVP 8"));
	assert_non_null(strstr(stage_last(stage), "+sip.srs"));
	assert_non_null(stage_find(stage, stage->media, MEDIA_MARK));
	stage->clock.fixed += 5 * NS_PER_S;
	bye(stage, 2);
	row = stage_row(stage);
	assert_int_equal(row->state, REGISTER_STATE_ENDED);
	assert_int_equal(row->end_reason, CALL_END_BYE);
	assert_int_equal(row->number, 1);
	assert_int_equal(row->answered_at, STAGE_BEGAN);
	assert_int_equal(row->ended_at, STAGE_BEGAN + 5 * NS_PER_S);
	assert_string_equal(row->service_number, SERVICE);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CLOSE)->close.at,
			 row->ended_at);
	assert_int_equal(stage->recorder.session_count, 0);
	stage_wait(stage, 1000);
	assert_int_equal(stage->recorder.contact_count, 0);
}

static void the_caller_is_sealed_and_only_a_tail_stays(void **state)
{
	struct stage *stage = *state;
	const struct register_contact *row;

	establish(stage);
	row = stage_row(stage);
	assert_string_equal(row->caller_tail, "123");
	assert_false(bytes_are_zero(&row->caller, sizeof(row->caller)));
	for (int i = 0; i < stage->letter_count; i++)
		assert_null(memmem(&stage->letters[i],
				   sizeof(union stage_letter), "40555012", 8));
	assert_null(memmem(stage->recorder.contacts, sizeof(struct contact),
			   "40555012", 8));
}

static void media_hears_nothing_before_the_row_is_durable(void **state)
{
	struct stage *stage = *state;
	struct register_contact row;

	stage_client(stage, message("INVITE", 1, "i1", "", EXTRA, MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	assert_non_null(strstr(stage_last(stage), "100 Trying"));
	assert_null(stage_take(stage, stage->media));
	assert_int_equal(journal_unsent(stage->recorder.journal, &row),
			 -ENOENT);
	recorder_commit(&stage->recorder);
	assert_int_equal(stage_take(stage, stage->media)->head.type,
			 MEDIA_OPEN);
}

static void an_inactive_start_waits_for_the_offer(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, SERVICE, "inactive");
	ack(stage, 1);
	assert_int_equal(stage_row(stage)->answered_at, 0);
	stage->clock.fixed += NS_PER_S;
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA, MIXED,
				    both(sdp(2, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	assert_int_equal(stage_row(stage)->answered_at, STAGE_BEGAN + NS_PER_S);
	assert_non_null(strstr(stage_last(stage), "a=recvonly"));
}

static void an_unlisted_number_is_never_taken_for_the_clients_own(void **state)
{
	struct stage *stage = *state;

	snprintf(stage->recorder.clients.client[0].service_number, NUMBER_SIZE,
		 "%s", SERVICE);
	invite_as(stage, CALLER, "+358295559999", "sendonly");
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 403"));
	assert_null(stage_row(stage));
}

static void one_party_is_no_answer_until_the_second_comes(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, "", "sendonly");
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	ack(stage, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_OPEN);
	assert_string_equal(stage_row(stage)->service_number, "");
	stage_client(stage, message("UPDATE", 2, "u1", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, SERVICE)));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
	assert_string_equal(stage_row(stage)->service_number, SERVICE);
}

static void an_unanswered_call_leaves_nothing(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, "", "sendonly");
	ack(stage, 1);
	bye(stage, 2);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
	assert_int_equal(
		stage_find(stage, stage->media, MEDIA_CLOSE)->close.reason,
		CALL_END_REFUSED);
}

static void a_number_that_is_not_listed_is_refused(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, "+358295550199", "sendonly");
	assert_non_null(strstr(stage_last(stage), "403 Not Recorded"));
	assert_null(stage_row(stage));
	assert_null(stage_find(stage, stage->media, MEDIA_OPEN));
	assert_int_equal(stage->recorder.session_count, 0);
}

static void a_repeated_invite_is_answered_the_same(void **state)
{
	struct stage *stage = *state;
	char first[STAGE_SENT_SIZE];

	invite_as(stage, CALLER, SERVICE, "sendonly");
	snprintf(first, sizeof(first), "%s", stage_last(stage));
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_string_equal(stage_last(stage), first);
	assert_int_equal(stage->recorder.contact_count, 1);
	assert_int_equal(stage->recorder.session_count, 1);
}

static void a_200_is_repeated_until_its_ack(void **state)
{
	struct stage *stage = *state;
	int before;

	invite_as(stage, CALLER, SERVICE, "sendonly");
	before = stage->sent_count;
	stage_wait(stage, 4000);
	assert_int_equal(stage->sent_count - before, 3); /* 0.5, 1.5, 3.5 s */
	ack(stage, 1);
	before = stage->sent_count;
	stage_wait(stage, 8000);
	assert_int_equal(stage->sent_count, before);
}

static void without_an_ack_the_call_never_was(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, SERVICE, "sendonly");
	stage_wait(stage, 33000);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
	assert_non_null(strstr(stage_last(stage), "BYE sip:src@192.0.2.20"));
}

static void a_cancelled_invite_is_terminated(void **state)
{
	struct stage *stage = *state;

	stage->media_is_slow = true;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	stage_client(stage, message("CANCEL", 1, "i1", "", "", "", ""));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "487 Request Terminated"));
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
}

static void without_media_the_client_is_told_to_come_again(void **state)
{
	struct stage *stage = *state;

	media_lost(&stage->recorder, 0);
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_non_null(strstr(stage_last(stage), "Retry-After: 5"));
	assert_null(stage_row(stage));
}

static void without_ports_the_client_is_told_to_come_again(void **state)
{
	struct stage *stage = *state;

	stage->media_is_full = true;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
	assert_int_equal(stage->recorder.session_count, 0);
}

static void without_keys_nothing_is_recorded(void **state)
{
	struct stage *stage = *state;

	seal_keyset_free(stage->recorder.keys);
	stage->recorder.keys = NULL;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_null(stage_row(stage));
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

static void say_silent(struct stage *stage)
{
	struct media_closed silent = {
		.head = { .type = MEDIA_SILENT, .size = sizeof(silent) },
		.call = stage_find(stage, stage->media, MEDIA_OPEN)->open.call,
		.last_at = STAGE_BEGAN + 7,
	};

	assert_int_equal(line_post(stage->media, &silent.head, NULL, false), 0);
	stage_pump(stage);
}

static void a_lost_bye_is_found_by_silence(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	say_silent(stage);
	assert_non_null(strstr(stage_last(stage), "OPTIONS sip:src@"));
	stage_wait(stage, 10000);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_SILENCE);
	assert_int_equal(stage_row(stage)->ended_at, STAGE_BEGAN + 7);
	assert_true(stage_row(stage)->flags & REGISTER_FLAG_END_LOST);
}

static void a_quiet_client_that_answers_lives_on(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	say_silent(stage);
	answer_last(stage, "200 OK", "");
	stage_wait(stage, 20000);
	assert_int_equal(stage->recorder.session_count, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
}

static void a_session_that_is_not_refreshed_expires(void **state)
{
	struct stage *stage = *state;

	stage_client(stage, message("INVITE", 1, "i1", "",
				    EXTRA "Session-Expires: 90\n", MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
	assert_non_null(
		strstr(stage_last(stage), "Session-Expires: 90;refresher=uac"));
	ack(stage, 1);
	stage_wait(stage, 50000);
	stage_client(stage, message("UPDATE", 2, "u1", ";tag=b2",
				    EXTRA "Session-Expires: 90\n", "", ""));
	stage_pump(stage);
	stage_wait(stage, 50000);
	assert_int_equal(stage->recorder.session_count, 1);
	stage_wait(stage, 20000);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_EXPIRED);
}

static void we_refresh_by_update_if_the_client_wants_us_to(void **state)
{
	struct stage *stage = *state;

	stage_client(
		stage,
		message("INVITE", 1, "i1", "",
			EXTRA "Session-Expires: 90;refresher=uas\n", MIXED,
			both(sdp(1, "sendonly"), metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	stage_wait(stage, 46000);
	assert_non_null(strstr(stage_last(stage), "UPDATE sip:src@"));
	assert_non_null(strstr(stage_last(stage), "refresher=uac"));
	answer_last(stage, "200 OK", "Session-Expires: 90;refresher=uac\n");
	stage_wait(stage, 46000);
	assert_non_null(strstr(stage_last(stage), "UPDATE sip:src@"));
	assert_int_equal(stage->recorder.session_count, 1);
}

static void too_short_a_timer_is_refused(void **state)
{
	struct stage *stage = *state;

	stage_client(stage, message("INVITE", 1, "i1", "",
				    EXTRA "Session-Expires: 30\n", MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "422 "));
	assert_non_null(strstr(stage_last(stage), "Min-SE: 90"));
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

static void what_is_unheard_of_is_named(void **state)
{
	struct stage *stage = *state;

	stage_client(stage, message("INVITE", 1, "i1", "",
				    "Require: siprec, unheard-of\n", MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	assert_non_null(strstr(stage_last(stage), "420 Bad Extension"));
	assert_non_null(
		strstr(stage_last(stage), "Unsupported: unheard-of\r\n"));
}

static void a_recorder_is_not_referred_anywhere(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("REFER", 2, "r1", ";tag=b2",
				    "Refer-To: <sip:x@192.0.2.99>\n", "", ""));
	assert_non_null(strstr(stage_last(stage), "603 Decline"));
	stage_client(stage, message("PUBLISH", 3, "r2", ";tag=b2", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "405 Method Not Allowed"));
	assert_int_equal(stage->recorder.session_count, 1);
}

static void two_changes_at_once_are_refused_in_order(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage->media_is_slow = true;
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "inactive")));
	stage_pump(stage);
	stage_client(stage, message("UPDATE", 3, "u3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(3, "sendonly")));
	assert_non_null(strstr(stage_last(stage), "500 "));
	assert_non_null(strstr(stage_last(stage), "Retry-After: "));
}

static void glare_with_our_own_offer_is_491(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage,
		     message("INVITE", 2, "i2", ";tag=b2", EXTRA, "", ""));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "m=audio 20000"));
	stage_client(stage, message("UPDATE", 3, "u3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(3, "sendonly")));
	assert_non_null(strstr(stage_last(stage), "491 Request Pending"));
}

static void the_quota_of_a_client_holds(void **state)
{
	struct stage *stage = *state;

	stage->recorder.clients.client[0].calls_max = 0;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 "));
	stage->recorder.clients.client[0].requests_per_s = 1;
	stage_client(stage, message("OPTIONS", 2, "o1", "", "", "", ""));
	stage_client(stage, message("OPTIONS", 3, "o2", "", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "503 "));
}

static void hold_and_resume_are_marked(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "inactive")));
	stage_pump(stage);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_MARK)->mark.kind,
			 CALL_MARK_PAUSE);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CHANGE)
				 ->open.streams[0]
				 .state,
			 CALL_STREAM_PAUSED);
	ack(stage, 2);
	stage_client(stage, message("INVITE", 3, "i3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(3, "sendonly")));
	stage_pump(stage);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_MARK)->mark.kind,
			 CALL_MARK_RESUME);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CHANGE)
				 ->open.streams[0]
				 .state,
			 CALL_STREAM_LIVE);
}

static void a_pause_that_comes_with_metadata_is_a_hold(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA, MIXED,
				    both(sdp(2, "inactive"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_MARK)->mark.kind,
			 CALL_MARK_HOLD);
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
		CASE(a_call_goes_from_invite_to_bye),
		CASE(the_caller_is_sealed_and_only_a_tail_stays),
		CASE(media_hears_nothing_before_the_row_is_durable),
		CASE(an_inactive_start_waits_for_the_offer),
		CASE(an_unlisted_number_is_never_taken_for_the_clients_own),
		CASE(one_party_is_no_answer_until_the_second_comes),
		CASE(an_unanswered_call_leaves_nothing),
		CASE(a_number_that_is_not_listed_is_refused),
		CASE(a_repeated_invite_is_answered_the_same),
		CASE(a_200_is_repeated_until_its_ack),
		CASE(without_an_ack_the_call_never_was),
		CASE(a_cancelled_invite_is_terminated),
		CASE(without_media_the_client_is_told_to_come_again),
		CASE(without_ports_the_client_is_told_to_come_again),
		CASE(without_keys_nothing_is_recorded),
		CASE(without_the_register_the_journal_goes_on),
		CASE(a_lost_bye_is_found_by_silence),
		CASE(a_quiet_client_that_answers_lives_on),
		CASE(a_session_that_is_not_refreshed_expires),
		CASE(we_refresh_by_update_if_the_client_wants_us_to),
		CASE(too_short_a_timer_is_refused),
		CASE(a_new_media_goes_on_with_the_same_ports),
		CASE(a_refused_reopening_is_tried_until_it_is_taken),
		CASE(a_refused_call_that_ends_is_not_tried_again),
		CASE(a_new_stream_takes_no_port_of_those_coming_back),
		CASE(a_killed_room_goes_on_with_every_dialog),
		CASE(a_power_cut_ends_calls_as_lost),
		CASE(a_spoilt_attic_is_not_believed),
		CASE(a_restarted_client_begins_anew),
		CASE(what_is_unheard_of_is_named),
		CASE(a_recorder_is_not_referred_anywhere),
		CASE(two_changes_at_once_are_refused_in_order),
		CASE(glare_with_our_own_offer_is_491),
		CASE(the_quota_of_a_client_holds),
		CASE(hold_and_resume_are_marked),
		CASE(a_pause_that_comes_with_metadata_is_a_hold),
		CASE(a_dead_journal_stops_everything),
		CASE(on_a_full_disk_calls_wait_and_none_is_lost),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
