// SPDX-License-Identifier: EUPL-1.2
// Whether everybody can use the chat: each of its states in three languages
// for axe, as a tree of roles and names, by keyboard, and as it is heard.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FakeCounter } from './fake_counter.js';
import { everybodyLeaves, faultsOf, openBrowser, person, shot } from './world.js';

const script = execFileSync('python3', [fileURLToPath(
	new URL('../../tools/widget.py', import.meta.url))], { encoding: 'utf8' });
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

async function visit(lang, options) {
	const page = await person(browser, counter, options);

	page.setDefaultTimeout(45000);
	await page.goto(`/?lang=${lang}`);
	return page;
}

async function until(holds) {
	for (let i = 0; i < 900; i++) {
		if (await holds())
			return;
		await new Promise((again) => setTimeout(again, 50));
	}
	assert.fail(`never: ${holds}`);
}

// The ways from one state to the next. Nothing in them depends on language.
const foot = (page, i) => page.locator('.foot > button').nth(i);
const ask = async (page, text) => {
	await page.locator('#text').fill(text);
	await page.locator('#text').press('Enter');
};
const steps = {
	closed: (page) => page.locator('.opener').waitFor(),
	start: async (page) => {
		await page.locator('.opener').click();
		await page.locator('.told').waitFor();
	},
	waiting: async (page) => {
		await page.locator('.start .main').click();
		await until(() => counter.followers.size === 1);
		await page.locator('.log p span').waitFor();
	},
	unsent: async (page) => {
		counter.refuse = () => 'silent';
		await ask(page, 'Hei, hej, hello');
		await page.locator('.unsent p').waitFor();
	},
	talking: async (page) => {
		counter.refuse = null;
		counter.cut();
		await page.locator('[role=log] .mine').waitFor();
		counter.join();
		counter.agent('Päivää');
		counter.set({ seen: 2, typing: true });
		await page.locator('.log .said:not(.mine)').waitFor();
	},
	guard: async (page) => {
		await ask(page, '131052-900W');
		await page.locator('.alarm code').waitFor();
	},
	warning: async (page) => {
		await page.locator('.alarm button').first().press('Escape');
		await page.locator('#text').fill('');
		counter.set({ closes_in: 110, typing: false });
		await page.locator('.alarm button').first().waitFor();
		await until(async () =>
			(await page.locator('.alarm:visible').count()) === 1);
	},
	question: async (page) => {
		counter.set({ closes_in: 0 });
		await until(async () =>
			(await page.locator('.alarm:visible').count()) === 0);
		await foot(page, 0).click();
	},
	receipt: async (page) => {
		await page.locator('.alarm:visible button').first().press('Escape');
		await page.locator('summary').click();
	},
	over: async (page) => {
		counter.close();
		await foot(page, 1).waitFor();
	},
};

describe('each state, in three languages', () => {
	for (const lang of ['fi', 'sv', 'en'])
		test(`has nothing that axe finds: ${lang}`, async () => {
			const page = await visit(lang);

			for (const [name, step] of Object.entries(steps)) {
				await step(page);
				assert.deepEqual(await faultsOf(page), [], name);
			}
			assert.deepEqual(page.faults, []);
		});
});

describe('each state, on other screens', () => {
	const screens = {
		phone: { viewport: { width: 320, height: 640 } },
		'four times larger': { viewport: { width: 320, height: 256 } },
		dark: { colorScheme: 'dark' },
		'forced colours': { forcedColors: 'active' },
	};

	for (const [screen, options] of Object.entries(screens))
		test(`fits and can be touched: ${screen}`, async () => {
			const page = await visit('sv', { ...options,
				reducedMotion: 'reduce' });

			for (const [name, step] of Object.entries(steps)) {
				await step(page);
				assert.deepEqual(await page.evaluate(check), [],
					`${screen}, ${name}`);
				if (screen === 'dark')
					assert.deepEqual(await faultsOf(page), [], name);
				await shot(page, `chat-${screen.replaceAll(' ', '-')}-${name}`,
					{ fullPage: false });
			}
		});

	// Letters and lines wider apart, as WCAG 1.4.12 has it.
	test('fits with wider text', async () => {
		const page = await visit('fi', screens.phone);

		await page.evaluate(() => {
			const sheet = new CSSStyleSheet();

			sheet.replaceSync('* { line-height: 1.5 !important; ' +
				'letter-spacing: .12em !important; ' +
				'word-spacing: .16em !important; } ' +
				'p { margin-bottom: 2em !important; }');
			const { shadowRoot } = document.querySelector('tallenne-chat');

			shadowRoot.adoptedStyleSheets.push(sheet);
		});
		for (const [name, step] of Object.entries(steps)) {
			await step(page);
			assert.deepEqual(await page.evaluate(check), [], name);
		}
	});
});

