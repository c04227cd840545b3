/* SPDX-License-Identifier: EUPL-1.2 */
/* The small parts of the program for people. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/call/message.h"
#include "cli/call/plan.h"
#include "cli/call/sdp.h"
#include "cli/call/track.h"
#include "cli/dates.h"
#include "cli/suggest.h"
#include "notice/civil.h"

static void a_slip_is_forgiven_but_not_another_word(void **state)
{
	static const struct {
		const char *typed, *right;
		bool meant;
	} words[] = {
		{ "dialect", "dialect", true }, { "dailect", "dialect", true },
		{ "dialct", "dialect", true },	{ "cal", "call", true },
		{ "status", "doctor", false },	{ "x", "call", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct suggest suggest = suggest_for(slice_of(words[i].typed));

		suggest_weigh(&suggest, words[i].right);
		assert_int_equal(suggest.best != NULL, words[i].meant);
	}
	assert_int_equal(suggest_distance(SLICE("ab"), SLICE("ba")), 1);
	assert_int_equal(suggest_distance(SLICE(""), SLICE("abc")), 3);
}

static void a_date_is_read_as_people_write_it(void **state)
{
	char text[DATES_TEXT_SIZE];
	seal_date date;

	(void)state;
	assert_int_equal(dates_read("2026-10-01", &date), 0);
	assert_int_equal(date, 20261001);
	assert_int_equal(dates_read("1.10.2026", &date), 0);
	assert_int_equal(date, 20261001);
	assert_int_equal(dates_read("29.2.2026", &date), -EINVAL);
	assert_int_equal(dates_read("29.2.2028", &date), 0);
	assert_int_equal(dates_read("2026-13-01", &date), -EINVAL);
	assert_int_equal(dates_read("soon", &date), -EINVAL);
	dates_number_text("+358295550100", text);
	assert_string_equal(text, "029 555 0100");
	assert_int_equal(dates_of(dates_midnight(20261025)), 20261025);
}

/* 25 October 2026 has 25 hours in Helsinki; 3.30 is there twice. */
static void a_time_is_told_in_the_zone_of_the_policy(void **state)
{
	char text[DATES_TEXT_SIZE];
	struct civil_zone *zone;

	(void)state;
	dates_time_text(1792886400, text);
	assert_string_equal(text, "2026-10-25 00:00:00 +00:00");
	assert_int_equal(civil_zone_load("Europe/Helsinki", &zone), 0);
	dates_use(zone);
	dates_time_text(1792888200, text); /* 00:30Z */
	assert_string_equal(text, "2026-10-25 03:30:00 +03:00");
	dates_time_text(1792888200 + 3600, text);
	assert_string_equal(text, "2026-10-25 03:30:00 +02:00");
	dates_time_text(0, text);
	assert_string_equal(text, "");
	assert_int_equal(dates_midnight(20261025), 1792886400 - 3 * 3600);
	assert_int_equal(dates_midnight(20261026) - dates_midnight(20261025),
			 25 * 3600);
	/* 21:30Z is the next day there. */
	assert_int_equal(dates_of(1792886400 - 2 * 3600), 20261025);
	dates_use(NULL);
	assert_int_equal(dates_of(1792886400 - 2 * 3600), 20261024);
	civil_zone_free(zone);
	assert_int_equal(civil_zone_load("America/New_York", &zone), 0);
	dates_use(zone);
	dates_time_text(1792886400, text);
	assert_string_equal(text, "2026-10-24 20:00:00 -04:00");
	dates_use(NULL);
	civil_zone_free(zone);
}

struct values {
	bool flag;
	const char *text;
	uint64_t number;
	uint32_t ms;
	double part;
	struct option_many many;
	uint16_t port;
};

