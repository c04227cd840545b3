/* SPDX-License-Identifier: EUPL-1.2 */
/* A call from end to end: made, recorded, verified, erased. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/call/plan.h"
#include "cli/doctor.h"
#include "cli/door.h"

enum { TALK_MS = 3000, STORED_S_MAX = 30, LOOK_AGAIN_MS = 250 };

static int make_call(struct doctor *doctor)
{
	OWNED(call_summary_drop) struct call_summary summary = { 0 };
	struct plan plan = { .call = call_plan_default() };
	const char *to = doctor->to ? doctor->to : doctor->sip;
	const struct call_report *report;
	char fault[CALL_FAULT_SIZE];
	int r = plan_target(to, &plan);

	if (r < 0 || to[0] == '\0') {
		doctor_tell(doctor, DOCTOR_FAIL, "test call",
			    "tallenne doctor --test-call --to sip:...",
			    "no address to call");
		return -EINVAL;
	}
	plan.call.service = doctor->test_number;
	plan.call.caller = NULL;
	plan.call.talk_ms = TALK_MS;
	r = call_run(&plan.call, &summary, fault);
	if (r < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "test call",
			    "look at siprec.listen and at the firewall",
			    "%s: %s", to, fault);
		return r;
	}
	report = &summary.report[0];
	if (report->result != CALL_OK) {
		doctor_tell(doctor, DOCTOR_FAIL, "test call",
			    report->status == 403
				    ? "this machine's address must be one of "
				      "siprec.clients"
				    : "is the test number in the policy?",
			    "%s", report->fault);
		return -EREMOTEIO;
	}
	doctor_tell(doctor, DOCTOR_OK, "test call", NULL,
		    "answered after %" PRId64 " ms, %" PRIu64
		    " packets of sound sent",
		    (report->answered_at - report->invite_at) / NS_PER_MS,
		    summary.packets);
	return 0;
}

/* The newest contact of the test number that began since. */
static int find_contact(struct doctor *doctor, int64_t since,
			struct id *ret_contact)
{
	struct door_list ask = {
		.head = { .type = DOOR_CONTACTS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};
	struct desk_contact_rows *rows = calloc(1, sizeof(*rows));
	int r = rows ? 0 : -ENOMEM;

	if (r == 0)
		r = line_ask(doctor->end, &ask.head, NULL, &rows->head,
			     DOOR_CONTACT_ROWS, sizeof(*rows), NULL,
			     DOOR_WAIT_MS);
	if (r == 0) {
		r = -ENOENT;
		for (uint32_t i = 0; i < rows->count && i < DESK_ROWS_MAX;
		     i++) {
			const struct desk_contact_row *row = &rows->row[i];

			if (r == 0 || row->started_at < since ||
			    strcmp(row->service_number, doctor->test_number) !=
				    0)
				continue;
			*ret_contact = row->contact;
			r = 0;
		}
	}
	free(rows);
	return r;
}

static int ask_about(struct doctor *doctor, uint16_t type,
		     const struct id *contact, struct door_verify *ret_answer)
{
	struct door_verify ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.contact = *contact,
	};

	return line_ask(doctor->end, &ask.head, NULL, &ret_answer->head, type,
			sizeof(*ret_answer), NULL, DOOR_WAIT_MS);
}

/* Sealing and storing take a moment after the call's end. */
static int wait_stored(struct doctor *doctor, int64_t since,
		       struct id *ret_contact, struct door_verify *ret_answer)
{
	nanoseconds give_up = clock_monotonic() + STORED_S_MAX * NS_PER_S;
	int r = -ENOENT;

	while (clock_monotonic() < give_up) {
		r = find_contact(doctor, since, ret_contact);
		if (r == 0)
			r = ask_about(doctor, DOOR_VERIFY, ret_contact,
				      ret_answer);
		if (r < 0 && r != -ENOENT)
			return r;
		if (r == 0 && ret_answer->state == REGISTER_STATE_ENDED &&
		    ret_answer->objects > 0)
			return ret_answer->result;
		(void)usleep(LOOK_AGAIN_MS * 1000);
	}
	return r == 0 ? -ETIMEDOUT : r;
}

static void erase(struct doctor *doctor, const struct id *contact)
{
	struct door_verify answer;
	int r = ask_about(doctor, DOOR_ERASE_TEST, contact, &answer);

	if (r == 0)
		r = answer.result;
	if (r < 0) {
		doctor_tell(doctor, DOCTOR_FAIL, "erased",
			    r == -EPERM ? "set register.test_number to it"
					: "look at the service's log",
			    "the test call is still there: %s", strerror(-r));
		return;
	}
	if (ask_about(doctor, DOOR_VERIFY, contact, &answer) == 0 &&
	    answer.result == 0 && answer.objects > 0)
		doctor_tell(doctor, DOCTOR_FAIL, "erased",
			    "look at the service's log",
			    "%" PRIu64 " objects can still be read",
			    answer.objects);
	else
		doctor_tell(doctor, DOCTOR_OK, "erased", NULL,
			    "nothing is left but an entry in the audit log");
}

void doctor_test_call(struct doctor *doctor)
{
	/* Clocks of rows have whole seconds. */
	int64_t since = clock_seconds(&clock_system) - 1;
	struct door_verify answer = { 0 };
	struct id contact;
	int r;

	if (!doctor->has_figures) {
		doctor_tell(doctor, DOCTOR_SKIP, "test call", NULL,
			    "the service is not running");
		return;
	}
	if (doctor->test_number[0] == '\0') {
		doctor_tell(doctor, DOCTOR_FAIL, "test call",
			    "set register.test_number to a service number of "
			    "the policy that nobody calls",
			    "no test number is configured");
		return;
	}
	if (make_call(doctor) < 0)
		return;
	r = wait_stored(doctor, since, &contact, &answer);
	if (r == -ENOENT) {
		doctor_tell(doctor, DOCTOR_FAIL, "recorded",
			    "is the test number one of the policy's service "
			    "numbers?",
			    "the register knows no such contact");
		return;
	}
	doctor_tell(doctor, r == 0 ? DOCTOR_OK : DOCTOR_FAIL, "recorded",
		    "look at the service's log",
		    r == 0 ? "%" PRIu64 " objects read back, hashes fit, "
			     "%" PRIu64 " ms"
			   : "%" PRIu64 " objects fit, then not (%" PRIu64
			     " ms)",
		    answer.objects, answer.duration_ms);
	erase(doctor, &contact);
}
