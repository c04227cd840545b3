// SPDX-License-Identifier: EUPL-1.2
// What a supervisor, an agent and a data protection officer see and do.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { House, choosePurpose, everybodyLeaves, faultsOf, goByKeys, isFake,
	isLong, once, openBrowser, person, shot, signIn, totp } from './world.js';

let house, browser;

before(async () => {
	house = await House.start();
	browser = await openBrowser();
});
afterEach(everybodyLeaves);
after(async () => {
	await browser?.close();
	await house?.stop();
});

const row = '[data-rows] tbody th a';

async function firstContact(page) {
	await page.goto('/contacts');
	return page.locator(row).first().getAttribute('href');
}

const errorWord = { fi: 'Virhe', sv: 'Fel', en: 'Error' };

// The one field that is wrong: marked, described by words, in focus; and the
// title says so.
async function isToldAt(page, field, words) {
	const input = page.locator(field);
	const language = await page.locator('html').getAttribute('lang');

	assert.ok((await page.title()).startsWith(`${errorWord[language]}: `),
		await page.title());
	assert.equal(await input.getAttribute('aria-invalid'), 'true');
	assert.equal(await page.locator('[aria-invalid]').count(), 1);
	const told = await input.evaluate((each) =>
		each.getAttribute('aria-describedby').split(' ').map((id) =>
			document.getElementById(id).textContent).join(' '));
	assert.match(told, words);
	await page.waitForFunction((name) =>
		document.activeElement?.matches(name), field);
	assert.deepEqual(await faultsOf(page), []);
}

// What the house was told comes to the desk when it comes.
async function comesTo(page, path, wanted, look) {
	const until = Date.now() + 60000;
	let seen;

	do
		seen = await look(await page.goto(path));
	while (seen !== wanted && Date.now() < until);
	assert.equal(seen, wanted);
}

async function isWideEnough(page) {
	return page.evaluate(() =>
		document.documentElement.scrollWidth <= innerWidth);
}

