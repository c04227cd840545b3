/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The real tallenne-media between a played house, siprec and finish, with
 * RTP over loopback. First argument of the program: its path.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "media/inlet.h"
#include "media_stage.h"
#include "spool/read.h"

enum { PORT_COUNT = 16, SIZE = 172, PCMA = 8, SPOOLED_MS = 60000 };

static const char *program;
static char spool_dir[] = "/var/tmp/media-test-XXXXXX";
static const struct seal_end end = { SEAL_CLASS_AUDIO, 20270523 };

struct talker {
	int fd;
	uint16_t port;
	uint16_t sequence;
};

static struct talker talker_of(void)
{
	struct talker talker = { .fd = socket(AF_INET, SOCK_DGRAM, 0) };
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(talker.fd >= 0);
	assert_int_equal(bind(talker.fd, (void *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(talker.fd, (void *)&at, &size), 0);
	talker.port = ntohs(at.sin_port);
	return talker;
}

static void say(struct talker *talker, uint16_t port, int count)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	uint8_t packet[SIZE] = { 0x80, PCMA };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < count; i++) {
		packet[2] = (uint8_t)(talker->sequence >> 8);
		packet[3] = (uint8_t)talker->sequence++;
		assert_int_equal(sendto(talker->fd, packet, SIZE, 0,
					(void *)&to, sizeof(to)),
				 SIZE);
	}
}

static nanoseconds now(void)
{
	return clock_now(&clock_system);
}

static void start(struct stage *stage, const char *settings, bool want_range,
		  bool keys)
{
	uint16_t first = (uint16_t)(20000 + (random() % 15000) * 2);

	stage_open(stage, program, settings, "127.0.0.1", first, PORT_COUNT,
		   want_range, spool_dir, -1, keys);
}

static struct media_open letter_of(const struct talker *talker, uint8_t name)
{
	struct media_open letter = {
		.head = { .type = MEDIA_OPEN, .size = sizeof(letter) },
		.contact = { { name, 1 } },
		.call = { { name, 2 } },
		.number = 1000u + name,
		.end = end,
		.stream_count = 1,
		.at = now(),
		.streams = { {
			.source_port = talker->port,
			.lane = CALL_LANE_CALLER,
			.state = CALL_STREAM_LIVE,
			.label = 1,
			.codec_count = 1,
			.codecs = { { PCMA, CALL_CODEC_PCMA, 1, 0, 8000 } },
		} },
	};
	const uint8_t loopback[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };

	memcpy(letter.streams[0].address, loopback, sizeof(loopback));
	return letter;
}

static struct media_opened open_call(struct stage *stage,
				     struct media_open *letter)
{
	struct media_opened answer = { .result = -1 };

	letter->head.tag = 4711;
	assert_int_equal(line_post(stage->siprec, &letter->head, NULL, true),
			 0);
	assert_true(stage_take(stage, stage->siprec, MEDIA_OPENED, &answer.head,
			       sizeof(answer), STAGE_WAIT_MS));
	assert_int_equal(answer.head.tag, 4711);
	return answer;
}

/* Figures are shown once a second: that the room got so far. */
static void await_figure(const struct stage *stage, const char *name,
			 uint64_t least)
{
	for (int i = 0; i < STAGE_WAIT_MS && stage_figure(stage, name) < least;
	     i++)
		usleep(1000);
	assert_true(stage_figure(stage, name) >= least);
}

static void mark(struct stage *stage, const struct id *call, uint32_t kind)
{
	struct media_mark letter = {
		.head = { .type = MEDIA_MARK, .size = sizeof(letter) },
		.call = *call,
		.at = now(),
		.kind = kind,
		.label = UINT32_MAX,
	};

	assert_int_equal(line_post(stage->siprec, &letter.head, NULL, true), 0);
}

