// SPDX-License-Identifier: EUPL-1.2
// The chat on an agency's page, as its visitor sees it and as a screen
// reader hears it, against a small counter that can misbehave.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { FakeCounter } from './fake_counter.js';
import { everybodyLeaves, faultsOf, openBrowser, person } from './world.js';

const script = execFileSync('python3', [fileURLToPath(
	new URL('../../tools/widget.py', import.meta.url))], { encoding: 'utf8' });
const languages = ['fi', 'sv', 'en'];
const code = '131052-900W'; // artificial: its number is 900
let counter, browser;

before(async () => {
	counter = await FakeCounter.start(script);
	browser = await openBrowser();
});
beforeEach(() => counter.begin());
afterEach(everybodyLeaves);
after(async () => {
	await browser?.close();
	await counter?.stop();
});

async function visit({ lang = 'fi', path = '/', ...options } = {}) {
	const page = await person(browser, counter, options);

	page.setDefaultTimeout(45000);
	await page.goto(`${path}?lang=${lang}`);
	page.say = async (text) => {
		await page.locator('#text').fill(text);
		await page.keyboard.press('Enter');
	};
	return page;
}

const opener = (page) => page.locator('.opener');
const open = async (page) => {
	await opener(page).click();
	await page.locator('.told').waitFor();
};
const begin = async (page) => {
	await open(page);
	await page.locator('.start .main').click();
	await page.locator('.log p span').waitFor();
	await until(() => counter.followers.size === 1);
};

// Waits for what must come; a busy machine may take long.
async function until(holds, what = holds.toString()) {
	for (let i = 0; i < 900; i++) {
		if (await holds())
			return;
		await new Promise((again) => setTimeout(again, 50));
	}
	assert.fail(`never: ${what}`);
}

const said = (page) => page.locator('.log .said p').allInnerTexts();
const saw = (page, text) => page.getByRole('log')
	.getByText(text, { exact: true }).waitFor();
const focused = (page) => page.evaluate(() => {
	const { activeElement: inner } = document.querySelector('tallenne-chat')
		.shadowRoot;

	return inner ? inner.id || inner.className || inner.textContent :
		document.activeElement.id;
});

// What a screen reader would be given: nodes added to the one live region
// that is shown, in the order in which they came.
async function listen(page) {
	await page.evaluate(() => {
		const { shadowRoot } = document.querySelector('tallenne-chat');

		globalThis.spoken = [];
		new MutationObserver((changes) => {
			for (const { addedNodes, target } of changes)
				for (const node of addedNodes) {
					const region = (target.closest ? target :
						target.parentElement)?.closest('[role=log], [role=status]');

					if (region?.checkVisibility() && node.textContent.trim() &&
						node.nodeType === 1 && !node.contains(region))
						spoken.push(node.textContent.trim());
				}
		}).observe(shadowRoot, { childList: true, subtree: true });
	});
	return () => page.evaluate(() => spoken);
}

test('the script is at most ten thousand bytes, zipped', () => {
	const { length } = gzipSync(script, { level: 9 });

	assert.ok(length <= 10000, `${length}`);
});

describe('before it is opened', () => {
	test('nothing is asked for and nothing is kept', async () => {
		const page = await visit();

		await opener(page).waitFor();
		await page.waitForLoadState('networkidle');
		assert.deepEqual(counter.requests.filter((each) =>
			!each.includes('favicon')), ['GET /?lang=fi', 'GET /chat.js']);
		assert.deepEqual(await page.context().cookies(), []);
		assert.deepEqual(await page.evaluate(() => [localStorage.length,
			sessionStorage.length]), [0, 0]);
		assert.deepEqual(page.faults, []);
	});

	test('and after it is opened still nothing is kept', async () => {
		const page = await visit();

		await open(page);
		assert.deepEqual(await page.context().cookies(), []);
		assert.deepEqual(await page.evaluate(() => [localStorage.length,
			sessionStorage.length]), [0, 0]);
		assert.equal(counter.requests.at(-1),
			'GET /chat/hours?lang=fi&queue=general');
	});
});

