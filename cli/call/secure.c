/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/secure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>
#include <stdio.h>

struct secure {
	SSL_CTX *context;
	SSL *ssl;
};

static void tell(char *fault, const char *what)
{
	char text[96] = "";
	unsigned long code = ERR_get_error();

	if (code != 0)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	(void)snprintf(fault, CALL_FAULT_SIZE, "TLS: %s%s%s", what,
		       text[0] != '\0' ? ": " : "", text);
}

static int load_files(const struct call_plan *plan, SSL_CTX *context,
		      char *fault)
{
	if (plan->ca &&
	    SSL_CTX_load_verify_locations(context, plan->ca, NULL) != 1) {
		tell(fault, "cannot read the CA file");
		return -EINVAL;
	}
	if (!plan->ca)
		(void)SSL_CTX_set_default_verify_paths(context);
	if (plan->cert &&
	    SSL_CTX_use_certificate_chain_file(context, plan->cert) != 1) {
		tell(fault, "cannot read the certificate");
		return -EINVAL;
	}
	if (plan->key && SSL_CTX_use_PrivateKey_file(context, plan->key,
						     SSL_FILETYPE_PEM) != 1) {
		tell(fault, "cannot read the private key");
		return -EINVAL;
	}
	return 0;
}

static void expect_name(const struct call_plan *plan, SSL *ssl)
{
	const char *name = plan->tls_name ? plan->tls_name : plan->host;
	X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
	struct in6_addr any;

	if (inet_pton(AF_INET, name, &any) == 1 ||
	    inet_pton(AF_INET6, name, &any) == 1) {
		(void)X509_VERIFY_PARAM_set1_ip_asc(parameters, name);
		return;
	}
	(void)SSL_set1_host(ssl, name);
	/* What the macro does, without casting const away. */
	(void)SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
		       TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)name);
}

/* A signal, or having been stopped for a while, does not end a handshake. */
static int connect_whole(SSL *ssl)
{
	int r;

	do {
		errno = 0;
		r = SSL_connect(ssl);
	} while (r != 1 && errno == EINTR);
	return r;
}

int secure_open(const struct call_plan *plan, int fd,
		struct secure **ret_secure, char *fault)
{
	struct secure *secure = calloc(1, sizeof(*secure));
	int r;

	if (!secure)
		return -ENOMEM;
	secure->context = SSL_CTX_new(TLS_client_method());
	if (!secure->context) {
		free(secure);
		return -ENOMEM;
	}
	SSL_CTX_set_min_proto_version(secure->context, TLS1_2_VERSION);
	SSL_CTX_set_mode(secure->context,
			 SSL_MODE_ENABLE_PARTIAL_WRITE |
				 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(
		secure->context,
		plan->tls_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	r = load_files(plan, secure->context, fault);
	if (r == 0) {
		secure->ssl = SSL_new(secure->context);
		r = secure->ssl && SSL_set_fd(secure->ssl, fd) == 1 ? 0
								    : -ENOMEM;
	}
	if (r == 0) {
		if (!plan->tls_insecure)
			expect_name(plan, secure->ssl);
		if (connect_whole(secure->ssl) != 1) {
			tell(fault, "the handshake failed");
			r = -EACCES;
		}
	}
	if (r < 0) {
		secure_close(secure);
		return r;
	}
	*ret_secure = secure;
	return 0;
}

void secure_close(struct secure *secure)
{
	if (!secure)
		return;
	if (secure->ssl) {
		/* Say goodbye only on a connection that still works. */
		if (SSL_get_shutdown(secure->ssl) == 0 &&
		    SSL_is_init_finished(secure->ssl))
			(void)SSL_shutdown(secure->ssl);
		SSL_free(secure->ssl);
	}
	SSL_CTX_free(secure->context);
	ERR_clear_error();
	free(secure);
}

static ssize_t outcome(struct secure *secure, int got)
{
	int why = SSL_get_error(secure->ssl, got);

	ERR_clear_error();
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return -EAGAIN;
	return -EPIPE;
}

/* A signal is no "not now": readiness is told by edges, and there might be
 * no other. */
ssize_t secure_read(struct secure *secure, char *out, size_t size)
{
	int got;

	do {
		errno = 0;
		got = SSL_read(secure->ssl, out, (int)size);
	} while (got <= 0 && errno == EINTR);
	return got > 0 ? got : outcome(secure, got);
}

ssize_t secure_write(struct secure *secure, struct slice bytes)
{
	int sent;

	do {
		errno = 0;
		sent = SSL_write(secure->ssl, bytes.at, (int)bytes.size);
	} while (sent <= 0 && errno == EINTR);
	return sent > 0 ? sent : outcome(secure, sent);
}
