/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/signed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "notice/lint.h"
#include "notice/model.h"

size_t policy_signed_body(const struct policy *policy,
			  char ret_body[SIGNED_BODY_SIZE])
{
	int size = snprintf(ret_body, SIGNED_BODY_SIZE,
			    "tallenne policy\n%s %s\n%04u-%02u-%02u\n%s\n",
			    policy->id, policy->version,
			    policy->valid_from / 10000,
			    policy->valid_from / 100 % 100,
			    policy->valid_from % 100, policy->sha256);

	assert(size > 0 && size < SIGNED_BODY_SIZE);
	return (size_t)size;
}

size_t policy_signer_count(const struct policy *policy)
{
	return policy->signer_count;
}

const char *policy_signer(const struct policy *policy, size_t index)
{
	assert(index < policy->signer_count);
	return policy->signers[index].name;
}

int policy_signer_find(const struct policy *policy,
		       const uint8_t public[SIGNATURE_PUBLIC_SIZE])
{
	for (size_t i = 0; i < policy->signer_count; i++)
		if (!memcmp(policy->signers[i].public, public,
			    SIGNATURE_PUBLIC_SIZE))
			return (int)i;
	return -ENOENT;
}

const char *policy_supersedes(const struct policy *policy)
{
	return policy->supersedes;
}

seal_date policy_valid_from(const struct policy *policy)
{
	return policy->valid_from;
}

uint32_t policy_signed_by(const struct policy *who, const struct policy *what,
			  struct slice note)
{
	char text[SIGNED_BODY_SIZE];
	struct slice body, lines;
	size_t size = policy_signed_body(what, text);
	uint32_t signed_by = 0;

	if (signature_split(note, &body, &lines) < 0 ||
	    !slice_is(body, (struct slice){ text, size }))
		return 0;
	for (size_t i = 0; i < who->signer_count; i++)
		if (signature_is_by(body, lines, who->signers[i].name,
				    who->signers[i].public))
			signed_by |= 1U << i;
	return signed_by;
}

static int FORMAT(4, 5) refuse(struct notice_fault *fault, int line,
			       const char *code, const char *format, ...)
{
	va_list arguments;

	*fault = (struct notice_fault){ .line = line };
	(void)snprintf(fault->code, sizeof(fault->code), "%s", code);
	va_start(arguments, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	policy_code_explain(fault);
	return -EKEYREJECTED;
}

static int count(uint32_t bits)
{
	return __builtin_popcount(bits);
}

/* Names of those who signed, to tell people. */
static const char *names(const struct policy *policy, uint32_t bits,
			 char text[NOTICE_TEXT_SIZE])
{
	size_t at = 0;

	(void)snprintf(text, NOTICE_TEXT_SIZE, "nobody");
	for (size_t i = 0; i < policy->signer_count; i++)
		if (bits & 1U << i && at < NOTICE_TEXT_SIZE)
			at += (size_t)snprintf(text + at, NOTICE_TEXT_SIZE - at,
					       "%s%s", at > 0 ? ", " : "",
					       policy->signers[i].name);
	return text;
}

static int check_former(const struct policy *policy,
			const struct policy *former, struct slice note,
			struct notice_fault *fault)
{
	uint32_t by_former = policy_signed_by(former, policy, note);
	char who[NOTICE_TEXT_SIZE];

	if (strcmp(policy->supersedes, former->sha256) != 0)
		return refuse(fault, policy->head_line, "E-SUPERSEDES",
			      "the policy before it is version %.31s; write "
			      "\"supersedes: %s\" and have it signed",
			      former->version, former->sha256);
	if (policy->valid_from < former->valid_from)
		return refuse(fault, policy->valid_from_line, "E-EARLIER",
			      "it holds from an earlier day on than the policy "
			      "before it: no promise is made for the past");
	if (former->signer_count > 0 && count(by_former) < SIGNED_PERSONS)
		return refuse(fault, policy->head_line, "E-NOT-BY-FORMER",
			      "of those whom the policy before it names, two "
			      "must sign; signed by: %s",
			      names(former, by_former, who));
	return 0;
}

int policy_signed_check(const struct policy *policy,
			const struct policy *former, struct slice note,
			struct notice_fault *ret_fault)
{
	uint32_t signed_by = policy_signed_by(policy, policy, note);
	char who[NOTICE_TEXT_SIZE];

	if (policy->signer_count < SIGNED_PERSONS)
		return refuse(ret_fault, policy->head_line, "E-SIGNERS",
			      "\"signers\" must list at least two persons' "
			      "keys (tallenne policy key)");
	if (count(signed_by) < SIGNED_PERSONS)
		return refuse(ret_fault, policy->head_line, "E-UNSIGNED",
			      "two of its signers must have signed this very "
			      "text (tallenne policy sign); signed by: %s",
			      names(policy, signed_by, who));
	if (!former || !strcmp(policy->sha256, former->sha256))
		return 0;
	return check_former(policy, former, note, ret_fault);
}

static void take_signer(struct yaml_reader *reader, const yaml_node_t *at,
			void *target)
{
	struct policy *policy = target;
	struct model_signer *signer = &policy->signers[policy->signer_count];

	if (policy->signer_count == SIGNED_SIGNERS_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d signers",
			   SIGNED_SIGNERS_MAX);
		return;
	}
	if (signature_key_read(yaml_text(reader, at), signer->name,
			       signer->public) < 0) {
		yaml_fault(reader, at, "E-KEY",
			   "a verifier key is needed here, as \"tallenne "
			   "policy key\" prints it");
		return;
	}
	/* Two names of one person would be one person signing twice. */
	if (policy_signer_find(policy, signer->public) >= 0) {
		yaml_fault(reader, at, "E-TWICE",
			   "this is the key of \"%.64s\" as well",
			   policy->signers[policy_signer_find(policy,
							      signer->public)]
				   .name);
		return;
	}
	policy->signer_count++;
}

void policy_read_signers(struct yaml_reader *reader, const yaml_node_t *node,
			 void *policy)
{
	yaml_each(reader, node, take_signer, policy);
}

void policy_read_supersedes(struct yaml_reader *reader, const yaml_node_t *node,
			    void *target)
{
	struct policy *policy = target;
	struct slice text = yaml_text(reader, node);
	uint8_t hash[32];

	if (hex_read(text, hash, sizeof(hash)) < 0)
		yaml_fault(reader, node, "E-SHA256",
			   "the SHA-256 of the policy before this one is "
			   "needed here, 64 digits (sha256sum)");
	else
		hex_text(hash, sizeof(hash), policy->supersedes);
}
