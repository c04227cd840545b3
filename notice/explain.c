/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A policy in plain words, so that whoever signs it sees what it does. All
 * that decides anything is told here, in the order of a notice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "notice/model.h"
#include "notice/roles.h"

enum { MINUTES_PER_DAY = 1440, WORDS_AT = 14 };

static const char *const use_words[] = { "listen", "read",	"note",
					 "sample", "aggregate", "clip" };

/* A new line, with its subject if it is the first about it. */
static void line(FILE *out, const char *subject)
{
	fprintf(out, "%-*s", WORDS_AT, subject);
}

static void date(FILE *out, seal_date day)
{
	fprintf(out, "%04u-%02u-%02u", day / 10000, day / 100 % 100, day % 100);
}

/* The details as the notice prints them, or that it prints none. */
static void say_contact(const struct model_contact *contact, FILE *out)
{
	const char *const details[] = { contact->address, contact->phone,
					contact->email };
	const char *before = "";

	line(out, "");
	for (size_t i = 0; i < COUNT(details); i++) {
		if (details[i][0] == '\0')
			continue;
		fprintf(out, "%s%s", before, details[i]);
		before = ", ";
	}
	fprintf(out, "%s\n", before[0] ? "" : "no contact details");
}

static void say_head(const struct policy *policy, FILE *out)
{
	line(out, "policy");
	fprintf(out, "%s, version %s\n", policy->id, policy->version);
	line(out, "SHA-256");
	fprintf(out, "%s\n", policy->sha256);
	line(out, "holds");
	fprintf(out, "from ");
	date(out, policy->valid_from);
	fprintf(out, " on; nothing from before ");
	date(out, policy->collection_started);
	fprintf(out, " is stored (S14)\n");
	line(out, "time zone");
	fprintf(out, "%s\n", policy->zone_name);
	line(out, "languages");
	fprintf(out, "fi, sv%s\n",
		policy->languages & 1U << NOTICE_EN ? ", en" : "");
	line(out, "controller");
	fprintf(out, "%s", policy->controller);
	if (policy->representative[0])
		fprintf(out, "; represented by %s", policy->representative);
	fprintf(out, " (S1)\n");
	say_contact(&policy->controller_contact, out);
	line(out, "officer");
	fprintf(out, "%s, for data protection (S1)\n", policy->dpo);
	say_contact(&policy->dpo_contact, out);
	line(out, "authority");
	fprintf(out, "complaints to %s (S28)\n", policy->authority);
	say_contact(&policy->authority_contact, out);
}

static void say_bases(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->basis_count; i++) {
		const struct model_basis *basis = &policy->bases[i];

		line(out, "basis");
		fprintf(out, "%s: GDPR %s%s%s; %s%s\n", basis->id, basis->gdpr,
			basis->art9[0] ? " and " : "", basis->art9,
			basis->law[0] ? "by law: " : "names no law",
			basis->law);
	}
}

static void list_words(FILE *out, uint32_t bits, const char *const *words,
		       size_t count, unsigned first)
{
	const char *comma = "";

	for (size_t i = 0; i < count; i++) {
		if (!(bits & 1U << (i + first)))
			continue;
		fprintf(out, "%s%s", comma, words[i]);
		comma = ", ";
	}
	if (comma[0] == '\0')
		fprintf(out, "nobody");
}

