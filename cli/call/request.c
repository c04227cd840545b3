/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/call/body.h"

static const char *const methods[LIVE_METHODS] = {
	"INVITE", "ACK", "PRACK", "UPDATE", "BYE",
};

const char *request_method(enum live_method method)
{
	return methods[method];
}

void request_sdp(struct live_dialog *dialog, bool inactive, struct text *text)
{
	struct live *call = dialog->call;
	const struct call_plan *plan = call->plan;
	struct sdp_offer offer = {
		.dialect = plan->dialect,
		.address = plan->local ? plan->local
				       : wire_address(call->fleet->wire),
		.ipv6 = wire_is_ipv6(call->fleet->wire),
		.codec = plan->codec,
		.srtp = plan->srtp,
		.session = 3870000000u + call->index,
		.version = ++dialog->sdp_version,
	};

	for (size_t i = 0; i < call->talk.stream_count; i++) {
		const struct talk_stream *stream = &call->talk.stream[i];
		struct sdp_line *line = &offer.line[offer.line_count];

		if (stream->dialog != dialog->index)
			continue;
		offer.line_count++;
		line->port = stream->here ? call->stream[i].port->number : 0;
		line->label = stream->label[0] != '\0' ? stream->label : NULL;
		line->paused = inactive;
		memcpy(line->key, call->stream[i].key, sizeof(line->key));
	}
	sdp_write(text, &offer);
	explicit_bzero(&offer, sizeof(offer));
}

static void via(struct live_dialog *dialog, struct text *text,
		const char *branch)
{
	struct wire *wire = dialog->call->fleet->wire;
	bool v6 = wire_is_ipv6(wire);

	text_add(text, "Via: SIP/2.0/%s %s%s%s:%u;branch=%s%s\r\n",
		 wire_name(dialog->call->plan->transport), v6 ? "[" : "",
		 wire_address(wire), v6 ? "]" : "", wire_port(wire), branch,
		 dialog->call->plan->transport == CALL_UDP ? ";rport" : "");
}

static void head(struct live_dialog *dialog, struct text *text,
		 enum live_method method, uint32_t cseq, const char *branch)
{
	text_add(text, "%s %s SIP/2.0\r\n", methods[method], dialog->target);
	via(dialog, text, branch);
	text_add(text,
		 "Max-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: %s%s%s\r\n"
		 "Call-ID: %s\r\nCSeq: %" PRIu32 " %s\r\n",
		 dialog->from, dialog->from_tag, dialog->to,
		 dialog->to_tag[0] != '\0' ? ";tag=" : "", dialog->to_tag,
		 dialog->call_id, cseq, methods[method]);
	text_put(text, text_slice(&dialog->routes));
}

static void invite_headers(struct live_dialog *dialog, struct text *text)
{
	const struct call_plan *plan = dialog->call->plan;
	const struct dialect *dialect = plan->dialect;
	bool reliable = dialect_does(dialect, DIALECT_RELIABLE);

	text_add(text, "Contact: %s\r\n", dialog->contact);
	if (dialect_does(dialect, DIALECT_REQUIRE))
		text_add(text, "Require: %ssiprec\r\n",
			 reliable ? "100rel," : "");
	text_add(text,
		 "Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,PRACK,UPDATE\r\n"
		 "Supported: timer%s,replaces\r\n",
		 plan->prack && !reliable ? ",100rel" : "");
	if (dialog->expires_s > 0)
		text_add(text,
			 "Session-Expires: %" PRIu32 "\r\nMin-SE: %" PRIu32
			 "\r\n",
			 dialog->expires_s, dialog->min_se_s);
	text_add(text, "User-Agent: %s\r\n",
		 dialog->call->marker[0][0] != '\0' ? dialog->call->marker[0]
						    : "tallenne call");
	identity_headers(dialog, text);
}

static void update_headers(struct live_dialog *dialog, struct text *text)
{
	text_add(text, "Contact: %s\r\nSupported: timer\r\n", dialog->contact);
	if (dialect_does(dialog->call->plan->dialect, DIALECT_REQUIRE))
		text_add(text, "Require: siprec\r\n");
	if (dialog->expires_s > 0)
		text_add(text, "Session-Expires: %" PRIu32 ";refresher=%s\r\n",
			 dialog->expires_s, dialog->refresher ? "uac" : "uas");
	identity_headers(dialog, text);
}

static void finish(struct text *text, const char *type, struct slice body)
{
	if (type[0] != '\0')
		text_add(text, "MIME-Version: 1.0\r\nContent-Type: %s\r\n",
			 type);
	text_add(text, "Content-Length: %zu\r\n\r\n", body.size);
	text_put(text, body);
}

static void write_body(struct live_dialog *dialog, const struct live_act *act,
		       struct text *message)
{
	struct live *call = dialog->call;
	const struct dialect *dialect = call->plan->dialect;
	OWNED(text_drop) struct text sdp = { 0 };
	OWNED(text_drop) struct text metadata = { 0 };
	OWNED(text_drop) struct text body = { 0 };
	char type[96];

