/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/secure.h"

#include <errno.h>
#include <sodium.h>
#include <srtp2/srtp.h>
#include <string.h>

enum {
	WINDOW = 256,
	/* Sources of one stream that are remembered at one time: libsrtp
	 * keeps state for each, and only the oldest are of no use. */
	SOURCES_MAX = 8,
	MARK_SIZE = 16,
};

struct secure {
	srtp_t session;
	uint8_t suite;
	uint8_t mark[MARK_SIZE];       /* hash of the key */
	uint32_t sources[SOURCES_MAX]; /* in network order */
	uint32_t source_count;
	uint32_t oldest;
};

static void mark_of(uint8_t suite, const uint8_t *key, uint8_t mark[MARK_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, MARK_SIZE);
	crypto_generichash_update(&state, &suite, 1);
	crypto_generichash_update(&state, key, MEDIA_SRTP_KEY_SIZE);
	crypto_generichash_final(&state, mark, MARK_SIZE);
	sodium_memzero(&state, sizeof(state));
}

static int policy_of(uint8_t suite, srtp_policy_t *policy)
{
	switch (suite) {
	case MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return 0;
	case MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return 0;
	case MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtcp);
		return 0;
	case MEDIA_SRTP_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
		return 0;
	case MEDIA_SRTP_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
		return 0;
	default:
		return -EINVAL;
	}
}

int secure_new(uint8_t suite, const uint8_t *key, struct secure **ret_secure)
{
	srtp_policy_t policy = { .window_size = WINDOW };
	uint8_t copy[MEDIA_SRTP_KEY_SIZE];
	struct secure *secure;
	srtp_err_status_t status;
	int r;

	r = policy_of(suite, &policy);
	if (r < 0)
		return r;
	secure = calloc(1, sizeof(*secure));
	if (!secure)
		return -ENOMEM;
	memcpy(copy, key, sizeof(copy));
	policy.ssrc.type = ssrc_any_inbound;
	policy.key = copy;
	status = srtp_create(&secure->session, &policy);
	sodium_memzero(copy, sizeof(copy));
	if (status != srtp_err_status_ok) {
		free(secure);
		return status == srtp_err_status_alloc_fail ? -ENOMEM : -EINVAL;
	}
	secure->suite = suite;
	mark_of(suite, key, secure->mark);
	*ret_secure = secure;
	return 0;
}

/*
 * Debian's libsrtp stands on NSS, which opens its module with the first
 * session and closes it with the last. In the jail nothing can be opened,
 * so one session of each kind of cipher is made before and kept.
 */
int secure_start(void)
{
	static const uint8_t suites[] = { MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80,
					  MEDIA_SRTP_AEAD_AES_128_GCM };
	static struct secure *kept[COUNT(suites)];
	static const uint8_t key[MEDIA_SRTP_KEY_SIZE];

	if (srtp_init() != srtp_err_status_ok)
		return -ENOTSUP;
	for (size_t i = 0; i < COUNT(suites); i++) {
		int r = secure_new(suites[i], key, &kept[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

void secure_free(struct secure *secure)
{
	if (!secure)
		return;
	(void)srtp_dealloc(secure->session);
	sodium_memzero(secure, sizeof(*secure));
	free(secure);
}

bool secure_is(const struct secure *secure, uint8_t suite, const uint8_t *key)
{
	uint8_t mark[MARK_SIZE];

	mark_of(suite, key, mark);
	return secure->suite == suite &&
	       sodium_memcmp(mark, secure->mark, MARK_SIZE) == 0;
}

/* Only the holder of the key comes this far, but it, too, has limits. */
static void note_source(struct secure *secure, const uint8_t *packet)
{
	uint32_t ssrc;

	memcpy(&ssrc, packet + 8, sizeof(ssrc));
	for (uint32_t i = 0; i < secure->source_count; i++)
		if (secure->sources[i] == ssrc)
			return;
	if (secure->source_count < SOURCES_MAX) {
		secure->sources[secure->source_count++] = ssrc;
		return;
	}
	(void)srtp_remove_stream(secure->session,
				 secure->sources[secure->oldest]);
	secure->sources[secure->oldest] = ssrc;
	secure->oldest = (secure->oldest + 1) % SOURCES_MAX;
}

int secure_open(struct secure *secure, uint8_t *packet, size_t *size,
		bool is_control)
{
	int length = (int)*size;
	srtp_err_status_t status;

	if (*size < 12 || *size > INT16_MAX)
		return -EBADMSG;
	status = is_control
			 ? srtp_unprotect_rtcp(secure->session, packet, &length)
			 : srtp_unprotect(secure->session, packet, &length);
	if (status == srtp_err_status_replay_fail ||
	    status == srtp_err_status_replay_old)
		return -EALREADY;
	if (status != srtp_err_status_ok || length < 0)
		return -EBADMSG;
	if (!is_control)
		note_source(secure, packet);
	*size = (size_t)length;
	return 0;
}
