/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * All calls together, in one thread: starts them at their rate, hands
 * messages to their dialogs, serves every stream in its millisecond.
 *
 * A wheel of TRACK_FRAME_MS slots holds the streams that send, each in the
 * slot of the millisecond in which its frames are due; frames are as long as
 * the wheel, so a stream never moves.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "cli/call/live.h"
#include "cli/call/prepare.h"

enum { TICK_MS = 10, CATCH_UP_MS = 20 * TRACK_FRAME_MS };

void fleet_queue(struct fleet *fleet, struct rtp_stream *stream)
{
	int64_t ms = (stream->began_at + NS_PER_MS - 1) / NS_PER_MS;
	struct wheel *wheel = &fleet->wheel[ms % TRACK_FRAME_MS];

	if (stream->queued)
		return;
	if (wheel->count == wheel->room) {
		size_t room = wheel->room * 2 + 64;
		struct rtp_stream **grown =
			realloc(wheel->stream, room * sizeof(*grown));

		/* Without memory this stream stays silent, and is counted. */
		if (!grown) {
			stream->report->errors++;
			return;
		}
		wheel->stream = grown;
		wheel->room = room;
	}
	wheel->stream[wheel->count++] = stream;
	stream->queued = true;
}

static void serve_slot(struct fleet *fleet, struct wheel *wheel)
{
	struct call_summary *summary = fleet->summary;

	for (size_t i = 0; i < wheel->count;) {
		struct rtp_stream *stream = wheel->stream[i];
		nanoseconds late;

		if (!stream->sending) {
			stream->queued = false;
			wheel->stream[i] = wheel->stream[--wheel->count];
			continue;
		}
		late = rtp_stream_turn(stream, fleet->now);
		if ((uint64_t)late / 1000 > summary->late_max_us)
			summary->late_max_us = (uint64_t)late / 1000;
		i++;
	}
}

static void serve_wheel(struct fleet *fleet)
{
	int64_t now_ms = fleet->now / NS_PER_MS;
	int64_t from_ms = fleet->wheel_ms + 1;

	if (now_ms - from_ms >= TRACK_FRAME_MS)
		from_ms = now_ms - TRACK_FRAME_MS + 1;
	for (int64_t ms = from_ms; ms <= now_ms; ms++)
		serve_slot(fleet, &fleet->wheel[ms % TRACK_FRAME_MS]);
	fleet->wheel_ms = now_ms;
	for (size_t i = 0; i < fleet->shared_count; i++)
		rtp_port_flush(&fleet->shared[i]);
}

static struct live_dialog *find_dialog(struct fleet *fleet,
				       const struct message *message)
{
	struct slice call_id = message_header(message, "Call-ID", 0);
	struct slice rest = call_id;
	uint64_t number[2] = { 0, 0 };

	/* Our Call-IDs are random-index-dialog@host, in hexadecimal. */
	(void)slice_cut(rest, '-', &rest);
	for (int i = 0; i < 2; i++) {
		struct slice word = slice_cut(rest, i == 0 ? '-' : '@', &rest);

		if (word.size == 0 || word.size > 8)
			return NULL;
		for (size_t j = 0; j < word.size; j++) {
			const char *at = strchr("0123456789abcdef", word.at[j]);

			if (!at || word.at[j] == '\0')
				return NULL;
			number[i] = number[i] * 16 +
				    (uint64_t)(strlen("0123456789abcdef") -
					       strlen(at));
		}
	}
	if (number[0] >= fleet->begun || number[1] >= CALL_DIALOGS_MAX ||
	    !fleet->live[number[0]])
		return NULL;
	if (!slice_is(
		    call_id,
		    slice_of(
			    fleet->live[number[0]]->dialog[number[1]].call_id)))
		return NULL;
	return &fleet->live[number[0]]->dialog[number[1]];
}

