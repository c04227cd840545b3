/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/record.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "chat/text.h"
#include "seal/format.h"

/* ---- writing ---- */

struct pen {
	uint8_t *at;
};

static void put_bytes(struct pen *pen, const void *bytes, size_t size)
{
	memcpy(pen->at, bytes, size);
	pen->at += size;
}

static void put8(struct pen *pen, uint32_t number)
{
	*pen->at++ = (uint8_t)number;
}

static void put32(struct pen *pen, uint32_t number)
{
	seal_put32(pen->at, number);
	pen->at += 4;
}

static void put64(struct pen *pen, uint64_t number)
{
	seal_put64(pen->at, number);
	pen->at += 8;
}

static void put_text(struct pen *pen, const char *text)
{
	size_t size = strlen(text);

	put8(pen, (uint32_t)size);
	put_bytes(pen, text, size);
}

static void put_birth(struct pen *pen, const struct conversation_birth *birth)
{
	put64(pen, birth->epoch);
	put64(pen, birth->born);
	put64(pen, (uint64_t)birth->opened_at);
	put32(pen, birth->policy);
	put32(pen, birth->flags);
	put_bytes(pen, birth->key_hash, sizeof(birth->key_hash));
	put_bytes(pen, birth->token_hash, sizeof(birth->token_hash));
	put_bytes(pen, birth->salt, sizeof(birth->salt));
	put_text(pen, birth->receipt);
	put_text(pen, birth->language);
	put_text(pen, birth->queue);
	put_text(pen, birth->nickname);
}

static void put_event(struct pen *pen, const struct record *record)
{
	static const uint8_t unknown[CONVERSATION_DIGEST_SIZE];
	const struct event *event = &record->event;
	bool is_masked = event->flags & CHAT_FLAG_MASKED;

	put64(pen, record->seq);
	put64(pen, (uint64_t)event->at);
	put8(pen, event->kind);
	put8(pen, event->side);
	put8(pen, event->flags);
	put8(pen, event->reason);
	put_bytes(pen, event->client_id, sizeof(event->client_id));
	put_bytes(pen, is_masked ? unknown : event->digest, sizeof(unknown));
	put_text(pen, event->name);
	put_text(pen, event->agent);
	put_text(pen, event->queue);
	if (event->size > 0)
		put_bytes(pen, record->text, event->size);
}

size_t record_write(const struct record *record, uint8_t out[RECORD_SIZE_MAX])
{
	struct pen pen = { out };

	put8(&pen, record->kind);
	if (record->kind == RECORD_AGENT) {
		put8(&pen, record->presence);
		put_text(&pen, record->agent);
		put_text(&pen, record->name);
		return (size_t)(pen.at - out);
	}
	put_bytes(&pen, &record->id, sizeof(record->id));
	if (record->kind == RECORD_BIRTH)
		put_birth(&pen, &record->birth);
	else if (record->kind == RECORD_EVENT)
		put_event(&pen, record);
	else if (record->kind == RECORD_MARK)
		put32(&pen, record->flags);
	assert(pen.at - out <= RECORD_SIZE_MAX);
	return (size_t)(pen.at - out);
}

/* ---- reading ---- */

struct eye {
	const uint8_t *at, *end;
	bool is_short; /* something was missing */
};

static void get_bytes(struct eye *eye, void *out, size_t size)
{
	if ((size_t)(eye->end - eye->at) < size) {
		eye->is_short = true;
		eye->at = eye->end;
		memset(out, 0, size);
		return;
	}
	memcpy(out, eye->at, size);
	eye->at += size;
}

static uint32_t get8(struct eye *eye)
{
	uint8_t byte;

	get_bytes(eye, &byte, 1);
	return byte;
}

static uint32_t get32(struct eye *eye)
{
	uint8_t bytes[4];

	get_bytes(eye, bytes, sizeof(bytes));
	return seal_get32(bytes);
}

static uint64_t get64(struct eye *eye)
{
	uint8_t bytes[8];

	get_bytes(eye, bytes, sizeof(bytes));
	return seal_get64(bytes);
}

/* A text of fixed room, which was zeroed. */
static void get_text(struct eye *eye, char *out, size_t room)
{
	uint32_t size = get8(eye);

	if (size >= room) {
		eye->is_short = true;
		return;
	}
	get_bytes(eye, out, size);
	if (memchr(out, '\0', size))
		eye->is_short = true;
}

