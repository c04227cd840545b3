/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Metadata of clients that follow drafts before RFC 7865, with the bindings
 * of streams nested in participants and extensions of their makers.
 */
#include <stdio.h>

#include "cli/call/dialect.h"

#define OLD_NAMESPACE "urn:ietf:params:xml:ns:recording"

static const char *mode_of(const struct talk *talk)
{
	return talk->partial ? "partial" : "complete";
}

static bool sends(const struct talk *talk, size_t party, size_t stream)
{
	const struct talk_stream *one = &talk->stream[stream];

	return one->here && (one->party < 0 || one->party == (int)party);
}

static void write_unknown(struct text *xml, const struct talk *talk)
{
	if (talk->unknown)
		text_add(xml,
			 "<x:note xmlns:x=\"urn:example:unknown\">%s</x:note>"
			 "\r\n",
			 talk->unknown);
}

static void oracle_party(struct text *xml, const struct talk *talk, size_t i)
{
	const struct talk_party *party = &talk->party[i];
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	metadata_base64(&party->id, id);
	metadata_base64(&talk->session, session);
	metadata_time(party->came_at, METADATA_TIME_BARE, time);
	text_add(xml,
		 "<participant id=\"%s\" session=\"%s\">\r\n<nameID aor=\"sip:",
		 id, session);
	text_xml(xml, party->address);
	text_add(xml, "\">\r\n<name>");
	text_xml(xml, party->name);
	text_add(xml, "</name>\r\n</nameID>\r\n");
	for (size_t s = 0; s < talk->stream_count; s++) {
		if (!sends(talk, i, s))
			continue;
		metadata_base64(&talk->stream[s].id, id);
		text_add(xml, "<send>%s</send>\r\n", id);
	}
	text_add(xml, "<associate-time>%s</associate-time>\r\n", time);
	if (!party->here) {
		metadata_time(party->left_at, METADATA_TIME_BARE, time);
		text_add(xml, "<disassociate-time>%s</disassociate-time>\r\n",
			 time);
	}
	text_add(xml,
		 "<extensiondata xmlns:apkt=\"http://acmepacket.com/siprec/"
		 "extensiondata\">\r\n<apkt:callingParty>%s"
		 "</apkt:callingParty>\r\n</extensiondata>\r\n"
		 "</participant>\r\n",
		 i == 0 ? "true" : "false");
}

void metadata_oracle(struct text *xml, const struct talk *talk)
{
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	metadata_base64(&talk->session, session);
	metadata_time(talk->began_at, METADATA_TIME_BARE, time);
	text_add(xml,
		 "<?xml version='1.0' encoding='UTF-8'?>\r\n"
		 "<recording xmlns='" OLD_NAMESPACE "'>\r\n"
		 "<dataMode>%s</dataMode>\r\n<session id=\"%s\">\r\n"
		 "<associate-time>%s</associate-time>\r\n"
		 "<extensiondata xmlns:apkt=\"http://acmepacket.com/siprec/"
		 "extensiondata\">\r\n<apkt:ucid>00FA08001900014A5B6C;encoding"
		 "=hex</apkt:ucid>\r\n<apkt:header label=\"To\">\r\n"
		 "<apkt:value>&lt;sip:%s@%s&gt;</apkt:value>\r\n"
		 "</apkt:header>\r\n",
		 mode_of(talk), session, time, talk->service, talk->host);
	write_unknown(xml, talk);
	text_add(xml, "</extensiondata>\r\n</session>\r\n");
	for (size_t i = 0; i < talk->party_count; i++)
		if (metadata_tells_party(talk, i))
			oracle_party(xml, talk, i);
	for (size_t i = 0; i < talk->stream_count; i++) {
		if (!metadata_tells_stream(talk, i))
			continue;
		metadata_base64(&talk->stream[i].id, id);
		text_add(xml,
			 "<stream id=\"%s\" session=\"%s\">\r\n<label>%s"
			 "</label>\r\n<mode>separate</mode>\r\n"
			 "<associate-time>%s</associate-time>\r\n"
			 "</stream>\r\n",
			 id, session, talk->stream[i].label, time);
	}
	text_add(xml, "</recording>\r\n");
}