static void take(void *self, const struct message *message,
		 const struct sockaddr_storage *from)
{
	struct fleet *fleet = self;
	struct live_dialog *dialog = find_dialog(fleet, message);

	fleet->now = clock_monotonic();
	fleet->heard = true;
	if (message->is_request)
		reply_serve(fleet, dialog, message, from);
	else if (dialog)
		reply_take(dialog, message, from);
}

static void again(void *self)
{
	struct fleet *fleet = self;

	for (uint32_t i = 0; i < fleet->begun; i++) {
		struct live *call = fleet->live[i];

		for (uint32_t d = 0; call && d < call->report->dialog_count;
		     d++) {
			struct live_dialog *dialog = &call->dialog[d];

			if (dialog->invite.open)
				request_again(dialog, &dialog->invite);
			if (dialog->other.open)
				request_again(dialog, &dialog->other);
		}
	}
}

static void refused(void *self)
{
	struct fleet *fleet = self;

	if (fleet->heard)
		return;
	for (uint32_t i = 0; i < fleet->begun; i++)
		if (fleet->live[i])
			live_failed(fleet->live[i], CALL_FAILED,
				    fleet->plan->transport == CALL_UDP
					    ? "nobody listens there"
					    : "the recorder hangs up on us");
}

static void stop(void *self, int fd, uint32_t events)
{
	struct fleet *fleet = self;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) < 0)
		return;
	fleet->stopping = true;
	for (uint32_t i = 0; i < fleet->begun; i++)
		if (fleet->live[i])
			fleet->live[i]->ends_at = fleet->now;
}

static bool may_begin(const struct fleet *fleet, nanoseconds began)
{
	const struct call_plan *plan = fleet->plan;
	double due =
		(double)(fleet->now - began) / (double)NS_PER_S * plan->rate;

	if (fleet->begun >= plan->calls || fleet->stopping)
		return false;
	if (plan->at_once > 0 && fleet->running >= plan->at_once)
		return false;
	return plan->rate <= 0 || (double)fleet->begun <= due;
}

static int begin(struct fleet *fleet)
{
	uint32_t index = fleet->begun;
	struct live *call = calloc(1, sizeof(*call));

	if (!call)
		return -ENOMEM;
	call->fleet = fleet;
	call->plan = fleet->plan;
	call->report = &fleet->summary->report[index];
	call->index = index;
	fleet->live[index] = call;
	fleet->begun++;
	fleet->summary->made++;
	return live_start(call);
}

static bool is_queued(const struct live *call)
{
	for (size_t i = 0; i < CALL_MEDIA_MAX; i++)
		if (call->stream[i].queued)
			return true;
	return false;
}

static void tick(struct fleet *fleet)
{
	wire_mend(fleet->wire);
	for (uint32_t i = 0; i < fleet->begun; i++) {
		struct live *call = fleet->live[i];

		if (!call)
			continue;
		live_turn(call);
		/* The wheel lets go of silent streams within one turn. */
		if (call->phase != LIVE_OVER || is_queued(call))
			continue;
		live_free(call);
		free(call);
		fleet->live[i] = NULL;
	}
}

static bool is_done(const struct fleet *fleet)
{
	if (fleet->begun < fleet->plan->calls && !fleet->stopping)
		return false;
	for (uint32_t i = 0; i < fleet->begun; i++)
		if (fleet->live[i])
			return false;
	return true;
}

