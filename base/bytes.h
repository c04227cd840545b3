/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file bytes.h
 * Borrowed runs of bytes, ids as text, numbers from text, files as wholes.
 *
 * A slice carries its length and never ends in a NUL: nothing that arrives
 * from outside is ever handled as a C string.
 */
#ifndef TALLENNE_BYTES_H
#define TALLENNE_BYTES_H

#include "base/base.h"

/** A borrowed run of bytes inside somebody else's buffer. */
struct slice {
	const char *at;
	size_t size;
};

/** A slice of a string literal. */
#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/** Room for an id as hexadecimal text, NUL included. */
enum { ID_TEXT_SIZE = 2 * sizeof(struct id) + 1 };

/** A slice of a C string. */
struct slice slice_of(const char *text);

/** Whether both hold the same bytes. */
bool slice_is(struct slice slice, struct slice other);

/** The same, but ASCII letters compare equal in either case. */
bool slice_is_nocase(struct slice slice, struct slice other);

/** Whether the slice begins with the other, ASCII case aside. */
bool slice_starts_nocase(struct slice slice, struct slice start);

/** The slice without blanks (SP, HT, CR, LF) at both ends. */
struct slice slice_trim(struct slice slice);

/** The bytes from position FROM on; empty if the slice is shorter. */
struct slice slice_from(struct slice slice, size_t from);

/**
 * Split at the first occurrence of a byte.
 *
 * @param slice   what to split
 * @param byte    separator, part of neither half
 * @param[out] ret_rest  what stands after it; empty if there was none
 * @return what stands before it, or the whole slice
 */
struct slice slice_cut(struct slice slice, char byte, struct slice *ret_rest);

/** Position of a byte, or slice.size if it does not occur. */
size_t slice_find(struct slice slice, char byte);

/**
 * Copy as a C string. Always NUL-terminated.
 *
 * @return 0, or -ENAMETOOLONG if it did not fit (out is then empty) or
 *         -EINVAL if it contains a NUL
 */
MUST int slice_text(struct slice slice, char *out, size_t size);

/**
 * Read a decimal number that fills the whole slice.
 *
 * @return 0, -EINVAL if it is none, or -ERANGE if it exceeds max
 */
MUST int slice_number(struct slice slice, uint64_t max, uint64_t *ret_number);

/** Whether two runs are equal, in a time that does not tell where not. */
bool bytes_are(const void *a, const void *b, size_t size);

/** Whether all bytes are zero. */
bool bytes_are_zero(const void *bytes, size_t size);

/** A fresh random id. Never fails: getrandom(2) does not here. */
struct id id_new(void);

/** Whether two ids are the same. */
bool id_is(const struct id *a, const struct id *b);

/** Whether it is the zero id, that is none. */
bool id_is_none(const struct id *id);

/** The id as 32 lower-case hexadecimal digits. */
void id_text(const struct id *id, char out[ID_TEXT_SIZE]);

/** Read such a text; 0 or -EINVAL. */
MUST int id_read(struct slice text, struct id *ret_id);

/** Bytes as lower-case hexadecimal; out has room for 2 * size + 1. */
void hex_text(const void *bytes, size_t size, char *out);

/** Hexadecimal text to exactly size bytes; 0 or -EINVAL. */
MUST int hex_read(struct slice text, void *out, size_t size);

/**
 * Read a whole file from its start.
 *
 * @param fd    readable, seekable, borrowed; its offset does not matter
 * @param max   largest size accepted
 * @param[out] ret_bytes  heap memory, NUL-terminated; the caller frees it
 * @param[out] ret_size   without that NUL
 * @return 0, -EFBIG, -ENOMEM or what pread(2) says
 */
MUST int file_read(int fd, size_t max, char **ret_bytes, size_t *ret_size);

/** Write all bytes at an offset; 0 or the negative errno. */
MUST int file_write_at(int fd, const void *bytes, size_t size, int64_t offset);

/**
 * Read up to size bytes at an offset.
 *
 * @return how many, fewer only where the file ends, or a negative errno
 */
MUST ssize_t file_read_some(int fd, void *bytes, size_t size, int64_t offset);

/** Read exactly size bytes at an offset; 0, -ENODATA at the end, or errno. */
MUST int file_read_at(int fd, void *bytes, size_t size, int64_t offset);

/**
 * Make an anonymous file of the given bytes, sealed against any change.
 *
 * @return a descriptor the caller owns, or a negative errno
 */
MUST int file_of(const char *name, const void *bytes, size_t size);

#endif
