/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file plan.h
 * From options as people type them to a plan of calls.
 */
#ifndef TALLENNE_CLI_CALL_PLAN_H
#define TALLENNE_CLI_CALL_PLAN_H

#include "cli/call/dialect.h"
#include "cli/option.h"

enum { PLAN_TEXT_SIZE = 128 };

/** Options of "tallenne call", as read. */
struct plan_options {
	const char *to, *service, *caller, *agent, *dialect, *local, *user;
	const char *ca, *cert, *key, *tls_name;
	bool tls, insecure;
	const char *caller_wav, *agent_wav, *save_caller, *save_agent, *codec;
	uint64_t caller_tone, agent_tone;
	bool srtp;
	const char *srtp_suite;
	uint32_t seconds_ms, early_ms, after_ms;
	double loss, reorder, duplicate;
	uint64_t calls, concurrent, caller_step, seed;
	double rate;
	bool shared_ports;
	struct option_many hold, pause, transfer, join, leave, update, restart;
	uint64_t session_expires;
	bool prack, lost_bye, markers, json, quiet;
};

extern const struct option_row plan_options[];
/** How many, for tables made at compile time. */
enum {
	PLAN_OPTION_COUNT = 0
#define OPTION(name, letter, kind, field, word, help) +1
#include "cli/call/options.def"
#undef OPTION
};

/** A plan and the texts it points to. */
struct plan {
	struct call_plan call;
	char host[PLAN_TEXT_SIZE], user[PLAN_TEXT_SIZE];
};

/**
 * Make a plan of them.
 *
 * @return 0, or -EINVAL after the reason was printed on stderr
 */
MUST int plan_make(const struct plan_options *options, struct plan *ret_plan);

/** "ID/NUMBER/ADDRESS"; the last two may be missing. 0 or -EINVAL. */
MUST int plan_agent(const char *text, struct call_agent *ret_agent);

/** "sip:user@host:port;transport=tcp"; user and the rest may be missing. */
MUST int plan_target(const char *text, struct plan *plan);

#endif
