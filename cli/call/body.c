/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/body.h"

#include <stdio.h>

#define BOUNDARY "boundary-7f2a"

static void part(struct text *body, const struct dialect *dialect,
		 const char *type, struct slice bytes, const char *disposition)
{
	text_add(body, "--" BOUNDARY "\r\nContent-Type:%s%s\r\n",
		 dialect_does(dialect, DIALECT_TIGHT) ? "" : " ", type);
	if (disposition)
		text_add(body, "Content-Disposition: %s\r\n", disposition);
	if (dialect_does(dialect, DIALECT_PART_LENGTH))
		text_add(body, "Content-Length: %zu\r\n", bytes.size);
	text_add(body, "\r\n");
	text_put(body, bytes);
	text_add(body, "\r\n");
}

static void parts(struct text *body, const struct dialect *dialect,
		  struct slice sdp, struct slice metadata)
{
	bool first = dialect_does(dialect, DIALECT_METADATA_FIRST);

	if (dialect_does(dialect, DIALECT_PREAMBLE))
		text_add(body, "\r\n");
	if (first)
		part(body, dialect, dialect->metadata_type, metadata,
		     "recording-session");
	part(body, dialect, "application/sdp", sdp, NULL);
	if (!first)
		part(body, dialect, dialect->metadata_type, metadata,
		     "recording-session");
	if (dialect_does(dialect, DIALECT_OPEN_END)) {
		/* An extra part, and the message ends without the boundary
		 * that closes it. */
		part(body, dialect, "application/gtd",
		     SLICE("IAM,\r\nPRN,isdn*,,NET5,\r\nUSI,rate,c,s,c,1\r\n"),
		     "signal;handling=optional");
		return;
	}
	text_add(body, "--" BOUNDARY "--%s\r\n",
		 dialect_does(dialect, DIALECT_TRAILING) ? " " : "");
}

void body_write(struct text *body, const struct dialect *dialect,
		struct slice sdp, struct slice metadata, char *type,
		size_t type_size)
{
	type[0] = '\0';
	if (metadata.size == 0) {
		text_put(body, sdp);
		if (sdp.size > 0)
			(void)snprintf(type, type_size, "application/sdp");
		return;
	}
	if (sdp.size == 0) {
		text_put(body, metadata);
		(void)snprintf(type, type_size, "%s", dialect->metadata_type);
		return;
	}
	parts(body, dialect, sdp, metadata);
	(void)snprintf(type, type_size, "multipart/mixed;%s",
		       dialect_does(dialect, DIALECT_QUOTED)
			       ? " boundary=\"" BOUNDARY "\""
			       : "boundary=" BOUNDARY);
}