	if (act->sdp)
		request_sdp(dialog, act->inactive, &sdp);
	if (act->metadata && dialect->metadata) {
		call->talk.partial = act->partial;
		dialect->metadata(&metadata, &call->talk);
	}
	body_write(&body, dialect, text_slice(&sdp), text_slice(&metadata),
		   type, sizeof(type));
	if (act->metadata && dialect->metadata && !act->sdp)
		text_add(message, "Content-Disposition: recording-session"
				  "\r\n");
	finish(message, type, text_slice(&body));
}

static void new_branch(char out[40])
{
	struct id id = id_new();
	char hex[ID_TEXT_SIZE];

	id_text(&id, hex);
	(void)snprintf(out, 40, "z9hG4bK%.24s", hex);
}

static void transmit(struct live_dialog *dialog, struct slice message)
{
	wire_send(dialog->call->fleet->wire,
		  dialog->has_hop ? &dialog->hop : NULL, message);
}

void request_again(struct live_dialog *dialog, struct live_request *request)
{
	transmit(dialog, text_slice(&request->message));
}

void request_send(struct live_dialog *dialog, const struct live_act *act)
{
	struct live_request *request =
		act->method == LIVE_INVITE ? &dialog->invite : &dialog->other;
	nanoseconds now = dialog->call->fleet->now;

	assert(!request->open || act->method == LIVE_BYE);
	text_clear(&request->message);
	request->open = true;
	request->act = *act;
	request->cseq = ++dialog->cseq;
	request->provisional = false;
	request->interval_ms = LIVE_T1_MS;
	request->next_at = now + LIVE_T1_MS * NS_PER_MS;
	request->give_up_at = now + LIVE_GIVE_UP_MS * NS_PER_MS;
	new_branch(request->branch);
	head(dialog, &request->message, act->method, request->cseq,
	     request->branch);
	if (act->method == LIVE_INVITE)
		invite_headers(dialog, &request->message);
	else if (act->method == LIVE_UPDATE)
		update_headers(dialog, &request->message);
	else if (act->method == LIVE_PRACK)
		text_add(&request->message,
			 "RAck: %" PRIu64 " %" PRIu32 " INVITE\r\n",
			 dialog->last_rseq, dialog->invite.cseq);
	write_body(dialog, act, &request->message);
	request_again(dialog, request);
}

/* ACK of a 2xx is a request of its own (RFC 3261, 13.2.2.4), that of a
 * refusal belongs to the INVITE's transaction (17.1.1.3). */
void request_ack(struct live_dialog *dialog, uint32_t cseq, const char *branch,
		 bool failed)
{
	OWNED(text_drop) struct text message = { 0 };
	struct live_act act = { LIVE_ACK, false, false, false, false };
	char fresh[40];

	new_branch(fresh);
	head(dialog, &message, LIVE_ACK, cseq, failed ? branch : fresh);
	/* Without an offer in the INVITE, the ACK carries the answer. */
	act.sdp = !failed && !dialog->invite.act.sdp;
	write_body(dialog, &act, &message);
	transmit(dialog, text_slice(&message));
	if (failed)
		return;
	text_clear(&dialog->ack);
	text_put(&dialog->ack, text_slice(&message));
	dialog->ack_cseq = cseq;
}

static void repeat(struct live_dialog *dialog, struct live_request *request)
{
	struct live *call = dialog->call;
	nanoseconds now = call->fleet->now;

	if (!request->open)
		return;
	if (now >= request->give_up_at) {
		request->open = false;
		live_failed(call, CALL_FAILED, "no answer to %s",
			    methods[request->act.method]);
		return;
	}
	if (now < request->next_at || request->provisional ||
	    call->plan->transport != CALL_UDP)
		return;
	request_again(dialog, request);
	call->report->retransmissions++;
	request->interval_ms *= 2;
	if (request->act.method != LIVE_INVITE &&
	    request->interval_ms > LIVE_T2_MS)
		request->interval_ms = LIVE_T2_MS;
	request->next_at = now + request->interval_ms * NS_PER_MS;
}

static void refresh(struct live_dialog *dialog)
{
	nanoseconds now = dialog->call->fleet->now;
	struct live_act act = { .method = LIVE_UPDATE };

	if (dialog->refresh_at == 0 || now < dialog->refresh_at)
		return;
	if (dialog->refresher) {
		dialog->refresh_at = now + dialog->expires_s * NS_PER_S / 2;
		if (!dialog->other.open && !dialog->invite.open)
			request_send(dialog, &act);
		return;
	}
	dialog->refresh_at = 0;
	live_warn(dialog->call, "the recorder let the session expire");
}

void request_turn(struct live_dialog *dialog)
{
	nanoseconds now = dialog->call->fleet->now;

	if (dialog->over)
		return;
	repeat(dialog, &dialog->invite);
	repeat(dialog, &dialog->other);
	if (!dialog->up || dialog->over)
		return;
	if (dialog->want_count > 0 && now >= dialog->want_at &&
	    !dialog->invite.open && !dialog->other.open) {
		struct live_act act = dialog->want[0];

		dialog->want_count--;
		memmove(dialog->want, dialog->want + 1,
			dialog->want_count * sizeof(act));
		request_send(dialog, &act);
	}
	refresh(dialog);
}