describe('opening', () => {
	test('the opener tells its state, and Esc goes back to it', async () => {
		const page = await visit();

		assert.equal(await opener(page).getAttribute('aria-expanded'), 'false');
		await opener(page).focus();
		await page.keyboard.press('Enter');
		assert.equal(await opener(page).getAttribute('aria-expanded'), 'true');
		assert.equal(await focused(page), 'head');
		await page.keyboard.press('Escape');
		assert.equal(await opener(page).getAttribute('aria-expanded'), 'false');
		assert.equal(await focused(page), 'opener main');
		assert.equal(await page.locator('.panel').isVisible(), false);
	});

	test('who, that it is stored and how long stands first', async () => {
		for (const lang of languages) {
			const page = await visit({ lang });

			await open(page);
			assert.match(await page.locator('.start').innerText(), {
				fi: /säilytetään kaksi vuotta/, sv: /bevaras i två år/,
				en: /kept for two years/ }[lang]);
			assert.equal(await page.locator('.told a').getAttribute('href'),
				`/notice?lang=${lang}`);
			assert.deepEqual(await faultsOf(page), []);
			await page.locator('.start .main').click();
			await until(() => counter.opened);
			assert.equal(counter.opened.notice, '1a2b3c4d');
			assert.equal(counter.opened.queue, 'general');
			assert.equal(counter.opened.lang, lang);
			assert.equal(counter.opened.nick, '');
			counter.begin();
			delete counter.opened;
		}
	});

	test('a long nickname is cut to 63 bytes between letters', async () => {
		const page = await visit();

		await open(page);
		await page.locator('#nick').fill(`${'ä'.repeat(30)}😀😀😀😀😀`);
		await page.locator('.start .main').click();
		await until(() => counter.opened);
		assert.equal(counter.opened.nick, 'ä'.repeat(30));
	});

	test('a closed chat tells when it opens and begins nothing', async () => {
		for (const lang of languages) {
			counter.hours = { open: false, opens_at: '2026-11-30T07:00:00Z' };
			const page = await visit({ lang });

			await open(page);
			assert.ok((await page.locator('.start').innerText()).includes({
				fi: 'Avautuu 30. marraskuuta 2026 klo 9.00.',
				sv: 'Öppnar 30 november 2026 kl. 9.00.',
				en: 'Opens 30 November 2026 at 9.00.' }[lang]));
			assert.equal(await page.locator('.start button').count(), 0);
			assert.deepEqual(await faultsOf(page), []);
		}
	});
});

describe('talking', () => {
	test('through the queue to an answer and the end', async () => {
		const page = await visit();

		await begin(page);
		assert.equal(await focused(page), 'text');
		await saw(page, 'Olet jonossa sijalla 2. Arvioitu odotusaika: noin ' +
			'4 min. Voit jo kirjoittaa kysymyksesi.');
		await page.say('Hei!');
		await saw(page, 'Hei!');
		counter.join();
		await saw(page, 'Virkailija 1 liittyi keskusteluun. 10.03');
		counter.set({ typing: true, seen: 3 });
		await page.getByText('Virkailija 1 kirjoittaa…').waitFor();
		await page.getByText('10.02 · Nähty').waitFor();
		counter.agent('Päivää!\nMiten voin auttaa?');
		await until(() => counter.heard.some((each) => each.t === 'seen' &&
			each.n === 4));
		assert.deepEqual(await said(page), ['Hei!',
			'Päivää!\nMiten voin auttaa?']);
		await page.getByRole('button', { name: 'Lopeta keskustelu' }).click();
		await page.keyboard.press('Escape');
		assert.equal(await focused(page), 'text');
		assert.equal(counter.stands.phase, 'talking');
		await page.getByRole('button', { name: 'Lopeta keskustelu' }).click();
		await page.keyboard.press('Tab');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.getByText('Keskustelu päättyi.').waitFor();
		assert.equal(counter.stands.phase, 'over');
		assert.deepEqual(page.faults, []);
	});

	test('what is typed never leaves, only that it is', async () => {
		const page = await visit();

		await begin(page);
		await page.locator('#text').pressSequentially('salaisuus');
		await until(() => counter.heard.some((each) => each.t === 'typing'));
		assert.deepEqual(counter.heard.at(-1), { t: 'typing', on: true });
		await page.locator('#text').fill('');
		await until(() => counter.heard.at(-1).on === false);
		assert.ok(!JSON.stringify(counter.heard).includes('sal'));
	});

	test('naughty text is text', async () => {
		const page = await visit();
		const naughty = '<img src=x onerror=alert(1)>\u202e&amp;{{7*7}}';

		await begin(page);
		counter.join('<b>x</b>');
		counter.agent(naughty, { name: '<script>alert(1)</script>' });
		await page.say(naughty);
		await until(async () => (await said(page)).length === 2);
		assert.deepEqual(await said(page), [naughty, naughty]);
		assert.deepEqual(page.faults, []);
	});
});

