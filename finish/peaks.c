/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/peaks.h"

#include <endian.h>

#include "base/bytes.h"

static void clear(struct peaks *peaks)
{
	peaks->filled = 0;
	for (int i = 0; i < 2; i++) {
		peaks->least[i] = INT16_MAX;
		peaks->greatest[i] = INT16_MIN;
	}
}

void peaks_init(struct peaks *peaks, int out, uint32_t rate)
{
	*peaks = (struct peaks){
		.out = out,
		.rate = rate,
		.step = rate / PEAKS_PER_S,
		.written = PEAKS_HEAD_SIZE,
	};
	clear(peaks);
}

static int flush(struct peaks *peaks)
{
	int r = file_write_at(peaks->out, peaks->bytes, peaks->pending,
			      (int64_t)peaks->written);

	if (r < 0)
		return r;
	peaks->written += peaks->pending;
	peaks->pending = 0;
	return 0;
}

static int end_pixel(struct peaks *peaks)
{
	for (int i = 0; i < 2; i++) {
		/* As audiowaveform does: the upper byte. */
		peaks->bytes[peaks->pending++] =
			(int8_t)(peaks->least[i] / 256);
		peaks->bytes[peaks->pending++] =
			(int8_t)(peaks->greatest[i] / 256);
	}
	peaks->count++;
	clear(peaks);
	return peaks->pending == sizeof(peaks->bytes) ? flush(peaks) : 0;
}

int peaks_add(struct peaks *peaks, const int16_t *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (int j = 0; j < 2; j++) {
			int16_t sample = samples[2 * i + j];

			if (sample < peaks->least[j])
				peaks->least[j] = sample;
			if (sample > peaks->greatest[j])
				peaks->greatest[j] = sample;
		}
		if (++peaks->filled == peaks->step) {
			int r = end_pixel(peaks);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int peaks_finish(struct peaks *peaks, uint64_t *ret_size)
{
	int r = peaks->filled > 0 ? end_pixel(peaks) : 0;

	if (r == 0)
		r = flush(peaks);
	if (r < 0)
		return r;

	uint32_t head[PEAKS_HEAD_SIZE / 4] = {
		htole32(2),
		htole32(1),
		htole32(peaks->rate),
		htole32(peaks->step),
		htole32(peaks->count),
		htole32(2),
	};
	r = file_write_at(peaks->out, head, sizeof(head), 0);
	if (r == 0)
		*ret_size = peaks->written;
	return r;
}
