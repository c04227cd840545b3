/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/open.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/frame.h"
#include "seal/hash.h"

/* Whether an opened box says it is for this purpose and owner. */
static bool is_for(const uint8_t *plain, enum seal_purpose purpose,
		   const struct id *owner)
{
	return plain[0] == purpose &&
	       bytes_are(plain + SEAL_BOX_AT_OWNER, owner, sizeof(*owner));
}

int open_key(const struct seal_wrapped *wrapped, const struct open_pair *pair,
	     enum seal_purpose purpose, const struct id *owner,
	     uint8_t ret_key[SEAL_KEY_SIZE])
{
	uint8_t plain[SEAL_BOX_KEY_SIZE];
	int r = -EBADMSG;

	if (sodium_init() < 0)
		return -EIO;
	if (crypto_box_seal_open(plain, wrapped->box, sizeof(wrapped->box),
				 pair->public, pair->secret) == 0 &&
	    is_for(plain, purpose, owner) &&
	    bytes_are_zero(plain + SEAL_BOX_AT_KEY_ZERO,
			   SEAL_BOX_KEY_SIZE - SEAL_BOX_AT_KEY_ZERO)) {
		memcpy(ret_key, plain + SEAL_BOX_AT_KEY, SEAL_KEY_SIZE);
		r = 0;
	}
	sodium_memzero(plain, sizeof(plain));
	return r;
}

int open_text(const struct seal_text *sealed, const struct open_pair *pair,
	      enum seal_purpose purpose, const struct id *owner,
	      char ret_text[SEAL_TEXT_MAX + 1])
{
	uint8_t plain[SEAL_BOX_TEXT_SIZE];
	int r = -EBADMSG;

	if (sodium_init() < 0)
		return -EIO;
	if (crypto_box_seal_open(plain, sealed->box, sizeof(sealed->box),
				 pair->public, pair->secret) == 0 &&
	    is_for(plain, purpose, owner) &&
	    plain[SEAL_BOX_AT_LENGTH] <= SEAL_TEXT_MAX &&
	    !memchr(plain + SEAL_BOX_AT_TEXT, '\0',
		    plain[SEAL_BOX_AT_LENGTH]) &&
	    bytes_are_zero(plain + SEAL_BOX_AT_TEXT + plain[SEAL_BOX_AT_LENGTH],
			   SEAL_TEXT_MAX - plain[SEAL_BOX_AT_LENGTH])) {
		memcpy(ret_text, plain + SEAL_BOX_AT_TEXT, SEAL_TEXT_MAX);
		ret_text[plain[SEAL_BOX_AT_LENGTH]] = '\0';
		r = 0;
	}
	sodium_memzero(plain, sizeof(plain));
	return r;
}

struct open_object {
	int fd;
	struct seal_seen seen;
	uint8_t *key;	     /* of the frames; sodium_malloc */
	EVP_CIPHER_CTX *gcm; /* only for AES */
	uint8_t *sealed;     /* one frame as it stands in the file */
	uint8_t *plain;	     /* the frame that was opened last, locked */
	uint64_t held;	     /* its number, or UINT64_MAX */
	uint64_t size;
};

void open_object_free(struct open_object *object)
{
	if (!object)
		return;
	EVP_CIPHER_CTX_free(object->gcm);
	sodium_free(object->key);
	sodium_free(object->plain);
	free(object->sealed);
	free(object);
}

void open_object_drop(struct open_object **object)
{
	open_object_free(*object);
	*object = NULL;
}

