/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "siprec/limit.h"
#include "siprec/parse/uri.h"
#include "siprec/text.h"

struct request {
	struct wheel_node node; /* first: the wheel hands it back */
	bool is_used;
	bool is_proceeding; /* a provisional answer came */
	bool is_answered;   /* INVITE: final; only to be acknowledged again */
	uint32_t secret;    /* second half of the branch */
	uint32_t session, generation;
	uint32_t method;
	struct flow flow;
	int64_t gone_ms;
	int32_t interval_ms;
	char *bytes;
	size_t size;
	char *ack; /* of an INVITE */
	size_t ack_size;
	uint32_t next_free; /* plus 1 */
};

struct requests {
	struct requests_setup setup;
	struct wheel wheel;
	int64_t now_ms;
	uint32_t used, free_list;
	struct request places[REQUESTS_MAX];
};

static void act(void *self, struct wheel_node *node);

int requests_new(const struct requests_setup *setup, int64_t now_ms,
		 struct requests **ret_table)
{
	struct requests *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->setup = *setup;
	table->now_ms = now_ms;
	wheel_init(&table->wheel, now_ms, act, table);
	*ret_table = table;
	return 0;
}

static void wipe(struct request *one)
{
	if (one->bytes)
		sodium_memzero(one->bytes, one->size);
	free(one->bytes);
	free(one->ack);
	one->bytes = one->ack = NULL;
	one->size = one->ack_size = 0;
}

void requests_free(struct requests *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->used; i++)
		wipe(&table->places[i]);
	free(table);
}

static void end(struct requests *table, struct request *one)
{
	wheel_clear(&one->node);
	wipe(one);
	one->is_used = false;
	one->next_free = table->free_list;
	table->free_list = (uint32_t)(one - table->places) + 1;
}

static void finish(struct requests *table, struct request *one, uint16_t status,
		   const struct message *answer)
{
	struct request done = *one;

	end(table, one);
	table->setup.answer(table->setup.self, done.session, done.generation,
			    done.method, status, answer);
}

static void repeat_after(struct requests *table, struct request *one)
{
	int64_t due_ms = table->now_ms + one->interval_ms;

	/* A provisional answer to an INVITE ends its repetition. */
	if (one->is_proceeding && one->method == MESSAGE_INVITE)
		due_ms = one->gone_ms;
	one->interval_ms =
		one->is_proceeding || one->interval_ms * 2 > SIP_T2_MS
			? SIP_T2_MS
			: one->interval_ms * 2;
	wheel_set(&table->wheel, &one->node,
		  due_ms < one->gone_ms ? due_ms : one->gone_ms);
}

static void act(void *self, struct wheel_node *node)
{
	struct request *one = (struct request *)(void *)node;
	struct requests *table = self;

	if (one->is_answered) {
		end(table, one);
		return;
	}
	if (table->now_ms >= one->gone_ms) {
		finish(table, one, 408, NULL);
		return;
	}
	TALLY(table->setup.tally, retransmissions_out);
	if (wire_send(table->setup.wire, &one->flow,
		      (struct slice){ one->bytes, one->size }) < 0)
		TALLY(table->setup.tally, unsent);
	repeat_after(table, one);
}

void requests_turn(struct requests *table, int64_t now_ms)
{
	table->now_ms = now_ms;
	wheel_turn(&table->wheel, now_ms);
}

static struct request *take_place(struct requests *table)
{
	struct request *one;

	if (table->free_list != 0) {
		one = &table->places[table->free_list - 1];
		table->free_list = one->next_free;
	} else if (table->used < REQUESTS_MAX) {
		one = &table->places[table->used++];
	} else {
		return NULL;
	}
	memset(one, 0, sizeof(*one));
	one->is_used = true;
	return one;
}

static const char *transport_of(const struct flow *flow)
{
	switch (flow->kind) {
	case FLOW_TCP:
		return "TCP";
	case FLOW_TLS:
		return "TLS";
	default:
		return "UDP";
	}
}

/* Host and port of our address, for Via. */
static struct slice sent_by(const char *local)
{
	struct slice rest, text = slice_of(local);

