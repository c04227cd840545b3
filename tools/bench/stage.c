/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * stage: runs the real tallenne-media for the benchmark, with the house,
 * siprec and finish played around it.
 *
 *	stage PROGRAM SPOOL CORE FIRST-PORT COUNT CALLS SOURCE-PORT
 *
 * Prints the program's process id and waits for a line on standard input.
 * Opens the calls, two streams each, answered, and prints the ports, one a
 * line for each stream, then an empty line. At the end of standard input it
 * closes the calls, waits until all of them are durable, and prints one line
 * of JSON.
 */
#include "tests/unit/media_stage.h"

#include "spool/spool.h"

enum { STREAMS = 2, PCMA = 8, ASK_MS = 20 };

static struct id name_of(uint64_t call, uint8_t kind)
{
	struct id id = { .byte = { [15] = kind } };

	memcpy(id.byte, &call, sizeof(call));
	return id;
}

static void open_call(struct stage *stage, uint64_t number, uint16_t source)
{
	const uint8_t loopback[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
	nanoseconds now = clock_now(&clock_system);
	struct media_opened answer;
	struct media_open letter = {
		.head = { .type = MEDIA_OPEN, .size = sizeof(letter) },
		.contact = name_of(number, 1),
		.call = name_of(number, 2),
		.number = number,
		.end = { SEAL_CLASS_AUDIO, 20270523 },
		.stream_count = STREAMS,
		.answered_at = now,
		.at = now,
	};

	for (uint8_t i = 0; i < STREAMS; i++) {
		letter.streams[i] = (struct media_stream){
			.source_port = source,
			.lane = (uint8_t)(CALL_LANE_CALLER + i),
			.state = CALL_STREAM_LIVE,
			.label = i,
			.codec_count = 1,
			.codecs = { { PCMA, CALL_CODEC_PCMA, 1, 0, 8000 } },
		};
		memcpy(letter.streams[i].address, loopback, sizeof(loopback));
	}
	STAGE_MUST(line_post(stage->siprec, &letter.head, NULL, true));
	if (!stage_take(stage, stage->siprec, MEDIA_OPENED, &answer.head,
			sizeof(answer), STAGE_WAIT_MS) ||
	    answer.result != 0) {
		fprintf(stderr, "stage: call %llu was refused: %d\n",
			(unsigned long long)number, answer.result);
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < STREAMS; i++)
		printf("%u\n", answer.port[i]);
}

static void close_call(struct stage *stage, uint64_t number)
{
	struct media_close letter = {
		.head = { .type = MEDIA_CLOSE, .size = sizeof(letter) },
		.call = name_of(number, 2),
		.at = clock_now(&clock_system),
		.reason = CALL_END_BYE,
	};
	struct media_closed answer;

	STAGE_MUST(line_post(stage->siprec, &letter.head, NULL, true));
	if (!stage_take(stage, stage->siprec, MEDIA_CLOSED, &answer.head,
			sizeof(answer), STAGE_WAIT_MS))
		fprintf(stderr, "stage: call %llu did not close\n",
			(unsigned long long)number);
}

/* Every call is handed to finish once it is durable. */
static uint64_t take_finished(struct stage *stage, uint64_t calls,
			      uint64_t *ret_blocks)
{
	uint64_t count = 0;

	while (count < calls) {
		struct finish_call asked;
		struct finish_done done = {
			.head = { .type = FINISH_DONE, .size = sizeof(done) },
		};

		if (!stage_take(stage, stage->finish, FINISH_CALL, &asked.head,
				sizeof(asked), STAGE_WAIT_MS))
			break;
		count++;
		*ret_blocks += asked.chunk_count;
		done.call = asked.call;
		STAGE_MUST(line_post(stage->finish, &done.head, NULL, true));
	}
	return count;
}

/* While the load runs: do the house's work, note the worst figures. */
static uint64_t watch(struct stage *stage)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t worst_lag = 0;

	while (poll(&input, 1, ASK_MS) == 0) {
		uint64_t lag =
			stage_figure(stage, "media_spool_lag_milliseconds");

		if (lag > worst_lag)
			worst_lag = lag;
		while (poll(&(struct pollfd){ .fd = stage->control,
					      .events = POLLIN },
			    1, 0) > 0)
			if (!stage_serve_house(stage, 0))
				return worst_lag;
	}
	return worst_lag;
}

static uint64_t number_of(const char *text, uint64_t max)
{
	uint64_t number;

	if (slice_number(slice_of(text), max, &number) < 0) {
		fprintf(stderr, "stage: no number: %s\n", text);
		exit(2);
	}
	return number;
}

int main(int argc, char **argv)
{
	static struct stage stage;
	uint64_t calls, lag, finished, blocks = 0;
	uint16_t source;

	if (argc != 8) {
		fprintf(stderr, "usage: stage PROGRAM SPOOL CORE FIRST COUNT "
				"CALLS SOURCE-PORT\n");
		return 2;
	}
	calls = number_of(argv[6], 100000);
	source = (uint16_t)number_of(argv[7], UINT16_MAX);
	stage_open(&stage, argv[1], "calls_max\t5000\n", "127.0.0.1",
		   (uint16_t)number_of(argv[4], UINT16_MAX),
		   (uint16_t)number_of(argv[5], UINT16_MAX), true, argv[2],
		   (int)number_of(argv[3], 1024), true);
	printf("%d\n", stage.pid);
	fflush(stdout);
	if (getchar() == EOF) /* a line: its memory was looked at */
		return EXIT_FAILURE;
	for (uint64_t i = 1; i <= calls; i++)
		open_call(&stage, i, source);
	printf("\n");
	fflush(stdout);

	lag = watch(&stage);
	for (uint64_t i = 1; i <= calls; i++)
		close_call(&stage, i);
	finished = take_finished(&stage, calls, &blocks);
	usleep(1200000); /* until the figures are shown */
	printf("{\"received\": %llu, \"recorded\": %llu, \"lost\": %llu, "
	       "\"kernel_drops\": %llu, \"overrun\": %llu, \"calls\": %llu, "
	       "\"blocks\": %llu, \"syncs\": %llu, \"lag_ms\": %llu, "
	       "\"sync_ms\": %llu, \"range\": %d}\n",
	       (unsigned long long)stage_figure(&stage, "media_packets_total"),
	       (unsigned long long)stage_figure(&stage,
						"media_recorded_packets_total"),
	       (unsigned long long)stage_figure(&stage,
						"media_lost_packets_total"),
	       (unsigned long long)stage_figure(&stage,
						"media_kernel_drops_total"),
	       (unsigned long long)stage_figure(&stage,
						"media_dropped_overrun_total"),
	       (unsigned long long)finished, (unsigned long long)blocks,
	       (unsigned long long)stage_figure(&stage,
						"media_spool_syncs_total"),
	       (unsigned long long)lag,
	       (unsigned long long)stage_figure(
		       &stage, "media_spool_longest_sync_milliseconds"),
	       stage.is_range);
	return stage_close(&stage) == 0 ? 0 : EXIT_FAILURE;
}