static int open_gcm(struct open_object *object, const uint8_t *nonce,
		    const uint8_t data[SEAL_DATA_SIZE])
{
	const int size = (int)object->seen.header.frame_size;
	uint8_t *tag = object->sealed + size;
	int done;

	if (EVP_DecryptInit_ex(object->gcm, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_DecryptUpdate(object->gcm, NULL, &done, data, SEAL_DATA_SIZE) !=
		    1 ||
	    EVP_DecryptUpdate(object->gcm, object->plain, &done, object->sealed,
			      size) != 1 ||
	    EVP_CIPHER_CTX_ctrl(object->gcm, EVP_CTRL_GCM_SET_TAG,
				SEAL_TAG_SIZE, tag) != 1 ||
	    EVP_DecryptFinal_ex(object->gcm, object->plain + done, &done) != 1)
		return -EBADMSG;
	return 0;
}

/* How many bytes of content the opened frame says it holds. */
static size_t content_size(const struct open_object *object)
{
	return seal_get32(object->plain + object->seen.header.frame_size -
			  SEAL_FRAME_LENGTH_SIZE);
}

static int open_frame(struct open_object *object, uint64_t number)
{
	const uint32_t frame_size = object->seen.header.frame_size;
	const size_t room = frame_size - SEAL_FRAME_LENGTH_SIZE;
	const bool is_last = number == object->seen.frames - 1;
	uint8_t nonce[SEAL_NONCE_MAX], data[SEAL_DATA_SIZE];
	size_t size;
	int r;

	if (object->held == number)
		return 0;
	object->held = UINT64_MAX;
	r = file_read_at(object->fd, object->sealed, frame_size + SEAL_TAG_SIZE,
			 (int64_t)(SEAL_HEADER_SIZE +
				   number * (frame_size + SEAL_TAG_SIZE)));
	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;

	seal_frame_place(object->seen.header_hash, number, is_last, nonce,
			 data);
	if (object->gcm)
		r = open_gcm(object, nonce, data);
	else if (crypto_aead_xchacha20poly1305_ietf_decrypt(
			 object->plain, NULL, NULL, object->sealed,
			 frame_size + SEAL_TAG_SIZE, data, sizeof(data), nonce,
			 object->key) != 0)
		r = -EBADMSG;
	size = content_size(object);
	if (r == 0 && (is_last ? size == 0 || size > room : size != room))
		r = -EBADMSG;
	if (r < 0) {
		sodium_memzero(object->plain, frame_size);
		return r;
	}
	object->held = number;
	return 0;
}

static int make_keys(struct open_object *object,
		     const uint8_t key[SEAL_KEY_SIZE])
{
	const struct seal_header *header = &object->seen.header;
	uint8_t commitment[SEAL_HASH_SIZE];

	seal_hash_bound(SEAL_KEY_LABEL, &header->object, key, commitment);
	if (!bytes_are(commitment, header->commitment, SEAL_HASH_SIZE))
		return -EBADMSG;

	object->key = sodium_malloc(SEAL_KEY_SIZE);
	object->plain = sodium_malloc(header->frame_size);
	object->sealed = malloc(header->frame_size + SEAL_TAG_SIZE);
	if (!object->key || !object->plain || !object->sealed)
		return -ENOMEM;
	seal_hash_bound(SEAL_FRAMES_LABEL, &header->object, key, object->key);
	if (header->aead != SEAL_AES_256_GCM)
		return 0;
	object->gcm = EVP_CIPHER_CTX_new();
	if (!object->gcm || EVP_DecryptInit_ex(object->gcm, EVP_aes_256_gcm(),
					       NULL, object->key, NULL) != 1)
		return -ENOMEM;
	return 0;
}

int open_object_new(int fd, const struct id *id,
		    const uint8_t key[SEAL_KEY_SIZE],
		    struct open_object **ret_object)
{
	OWNED(open_object_drop)
	struct open_object *object = calloc(1, sizeof(*object));
	uint64_t last;
	int r;

	if (!object)
		return -ENOMEM;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	object->fd = fd;
	object->held = UINT64_MAX;
	r = seal_check_ends(fd, &object->seen);
	if (r < 0)
		return r;
	if (!id_is(&object->seen.header.object, id))
		return -EBADMSG;
	r = make_keys(object, key);
	if (r < 0)
		return r;

	/* The true length stands in the last frame. */
	last = object->seen.frames - 1;
	r = open_frame(object, last);
	if (r < 0)
		return r;
	object->size = last * (object->seen.header.frame_size -
			       SEAL_FRAME_LENGTH_SIZE) +
		       content_size(object);
	*ret_object = object;
	object = NULL;
	return 0;
}

uint64_t open_object_size(const struct open_object *object)
{
	return object->size;
}

int open_object_read(struct open_object *object, uint64_t offset,
		     const uint8_t **ret_content, size_t *ret_size)
{
	const uint32_t room =
		object->seen.header.frame_size - SEAL_FRAME_LENGTH_SIZE;
	size_t from = (size_t)(offset % room);
	int r;

	assert(offset < object->size);
	r = open_frame(object, offset / room);
	if (r < 0)
		return r;
	/* The size was read from the last frame, which is checked above. */
	if (from >= content_size(object))
		return -EBADMSG;
	*ret_content = object->plain + from;
	*ret_size = content_size(object) - from;
	return 0;
}
