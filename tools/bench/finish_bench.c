/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How fast finish is: an invented call of two voices in turn, written to a
 * spool, then rendered and sealed as a worker would. One line for each
 * codec and run:
 *
 *	codec  seconds of call  seconds of CPU  times real time  peak MiB
 *
 *	finish_bench [MINUTES [RUNS]]
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "seal/write.h"
#include "seal_world.h"
#include "synthetic.h"

enum { TURN_S = 4 };

struct plan {
	const char *name;
	struct call_codec_map codec;
	uint32_t rate; /* of the samples in a payload */
};

static const struct plan plans[] = {
	{ "PCMA", { 8, CALL_CODEC_PCMA, 1, 0, 8000 }, 8000 },
	{ "L16/16000", { 97, CALL_CODEC_L16, 1, 0, 16000 }, 16000 },
};

/* Something like a voice: a gliding pitch with harmonics and breath. */
static int16_t voice(uint64_t sample, uint32_t rate, int lane, double *phase)
{
	double t = (double)sample / rate;
	bool speaks = (uint64_t)(t / TURN_S) % 2 == (uint64_t)lane;
	double pitch = (lane ? 190 : 120) * (1 + 0.2 * sin(2.1 * t));
	double loud = fmax(0, sin(9 * t)) * (0.6 + 0.4 * sin(1.3 * t));
	double sum = 0;

	*phase += 2 * M_PI * pitch / rate;
	if (speaks)
		for (int i = 1; i <= 14; i++)
			sum += sin(i * *phase) / i *
			       (1 + cos(i * 0.7 + 1.7 * t));
	sum = 2500 * loud * sum + ((double)syn_dice(2001) - 1000) * 0.02;
	if (speaks)
		sum += ((double)syn_dice(2001) - 1000) * 0.3 * loud;
	return (int16_t)fmax(-32000, fmin(32000, sum));
}

static void write_call(struct syn *syn, const struct plan *plan, int minutes)
{
	struct syn_call *call = &syn->call[0];
	uint32_t frame = plan->rate / 50;
	nanoseconds end = SYN_ZERO + minutes * 60 * NS_PER_S;
	double phase[2] = { 0, 0 };

	for (int lane = 0; lane < 2; lane++)
		syn_stream(syn, call, lane, SYN_ZERO,
			   lane ? CALL_LANE_AGENT : CALL_LANE_CALLER,
			   (uint32_t)lane, &plan->codec, CALL_STREAM_LIVE);
	for (uint32_t i = 0; i < (uint32_t)minutes * 60 * 50; i++)
		for (int lane = 0; lane < 2; lane++) {
			struct syn_rtp head = { plan->codec.payload_type,
						(uint16_t)i, i * frame,
						(uint32_t)lane + 1 };
			uint8_t payload[640];
			size_t size = 0;

			for (uint32_t j = 0; j < frame; j++) {
				int16_t sample =
					voice(i * frame + j, plan->rate, lane,
					      &phase[lane]);

				if (plan->codec.codec == CALL_CODEC_PCMA) {
					payload[size++] = syn_alaw(sample);
					continue;
				}
				payload[size++] = (uint8_t)(sample >> 8);
				payload[size++] = (uint8_t)sample;
			}
			syn_rtp(syn, call, lane, SYN_ZERO + i * 20 * NS_PER_MS,
				&head, payload, size);
		}
	syn_close(syn, call, SYN_ZERO, end);
}

static int render_and_seal(const struct syn *syn, const struct seal_world *keys)
{
	struct render_order order = syn_order(syn, &syn->call[0]);
	OWNED(render_drop) struct render render = NO_RENDER;
	const struct seal_end end = { SEAL_CLASS_AUDIO, 20270523 };
	int r = render_call(&order, &render);

	for (int i = 0; r == 0 && i < RENDER_PARTS; i++) {
		struct seal_object object = {
			.object = id_new(),
			.kind = (uint32_t)i + 1,
		};
		OWNED(drop_fd) int out = memfd_create("object", MFD_CLOEXEC);
		void *content = mmap(NULL, render.size[i], PROT_READ,
				     MAP_SHARED, render.fd[i], 0);

		r = seal_write(out, keys->set, &end, keys->node_seed, &object,
			       content, render.size[i]);
		munmap(content, render.size[i]);
	}
	return r;
}

/* In a process of its own, so that its memory is its own. */
static int measure(const struct syn *syn, const struct seal_world *keys,
		   const struct plan *plan, int minutes)
{
	struct rusage used;
	pid_t pid = fork();
	double cpu;
	int status;

	if (pid == 0)
		_exit(render_and_seal(syn, keys) == 0 ? 0 : 1);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
		return -EIO;
	cpu = (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
	      (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	printf("%s %d %.2f %.0f %ld\n", plan->name, minutes * 60, cpu,
	       minutes * 60 / cpu, used.ru_maxrss / 1024);
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t minutes = 30;
	uint64_t runs = 3;
	struct seal_world keys = seal_world_new();

	if ((argc > 1 && slice_number(slice_of(argv[1]), 600, &minutes) < 0) ||
	    (argc > 2 && slice_number(slice_of(argv[2]), 100, &runs) < 0)) {
		fprintf(stderr, "finish_bench [MINUTES [RUNS]]\n");
		return 2;
	}
	for (size_t i = 0; i < COUNT(plans); i++) {
		struct syn syn;

		syn_begin(&syn);
		write_call(&syn, &plans[i], (int)minutes);
		for (uint64_t j = 0; j < runs; j++)
			if (measure(&syn, &keys, &plans[i], (int)minutes) < 0)
				return 1;
		syn_end(&syn);
	}
	seal_world_free(&keys);
	return 0;
}
