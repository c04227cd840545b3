/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The few extension elements that are needed to tell who is who. Each is
 * listed here by name; what is not listed is never looked at.
 */
#include <string.h>

#include "siprec/parse/header.h"
#include "siprec/parse/metadata_xml.h"

enum { OTHER_DIGITS_MIN = 4 };

enum meaning {
	NOTHING,
	CALLING,      /* number of who called */
	CALLED,	      /* number that was called */
	OTHER_NUMBER, /* number the call came through */
	RECORDED,     /* the party the client records */
	IS_CALLING,   /* true or false, of the participant around it */
	ROLE,	      /* calling or called, of the participant around it */
	CALL_TYPE,
	ORIGINATING, /* the recorded party made the call */
	TERMINATING, /* the recorded party got the call */
	PRIVACY,
	CORRELATION_1, /* worst */
	CORRELATION_2,
	CORRELATION_3,
	CORRELATION_4, /* best */
};

#define NAME(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static const struct {
	struct slice name;
	enum meaning meaning;
} elements[] = {
	{ NAME("callingPartyNumber"), CALLING },
	{ NAME("callingNumber"), CALLING },
	{ NAME("fromhdr"), CALLING },
	{ NAME("calledPartyNumber"), CALLED },
	{ NAME("calledNumber"), CALLED },
	{ NAME("tohdr"), CALLED },
	{ NAME("dialedDigits"), OTHER_NUMBER },
	{ NAME("originalCalledNumber"), OTHER_NUMBER },
	{ NAME("redirectedFromNumber"), OTHER_NUMBER },
	{ NAME("redirectingNumber"), OTHER_NUMBER },
	{ NAME("acdNumber"), OTHER_NUMBER },
	{ NAME("ruri"), OTHER_NUMBER },
	{ NAME("request-uri"), OTHER_NUMBER },
	{ NAME("requesturi"), OTHER_NUMBER },
	{ NAME("recordedParty"), RECORDED },
	{ NAME("userID"), RECORDED },
	{ NAME("callingParty"), IS_CALLING },
	{ NAME("role"), ROLE },
	{ NAME("callType"), CALL_TYPE },
	{ NAME("origCall"), ORIGINATING },
	{ NAME("termCall"), TERMINATING },
	{ NAME("privacy"), PRIVACY },
	{ NAME("presentation"), PRIVACY },
	{ NAME("presentationIndicator"), PRIVACY },
	{ NAME("callingPartyPrivacy"), PRIVACY },
	{ NAME("callingPresentation"), PRIVACY },
	{ NAME("extTrackingID"), CORRELATION_4 },
	{ NAME("ucid"), CORRELATION_3 },
	{ NAME("sipSessionID"), CORRELATION_2 },
	{ NAME("callid"), CORRELATION_1 },
};

/* Inside callData, and as copies of SIP headers. */
static const struct {
	struct slice name;
	enum meaning meaning;
} headers[] = {
	{ NAME("From"), CALLING },
	{ NAME("To"), CALLED },
	{ NAME("Privacy"), PRIVACY },
	{ NAME("Diversion"), OTHER_NUMBER },
	{ NAME("History-Info"), OTHER_NUMBER },
	{ NAME("P-Called-Party-ID"), OTHER_NUMBER },
	{ NAME("Request-URI"), OTHER_NUMBER },
};

static enum meaning meaning_of(const struct metadata_vendor *inside,
			       struct slice name)
{
	if (inside->is_call_data)
		for (size_t i = 0; i < COUNT(headers); i++)
			if (slice_is_nocase(name, headers[i].name))
				return headers[i].meaning;
	for (size_t i = 0; i < COUNT(elements); i++)
		if (slice_is_nocase(name, elements[i].name))
			return elements[i].meaning;
	return inside->is_redirect ? OTHER_NUMBER : NOTHING;
}

static bool is_one_of(struct slice text, const struct slice *words,
		      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is_nocase(text, words[i]))
			return true;
	return false;
}

static uint32_t call_type_of(struct slice text)
{
	static const struct slice in[] = {
		NAME("in"),	     NAME("incoming"), NAME("inbound"),
		NAME("terminating"), NAME("term"),     NAME("termCall"),
	};
	static const struct slice out[] = {
		NAME("out"),	     NAME("outgoing"), NAME("outbound"),
		NAME("originating"), NAME("orig"),     NAME("origCall"),
	};
	static const struct slice internal[] = {
		NAME("internal"),
		NAME("intra"),
		NAME("intercom"),
	};

	if (is_one_of(text, in, COUNT(in)))
		return METADATA_CALL_IN;
	if (is_one_of(text, out, COUNT(out)))
		return METADATA_CALL_OUT;
	if (is_one_of(text, internal, COUNT(internal)))
		return METADATA_CALL_INTERNAL;
	return METADATA_CALL_UNKNOWN;
}

