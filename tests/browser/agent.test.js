// SPDX-License-Identifier: EUPL-1.2
// The chat desk, with a fake room chat whose visitors do what is said here
// (tests/desk/fake_chat.h).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { House, everybodyLeaves, faultsOf, isFake, openBrowser, shot, signIn }
	from './world.js';

let house, browser, visitors;

before(async () => {
	if (!isFake)
		return;
	house = await House.start();
	browser = await openBrowser();
});
afterEach(async () => {
	await everybodyLeaves();
	await house?.say('chat clear');
	await house?.say('chat restart');
});
after(async () => {
	await browser?.close();
	await house?.stop();
});

const options = { skip: !isFake };
const hex = (text) => Buffer.from(text).toString('hex') || '-';
const said = '.cd-log article .cd-text';

// A visitor comes; answers its number.
async function comes(nick, language = 'fi', queue = 'asiakaspalvelu') {
	await house.say(`chat open ${hex(nick)} ${language} ${queue}`);
	return visitors++;
}

function says(visitor, text) {
	return house.say(`chat say ${visitor} ${hex(text)}`);
}

async function openDesk(role = 'agent', settings = {}) {
	const page = await signIn(browser, house, role, settings);

	visitors = 0;
	page.on('dialog', (dialog) => {
		if (dialog.type() !== 'beforeunload')
			page.faults.push(`dialog: ${dialog.message()}`);
		dialog.accept();
	});
	await page.goto('/chat');
	await isConnected(page);
	return page;
}

function isConnected(page) {
	return page.waitForSelector('[data-link][data-state=connected]',
		{ state: 'attached', timeout: 60000 });
}

// Wait until the texts of these elements are exactly these.
async function shows(page, selector, texts) {
	await page.waitForFunction(([name, wanted]) => JSON.stringify(
		[...document.querySelectorAll(name)].map((each) =>
			each.textContent)) === wanted,
	[selector, JSON.stringify(texts)], { timeout: 60000 }).catch(async () =>
		assert.deepEqual(await page.locator(selector).allTextContents(),
			texts));
}

function hears(page, words) {
	return page.waitForFunction((pattern) => new RegExp(pattern).test(
		document.querySelector('[data-status]').textContent), words.source,
	{ timeout: 60000 });
}

async function takes(page, count) {
	await page.keyboard.press('n');
	await page.waitForFunction((n) => document.querySelectorAll(
		'[data-mine] li').length === n, count);
	await page.waitForSelector('[data-text]:focus');
}

async function isWideEnough(page) {
	return page.evaluate(() =>
		document.documentElement.scrollWidth <= innerWidth);
}

