/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/transaction.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "siprec/limit.h"
#include "siprec/reply.h"

/*
 *	            provisional           final (not INVITE)
 *	begin ──► OPEN ────────► OPEN ───────────────────► DONE ─► free
 *	            │ 2xx (INVITE)                          ▲
 *	            ├──────────► ACCEPTED ── ACK ───────────┤
 *	            │ 3xx-6xx                               │
 *	            └──────────► REFUSED ─── ACK ───────────┘
 *
 * ACCEPTED and REFUSED repeat their answer; without an ACK they end after
 * SIP_GONE_MS. DONE only keeps the answer, for requests that come again.
 */
enum state { FREE, OPEN, ACCEPTED, REFUSED, DONE };

struct transaction {
	struct wheel_node node; /* first: the wheel hands it back */
	uint8_t key[TRANSACTION_KEY_SIZE];
	uint32_t generation;
	uint8_t state;
	bool is_invite;
	bool has_open_to; /* a tag of ours must follow */
	bool is_reserved; /* its place is one of the reserve */
	uint16_t status;
	uint32_t next; /* in its hash row, plus 1 */
	int64_t gone_ms;
	int32_t interval_ms;
	struct flow flow; /* where answers go */
	char tag[TRANSACTION_TAG_SIZE];
	char *repeated;
	size_t repeated_size;
	char *reply; /* latest answer, whole */
	size_t reply_size;
};

enum { ROWS = 16384, PLACES = TRANSACTIONS_MAX + TRANSACTIONS_RESERVE };

struct transactions {
	struct transactions_setup setup;
	struct wheel wheel;
	uint8_t secret[TRANSACTION_SECRET_SIZE];
	int64_t now_ms;
	struct share share;   /* of places */
	struct share reserve; /* of places for ends */
	struct share bytes;   /* kept in all answers */
	uint32_t free_list;   /* plus 1 */
	uint32_t used;	      /* places ever used */
	uint32_t rows[ROWS];  /* plus 1 */
	struct transaction places[PLACES];
};

static void act(void *self, struct wheel_node *node);

int transactions_new(const struct transactions_setup *setup, int64_t now_ms,
		     struct transactions **ret_table)
{
	struct transactions *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->setup = *setup;
	table->now_ms = now_ms;
	table->share.room = TRANSACTIONS_MAX;
	table->reserve.room = TRANSACTIONS_RESERVE;
	table->bytes.room = TRANSACTION_BYTES_MAX;
	randombytes_buf(table->secret, sizeof(table->secret));
	wheel_init(&table->wheel, now_ms, act, table);
	*ret_table = table;
	return 0;
}

/* What was kept of a message is wiped, not only freed. */
static void drop_bytes(struct transactions *table,
		       const struct transaction *one, char **bytes,
		       size_t *size)
{
	if (!*bytes)
		return;
	sodium_memzero(*bytes, *size);
	free(*bytes);
	share_give(&table->bytes, one->flow.client, *size);
	*bytes = NULL;
	*size = 0;
}

static char *keep_bytes(struct transactions *table,
			const struct transaction *one, struct slice bytes)
{
	char *kept = malloc(bytes.size > 0 ? bytes.size : 1);

	if (!kept)
		return NULL;
	if (!share_take(&table->bytes, table->setup.clients, one->flow.client,
			bytes.size)) {
		free(kept);
		return NULL;
	}
	memcpy(kept, bytes.at, bytes.size);
	return kept;
}

void transactions_free(struct transactions *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->used; i++) {
		struct transaction *one = &table->places[i];

		drop_bytes(table, one, &one->repeated, &one->repeated_size);
		drop_bytes(table, one, &one->reply, &one->reply_size);
	}
	sodium_memzero(table->secret, sizeof(table->secret));
	free(table);
}

static transaction_id id_of(const struct transactions *table,
			    const struct transaction *one)
{
	uint64_t index = (uint64_t)(one - table->places);

	return (uint64_t)one->generation << 32 | (index + 1);
}

