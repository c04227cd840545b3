/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/prepare.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum {
	TALK_MS = 10000,	/**< without WAV files or --seconds */
	LOAD_SPEECH_MS = 64000, /**< one sound for many calls */
	SPEECH_MS_MAX = 3600 * 1000,
	TONE_MS = 1000, /**< whole periods, so it loops */
	TONE_A_HZ = 1000,
	TONE_B_HZ = 1900,
	SHARED_PAIRS = 16,
	SPARE_FILES = 64,
};

struct call_plan call_plan_default(void)
{
	struct call_plan plan = {
		.port = 5060,
		.agent = { "1", "", "agent1@example.fi" },
		.dialect = &dialects[0],
		.codec = CALL_PCMA,
		.calls = 1,
		.rate = 20,
		.seed = 1,
	};

	return plan;
}

static int load(const char *path, struct sound *sound, char *fault)
{
	int r = sound_load_wav(path, sound);

	if (r == -EBADMSG)
		(void)snprintf(fault, CALL_FAULT_SIZE, "no WAV file");
	else if (r == -ENOTSUP)
		(void)snprintf(fault, CALL_FAULT_SIZE,
			       "WAV file: only PCM, mono, 8 to 48 kHz");
	else if (r < 0)
		(void)snprintf(fault, CALL_FAULT_SIZE, "WAV file: %s",
			       strerror(-r));
	return r;
}

static uint32_t ms_of(const struct sound *sound)
{
	return (uint32_t)(sound->count * 1000 / sound->rate);
}

/* What a party says: a file, a tone or made-up speech. */
static int make(const struct fleet *fleet, const char *wav, uint32_t hz,
		int turn, struct sound *ret_sound, bool *ret_loops, char *fault)
{
	uint32_t rate = sdp_codecs[fleet->plan->codec].rate;
	uint32_t ms = fleet->talk_ms;

	*ret_loops = !wav;
	if (wav)
		return load(wav, ret_sound, fault);
	if (hz > 0)
		return sound_tone(hz, TONE_MS, rate, ret_sound);
	if (fleet->plan->calls > 1 && ms > LOAD_SPEECH_MS)
		ms = LOAD_SPEECH_MS;
	if (ms > SPEECH_MS_MAX)
		ms = SPEECH_MS_MAX;
	return sound_speech(fleet->plan->seed, turn, ms, rate, ret_sound);
}

static int lengths(struct fleet *fleet, char *fault)
{
	const char *wav[] = { fleet->plan->caller_wav, fleet->plan->agent_wav };
	uint32_t longest = 0;
	int r;

	fleet->talk_ms = fleet->plan->talk_ms;
	for (size_t i = 0; fleet->talk_ms == 0 && i < COUNT(wav); i++) {
		OWNED(sound_drop) struct sound sound = { 0 };

		if (!wav[i])
			continue;
		r = load(wav[i], &sound, fault);
		if (r < 0)
			return r;
		if (ms_of(&sound) > longest)
			longest = ms_of(&sound);
	}
	if (fleet->talk_ms == 0)
		fleet->talk_ms = longest > 0 ? longest : TALK_MS;
	return 0;
}

static int mix(struct fleet *fleet, const struct sound *caller,
	       const struct sound *agent)
{
	OWNED(sound_drop) struct sound a = { 0 };
	OWNED(sound_drop) struct sound b = { 0 };
	OWNED(sound_drop) struct sound both = { 0 };
	uint32_t rate = sdp_codecs[fleet->plan->codec].rate;
	int r;

	if (!dialect_does(fleet->plan->dialect, DIALECT_MIXED))
		return 0;
	r = sound_resample(caller, rate, &a);
	if (r < 0)
		return r;
	r = sound_resample(agent, rate, &b);
	if (r < 0)
		return r;
	r = sound_mix(&a, &b, &both);
	if (r < 0)
		return r;
	return track_make(fleet->plan->codec, &both,
			  !fleet->plan->caller_wav && !fleet->plan->agent_wav,
			  &fleet->mixed);
}

