/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Every dialect the client speaks, read by the recorder's own parsers:
 * caller, agent and service number must come out, and each voice in its
 * lane, also after a transfer. Their fixtures and ours come from the same
 * descriptions but by different hands.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <expat.h>

#include "cli/call/dialect.h"
#include "siprec/parse/multipart.h"
#include "siprec/parse/parties.h"
#include "spool/call.h"
#include "uas.h"

enum { TALK_MS = 300 };

static bool is_service(void *self, const char *e164)
{
	(void)self;
	return strcmp(e164, "+358295550100") == 0;
}

static bool find_agent(void *self, const char *user, const char *host,
		       const char *number, struct parties_agent *ret_agent)
{
	static const struct {
		const char *user, *number, *id;
	} roster[] = { { "agent1", "+358295550901", "1" },
		       { "agent2", "+358295550902", "2" } };

	(void)self;
	(void)host;
	for (size_t i = 0; i < COUNT(roster); i++) {
		if (strcmp(user, roster[i].user) != 0 &&
		    strcmp(number, roster[i].number) != 0)
			continue;
		*ret_agent = (struct parties_agent){ 0 };
		(void)snprintf(ret_agent->id, sizeof(ret_agent->id), "%s",
			       roster[i].id);
		return true;
	}
	return false;
}

static void check_xml(const char *dialect, struct slice xml)
{
	XML_Parser parser = XML_ParserCreate(NULL);

	if (XML_Parse(parser, xml.at, (int)xml.size, 1) != XML_STATUS_OK)
		fail_msg("%s: %s in line %lu", dialect,
			 XML_ErrorString(XML_GetErrorCode(parser)),
			 XML_GetCurrentLineNumber(parser));
	XML_ParserFree(parser);
}

/* What the recorder has learnt of one dialog. */
struct ear {
	const char *dialect;
	struct metadata metadata;
	struct sdp sdp;
	struct message invite, message;
	struct parties now;
	bool heard;
};

static void take(struct ear *ear, const struct uas_message *raw)
{
	struct parties_house house = { .is_service = is_service,
				       .find_agent = find_agent };
	struct parties_input input = { .invite = &ear->invite,
				       .sdp = &ear->sdp,
				       .metadata = &ear->metadata };
	struct parties before = ear->now;
	struct multipart parts;
	struct slice part;

	assert_int_equal(message_parse((struct slice){ raw->text, raw->size },
				       &ear->message),
			 0);
	if (ear->message.refuse)
		fail_msg("%s: would be refused with %u", ear->dialect,
			 ear->message.refuse);
	if (ear->message.method == MESSAGE_INVITE)
		ear->invite = ear->message;
	assert_int_equal(multipart_parse(message_line(&ear->message,
						      MESSAGE_CONTENT_TYPE, 0),
					 ear->message.body, &parts),
			 0);
	part = multipart_find(&parts, MULTIPART_SDP);
	if (part.at)
		assert_int_equal(sdp_parse(part, &ear->sdp), 0);
	part = multipart_find(&parts, MULTIPART_METADATA);
	if (part.at) {
		check_xml(ear->dialect, part);
		assert_int_equal(metadata_apply(&ear->metadata, part), 0);
	}
	parties_decide(&house, &input, &ear->now);
	if (ear->heard)
		parties_inherit(&before, &ear->now);
	ear->heard = true;
}

static bool begins(const struct uas_message *message, const char *start)
{
	return strncmp(message->text, start, strlen(start)) == 0;
}

/* All of one dialog's requests that tell anything. */
static void listen_to(const struct uas *uas, struct ear *ear, const char *id,
		      uint32_t until)
{
	for (uint32_t i = 0; i < until; i++) {
		const struct uas_message *message = &uas->message[i];

		if (!strstr(message->text, id) ||
		    (!begins(message, "INVITE ") &&
		     !begins(message, "UPDATE ") &&
		     !(begins(message, "ACK ") &&
		       strstr(message->text, "\r\n\r\nv=0"))))
			continue;
		take(ear, message);
	}
}

