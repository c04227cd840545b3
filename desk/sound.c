/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/sound.h"

#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/peaks.h"
#include "http/range.h"

static const char *type_of(enum seal_kind kind)
{
	switch (kind) {
	case SEAL_KIND_SOUND:
		return "audio/ogg; codecs=opus";
	case SEAL_KIND_TIMELINE:
		return "application/json";
	default:
		return "application/octet-stream";
	}
}

static const struct desk_recording *find(const struct desk_contact_whole *whole,
					 const struct id *call)
{
	for (uint32_t i = 0; i < whole->recording_count; i++)
		if (id_is(&whole->recording[i].call, call))
			return &whole->recording[i];
	return NULL;
}

static enum range_verdict wanted(struct visit *visit, const char *tag,
				 uint64_t total, uint64_t *ret_offset,
				 uint64_t *ret_size)
{
	struct slice range = http_header(visit->request, "Range");
	struct slice only_if = http_header(visit->request, "If-Range");

	/* A part of something else than what the client has is no part. */
	if (only_if.size > 0 && !slice_is(only_if, slice_of(tag)))
		range.size = 0;
	return range_read(range, total, ret_offset, ret_size);
}

/* Refuse a range behind the end: nothing is read and nothing is logged. */
static void nowhere(struct visit *visit, uint64_t total)
{
	visit->answer->status = 416;
	visit->answer->type = NULL;
	http_field(visit->answer, "Content-Range", "bytes */%llu",
		   (unsigned long long)total);
	http_field(visit->answer, "Accept-Ranges", "bytes");
}

static void send(struct visit *visit, const struct desk_recording *recording,
		 enum seal_kind kind, const char *purpose)
{
	struct http_answer *answer = visit->answer;
	struct desk_play question = { .call = recording->call,
				      .kind = (uint32_t)kind };
	struct desk_playing playing;
	enum desk_result result;
	enum range_verdict verdict;
	uint64_t total = recording->size[kind - SEAL_KIND_SOUND];
	char hex[ID_TEXT_SIZE], tag[ID_TEXT_SIZE + 8];

	id_text(&recording->call, hex);
	snprintf(tag, sizeof(tag), "\"%s-%d\"", hex, (int)kind);
	verdict = wanted(visit, tag, total, &question.offset, &question.size);
	if (verdict == RANGE_NOWHERE) {
		nowhere(visit, total);
		return;
	}
	snprintf(question.purpose, sizeof(question.purpose), "%s", purpose);
	result = asks_play(visit, &question, &playing, &answer->pipe);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (playing.total != total) {
		drop_fd(&answer->pipe);
		error_show(visit, PROBLEM_later);
		return;
	}
	answer->size = question.size;
	answer->type = type_of(kind);
	if (verdict == RANGE_PART) {
		answer->status = 206;
		http_field(answer, "Content-Range", "bytes %llu-%llu/%llu",
			   (unsigned long long)question.offset,
			   (unsigned long long)(question.offset +
						question.size - 1),
			   (unsigned long long)total);
	}
	http_field(answer, "Accept-Ranges", "bytes");
	http_field(answer, "ETag", "%s", tag);
	http_field(answer, "Tallenne-Audit-Entry", "%llu",
		   (unsigned long long)playing.seq);
}

/*
 * What has come to its end and is still there is held, or will be gone in a
 * minute: for whom a hold opens it, by purpose, only the register decides.
 */
static bool is_refused(const struct desk_recording *recording)
{
	bool is_there = recording->size[0] > 0;

	return recording->state != DESK_OK &&
	       !(recording->state == DESK_GONE && is_there);
}

void sound_send(struct visit *visit, const struct id *contact,
		const struct id *call, enum seal_kind kind, const char *purpose)
{
	const struct desk_recording *recording;
	struct desk_contact_whole whole;
	enum desk_result result;

	if (!purpose[0]) {
		error_show(visit, PROBLEM_purpose_required);
		return;
	}
	result = asks_contact(visit, contact, &whole);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	recording = find(&whole, call);
	if (!recording)
		error_show(visit, PROBLEM_not_found);
	else if (is_refused(recording))
		error_result(visit, (enum desk_result)recording->state);
	else if (kind == SEAL_KIND_PEAKS && peaks_as_json(visit))
		peaks_send_json(visit, recording, purpose);
	else
		send(visit, recording, kind, purpose);
}

/* What a page's script or player asks for. */
static void page_content(struct visit *visit, enum seal_kind kind)
{
	struct id contact, call;
	char purpose[32] = "";

	if (!visit_id(visit, 0, &contact) || !visit_id(visit, 1, &call))
		return;
	if (kind == SEAL_KIND_SOUND)
		(void)visit_query(visit, "purpose", purpose, sizeof(purpose));
	else if (slice_text(http_header(visit->request, "Tallenne-Purpose"),
			    purpose, sizeof(purpose)) < 0)
		purpose[0] = '\0';
	if (strcmp(purpose, visit->session.purpose) != 0)
		purpose[0] = '\0';
	sound_send(visit, &contact, &call, kind, purpose);
}

void do_sound(struct visit *visit)
{
	page_content(visit, SEAL_KIND_SOUND);
}

void do_peaks(struct visit *visit)
{
	page_content(visit, SEAL_KIND_PEAKS);
}

void do_timeline(struct visit *visit)
{
	page_content(visit, SEAL_KIND_TIMELINE);
}
