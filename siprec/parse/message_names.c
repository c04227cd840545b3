/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "siprec/parse/message_lines.h"

#define NAME(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static const struct slice headers[MESSAGE_HEADERS] = {
	[MESSAGE_ACCEPT] = NAME("Accept"),
	[MESSAGE_ALLOW] = NAME("Allow"),
	[MESSAGE_CALL_ID] = NAME("Call-ID"),
	[MESSAGE_CONTACT] = NAME("Contact"),
	[MESSAGE_CONTENT_DISPOSITION] = NAME("Content-Disposition"),
	[MESSAGE_CONTENT_ENCODING] = NAME("Content-Encoding"),
	[MESSAGE_CONTENT_LENGTH] = NAME("Content-Length"),
	[MESSAGE_CONTENT_TYPE] = NAME("Content-Type"),
	[MESSAGE_CSEQ] = NAME("CSeq"),
	[MESSAGE_DATE] = NAME("Date"),
	[MESSAGE_DIVERSION] = NAME("Diversion"),
	[MESSAGE_EVENT] = NAME("Event"),
	[MESSAGE_EXPIRES] = NAME("Expires"),
	[MESSAGE_FROM] = NAME("From"),
	[MESSAGE_MAX_FORWARDS] = NAME("Max-Forwards"),
	[MESSAGE_MIN_SE] = NAME("Min-SE"),
	[MESSAGE_P_ASSERTED_IDENTITY] = NAME("P-Asserted-Identity"),
	[MESSAGE_PRIVACY] = NAME("Privacy"),
	[MESSAGE_PROXY_REQUIRE] = NAME("Proxy-Require"),
	[MESSAGE_RECORD_ROUTE] = NAME("Record-Route"),
	[MESSAGE_REFER_TO] = NAME("Refer-To"),
	[MESSAGE_REMOTE_PARTY_ID] = NAME("Remote-Party-ID"),
	[MESSAGE_REPLACES] = NAME("Replaces"),
	[MESSAGE_REQUIRE] = NAME("Require"),
	[MESSAGE_ROUTE] = NAME("Route"),
	[MESSAGE_SESSION_EXPIRES] = NAME("Session-Expires"),
	[MESSAGE_SUPPORTED] = NAME("Supported"),
	[MESSAGE_TO] = NAME("To"),
	[MESSAGE_UNSUPPORTED] = NAME("Unsupported"),
	[MESSAGE_USER_AGENT] = NAME("User-Agent"),
	[MESSAGE_USER_TO_USER] = NAME("User-to-User"),
	[MESSAGE_VIA] = NAME("Via"),
	[MESSAGE_CISCO_PARTICIPANT] = NAME("X-Cisco-Recording-Participant"),
};

/* Compact forms of the IANA registry, known headers or not. */
static const struct {
	char letter;
	struct slice name;
} compact[] = {
	{ 'a', NAME("Accept-Contact") },
	{ 'b', NAME("Referred-By") },
	{ 'c', NAME("Content-Type") },
	{ 'd', NAME("Request-Disposition") },
	{ 'e', NAME("Content-Encoding") },
	{ 'f', NAME("From") },
	{ 'i', NAME("Call-ID") },
	{ 'j', NAME("Reject-Contact") },
	{ 'k', NAME("Supported") },
	{ 'l', NAME("Content-Length") },
	{ 'm', NAME("Contact") },
	{ 'n', NAME("Identity-Info") },
	{ 'o', NAME("Event") },
	{ 'r', NAME("Refer-To") },
	{ 's', NAME("Subject") },
	{ 't', NAME("To") },
	{ 'u', NAME("Allow-Events") },
	{ 'v', NAME("Via") },
	{ 'x', NAME("Session-Expires") },
	{ 'y', NAME("Identity") },
};

static const struct slice methods[MESSAGE_METHODS] = {
	[MESSAGE_INVITE] = NAME("INVITE"),
	[MESSAGE_ACK] = NAME("ACK"),
	[MESSAGE_BYE] = NAME("BYE"),
	[MESSAGE_CANCEL] = NAME("CANCEL"),
	[MESSAGE_OPTIONS] = NAME("OPTIONS"),
	[MESSAGE_UPDATE] = NAME("UPDATE"),
	[MESSAGE_PRACK] = NAME("PRACK"),
	[MESSAGE_INFO] = NAME("INFO"),
	[MESSAGE_REFER] = NAME("REFER"),
	[MESSAGE_SUBSCRIBE] = NAME("SUBSCRIBE"),
	[MESSAGE_NOTIFY] = NAME("NOTIFY"),
	[MESSAGE_MESSAGE] = NAME("MESSAGE"),
	[MESSAGE_REGISTER] = NAME("REGISTER"),
	[MESSAGE_PUBLISH] = NAME("PUBLISH"),
};

static struct slice whole_name(struct slice name)
{
	if (name.size != 1)
		return name;
	for (size_t i = 0; i < COUNT(compact); i++)
		if ((name.at[0] | 0x20) == compact[i].letter)
			return compact[i].name;
	return name;
}

bool message_name_is(struct slice name, struct slice other)
{
	return slice_is_nocase(whole_name(name), whole_name(other));
}

enum message_header message_header_of(struct slice name)
{
	name = whole_name(name);
	for (uint32_t i = MESSAGE_OTHER + 1; i < MESSAGE_HEADERS; i++)
		if (slice_is_nocase(name, headers[i]))
			return i;
	return MESSAGE_OTHER;
}

enum message_method message_method_of(struct slice text)
{
	/* Methods are the one thing in SIP where case tells (7.1). */
	for (uint32_t i = MESSAGE_UNKNOWN + 1; i < MESSAGE_METHODS; i++)
		if (slice_is(text, methods[i]))
			return i;
	return MESSAGE_UNKNOWN;
}

struct slice message_header_name(enum message_header header)
{
	return header < MESSAGE_HEADERS ? headers[header] : (struct slice){ 0 };
}

struct slice message_method_name(enum message_method method)
{
	return method < MESSAGE_METHODS ? methods[method] : (struct slice){ 0 };
}