static int tones(struct fleet *fleet)
{
	const struct call_plan *plan = fleet->plan;
	uint32_t rate = sdp_codecs[plan->codec].rate;
	struct {
		bool needed;
		uint32_t hz;
		struct track *track;
	} tone[] = {
		{ plan->early_ms > 0, TONE_A_HZ, &fleet->tone_a },
		{ plan->after_ms > 0, TONE_B_HZ, &fleet->tone_b },
		{ plan->step_count > 0, 440, &fleet->third },
	};
	int r;

	for (size_t i = 0; i < COUNT(tone); i++) {
		OWNED(sound_drop) struct sound sound = { 0 };

		if (!tone[i].needed)
			continue;
		r = sound_tone(tone[i].hz, TONE_MS, rate, &sound);
		if (r < 0)
			return r;
		r = track_make(plan->codec, &sound, true, tone[i].track);
		if (r < 0)
			return r;
	}
	return 0;
}

static int save(const char *path, const struct sound *sound, char *fault)
{
	int r = path ? sound_save_wav(path, sound) : 0;

	if (r < 0)
		(void)snprintf(fault, CALL_FAULT_SIZE, "cannot save: %s",
			       strerror(-r));
	return r;
}

int prepare_sound(struct fleet *fleet, char *fault)
{
	const struct call_plan *plan = fleet->plan;
	OWNED(sound_drop) struct sound caller = { 0 };
	OWNED(sound_drop) struct sound agent = { 0 };
	bool caller_loops, agent_loops;
	int r;

	r = lengths(fleet, fault);
	if (r < 0)
		return r;
	r = make(fleet, plan->caller_wav, plan->caller_tone, 0, &caller,
		 &caller_loops, fault);
	if (r < 0)
		return r;
	r = make(fleet, plan->agent_wav, plan->agent_tone, 1, &agent,
		 &agent_loops, fault);
	if (r < 0)
		return r;
	r = save(plan->save_caller, &caller, fault);
	if (r < 0)
		return r;
	r = save(plan->save_agent, &agent, fault);
	if (r < 0)
		return r;
	r = track_make(plan->codec, &caller, caller_loops, &fleet->caller);
	if (r == 0)
		r = track_make(plan->codec, &agent, agent_loops, &fleet->agent);
	if (r == 0)
		r = mix(fleet, &caller, &agent);
	if (r == 0)
		r = tones(fleet);
	if (r == -ENOTSUP)
		(void)snprintf(fault, CALL_FAULT_SIZE,
			       "this machine cannot encode %s",
			       sdp_codecs[plan->codec].name);
	return r;
}

static int own_address(struct fleet *fleet)
{
	const char *text = wire_address(fleet->wire);
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		memcpy(&fleet->own, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		memcpy(&fleet->own, &v6, sizeof(v6));
	else
		return -EADDRNOTAVAIL;
	return 0;
}

int prepare_ports(struct fleet *fleet)
{
	static bool srtp_is_ready;
	const struct call_plan *plan = fleet->plan;
	uint32_t running = plan->at_once > 0 && plan->at_once < plan->calls
				   ? plan->at_once
				   : plan->calls;
	struct rlimit limit;
	bool shared;
	int r;

	r = own_address(fleet);
	if (r < 0)
		return r;
	/* The library refuses to be started twice. */
	if (!srtp_is_ready && srtp_init() != srtp_err_status_ok)
		return -EIO;
	srtp_is_ready = true;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	/* Four sockets a call, if there are that many to be had. */
	shared = plan->shared_ports || running > 1000 ||
		 running * 4u + SPARE_FILES > limit.rlim_cur;
	if (!shared)
		return 0;
	fleet->shared = calloc(SHARED_PAIRS, sizeof(*fleet->shared));
	if (!fleet->shared)
		return -ENOMEM;
	for (size_t i = 0; i < SHARED_PAIRS; i++) {
		r = rtp_port_open(&fleet->own, true, &fleet->shared[i]);
		if (r < 0)
			return r;
		fleet->shared_count++;
	}
	return 0;
}

void prepare_done(struct fleet *fleet)
{
	track_drop(&fleet->caller);
	track_drop(&fleet->agent);
	track_drop(&fleet->third);
	track_drop(&fleet->mixed);
	track_drop(&fleet->tone_a);
	track_drop(&fleet->tone_b);
}
