/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Letters of media and the register, in the middle of a call. The first
 * byte says whose; two bytes the size; then the letter. A letter that is
 * none ends its line and nothing else.
 */
#include <sys/socket.h>

#include "tests/unit/siprec_stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char invite[] =
	"INVITE sip:srs@192.0.2.10 SIP/2.0\n"
	"Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bKa\n"
	"From: <sip:+358405550123@192.0.2.20>;tag=a1\n"
	"To: <sip:+358295550100@192.0.2.10>\nCall-ID: a\nCSeq: 1 INVITE\n"
	"Max-Forwards: 70\nContact: <sip:src@192.0.2.20>\n"
	"Content-Type: application/sdp\n\n"
	"v=0\no=- 1 1 IN IP4 192.0.2.30\ns=-\nc=IN IP4 192.0.2.30\nt=0 0\n"
	"m=audio 30000 RTP/AVP 8\na=label:1\n"
	"m=audio 30002 RTP/AVP 8\na=label:2\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage *stage;

	if (!stage)
		stage = stage_new(POLICY);
	stage_lines(stage);
	stage_pump(stage);
	stage_client(stage, invite);
	stage_pump(stage);
	while (size > 3) {
		size_t length = data[1] | (size_t)data[2] << 8;
		int end = data[0] & 1 ? stage->media : stage->registry;

		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		(void)send(end, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		data += length;
		size -= length;
		stage_pump(stage);
	}
	stage->recorder.call_hours_max = 0;
	stage_wait(stage, 1000);
	stage->recorder.call_hours_max = 24;
	stage_wait(stage, 35000);
	assert(stage->recorder.contact_count == 0);
	return 0;
}
