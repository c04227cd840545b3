/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A policy in plain words, so that whoever signs it sees what it does. All
 * that decides anything is told here, in the order of a notice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "notice/explain.h"
#include "notice/roles.h"

enum { MINUTES_PER_DAY = 1440, WORDS_AT = 14 };

/* A new line, with its subject if it is the first about it. */
void explain_line(FILE *out, const char *subject)
{
	fprintf(out, "%-*s", WORDS_AT, subject);
}

void explain_date(FILE *out, seal_date day)
{
	fprintf(out, "%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
}

void explain_period(const struct model_period *period, FILE *out)
{
	int number = period->months + period->days + period->hours;

	fprintf(out, "%d %s%s", number,
		period->months > 0 ? "month"
		: period->days > 0 ? "day"
				   : "hour",
		number == 1 ? "" : "s");
}

void explain_words(FILE *out, uint32_t bits, const char *const *words)
{
	const char *comma = "";

	for (size_t i = 0; words[i]; i++) {
		if (!(bits & 1U << i))
			continue;
		fprintf(out, "%s%s", comma, words[i]);
		comma = ", ";
	}
	if (comma[0] == '\0')
		fprintf(out, "none");
}

const char *explain_word(int value, const char *const *words)
{
	return value > 0 ? words[value - 1] : "not stated";
}

static void say_head(const struct policy *policy, FILE *out)
{
	explain_line(out, "policy");
	fprintf(out, "%s, version %s\n", policy->id, policy->version);
	explain_line(out, "SHA-256");
	fprintf(out, "%s\n", policy->sha256);
	explain_line(out, "holds");
	fprintf(out, "from ");
	explain_date(out, policy->valid_from);
	fprintf(out, " on; nothing from before ");
	explain_date(out, policy->collection_started);
	fprintf(out, " is stored (S14)\n");
	explain_line(out, "time zone");
	fprintf(out, "%s\n", policy->zone_name);
	explain_line(out, "languages");
	fprintf(out, "fi, sv%s\n",
		policy->languages & 1U << NOTICE_EN ? ", en" : "");
	for (size_t i = 0; i < policy->signer_count; i++) {
		explain_line(out, i == 0 ? "signers" : "");
		fprintf(out, "%s\n", policy->signers[i].name);
	}
	if (policy->supersedes[0]) {
		explain_line(out, "supersedes");
		fprintf(out, "%s\n", policy->supersedes);
	}
	explain_people(policy, out);
}

static void say_bases(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->basis_count; i++) {
		const struct model_basis *basis = &policy->bases[i];

		explain_line(out, "basis");
		fprintf(out, "%s: GDPR %s%s%s; %s%s\n", basis->id, basis->gdpr,
			basis->art9[0] ? " and " : "", basis->art9,
			basis->law[0] ? "by law: " : "names no law",
			basis->law);
		if (basis->consent.line == 0)
			continue;
		explain_line(out, "");
		fprintf(out, "consent by ");
		explain_words(out, basis->consent.how, model_consent_ways);
		fprintf(out, ", for each %s; withdrawn: %s / %s / %s\n",
			explain_word(basis->consent.per, model_consent_units),
			basis->consent.withdraw[NOTICE_FI],
			basis->consent.withdraw[NOTICE_SV],
			basis->consent.withdraw[NOTICE_EN]);
	}
}

/* The same text in the other languages. */
static void say_others(const char texts[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE],
		       FILE *out)
{
	explain_line(out, "");
	fprintf(out, "fi: %s; sv: %s\n", texts[NOTICE_FI], texts[NOTICE_SV]);
}

static void say_purposes(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct notice_purpose *purpose =
			&policy->purposes[i].granted;
		const struct model_period *ends = &policy->purposes[i].ends;

		explain_line(out, "purpose");
		fprintf(out, "%s: %s\n", purpose->id, purpose->text[NOTICE_EN]);
		say_others(purpose->text, out);
		explain_line(out, "");
		fprintf(out, "on basis %s, to ", purpose->basis);
		explain_words(out, purpose->uses, model_uses);
		fprintf(out, "; by ");
		explain_words(out, purpose->roles >> 1, notice_roles);
		if (model_has(ends)) {
			fprintf(out, "; until ");
			explain_period(ends, out);
			fprintf(out, " from the start of the contact");
		}
		(void)fputc('\n', out);
	}
}

/* What a role does with live chats; no purpose is needed to serve. */
static void say_chat_part(const struct policy *policy, unsigned role, FILE *out)
{
	const struct model_class *chat = model_class(policy, SEAL_CLASS_CHAT);
	const struct roles_row *row = roles_find(role);

	if (!chat || chat->channel.line == 0)
		return;
	if (row->answers)
		fprintf(out, "; answers chats, from the roster only");
	if (row->canned != ROLES_NONE)
		fprintf(out, "; changes %s canned answers",
			row->canned == ROLES_ALL ? "all" : "their own");
}