describe('signing in', () => {
	test('a page without a session leads to sign in and back', async () => {
		const page = await person(browser, house);

		assert.equal((await page.request.get('/favicon.ico')).status(), 200);
		await page.goto('/contacts?min=0:30');
		const url = new URL(page.url());
		assert.equal(url.pathname, '/login');
		assert.equal(url.searchParams.get('next'), '/contacts?min=0:30');
	});

	test('a wrong password is told in words, in all languages', async () => {
		const page = await person(browser, house);

		for (const language of ['fi', 'sv', 'en']) {
			await page.goto(`/login?lang=${language}`);
			await page.locator('#user').fill('nobody');
			await page.locator('#password').fill('not the password');
			await page.locator('form[action="/login"] button').click();
			await page.waitForSelector('[role=alert]');
			assert.ok((await page.title()).startsWith(
				`${errorWord[language]}: `));
			assert.equal(await page.locator('[aria-invalid]').count(),
				2);
			assert.deepEqual(await faultsOf(page), []);
		}
	});

	test('a wrong code is told at its field', { skip: !isFake }, async () => {
		for (const [language, words] of [['fi', /Koodi ei kelpaa/],
			['sv', /Koden gäller inte/], ['en', /is not valid/]]) {
			const page = await person(browser, house, { locale: language });

			await page.goto('/login');
			await page.locator('#user').fill('supervisor');
			await page.locator('#password')
				.fill('correct horse battery staple');
			await page.locator('form[action="/login"] button').click();
			await page.waitForSelector('#code');
			assert.equal(await page.locator('[aria-invalid]').count(), 0);
			await page.locator('#code').fill('000000');
			await page.locator('form[action="/login"] button').click();
			await page.waitForSelector('[role=alert]');
			await isToldAt(page, '#code', words);
		}
	});

	test('the one-time link leads to password and second factor',
		{ skip: !isFake && !process.env.TALLENNE_ONCE_ENROL }, async () => {
			const page = await person(browser, house);

			await page.goto(`/?once=${once.enrol}`);
			await page.waitForSelector('svg.qr');
			assert.match(await page.locator('.secret code').textContent(),
				/^[A-Z2-7]{16,}$/);
			assert.deepEqual(await faultsOf(page), []);
			await shot(page, 'enrolment');
			await page.locator('#password').fill('a long enough sentence');
			await page.locator('#again').fill('another long sentence');
			await page.locator('#code').fill('000000');
			await page.locator('form[action="/enrol"] button').click();
			await page.waitForSelector('[role=alert]');
			await isToldAt(page, '#again', /eivät ole samat/);
			assert.equal(await page.locator('#code').inputValue(),
				'000000');
		});

	test('the first sign-in says the user name, keeps what was right',
		{ skip: !isFake }, async () => {
			for (const [language, words] of [['fi', /Koodi ei kelpaa/],
				['sv', /Koden gäller inte/], ['en', /is not valid/]]) {
				const page = await person(browser, house,
					{ locale: language });
				const send = page.locator('form[action="/enrol"] button');

				await page.goto(`/?once=${once.enrol}`);
				assert.equal(await page.locator('.sign-in p strong')
					.textContent(), 'fresh');
				assert.equal(await page.locator('[name=username]')
					.inputValue(), 'fresh');
				assert.match(await page.locator('.secret a')
					.getAttribute('href'), /Tallenne:fresh\?/);
				await page.locator('#password')
					.fill('a long enough sentence');
				await page.locator('#again')
					.fill('a long enough sentence');
				await page.locator('#code').fill('000000');
				await send.click();
				await page.waitForSelector('[role=alert]');
				await isToldAt(page, '#code', words);
				assert.equal(await page.locator('#password').count(), 0);
				await shot(page, `enrolment-code-${language}`);
				await page.locator('#code').fill(totp());
				await send.click();
				await page.waitForSelector('.main-nav');
				await page.goto('/account');
				assert.match(await page.locator('main').textContent(),
					/fresh/);
			}
		});

	test('a password of somebody else is kept for nobody', { skip: !isFake },
		async () => {
			const page = await person(browser, house);

			await page.goto('/login');
			await page.locator('#user').fill('supervisor');
			await page.locator('#password')
				.fill('correct horse battery staple');
			await page.locator('form[action="/login"] button').click();
			const ticket = await page.locator('[name=ticket]').inputValue();
			const answer = await page.request.post('/enrol', { form: {
				once: once.enrol, ticket, code: totp() } });
			assert.equal(answer.status(), 422);
			assert.match(await answer.text(), /id="password"/);
		});

	test('a foreign page cannot use a one-time link', { skip: !isFake },
		async () => {
			const link = `${house.url}/?once=${once.supervisor}`;
			const foreign = createServer((request, answer) => answer
				.setHeader('Content-Type', 'text/html')
				.end(`<img src="${link}"><iframe src="${link}">` +
					'</iframe><p id="end">x</p>'));
			const page = await person(browser, house);
			const seen = [];

			await new Promise((go) => foreign.listen(0, '127.0.0.1', go));
			page.on('response', (answer) => {
				if (answer.url() === link)
					seen.push(answer.status());
			});
			await page.goto(`http://localhost:${foreign.address().port}/`,
				{ waitUntil: 'networkidle' });
			// The picture is blocked even before it is looked at.
			assert.ok(seen.length > 0);
			assert.ok(seen.every((status) => status === 403));
			assert.deepEqual(await page.context().cookies(), []);
			await page.goto('/');
			assert.equal(new URL(page.url()).pathname, '/login');
			await page.context().close();
			foreign.close();
		});

	test('a used-up link says so', async () => {
		const page = await person(browser, house);
		const answer = await page.goto('/?once=NOT-A-CODE');

		assert.equal(answer.status(), 410);
		assert.deepEqual(await faultsOf(page), []);
	});
});

describe('contacts', () => {
	test('filters are a form that can be bookmarked', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts');
		await page.locator('#from').fill('1.10.2026');
		await page.locator('#min').fill('0:01');
		await page.locator('.filters button').click();
		await page.waitForURL(/from=1\.10\.2026/);
		assert.equal(await page.locator('#from').inputValue(), '1.10.2026');
		assert.ok(await page.locator(row).count() > 0);
		await page.goto('/contacts?from=1.1.2031');
		await page.waitForSelector('.empty');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'contacts-empty');
	});

	test('a date that is none is marked at its field', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const answer = await page.goto('/contacts?from=30.2.2026');

		assert.equal(answer.status(), 422);
		await isToldAt(page, '#from', /Tällaista päivää ei ole/);
	});

	test('what is wrong with a search is told at its field', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const day = { fi: /päivää ei ole/, sv: /ingen sådan dag/,
			en: /no such day/ };
		const order = { fi: /ennen kuin se alkaa/, sv: /innan den börjar/,
			en: /before it begins/ };

		for (const language of ['sv', 'en', 'fi']) {
			await page.locator(`.languages button[value=${language}]`)
				.click();
			await page.waitForSelector(`html[lang=${language}]`);
			await page.goto('/contacts?until=31.2.2026');
			await isToldAt(page, '#until', day[language]);
			await page.goto('/contacts?from=2.10.2026&until=1.10.2026');
			await isToldAt(page, '#until', order[language]);
			await shot(page, `search-bad-${language}`);
			await page.goto('/contacts');
		}
		await page.goto('/contacts?from=soon');
		await isToldAt(page, '#from', /muodossa 1\.10\.2026/);
		await page.goto('/contacts?min=2:00&max=1:00');
		await isToldAt(page, '#max', /pienempi kuin lyhin/);
		await page.goto('/contacts?max=long');
		await isToldAt(page, '#max', /muodossa 1:30/);
		const answer = await page.goto(
			'/contacts?from=1.10.2026&until=1.10.2026&min=60&max=60');
		assert.equal(answer.status(), 200);
	});

	test('j, k and Enter go through the rows', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts');
		const links = page.locator(row);
		await page.keyboard.press('j');
		await page.keyboard.press('j');
		await page.keyboard.press('k');
		assert.equal(await page.evaluate(() =>
			document.activeElement.getAttribute('href')),
		await links.first().getAttribute('href'));
		await page.keyboard.press('Enter');
		await page.waitForURL(/\/contacts\/[0-9a-f]{32}$/);
		await page.keyboard.press('Escape');
		await page.waitForURL(/\/contacts$/);
	});

	test('older pages follow a cursor', { skip: !isFake }, async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts');
		const newest = await page.locator(row).first().textContent();
		await page.locator('a[rel=next]').click();
		await page.waitForURL(/before=/);
		assert.notEqual(await page.locator(row).first().textContent(),
			newest);
	});

	test('the language switch keeps the page', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts?min=0:01');
		await page.locator('.languages button[value=sv]').click();
		await page.waitForSelector('html[lang=sv]');
		assert.match(page.url(), /\/contacts\?min=0:01$/);
		await page.locator('.languages button[value=fi]').click();
		await page.waitForSelector('html[lang=fi]');
	});
});

