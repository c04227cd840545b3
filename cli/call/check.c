/* SPDX-License-Identifier: EUPL-1.2 */
/* Whether what the recorder answered is what RFC 3264 and 7866 ask for. */
#include <stdio.h>
#include <string.h>

#include "cli/call/live.h"

static bool has_payload(const struct sdp_media *media, uint8_t payload)
{
	for (size_t i = 0; i < media->payload_count; i++)
		if (media->payload[i] == payload)
			return true;
	return false;
}

static void check_media(struct live_dialog *dialog, size_t index,
			const struct sdp_media *media,
			const struct live_act *act)
{
	struct live *call = dialog->call;
	const struct call_plan *plan = call->plan;
	bool offered = act->sdp;

	if (!has_payload(media, sdp_codecs[plan->codec].payload))
		live_warn(call, "m= line %zu: our codec is missing", index);
	if (offered && act->inactive) {
		if (strcmp(media->direction, "inactive") != 0)
			live_warn(call,
				  "m= line %zu: inactive was answered "
				  "with %s",
				  index, media->direction);
	} else if (strcmp(media->direction, "recvonly") != 0) {
		live_warn(call, "m= line %zu: %s instead of recvonly", index,
			  media->direction);
	}
	if (media->address[0] == '\0')
		live_warn(call, "m= line %zu: no address", index);
	if (plan->srtp == CALL_SRTP_NONE || !offered)
		return;
	if (!media->savp || media->suite[0] == '\0')
		live_warn(call, "m= line %zu: no SRTP in the answer", index);
	else if (strcmp(media->suite, sdp_suites[plan->srtp]) != 0 ||
		 media->crypto_tag != 1)
		live_warn(call, "m= line %zu: another suite than offered",
			  index);
}

static void check_lines(struct live_dialog *dialog, const struct live_act *act)
{
	struct live *call = dialog->call;
	const struct sdp_answer *answer = &dialog->answer;
	size_t line = 0;

	for (size_t i = 0; i < call->talk.stream_count; i++) {
		const struct talk_stream *stream = &call->talk.stream[i];
		const struct sdp_media *media;

		if (stream->dialog != dialog->index)
			continue;
		if (line >= answer->media_count)
			break;
		media = &answer->media[line++];
		if (!stream->here)
			continue;
		if (media->port == 0) {
			live_warn(call, "m= line %zu was refused", line);
			continue;
		}
		check_media(dialog, line, media, act);
	}
	for (size_t i = 0; i < answer->media_count; i++)
		for (size_t j = 0; j < i; j++)
			if (answer->media[i].port != 0 &&
			    answer->media[i].port == answer->media[j].port)
				live_warn(call, "two m= lines, one port");
}

static size_t lines_of(const struct live_dialog *dialog)
{
	const struct talk *talk = &dialog->call->talk;
	size_t count = 0;

	for (size_t i = 0; i < talk->stream_count; i++)
		count += talk->stream[i].dialog == dialog->index;
	return count;
}

static void check_headers(struct live_dialog *dialog,
			  const struct message *message)
{
	struct live *call = dialog->call;
	struct slice contact = message_header(message, "Contact", 0);

	if (contact.size == 0)
		live_warn(call, "200 without Contact");
	else if (!memmem(contact.at, contact.size, "+sip.srs", 8))
		live_warn(call, "200 without +sip.srs (RFC 7866, 6.1.2)");
	if (call->plan->session_expires_s > 0 &&
	    message_header(message, "Session-Expires", 0).size == 0)
		live_warn(call, "200 without Session-Expires");
}

void check_answer(struct live_dialog *dialog, const struct message *message,
		  const struct live_act *act)
{
	struct live *call = dialog->call;
	int r;

	if (act->method == LIVE_INVITE)
		check_headers(dialog, message);
	r = sdp_read(message->body, &dialog->answer);
	if (r < 0) {
		live_failed(call, CALL_FAILED, "200 without SDP");
		return;
	}
	if (dialog->answer.media_count != lines_of(dialog))
		live_warn(call, "%zu m= lines for %zu",
			  dialog->answer.media_count, lines_of(dialog));
	check_lines(dialog, act);
	r = scene_aim(dialog);
	if (r < 0)
		live_failed(call, CALL_FAILED, "the answer has no address");
}