static const struct option_row rows[] = {
	{ "flag", 'f', OPTION_FLAG, offsetof(struct values, flag), NULL, "" },
	{ "text", 't', OPTION_TEXT, offsetof(struct values, text), "T", "" },
	{ "number", 0, OPTION_NUMBER, offsetof(struct values, number), "N",
	  "" },
	{ "seconds", 's', OPTION_SECONDS, offsetof(struct values, ms), "S",
	  "" },
	{ "length", 0, OPTION_LENGTH, offsetof(struct values, ms), "S", "" },
	{ "part", 0, OPTION_PERCENT, offsetof(struct values, part), "P", "" },
	{ "port", 0, OPTION_PORT, offsetof(struct values, port), "PORT", "" },
	{ "many", 0, OPTION_MANY, offsetof(struct values, many), "M", "" },
};

static int read_line(const char *line, struct values *values, int *ret_words)
{
	static char copy[256];
	char *argv[16];
	int argc = 0;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *at = copy; *at != '\0' && argc < 16;) {
		size_t size = strcspn(at, " ");
		bool last = at[size] == '\0';

		at[size] = '\0';
		argv[argc++] = at;
		if (last)
			break;
		at += size + 1;
	}
	*values = (struct values){ 0 };
	return option_read(rows, COUNT(rows), values, argc, argv, ret_words);
}

static void options_stand_anywhere_in_either_form(void **state)
{
	struct values values;
	int words;

	(void)state;
	assert_int_equal(read_line("one -f --text=a two -s1.5 --number 7 "
				   "--part 5% --many x --many=y --port 65535",
				   &values, &words),
			 0);
	assert_int_equal(words, 2);
	assert_true(values.flag);
	assert_string_equal(values.text, "a");
	assert_int_equal(values.ms, 1500);
	assert_int_equal(values.number, 7);
	assert_true(fabs(values.part - 0.05) < 1e-9);
	assert_int_equal(values.many.count, 2);
	assert_int_equal(values.port, 65535);
	assert_int_equal(read_line("-- --flag", &values, &words), 0);
	assert_int_equal(words, 1);
	assert_false(values.flag);
}

static void what_is_no_option_is_refused(void **state)
{
	static const char *const lines[] = {
		"--flog",
		"--flag=1",
		"--number x",
		"--number",
		"--number -1",
		"--seconds -2",
		"--part 101",
		"-x",
		"--port 65536",
		"--port 0",
		"--port 1.5",
		"--length 0",
		"--length -1",
		"--length 0.0001",
		"--length 1e9",
		"--seconds 1e9",
		"--number 99999999999999999999",
	};
	struct values values;
	int words;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_int_equal(read_line(lines[i], &values, &words), -EINVAL);
	assert_int_equal(read_line("--help", &values, &words), -ECANCELED);
}

static void a_sip_address_says_where_to_and_how(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	assert_int_equal(
		plan_target("sip:srs@192.0.2.1:5070;transport=tcp", &plan), 0);
	assert_string_equal(plan.call.host, "192.0.2.1");
	assert_string_equal(plan.call.user, "srs");
	assert_int_equal(plan.call.port, 5070);
	assert_int_equal(plan.call.transport, CALL_TCP);
	assert_int_equal(plan_target("sips:[2001:db8::1]", &plan), 0);
	assert_string_equal(plan.call.host, "2001:db8::1");
	assert_int_equal(plan.call.port, 5061);
	assert_int_equal(plan_target("sip:", &plan), -EINVAL);
	assert_int_equal(plan_target("sip:a:99999", &plan), -EINVAL);
	assert_int_equal(plan_target("sip:a;transport=sctp", &plan), -EINVAL);
}

static void an_agent_is_an_id_and_what_is_known(void **state)
{
	struct call_agent agent;

	(void)state;
	assert_int_equal(
		plan_agent("7/+358295550107/sip:a7@example.fi", &agent), 0);
	assert_string_equal(agent.id, "7");
	assert_string_equal(agent.number, "+358295550107");
	assert_string_equal(agent.address, "a7@example.fi");
	assert_int_equal(plan_agent("7", &agent), 0);
	assert_string_equal(agent.address, "agent7@example.fi");
	assert_int_equal(plan_agent("7/12", &agent), -EINVAL);
	assert_int_equal(plan_agent("", &agent), -EINVAL);
}

