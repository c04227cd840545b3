/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file siprec_talk.h
 * What a client says on the stage of siprec_stage.h: one call of one
 * customer, its messages written out. Include after cmocka.h.
 */
#ifndef TALLENNE_TESTS_SIPREC_TALK_H
#define TALLENNE_TESTS_SIPREC_TALK_H

#include <string.h>

#include "tests/unit/siprec_stage.h"

/* One message of our client; metadata binds caller and service number. */
static inline const char *message(const char *method, int cseq,
				  const char *branch, const char *to_tag,
				  const char *extra, const char *type,
				  const char *body)
{
	static char text[16384];

	snprintf(text, sizeof(text),
		 "%s sip:srs@192.0.2.10 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK%s;rport\n"
		 "Max-Forwards: 70\n"
		 "From: <sip:src@192.0.2.20>;tag=a1\n"
		 "To: <sip:srs@192.0.2.10>%s\n"
		 "Call-ID: call-1@192.0.2.20\n"
		 "CSeq: %d %s\n"
		 "Contact: <sip:src@192.0.2.20:5060>;+sip.src\n"
		 "%s%s%s%sContent-Length: %zu\n\n%s",
		 method, branch, to_tag, cseq, method, extra,
		 *type ? "Content-Type: " : "", type, *type ? "\n" : "",
		 /* every line end becomes two bytes */
		 strlen(body) + (size_t)({
			 size_t ends = 0;
			 for (const char *c = body; *c; c++)
				 ends += *c == '\n';
			 ends;
		 }),
		 body);
	return text;
}

static inline const char *sdp(int version, const char *direction)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "v=0\no=- 1 %d IN IP4 192.0.2.30\ns=-\nc=IN IP4 192.0.2.30\n"
		 "t=0 0\nm=audio 30000 RTP/AVP 8\na=label:1\na=%s\n"
		 "m=audio 30002 RTP/AVP 8\na=label:2\na=%s\n",
		 version, direction, direction);
	return text;
}

static inline const char *metadata(const char *caller, const char *called)
{
	static char text[4096];
	char second[512] = "";

	if (*called)
		snprintf(second, sizeof(second),
			 "<participant participant_id='p2'><nameID "
			 "aor='sip:%s@192.0.2.20'/></participant>"
			 "<participantsessionassoc participant_id='p2' "
			 "session_id='s1'/><participantstreamassoc "
			 "participant_id='p2'><send>t2</send>"
			 "</participantstreamassoc>",
			 called);
	snprintf(text, sizeof(text),
		 "<?xml version='1.0'?><recording "
		 "xmlns='urn:ietf:params:xml:ns:recording:1'>"
		 "<datamode>complete</datamode><session session_id='s1'/>"
		 "<participant participant_id='p1'><nameID "
		 "aor='sip:%s@192.0.2.20'/></participant>"
		 "<participantsessionassoc participant_id='p1' "
		 "session_id='s1'/><participantstreamassoc "
		 "participant_id='p1'><send>t1</send>"
		 "</participantstreamassoc>%s"
		 "<stream stream_id='t1' session_id='s1'><label>1</label>"
		 "</stream><stream stream_id='t2' session_id='s1'>"
		 "<label>2</label></stream></recording>\n",
		 caller, second);
	return text;
}

static inline const char *both(const char *description, const char *xml)
{
	static char text[8192];

	snprintf(text, sizeof(text),
		 "--b\nContent-Type: application/sdp\n\n%s\n--b\n"
		 "Content-Type: application/rs-metadata+xml\n\n%s\n--b--\n",
		 description, xml);
	return text;
}

#define MIXED "multipart/mixed;boundary=b"
#define EXTRA                                                                  \
	"Supported: timer\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE\n"          \
	"Require: siprec\n"
#define CALLER "+358405550123"
#define SERVICE "+358295550100"

static inline void invite_as(struct stage *stage, const char *caller,
			     const char *called, const char *direction)
{
	stage_client(stage, message("INVITE", 1, "i1", "", EXTRA, MIXED,
				    both(sdp(1, direction),
					 metadata(caller, called))));
	stage_pump(stage);
	stage_learn_tag(stage);
}

static inline void ack(struct stage *stage, int cseq)
{
	stage_client(stage, message("ACK", cseq, "k1", ";tag=b2", "", "", ""));
	stage_pump(stage);
}

static inline void bye(struct stage *stage, int cseq)
{
	stage_client(stage, message("BYE", cseq, "y1", ";tag=b2", "", "", ""));
	stage_pump(stage);
}

static inline void establish(struct stage *stage)
{
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 200 OK"));
	ack(stage, 1);
}

/* Answer our latest request as the client would. */
static inline void answer_last(struct stage *stage, const char *status,
			       const char *extra)
{
	char text[2048], via[256], cseq[64];
	const char *request = stage_last(stage);

	assert_int_equal(sscanf(strstr(request, "Via: "), "%255[^\r]", via), 1);
	assert_int_equal(sscanf(strstr(request, "CSeq: "), "%63[^\r]", cseq),
			 1);
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\n%s\nFrom: <sip:recorder@192.0.2.10>;tag=%s\n"
		 "To: <sip:src@192.0.2.20>;tag=a1\n"
		 "Call-ID: call-1@192.0.2.20\n%s\n%sContent-Length: 0\n\n",
		 status, via, stage->tag, cseq, extra);
	stage_client(stage, text);
	stage_pump(stage);
}

#endif