static bool read_birth(struct eye *eye, struct conversation_birth *birth)
{
	birth->epoch = get64(eye);
	birth->born = get64(eye);
	birth->opened_at = (nanoseconds)get64(eye);
	birth->policy = get32(eye);
	birth->flags = get32(eye);
	get_bytes(eye, birth->key_hash, sizeof(birth->key_hash));
	get_bytes(eye, birth->token_hash, sizeof(birth->token_hash));
	get_bytes(eye, birth->salt, sizeof(birth->salt));
	get_text(eye, birth->receipt, sizeof(birth->receipt));
	get_text(eye, birth->language, sizeof(birth->language));
	get_text(eye, birth->queue, sizeof(birth->queue));
	get_text(eye, birth->nickname, sizeof(birth->nickname));
	return eye->at == eye->end && birth->opened_at > 0 &&
	       birth->flags <= CHAT_FLAG_MASKED &&
	       text_is_word(birth->receipt, sizeof(birth->receipt)) &&
	       text_is_word(birth->language, sizeof(birth->language)) &&
	       text_is_word(birth->queue, sizeof(birth->queue)) &&
	       text_is_name(birth->nickname, sizeof(birth->nickname));
}

static bool read_event(struct eye *eye, struct record *record)
{
	struct event *event = &record->event;

	record->seq = get64(eye);
	event->at = (nanoseconds)get64(eye);
	event->kind = get8(eye);
	event->side = get8(eye);
	event->flags = get8(eye);
	event->reason = get8(eye);
	get_bytes(eye, event->client_id, sizeof(event->client_id));
	get_bytes(eye, event->digest, sizeof(event->digest));
	get_text(eye, event->name, sizeof(event->name));
	get_text(eye, event->agent, sizeof(event->agent));
	get_text(eye, event->queue, sizeof(event->queue));
	record->text = (const char *)eye->at;
	if (eye->end - eye->at > CHAT_TEXT_MAX)
		return false;
	event->size = (uint32_t)(eye->end - eye->at);
	eye->at = eye->end;
	/* What it may do there, conversation_may_come() tells. */
	return record->seq > 0 && event->at > 0 &&
	       event->kind >= CHAT_MESSAGE && event->kind <= CHAT_NOTE &&
	       (event->size == 0 ||
		text_may_be_said(record->text, event->size));
}

static bool read_agent(struct eye *eye, struct record *record)
{
	record->presence = get8(eye);
	get_text(eye, record->agent, sizeof(record->agent));
	get_text(eye, record->name, sizeof(record->name));
	return eye->at == eye->end && record->presence >= CHAT_AVAILABLE &&
	       record->presence <= CHAT_ABSENT && record->agent[0] != '\0' &&
	       text_is_word(record->agent, sizeof(record->agent)) &&
	       text_is_name(record->name, sizeof(record->name));
}

int record_read(const uint8_t *bytes, size_t size, struct record *ret_record)
{
	struct eye eye = { bytes, bytes + size, false };
	struct record record = { 0 };
	bool is_well;

	record.kind = get8(&eye);
	if (record.kind != RECORD_AGENT)
		get_bytes(&eye, &record.id, sizeof(record.id));
	switch (record.kind) {
	case RECORD_BIRTH:
		record.birth.id = record.id;
		is_well = read_birth(&eye, &record.birth);
		break;
	case RECORD_EVENT:
		is_well = read_event(&eye, &record);
		break;
	case RECORD_MARK:
		record.flags = get32(&eye);
		is_well = eye.at == eye.end &&
			  record.flags <=
				  (CHAT_FLAG_MASKED | CHAT_FLAG_RECOVERED);
		break;
	case RECORD_AGENT:
		is_well = read_agent(&eye, &record);
		break;
	case RECORD_FORGET:
	case RECORD_MOVED:
		is_well = eye.at == eye.end;
		break;
	default:
		is_well = false;
	}
	if (!is_well || eye.is_short ||
	    (record.kind != RECORD_AGENT && id_is_none(&record.id)))
		return -EBADMSG;
	*ret_record = record;
	return 0;
}
