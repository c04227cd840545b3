/* SPDX-License-Identifier: EUPL-1.2 */
/* WAV files (RIFF, little-endian): the few chunks that matter. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cli/call/sound.h"

enum {
	WAV_PCM = 1,
	WAV_EXTENSIBLE = 0xfffe,
	WAV_HEAD_SIZE = 44,
};

struct format {
	uint16_t kind, channels, bits;
	uint32_t rate;
};

static uint16_t read16(const char *at)
{
	const uint8_t *b = (const uint8_t *)at;

	return (uint16_t)(b[0] | b[1] << 8);
}

static uint32_t read32(const char *at)
{
	return read16(at) | (uint32_t)read16(at + 2) << 16;
}

static int read_format(struct slice chunk, struct format *format)
{
	if (chunk.size < 16)
		return -EBADMSG;
	format->kind = read16(chunk.at);
	format->channels = read16(chunk.at + 2);
	format->rate = read32(chunk.at + 4);
	format->bits = read16(chunk.at + 14);
	if (format->kind == WAV_EXTENSIBLE && chunk.size >= 26)
		format->kind = read16(chunk.at + 24);
	if (format->kind != WAV_PCM || format->channels != 1 ||
	    format->rate < SOUND_RATE_MIN || format->rate > SOUND_RATE_MAX)
		return -ENOTSUP;
	if (format->bits != 8 && format->bits != 16 && format->bits != 24 &&
	    format->bits != 32)
		return -ENOTSUP;
	return 0;
}

static int16_t sample_of(const char *at, uint16_t bits)
{
	if (bits == 8)
		return (int16_t)(((uint8_t)*at - 128) * 256);
	/* The two highest bytes are enough of longer ones. */
	return (int16_t)read16(at + bits / 8 - 2);
}

static int read_samples(struct slice chunk, const struct format *format,
			struct sound *ret_sound)
{
	size_t step = format->bits / 8;
	size_t count = chunk.size / step;
	int16_t *sample = malloc((count + 1) * sizeof(*sample));

	if (!sample)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sample[i] = sample_of(chunk.at + i * step, format->bits);
	*ret_sound = (struct sound){ sample, count, format->rate };
	return 0;
}

int sound_read_wav(struct slice bytes, struct sound *ret_sound)
{
	struct format format = { 0 };
	bool has_format = false;
	int r;

	if (bytes.size < 12 || memcmp(bytes.at, "RIFF", 4) != 0 ||
	    memcmp(bytes.at + 8, "WAVE", 4) != 0)
		return -EBADMSG;
	bytes = slice_from(bytes, 12);
	while (bytes.size >= 8) {
		struct slice chunk = slice_from(bytes, 8);
		size_t size = read32(bytes.at + 4);

		if (chunk.size > size)
			chunk.size = size;
		if (memcmp(bytes.at, "fmt ", 4) == 0) {
			r = read_format(chunk, &format);
			if (r < 0)
				return r;
			has_format = true;
		} else if (memcmp(bytes.at, "data", 4) == 0) {
			if (!has_format)
				return -EBADMSG;
			return read_samples(chunk, &format, ret_sound);
		}
		/* Chunks are padded to even sizes. */
		bytes = slice_from(bytes, 8);
		bytes = slice_from(bytes, size);
		bytes = slice_from(bytes, size & 1);
	}
	return -EBADMSG;
}

int sound_load_wav(const char *path, struct sound *ret_sound)
{
	OWNED(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = file_read(fd, SOUND_WAV_MAX, &bytes, &size);
	if (r < 0)
		return r;
	return sound_read_wav((struct slice){ bytes, size }, ret_sound);
}

static void write16(char *at, uint32_t value)
{
	at[0] = (char)(value & 255);
	at[1] = (char)(value >> 8 & 255);
}

static void write32(char *at, uint32_t value)
{
	write16(at, value);
	write16(at + 2, value >> 16);
}

int sound_save_wav(const char *path, const struct sound *sound)
{
	OWNED(drop_fd)
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint32_t size = (uint32_t)(sound->count * sizeof(*sound->sample));
	char head[WAV_HEAD_SIZE] = "RIFF....WAVEfmt ";
	int r;

	if (fd < 0)
		return -errno;
	write32(head + 4, size + WAV_HEAD_SIZE - 8);
	write32(head + 16, 16);
	write16(head + 20, WAV_PCM);
	write16(head + 22, 1);
	write32(head + 24, sound->rate);
	write32(head + 28, sound->rate * 2);
	write16(head + 32, 2);
	write16(head + 34, 16);
	memcpy(head + 36, "data", 4);
	write32(head + 40, size);
	r = file_write_at(fd, head, sizeof(head), 0);
	if (r < 0)
		return r;
	return file_write_at(fd, sound->sample, size, sizeof(head));
}
