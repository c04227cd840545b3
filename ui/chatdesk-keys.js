// SPDX-License-Identifier: EUPL-1.2
// Keys of the chat desk. They come before those of every page (keys.js);
// single letters obey the same switch.

import { areOff, isTyping } from './keys.js';

const LETTERS = { n: 'take-next', e: 'end', t: 'pass', m: 'note', r: 'write',
	'?': 'help' };

function cyclePanes(root, step) {
	const panes = [...root.querySelectorAll('[data-pane]')];
	const here = panes.findIndex((each) =>
		each.contains(document.activeElement));
	const next = here < 0 ? (step > 0 ? 0 : panes.length - 1) :
		(here + step + panes.length) % panes.length;

	panes[next].focus();
	panes[next].scrollIntoView({ block: 'nearest' });
}

export function listen(root, acts) {
	let afterG = 0;
	// From a letter in a field until somebody leaves it. If the field goes
	// by itself, what comes is still meant for it.
	let isWriting = false;

	document.addEventListener('click', () => {
		isWriting = false;
	}, { capture: true });
	document.addEventListener('keydown', (event) => {
		const { key } = event;
		const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;

		if (['Escape', 'Tab', 'F6'].includes(key))
			isWriting = false;
		else if (key.length === 1 && isTyping(event.target))
			isWriting = true;
		if (event.isComposing || root.querySelector('dialog[open]'))
			return;
		if (isWriting && key.length === 1 && isPlain &&
			!isTyping(event.target)) {
			event.stopPropagation();
			return;
		}
		if (key === 'F6' && !event.ctrlKey && !event.altKey) {
			cyclePanes(root, event.shiftKey ? -1 : 1);
		} else if (event.altKey && !event.ctrlKey &&
			(key === 'ArrowDown' || key === 'ArrowUp')) {
			acts.step(key === 'ArrowDown' ? 1 : -1);
		} else if (key === 'Escape' && isTyping(event.target) &&
			root.contains(event.target) &&
			!event.target.closest('[data-canned]')) {
			event.target.closest('[data-pane]')?.focus();
		} else if (isPlain && !isTyping(event.target) &&
			!areOff() && LETTERS[key] &&
			Date.now() - afterG > 1500) {
			acts.letter(LETTERS[key]);
		} else {
			// "g" and a letter lead to another page: keys.js
			afterG = key === 'g' ? Date.now() : 0;
			return;
		}
		event.preventDefault();
		event.stopPropagation();
	}, { capture: true });
}
