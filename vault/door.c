/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * People's commands. Who may reach the door is a matter of the socket's
 * owner and mode, which are the house's; which user it was is written down.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "vault/door_parts.h"
#include "vault/place.h"

void door_actor(const struct keeper_client *client,
		char ret_actor[DOOR_ACTOR_SIZE])
{
	snprintf(ret_actor, DOOR_ACTOR_SIZE, "uid:%u", client->uid);
}

static int post(int end, const struct letter *asked, int result,
		const char *text, const struct letter_fds *fds)
{
	struct vault_door answer = {
		.head = { .type = VAULT_DOOR_IS,
			  .size = sizeof(answer),
			  .tag = asked->tag },
		.result = result,
	};

	if (text) {
		answer.text_size = (uint32_t)strlen(text);
		assert(answer.text_size <= sizeof(answer.text));
		memcpy(answer.text, text, answer.text_size);
	}
	return line_post(end, &answer.head, fds, false);
}

int door_answer(int end, const struct letter *asked, int result,
		const char *text)
{
	return post(end, asked, result, text, NULL);
}

int door_answer_file(int end, const struct letter *asked, const char *text,
		     int fd)
{
	const struct letter_fds fds = { { fd, -1, -1, -1 }, 1 };

	return post(end, asked, 0, text, &fds);
}

/* The letter lies in the buffer of line_serve(), which is ours to wipe. */
static void wipe(const struct vault_door *letter)
{
	sodium_memzero((void *)(uintptr_t)letter->text, sizeof(letter->text));
}

static int take_unlock(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct vault_door *letter = (const void *)head;
	struct keeper_client *client = self;
	char actor[DOOR_ACTOR_SIZE];
	int r = -EINVAL;

	(void)fds;
	door_actor(client, actor);
	if (letter->text_size > 0 && letter->text_size <= sizeof(letter->text))
		r = keeper_unlock(
			client->keeper,
			(struct slice){ letter->text, letter->text_size },
			actor, true);
	wipe(letter);
	return door_answer(end, head, r, NULL);
}

static int take_lock(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	struct keeper_client *client = self;
	char actor[DOOR_ACTOR_SIZE];

	(void)fds;
	door_actor(client, actor);
	return door_answer(end, head, keeper_lock(client->keeper, actor), NULL);
}

/* Reading the log is written into the log. */
static int pour_log(struct keeper *keeper, const char *actor, int out)
{
	OWNED(drop_fd) int owned = out;
	struct volume_reader *reader;
	int r;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	r = keeper_note(keeper, "{\"event\":\"log.read\",\"actor\":\"%s\"}",
			actor);
	if (r == 0)
		r = audit_read(keeper->audit, keeper->ring, &reader);
	return r < 0 ? r
		     : streams_pour_log(&keeper->streams, GIVE_FD(owned),
					reader);
}

static int take_audit(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	struct keeper_client *client = self;
	int fd = letter_fds_give(fds, 0);
	char actor[DOOR_ACTOR_SIZE];

	if (fd < 0)
		return -EPROTO;
	door_actor(client, actor);
	return door_answer(end, head, pour_log(client->keeper, actor, fd),
			   NULL);
}

/* A fresh checkpoint, or while locked the one that was signed last. */
static int get_checkpoint(struct keeper *keeper, char ret_text[NOTE_SIZE])
{
	OWNED(drop_memory) char *text = NULL;
	size_t size;
	int r;

	if (!keyring_is_locked(keeper->ring)) {
		r = audit_sign(keeper->audit, keeper->origin,
			       keyring_seed(keeper->ring), ret_text);
		if (r < 0)
			keeper_fail(keeper, "the checkpoint cannot be written",
				    r);
		return r;
	}
	r = place_read(keeper->dir, "checkpoint", NOTE_SIZE - 1, &text, &size);
	if (r < 0)
		return r == -ENOENT ? -ENOKEY : r;
	memcpy(ret_text, text, size + 1);
	return 0;
}

static int take_checkpoint(void *self, int end, const struct letter *head,
			   struct letter_fds *fds)
{
	struct keeper_client *client = self;
	struct keeper *keeper = client->keeper;
	OWNED(drop_fd) int fd = letter_fds_give(fds, 0);
	char text[NOTE_SIZE], key[SIGNATURE_KEY_SIZE] = "";
	int r;