static void steps_are_sorted_by_their_time(void **state)
{
	struct plan_options options = {
		.to = "sip:127.0.0.1",
		.service = "+358295550100",
		.caller = "withheld",
		.dialect = "rfc",
		.codec = "pcma",
		.calls = 1,
		.hold = { { "4:2" }, 1 },
		.transfer = { { "5:2" }, 1 },
	};
	struct plan plan;

	(void)state;
	assert_int_equal(plan_make(&options, &plan), 0);
	assert_null(plan.call.caller);
	assert_int_equal(plan.call.step_count, 3);
	assert_int_equal(plan.call.steps[0].kind, CALL_HOLD);
	assert_int_equal(plan.call.steps[1].kind, CALL_TRANSFER);
	assert_int_equal(plan.call.steps[2].kind, CALL_RESUME);
	assert_int_equal(plan.call.steps[2].at_ms, 6000);
	options.dialect = "orcale";
	assert_int_equal(plan_make(&options, &plan), -EINVAL);
}

static void a_saved_wav_is_read_back(void **state)
{
	OWNED(sound_drop) struct sound tone = { 0 };
	OWNED(sound_drop) struct sound again = { 0 };
	char path[] = "/tmp/tallenne-wav-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(sound_tone(440, 100, 16000, &tone), 0);
	assert_int_equal(sound_save_wav(path, &tone), 0);
	assert_int_equal(sound_load_wav(path, &again), 0);
	(void)unlink(path);
	assert_int_equal(again.rate, 16000);
	assert_int_equal(again.count, 1600);
	assert_memory_equal(again.sample, tone.sample, 3200);
}

static void a_wav_that_promises_too_much_ends_where_it_ends(void **state)
{
	static const char wav[] = "RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0"
				  "\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data"
				  "\xff\xff\xff\x7f\1\0\2\0";
	struct slice bytes = { wav, sizeof(wav) - 1 };
	OWNED(sound_drop) struct sound sound = { 0 };
	struct sound none;

	(void)state;
	assert_int_equal(sound_read_wav(bytes, &sound), 0);
	assert_int_equal(sound.count, 2);
	assert_int_equal(sound.sample[1], 2);
	for (size_t size = 0; size < 44; size++)
		assert_int_equal(
			sound_read_wav((struct slice){ wav, size }, &none),
			-EBADMSG);
}

static void a_sound_at_another_rate_is_as_long(void **state)
{
	OWNED(sound_drop) struct sound tone = { 0 };
	OWNED(sound_drop) struct sound other = { 0 };

	(void)state;
	assert_int_equal(sound_tone(440, 1000, 22050, &tone), 0);
	assert_int_equal(sound_resample(&tone, 8000, &other), 0);
	assert_in_range(other.count, 7990, 8010);
}

static void two_speakers_never_speak_at_once(void **state)
{
	OWNED(sound_drop) struct sound caller = { 0 };
	OWNED(sound_drop) struct sound agent = { 0 };
	size_t heard[2] = { 0 };

	(void)state;
	assert_int_equal(sound_speech(3, 0, 20000, 8000, &caller), 0);
	assert_int_equal(sound_speech(3, 1, 20000, 8000, &agent), 0);
	for (size_t i = 0; i < caller.count; i++) {
		assert_true(caller.sample[i] == 0 || agent.sample[i] == 0);
		heard[0] += caller.sample[i] != 0;
		heard[1] += agent.sample[i] != 0;
	}
	assert_true(heard[0] > caller.count / 5);
	assert_true(heard[1] > agent.count / 5);
}

/* G.711 decoded as ITU-T writes it, to check the encoder. */
static int decode_alaw(uint8_t byte)
{
	int value, segment;

	byte ^= 0x55;
	value = (byte & 15) << 4;
	segment = byte >> 4 & 7;
	value += segment == 0 ? 8 : 0x108;
	if (segment > 1)
		value <<= segment - 1;
	return byte & 0x80 ? value : -value;
}

static int decode_ulaw(uint8_t byte)
{
	int value;

	byte = (uint8_t)~byte;
	value = (((byte & 15) << 3) + 0x84) << (byte >> 4 & 7);
	return byte & 0x80 ? 0x84 - value : value - 0x84;
}

