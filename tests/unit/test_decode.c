/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Every codec decodes: a tone of 500 Hz that other people's encoders made
 * (tests/fixtures/codec/make.c). Started with that directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "finish/decode.h"
#include "finish/rtp.h"
#include "synthetic.h"

static const char *directory;

struct fixture {
	const char *name;
	struct call_codec_map codec;
	uint32_t rate; /* expected of the decoder */
};

static const struct fixture fixtures[] = {
	{ "g722", { 9, CALL_CODEC_G722, 1, 0, 8000 }, 16000 },
	{ "g729", { 18, CALL_CODEC_G729, 1, 0, 8000 }, 8000 },
	{ "gsm", { 3, CALL_CODEC_GSM, 1, 0, 8000 }, 8000 },
	{ "opus", { 96, CALL_CODEC_OPUS, 2, 0, 48000 }, 16000 },
	{ "amr-packed", { 97, CALL_CODEC_AMR, 1, 0, 8000 }, 8000 },
	{ "amr-aligned",
	  { 97, CALL_CODEC_AMR, 1, CALL_CODEC_FLAG_OCTET_ALIGNED, 8000 },
	  8000 },
	{ "amr-wb-packed", { 98, CALL_CODEC_AMR_WB, 1, 0, 16000 }, 16000 },
	{ "amr-wb-aligned",
	  { 98, CALL_CODEC_AMR_WB, 1, CALL_CODEC_FLAG_OCTET_ALIGNED, 16000 },
	  16000 },
};

static char *load(const char *name, struct slice *ret_all)
{
	char path[512];
	char *bytes;
	size_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.payloads", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(file_read(fd, 1 << 20, &bytes, &size), 0);
	close(fd);
	*ret_all = (struct slice){ bytes, size };
	return bytes;
}

static bool next_payload(struct slice *all, struct slice *ret_payload)
{
	size_t size;

	if (all->size < 2)
		return false;
	size = (uint8_t)all->at[0] | (size_t)(uint8_t)all->at[1] << 8;
	assert_true(size + 2 <= all->size);
	*ret_payload = (struct slice){ all->at + 2, size };
	*all = slice_from(*all, size + 2);
	return true;
}

/* The share of a tone in mono sound, in dB of full scale. */
static double tone_of(const int16_t *sound, size_t count, uint32_t rate)
{
	double re = 0;
	double im = 0;

	for (size_t i = 0; i < count; i++) {
		double turn = 2 * M_PI * 500 * (double)i / rate;

		re += sound[i] / 32768.0 * cos(turn);
		im += sound[i] / 32768.0 * sin(turn);
	}
	return 20 * log10(2 * hypot(re, im) / (double)count + 1e-9);
}

static void every_codec_decodes_its_tone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		static int16_t sound[48000 + DECODE_SAMPLES_MAX];
		const struct fixture *fixture = &fixtures[i];
		struct decoder *decoder;
		struct slice all;
		struct slice payload;
		char *bytes = load(fixture->name, &all);
		size_t count = 0;
		double db;

		assert_int_equal(decoder_new(&fixture->codec, 16000, &decoder),
				 0);
		assert_int_equal(decoder_rate(decoder), fixture->rate);
		while (next_payload(&all, &payload)) {
			int got = decoder_take(decoder, payload, sound + count);

			if (got != (int)fixture->rate / 50)
				fail_msg("%s: %d samples", fixture->name, got);
			count += (size_t)got;
		}
		assert_int_equal(count, fixture->rate);
		db = tone_of(sound + count / 4, count / 2, fixture->rate);
		if (fabs(db + 12.2) > 3) /* made for speech, not tones */
			fail_msg("%s: tone at %.1f dB", fixture->name, db);
		decoder_free(decoder);
		free(bytes);
	}
}

static void ilbc_and_l16_have_their_lengths(void **state)
{
	const struct call_codec_map ilbc_30 = { 99, CALL_CODEC_ILBC, 1, 0,
						8000 };
	const struct call_codec_map ilbc_20 = { 99, CALL_CODEC_ILBC, 1,
						CALL_CODEC_FLAG_MODE_20, 8000 };
	const struct call_codec_map l16 = { 10, CALL_CODEC_L16, 2, 0, 44100 };
	static int16_t sound[DECODE_SAMPLES_MAX];
	const char frame[100] = { 0x10, 0x20 };
	struct decoder *decoder;

	(void)state;
	assert_int_equal(decoder_new(&ilbc_30, 8000, &decoder), 0);
	assert_int_equal(
		decoder_take(decoder, (struct slice){ frame, 50 }, sound), 240);
	assert_int_equal(
		decoder_take(decoder, (struct slice){ frame, 100 }, sound),
		480);
	decoder_free(decoder);
	assert_int_equal(decoder_new(&ilbc_20, 8000, &decoder), 0);
	assert_int_equal(
		decoder_take(decoder, (struct slice){ frame, 38 }, sound), 160);
	decoder_free(decoder);

	/* 0x0102 left and 0x0304 right, averaged. */
	assert_int_equal(decoder_new(&l16, 8000, &decoder), 0);
	assert_int_equal(decoder_take(decoder, SLICE("\1\2\3\4"), sound), 1);
	assert_int_equal(sound[0], (0x0102 + 0x0304) / 2);
	decoder_free(decoder);
}

