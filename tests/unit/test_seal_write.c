/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/clock.h"
#include "seal/frame.h"
#include "seal/hash.h"
#include "seal/write.h"
#include "seal_world.h"

static const struct seal_end end = { SEAL_CLASS_AUDIO, 20270523 };
static const enum seal_aead both[] = { SEAL_AES_256_GCM,
				       SEAL_XCHACHA20_POLY1305 };

/* Sealed, this is a little more than 100 kB in 25 frames. */
enum { CONTENT_SIZE = 100000 };

/* One sealed object, in memory and as a file. */
struct made {
	struct seal_object about;
	uint8_t key[SEAL_KEY_SIZE];
	int fd;
	uint8_t *bytes;
};

static uint8_t *content_of(size_t size, unsigned salt)
{
	uint8_t *content = malloc(size);

	for (size_t i = 0; i < size; i++)
		content[i] = (uint8_t)(i * 31 + i / 251 + salt);
	return content;
}

static struct made make(struct seal_world *world, enum seal_aead aead,
			uint32_t kind, size_t size)
{
	OWNED(drop_memory) uint8_t *content = content_of(size, kind);
	struct made made = {
		.about = { .object = id_new(),
			   .contact = id_new(),
			   .kind = kind,
			   .segment = 2 },
		.fd = memfd_create("object", MFD_CLOEXEC),
	};

	assert_int_equal(seal_write_as(aead, made.fd, world->set, &end,
				       world->node_seed, &made.about, content,
				       size),
			 0);
	assert_int_equal(open_key(&made.about.wrapped,
				  seal_world_pair(world, &end), SEAL_FOR_OBJECT,
				  &made.about.object, made.key),
			 0);
	made.bytes = malloc(made.about.sealed_size);
	assert_int_equal(
		file_read_at(made.fd, made.bytes, made.about.sealed_size, 0),
		0);
	return made;
}

static void made_free(struct made *made)
{
	drop_fd(&made->fd);
	free(made->bytes);
}

/* Read all of it; 0 only if every byte is as it was written. */
static int read_all(const struct made *made, size_t size, unsigned salt)
{
	OWNED(drop_memory) uint8_t *content = content_of(size, salt);
	OWNED(open_object_drop) struct open_object *object = NULL;
	uint64_t offset = 0;
	int r = open_object_new(made->fd, &made->about.object, made->key,
				&object);

	while (r == 0 && offset < open_object_size(object)) {
		const uint8_t *got;
		size_t got_size;

		r = open_object_read(object, offset, &got, &got_size);
		if (r < 0)
			break;
		if (offset + got_size > size ||
		    memcmp(content + offset, got, got_size) != 0)
			fail_msg("wrong content was let through");
		offset += got_size;
	}
	if (r == 0 && offset != size)
		fail_msg("a part was lost unseen");
	return r;
}

/* Found by the opener, or by the check without keys. */
static bool is_found(const struct made *made, size_t size, unsigned salt)
{
	struct seal_seen seen;
	uint8_t hash[SEAL_HASH_SIZE];

	if (read_all(made, size, salt) == 0)
		return false;
	/* The check sees at least as much: everything is signed. */
	assert_int_not_equal(seal_check_whole(made->fd, &seen, hash), 0);
	return true;
}

static void content_of_every_awkward_size_comes_back(void **state)
{
	static const size_t sizes[] = { 1,     4091,  4092,  4093,
					8184,  8185,  16379, 16380,
					16381, 32760, 32761, 100000 };
	static const uint32_t kinds[] = { SEAL_KIND_SOUND, SEAL_KIND_PEAKS };
	struct seal_world world = seal_world_new();

	(void)state;
	for (size_t i = 0; i < COUNT(sizes) * 4; i++) {
		const size_t size = sizes[i / 4];
		const uint32_t kind = kinds[i / 2 % 2];
		struct made made = make(&world, both[i % 2], kind, size);
		struct seal_seen seen;
		uint8_t hash[SEAL_HASH_SIZE];

		assert_int_equal(read_all(&made, size, kind), 0);
		assert_int_equal(made.about.size, size);
		assert_int_equal(seal_check_whole(made.fd, &seen, hash), 0);
		assert_memory_equal(hash, made.about.hash, sizeof(hash));
		assert_int_equal(seen.sealed_size, made.about.sealed_size);
		assert_int_equal(seen.header.segment, 2);
		assert_memory_equal(&seen.header.wrapped, &made.about.wrapped,
				    sizeof(struct seal_wrapped));
		assert_memory_equal(&seen.header.contact, &made.about.contact,
				    sizeof(struct id));
		made_free(&made);
	}
	seal_world_free(&world);
}