	(void)slice_cut(text, '@', &rest);
	(void)slice_cut(text, ':', &text);
	return slice_cut(rest.size > 0 ? rest : text, ';', &rest);
}

static void write_request(struct text *text, const struct request *one,
			  uint32_t place, const struct request_dialog *dialog,
			  enum message_method of, struct slice headers,
			  struct slice sdp)
{
	struct slice method = message_method_name(of);
	struct slice host = sent_by(dialog->local);

	text_add(text, method);
	text_addf(text, " %s SIP/2.0\r\n", dialog->target);
	text_addf(text, "Via: SIP/2.0/%s %.*s;branch=z9hG4bK%08x%08x;rport\r\n",
		  transport_of(&dialog->flow), (int)host.size, host.at, place,
		  one->secret);
	text_add(text, SLICE("Max-Forwards: 70\r\n"));
	if (dialog->routes[0] != '\0')
		text_addf(text, "Route: %s\r\n", dialog->routes);
	text_addf(text, "From: <%s>;tag=%s\r\n", dialog->local,
		  dialog->local_tag);
	text_addf(text, "To: <%s>", dialog->target);
	if (dialog->remote_tag[0] != '\0')
		text_addf(text, ";tag=%s", dialog->remote_tag);
	text_addf(text, "\r\nCall-ID: %s\r\nCSeq: %u ", dialog->call_id,
		  dialog->cseq);
	text_add(text, method);
	text_addf(text, "\r\nUser-Agent: Tallenne/%s\r\n", TALLENNE_VERSION);
	text_add(text, headers);
	if (sdp.size > 0)
		text_add(text, SLICE("Content-Type: application/sdp\r\n"));
	text_addf(text, "Content-Length: %zu\r\n\r\n", sdp.size);
	text_add(text, sdp);
}

/*
 * Over UDP the next hop may listen elsewhere than it sends from: if the
 * URI names the same address, its port is taken, else the source.
 */
static struct flow next_hop(const struct request_dialog *dialog)
{
	struct flow flow = dialog->flow;
	struct name_addr hop;
	struct slice first, rest;
	char host[INET6_ADDRSTRLEN];
	struct in6_addr address = IN6ADDR_ANY_INIT;

	if (flow.kind != FLOW_UDP)
		return flow;
	first = slice_of(dialog->routes[0] ? dialog->routes : dialog->target);
	first = slice_cut(first, ',', &rest);
	if (name_addr_parse(first, &hop) < 0 ||
	    slice_text(hop.uri.host, host, sizeof(host)) < 0)
		return flow;
	memset(address.s6_addr + 10, 0xff, 2);
	if (inet_pton(AF_INET, host, address.s6_addr + 12) != 1 &&
	    inet_pton(AF_INET6, host, &address) != 1)
		return flow;
	if (memcmp(&address, &flow.peer.sin6_addr, sizeof(address)) == 0)
		flow.peer.sin6_port = htons(hop.uri.port ? hop.uri.port : 5060);
	return flow;
}

/* What will acknowledge an INVITE, ready before its answer comes. */
static int prepare_ack(struct requests *table, struct request *one,
		       const struct request_dialog *dialog)
{
	static char buffer[REPLY_SIZE_MAX];
	struct text text = TEXT_IN(buffer);

	write_request(&text, one, (uint32_t)(one - table->places), dialog,
		      MESSAGE_ACK, (struct slice){ 0 }, (struct slice){ 0 });
	assert(!text.full);
	one->ack = malloc(text.size);
	if (!one->ack)
		return -ENOMEM;
	memcpy(one->ack, text.at, text.size);
	one->ack_size = text.size;
	return 0;
}

/*
 * The ACK of a refusal belongs to the INVITE's transaction and has its
 * branch; that of a 2xx is a transaction of its own (RFC 3261, 13.2.2.4).
 */
