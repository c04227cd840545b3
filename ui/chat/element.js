// SPDX-License-Identifier: EUPL-1.2
// <tallenne-chat>: what the visitor sees. docs/chat-embed.md tells how a page
// has it. Nothing is asked of the network or kept before it is opened. A page
// has one, so that what it knows stands in this module.

import { style } from './chat.css';
import { mask } from './guard.js';
import { begin, end, quit, put, quietly, second, speak, wake } from './link.js';
import { offer } from './transcript.js';
import { learn, momentOf, say, timeOf, tongue, waitOf } from './words.js';

const most = 4000; // bytes of a message

let root, base, queue, isPage;
let kept; // what keep() keeps, or null: there is no conversation
let lines; // what the log shows, for the transcript
let shown, old, fresh; // numbers: of the last event, before the reload; new ones
let stand, told; // how it stands, and what the log's last line says
let isDown, isTyping;
let grace, pause, seeing; // timers

// make('p.soft', { id: 'x' }, 'text'): an element with class and children.
function make(what, props, ...children) {
	const [tag, name] = what.split('.');
	const element = document.createElement(tag);

	element.className = name ?? '';
	for (const key in props)
		if (key in element)
			element[key] = props[key];
		else
			element.setAttribute(key, props[key]);
	element.append(...children);
	return element;
}

const button = (word, onclick, what = 'button') =>
	make(what, { onclick }, say(word));

const fill = (element, ...children) => element.replaceChildren(...children);

// A question with its buttons, hidden until it is asked.
const question = (words, ...buttons) => make('div.extra alarm',
	{ hidden: true }, make('p', { tabIndex: -1 }, ...words),
	make('div.row', null, ...buttons));

// What is kept in this tab from the start of a conversation to its close.
// Where a browser has no storage a reload begins anew.
function keep() {
	try {
		if (kept)
			sessionStorage.tallenneChat = JSON.stringify(kept);
		else
			delete sessionStorage.tallenneChat;
	} catch {
		// Forbidden or full.
	}
}

let opener, badge, panel, head, who, start, talking, scroller, past, log, now;
let unsent, typing, guard, starred, closing, sure, form, input, fault, slip;
let proof, copier, ender, leaver;

function build() {
	opener = make('button.opener main', { 'aria-expanded': false,
		hidden: isPage, onclick: turn }, make('span', null, say('ask')));
	badge = make('p.badge', { role: 'status' });
	head = make('h2', { id: 'head', tabIndex: -1 }, say('chat'));
	who = make('p.soft');
	start = make('div.start');

	// The log speaks what is added to it. What was there before a reload goes
	// above it, and is not spoken again.
	now = make('p.soft');
	past = make('div.log');
	log = make('div.log', { role: 'log', 'aria-label': say('log'),
		'aria-relevant': 'additions' }, now);
	unsent = make('div.log unsent');
	typing = make('p.soft');
	scroller = make('div.scroll', { tabIndex: 0, role: 'group',
		'aria-label': say('log') }, past, log, unsent, typing);

	starred = make('code');
	guard = question([say('guard'), ' ', starred], button('edit', unask),
		button('mask', () => submit(true)));
	closing = question([], button('stay', () => {
		put({ t: 'stay' });
		input.focus();
	}));
	sure = question([say('sure')], button('no', unask), button('end', () => {
		unask();
		end();
	}));

	input = make('textarea', { id: 'text', rows: 2,
		'aria-describedby': 'keys fault',
		oninput: () => typed(input.value !== ''),
		onkeydown: (event) => {
			if (event.key === 'Enter' && !event.shiftKey &&
				!event.isComposing) {
				event.preventDefault();
				submit();
			}
		} });
	fault = make('p', { id: 'fault', role: 'alert' });
	form = make('div.extra write', null,
		make('label', { htmlFor: 'text' }, say('message')), input,
		button('send', () => submit(), 'button.main'), fault,
		make('small', { id: 'keys' }, say('keys')));

	proof = make('code');
	copier = button('copy', () =>
		navigator.clipboard.writeText(kept.receipt).then(() => {
			fill(copier, say('copied'));
			tellNow(say('copied'));
		}, () => {}));
	copier.hidden = !navigator.clipboard;
	slip = make('details', null, make('summary', null, say('keep')),
		make('p', null, `${say('code')}: `, proof),
		make('p.soft', null, say('why')),
		make('div.row', null, copier, button('text', () => save('plain')),
			button('html', () => save('html'))));
	ender = button('end', () => pose(sure));
	leaver = button('leave', () => forget());
	talking = make('div.talk', null, scroller, closing, guard, sure, form,
		make('div.foot row', null, slip, ender, leaver));

	panel = make('section.panel', { hidden: true,
		'aria-labelledby': 'head' }, make('header', null, head, who), start,
	talking);
	root.append(make(isPage ? 'div.page' : 'div.box', { lang: tongue,
		onkeydown: (event) => void (event.key === 'Escape' && escape()) },
	opener, badge, panel));
}

