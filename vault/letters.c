/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What rooms ask. In every function the order is the promise: first the
 * entry is durable, then anything is opened, then the answer goes out,
 * then the first byte flows.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "vault/letters_parts.h"

/* Objects up to this size are hashed whole before they are opened. */
enum { HASH_SIZE_MAX = 4 << 20 };

int letters_answer(int end, const struct letter *asked,
		   struct vault_answer *answer)
{
	answer->head = (struct letter){ .type = VAULT_ANSWER,
					.size = sizeof(*answer),
					.tag = asked->tag };
	/* Never wait: a register that does not take answers is cut off. */
	return line_post(end, &answer->head, NULL, false);
}

/* One sync for all that waits, then the answers: never the other way. */
static int settle(struct keeper *keeper, int end)
{
	const int count = keeper->waiting_count;
	int32_t result;
	int r = 0;

	if (count == 0)
		return 0;
	keeper->waiting_count = 0;
	result = keeper_sync(keeper);
	for (int i = 0; r == 0 && i < count; i++) {
		const struct letter asked = { .tag = keeper->waiting[i].tag };
		struct vault_answer answer = {
			.result = result,
			.seq = keeper->waiting[i].seq,
		};

		r = letters_answer(end, &asked, &answer);
	}
	return r;
}

/* Its answer waits until no more of its kind do: settle(). */
static int take_append(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct vault_append *letter = (const void *)head;
	struct vault_answer answer = { .result = 0 };
	struct keeper *keeper = self;

	(void)fds;
	assert(keeper->waiting_count < AUDIT_GROUP_MAX);
	answer.result = keeper_put(keeper, &letter->entry, &answer.seq);
	if (answer.result < 0) {
		/* Answers come in the order of the questions. */
		int r = settle(keeper, end);

		return r < 0 ? r : letters_answer(end, head, &answer);
	}
	keeper->waiting[keeper->waiting_count++] =
		(struct keeper_waiting){ head->tag, answer.seq };
	return 0;
}

int letters_pair(struct keeper *keeper, const struct seal_end *end,
		 const struct id *contact, const struct open_pair **ret_pair)
{
	const struct open_pair *held;
	bool is_restricted;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	held = keyring_held(keeper->ring, contact, &is_restricted);
	if (!seal_is_held(end) && is_restricted)
		return -EACCES;
	*ret_pair = seal_is_held(end) ? held : keyring_find(keeper->ring, end);
	return *ret_pair ? 0 : -EKEYREVOKED;
}

static int check_hash(int fd, const struct seal_seen *ends,
		      const uint8_t hash[SEAL_HASH_SIZE])
{
	uint8_t found[SEAL_HASH_SIZE];
	struct seal_seen seen;
	int r;

	if (ends->sealed_size > HASH_SIZE_MAX)
		return 0;
	r = seal_check_whole(fd, &seen, found);
	if (r < 0)
		return r;
	return memcmp(found, hash, sizeof(found)) == 0 ? 0 : -EBADMSG;
}

static int open_object(struct keeper *keeper, const struct vault_unseal *letter,
		       int fd, struct open_object **ret_object)
{
	const struct open_pair *pair;
	uint8_t key[SEAL_KEY_SIZE];
	struct seal_seen seen;
	int r;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	/* Whose it is stands in it, signed by the node that made it. */
	r = seal_check_ends(fd, &seen);
	if (r == 0)
		r = letters_pair(keeper, &letter->wrapped.end,
				 &seen.header.contact, &pair);
	if (r == 0)
		r = open_key(&letter->wrapped, pair, SEAL_FOR_OBJECT,
			     &letter->object, key);
	if (r == 0)
		r = check_hash(fd, &seen, letter->hash);
	if (r == 0)
		r = open_object_new(fd, &letter->object, key, ret_object);
	sodium_memzero(key, sizeof(key));
	return r;
}

static int take_unseal(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct vault_unseal *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_answer answer = { .result = 0 };
	OWNED(drop_fd) int object_fd = letter_fds_give(fds, 0);
	OWNED(drop_fd) int pipe_fd = letter_fds_give(fds, 1);
	OWNED(open_object_drop) struct open_object *object = NULL;
	uint64_t size;
	int r;

	if (object_fd < 0 || pipe_fd < 0)
		return -EPROTO;
	r = keeper_write(keeper, &letter->entry, &answer.seq);
	if (r < 0) {
		answer.result = r;
		return letters_answer(end, head, &answer);
	}

	r = open_object(keeper, letter, object_fd, &object);
	if (r == 0) {
		size = open_object_size(object);
		if (letter->offset >= size ||
		    letter->size > size - letter->offset)
			r = -ERANGE;
	}
	if (r == 0) {
		struct open_object *given = object;

		object = NULL;
		r = streams_pour(&keeper->streams, GIVE_FD(pipe_fd),
				 GIVE_FD(object_fd), given, letter->offset,
				 letter->size ? letter->offset + letter->size
					      : size,
				 answer.seq);
	}
	if (r < 0)
		keeper_refuse(keeper, answer.seq, r);
	else
		counter_add(keeper->unsealed, 1);
	answer.result = r;
	return letters_answer(end, head, &answer);
}

