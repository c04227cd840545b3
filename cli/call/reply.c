/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "cli/call/live.h"

enum { RINGING_S = 180, RETRY_AFTER_MAX_S = 10 };

static void learn_routes(struct live_dialog *dialog,
			 const struct message *message)
{
	struct slice routes[MESSAGE_ROUTES_MAX];
	size_t count = 0;

	text_clear(&dialog->routes);
	for (size_t i = 0; count < MESSAGE_ROUTES_MAX; i++) {
		struct slice rest = message_header(message, "Record-Route", i);

		if (rest.size == 0)
			break;
		while (rest.size > 0 && count < MESSAGE_ROUTES_MAX)
			routes[count++] =
				slice_trim(slice_cut(rest, ',', &rest));
	}
	/* A client goes through them backwards (RFC 3261, 12.1.2). */
	while (count-- > 0) {
		text_put(&dialog->routes, SLICE("Route: "));
		text_put(&dialog->routes, routes[count]);
		text_put(&dialog->routes, SLICE("\r\n"));
	}
}

/* Without a route, requests go straight to the recorder's contact, which
 * behind a balancer is another address than the first INVITE went to. */
static void learn_hop(struct live_dialog *dialog)
{
	struct slice uri = slice_of(dialog->target);
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	char host[64], service[8] = "5060";
	struct slice rest, port;
	size_t at;

	if (dialog->routes.size > 0 ||
	    dialog->call->plan->transport != CALL_UDP)
		return;
	(void)slice_cut(uri, ':', &rest);
	at = slice_find(rest, '@');
	if (at < rest.size)
		rest = slice_from(rest, at + 1);
	rest = slice_cut(rest, ';', &uri);
	if (rest.size > 0 && rest.at[0] == '[') {
		rest = slice_cut(slice_from(rest, 1), ']', &port);
		port = slice_from(port, 1);
	} else {
		rest = slice_cut(rest, ':', &port);
	}
	if (slice_text(rest, host, sizeof(host)) < 0 ||
	    (port.size > 0 && slice_text(port, service, sizeof(service)) < 0))
		return;
	if (getaddrinfo(host, service, &hints, &list) != 0)
		return;
	if (list->ai_family ==
	    wire_peer(dialog->call->fleet->wire)->ss_family) {
		memcpy(&dialog->hop, list->ai_addr, list->ai_addrlen);
		dialog->has_hop = true;
	}
	freeaddrinfo(list);
}

static void learn_dialog(struct live_dialog *dialog,
			 const struct message *message)
{
	struct slice contact = message_header(message, "Contact", 0);

	if (slice_text(message_tag(message, "To"), dialog->to_tag,
		       sizeof(dialog->to_tag)) < 0)
		dialog->to_tag[0] = '\0';
	if (contact.size > 0 &&
	    slice_text(message_uri(contact), dialog->target,
		       sizeof(dialog->target)) == 0 &&
	    dialog->up == false)
		learn_routes(dialog, message);
	learn_hop(dialog);
}

static void learn_timer(struct live_dialog *dialog,
			const struct message *message)
{
	struct slice value = message_header(message, "Session-Expires", 0);
	struct slice rest;
	uint64_t seconds;

	dialog->refresh_at = 0;
	if (slice_text(value, dialog->call->report->session_expires,
		       sizeof(dialog->call->report->session_expires)) < 0 ||
	    slice_number(slice_trim(slice_cut(value, ';', &rest)), 86400 * 7,
			 &seconds) < 0 ||
	    seconds == 0)
		return;
	dialog->expires_s = (uint32_t)seconds;
	dialog->refresher = slice_is_nocase(
		message_parameter(value, "refresher"), SLICE("uac"));
	dialog->refresh_at =
		dialog->call->fleet->now +
		(nanoseconds)seconds * NS_PER_S / (dialog->refresher ? 2 : 1);
}

static void take_provisional(struct live_dialog *dialog,
			     const struct message *message,
			     struct live_request *request)
{
	struct live_act act = { .method = LIVE_PRACK };
	uint64_t rseq;

	request->provisional = true;
	if (request->act.method == LIVE_INVITE)
		request->give_up_at =
			dialog->call->fleet->now + RINGING_S * NS_PER_S;
	if (message->status == 100 ||
	    !message_lists(message, "Require", "100rel") ||
	    slice_number(message_header(message, "RSeq", 0), UINT32_MAX,
			 &rseq) < 0 ||
	    rseq <= dialog->last_rseq)
		return;
	learn_dialog(dialog, message);
	dialog->last_rseq = rseq;
	if (!dialog->other.open)
		request_send(dialog, &act);
}

/* The same again, later: 491 after a while, 503 when it is said, 422 with
 * a longer time. */
static bool try_again(struct live_dialog *dialog, const struct message *message,
		      struct live_act act)
{
	struct live *call = dialog->call;
	struct id random = id_new();
	uint64_t seconds;