static void the_size_tells_frames_only(void **state)
{
	struct seal_world world = seal_world_new();
	struct made a = make(&world, both[0], SEAL_KIND_SOUND, 1);
	struct made b = make(&world, both[1], SEAL_KIND_SOUND, 16380);

	(void)state;
	assert_int_equal(a.about.sealed_size, b.about.sealed_size);
	assert_int_equal(a.about.sealed_size, seal_size(1, SEAL_FRAME_SOUND));
	made_free(&a);
	made_free(&b);
	seal_world_free(&world);
}

/*
 * Change each byte in turn. One object stays open all the while: bytes of a
 * frame are looked for by reading that frame, all others by opening anew.
 */
static void change_every_byte(const struct made *made, size_t size)
{
	const size_t frame = SEAL_FRAME_SMALL + SEAL_TAG_SIZE;
	const uint64_t last =
		made->about.sealed_size - SEAL_TRAILER_SIZE - frame;
	OWNED(open_object_drop) struct open_object *object = NULL;

	assert_int_equal(open_object_new(made->fd, &made->about.object,
					 made->key, &object),
			 0);
	for (uint64_t i = 0; i < made->about.sealed_size; i++) {
		uint8_t wrong = made->bytes[i] ^ (uint8_t)(1 << i % 8);
		const uint8_t *got;
		size_t got_size;

		assert_int_equal(file_write_at(made->fd, &wrong, 1, (int64_t)i),
				 0);
		if (i < SEAL_HEADER_SIZE || i >= last)
			assert_int_not_equal(read_all(made, size, 2), 0);
		else
			assert_int_equal(
				open_object_read(object,
						 (i - SEAL_HEADER_SIZE) /
							 frame *
							 (SEAL_FRAME_SMALL - 4),
						 &got, &got_size),
				-EBADMSG);
		assert_int_equal(
			file_write_at(made->fd, &made->bytes[i], 1, (int64_t)i),
			0);
	}
}

static void every_changed_byte_of_100_kb_is_found(void **state)
{
	struct seal_world world = seal_world_new();

	(void)state;
	for (int which = 0; which < 2; which++) {
		struct made made = make(&world, both[which], SEAL_KIND_PEAKS,
					CONTENT_SIZE);

		assert_true(made.about.sealed_size > 100000);
		change_every_byte(&made, CONTENT_SIZE);
		assert_int_equal(read_all(&made, CONTENT_SIZE, SEAL_KIND_PEAKS),
				 0);
		made_free(&made);
	}
	seal_world_free(&world);
}

static void every_truncation_is_found(void **state)
{
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_PEAKS, CONTENT_SIZE);

	(void)state;
	for (uint64_t size = made.about.sealed_size; size-- > 0;) {
		struct open_object *object = NULL;

		assert_int_equal(ftruncate(made.fd, (off_t)size), 0);
		assert_int_equal(open_object_new(made.fd, &made.about.object,
						 made.key, &object),
				 -EBADMSG);
		assert_null(object);
	}
	made_free(&made);
	seal_world_free(&world);
}

/* Cut whole frames out and put the trailer behind: still found. */
static void a_missing_last_frame_is_found(void **state)
{
	const size_t frame = SEAL_FRAME_SMALL + SEAL_TAG_SIZE;
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[1], SEAL_KIND_PEAKS, CONTENT_SIZE);
	const uint64_t tail = made.about.sealed_size - SEAL_TRAILER_SIZE;

	(void)state;
	for (uint64_t cut = frame; cut < tail - SEAL_HEADER_SIZE;
	     cut += frame) {
		assert_int_equal(file_write_at(made.fd, made.bytes + tail,
					       SEAL_TRAILER_SIZE,
					       (int64_t)(tail - cut)),
				 0);
		assert_int_equal(
			ftruncate(made.fd,
				  (off_t)(made.about.sealed_size - cut)),
			0);
		assert_true(is_found(&made, CONTENT_SIZE, SEAL_KIND_PEAKS));
	}
	made_free(&made);
	seal_world_free(&world);
}

static void put_frame(const struct made *made, uint64_t at,
		      const struct made *from, uint64_t which)
{
	const size_t frame = SEAL_FRAME_SMALL + SEAL_TAG_SIZE;

	assert_int_equal(
		file_write_at(made->fd,
			      from->bytes + SEAL_HEADER_SIZE + which * frame,
			      frame, (int64_t)(SEAL_HEADER_SIZE + at * frame)),
		0);
}