describe('one contact among many', () => {
	test('title and link tell which one it is', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts');
		const names = await page.locator(row).allTextContents();
		assert.equal(new Set(names).size, names.length);
		assert.match(names[0],
			/^\d+\.\d+\.\d{4} klo \d+\.\d\d.*, Yhteydenotto nro \d+$/);
		const number = names[0].match(/\d+$/)[0];
		await page.locator(row).first().click();
		await page.waitForURL(/contacts\/[0-9a-f]{32}$/);
		assert.match(await page.title(), new RegExp(
			`^Yhteydenotto nro ${number}, \\d+\\.\\d+\\.\\d{4} klo `));
		await page.goto(`${page.url()}?tab=readers`);
		assert.match(await page.title(),
			new RegExp(`: Yhteydenotto nro ${number}, `));
	});

	// A real house has no listening yet when this comes.
	test('who has listened: first and last, how often, what was fetched',
		{ skip: !isFake }, async () => {
			const page = await signIn(browser, house, 'supervisor');
			const row = page.locator('table.rows tbody tr').first();

			await page.locator('a[href^="/contacts/"]').first().click();
			await page.goto(`${page.url()}?tab=readers`);
			const heads = await page.locator('table.rows thead th')
				.allTextContents();
			assert.ok(heads.includes('Hakuja'), heads.join());
			assert.ok(heads.includes('Haettu kohta'), heads.join());
			assert.ok(heads.includes('Lokimerkintä'), heads.join());
			// Equal names are told apart by the login.
			const all = await page.locator('table.rows tbody tr')
				.allTextContents();
			assert.match(all[0], /Supervisor \(sup\).*Lokimerkintä41$/);
			assert.match(all[1], /Supervisor \(sup2\).*Lokimerkintä37$/);
			const times = await row.locator('time').evaluateAll(
				(all) => all.map((each) => Date.parse(each.dateTime)));
			assert.equal(times[1] - times[0], 1800 * 1000);
			assert.match(await row.textContent(), /Hakuja3.*Haettu kohta0.00–0.35/);
			// A row of one read has one time.
			assert.equal(await page.locator('table.rows tbody tr').nth(1)
				.locator('time').count(), 1);
		});

	test('a masked number is read out in words', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const masked = page.locator('[data-rows] td [aria-hidden]', {
			hasText: '•••' }).first();

		await page.goto('/contacts');
		assert.equal(await masked.count(), 1);
		assert.match(await masked.locator('+ .unseen').textContent(),
			/^numero, jonka loppu on \d{3}$/);
	});

	test('the page of a contact tells seconds, the list does not',
		async () => {
			const page = await signIn(browser, house, 'supervisor');
			const clock = { fi: / klo \d+\.\d\d\.\d\d(| \(.*\))$/,
				sv: / kl\. \d+\.\d\d\.\d\d(| \(.*\))$/,
				en: / at \d\d:\d\d:\d\d(| \(.*\))$/ };
			const contact = await firstContact(page);

			for (const time of await page.locator('tbody th time')
				.allTextContents())
				assert.match(time, / klo \d+\.\d\d(| \(.*\))$/);
			for (const language of ['sv', 'en', 'fi']) {
				await page.goto(contact);
				await page.locator(
					`.languages button[value=${language}]`).click();
				await page.waitForSelector(`html[lang=${language}]`);
				const times = await page.locator(
					'.pairs time, .life .past time')
					.allTextContents();
				// Start, end; answered, ended.
				assert.equal(times.length, 4);
				for (const time of times)
					assert.match(time, clock[language]);
				assert.equal(times[1], times[3]);
			}
		});

	test('a length is the same in list, title and player', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts');
		const listed = await page.locator('[data-rows] tbody tr').first()
			.locator('.right').textContent();
		await page.goto(await firstContact(page));
		await choosePurpose(page);
		const length = await page.locator('[data-length]').first()
			.textContent();
		assert.ok(listed.endsWith(length), `${listed} and ${length}`);
		assert.match(await page.locator('.facts .label').first()
			.textContent(), new RegExp(`${length}$`));
		await page.locator('[data-seek]').first().focus();
		await page.keyboard.press('End');
		assert.equal(await page.locator('[data-now]').first()
			.textContent(), length);
	});
});

