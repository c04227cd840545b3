/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/render.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "finish/encode.h"
#include "finish/peaks.h"
#include "finish/survey.h"
#include "finish/timeline.h"
#include "register/register.h"

/* Sound is handed on when so much newer sound has arrived. */
#define SETTLED_NS (8 * NS_PER_S)

struct work {
	const struct render_order *order;
	struct spool_reader *reader;
	struct survey *survey;
	struct lanes *lanes;
	struct encoder *encoder;
	struct peaks peaks;
	struct voice_stage stage;
	struct voice *voice[TRACKS_MAX];
	uint64_t samples;
	struct render render;
};

void render_drop(struct render *render)
{
	for (int i = 0; i < RENDER_PARTS; i++)
		drop_fd(&render->fd[i]);
}

static void work_done(struct work *work)
{
	for (int i = 0; i < TRACKS_MAX; i++)
		voice_free(work->voice[i]);
	encoder_free(work->encoder);
	lanes_free(work->lanes);
	if (work->survey)
		survey_done(work->survey);
	free(work->survey);
	spool_reader_free(work->reader);
	render_drop(&work->render);
}

static int take_sound(void *self, const int16_t *samples, size_t count)
{
	struct work *work = self;
	int r = encoder_add(work->encoder, samples, count);

	return r < 0 ? r : peaks_add(&work->peaks, samples, count);
}

static int look(struct work *work)
{
	const struct render_order *order = work->order;
	int r;

	work->survey = calloc(1, sizeof(*work->survey));
	if (!work->survey)
		return -ENOMEM;
	r = spool_reader_new(order->segments, order->segment_count,
			     &order->call, order->key, &work->reader);
	if (r < 0)
		return r;
	spool_reader_assume(work->reader, order->answered_at);
	if (order->last.segment != 0)
		r = spool_reader_follow(work->reader, order->last,
					order->chunk_count);
	else
		r = spool_reader_search(work->reader);
	if (r < 0)
		return r;
	return survey_take(work->survey, work->reader, order->answered_at,
			   order->ended_at);
}

static int begin(struct work *work)
{
	struct survey *survey = work->survey;
	nanoseconds length = survey->ended_at - survey->answered_at;
	uint32_t rate = survey->is_wide ? 16000 : 8000;
	int r;

	work->samples = (uint64_t)(length / NS_PER_S * rate +
				   length % NS_PER_S * rate / NS_PER_S);
	for (int i = 0; i < RENDER_PARTS; i++) {
		work->render.fd[i] = memfd_create("part", MFD_CLOEXEC);
		if (work->render.fd[i] < 0)
			return -errno;
	}
	r = lanes_new(rate, (int64_t)work->samples, take_sound, work,
		      &work->lanes);
	if (r < 0)
		return r;
	r = encoder_new(work->render.fd[RENDER_SOUND], rate, &work->encoder);
	if (r < 0)
		return r;
	peaks_init(&work->peaks, work->render.fd[RENDER_PEAKS], rate);
	work->stage = (struct voice_stage){
		.lanes = work->lanes,
		.rate = rate,
		.began_at = survey->answered_at,
		.progress = work->order->progress,
		.avoid_track = work->order->avoid_track,
		.avoid_codec = work->order->avoid_codec,
	};
	return 0;
}

static int take_rtp(struct work *work, const struct spool_item *item)
{
	struct tracks *tracks = &work->survey->tracks;
	struct track *track = tracks_find(tracks, item->stream);
	struct call_codec_map codec;
	struct rtp_packet packet;
	struct anchor_place place;
	long number;
	int r = 0;

	if (!track || rtp_read(item->payload, &packet) < 0 ||
	    !track_codec(track, packet.payload_type, &codec))
		return 0;
	place = anchor_follow(track->anchor, &packet, item->at,
			      codec.clock_rate);
	if (!survey_is_inside(work->survey, item->at))
		return 0;

	number = track - tracks->track;
	if (!work->voice[number])
		r = voice_new(&work->stage, track, (uint32_t)number,
			      &work->voice[number]);
	if (r == 0)
		r = voice_take(work->voice[number], &packet, &codec, &place,
			       item->at);
	return r;
}

