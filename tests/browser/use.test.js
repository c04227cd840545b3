// SPDX-License-Identifier: EUPL-1.2
// What is made of recordings beside listening: notes and figures.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { House, choosePurpose, everybodyLeaves, faultsOf, isFake, openBrowser,
	shot, signIn } from './world.js';

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

async function speaks(page, language) {
	await page.locator(`.languages button[value=${language}]`).click();
	await page.waitForSelector(`html[lang=${language}]`);
}

// Tab until something that matches has the focus.
async function tabTo(page, selector) {
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press('Tab');
		if (await page.evaluate((each) =>
			document.activeElement.matches(each), selector))
			return;
	}
	assert.fail(`the keyboard never came to ${selector}`);
}

const noSideways = (page) => page.evaluate(() =>
	document.documentElement.scrollWidth <= innerWidth);

describe('the level of service', { skip: !isFake }, () => {
	test('is a table and a chart, in three languages, by keyboard',
		async () => {
			const page = await signIn(browser, house, 'supervisor');

			for (const [language, hidden] of [['fi', 'ei näytetä'],
				['sv', 'visas inte'], ['en', 'not shown']]) {
				await page.goto('/levels');
				await speaks(page, language);
				assert.deepEqual(await faultsOf(page), []);
				assert.equal(await page.locator('table.levels td')
					.last().textContent(), hidden);
				await tabTo(page, 'table.levels a');
				await page.keyboard.press('Enter');
				await page.waitForSelector('svg.levels');
				assert.deepEqual(await faultsOf(page), []);
				assert.equal(await page.locator('table.levels')
					.count(), 3);
				assert.equal(await page.locator('svg.levels rect')
					.count(), 31 + 24);
				assert.match(await page.title(), /029 555 0100/);
				await shot(page, `level-${language}`);
			}
			await page.setViewportSize({ width: 360, height: 700 });
			assert.ok(await noSideways(page));
			await page.goto('/levels');
			assert.ok(await noSideways(page));
			assert.deepEqual(page.faults, []);
		});
});

describe('notes beside a recording', { skip: !isFake }, () => {
	test('are written, followed and taken back by keyboard', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/contacts');
		await page.goto(await page.locator('[data-rows] tbody th a').first()
			.getAttribute('href'));
		await choosePurpose(page, 2);
		assert.equal(await page.locator('form.remark').count(), 0);
		await tabTo(page, '#notes button');
		await page.keyboard.press('Enter');
		await page.waitForSelector('form.remark');
		// The field follows the sound, until somebody writes into it.
		await page.locator('[data-seek]').focus();
		await page.keyboard.press('End');
		assert.equal(await page.locator('[data-now-of]').inputValue(),
			'0:35');
		await tabTo(page, '[data-now-of]');
		await page.keyboard.type('0:12');
		await page.keyboard.press('Tab');
		await page.keyboard.type('Kerro kesto jo alussa.');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.waitForSelector('.remarks li');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'notes');
		await tabTo(page, '.remarks a');
		await page.keyboard.press('Enter');
		assert.equal(await page.locator('[data-seek]').inputValue(),
			'12000');
		assert.ok(await page.evaluate(() =>
			document.activeElement.matches('[data-act="play"]')));
		await tabTo(page, '.remarks form button');
		await page.keyboard.press('Enter');
		await page.waitForSelector('.remarks', { state: 'detached' });
		assert.deepEqual(await faultsOf(page), []);
		assert.deepEqual(page.faults, []);
	});
});

describe('training sets and samples', { skip: !isFake }, () => {
	test('a set is made, filled and emptied by keyboard', async () => {
		const page = await signIn(browser, house, 'supervisor');

		await page.goto('/sets');
		await tabTo(page, 'details summary');
		await page.keyboard.press('Enter');
		await tabTo(page, '#t-0');
		await page.keyboard.type('Uudet neuvojat');
		await tabTo(page, '#t-2');
		await page.keyboard.type('31.1.2027');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'sets-new');
		await page.keyboard.press('Enter');
		await page.waitForURL(/\/sets\/[0-9a-f]{32}$/);
		assert.equal(await page.locator('h1').textContent(),
			'Uudet neuvojat');
		await page.goto('/contacts');
		await page.goto(await page.locator('[data-rows] tbody th a').first()
			.getAttribute('href'));
		assert.deepEqual(await faultsOf(page), []);
		await tabTo(page, '#sets form button');
		await page.keyboard.press('Enter');
		await page.waitForSelector('[data-rows] tbody tr');
		assert.deepEqual(await faultsOf(page), []);
		await shot(page, 'set');
		await tabTo(page, 'td.labels button');
		await page.keyboard.press('Enter');
		await page.waitForSelector('[data-rows]', { state: 'detached' });
		await page.locator('details.danger summary').click();
		await tabTo(page, 'details.danger button');
		await page.keyboard.press('Enter');
		await page.waitForURL('**/sets');
		assert.equal(await page.locator('[data-rows]').count(), 0);
		assert.deepEqual(page.faults, []);
	});

	test('a sample tells from what it was drawn, in three languages',
		async () => {
			const page = await signIn(browser, house, 'supervisor');

			await page.goto('/sets');
			await page.locator('details summary').nth(1).click();
			await page.locator('#s-0').fill('Otos 1');
			await page.locator('#s-2').fill('31.1.2027');
			await page.locator('#s-seed').fill('0f'.repeat(16));
			await page.locator('#s-from').fill('1.10.2026');
			assert.deepEqual(await faultsOf(page), []);
			await shot(page, 'sample-new');
			await page.locator('details[open] button').click();
			await page.waitForSelector('code');
			const address = page.url();
			for (const [language, seed] of [['sv', 'Startvärde'],
				['en', 'Seed'], ['fi', 'Siemenluku']]) {
				await page.goto(address);
				await speaks(page, language);
				await page.goto(address);
				assert.equal(await page.locator('div:has(> dd code) dt')
					.textContent(), seed);
				assert.equal(await page.locator('dd code')
					.textContent(), '0f'.repeat(16));
				assert.deepEqual(await faultsOf(page), []);
				await shot(page, `sample-${language}`);
			}
			await page.setViewportSize({ width: 360, height: 700 });
			assert.ok(await noSideways(page));
			await page.goto('/sets');
			assert.ok(await noSideways(page));
			assert.deepEqual(page.faults, []);
		});
});