// What is played goes back from the end of its loop, as soon as the page
// gets to it: as late as it also gets to us.
async function goesBack(page, end) {
	const seen = await page.evaluate(() => new Promise((done) => {
		const seek = document.querySelector('[data-seek]');
		const began = performance.now();
		let top = 0, gap = 0, last = began;

		const look = () => {
			const at = Number(seek.value) / 1000;
			const now = performance.now();

			gap = Math.max(gap, (now - last) / 1000);
			last = now;
			if (at < top - 0.5 || now - began > 60000)
				done({ top, at, gap });
			top = Math.max(top, at);
			setTimeout(() => requestAnimationFrame(look), 40);
		};

		look();
	}));

	assert.ok(seen.at < seen.top - 0.5, `no loop: ${JSON.stringify(seen)}`);
	assert.ok(seen.top < end + 0.2 + 2 * seen.gap,
		`too far: ${JSON.stringify(seen)}`);
}

describe('listening', () => {
	test('the form says who will see the listening', { skip: !isFake },
		async () => {
			const page = await signIn(browser, house, 'supervisor');

			await page.goto('/');
			assert.match(await page.locator('.purpose-form .hint')
				.textContent(), /Jos puhelun tai chatin asiakasneuvoja on tiedossa/);
			await page.goto(await firstContact(page));
			assert.match(await page.locator('.purpose-form .hint')
				.textContent(), /näkee kuuntelun.*Agent 1\./);
			await page.goto('/contacts');
			await page.locator('[data-rows] tbody tr', {
				hasText: 'ei tiedossa' }).first().locator('th a')
				.click();
			assert.match(await page.locator('.purpose-form .hint')
				.textContent(), /asiakasneuvoja ei ole tiedossa/);
		});

	test('no sound, no peaks before a purpose is chosen', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const asked = [];

		page.on('request', (request) => asked.push(request.url()));
		await page.goto(await firstContact(page));
		assert.equal(await page.locator('[data-player]').count(), 0);
		assert.ok(await page.locator('.purpose-form input').count() > 0);
		await shot(page, 'purpose');
		const granted = await page.locator('.purpose-form [type=radio]')
			.evaluateAll((radios) => radios.map((each) => each.value));
		await choosePurpose(page);
		await page.waitForSelector('[data-player]');
		assert.deepEqual(asked.filter((url) =>
			/sound|peaks|timeline/.test(url)), []);
		const base = await page.locator('[data-player]').first()
			.getAttribute('data-base');
		const other = await page.request.get(
			`${base}/sound?purpose=${granted[1] ?? 'other'}`);
		assert.equal(other.status(), 403);
		assert.match((await other.json()).type, /purpose-required$/);
		const none = await page.request.get(`${base}/peaks`);
		assert.equal(none.status(), 403);
	});

	test('a call is played and sought with the keyboard alone', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const now = async () => Number(await page.locator('[data-seek]')
			.first().inputValue()) / 1000;

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		await page.locator('.play').first().focus();
		await page.keyboard.press('Space');
		await page.waitForSelector('[data-playing]');
		await page.waitForFunction(() => Number(
			document.querySelector('[data-seek]').value) > 1200);
		await page.keyboard.press('k');
		await page.waitForSelector('[data-player]:not([data-playing])');
		const at = await now();
		await page.locator('[data-seek]').first().focus();
		await page.keyboard.press('ArrowRight');
		assert.ok(Math.abs(await now() - at - 1) < 0.3);
		await page.keyboard.press('Shift+ArrowLeft');
		assert.ok(await now() < at);
		await page.keyboard.press('Home');
		assert.equal(await now(), 0);
		await page.keyboard.press('End');
		assert.match(await page.locator('[data-seek]').first()
			.getAttribute('aria-valuetext'), /^(\d+:\d\d) \/ \1$/);
		await page.keyboard.press('Home');
		await page.keyboard.press('+');
		assert.equal(await page.locator('[data-speed]').first()
			.inputValue(), '1.25');
		await page.keyboard.press('s');
		assert.equal(await page.locator('[data-act=skip]').first()
			.getAttribute('aria-pressed'), 'true');
		await page.keyboard.press('s');
		await page.keyboard.press('[');
		await page.keyboard.press('ArrowRight');
		await page.keyboard.press('ArrowRight');
		await page.keyboard.press(']');
		await page.keyboard.press('l');
		assert.equal(await page.locator('[data-act=loop]').first()
			.getAttribute('aria-pressed'), 'true');
		await page.keyboard.press('k');
		await goesBack(page, 2);
		await page.keyboard.press('k');
		assert.deepEqual(await faultsOf(page), []);
		assert.deepEqual(page.faults, []);
		await shot(page, 'player');
	});

	test('who has chosen a purpose is on Play', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(await firstContact(page));
		await page.locator('.purpose-form [type=radio]').first().focus();
		await page.keyboard.press('Space');
		await page.keyboard.press('Enter');
		await page.waitForSelector('aside.banner');
		await page.waitForFunction(() =>
			document.activeElement?.matches('.play'));
		assert.ok(await page.locator('.play').first().evaluate((each) => {
			const box = each.getBoundingClientRect();

			return box.top > 0 && box.bottom < innerHeight;
		}));
		await page.keyboard.press('Enter');
		await page.waitForSelector('[data-playing]');
	});

	test('the clock never passes the length', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.addInitScript(() => Object.defineProperty(
			HTMLMediaElement.prototype, 'currentTime',
			{ get: () => 4000, set() {} }));
		await page.goto(await firstContact(page));
		await choosePurpose(page);
		await page.locator('.play').first().click();
		await page.waitForFunction(() => document.querySelector(
			'[data-now]').textContent !== '0:00');
		const length = await page.locator('[data-length]').first()
			.textContent();
		assert.equal(await page.locator('[data-now]').first()
			.textContent(), length);
		assert.equal(await page.locator('[data-seek]').first()
			.getAttribute('aria-valuetext'), `${length} / ${length}`);
	});

	test('a wrong loop is said beside its field', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const bad = page.locator('[data-loop-bad]').first();
		const from = page.locator('[data-loop-a]').first();
		const until = page.locator('[data-loop-b]').first();

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		assert.ok(await page.getByLabel('Alku (A)').first().isVisible());
		assert.ok(await page.getByLabel('Loppu (B)').first().isVisible());
		assert.equal(await bad.isVisible(), false);
		await from.fill('0:0x');
		await from.press('Tab');
		assert.equal(await from.getAttribute('aria-invalid'), 'true');
		assert.equal(await from.getAttribute('aria-describedby'),
			await bad.getAttribute('id'));
		assert.ok(await bad.isVisible());
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'loop-bad');
		await from.fill('0:03');
		await until.fill('0:02');
		await until.press('Tab');
		assert.equal(await from.getAttribute('aria-invalid'), null);
		assert.equal(await until.getAttribute('aria-invalid'), 'true');
		await until.fill('0:05');
		await until.press('Tab');
		assert.equal(await until.getAttribute('aria-invalid'), null);
		assert.equal(await bad.isVisible(), false);
		await until.fill('');
		await page.locator('[data-act=loop]').first().click();
		assert.equal(await page.evaluate(() =>
			document.activeElement.matches('[data-loop-b]')), true);
		assert.ok(await bad.isVisible());
	});

	test('brackets of a Nordic keyboard and plain letters mark the loop',
		async () => {
			const page = await signIn(browser, house, 'supervisor');
			const press = (key, more = {}) => page.evaluate(
				([key, more]) => document.body.dispatchEvent(
					new KeyboardEvent('keydown', { key,
						bubbles: true, cancelable: true,
						...more })), [key, more]);
			const altGr = { ctrlKey: true, altKey: true,
				modifierAltGraph: true };
			const at = (which) => page.locator(`[data-loop-${which}]`)
				.first().inputValue();

			await page.goto(await firstContact(page));
			await choosePurpose(page);
			await page.keyboard.press('ArrowRight');
			await press('[', altGr);
			assert.equal(await at('a'), '0:01');
			await page.keyboard.press('ArrowRight');
			await press(']', altGr);
			assert.equal(await at('b'), '0:02');
			await press('[', { ctrlKey: true });
			assert.equal(await at('a'), '0:01');
			await page.keyboard.press('a');
			assert.equal(await at('a'), '0:02');
			await page.keyboard.press('ArrowRight');
			await page.keyboard.press('b');
			assert.equal(await at('b'), '0:03');
			await page.goto('/help');
			assert.match(await page.locator('main').textContent(),
				/A B \[ \]/);
		});

	test('a jump is told politely where it led to', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const told = page.locator('[data-status]').first();

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		assert.equal(await told.getAttribute('role'), 'status');
		await page.keyboard.press('Shift+ArrowRight');
		await page.keyboard.press('ArrowRight');
		await page.waitForFunction(() => document.querySelector(
			'[data-status]').textContent === 'Kohta 0:06');
		await page.locator('[data-seek]').first().focus();
		await page.keyboard.press('ArrowRight');
		await page.waitForTimeout(400);
		assert.equal(await told.textContent(), 'Kohta 0:06');
	});

	test('both lanes are drawn and each has its own sound', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		await page.locator('.play').first().click();
		await page.waitForSelector('[data-playing]');
		const inked = await page.evaluate(() =>
			[...document.querySelectorAll('canvas')].slice(0, 2)
				.map((canvas) => canvas.getContext('2d')
					.getImageData(0, 0, canvas.width, canvas.height)
					.data.some((value) => value > 0)));
		assert.deepEqual(inked, [true, true]);
		const energy = await page.evaluate(async () => {
			const root = document.querySelector('[data-player]');
			const { base, purpose } = root.dataset;
			const sound = await fetch(`${base}/sound?purpose=${purpose}`);
			const context = new OfflineAudioContext(2, 48000, 48000);
			const heard = await context.decodeAudioData(
				await sound.arrayBuffer());
			const size = (channel) => channel.reduce((sum, each) =>
				sum + each * each, 0);

			return [heard.numberOfChannels,
				size(heard.getChannelData(0)) > 1,
				size(heard.getChannelData(1)) > 1];
		});
		assert.deepEqual(energy, [2, true, true]);
	});

	test('holes are told in words', { skip: !isFake }, async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		await page.locator('.play').click();
		await page.waitForSelector('[data-holes] li');
		const told = await page.locator('[data-holes]').textContent();
		assert.match(told, /puhelu pidossa, 4,0 s – Molemmat/);
		assert.match(told, /paketteja katosi, 0,6 s – Soittaja/);
	});

	test('the purpose is kept, shown and can be changed', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		const first = await page.locator('.banner strong').textContent();
		await page.locator('.banner summary').click();
		await page.locator('.banner input[type=radio]').last().check();
		await page.locator('.banner .purpose-form button').click();
		await page.waitForFunction((text) => document.querySelector(
			'.banner strong').textContent !== text, first);
		assert.deepEqual(await faultsOf(page), []);
		await page.locator('.banner .end button').click();
		await page.waitForSelector('.banner', { state: 'detached' });
		assert.equal(await page.locator('[data-player]').count(), 0);
	});
});

