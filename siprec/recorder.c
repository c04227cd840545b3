/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/recorder.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "siprec/attic.h"
#include "siprec/parse/header.h"
#include "siprec/text.h"

enum { LOOK_MS = 500 };

static const struct client *client_of(const struct recorder *recorder,
				      const struct flow *flow)
{
	return &recorder->clients.client[flow->client];
}

/* A call that should have been recorded, perhaps. */
static bool is_new_call(const struct message *request)
{
	return request->method == MESSAGE_INVITE && request->to_tag.size == 0;
}

static void ack_lost(void *self, transaction_id id, uint16_t status)
{
	struct recorder *recorder = self;

	(void)status;
	for (uint32_t i = 0; i < recorder->sessions_used; i++) {
		struct session *session = &recorder->sessions[i];

		if (session->kept.state == SESSION_FREE ||
		    session->invite != id)
			continue;
		session->invite = 0;
		/* A session that never stood is ended (RFC 3261, 13.3.1.4);
		   one that did goes on: its sound comes without an ACK. */
		if (session->kept.state == SESSION_ACCEPTED)
			session_bye(recorder, session,
				    clock_now(recorder->clock),
				    CALL_END_REFUSED);
		return;
	}
}

int recorder_init(struct recorder *recorder)
{
	struct transactions_setup transactions = { recorder->wire,
						   &recorder->tally,
						   &recorder->clients, ack_lost,
						   recorder };
	struct requests_setup requests = { recorder->wire, &recorder->tally,
					   session_answered, recorder };
	int r;

	assert(recorder->clock && recorder->wire);
	outbox_init(&recorder->registry);
	for (size_t i = 0; i < MEDIA_MAX; i++)
		outbox_init(&recorder->media[i].outbox);
	recorder->sessions = calloc(SESSIONS_MAX, sizeof(struct session));
	recorder->contacts = calloc(CONTACTS_MAX, sizeof(struct contact));
	if (!recorder->sessions || !recorder->contacts)
		return -ENOMEM;
	r = transactions_new(&transactions, recorder->now_ms,
			     &recorder->transactions);
	if (r == 0)
		r = requests_new(&requests, recorder->now_ms,
				 &recorder->requests);
	return r;
}

void recorder_close(struct recorder *recorder, struct outbox *outbox)
{
	if (outbox->end >= 0 && recorder->line_gone)
		recorder->line_gone(recorder->line_self, outbox->end);
	outbox_close(outbox);
}

void recorder_done(struct recorder *recorder)
{
	for (uint32_t i = 0; i < recorder->sessions_used; i++)
		if (recorder->sessions[i].kept.state != SESSION_FREE)
			session_free(recorder, &recorder->sessions[i]);
	if (recorder->contacts)
		sodium_memzero(recorder->contacts,
			       recorder->contacts_used *
				       sizeof(struct contact));
	outbox_close(&recorder->registry);
	for (size_t i = 0; i < MEDIA_MAX; i++)
		outbox_close(&recorder->media[i].outbox);
	transactions_free(recorder->transactions);
	requests_free(recorder->requests);
	journal_close(recorder->journal);
	roster_free(recorder->roster);
	policy_free(recorder->policy);
	seal_keyset_free(recorder->keys);
	free(recorder->sessions);
	free(recorder->contacts);
}

/* A request as it came. */
struct asked {
	const struct message *request;
	const struct flow *flow;
	transaction_id id; /* 0: it has no place */
	nanoseconds at;
};

static void answer(struct recorder *recorder, const struct asked *asked,
		   uint16_t status, const char *reason, struct slice headers)
{
	struct transaction_reply reply = { .status = status,
					   .reason = reason,
					   .headers = headers };

	if (asked->id != 0)
		transaction_reply(recorder->transactions, asked->id, &reply);
	else
		transactions_reply_once(recorder->transactions, asked->request,
					asked->flow, &reply);
}

static void answer_481(struct recorder *recorder, const struct asked *asked)
{
	answer(recorder, asked, 481, "Call/Transaction Does Not Exist",
	       (struct slice){ 0 });
}