function turn() {
	const isOpen = panel.hidden;

	show(isOpen);
	(isOpen ? kept ? input : head : opener).focus();
}

function show(isOpen) {
	panel.hidden = !isOpen;
	opener.setAttribute('aria-expanded', isOpen);
	fill(badge);
	fresh = 0;
	if (kept) {
		kept.isShown = isOpen;
		keep();
	} else if (isOpen) {
		welcome('');
	}
	toEnd();
	see();
}

function escape() {
	if (!sure.hidden || !guard.hidden)
		unask();
	else if (!isPage && !panel.hidden)
		turn();
}

function pose(asked) {
	asked.hidden = false;
	asked.firstChild.focus();
	toEnd();
}

function unask() {
	sure.hidden = guard.hidden = true;
	input.focus();
}

// The first screen: who, that it is stored, and for how long.
async function welcome(problem) {
	const note = make('p', { role: 'status' }, say('opening'));
	const nick = make('input', { id: 'nick', autocomplete: 'off',
		maxLength: 40 });

	start.hidden = false;
	talking.hidden = true;
	fill(start, note);
	try {
		const answer = await fetch(`${base}/chat/hours?` +
			new URLSearchParams({ lang: tongue, queue }), quietly);
		const { open, wait, opens_at: opens, hours, controller, recording,
			notice, notice_url: href } = await answer.json();
		const later = open ? wait && say('eta', waitOf(wait)) :
			opens && say('opens', momentOf(new Date(opens)));

		fill(who, controller);
		fill(note, [problem, say(open ? 'open' : 'closed'), later || '']
			.join(' '));
		start.append(make('p.told', null, `${recording} `, make('a', { href,
			target: '_blank', rel: 'noopener' }, say('notice'))));
		if (open)
			start.append(make('p', null, say('never')), make('div', null,
				make('label', { htmlFor: 'nick' }, say('nick')), nick),
			button('start', () => {
				const name = nick.value.trim();
				const { read } = new TextEncoder()
					.encodeInto(name, new Uint8Array(63));

				kept = { lang: tongue, queue, notice, who: controller, seen: 0,
					isShown: true, nick: name.slice(0, read) };
				talk();
				input.focus();
			}, 'button.main'));
		else
			start.append(make('p', null, say('hours', hours)));
	} catch {
		fill(note, problem ||= say('failed'));
	}
	if (problem)
		start.append(button('retry', () => {
			head.focus();
			welcome('');
		}), make('a', { href: `${base}/chat?plain=1` }, say('plain')));
}

function talk() {
	start.hidden = true;
	talking.hidden = false;
	fill(who, kept.who);
	old = kept.seen;
	stand = kept.token ? '' : say('opening');
	clear();
	over(false);
	begin(base, kept, { busy, clear, event, refused, settle, state, up,
		leave: forget });
	settle();
}

// All begins anew.
function clear() {
	fill(past);
	fill(log, now);
	lines = [];
	shown = fresh = 0;
}

// What is kept has changed: a token, messages that wait.
function settle() {
	keep();
	tellNow();
	slip.hidden = !kept.receipt;
	fill(proof, kept.receipt ?? '');
	fill(unsent, ...kept.pending.map((each) =>
		bubble(true, say('you'), each.text, say('unsent'))));
}

function bubble(isMine, name, said, status) {
	return make(isMine ? 'div.said mine' : 'div.said', null,
		make('b', null, `${name}: `),
		make('p', { lang: kept.lang, dir: 'auto' }, said),
		make('small', null, status));
}

// The line at the end of the log. Spoken when it changes.
function tellNow(words = isDown ? say('down') : stand) {
	if (words !== told)
		fill(now, words && make('span', null, words));
	told = words;
	toEnd();
}

function state({ phase, place, wait, agent, typing: isOn, closes_in: closes,
	seen }) {
	const isOver = phase === 'over';
	const warning = closes && !isOver ? say('closing', waitOf(closes)) : '';

	fill(typing, isOn ? say('typing', agent || kept.who) : '');
	stand = phase !== 'waiting' ? warning : [place && say('place', place),
		wait && say('eta', waitOf(wait)), say('wait')].filter(Boolean).join(' ');
	tellNow();
	// The warning stands in its box; in the log it is only spoken.
	now.className = warning ? 'unseen' : 'soft';
	closing.hidden = !warning;
	fill(closing.firstChild, warning);
	toEnd();
	for (const line of lines)
		if (line.isMine && line.n <= seen) {
			line.isMine = false;
			line.node.lastChild.append(` · ${say('seen')}`);
		}
	if (isOver)
		over(true);
}