describe('an identity code', () => {
	test('is not sent; the visitor may change it or send it masked', async () => {
		for (const lang of languages) {
			const page = await visit({ lang });

			await begin(page);
			await page.say(`Tunnus on ${code}.`);
			await page.getByText('******-****').waitFor();
			assert.ok(!counter.heard.some((each) => each.t === 'say'));
			assert.deepEqual(await faultsOf(page), []);
			// axe has taken the focus away.
			await page.locator('#text').press('Enter');
			await page.keyboard.press('Escape');
			assert.equal(await focused(page), 'text');
			assert.equal(await page.locator('#text').inputValue(),
				`Tunnus on ${code}.`);
			await page.keyboard.press('Enter');
			await page.keyboard.press('Tab');
			await page.keyboard.press('Tab');
			await page.keyboard.press('Enter');
			await saw(page, 'Tunnus on ******-****.');
			assert.ok(!JSON.stringify(counter.heard).includes('900W'));
			counter.begin();
		}
	});

	test('is found when it comes in two messages', async () => {
		const page = await visit();

		await begin(page);
		await page.say('131052-');
		await saw(page, '131052-');
		await page.say('900w');
		await page.getByText('****', { exact: true }).waitFor();
		assert.ok(!JSON.stringify(counter.heard).includes('900w'));
	});
});

for (const way of ['WebSocket', 'events and POST'])
	describe(`a line that fails: ${way}`, () => {
		const isWebSocket = way === 'WebSocket';

		beforeEach(() => {
			counter.isWebSocketBlocked = !isWebSocket;
		});

		test('messages come once and in order through cuts', async () => {
			const page = await visit();
			const expected = [];

			await begin(page);
			counter.join();
			for (let i = 0; i < 6; i++) {
				counter.agent(`vastaus ${i}`);
				counter.cut();
				await page.say(`kysymys ${i}`);
				await until(() => counter.events.some((each) =>
					each.text === `kysymys ${i}`));
			}
			for (const each of counter.events)
				if (each.kind === 'message')
					expected.push(each.text);
			await until(async () => (await said(page)).length === 12);
			assert.deepEqual(await said(page), expected);
			assert.equal(await page.locator('.unsent > *').count(), 0);
		});

		test('doubled, reordered and lost events are put right', async () => {
			const page = await visit();

			await begin(page);
			counter.join();
			await saw(page, 'Virkailija 1 liittyi keskusteluun. 10.02');
			const spoken = await listen(page);

			// Three at once, the last first, the second lost, the third twice.
			counter.alter = (events) => {
				counter.alter = (more) => more;
				return [events[2], events[0], events[2]];
			};
			const { followers } = counter;

			counter.followers = new Set();
			counter.agent('yksi');
			counter.agent('kaksi');
			counter.agent('kolme');
			counter.followers = followers;
			for (const follower of followers)
				counter.sendOn(follower);
			await until(async () => (await said(page)).length === 3);
			assert.deepEqual(await said(page), ['yksi', 'kaksi', 'kolme']);
			assert.deepEqual((await spoken()).map((each) =>
				each.split(':')[1].trim().replace(/\d.*/, '')),
			['yksi', 'kaksi', 'kolme']);
		});

		test('a reload goes on, and the past is not spoken again', async () => {
			const page = await visit();

			await begin(page);
			counter.join();
			counter.agent('ennen');
			await saw(page, 'ennen');
			await until(() => counter.heard.at(-1).t === 'seen');
			await page.reload();
			await until(async () => (await said(page)).length === 1);
			counter.agent('jälkeen');
			await saw(page, 'jälkeen');
			assert.deepEqual(await said(page), ['ennen', 'jälkeen']);
			assert.deepEqual(await page.locator('[role=log] .said p')
				.allInnerTexts(), ['jälkeen']);
			assert.deepEqual(await page.context().cookies(), []);
			assert.ok(!counter.requests.some((each) =>
				each.includes('T'.repeat(22))));
		});
	});