describe('other people', () => {
	test('an agent sees who has listened, and cannot listen', async () => {
		const page = await signIn(browser, house, 'agent');

		await page.goto('/listened');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'listened');
		await page.goto(await firstContact(page));
		assert.equal(await page.locator('[data-player]').count(), 0);
		assert.equal((await page.goto('/figures')).status(), 403);
		assert.deepEqual(await faultsOf(page), []);
	});

	test('who may see listenings finds them, in the words of the role',
		async () => {
			const words = {
				agent: ['Minun puheluni', 'minun puheluni'],
				supervisor: ['Omat kuunteluni', 'omat kuuntelut'],
				dpo: ['Kuuntelut', 'kuuntelut'],
			};

			for (const [role, [title, key]] of Object.entries(words)) {
				const page = await signIn(browser, house, role);

				assert.equal(await page.locator(
					'.main-nav a[href="/listened"]').textContent(),
				title);
				assert.ok(await page.locator(
					'.tiles a[href="/listened"]').isVisible());
				await page.goto('/help');
				assert.equal(await page.locator('.keys tr', {
					hasText: 'g l' }).locator('td').textContent(),
				key);
				await goByKeys(page, 'l', '/listened');
				assert.equal(await page.locator('h1').textContent(),
					title);
				assert.deepEqual(await faultsOf(page), []);
			}
		});

	test('who may not see listenings is offered none', { skip: !isFake },
		async () => {
			const page = await person(browser, house);

			await page.goto('/?once=DEMO-ADMIN');
			await page.waitForSelector('.main-nav');
			assert.equal(await page.locator('a[href="/listened"]').count(),
				0);
			await page.goto('/help');
			assert.doesNotMatch(await page.locator('main').textContent(),
				/g l|g c/);
			assert.match(await page.locator('main').textContent(), /g f/);
		});

	test('who oversees sees figures and no contacts', async () => {
		const page = await signIn(browser, house, 'dpo');

		assert.equal(await page.locator('.light').count(), 4);
		assert.equal((await page.goto('/contacts')).status(), 403);
		await page.goto('/figures');
		assert.equal(await page.locator('h3', {
			hasText: 'Kuuntelevien ja lukevien roolien tilit' }).count(), 1);
		if (isFake) {
			const acts = await page.locator('.acts li').allTextContents();
			assert.match(acts[0], /: sup, .*, palautettu \(uid:1000\)$/);
			const main = await page.textContent('main');
			assert.match(main, /30 päivää\s*7/);
			// Chats are counted, and a gap among them shows.
			assert.match(main, /Chattien sisällöt\s*3/);
			const gaps = page.locator('.light', {
				hasText: 'Numeroaukot' });
			assert.match(await gaps.textContent(), /2/);
			assert.match(await gaps.getAttribute('class'), /bad/);
		}
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'figures');
	});
});

