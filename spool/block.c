/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool/block.h"

#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	MAGIC_SIZE = 4,
	KIND_AT = 4,
	CALL_AT = 8,
	NUMBER_AT = 24,
	BEFORE_SEGMENT_AT = 32,
	BEFORE_PLACE_AT = 36,
	AUTHENTIC_SIZE = 32,
	NONCE_SIZE = 12,
	NONCE_NUMBER_AT = 4,
	TAG_AT = SPOOL_BLOCK_SIZE - SPOOL_TAG_SIZE,
};

static_assert(SPOOL_CONTENT_AT + SPOOL_CONTENT_SIZE == TAG_AT, "no holes");

struct spool_sealer {
	EVP_CIPHER_CTX *context;
	_Alignas(64) uint8_t block[SPOOL_BLOCK_SIZE]; /* being made */
};

/*
 * Hand a block over, past the caches: this process never reads it again,
 * and to write a line it would first have to fetch it from memory, in
 * place of the calls' own.
 */
static void hand_over(uint8_t *to, const uint8_t *block)
{
#ifdef __SSE2__
	for (size_t at = 0; at < SPOOL_BLOCK_SIZE; at += sizeof(__m128i))
		_mm_stream_si128(
			(__m128i *)(void *)(to + at),
			_mm_load_si128(
				(const __m128i *)(const void *)(block + at)));
	_mm_sfence();
#else
	memcpy(to, block, SPOOL_BLOCK_SIZE);
#endif
}

static void put_u32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static void put_u64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

int spool_sealer_new(struct spool_sealer **ret_sealer)
{
	struct spool_sealer *sealer = aligned_alloc(64, sizeof(*sealer));

	if (!sealer)
		return -ENOMEM;
	memset(sealer, 0, sizeof(*sealer));
	sealer->context = EVP_CIPHER_CTX_new();
	if (!sealer->context) {
		free(sealer);
		return -ENOMEM;
	}
	/* The cipher is looked up once; blocks only change key and nonce. */
	if (EVP_EncryptInit_ex(sealer->context, EVP_aes_256_gcm(), NULL, NULL,
			       NULL) != 1) {
		spool_sealer_free(sealer);
		return -ENOTSUP;
	}
	*ret_sealer = sealer;
	return 0;
}

void spool_sealer_free(struct spool_sealer *sealer)
{
	if (!sealer)
		return;
	EVP_CIPHER_CTX_free(sealer->context); /* wipes the key schedule */
	free(sealer);
}

/* Memory only is at work here: a failure is a bug of ours. */
static void add(EVP_CIPHER_CTX *context, uint8_t *out, const void *in,
		size_t size)
{
	int written = 0;
	int ok = EVP_EncryptUpdate(context, out, &written, in, (int)size);

	assert(ok == 1);
	assert(written == (int)size);
}

void spool_block_seal(struct spool_sealer *sealer, const uint8_t *key,
		      const struct id *call, uint64_t number,
		      const struct spool_first *first, const void *records,
		      size_t size, uint8_t *ret_block)
{
	static const uint8_t zeros[SPOOL_CONTENT_SIZE];
	uint8_t nonce[NONCE_SIZE] = { 0 };
	uint8_t *block = sealer->block;
	uint8_t *content = block + SPOOL_CONTENT_AT;
	size_t room = SPOOL_RECORDS_LATER;
	int rest = 0;
	int ok;

	assert(!first == (number != 0));
	memcpy(block, "CHNK", MAGIC_SIZE);
	put_u32(block + KIND_AT, first ? SPOOL_FIRST : SPOOL_LATER);
	memcpy(block + CALL_AT, call, sizeof(*call));
	put_u64(block + NUMBER_AT, number);
	memset(block + AUTHENTIC_SIZE, 0, SPOOL_CONTENT_AT - AUTHENTIC_SIZE);

	put_u64(nonce + NONCE_NUMBER_AT, number);
	ok = EVP_EncryptInit_ex(sealer->context, NULL, NULL, key, nonce);
	assert(ok == 1);
	add(sealer->context, NULL, block, AUTHENTIC_SIZE);
	if (first) {
		memcpy(content, first, sizeof(*first));
		add(sealer->context, NULL, content, sizeof(*first));
		content += sizeof(*first);
		room = SPOOL_RECORDS_FIRST;
	}
	assert(size > 0 && size <= room);
	add(sealer->context, content, records, size);
	if (size < room)
		add(sealer->context, content + size, zeros, room - size);
	ok = EVP_EncryptFinal_ex(sealer->context, nonce, &rest);
	assert(ok == 1 && rest == 0);
	ok = EVP_CIPHER_CTX_ctrl(sealer->context, EVP_CTRL_AEAD_GET_TAG,
				 SPOOL_TAG_SIZE, block + TAG_AT);
	assert(ok == 1);
	hand_over(ret_block, block);
}

void spool_block_hint(uint8_t *block, uint32_t segment, uint32_t place)
{
	put_u32(block + BEFORE_SEGMENT_AT, segment);
	put_u32(block + BEFORE_PLACE_AT, place);
}

void spool_block_head(uint8_t *block, uint32_t segment, nanoseconds made_at)
{
	memset(block, 0, SPOOL_BLOCK_SIZE);
	memcpy(block, "TALLESPL", 8);
	put_u32(block + 8, SPOOL_VERSION);
	put_u32(block + 12, segment);
	put_u64(block + 16, (uint64_t)made_at);
}