	if (fd < 0)
		return -EPROTO;
	r = get_checkpoint(keeper, text);
	if (r == 0)
		r = place_put(fd, text, strlen(text));
	if (r == 0)
		signature_key(keeper->origin, keyring_public(keeper->ring),
			      key);
	return door_answer(end, head, r, key);
}

static int prove(struct keeper *keeper, const char *actor, uint64_t seq,
		 char ret_text[NOTE_PROOF_SIZE])
{
	int r;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	if (seq >= audit_size(keeper->audit))
		return -ENOENT;
	r = keeper_note(keeper,
			"{\"event\":\"log.proved\",\"actor\":\"%s\","
			"\"entry\":%llu}",
			actor, (unsigned long long)seq);
	if (r < 0)
		return r;
	r = audit_prove(keeper->audit, keeper->ring, seq, keeper->origin,
			ret_text);
	if (audit_is_dead(keeper->audit))
		keeper_fail(keeper, "the checkpoint cannot be written", -EIO);
	return r;
}

static int take_prove(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct vault_door *letter = (const void *)head;
	struct keeper_client *client = self;
	OWNED(drop_fd) int fd = letter_fds_give(fds, 0);
	char actor[DOOR_ACTOR_SIZE], text[NOTE_PROOF_SIZE],
		key[SIGNATURE_KEY_SIZE] = "";
	uint64_t seq;
	int r = -EINVAL;

	if (fd < 0)
		return -EPROTO;
	door_actor(client, actor);
	if (letter->text_size <= sizeof(letter->text))
		r = slice_number(
			(struct slice){ letter->text, letter->text_size },
			INT64_MAX, &seq);
	if (r == 0)
		r = prove(client->keeper, actor, seq, text);
	/* A proof is smaller than a pipe; one that is full is not ours. */
	if (r >= 0)
		r = place_put(fd, text, (size_t)r);
	if (r == 0)
		signature_key(client->keeper->origin,
			      keyring_public(client->keeper->ring), key);
	return door_answer(end, head, r, key);
}

static const struct line_rule rules[] = {
	{ VAULT_DOOR_UNLOCK, sizeof(struct vault_door), take_unlock },
	{ VAULT_DOOR_LOCK, sizeof(struct vault_door), take_lock },
	{ VAULT_DOOR_AUDIT, sizeof(struct vault_door), take_audit },
	{ VAULT_DOOR_CHECKPOINT, sizeof(struct vault_door), take_checkpoint },
	{ VAULT_DOOR_PROVE, sizeof(struct vault_door), take_prove },
	{ VAULT_DOOR_KEYS, sizeof(struct vault_door), door_take_keys },
	{ VAULT_DOOR_RING, sizeof(struct vault_door), door_take_ring },
	{ VAULT_DOOR_BACKUP, sizeof(struct vault_door), door_take_backup },
	{ VAULT_DOOR_PAGES, sizeof(struct vault_door), door_take_pages },
};

static void hear_client(void *self, int fd, uint32_t events)
{
	struct keeper_client *client = self;
	int r = line_serve(fd, rules, COUNT(rules), client);

	(void)events;
	if (r == 0 || r == -EAGAIN)
		return;
	if (r != -EPIPE)
		log_warn("door", "a command was cut off: %s", strerror(-r));
	loop_unwatch(client->keeper->loop, fd);
	drop_fd(&client->fd);
}

static struct keeper_client *find_free(struct keeper *keeper)
{
	for (int i = 0; i < KEEPER_CLIENTS_MAX; i++)
		if (keeper->client[i].fd < 0)
			return &keeper->client[i];
	return NULL;
}

void door_hear(void *self, int door, uint32_t events)
{
	struct keeper *keeper = self;
	OWNED(drop_fd)
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct keeper_client *client = find_free(keeper);
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	(void)events;
	if (fd < 0)
		return;
	if (!client) {
		log_warn("door", "too many commands at a time");
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return;
	client->keeper = keeper;
	client->uid = peer.uid;
	if (loop_watch(keeper->loop, fd, EPOLLIN, hear_client, client) == 0)
		client->fd = GIVE_FD(fd);
}