static struct media_closed close_call(struct stage *stage,
				      const struct id *call)
{
	struct media_close letter = {
		.head = { .type = MEDIA_CLOSE, .size = sizeof(letter) },
		.call = *call,
		.at = now(),
		.reason = CALL_END_BYE,
	};
	struct media_closed answer = { .result = -1 };

	assert_int_equal(line_post(stage->siprec, &letter.head, NULL, true), 0);
	assert_true(stage_take(stage, stage->siprec, MEDIA_CLOSED, &answer.head,
			       sizeof(answer), STAGE_WAIT_MS));
	return answer;
}

static struct finish_call asked_of(struct stage *stage)
{
	struct finish_call asked = { .number = 0 };

	assert_true(stage_take(stage, stage->finish, FINISH_CALL, &asked.head,
			       sizeof(asked), SPOOLED_MS));
	return asked;
}

static void done(struct stage *stage, const struct finish_call *asked,
		 int result)
{
	struct finish_done letter = {
		.head = { .type = FINISH_DONE, .size = sizeof(letter) },
		.call = asked->call,
		.result = result,
	};

	assert_int_equal(line_post(stage->finish, &letter.head, NULL, true), 0);
}

static int packets_of(struct stage *stage, const struct finish_call *asked)
{
	OWNED(spool_reader_drop) struct spool_reader *reader = NULL;
	struct spool_segment segments[STAGE_SEGMENTS_MAX];
	const struct spool_place last = { asked->last.segment,
					  asked->last.block };
	struct spool_item item;
	size_t count = 0;
	int packets = 0;

	for (uint32_t i = 0; i < stage->segment_count; i++)
		if (stage->segments[i].fd >= 0)
			segments[count++] = (struct spool_segment){
				stage->segments[i].number, stage->segments[i].fd
			};
	assert_int_equal(spool_reader_new(segments, count, &asked->call,
					  asked->key, &reader),
			 0);
	assert_int_equal(spool_reader_follow(reader, last, asked->chunk_count),
			 0);
	while (spool_reader_next(reader, &item) == 0) {
		assert_int_not_equal(item.kind, SPOOL_GAP);
		packets += item.kind == SPOOL_RTP;
	}
	return packets;
}

/* The key in the spool is the one that finish got, for the vault alone. */
static void key_is_sealed(struct stage *stage, const struct finish_call *asked)
{
	const struct open_pair *pair = seal_world_pair(&stage->seals, &end);
	uint8_t key[SEAL_KEY_SIZE];

	for (uint32_t i = 0; i < stage->segment_count; i++) {
		struct spool_segment segment = { stage->segments[i].number,
						 stage->segments[i].fd };
		struct spool_first first;
		struct spool_head head;

		for (uint32_t block = 1;
		     spool_look(&segment, block, &head, &first) != -ENODATA;
		     block++) {
			if (head.kind != SPOOL_FIRST ||
			    !id_is(&head.call, &asked->call))
				continue;
			assert_int_equal(open_key(&first.wrapped, pair,
						  SEAL_FOR_SPOOL, &asked->call,
						  key),
					 0);
			assert_memory_equal(key, asked->key, sizeof(key));
			assert_int_equal(first.number, asked->number);
			return;
		}
	}
	fail();
}