	if (dialog->tries >= LIVE_RETRIES_MAX)
		return false;
	switch (message->status) {
	case 422:
		if (slice_number(message_header(message, "Min-SE", 0), 86400,
				 &seconds) < 0)
			return false;
		dialog->expires_s = dialog->min_se_s = (uint32_t)seconds;
		dialog->want_at = 0;
		break;
	case 491:
		/* RFC 3261, 14.1: 2.1 to 4 s for who made the Call-ID. */
		call->report->glares++;
		dialog->want_at =
			call->fleet->now +
			(2100 + random.byte[0] % 191 * 10) * NS_PER_MS;
		break;
	case 503:
		if (slice_number(message_header(message, "Retry-After", 0),
				 RETRY_AFTER_MAX_S, &seconds) < 0)
			return false;
		call->report->retries++;
		dialog->want_at =
			call->fleet->now + (nanoseconds)seconds * NS_PER_S;
		break;
	default:
		return false;
	}
	dialog->tries++;
	memmove(dialog->want + 1, dialog->want,
		(LIVE_ACTS_MAX - 1) * sizeof(act));
	dialog->want[0] = act;
	if (dialog->want_count < LIVE_ACTS_MAX)
		dialog->want_count++;
	return true;
}

static void take_refusal(struct live_dialog *dialog,
			 const struct message *message, struct live_act act,
			 bool first)
{
	struct live *call = dialog->call;

	if (try_again(dialog, message, act))
		return;
	if (act.method == LIVE_BYE) {
		call->report->bye_status = message->status;
		if (message->status != 481)
			live_warn(call, "BYE was answered with %d",
				  message->status);
		dialog->over = true;
		return;
	}
	if (first) {
		dialog->over = true;
		live_failed(call, CALL_REFUSED, "refused: %d %.*s",
			    message->status, (int)message->reason.size,
			    message->reason.at);
		return;
	}
	if (act.method == LIVE_PRACK)
		return;
	live_warn(call, "%s was answered with %d", request_method(act.method),
		  message->status);
	/* RFC 3261, 14.1: these end the dialog. */
	if (message->status == 481 || message->status == 408)
		live_ended(dialog);
}

static void take_success(struct live_dialog *dialog,
			 const struct message *message, struct live_act act,
			 uint32_t cseq)
{
	bool first = !dialog->up;

	if (act.method == LIVE_INVITE) {
		learn_dialog(dialog, message);
		dialog->up = true;
		request_ack(dialog, cseq, NULL, false);
	}
	if (act.method == LIVE_INVITE || act.method == LIVE_UPDATE)
		learn_timer(dialog, message);
	if (act.method == LIVE_BYE) {
		dialog->call->report->bye_status = message->status;
		dialog->over = true;
		return;
	}
	if (act.method == LIVE_INVITE || act.sdp)
		check_answer(dialog, message, &act);
	if (first || act.sdp || act.metadata)
		live_answered(dialog, &act);
}

static bool fits(const struct live_request *request,
		 const struct message *message, uint32_t cseq,
		 struct slice method)
{
	struct slice branch =
		message_parameter(message_header(message, "Via", 0), "branch");

	return request->open && request->cseq == cseq &&
	       slice_is(method,
			slice_of(request_method(request->act.method))) &&
	       slice_is(branch, slice_of(request->branch));
}

void reply_take(struct live_dialog *dialog, const struct message *message,
		const struct sockaddr_storage *from)
{
	struct live_request *request = NULL;
	struct live_act act;
	struct slice method;
	uint32_t cseq;
	bool first;
	int r;

	(void)from;
	r = message_cseq(message, &cseq, &method);
	if (r < 0 || dialog->over)
		return;
	if (fits(&dialog->invite, message, cseq, method))
		request = &dialog->invite;
	else if (fits(&dialog->other, message, cseq, method))
		request = &dialog->other;
	if (!request) {
		/* A repeated 2xx means that our ACK was lost. */
		if (slice_is(method, SLICE("INVITE")) &&
		    message->status / 100 == 2 && cseq == dialog->ack_cseq)
			wire_send(dialog->call->fleet->wire,
				  dialog->has_hop ? &dialog->hop : NULL,
				  text_slice(&dialog->ack));
		return;
	}
	if (message->status < 200) {
		take_provisional(dialog, message, request);
		return;
	}
	act = request->act;
	first = act.method == LIVE_INVITE && !dialog->up;
	request->open = false;
	if (first)
		dialog->call->report->status = message->status;
	if (message->status < 300) {
		take_success(dialog, message, act, cseq);
		return;
	}
	if (act.method == LIVE_INVITE) {
		char tag[sizeof(dialog->to_tag)];

		/* The ACK repeats the refusal's tag, which is no dialog. */
		memcpy(tag, dialog->to_tag, sizeof(tag));
		if (slice_text(message_tag(message, "To"), dialog->to_tag,
			       sizeof(dialog->to_tag)) < 0)
			dialog->to_tag[0] = '\0';
		request_ack(dialog, cseq, request->branch, true);
		memcpy(dialog->to_tag, tag, sizeof(tag));
	}
	take_refusal(dialog, message, act, first);
}
