// SPDX-License-Identifier: EUPL-1.2
// A small counter with one conversation, that speaks the protocol of
// docs/protocol-chat.md over all ways and misbehaves when it is told to.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'";

const recording = {
	fi: 'Keskustelu tallennetaan, ja sitä säilytetään kaksi vuotta.',
	sv: 'Samtalet sparas och bevaras i två år.',
	en: 'The conversation is recorded and kept for two years.',
};
const controller = { fi: 'Esimerkkivirasto', sv: 'Exempelverket',
	en: 'Example Agency' };

export class FakeCounter {
	static async start(script) {
		const counter = new FakeCounter();

		counter.script = script;
		counter.integrity = `sha384-${createHash('sha384').update(script)
			.digest('base64')}`;
		counter.server = createServer((request, response) =>
			counter.answer(request, response).catch(() =>
				response.destroy()));
		counter.sockets = new WebSocketServer({ noServer: true,
			handleProtocols: () => 'tallenne.chat.v1' });
		counter.server.on('upgrade', (request, socket, head) =>
			counter.upgrade(request, socket, head));
		await new Promise((done) => counter.server.listen(0, '127.0.0.1',
			done));
		counter.url = `http://127.0.0.1:${counter.server.address().port}`;
		counter.begin();
		return counter;
	}

	// A new day: no conversation, good behaviour.
	begin() {
		for (const follower of this.followers ?? [])
			follower.cut();
		Object.assign(this, { followers: new Set(), events: [], said: [],
			requests: [], heard: [], ids: new Map(), key: null,
			token: null, epoch: '00000000000000a1', hours: {},
			isWebSocketBlocked: false, isStreamBlocked: false, isDeaf: false,
			refuse: null, alter: (events) => events,
			stands: { phase: 'waiting', place: 2, wait: 240 } });
	}

	async stop() {
		this.begin();
		this.server.closeAllConnections();
		await new Promise((done) => this.server.close(done));
	}

	// What a test does.

	agent(text, extra) {
		this.add({ kind: 'message', from: 'agent', name: 'Virkailija 1', text,
			...extra });
	}

	join(name = 'Virkailija 1') {
		this.stands = { phase: 'talking', place: 0, wait: 0, agent: name };
		this.add({ kind: 'joined', from: 'agent', name });
		this.tellState();
	}

	close(from = 'agent', reason = 'solved') {
		this.add({ kind: 'closed', from, reason,
			...from === 'agent' && { name: 'Virkailija 1' } });
		this.stands = { ...this.stands, phase: 'over', closes_in: 0 };
		this.tellState();
	}

	set(state) {
		Object.assign(this.stands, state);
		this.tellState();
	}

	cut() {
		for (const follower of this.followers)
			follower.cut();
		this.followers.clear();
	}

	// What it does itself.

	state() {
		return { t: 'state', agent: '', typing: false, closes_in: 0, seen: 0,
			...this.stands, last: this.events.length, epoch: this.epoch,
			receipt: '7Q2M-K4TD-9XWA-3HCF' };
	}

	tellState() {
		for (const follower of this.followers)
			follower.tell(this.state());
	}

	add(event) {
		this.events.push({ t: 'event', n: this.events.length + 1,
			at: new Date(Date.UTC(2026, 10, 30, 8, this.events.length + 1))
				.toISOString(), ...event });
		for (const follower of this.followers)
			this.sendOn(follower);
		return this.events.at(-1);
	}

	sendOn(follower) {
		const due = this.events.slice(follower.after);

		follower.after = this.events.length;
		for (const event of this.alter(due))
			follower.tell(event);
	}

	follow(follower, after) {
		this.followers.add(follower);
		follower.after = after;
		follower.tell(this.state());
		this.sendOn(follower);
	}

	// A message of a client; follower: its WebSocket, or null.
	hear(message, bearer, follower) {
		this.heard.push(message);
		if (message.t === 'open') {
			const refusal = this.refuse?.(message);

			if (refusal)
				return { t: 'error', ...refusal };
			if (this.key !== message.key) {
				this.key = message.key;
				this.token = 'T'.repeat(22);
				this.opened = message;
				this.add({ kind: 'queued', from: 'system' });
			}
			return { t: 'opened', token: this.token, epoch: this.epoch,
				receipt: '7Q2M-K4TD-9XWA-3HCF', last: this.events.length };
		}
		if (bearer !== this.token || !this.token)
			return { t: 'error', code: 'not-found' };
		if (message.t === 'hello') {
			this.follow(follower, message.epoch === this.epoch ?
				message.after : 0);
			return null;
		}
		if (message.t === 'ping')
			return this.isDeaf ? null : { t: 'pong',
				last: this.events.length };
		if (message.t === 'get') {
			for (const event of this.events.slice(message.after))
				follower.tell(event);
			return null;
		}
		if (message.t === 'end') {
			this.close('visitor', 'visitor');
			return null;
		}
		if (message.t === 'stay') {
			this.set({ closes_in: 0 });
			return null;
		}
		return message.t === 'say' ? this.take(message) : null;
	}