// What sticks out sideways, and targets less than 44 px high or wide.
function check() {
	const { shadowRoot } = document.querySelector('tallenne-chat');
	const found = [];

	if (document.documentElement.scrollWidth > innerWidth)
		found.push('the page scrolls sideways');
	for (const each of shadowRoot.querySelectorAll('*')) {
		const { left, right, width, height } = each.getBoundingClientRect();
		const name = `${each.tagName}.${each.className} ` +
			each.textContent.slice(0, 20);

		if (!each.checkVisibility() || each.closest('.unseen') || !width ||
			each.matches('[aria-expanded=true] span'))
			continue;
		if (left < -1 || right > innerWidth + 1 ||
			each.scrollWidth > each.clientWidth + 1 && each.clientWidth &&
			getComputedStyle(each).display !== 'inline')
			found.push(`sticks out: ${name}`);
		if (each.matches('button, input, textarea, summary') &&
			(height < 43.5 || width < 43.5))
			found.push(`small: ${name} ${width} ${height}`);
	}
	return found;
}

test('the tree of roles and names is what it should be', async () => {
	const page = await visit('en');
	const tree = () => page.locator('tallenne-chat').ariaSnapshot();
	const told = {};

	for (const [name, step] of Object.entries(steps)) {
		await step(page);
		told[name] = (await tree()).replaceAll(/\d\d?\.\d\d/g, 'TIME');
	}
	assert.equal(told.closed, '- button "Ask in the chat"\n- status');
	assert.equal(told.start, `- button "Ask in the chat" [expanded]
- status
- region "Chat":
  - heading "Chat" [level=2]
  - paragraph: Example Agency
  - status: "The chat is open. Estimated wait: about 4 min."
  - paragraph:
    - text: The conversation is recorded and kept for two years.
    - link "Privacy notice (opens in a new tab)":
      - /url: /notice?lang=en
  - paragraph: Do not write a personal identity code or a card number.
  - text: Nickname (optional)
  - textbox "Nickname (optional)"
  - button "Start the conversation"`);
	assert.equal(told.talking, `- button "Ask in the chat" [expanded]
- status
- region "Chat":
  - heading "Chat" [level=2]
  - paragraph: Example Agency
  - group "Conversation":
    - log "Conversation":
      - text: "You:"
      - paragraph: Hei, hej, hello
      - text: TIME · Seen
      - paragraph: Virkailija 1 joined the conversation. TIME
      - text: "Virkailija 1:"
      - paragraph: Päivää
      - text: "TIME"
    - paragraph: Virkailija 1 is typing…
  - text: Message
  - textbox "Message"
  - button "Send"
  - text: Enter sends, Shift + Enter starts a new line.
  - group: Receipt and saving
  - button "End the conversation"`);
	assert.match(told.over, /button "Close the conversation"/);
	assert.ok(!told.over.includes('textbox'));
});

test('Tab goes through everything once and out again', async () => {
	const page = await visit('en');
	const order = async () => {
		const names = [];

		await page.locator('#before').focus();
		for (let i = 0; i < 20; i++) {
			await page.keyboard.press('Tab');
			const name = await page.evaluate(() => {
				const { activeElement: host } = document;
				const inner = host.shadowRoot?.activeElement;

				return inner && (inner.getAttribute('aria-label') ??
					(inner.labels?.[0] ?? inner).textContent);
			});

			if (!name)
				break;
			names.push(name);
		}
		return names;
	};

	await steps.closed(page);
	assert.deepEqual(await order(), ['Ask in the chat']);
	await steps.start(page);
	assert.deepEqual(await order(), ['Ask in the chat',
		'Privacy notice (opens in a new tab)', 'Nickname (optional)',
		'Start the conversation']);
	await steps.waiting(page);
	await steps.unsent(page);
	await steps.talking(page);
	assert.deepEqual(await order(), ['Ask in the chat', 'Conversation',
		'Message', 'Send', 'Receipt and saving', 'End the conversation']);
	await steps.guard(page);
	assert.deepEqual(await order(), ['Ask in the chat', 'Conversation',
		'Edit the message', 'Send it masked', 'Message', 'Send',
		'Receipt and saving', 'End the conversation']);
	await steps.warning(page);
	await steps.question(page);
	await steps.receipt(page);
	await steps.over(page);
	assert.deepEqual(await order(), ['Ask in the chat', 'Conversation',
		'Receipt and saving', 'Copy the code', 'Save as text',
		'Save as an HTML page', 'Close the conversation']);
});

