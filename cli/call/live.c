/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/live.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void tell(struct live *call, enum call_event event)
{
	struct call_progress progress = { event, call->index, call->report };

	if (call->plan->progress)
		call->plan->progress(call->plan->self, &progress);
}

static void stop_all(struct live *call)
{
	for (size_t i = 0; i < call->talk.stream_count; i++)
		rtp_stream_stop(&call->stream[i]);
}

static void over(struct live *call, enum call_result result)
{
	stop_all(call);
	if (call->phase == LIVE_OVER)
		return;
	call->phase = LIVE_OVER;
	call->report->result = result;
	call->report->ended_at = clock_now(&clock_system);
	call->fleet->running--;
	tell(call, CALL_EVENT_ENDED);
}

static void open_dialog(struct live *call, uint32_t index)
{
	struct live_dialog *dialog = &call->dialog[index];
	const struct call_plan *plan = call->plan;
	struct id id = id_new();
	char hex[ID_TEXT_SIZE];
	struct live_act act = { .method = LIVE_INVITE };

	dialog->call = call;
	dialog->index = (uint8_t)index;
	id_text(&id, hex);
	(void)snprintf(dialog->call_id, sizeof(dialog->call_id),
		       "%.20s-%x-%x@%.30s", hex, call->index, index,
		       wire_address(call->fleet->wire));
	(void)snprintf(call->report->call_id[index],
		       sizeof(call->report->call_id[index]), "%s",
		       dialog->call_id);
	(void)snprintf(dialog->from_tag, sizeof(dialog->from_tag), "%.12s",
		       hex + 20);
	dialog->cseq = 100;
	dialog->expires_s = plan->session_expires_s;
	dialog->min_se_s = dialog->expires_s > 0 ? 90 : 0;
	if (dialog->expires_s == 0 &&
	    dialect_does(plan->dialect, DIALECT_RELIABLE))
		dialog->expires_s = dialog->min_se_s = 1800;
	identity_set(dialog);
	act.sdp = !dialect_does(plan->dialect, DIALECT_TWO_DIALOGS);
	act.metadata = true;
	act.inactive = call->inactive;
	request_send(dialog, &act);
}

int live_start(struct live *call)
{
	const struct dialect *dialect = call->plan->dialect;
	int r;

	call->phase = LIVE_INVITING;
	call->fleet->running++;
	/* Whether the answer is told by a message of its own. */
	call->answering = call->plan->early_ms > 0 ||
			  dialect_does(dialect, DIALECT_DUMMY) ||
			  dialect_does(dialect, DIALECT_EARLY);
	call->inactive = dialect_does(dialect, DIALECT_INACTIVE);
	r = scene_set(call);
	if (r < 0) {
		live_failed(call, CALL_FAILED, "no ports: %s", strerror(-r));
		return 0;
	}
	call->report->invite_at = clock_now(&clock_system);
	call->report->asked_at = call->report->invite_at;
	call->report->dialog_count =
		dialect_does(dialect, DIALECT_TWO_DIALOGS) ? 2 : 1;
	for (uint32_t i = 0; i < call->report->dialog_count; i++)
		open_dialog(call, i);
	tell(call, CALL_EVENT_STARTED);
	return 0;
}

static void talk_now(struct live *call)
{
	struct fleet *fleet = call->fleet;

	call->phase = LIVE_TALKING;
	call->talking_at = fleet->now;
	call->ends_at = fleet->now + fleet->talk_ms * NS_PER_MS;
	call->report->answered_at = clock_now(&clock_system);
	if (call->report->early_at == 0)
		call->report->known_at = call->report->answered_at;
	scene_play(call);
	tell(call, CALL_EVENT_ANSWERED);
}

/* The agent picks up: the sound of before ends, then the evidence goes out
 * at once, then comes speech. */
static void pick_up(struct live *call)
{
	stop_all(call);
	scene_answer(call);
	call->answering = false;
	call->report->asked_at = clock_now(&clock_system);
	for (uint32_t i = 0; i < call->report->dialog_count; i++)
		request_turn(&call->dialog[i]);
	talk_now(call);
}

static void play_third(struct live *call)
{
	for (size_t i = 2; i < call->talk.stream_count; i++) {
		struct rtp_stream *stream = &call->stream[i];

		if (stream->sending || !call->talk.stream[i].here ||
		    stream->to_size == 0)
			continue;
		rtp_stream_play(stream, &call->fleet->third, call->fleet->now);
		fleet_queue(call->fleet, stream);
	}
}

void live_answered(struct live_dialog *dialog, const struct live_act *act)
{
	struct live *call = dialog->call;

	if (act->sdp && !act->inactive && !call->inactive)
		for (size_t i = 0; i < call->talk.stream_count; i++)
			rtp_stream_pause(&call->stream[i], false);
	if (call->phase == LIVE_TALKING) {
		/* A third stream may have got its port just now. */
		if (act->sdp)
			play_third(call);
		return;
	}
	if (call->phase != LIVE_INVITING)
		return;
	for (uint32_t i = 0; i < call->report->dialog_count; i++)
		if (!call->dialog[i].up)
			return;
	if (!call->answering) {
		talk_now(call);
		return;
	}
	call->phase = LIVE_EARLY;
	call->report->early_at = clock_now(&clock_system);
	call->evidence_at = call->fleet->now + call->plan->early_ms * NS_PER_MS;
	if (call->plan->early_ms > 0)
		scene_play(call);
}

static void send_byes(struct live *call)
{
	for (uint32_t i = 0; i < call->report->dialog_count; i++) {
		struct live_dialog *dialog = &call->dialog[i];
		struct live_act act = { .method = LIVE_BYE };

		dialog->want_count = 0;
		dialog->refresh_at = 0;
		if (dialog->over)
			continue;
		if (!dialog->up) {
			dialog->over = true;
			continue;
		}
		request_send(dialog, &act);
	}
}