static struct transaction *find(struct transactions *table, transaction_id id)
{
	uint32_t index = (uint32_t)id;
	struct transaction *one;

	if (index == 0 || index > table->used)
		return NULL;
	one = &table->places[index - 1];
	if (one->state == FREE || one->generation != (uint32_t)(id >> 32))
		return NULL;
	return one;
}

static uint32_t *row_of(struct transactions *table,
			const uint8_t key[TRANSACTION_KEY_SIZE])
{
	uint32_t hash;

	memcpy(&hash, key, sizeof(hash));
	return &table->rows[hash % ROWS];
}

static struct transaction *find_key(struct transactions *table,
				    const uint8_t key[TRANSACTION_KEY_SIZE])
{
	uint32_t place = *row_of(table, key);

	while (place != 0) {
		struct transaction *one = &table->places[place - 1];

		if (memcmp(one->key, key, TRANSACTION_KEY_SIZE) == 0)
			return one;
		place = one->next;
	}
	return NULL;
}

static struct transaction *take_place(struct transactions *table,
				      uint32_t client, bool is_end)
{
	const struct clients *clients = table->setup.clients;
	struct transaction *one;
	bool is_reserved = false;

	if (!share_take(&table->share, clients, client, 1)) {
		is_reserved = is_end &&
			      share_take(&table->reserve, clients, client, 1);
		if (!is_reserved)
			return NULL;
		TALLY(table->setup.tally, reserved);
	}
	if (table->free_list != 0) {
		one = &table->places[table->free_list - 1];
		table->free_list = one->next;
	} else {
		assert(table->used < PLACES);
		one = &table->places[table->used++];
	}
	one->is_reserved = is_reserved;
	return one;
}

static void end(struct transactions *table, struct transaction *one)
{
	uint32_t place = (uint32_t)(one - table->places) + 1;
	uint32_t *link = row_of(table, one->key);

	while (*link != place)
		link = &table->places[*link - 1].next;
	*link = one->next;
	wheel_clear(&one->node);
	drop_bytes(table, one, &one->repeated, &one->repeated_size);
	drop_bytes(table, one, &one->reply, &one->reply_size);
	share_give(one->is_reserved ? &table->reserve : &table->share,
		   one->flow.client, 1);
	one->state = FREE;
	one->generation++;
	one->next = table->free_list;
	table->free_list = place;
}

static void send_reply(struct transactions *table, struct transaction *one)
{
	struct slice bytes = { one->reply, one->reply_size };

	if (one->reply && wire_send(table->setup.wire, &one->flow, bytes) < 0)
		TALLY(table->setup.tally, unsent);
}

static void repeat_after(struct transactions *table, struct transaction *one)
{
	int64_t due_ms = table->now_ms + one->interval_ms;

	one->interval_ms = one->interval_ms * 2 < SIP_T2_MS
				   ? one->interval_ms * 2
				   : SIP_T2_MS;
	wheel_set(&table->wheel, &one->node,
		  due_ms < one->gone_ms ? due_ms : one->gone_ms);
}

static void act(void *self, struct wheel_node *node)
{
	struct transaction *one = (struct transaction *)(void *)node;
	struct transactions *table = self;

	if (one->state == OPEN && table->now_ms < one->gone_ms) {
		const struct transaction_reply reply = { .status = 100,
							 .reason = "Trying" };

		if (one->status == 0)
			transaction_reply(table, id_of(table, one), &reply);
		wheel_set(&table->wheel, &one->node, one->gone_ms);
		return;
	}
	if (one->state == OPEN) {
		/* Its session forgot it: never leave a client waiting. */
		struct transaction_reply reply = {
			.status = 500, .reason = "Server Internal Error"
		};

		transaction_reply(table, id_of(table, one), &reply);
		return;
	}
	if (one->state != DONE && table->now_ms < one->gone_ms) {
		TALLY(table->setup.tally, retransmissions_out);
		send_reply(table, one);
		repeat_after(table, one);
		return;
	}

	transaction_id id = id_of(table, one);
	uint16_t status = one->status;
	bool is_lost = one->state == ACCEPTED;

	end(table, one);
	if (is_lost)
		table->setup.lost(table->setup.self, id, status);
}