static bool is_private(struct slice text)
{
	static const struct slice words[] = {
		NAME("id"),
		NAME("user"),
		NAME("header"),
		NAME("full"),
		NAME("true"),
		NAME("yes"),
		NAME("restricted"),
		NAME("private"),
		NAME("anonymous"),
		NAME("withheld"),
		NAME("presentation-restricted"),
		NAME("1"),
		NAME("unavailable"),
	};
	struct slice word;

	/* Privacy headers list their values with ';' (RFC 3323). */
	while (text.size > 0) {
		word = slice_trim(slice_cut(text, ';', &text));
		if (is_one_of(word, words, COUNT(words)))
			return true;
	}
	return false;
}

void metadata_copy(struct metadata *document, struct slice text, char *out,
		   size_t size)
{
	text = slice_trim(text);
	if (text.size >= size)
		text = header_bare(text);
	if (slice_text(text, out, size) < 0)
		document->dropped++;
}

/* Inside a redirect stand reasons and names too: those are not kept. */
static bool has_number(struct slice text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.size; i++)
		digits += text.at[i] >= '0' && text.at[i] <= '9';
	return digits >= OTHER_DIGITS_MIN;
}

static void read_number(struct metadata *document,
			const struct metadata_vendor *inside,
			enum meaning meaning, struct slice text)
{
	if (text.size == 0)
		return;
	if (inside->is_redirect || meaning == OTHER_NUMBER) {
		if (has_number(text) &&
		    document->other_count < METADATA_OTHERS_MAX)
			metadata_copy(document, text,
				      document->others[document->other_count++],
				      METADATA_AOR_SIZE);
		return;
	}
	metadata_copy(document, text,
		      meaning == CALLING ? document->calling : document->called,
		      METADATA_AOR_SIZE);
}

static void read_correlation(struct metadata *document, uint32_t rank,
			     struct slice text)
{
	struct slice rest;

	/* "ab30...;remote=47..." and "0012...;encoding=hex". */
	text = slice_trim(slice_cut(text, ';', &rest));
	if (text.size == 0 || rank <= document->correlation_rank)
		return;
	document->correlation_rank = rank;
	document->correlation = metadata_hash(text);
}

static bool is_true(struct slice text)
{
	return slice_is_nocase(text, SLICE("true")) ||
	       slice_is_nocase(text, SLICE("yes")) ||
	       slice_is_nocase(text, SLICE("1"));
}

static void read_recorded(struct metadata *document,
			  const struct metadata_vendor *inside,
			  struct slice text)
{
	if (inside->participant) {
		inside->participant->is_recorded =
			!slice_is_nocase(text, SLICE("false"));
		return;
	}
	if (text.size > 0 && !is_true(text) && !document->recorded[0])
		metadata_copy(document, text, document->recorded,
			      METADATA_AOR_SIZE);
}

void metadata_read_vendor(struct metadata *document,
			  const struct metadata_vendor *inside,
			  struct slice name, struct slice text)
{
	enum meaning meaning = meaning_of(inside, name);
	uint32_t type;

	switch (meaning) {
	case NOTHING:
		return;
	case CALLING:
	case CALLED:
	case OTHER_NUMBER:
		read_number(document, inside, meaning, text);
		return;
	case RECORDED:
		read_recorded(document, inside, text);
		return;
	case IS_CALLING:
		if (inside->participant)
			inside->participant->is_calling = is_true(text);
		return;
	case ROLE:
		if (inside->participant &&
		    slice_is_nocase(text, SLICE("calling")))
			inside->participant->is_calling = true;
		return;
	case CALL_TYPE:
		type = call_type_of(text);
		if (type != METADATA_CALL_UNKNOWN)
			document->call_type = type;
		return;
	case ORIGINATING:
		document->call_type = METADATA_CALL_OUT;
		return;
	case TERMINATING:
		document->call_type = METADATA_CALL_IN;
		return;
	case PRIVACY:
		if (!is_private(text))
			return;
		if (inside->participant)
			inside->participant->is_withheld = true;
		else
			document->is_calling_withheld = true;
		return;
	case CORRELATION_1:
	case CORRELATION_2:
	case CORRELATION_3:
	case CORRELATION_4:
		read_correlation(document,
				 (uint32_t)(meaning - CORRELATION_1 + 1), text);
		return;
	}
}
