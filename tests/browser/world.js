// SPDX-License-Identifier: EUPL-1.2
// Where the tests run: against a desk with a fake register that is started
// here, or against any Tallenne told by the environment:
//
//   TALLENNE_URL              http://127.0.0.1:8443
//   TALLENNE_ONCE_SUPERVISOR  one-time code that signs in at once
//   TALLENNE_ONCE_AGENT, TALLENNE_ONCE_DPO, TALLENNE_ONCE_ENROL
//   TALLENNE_BUILD            build directory (default ../../build)
//   TALLENNE_SHOTS            where screenshots go (default BUILD/shots)

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const build = resolve(process.env.TALLENNE_BUILD ?? join(root, 'build'));
export const shots = process.env.TALLENNE_SHOTS ?? join(build, 'shots');
const axe = readFileSync(
	createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const isFake = !process.env.TALLENNE_URL;
// Whether there is time for what differs in words alone; see ./dev test --long.
export const isLong = !!process.env.TALLENNE_LONG;
export const once = {
	supervisor: process.env.TALLENNE_ONCE_SUPERVISOR ?? 'DEMO-SUPER',
	agent: process.env.TALLENNE_ONCE_AGENT ?? 'DEMO-AGENT',
	agent2: 'DEMO-AGENT2',
	dpo: process.env.TALLENNE_ONCE_DPO ?? 'DEMO-DPO',
	enrol: process.env.TALLENNE_ONCE_ENROL ?? 'DEMO-ENROL',
};

// The secret of everybody in the fake house.
const secret = 'JBSWY3DPEHPK3PXP';

// RFC 6238, as an authenticator app does it.
export function totp() {
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	const bits = [...secret].map((c) => letters.indexOf(c).toString(2)
		.padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
	const counter = Buffer.alloc(8);

	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
	const hash = createHmac('sha1', key).update(counter).digest();
	const at = hash[19] & 15;
	return String((hash.readUInt32BE(at) & 0x7fffffff) % 1000000)
		.padStart(6, '0');
}

// A fake house, or none where the real one is told.
export class House {
	static async start() {
		const house = new House();

		if (!isFake) {
			house.url = process.env.TALLENNE_URL.replace(/\/$/, '');
			return house;
		}
		house.child = spawn(join(build, 'desk/fake_house'), [
			join(build, 'desk/tallenne-desk'), join(root, 'ui'),
			join(root, 'tests/fixtures/desk'),
			join(root, 'notice/example.yaml'),
		], { stdio: ['pipe', 'pipe', 'inherit'] });
		house.lines = createInterface({ input: house.child.stdout })[
			Symbol.asyncIterator]();
		const line = (await house.lines.next()).value ?? '';
		house.url = line.replace(/^URL /, '');
		return house;
	}

	// "lock", "unlock", "leave": see fake_house.c. Resolves when it has.
	async say(words) {
		this.child.stdin.write(`${words}\n`);
		for (;;) {
			const { value, done } = await this.lines.next();

			if (done || value === 'done')
				return;
		}
	}

	async stop() {
		if (!this.child)
			return;
		const ended = new Promise((end) => this.child.on('exit', end));

		this.child.stdin.end();
		await ended;
	}
}

export async function openBrowser() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu',
			'--disable-background-networking', '--no-first-run',
			'--disable-component-update', '--disable-sync',
			'--autoplay-policy=no-user-gesture-required'],
	});
}

const contexts = [];

// One address may have only so many connections: who is done lets go.
export async function everybodyLeaves() {
	while (contexts.length > 0)
		await contexts.pop().close();
}

// A fresh person: own cookies. Everything a page complains about is kept
// in page.faults, CSP reports included.
export async function person(browser, house, options = {}) {
	const context = await browser.newContext({ locale: 'fi-FI',
		baseURL: house.url, viewport: { width: 1280, height: 900 },
		...options });
	const page = await context.newPage();

	contexts.push(context);
	// Nobody waits so long, but a busy machine may need it.
	page.setDefaultTimeout(60000);
	page.faults = [];
	page.on('console', (message) => {
		if (['error', 'warning'].includes(message.type()))
			page.faults.push(`${message.text()} ` +
				message.location().url);
	});
	page.on('pageerror', (fault) => page.faults.push(fault.message));
	return page;
}

// A real one-time link works once: its session is kept for the next test.
// Each finds it without a purpose and in Finnish, which a fresh one of the
// fake house is; a real account has a language of its own.
const sessions = {};

export async function signIn(browser, house, role, options) {
	const page = await person(browser, house, options);

	if (isFake || !sessions[role]) {
		await page.goto(`/?once=${once[role]}`);
		await page.waitForURL((url) => url.search === '');
		sessions[role] = await page.context().cookies();
		if (isFake)
			return page;
	} else {
		await page.context().addCookies(sessions[role]);
	}
	await page.goto('/account');
	if (await page.locator('.banner .end button').count() > 0) {
		await page.locator('.banner .end button').click();
		await page.waitForSelector('.banner', { state: 'detached' });
	}
	await page.locator('.languages button[value=fi]').click();
	await page.waitForSelector('html[lang=fi]');
	await page.goto('/');
	return page;
}

export async function choosePurpose(page, index = 0) {
	await page.locator('.purpose-form [type=radio]').nth(index).check();
	await page.locator('.purpose-form button').first().click();
	await page.waitForSelector('aside.banner');
	// Until then no script has run that could hear a key.
	await page.waitForLoadState('load');
}

// "g" and a letter, which count as one only in quick succession: a busy
// machine may be slower than any hand, so again until it has led there.
export async function goByKeys(page, letter, path) {
	for (let tries = 0; tries < 10; tries++) {
		await page.keyboard.press('g');
		await page.keyboard.press(letter);
		try {
			await page.waitForURL(`**${path}`, { timeout: 6000 });
			return;
		} catch (fault) {
			if (fault.name !== 'TimeoutError')
				throw fault;
		}
	}
	throw new Error(`g ${letter} never led to ${path}`);
}

export async function shot(page, name, options = {}) {
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: join(shots, `${name}.png`),
		fullPage: true, ...options });
}

// Names of what axe finds, with the elements; empty is what we want.
export async function faultsOf(page) {
	await page.evaluate(axe);
	return page.evaluate(async () => {
		const result = await globalThis.axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
				'wcag22aa', 'best-practice'] });

		return result.violations.map((each) => `${each.id}: ` +
			each.nodes.map((node) => node.target.join(' ')).join(', '));
	});
}