describe('the notice', () => {
	const link = 'footer a[href="/policy"]';

	test('every person reads the rules that bind, from every page',
		async () => {
			for (const role of ['supervisor', 'agent', 'dpo']) {
				const page = await signIn(browser, house, role);

				for (const path of ['/', '/help', '/account']) {
					await page.goto(path);
					assert.ok(await page.locator(link)
						.isVisible());
					assert.ok(await page.locator(
						'.main-nav a[href="/policy"]')
						.isVisible());
				}
				assert.equal((await page.goto('/policy')).status(),
					200);
				assert.deepEqual(await faultsOf(page), []);
			}
		});

	test('says sentence by sentence what is enforced', { skip: !isFake },
		async () => {
			const page = await signIn(browser, house, 'dpo');

			await page.goto('/policy');
			const told = (await page.locator('main').textContent())
				.replaceAll(/\s+/g, ' ');
			for (const words of ['2018-05-25', '25.5.2018',
				'029 555 0100', 'Asiakaspalvelu',
				'Kaikki puhelut tallennetaan.',
				'kun puheluun vastataan', 'lopetusmerkkiin',
				'1.10.2017', 'Soittajan numero', '6(1)(c)',
				'Asiakaspalveluhenkilöstön koulutus',
				'enintään 6 kuukautta', 'enintään 12 kuukautta',
				'tasan 24 kuukautta', 'Ketään ei profiloida',
				'Kone ei tee', 'EU- ja ETA-alueen',
				'https://www.agency.example', 'ma–pe 9–16.',
				'juhannus- ja jouluaattona',
				'Asiakaspalvelun vastuuhenkilö',
				'tietosuoja@agency.example', 'missä jonossa'])
				assert.ok(told.includes(words), words);
			for (const mark of ['S7', 'S8', 'S9', 'S10', 'S11', 'S12',
				'S13', 'S14',
				'S18', 'S19', 'S20', 'S21', 'S22', 'S23'])
				assert.ok(await page.locator('main .label', {
					hasText: new RegExp(`^${mark}$`) })
					.count() > 0, mark);
			const agent = page.locator('#roles + table tbody tr')
				.first();
			assert.match(await agent.textContent(),
				/asiakasneuvoja.*omat puhelut ja chatit.*ei näytetä.*ei.*kyllä.*omia/);
			assert.ok(!told.includes('ei käytössä'));
			assert.equal(await page.locator('main .fault').count(), 0);
		});

	test('names in another language are marked as such', { skip: !isFake },
		async () => {
			const page = await signIn(browser, house, 'dpo');
			const marked = page.locator('#which + dl dt + dd[lang=fi]');

			for (const [language, count] of [['sv', 4], ['en', 4],
				['fi', 0]]) {
				await page.goto('/policy');
				await page.locator(
					`.languages button[value=${language}]`).click();
				await page.waitForSelector(`html[lang=${language}]`);
				assert.equal(await marked.count(), count);
				assert.deepEqual(await faultsOf(page), []);
			}
			assert.match(await page.locator('#never ~ .hint')
				.textContent(), /ei voi ottaa käyttöön/);
		});

	test('a fresh policy is told at once, one in another zone later',
		{ skip: !isFake }, async () => {
			const page = await signIn(browser, house, 'dpo');
			const version = page.locator('#which + dl .nowrap');

			const faults = () => page.locator('main .fault').count();

			await house.say('version');
			await comesTo(page, '/policy', '2019-06-26', () =>
				version.textContent());
			assert.equal(await faults(), 0);
			await house.say('zone');
			await comesTo(page, '/policy', 1, faults);
			assert.equal(await version.textContent(), '2019-06-26');
			assert.deepEqual(await faultsOf(page), []);
			await house.say('original');
			await comesTo(page, '/policy', 0, faults);
		});
});