static void hang_up(struct live *call)
{
	struct fleet *fleet = call->fleet;

	stop_all(call);
	call->report->bye_at = clock_now(&clock_system);
	if (call->report->known_at == 0)
		call->report->known_at = call->report->bye_at;
	call->quiet_at = fleet->now + call->plan->after_ms * NS_PER_MS;
	call->phase = LIVE_ENDING;
	if (call->plan->lost_bye)
		for (uint32_t i = 0; i < call->report->dialog_count; i++)
			call->dialog[i].over = true;
	else
		send_byes(call);
	if (call->plan->after_ms > 0)
		scene_play(call);
}

void live_failed(struct live *call, enum call_result result, const char *format,
		 ...)
{
	va_list arguments;

	if (call->phase == LIVE_OVER)
		return;
	if (call->report->fault[0] == '\0' ||
	    call->report->result == CALL_PENDING) {
		va_start(arguments, format);
		(void)vsnprintf(call->report->fault,
				sizeof(call->report->fault), format, arguments);
		va_end(arguments);
	}
	/* What is up elsewhere is ended properly, but not waited for. */
	if (call->phase != LIVE_ENDING)
		send_byes(call);
	over(call, result);
}

void live_warn(struct live *call, const char *format, ...)
{
	va_list arguments;

	call->report->warnings++;
	if (call->report->fault[0] != '\0')
		return;
	va_start(arguments, format);
	(void)vsnprintf(call->report->fault, sizeof(call->report->fault),
			format, arguments);
	va_end(arguments);
}

void live_ended(struct live_dialog *dialog)
{
	struct live *call = dialog->call;

	dialog->over = true;
	if (call->phase == LIVE_OVER || call->phase == LIVE_ENDING)
		return;
	call->report->ended_by_recorder = true;
	hang_up(call);
}

static bool is_idle(const struct live *call)
{
	for (uint32_t i = 0; i < call->report->dialog_count; i++) {
		const struct live_dialog *dialog = &call->dialog[i];

		if (!dialog->up || dialog->want_count > 0 ||
		    dialog->invite.open || dialog->other.open)
			return false;
	}
	return true;
}

/* Everything that was told so far has been answered. */
static void note_known(struct live *call)
{
	struct call_report *report = call->report;
	struct call_change *last = &report->change[report->change_count];

	if (!is_idle(call))
		return;
	if (report->known_at == 0)
		report->known_at = clock_now(&clock_system);
	if (report->change_count > 0 && (--last)->known_at == 0)
		last->known_at = clock_now(&clock_system);
}

static void turn_steps(struct live *call)
{
	const struct call_plan *plan = call->plan;
	struct call_report *report = call->report;
	nanoseconds now = call->fleet->now;

	while (call->next_step < plan->step_count && is_idle(call)) {
		const struct call_step *step = &plan->steps[call->next_step];

		if (now < call->talking_at + step->at_ms * NS_PER_MS)
			return;
		call->next_step++;
		report->change[report->change_count++] = (struct call_change){
			.kind = step->kind,
			.asked_at = clock_now(&clock_system),
		};
		scene_step(call, step);
		tell(call, CALL_EVENT_STEP);
		for (uint32_t i = 0; i < call->report->dialog_count; i++)
			request_turn(&call->dialog[i]);
	}
}

static void turn_ending(struct live *call)
{
	bool is_quiet = call->fleet->now >= call->quiet_at;

	if (is_quiet)
		stop_all(call);
	for (uint32_t i = 0; i < call->report->dialog_count; i++)
		if (!call->dialog[i].over)
			return;
	if (call->report->gone_at == 0)
		call->report->gone_at = clock_now(&clock_system);
	if (is_quiet)
		over(call, CALL_OK);
}

void live_turn(struct live *call)
{
	nanoseconds now = call->fleet->now;

	if (call->phase == LIVE_OVER || call->phase == LIVE_WAITING)
		return;
	/* The first INVITE may have to be sent again (422, 503). */
	for (uint32_t i = 0; i < call->report->dialog_count; i++) {
		struct live_dialog *dialog = &call->dialog[i];

		if (!dialog->up && !dialog->over && dialog->want_count > 0 &&
		    !dialog->invite.open && now >= dialog->want_at) {
			dialog->want_count = 0;
			if (call->report->dialog_count == 1 &&
			    call->phase == LIVE_INVITING)
				call->report->asked_at =
					clock_now(&clock_system);
			request_send(dialog, &dialog->want[0]);
		}
		request_turn(dialog);
		if (call->phase == LIVE_OVER)
			return;
	}
	if (call->phase == LIVE_EARLY && now >= call->evidence_at)
		pick_up(call);
	if (call->phase == LIVE_TALKING) {
		note_known(call);
		turn_steps(call);
		if (call->phase == LIVE_TALKING && now >= call->ends_at)
			hang_up(call);
	}
	if (call->phase == LIVE_ENDING)
		turn_ending(call);
}

void live_free(struct live *call)
{
	for (size_t i = 0; i < call->talk.stream_count; i++) {
		rtp_stream_done(&call->stream[i]);
	}
	for (size_t i = 0; i < CALL_MEDIA_MAX; i++)
		if (call->own_port[i])
			rtp_port_close(&call->port[i]);
	for (size_t i = 0; i < CALL_DIALOGS_MAX; i++) {
		text_drop(&call->dialog[i].routes);
		text_drop(&call->dialog[i].ack);
		text_drop(&call->dialog[i].invite.message);
		text_drop(&call->dialog[i].other.message);
	}
}
