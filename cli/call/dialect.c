/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/dialect.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const struct dialect dialects[] = {
#define DIALECT(name, habits, label1, label2, label3, type, writer, summary)   \
	{ name, summary, habits, { label1, label2, label3 }, type, writer },
#include "cli/call/dialects.def"
#undef DIALECT
};

const size_t dialect_count = COUNT(dialects);

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; i < dialect_count; i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	return NULL;
}

void metadata_time(nanoseconds at, enum metadata_time how,
		   char out[METADATA_TIME_SIZE])
{
	time_t seconds = how == METADATA_TIME_1970 ? 0 : at / NS_PER_S;
	bool local = how == METADATA_TIME_ZONE || how == METADATA_TIME_BARE;
	struct tm tm;
	size_t size;

	(void)(local ? localtime_r(&seconds, &tm) : gmtime_r(&seconds, &tm));
	size = strftime(out, METADATA_TIME_SIZE,
			how == METADATA_TIME_ZONE ? "%Y-%m-%dT%H:%M:%S%z"
						  : "%Y-%m-%dT%H:%M:%S",
			&tm);
	if (how == METADATA_TIME_MS)
		(void)snprintf(out + size, METADATA_TIME_SIZE - size, ".%03dZ",
			       (int)(at % NS_PER_S / NS_PER_MS));
	else if (how == METADATA_TIME_OFFSET)
		(void)snprintf(out + size, METADATA_TIME_SIZE - size, "+00:00");
	else if (!local)
		(void)snprintf(out + size, METADATA_TIME_SIZE - size, "Z");
}

void metadata_base64(const struct id *id, char out[METADATA_ID_SIZE])
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				    "opqrstuvwxyz0123456789+/";
	size_t at = 0;

	for (size_t i = 0; i < sizeof(id->byte); i += 3) {
		size_t left = sizeof(id->byte) - i;
		uint32_t bits = (uint32_t)id->byte[i] << 16;

		if (left > 1)
			bits |= (uint32_t)id->byte[i + 1] << 8;
		if (left > 2)
			bits |= id->byte[i + 2];
		out[at++] = digit[bits >> 18 & 63];
		out[at++] = digit[bits >> 12 & 63];
		out[at++] = left > 1 ? digit[bits >> 6 & 63] : '=';
		out[at++] = left > 2 ? digit[bits & 63] : '=';
	}
	out[at] = '\0';
}

void metadata_uuid(const struct id *id, bool urn, char out[METADATA_ID_SIZE])
{
	char hex[ID_TEXT_SIZE];

	id_text(id, hex);
	(void)snprintf(out, METADATA_ID_SIZE, "%s%.8s-%.4s-%.4s-%.4s-%.12s",
		       urn ? "urn:uuid:" : "", hex, hex + 8, hex + 12, hex + 16,
		       hex + 20);
}

bool metadata_tells_party(const struct talk *talk, size_t party)
{
	const struct talk_party *who = &talk->party[party];

	if (talk->partial)
		return who->fresh;
	return who->here || who->fresh;
}

bool metadata_tells_stream(const struct talk *talk, size_t stream)
{
	const struct talk_stream *one = &talk->stream[stream];

	if (!one->here)
		return false;
	if (talk->partial && one->party >= 0)
		return talk->party[one->party].fresh;
	return true;
}

const char *metadata_user(const struct talk_party *party, char *out,
			  size_t size)
{
	struct slice rest;
	struct slice user = slice_cut(slice_of(party->address), '@', &rest);

	if (party->number[0] != '\0')
		return party->number;
	if (slice_text(user, out, size) < 0)
		out[0] = '\0';
	return out;
}
