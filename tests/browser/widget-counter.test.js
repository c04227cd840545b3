// SPDX-License-Identifier: EUPL-1.2
// The chat on the page of an agency, with the real counter: the two keep
// to the same protocol.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Agency, Counter } from './counter.js';
import { everybodyLeaves, faultsOf, openBrowser, person } from './world.js';

let agency, counter, browser, talks = 0;

before(async () => {
	agency = await Agency.start();
	counter = await Counter.start(agency.url);
	const embed = await (await fetch(`${counter.url}/chat/embed`)).text();

	agency.counter = counter.url;
	agency.lines = embed.match(/<code>(&lt;script.*?)<\/code>/s)[1]
		.replaceAll('&lt;', '<').replaceAll('&gt;', '>')
		.replaceAll('&quot;', '"');
	browser = await openBrowser();
});
afterEach(everybodyLeaves);
after(async () => {
	await browser?.close();
	await counter?.stop();
	await agency?.stop();
});

// A proxy that lets no WebSocket through.
function block() {
	globalThis.WebSocket = class {
		constructor() {
			setTimeout(() => this.onclose({ code: 1006 }));
		}

		close() {}
	};
}

async function visit(way, url = `${agency.url}/en`) {
	const page = await person(browser, counter);

	page.setDefaultTimeout(45000);
	if (way === 'events and POST')
		await page.addInitScript(block);
	await page.goto(url);
	if (await page.locator('.opener').isVisible())
		await page.locator('.opener').click();
	await page.locator('.told').waitFor();
	return page;
}

async function begin(way, url) {
	const page = await visit(way, url);

	await page.locator('.start .main').click();
	await page.getByText('You are number').waitFor();
	page.talk = ++talks;
	return page;
}

const saw = (page, text) =>
	page.getByRole('log').getByText(text, { exact: true }).waitFor();
const say = async (page, text) => {
	await page.locator('#text').fill(text);
	await page.keyboard.press('Enter');
};

async function until(holds) {
	for (let i = 0; i < 900; i++) {
		if (await holds())
			return;
		await new Promise((again) => setTimeout(again, 50));
	}
	assert.fail(`never: ${holds}`);
}

for (const way of ['WebSocket', 'events and POST'])
	describe(`with the real counter, by ${way}`, () => {
		test('a visitor of an agency waits, talks, is warned, ends', async () => {
			const page = await begin(way);

			await say(page, 'Hello <b>there</b>');
			await saw(page, 'Hello <b>there</b>');
			await counter.tell(`take ${page.talk}`);
			await counter.tell(`say ${page.talk} Good morning`);
			await saw(page, 'Good morning');
			await until(async () =>
				(await counter.tell(`about ${page.talk}`)).seen !== '0');
			await counter.tell(`typing ${page.talk} 1`);
			await page.getByText('Agent 1 is typing…').waitFor();
			await counter.tell(`warn ${page.talk}`);
			await page.getByRole('button', { name: 'I am still here' }).click();
			await until(async () =>
				(await counter.tell(`about ${page.talk}`)).stay === '1');
			assert.deepEqual(await faultsOf(page), []);
			await page.getByRole('button', { name: 'End the' }).click();
			await page.getByRole('button', { name: 'End the' }).first().click();
			await page.getByText('The conversation ended.').waitFor();
			await page.getByText('7Q2M-K4TD-9XWA-3HCF').waitFor();
			assert.deepEqual(await page.context().cookies(), []);
			assert.deepEqual(page.faults, []);
		});

		test('it outlives a reload, a restart and a new epoch', async () => {
			const page = await begin(way);

			await say(page, 'one');
			await saw(page, 'one');
			await page.reload();
			await page.locator('.said p').getByText('one').waitFor();
			await counter.tell('restart');
			await say(page, 'two');
			await saw(page, 'two');
			await counter.tell('away');
			await say(page, 'three');
			await page.getByText('Not sent yet').waitFor();
			await counter.tell('back');
			await saw(page, 'three');
			await counter.tell(`epoch ${page.talk}`);
			await counter.tell('restart');
			await say(page, 'four');
			await page.locator('.said p').getByText('four').waitFor();
			await until(async () =>
				(await page.locator('.said p').allInnerTexts()).join() ===
					'one,two,three,four');
			await counter.tell(`lose ${page.talk}`);
			await counter.tell('restart');
			await page.getByText('The conversation ended.').waitFor();
			assert.equal(await page.evaluate(() => sessionStorage.length), 0);
		});
	});

test('the page /chat gives way to the script, and lives without it', async () => {
	const page = await begin('WebSocket', `${counter.url}/chat?lang=en`);

	assert.equal(await page.locator('.opener').isVisible(), false);
	assert.equal(await page.locator('tallenne-chat > *').first().isVisible(),
		false);
	await say(page, 'hello');
	await saw(page, 'hello');
	assert.deepEqual(await faultsOf(page), []);
	await page.goto(`${counter.url}/chat?lang=en&plain=1`);
	assert.equal(await page.locator('tallenne-chat').count(), 0);
	await page.locator('form button').first().waitFor();
	assert.deepEqual(page.faults, []);
});

test('a chat that closes while one begins it is told', async () => {
	const page = await visit('WebSocket');

	await counter.tell('closed');
	await page.locator('.start .main').click();
	await page.getByText('The chat is closed.').waitFor();
	assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	await counter.tell('open');
});

test('a page that is not allowed has no chat', async () => {
	const other = await Agency.start();

	other.counter = counter.url;
	other.lines = agency.lines;
	const page = await person(browser, counter);

	await page.goto(`${other.url}/sv`);
	await until(() => page.faults.some((each) => each.includes('CORS')));
	assert.equal(await page.locator('.opener').count(), 0);
	await other.stop();
});

test('the demo has a page of an agency, in three languages', async () => {
	for (const [lang, words] of [['fi', 'Tämä keskustelu tallennetaan.'],
		['sv', 'Den här chatten sparas.'], ['en', 'This chat is recorded.']]) {
		const page = await visit('WebSocket',
			`${counter.url}/demo-site?lang=${lang}`);

		await page.getByText(words).waitFor();
		assert.deepEqual(await faultsOf(page), []);
		assert.deepEqual(page.faults, []);
	}
});
