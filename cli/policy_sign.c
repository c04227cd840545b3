/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne policy key, sign and verify: who answers for the notice. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/passphrase.h"
#include "cli/policy.h"
#include "cli/say.h"
#include "cli/signing_key.h"
#include "notice/signed.h"

enum { PASSPHRASE_MIN = 12, PASSPHRASE_MAX = 256 };

static int ask_passphrase(const char *prompt, char text[PASSPHRASE_MAX],
			  struct slice *ret_passphrase)
{
	int r = passphrase_read(prompt, text, PASSPHRASE_MAX);

	if (r < 0)
		return r;
	*ret_passphrase = (struct slice){ text, (size_t)r };
	return 0;
}

/* What is mistyped once is not repeated by chance. */
static int choose_passphrase(char text[PASSPHRASE_MAX],
			     struct slice *ret_passphrase)
{
	char again[PASSPHRASE_MAX];
	struct slice second;
	int r = ask_passphrase("Passphrase for the new key", text,
			       ret_passphrase);

	if (r < 0)
		return r;
	if (ret_passphrase->size < PASSPHRASE_MIN) {
		say_error("a passphrase needs at least %d characters",
			  PASSPHRASE_MIN);
		return -EINVAL;
	}
	if (!isatty(STDIN_FILENO))
		return 0;
	r = ask_passphrase("The same again", again, &second);
	if (r == 0 && !slice_is(second, *ret_passphrase)) {
		say_error("these were two different passphrases");
		r = -EINVAL;
	}
	sodium_memzero(again, sizeof(again));
	return r;
}

int policy_make_key(const char *name, const char *file)
{
	char text[PASSPHRASE_MAX], public[SIGNATURE_KEY_SIZE];
	struct signing_key key;
	struct slice passphrase;
	int r;

	if (!signature_name_is(name)) {
		say_error("\"%s\" cannot be a key's name: an office in ASCII "
			  "without blanks and \"+\", such as "
			  "controller-representative",
			  name);
		return EXIT_USAGE;
	}
	r = choose_passphrase(text, &passphrase);
	if (r < 0)
		return EXIT_USAGE;
	r = signing_key_make(file, name, passphrase, &key);
	sodium_memzero(text, sizeof(text));
	if (r < 0) {
		say_error("%s: %s", file, strerror(-r));
		return EXIT_ERROR;
	}
	signature_key(key.name, key.public, public);
	signing_key_wipe(&key);
	(void)printf("%s\n", public);
	return EXIT_OK;
}

/* The signatures that lie beside a policy; empty if there are none. */
static int read_note(const char *policy_file, char **ret_text, size_t *ret_size)
{
	char path[PATH_MAX];
	OWNED(drop_fd) int fd = -1;
	int r;

	*ret_size = 0;
	(void)snprintf(path, sizeof(path), "%s.signed", policy_file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	r = fd < 0 ? -errno
		   : file_read(fd, SIGNED_SIZE_MAX, ret_text, ret_size);
	if (r < 0)
		say_error("%s: %s", path, strerror(-r));
	return r;
}

/* Whole or not at all: what lay there stays until the new one does. */
static int write_note(const char *policy_file, struct slice text)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	OWNED(drop_fd) int fd = -1;
	int r;

	(void)snprintf(path, sizeof(path), "%s.signed", policy_file);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : file_write_at(fd, text.at, text.size, 0);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	if (r < 0)
		say_error("%s: %s", path, strerror(-r));
	return r;
}

/* The lines that stand already, if they are of this very text. */
static struct slice lines_of(struct slice note, struct slice wanted)
{
	struct slice body, lines;

	if (signature_split(note, &body, &lines) < 0)
		return (struct slice){ 0 };
	return slice_is(body, wanted) ? lines : (struct slice){ 0 };
}