static struct uas *make_call(const struct dialect *dialect, bool withheld,
			     bool transfer, struct call_summary *summary)
{
	struct uas *uas = uas_start(UAS_TCP, NULL);
	struct call_plan plan = call_plan_default();
	char fault[CALL_FAULT_SIZE];

	plan.host = "127.0.0.1";
	plan.port = uas->port;
	plan.transport = CALL_TCP;
	plan.service = "+358295550100";
	plan.caller = withheld ? NULL : "+358405550123";
	plan.markers = withheld;
	plan.talk_ms = TALK_MS;
	plan.dialect = dialect;
	plan.agent = (struct call_agent){ "1", "+358295550901",
					  "agent1@example.fi" };
	if (transfer) {
		plan.step_count = 1;
		plan.steps[0] = (struct call_step){
			.kind = CALL_TRANSFER,
			.at_ms = TALK_MS / 2,
			.agent = { "2", "+358295550902", "agent2@example.fi" },
		};
	}
	assert_int_equal(call_run(&plan, summary, fault), 0);
	uas_stop(uas);
	if (summary->ok != 1 || summary->report[0].warnings > 0)
		fail_msg("%s: %s", dialect->name, summary->report[0].fault);
	return uas;
}

/* Which lane each of our streams should be heard on. */
static void check_lanes(const struct ear *ear, const struct call_report *report,
			uint32_t dialog)
{
	uint32_t line = 0;

	for (uint32_t i = 0; i < report->stream_count; i++) {
		uint32_t wanted = CALL_LANE_MIXED;

		/* With two dialogs the agent's is the first one. */
		if (report->dialog_count == 2 &&
		    dialog != (report->stream[i].lane[0] == 'a' ? 0 : 1))
			continue;
		if (report->stream[i].lane[0] == 'c')
			wanted = CALL_LANE_CALLER;
		else if (report->stream[i].lane[0] == 'a')
			wanted = CALL_LANE_AGENT;
		if (ear->now.lanes[line] != wanted)
			fail_msg("%s: m= line %u is lane %u, not %u",
				 ear->dialect, line, ear->now.lanes[line],
				 wanted);
		line++;
	}
}

static void check(const struct dialect *dialect, bool withheld, bool transfer)
{
	struct call_summary summary;
	struct uas *uas = make_call(dialect, withheld, transfer, &summary);
	const struct call_report *report = &summary.report[0];

	for (uint32_t d = 0; d < report->dialog_count; d++) {
		struct ear *ear = calloc(1, sizeof(*ear));

		assert_non_null(ear);
		ear->dialect = dialect->name;
		metadata_init(&ear->metadata);
		listen_to(uas, ear, report->call_id[d], uas->message_count);
		if (strcmp(ear->now.service_number, "+358295550100") != 0)
			fail_msg("%s: service number %s", dialect->name,
				 ear->now.service_number);
		if (withheld) {
			if (ear->now.caller_kind != PARTIES_CALLER_WITHHELD ||
			    ear->now.caller[0] != '\0')
				fail_msg("%s: a withheld caller is known",
					 dialect->name);
		} else if (strcmp(ear->now.caller, "+358405550123") != 0) {
			fail_msg("%s: caller %s", dialect->name,
				 ear->now.caller);
		}
		if (!ear->now.has_agent ||
		    strcmp(ear->now.agent.id, transfer ? "2" : "1") != 0)
			fail_msg("%s: agent %s", dialect->name,
				 ear->now.agent.id);
		check_lanes(ear, report, d);
		metadata_done(&ear->metadata);
		free(ear);
	}
	call_summary_drop(&summary);
	uas_free(uas);
}

static void every_dialect_tells_who_is_who(void **state)
{
	(void)state;
	for (size_t i = 0; i < dialect_count; i++)
		check(&dialects[i], false, false);
}

static void every_dialect_tells_who_has_taken_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < dialect_count; i++)
		check(&dialects[i], false, true);
}

static void no_dialect_gives_a_withheld_number_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < dialect_count; i++)
		check(&dialects[i], true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_tells_who_is_who),
		cmocka_unit_test(every_dialect_tells_who_has_taken_over),
		cmocka_unit_test(no_dialect_gives_a_withheld_number_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
