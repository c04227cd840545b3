// SPDX-License-Identifier: EUPL-1.2
// Keys for every page. Each does only what a link on the page does too.
// Single letters can be switched off (WCAG 2.1.4); that choice is the only
// thing this site ever stores in a browser.

const NAME = 'tallenne-keys';

function areOff() {
	try {
		return localStorage.getItem(NAME) === 'off';
	} catch {
		return false;
	}
}

function isTyping(target) {
	return target.closest('input:not([type=range],[type=checkbox],' +
		'[type=radio]), select, textarea') !== null;
}

function move(step) {
	const links = [...document.querySelectorAll('[data-rows] tbody th a')];
	const here = links.indexOf(document.activeElement);
	const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;

	if (links[next]) {
		links[next].focus();
		links[next].scrollIntoView({ block: 'nearest' });
	}
}

function go(path) {
	const link = document.querySelector(`a[href="${path}"]`);

	if (link)
		link.click();
}

const afterG = { h: '/', c: '/contacts', l: '/listened', f: '/figures',
	p: '/policy', q: '/chat', s: '/chats' };
let waits = 0;

function heard(event) {
	if (event.ctrlKey || event.metaKey || event.altKey ||
		event.defaultPrevented || isTyping(event.target))
		return;
	if (event.key === 'Escape') {
		const crumb = document.querySelector('.crumbs a');

		if (crumb)
			crumb.click();
		return;
	}
	if (areOff())
		return;
	if (waits && Date.now() - waits < 1500 && afterG[event.key]) {
		waits = 0;
		go(afterG[event.key]);
		return;
	}
	waits = event.key === 'g' ? Date.now() : 0;
	if (event.key === 'j')
		move(1);
	else if (event.key === 'k' &&
		!document.querySelector('[data-player]'))
		move(-1);
	else if (event.key === '?')
		go('/help');
	else if (event.key === '/')
		document.querySelector('.filters input')?.focus();
	else
		return;
	event.preventDefault();
}

document.addEventListener('keydown', heard);

const choice = document.querySelector('[data-keys-choice]');
if (choice) {
	const box = choice.querySelector('[data-keys-switch]');

	choice.hidden = false;
	box.checked = !areOff();
	box.addEventListener('change', () => {
		if (box.checked)
			localStorage.removeItem(NAME);
		else
			localStorage.setItem(NAME, 'off');
	});
}

export { areOff, isTyping };