describe('what is heard', () => {
	// Nodes added within a live region that is shown: what is spoken of a
	// region with aria-relevant="additions".
	async function listen(page) {
		await page.evaluate(() => {
			globalThis.spoken = [];
			const { shadowRoot } = document.querySelector('tallenne-chat');

			new MutationObserver((changes) => {
				for (const { addedNodes, target } of changes)
					for (const node of addedNodes) {
						const region = target.closest?.(
							'[role=log], [role=status]');

						if (region?.checkVisibility() && node.parentNode &&
							!node.contains(region) && node.textContent &&
							(node.nodeType === 1 || region.matches('[role=status]')))
							spoken.push(node.textContent);
					}
			}).observe(shadowRoot, { childList: true, subtree: true });
		});
	}
	const heard = (page) => page.evaluate(() =>
		spoken.splice(0).map((each) => each.replace(/\d\d?\.\d\d.*/, '').trim()));
	const regions = (page) => page.evaluate(() => [...document
		.querySelector('tallenne-chat').shadowRoot
		.querySelectorAll('[role=log], [role=status], [role=alert], [aria-live]')]
		.filter((each) => each.checkVisibility()).length);

	test('each message once, in order, with its sender; no focus taken', async () => {
		const page = await visit('en');

		await steps.start(page);
		await steps.waiting(page);
		// The log, and the one of a chat that is put away, still empty.
		assert.equal(await regions(page), 2);
		await listen(page);
		counter.set({ place: 1 });
		counter.set({ place: 1, wait: 230 });
		await until(async () => (await page.locator('[role=log]').innerText())
			.includes('number 1'));
		counter.join();
		counter.agent('one');
		counter.set({ typing: true });
		counter.set({ typing: false });
		await ask(page, 'two');
		await page.locator('[role=log] .mine').waitFor();
		await page.locator('#text').fill('half a sent');
		counter.agent('three');
		counter.set({ closes_in: 100 });
		await page.locator('.alarm:visible').waitFor();
		assert.deepEqual(await heard(page), ['You are number 1 in the queue. ' +
			'Estimated wait: about 4 min. You may already write your question.',
		'Virkailija 1 joined the conversation.', 'Virkailija 1: one',
		'You: two', 'Virkailija 1: three',
		'The conversation ends unless somebody writes (about 2 min).']);
		assert.equal(await page.evaluate(() => document
			.querySelector('tallenne-chat').shadowRoot.activeElement.id), 'text');
		assert.equal(await page.locator('#text').inputValue(), 'half a sent');
	});

	test('a chat that is put away tells how many are new', async () => {
		const page = await visit('en');

		await steps.start(page);
		await steps.waiting(page);
		counter.join();
		await page.locator('[role=log]').getByText('joined').waitFor();
		await page.keyboard.press('Escape');
		await listen(page);
		// One that came together with its words would not be heard.
		assert.equal(await regions(page), 1);
		counter.agent('one');
		counter.agent('two');
		await page.getByText('New messages: 2').waitFor();
		assert.equal(await regions(page), 1);
		assert.deepEqual(await heard(page), ['New messages: 1', 'New messages: 2']);
		assert.deepEqual(await faultsOf(page), []);
		await page.locator('.opener').click();
		assert.equal(await page.locator('.badge').innerText(), '');
	});

	test('a message that is too long, at once', async () => {
		const page = await visit('fi');

		await steps.start(page);
		await steps.waiting(page);
		await ask(page, 'x'.repeat(4001));
		await page.getByRole('alert').getByText('Viesti on liian pitkä.')
			.waitFor();
		assert.equal(await page.locator('#text').getAttribute(
			'aria-describedby'), 'keys fault');
		assert.deepEqual(await faultsOf(page), []);
	});

	test('a lost connection and its return', async () => {
		const page = await visit('en');

		await steps.start(page);
		await steps.waiting(page);
		await listen(page);
		counter.isWebSocketBlocked = counter.isStreamBlocked = true;
		counter.cut();
		await page.getByText('The connection was lost. Connecting…').waitFor();
		counter.isWebSocketBlocked = counter.isStreamBlocked = false;
		await page.getByText('The connection is back.').waitFor();
		assert.deepEqual(await heard(page), ['The connection was lost. Connecting…',
			'The connection is back. You are number 2 in the queue. Estimated ' +
			'wait: about 4 min. You may already write your question.']);
	});

	test('messages keep their language on a page of another', async () => {
		const page = await visit('fi');

		await steps.start(page);
		await steps.waiting(page);
		counter.join();
		counter.agent('Päivää');
		await page.locator('.said p').waitFor();
		await page.goto('/other?lang=sv');
		await page.locator('.said p').waitFor();
		assert.equal(await page.locator('.said p').getAttribute('lang'), 'fi');
		assert.equal(await page.locator('.box').getAttribute('lang'), 'sv');
		await foot(page, 0).getByText('Avsluta samtalet').waitFor();
	});
});