/* The same the other way round: what each role may do, and what it sees. */
static void say_roles(const struct policy *policy, FILE *out)
{
	for (unsigned role = 1; role < NOTICE_ROLES; role++) {
		const char *before = "";

		explain_line(out, "role");
		fprintf(out, "%s: ", notice_roles[role - 1]);
		for (size_t i = 0; i < policy->purpose_count; i++) {
			if (!(policy->purposes[i].granted.roles & 1U << role))
				continue;
			fprintf(out, "%s%s", before,
				policy->purposes[i].granted.id);
			before = ", ";
		}
		if (before[0] == '\0')
			fprintf(out, "no purpose, nothing stored to hear or "
				     "read");
		say_chat_part(policy, role, out);
		(void)fputc('\n', out);
	}
}

static void say_hours(const struct model_hours *all, size_t count, FILE *out)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu",
					    "fri", "sat", "sun" };

	for (size_t i = 0; i < count; i++) {
		const struct model_hours *hours = &all[i];
		int day = hours->from / MINUTES_PER_DAY;
		int from = hours->from - day * MINUTES_PER_DAY;
		int until = hours->until - day * MINUTES_PER_DAY;

		fprintf(out, "%s %s %02d:%02d-%02d:%02d", i > 0 ? "," : "",
			days[day], from / 60, from % 60, until / 60,
			until % 60);
	}
}

static void say_coverage(const struct model_capture *capture, FILE *out)
{
	explain_line(out, "coverage");
	switch ((enum model_coverage)capture->coverage) {
	case MODEL_COVERAGE_ALL:
		fprintf(out, "all");
		break;
	case MODEL_COVERAGE_SAMPLE:
		fprintf(out, "a sample of %.0f %%, reproducible",
			capture->share * 100);
		break;
	case MODEL_COVERAGE_SCHEDULE:
		fprintf(out, "on a schedule:");
		say_hours(capture->hours, capture->hours_count, out);
		break;
	case MODEL_COVERAGE_MANUAL:
		fprintf(out, "only what an agent asks for");
		break;
	case MODEL_COVERAGE_NONE:
		fprintf(out, "none");
		break;
	}
	fprintf(out, "; incoming calls only (S8, S9)\n");
}

static void say_services(const struct policy *policy, FILE *out)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);

	for (size_t i = 0; i < policy->service_count; i++) {
		const struct model_service *service = &policy->services[i];

		explain_line(out, "number");
		fprintf(out, "%s %s: %s\n", service->number,
			service->label[NOTICE_EN],
			audio && model_captures(policy, &audio->capture,
						service->number)
				? "recorded"
				: "not recorded");
		say_others(service->label, out);
	}
}

static void say_gates(const struct policy *policy, FILE *out)
{
	explain_line(out, "gates");
	fprintf(out, "from the answer (S10) to the end of the call%s (S11)\n",
		policy_stops_at_transfer(policy) ? " or its first transfer"
						 : "");
	explain_line(out, "");
	fprintf(out, "on hold %s; talk between agents %s\n",
		policy_pauses_on_hold(policy) ? "pauses" : "goes on",
		policy_records_consultation(policy) ? "is recorded"
						    : "is not recorded");
}

static void say_more_retention(const struct model_class *class, FILE *out)
{
	if (class->retention == MODEL_RETENTION_MIN) {
		explain_line(out, "");
		fprintf(out, "and at least ");
		explain_period(&class->period, out);
		(void)fputc('\n', out);
	} else if (class->retention == MODEL_RETENTION_EVENT) {
		explain_line(out, "");
		fprintf(out, "or until %s\n", class->event[NOTICE_EN]);
	}
	if (class->then == MODEL_THEN_NONE)
		return;
	explain_line(out, "");
	fprintf(out, "then %s%s\n",
		class->then == MODEL_THEN_DESTROY ? "destroyed"
						  : "archived by ",
		class->decision);
}

static void say_retention(const struct policy *policy,
			  const struct model_class *class, nanoseconds now,
			  FILE *out)
{
	static const char *const reasons[] = {
		"none",	    "original need", "legal protection",
		"contract", "damages",	     "prosecution"
	};
	static const char *const sentences[] = { "", " (S19)", " (S20)",
						 " (S21)" };
	struct seal_end end;

	explain_line(out, "retention");
	fprintf(out, "%s: %s ", class->id,
		class->retention == MODEL_RETENTION_EXACT ? "exactly"
							  : "at most");
	explain_period(model_longest(class), out);
	fprintf(out, " from the %s of the contact, for reason of %s%s%s%s\n",
		model_anchors[class->anchor - 1], reasons[class->reason],
		class->retention_law[0] ? ", by " : "", class->retention_law,
		sentences[class->data_class]);
	say_more_retention(class, out);
	if (policy_end(policy, class->data_class, now, now, &end) < 0)
		return;
	explain_line(out, "");
	fprintf(out, "what begins today may exist until ");
	explain_date(out, end.date);
	if (model_has(&class->grace)) {
		fprintf(out, ", then ");
		explain_period(&class->grace, out);
		fprintf(out, " to remove it");
	}
	(void)fputc('\n', out);
}