static int add_signature(const char *file, const struct policy *policy,
			 const struct signing_key *key, uint32_t *ret_signed)
{
	char body[SIGNED_BODY_SIZE], line[SIGNATURE_LINE_SIZE];
	struct slice what = { body, policy_signed_body(policy, body) };
	OWNED(drop_memory) char *before = NULL, *text = NULL;
	size_t before_size = 0, size = 0;
	struct slice lines, note;
	FILE *out;
	int r = read_note(file, &before, &before_size);

	if (r < 0)
		return r;
	note = (struct slice){ before, before_size };
	lines = lines_of(note, what);
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	fprintf(out, "%.*s\n%.*s", (int)what.size, what.at, (int)lines.size,
		lines.size > 0 ? lines.at : "");
	if (!signature_is_by(what, lines, key->name, key->public)) {
		signature_make(what, key->name, key->seed, line);
		(void)fputs(line, out);
	}
	if (fclose(out) != 0)
		return -ENOMEM;
	if (size > SIGNED_SIZE_MAX) {
		say_error("%s.signed has too many signatures", file);
		return -EMSGSIZE;
	}
	*ret_signed =
		policy_signed_by(policy, policy, (struct slice){ text, size });
	return write_note(file, (struct slice){ text, size });
}

static void tell_signed(const struct policy *policy, uint32_t signed_by)
{
	const char *before = "signed by ";
	int count = __builtin_popcount(signed_by);

	(void)printf("%s %s, SHA-256 %s\n", policy_id(policy),
		     policy_version(policy), policy_sha256(policy));
	for (size_t i = 0; i < policy_signer_count(policy); i++) {
		if (!(signed_by & 1U << i))
			continue;
		(void)printf("%s%s", before, policy_signer(policy, i));
		before = ", ";
	}
	if (count == 0)
		(void)printf("signed by nobody whom it names");
	if (count < SIGNED_PERSONS)
		(void)printf("; %d more must sign", SIGNED_PERSONS - count);
	(void)putchar('\n');
}

static int sign_with(const char *file, const struct policy *policy,
		     const char *key_file)
{
	char text[PASSPHRASE_MAX];
	struct slice passphrase;
	struct signing_key key = { .name = "" };
	uint32_t signed_by = 0;
	int r = ask_passphrase("Passphrase of the key", text, &passphrase);

	if (r < 0)
		return EXIT_USAGE;
	r = signing_key_read(key_file, passphrase, &key);
	sodium_memzero(text, sizeof(text));
	if (r < 0) {
		say_error("%s: %s", key_file,
			  r == -EACCES	  ? "wrong passphrase"
			  : r == -EBADMSG ? "this is no signing key"
					  : strerror(-r));
		return r == -EACCES ? EXIT_REFUSED : EXIT_ERROR;
	}
	if (policy_signer_find(policy, key.public) < 0)
		say_error("\"%s\" is not among the signers of this policy; it "
			  "counts only if the policy before it names that key",
			  key.name);
	r = add_signature(file, policy, &key, &signed_by);
	signing_key_wipe(&key);
	if (r < 0)
		return EXIT_ERROR;
	tell_signed(policy, signed_by);
	return EXIT_OK;
}

int policy_sign(const char *file, const char *key_file)
{
	struct policy *policy = NULL;
	int status = policy_load(file, stdout, false, &policy);

	if (status == EXIT_OK)
		status = sign_with(file, policy, key_file);
	policy_free(policy);
	return status;
}

int policy_verify(const char *file, const char *former_file)
{
	struct policy *policy = NULL, *former = NULL;
	OWNED(drop_memory) char *text = NULL;
	struct notice_fault fault;
	size_t size = 0;
	struct slice note;
	int status = policy_load(file, stdout, false, &policy);

	if (status == EXIT_OK && former_file)
		status = policy_load(former_file, stdout, false, &former);
	if (status == EXIT_OK && read_note(file, &text, &size) < 0)
		status = EXIT_ERROR;
	note = (struct slice){ text, size };
	if (status == EXIT_OK) {
		tell_signed(policy, policy_signed_by(policy, policy, note));
		if (policy_signed_check(policy, former, note, &fault) < 0) {
			say_error("%s:%d: %s: %s", file, fault.line, fault.code,
				  fault.text);
			status = EXIT_REFUSED;
		}
	}
	policy_free(policy);
	policy_free(former);
	return status;
}