describe('every page', () => {
	const pages = ['/', '/contacts', '/help', '/account', '/policy',
		'/nowhere', '/problems/gone'];

	// The demo has the same pages, with words of its own in one language;
	// on a wide screen they differ by words alone. The long suite sees all.
	const languages = isLong || isFake ? ['fi', 'sv', 'en'] : ['fi'];

	for (const language of languages)
		test(`is accessible and fits 320 px in ${language}`, async () => {
			const page = await signIn(browser, house, 'supervisor');

			await page.locator(`.languages button[value=${language}]`)
				.click();
			await page.waitForSelector(`html[lang=${language}]`);
			const contact = await firstContact(page);
			await page.goto(contact);
			await choosePurpose(page);
			for (const path of [...pages, contact,
				`${contact}?tab=readers`]) {
				await page.setViewportSize({ width: 1440, height: 900 });
				await page.goto(path);
				if (isLong || language === 'fi')
					assert.deepEqual(await faultsOf(page), [], path);
				const name = path.replaceAll(/[^a-z0-9]+/g, '-')
					.slice(0, 24);
				await shot(page, `${language}${name}`);
				await page.setViewportSize({ width: 320, height: 700 });
				assert.ok(await isWideEnough(page), `${path} at 320 px`);
				assert.deepEqual(await faultsOf(page), [], path);
				await shot(page, `${language}${name}-320`);
			}
		});

	for (const language of languages)
		test(`is compact at 320 px in ${language}`, async () => {
			const page = await signIn(browser, house, 'supervisor',
				{ viewport: { width: 320, height: 700 } });
			const top = (name) => page.locator(name).evaluate((each) =>
				each.getBoundingClientRect().top);

			await page.locator(`.languages button[value=${language}]`)
				.click();
			await page.waitForSelector(`html[lang=${language}]`);
			await page.goto(await firstContact(page));
			await choosePurpose(page);
			for (const path of ['/contacts', '/policy']) {
				await page.goto(path);
				// In the upper half, also with a long purpose.
				assert.ok(await top('main') < 350,
					`the page begins at ${await top('main')}`);
				const broken = await page.evaluate(() =>
					[...document.querySelectorAll('h1, label')]
						.filter((each) => {
							const words = each.textContent
								.trim().split(/\s+/).length;
							const line = parseFloat(
								getComputedStyle(each)
									.lineHeight);

							return !each.matches('.choice') &&
								(each.scrollWidth >
									each.clientWidth ||
								each.clientHeight >
									(words + 0.5) * line);
						}).map((each) => each.textContent));
				assert.deepEqual(broken, []);
			}
			// Every word of the menu is reached by Tab and seen there.
			for (const link of await page.locator('.main-nav a').all()) {
				await link.focus();
				assert.ok(await link.isVisible());
			}
		});

	test('is readable in the dark and with forced colours', async () => {
		const page = await signIn(browser, house, 'supervisor',
			{ colorScheme: 'dark' });

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		await page.locator('.play').first().click();
		await page.waitForSelector('[data-playing]');
		await page.locator('.play').first().click();
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'dark');
		await page.emulateMedia({ forcedColors: 'active' });
		await shot(page, 'forced-colors');
	});

	test('loads nothing from elsewhere and breaks no rule', async () => {
		const page = await signIn(browser, house, 'supervisor');
		const foreign = [];

		page.on('request', (request) => {
			if (new URL(request.url()).origin !== house.url)
				foreign.push(request.url());
		});
		for (const path of pages)
			await page.goto(path);
		assert.deepEqual(foreign, []);
		assert.deepEqual(page.faults.filter((fault) =>
			!fault.includes('404')), []);
		const cookies = await page.context().cookies();
		assert.equal(cookies.length, 1);
		assert.equal(cookies[0].httpOnly, true);
		assert.equal(cookies[0].sameSite, 'Strict');
	});

	test('works without scripts, but for the lanes', async () => {
		const page = await signIn(browser, house, 'supervisor',
			{ javaScriptEnabled: false });

		await page.goto('/contacts');
		await page.locator(row).first().click();
		await page.locator('.purpose-form [type=radio]').first().check();
		await page.locator('.purpose-form button').first().click();
		assert.ok(await page.locator('.banner').isVisible());
		assert.equal(await page.locator('noscript audio').count() > 0 ||
			await page.locator('audio').count() > 0, true);
	});
});

describe('when something is away', { skip: !isFake }, () => {
	test('a locked vault is said to be locked', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto(await firstContact(page));
		await choosePurpose(page);
		await house.say('lock');
		await page.locator('.play').click();
		await page.waitForSelector('.player .fault');
		await house.say('unlock');
	});

	test('a starting register is a page, and then it is there', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await house.say('leave');
		await comesTo(page, '/contacts', 503, (answer) => answer.status());
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'starting');
		await house.say('return');
		await comesTo(page, '/contacts', 200, (answer) => answer.status());
	});
});

// Last, because a real session is needed until here.
describe('signing out', () => {
	test('signing out ends the session', async () => {
		const page = await signIn(browser, house, 'agent');

		await page.locator('.person button').click();
		await page.waitForURL('**/login');
		await page.goto('/account');
		assert.equal(new URL(page.url()).pathname, '/login');
	});
});
