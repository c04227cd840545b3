/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/reply.h"

#include <arpa/inet.h>
#include <string.h>

#include "siprec/parse/header.h"

static void add_peer(struct text *text, const struct flow *flow)
{
	char address[INET6_ADDRSTRLEN] = "";
	const struct in6_addr *peer = &flow->peer.sin6_addr;

	if (IN6_IS_ADDR_V4MAPPED(peer))
		(void)inet_ntop(AF_INET, peer->s6_addr + 12, address,
				sizeof(address));
	else
		(void)inet_ntop(AF_INET6, peer, address, sizeof(address));
	text_addf(text, ";received=%s", address);
}

/* The topmost Via, completed. Its parameters are copied byte by byte. */
static void add_top_via(struct text *text, const struct message *request,
			struct slice via, const struct flow *flow)
{
	struct slice params = header_params(via);
	struct slice name, value;

	text_add(text, SLICE("Via: "));
	text_add(text, (struct slice){ via.at, via.size - params.size });
	while (params.size > 0) {
		const char *from = params.at;

		if (!header_next_param(&params, &name, &value))
			break;
		if (slice_is_nocase(name, SLICE("rport")) ||
		    slice_is_nocase(name, SLICE("received")))
			continue;
		size_t size = params.size > 0
				      ? (size_t)(params.at - from)
				      : (size_t)(via.at + via.size - from);
		text_add(text, slice_trim((struct slice){ from, size }));
	}
	add_peer(text, flow);
	if (request->via.has_rport)
		text_addf(text, ";rport=%u", ntohs(flow->peer.sin6_port));
	text_add(text, SLICE("\r\n"));
}

static void add_line(struct text *text, enum message_header header,
		     struct slice value)
{
	text_add(text, message_header_name(header));
	text_add(text, SLICE(": "));
	text_add(text, value);
	text_add(text, SLICE("\r\n"));
}

bool reply_repeat(struct text *text, const struct message *request,
		  const struct flow *flow)
{
	static const enum message_header repeated[] = { MESSAGE_FROM,
							MESSAGE_CALL_ID,
							MESSAGE_CSEQ };
	struct slice via = message_value(request, MESSAGE_VIA, 0);

	if (via.size > 0)
		add_top_via(text, request, via, flow);
	for (uint32_t i = 1;; i++) {
		via = message_value(request, MESSAGE_VIA, i);
		if (via.size == 0)
			break;
		add_line(text, MESSAGE_VIA, via);
	}
	for (size_t i = 0; i < COUNT(repeated); i++) {
		struct slice line = message_line(request, repeated[i], 0);

		if (line.size > 0)
			add_line(text, repeated[i], line);
	}
	for (uint32_t i = 0;; i++) {
		struct slice line =
			message_line(request, MESSAGE_RECORD_ROUTE, i);

		if (line.size == 0)
			break;
		add_line(text, MESSAGE_RECORD_ROUTE, line);
	}
	text_add(text, SLICE("To: "));
	text_add(text, message_line(request, MESSAGE_TO, 0));
	if (request->to_tag.size == 0)
		return true;
	text_add(text, SLICE("\r\n"));
	return false;
}

struct flow reply_flow(const struct message *request, const struct flow *flow)
{
	struct flow back = *flow;

	if (flow->kind != FLOW_UDP || request->via.has_rport)
		return back;
	back.peer.sin6_port =
		htons(request->via.port ? request->via.port : 5060);
	return back;
}

void reply_write(struct text *text, const struct transaction_reply *reply,
		 struct slice repeated, const char *tag)
{
	text_addf(text, "SIP/2.0 %u %s\r\n", reply->status, reply->reason);
	text_add(text, repeated);
	if (tag)
		text_addf(text, ";tag=%s\r\n", tag);
	text_addf(text, "Server: Tallenne/%s\r\n", TALLENNE_VERSION);
	text_add(text, reply->headers);
	if (reply->body.size > 0) {
		text_add(text, SLICE("Content-Type: "));
		text_add(text, reply->type);
		text_add(text, SLICE("\r\n"));
	}
	text_addf(text, "Content-Length: %zu\r\n\r\n", reply->body.size);
	text_add(text, reply->body);
}
