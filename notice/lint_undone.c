/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the vocabulary can say and the product does not do. An organisation
 * that promises it can write it down and is told what is missing; it cannot
 * be published as if somebody kept it.
 */
#include "notice/lint.h"

#include <string.h>

#define UNDONE(reader, line, ...)                                              \
	yaml_fault_at(reader, line, "E-NOT-DONE", __VA_ARGS__)

static void undone_bases(struct yaml_reader *reader,
			 const struct policy *policy)
{
	for (size_t i = 0; i < policy->basis_count; i++)
		if (!strcmp(policy->bases[i].gdpr, "6(1)(a)"))
			UNDONE(reader, policy->bases[i].line,
			       "basis \"%s\": the product takes no consent and "
			       "erases nothing when it is withdrawn",
			       policy->bases[i].id);
}

static void undone_purposes(struct yaml_reader *reader,
			    const struct policy *policy)
{
	static const uint32_t uses[] = { NOTICE_SURVEY, NOTICE_IDENTIFY,
					 NOTICE_EVIDENCE };

	for (size_t i = 0; i < policy->purpose_count; i++)
		for (size_t j = 0; j < COUNT(uses); j++)
			if (policy->purposes[i].granted.uses & uses[j])
				UNDONE(reader, policy->purposes[i].line,
				       "purpose \"%s\": the product has no use "
				       "\"%s\"",
				       policy->purposes[i].granted.id,
				       model_uses[6 + j]);
}

static void undone_announcement(struct yaml_reader *reader,
				const struct model_class *class)
{
	const struct model_announcement *told = &class->capture.announcement;

	if (told->required == MODEL_YES || told->evidence > 1 ||
	    told->if_missing > 0)
		UNDONE(reader, told->line,
		       "class \"%s\": the product does not hear whether the "
		       "announcement was played, so nothing can follow from it",
		       class->id);
}

static void undone_capture(struct yaml_reader *reader,
			   const struct model_class *class)
{
	const struct model_capture *capture = &class->capture;

	if (capture->line == 0)
		return;
	if (capture->coverage == MODEL_COVERAGE_MANUAL)
		UNDONE(reader, capture->line,
		       "class \"%s\": no agent can ask for a recording yet",
		       class->id);
	if (capture->start > MODEL_BEGIN_ANSWER)
		UNDONE(reader, capture->line,
		       "class \"%s\": recording starts at the answer (S10), "
		       "not at \"%s\"",
		       class->id, model_begins[capture->start - 1]);
	if (capture->stop > MODEL_STOP_TRANSFER)
		UNDONE(reader, capture->line,
		       "class \"%s\": recording stops at the end of the call "
		       "or its first transfer (S11), not at \"%s\"",
		       class->id, model_stops[capture->stop - 1]);
	if (capture->opt_out > MODEL_OPT_OUT_NONE)
		UNDONE(reader, capture->line,
		       "class \"%s\": callers cannot opt out by \"%s\" yet",
		       class->id, model_opt_outs[capture->opt_out - 1]);
	for (size_t i = 0; i < capture->pause_count; i++)
		UNDONE(reader, capture->pauses[i].line,
		       "class \"%s\": nothing pauses a recording by \"%s\" yet",
		       class->id, model_pause_ways[capture->pauses[i].how - 1]);
	undone_announcement(reader, class);
}

static void undone_class(struct yaml_reader *reader,
			 const struct model_class *class)
{
	if (class->data_class == 0)
		UNDONE(reader, class->line,
		       "class \"%s\": the product keeps nothing of kind \"%s\"",
		       class->id, model_kinds[class->kind - 1]);
	if (class->retention == MODEL_RETENTION_EVENT)
		UNDONE(reader, class->retention_line,
		       "class \"%s\": the product does not learn of events, "
		       "and would keep it until the fallback",
		       class->id);
	if (class->anchor == MODEL_ANCHOR_CASE ||
	    (class->anchor == MODEL_ANCHOR_ANSWER &&
	     class->retention == MODEL_RETENTION_EXACT))
		UNDONE(reader, class->retention_line,
		       "class \"%s\": periods are counted from the start or "
		       "the end of a contact, not from \"%s\"",
		       class->id, model_anchors[class->anchor - 1]);
	if (class->then == MODEL_THEN_ARCHIVE)
		UNDONE(reader, class->retention_line,
		       "class \"%s\": the product destroys, it archives "
		       "nothing",
		       class->id);
	for (size_t i = 0; i < class->kept_count; i++)
		UNDONE(reader, class->kept[i].line,
		       "class \"%s\": no exception keeps a recording by "
		       "itself; a hold of a case does, see \"holds\"",
		       class->id);
	undone_capture(reader, class);
}

void policy_lint_undone(struct yaml_reader *reader, const struct policy *policy)
{
	undone_bases(reader, policy);
	undone_purposes(reader, policy);
	for (size_t i = 0; i < policy->class_count; i++)
		undone_class(reader, &policy->classes[i]);
	for (size_t i = 0; i < policy->disclosure_count; i++)
		if (policy->disclosures[i].pseudonymise == 3)
			UNDONE(reader, policy->disclosures[i].line,
			       "no voice is made unrecognisable: write "
			       "\"metadata\" or \"none\"");
	if (policy->employee.sees_listeners == MODEL_NO)
		UNDONE(reader, policy->employee.line,
		       "agents always see who listened to their calls");
	if (policy->profiling == MODEL_YES)
		yaml_fault_at(reader, policy->automation_line, "E-PROFILING",
			      "\"profiling\" must be false: there is no "
			      "profiling (S22)");
	if (policy->decisions == MODEL_YES)
		yaml_fault_at(reader, policy->automation_line, "E-AUTOMATION",
			      "\"decisions\" must be false: no decision about "
			      "a person is automated (S23)");
}
