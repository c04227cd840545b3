// SPDX-License-Identifier: EUPL-1.2
// Two lanes on canvas, from audiowaveform's .dat (version 2) and the
// timeline's holes. Drawing only: nothing here plays or listens.

const LANES = ['caller', 'agent'];

// Peaks of both lanes, each -1 to 1; throws on anything that is none.
export function readPeaks(buffer) {
	const view = new DataView(buffer);
	const bits8 = (view.getUint32(4, true) & 1) === 1;
	const length = view.getUint32(16, true);
	const channels = view.getInt32(20, true);
	const width = bits8 ? 1 : 2;

	if (view.getInt32(0, true) !== 2 || channels < 1 || channels > 2 ||
		buffer.byteLength !== 24 + length * channels * 2 * width)
		throw new Error('no peaks');
	const peaks = {
		perPixel: view.getInt32(12, true) / view.getInt32(8, true),
		length,
		low: [], high: [],
	};
	for (let c = 0; c < channels; c++) {
		peaks.low.push(new Float32Array(length));
		peaks.high.push(new Float32Array(length));
	}
	for (let i = 0; i < length; i++)
		for (let c = 0; c < channels; c++) {
			const at = 24 + (i * channels + c) * 2 * width;

			peaks.low[c][i] = bits8 ? view.getInt8(at) / 128 :
				view.getInt16(at, true) / 32768;
			peaks.high[c][i] = bits8 ? view.getInt8(at + 1) / 128 :
				view.getInt16(at + 2, true) / 32768;
		}
	return peaks;
}

// Stretches in which neither lane is louder than a whisper, in seconds.
export function silences(peaks) {
	const found = [];
	let since = -1;

	for (let i = 0; i <= peaks.length; i++) {
		let quiet = i < peaks.length;

		for (let c = 0; quiet && c < peaks.high.length; c++)
			quiet = peaks.high[c][i] - peaks.low[c][i] < 0.04;
		if (quiet && since < 0)
			since = i;
		if (!quiet && since >= 0) {
			const from = since * peaks.perPixel;
			const to = i * peaks.perPixel;

			if (to - from > 0.8)
				found.push([from + 0.2, to - 0.2]);
			since = -1;
		}
	}
	return found;
}

function colours(element) {
	const style = getComputedStyle(element);
	const forced = matchMedia('(forced-colors: active)').matches;
	const of = (name) => style.getPropertyValue(name).trim();

	if (forced)
		return { caller: 'CanvasText', agent: 'CanvasText',
			ahead: 'GrayText', hole: 'GrayText', ink: 'CanvasText',
			head: 'Highlight', loop: 'Highlight', paper: 'Canvas' };
	return { caller: of('--caller'), agent: of('--agent'),
		ahead: of('--edge'), hole: of('--edge'), ink: of('--ink'),
		head: of('--bad'), loop: of('--blue'), paper: of('--paper') };
}

// The loudest and lowest of the peaks that fall on one pixel column.
function column(peaks, lane, from, to) {
	let low = 0, high = 0;
	const c = Math.min(lane, peaks.high.length - 1);

	for (let i = Math.floor(from); i < to && i < peaks.length; i++) {
		low = Math.min(low, peaks.low[c][i]);
		high = Math.max(high, peaks.high[c][i]);
	}
	return [low, high];
}

function drawHole(draw, hole, x, width, height, tone, words) {
	draw.save();
	draw.beginPath();
	draw.rect(x, 0, width, height);
	draw.clip();
	draw.fillStyle = tone.paper;
	draw.fillRect(x, 0, width, height);
	draw.strokeStyle = tone.hole;
	draw.lineWidth = 1;
	draw.globalAlpha = 0.45;
	for (let at = x - height; at < x + width; at += 9) {
		draw.beginPath();
		draw.moveTo(at, height);
		draw.lineTo(at + height, 0);
		draw.stroke();
	}
	draw.globalAlpha = 1;
	draw.strokeRect(x + 0.5, 0.5, width - 1, height - 1);
	const label = words(hole.cause);
	const size = draw.measureText(label).width;
	if (size + 8 < width) {
		draw.fillStyle = tone.paper;
		draw.fillRect(x + (width - size) / 2 - 3, height / 2 - 10,
			size + 6, 20);
		draw.fillStyle = tone.ink;
		draw.fillText(label, x + (width - size) / 2, height / 2 + 4);
	}
	draw.restore();
}

// Seconds between the marks of the ruler: at least 60 pixels apart.
function rulerStep(duration, width) {
	const least = duration * 60 / width;

	return [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800]
		.find((step) => step >= least) ?? 3600;
}

function drawRuler(draw, state, width, height, tone, at, withNumbers) {
	const step = rulerStep(state.duration, width);

	draw.fillStyle = tone.ink;
	draw.font = '11px ' + getComputedStyle(draw.canvas).fontFamily;
	for (let time = step; time < state.duration; time += step) {
		const minutes = Math.floor(time / 60);
		const label = `${minutes}:${String(time % 60).padStart(2, '0')}`;

		draw.globalAlpha = 0.18;
		draw.fillRect(Math.round(at(time)), 0, 1, height);
		draw.globalAlpha = 0.75;
		if (withNumbers && at(time) + 34 < width)
			draw.fillText(label, Math.round(at(time)) + 4, 11);
	}
	draw.globalAlpha = 1;
}

// One lane. state: {peaks, holes, duration, now, loop: [a, b] or null}.
export function drawLane(canvas, state, words) {
	const box = canvas.getBoundingClientRect();
	const scale = window.devicePixelRatio || 1;
	const width = Math.max(1, Math.round(box.width));
	const height = Math.max(1, Math.round(box.height));
	const lane = LANES.indexOf(canvas.dataset.lane);
	const tone = colours(canvas);
	const draw = canvas.getContext('2d');
	const at = (seconds) => seconds / state.duration * width;

	canvas.width = width * scale;
	canvas.height = height * scale;
	draw.scale(scale, scale);
	drawRuler(draw, state, width, height, tone, at, lane === 0);
	draw.font = '13px ' + getComputedStyle(canvas).fontFamily;
	if (state.loop) {
		draw.fillStyle = tone.loop;
		draw.globalAlpha = 0.14;
		draw.fillRect(at(state.loop[0]), 0,
			at(state.loop[1]) - at(state.loop[0]), height);
		draw.globalAlpha = 1;
	}
	const step = state.duration / state.peaks.perPixel / width;
	const middle = height / 2;
	for (let x = 0; x < width; x++) {
		const [low, high] = column(state.peaks, lane, x * step,
			Math.max((x + 1) * step, x * step + 1));
		const top = middle - Math.min(1, high * 1.6) * (middle - 3);
		const end = middle - Math.max(-1, low * 1.6) * (middle - 3);

		draw.fillStyle = tone[LANES[lane]];
		draw.globalAlpha = x <= at(state.now) ? 1 : 0.6;
		draw.fillRect(x, top, 1, Math.max(1, end - top));
	}
	draw.globalAlpha = 1;
	for (const hole of state.holes) {
		const x = at(hole.from_ms / 1000);
		const size = Math.max(3, at((hole.to_ms - hole.from_ms) / 1000));

		if (hole.lane === null || hole.lane === lane)
			drawHole(draw, hole, x, size, height, tone, words);
	}
	draw.fillStyle = tone.head;
	draw.fillRect(Math.min(width - 2, at(state.now)), 0, 2, height);
}