static int take_open_text(void *self, int end, const struct letter *head,
			  struct letter_fds *fds)
{
	const struct vault_open_text *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_answer answer = { .result = 0 };
	const struct open_pair *pair;
	char text[SEAL_TEXT_MAX + 1];
	int r = keeper_write(keeper, &letter->entry, &answer.seq);

	(void)fds;
	if (r == 0) {
		r = letters_pair(keeper, &letter->sealed.end, &letter->owner,
				 &pair);
		/* Keys of objects are boxes too; they are never given out. */
		if (r == 0 && letter->purpose != SEAL_FOR_CALLER)
			r = -EBADMSG;
		if (r == 0)
			r = open_text(&letter->sealed, pair, SEAL_FOR_CALLER,
				      &letter->owner, text);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
	}
	if (r == 0) {
		answer.text_size = (uint32_t)strlen(text);
		memcpy(answer.text, text, answer.text_size);
		counter_add(keeper->unsealed, 1);
	}
	answer.result = r;
	r = letters_answer(end, head, &answer);
	sodium_memzero(&answer, sizeof(answer));
	sodium_memzero(text, sizeof(text));
	return r;
}

/* Destroy, if the date has come by a clock that is believed. */
static int destroy(struct keeper *keeper, const struct seal_end *end)
{
	const seal_date today = keeper_today(keeper);
	int r;

	if (end->data_class < 1 || end->data_class >= SEAL_CLASSES ||
	    !seal_date_is(end->date))
		return -EBADMSG;
	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	if (keeper->today.is_paused || end->date > today)
		return -EPERM;
	r = keyring_destroy(keeper->ring, end);
	if (r < 0) {
		keeper_fail(keeper, "the keyring cannot be written", r);
		return -EIO;
	}
	/* Recorders must not seal to a key that has gone. */
	if (r > 0 && end->date >= today)
		keeper_publish(keeper);
	return 0;
}

static int take_destroy(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct vault_destroy *letter = (const void *)head;
	struct keeper *keeper = self;
	struct vault_answer answer = { .result = 0 };
	int r = keeper_write(keeper, &letter->entry, &answer.seq);

	(void)fds;
	if (r == 0) {
		r = destroy(keeper, &letter->end);
		if (r < 0)
			keeper_refuse(keeper, answer.seq, r);
	}
	answer.result = r;
	return letters_answer(end, head, &answer);
}

static int take_forget(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct vault_forget *letter = (const void *)head;
	struct vault_answer answer = { .result = 0 };

	(void)fds;
	answer.result = keeper_forget_log(self, letter->before, &answer.seq);
	return letters_answer(end, head, &answer);
}

static int take_status(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	struct keeper *keeper = self;
	struct vault_status status = {
		.head = { .type = VAULT_STATUS,
			  .size = sizeof(status),
			  .tag = head->tag },
		.is_locked = keyring_is_locked(keeper->ring),
		.key_count = (uint32_t)keyring_count(keeper->ring),
		.entries = audit_size(keeper->audit),
	};

	(void)fds;
	audit_root(keeper->audit, status.root);
	for (uint32_t c = 1; c < SEAL_CLASSES; c++)
		status.last[c] = keyring_last(keeper->ring, c);
	for (uint32_t c = 1; c < SEAL_CLASSES; c++)
		status.first[c] = keyring_first(keeper->ring, c);
	if (!status.is_locked)
		status.log_first = audit_first(keeper->audit,
					       keyring_log_from(keeper->ring));
	return line_post(end, &status.head, NULL, false);
}

/* A key that a crash left: those are sealed to dates only. */
static int unwrap(struct keeper *keeper, const struct seal_wrapped *wrapped,
		  enum seal_purpose purpose, const struct id *owner,
		  uint8_t ret_key[SEAL_KEY_SIZE])
{
	const struct open_pair *pair;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	pair = keyring_find(keeper->ring, &wrapped->end);
	return pair ? open_key(wrapped, pair, purpose, owner, ret_key)
		    : -EKEYREVOKED;
}

/* Write it down, then give the key back; only one made for this purpose. */
static int recover(struct keeper *keeper, int end,
		   const struct vault_recover *letter,
		   enum seal_purpose purpose, const char *entry)
{
	struct vault_recovered answer = {
		.head = { .type = VAULT_RECOVERED,
			  .size = sizeof(answer),
			  .tag = letter->head.tag },
	};
	uint64_t seq = audit_size(keeper->audit);
	int r = keeper_note(keeper, "%s", entry);

	if (r == 0) {
		r = unwrap(keeper, &letter->wrapped, purpose, &letter->call,
			   answer.key);
		if (r < 0)
			keeper_refuse(keeper, seq, r);
		else
			counter_add(keeper->unsealed, 1);
	}
	answer.result = r;
	r = line_post(end, &answer.head, NULL, false);
	sodium_memzero(&answer, sizeof(answer));
	return r;
}

