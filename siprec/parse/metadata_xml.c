/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/metadata_xml.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

/* What an open element is to us. */
enum kind {
	KIND_OTHER,
	KIND_EXTENSION, /* core elements mean nothing inside */
	KIND_SESSION,
	KIND_PARTICIPANT,
	KIND_STREAM,
	KIND_STREAM_ASSOC,
	KIND_SESSION_ASSOC,
	KIND_SEND,
	KIND_RECEIVE,
	KIND_NAME_ID,
	KIND_REDIRECT,
	KIND_CALL_DATA,
	KIND_HEADER, /* copy of a SIP header, named by an attribute */
};

struct level {
	uint32_t kind;
	char name[METADATA_LABEL_SIZE]; /* local name, cut */
};

struct reader {
	XML_Parser parser;
	struct metadata *document;
	int depth;
	int element_count;
	bool is_refused;
	struct level levels[METADATA_DEPTH_MAX];
	/* What is being read; indices stay valid while lists grow. */
	struct metadata_participant *participant;
	struct metadata_stream *stream;
	uint64_t assoc_participant;
	uint32_t assoc_first_send;
	bool is_assoc_ended;
	char text[METADATA_TEXT_MAX];
	size_t text_size;
};

static struct slice local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return slice_of(colon ? colon + 1 : name);
}

static struct slice attribute(const char **attributes, struct slice name,
			      struct slice other)
{
	struct slice found = { 0 };

	for (int i = 0; attributes[i]; i += 2) {
		struct slice this = local_name(attributes[i]);

		if (slice_is_nocase(this, name))
			return slice_trim(slice_of(attributes[i + 1]));
		if (other.size > 0 && slice_is_nocase(this, other))
			found = slice_trim(slice_of(attributes[i + 1]));
	}
	return found;
}

