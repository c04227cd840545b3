// SPDX-License-Identifier: EUPL-1.2
// The real counter with a house and a chat that only play theirs
// (tests/counter/fake_house.c), and an agency's page beside it.

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const build = resolve(process.env.TALLENNE_BUILD ?? join(root, 'build'));

// A page of another origin, as strict as can be, that holds the chat by the
// very lines that /chat/embed tells agencies to put there.
export class Agency {
	static async start() {
		const agency = new Agency();

		agency.server = createServer((request, response) => {
			const lang = request.url.slice(1) || 'fi';

			if (lang === 'favicon.ico') {
				response.writeHead(204).end();
				return;
			}
			response.writeHead(200, {
				'Content-Type': 'text/html; charset=utf-8',
				'Content-Security-Policy': "default-src 'none'; script-src " +
					`${agency.counter}; connect-src ${agency.counter} ` +
					`${agency.counter.replace('http', 'ws')}; ` +
					"require-trusted-types-for 'script'; trusted-types 'none'",
			});
			response.end(`<!doctype html><html lang="${lang}">` +
				'<meta charset="utf-8"><title>Agency</title><main><h1>Agency' +
				`</h1>${agency.lines}</main></html>`);
		});
		await new Promise((done) =>
			agency.server.listen(0, '127.0.0.1', done));
		agency.url = `http://127.0.0.1:${agency.server.address().port}`;
		return agency;
	}

	async stop() {
		this.server.closeAllConnections();
		await new Promise((done) => this.server.close(done));
	}
}

export class Counter {
	// origin: of the agency's pages
	static async start(origin) {
		const counter = new Counter();
		const policy = join(mkdtempSync(join(tmpdir(), 'tallenne-')),
			'policy.yaml');

		writeFileSync(policy, readFileSync(join(root, 'notice/example.yaml'),
			'utf8').replace('https://www.agency.example', origin));
		counter.child = spawn(join(build, 'counter/counter_house'), [
			join(build, 'counter/tallenne-counter'), join(root, 'ui'), policy,
			'requests_per_minute', '100000', 'opens_per_hour', '100000',
			'messages_per_minute', '100000', 'connections_per_address', '1000',
			'demo_site', 'true',
		], { stdio: ['pipe', 'pipe', 'inherit'] });
		counter.lines = createInterface({ input: counter.child.stdout })[
			Symbol.asyncIterator]();
		counter.url = (await counter.lines.next()).value.replace('URL ', '');
		for (let i = 0; i < 600; i++) {
			if ((await fetch(`${counter.url}/healthz`)).ok)
				return counter;
			await new Promise((again) => setTimeout(again, 50));
		}
		throw new Error('the chat has no hours');
	}

	// Tell the fake chat something; what it says to it.
	async tell(words) {
		const said = {};

		this.child.stdin.write(`${words}\n`);
		for (;;) {
			const { value, done } = await this.lines.next();

			if (done || value === 'done')
				return said;
			if (value === 'no such conversation')
				throw new Error(`${words}: ${value}`);
			for (const [, key, text] of value.matchAll(/(\w+)=(\S*)/g))
				said[key] = text;
		}
	}

	async stop() {
		const ended = new Promise((end) => this.child.on('exit', end));

		this.child.stdin.end();
		await ended;
	}
}
