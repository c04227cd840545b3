// SPDX-License-Identifier: EUPL-1.2
// The guard of the browser and that of the chat room find the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mask } from '../../ui/chat/guard.js';

const examples = JSON.parse(readFileSync(
	new URL('../fixtures/guard.json', import.meta.url), 'utf8'));

for (const { why, text, before, masked } of examples)
	test(`the guard: ${why}`, () => {
		assert.equal(mask(text, before), masked);
	});

test('the guard takes a longest message of digits in its stride', () => {
	const digits = '4111 '.repeat(800);

	assert.equal(mask(digits).length, digits.length);
	assert.equal(mask('1'.repeat(4000), '131052-'), '1'.repeat(4000));
});
