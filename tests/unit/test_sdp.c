/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/parse/sdp.h"

#define TOP "v=0\r\no=- 77 3 IN IP4 192.0.2.1\r\ns=-\r\n"
#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static void read_ok(const char *text, struct sdp *sdp)
{
	int r = sdp_parse(slice_of(text), sdp);

	if (r < 0)
		fail_msg("%d:\n%s", r, text);
}

static void static_types_need_no_map(void **state)
{
	struct sdp sdp;

	(void)state;
	read_ok(TOP "c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 0 8 9 18 3 13 "
		    "19 101\r\n",
		&sdp);
	assert_int_equal(sdp.session_id, 77);
	assert_int_equal(sdp.version, 3);
	assert_int_equal(sdp.media[0].codec_count, 6);
	assert_int_equal(sdp.media[0].codecs[0].codec, CALL_CODEC_PCMU);
	assert_int_equal(sdp.media[0].codecs[2].codec, CALL_CODEC_G722);
	assert_int_equal(sdp.media[0].codecs[2].clock_rate, 8000);
	assert_int_equal(sdp.media[0].direction, SDP_SENDRECV);
	assert_true(sdp.media[0].is_usable);
	assert_false(sdp.media[0].is_paused);
	assert_int_equal(sdp.media[0].rtcp_port, 4001);
	assert_memory_equal(sdp.media[0].address + 10,
			    "\xff\xff\xc0\x00\x02\x09", 6);
}

static void maps_and_formats_are_read(void **state)
{
	struct sdp sdp;

	(void)state;
	read_ok(TOP "m=audio 4000 RTP/AVP 111 96 97 98 99\nc=IN IP6 "
		    "2001:db8::7\na=rtpmap:111 OPUS/48000/2\na=rtpmap:96 "
		    "AMR/8000\na=fmtp:96 mode-set=7; octet-align=1\n"
		    "a=rtpmap:97 iLBC/8000\na=fmtp:97 mode=20\na=rtpmap:98 "
		    "telephone-event/48000\na=rtpmap:99 EVS/16000\n"
		    "a=rtcp:5001\na=ptime:20\na=label:a_leg\n",
		&sdp);
	assert_int_equal(sdp.media[0].codec_count, 4);
	assert_int_equal(sdp.media[0].codecs[0].channels, 2);
	assert_int_equal(sdp.media[0].codecs[1].flags,
			 CALL_CODEC_FLAG_OCTET_ALIGNED);
	assert_int_equal(sdp.media[0].codecs[2].flags, CALL_CODEC_FLAG_MODE_20);
	assert_int_equal(sdp.media[0].codecs[3].clock_rate, 48000);
	assert_int_equal(sdp.media[0].rtcp_port, 5001);
	assert_int_equal(sdp.media[0].ptime_ms, 20);
	assert_string_equal(sdp.media[0].label, "a_leg");
	assert_int_equal(sdp.media[0].address[0], 0x20);
}

static void a_pause_is_seen_in_every_form(void **state)
{
	static const char *const paused[] = {
		TOP "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 8\r\n",
		TOP "c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 8\r\n"
		    "c=IN IP4 0.0.0.0\r\n",
		TOP "a=inactive\r\nm=audio 4000 RTP/AVP 8\r\n",
		TOP "m=audio 4000 RTP/AVP 8\r\na=inactive\r\n",
		TOP "m=audio 4000 RTP/AVP 8\r\na=recvonly\r\n",
		TOP "c=IN IP6 ::\r\nm=audio 4000 RTP/AVP 8\r\n",
	};
	struct media_stream stream;
	struct sdp sdp;

	(void)state;
	for (size_t i = 0; i < COUNT(paused); i++) {
		read_ok(paused[i], &sdp);
		sdp_fill_stream(&sdp.media[0], &stream);
		assert_int_equal(stream.state, CALL_STREAM_PAUSED);
	}
	/* A media line overrides the session; sendonly is never a hold. */
	read_ok(TOP "a=inactive\r\nm=audio 4000 RTP/AVP 8\r\na=sendonly\r\n",
		&sdp);
	sdp_fill_stream(&sdp.media[0], &stream);
	assert_int_equal(stream.state, CALL_STREAM_LIVE);
}