void transactions_turn(struct transactions *table, int64_t now_ms)
{
	table->now_ms = now_ms;
	wheel_turn(&table->wheel, now_ms);
}

static bool keep_request(struct transactions *table, struct transaction *one,
			 const struct message *request, const struct flow *flow)
{
	static char buffer[REPLY_SIZE_MAX];
	struct text text = TEXT_IN(buffer);
	uint64_t tag;

	one->has_open_to = reply_repeat(&text, request, flow);
	if (text.full)
		return false;
	one->repeated = keep_bytes(table, one, text_slice(&text));
	if (!one->repeated)
		return false;
	one->repeated_size = text.size;
	one->tag[0] = '\0';
	if (one->has_open_to) {
		randombytes_buf(&tag, sizeof(tag));
		hex_text(&tag, sizeof(tag), one->tag);
	}
	return true;
}

bool transactions_repeat(struct transactions *table,
			 const struct message *request, const struct flow *flow,
			 bool may_answer)
{
	uint8_t key[TRANSACTION_KEY_SIZE];
	struct transaction *one;

	transaction_key(table->secret, request, request->method, flow, key);
	one = find_key(table, key);
	if (!one)
		return false;
	if (!may_answer) {
		TALLY(table->setup.tally, quota);
		return true;
	}
	TALLY(table->setup.tally, retransmissions_in);
	/* The same connection or a newer one of this client. */
	one->flow = reply_flow(request, flow);
	send_reply(table, one);
	return true;
}

int transactions_begin(struct transactions *table,
		       const struct message *request, const struct flow *flow,
		       bool is_end, transaction_id *ret_id)
{
	struct transaction *one = take_place(table, flow->client, is_end);
	uint32_t *row;

	if (!one)
		return -ENOSPC;
	transaction_key(table->secret, request, request->method, flow,
			one->key);
	row = row_of(table, one->key);
	one->next = *row;
	*row = (uint32_t)(one - table->places) + 1;
	one->state = OPEN;
	one->is_invite = request->method == MESSAGE_INVITE;
	one->status = 0;
	one->flow = reply_flow(request, flow);
	if (!keep_request(table, one, request, flow)) {
		end(table, one);
		return -ENOSPC;
	}
	/*
	 * "Trying" only when an answer takes time (RFC 3261, 17.2.1): a client
	 * that has it stops asking, and would wait for ever if this process
	 * were killed in between.
	 */
	one->gone_ms = table->now_ms + SIP_GONE_MS;
	wheel_set(&table->wheel, &one->node,
		  one->is_invite ? table->now_ms + SIP_TRYING_MS
				 : one->gone_ms);
	*ret_id = id_of(table, one);
	return 0;
}

static void done(struct transactions *table, struct transaction *one,
		 int32_t keep_ms)
{
	one->state = DONE;
	one->gone_ms = table->now_ms + keep_ms;
	wheel_set(&table->wheel, &one->node, one->gone_ms);
}

bool transactions_ack(struct transactions *table, const struct message *ack,
		      const struct flow *flow)
{
	uint8_t key[TRANSACTION_KEY_SIZE];
	struct transaction *one;

	transaction_key(table->secret, ack, MESSAGE_INVITE, flow, key);
	one = find_key(table, key);
	/* Clients that give the ACK of a 2xx the branch of its INVITE are
	   served as well: that one goes on to the session. */
	if (!one || one->state == ACCEPTED ||
	    (one->state == DONE && one->status < 300))
		return false;
	if (one->state == REFUSED)
		done(table, one, flow_is_reliable(&one->flow) ? 0 : SIP_T4_MS);
	return true;
}

transaction_id transactions_cancelled(struct transactions *table,
				      const struct message *cancel,
				      const struct flow *flow)
{
	uint8_t key[TRANSACTION_KEY_SIZE];
	struct transaction *one;

	transaction_key(table->secret, cancel, MESSAGE_INVITE, flow, key);
	one = find_key(table, key);
	return one ? id_of(table, one) : 0;
}

