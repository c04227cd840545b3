/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { PEM_SIZE_MAX = 1 << 20 };

struct tls {
	SSL_CTX *context;
};

struct tls_peer {
	SSL *ssl;
	X509 *certificate; /* owns the names lent out */
	GENERAL_NAMES *names;
	bool wants_write;
};

static BIO *open_pem(int fd, char **bytes)
{
	size_t size;

	if (file_read(fd, PEM_SIZE_MAX, bytes, &size) < 0)
		return NULL;
	return BIO_new_mem_buf(*bytes, (int)size);
}

static int use_chain(SSL_CTX *context, int fd)
{
	OWNED(drop_memory) char *pem = NULL;
	BIO *bio = open_pem(fd, &pem);
	X509 *one;
	int count = 0, r = -EBADMSG;

	while (bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		/* The first is ours, the others lead to its authority. */
		bool is_used =
			count++ == 0
				? SSL_CTX_use_certificate(context, one) == 1
				: SSL_CTX_add1_chain_cert(context, one) == 1;
		X509_free(one);
		r = is_used ? 0 : -EBADMSG;
		if (r < 0)
			break;
	}
	BIO_free(bio);
	ERR_clear_error();
	return r;
}

static int use_key(SSL_CTX *context, int fd)
{
	char *pem = NULL;
	BIO *bio = open_pem(fd, &pem);
	EVP_PKEY *key =
		bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	int r = -EBADMSG;

	if (key && SSL_CTX_use_PrivateKey(context, key) == 1 &&
	    SSL_CTX_check_private_key(context) == 1)
		r = 0;
	EVP_PKEY_free(key);
	BIO_free(bio);
	if (pem)
		explicit_bzero(pem, strlen(pem));
	free(pem);
	ERR_clear_error();
	return r;
}

static int use_peers(SSL_CTX *context, int fd)
{
	OWNED(drop_memory) char *pem = NULL;
	BIO *bio = open_pem(fd, &pem);
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509 *one;
	int count = 0;

	while (bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (X509_STORE_add_cert(store, one) == 1 &&
		    SSL_CTX_add_client_CA(context, one) == 1)
			count++;
		X509_free(one);
	}
	BIO_free(bio);
	ERR_clear_error();
	return count > 0 ? 0 : -EBADMSG;
}

/* Whom we know is decided after the handshake, by configuration. */
static int any_certificate(int is_good, X509_STORE_CTX *store)
{
	(void)is_good, (void)store;
	return 1;
}

int tls_new(int chain, int key, int peers, bool wants_certificate,
	    struct tls **ret_tls)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	int r = -ENOMEM;

	if (!tls)
		return -ENOMEM;
	tls->context = SSL_CTX_new(TLS_server_method());
	if (!tls->context)
		goto failed;
	r = -EBADMSG;
	SSL_CTX_set_options(tls->context,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(tls->context,
			 SSL_MODE_ENABLE_PARTIAL_WRITE |
				 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				 SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) != 1)
		goto failed;
	r = use_chain(tls->context, chain);
	if (r == 0)
		r = use_key(tls->context, key);
	if (r == 0 && peers >= 0)
		r = use_peers(tls->context, peers);
	if (r < 0)
		goto failed;
	if (wants_certificate)
		SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER,
				   any_certificate);
	*ret_tls = tls;
	return 0;
failed:
	tls_free(tls);
	return r;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

int tls_accept(struct tls *tls, int fd, struct tls_peer **ret_peer)
{
	struct tls_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return -ENOMEM;
	peer->ssl = SSL_new(tls->context);
	if (!peer->ssl || SSL_set_fd(peer->ssl, fd) != 1) {
		tls_close(peer);
		return -ENOMEM;
	}
	SSL_set_accept_state(peer->ssl);
	*ret_peer = peer;
	return 0;
}

void tls_close(struct tls_peer *peer)
{
	if (!peer)
		return;
	GENERAL_NAMES_free(peer->names);
	X509_free(peer->certificate);
	SSL_free(peer->ssl);
	ERR_clear_error();
	free(peer);
}

static int error_of(struct tls_peer *peer, int result)
{
	int error = SSL_get_error(peer->ssl, result);

	ERR_clear_error();
	peer->wants_write = error == SSL_ERROR_WANT_WRITE;
	switch (error) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		return -EPROTO;
	}
}

int tls_shake(struct tls_peer *peer)
{
	int result = SSL_do_handshake(peer->ssl);
	int r;

	peer->wants_write = false;
	if (result == 1)
		return 0;
	r = error_of(peer, result);
	return r == 0 ? -EPROTO : r;
}

bool tls_wants_write(const struct tls_peer *peer)
{
	return peer->wants_write;
}

int64_t tls_read(struct tls_peer *peer, void *out, size_t size)
{
	int result =
		SSL_read(peer->ssl, out, size > INT_MAX ? INT_MAX : (int)size);

	return result > 0 ? result : error_of(peer, result);
}

int64_t tls_write(struct tls_peer *peer, const void *in, size_t size)
{
	int result =
		SSL_write(peer->ssl, in, size > INT_MAX ? INT_MAX : (int)size);
	int r;

	peer->wants_write = false;
	if (result > 0)
		return result;
	r = error_of(peer, result);
	return r == 0 ? -EPROTO : r;
}

static void add_name(struct tls_certificate *out, const ASN1_STRING *text)
{
	const uint8_t *at = ASN1_STRING_get0_data(text);
	int size = ASN1_STRING_length(text);

	if (out->name_count == TLS_NAMES_MAX || size <= 0)
		return;
	out->names[out->name_count++] =
		(struct slice){ (const char *)at, (size_t)size };
}

static void add_names(struct tls_peer *peer, struct tls_certificate *out)
{
	X509_NAME *subject = X509_get_subject_name(peer->certificate);
	int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (place >= 0)
		add_name(out, X509_NAME_ENTRY_get_data(
				      X509_NAME_get_entry(subject, place)));
	peer->names = X509_get_ext_d2i(peer->certificate, NID_subject_alt_name,
				       NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(peer->names); i++) {
		const GENERAL_NAME *name =
			sk_GENERAL_NAME_value(peer->names, i);

		if (name->type == GEN_DNS)
			add_name(out, name->d.dNSName);
	}
}

void tls_certificate(struct tls_peer *peer, struct tls_certificate *out)
{
	unsigned size = sizeof(out->fingerprint);

	memset(out, 0, sizeof(*out));
	if (!peer->certificate)
		peer->certificate = SSL_get1_peer_certificate(peer->ssl);
	if (!peer->certificate || X509_digest(peer->certificate, EVP_sha256(),
					      out->fingerprint, &size) != 1)
		return;
	out->is_there = true;
	out->is_trusted = SSL_get_verify_result(peer->ssl) == X509_V_OK;
	add_names(peer, out);
	ERR_clear_error();
}