/* Require: what we do not know is named in a 420. */
static bool refuse_extension(struct recorder *recorder,
			     const struct asked *asked)
{
	const struct message *request = asked->request;
	static const char *const known[] = { "siprec", "timer", "100rel",
					     "replaces", "record-aware" };
	static char lines[1024];
	struct text text = TEXT_IN(lines);
	bool has_unknown = false;

	for (uint32_t i = 0;; i++) {
		struct slice one = message_value(request, MESSAGE_REQUIRE, i);
		bool is_known = false;

		if (one.size == 0)
			break;
		for (size_t k = 0; k < COUNT(known); k++)
			is_known |= slice_is_nocase(one, slice_of(known[k]));
		/* What is no token cannot be echoed as one. */
		if (is_known || !header_is_token(one))
			continue;
		text_add(&text,
			 has_unknown ? SLICE(", ") : SLICE("Unsupported: "));
		text_add(&text, one);
		has_unknown = true;
	}
	if (!has_unknown)
		return false;
	text_add(&text, SLICE("\r\n"));
	if (is_new_call(request))
		TALLY(&recorder->tally, not_recorded);
	recorder_explain(recorder, client_of(recorder, asked->flow), 420,
			 "its Require names an extension that is not known "
			 "here");
	answer(recorder, asked, 420, "Bad Extension",
	       text.full ? (struct slice){ 0 } : text_slice(&text));
	return true;
}

static void take_options(struct recorder *recorder, struct session *session,
			 const struct asked *asked)
{
	static char lines[1024];
	struct text text = TEXT_IN(lines);

	/* Inside a dialog that is not here, the client must hear so. */
	if (asked->request->to_tag.size > 0 && !session) {
		answer_481(recorder, asked);
		return;
	}
	text_addf(&text,
		  "Contact: <%s>;+sip.srs\r\n"
		  "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK\r\n"
		  "Accept: application/sdp, application/rs-metadata, "
		  "application/rs-metadata+xml, multipart/mixed\r\n"
		  "Accept-Encoding: identity\r\n"
		  "Supported: siprec, timer, replaces, 100rel\r\n",
		  recorder->local[asked->flow->kind][asked->flow->socket]);
	answer(recorder, asked, 200, "OK", text_slice(&text));
}

static void take_bye(struct recorder *recorder, struct session *session,
		     const struct asked *asked)
{
	answer(recorder, asked, 200, "OK", (struct slice){ 0 });
	session_end(recorder, session, asked->at, CALL_END_BYE);
}

/* Late or of nobody who knows the dialog: it changes and ends nothing. */
static bool is_stale(const struct session *session,
		     const struct message *request)
{
	return (request->method == MESSAGE_BYE ||
		request->method == MESSAGE_INVITE ||
		request->method == MESSAGE_UPDATE) &&
	       request->cseq < session->kept.dialog.remote_cseq;
}

static void take_inside(struct recorder *recorder, struct session *session,
			const struct asked *asked)
{
	const struct message *request = asked->request;

	if (is_stale(session, request)) { /* RFC 3261, 12.2.2 */
		answer(recorder, asked, 500, "CSeq Out Of Order",
		       (struct slice){ 0 });
		return;
	}
	dialog_refresh(&session->kept.dialog, request, asked->flow);
	attic_touch_session(recorder, session);
	switch (request->method) {
	case MESSAGE_INVITE:
	case MESSAGE_UPDATE:
		session_change(recorder, session, request, asked->id,
			       asked->at);
		break;
	case MESSAGE_BYE:
		take_bye(recorder, session, asked);
		break;
	case MESSAGE_OPTIONS:
		take_options(recorder, session, asked);
		break;
	case MESSAGE_PRACK: /* we never sent anything reliable */
		answer_481(recorder, asked);
		break;
	case MESSAGE_INFO: /* nothing of it is wanted, all of it is polite */
	case MESSAGE_NOTIFY:
		answer(recorder, asked, 200, "OK", (struct slice){ 0 });
		break;
	case MESSAGE_REFER: /* a recorder goes nowhere */
		answer(recorder, asked, 603, "Decline", (struct slice){ 0 });
		break;
	default:
		answer(recorder, asked, 405, "Method Not Allowed",
		       SLICE("Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, "
			     "UPDATE, PRACK\r\n"));
	}
}