const char *transaction_tag(const struct transactions *table, transaction_id id)
{
	uint32_t index = (uint32_t)id;

	assert(index > 0 && index <= table->used);
	return table->places[index - 1].tag;
}

bool transaction_is_open(const struct transactions *table, transaction_id id)
{
	uint32_t index = (uint32_t)id;

	return index > 0 && index <= table->used &&
	       table->places[index - 1].generation == (uint32_t)(id >> 32) &&
	       table->places[index - 1].state == OPEN;
}

static void after_final(struct transactions *table, struct transaction *one)
{
	bool is_reliable = flow_is_reliable(&one->flow);

	if (!one->is_invite) {
		done(table, one, is_reliable ? 0 : SIP_GONE_MS);
		return;
	}
	/* A 2xx is repeated over any transport (RFC 3261, 13.3.1.4). */
	one->state = one->status < 300 ? ACCEPTED : REFUSED;
	one->gone_ms = table->now_ms + SIP_GONE_MS;
	one->interval_ms = SIP_T1_MS;
	if (one->state == REFUSED && is_reliable)
		wheel_set(&table->wheel, &one->node, one->gone_ms);
	else
		repeat_after(table, one);
}

void transaction_reply(struct transactions *table, transaction_id id,
		       const struct transaction_reply *reply)
{
	static char buffer[2 * REPLY_SIZE_MAX];
	struct text text = TEXT_IN(buffer);
	struct transaction *one = find(table, id);

	if (!one || one->state != OPEN)
		return;
	reply_write(&text, reply,
		    (struct slice){ one->repeated, one->repeated_size },
		    one->has_open_to ? one->tag : NULL);
	assert(!text.full);
	drop_bytes(table, one, &one->reply, &one->reply_size);
	one->reply = keep_bytes(table, one, text_slice(&text));
	one->status = reply->status;
	if (one->reply) {
		one->reply_size = text.size;
		send_reply(table, one);
	} else if (wire_send(table->setup.wire, &one->flow, text_slice(&text)) <
		   0) {
		TALLY(table->setup.tally, unsent);
	}
	sodium_memzero(buffer, text.size);
	if (reply->status >= 200)
		after_final(table, one);
}

void transaction_acked(struct transactions *table, transaction_id id)
{
	struct transaction *one = find(table, id);

	/* Kept for a while: the INVITE itself may still come again. */
	if (one && one->state == ACCEPTED)
		done(table, one, SIP_GONE_MS);
}

/* A tag that is the same whenever this request comes. */
static void tag_once(struct transactions *table, const struct message *request,
		     const struct flow *flow, char tag[TRANSACTION_TAG_SIZE])
{
	struct transaction *invite = NULL;

	if (request->method == MESSAGE_CANCEL)
		invite = find(table,
			      transactions_cancelled(table, request, flow));
	if (invite && invite->has_open_to) {
		memcpy(tag, invite->tag, sizeof(invite->tag));
		return;
	}
	transaction_tag_of(table->secret, request, flow, tag);
}

void transactions_reply_once(struct transactions *table,
			     const struct message *request,
			     const struct flow *flow,
			     const struct transaction_reply *reply)
{
	static char repeated[REPLY_SIZE_MAX], buffer[2 * REPLY_SIZE_MAX];
	struct text head = TEXT_IN(repeated), text = TEXT_IN(buffer);
	struct flow back = reply_flow(request, flow);
	char tag[TRANSACTION_TAG_SIZE];
	bool has_open_to = reply_repeat(&head, request, flow);

	tag_once(table, request, flow, tag);
	reply_write(&text, reply, text_slice(&head), has_open_to ? tag : NULL);
	if (head.full || text.full ||
	    wire_send(table->setup.wire, &back, text_slice(&text)) < 0)
		TALLY(table->setup.tally, unsent);
	sodium_memzero(repeated, head.size);
	sodium_memzero(buffer, text.size);
}