describe('the chat desk', options, () => {
	test('is for agents; others and forgers are refused', async () => {
		const page = await signIn(browser, house, 'dpo');
		const answer = await page.goto('/chat');

		assert.equal(answer.status(), 403);
		assert.equal((await page.request.get('/chat/events')).status(), 403);
		const agent = await signIn(browser, house, 'agent');
		const id = '0123456789abcdef'.repeat(2);
		for (const path of ['take', `conversations/${id}/say`,
			`conversations/${id}/end`, 'presence']) {
			const forged = await agent.request.post(`/chat/${path}`,
				{ form: { text: 'x' } });

			assert.equal(forged.status(), 403, path);
		}
	});

	test('tells nobody of a chat that is another agent\'s', async () => {
		const page = await openDesk();
		const other = await openDesk('agent2');

		await comes('Matti');
		await takes(page, 1);
		const id = await page.evaluate(() => performance
			.getEntriesByType('resource').map((each) =>
				each.name.match(/conversations\/(\w+)\//)?.[1])
			.find(Boolean));
		const token = await other.locator('[data-chatdesk]')
			.getAttribute('data-csrf');
		const answers = [];

		for (const each of [id, 'f'.repeat(32)]) {
			const url = `/chat/conversations/${each}`;
			const read = await other.request.get(`${url}/events?after=0`);
			const write = await other.request.post(`${url}/say`, {
				headers: { 'Tallenne-Form-Token': token },
				form: { id: 'a'.repeat(32), text: 'x' } });

			assert.equal(read.status(), 404);
			assert.equal(write.status(), 404);
			answers.push(await read.text(), await write.text());
		}
		assert.equal(new Set(answers).size, 1);
		await shows(other, '[data-queue] li', []);
	});

	test('works by keyboard alone, from queue to end', async () => {
		const page = await openDesk();

		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chat-desk-empty', { fullPage: false });
		await comes('Matti');
		await says(0, 'Hei! Miten pitkään patentti on voimassa?');
		await comes('Anna', 'sv', 'yritysneuvonta');
		await shows(page, '[data-queue] strong', ['Matti', 'Anna']);
		await hears(page, /Odottajia jonossa: 2/);
		assert.match(await page.title(), /^\(2\) /);
		assert.deepEqual(await faultsOf(page), []);
		await takes(page, 1);
		await hears(page, /Otit keskustelun: Matti/);
		await page.keyboard.type('Hei Matti! Enintään 20 vuotta.');
		await page.keyboard.press('Shift+Enter');
		await page.keyboard.type('Hakemuksesta.');
		await page.keyboard.press('Enter');
		await shows(page, said, ['Hei! Miten pitkään patentti on voimassa?',
			'Hei Matti! Enintään 20 vuotta.\nHakemuksesta.']);
		await page.keyboard.press('Escape');
		await page.keyboard.press('m');
		await page.keyboard.type('Kysyy kestosta.');
		await page.keyboard.press('Control+Enter');
		await shows(page, '[data-notes] .cd-text', ['Kysyy kestosta.']);
		assert.equal(await page.locator(said).count(), 2);
		await page.keyboard.press('Escape');
		await takes(page, 2);
		assert.equal(await page.locator('[data-who]').textContent(), 'Anna');
		assert.equal(await page.locator('[data-notes] li').count(), 0);
		await page.keyboard.type('half-written');
		await page.keyboard.press('Alt+ArrowUp');
		assert.equal(await page.locator('[data-who]').textContent(), 'Matti');
		assert.equal(await page.locator('[data-text]').inputValue(), '');
		await page.keyboard.press('Alt+ArrowDown');
		assert.equal(await page.locator('[data-text]').inputValue(),
			'half-written');
		await page.locator('[data-text]').fill('');
		await page.keyboard.press('/');
		await page.waitForSelector('[role=option]');
		assert.deepEqual(await faultsOf(page), []);
		await page.keyboard.type('terveh');
		await shows(page, '[role=option] strong', ['Tervehdys']);
		await shot(page, 'chat-desk-canned', { fullPage: false });
		await page.keyboard.press('Enter');
		assert.equal(await page.locator('[data-text]').inputValue(),
			'Hej! Hur kan jag hjälpa till?');
		await page.keyboard.press('Control+Enter');
		await shows(page, said, ['Hej! Hur kan jag hjälpa till?']);
		await page.keyboard.press('Escape');
		await page.keyboard.press('e');
		await page.waitForSelector('[data-dialog=end][open]');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chat-desk-end', { fullPage: false });
		await page.keyboard.press('Space');
		await page.keyboard.press('Enter');
		await page.waitForSelector('[data-dialog=end]:not([open])',
			{ state: 'attached' });
		await page.waitForSelector('[data-tools] [data-act=dismiss]');
		assert.match(await page.locator('.cd-event').last().textContent(),
			/on päättynyt/);
		assert.deepEqual(await faultsOf(page), []);
		await page.locator('body').press('e');
		await shows(page, '[data-mine] strong', ['Matti']);
		assert.deepEqual(page.faults, []);
	});

	test('passes a chat to a colleague, who sees it whole', async () => {
		const page = await openDesk();
		const other = await openDesk('agent2');

		await comes('Matti');
		await says(0, 'ensimmäinen');
		await takes(page, 1);
		await page.keyboard.type('toinen');
		await page.keyboard.press('Enter');
		await shows(page, said, ['ensimmäinen', 'toinen']);
		await page.locator('[data-note]').fill('muistiinpano');
		await page.keyboard.press('Control+Enter');
		await shows(page, '[data-notes] .cd-text', ['muistiinpano']);
		await page.keyboard.press('Escape');
		await page.keyboard.press('t');
		await page.waitForSelector('[data-dialog=pass][open]');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chat-desk-pass', { fullPage: false });
		await page.locator('[value="agent agent-2"]').check();
		await page.keyboard.press('Enter');
		await shows(page, '[data-mine] li', []);
		assert.equal(await page.locator(said).count(), 0);
		await hears(page, /ei ole enää sinulla/);
		await other.locator('.cd-choose').click();
		await shows(other, said, ['ensimmäinen', 'toinen']);
		await shows(other, '[data-notes] .cd-text', ['muistiinpano']);
	});

	test('has an order of tabs, and names for everything', async () => {
		const page = await openDesk();
		const order = [];

		await comes('Matti');
		await takes(page, 1);
		await comes('Anna');
		await shows(page, '[data-queue] strong', ['Anna']);
		await page.locator('.cd-bar h1').evaluate((title) => {
			title.tabIndex = -1;
			title.focus();
		});
		for (let i = 0; i < 12; i++) {
			await page.keyboard.press('Tab');
			order.push(await page.evaluate(() => {
				const { activeElement: here } = document;

				return here.dataset.act ?? here.getAttribute('role') ??
					here.id ?? here.className;
			}));
		}
		order.splice(0, 0);
		assert.deepEqual(order.map((each) => each || 'button'), [
			'button', 'help', 'take-next', 'button', 'button', 'note',
			'pass', 'end', 'group', 'cd-text', 'canned', 'button']);
		const snapshot = await page.locator('[data-chatdesk]')
			.ariaSnapshot();
		for (const part of [
			'heading "Chat" [level=1]',
			'radio "Vapaa" [checked]',
			'heading "Jono (1)" [level=2]',
			'button "Ota seuraava"',
			'button "Ota Anna"',
			'heading "Omat keskustelut (1/3)" [level=2]',
			'heading "Matti" [level=2]',
			'log "Viestit"',
			'textbox "Viesti asiakkaalle"',
			'button "Lähetä"',
			'heading "Sisäiset muistiinpanot" [level=3]',
			'textbox "Kirjoita muistiinpano"',
		])
			assert.ok(snapshot.includes(part), `${part}\n${snapshot}`);
		assert.equal(await page.locator('[aria-live], [role=status], ' +
			'[role=log]').count(), 2);
	});

	test('F6 goes round the panes; letters can be switched off',
		async () => {
			const page = await openDesk();
			const pane = () => page.evaluate(() =>
				document.activeElement.className);

			await comes('Matti');
			await shows(page, '[data-queue] strong', ['Matti']);
			for (const name of ['list', 'talk', 'context', 'list']) {
				await page.keyboard.press('F6');
				assert.match(await pane(), new RegExp(`cd-${name}`));
			}
			await page.keyboard.press('Shift+F6');
			assert.match(await pane(), /cd-context/);
			await page.keyboard.press('?');
			await page.waitForSelector('[data-dialog=help][open]');
			assert.deepEqual(await faultsOf(page), []);
			await shot(page, 'chat-desk-help', { fullPage: false });
			await page.keyboard.press('Escape');
			await page.evaluate(() => localStorage.setItem(
				'tallenne-keys', 'off'));
			await page.keyboard.press('n');
			await page.waitForTimeout(300);
			assert.equal(await page.locator('[data-mine] li').count(), 0);
			await page.locator('[data-act=take-next]').click();
			await shows(page, '[data-mine] strong', ['Matti']);
		});
});

describe('what happens to a conversation', options, () => {
	test('a message whose answer is lost counts once', async () => {
		const page = await openDesk();

		await comes('Matti');
		await takes(page, 1);
		await house.say('chat mute 1');
		await page.keyboard.type('kerran');
		await page.keyboard.press('Enter');
		await page.keyboard.type('toisen');
		await page.keyboard.press('Enter');
		await shows(page, said, ['kerran', 'toisen']);
		await house.say('chat deaf 1');
		await page.keyboard.type('kuultu vasta toisella kerralla');
		await page.keyboard.press('Enter');
		await page.waitForSelector('[data-outbox] .cd-state');
		await shows(page, said, ['kerran', 'toisen',
			'kuultu vasta toisella kerralla']);
		await shows(page, '[data-outbox] article', []);
	});

	test('a restart of the chat loses and doubles nothing', async () => {
		const page = await openDesk();

		await comes('Matti');
		await says(0, 'yksi');
		await takes(page, 1);
		await shows(page, said, ['yksi']);
		await house.say('chat away');
		await page.waitForSelector('[data-trouble]:not([hidden])');
		await hears(page, /käynnistyy uudelleen/);
		await page.keyboard.type('kaksi');
		await page.keyboard.press('Enter');
		await page.waitForSelector('[data-outbox] .cd-unsent');
		assert.match(await page.locator('[data-outbox]').textContent(),
			/ei vielä lähetetty/);
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chat-desk-away', { fullPage: false });
		await says(0, 'väliin');
		await house.say('chat restart');
		await isConnected(page);
		await shows(page, said, ['yksi', 'väliin', 'kaksi']);
		await house.say('chat epoch 0');
		await says(0, 'neljä');
		await shows(page, said, ['yksi', 'väliin', 'kaksi', 'neljä']);
		await page.reload();
		await isConnected(page);
		await shows(page, said, ['yksi', 'väliin', 'kaksi', 'neljä']);
	});

	test('a cut network is caught up with by number', async () => {
		const page = await openDesk();

		await comes('Matti');
		await takes(page, 1);
		await page.context().setOffline(true);
		await page.keyboard.type('minun');
		await page.keyboard.press('Enter');
		for (const each of ['a', 'b', 'c'])
			await says(0, each);
		await page.waitForSelector('[data-outbox] .cd-unsent');
		await page.context().setOffline(false);
		await shows(page, said, ['a', 'b', 'c', 'minun']);
	});

	test('two pages of one session show the same', async () => {
		const page = await openDesk();
		const second = await page.context().newPage();

		await second.goto('/chat');
		await isConnected(second);
		await comes('Matti');
		await takes(page, 1);
		await page.keyboard.type('ensimmäisestä');
		await page.keyboard.press('Enter');
		await second.locator('.cd-choose').click();
		await second.locator('[data-text]').fill('toisesta');
		await second.keyboard.press('Enter');
		for (const each of [page, second])
			await shows(each, said, ['ensimmäisestä', 'toisesta']);
		await second.locator('.person form button').click();
		await page.waitForSelector('[data-trouble] a[href^="/login"]');
	});

	test('what a visitor does is told, and takes no focus', async () => {
		const page = await openDesk();

		await comes('Matti', 'sv');
		await takes(page, 1);
		await page.keyboard.type('kesken');
		await house.say('chat typing 0 1');
		await page.waitForFunction(() => document.querySelector(
			'[data-typing]').textContent === 'Matti kirjoittaa…');
		await says(0, 'Hej');
		await shows(page, said, ['Hej']);
		assert.equal(await page.locator(said).getAttribute('lang'), 'sv');
		assert.equal(await page.evaluate(() =>
			document.activeElement.id), 'cd-text');
		assert.equal(await page.locator('[data-text]').inputValue(),
			'kesken');
		await house.say('chat present 0 0');
		await page.waitForFunction(() => /suljettu/.test(document
			.querySelector('[data-fact=present]').textContent));
		await house.say('chat closes 0 240');
		await page.waitForSelector('[data-closing]:not([hidden])');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chat-desk-closing', { fullPage: false });
		await page.locator('[data-act=stay]').click();
		await page.waitForSelector('[data-closing]',
			{ state: 'hidden' });
		await comes('Anna');
		await takes2(page);
		await says(0, 'vielä tämä');
		await hears(page, /Uusi viesti: Matti/);
		await shows(page, '[data-mine] .label.live', ['1 lukematta']);
		await house.say('chat end 0');
		await page.locator('.cd-choose').first().click();
		await page.waitForSelector('[data-act=dismiss]:not([hidden])');
		assert.equal(await page.locator('[data-composer]').isVisible(),
			false);
	});

	// With a draft in the field, the key comes after leaving it.
	async function takes2(page) {
		await page.locator('[data-text]').fill('');
		await page.keyboard.press('Escape');
		await takes(page, 2);
	}

	test('keys that were meant for a message never act on the page', async () => {
		const page = await openDesk();

		await comes('Matti');
		await takes(page, 1);
		await comes('Anna');
		await shows(page, '[data-queue] strong', ['Anna']);
		await page.keyboard.type('keske');
		await house.say('chat end 0');
		await page.waitForSelector('[data-act=dismiss]:not([hidden])');
		await page.keyboard.type('ne');
		await shows(page, '[data-mine] strong', ['Matti']);
		await shows(page, '[data-queue] strong', ['Anna']);
		assert.equal(await page.locator('[data-text]').inputValue(), 'keske');
		assert.deepEqual(await faultsOf(page), []);
		await page.keyboard.press('Escape');
		await page.waitForSelector('[data-composer]', { state: 'hidden' });
		await page.keyboard.press('e');
		await shows(page, '[data-mine] li', []);
		await takes(page, 1);
		await comes('Ville');
		await shows(page, '[data-queue] strong', ['Ville']);
		await page.keyboard.type('keske');
		await house.say('chat steal 1');
		await shows(page, '[data-mine] li', []);
		await page.keyboard.type('n?');
		await page.keyboard.press('Escape');
		await shows(page, '[data-queue] strong', ['Ville']);
		assert.equal(await page.locator('dialog[open]').count(), 0);
		await takes(page, 1);
	});

	test('the focus goes on when what had it is gone', async () => {
		const page = await openDesk();
		const has = (selector) => page.waitForSelector(`${selector}:focus`);

		await comes('Matti');
		await takes(page, 1);
		await house.say('chat closes 0 240');
		await hears(page, /^Matti: Keskustelu päättyy.*4:00$/);
		await page.locator('[data-act=stay]').press('Enter');
		await has('[data-text]');
		await house.say('chat refuse 4');
		await page.keyboard.type('liian pitkä');
		await page.keyboard.press('Enter');
		await page.locator('.cd-again button').first().press('Enter');
		await has('[data-text]');
		await shows(page, said, ['liian pitkä']);
		await page.locator('[data-tools] [data-act=end]').press('Enter');
		await has('[data-dialog=end] [type=radio]');
		await page.keyboard.press('Space');
		await page.keyboard.press('Enter');
		await has('[data-scroll]');
		await page.locator('[data-act=dismiss]').press('Enter');
		await has('[data-pane]');
	});

	test('what only eyes could tell is spoken', async () => {
		const page = await openDesk();

		for (const nick of ['Matti', 'Anna']) {
			await comes(nick);
			await shows(page, '[data-queue] strong', [nick]);
			await takes(page, nick === 'Matti' ? 1 : 2);
			await page.keyboard.press('Escape');
		}
		for (const nick of ['Matti', 'Anna']) {
			await page.keyboard.press('Alt+ArrowUp');
			await hears(page, new RegExp(`^${nick}$`));
		}
		await page.keyboard.press('/');
		await hears(page, /^Vakiovastauksia: \d+$/);
		await page.keyboard.type('zzz');
		await hears(page, /^Ei osumia$/);
		await page.keyboard.press('Escape');
		await page.locator('[data-note]').fill('muistiinpano');
		await page.locator('[data-note]').press('Control+Enter');
		await hears(page, /^Muistiinpano on tallennettu\.$/);
	});

	test('what cannot be done is told in words', async () => {
		const page = await openDesk();

		for (const nick of ['a', 'b', 'c', 'd', 'e'])
			await comes(nick);
		for (const count of [1, 2, 3]) {
			await takes(page, count);
			await page.keyboard.press('Escape');
		}
		await page.keyboard.press('n');
		await page.waitForSelector('[data-complaint]:not([hidden])');
		assert.match(await page.locator('[data-complaint]').textContent(),
			/Päätä tai siirrä/);
		assert.deepEqual(await faultsOf(page), []);
		await house.say('chat refuse 4');
		await page.locator('[data-text]').fill('liian pitkä');
		await page.keyboard.press('Enter');
		await page.waitForSelector('.cd-again button');
		assert.match(await page.locator('.cd-state').textContent(),
			/ei lähtenyt: Jaa viesti/);
		assert.deepEqual(await faultsOf(page), []);
		await page.locator('.cd-again button').first().click();
		await shows(page, said, ['liian pitkä']);
		await house.say('chat steal 3');
		await shows(page, '[data-queue] strong', ['e']);
		await page.locator('[value=absent]').check();
		await page.waitForFunction(() =>
			!document.querySelector('[data-presence]').disabled);
		await page.reload();
		await isConnected(page);
		assert.ok(await page.locator('[value=absent]').isChecked());
	});
});

describe('hostile words', options, () => {
	const strings = readFileSync(new URL('../fixtures/naughty.txt',
		import.meta.url), 'utf8').split('\n')
		.filter((line) => line && !line.startsWith('#'))
		.map((line) => JSON.parse(line))
		.filter((text) => !text.includes('\0') &&
			Buffer.from(text).toString() === text);

	test('are text in a conversation, each of them', async () => {
		const page = await openDesk();

		assert.ok(strings.length > 200);
		await comes('<img src=x onerror=alert(1)>');
		for (const each of strings)
			await says(0, each);
		await takes(page, 1);
		await shows(page, said, strings);
		assert.equal(await page.locator('[data-who]').textContent(),
			'<img src=x onerror=alert(1)>');
		assert.equal(await page.locator('.cd-log :not(article, p, time, ' +
			'strong, bdi, div)').count(), 0);
		assert.ok(await isWideEnough(page));
		await page.locator('[data-text]').fill(strings[0]);
		await page.keyboard.press('Enter');
		await shows(page, said, [...strings, strings[0]]);
		assert.deepEqual(page.faults, []);
	});

	test('are text as names', async () => {
		const page = await openDesk();
		const names = strings.filter((each) =>
			Buffer.byteLength(each) < 64);

		for (let at = 0; at < names.length; at += 60) {
			const some = names.slice(at, at + 60);

			await house.say('chat clear');
			for (const each of some)
				await comes(each);
			await shows(page, '[data-queue] strong', some);
		}
		assert.deepEqual(page.faults, []);
	});

	test('are text in what is stored', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(`/chats/${'19'.repeat(16)}`);
		await page.locator('.purpose-form [type=radio]').first().check();
		await page.locator('.purpose-form button').first().click();
		await page.waitForSelector('#read form');
		await page.locator('#read form button').click();
		await page.waitForSelector('.cd-transcript');
		// HTML knows no control characters; a page leaves them out.
		const shown = strings.map((each) => each
			.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '')
			.replace(/\r/g, ''));
		assert.deepEqual(await page.locator('.cd-transcript .cd-text')
			.allTextContents(), shown);
		assert.equal(await page.locator('.cd-notes .cd-text').textContent(),
			'<script>alert(1)</script>');
		assert.deepEqual(page.faults, []);
	});
});