static void take_outside(struct recorder *recorder, const struct asked *asked)
{
	const struct message *request = asked->request;

	if (request->method == MESSAGE_OPTIONS)
		take_options(recorder, NULL, asked);
	else if (request->to_tag.size > 0 || request->method == MESSAGE_BYE ||
		 request->method == MESSAGE_UPDATE ||
		 request->method == MESSAGE_PRACK)
		answer_481(recorder, asked);
	else if (request->method == MESSAGE_INVITE)
		session_invite(recorder, request, asked->flow, asked->id,
			       asked->at);
	else if (request->method == MESSAGE_REFER)
		answer(recorder, asked, 603, "Decline", (struct slice){ 0 });
	else
		answer(recorder, asked, 405, "Method Not Allowed",
		       SLICE("Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, "
			     "UPDATE, PRACK\r\n"));
}

static void take_cancel(struct recorder *recorder, const struct asked *asked)
{
	transaction_id invite = transactions_cancelled(
		recorder->transactions, asked->request, asked->flow);

	if (invite == 0) {
		answer_481(recorder, asked);
		return;
	}
	answer(recorder, asked, 200, "OK", (struct slice){ 0 });
	if (!transaction_is_open(recorder->transactions, invite))
		return;
	for (uint32_t i = 0; i < recorder->sessions_used; i++) {
		struct session *session = &recorder->sessions[i];

		if (session->kept.state == SESSION_FREE ||
		    session->pending != invite)
			continue;
		session_refuse(recorder, session, 487, "Request Terminated");
		if (session->kept.state == SESSION_OPENING)
			session_end(recorder, session, asked->at,
				    CALL_END_REFUSED);
		return;
	}
}

/*
 * Only what changes something takes a place among the transactions. The
 * answer to anything else is the same however often it comes, so that a
 * flood of it fills nothing. That of a CANCEL, too: its INVITE is kept.
 */
static bool needs_place(const struct session *session,
			const struct message *request)
{
	switch (request->method) {
	case MESSAGE_INVITE:
		return session || request->to_tag.size == 0;
	case MESSAGE_UPDATE:
	case MESSAGE_BYE:
		return session != NULL;
	default:
		return false;
	}
}

/* The share of its client is full. */
static void take_full(struct recorder *recorder, struct session *session,
		      const struct asked *asked)
{
	/* Sound ends with its BYE, whoever filled the table. */
	if (session && asked->request->method == MESSAGE_BYE &&
	    !is_stale(session, asked->request)) {
		TALLY(&recorder->tally, unplaced);
		attic_touch_session(recorder, session);
		take_bye(recorder, session, asked);
		return;
	}
	TALLY(&recorder->tally, share);
	if (!session) {
		TALLY(&recorder->tally, no_room);
		TALLY(&recorder->tally, not_recorded);
	}
	recorder_explain(recorder, client_of(recorder, asked->flow), 503,
			 "its share of unfinished requests is full");
	answer(recorder, asked, 503, "Service Unavailable",
	       SLICE("Retry-After: 5\r\n"));
}

static void take_request(struct recorder *recorder,
			 const struct message *request, const struct flow *flow,
			 nanoseconds at)
{
	struct session *session = session_find(recorder, request, flow);
	struct asked asked = { request, flow, 0, at };

	if (!needs_place(session, request)) {
		TALLY(&recorder->tally, stateless);
	} else if (transactions_begin(recorder->transactions, request, flow,
				      request->method == MESSAGE_BYE,
				      &asked.id) < 0) {
		take_full(recorder, session, &asked);
		return;
	}
	if (request->method == MESSAGE_CANCEL)
		take_cancel(recorder, &asked);
	else if (refuse_extension(recorder, &asked))
		return;
	else if (session)
		take_inside(recorder, session, &asked);
	else
		take_outside(recorder, &asked);
}

