// SPDX-License-Identifier: EUPL-1.2
// Small pieces that the chat desk is drawn with. Whatever people wrote
// becomes a text node here and nothing else.

// An element with attributes and children; strings become text.
export function el(name, attributes = {}, ...children) {
	const element = document.createElement(name);

	for (const [key, value] of Object.entries(attributes))
		if (value === true)
			element.setAttribute(key, '');
		else if (value !== false && value !== undefined)
			element.setAttribute(key, value);
	element.append(...children.filter((each) => each !== undefined &&
		each !== ''));
	return element;
}

// Somebody's name, kept from turning its surroundings round.
export function named(name) {
	return el('bdi', {}, name);
}

// Make a parent's children these, leaving those alone that are there: focus
// and reading places stay.
export function arrange(parent, children) {
	const wanted = new Set(children);

	for (const each of [...parent.children]) {
		if (wanted.has(each))
			continue;
		if (each.contains(document.activeElement))
			parent.closest('[data-pane]')?.focus();
		each.remove();
	}
	children.forEach((each, i) => {
		if (parent.children[i] !== each)
			parent.insertBefore(each, parent.children[i] ?? null);
	});
}

export function setText(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}

export function setName(element, name) {
	if (element.textContent !== name)
		element.replaceChildren(named(name));
}

// "1:05", "1:02:03": whole seconds that have passed, as on every page.
export function length(ms) {
	const all = Math.max(0, Math.floor(ms / 1000));
	const two = (number) => String(number % 60).padStart(2, '0');
	const minutes = Math.floor(all / 60);

	return minutes < 60 ? `${minutes}:${two(all)}` :
		`${Math.floor(minutes / 60)}:${two(minutes)}:${two(all)}`;
}

// An instant to the minute in the policy's zone: "10.15", in English "10:15".
export function clockOf(zone, language) {
	const format = new Intl.DateTimeFormat('en-GB', { hour: 'numeric',
		minute: '2-digit', timeZone: zone || undefined });

	return (ms) => {
		const text = format.format(new Date(ms));

		return language === 'en' ? text :
			text.replace(/^0/, '').replace(':', '.');
	};
}

// The one polite live region beside the log, and a tone. What happens in the
// queue is told seldom: the newest of it, once the last is old enough.
export class Voice {
	constructor(status) {
		this.status = status;
		this.sounds = false;
		this.toldAt = 0;
	}

	say(text) {
		this.status.textContent = '';
		setTimeout(() => {
			this.status.textContent = text;
		}, 50);
	}

	sayQueue(text) {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => {
			const words = text();

			if (!words)
				return;
			this.toldAt = Date.now();
			this.say(words);
		}, Math.max(500, this.toldAt + 20000 - Date.now()));
	}

	// Browsers let nobody sound before a person has done something.
	setSound(on) {
		this.sounds = on;
		if (on) {
			this.audio ??= new AudioContext();
			this.tone();
		}
	}

	tone() {
		if (!this.sounds)
			return;
		const { audio } = this;
		const gain = new GainNode(audio, { gain: 0 });
		const tone = new OscillatorNode(audio, { frequency: 660 });

		gain.gain.setTargetAtTime(0.08, audio.currentTime, 0.01);
		gain.gain.setTargetAtTime(0, audio.currentTime + 0.15, 0.05);
		tone.connect(gain).connect(audio.destination);
		tone.start();
		tone.stop(audio.currentTime + 0.5);
	}
}