static void what_is_not_usable_has_no_stream(void **state)
{
	static const char *const unusable[] = {
		TOP "m=audio 0 RTP/AVP 8\r\n",
		TOP "m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
		TOP "m=audio 4000 RTP/AVP 101 13\r\n"
		    "a=rtpmap:101 telephone-event/8000\r\n",
		TOP "m=audio 4000 RTP/SAVP 8\r\n",
		TOP "m=audio 4000 UDP/TLS/RTP/SAVPF 8\r\n",
		TOP "m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 EVS/16000\r\n",
		TOP "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 "
		    "AES_CM_128_HMAC_SHA1_80 inline:" KEY
		    " UNENCRYPTED_SRTP\r\n",
		TOP "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 "
		    "AES_CM_128_HMAC_SHA1_80 inline:" KEY "AAAA\r\n",
		TOP "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 "
		    "AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4\r\n",
		TOP "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 "
		    "AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:4\r\n",
	};
	struct media_stream stream;
	struct sdp sdp;

	(void)state;
	for (size_t i = 0; i < COUNT(unusable); i++) {
		read_ok(unusable[i], &sdp);
		sdp_fill_stream(&sdp.media[0], &stream);
		if (stream.state != CALL_STREAM_FREE)
			fail_msg("%s", unusable[i]);
	}
}

/* An index of the key in each packet (RFC 4568, 6.1) is not read: the line
   with it is passed over for the next, and its tag is not answered. */
static void a_key_index_passes_the_line_over(void **state)
{
	struct media_stream stream;
	struct sdp_ours ours = { .address = "192.0.2.10",
				 .places[0] = { .port = 10000 } };
	char answer[SDP_SIZE_MAX];
	struct sdp sdp;
	size_t size;

	(void)state;
	read_ok(TOP
		"c=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/SAVP 8\r\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" KEY "|2^20\r\n",
		&sdp);
	sdp_fill_stream(&sdp.media[0], &stream);
	assert_int_equal(stream.srtp, MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32);
	assert_int_equal(
		sdp_write_answer(&sdp, &ours, answer, sizeof(answer), &size),
		0);
	answer[size] = '\0';
	assert_non_null(
		strstr(answer, "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"));
	assert_null(strstr(answer, "a=crypto:1"));
}

static void every_suite_has_its_key(void **state)
{
	static const struct {
		const char *name;
		enum media_srtp suite;
		size_t size;
	} suites[] = {
		{ "AES_CM_128_HMAC_SHA1_80", MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80,
		  30 },
		{ "AES_CM_128_HMAC_SHA1_32", MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32,
		  30 },
		{ "AEAD_AES_128_GCM", MEDIA_SRTP_AEAD_AES_128_GCM, 28 },
		{ "AEAD_AES_256_GCM", MEDIA_SRTP_AEAD_AES_256_GCM, 44 },
		{ "AES_256_CM_HMAC_SHA1_80", MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80,
		  46 },
	};
	struct sdp_ours ours = { .address = "192.0.2.10",
				 .places = { { .port = 4000 } } };
	char text[SDP_SIZE_MAX], terminated[SDP_SIZE_MAX + 1];
	struct media_stream stream;
	struct sdp sdp;
	size_t size;

	(void)state;
	for (size_t i = 0; i < MEDIA_SRTP_KEY_SIZE; i++)
		ours.places[0].srtp_key[i] = (uint8_t)(i * 7 + 1);
	/* What we write in an offer is what we read from it. */
	for (size_t i = 0; i < COUNT(suites); i++) {
		assert_int_equal(sdp_key_size(suites[i].suite), suites[i].size);
		assert_int_equal(sdp_write_offer(&ours, 1, suites[i].suite,
						 text, sizeof(text), &size),
				 0);
		memcpy(terminated, text, size);
		terminated[size] = '\0';
		assert_non_null(strstr(terminated, suites[i].name));
		read_ok(terminated, &sdp);
		assert_true(sdp.media[0].is_usable);
		sdp_fill_stream(&sdp.media[0], &stream);
		assert_int_equal(stream.srtp, suites[i].suite);
		assert_memory_equal(stream.srtp_key, ours.places[0].srtp_key,
				    suites[i].size);
		sdp_wipe(&sdp);
		assert_true(bytes_are_zero(&sdp, sizeof(sdp)));
	}
}

