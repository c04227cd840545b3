/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/jobs.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/counters.h"
#include "base/log.h"
#include "spool/codec.h"

enum state {
	FREE,
	WAITING, /* for a worker */
	WORKING,
	MADE, /* to be posted to the register */
	SENT, /* the register has yet to answer */
	OVER, /* who asked has yet to be told */
};

struct job {
	enum state state;
	struct finish_call call; /* its key is zero: it stands in keys */
	int from;
	uint64_t turn; /* first come, first served */
	int crashes;
	bool is_given_up;
	uint32_t avoid_track;
	uint32_t avoid_codec;
	struct worker worker;
	struct register_recording recording;
	struct letter_fds fds;
	int result;
};

struct jobs {
	struct loop *loop;
	const struct segments *segments;
	struct jobs_face face;
	int workers_max;
	int working;
	int made; /* MADE and SENT */
	int count;
	uint64_t turn;
	struct seal_keyset *set;
	uint8_t *node_seed;		/* locked; NULL until it came */
	uint8_t (*keys)[SEAL_KEY_SIZE]; /* locked, one for each job */
	struct job job[JOBS_MAX];
	const struct job *forked; /* in the worker: whose it is */

	struct {
		struct counter *calls;
		struct counter *crashes;
		struct counter *damaged;
		struct counter *refused;
		struct counter *silent;
		struct counter *seconds;
		struct counter *waiting;
	} counts;
};

static void make_counters(struct jobs *jobs)
{
	jobs->counts.calls = counter_new(COUNTER_TOTAL, "finish_calls_total",
					 "Calls made into recordings.");
	jobs->counts.crashes =
		counter_new(COUNTER_TOTAL, "finish_worker_crashes_total",
			    "Workers that ended without an answer.");
	jobs->counts.damaged = counter_new(
		COUNTER_TOTAL, "finish_damaged_total",
		"Recordings of which something could not be saved.");
	jobs->counts.refused =
		counter_new(COUNTER_TOTAL, "finish_refused_total",
			    "Calls put off because too many were waiting.");
	jobs->counts.silent =
		counter_new(COUNTER_TOTAL, "finish_silent_total",
			    "Calls without any sound between answer and end.");
	jobs->counts.seconds =
		counter_new(COUNTER_TOTAL, "finish_sound_seconds_total",
			    "Length of all recordings made.");
	jobs->counts.waiting = counter_new(COUNTER_GAUGE, "finish_waiting",
					   "Calls not yet with the register.");
}

int jobs_new(struct loop *loop, const struct segments *segments,
	     const struct jobs_face *face, struct jobs **ret_jobs)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	jobs->keys = sodium_allocarray(JOBS_MAX, sizeof(*jobs->keys));
	if (!jobs->keys) {
		free(jobs);
		return -ENOMEM;
	}
	sodium_memzero(jobs->keys, JOBS_MAX * sizeof(*jobs->keys));
	jobs->loop = loop;
	jobs->segments = segments;
	jobs->face = *face;
	jobs->workers_max = 1;
	make_counters(jobs);
	*ret_jobs = jobs;
	return 0;
}

static uint8_t *key_of(struct jobs *jobs, const struct job *job)
{
	return jobs->keys[job - jobs->job];
}

static void end_worker(struct jobs *jobs, struct job *job)
{
	if (job->worker.pid == 0)
		return;
	loop_unwatch(jobs->loop, job->worker.end);
	worker_end(&job->worker);
	jobs->working--;
}

static void drop(struct jobs *jobs, struct job *job)
{
	end_worker(jobs, job);
	if (job->state == MADE || job->state == SENT)
		jobs->made--;
	letter_fds_drop(&job->fds);
	sodium_memzero(key_of(jobs, job), SEAL_KEY_SIZE);
	sodium_memzero(job, sizeof(*job));
	jobs->count--;
	counter_set(jobs->counts.waiting, (uint64_t)jobs->count);
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;
	for (int i = 0; i < JOBS_MAX; i++)
		if (jobs->job[i].state != FREE)
			drop(jobs, &jobs->job[i]);
	seal_keyset_free(jobs->set);
	sodium_free(jobs->node_seed);
	sodium_free(jobs->keys);
	free(jobs);
}

static struct job *find(struct jobs *jobs, const struct id *call)
{
	for (int i = 0; i < JOBS_MAX; i++)
		if (jobs->job[i].state != FREE &&
		    id_is(&jobs->job[i].call.call, call))
			return &jobs->job[i];
	return NULL;
}

bool jobs_has(const struct jobs *jobs, const struct id *call)
{
	for (int i = 0; i < JOBS_MAX; i++)
		if (jobs->job[i].state != FREE &&
		    id_is(&jobs->job[i].call.call, call))
			return true;
	return false;
}

/* ---- over ---- */

static void say_over(struct jobs *jobs, struct job *job)
{
	int r = jobs->face.over(jobs->face.self, &job->call.call, job->from,
				job->call.head.tag, job->result);

	/* Who is gone asks again when it is back. */
	if (r != -EAGAIN)
		drop(jobs, job);
}