function event({ n, at, kind, from, name, text: said, masked: isMasked, reason }) {
	const isMine = from === 'visitor';
	const isNear = scroller.scrollTop + scroller.clientHeight >
		scroller.scrollHeight - 60;
	const author = isMine ? say('you') : name || kept.who;
	const line = { n, isMine, at: new Date(at), name: `${author}: `, text: said };
	const time = timeOf(line.at);

	shown = n;
	if (kind === 'queued')
		return;
	if (kind === 'message') {
		line.node = bubble(isMine, author, said,
			isMasked ? `${time} · ${say('masked')}` : time);
	} else {
		line.isMine = false;
		line.name = '';
		line.text = kind !== 'closed' ? say(kind, author) :
			from === 'agent' ? say('ended', author) : say('over') +
				(reason === 'hours' ? ` ${say('closed')}` : '');
		line.node = make('p.soft', null, `${line.text} `,
			make('small', null, time));
	}
	lines.push(line);
	if (n > old)
		now.before(line.node);
	else
		past.append(line.node);
	if (isMine || isNear)
		toEnd();
	if (panel.hidden && !isMine && n > kept.seen)
		fill(badge, say('new', ++fresh));
	see();
}

// A limit was met; the link tries again.
function busy() {
	tellNow(say('busy'));
}

// A message was not taken, and never will be.
function refused(item) {
	input.value = `${item.text}\n${input.value}`.trim();
	fill(fault, say('long'));
}

// Short cuts of the line are not told.
function up(isUp, tries) {
	if (!isUp && tries > 3 && !kept.token) {
		forget('failed');
	} else if (!isUp) {
		grace ??= setTimeout(() => {
			isDown = true;
			tellNow();
		}, 3 * second);
	} else {
		if (isDown)
			tellNow(`${say('up')} ${stand}`);
		clearTimeout(grace);
		grace = isDown = null;
	}
}

function toEnd() {
	scroller.scrollTop = scroller.scrollHeight;
}

// The agent may know what was shown.
function see() {
	if (panel.hidden || document.hidden || !(shown > kept?.seen))
		return;
	kept.seen = shown;
	keep();
	clearTimeout(seeing);
	seeing = setTimeout(() => put({ t: 'seen', n: shown }), second / 2);
}

// That something is being typed, never what.
function typed(isOn) {
	fill(fault);
	guard.hidden = true;
	clearTimeout(pause);
	if (isOn)
		pause = setTimeout(() => typed(false), 5 * second);
	if (isOn !== isTyping)
		put({ t: 'typing', on: isOn });
	isTyping = isOn;
}

function submit(isMasked) {
	const former = kept.pending.at(-1) ??
		lines.findLast((line) => line.name === `${say('you')}: `);
	const words = input.value.trim();
	const safe = mask(words, former?.text);

	if (new TextEncoder().encode(words).length > most) {
		fill(fault, say('long'));
	} else if (safe !== words && !isMasked) {
		fill(starred, safe);
		pose(guard);
		return;
	} else if (words) {
		input.value = '';
		typed(false);
		speak(safe);
		toEnd();
	}
	input.focus();
}

function over(isOver) {
	const hasFocus = talking.contains(root.activeElement);

	form.hidden = ender.hidden = isOver;
	leaver.hidden = !isOver;
	slip.open = isOver;
	guard.hidden = sure.hidden = true;
	// Not a button: whoever is writing would press it.
	if (isOver && hasFocus)
		scroller.focus();
}

// The visitor is done with it, or it is there no more.
function forget(why) {
	const hasFocus = root.activeElement;

	quit();
	kept = null;
	keep();
	clear();
	if (!why && !isPage) {
		turn();
		return;
	}
	if (hasFocus)
		head.focus();
	welcome(why ? say(why) : '');
}

function save(type) {
	offer(type, lines, kept.who, kept.receipt);
}

class Chat extends HTMLElement {
	connectedCallback() {
		const sheet = new CSSStyleSheet();

		if (root)
			return;
		root = this.attachShadow({ mode: 'open' });
		sheet.replaceSync(style);
		root.adoptedStyleSheets = [sheet];
		learn(this.closest('[lang]')?.lang.slice(0, 2));
		base = this.dataset.origin ?? new URL(import.meta.url).origin;
		queue = this.dataset.queue ?? '';
		isPage = 'page' in this.dataset;
		build();
		try {
			kept = JSON.parse(sessionStorage.tallenneChat ?? null);
		} catch {
			// No storage here.
		}
		if (kept)
			talk();
		if (isPage || kept?.isShown)
			show(true);
		document.addEventListener('visibilitychange', () => {
			wake();
			see();
		});
		addEventListener('online', wake);
	}
}

customElements.define('tallenne-chat', Chat);
