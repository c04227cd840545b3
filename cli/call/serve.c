/* SPDX-License-Identifier: EUPL-1.2 */
/* What the recorder asks of a client: refresh, OPTIONS, BYE. */
#include <stdio.h>

#include "cli/call/live.h"

static void copy(struct text *text, const struct message *message,
		 const char *name)
{
	for (size_t i = 0; i < MESSAGE_ROUTES_MAX; i++) {
		struct slice value = message_header(message, name, i);

		if (value.size == 0)
			return;
		text_add(text, "%s: ", name);
		text_put(text, value);
		text_put(text, SLICE("\r\n"));
	}
}

static void answer(struct fleet *fleet, struct live_dialog *dialog,
		   const struct message *message,
		   const struct sockaddr_storage *from, int status,
		   const char *reason, bool with_sdp)
{
	OWNED(text_drop) struct text text = { 0 };
	OWNED(text_drop) struct text sdp = { 0 };

	text_add(&text, "SIP/2.0 %d %s\r\n", status, reason);
	copy(&text, message, "Via");
	copy(&text, message, "From");
	copy(&text, message, "To");
	/* A request outside of a dialog gets a tag of ours. */
	if (!dialog && message_tag(message, "To").size == 0)
		text.size -= 2, text_put(&text, SLICE(";tag=client\r\n"));
	copy(&text, message, "Call-ID");
	copy(&text, message, "CSeq");
	if (dialog && status == 200) {
		struct slice expires =
			message_header(message, "Session-Expires", 0);

		text_add(&text, "Contact: %s\r\n", dialog->contact);
		if (expires.size > 0) {
			text_put(&text, SLICE("Require: timer\r\n"
					      "Session-Expires: "));
			text_put(&text, expires);
			text_put(&text, SLICE("\r\n"));
		}
	}
	text_put(&text, SLICE("Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,PRACK,"
			      "UPDATE\r\nSupported: timer\r\n"));
	if (with_sdp) {
		request_sdp(dialog, dialog->call->inactive, &sdp);
		text_put(&text, SLICE("Content-Type: application/sdp\r\n"));
	}
	text_add(&text, "Content-Length: %zu\r\n\r\n", sdp.size);
	text_put(&text, text_slice(&sdp));
	wire_send(fleet->wire, from, text_slice(&text));
}

static void serve_change(struct live_dialog *dialog,
			 const struct message *message,
			 const struct sockaddr_storage *from, bool invite)
{
	struct fleet *fleet = dialog->call->fleet;
	const struct dialect *dialect = dialog->call->plan->dialect;
	bool has_body = message->body.size > 0;

	if (dialog->invite.open) {
		answer(fleet, dialog, message, from, 491, "Request Pending",
		       false);
		return;
	}
	if (invite && !has_body && dialect_does(dialect, DIALECT_NO_REFRESH)) {
		answer(fleet, dialog, message, from, 405, "Method Not Allowed",
		       false);
		live_warn(dialog->call, "refresh by a bodyless re-INVITE");
		return;
	}
	answer(fleet, dialog, message, from, 200, "OK", invite || has_body);
	if (dialog->refresh_at != 0 && !dialog->refresher)
		dialog->refresh_at = fleet->now + dialog->expires_s * NS_PER_S;
}

void reply_serve(struct fleet *fleet, struct live_dialog *dialog,
		 const struct message *message,
		 const struct sockaddr_storage *from)
{
	struct slice method = message->method;

	if (slice_is(method, SLICE("ACK")))
		return;
	if (dialog)
		dialog->call->report->served++;
	if (slice_is(method, SLICE("OPTIONS"))) {
		answer(fleet, dialog, message, from, 200, "OK", false);
	} else if (!dialog || dialog->over) {
		answer(fleet, NULL, message, from, 481,
		       "Call/Transaction Does Not Exist", false);
	} else if (slice_is(method, SLICE("BYE"))) {
		answer(fleet, dialog, message, from, 200, "OK", false);
		live_ended(dialog);
	} else if (slice_is(method, SLICE("UPDATE"))) {
		serve_change(dialog, message, from, false);
	} else if (slice_is(method, SLICE("INVITE"))) {
		serve_change(dialog, message, from, true);
	} else if (slice_is(method, SLICE("INFO")) ||
		   slice_is(method, SLICE("NOTIFY"))) {
		answer(fleet, dialog, message, from, 200, "OK", false);
	} else {
		answer(fleet, dialog, message, from, 501, "Not Implemented",
		       false);
	}
}
