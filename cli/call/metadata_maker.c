/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Metadata of makers with a root element or prefix of their own: Ribbon
 * (tns:recording) and BroadWorks with Webex Calling (recording_metadata).
 */
#include <stdio.h>

#include "cli/call/dialect.h"

static void ribbon_party(struct text *xml, const struct talk *talk, size_t i)
{
	const struct talk_party *party = &talk->party[i];
	char id[METADATA_ID_SIZE];

	metadata_base64(&party->id, id);
	text_add(xml,
		 "<tns:participant participant_id=\"%s\">"
		 "<tns:nameID aor=\"",
		 id);
	text_xml(xml, party->address);
	text_add(xml, "\"><tns:name>");
	text_xml(xml, party->name);
	text_add(xml,
		 "</tns:name></tns:nameID></tns:participant>\r\n"
		 "<tns:participantstreamassoc participant_id=\"%s\">",
		 id);
	for (size_t s = 0; s < talk->stream_count; s++) {
		const struct talk_stream *stream = &talk->stream[s];

		if (!stream->here || stream->party != (int)i)
			continue;
		metadata_base64(&stream->id, id);
		text_add(xml, "<tns:send>%s</tns:send>", id);
	}
	text_add(xml, "</tns:participantstreamassoc>\r\n");
}

void metadata_ribbon(struct text *xml, const struct talk *talk)
{
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	metadata_base64(&talk->session, session);
	metadata_time(talk->began_at, METADATA_TIME_1970, time);
	text_add(xml,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		 "<tns:recording xmlns:tns=\"urn:ietf:params:xml:ns:recording"
		 "\">\r\n<tns:datamode>%s</tns:datamode>\r\n"
		 "<tns:session session_id=\"%s\"><tns:start-time>%s"
		 "</tns:start-time></tns:session>\r\n",
		 talk->partial ? "partial" : "complete", session, time);
	for (size_t i = 0; i < talk->party_count; i++)
		if (metadata_tells_party(talk, i) && talk->party[i].here)
			ribbon_party(xml, talk, i);
	for (size_t i = 0; i < talk->stream_count; i++) {
		if (!metadata_tells_stream(talk, i))
			continue;
		metadata_base64(&talk->stream[i].id, id);
		text_add(xml,
			 "<tns:stream stream_id=\"%s\" session_id=\"%s\">"
			 "<tns:label>%s</tns:label></tns:stream>\r\n",
			 id, session, talk->stream[i].label);
	}
	text_add(xml, "<tns:extensiondata><callData><fromhdr>&lt;sip:");
	text_xml(xml, talk->party[0].address);
	text_add(xml,
		 "&gt;</fromhdr><tohdr>&lt;sip:%s@%s&gt;</tohdr>"
		 "<callid>%s</callid></callData>\r\n",
		 talk->service, talk->host, talk->call_id);
	if (talk->unknown)
		text_add(xml, "<unknown>%s</unknown>", talk->unknown);
	text_add(xml, "</tns:extensiondata>\r\n</tns:recording>\r\n");
}

/* Webex hides its own users behind internal ids. */
static void broadworks_address(struct text *xml, const struct talk_party *party,
			       bool internal)
{
	char id[ID_TEXT_SIZE];

	if (internal) {
		id_text(&party->id, id);
		text_add(xml, "k%.10s@calling.example.com", id);
		return;
	}
	text_xml(xml, party->address);
}

/* Who answers now: the first of the agents who is there. */
static const struct talk_party *user_of(const struct talk *talk)
{
	for (size_t i = 1; i < talk->party_count; i++)
		if (talk->party[i].here)
			return &talk->party[i];
	return &talk->party[1];
}

static void broadworks_party(struct text *xml, const struct talk *talk,
			     size_t i, const char *session, bool internal)
{
	const struct talk_party *party = &talk->party[i];
	char id[METADATA_ID_SIZE], time[METADATA_TIME_SIZE];

	metadata_base64(&party->id, id);
	metadata_time(party->came_at,
		      internal ? METADATA_TIME_MS : METADATA_TIME_BARE, time);
	text_add(xml,
		 "  <participant id=\"%s\" session=\"%s\">\r\n"
		 "    <nameID>\r\n      <aor>sip:",
		 id, session);
	broadworks_address(xml, party, internal && i > 0);
	text_add(xml, "</aor>\r\n      <name>");
	text_xml(xml, party->name);
	text_add(xml,
		 "</name>\r\n    </nameID>\r\n    <associate-time>%s"
		 "</associate-time>\r\n",
		 time);
	if (!party->here) {
		metadata_time(party->left_at, METADATA_TIME_BARE, time);
		text_add(xml,
			 "    <disassociate-time>%s</disassociate-time>\r\n",
			 time);
	}
	for (size_t s = 0; s < talk->stream_count; s++) {
		const struct talk_stream *stream = &talk->stream[s];

		if (!stream->here ||
		    (stream->party >= 0 && stream->party != (int)i))
			continue;
		metadata_base64(&stream->id, id);
		text_add(xml, "    <send><id>%s</id></send>\r\n", id);
	}
	text_add(xml, "  </participant>\r\n");
}

