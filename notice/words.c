/* SPDX-License-Identifier: EUPL-1.2 */
/* The words of the vocabulary, in the order of their values. */
#include "notice/model.h"

const char *const notice_roles[] = { "agent",	  "supervisor", "quality",
				     "registrar", "approver",	"dpo",
				     "admin",	  "auditor",	NULL };

static_assert(COUNT(notice_roles) == NOTICE_ROLES, "a word for every role");

const char *const notice_holds[] = { "access",	  "restriction", "document",
				     "authority", "claim",	 "inquiry",
				     "threat",	  NULL };

static_assert(COUNT(notice_holds) == NOTICE_HOLDS + 1, "a word for each");

const char *const notice_rights[] = { "access",	  "rectify", "erase",
				      "restrict", "port",    "object",
				      "withdraw", NULL };

static_assert(COUNT(notice_rights) == NOTICE_RIGHTS + 1, "a word for each");

const char *const model_articles6[] = { "6(1)(a)", "6(1)(b)", "6(1)(c)",
					"6(1)(d)", "6(1)(e)", "6(1)(f)",
					NULL };
const char *const model_articles9[] = { "9(2)(a)", "9(2)(b)", "9(2)(c)",
					"9(2)(d)", "9(2)(e)", "9(2)(f)",
					"9(2)(g)", "9(2)(h)", "9(2)(i)",
					"9(2)(j)", NULL };
const char *const model_anchors[] = { "start", "end", "answer", "case-closed",
				      NULL };
const char *const model_begins[] = { "answer", "ring", "after-announcement",
				     "manual", NULL };
const char *const model_consent_units[] = { "call", "purpose", NULL };
const char *const model_consent_ways[] = { "dtmf", "click", "voice", "form",
					   NULL };
const char *const model_consultations[] = { "exclude", "include", NULL };
const char *const model_controller_roles[] = { "sole", "joint", NULL };
const char *const model_coverages[] = { "all", "sample", "schedule", "manual",
					NULL };
const char *const model_directions[] = { "in", "out", "internal", "callback",
					 NULL };
const char *const model_evidence[] = { "none", "metadata", "sound", NULL };
const char *const model_forms[] = { "audio", "transcript", "listening", "paper",
				    NULL };
const char *const model_identities[] = { "strong", "call-back", "knowledge",
					 "visit", NULL };
const char *const model_if_missing[] = { "discard", "quarantine",
					 "keep-flagged", NULL };
const char *const model_kept_until[] = { "period", "closed", NULL };
const char *const model_kinds[] = { "audio",	  "contact", "chat", "bot",
				    "transcript", "note",    "case", "log",
				    "survey",	  NULL };
const char *const model_languages[] = { "fi", "sv", "en", NULL };

static_assert(COUNT(model_languages) == NOTICE_LANGUAGES + 1, "all of them");

const char *const model_location_kinds[] = { "store", "backup", "keys",
					     "mail",  "time",	NULL };
const char *const model_masks[] = { "plain", "masked", "hidden", NULL };
const char *const model_on_holds[] = { "continue", "pause", NULL };
const char *const model_opt_outs[] = { "none", "dtmf", "ask", NULL };
const char *const model_pause_ways[] = { "agent", "dtmf", "program", "route",
					 NULL };
const char *const model_pseudonyms[] = { "none", "metadata", "voice", NULL };
const char *const model_publicities[] = { "secret", "public", "review", NULL };
const char *const model_reasons[] = { "original-need", "legal-protection",
				      "contract",      "damages",
				      "prosecution",   NULL };
const char *const model_recipients[] = { "research",  "police",	    "court",
					 "processor", "other-unit", "regular",
					 NULL };
const char *const model_requirements[] = { "plan", "person", "commitment",
					   "return-or-destroy", NULL };
const char *const model_retentions[] = { "max", "exact", "min", "until-event",
					 NULL };
const char *const model_returns[] = { "item-end", NULL };
const char *const model_scopes[] = { "item", "transcript", NULL };
const char *const model_selects[] = { "handpicked", "all", NULL };
const char *const model_speakers[] = { "telephone-system", "agent", NULL };
const char *const model_stops[] = { "bye", "transfer", "queue-return", NULL };
const char *const model_thens[] = { "destroy", "archive", NULL };
const char *const model_transfer_words[] = { "none", "adequacy", "scc", NULL };
const char *const model_triggers[] = { "threat", "complaint", "investigation",
				       "query",	 "fraud",     "claim",
				       NULL };
const char *const model_truths[] = { "false", "true", NULL };
const char *const model_uses[] = { "listen",	"read", "note",	  "sample",
				   "aggregate", "clip", "survey", "identify",
				   "evidence",	NULL };
const char *const model_way_kinds[] = { "web",	 "letter", "phone",
					"email", "visit",  NULL };
