/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sodium.h>
#include <srtp2/srtp.h>
#include <string.h>

#include "media/stream.h"

enum { SIZE = 172, SSRC = 0x1234, PCMA = 8, EVENT = 101 };

static const struct source there = { { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 },
				     4000 };

static size_t packet_of(uint8_t packet[256], uint8_t type, uint16_t sequence,
			uint32_t ssrc)
{
	const uint8_t head[] = { 0x80,
				 type,
				 (uint8_t)(sequence >> 8),
				 (uint8_t)sequence,
				 0,
				 0,
				 0,
				 0,
				 (uint8_t)(ssrc >> 24),
				 (uint8_t)(ssrc >> 16),
				 (uint8_t)(ssrc >> 8),
				 (uint8_t)ssrc };

	memset(packet, 0xd5, 256);
	memcpy(packet, head, sizeof(head));
	return SIZE;
}

static struct media_stream told_of(void)
{
	struct media_stream told = {
		.source_port = there.port,
		.lane = CALL_LANE_CALLER,
		.state = CALL_STREAM_LIVE,
		.codec_count = 2,
		.codecs = { { PCMA, CALL_CODEC_PCMA, 1, 0, 8000 },
			    { EVENT, CALL_CODEC_TELEPHONE_EVENT, 1, 0, 8000 } },
	};

	memcpy(told.address, there.address, sizeof(told.address));
	return told;
}

struct world {
	struct stream stream;
	nanoseconds at;
	struct stream_result result;
};

/* Of the one world that there is at a time. */
static struct stream_rest rest;

static struct world world_of(void)
{
	struct world world = { .at = 1000 * NS_PER_S };
	struct media_stream told = told_of();

	stream_make(&world.stream, &rest);

	assert_int_equal(stream_tell(&world.stream, &told), 0);
	return world;
}

static enum stream_verdict take_from(struct world *world,
				     const struct source *from, uint8_t type,
				     uint16_t sequence, uint32_t ssrc)
{
	_Alignas(8) uint8_t packet[256];
	size_t size = packet_of(packet, type, sequence, ssrc);

	world->at += 20 * NS_PER_MS;
	return stream_take(&world->stream, packet, &size, from, false,
			   world->at, &world->result);
}

static enum stream_verdict take(struct world *world, uint16_t sequence)
{
	return take_from(world, &there, PCMA, sequence, SSRC);
}

static void each_packet_is_kept_once_through_the_wrap(void **state)
{
	struct world world = world_of();

	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		assert_int_equal(take(&world, (uint16_t)(65000 + i)),
				 STREAM_SOUND);
		assert_int_equal(take(&world, (uint16_t)(65000 + i)),
				 STREAM_DROP);
		assert_int_equal(world.result.drop, DROP_DUPLICATE);
	}
	assert_int_equal(stream_lost(&world.stream), 0);
}

static void late_packets_are_kept_in_any_order(void **state)
{
	struct world world = world_of();

	(void)state;
	assert_int_equal(take(&world, 65530), STREAM_SOUND);
	for (int block = 0; block < 1000; block++)
		for (int i = 99; i >= 0; i--)
			assert_int_equal(
				take(&world,
				     (uint16_t)(65531 + 100 * block + i)),
				STREAM_SOUND);
	assert_int_equal(stream_lost(&world.stream), 0);
	/* Even what was sent before the first one that came. */
	world = world_of();
	assert_int_equal(take(&world, 5), STREAM_SOUND);
	assert_int_equal(take(&world, 3), STREAM_SOUND);
	assert_int_equal(take(&world, 4), STREAM_SOUND);
	assert_int_equal(take(&world, 3), STREAM_DROP);
}

static void gaps_are_counted_to_the_packet(void **state)
{
	struct world world = world_of();
	uint64_t lost = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		if (i % 7 == 3 && i < 99999) {
			lost++;
			continue;
		}
		assert_int_equal(take(&world, (uint16_t)i), STREAM_SOUND);
	}
	assert_int_equal(stream_lost(&world.stream), lost);
}

static void a_restarted_sender_costs_one_packet(void **state)
{
	struct world world = world_of();

	(void)state;
	for (uint16_t i = 0; i < 100; i++)
		assert_int_equal(take(&world, (uint16_t)(10000 + i)),
				 STREAM_SOUND);
	assert_int_equal(take(&world, 40000), STREAM_DROP);
	assert_int_equal(world.result.drop, DROP_REPLAY);
	assert_int_equal(take(&world, 40001), STREAM_SOUND);
	assert_int_equal(take(&world, 40002), STREAM_SOUND);
}

