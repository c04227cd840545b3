/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

struct slice slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

bool slice_is(struct slice slice, struct slice other)
{
	return slice.size == other.size &&
	       (slice.size == 0 || memcmp(slice.at, other.at, slice.size) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool slice_starts_nocase(struct slice slice, struct slice start)
{
	if (slice.size < start.size)
		return false;
	for (size_t i = 0; i < start.size; i++)
		if (lower(slice.at[i]) != lower(start.at[i]))
			return false;
	return true;
}

bool slice_is_nocase(struct slice slice, struct slice other)
{
	return slice.size == other.size && slice_starts_nocase(slice, other);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice slice)
{
	while (slice.size > 0 && is_blank(slice.at[0])) {
		slice.at++;
		slice.size--;
	}
	while (slice.size > 0 && is_blank(slice.at[slice.size - 1]))
		slice.size--;
	return slice;
}

struct slice slice_from(struct slice slice, size_t from)
{
	if (from > slice.size)
		from = slice.size;
	return (struct slice){ slice.at ? slice.at + from : NULL,
			       slice.size - from };
}

size_t slice_find(struct slice slice, char byte)
{
	const char *found =
		slice.size > 0 ? memchr(slice.at, byte, slice.size) : NULL;

	return found ? (size_t)(found - slice.at) : slice.size;
}

struct slice slice_cut(struct slice slice, char byte, struct slice *ret_rest)
{
	size_t at = slice_find(slice, byte);

	*ret_rest = slice_from(slice, at + 1);
	return (struct slice){ slice.at, at };
}

int slice_text(struct slice slice, char *out, size_t size)
{
	assert(size > 0);
	out[0] = '\0';
	if (slice.size >= size)
		return -ENAMETOOLONG;
	if (slice_find(slice, '\0') < slice.size)
		return -EINVAL;
	if (slice.size > 0)
		memcpy(out, slice.at, slice.size);
	out[slice.size] = '\0';
	return 0;
}

int slice_number(struct slice slice, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (slice.size == 0)
		return -EINVAL;
	for (size_t i = 0; i < slice.size; i++) {
		unsigned digit = (unsigned char)slice.at[i] - '0';

		if (digit > 9)
			return -EINVAL;
		if (digit > max || number > (max - digit) / 10)
			return -ERANGE;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return 0;
}

bool bytes_are(const void *a, const void *b, size_t size)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < size; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}

bool bytes_are_zero(const void *bytes, size_t size)
{
	const uint8_t *b = bytes;
	uint8_t all = 0;

	for (size_t i = 0; i < size; i++)
		all |= b[i];
	return all == 0;
}

struct id id_new(void)
{
	struct id id;
	ssize_t got = getrandom(&id, sizeof(id), 0);

	assert(got == sizeof(id));
	return id;
}

bool id_is(const struct id *a, const struct id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool id_is_none(const struct id *id)
{
	return bytes_are_zero(id, sizeof(*id));
}

void hex_text(const void *bytes, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * size] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hex_read(struct slice text, void *out, size_t size)
{
	uint8_t *bytes = out;

	if (text.size != 2 * size)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		int high = nibble(text.at[2 * i]);
		int low = nibble(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void id_text(const struct id *id, char out[ID_TEXT_SIZE])
{
	hex_text(id, sizeof(*id), out);
}

int id_read(struct slice text, struct id *ret_id)
{
	struct id id;
	int r = hex_read(text, &id, sizeof(id));

	if (r == 0)
		*ret_id = id;
	return r;
}

ssize_t file_read_some(int fd, void *bytes, size_t size, int64_t offset)
{
	uint8_t *at = bytes;
	size_t held = 0;

	while (held < size) {
		ssize_t got = pread(fd, at + held, size - held,
				    offset + (int64_t)held);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		held += (size_t)got;
	}
	return (ssize_t)held;
}

int file_read_at(int fd, void *bytes, size_t size, int64_t offset)
{
	ssize_t got = file_read_some(fd, bytes, size, offset);

	if (got < 0)
		return (int)got;
	return (size_t)got < size ? -ENODATA : 0;
}

int file_write_at(int fd, const void *bytes, size_t size, int64_t offset)
{
	const uint8_t *at = bytes;

	while (size > 0) {
		ssize_t put = pwrite(fd, at, size, offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		at += put;
		size -= (size_t)put;
		offset += put;
	}
	return 0;
}

int file_read(int fd, size_t max, char **ret_bytes, size_t *ret_size)
{
	struct stat about;
	OWNED(drop_memory) char *bytes = NULL;
	int r;

	if (fstat(fd, &about) < 0)
		return -errno;
	if (about.st_size < 0 || (uint64_t)about.st_size > max)
		return -EFBIG;
	bytes = malloc((size_t)about.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	r = file_read_at(fd, bytes, (size_t)about.st_size, 0);
	if (r < 0)
		return r;

	bytes[about.st_size] = '\0';
	*ret_bytes = bytes;
	*ret_size = (size_t)about.st_size;
	bytes = NULL;
	return 0;
}

int file_of(const char *name, const void *bytes, size_t size)
{
	OWNED(drop_fd)
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = file_write_at(fd, bytes, size, 0);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		return -errno;
	return GIVE_FD(fd);
}