static int run(struct fleet *fleet)
{
	nanoseconds began = clock_monotonic(), next_tick = began;
	int r;

	fleet->wheel_ms = began / NS_PER_MS;
	while (!is_done(fleet)) {
		fleet->now = clock_monotonic();
		while (may_begin(fleet, began)) {
			r = begin(fleet);
			if (r < 0)
				return r;
			fleet->now = clock_monotonic();
		}
		if (fleet->running > fleet->summary->at_once_max)
			fleet->summary->at_once_max = fleet->running;
		serve_wheel(fleet);
		if (fleet->now >= next_tick) {
			tick(fleet);
			next_tick = fleet->now + TICK_MS * NS_PER_MS;
		}
		r = loop_turn(fleet->loop, 1);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

static void sum_up(struct call_summary *summary)
{
	for (uint32_t i = 0; i < summary->made; i++) {
		const struct call_report *report = &summary->report[i];

		summary->ok += report->result == CALL_OK;
		summary->refused += report->result == CALL_REFUSED;
		summary->failed += report->result == CALL_FAILED ||
				   report->result == CALL_PENDING;
		for (uint32_t s = 0; s < report->stream_count; s++) {
			summary->packets += report->stream[s].packets;
			summary->bytes += report->stream[s].bytes;
			summary->send_errors += report->stream[s].errors;
		}
	}
	summary->ended_at = clock_now(&clock_system);
}

static void fleet_done(struct fleet *fleet)
{
	for (uint32_t i = 0; fleet->live && i < fleet->begun; i++) {
		if (!fleet->live[i])
			continue;
		live_free(fleet->live[i]);
		free(fleet->live[i]);
	}
	free(fleet->live);
	for (size_t i = 0; i < TRACK_FRAME_MS; i++)
		free(fleet->wheel[i].stream);
	for (size_t i = 0; i < fleet->shared_count; i++)
		rtp_port_close(&fleet->shared[i]);
	free(fleet->shared);
	prepare_done(fleet);
	wire_close(fleet->wire);
	loop_free(fleet->loop);
}

static int watch_signals(struct fleet *fleet, sigset_t *before, int *ret_fd)
{
	sigset_t set;

	if (!fleet->plan->take_signals)
		return 0;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, before) < 0)
		return -errno;
	*ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (*ret_fd < 0)
		return -errno;
	return loop_watch(fleet->loop, *ret_fd, EPOLLIN, stop, fleet);
}

static int prepare_all(struct fleet *fleet, char *fault)
{
	struct wire_user user = { take, again, refused, fleet };
	const struct call_plan *plan = fleet->plan;
	int r;

	fleet->live = calloc(plan->calls, sizeof(*fleet->live));
	fleet->summary->report =
		calloc(plan->calls, sizeof(*fleet->summary->report));
	if (!fleet->live || !fleet->summary->report)
		return -ENOMEM;
	r = loop_new(&fleet->loop);
	if (r < 0)
		return r;
	r = prepare_sound(fleet, fault);
	if (r < 0)
		return r;
	r = wire_open(plan, fleet->loop, &user, &fleet->wire, fault);
	if (r < 0)
		return r;
	return prepare_ports(fleet);
}

int call_run(const struct call_plan *plan, struct call_summary *ret_summary,
	     char *fault)
{
	struct call_summary summary = { .began_at = clock_now(&clock_system) };
	struct fleet fleet = { .plan = plan, .summary = &summary };
	OWNED(drop_fd) int signals = -1;
	sigset_t before;
	int r;

	fault[0] = '\0';
	if (!plan->host || !plan->service || plan->calls == 0 ||
	    plan->calls > CALL_CALLS_MAX || !plan->dialect)
		return -EINVAL;
	/* A connection that breaks is our own business, not a signal's. */
	(void)signal(SIGPIPE, SIG_IGN);
	r = prepare_all(&fleet, fault);
	if (r == 0)
		r = watch_signals(&fleet, &before, &signals);
	if (r == 0)
		r = run(&fleet);
	if (signals >= 0) {
		loop_unwatch(fleet.loop, signals);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	}
	fleet_done(&fleet);
	sum_up(&summary);
	if (r < 0) {
		if (fault[0] == '\0')
			(void)snprintf(fault, CALL_FAULT_SIZE, "%s",
				       strerror(-r));
		call_summary_drop(&summary);
		return r;
	}
	*ret_summary = summary;
	return 0;
}

void call_summary_drop(struct call_summary *summary)
{
	free(summary->report);
	*summary = (struct call_summary){ 0 };
}