describe('what is not acknowledged', () => {
	test('is shown as not sent, survives a reload, is sent once', async () => {
		const page = await visit();

		await begin(page);
		counter.refuse = () => 'silent';
		await page.say('tärkeä');
		await page.locator('.unsent').getByText('Ei vielä lähetetty').waitFor();
		await page.reload();
		await page.locator('.unsent').getByText('tärkeä').waitFor();
		counter.refuse = null;
		counter.cut();
		await saw(page, 'tärkeä');
		assert.equal(await page.locator('.unsent > *').count(), 0);
		const sent = counter.heard.filter((each) => each.t === 'say');

		assert.ok(sent.length > 1);
		assert.equal(new Set(sent.map((each) => each.id)).size, 1);
		assert.equal(counter.events.filter((each) =>
			each.text === 'tärkeä').length, 1);
	});

	test('waits when there is too much, and says so', async () => {
		const page = await visit();
		let left = 2;

		await begin(page);
		counter.refuse = () => left-- > 0 && { code: 'too-fast', retry: 1500 };
		await page.say('yksi');
		await page.getByText('Chatissa on ruuhkaa.').waitFor();
		await page.say('kaksi');
		await saw(page, 'kaksi');
		assert.deepEqual(await said(page), ['yksi', 'kaksi']);
	});

	test('waits as long as it is told to', async () => {
		const page = await person(browser, counter);
		const says = () => counter.heard.filter((each) =>
			each.t === 'say').length;

		page.setDefaultTimeout(45000);
		await page.clock.install();
		await page.goto('/?lang=fi');
		await begin(page);
		counter.refuse = () => ({ code: 'later', retry: 60 });
		await page.locator('#text').fill('yksi');
		await page.keyboard.press('Enter');
		await page.getByText('Chatissa on ruuhkaa.').waitFor();
		assert.equal(says(), 1);
		counter.refuse = () => ({ code: 'later', retry: 9000 });
		await page.clock.runFor(1100);
		await until(() => says() === 2);
		counter.refuse = null;
		await page.clock.runFor(8900);
		assert.equal(says(), 2);
		await page.clock.runFor(1200);
		await saw(page, 'yksi');
	});

	test('comes back into the field when it is never taken', async () => {
		const page = await visit();

		await begin(page);
		counter.refuse = () => ({ code: 'invalid' });
		await page.say('outo');
		await until(async () =>
			await page.locator('#text').inputValue() === 'outo');
		assert.equal(await page.locator('.unsent > *').count(), 0);
	});
});

test('a socket that sends but hears nothing is given up', async () => {
	const page = await person(browser, counter);
	const upgrades = () => counter.requests.filter((each) =>
		each.startsWith('UPGRADE')).length;

	page.setDefaultTimeout(45000);
	await page.clock.install();
	await page.goto('/?lang=fi');
	await begin(page);
	// What it says from now on is lost on the way.
	const [silent] = counter.followers;

	silent.tell = () => {};
	counter.join();
	counter.isDeaf = true;
	assert.equal(upgrades(), 1);
	await page.clock.runFor(20500);
	await until(() => counter.heard.some((each) => each.t === 'ping'));
	assert.equal(upgrades(), 1);
	await page.clock.runFor(12000);
	await until(() => upgrades() === 2);
	await saw(page, 'Virkailija 1 liittyi keskusteluun. 10.02');
});

