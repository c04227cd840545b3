/* SPDX-License-Identifier: EUPL-1.2 */
/* Whole messages, through body, SDP and metadata, to who is who. */
#include <string.h>

#include "siprec/parse/multipart.h"
#include "siprec/parse/parties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_service(void *self, const char *e164)
{
	(void)self;
	return strcmp(e164, "+358295550100") == 0;
}

static bool find_agent(void *self, const char *user, const char *host,
		       const char *number, struct parties_agent *ret_agent)
{
	(void)self;
	(void)host;
	(void)number;
	*ret_agent = (struct parties_agent){ .id = "agent-1" };
	return strcmp(user, "agent1") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message message;
	static struct metadata metadata;
	static struct sdp sdp;
	struct parties_house house = { NULL, NULL, is_service, find_agent };
	struct parties_input input = { &message, &sdp, &metadata };
	struct parties before, now;
	struct parties_tie tie;
	struct multipart parts;

	metadata_init(&metadata);
	if (message_parse((struct slice){ (const char *)data, size },
			  &message) < 0 ||
	    multipart_parse(message_line(&message, MESSAGE_CONTENT_TYPE, 0),
			    message.body, &parts) < 0)
		return 0;
	if (sdp_parse(multipart_find(&parts, MULTIPART_SDP), &sdp) < 0)
		sdp.media_count = 0;
	parties_decide(&house, &input, &before);
	(void)!metadata_apply(&metadata,
			      multipart_find(&parts, MULTIPART_METADATA));
	parties_decide(&house, &input, &now);
	parties_inherit(&before, &now);
	parties_find_tie(&input, &tie);
	(void)parties_compare(&before, &now);
	/* Who withheld the number has none, whatever the client sent. */
	if (now.caller_kind == PARTIES_CALLER_WITHHELD)
		assert(bytes_are_zero(now.caller, sizeof(now.caller)));
	assert(now.party_count <= METADATA_PARTICIPANTS_MAX);
	return 0;
}