	take({ id, text }) {
		const refusal = this.refuse?.({ t: 'say', id, text });

		if (this.stands.phase === 'over')
			return { t: 'error', code: 'ended', id };
		if (refusal === 'silent')
			return null;
		if (refusal)
			return { t: 'error', id, ...refusal };
		const former = this.ids.get(id);
		const { n, at } = former ?? this.add({ kind: 'message',
			from: 'visitor', id, text });

		if (former && former.text !== text)
			return { t: 'error', code: 'conflict', id };
		this.ids.set(id, { n, at, text });
		return { t: 'ack', id, n, at };
	}

	upgrade(request, socket, head) {
		this.requests.push(`UPGRADE ${request.url}`);
		if (this.isWebSocketBlocked) {
			socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
			return;
		}
		this.sockets.handleUpgrade(request, socket, head, (web) => {
			const follower = { cut: () => web.terminate(),
				tell: (message) => web.send(JSON.stringify(message)) };
			let bearer = null;

			web.on('close', () => this.followers.delete(follower));
			web.on('message', (data) => {
				const message = JSON.parse(data);

				if (message.t === 'hello')
					bearer = message.token;
				const answer = this.hear(message, bearer, follower);

				if (answer)
					follower.tell(answer);
				if (answer?.t === 'opened') {
					bearer = answer.token;
					this.follow(follower, 0);
				}
			});
		});
	}

	async answer(request, response) {
		const url = new URL(request.url, this.url);
		const lang = url.searchParams.get('lang') ?? 'fi';
		const json = (status, body) => {
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(JSON.stringify(body));
		};

		this.requests.push(`${request.method} ${request.url}`);
		if (url.pathname === '/chat/hours') {
			json(200, { open: true, wait: 240, waiting: 1,
				hours: 'ma–pe 9–16', controller: controller[lang],
				recording: recording[lang], notice: '1a2b3c4d',
				notice_url: `/notice?lang=${lang}`, ...this.hours });
		} else if (url.pathname === '/chat/v1/events') {
			this.events_(request, response, url, json);
		} else if (url.pathname.startsWith('/chat/v1/')) {
			let body = '';

			for await (const chunk of request)
				body += chunk;
			if (this.isStreamBlocked) {
				response.destroy();
				return;
			}
			const answer = this.hear(JSON.parse(body),
				request.headers.authorization?.slice(7));

			json(answer?.t === 'error' ? 409 : 200, answer ?? { t: 'ok' });
		} else if (url.pathname === '/chat.js') {
			response.writeHead(200, { 'Content-Type': 'text/javascript',
				'Access-Control-Allow-Origin': '*' });
			response.end(this.script);
		} else if (url.pathname === '/favicon.ico') {
			response.writeHead(204).end();
		} else {
			response.writeHead(200, { 'Content-Type':
				'text/html; charset=utf-8', 'Content-Security-Policy': csp });
			response.end(this.page(url, lang));
		}
	}

	events_(request, response, url, json) {
		const bearer = request.headers.authorization?.slice(7);

		if (this.isStreamBlocked) {
			response.destroy();
			return;
		}
		if (bearer !== this.token) {
			json(404, { t: 'error', code: 'not-found' });
			return;
		}
		response.writeHead(200, { 'Content-Type': 'text/event-stream' });
		const follower = { cut: () => response.destroy(),
			tell: (message) => response.write(`id: ${message.n ?? 0}\n` +
				`data: ${JSON.stringify(message)}\n\n`) };

		response.on('close', () => this.followers.delete(follower));
		this.follow(follower, url.searchParams.get('epoch') === this.epoch ?
			Number(url.searchParams.get('after')) : 0);
	}

	page(url, lang) {
		const isPage = url.pathname === '/chat';

		return `<!doctype html><html lang="${lang}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${controller[lang]}</title>
<script type="module" src="/chat.js" integrity="${this.integrity}"
	crossorigin="anonymous"></script>
<main><h1>${controller[lang]}</h1>
<p><a id="before" href="/other?lang=${lang}">A page around it</a></p>
<tallenne-chat${isPage ? ' data-page' : ' data-queue="general"'}>${isPage ?
	'<form method="post" action="/chat/start"><button>Start</button></form>' :
	''}</tallenne-chat></main></html>`;
	}
}
