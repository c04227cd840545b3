/* SPDX-License-Identifier: EUPL-1.2 */
/* From, To, Contact and the headers by which clients tell who speaks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/call/live.h"

static bool is_dialect(const struct live *call, const char *name)
{
	return strcmp(call->plan->dialect->name, name) == 0;
}

/* Who has the call now: the first of the agents who is still there. */
static const struct talk_party *agent_of(const struct live *call)
{
	for (size_t i = 1; i < call->talk.party_count; i++)
		if (call->talk.party[i].here)
			return &call->talk.party[i];
	return &call->talk.party[1];
}

static void set_from(struct live_dialog *dialog)
{
	struct live *call = dialog->call;
	const struct talk *talk = &call->talk;
	const char *caller = talk->withheld ? "anonymous" : call->caller;
	char room[CALL_NAME_SIZE];
	const char *agent = metadata_user(agent_of(call), room, sizeof(room));

	if (is_dialect(call, "cisco-bib"))
		(void)snprintf(dialog->from, sizeof(dialog->from),
			       "<sip:%s@%s;%s;x-refci=%u;x-nearendclusterid="
			       "cluster1;x-nearenddevice=SEP00000000000%u;"
			       "x-nearendaddr=%s;x-farendrefci=%u;"
			       "x-farendclusterid=cluster1;x-farenddevice="
			       "TRUNK1;x-farendaddr=%s>",
			       agent, talk->host,
			       dialog->index == 0 ? "x-nearend" : "x-farend",
			       27000000 + 2 * call->index, call->index % 10,
			       agent, 27000001 + 2 * call->index, caller);
	else if (is_dialect(call, "webex") || is_dialect(call, "broadworks"))
		/* Whose calls are recorded, not who calls. */
		(void)snprintf(dialog->from, sizeof(dialog->from),
			       "\"%s\" <sip:%s@%s>", agent_of(call)->name,
			       agent, talk->host);
	else if (is_dialect(call, "cisco-nbr"))
		(void)snprintf(dialog->from, sizeof(dialog->from),
			       "\"%s\" <sip:%s@%s>", talk->party[0].name,
			       caller, talk->host);
	else
		(void)snprintf(dialog->from, sizeof(dialog->from),
			       "<sip:recorder-client@%s>", talk->host);
}

static void set_contact(struct live_dialog *dialog)
{
	struct live *call = dialog->call;
	const struct dialect *dialect = call->plan->dialect;
	const struct wire *wire = call->fleet->wire;
	const char *transport = "";
	char uri[160];

	if (call->plan->transport == CALL_TCP)
		transport = ";transport=tcp";
	else if (call->plan->transport == CALL_TLS)
		transport = ";transport=tls";
	(void)snprintf(uri, sizeof(uri), "sip:%s@%s%s%s:%u%s",
		       call->marker[1][0] != '\0' ? call->marker[1] : "client",
		       wire_is_ipv6(wire) ? "[" : "", wire_address(wire),
		       wire_is_ipv6(wire) ? "]" : "", wire_port(wire),
		       transport);
	if (dialect_does(dialect, DIALECT_SRC_INSIDE))
		(void)snprintf(dialog->contact, sizeof(dialog->contact),
			       "<%s;+sip.src>", uri);
	else if (dialect_does(dialect, DIALECT_SIP_SRC))
		(void)snprintf(dialog->contact, sizeof(dialog->contact),
			       "<%s>;+sip.src", uri);
	else if (dialect_does(dialect, DIALECT_BARE_SRC))
		(void)snprintf(dialog->contact, sizeof(dialog->contact),
			       "<%s>;src", uri);
	else if (dialect_does(dialect, DIALECT_TWO_DIALOGS))
		(void)snprintf(dialog->contact, sizeof(dialog->contact),
			       "<%s>;isFocus", uri);
	else
		(void)snprintf(dialog->contact, sizeof(dialog->contact), "<%s>",
			       uri);
}

void identity_set(struct live_dialog *dialog)
{
	struct live *call = dialog->call;
	const struct call_plan *plan = call->plan;
	const char *user = plan->user ? plan->user : call->service;
	bool v6 = strchr(plan->host, ':') != NULL;

	(void)snprintf(dialog->target, sizeof(dialog->target),
		       "sip:%s@%s%s%s:%u%s", user, v6 ? "[" : "", plan->host,
		       v6 ? "]" : "", plan->port,
		       plan->transport == CALL_TCP   ? ";transport=tcp"
		       : plan->transport == CALL_TLS ? ";transport=tls"
						     : "");
	(void)snprintf(dialog->to, sizeof(dialog->to), "<sip:%s@%s%s%s>", user,
		       v6 ? "[" : "", plan->host, v6 ? "]" : "");
	set_from(dialog);
	set_contact(dialog);
}

void identity_change(struct live_dialog *dialog)
{
	set_from(dialog);
}

static void nbr_headers(const struct live *call, struct text *text)
{
	const struct talk *talk = &call->talk;

	for (size_t i = 0; i < talk->party_count; i++) {
		char user[CALL_NAME_SIZE];

		if (!talk->party[i].here)
			continue;
		text_add(text,
			 "X-Cisco-Recording-Participant: sip:%s@%s;"
			 "media-index=\"0\"\r\n",
			 i == 0 && talk->withheld
				 ? "anonymous"
				 : metadata_user(&talk->party[i], user,
						 sizeof(user)),
			 talk->host);
	}
}

void identity_headers(struct live_dialog *dialog, struct text *text)
{
	struct live *call = dialog->call;
	const struct dialect *dialect = call->plan->dialect;

	if (is_dialect(call, "cisco-nbr"))
		nbr_headers(call, text);
	if (is_dialect(call, "avaya"))
		text_add(text, "User-to-User: 00FA08%010x;encoding=hex\r\n",
			 call->index);
	if (dialect_does(dialect, DIALECT_EMPTY_HEADERS))
		text_add(text, "Supported:\r\nRecv-Info:\r\n");
	if (call->marker[2][0] != '\0')
		/* A withheld number that another header gives away. */
		text_add(text,
			 "P-Asserted-Identity: \"%s\" <sip:%s@%s>\r\n"
			 "Privacy: id\r\n",
			 call->marker[2], call->marker[2], call->talk.host);
}