static void replayed_packets_change_nothing(void **state)
{
	struct world world = world_of();
	uint16_t live = 20000;

	(void)state;
	for (uint16_t old = 1; old < 5000; old++) {
		nanoseconds at = world.at;

		assert_int_equal(take(&world, live++), STREAM_SOUND);
		world.at = at + 5 * NS_PER_MS;
		assert_int_equal(take(&world, old), STREAM_DROP);
		world.at = at + 20 * NS_PER_MS;
	}
	assert_int_equal(stream_lost(&world.stream), 0);
}

static void a_new_ssrc_is_kept_from_its_first_packet(void **state)
{
	struct world world = world_of();

	(void)state;
	for (uint16_t i = 0; i < 50; i++)
		assert_int_equal(take(&world, i), STREAM_SOUND);
	for (uint16_t i = 0; i < 50; i++)
		assert_int_equal(take_from(&world, &there, PCMA,
					   (uint16_t)(700 + i), 0x5678),
				 STREAM_SOUND);
	for (uint16_t i = 0; i < 50; i++)
		assert_int_equal(take_from(&world, &there, PCMA,
					   (uint16_t)(900 + i), 0x9abc),
				 STREAM_SOUND);
	assert_int_equal(stream_lost(&world.stream), 0);
}

static void a_second_ssrc_beside_the_live_one_is_barred(void **state)
{
	struct world world = world_of();
	int kept = 0;

	(void)state;
	for (uint16_t i = 0; i < 1000; i++) {
		nanoseconds at = world.at;

		assert_int_equal(take(&world, i), STREAM_SOUND);
		world.at = at;
		kept += take_from(&world, &there, PCMA, i, 0x5678 + i % 3) ==
			STREAM_SOUND;
	}
	assert_true(kept <= 3);
}

static void forged_packets_change_nothing(void **state)
{
	struct world world = world_of();
	struct source forged = there;
	uint16_t sequence = 0;

	(void)state;
	assert_int_equal(take(&world, sequence++), STREAM_SOUND);
	for (uint32_t i = 0; i < 100000; i++) {
		struct stream before = world.stream;
		struct stream_rest rest_before = rest;
		nanoseconds at = world.at;

		forged.port = (uint16_t)(there.port + 2 + i % 60000);
		if (i % 3 == 0) {
			forged.port = there.port;
			forged.address[15] = (uint8_t)(2 + i % 250);
		} else {
			forged.address[15] = there.address[15];
		}
		assert_int_equal(
			take_from(&world, &forged, PCMA, sequence, SSRC),
			STREAM_DROP);
		assert_int_equal(world.result.drop, DROP_SOURCE);
		assert_memory_equal(&before, &world.stream, sizeof(before));
		assert_memory_equal(&rest_before, &rest, sizeof(rest));
		world.at = at;
	}
	assert_int_equal(take(&world, sequence), STREAM_SOUND);
}

static void an_untold_source_is_learned_once(void **state)
{
	struct world world = { .at = NS_PER_S };
	struct media_stream told = told_of();
	struct source other = there;

	(void)state;
	stream_make(&world.stream, &rest);
	memset(told.address, 0, sizeof(told.address));
	told.source_port = 0;
	assert_int_equal(stream_tell(&world.stream, &told), 0);
	other.port = 5000;
	assert_int_equal(take(&world, 1), STREAM_SOUND);
	assert_int_equal(take_from(&world, &other, PCMA, 2, SSRC), STREAM_DROP);
	/* Telling nothing again does not open it to others. */
	assert_int_equal(stream_tell(&world.stream, &told), 0);
	assert_int_equal(take_from(&world, &other, PCMA, 2, SSRC), STREAM_DROP);
	assert_int_equal(take(&world, 2), STREAM_SOUND);
}

static void pressed_keys_are_never_kept_and_are_no_loss(void **state)
{
	struct world world = world_of();

	(void)state;
	for (uint16_t i = 0; i < 100; i++) {
		uint8_t type = i % 10 == 0 ? EVENT : PCMA;

		assert_int_equal(take_from(&world, &there, type, i, SSRC),
				 type == EVENT ? STREAM_DROP : STREAM_SOUND);
		if (type == EVENT)
			assert_int_equal(world.result.drop, DROP_EVENT);
	}
	assert_int_equal(take_from(&world, &there, 77, 100, SSRC), STREAM_DROP);
	assert_int_equal(world.result.drop, DROP_PAYLOAD);
	assert_int_equal(stream_lost(&world.stream), 0);
}

