/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What back-ups need of the vault: public halves to seal with, a copy of
 * the ring for whoever keeps the keys, the log as it lies sealed, and that it
 * is written down. Every copy of the ring is an entry first. Contract in
 * door_parts.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "vault/door_parts.h"
#include "vault/place.h"
#include "vault/volume.h"

enum { KEYS_SIZE_MAX = 4 << 20, AHEAD_MAX = 31 };

int door_take_keys(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	struct keeper_client *client = self;
	OWNED(drop_fd) int fd = letter_fds_give(fds, 0);
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (fd < 0)
		return -EPROTO;
	r = place_read(client->keeper->dir, "keys", KEYS_SIZE_MAX, &bytes,
		       &size);
	if (r == 0)
		r = place_put(fd, bytes, size);
	return door_answer(end, head, r, NULL);
}

static int copy_ring(struct keeper_client *client, int ahead, int fd)
{
	struct keeper *keeper = client->keeper;
	OWNED(drop_memory) uint8_t *bytes = NULL;
	char actor[DOOR_ACTOR_SIZE];
	seal_date first;
	size_t size;
	int r;

	if (keyring_is_locked(keeper->ring))
		return -ENOKEY;
	first = today_add(keeper_today(keeper), ahead + 1);
	door_actor(client, actor);
	r = keeper_note(keeper,
			"{\"event\":\"keys.copied\",\"actor\":\"%s\","
			"\"from\":%u,\"holds\":%zu}",
			actor, first, keyring_hold_count(keeper->ring));
	if (r == 0)
		r = keyring_pack(keeper->ring, first, &bytes, &size);
	if (r == 0)
		r = place_put(fd, bytes, size);
	return r < 0 ? r : keeper_copied(keeper, first);
}

int door_take_ring(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	const struct vault_door *letter = (const void *)head;
	OWNED(drop_fd) int fd = letter_fds_give(fds, 0);
	uint64_t ahead = 0;
	int r = -EINVAL;

	if (fd < 0)
		return -EPROTO;
	if (letter->text_size <= sizeof(letter->text) &&
	    slice_number((struct slice){ letter->text, letter->text_size },
			 AHEAD_MAX, &ahead) == 0 &&
	    ahead > 0)
		r = copy_ring(self, (int)ahead, fd);
	return door_answer(end, head, r, NULL);
}

/* "made <64 hex> 12 3456", and nothing else: no text of anybody's. */
static int note_backup(struct keeper_client *client, struct slice said,
		       char ret_seq[24])
{
	static const struct {
		const char *word, *event;
	} acts[] = {
		{ "made", "backup.made" },
		{ "verified", "backup.verified" },
		{ "rehearsed", "backup.rehearsed" },
		{ "inspected", "inspection.made" },
	};
	struct slice rest, word = slice_cut(said, ' ', &rest);
	struct slice hash = slice_cut(rest, ' ', &rest);
	struct slice first = slice_cut(rest, ' ', &rest);
	uint8_t manifest[32];
	char hex[2 * sizeof(manifest) + 1], actor[DOOR_ACTOR_SIZE];
	uint64_t objects, bytes;
	size_t act = 0;
	int r;

	while (act < COUNT(acts) && !slice_is(word, slice_of(acts[act].word)))
		act++;
	if (act == COUNT(acts) || hex_read(hash, manifest, sizeof(manifest)) ||
	    slice_number(first, INT64_MAX, &objects) < 0 ||
	    slice_number(rest, INT64_MAX, &bytes) < 0)
		return -EINVAL;
	hex_text(manifest, sizeof(manifest), hex);
	door_actor(client, actor);
	(void)snprintf(ret_seq, 24, "%llu",
		       (unsigned long long)audit_size(client->keeper->audit));
	r = keeper_note(client->keeper,
			"{\"event\":\"%s\",\"actor\":\"%s\","
			"\"manifest\":\"%s\",\"objects\":%llu,"
			"\"bytes\":%llu}",
			acts[act].event, actor, hex,
			(unsigned long long)objects, (unsigned long long)bytes);
	return r;
}

int door_take_backup(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct vault_door *letter = (const void *)head;
	char seq[24] = "";
	int r = -EINVAL;

	(void)fds;
	if (letter->text_size <= sizeof(letter->text))
		r = note_backup(
			self, (struct slice){ letter->text, letter->text_size },
			seq);
	return door_answer(end, head, r, r == 0 ? seq : NULL);
}

static seal_date next_day(int dir, uint64_t after)
{
	struct volumes volumes;
	seal_date found = 0;

	if (volumes_find(dir, &volumes) < 0)
		return 0;
	for (size_t i = 0; !found && i < volumes.count; i++)
		if (volumes.at[i].date > after)
			found = volumes.at[i].date;
	volumes_free(&volumes);
	return found;
}

/* Nothing is opened, so nothing is written down, and no key is needed. */
int door_take_pages(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct vault_door *letter = (const void *)head;
	struct keeper_client *client = self;
	OWNED(drop_fd) int file = -1;
	char name[VOLUME_NAME_SIZE], day[16];
	uint64_t after;
	seal_date date;

	(void)fds;
	if (letter->text_size > sizeof(letter->text) ||
	    slice_number((struct slice){ letter->text, letter->text_size },
			 99991231, &after) < 0)
		return door_answer(end, head, -EINVAL, NULL);
	date = next_day(client->keeper->dir, after);
	if (!date)
		return door_answer(end, head, -ENOENT, NULL);
	volume_name(date, name);
	file = openat(client->keeper->dir, name,
		      O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return door_answer(end, head, -errno, NULL);
	(void)snprintf(day, sizeof(day), "%u", date);
	return door_answer_file(end, head, day, file);
}
