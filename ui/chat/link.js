// SPDX-License-Identifier: EUPL-1.2
// The line to counter, docs/protocol-chat.md: a WebSocket, or a stream of
// events with POST where that does not go through. There is one. What the
// visitor says is kept until it is acknowledged; events are told strictly in
// the order of their numbers, each once; what is missing is asked for.

export const second = 1000;
// How anything is asked: no cookie, no address of the page, no cache.
export const quietly = { cache: 'no-store', credentials: 'omit',
	referrerPolicy: 'no-referrer' };

let server, held, tell;
let socket, stop; // the way in use: a WebSocket, or what stops the stream
let ways; // that were tried: even ones are WebSockets
let tries, isUp, isHeard, isDone, isOver, isEnding, isSending;
let next, last, asked; // numbers of events
let early; // events whose turn has not come
let deadline, pulse, again, patience; // timers

function draw() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-')
		.replaceAll('/', '_').slice(0, 22);
}

// keep: what outlives a reload: key or token, epoch, pending.
// teller: who is told: state, event, clear (all begins anew), refused (a
// message), busy (a limit), quit (there is none), up (or not), settle (what
// is kept has changed).
export function begin(origin, keep, teller) {
	server = origin;
	held = keep;
	tell = teller;
	next = 1;
	tries = ways = last = 0;
	isDone = isOver = isEnding = false;
	early = {};
	held.key ??= draw();
	held.pending ??= [];
	connect();
}

function connect() {
	const { token, key, lang, nick, queue, notice, epoch } = held;
	const first = token ? { t: 'hello', token, after: next - 1, epoch } :
		{ t: 'open', key, lang, nick, queue, notice };

	close();
	isHeard = isSending = false;
	asked = 0;
	alarm(10);
	if (ways % 2) {
		stop = new AbortController();
		if (token)
			stream();
		else
			post(first);
		return;
	}
	const mine = new WebSocket(`${server.replace(/^http/, 'ws')}/chat/v1`,
		'tallenne.chat.v1');

	socket = mine;
	mine.onopen = () => put(first);
	mine.onmessage = ({ data }) => mine === socket && hear(JSON.parse(data));
	mine.onclose = (event) =>
		mine === socket && lost(event.code === 1013 ? 5 * second : 0);
}

// Dead unless something comes in so many seconds.
function alarm(seconds) {
	clearTimeout(deadline);
	deadline = seconds && setTimeout(lost, seconds * second);
}

function close() {
	const former = socket;

	alarm(0);
	clearTimeout(again);
	clearTimeout(patience);
	clearTimeout(pulse);
	stop?.abort();
	again = socket = stop = isUp = null;
	former?.close();
}

// Connect again after a random part of a doubling time.
function lost(wait = 0) {
	if (!isHeard)
		ways++;
	close();
	tell.up(false, ++tries);
	if (!isDone)
		again = setTimeout(connect, wait +
			Math.random() * Math.min(30, 2 ** (tries - 1)) * second);
}

// The network is back, or the page is looked at again.
export function wake() {
	if (again)
		connect();
	else if (isUp)
		ping();
}

function ping() {
	if (socket) {
		put({ t: 'ping', last: next - 1 });
		alarm(10);
	}
}

export function put(message) {
	if (socket)
		socket.readyState === 1 && socket.send(JSON.stringify(message));
	else if (isUp && message.t === 'get')
		stream();
	else if (isUp)
		post(message);
}

function ask(path, body, signal) {
	const { token } = held;

	return fetch(`${server}/chat/v1/${path}`, { ...quietly, body, signal,
		method: body ? 'POST' : 'GET', headers: {
			...token && { Authorization: `Bearer ${token}` },
			...body && { 'Content-Type': 'application/json' } } });
}

async function post(message) {
	const { t, id } = message;
	const mine = stop;

	try {
		const answer = await ask(t, JSON.stringify(message));
		const body = await answer.json().catch(() =>
			({ t: 'error', id, code: 'later' }));

		if (mine === stop)
			hear(body);
		else if (id)
			heard[body.t](body);
	} catch {
		if (mine === stop && (id || t === 'open'))
			lost();
	}
}