static void take_ack(struct recorder *recorder, const struct message *ack,
		     const struct flow *flow, nanoseconds at)
{
	struct session *session;

	if (ack->refuse != 0 ||
	    transactions_ack(recorder->transactions, ack, flow))
		return;
	session = session_find(recorder, ack, flow);
	if (!session)
		return;
	attic_touch_session(recorder, session);
	session_ack(recorder, session, ack, at);
}

/* One to nothing that we know is a request like any other. */
static bool ends_session(struct recorder *recorder,
			 const struct message *message, const struct flow *flow)
{
	if (message->refuse != 0)
		return false;
	if (message->method == MESSAGE_BYE)
		return session_find(recorder, message, flow);
	return message->method == MESSAGE_CANCEL &&
	       transaction_is_open(
		       recorder->transactions,
		       transactions_cancelled(recorder->transactions, message,
					      flow));
}

void recorder_take(struct recorder *recorder, const struct flow *flow,
		   struct slice bytes, nanoseconds at)
{
	static struct message message;
	struct client *client;
	bool may_ask;

	assert(flow->client < recorder->clients.count);
	client = &recorder->clients.client[flow->client];
	if (client->key == 0) /* left meanwhile */
		return;
	TALLY(&recorder->tally, messages);
	if (message_parse(bytes, &message) < 0 ||
	    (!message.is_request && message.refuse != 0)) {
		TALLY(&recorder->tally, bad_messages);
		return;
	}
	if (!message.is_request) {
		requests_take(recorder->requests, &message, flow);
		return;
	}
	/* Ends and evidence are always taken, whatever the quota. */
	if (message.method == MESSAGE_ACK) {
		take_ack(recorder, &message, flow, at);
		return;
	}
	may_ask = ends_session(recorder, &message, flow) ||
		  client_may_ask(client, recorder->now_ms);
	/* What was answered is not refused now because it comes again: the
	   client would believe the refusal. It may be left unheard. */
	if (message.refuse == 0 && transactions_repeat(recorder->transactions,
						       &message, flow, may_ask))
		return;
	if (!may_ask) {
		const struct transaction_reply busy = {
			.status = 503,
			.reason = "Service Unavailable",
			.headers = SLICE("Retry-After: 1\r\n"),
		};

		TALLY(&recorder->tally, quota);
		if (is_new_call(&message))
			TALLY(&recorder->tally, not_recorded);
		recorder_explain(recorder, client, 503,
				 "it asks more often than its requests_per_s");
		transactions_reply_once(recorder->transactions, &message, flow,
					&busy);
		return;
	}
	if (message.refuse != 0) {
		const struct transaction_reply bad = { .status = message.refuse,
						       .reason = message.why };

		TALLY(&recorder->tally, bad_messages);
		if (is_new_call(&message))
			TALLY(&recorder->tally, not_recorded);
		recorder_explain(recorder, client, message.refuse, message.why);
		transactions_reply_once(recorder->transactions, &message, flow,
					&bad);
		return;
	}
	take_request(recorder, &message, flow, at);
}

void recorder_refuse(struct recorder *recorder, const struct flow *flow,
		     struct slice bytes, bool is_larger)
{
	static struct message message;
	static char head[MESSAGE_HEAD_MAX];
	const struct transaction_reply reply = {
		.status = is_larger ? 513 : 400,
		.reason = is_larger ? "Message Too Large" : "Bad Request",
		.headers = SLICE("Connection: close\r\n"),
	};
	size_t size =
		bytes.size < sizeof(head) - 2 ? bytes.size : sizeof(head) - 2;
	const char *end;