static void records_a_call(bool want_range)
{
	struct stage stage = { 0 };
	struct talker talker = talker_of(), stranger = talker_of();
	struct media_open letter = letter_of(&talker, 1);
	struct media_opened opened;
	struct media_closed closed;
	struct finish_call asked;
	struct id other = letter.call;

	start(&stage, "", want_range, true);
	opened = open_call(&stage, &letter);
	assert_int_equal(opened.result, 0);
	assert_true(opened.port[0] != 0 && opened.port[0] % 2 == 0);
	say(&talker, opened.port[0], 10);
	usleep(2000);
	mark(&stage, &letter.call, CALL_MARK_ANSWERED);
	/* Letters are taken in their order: this one after the mark. Only so
	 * much sound is kept as speech has while a letter is on its way. */
	other.byte[0] ^= 1;
	assert_int_equal(close_call(&stage, &other).result, -ENOENT);
	/* Faster than speech, but not faster than it is taken. */
	for (int i = 1; i <= 20; i++) {
		say(&talker, opened.port[0], 25);
		say(&stranger, opened.port[0], 25);
		/* A socket keeps some two hundred of them. */
		if (i % 3 == 0)
			await_figure(&stage, "media_packets_total",
				     10 + 50 * (uint64_t)i);
		usleep(30000);
	}
	closed = close_call(&stage, &letter.call);
	assert_int_equal(closed.result, 0);
	assert_int_equal(closed.streams_heard, 1);
	/* After the end: to a port that is nobody's now. */
	say(&talker, opened.port[0], 10);

	asked = asked_of(&stage);
	assert_true(id_is(&asked.call, &letter.call));
	assert_int_equal(asked.number, letter.number);
	assert_int_equal(asked.reason, CALL_END_BYE);
	assert_true(asked.ended_at > asked.answered_at);
	assert_int_equal(packets_of(&stage, &asked), 500);
	key_is_sealed(&stage, &asked);
	done(&stage, &asked, 0);
	assert_int_equal(close_call(&stage, &letter.call).result, -ENOENT);
	assert_int_equal(stage_close(&stage), 0);
	for (uint32_t i = 0; i < stage.segment_count; i++)
		assert_true(stage.segments[i].is_done);
	close(talker.fd);
	close(stranger.fd);
}

static void a_call_over_ordinary_sockets_is_recorded(void **state)
{
	(void)state;
	records_a_call(false);
}

static void a_call_over_a_range_is_recorded(void **state)
{
	(void)state;
	records_a_call(true);
}

static void without_keys_calls_are_refused(void **state)
{
	struct stage stage = { 0 };
	struct talker talker = talker_of();
	struct media_open letter = letter_of(&talker, 1);
	int result = -ENOKEY;

	(void)state;
	start(&stage, "", false, false);
	assert_int_equal(open_call(&stage, &letter).result, -ENOKEY);
	stage_give_keys(&stage);
	for (int i = 0; i < STAGE_WAIT_MS && result == -ENOKEY; i++) {
		result = open_call(&stage, &letter).result;
		usleep(1000);
	}
	assert_int_equal(result, 0);
	letter.streams[0].lane = 99;
	assert_int_equal(open_call(&stage, &letter).result, -EINVAL);
	letter = letter_of(&talker, 2);
	letter.head.type = MEDIA_CHANGE;
	assert_int_equal(open_call(&stage, &letter).result, -ENOENT);
	/* 16 ports are 8 pairs; one is taken. */
	letter = letter_of(&talker, 3);
	letter.stream_count = 8;
	for (int i = 1; i < 8; i++)
		letter.streams[i] = letter.streams[0];
	assert_int_equal(open_call(&stage, &letter).result, -EAGAIN);
	letter.stream_count = 7;
	assert_int_equal(open_call(&stage, &letter).result, 0);
	assert_int_equal(stage_close(&stage), 0);
	close(talker.fd);
}

static void calls_outlive_siprec_and_finish(void **state)
{
	struct stage stage = { 0 };
	struct talker talker = talker_of();
	struct media_open letter = letter_of(&talker, 1);
	struct media_opened opened, again;
	struct finish_call asked;
	struct id old = letter.call;

	(void)state;
	start(&stage, "", true, true);
	letter.answered_at = letter.at = now();
	opened = open_call(&stage, &letter);
	say(&talker, opened.port[0], 100);
	stage_new_siprec(&stage);
	await_figure(&stage, "media_packets_total", 100);
	say(&talker, opened.port[0], 100);
	await_figure(&stage, "media_packets_total", 200);
	/* It may know the contact only. */
	letter.call.byte[5] = 9;
	letter.segment = 1;
	again = open_call(&stage, &letter);
	assert_int_equal(again.result, 0);
	assert_int_equal(again.port[0], opened.port[0]);
	say(&talker, opened.port[0], 100);
	assert_int_equal(close_call(&stage, &letter.call).result, 0);

	asked = asked_of(&stage);
	assert_true(id_is(&asked.call, &old));
	assert_int_equal(asked.segment, 0);
	stage_new_finish(&stage);
	asked = asked_of(&stage);
	assert_int_equal(packets_of(&stage, &asked), 300);
	done(&stage, &asked, 0);
	assert_int_equal(stage_close(&stage), 0);
	close(talker.fd);
}