static void say_purposes(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct notice_purpose *purpose = &policy->purposes[i];

		line(out, "purpose");
		fprintf(out, "%s: %s\n", purpose->id, purpose->text[NOTICE_EN]);
		line(out, "");
		fprintf(out, "on basis %s, to ", purpose->basis);
		list_words(out, purpose->uses, use_words, COUNT(use_words), 0);
		fprintf(out, "; by ");
		list_words(out, purpose->roles, notice_roles, NOTICE_ROLES - 1,
			   1);
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

		line(out, "role");
		fprintf(out, "%s: ", notice_roles[role - 1]);
		for (size_t i = 0; i < policy->purpose_count; i++) {
			if (!(policy->purposes[i].roles & 1U << role))
				continue;
			fprintf(out, "%s%s", before, policy->purposes[i].id);
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
	line(out, "coverage");
	switch (capture->coverage) {
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

		line(out, "number");
		fprintf(out, "%s %s: %s\n", service->number,
			service->label[NOTICE_EN],
			audio && model_captures(policy, &audio->capture,
						service->number)
				? "recorded"
				: "not recorded");
	}
}

static void say_gates(const struct policy *policy, FILE *out)
{
	line(out, "gates");
	fprintf(out, "from the answer (S10) to the end of the call%s (S11)\n",
		policy_stops_at_transfer(policy) ? " or its first transfer"
						 : "");
	line(out, "");
	fprintf(out, "on hold %s; talk between agents %s\n",
		policy_pauses_on_hold(policy) ? "pauses" : "goes on",
		policy_records_consultation(policy) ? "is recorded"
						    : "is not recorded");
}

static void say_period(const struct model_period *period, FILE *out)
{
	if (period->months > 0)
		fprintf(out, "%d month%s", period->months,
			period->months == 1 ? "" : "s");
	else
		fprintf(out, "%d day%s", period->days,
			period->days == 1 ? "" : "s");
}

static void say_retention(const struct policy *policy,
			  const struct model_class *class, nanoseconds now,
			  FILE *out)
{
	static const char *const reasons[] = {
		"none",	    "original need", "legal protection",
		"contract", "damages",	     "prosecution"
	};
	static const char *const sentences[] = { "", "S19", "S20", "S21" };
	struct seal_end end;

	line(out, "retention");
	fprintf(out, "%s: %s ", class->id,
		class->retention == MODEL_RETENTION_MAX ? "at most"
							: "exactly");
	say_period(&class->period, out);
	fprintf(out, " from the %s of the contact, for reason of %s (%s)\n",
		class->anchor == MODEL_ANCHOR_START ? "start" : "end",
		reasons[class->reason], sentences[class->data_class]);
	if (policy_end(policy, class->data_class, now, now, &end) < 0)
		return;
	line(out, "");
	fprintf(out, "what begins today may exist until ");
	date(out, end.date);
	if (class->grace.months + class->grace.days > 0) {
		fprintf(out, ", then ");
		say_period(&class->grace, out);
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
			line(out, "");
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

		line(out, "");
		date(out, day->date);
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

	line(out, "channel");
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
		line(out, "");
		fprintf(out, "queue %s: %s\n", channel->queues[i].id,
			channel->queues[i].label[NOTICE_EN]);
	}
	line(out, "");
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
	static const char *const kinds[] = { "", "sound of calls",
					     "contact history", "chats" };

	line(out, "class");
	fprintf(out, "%s: %s, with these fields and no others (%s)\n",
		class->id, kinds[class->data_class],
		class->data_class == SEAL_CLASS_CHAT ? "S12" : "S7");
	if (class->data_class == SEAL_CLASS_CONTACT)
		say_seen(out);
	for (size_t i = 0; i < class->field_count; i++) {
		line(out, "");
		fprintf(out, "- %s", class->fields[i].name);
		say_masks(policy, class, &class->fields[i], out);
		(void)fputc('\n', out);
	}
	if (class->data_class == SEAL_CLASS_CHAT)
		say_channel(class, out);
	say_retention(policy, class, now, out);
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
	} else {
		line(out, "coverage");
		fprintf(out, "no call is recorded\n");
	}
	for (size_t i = 0; i < policy->class_count; i++)
		say_class(policy, &policy->classes[i], now, out);
	line(out, "transfer");
	fprintf(out, "nothing leaves the EU and the EEA (S18)\n");
	line(out, "automation");
	fprintf(out, "no profiling (S22), no automated decision about a person "
		     "(S23)\n");
}