	if (!bytes.at || size == 0)
		return;
	recorder_explain(recorder, client_of(recorder, flow), reply.status,
			 is_larger ? "a message is too large: a head above 16 "
				     "KiB or a body above 64 KiB"
				   : "a Content-Length is missing, twice or no "
				     "number, or a line has no right end");
	/* A head without an end is cut after its last whole line. */
	end = memmem(bytes.at, size, "\r\n\r\n", 4);
	if (!end)
		end = memrchr(bytes.at, '\n', size);
	if (!end)
		return;
	size = (size_t)(end - bytes.at) + (*end == '\n' ? 1 : 2);
	memcpy(head, bytes.at, size);
	memcpy(head + size, "\r\n", 2);
	if (message_parse((struct slice){ head, size + 2 }, &message) == 0 &&
	    message.is_request && message.method != MESSAGE_ACK &&
	    message_value(&message, MESSAGE_VIA, 0).size > 0) {
		if (is_new_call(&message))
			TALLY(&recorder->tally, not_recorded);
		transactions_reply_once(recorder->transactions, &message, flow,
					&reply);
	}
	sodium_memzero(head, size);
}

static int write_rows(struct recorder *recorder)
{
	for (uint32_t i = 0; i < recorder->due_count; i++) {
		struct contact *contact = &recorder->contacts[recorder->due[i]];
		int r;

		if (!contact->is_row_due)
			continue;
		contact->is_row_due = false;
		contact->row.version++;
		r = journal_append(recorder->journal, &contact->row);
		if (r < 0) /* no memory, or a backlog of millions */
			return r == -ENOSPC ? -ENOBUFS : r;
	}
	return journal_commit(recorder->journal);
}

/*
 * The disk is full. The rows wait in the journal's memory, and with them
 * whatever media and the clients would be told; calls that run go on.
 */
static void stall(struct recorder *recorder)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < recorder->due_count; i++)
		if (recorder->contacts[recorder->due[i]].is_post_due)
			recorder->due[kept++] = recorder->due[i];
	recorder->due_count = kept;
	if (recorder->is_stalled)
		return;
	recorder->is_stalled = true;
	TALLY(&recorder->tally, journal_failures);
	log_error("space", "the journal cannot grow: changes wait");
}

void recorder_commit(struct recorder *recorder)
{
	uint32_t count;
	int r;

	if (!recorder->journal || recorder->is_failed)
		return;
	/* While it is full, nothing is added to what waits already. */
	r = recorder->is_stalled ? journal_commit(recorder->journal) : 0;
	if (r == 0)
		r = write_rows(recorder);
	if (r == -ENOSPC) {
		stall(recorder);
		return;
	}
	if (r < 0) {
		/* Never tried again on this descriptor; the room ends and
		   starts anew with the attic and a fresh one. */
		TALLY(&recorder->tally, journal_failures);
		log_error("journal", "cannot write: %s", strerror(-r));
		recorder->is_failed = true;
		return;
	}
	if (recorder->is_stalled)
		log_info("space", "the journal grows again");
	recorder->is_stalled = false;
	/* Whatever happens from here on is not forgotten. */
	attic_keep_all(recorder);
	count = recorder->due_count;
	recorder->due_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct contact *contact = &recorder->contacts[recorder->due[i]];

		if (!contact->is_post_due)
			continue;
		contact->is_post_due = false;
		media_post(recorder, contact);
	}
	register_push(recorder);
	attic_keep_all(recorder);
}

void recorder_tick(struct recorder *recorder, int64_t now_ms)
{
	recorder->now_ms = now_ms;
	transactions_turn(recorder->transactions, now_ms);
	requests_turn(recorder->requests, now_ms);
	if (now_ms - recorder->looked_ms < LOOK_MS)
		return;
	recorder->looked_ms = now_ms;
	for (uint32_t i = 0; i < recorder->sessions_used; i++)
		if (recorder->sessions[i].kept.state != SESSION_FREE)
			session_tick(recorder, &recorder->sessions[i]);
	for (uint32_t i = 0; i < recorder->contacts_used; i++)
		contact_tick(recorder, &recorder->contacts[i]);
}