describe('every screen', options, () => {
	test('is wide enough for what is on it', async () => {
		for (const [name, settings] of [
			['phone', { viewport: { width: 320, height: 640 } }],
			['zoomed', { viewport: { width: 640, height: 450 } }],
			['wide', { viewport: { width: 1600, height: 900 } }],
			['forced', { forcedColors: 'active' }],
			['dark', { colorScheme: 'dark', reducedMotion: 'reduce' }],
		]) {
			const page = await openDesk('agent', settings);

			await comes('Matti Meikäläinen');
			await says(0, 'Hei! Miten pitkään patentti on voimassa?');
			await comes('Anna', 'sv', 'yritysneuvonta');
			await takes(page, 1);
			await page.keyboard.type('Enintään 20 vuotta hakemuksesta.');
			await page.keyboard.press('Enter');
			await page.waitForSelector('.cd-log article.agent');
			await house.say('chat typing 0 1');
			assert.ok(await isWideEnough(page), name);
			assert.deepEqual(await faultsOf(page), [], name);
			await shot(page, `chat-desk-${name}`);
			await everybodyLeaves();
			await house.say('chat clear');
		}
	});

	test('speaks the language that was chosen', async () => {
		const page = await openDesk();

		for (const [language, words] of [['sv', 'Ta nästa'],
			['en', 'Take the next'], ['fi', 'Ota seuraava']]) {
			await page.locator(`.languages button[value=${language}]`)
				.click();
			await page.waitForSelector(`html[lang=${language}]`);
			await isConnected(page);
			assert.equal(await page.locator('[data-act=take-next]')
				.textContent(), words);
			assert.deepEqual(await faultsOf(page), []);
		}
	});
});

