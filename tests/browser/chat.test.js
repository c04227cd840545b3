// SPDX-License-Identifier: EUPL-1.2
// Both ends of a chat in two browsers, against a whole Tallenne:
//
//   TALLENNE_URL                          staff's pages
//   TALLENNE_CHAT                         public pages
//   TALLENNE_ONCE_AGENT, _AGENT_2, _SUPERVISOR   one-time codes
//
// Run by tests/house/test_chat.py.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsOf, House, openBrowser, person, shot } from './world.js';

const chat = process.env.TALLENNE_CHAT;
const notConfigured = chat ? false : 'needs a whole Tallenne';
let browser, house;

before(async () => {
	if (!chat)
		return;
	house = await House.start();
	browser = await openBrowser();
});

after(async () => {
	await browser?.close();
	await house?.stop();
});

async function signedIn(name, language = 'English') {
	const page = await person(browser, house, { locale: 'en-GB' });

	await page.goto(`/?once=${process.env[`TALLENNE_ONCE_${name}`]}`);
	await page.waitForURL((url) => url.search === '');
	await page.getByRole('button', { name: language }).click();
	await page.waitForSelector('html[lang=en]');
	return page;
}

async function seated(name) {
	const page = await signedIn(name);

	await page.goto('/chat');
	await page.getByText('Connected').first().waitFor();
	await page.getByRole('radio', { name: 'Available' }).check();
	return page;
}

async function visitor() {
	const page = await person(browser, { url: chat }, { locale: 'en-GB',
		viewport: { width: 420, height: 800 } });

	await page.goto('/chat?lang=en');
	return page;
}

// What stands in a log, in its order: words and nothing of who or when.
function said(place, words) {
	return place.innerText().then((text) => words
		.map((word) => [text.indexOf(word), word])
		.filter(([at]) => at >= 0).sort((a, b) => a[0] - b[0])
		.map(([, word]) => word));
}

async function write(page, label, text) {
	await page.getByRole('textbox', { name: label }).fill(text);
	await page.keyboard.press('Enter');
}

test('a visitor and two agents, through reloads and lost networks',
	{ skip: notConfigured, timeout: 600000 }, async () => {
		const first = await seated('AGENT');
		const second = await seated('AGENT_2');
		const guest = await visitor();
		const talk = guest.getByRole('region', { name: 'Chat' });
		const words = ['Good morning', 'How can I help?', 'Said offline',
			'Answered offline', 'Going on with it', 'Thank you'];

		await guest.getByRole('textbox', { name: 'Nickname' })
			.fill('Nickname');
		await guest.getByRole('button', { name: 'Start the conversation' })
			.click();
		await guest.getByText('You are number 1 in the queue.').first()
			.waitFor();
		await write(guest, 'Message', words[0]);
		await shot(guest, 'chat-waiting');
		assert.deepEqual(await faultsOf(guest), []);

		await first.locator('h2', { hasText: 'Queue' }).first().waitFor();
		await first.getByText('Nickname').first().waitFor();
		await first.locator('body').press('n');
		await first.getByRole('log').getByText(words[0]).waitFor();
		await write(first, 'Message to the visitor', words[1]);
		await talk.getByText(words[1]).waitFor();
		await shot(guest, 'chat-talking');
		await shot(first, 'chat-desk');
		assert.deepEqual(await faultsOf(guest), []);
		assert.deepEqual(await faultsOf(first), []);

		// A reload on either side goes on where it was.
		await guest.reload();
		await talk.getByText(words[1]).waitFor();
		await first.reload();
		await first.getByText('Nickname').first().click();
		await first.getByRole('log').getByText(words[1]).waitFor();

		// A lost network on either side: what was said comes when it is back.
		await guest.context().setOffline(true);
		await write(guest, 'Message', words[2]);
		await guest.getByText('Not sent yet').waitFor();
		await guest.context().setOffline(false);
		await first.getByRole('log').getByText(words[2]).waitFor();
		await guest.getByText('Not sent yet').waitFor({ state: 'detached' });
		await first.context().setOffline(true);
		await write(first, 'Message to the visitor', words[3]);
		await first.context().setOffline(false);
		await talk.getByText(words[3]).waitFor();

		// To a colleague, by keyboard.
		await first.locator('h1').click();
		await first.keyboard.press('t');
		await first.getByRole('dialog').waitFor();
		assert.deepEqual(await faultsOf(first), []);
		await first.getByRole('dialog').getByText('Agent 2').first().click();
		await first.getByRole('dialog').getByRole('button',
			{ name: 'Transfer' }).click();
		await second.getByText('Nickname').first().click();
		await second.getByRole('log').getByText(words[3]).waitFor();
		await write(second, 'Message to the visitor', words[4]);
		await talk.getByText(words[4]).waitFor();
		await write(guest, 'Message', words[5]);
		await second.getByRole('log').getByText(words[5]).waitFor();

		assert.deepEqual(await said(talk, words), words);
		assert.deepEqual(await said(second.getByRole('log').first(), words), words);

		await guest.getByRole('button', { name: 'End the conversation' })
			.first().click();
		await guest.getByText('End the conversation?').first().waitFor();
		assert.deepEqual(await faultsOf(guest), []);
		for (const key of ['Tab', 'Tab', 'Enter'])
			await guest.keyboard.press(key);
		await guest.getByText('The conversation ended.').first().waitFor();
		const [download] = await Promise.all([guest.waitForEvent('download'),
			guest.getByText('Save as text').first().click()]);
		let text = '';

		for await (const part of await download.createReadStream())
			text += part;
		for (const word of words)
			assert.ok(text.includes(word), `${word} in the transcript`);
		await shot(guest, 'chat-over');
		assert.deepEqual(await faultsOf(guest), []);
		const strange = [guest, first, second].flatMap((page) => page.faults)
			.filter((fault) => !/ERR_INTERNET_DISCONNECTED|WebSocket connection/
				.test(fault));

		assert.deepEqual(strange, []);
	});