static void g711_is_as_the_standard_says(void **state)
{
	const struct call_codec_map alaw = { 8, CALL_CODEC_PCMA, 1, 0, 8000 };
	const struct call_codec_map mulaw = { 0, CALL_CODEC_PCMU, 1, 0, 8000 };
	struct decoder *decoder;
	int16_t sound[4];

	(void)state;
	assert_int_equal(decoder_new(&alaw, 8000, &decoder), 0);
	assert_int_equal(
		decoder_take(decoder, SLICE("\xd5\x55\xaa\x2a"), sound), 4);
	assert_int_equal(sound[0], 8);
	assert_int_equal(sound[1], -8);
	assert_int_equal(sound[2], 32256);
	assert_int_equal(sound[3], -32256);
	decoder_free(decoder);
	assert_int_equal(decoder_new(&mulaw, 8000, &decoder), 0);
	assert_int_equal(
		decoder_take(decoder, SLICE("\xff\x7f\x80\x00"), sound), 4);
	assert_int_equal(sound[0], 0);
	assert_int_equal(sound[1], 0);
	assert_int_equal(sound[2], 32124);
	assert_int_equal(sound[3], -32124);
	decoder_free(decoder);
}

static void what_is_no_sound_has_no_decoder(void **state)
{
	const struct call_codec_map noise = { 13, CALL_CODEC_CN, 1, 0, 8000 };
	const struct call_codec_map event = { 101, CALL_CODEC_TELEPHONE_EVENT,
					      1, 0, 8000 };
	struct decoder *decoder;

	(void)state;
	assert_int_equal(decoder_new(&noise, 8000, &decoder), -ENOTSUP);
	assert_int_equal(decoder_new(&event, 8000, &decoder), -ENOTSUP);
}

static void a_broken_payload_is_refused(void **state)
{
	const struct call_codec_map amr = { 97, CALL_CODEC_AMR, 1, 0, 8000 };
	const struct call_codec_map gsm = { 3, CALL_CODEC_GSM, 1, 0, 8000 };
	static int16_t sound[DECODE_SAMPLES_MAX];
	struct decoder *decoder;

	(void)state;
	assert_int_equal(decoder_new(&amr, 8000, &decoder), 0);
	assert_int_equal(decoder_take(decoder, SLICE(""), sound), -EBADMSG);
	assert_int_equal(decoder_take(decoder, SLICE("\xf3\xc0\x00"), sound),
			 -EBADMSG);
	decoder_free(decoder);
	assert_int_equal(decoder_new(&gsm, 8000, &decoder), 0);
	assert_int_equal(decoder_take(decoder, SLICE("short"), sound),
			 -EBADMSG);
	decoder_free(decoder);
}

static void an_rtp_packet_is_taken_apart(void **state)
{
	/* Two sources, an extension of one word, two bytes of padding. */
	static const char bytes[] = "\xb2\x88\x01\x02\1\2\3\4\5\6\7\x08"
				    "csr1csr2\xbe\xde\0\1word"
				    "sound\0\2";
	struct slice all = { bytes, sizeof(bytes) - 1 };
	struct rtp_packet packet;

	(void)state;
	assert_int_equal(rtp_read(all, &packet), 0);
	assert_int_equal(packet.payload_type, 8);
	assert_true(packet.has_marker);
	assert_int_equal(packet.sequence, 0x0102);
	assert_int_equal(packet.timestamp, 0x01020304);
	assert_int_equal(packet.ssrc, 0x05060708);
	assert_true(slice_is(packet.payload, SLICE("sound")));
	for (size_t size = 0; size < 28; size++)
		assert_int_equal(
			rtp_read((struct slice){ bytes, size }, &packet),
			-EBADMSG);
}

/* All the way, with every codec and with a change of codec amid the call. */
static void every_codec_is_heard_in_the_recording(void **state)
{
	struct syn syn;
	struct render render = NO_RENDER;
	struct render_order order;
	nanoseconds at = SYN_ZERO;
	uint16_t sequence = 0;
	int16_t *sound;
	size_t heard;

	(void)state;
	syn_begin(&syn);
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		const struct fixture *fixture = &fixtures[i];
		uint32_t step = fixture->codec.clock_rate / 50;
		uint32_t timestamp = 1000;
		struct slice all;
		struct slice payload;
		char *bytes = load(fixture->name, &all);

		syn_stream(&syn, &syn.call[0], 1, at, CALL_LANE_AGENT, 2,
			   &fixture->codec, CALL_STREAM_LIVE);
		while (next_payload(&all, &payload)) {
			struct syn_rtp head = { fixture->codec.payload_type,
						sequence++, timestamp,
						(uint32_t)i };

			syn_rtp(&syn, &syn.call[0], 1, at, &head, payload.at,
				payload.size);
			timestamp += step;
			at += 20 * NS_PER_MS;
		}
		free(bytes);
	}
	syn_close(&syn, &syn.call[0], SYN_ZERO, at);
	order = syn_order(&syn, &syn.call[0]);
	assert_int_equal(render_call(&order, &render), 0);
	sound = syn_hear(render.fd[RENDER_SOUND], &heard);
	assert_int_equal(heard, COUNT(fixtures) * 48000);
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		double db =
			syn_tone_db(sound, i * 48000 + 12000, 24000, 1, 500);

		if (fabs(db + 12.2) > 3)
			fail_msg("%s: %.1f dB", fixtures[i].name, db);
	}
	assert_true(syn_level_db(sound, 0, heard, 0) < -72);
	free(sound);
	render_drop(&render);
	syn_end(&syn);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_codec_decodes_its_tone),
		cmocka_unit_test(ilbc_and_l16_have_their_lengths),
		cmocka_unit_test(g711_is_as_the_standard_says),
		cmocka_unit_test(what_is_no_sound_has_no_decoder),
		cmocka_unit_test(a_broken_payload_is_refused),
		cmocka_unit_test(an_rtp_packet_is_taken_apart),
		cmocka_unit_test(every_codec_is_heard_in_the_recording),
	};

	if (argc < 2)
		return 77;
	directory = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
