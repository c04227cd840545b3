// SPDX-License-Identifier: EUPL-1.2
// The player of one recording. The page has drawn every control and every
// word already; this file moves them. Nothing is fetched before the first
// press on play, because fetching is reading and reading is logged.

import { areOff, isTyping } from './keys.js';
import { drawLane, readPeaks, silences } from './waves.js';

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];

// Whole seconds that have passed, as on every page (desk/when.c).
function clock(seconds) {
	const whole = Math.max(0, Math.floor(seconds + 0.0005));
	const rest = String(whole % 60).padStart(2, '0');

	if (whole < 3600)
		return `${Math.floor(whole / 60)}:${rest}`;
	const minutes = String(Math.floor(whole / 60) % 60).padStart(2, '0');
	return `${Math.floor(whole / 3600)}:${minutes}:${rest}`;
}

// "1:05", "65" or "65,5" as seconds; NaN if it is none.
function seconds(text) {
	const parts = text.trim().replace(',', '.').split(':');

	if (parts.length > 3 || parts.some((p) => !/^\d+(\.\d+)?$/.test(p)))
		return NaN;
	return parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

class Player {
	constructor(root) {
		this.root = root;
		this.duration = Number(root.dataset.ms) / 1000;
		this.words = {};
		for (const each of root.querySelector('[data-words]').content
			.querySelectorAll('[data-word]'))
			this.words[each.dataset.word] = each.textContent;
		this.seek = root.querySelector('[data-seek]');
		this.status = root.querySelector('[data-status]');
		this.canvases = [...root.querySelectorAll('canvas')];
		this.skips = false;
		this.loop = null;
		this.loops = false;
		this.wanted = 0;
		this.silent = [];
		this.holes = [];
		this.peaks = null;
		this.audio = null;
		this.listen();
	}

	$(name) {
		return this.root.querySelector(name);
	}

	tell(text) {
		clearTimeout(this.telling);
		this.status.textContent = text;
	}

	// Where a jump has led to, for who cannot see it. Several presses in
	// a row are told once; the slider tells its own value while it has
	// the focus.
	tellPosition() {
		clearTimeout(this.telling);
		if (document.activeElement === this.seek)
			return;
		this.telling = setTimeout(() => this.tell(
			`${this.words.position} ${clock(this.now())}`), 300);
	}

	listen() {
		const acts = {
			play: () => this.toggle(),
			back: () => this.jump(-5),
			forward: () => this.jump(5),
			skip: () => this.toggleSkip(),
			'loop-a': () => this.mark('a'),
			'loop-b': () => this.mark('b'),
			loop: () => this.toggleLoop(),
		};

		for (const button of this.root.querySelectorAll('[data-act]'))
			button.addEventListener('click', () =>
				acts[button.dataset.act]());
		this.seek.addEventListener('input', () =>
			this.to(Number(this.seek.value) / 1000));
		this.$('[data-speed]').addEventListener('change', (event) =>
			this.setSpeed(Number(event.target.value)));
		for (const slider of this.root.querySelectorAll('[data-volume]'))
			slider.addEventListener('input', () => this.setVolumes());
		for (const canvas of this.canvases)
			canvas.addEventListener('click', (event) =>
				this.clicked(event, canvas));
		for (const field of [this.$('[data-loop-a]'), this.$('[data-loop-b]')])
			field.addEventListener('change', () => this.readLoop());
		new ResizeObserver(() => this.draw()).observe(this.$('[data-lanes]'));
		for (const query of ['(prefers-color-scheme: dark)',
			'(forced-colors: active)'])
			matchMedia(query).addEventListener('change', () => this.draw());
	}

	// The two texts beside the sound; the purpose goes along.
	async fetchBoth() {
		const headers = { 'Tallenne-Purpose': this.root.dataset.purpose };
		const base = this.root.dataset.base;
		const [peaks, timeline] = await Promise.all([
			fetch(`${base}/peaks`, { headers }),
			fetch(`${base}/timeline`, { headers }),
		]);

		if (!peaks.ok || !timeline.ok)
			throw new Error(await this.reason(
				peaks.ok ? timeline : peaks));
		this.peaks = readPeaks(await peaks.arrayBuffer());
		this.silent = silences(this.peaks);
		const line = await timeline.json();
		this.holes = line.holes ?? [];
		this.list(this.holes, line.marks ?? []);
	}

	// Why not, in the words of the answer (RFC 9457).
	async reason(response) {
		try {
			const { title, detail } = await response.json();

			return detail ? `${title}. ${detail}` : title;
		} catch {
			return '';
		}
	}

	list(holes, marks) {
		const box = this.$('[data-holes]');
		const list = box.querySelector('ul');
		const lanes = [this.words.caller, this.words.agent];
		const add = (ms, text) => {
			const item = document.createElement('li');
			const button = document.createElement('button');

			button.type = 'button';
			button.textContent = clock(ms / 1000);
			button.addEventListener('click', () => this.go(ms / 1000));
			item.append(button, document.createTextNode(text));
			list.append(item);
		};
		const rows = [
			...holes.map((hole) => [hole.from_ms,
				`${this.cause(hole.cause)}, ` +
				`${((hole.to_ms - hole.from_ms) / 1000).toFixed(1)
					.replace('.', document.documentElement.lang ===
						'en' ? '.' : ',')} s – ` +
				(hole.lane === null ? this.words.both :
					lanes[hole.lane])]),
			...marks.filter((mark) => !['hold', 'pause', 'resume']
				.includes(mark.kind)).map((mark) => [mark.at_ms,
				this.words[mark.kind] ?? mark.kind]),
		].sort((a, b) => a[0] - b[0]);

		list.replaceChildren();
		for (const [ms, text] of rows)
			add(ms, text);
		if (rows.length === 0) {
			const item = document.createElement('li');

			item.textContent = this.words.noHoles;
			list.append(item);
		}
		box.hidden = false;
		box.open = rows.length < 6;
	}

	cause(name) {
		if (name === 'pause')
			return this.words.pauseHole;
		return this.words[name] ?? this.words.other;
	}

	// Caller left, agent right: each through a gain of its own, then to
	// both ears.
	connect() {
		const context = new AudioContext();
		const source = context.createMediaElementSource(this.audio);
		const split = context.createChannelSplitter(2);
		const both = context.createChannelMerger(2);

		this.gains = [0, 1].map((lane) => {
			const gain = context.createGain();

			split.connect(gain, lane);
			gain.connect(both, 0, 0);
			gain.connect(both, 0, 1);
			return gain;
		});
		source.connect(split);
		both.connect(context.destination);
		this.context = context;
		this.setVolumes();
	}

	setVolumes() {
		if (!this.gains)
			return;
		for (const slider of this.root.querySelectorAll('[data-volume]')) {
			const lane = slider.dataset.volume === 'caller' ? 0 : 1;

			this.gains[lane].gain.value = Number(slider.value) / 100;
			slider.setAttribute('aria-valuetext', `${slider.value} %`);
		}
	}

	async open() {
		const base = this.root.dataset.base;
		const purpose = encodeURIComponent(this.root.dataset.purpose);

		this.tell(this.words.loading);
		await this.fetchBoth();
		this.$('[data-veil]').hidden = true;
		this.$('[data-veil]').remove();
		this.audio = new Audio();
		this.audio.preload = 'auto';
		this.audio.src = `${base}/sound?purpose=${purpose}`;
		this.audio.preservesPitch = true;
		this.audio.addEventListener('play', () => this.changed());
		this.audio.addEventListener('pause', () => this.changed());
		this.audio.addEventListener('ended', () =>
			this.tell(this.words.ended));
		this.audio.addEventListener('seeked', () => this.show());
		this.audio.addEventListener('error', () => this.fail());
		this.connect();
		if (this.wanted > 0)
			this.audio.currentTime = this.wanted;
		this.setSpeed(Number(this.$('[data-speed]').value), true);
		this.draw();
	}

	fail(why) {
		const words = why || this.words.failed;

		this.tell(words);
		this.root.removeAttribute('data-playing');
		let fault = this.$('.fault');

		if (!fault) {
			fault = document.createElement('p');
			fault.className = 'fault';
			this.root.prepend(fault);
		}
		fault.textContent = words;
	}

	async toggle() {
		if (this.opening)
			return;
		if (!this.audio) {
			this.opening = true;
			try {
				await this.open();
			} catch (refusal) {
				this.audio = null;
				this.fail(refusal instanceof TypeError ? '' :
					refusal.message);
				return;
			} finally {
				this.opening = false;
			}
		}
		if (!this.audio.paused) {
			this.audio.pause();
			return;
		}
		if (this.audio.ended)
			this.audio.currentTime = 0;
		await this.context.resume();
		try {
			await this.audio.play();
		} catch (fault) {
			if (fault.name !== 'AbortError')
				this.fail();
		}
	}

	changed() {
		const plays = !this.audio.paused;

		this.root.toggleAttribute('data-playing', plays);
		this.$('[data-play-label]').textContent =
			plays ? this.words.pause : this.words.play;
		if (!this.audio.ended)
			this.tell(plays ? this.words.playing : this.words.paused);
		if (plays)
			this.frame();
	}

	// A decoder may run a little past what the recording lasts.
	now() {
		return Math.min(this.duration,
			this.audio ? this.audio.currentTime : this.wanted);
	}

	to(at) {
		const time = Math.min(Math.max(0, at), this.duration);

		this.wanted = time;
		if (this.audio)
			this.audio.currentTime = time;
		this.show();
	}

	// To where the listener wants to be, and say so.
	go(at) {
		this.to(at);
		this.tellPosition();
	}

	jump(by) {
		this.go(this.now() + by);
	}

	clicked(event, canvas) {
		const box = canvas.getBoundingClientRect();

		this.go((event.clientX - box.left) / box.width * this.duration);
	}

	setSpeed(speed, quietly) {
		this.$('[data-speed]').value = String(speed);
		if (this.audio)
			this.audio.playbackRate = speed;
		if (!quietly)
			this.tell(`${this.words.speed} ${speed}×`);
	}

	faster(step) {
		const here = SPEEDS.indexOf(Number(this.$('[data-speed]').value));
		const next = SPEEDS[here + step];

		if (next)
			this.setSpeed(next);
	}

	press(name, on) {
		this.$(`[data-act="${name}"]`).setAttribute('aria-pressed',
			String(on));
	}

	toggleSkip() {
		this.skips = !this.skips;
		this.press('skip', this.skips);
		this.tell(this.skips ? this.words.skipOn : this.words.skipOff);
	}

	mark(which) {
		const at = clock(this.now());

		this.$(`[data-loop-${which}]`).value = at;
		this.readLoop();
		this.tell(`${this.words[which]} ${at}`);
	}

	readLoop() {
		const from = this.$('[data-loop-a]'), until = this.$('[data-loop-b]');
		const a = seconds(from.value), b = seconds(until.value);

		this.loop = a >= 0 && b > a && a < this.duration ?
			[a, Math.min(b, this.duration)] : null;
		if (!this.loop && this.loops) {
			this.loops = false;
			this.press('loop', false);
		}
		// A field that waits to be filled is not wrong yet.
		this.blame(from, from.value.trim() !== '' &&
			!(a >= 0 && a < this.duration));
		this.blame(until, until.value.trim() !== '' &&
			(!(b >= 0) || b <= a));
		this.draw();
	}

	// Mark a field as wrong, or as right, beside the words that say how.
	blame(field, wrong) {
		const words = this.$('[data-loop-bad]');

		if (wrong) {
			field.setAttribute('aria-invalid', 'true');
			field.setAttribute('aria-describedby', words.id);
		} else {
			field.removeAttribute('aria-invalid');
			field.removeAttribute('aria-describedby');
		}
		const some = this.$('.loop [aria-invalid]') !== null;
		const text = some ? this.words.loopBad : '';

		if (words.textContent !== text)
			words.textContent = text;
	}

	toggleLoop() {
		this.readLoop();
		if (!this.loop) {
			for (const name of ['[data-loop-b]', '[data-loop-a]'])
				if (this.$(name).value.trim() === '')
					this.blame(this.$(name), true);
			this.$('.loop [aria-invalid]').focus();
			return;
		}
		this.loops = !this.loops;
		this.press('loop', this.loops);
		this.tell(this.loops ? this.words.loopOn : this.words.loopOff);
		if (this.loops && (this.now() < this.loop[0] ||
			this.now() >= this.loop[1]))
			this.to(this.loop[0]);
	}

	frame() {
		if (!this.audio || this.audio.paused)
			return;
		const now = this.audio.currentTime;

		if (this.loops && (now >= this.loop[1] || now < this.loop[0] - 1))
			this.audio.currentTime = this.loop[0];
		else if (this.skips) {
			const quiet = this.silent.find(([from, to]) =>
				now >= from && now < to);

			if (quiet)
				this.audio.currentTime = quiet[1];
		}
		this.show();
		// Often enough for the eye, seldom enough for the battery.
		const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
		setTimeout(() => requestAnimationFrame(() => this.frame()),
			calm ? 500 : 40);
	}

	show() {
		const now = this.now();
		const text = clock(now);

		this.seek.value = String(Math.round(now * 1000));
		this.seek.setAttribute('aria-valuetext',
			`${text} / ${clock(this.duration)}`);
		if (this.$('[data-now]').textContent !== text)
			this.$('[data-now]').textContent = text;
		if (this.follower)
			this.follower.value = `${Math.floor(now / 60)}:` +
				String(Math.floor(now % 60)).padStart(2, '0');
		this.draw();
	}

	// A field shows where the sound is until somebody is at it.
	isFollowedBy(field) {
		this.follower = field;
		field.addEventListener('focus', () => {
			this.follower = null;
			field.select();
		}, { once: true });
	}

	draw() {
		if (!this.peaks)
			return;
		const state = { peaks: this.peaks, holes: this.holes,
			duration: this.duration, now: this.now(),
			loop: this.loop };

		for (const canvas of this.canvases)
			drawLane(canvas, state, (name) => this.cause(name));
	}
}

const players = [...document.querySelectorAll('[data-player]')]
	.map((root) => new Player(root));

// A note's time leads into the sound of its own recording; the form of a new
// one follows the sound.
for (const link of document.querySelectorAll('a[data-at]'))
	link.addEventListener('click', (event) => {
		const player = players.find((each) =>
			each.root.dataset.base.endsWith(`/${link.dataset.call}`));

		if (!player)
			return;
		event.preventDefault();
		player.go(Number(link.dataset.at) / 1000);
		player.root.scrollIntoView({ block: 'nearest' });
		player.$('[data-act="play"]').focus();
	});
for (const field of document.querySelectorAll('[data-now-of]')) {
	const player = players.find((each) =>
		each.root.dataset.base.endsWith(`/${field.dataset.nowOf}`));

	player?.isFollowedBy(field);
}

function playerOf(target) {
	const own = players.find((player) => player.root.contains(target));

	return own ?? players.find((player) =>
		player.audio && !player.audio.paused) ?? players[0];
}

// Nordic keyboards write brackets with AltGr, which counts as Ctrl and Alt,
// and on a Mac with Option.
function isChord(event) {
	if (event.key === '[' || event.key === ']')
		return event.metaKey || (event.ctrlKey && !event.altKey);
	return event.ctrlKey || event.metaKey || event.altKey;
}

// The slider has arrows and Home of its own, in steps that are ours too.
function onKey(event) {
	const player = playerOf(event.target);
	const key = event.key;

	if (!player || isChord(event) || isTyping(event.target) ||
		event.target.matches('[data-volume]'))
		return;
	const onButton = event.target.closest('button, a, summary, [type=radio],' +
		'[type=checkbox]');
	const always = {
		ArrowLeft: () => player.jump(event.shiftKey ? -5 : -1),
		ArrowRight: () => player.jump(event.shiftKey ? 5 : 1),
		PageUp: () => player.jump(30),
		PageDown: () => player.jump(-30),
		Home: () => player.go(0),
		End: () => player.go(player.duration),
	};
	const letters = {
		k: () => player.toggle(),
		s: () => player.toggleSkip(),
		l: () => player.toggleLoop(),
		'+': () => player.faster(1),
		'-': () => player.faster(-1),
		a: () => player.mark('a'),
		b: () => player.mark('b'),
		'[': () => player.mark('a'),
		']': () => player.mark('b'),
	};
	let act;

	if (key === ' ' && !onButton)
		act = () => player.toggle();
	else if (player.root.contains(event.target) ||
		event.target === document.body ||
		event.target.id === 'main')
		act = always[key];
	act ??= areOff() ? undefined : letters[key.toLowerCase()];
	if (!act)
		return;
	event.preventDefault();
	act();
}

document.addEventListener('keydown', onKey);

export { clock, seconds };