describe('canned answers', options, () => {
	test('are listed, added, changed and deleted without scripts',
		async () => {
			const page = await signIn(browser, house, 'agent',
				{ javaScriptEnabled: false });
			const rows = page.locator('table.rows tbody tr');

			await page.goto('/answers');
			const count = await rows.count();
			assert.match(await rows.nth(1).textContent(),
				/tarkistus myöhässä/);
			await page.locator('a[href="/answers/new"]').click();
			await page.locator('#title').fill('Aukioloajat');
			await page.locator('#textfi').fill('Arkisin 9–16.\nTervetuloa.');
			await page.locator('#review').fill('31.2.2031');
			await page.locator('form.answer button').click();
			assert.match(await page.title(), /^Virhe: /);
			assert.equal(await page.locator('#review')
				.getAttribute('aria-invalid'), 'true');
			await page.locator('#review').fill('1.2.2031');
			await page.locator('form.answer button').click();
			await page.waitForURL(/answers$/);
			assert.equal(await rows.count(), count + 1);
			await page.locator('a', { hasText: 'Aukioloajat' }).click();
			assert.equal(await page.locator('#textfi').inputValue(),
				'Arkisin 9–16.\nTervetuloa.');
			await page.locator('#texten').fill('Weekdays 9–16.');
			await page.locator('form.answer button').click();
			await page.locator('a', { hasText: 'Aukioloajat' }).click();
			await page.locator('details.danger summary').click();
			await page.locator('details.danger button').click();
			await page.waitForURL(/answers$/);
			assert.equal(await rows.count(), count);
			await page.goto('/answers/hello-1b2c3d');
			assert.equal(await page.locator('form.answer').count(), 0);
		});

	test('are pages without faults in every language', async () => {
		const page = await signIn(browser, house, 'supervisor');

		for (const language of ['sv', 'en', 'fi']) {
			await page.locator(`.languages button[value=${language}]`)
				.click();
			await page.waitForSelector(`html[lang=${language}]`);
			for (const path of ['/answers', '/answers/new',
				'/answers/hello-1b2c3d']) {
				await page.goto(path);
				assert.deepEqual(await faultsOf(page), [], path);
			}
		}
		await page.goto('/answers');
		await shot(page, 'answers');
		await page.goto('/answers/hello-1b2c3d');
		await shot(page, 'answer');
	});
});

