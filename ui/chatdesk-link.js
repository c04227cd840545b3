// SPDX-License-Identifier: EUPL-1.2
// The chat desk's line to its server: a feed of events that is opened again
// whenever it breaks or falls silent, and questions.

const SILENT_MS = 45000;
const ASK_MS = 15000;
const PAUSE_MAX_MS = 30000;

// Cuts a stream of server-sent events; calls heard(name, data) for each.
export function feedReader(heard) {
	let rest = '';

	return (text) => {
		const blocks = (rest + text).split('\n\n');

		rest = blocks.pop();
		for (const block of blocks) {
			let name = 'message', data = '';

			for (const line of block.split('\n'))
				if (line.startsWith('event: '))
					name = line.slice(7);
				else if (line.startsWith('data: '))
					data += line.slice(6);
			if (data)
				heard(name, JSON.parse(data));
		}
	};
}

// A random part of a doubling time, so that not all come back at once.
export function pauseMs(tries, random = Math.random) {
	return 200 + random() * Math.min(PAUSE_MAX_MS, 1000 * 2 ** tries);
}

export class Link {
	// heard(name, data); told('open' | 'lost' | 'signed-out' | 'full')
	constructor(csrf, heard, told) {
		this.csrf = csrf;
		this.heard = heard;
		this.told = told;
		this.tries = 0;
		this.isOver = false;
		addEventListener('online', () => this.hurry());
		document.addEventListener('visibilitychange', () => {
			if (!document.hidden)
				this.hurry();
		});
	}

	// Do not wait for the rest of a pause.
	hurry() {
		this.wake?.();
	}

	pause(ms) {
		return new Promise((go) => {
			const timer = setTimeout(go, ms);

			this.wake = () => {
				clearTimeout(timer);
				go();
			};
		});
	}

	async run() {
		while (!this.isOver) {
			const how = await this.listen();

			if (this.isOver)
				break;
			this.told(how);
			await this.pause(pauseMs(this.tries++));
		}
	}

	// Ends when the feed does.
	async listen() {
		const abort = new AbortController();
		let timer = setTimeout(() => abort.abort(), SILENT_MS);

		try {
			const answer = await fetch('/chat/events', {
				signal: abort.signal, cache: 'no-store',
				headers: { Accept: 'text/event-stream' } });

			if (answer.status === 401 || answer.status === 403)
				return this.end('signed-out');
			if (!answer.ok)
				return answer.status === 503 &&
					(await answer.json()).type.endsWith('full') ?
					'full' : 'lost';
			this.tries = 0;
			this.told('open');
			const read = feedReader((name, data) => this.take(name, data));

			for await (const part of chunks(answer.body)) {
				clearTimeout(timer);
				timer = setTimeout(() => abort.abort(), SILENT_MS);
				read(part);
			}
		} catch {
			// broken, or silent for too long
		} finally {
			clearTimeout(timer);
			abort.abort();
		}
		return 'lost';
	}

	take(name, data) {
		if (name === 'over' && data.why !== 'restart')
			this.end('signed-out');
		else
			this.heard(name, data);
	}

	end(how) {
		this.isOver = true;
		this.told(how);
		return how;
	}

	// { ok, status, body, retryMs }; status 0: no answer came.
	async ask(path, options) {
		try {
			const answer = await fetch(path, { cache: 'no-store',
				signal: AbortSignal.timeout(ASK_MS), ...options });
			const body = await answer.json();

			if (answer.status === 401)
				this.end('signed-out');
			return { ok: answer.ok, status: answer.status, body,
				retryMs: 1000 *
					Number(answer.headers.get('Retry-After')) };
		} catch {
			return { ok: false, status: 0, body: {}, retryMs: 0 };
		}
	}

	get(path) {
		return this.ask(path, {});
	}

	post(path, fields = {}) {
		return this.ask(path, { method: 'POST',
			headers: { 'Tallenne-Form-Token': this.csrf },
			body: new URLSearchParams(fields) });
	}
}

async function* chunks(body) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();

	for (;;) {
		const { value, done } = await reader.read();

		if (done)
			return;
		yield value;
	}
}
