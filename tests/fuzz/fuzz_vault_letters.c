/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Letters of a register or a finish that was taken over, to an unlocked
 * vault. First byte: which line; then letters, each with its size before
 * it in two bytes; heads are made right, bodies are the input's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "vault/keeper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keeper keeper;

static char place[] = "/tmp/tallenne-fuzz-XXXXXX";

static void clean(void)
{
	static const char *const names[] = { "leaves", "ring", "checkpoint",
					     "keys", "log.keys" };
	struct volumes volumes;

	for (size_t i = 0; i < COUNT(names); i++)
		(void)unlinkat(keeper.dir, names[i], 0);
	if (volumes_find(keeper.dir, &volumes) == 0) {
		for (size_t i = 0; i < volumes.count; i++) {
			char name[VOLUME_NAME_SIZE];

			volume_name(volumes.at[i].date, name);
			(void)unlinkat(keeper.dir, name, 0);
		}
		volumes_free(&volumes);
	}
	(void)rmdir(place);
}

static void start(void)
{
	static const char settings[] =
		"unlock_memory_mib\t8\nhorizon_days\t3\n";
	int fd = file_of("settings", settings, sizeof(settings) - 1), r;
	struct loop *loop;

	keeper = keeper_new();
	r = keeper_set(&keeper, fd);
	assert(r == 0 && mkdtemp(place));
	keeper.dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	keeper.passphrase = file_of("passphrase", "correct horse", 13);
	r = loop_new(&loop);
	assert(r == 0);
	r = keeper_start(&keeper, NULL, loop);
	assert(r == 0 && !keyring_is_locked(keeper.ring));
	(void)atexit(clean);
	(void)close(fd);
}

static void post(int end, const uint8_t *data, size_t size)
{
	union {
		struct letter head;
		uint8_t bytes[LETTER_SIZE_MAX];
	} letter = { .bytes = { 0 } };
	struct letter_fds fds = { { memfd_create("a", MFD_CLOEXEC),
				    memfd_create("b", MFD_CLOEXEC), -1, -1 },
				  2 };

	memcpy(letter.bytes, data, size);
	if (letter.head.size < sizeof(struct letter) ||
	    letter.head.size > LETTER_SIZE_MAX)
		letter.head.size = sizeof(struct vault_append);
	letter.head.type = (uint16_t)(letter.head.type % 14 + 1);
	(void)!line_post(end, &letter.head, &fds, false);
	letter_fds_drop(&fds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int which, ends[2], r;

	if (size < 3)
		return 0;
	if (!keeper.loop)
		start();
	which = data[0] % KEEPER_LINES_MAX;
	r = line_open(ends);
	assert(r == 0);
	keeper.line[which] = ends[1];
	for (size_t at = 1; at + 2 <= size && keeper.line[which] >= 0;) {
		size_t part = (size_t)(data[at] | data[at + 1] << 8);

		at += 2;
		if (part > size - at)
			part = size - at;
		if (part > LETTER_SIZE_MAX)
			part = LETTER_SIZE_MAX;
		post(ends[0], data + at, part);
		at += part;
		letters_hear(&keeper, keeper.line[which], 1);
	}
	r = loop_turn(keeper.loop, 0);
	assert(r == 0 && !keeper.has_failed);
	streams_end(&keeper.streams);
	drop_fd(&keeper.line[which]);
	drop_fd(&ends[0]);
	return 0;
}