static void be_over(struct jobs *jobs, struct job *job, int result)
{
	end_worker(jobs, job);
	letter_fds_drop(&job->fds);
	if (job->state == MADE || job->state == SENT)
		jobs->made--;
	job->state = OVER;
	job->result = result;
	sodium_memzero(key_of(jobs, job), SEAL_KEY_SIZE);
	say_over(jobs, job);
}

/* ---- to the register ---- */

static void post(struct jobs *jobs, struct job *job)
{
	int r = jobs->face.post(jobs->face.self, &job->recording, &job->fds);

	if (r == 0)
		job->state = SENT;
}

/* What stands in the letter is ours to say, not the worker's. */
static void address(struct job *job)
{
	struct register_recording *recording = &job->recording;

	recording->head = (struct letter){ .type = REGISTER_RECORDING,
					   .size = sizeof(*recording) };
	recording->contact = job->call.contact;
	recording->call = job->call.call;
	recording->number = job->call.number;
	recording->segment = job->call.segment;
	if (id_is_none(&recording->object[0]))
		recording->end = job->call.end;
}

static void be_made(struct jobs *jobs, struct job *job, int result)
{
	job->result = result;
	job->state = MADE;
	jobs->made++;
	address(job);
	counter_add(jobs->counts.calls, result == -ENODATA ? 0 : 1);
	counter_add(jobs->counts.silent, result == -ENODATA ? 1 : 0);
	counter_add(jobs->counts.damaged, result == -EBADMSG ? 1 : 0);
	counter_add(jobs->counts.seconds,
		    job->recording.duration_ms / MS_PER_S);
	post(jobs, job);
}

void jobs_taken(struct jobs *jobs, const struct register_taken *taken)
{
	struct job *job = find(jobs, &taken->call);

	if (!job || job->state != SENT)
		return;
	if (taken->result < 0 && taken->result != -EAGAIN)
		log_error("register", "a recording was not taken: %s",
			  strerror(-taken->result));
	/* A call that was given up may be told under a number that never
	   was: its head may be what is damaged. */
	if (taken->result == -EBADMSG && job->is_given_up)
		be_over(jobs, job, -EBADMSG);
	else
		be_over(jobs, job, taken->result == 0 ? job->result : -EAGAIN);
}

void jobs_resend(struct jobs *jobs)
{
	for (int i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];

		if (job->state == SENT)
			job->state = MADE;
		if (job->state == MADE)
			post(jobs, job);
	}
}

/* Of this call there is nothing but the word that it was. */
static void give_up(struct jobs *jobs, struct job *job)
{
	memset(&job->recording, 0, sizeof(job->recording));
	job->recording.flags = REGISTER_FLAG_DAMAGED;
	if (job->call.last.segment == 0)
		job->recording.flags |= REGISTER_FLAG_RECOVERED;
	job->recording.began_at = job->call.answered_at;
	be_made(jobs, job, -EBADMSG);
}

/* ---- at work ---- */

static void work(struct jobs *jobs);

/*
 * A crash is met once: without the decoder that was at work. A second one
 * is the end; the register is told that there is a recording missing. What
 * was no fault of the call's is tried again later, as often as it takes.
 */
static void take_crash(struct jobs *jobs, struct job *job)
{
	enum worker_fate fate;
	uint32_t track;
	uint32_t codec;

	loop_unwatch(jobs->loop, job->worker.end);
	fate = worker_bury(&job->worker, &track, &codec);
	jobs->working--;
	counter_add(jobs->counts.crashes, 1);
	log_error("worker", "ended without an answer, codec %s, try %d",
		  track == VOICE_NOBODY ? "none" : codec_name(codec),
		  job->crashes + 1);
	if (fate == WORKER_UNLUCKY) {
		be_over(jobs, job, -EAGAIN);
		return;
	}
	if (++job->crashes < JOBS_TRIES) {
		job->avoid_track = track;
		job->avoid_codec = codec;
		job->state = WAITING;
		return;
	}
	give_up(jobs, job);
}

static void take_answer(struct jobs *jobs, struct job *job)
{
	struct worker_answer answer;
	int r = worker_take(&job->worker, &answer, &job->fds);

	if (r == -EAGAIN)
		return;
	if (r < 0) {
		take_crash(jobs, job);
		return;
	}
	end_worker(jobs, job);
	if (answer.result == 0 || answer.result == -ENODATA ||
	    answer.result == -EBADMSG) {
		job->recording = answer.recording;
		be_made(jobs, job, answer.result);
		return;
	}
	/* No key for its end date, no memory: not the call's fault. */
	log_warn("worker", "a call is put off: %s", strerror(-answer.result));
	be_over(jobs, job, -EAGAIN);
}

static void hear_worker(void *self, int fd, uint32_t events)
{
	struct jobs *jobs = self;

	(void)events;
	for (int i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];

		if (job->state == WORKING && job->worker.end == fd) {
			take_answer(jobs, job);
			break;
		}
	}
	work(jobs);
}

