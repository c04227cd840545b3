/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file call_stage.h
 * "tallenne call" once, against a recorder of ours (uas.h), and what is
 * known of it afterwards.
 */
#ifndef TALLENNE_TESTS_CALL_STAGE_H
#define TALLENNE_TESTS_CALL_STAGE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/call/call.h"
#include "cli/call/dialect.h"
#include "uas.h"

enum { TALK_MS = 300, FRAMES = TALK_MS / 20 };

struct result {
	struct call_summary summary;
	struct call_report *report;
	char fault[CALL_FAULT_SIZE];
};

static inline struct call_plan plan_for(const struct uas *uas)
{
	struct call_plan plan = call_plan_default();

	plan.host = "127.0.0.1";
	plan.port = uas->port;
	plan.transport = (enum call_transport)uas->transport;
	plan.service = "+358295550100";
	plan.caller = "+358405550123";
	plan.talk_ms = TALK_MS;
	if (uas->ca[0] != '\0')
		plan.ca = uas->ca;
	return plan;
}

static inline void run(struct uas *uas, const struct call_plan *plan,
		       struct result *result)
{
	*result = (struct result){ 0 };
	assert_int_equal(call_run(plan, &result->summary, result->fault), 0);
	result->report = &result->summary.report[0];
	uas_await(uas, result->summary.packets);
	uas_stop(uas);
}

static inline void done(struct uas *uas, struct result *result)
{
	call_summary_drop(&result->summary);
	uas_free(uas);
}

/*
 * How many packets of one stream a call can have sent. Where the machine
 * makes the client wait, it speaks later, but for longer: how long is seen
 * afterwards.
 */
static inline uint32_t frames_most(const struct result *result)
{
	const struct call_report *report = result->report;
	nanoseconds time = result->summary.ended_at - report->invite_at;

	return (uint32_t)(time / (20 * NS_PER_MS)) + 2;
}

static inline uint16_t sequence(const struct uas_packet *packet)
{
	return (uint16_t)(packet->byte[2] << 8 | packet->byte[3]);
}

static inline uint32_t clock_of(const struct uas_packet *packet)
{
	const uint8_t *b = packet->byte + 4;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* What the client did came in this order by its clock. */
static inline void check_order(const struct call_report *report)
{
	const nanoseconds order[] = { report->invite_at,   report->asked_at,
				      report->answered_at, report->known_at,
				      report->bye_at,	   report->gone_at,
				      report->ended_at };

	assert_true(order[0] > 0);
	for (size_t i = 1; i < COUNT(order); i++)
		assert_true(order[i - 1] <= order[i]);
	for (uint32_t i = 0; i < report->change_count; i++) {
		const struct call_change *change = &report->change[i];

		assert_true(change->asked_at >= report->known_at);
		assert_true(change->known_at > change->asked_at);
		assert_true(change->known_at <= report->bye_at);
	}
}

#endif