static void a_type_told_to_be_keys_is_never_sound(void **state)
{
	struct world world = world_of();
	struct media_stream told = told_of();

	(void)state;
	/* 13 means comfort noise everywhere, but not here. */
	told.codecs[1].payload_type = 13;
	assert_int_equal(stream_tell(&world.stream, &told), 0);
	assert_int_equal(take_from(&world, &there, 13, 1, SSRC), STREAM_DROP);
	assert_int_equal(world.result.drop, DROP_EVENT);
}

static void a_paused_stream_is_not_kept_and_its_pause_is_no_loss(void **state)
{
	struct world world = world_of();
	struct media_stream told = told_of();

	(void)state;
	assert_int_equal(take(&world, 10), STREAM_SOUND);
	told.state = CALL_STREAM_PAUSED;
	assert_int_equal(stream_tell(&world.stream, &told), 0);
	assert_int_equal(take(&world, 11), STREAM_DROP);
	assert_int_equal(world.result.drop, DROP_PAUSED);
	told.state = CALL_STREAM_LIVE;
	assert_int_equal(stream_tell(&world.stream, &told), 0);
	assert_int_equal(take(&world, 9000), STREAM_SOUND);
	assert_int_equal(stream_lost(&world.stream), 0);
}

static void reports_are_read_and_goodbyes_are_not(void **state)
{
	struct world world = world_of();
	uint8_t report[] = { 0x80, 200,	 0,   6, 0, 0, 0x12, 0x34, 1,
			     2,	   3,	 4,   5, 6, 7, 8,    9,	   10,
			     11,   12,	 0,   0, 0, 1, 0,    0,	   0,
			     2,	   0x81, 203, 0, 1, 0, 0,    0x12, 0x34 };
	struct source control = there;
	size_t size = sizeof(report);

	(void)state;
	control.port++;
	assert_int_equal(stream_take(&world.stream, report, &size, &control,
				     true, world.at, &world.result),
			 STREAM_REPORT);
	assert_int_equal(world.result.report.ssrc, SSRC);
	assert_int_equal(world.result.report.ntp, 0x0102030405060708);
	assert_int_equal(world.result.report.rtp, 0x090a0b0c);
	size = 8;
	assert_int_equal(stream_take(&world.stream, report + 28, &size,
				     &control, true, world.at, &world.result),
			 STREAM_DROP);
	assert_int_equal(take(&world, 1), STREAM_SOUND);
}

