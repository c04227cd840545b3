/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/metadata.h"

#include <errno.h>
#include <string.h>

#include "siprec/parse/metadata_xml.h"

uint64_t metadata_hash(struct slice text)
{
	uint64_t hash = 0xcbf29ce484222325;

	text = slice_trim(text);
	if (text.size == 0)
		return 0;
	for (size_t i = 0; i < text.size; i++) {
		hash ^= (unsigned char)text.at[i];
		hash *= 0x100000001b3;
	}
	return hash ? hash : 1;
}

void metadata_init(struct metadata *metadata)
{
	*metadata = (struct metadata){ 0 };
}

void metadata_done(struct metadata *metadata)
{
	explicit_bzero(metadata, sizeof(*metadata));
}

const struct metadata_stream *
metadata_stream_find(const struct metadata *metadata, const char *label)
{
	for (uint32_t i = 0; i < metadata->stream_count; i++)
		if (label[0] && !metadata->streams[i].is_gone &&
		    strcmp(metadata->streams[i].label, label) == 0)
			return &metadata->streams[i];
	return NULL;
}

/* An update names only what it changes; empty fields change nothing. */
static void merge_text(char *into, const char *from, size_t size)
{
	if (from[0])
		memcpy(into, from, size);
}

static void merge_participants(struct metadata *into,
			       const struct metadata *from)
{
	for (uint32_t i = 0; i < from->participant_count; i++) {
		const struct metadata_participant *new = &from->participants[i];
		struct metadata_participant *old = NULL;

		for (uint32_t n = 0; n < into->participant_count; n++)
			if (new->id && into->participants[n].id == new->id)
				old = &into->participants[n];
		if (!old) {
			if (into->participant_count ==
			    METADATA_PARTICIPANTS_MAX)
				into->dropped++;
			else
				into->participants[into->participant_count++] =
					*new;
			continue;
		}
		if (new->session)
			old->session = new->session;
		old->is_gone = new->is_gone;
		old->is_recorded |= new->is_recorded;
		old->is_calling |= new->is_calling;
		old->is_withheld |= new->is_withheld;
		merge_text(old->aor, new->aor, sizeof(old->aor));
		merge_text(old->alias, new->alias, sizeof(old->alias));
		merge_text(old->name, new->name, sizeof(old->name));
	}
}

static void merge_streams(struct metadata *into, const struct metadata *from)
{
	for (uint32_t i = 0; i < from->stream_count; i++) {
		const struct metadata_stream *new = &from->streams[i];
		struct metadata_stream *old = NULL;

		for (uint32_t n = 0; n < into->stream_count; n++)
			if (new->id && into->streams[n].id == new->id)
				old = &into->streams[n];
		if (!old) {
			if (into->stream_count == METADATA_STREAMS_MAX)
				into->dropped++;
			else
				into->streams[into->stream_count++] = *new;
			continue;
		}
		old->is_gone = new->is_gone;
		old->is_mixed = new->is_mixed;
		merge_text(old->label, new->label, sizeof(old->label));
	}
}

/* A participant's sends are told anew as a whole (RFC 7865, 6.9). */
static void merge_sends(struct metadata *into, const struct metadata *from)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < into->send_count; i++) {
		bool is_told = false;

		for (uint32_t n = 0; n < from->send_count; n++)
			is_told |= from->sends[n].participant ==
				   into->sends[i].participant;
		if (!is_told)
			into->sends[kept++] = into->sends[i];
	}
	into->send_count = kept;
	for (uint32_t i = 0; i < from->send_count; i++) {
		if (into->send_count == METADATA_SENDS_MAX)
			into->dropped++;
		else
			into->sends[into->send_count++] = from->sends[i];
	}
}

static void merge_call(struct metadata *into, const struct metadata *from)
{
	if (from->call_type != METADATA_CALL_UNKNOWN)
		into->call_type = from->call_type;
	if (from->correlation_rank >= into->correlation_rank &&
	    from->correlation) {
		into->correlation = from->correlation;
		into->correlation_rank = from->correlation_rank;
	}
	merge_text(into->called, from->called, sizeof(into->called));
	merge_text(into->calling, from->calling, sizeof(into->calling));
	merge_text(into->recorded, from->recorded, sizeof(into->recorded));
	into->is_calling_withheld |= from->is_calling_withheld;
	for (uint32_t i = 0; i < from->other_count; i++)
		if (into->other_count < METADATA_OTHERS_MAX)
			memcpy(into->others[into->other_count++],
			       from->others[i], METADATA_AOR_SIZE);
}

static void merge(struct metadata *into, const struct metadata *from)
{
	merge_participants(into, from);
	merge_streams(into, from);
	merge_sends(into, from);
	merge_call(into, from);
	if (from->session_count > 0) {
		into->session_count = from->session_count;
		memcpy(into->sessions, from->sessions, sizeof(into->sessions));
	}
	into->dropped += from->dropped;
}

static bool is_anything(const struct metadata *document)
{
	return document->participant_count > 0 || document->stream_count > 0 ||
	       document->session_count > 0 || document->called[0] ||
	       document->calling[0];
}

static void drop_document(struct metadata **document)
{
	if (*document)
		metadata_done(*document);
	free(*document);
}

/* Not well-formed: mend it and read again. */
static int read_mended(struct slice xml, struct metadata *document)
{
	size_t room = 2 * METADATA_SIZE_MAX;
	OWNED(drop_memory) char *text = malloc(room);
	int r;

	if (!text)
		return -ENOMEM;
	r = metadata_repair(xml, text, room);
	if (r >= 0) {
		size_t size = (size_t)r;

		metadata_init(document);
		r = metadata_read((struct slice){ text, size }, document);
		explicit_bzero(text, size);
	}
	return r;
}

static int read_document(struct slice xml, struct metadata *document,
			 bool *ret_broken)
{
	int r;

	*ret_broken = true;
	/* UTF-16 and NULs end here: no client of the 13 sends them. */
	if (xml.size == 0 || xml.size > METADATA_SIZE_MAX ||
	    slice_find(xml, '\0') < xml.size)
		return -EBADMSG;
	r = metadata_read(xml, document);
	if (r == 0)
		*ret_broken = false;
	else if (r == -EBADMSG)
		r = read_mended(xml, document);
	return r;
}

int metadata_apply(struct metadata *metadata, struct slice xml)
{
	OWNED(drop_document)
	struct metadata *document = calloc(1, sizeof(*document));
	bool is_broken, is_known;
	int r;

	if (!document)
		return -ENOMEM;
	r = read_document(slice_trim(xml), document, &is_broken);
	if (r == -ENOMEM)
		return r;
	is_known = is_anything(document);
	/* What ends in the middle cannot say that something is gone. */
	if (r < 0 || !is_known)
		document->is_partial = true;
	if (!document->is_partial) {
		document->is_calling_withheld |= metadata->is_calling_withheld;
		document->is_seen = true;
		*metadata = *document;
	} else {
		merge(metadata, document);
		metadata->is_seen |= is_known;
		metadata->is_partial = true;
	}
	metadata->is_broken = is_broken || !is_known;
	return metadata->is_broken ? -EBADMSG : 0;
}