static void broadworks_call(struct text *xml, const struct talk *talk,
			    bool internal)
{
	const struct talk_party *caller = &talk->party[0];
	const struct talk_party *user = user_of(talk);
	char word[CALL_NAME_SIZE];

	text_add(xml,
		 "      <extTrackingID>%.8s:1</extTrackingID>\r\n"
		 "      <serviceProviderID>example-agency</serviceProviderID>"
		 "\r\n      <userID>",
		 talk->call_id);
	broadworks_address(xml, user, internal);
	text_add(xml,
		 "</userID>\r\n      <callID>callhalf-%.8s:0</callID>\r\n"
		 "      <callType>\r\n        <termCall>\r\n"
		 "          <callingPartyNumber>%s</callingPartyNumber>\r\n"
		 "          <calledPartyNumber>tel:%s</calledPartyNumber>\r\n"
		 "        </termCall>\r\n      </callType>\r\n",
		 talk->call_id,
		 talk->withheld ? "anonymous"
				: metadata_user(caller, word, sizeof(word)),
		 user->number[0] != '\0' ? user->number : talk->service);
	/* The number that was dialled is that of the queue. */
	text_add(xml,
		 "      <recordingType>%s</recordingType>\r\n"
		 "      <acd>\r\n        <acdNumber>tel:%s</acdNumber>\r\n"
		 "      </acd>\r\n",
		 internal ? "always" : "on", talk->service);
	if (talk->unknown)
		text_add(xml, "      <unknown>%s</unknown>\r\n", talk->unknown);
}

static void broadworks(struct text *xml, const struct talk *talk, bool internal)
{
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	metadata_base64(&talk->session, session);
	metadata_base64(&talk->group, id);
	metadata_time(talk->began_at, METADATA_TIME_MS, time);
	text_add(xml,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\" "
		 "standalone=\"yes\"?>\r\n<recording_metadata "
		 "xmlns=\"urn:ietf:params:xml:ns:siprec\">\r\n"
		 "  <dataMode>%s</dataMode>\r\n  <group id=\"%s\"/>\r\n"
		 "  <session id=\"%s\">\r\n    <group>%s</group>\r\n"
		 "    <start-time>%s</start-time>\r\n  </session>\r\n",
		 talk->partial ? "partial" : "complete", id, session, id, time);
	for (size_t i = 0; i < talk->party_count; i++)
		if (metadata_tells_party(talk, i))
			broadworks_party(xml, talk, i, session, internal);
	for (size_t i = 0; i < talk->stream_count; i++) {
		const struct talk_stream *stream = &talk->stream[i];

		if (!metadata_tells_stream(talk, i))
			continue;
		metadata_base64(&stream->id, id);
		text_add(xml,
			 "  <stream id=\"%s\" session=\"%s\">\r\n"
			 "    <label>%s</label>\r\n    <mode>%s</mode>\r\n"
			 "  </stream>\r\n",
			 id, session, stream->label,
			 stream->party < 0 ? "mixed" : "separate");
	}
	metadata_base64(&talk->group, id);
	text_add(xml, "  <extensiondata>\r\n    <broadWorksRecordingMetadata "
		      "xmlns=\"http://schema.broadsoft.com/"
		      "broadworksCallRecording\">\r\n");
	broadworks_call(xml, talk, internal);
	text_add(xml, "    </broadWorksRecordingMetadata>\r\n"
		      "  </extensiondata>\r\n</recording_metadata>\r\n");
}

void metadata_broadworks(struct text *xml, const struct talk *talk)
{
	broadworks(xml, talk, false);
}

void metadata_webex(struct text *xml, const struct talk *talk)
{
	broadworks(xml, talk, true);
}
