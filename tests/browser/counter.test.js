// SPDX-License-Identifier: EUPL-1.2
// The real counter in a real browser, with a chat that plays its part: the
// widget on the page /chat, and the same without any script.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, afterEach, before, describe, test } from 'node:test';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { everybodyLeaves, faultsOf, openBrowser, person, shot, shots } from './world.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const build = resolve(process.env.TALLENNE_BUILD ?? join(root, 'build'));
const naughty = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
	'</textarea><svg onload=alert(1)>', '${7*7} {{7*7}} %s %n',
	'\u202etxet\u202c \u0001 \ufeff', '\'; DROP TABLE chats; --'];
let counter, browser;

// counter_house: each line is answered with "done".
class Counter {
	talks = 0;

	static async start() {
		const mine = new Counter();

		mine.child = spawn(join(build, 'counter/counter_house'), [
			join(build, 'counter/tallenne-counter'), join(root, 'ui'),
			join(root, 'notice/example.yaml'), 'requests_per_minute', '100000',
			'opens_per_hour', '100000', 'connections_per_address', '500'],
		{ stdio: ['pipe', 'pipe', 'inherit'] });
		mine.lines = createInterface({ input: mine.child.stdout })[Symbol.asyncIterator]();
		[, mine.url] = (await mine.lines.next()).value.split(' ');
		return mine;
	}

	async tell(words) {
		const said = [];

		this.child.stdin.write(`${words}\n`);
		for (;;) {
			const { value } = await this.lines.next();

			if (value === 'done')
				return said.join(' ');
			assert.notEqual(value, 'no such conversation', words);
			said.push(value);
		}
	}

	// The number of the next conversation: a page shows its log before chat
	// has heard that there is one.
	async next() {
		for (let i = 0; i < 600; i++) {
			const talks = Number(/talks=(\d+)/.exec(await this.tell('count'))[1]);

			if (talks > this.talks)
				return this.talks = talks;
			await new Promise((again) => setTimeout(again, 50));
		}
		throw new Error('nobody opens a conversation');
	}

	stop() {
		this.child.stdin.end();
		return new Promise((done) => this.child.on('exit', done));
	}
}

before(async () => {
	counter = await Counter.start();
	browser = await openBrowser();
});
afterEach(everybodyLeaves);
after(async () => {
	await browser?.close();
	await counter?.stop();
});

describe('the widget on the page of the chat', () => {
	test('opens, says, hears, survives a reload and a chat that restarts', async () => {
		const page = await person(browser, counter);

		await page.goto('/chat?lang=fi');
		await page.locator('.start .main').click();
		await page.getByRole('log').waitFor();
		const talk = await counter.next();

		await counter.tell(`take ${talk}`);
		await page.locator('#text').fill('Hei, mistä saan todistuksen?');
		await page.keyboard.press('Enter');
		await page.getByRole('log').getByText('Hei, mistä saan todistuksen?').waitFor();
		await counter.tell('restart');
		for (const words of naughty)
			await counter.tell(`say ${talk} ${words}`);
		await counter.tell(`say ${talk} Kuuluuko?`);
		await page.getByRole('log').getByText('Kuuluuko?').waitFor();
		const said = await page.getByRole('log').textContent();

		for (const words of naughty)
			assert.ok(said.includes(words), words);
		await page.reload();
		await page.getByText('Kuuluuko?').waitFor();
		await page.locator('#text').fill('Vielä yksi');
		await page.keyboard.press('Enter');
		await page.getByRole('log').getByText('Vielä yksi').waitFor();
		assert.equal(await page.getByText('Vielä yksi').count(), 1);
		assert.deepEqual(await page.context().cookies(), []);
		assert.deepEqual(page.faults, []);
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'counter-widget');
	});
});