static void any_two_swapped_frames_are_found(void **state)
{
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_PEAKS, CONTENT_SIZE);
	const uint64_t frames = (CONTENT_SIZE + 4091) / 4092;

	(void)state;
	for (uint64_t a = 0; a < frames; a++)
		for (uint64_t b = a + 1; b < frames; b++) {
			put_frame(&made, a, &made, b);
			put_frame(&made, b, &made, a);
			assert_true(
				is_found(&made, CONTENT_SIZE, SEAL_KIND_PEAKS));
			put_frame(&made, a, &made, a);
			put_frame(&made, b, &made, b);
		}
	assert_int_equal(read_all(&made, CONTENT_SIZE, SEAL_KIND_PEAKS), 0);
	made_free(&made);
	seal_world_free(&world);
}

static void frames_of_another_object_are_found(void **state)
{
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_PEAKS, CONTENT_SIZE);
	struct made other =
		make(&world, both[0], SEAL_KIND_PEAKS, CONTENT_SIZE);
	const uint64_t frames = (CONTENT_SIZE + 4091) / 4092;

	(void)state;
	for (uint64_t i = 0; i < frames; i++) {
		put_frame(&made, i, &other, i);
		assert_true(is_found(&made, CONTENT_SIZE, SEAL_KIND_PEAKS));
		put_frame(&made, i, &made, i);
	}
	/* Nor does the one object pass for the other as a whole. */
	memcpy(&other.about.object, &made.about.object, sizeof(struct id));
	assert_int_equal(read_all(&other, CONTENT_SIZE, SEAL_KIND_PEAKS),
			 -EBADMSG);
	made_free(&made);
	made_free(&other);
	seal_world_free(&world);
}

static void another_key_does_not_fit_the_commitment(void **state)
{
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_SOUND, 100);
	struct open_object *object = NULL;

	(void)state;
	made.key[31] ^= 1;
	assert_int_equal(
		open_object_new(made.fd, &made.about.object, made.key, &object),
		-EBADMSG);
	assert_null(object);
	made_free(&made);
	seal_world_free(&world);
}

static void sign(const struct seal_world *world, const char *label,
		 const uint8_t *hash, const uint8_t *bytes, size_t size,
		 uint8_t *ret_signature)
{
	uint8_t public[32], secret[64], text[512];
	size_t at = strlen(label);

	crypto_sign_seed_keypair(public, secret, world->node_seed);
	memcpy(text, label, at);
	if (hash)
		memcpy(text + at, hash, SEAL_HASH_SIZE);
	at += hash ? SEAL_HASH_SIZE : 0;
	memcpy(text + at, bytes, size);
	crypto_sign_detached(ret_signature, NULL, text, at + size, secret);
}

/* Write a trailer at its place, as a node that lies would sign it. */
static void put_trailer(const struct seal_world *world, const struct made *made,
			uint64_t at, uint64_t count)
{
	uint8_t hash[SEAL_HASH_SIZE], tail[SEAL_TRAILER_SIZE];

	memcpy(tail, made->bytes + made->about.sealed_size - SEAL_TRAILER_SIZE,
	       sizeof(tail));
	crypto_hash_sha256(hash, made->bytes, SEAL_HEADER_SIZE);
	seal_put64(tail + SEAL_TAIL_COUNT, count);
	sign(world, SEAL_TAIL_LABEL, hash, tail + SEAL_TAIL_COUNT,
	     SEAL_TAIL_SIGNATURE - SEAL_TAIL_COUNT, tail + SEAL_TAIL_SIGNATURE);
	assert_int_equal(
		file_write_at(made->fd, tail, sizeof(tail), (int64_t)at), 0);
	assert_int_equal(ftruncate(made->fd, (off_t)(at + SEAL_TRAILER_SIZE)),
			 0);
}

static void even_the_node_cannot_shorten_or_miscount(void **state)
{
	const size_t frame = SEAL_FRAME_SMALL + SEAL_TAG_SIZE;
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_PEAKS,
				3 * (SEAL_FRAME_SMALL - 4));
	const size_t size = 3 * (SEAL_FRAME_SMALL - 4);
	const uint64_t tail = SEAL_HEADER_SIZE + 3 * frame;

	(void)state;
	put_trailer(&world, &made, tail, 3);
	assert_int_equal(read_all(&made, size, SEAL_KIND_PEAKS), 0);
	put_trailer(&world, &made, tail, 2);
	assert_int_equal(read_all(&made, size, SEAL_KIND_PEAKS), -EBADMSG);
	/* Two whole frames are no object: the second is not the last. */
	put_trailer(&world, &made, tail - frame, 2);
	assert_int_equal(read_all(&made, size, SEAL_KIND_PEAKS), -EBADMSG);
	made_free(&made);
	seal_world_free(&world);
}

