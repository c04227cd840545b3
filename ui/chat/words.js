// SPDX-License-Identifier: EUPL-1.2
// How the texts of words.json are said. They are packed into the script by
// tools/widget.py: their keys, then each language in the same order.

import { packed } from './words.json';

export const languages = ['fi', 'sv', 'en'];
const zone = { timeZone: 'Europe/Helsinki', timeStyle: 'short' };
const [keys, ...texts] = packed.map((each) => each.split('|'));
let spoken;

export let tongue;

// The language of the page, if it is one of ours.
export function learn(lang) {
	tongue = languages.includes(lang) ? lang : 'en';
	spoken = texts[languages.indexOf(tongue)];
}

// A text in that language, "{}" replaced by value.
export function say(key, value) {
	return spoken[keys.indexOf(key)].replace('{}', () => value);
}

// 10.02
export function timeOf(date) {
	return date.toLocaleTimeString('fi', zone);
}

// 29. maaliskuuta 2026 klo 4.30, 29 mars 2026 kl. 4.30, 29 March 2026 at 4.30
export function momentOf(date) {
	return date.toLocaleString(`${tongue}-FI`, { ...zone, dateStyle: 'long' });
}

export function waitOf(seconds) {
	return say('minutes', Math.ceil(seconds / 60));
}