static void audiocodes_party(struct text *xml, const struct talk *talk,
			     size_t i, const char *session)
{
	const struct talk_party *party = &talk->party[i];
	char id[METADATA_ID_SIZE], time[METADATA_TIME_SIZE];
	char user[CALL_NAME_SIZE];

	metadata_uuid(&party->id, false, id);
	metadata_time(party->came_at, METADATA_TIME_BARE, time);
	/* A bare number, no scheme and no host. */
	text_add(xml, "<participant id=\"%s\" session=\"%s\"><nameID aor=\"",
		 id, session);
	text_xml(xml, metadata_user(party, user, sizeof(user)));
	text_add(xml, "\"></nameID><associate-time>%s</associate-time>", time);
	if (!party->here) {
		metadata_time(party->left_at, METADATA_TIME_BARE, time);
		text_add(xml, "<disassociate-time>%s</disassociate-time>",
			 time);
	}
	for (size_t s = 0; s < talk->stream_count; s++) {
		if (!talk->stream[s].here)
			continue;
		metadata_uuid(&talk->stream[s].id, false, id);
		text_add(xml,
			 sends(talk, i, s) ? "<send>%s</send>"
					   : "<recv>%s</recv>",
			 id);
	}
	text_add(xml, "</participant>\r\n");
}

void metadata_audiocodes(struct text *xml, const struct talk *talk)
{
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	metadata_uuid(&talk->group, false, id);
	metadata_uuid(&talk->session, false, session);
	metadata_time(talk->began_at, METADATA_TIME_BARE, time);
	text_add(xml,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		 "<recording xmlns='" OLD_NAMESPACE "'>\r\n"
		 "<datamode>%s</datamode>\r\n<group id=\"%s\">"
		 "<associate-time>%s</associate-time></group>\r\n"
		 "<session id=\"%s\"><associate-time>%s</associate-time>"
		 "<group-ref>%s</group-ref></session>\r\n",
		 mode_of(talk), id, time, session, time, id);
	write_unknown(xml, talk);
	for (size_t i = 0; i < talk->party_count; i++)
		if (metadata_tells_party(talk, i))
			audiocodes_party(xml, talk, i, session);
	for (size_t i = 0; i < talk->stream_count; i++) {
		if (!metadata_tells_stream(talk, i))
			continue;
		metadata_uuid(&talk->stream[i].id, false, id);
		text_add(xml,
			 "<stream id=\"%s\" session=\"%s\"><label>%s</label>"
			 "</stream>\r\n",
			 id, session, talk->stream[i].label);
	}
	text_add(xml, "</recording>\r\n");
}

static void metaswitch_extension(struct text *xml, const struct talk *talk)
{
	char user[CALL_NAME_SIZE];

	text_add(xml, "<extensiondata>\r\n<metaswitchRecordingMetadata>\r\n"
		      "<callType>incoming</callType>\r\n<recordedParty>");
	text_xml(xml, metadata_user(&talk->party[1], user, sizeof(user)));
	text_add(xml, "</recordedParty>\r\n<dialedDigits>%s</dialedDigits>\r\n",
		 talk->service);
	write_unknown(xml, talk);
	text_add(xml, "</metaswitchRecordingMetadata>\r\n</extensiondata>\r\n");
}

void metadata_metaswitch(struct text *xml, const struct talk *talk)
{
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char stream[METADATA_ID_SIZE], time[METADATA_TIME_SIZE];

	metadata_uuid(&talk->session, true, session);
	metadata_uuid(&talk->stream[0].id, true, stream);
	metadata_time(talk->began_at, METADATA_TIME_Z, time);
	text_add(xml,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		 "<recording xmlns=\"" OLD_NAMESPACE "\">\r\n"
		 "<datamode>complete</datamode>\r\n<session id=\"%s\">\r\n"
		 "<start-time>%s</start-time>\r\n</session>\r\n",
		 session, time);
	for (size_t i = 0; i < talk->party_count; i++) {
		const struct talk_party *party = &talk->party[i];

		if (!party->here)
			continue;
		metadata_uuid(&party->id, true, id);
		text_add(xml, "<participant id=\"%s\">\r\n<nameID aor=\"", id);
		text_xml(xml, party->address);
		text_add(xml, ";user=phone\"/>\r\n</participant>\r\n");
	}
	text_add(xml,
		 "<stream id=\"%s\" session=\"%s\">\r\n<label>%s</label>\r\n"
		 "</stream>\r\n",
		 stream, session, talk->stream[0].label);
	for (size_t i = 0; i < talk->party_count; i++) {
		if (!talk->party[i].here)
			continue;
		metadata_uuid(&talk->party[i].id, true, id);
		text_add(xml,
			 "<participantsessionassoc participant_id=\"%s\" "
			 "session_id=\"%s\"/>\r\n"
			 "<participantstreamassoc participant_id=\"%s\">\r\n"
			 "<send>%s</send>\r\n</participantstreamassoc>\r\n",
			 id, session, id, stream);
	}
	metaswitch_extension(xml, talk);
	text_add(xml, "</recording>\r\n");
}