/* In the worker, first of all: other calls are none of its business. */
static void forget(void *self)
{
	struct jobs *jobs = self;
	const struct job *mine = jobs->forked;

	for (int i = 0; i < JOBS_MAX; i++) {
		if (&jobs->job[i] == mine)
			continue;
		sodium_memzero(jobs->keys[i], SEAL_KEY_SIZE);
		sodium_memzero(&jobs->job[i], sizeof(jobs->job[i]));
	}
}

static int start(struct jobs *jobs, struct job *job)
{
	struct worker_order order = {
		.call = &job->call,
		.key = key_of(jobs, job),
		.is_recovered = job->call.last.segment == 0,
		.avoid_track = job->avoid_track,
		.avoid_codec = job->avoid_codec,
		.segments = jobs->segments,
		.set = jobs->set,
		.node_seed = jobs->node_seed,
		.forget = forget,
		.self = jobs,
	};
	int r;

	jobs->forked = job;
	r = worker_start(&order, &job->worker);
	if (r < 0)
		return r;
	r = loop_watch(jobs->loop, job->worker.end, EPOLLIN, hear_worker, jobs);
	if (r < 0) {
		worker_end(&job->worker);
		return r;
	}
	jobs->working++;
	job->state = WORKING;
	return 0;
}

static struct job *first_waiting(struct jobs *jobs)
{
	struct job *first = NULL;

	for (int i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];

		if (job->state == WAITING &&
		    (!first || job->turn < first->turn))
			first = job;
	}
	return first;
}

static void work(struct jobs *jobs)
{
	while (jobs->set && jobs->node_seed &&
	       jobs->working < jobs->workers_max &&
	       jobs->made + jobs->working < JOBS_MADE_MAX) {
		struct job *job = first_waiting(jobs);
		int r;

		if (!job)
			return;
		r = start(jobs, job);
		if (r == 0)
			continue;
		/* Tried again in a second. */
		log_error("worker", "cannot start one: %s", strerror(-r));
		return;
	}
}

static struct job *enter(struct jobs *jobs, const struct finish_call *call,
			 int from)
{
	struct job *job = NULL;

	for (int i = 0; !job && i < JOBS_MAX; i++)
		if (jobs->job[i].state == FREE)
			job = &jobs->job[i];
	if (!job) {
		counter_add(jobs->counts.refused, 1);
		return NULL;
	}
	*job = (struct job){
		.state = WAITING,
		.call = *call,
		.from = from,
		.turn = ++jobs->turn,
		.avoid_track = VOICE_NOBODY,
		.fds = NO_FDS,
	};
	memcpy(key_of(jobs, job), call->key, SEAL_KEY_SIZE);
	sodium_memzero(job->call.key, SEAL_KEY_SIZE);
	jobs->count++;
	counter_set(jobs->counts.waiting, (uint64_t)jobs->count);
	return job;
}

int jobs_add(struct jobs *jobs, const struct finish_call *call, int from)
{
	struct job *job = find(jobs, &call->call);

	if (job) {
		/* Asked again by media that lost our line: answer there. */
		job->from = from;
		job->call.head.tag = call->head.tag;
		return 0;
	}
	if (!enter(jobs, call, from))
		return -EAGAIN;
	work(jobs);
	return 0;
}

int jobs_give_up(struct jobs *jobs, const struct finish_call *call, int from)
{
	struct job *job;

	assert(!find(jobs, &call->call));
	job = enter(jobs, call, from);
	if (!job)
		return -EAGAIN;
	job->is_given_up = true;
	give_up(jobs, job);
	return 0;
}

/* ---- around ---- */

void jobs_set_workers(struct jobs *jobs, int workers)
{
	if (workers < 1)
		workers = 1;
	jobs->workers_max =
		workers < JOBS_WORKERS_MAX ? workers : JOBS_WORKERS_MAX;
	work(jobs);
}

void jobs_set_keys(struct jobs *jobs, struct seal_keyset *set)
{
	seal_keyset_free(jobs->set);
	jobs->set = set;
	work(jobs);
}

void jobs_set_node(struct jobs *jobs, const uint8_t seed[32])
{
	if (!jobs->node_seed)
		jobs->node_seed = sodium_malloc(32);
	if (jobs->node_seed)
		memcpy(jobs->node_seed, seed, 32);
	work(jobs);
}

void jobs_orphan(struct jobs *jobs, int from)
{
	for (int i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];

		if (job->state == FREE || job->from != from)
			continue;
		job->from = JOBS_NOBODY;
		if (job->state == OVER)
			drop(jobs, job);
	}
}

void jobs_tick(struct jobs *jobs)
{
	nanoseconds now = clock_monotonic();

	for (int i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->job[i];

		if (job->state == WORKING && now > job->worker.until)
			take_crash(jobs, job);
		else if (job->state == MADE)
			post(jobs, job);
		else if (job->state == OVER)
			say_over(jobs, job);
	}
	work(jobs);
}
