/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/call/sdp.h"
#include "cli/say.h"
#include "cli/suggest.h"

enum { TONE_HZ_MAX = 20000, STEP_MAX = 1000000000, EXPIRES_S_MAX = 86400 };

#define AT(field) offsetof(struct plan_options, field)

const struct option_row plan_options[] = {
#define OPTION(name, letter, kind, field, word, help)                          \
	{ name, letter, OPTION_##kind, AT(field), word, help },
#include "cli/call/options.def"
#undef OPTION
};

static bool is_e164(const char *text)
{
	struct slice digits = slice_from(slice_of(text), 1);
	uint64_t number;

	return text[0] == '+' && digits.size >= 4 && digits.size <= 15 &&
	       slice_number(digits, UINT64_MAX, &number) == 0;
}

int plan_agent(const char *text, struct call_agent *ret_agent)
{
	struct call_agent agent = { 0 };
	struct slice rest, number, address;
	struct slice id = slice_cut(slice_of(text), '/', &rest);

	number = slice_cut(rest, '/', &address);
	if (id.size == 0 || slice_text(id, agent.id, sizeof(agent.id)) < 0 ||
	    slice_text(number, agent.number, sizeof(agent.number)) < 0 ||
	    (number.size > 0 && !is_e164(agent.number)))
		return -EINVAL;
	if (slice_starts_nocase(address, SLICE("sip:")))
		address = slice_from(address, 4);
	if (slice_text(address, agent.address, sizeof(agent.address)) < 0)
		return -EINVAL;
	if (address.size == 0)
		(void)snprintf(agent.address, sizeof(agent.address),
			       "agent%s@example.fi", agent.id);
	*ret_agent = agent;
	return 0;
}

static int read_port(struct slice text, uint16_t *port)
{
	uint64_t number;

	if (text.size == 0)
		return 0;
	if (slice_number(text, UINT16_MAX, &number) < 0 || number == 0)
		return -EINVAL;
	*port = (uint16_t)number;
	return 0;
}

static int read_transport(struct slice parameters, struct plan *plan)
{
	while (parameters.size > 0) {
		struct slice value;
		struct slice one = slice_cut(parameters, ';', &parameters);
		struct slice name = slice_cut(one, '=', &value);

		if (!slice_is_nocase(name, SLICE("transport")))
			continue;
		if (slice_is_nocase(value, SLICE("udp")))
			plan->call.transport = CALL_UDP;
		else if (slice_is_nocase(value, SLICE("tcp")))
			plan->call.transport = CALL_TCP;
		else if (slice_is_nocase(value, SLICE("tls")))
			plan->call.transport = CALL_TLS;
		else
			return -EINVAL;
	}
	return 0;
}

int plan_target(const char *text, struct plan *plan)
{
	struct slice rest = slice_of(text), parameters, host, port;
	size_t at;

	plan->call.port = 0;
	if (slice_starts_nocase(rest, SLICE("sips:"))) {
		plan->call.transport = CALL_TLS;
		rest = slice_from(rest, 5);
	} else if (slice_starts_nocase(rest, SLICE("sip:"))) {
		rest = slice_from(rest, 4);
	}
	rest = slice_cut(rest, ';', &parameters);
	at = slice_find(rest, '@');
	if (at < rest.size) {
		struct slice user = { rest.at, at };

		if (slice_text(user, plan->user, sizeof(plan->user)) < 0)
			return -EINVAL;
		plan->call.user = plan->user;
		rest = slice_from(rest, at + 1);
	}
	if (rest.size > 0 && rest.at[0] == '[') {
		host = slice_cut(slice_from(rest, 1), ']', &port);
		port = slice_from(port, 1);
	} else {
		host = slice_cut(rest, ':', &port);
	}
	if (host.size == 0 ||
	    slice_text(host, plan->host, sizeof(plan->host)) < 0 ||
	    read_port(port, &plan->call.port) < 0 ||
	    read_transport(parameters, plan) < 0)
		return -EINVAL;
	plan->call.host = plan->host;
	if (plan->call.port == 0)
		plan->call.port =
			plan->call.transport == CALL_TLS ? 5061 : 5060;
	return 0;
}

static int add_step(struct call_plan *plan, struct call_step step)
{
	size_t at = plan->step_count;

	if (at == CALL_STEPS_MAX)
		return -EINVAL;
	/* In the order of time, as they will be done. */
	while (at > 0 && plan->steps[at - 1].at_ms > step.at_ms) {
		plan->steps[at] = plan->steps[at - 1];
		at--;
	}
	plan->steps[at] = step;
	plan->step_count++;
	return 0;
}

static int split_at(const char *text, char *out, size_t size,
		    const char **ret_rest)
{
	struct slice rest;
	struct slice first = slice_cut(slice_of(text), ':', &rest);

	*ret_rest = rest.size > 0 ? rest.at : "";
	return slice_text(first, out, size);
}

/* AT:LEN of --hold and --pause: two steps. */
static int add_spans(struct call_plan *plan, const struct option_many *many,
		     enum call_step_kind begin, enum call_step_kind end)
{
	for (size_t i = 0; i < many->count; i++) {
		struct call_step step = { .kind = begin };
		char at[24];
		const char *rest;
		uint32_t length;

		if (split_at(many->at[i], at, sizeof(at), &rest) < 0 ||
		    option_seconds(at, &step.at_ms) < 0 ||
		    option_seconds(rest, &length) < 0 ||
		    add_step(plan, step) < 0) {
			say_error("%s is no AT:LENGTH in seconds", many->at[i]);
			return -EINVAL;
		}
		step.kind = end;
		step.at_ms += length;
		if (add_step(plan, step) < 0)
			return -EINVAL;
	}
	return 0;
}

/* AT or AT:AGENT. */
static int add_points(struct call_plan *plan, const struct option_many *many,
		      enum call_step_kind kind, bool with_agent)
{
	for (size_t i = 0; i < many->count; i++) {
		struct call_step step = { .kind = kind };
		char at[24];
		const char *rest;

		if (split_at(many->at[i], at, sizeof(at), &rest) < 0 ||
		    option_seconds(at, &step.at_ms) < 0 ||
		    (with_agent && plan_agent(rest, &step.agent) < 0) ||
		    (!with_agent && rest[0] != '\0') ||
		    add_step(plan, step) < 0) {
			say_error("%s is no AT%s", many->at[i],
				  with_agent ? ":ID/NUMBER/ADDRESS" : "");
			return -EINVAL;
		}
	}
	return 0;
}

/* partial or complete, with @AT: AT:partial. */
static int add_updates(struct call_plan *plan, const struct option_many *many)
{
	for (size_t i = 0; i < many->count; i++) {
		struct call_step step = { .kind = CALL_METADATA };
		char at[24];
		const char *rest;

		if (split_at(many->at[i], at, sizeof(at), &rest) < 0)
			return -EINVAL;
		if (rest[0] == '\0') {
			rest = many->at[i];
			step.at_ms = 1000;
		} else if (option_seconds(at, &step.at_ms) < 0) {
			rest = "";
		}
		step.partial = strcmp(rest, "partial") == 0;
		if ((!step.partial && strcmp(rest, "complete") != 0) ||
		    add_step(plan, step) < 0) {
			say_error("--update-metadata: partial or complete, "
				  "or AT:partial");
			return -EINVAL;
		}
	}
	return 0;
}

static int add_steps(const struct plan_options *options, struct call_plan *plan)
{
	if (add_spans(plan, &options->hold, CALL_HOLD, CALL_RESUME) < 0 ||
	    add_spans(plan, &options->pause, CALL_PAUSE, CALL_CONTINUE) < 0 ||
	    add_points(plan, &options->transfer, CALL_TRANSFER, true) < 0 ||
	    add_points(plan, &options->join, CALL_JOIN, true) < 0 ||
	    add_points(plan, &options->leave, CALL_LEAVE, false) < 0 ||
	    add_points(plan, &options->restart, CALL_RESTART, false) < 0)
		return -EINVAL;
	return add_updates(plan, &options->update);
}

static int choose_dialect(const char *name, struct call_plan *plan)
{
	struct suggest suggest = suggest_for(slice_of(name));

	plan->dialect = dialect_find(name);
	if (plan->dialect)
		return 0;
	for (size_t i = 0; i < dialect_count; i++)
		suggest_weigh(&suggest, dialects[i].name);
	say_error("unknown dialect: %s%s%s", name,
		  suggest.best ? " - did you mean " : " - see --dialect list",
		  suggest.best ? suggest.best : "");
	return -EINVAL;
}

static int choose_codec(const char *name, struct call_plan *plan)
{
	for (size_t i = 0; i < CALL_CODINGS; i++) {
		if (strcmp(sdp_codecs[i].name, name) == 0) {
			plan->codec = (enum call_coding)i;
			return 0;
		}
	}
	say_error("unknown codec: %s", name);
	return -EINVAL;
}

static int choose_suite(const char *name, struct call_plan *plan)
{
	for (size_t i = 1; i < CALL_SRTP_SUITES; i++) {
		if (strcmp(sdp_suites[i], name) == 0) {
			plan->srtp = (enum call_srtp)i;
			return 0;
		}
	}
	say_error("unknown SRTP suite: %s", name);
	return -EINVAL;
}

static int choose_parties(const struct plan_options *options,
			  struct call_plan *plan)
{
	plan->service = options->service;
	if (!is_e164(plan->service)) {
		say_error("--service: %s is no number like +358295550100",
			  plan->service);
		return -EINVAL;
	}
	if (strcmp(options->caller, "withheld") != 0) {
		plan->caller = options->caller;
		if (!is_e164(plan->caller)) {
			say_error("--caller: a number like +358405550123, or "
				  "withheld");
			return -EINVAL;
		}
	}
	if (options->agent && plan_agent(options->agent, &plan->agent) < 0) {
		say_error("--agent: ID/NUMBER/ADDRESS");
		return -EINVAL;
	}
	return 0;
}

static void choose_rest(const struct plan_options *options,
			struct call_plan *plan)
{
	if (options->tls)
		plan->transport = CALL_TLS;
	plan->local = options->local;
	if (options->user)
		plan->user = options->user;
	plan->ca = options->ca;
	plan->cert = options->cert;
	plan->key = options->key;
	plan->tls_name = options->tls_name;
	plan->tls_insecure = options->insecure;
	plan->caller_step = options->caller_step;
	plan->markers = options->markers;
	plan->caller_wav = options->caller_wav;
	plan->agent_wav = options->agent_wav;
	plan->caller_tone = (uint32_t)options->caller_tone;
	plan->agent_tone = (uint32_t)options->agent_tone;
	plan->save_caller = options->save_caller;
	plan->save_agent = options->save_agent;
	plan->early_ms = options->early_ms;
	plan->after_ms = options->after_ms;
	plan->loss = options->loss;
	plan->reorder = options->reorder;
	plan->duplicate = options->duplicate;
	plan->talk_ms = options->seconds_ms;
	plan->rate = options->rate;
	plan->shared_ports = options->shared_ports;
	plan->seed = options->seed;
	plan->session_expires_s = (uint32_t)options->session_expires;
	plan->prack = options->prack;
	plan->lost_bye = options->lost_bye;
}

static int check_numbers(const struct plan_options *options)
{
	const struct {
		const char *name;
		uint64_t value, least, most;
	} numbers[] = {
		{ "calls", options->calls, 1, CALL_CALLS_MAX },
		{ "concurrent", options->concurrent, 0, CALL_CALLS_MAX },
		{ "caller-tone", options->caller_tone, 0, TONE_HZ_MAX },
		{ "agent-tone", options->agent_tone, 0, TONE_HZ_MAX },
		{ "caller-step", options->caller_step, 0, STEP_MAX },
		{ "session-expires", options->session_expires, 0,
		  EXPIRES_S_MAX },
	};

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (numbers[i].value < numbers[i].least ||
		    numbers[i].value > numbers[i].most) {
			say_error("--%s: %" PRIu64 " to %" PRIu64,
				  numbers[i].name, numbers[i].least,
				  numbers[i].most);
			return -EINVAL;
		}
	return 0;
}

int plan_make(const struct plan_options *options, struct plan *ret_plan)
{
	struct plan *plan = ret_plan;

	*plan = (struct plan){ .call = call_plan_default() };
	if (!options->to) {
		say_error("--to is missing: where the recorder is, like "
			  "sip:127.0.0.1:5060;transport=tcp");
		return -EINVAL;
	}
	if (plan_target(options->to, plan) < 0) {
		say_error("--to: %s is no SIP address", options->to);
		return -EINVAL;
	}
	if (choose_parties(options, &plan->call) < 0 ||
	    choose_dialect(options->dialect, &plan->call) < 0 ||
	    choose_codec(options->codec, &plan->call) < 0)
		return -EINVAL;
	if ((options->srtp || options->srtp_suite) &&
	    choose_suite(options->srtp_suite ? options->srtp_suite
					     : sdp_suites[1],
			 &plan->call) < 0)
		return -EINVAL;
	if (check_numbers(options) < 0)
		return -EINVAL;
	plan->call.calls = (uint32_t)options->calls;
	plan->call.at_once = (uint32_t)options->concurrent;
	choose_rest(options, &plan->call);
	return add_steps(options, &plan->call);
}