static void acknowledge(struct requests *table, struct request *one,
			uint16_t status)
{
	static const char mark[] = ";branch=z9hG4bK";
	char *branch = memmem(one->ack, one->ack_size, mark, sizeof(mark) - 1);

	assert(branch);
	branch += sizeof(mark) - 1 + 2 * sizeof(uint32_t);
	if (status < 300 && !one->is_answered) {
		char other[9];

		(void)snprintf(other, sizeof(other), "%08x", ~one->secret);
		memcpy(branch, other, 8);
	}
	if (wire_send(table->setup.wire, &one->flow,
		      (struct slice){ one->ack, one->ack_size }) < 0)
		TALLY(table->setup.tally, unsent);
}

static void take_invite_answer(struct requests *table, struct request *one,
			       const struct message *response)
{
	acknowledge(table, one, response->status);
	if (one->is_answered)
		return;
	one->is_answered = true;
	wheel_clear(&one->node);
	wheel_set(&table->wheel, &one->node, table->now_ms + SIP_GONE_MS);
	table->setup.answer(table->setup.self, one->session, one->generation,
			    one->method, response->status, response);
}

int request_send(struct requests *table, const struct request_dialog *dialog,
		 uint32_t session, uint32_t generation,
		 enum message_method method, struct slice headers,
		 int64_t wait_ms)
{
	return request_offer(table, dialog, session, generation, method,
			     headers, (struct slice){ 0 }, wait_ms);
}

int request_offer(struct requests *table, const struct request_dialog *dialog,
		  uint32_t session, uint32_t generation,
		  enum message_method method, struct slice headers,
		  struct slice sdp, int64_t wait_ms)
{
	static char buffer[REPLY_SIZE_MAX];
	struct text text = TEXT_IN(buffer);
	struct request *one = take_place(table);
	int r;

	if (!one)
		return -ENOSPC;
	one->session = session;
	one->generation = generation;
	one->method = method;
	one->flow = next_hop(dialog);
	one->gone_ms = table->now_ms + wait_ms;
	one->interval_ms = SIP_T1_MS;
	randombytes_buf(&one->secret, sizeof(one->secret));
	write_request(&text, one, (uint32_t)(one - table->places), dialog,
		      method, headers, sdp);
	assert(!text.full);
	r = method == MESSAGE_INVITE ? prepare_ack(table, one, dialog) : 0;
	if (r < 0) {
		end(table, one);
		return r;
	}

	r = wire_send(table->setup.wire, &one->flow, text_slice(&text));
	if (r < 0) {
		TALLY(table->setup.tally, unsent);
		end(table, one);
		return r;
	}
	if (flow_is_reliable(&one->flow)) {
		wheel_set(&table->wheel, &one->node, one->gone_ms);
		return 0;
	}
	one->bytes = malloc(text.size);
	if (one->bytes) {
		memcpy(one->bytes, text.at, text.size);
		one->size = text.size;
	}
	repeat_after(table, one);
	return 0;
}

static struct request *find(struct requests *table,
			    const struct message *response,
			    const struct flow *flow)
{
	struct slice branch = response->via.branch;
	uint8_t number[8];
	uint32_t place, secret;

	if (!slice_starts_nocase(branch, SLICE("z9hG4bK")) ||
	    hex_read(slice_from(branch, 7), number, sizeof(number)) < 0)
		return NULL;
	place = (uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 |
		(uint32_t)number[2] << 8 | number[3];
	secret = (uint32_t)number[4] << 24 | (uint32_t)number[5] << 16 |
		 (uint32_t)number[6] << 8 | number[7];
	if (place >= table->used)
		return NULL;

	struct request *one = &table->places[place];
	if (!one->is_used || one->secret != secret ||
	    one->method != response->method || one->flow.client != flow->client)
		return NULL;
	return one;
}

void requests_take(struct requests *table, const struct message *response,
		   const struct flow *flow)
{
	struct request *one = find(table, response, flow);

	if (!one) {
		TALLY(table->setup.tally, bad_messages);
		return;
	}
	if (response->status < 200) {
		one->is_proceeding = true;
		return;
	}
	if (one->method == MESSAGE_INVITE) {
		take_invite_answer(table, one, response);
		return;
	}
	finish(table, one, response->status, response);
}
