/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/demo/speech.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/bytes.h"

enum {
	HEADER_SIZE = 44, /* of what espeak-ng writes, and of ours */
	RATE = 22050,
	PAUSE_SAMPLES = RATE * 3 / 10,
	SPEECH_MAX = 64 << 20,
};

extern char **environ;

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Run espeak-ng once; out receives its WAV. */
static int speak(const char *voice, const char *text, int out)
{
	char *const arguments[] = {
		(char *)(uintptr_t) "espeak-ng", (char *)(uintptr_t) "--stdout",
		(char *)(uintptr_t) "-s",	 (char *)(uintptr_t) "155",
		(char *)(uintptr_t) "-v",	 (char *)(uintptr_t)voice,
		(char *)(uintptr_t)text,	 NULL
	};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status, r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	r = posix_spawnp(&pid, arguments[0], &actions, NULL, arguments,
			 environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBADMSG;
}

/* The samples that one turn takes; bytes with WAV header, to be freed. */
static int speak_turn(int dir, const struct speech_turn *turn, char **ret_bytes,
		      size_t *ret_size)
{
	OWNED(drop_fd)
	int fd = openat(dir, "turn.wav", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);
	int r;

	if (fd < 0)
		return -errno;
	r = speak(turn->voice, turn->text, fd);
	if (r == 0)
		r = file_read(fd, SPEECH_MAX, ret_bytes, ret_size);
	(void)unlinkat(dir, "turn.wav", 0);
	if (r < 0)
		return r;
	if (*ret_size <= HEADER_SIZE || memcmp(*ret_bytes, "RIFF", 4) != 0 ||
	    get32((const uint8_t *)*ret_bytes + 24) != RATE) {
		free(*ret_bytes);
		return -EBADMSG;
	}
	return 0;
}

static int append_silence(FILE *out, size_t samples)
{
	static const int16_t silence[1024];

	while (samples > 0) {
		size_t some =
			samples < COUNT(silence) ? samples : COUNT(silence);

		if (fwrite(silence, sizeof(int16_t), some, out) != some)
			return -EIO;
		samples -= some;
	}
	return 0;
}

static int write_header(FILE *out)
{
	uint8_t header[HEADER_SIZE] = { 0 };
	long size = ftell(out);

	if (size < HEADER_SIZE || size > SPEECH_MAX)
		return -EFBIG;
	memcpy(header, "RIFF", 4);
	put32(header + 4, (uint32_t)size - 8);
	memcpy(header + 8, "WAVEfmt ", 8);
	put32(header + 16, 16);
	put32(header + 20, 1 | 1 << 16); /* PCM, one channel */
	put32(header + 24, RATE);
	put32(header + 28, RATE * 2);
	put32(header + 32, 2 | 16 << 16); /* bytes a sample, bits */
	memcpy(header + 36, "data", 4);
	put32(header + 40, (uint32_t)size - HEADER_SIZE);
	rewind(out);
	return fwrite(header, 1, sizeof(header), out) == sizeof(header) ? 0
									: -EIO;
}

static FILE *open_out(int dir, const char *name)
{
	int fd =
		openat(dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w+b");

	if (out && fseek(out, HEADER_SIZE, SEEK_SET) == 0)
		return out;
	if (out)
		(void)fclose(out);
	else if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static int make_turn(int dir, const struct speech_turn *turn, FILE **out)
{
	char *bytes = NULL;
	size_t size = 0;
	int r = speak_turn(dir, turn, &bytes, &size);

	if (r < 0)
		return r;
	size = (size - HEADER_SIZE) / sizeof(int16_t);
	for (int who = 0; r == 0 && who < SPEECH_SPEAKERS; who++) {
		if (who != (int)turn->who)
			r = append_silence(out[who], size);
		else if (fwrite(bytes + HEADER_SIZE, sizeof(int16_t), size,
				out[who]) != size)
			r = -EIO;
		if (r == 0)
			r = append_silence(out[who], PAUSE_SAMPLES);
	}
	free(bytes);
	return r;
}

int speech_make(int dir, const struct speech_turn *turns, size_t count,
		const char *const names[SPEECH_SPEAKERS])
{
	FILE *out[SPEECH_SPEAKERS] = { NULL };
	int r = 0;

	for (int who = 0; who < SPEECH_SPEAKERS; who++) {
		out[who] = open_out(dir, names[who]);
		if (!out[who])
			r = -errno;
	}
	for (size_t i = 0; r == 0 && i < count; i++)
		r = make_turn(dir, &turns[i], out);
	for (int who = 0; who < SPEECH_SPEAKERS; who++) {
		if (r == 0)
			r = write_header(out[who]);
		if (out[who] && fclose(out[who]) != 0 && r == 0)
			r = -errno;
	}
	return r;
}