static void damaged_heads_are_no_rtp(void **state)
{
	struct rtp rtp;
	const struct {
		uint8_t bytes[16];
		size_t size;
		int result;
	} cases[] = {
		{ { 0x80 }, 12, 0 },
		{ { 0x80 }, 11, -EBADMSG },
		{ { 0x40 }, 12, -EBADMSG }, /* version 1 */
		{ { 0x81 }, 15, -EBADMSG }, /* a source that is not there */
		{ { 0x81 }, 16, 0 },
		{ { 0x90 }, 12, -EBADMSG }, /* extension without a head */
		{ { 0x90, [15] = 0 }, 16, 0 },
		{ { 0x90, [15] = 1 }, 16, -EBADMSG },
		{ { 0xa0, [12] = 0 }, 13, -EBADMSG }, /* no padding at all */
		{ { 0xa0, [12] = 1 }, 13, 0 },
		{ { 0xa0, [12] = 2 }, 13, -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(rtp_read(cases[i].bytes, cases[i].size, &rtp),
				 cases[i].result);
}

/* ---- SRTP ---- */

static const uint8_t srtp_key[MEDIA_SRTP_KEY_SIZE] = { 1, 2, 3, 4, 5 };

static srtp_t sender_of(uint8_t suite)
{
	srtp_policy_t policy = { .window_size = 128 };
	uint8_t copy[MEDIA_SRTP_KEY_SIZE];
	srtp_t sender;

	memcpy(copy, srtp_key, sizeof(copy));
	if (suite == MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	else if (suite == MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32)
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
	else if (suite == MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80)
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
	else if (suite == MEDIA_SRTP_AEAD_AES_128_GCM)
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
	else
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
	policy.rtcp = policy.rtp;
	policy.ssrc.type = ssrc_any_outbound;
	policy.key = copy;
	assert_int_equal(srtp_create(&sender, &policy), srtp_err_status_ok);
	return sender;
}

static enum stream_verdict take_secure(struct world *world, srtp_t sender,
				       uint16_t sequence, uint32_t ssrc,
				       int spoil)
{
	_Alignas(8) uint8_t packet[256];
	int length = (int)packet_of(packet, PCMA, sequence, ssrc);
	size_t size;
	enum stream_verdict verdict;

	assert_int_equal(srtp_protect(sender, packet, &length),
			 srtp_err_status_ok);
	size = (size_t)length;
	if (spoil >= 0)
		packet[(size_t)spoil % size] ^= 1;
	world->at += 20 * NS_PER_MS;
	verdict = stream_take(&world->stream, packet, &size, &there, false,
			      world->at, &world->result);
	if (verdict == STREAM_SOUND) {
		assert_int_equal(size, SIZE);
		assert_int_equal(packet[100], 0xd5);
	}
	return verdict;
}

static void srtp_is_opened_and_wrong_tags_only_count(void **state)
{
	(void)state;
	for (uint8_t suite = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80;
	     suite <= MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80; suite++) {
		struct world world = world_of();
		struct media_stream told = told_of();
		srtp_t sender = sender_of(suite);

		told.srtp = suite;
		memcpy(told.srtp_key, srtp_key, sizeof(srtp_key));
		assert_int_equal(stream_tell(&world.stream, &told), 0);
		for (uint16_t i = 0; i < 300; i++) {
			/* The same key told again keeps the state. */
			if (i == 150)
				assert_int_equal(
					stream_tell(&world.stream, &told), 0);
			assert_int_equal(take_secure(&world, sender,
						     (uint16_t)(65400 + 2 * i),
						     SSRC, -1),
					 STREAM_SOUND);
			assert_int_equal(take_secure(&world, sender,
						     (uint16_t)(65401 + 2 * i),
						     SSRC, 12 + i % 160),
					 STREAM_DROP);
			assert_int_equal(world.result.drop, DROP_TAG);
		}
		/* Plain RTP is not let in instead. */
		assert_int_equal(take(&world, 1000), STREAM_DROP);
		srtp_dealloc(sender);
		stream_clear(&world.stream);
	}
}

static void many_srtp_sources_cost_no_memory(void **state)
{
	struct world world = world_of();
	struct media_stream told = told_of();
	srtp_t sender = sender_of(MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80);

	(void)state;
	told.srtp = MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80;
	memcpy(told.srtp_key, srtp_key, sizeof(srtp_key));
	assert_int_equal(stream_tell(&world.stream, &told), 0);
	for (uint32_t i = 0; i < 200; i++) {
		world.at += NS_PER_S;
		assert_int_equal(take_secure(&world, sender, 7, SSRC + i, -1),
				 STREAM_SOUND);
	}
	srtp_dealloc(sender);
	stream_clear(&world.stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_is_kept_once_through_the_wrap),
		cmocka_unit_test(late_packets_are_kept_in_any_order),
		cmocka_unit_test(gaps_are_counted_to_the_packet),
		cmocka_unit_test(a_restarted_sender_costs_one_packet),
		cmocka_unit_test(replayed_packets_change_nothing),
		cmocka_unit_test(a_new_ssrc_is_kept_from_its_first_packet),
		cmocka_unit_test(a_second_ssrc_beside_the_live_one_is_barred),
		cmocka_unit_test(forged_packets_change_nothing),
		cmocka_unit_test(an_untold_source_is_learned_once),
		cmocka_unit_test(pressed_keys_are_never_kept_and_are_no_loss),
		cmocka_unit_test(a_type_told_to_be_keys_is_never_sound),
		cmocka_unit_test(
			a_paused_stream_is_not_kept_and_its_pause_is_no_loss),
		cmocka_unit_test(reports_are_read_and_goodbyes_are_not),
		cmocka_unit_test(damaged_heads_are_no_rtp),
		cmocka_unit_test(srtp_is_opened_and_wrong_tags_only_count),
		cmocka_unit_test(many_srtp_sources_cost_no_memory),
	};

	if (secure_start() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