async function stream() {
	const decoder = new TextDecoder();
	const mine = new AbortController();
	let rest = '';

	stop.abort();
	stop = mine;
	try {
		const { ok, body } = await ask(`events?after=${next - 1}&epoch=${
			held.epoch}`, undefined, mine.signal);
		const reader = body.getReader();

		for (;;) {
			const { done, value } = await reader.read();

			if (mine !== stop)
				return;
			if (done)
				break;
			rest += decoder.decode(value, { stream: true });
			if (!ok)
				continue;
			const parts = rest.split(/\r?\n\r?\n/);

			rest = parts.pop();
			for (const part of parts) {
				const [, data] = part.match(/^data: ?(.*)/m) ?? [];

				if (data)
					hear(JSON.parse(data));
			}
			if (mine === stop)
				alarm(45);
		}
		if (!ok)
			hear(JSON.parse(rest));
	} catch {
		// Cut off, or not what it should be: the same.
	}
	if (mine === stop)
		lost();
}

function hear(message) {
	isHeard = true;
	heard[message.t]?.(message);
	if (isUp || isDone || message.t === 'error')
		return;
	isUp = true;
	tries = 0;
	alarm(socket ? 0 : 45);
	if (socket)
		pulse = setInterval(ping, 20 * second);
	tell.up(true);
	pump();
}

const heard = {
	opened: ({ token, receipt, epoch }) => {
		Object.assign(held, { token, receipt, epoch });
		tell.settle();
		if (!socket)
			stream();
	},

	state: (state) => {
		if (held.epoch !== state.epoch) {
			held.epoch = state.epoch;
			next = 1;
			early = {};
			tell.clear();
		}
		last = state.last;
		isOver = state.phase === 'over';
		tell.state(state);
		finish();
	},

	event: (event) => {
		if (event.n >= next)
			early[event.n] = event;
		for (let due; (due = early[next]); next++) {
			delete early[next];
			arrived(due.id);
			tell.event(due);
		}
		if (asked !== next && Object.keys(early).length)
			get();
		finish();
	},

	ack: ({ id }) => {
		arrived(id);
	},

	pong: (pong) => {
		alarm(0);
		if (pong.last >= next)
			get();
	},

	error: ({ code, id, retry = 5 * second }) => {
		const isWait = ['too-fast', 'later', 'limited'].includes(code);
		const item = held.pending.find((each) => each.id === id);

		if (code === 'not-found' || !held.token && !isWait) {
			quit();
			tell.leave({ 'not-found': 'over', closed: 'closed',
				full: 'busy' }[code] ?? 'failed');
		} else if (isWait && !isUp) {
			tell.busy();
			lost(retry);
		} else if (isWait) {
			// One that only said that something is typed may be lost.
			if (!item && !isEnding)
				return;
			tell.busy();
			attend(() => {
				isSending = false;
				pump();
			}, retry + Math.random() * second);
		} else if (item && code !== 'ended') {
			arrived(id);
			tell.refused(item);
		}
	},
};

function get() {
	asked = next;
	put({ t: 'get', after: next - 1 });
}

// Everything is told, and nothing more will come.
function finish() {
	if (isOver && next > last)
		quit();
}

export function quit() {
	isDone = true;
	close();
}

export function end() {
	isEnding = true;
	pump();
}

export function speak(text) {
	held.pending.push({ id: draw(), text });
	tell.settle();
	pump();
}

function attend(then, time) {
	clearTimeout(patience);
	patience = setTimeout(then, time);
}

// What the message with this id was waiting for has come.
function arrived(id) {
	const others = held.pending.filter((each) => each.id !== id);

	if (others.length === held.pending.length)
		return;
	held.pending = others;
	isSending = false;
	clearTimeout(patience);
	tell.settle();
	pump();
}

// One at a time, so that one that must wait is not overtaken.
function pump() {
	const [item] = held.pending;

	if (!isUp || isSending || isOver)
		return;
	if (item) {
		isSending = true;
		attend(lost, 20 * second);
		put({ t: 'say', ...item });
	} else if (isEnding) {
		put({ t: 'end' });
	}
}
