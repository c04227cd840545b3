/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/pen.h"

#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>

enum { OUT_MAX = 4096 };

void pen_init(struct pen *pen, struct lanes *lanes, unsigned sides,
	      uint32_t rate)
{
	*pen = (struct pen){ .lanes = lanes, .sides = sides, .rate = rate };
}

void pen_done(struct pen *pen)
{
	swr_free(&pen->resampler);
}

int64_t pen_at(const struct pen *pen)
{
	if (!pen->resampler)
		return pen->at;
	return pen->at + swr_get_delay(pen->resampler, pen->rate);
}

static int open_resampler(struct pen *pen, uint32_t from_rate)
{
	AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
	int r;

	swr_free(&pen->resampler);
	pen->from_rate = 0;
	r = swr_alloc_set_opts2(&pen->resampler, &mono, AV_SAMPLE_FMT_S16,
				(int)pen->rate, &mono, AV_SAMPLE_FMT_S16,
				(int)from_rate, 0, NULL);
	if (r < 0 || swr_init(pen->resampler) < 0) {
		swr_free(&pen->resampler);
		return -ENOMEM;
	}
	pen->from_rate = from_rate;
	return 0;
}

/* Push samples through the resampler; NULL: only what is inside. */
static int push(struct pen *pen, const int16_t *samples, int count)
{
	const uint8_t *in[1] = { (const uint8_t *)samples };

	for (;;) {
		int16_t out[OUT_MAX];
		uint8_t *to[1] = { (uint8_t *)out };
		int got = swr_convert(pen->resampler, to, OUT_MAX,
				      samples ? in : NULL, count);

		if (got < 0)
			return -EIO;
		lanes_add(pen->lanes, pen->sides, pen->at, out, (size_t)got);
		pen->at += got;
		if (got < OUT_MAX)
			return 0;
		in[0] = (const uint8_t *)out; /* not read: count is 0 */
		count = 0;
	}
}

int pen_move(struct pen *pen, int64_t to)
{
	int r = 0;

	if (pen->resampler) {
		r = push(pen, NULL, 0);
		swr_free(&pen->resampler);
		pen->from_rate = 0;
	}
	pen->at = to;
	return r;
}

int pen_write(struct pen *pen, const int16_t *samples, int count,
	      uint32_t from_rate, enum lanes_cell cell)
{
	int64_t at = pen_at(pen);
	int r = 0;

	if (count <= 0)
		return 0;
	lanes_tell(pen->lanes, pen->sides, at,
		   at + (int64_t)count * pen->rate / from_rate, cell);

	if (pen->resampler && pen->from_rate != from_rate)
		r = pen_move(pen, at);
	if (r < 0)
		return r;
	if (from_rate == pen->rate) {
		lanes_add(pen->lanes, pen->sides, pen->at, samples,
			  (size_t)count);
		pen->at += count;
		return 0;
	}
	if (!pen->resampler)
		r = open_resampler(pen, from_rate);
	return r < 0 ? r : push(pen, samples, count);
}