/* Who sees contacts at all: masks speak of them only. */
static void say_seen(FILE *out)
{
	for (int shown = 1; shown >= 0; shown--) {
		const char *before = shown ? "shown to " : "; not shown to ";

		if (shown)
			explain_line(out, "");
		for (unsigned role = 1; role < NOTICE_ROLES; role++) {
			const struct roles_row *row = roles_find(role);

			if ((row->contacts != ROLES_NONE) != shown)
				continue;
			fprintf(out, "%s%s%s", before, notice_roles[role - 1],
				row->contacts == ROLES_OWN ? " (their own)"
							   : "");
			before = ", ";
		}
	}
	(void)fputc('\n', out);
}

static void say_masks(const struct policy *policy,
		      const struct model_class *class,
		      const struct model_field *field, FILE *out)
{
	const char *before = " (";

	if (class->data_class != SEAL_CLASS_CONTACT)
		return;
	for (unsigned role = 1; role < NOTICE_ROLES; role++) {
		enum notice_mask mask = roles_shows(policy, field->name, role);

		if (roles_find(role)->contacts == ROLES_NONE ||
		    mask == NOTICE_PLAIN)
			continue;
		fprintf(out, "%s%s %s", before,
			mask == NOTICE_MASKED ? "masked for" : "not shown to",
			notice_roles[role - 1]);
		before = ", ";
	}
	if (before[0] == ',')
		(void)fputc(')', out);
}

static void say_exceptions(const struct model_channel *channel, FILE *out)
{
	for (size_t i = 0; i < channel->exception_count; i++) {
		const struct model_exception *day = &channel->exceptions[i];

		explain_line(out, "");
		explain_date(out, day->date);
		fprintf(out, "%s", day->hours_count == 0 ? " closed" : "");
		for (size_t j = 0; j < day->hours_count; j++)
			fprintf(out, "%s %02d:%02d-%02d:%02d", j > 0 ? "," : "",
				day->hours[j].from / 60,
				day->hours[j].from % 60,
				day->hours[j].until / 60,
				day->hours[j].until % 60);
		(void)fputc('\n', out);
	}
}

static void say_channel(const struct model_class *class, FILE *out)
{
	const struct model_channel *channel = &class->channel;

	explain_line(out, "channel");
	if (channel->line == 0) {
		fprintf(out, "none: no chat can be started\n");
		return;
	}
	fprintf(out, "started by visitors only, from the public pages");
	for (size_t i = 0; i < channel->origin_count; i++)
		fprintf(out, "%s%s", i == 0 ? " and from " : ", ",
			channel->origins[i]);
	fprintf(out, " (S13)\n");
	for (size_t i = 0; i < channel->queue_count; i++) {
		explain_line(out, "");
		fprintf(out, "queue %s: %s\n", channel->queues[i].id,
			channel->queues[i].label[NOTICE_EN]);
		say_others(channel->queues[i].label, out);
	}
	explain_line(out, "");
	fprintf(out, "open");
	say_hours(channel->hours, channel->hours_count, out);
	if (channel->closed_on_holidays || channel->closed_on_eves)
		fprintf(out, "; closed on%s%s%s",
			channel->closed_on_holidays ? " public holidays" : "",
			channel->closed_on_holidays && channel->closed_on_eves
				? " and"
				: "",
			channel->closed_on_eves
				? " Midsummer Eve and Christmas Eve"
				: "");
	(void)fputc('\n', out);
	say_exceptions(channel, out);
}

static void say_class(const struct policy *policy,
		      const struct model_class *class, nanoseconds now,
		      FILE *out)
{
	static const char *const kinds[] = { "kept by no room",
					     "sound of calls",
					     "contact history", "chats" };

	explain_line(out, "class");
	fprintf(out, "%s: %s, with these fields and no others (%s)\n",
		class->id, kinds[class->data_class],
		class->data_class == SEAL_CLASS_CHAT ? "S12" : "S7");
	if (class->data_class == SEAL_CLASS_CONTACT)
		say_seen(out);
	for (size_t i = 0; i < class->field_count; i++) {
		explain_line(out, "");
		fprintf(out, "- %s", class->fields[i].name);
		say_masks(policy, class, &class->fields[i], out);
		for (size_t j = 0; j < class->fields[i].purpose_count; j++)
			fprintf(out, "%s %s", j > 0 ? "," : ", for",
				class->fields[i].purposes[j]);
		(void)fputc('\n', out);
	}
	if (class->data_class == SEAL_CLASS_CHAT)
		say_channel(class, out);
	say_retention(policy, class, now, out);
	explain_class_terms(class, out);
}

void policy_explain(const struct policy *policy, nanoseconds now, FILE *out)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);

	assert(policy->zone);
	say_head(policy, out);
	say_bases(policy, out);
	say_purposes(policy, out);
	say_roles(policy, out);
	say_services(policy, out);
	if (audio && audio->capture.line > 0) {
		say_coverage(&audio->capture, out);
		say_gates(policy, out);
		explain_announcement(&audio->capture, out);
	} else {
		explain_line(out, "coverage");
		fprintf(out, "no call is recorded\n");
	}
	for (size_t i = 0; i < policy->class_count; i++)
		say_class(policy, &policy->classes[i], now, out);
	explain_places(policy, out);
	explain_limits(policy, out);
	explain_unstated(policy, out);
}