describe('without a script', () => {
	test('the whole way, by forms alone', async () => {
		const page = await person(browser, counter, { javaScriptEnabled: false });

		await page.goto('/chat?lang=en');
		assert.deepEqual(await page.context().cookies(), []);
		await page.getByLabel('Nickname').fill('Visitor 1');
		await page.getByRole('button', { name: 'Start the chat' }).click();
		await page.getByText('number 2 in the queue').waitFor();
		// Who listens comes to it before the page is told anew.
		assert.match(await page.locator('main').innerText(), /Write a message[^]*Messages/);
		const [cookie] = await page.context().cookies();

		assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict' && cookie.path === '/' &&
			cookie.expires === -1, JSON.stringify(cookie));
		const talk = await counter.next();

		await counter.tell(`take ${talk}`);
		await page.getByRole('link', { name: 'Write a message' }).click();
		await page.getByLabel('Your message').fill('Hello <b>there</b>\nSecond line');
		await page.getByRole('button', { name: 'Send' }).click();
		await page.getByText('Hello <b>there</b>').waitFor();
		await counter.tell(`say ${talk} Good day`);
		await page.getByText('Good day').waitFor(); // it refreshes by itself
		// While somebody writes nothing refreshes, and nothing is lost.
		await page.getByRole('link', { name: 'Write a message' }).click();
		await page.getByLabel('Your message').fill('A long thought');
		await page.waitForTimeout(12000);
		assert.equal(await page.getByLabel('Your message').inputValue(), 'A long thought');
		await counter.tell('later 1');
		await page.getByRole('button', { name: 'Send' }).click();
		await page.getByText('The message was not sent').waitFor();
		assert.equal(await page.getByLabel('Your message').inputValue(), 'A long thought');
		// The field has the focus: it tells what is wrong, then the hint.
		assert.equal(await page.getByLabel('Your message').getAttribute('aria-describedby'),
			'fault text-hint');
		await counter.tell('later 0');
		await page.getByRole('button', { name: 'Send' }).click();
		await page.getByRole('link', { name: 'Write a message' }).waitFor();
		assert.equal(await page.getByText('A long thought').count(), 1);
		const download = page.waitForEvent('download');

		await page.getByRole('link', { name: 'Download as text' }).click();
		assert.match((await download).suggestedFilename(), /^chat-\d{4}-\d\d-\d\d\.txt$/);
		await page.getByText('End the conversation').click();
		await page.getByRole('button', { name: 'Yes, end it' }).click();
		await page.getByText('The conversation is over').waitFor();
		await page.getByRole('button', { name: 'Close the conversation' }).click();
		await page.getByRole('button', { name: 'Start the chat' }).waitFor();
		assert.deepEqual(await page.context().cookies(), []);
		assert.deepEqual(page.faults, []);
	});

	for (const lang of ['fi', 'sv', 'en'])
		test(`every page is right for axe and on a phone, in ${lang}`, async () => {
			const page = await person(browser, counter, { viewport: { width: 320, height: 640 } });
			const check = async (name) => {
				assert.deepEqual(await faultsOf(page), [], name);
				assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name);
				await shot(page, `counter-${name}-${lang}`);
			};

			await page.goto(`/chat?lang=${lang}&plain=1`);
			await check('start');
			await page.locator('form[action="/chat/start"] button').click();
			await page.waitForURL(/\/chat\?lang=/);
			const talk = await counter.next();

			await counter.tell(`take ${talk}`);
			for (const words of naughty)
				await counter.tell(`say ${talk} ${words}`);
			await counter.tell(`warn ${talk}`);
			await page.reload();
			await check('follow');
			await page.goto(`/chat?lang=${lang}&write=1`);
			await check('write');
			await page.locator('textarea').fill(naughty.join('\n'));
			await counter.tell('later 1');
			await page.locator('form[action="/chat/say"] button').click();
			await page.locator('#fault').waitFor();
			await check('fault');
			await counter.tell('later 0');
			await counter.tell(`end ${talk}`);
			await page.goto(`/chat?lang=${lang}`);
			await check('over');
			for (const path of ['notice', 'notice/versions', 'chat/embed', 'nothing', 'chat/transcript']) {
				await page.goto(`/${path}?lang=${lang}`).catch(() => undefined);
				if (path !== 'chat/transcript')
					await check(path.replaceAll('/', '-'));
			}
			await counter.tell('closed');
			await page.context().clearCookies();
			await page.goto(`/chat?lang=${lang}&plain=1`);
			await check('closed');
			await counter.tell('open');
			assert.deepEqual(page.faults.filter((fault) => !/status of (404|503)/.test(fault)), []);
		});
});

describe('the notice', () => {
	test('is the same in three languages, on screens and on paper', async () => {
		const page = await person(browser, counter, { javaScriptEnabled: true });
		const said = [];

		for (const lang of ['fi', 'sv', 'en']) {
			await page.goto(`/notice?lang=${lang}`);
			said.push(await page.evaluate(() => [...document.querySelectorAll('.notice [data-fact]')]
				.map((each) => `${each.closest('[id]').id} ${each.dataset.fact} ` +
					`${each.getAttribute('value') ?? each.dateTime}`).sort()));
			assert.deepEqual(await faultsOf(page), []);
			await shot(page, `notice-${lang}`);
			await page.setViewportSize({ width: 320, height: 800 });
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), 'it scrolls sideways');
			await shot(page, `notice-narrow-${lang}`);
			await page.setViewportSize({ width: 1280, height: 900 });
			await page.emulateMedia({ colorScheme: 'dark' });
			assert.deepEqual(await faultsOf(page), []);
			await page.emulateMedia({ colorScheme: 'light', media: 'print' });
			assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('nav, .skip, .foot, .actions')]
				.filter((each) => each.checkVisibility()).map((each) => each.className)), []);
			await page.emulateMedia({ media: null });
			const paper = await page.pdf({ preferCSSPageSize: true, tagged: true,
				path: `${shots}/notice-${lang}.pdf` });

			assert.match(paper.toString('latin1'), /\/StructTreeRoot/);
			assert.ok(paper.toString('latin1').match(/\/Type \/Page\b/g).length <= 4, 'too many pages');
		}
		assert.ok(said[0].length > 40);
		assert.deepEqual(said[1], said[0]);
		assert.deepEqual(said[2], said[0]);
		const twin = await (await page.request.get('/notice.json')).json();

		assert.equal(twin.sections.flatMap((each) => each.clauses).flatMap((each) => each.facts).length, said[0].length);
		assert.deepEqual(page.faults, []);
	});

	test('leads to each clause by its address', async () => {
		const page = await person(browser, counter);

		await page.goto('/notice?lang=fi#keep-calls-max');
		assert.match(await page.locator(':target').textContent(), /enintään 6 kuukautta/);
	});
});