static void an_own_offer_can_be_answered(void **state)
{
	struct sdp_ours ours = { .address = "2001:db8::10",
				 .session_id = 5,
				 .version = 2,
				 .places = { { .port = 4000 },
					     { .port = 4002 } } };
	char text[SDP_SIZE_MAX];
	struct sdp sdp;
	size_t size;

	(void)state;
	assert_int_equal(sdp_write_offer(&ours, 2, MEDIA_SRTP_NONE, text,
					 sizeof(text), &size),
			 0);
	assert_int_equal(sdp_parse((struct slice){ text, size }, &sdp), 0);
	assert_int_equal(sdp.media_count, 2);
	assert_int_equal(sdp.media[1].port, 4002);
	assert_int_equal(sdp.media[0].direction, SDP_RECVONLY);
	assert_int_equal(sdp.media[0].codecs[0].codec, CALL_CODEC_PCMA);
	assert_int_equal(sdp.media[0].codec_count, 6);
	assert_non_null(memmem(text, size, "IN IP6 2001:db8::10", 19));
}

static void an_answer_repeats_the_order_of_the_offer(void **state)
{
	static const char wanted[] =
		"v=0\r\no=- 5 2 IN IP4 192.0.2.10\r\ns=-\r\n"
		"c=IN IP4 192.0.2.10\r\nt=0 0\r\n"
		"m=audio 0 RTP/AVP 8 0\r\n"
		"m=audio 4002 RTP/AVP 18 8\r\n"
		"a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n"
		"a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=label:2\r\n"
		"a=recvonly\r\n";
	struct sdp_ours ours = { .address = "192.0.2.10",
				 .session_id = 5,
				 .version = 2,
				 .places = { { .port = 0 },
					     { .port = 4002 } } };
	char text[SDP_SIZE_MAX];
	struct sdp sdp;
	size_t size;

	(void)state;
	read_ok(TOP "m=audio 4000 RTP/AVP 8 0\r\nm=audio 4002 RTP/AVP 18 99 8"
		    "\r\na=fmtp:18 annexb=no\r\na=ptime:20\r\na=label:2\r\n"
		    "a=sendonly\r\n",
		&sdp);
	assert_int_equal(
		sdp_write_answer(&sdp, &ours, text, sizeof(text), &size), 0);
	assert_int_equal(size, sizeof(wanted) - 1);
	assert_memory_equal(text, wanted, size);
	assert_int_equal(sdp_write_answer(&sdp, &ours, text, 100, &size),
			 -EMSGSIZE);
}

static void a_label_cannot_write_a_line_of_ours(void **state)
{
	struct sdp sdp;

	(void)state;
	read_ok(TOP "m=audio 4000 RTP/AVP 8\r\na=label:1 a=x\r\n", &sdp);
	assert_string_equal(sdp.media[0].label, "");
	read_ok(TOP "m=audio 4000 RTP/AVP 8\r\n"
		    "a=label:12345678901234567890123456789012345678901\r\n",
		&sdp);
	assert_string_equal(sdp.media[0].label, "");
	assert_int_equal(
		sdp_parse(SLICE(TOP "m=audio 4000 RTP/AVP 8\ra=x\r\n"), &sdp),
		-EBADMSG);
}

static void lines_are_bounded(void **state)
{
	static char text[65536];
	size_t used = (size_t)snprintf(text, sizeof(text), TOP);
	struct sdp sdp;

	(void)state;
	for (int i = 0; i < SDP_MEDIA_MAX + 1; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "m=audio 4000 RTP/AVP 8\r\n");
	assert_int_equal(sdp_parse((struct slice){ text, used }, &sdp), -E2BIG);
	assert_int_equal(sdp.media_count, 0);
	for (int i = 0; i < SDP_LINES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "a=x\r\n");
	assert_int_equal(sdp_parse((struct slice){ text, used }, &sdp), -E2BIG);
	assert_int_equal(sdp_parse(SLICE(""), &sdp), -EBADMSG);
	assert_int_equal(sdp_parse(SLICE(TOP "m=audio 99999 RTP/AVP 8"), &sdp),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(static_types_need_no_map),
		cmocka_unit_test(maps_and_formats_are_read),
		cmocka_unit_test(a_pause_is_seen_in_every_form),
		cmocka_unit_test(what_is_not_usable_has_no_stream),
		cmocka_unit_test(a_key_index_passes_the_line_over),
		cmocka_unit_test(every_suite_has_its_key),
		cmocka_unit_test(an_own_offer_can_be_answered),
		cmocka_unit_test(an_answer_repeats_the_order_of_the_offer),
		cmocka_unit_test(a_label_cannot_write_a_line_of_ours),
		cmocka_unit_test(lines_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