static int take_recover_call(void *self, int end, const struct letter *head,
			     struct letter_fds *fds)
{
	const struct vault_recover *letter = (const void *)head;
	char call[ID_TEXT_SIZE], entry[128];

	(void)fds;
	id_text(&letter->call, call);
	snprintf(entry, sizeof(entry),
		 "{\"event\":\"spool.recovered\",\"actor\":\"finish\","
		 "\"call\":\"%s\"}",
		 call);
	return recover(self, end, letter, SEAL_FOR_SPOOL, entry);
}

static int take_recover_chats(void *self, int end, const struct letter *head,
			      struct letter_fds *fds)
{
	const struct vault_recover *letter = (const void *)head;
	char file[ID_TEXT_SIZE], entry[128];

	(void)fds;
	id_text(&letter->call, file);
	snprintf(entry, sizeof(entry),
		 "{\"event\":\"chats.recovered\",\"actor\":\"chat\","
		 "\"journal\":\"%s\"}",
		 file);
	return recover(self, end, letter, SEAL_FOR_CHAT, entry);
}

static const struct line_rule register_rules[] = {
	{ VAULT_APPEND, sizeof(struct vault_append), take_append },
	{ VAULT_UNSEAL, sizeof(struct vault_unseal), take_unseal },
	{ VAULT_OPEN_TEXT, sizeof(struct vault_open_text), take_open_text },
	{ VAULT_DESTROY, sizeof(struct vault_destroy), take_destroy },
	{ VAULT_FORGET, sizeof(struct vault_forget), take_forget },
	{ VAULT_STATUS, sizeof(struct vault_status), take_status },
	{ VAULT_HOLD, sizeof(struct vault_hold), letters_hold },
	{ VAULT_RELEASE, sizeof(struct vault_hold), letters_hold },
	{ VAULT_REWRAP, sizeof(struct vault_rewrap), letters_rewrap },
	{ VAULT_REWRAP_TEXT, sizeof(struct vault_rewrap_text),
	  letters_rewrap_text },
	{ VAULT_REMARK_SEAL, sizeof(struct vault_remarks), letters_remark },
	{ VAULT_REMARKS_OPEN, sizeof(struct vault_remarks), letters_remarks },
};

/* All that a process which decodes strangers' sound may ask. */
static const struct line_rule finish_rules[] = {
	{ VAULT_RECOVER, sizeof(struct vault_recover), take_recover_call },
	{ VAULT_STATUS, sizeof(struct vault_status), take_status },
};

/* All that the room of living conversations may ask. */
static const struct line_rule chat_rules[] = {
	{ VAULT_RECOVER, sizeof(struct vault_recover), take_recover_chats },
	{ VAULT_STATUS, sizeof(struct vault_status), take_status },
};

static const struct {
	const char *name;
	const struct line_rule *rules;
	size_t count;
} lines[KEEPER_LINES_MAX] = {
	[KEEPER_REGISTER] = { "register", register_rules,
			      COUNT(register_rules) },
	[KEEPER_FINISH] = { "finish", finish_rules, COUNT(finish_rules) },
	[KEEPER_CHAT] = { "chat", chat_rules, COUNT(chat_rules) },
};

/* The type of the letter that waits, 0: none does. */
static uint16_t next_type(int end)
{
	struct letter head = { .type = 0 };
	struct iovec body = { &head, sizeof(head) };
	struct msghdr message = { .msg_iov = &body, .msg_iovlen = 1 };

	/* Of its descriptors there is no room here: they stay with it. */
	return recvmsg(end, &message, MSG_PEEK | MSG_DONTWAIT) ==
			       (ssize_t)sizeof(head)
		       ? head.type
		       : 0;
}

/*
 * Entries that wait together become durable together: while one sync runs,
 * the next ones arrive. Whatever else is asked comes after the sync of what
 * was asked before it.
 */
static int serve(struct keeper *keeper, int end, int which)
{
	int r = 0, s;

	do {
		r = line_serve(end, lines[which].rules, lines[which].count,
			       keeper);
	} while (r == 0 && keeper->waiting_count > 0 &&
		 keeper->waiting_count < AUDIT_GROUP_MAX &&
		 next_type(end) == VAULT_APPEND);
	s = settle(keeper, end);
	return r < 0 ? r : s;
}

void letters_hear(void *self, int end, uint32_t events)
{
	struct keeper *keeper = self;
	int which = 0, r;

	(void)events;
	while (which + 1 < KEEPER_LINES_MAX && keeper->line[which] != end)
		which++;
	assert(keeper->line[which] == end);
	r = serve(keeper, end, which);
	if (r == 0 || r == -EAGAIN)
		return;
	if (r != -EPIPE)
		log_warn("line", "%s was cut off: %s", lines[which].name,
			 strerror(-r));
	loop_unwatch(keeper->loop, end);
	drop_fd(&keeper->line[which]);
}
