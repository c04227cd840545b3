/* SPDX-License-Identifier: EUPL-1.2 */
/* What a recorder may answer to "tallenne call": messages and SDP. */
#include "cli/call/message.h"
#include "cli/call/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct slice text = { (const char *)bytes, size };
	struct sdp_answer answer;
	struct message message;
	struct slice method;
	uint32_t cseq;
	size_t whole;

	if (message_measure(text, &whole) == 0)
		assert(whole <= size);
	if (message_read(text, &message) == 0) {
		(void)message_lists(&message, "Require", "100rel");
		(void)message_tag(&message, "To");
		(void)message_uri(message_header(&message, "Contact", 0));
		if (message_cseq(&message, &cseq, &method) == 0)
			assert(method.size <= size);
		text = message.body;
	}
	if (sdp_read(text, &answer) == 0)
		assert(answer.media_count <= COUNT(answer.media));
	return 0;
}