static void g711_comes_back_nearly_as_it_was(void **state)
{
	int16_t sample[160 * 400];
	struct sound sound = { sample, COUNT(sample), 8000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sample); i++)
		sample[i] = (int16_t)(-32000 + (int)i);
	for (int law = CALL_PCMA; law <= CALL_PCMU; law++) {
		struct track track;

		assert_int_equal(track_make((enum call_coding)law, &sound,
					    false, &track),
				 0);
		assert_int_equal(track.count, 401);
		for (size_t i = 0; i < COUNT(sample); i++) {
			int got = law == CALL_PCMA
					  ? decode_alaw(track.bytes[i])
					  : decode_ulaw(track.bytes[i]);
			int off = abs(got - sample[i]);

			assert_true(off <= abs(sample[i]) / 24 + 16);
		}
		track_drop(&track);
	}
}

static void every_codec_encodes_frames_of_twenty_ms(void **state)
{
	static const uint32_t size_max[CALL_CODINGS] = {
		[CALL_PCMA] = 160, [CALL_PCMU] = 160, [CALL_G722] = 160,
		[CALL_GSM] = 33,   [CALL_L16] = 640,  [CALL_OPUS] = 400,
	};
	OWNED(sound_drop) struct sound tone = { 0 };

	(void)state;
	assert_int_equal(sound_tone(440, 200, 22050, &tone), 0);
	for (int i = 0; i < CALL_CODINGS; i++) {
		struct track track;
		struct slice frame;

		assert_int_equal(
			track_make((enum call_coding)i, &tone, true, &track),
			0);
		assert_in_range(track.count, 10, 11);
		frame = track_frame(&track, track.count + 1);
		assert_in_range(frame.size, 1, size_max[i]);
		assert_ptr_equal(frame.at, track.bytes + track.offset[1]);
		track_drop(&track);
	}
}

static void a_stream_of_messages_is_cut_where_they_end(void **state)
{
	static const char two[] = "\r\nSIP/2.0 200 OK\r\ni: a@b\r\n"
				  "CSeq: 7 INVITE\r\nl: 3\r\n\r\nabc"
				  "BYE sip:x SIP/2.0\r\n";
	struct slice stream = { two, sizeof(two) - 1 };
	struct message message;
	struct slice method;
	uint32_t cseq;
	size_t size;

	(void)state;
	assert_int_equal(message_measure(stream, &size), 0);
	assert_int_equal(message_read((struct slice){ two, size }, &message),
			 0);
	assert_int_equal(message.status, 200);
	assert_true(slice_is(message.body, SLICE("abc")));
	assert_true(
		slice_is(message_header(&message, "Call-ID", 0), SLICE("a@b")));
	assert_int_equal(message_cseq(&message, &cseq, &method), 0);
	assert_int_equal(cseq, 7);
	assert_int_equal(message_measure(slice_from(stream, size), &size),
			 -EAGAIN);
	assert_int_equal(
		message_read(SLICE("HTTP/1.1 200 OK\r\n\r\n"), &message),
		-EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_is_forgiven_but_not_another_word),
		cmocka_unit_test(a_date_is_read_as_people_write_it),
		cmocka_unit_test(a_time_is_told_in_the_zone_of_the_policy),
		cmocka_unit_test(options_stand_anywhere_in_either_form),
		cmocka_unit_test(what_is_no_option_is_refused),
		cmocka_unit_test(a_sip_address_says_where_to_and_how),
		cmocka_unit_test(an_agent_is_an_id_and_what_is_known),
		cmocka_unit_test(steps_are_sorted_by_their_time),
		cmocka_unit_test(a_saved_wav_is_read_back),
		cmocka_unit_test(
			a_wav_that_promises_too_much_ends_where_it_ends),
		cmocka_unit_test(a_sound_at_another_rate_is_as_long),
		cmocka_unit_test(two_speakers_never_speak_at_once),
		cmocka_unit_test(g711_comes_back_nearly_as_it_was),
		cmocka_unit_test(every_codec_encodes_frames_of_twenty_ms),
		cmocka_unit_test(a_stream_of_messages_is_cut_where_they_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