static void a_key_without_its_commitment_opens_nothing(void **state)
{
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_SOUND, 100);
	struct open_object *object = NULL;
	uint8_t *header = made.bytes;

	(void)state;
	header[SEAL_AT_COMMITMENT] ^= 1;
	sign(&world, SEAL_HEAD_LABEL, NULL, header, SEAL_AT_SIGNATURE,
	     header + SEAL_AT_SIGNATURE);
	/* Frames that fit this header, under the right key. */
	{
		OWNED(seal_frames_drop) struct seal_frames *frames = NULL;
		uint8_t hash[SEAL_HASH_SIZE], plain[SEAL_FRAME_SOUND] = { 1 };

		crypto_hash_sha256(hash, header, SEAL_HEADER_SIZE);
		seal_put32(plain + SEAL_FRAME_SOUND - 4, 100);
		assert_int_equal(seal_frames_new(both[0], &made.about.object,
						 made.key, hash, &frames),
				 0);
		assert_int_equal(
			seal_frames_next(frames, 0, true, plain, sizeof(plain),
					 made.bytes + SEAL_HEADER_SIZE),
			0);
	}
	assert_int_equal(
		file_write_at(made.fd, made.bytes, made.about.sealed_size, 0),
		0);
	put_trailer(&world, &made, made.about.sealed_size - SEAL_TRAILER_SIZE,
		    1);
	assert_int_equal(
		open_object_new(made.fd, &made.about.object, made.key, &object),
		-EBADMSG);
	made_free(&made);
	seal_world_free(&world);
}

static void a_change_is_found_without_any_key(void **state)
{
	struct seal_world world = seal_world_new();
	struct made made = make(&world, both[0], SEAL_KIND_PEAKS, 20000);

	(void)state;
	for (uint64_t i = 0; i < made.about.sealed_size; i += 7) {
		uint8_t wrong = made.bytes[i] ^ 0x40;
		uint8_t hash[SEAL_HASH_SIZE];
		struct seal_seen seen;

		assert_int_equal(file_write_at(made.fd, &wrong, 1, (int64_t)i),
				 0);
		assert_int_not_equal(seal_check_whole(made.fd, &seen, hash), 0);
		assert_int_equal(
			file_write_at(made.fd, &made.bytes[i], 1, (int64_t)i),
			0);
	}
	made_free(&made);
	seal_world_free(&world);
}

static void the_faster_cipher_is_taken(void **state)
{
	enum { SIZE = 8 << 20 };
	OWNED(drop_memory) uint8_t *content = content_of(SIZE, 1);
	struct seal_world world = seal_world_new();

	(void)state;
	for (size_t i = 0; i < COUNT(both); i++) {
		struct seal_object about = { .object = id_new(),
					     .kind = SEAL_KIND_SOUND };
		OWNED(drop_fd) int fd = memfd_create("object", MFD_CLOEXEC);
		nanoseconds from = clock_monotonic();

		assert_int_equal(seal_write_as(both[i], fd, world.set, &end,
					       world.node_seed, &about, content,
					       SIZE),
				 0);
		printf("# %s: %d MB/s, hashes included\n",
		       i == 0 ? "AES-256-GCM" : "XChaCha20-Poly1305",
		       (int)(SIZE * 1000LL / (clock_monotonic() - from)));
	}
	seal_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_of_every_awkward_size_comes_back),
		cmocka_unit_test(the_size_tells_frames_only),
		cmocka_unit_test(every_changed_byte_of_100_kb_is_found),
		cmocka_unit_test(every_truncation_is_found),
		cmocka_unit_test(a_missing_last_frame_is_found),
		cmocka_unit_test(any_two_swapped_frames_are_found),
		cmocka_unit_test(frames_of_another_object_are_found),
		cmocka_unit_test(another_key_does_not_fit_the_commitment),
		cmocka_unit_test(even_the_node_cannot_shorten_or_miscount),
		cmocka_unit_test(a_key_without_its_commitment_opens_nothing),
		cmocka_unit_test(a_change_is_found_without_any_key),
		cmocka_unit_test(the_faster_cipher_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