static int take_item(struct work *work, const struct spool_item *item)
{
	struct tracks *tracks = &work->survey->tracks;
	struct spool_stream state;
	int r;

	switch (item->kind) {
	case SPOOL_RTP:
		return take_rtp(work, item);
	case SPOOL_STREAM:
		memcpy(&state, item->payload.at, sizeof(state));
		r = tracks_take(tracks, item->stream, &state);
		return r == -ENOSPC ? 0 : r;
	case SPOOL_GAP:
		for (int i = 0; i < tracks->count; i++)
			anchor_cut(tracks->track[i].anchor);
		return 0;
	default:
		return 0;
	}
}

/* Let go of what nothing that comes can reach any more. */
static int settle(struct work *work, nanoseconds now)
{
	nanoseconds since = now - SETTLED_NS - work->survey->answered_at;
	int r = 0;

	if (since <= 0)
		return 0;
	for (int i = 0; r == 0 && i < TRACKS_MAX; i++)
		if (work->voice[i])
			r = voice_play(work->voice[i], now);
	if (r < 0)
		return r;
	return lanes_advance(work->lanes, since / NS_PER_S * work->stage.rate);
}

static int play(struct work *work)
{
	struct spool_item item;
	nanoseconds settled_at = 0;
	int r = 0;

	tracks_rewind(&work->survey->tracks);
	spool_reader_rewind(work->reader);
	while (r == 0 && spool_reader_next(work->reader, &item) == 0) {
		r = take_item(work, &item);
		if (r == 0 && item.at > settled_at + NS_PER_S) {
			r = settle(work, item.at);
			settled_at = item.at;
		}
	}
	for (int i = 0; r == 0 && i < TRACKS_MAX; i++)
		if (work->voice[i])
			r = voice_finish(work->voice[i]);
	return r < 0 ? r : lanes_finish(work->lanes);
}

static int finish(struct work *work)
{
	struct render *render = &work->render;
	uint64_t lost[LANES] = { 0 };
	int r;

	for (int i = 0; i < TRACKS_MAX; i++) {
		struct voice_count count;

		if (!work->voice[i])
			continue;
		count = voice_count(work->voice[i]);
		render->lost_packets += count.lost;
		for (int lane = 0; lane < LANES; lane++)
			if (work->survey->tracks.track[i].sides & (1 << lane))
				lost[lane] += count.lost;
	}
	r = encoder_finish(work->encoder, &render->size[RENDER_SOUND]);
	if (r == 0)
		r = peaks_finish(&work->peaks, &render->size[RENDER_PEAKS]);
	if (r == 0)
		r = timeline_write(render->fd[RENDER_TIMELINE], work->survey,
				   work->lanes, render->duration_ms, lost,
				   &render->size[RENDER_TIMELINE]);
	return r;
}

static bool is_heard(const struct survey *survey)
{
	for (int i = 0; i < survey->tracks.count; i++)
		if (survey->tracks.track[i].is_heard)
			return true;
	return false;
}

int render_call(const struct render_order *order, struct render *ret_render)
{
	OWNED(work_done)
	struct work work = {
		.order = order,
		.render = NO_RENDER,
	};
	struct render *render = &work.render;
	int r = look(&work);

	if (r < 0)
		return r;
	render->began_at = work.survey->answered_at;
	render->duration_ms =
		(uint64_t)(work.survey->ended_at - work.survey->answered_at) /
		NS_PER_MS;
	if (work.survey->missing_blocks > 0 ||
	    order->avoid_track != VOICE_NOBODY)
		render->flags |= REGISTER_FLAG_DAMAGED;
	if (work.survey->is_mixed)
		render->flags |= REGISTER_FLAG_ONE_LANE;

	if (work.survey->answered_at == 0 || !is_heard(work.survey) ||
	    render->duration_ms == 0) {
		if (work.survey->answered_at != 0)
			render->flags |= REGISTER_FLAG_NO_SOUND;
		*ret_render = *render;
		return -ENODATA;
	}
	r = begin(&work);
	if (r == 0)
		r = play(&work);
	if (r == 0)
		r = finish(&work);
	if (r < 0)
		return r;
	*ret_render = *render;
	*render = NO_RENDER;
	return 0;
}