static uint32_t kind_of(struct slice name)
{
	static const struct {
		struct slice name;
		enum kind kind;
	} known[] = {
		{ { "session", 7 }, KIND_SESSION },
		{ { "participant", 11 }, KIND_PARTICIPANT },
		{ { "stream", 6 }, KIND_STREAM },
		{ { "participantstreamassoc", 22 }, KIND_STREAM_ASSOC },
		{ { "participantsessionassoc", 23 }, KIND_SESSION_ASSOC },
		{ { "send", 4 }, KIND_SEND },
		{ { "recv", 4 }, KIND_RECEIVE },
		{ { "nameID", 6 }, KIND_NAME_ID },
		{ { "extensiondata", 13 }, KIND_EXTENSION },
		{ { "redirectInfo", 12 }, KIND_REDIRECT },
		{ { "callData", 8 }, KIND_CALL_DATA },
		{ { "header", 6 }, KIND_HEADER },
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (slice_is_nocase(name, known[i].name))
			return known[i].kind;
	return KIND_OTHER;
}

static bool is_inside(const struct reader *reader, enum kind kind)
{
	for (int i = 0; i < reader->depth; i++)
		if (reader->levels[i].kind == kind)
			return true;
	return false;
}

static void refuse(struct reader *reader)
{
	reader->is_refused = true;
	(void)XML_StopParser(reader->parser, XML_FALSE);
}

static struct metadata_participant *add_participant(struct metadata *document,
						    uint64_t id)
{
	struct metadata_participant *participant;

	for (uint32_t i = 0; i < document->participant_count; i++)
		if (id != 0 && document->participants[i].id == id)
			return &document->participants[i];
	if (document->participant_count == METADATA_PARTICIPANTS_MAX) {
		document->dropped++;
		return NULL;
	}
	participant = &document->participants[document->participant_count++];
	*participant = (struct metadata_participant){ .id = id };
	return participant;
}

static void begin_participant(struct reader *reader, const char **attributes)
{
	uint64_t id = metadata_hash(
		attribute(attributes, SLICE("participant_id"), SLICE("id")));

	reader->participant = add_participant(reader->document, id);
	if (reader->participant)
		reader->participant->session = metadata_hash(attribute(
			attributes, SLICE("session_id"), SLICE("session")));
}

/* A participant may have several; the second often is the service number. */
static void note_aor(struct reader *reader, struct slice text)
{
	struct metadata_participant *participant = reader->participant;

	if (slice_trim(text).size == 0)
		return;
	metadata_copy(reader->document, text,
		      participant->aor[0] ? participant->alias
					  : participant->aor,
		      METADATA_AOR_SIZE);
}

static void begin_stream(struct reader *reader, const char **attributes)
{
	struct metadata *document = reader->document;

	if (document->stream_count == METADATA_STREAMS_MAX) {
		document->dropped++;
		reader->stream = NULL;
		return;
	}
	reader->stream = &document->streams[document->stream_count++];
	*reader->stream = (struct metadata_stream){
		.id = metadata_hash(
			attribute(attributes, SLICE("stream_id"), SLICE("id"))),
		.session = metadata_hash(attribute(
			attributes, SLICE("session_id"), SLICE("session"))),
	};
}

static void begin_session(struct reader *reader, const char **attributes)
{
	struct metadata *document = reader->document;
	uint64_t id = metadata_hash(
		attribute(attributes, SLICE("session_id"), SLICE("id")));

	if (document->session_count == METADATA_SESSIONS_MAX)
		document->dropped++;
	else
		document->sessions[document->session_count++] = id;
}

static void begin_assoc(struct reader *reader, const char **attributes)
{
	uint64_t id = metadata_hash(attribute(
		attributes, SLICE("participant_id"), SLICE("participant")));

	if (id == 0)
		id = metadata_hash(attribute(attributes, SLICE("id"),
					     (struct slice){ 0 }));
	if (id == 0 && reader->participant)
		id = reader->participant->id;
	reader->assoc_participant = id;
	reader->assoc_first_send = reader->document->send_count;
	reader->is_assoc_ended = false;
}

static void XMLCALL on_start(void *self, const char *name,
			     const char **attributes)
{
	struct reader *reader = self;
	struct slice local = local_name(name);
	struct level *level;
	int count = 0;

	while (attributes[count])
		count++;
	if (reader->depth == METADATA_DEPTH_MAX ||
	    reader->element_count++ == METADATA_ELEMENTS_MAX ||
	    count / 2 > METADATA_ATTRIBUTES_MAX) {
		refuse(reader);
		return;
	}
	level = &reader->levels[reader->depth];
	*level = (struct level){ .kind = kind_of(local) };
	if (local.size >= sizeof(level->name))
		local.size = 0;
	memcpy(level->name, local.at, local.size);
	reader->text_size = 0;
	if (is_inside(reader, KIND_EXTENSION) && level->kind < KIND_REDIRECT &&
	    level->kind != KIND_EXTENSION)
		level->kind = KIND_OTHER;
	if (level->kind == KIND_PARTICIPANT)
		begin_participant(reader, attributes);
	else if (level->kind == KIND_STREAM)
		begin_stream(reader, attributes);
	else if (level->kind == KIND_SESSION)
		begin_session(reader, attributes);
	else if (level->kind == KIND_STREAM_ASSOC ||
		 level->kind == KIND_SESSION_ASSOC)
		begin_assoc(reader, attributes);
	else if (level->kind == KIND_NAME_ID && reader->participant)
		note_aor(reader, attribute(attributes, SLICE("aor"),
					   (struct slice){ 0 }));
	else if (level->kind == KIND_HEADER) {
		/* Its value will be read as if it were its own element. */
		struct slice header =
			attribute(attributes, SLICE("label"), SLICE("name"));

		memset(level->name, 0, sizeof(level->name));
		if (slice_text(header, level->name, sizeof(level->name)) < 0)
			level->name[0] = '\0';
	}
	reader->depth++;
}

static void add_send(struct reader *reader, uint64_t participant,
		     struct slice text)
{
	struct metadata *document = reader->document;
	uint64_t stream = metadata_hash(text);

	if (participant == 0 || stream == 0)
		return;
	if (document->send_count == METADATA_SENDS_MAX) {
		document->dropped++;
		return;
	}
	document->sends[document->send_count++] =
		(struct metadata_send){ .participant = participant,
					.stream = stream };
}

/* Who hears what it sends is in a mixed stream (Metaswitch). */
static void add_receive(struct reader *reader, uint64_t participant,
			struct slice text)
{
	struct metadata *document = reader->document;
	uint64_t stream = metadata_hash(text);

	for (uint32_t i = 0; i < document->send_count; i++)
		if (document->sends[i].participant == participant &&
		    document->sends[i].stream == stream)
			document->sends[i].is_both = true;
}

/* The text of a "send" or "recv", whoever it stands in. */
static void read_send(struct reader *reader, struct slice text, bool is_send)
{
	uint64_t participant = 0;

	if (is_inside(reader, KIND_STREAM_ASSOC))
		participant = reader->assoc_participant;
	else if (reader->participant)
		participant = reader->participant->id;
	if (is_send)
		add_send(reader, participant, text);
	else
		add_receive(reader, participant, text);
}

static bool read_end_time(struct reader *reader, struct slice name)
{
	if (!slice_is_nocase(name, SLICE("disassociate-time")))
		return false;
	if (is_inside(reader, KIND_STREAM_ASSOC) ||
	    is_inside(reader, KIND_SESSION_ASSOC))
		reader->is_assoc_ended = true;
	else if (reader->participant)
		reader->participant->is_gone = true;
	else if (reader->stream)
		reader->stream->is_gone = true;
	return true;
}

/* Elements of RFC 7865 and its drafts. True if it was one of them. */
static bool read_core(struct reader *reader, struct slice name,
		      struct slice text)
{
	struct metadata *document = reader->document;
	uint32_t parent = reader->depth > 0
				  ? reader->levels[reader->depth - 1].kind
				  : KIND_OTHER;

	if (slice_is_nocase(name, SLICE("datamode"))) {
		document->is_partial = slice_is_nocase(text, SLICE("partial"));
	} else if (slice_is_nocase(name, SLICE("send")) ||
		   (slice_is_nocase(name, SLICE("id")) &&
		    parent == KIND_SEND)) {
		read_send(reader, text, true);
	} else if (slice_is_nocase(name, SLICE("recv")) ||
		   (slice_is_nocase(name, SLICE("id")) &&
		    parent == KIND_RECEIVE)) {
		read_send(reader, text, false);
	} else if (slice_is_nocase(name, SLICE("aor"))) {
		if (reader->participant)
			note_aor(reader, text);
	} else if (slice_is_nocase(name, SLICE("name"))) {
		if (reader->participant)
			metadata_copy(document, text, reader->participant->name,
				      METADATA_NAME_SIZE);
	} else if (slice_is_nocase(name, SLICE("label"))) {
		if (reader->stream && slice_text(text, reader->stream->label,
						 METADATA_LABEL_SIZE) < 0)
			document->dropped++;
	} else if (slice_is_nocase(name, SLICE("mode"))) {
		if (reader->stream)
			reader->stream->is_mixed =
				slice_is_nocase(text, SLICE("mixed"));
	} else {
		return read_end_time(reader, name);
	}
	return true;
}

static void end_assoc(struct reader *reader, uint32_t kind)
{
	struct metadata *document = reader->document;
	struct metadata_participant *participant;

	if (kind == KIND_STREAM_ASSOC) {
		for (uint32_t i = reader->assoc_first_send;
		     i < document->send_count; i++)
			document->sends[i].is_gone = reader->is_assoc_ended;
		return;
	}
	if (reader->assoc_participant == 0)
		return;
	participant = add_participant(document, reader->assoc_participant);
	if (participant)
		participant->is_gone = reader->is_assoc_ended;
}

static void XMLCALL on_end(void *self, const char *unused)
{
	struct reader *reader = self;
	struct level *level;
	struct slice text =
		slice_trim((struct slice){ reader->text, reader->text_size });
	struct slice name;

	(void)unused;
	if (reader->is_refused || reader->depth == 0)
		return;
	level = &reader->levels[--reader->depth];
	name = slice_of(level->name);
	reader->text_size = 0;
	if (level->kind == KIND_PARTICIPANT)
		reader->participant = NULL;
	else if (level->kind == KIND_STREAM)
		reader->stream = NULL;
	else if (level->kind == KIND_STREAM_ASSOC ||
		 level->kind == KIND_SESSION_ASSOC)
		end_assoc(reader, level->kind);
	else if (is_inside(reader, KIND_EXTENSION) ||
		 !read_core(reader, name, text)) {
		struct metadata_vendor inside = {
			.participant = reader->participant,
			.is_redirect = is_inside(reader, KIND_REDIRECT),
			.is_call_data = is_inside(reader, KIND_CALL_DATA),
		};
		struct level *parent =
			reader->depth > 0 ? &reader->levels[reader->depth - 1]
					  : NULL;

		/* <header label="To"><value>...: the header is the name. */
		if (parent && parent->kind == KIND_HEADER) {
			name = slice_of(parent->name);
			inside.is_call_data = true;
		} else if (level->kind == KIND_HEADER) {
			inside.is_call_data = true;
		}
		if (parent)
			inside.parent = slice_of(parent->name);
		metadata_read_vendor(reader->document, &inside, name, text);
	}
}

static void XMLCALL on_text(void *self, const char *text, int size)
{
	struct reader *reader = self;
	size_t room = sizeof(reader->text) - reader->text_size;
	size_t more = (size_t)size < room ? (size_t)size : room;

	memcpy(reader->text + reader->text_size, text, more);
	reader->text_size += more;
}

static void XMLCALL on_doctype(void *self, const char *name, const char *system,
			       const char *public, int has_internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	refuse(self);
}

/*
 * How much of a text may be read. expat enters every attribute of an
 * element into a table before it tells us of the first; thousands take
 * milliseconds. What has more '=' than we take attributes is cut off.
 */
static size_t readable_size(struct slice xml)
{
	size_t tag = 0;
	int count = -1; /* '=' in this tag, -1 outside of one */
	char quote = '\0';

	for (size_t i = 0; i < xml.size; i++) {
		char c = xml.at[i];

		if (count < 0) {
			bool is_tag = c == '<' && i + 1 < xml.size &&
				      xml.at[i + 1] != '!' &&
				      xml.at[i + 1] != '?';

			if (is_tag) {
				tag = i;
				count = 0;
			}
		} else if (quote) {
			if (c == quote)
				quote = '\0';
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			count = -1;
		} else if (c == '=' && ++count > METADATA_ATTRIBUTES_MAX) {
			return tag;
		}
	}
	return xml.size;
}

static void drop_parser(XML_Parser *parser)
{
	XML_ParserFree(*parser);
}

int metadata_read(struct slice xml, struct metadata *document)
{
	/* The encoding is stated here, so that no document chooses one. */
	OWNED(drop_parser) XML_Parser parser = XML_ParserCreate("UTF-8");
	struct reader reader = { .parser = parser, .document = document };
	size_t size = readable_size(xml);
	enum XML_Status status;

	if (!parser)
		return -ENOMEM;
	XML_SetUserData(parser, &reader);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	status = XML_Parse(parser, xml.at, (int)size, 1);
	explicit_bzero(reader.text, sizeof(reader.text));
	if (reader.is_refused || size < xml.size)
		return -EPERM;
	if (status == XML_STATUS_OK)
		return 0;
	return XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY ? -ENOMEM
							       : -EBADMSG;
}