describe('stored chats', options, () => {
	const newest = `/chats/${'1a'.repeat(16)}`;

	test('are found by day, queue and language', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/chats');
		assert.equal(await page.locator('[data-rows] tbody tr').count(), 20);
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chats');
		await page.locator('a[rel=next]').click();
		await page.waitForURL(/before=/);
		await page.goto('/chats');
		await page.locator('#language').selectOption('sv');
		await page.locator('#queue').selectOption('yritysneuvonta');
		await page.locator('.filters button').click();
		await page.waitForURL(/queue=yritysneuvonta/);
		assert.equal(await page.locator('[data-rows] tbody tr').count(), 2);
		await page.goto('/chats?from=31.2.2026');
		assert.match(await page.title(), /^Virhe: /);
		assert.deepEqual(await faultsOf(page), []);
	});

	test('are read after a purpose, and not before', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(newest);
		assert.deepEqual(await faultsOf(page), []);
		assert.equal(await page.locator('.cd-transcript').count(), 0);
		assert.match(await page.locator('#read').textContent(),
			/Valitse käyttötarkoitus ennen lukemista/);
		await shot(page, 'chat-stored');
		await page.locator('.purpose-form [type=radio]').first().check();
		await page.locator('.purpose-form button').first().click();
		await page.waitForSelector('#read form');
		assert.equal(await page.locator('.cd-transcript').count(), 0);
		assert.deepEqual(await faultsOf(page), []);
		await page.locator('#read form button').click();
		await page.waitForSelector('.cd-transcript');
		assert.equal(await page.locator('.cd-transcript .cd-message')
			.count(), 4);
		assert.equal(await page.locator('.cd-masked').count(), 1);
		assert.equal(await page.locator('.cd-notes li').count(), 1);
		assert.match(await page.locator('#read').textContent(),
			/Luettu tarkoituksessa .*lokimerkintä \d+/s);
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'chat-read');
		await page.goto(`${newest}?tab=readers`);
		assert.deepEqual(await faultsOf(page), []);
	});

	test('say why they cannot be read', async () => {
		const page = await signIn(browser, house, 'supervisor');

		for (const [id, words] of [['18', /Sisältö on poistunut/],
			['17', /käsittelyä on rajoitettu/], ['16', /kun se on päättynyt/],
			['15', /mitään ei sanottu/]]) {
			await page.goto(`/chats/${id.repeat(16)}`);
			assert.match(await page.locator('#read').textContent(), words);
			assert.deepEqual(await faultsOf(page), []);
		}
		assert.equal((await page.goto(`/chats/${'c8'.repeat(16)}`))
			.status(), 410);
		assert.equal((await page.goto(`/chats/${'7f'.repeat(16)}`))
			.status(), 404);
		const agent = await signIn(browser, house, 'agent');
		await agent.goto(newest);
		assert.match(await agent.locator('#read').textContent(),
			/ei oikeuta lukemaan/);
	});

	test('have an API that says the same', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const get = (path, headers = {}) => page.request.get(
			`/api/v1${path}`, { headers });
		const purpose = { 'Tallenne-Purpose': 'quality' };
		const list = await (await get('/chats?limit=2')).json();

		assert.deepEqual(list.chats.map((each) => each.number), [526, 525]);
		assert.equal(list.chats[0].content_state, 'available');
		assert.equal(list.chats[0].masked, true);
		assert.match((await get('/chats?limit=2')).headers().link,
			/before=525/);
		const one = await (await get(newest)).json();
		assert.equal(one.policy_hash, '0a1b2c3d');
		assert.equal(one.content_until, '2028-11-23');
		assert.equal(one.history_until, '2027-11-23');
		for (const [id, headers, status] of [['1a', {}, 403],
			['18', purpose, 410], ['17', purpose, 451],
			['7f', purpose, 404], ['1a', purpose, 200]]) {
			const answer = await get(`/chats/${id.repeat(16)}/content`,
				headers);

			assert.equal(answer.status(), status, id);
			if (status !== 200)
				assert.match(answer.headers()['content-type'],
					/problem\+json/);
			else
				assert.equal((await answer.json()).format,
					'tallenne.chat.1');
		}
		await house.say('lock');
		assert.equal((await get(`${newest}/content`, purpose)).status(),
			503);
		await house.say('unlock');
	});
});