static void silence_is_told_and_ends_only_orphans(void **state)
{
	struct stage stage = { 0 };
	struct talker talker = talker_of();
	struct media_open letter = letter_of(&talker, 1);
	struct media_opened opened;
	struct media_closed silent;
	struct finish_call asked;

	(void)state;
	start(&stage, "silence_s\t1\n", true, true);
	letter.answered_at = letter.at = now();
	opened = open_call(&stage, &letter);
	say(&talker, opened.port[0], 50);
	assert_true(stage_take(&stage, stage.siprec, MEDIA_SILENT, &silent.head,
			       sizeof(silent), 5000));
	assert_true(id_is(&silent.call, &letter.call));
	assert_true(silent.last_at >= letter.at && silent.last_at <= now());
	say(&talker, opened.port[0], 50);
	stage_new_siprec(&stage);
	asked = asked_of(&stage);
	assert_int_equal(asked.reason, CALL_END_LOST);
	assert_int_equal(packets_of(&stage, &asked), 100);
	done(&stage, &asked, 0);
	assert_int_equal(stage_close(&stage), 0);
	close(talker.fd);
}

static void failing_segments_lose_nothing(void **state)
{
	struct stage stage = { .fail_on = "/dev/null", .fail_count = 3 };
	struct talker talker = talker_of();
	struct media_open letter = letter_of(&talker, 1);
	struct media_opened opened;
	struct finish_call asked;

	(void)state;
	start(&stage, "", true, true);
	letter.answered_at = letter.at = now();
	opened = open_call(&stage, &letter);
	for (int i = 0; i < 10; i++) {
		say(&talker, opened.port[0], 50);
		for (int ms = 0; ms < 30; ms++)
			(void)stage_serve_house(&stage, 1);
	}
	close_call(&stage, &letter.call);
	asked = asked_of(&stage);
	assert_true(asked.last.segment > 3);
	assert_int_equal(packets_of(&stage, &asked), 500);
	assert_true(stage.segments[0].is_dead);
	done(&stage, &asked, 0);
	assert_int_equal(stage_close(&stage), 0);
	close(talker.fd);
}

static void soon_nothing(void *self, uint16_t port)
{
	(void)self, (void)port;
}

static void take_nothing(void *self, const struct datagram *datagram)
{
	(void)self, (void)datagram;
}

static const struct inlet_face nobody = { soon_nothing, soon_nothing,
					  take_nothing, NULL };

static void sockets_cannot_send_once_media_has_them(void **state)
{
	struct inlet *inlet;
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct talker talker = talker_of();
	int same = dup(talker.fd);

	(void)state;
	assert_int_equal(inlet_new(&nobody, &inlet), 0);
	assert_int_equal(inlet_add(inlet, talker.fd, talker.port, 1), 0);
	to.sin_port = htons(9);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(
		sendto(same, "x", 1, MSG_NOSIGNAL, (void *)&to, sizeof(to)),
		-1);
	assert_int_equal(errno, EPIPE);
	close(same);
	inlet_free(inlet);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_over_ordinary_sockets_is_recorded),
		cmocka_unit_test(a_call_over_a_range_is_recorded),
		cmocka_unit_test(without_keys_calls_are_refused),
		cmocka_unit_test(calls_outlive_siprec_and_finish),
		cmocka_unit_test(silence_is_told_and_ends_only_orphans),
		cmocka_unit_test(failing_segments_lose_nothing),
		cmocka_unit_test(sockets_cannot_send_once_media_has_them),
	};
	int failed;

	if (argc < 2 || !mkdtemp(spool_dir))
		return 2;
	program = argv[1];
	srandom((unsigned)getpid());
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(spool_dir);
	return failed;
}
