/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Metadata in the names of RFC 7865, and its near relatives: one writer
 * with a style, because these clients differ in spelling, not in structure.
 */
#include "cli/call/dialect.h"

struct style {
	const char *datamode;
	enum metadata_time time;
	bool urn; /**< ids as urn:uuid, else base64 */
	bool group;
	bool streamassoc;     /**< participantstreamassoc is written at all */
	bool recv;	      /**< with an empty recv */
	bool xml_escaped;     /**< addresses are escaped */
	bool stream_id_empty; /**< stream_id="" */
	bool named;	      /**< names of participants are written */
	bool service;	      /**< agent also has the called number as nameID */
	bool by_number;	      /**< addresses are number@client */
};

static void write_id(const struct style *style, const struct id *id,
		     char out[METADATA_ID_SIZE])
{
	if (style->urn)
		metadata_uuid(id, true, out);
	else
		metadata_base64(id, out);
}

static void write_head(struct text *xml, const struct talk *talk,
		       const struct style *style)
{
	char group[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	write_id(style, &talk->group, group);
	write_id(style, &talk->session, session);
	metadata_time(talk->began_at, style->time, time);
	text_add(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		      "<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\""
		      ">\r\n");
	text_add(xml, "  <%s>%s</%s>\r\n", style->datamode,
		 talk->partial ? "partial" : "complete", style->datamode);
	if (style->group && !talk->partial)
		text_add(xml,
			 "  <group group_id=\"%s\">\r\n    <associate-time>"
			 "%s</associate-time>\r\n  </group>\r\n",
			 group, time);
	text_add(xml, "  <session session_id=\"%s\">\r\n", session);
	text_add(xml, "    <sipSessionID>%s</sipSessionID>\r\n", talk->call_id);
	if (style->group)
		text_add(xml, "    <group-ref>%s</group-ref>\r\n", group);
	if (!talk->partial)
		text_add(xml, "    <start-time>%s</start-time>\r\n", time);
	text_add(xml, "  </session>\r\n");
	if (talk->unknown)
		text_add(xml,
			 "  <extensiondata id=\"x\" parent=\"%s\">\r\n    "
			 "<x:note xmlns:x=\"urn:example:unknown\">%s</x:note>"
			 "\r\n  </extensiondata>\r\n",
			 session, talk->unknown);
}

static void write_address(struct text *xml, const struct style *style,
			  const struct talk *talk,
			  const struct talk_party *party)
{
	text_add(xml, "    <nameID aor=\"sip:");
	if (style->by_number && party->number[0] != '\0')
		text_add(xml, "%s@%s", party->number, talk->host);
	else if (style->xml_escaped)
		text_xml(xml, party->address);
	else
		text_add(xml, "%s", party->address);
	text_add(xml, "\"");
	if (!style->named || party->name[0] == '\0') {
		text_add(xml, "/>\r\n");
		return;
	}
	text_add(xml, ">\r\n      <name xml:lang=\"en\">");
	text_xml(xml, party->name);
	text_add(xml, "</name>\r\n    </nameID>\r\n");
}

static void write_party(struct text *xml, const struct style *style,
			const struct talk *talk, size_t index)
{
	const struct talk_party *party = &talk->party[index];
	char id[METADATA_ID_SIZE];

	write_id(style, &party->id, id);
	text_add(xml, "  <participant participant_id=\"%s\">\r\n", id);
	if (style->service && index == 1)
		text_add(xml, "    <nameID aor=\"sip:%s@%s\"/>\r\n",
			 talk->service, talk->host);
	write_address(xml, style, talk, party);
	text_add(xml, "  </participant>\r\n");
}

static void write_stream(struct text *xml, const struct style *style,
			 const struct talk *talk,
			 const struct talk_stream *stream)
{
	char id[METADATA_ID_SIZE] = "", session[METADATA_ID_SIZE];

	if (!style->stream_id_empty)
		write_id(style, &stream->id, id);
	write_id(style, &talk->session, session);
	text_add(xml,
		 "  <stream stream_id=\"%s\" session_id=\"%s\">\r\n"
		 "    <label>%s</label>\r\n  </stream>\r\n",
		 id, session, stream->label);
}

static void write_presence(struct text *xml, const struct style *style,
			   const struct talk *talk,
			   const struct talk_party *party)
{
	char id[METADATA_ID_SIZE], session[METADATA_ID_SIZE];
	char time[METADATA_TIME_SIZE];

	write_id(style, &party->id, id);
	write_id(style, &talk->session, session);
	metadata_time(party->came_at, style->time, time);
	text_add(xml,
		 "  <participantsessionassoc participant_id=\"%s\" "
		 "session_id=\"%s\">\r\n    <associate-time>%s"
		 "</associate-time>\r\n",
		 id, session, time);
	if (!party->here) {
		metadata_time(party->left_at, style->time, time);
		text_add(xml,
			 "    <disassociate-time>%s</disassociate-time>"
			 "\r\n",
			 time);
	}
	text_add(xml, "  </participantsessionassoc>\r\n");
}

static void write_binding(struct text *xml, const struct style *style,
			  const struct talk *talk, size_t index)
{
	const struct talk_party *party = &talk->party[index];
	char id[METADATA_ID_SIZE];

	if (!party->here)
		return;
	write_id(style, &party->id, id);
	text_add(xml, "  <participantstreamassoc participant_id=\"%s\">\r\n",
		 id);
	for (size_t i = 0; i < talk->stream_count; i++) {
		const struct talk_stream *stream = &talk->stream[i];
		bool own = stream->party < 0 || stream->party == (int)index;

		if (!metadata_tells_stream(talk, i) || (!own && !style->recv))
			continue;
		write_id(style, &stream->id, id);
		text_add(xml,
			 own ? "    <send>%s</send>\r\n"
			     : "    <recv>%s</recv>\r\n",
			 id);
	}
	text_add(xml, "  </participantstreamassoc>\r\n");
}

static void write_all(struct text *xml, const struct talk *talk,
		      const struct style *style)
{
	char session[METADATA_ID_SIZE], time[METADATA_TIME_SIZE];

	write_head(xml, talk, style);
	for (size_t i = 0; i < talk->party_count; i++)
		if (metadata_tells_party(talk, i))
			write_party(xml, style, talk, i);
	for (size_t i = 0; i < talk->stream_count; i++)
		if (metadata_tells_stream(talk, i))
			write_stream(xml, style, talk, &talk->stream[i]);
	write_id(style, &talk->session, session);
	metadata_time(talk->began_at, style->time, time);
	text_add(xml,
		 "  <sessionrecordingassoc session_id=\"%s\">\r\n"
		 "    <associate-time>%s</associate-time>\r\n"
		 "  </sessionrecordingassoc>\r\n",
		 session, time);
	for (size_t i = 0; i < talk->party_count; i++)
		if (metadata_tells_party(talk, i))
			write_presence(xml, style, talk, &talk->party[i]);
	for (size_t i = 0; style->streamassoc && i < talk->party_count; i++)
		if (metadata_tells_party(talk, i))
			write_binding(xml, style, talk, i);
	text_add(xml, "</recording>\r\n");
}

void metadata_rfc(struct text *xml, const struct talk *talk)
{
	write_all(xml, talk,
		  &(struct style){ .datamode = "datamode",
				   .time = METADATA_TIME_Z,
				   .group = true,
				   .streamassoc = true,
				   .recv = true,
				   .xml_escaped = true,
				   .named = true,
				   .service = true });
}

void metadata_cube(struct text *xml, const struct talk *talk)
{
	write_all(xml, talk,
		  &(struct style){ .datamode = "datamode",
				   .time = METADATA_TIME_MS,
				   .streamassoc = true,
				   .recv = true,
				   .xml_escaped = true,
				   .by_number = true,
				   .named = true });
}

void metadata_cube_inactive(struct text *xml, const struct talk *talk)
{
	struct talk early = *talk;

	/* Before the answer the associations are there, but empty. */
	for (size_t i = 0; !talk->answered && i < talk->stream_count; i++)
		early.stream[i].here = false;
	metadata_cube(xml, &early);
}

void metadata_opensips(struct text *xml, const struct talk *talk)
{
	write_all(xml, talk,
		  &(struct style){ .datamode = "datamode",
				   .time = METADATA_TIME_ZONE,
				   .named = true });
}

void metadata_avaya(struct text *xml, const struct talk *talk)
{
	write_all(xml, talk,
		  &(struct style){ .datamode = "dataMode",
				   .time = METADATA_TIME_BARE,
				   .urn = true,
				   .group = true,
				   .streamassoc = talk->answered,
				   .stream_id_empty = !talk->answered,
				   .xml_escaped = true,
				   .named = true });
}

void metadata_sems(struct text *xml, const struct talk *talk)
{
	write_all(xml, talk,
		  &(struct style){ .datamode = "datamode",
				   .time = METADATA_TIME_OFFSET,
				   .urn = true,
				   .streamassoc = true,
				   .xml_escaped = true });
}