describe('what the visitor takes along', () => {
	const fetched = async (page, name) => {
		const [download] = await Promise.all([page.waitForEvent('download'),
			page.getByRole('button', { name }).click()]);

		return [download.suggestedFilename(),
			readFileSync(await download.path(), 'utf8')];
	};

	test('the conversation as text and as a page, with its code', async () => {
		const page = await visit();

		await begin(page);
		counter.join();
		counter.agent('<b>Päivää</b> & tervetuloa\ntoinen rivi');
		await page.say('Kiitos');
		await saw(page, 'Kiitos');
		await page.locator('summary').click();
		const [name, text] = await fetched(page, 'Tallenna tekstinä');

		assert.equal(name, 'chat-2026-11-30.txt');
		assert.equal(text, '\ufeffChat, Esimerkkivirasto\n\n' +
			'30. marraskuuta 2026 klo 10.02\n\n' +
			'Kuittikoodi: 7Q2M-K4TD-9XWA-3HCF\n\n' +
			'10.02 Virkailija 1 liittyi keskusteluun.\n\n' +
			'10.03 Virkailija 1: <b>Päivää</b> & tervetuloa\ntoinen rivi\n\n' +
			'10.04 Sinä: Kiitos\n');
		const [pageName, html] = await fetched(page, 'Tallenna HTML-sivuna');

		assert.equal(pageName, 'chat-2026-11-30.html');
		assert.match(html, /^<!doctype html><html lang=fi>/);
		assert.ok(html.includes('&#60;b&#62;Päivää&#60;/b&#62; &#38; ' +
			'tervetuloa<br>toinen rivi'));
		assert.ok(!html.includes('<b>'));
		assert.deepEqual(page.faults, []);
		const paper = await page.context().newPage();

		await paper.setContent(html);
		assert.deepEqual((await faultsOf(paper)).filter((each) =>
			!/^(landmark|region|page-has)/.test(each)), []);
	});

	test('the code, in the clipboard', async () => {
		const page = await visit({ permissions: ['clipboard-read',
			'clipboard-write'] });

		await begin(page);
		await page.locator('summary').click();
		await page.getByRole('button', { name: 'Kopioi koodi' }).click();
		await page.getByRole('button', { name: 'Kopioitu' }).waitFor();
		assert.equal(await page.evaluate(() =>
			navigator.clipboard.readText()), '7Q2M-K4TD-9XWA-3HCF');
	});
});

describe('the end', () => {
	test('by the agent: what is being written is kept, and the way out', async () => {
		const page = await visit();

		await begin(page);
		counter.join();
		await page.locator('#text').fill('vielä yksi');
		counter.close();
		await page.getByText('Virkailija 1 lopetti keskustelun.').waitFor();
		await until(async () => await focused(page) === 'scroll');
		// What was meant for the field presses nothing.
		await page.keyboard.type(' ja\n');
		assert.notEqual(await page.evaluate(() => sessionStorage.length), 0);
		await page.getByRole('button', { name: 'Sulje keskustelu' }).press('Enter');
		assert.equal(await focused(page), 'opener main');
		assert.equal(await page.evaluate(() => sessionStorage.length), 0);
		counter.begin();
		await begin(page);
		assert.equal(await page.locator('#text').inputValue(), 'vielä yksi');
	});

	test('said while the line is down is said when it is back', async () => {
		const page = await visit();

		await begin(page);
		counter.isWebSocketBlocked = counter.isStreamBlocked = true;
		counter.cut();
		await page.getByText('Yhteys katkesi. Yhdistetään…').waitFor();
		await page.getByRole('button', { name: 'Lopeta keskustelu' }).click();
		await page.getByRole('button', { name: 'Lopeta keskustelu' }).first()
			.click();
		counter.isWebSocketBlocked = counter.isStreamBlocked = false;
		await page.getByText('Keskustelu päättyi.').waitFor();
	});

	test('of one that is unknown after a reload leads to the start', async () => {
		const page = await visit();

		await begin(page);
		counter.begin();
		await page.reload();
		await page.getByText('Keskustelu päättyi. Chat on avoinna.').waitFor();
		assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	});
});

test('where nothing goes through, the forms are offered', async () => {
	const page = await visit();

	await open(page);
	counter.isWebSocketBlocked = counter.isStreamBlocked = true;
	await page.locator('.start .main').click();
	await page.getByText('Chatiin ei saada yhteyttä.').waitFor();
	assert.equal(await page.locator('.start a').last().getAttribute('href'),
		`${counter.url}/chat?plain=1`);
	assert.deepEqual(await faultsOf(page), []);
});

test('a numbering that began anew is shown anew', async () => {
	const page = await visit();

	await begin(page);
	counter.join();
	counter.agent('ennen');
	await saw(page, 'ennen');
	counter.epoch = '00000000000000b2';
	counter.events.splice(1);
	counter.agent('jälkeen');
	counter.cut();
	await until(async () => (await said(page)).join() === 'jälkeen');
});
