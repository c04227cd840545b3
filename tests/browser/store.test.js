// SPDX-License-Identifier: EUPL-1.2
// What the chat desk knows without a page: order, gaps, what is not sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find, textOf } from '../../ui/chatdesk-canned.js';
import { feedReader, pauseMs } from '../../ui/chatdesk-link.js';
import { Board, Outbox, Series, Talk } from '../../ui/chatdesk-store.js';

const event = (n, more = {}) => ({ n, epoch: 'a', kind: 'message',
	from: 'visitor', text: String(n), ...more });
const row = (chat, more = {}) => ({ chat, phase: 'talking', mine: true,
	epoch: 'a', last: 0, notes: 0, agent_seen: 0, talks: 1, place: 0,
	waits: 1, ...more });

test('events are shown in the order of their numbers, once', () => {
	// Every order in which five events can come, each of them twice.
	const orders = (rest) => rest.length ? rest.flatMap((each, i) =>
		orders(rest.filter((_, at) => at !== i)).map((more) => [each, ...more])) :
		[[]];

	for (const order of orders([1, 2, 3, 4, 5])) {
		const series = new Series();
		const shown = [];

		series.follow('a');
		for (const n of [...order, ...order])
			shown.push(...series.take([event(n)]).map((e) => e.n));
		assert.deepEqual(shown, [1, 2, 3, 4, 5]);
		assert.equal(series.have, 5);
		assert.equal(series.early.size, 0);
	}
});

test('an event after a gap waits for what is missing', () => {
	const series = new Series();

	series.follow('a');
	assert.deepEqual(series.take([event(2), event(3)]), []);
	assert.equal(series.have, 0);
	assert.equal(series.take([event(1)]).length, 3);
});

test('another epoch begins anew, and the one before is over', () => {
	const talk = new Talk('x');

	talk.set(row('x', { last: 2 }));
	talk.take([event(1), event(2)]);
	assert.equal(talk.set(row('x', { epoch: 'b', last: 1 })), true);
	assert.equal(talk.said.have, 0);
	assert.deepEqual(talk.take([event(1)]), []);
	assert.equal(talk.take([event(1, { epoch: 'b' })]).length, 1);
});

test('what is not stored yet goes out one by one, and in order', () => {
	const box = new Outbox();
	const [a, b] = [box.add('a', 'first'), box.add('b', 'second')];

	assert.equal(box.next(), a);
	a.state = 'sending';
	assert.equal(box.next(), undefined);
	box.again();
	assert.equal(box.next(), a);
	a.state = 'stored';
	a.n = 4;
	assert.equal(box.next(), b);
	b.state = 'failed';
	assert.equal(box.next(), undefined);
	box.clear([], 3);
	assert.equal(box.items.length, 2);
	box.clear([], 4);
	assert.deepEqual(box.items, [b]);
	box.clear([{ id: 'b' }], 4);
	assert.deepEqual(box.items, []);
});

test('a board told anew drops what is not told', () => {
	const board = new Board();

	board.row(row('q1', { phase: 'waiting', mine: false, place: 1 }));
	board.row(row('q2', { phase: 'waiting', mine: false, place: 2 }));
	board.row(row('m1'));
	board.row(row('m2'));
	board.colleague({ agent: 'one' });
	assert.deepEqual(board.queue.map((each) => each.chat), ['q1', 'q2']);
	board.begin();
	board.row(row('q2', { phase: 'waiting', mine: false, place: 1 }));
	board.row(row('m2'));
	assert.deepEqual(board.whole(), ['m1']);
	assert.deepEqual(board.queue.map((each) => each.chat), ['q2']);
	assert.equal(board.colleagues.size, 0);
});

test('a row tells what it means for this page', () => {
	const board = new Board();
	const waiting = { phase: 'waiting', mine: false };

	assert.equal(board.row(row('x', waiting)), 'came');
	assert.equal(board.row(row('x', waiting)), '');
	assert.equal(board.row(row('x')), 'mine');
	assert.equal(board.load, 1);
	assert.equal(board.row(row('x', { phase: 'over' })), 'mine');
	assert.equal(board.load, 0);
	assert.equal(board.row(row('y')), 'mine');
	assert.equal(board.row(row('y', { mine: false })), 'lost');
	assert.equal(board.row(row('z', { phase: 'over' })), '');
	assert.equal(board.talks.has('z'), false);
});

test('unread is what a visitor said and nobody has seen', () => {
	const talk = new Talk('x');

	talk.set(row('x', { agent_seen: 1 }));
	talk.take([event(1), event(2), event(3, { from: 'agent' }), event(4)]);
	assert.equal(talk.unread, 2);
	talk.seenSent = 2;
	assert.equal(talk.unread, 1);
});

test('a feed may be cut anywhere', () => {
	const stream = 'retry: 2000\nevent: hello\ndata: {"now":1}\n\n' +
		'event: row\ndata: {"nick":"a\\n\\nevent: over"}\n\n' +
		'event: ping\ndata: {}\n\n';

	for (let cut = 0; cut <= stream.length; cut++) {
		const heard = [];
		const read = feedReader((name, data) => heard.push([name, data]));

		read(stream.slice(0, cut));
		read(stream.slice(cut));
		assert.deepEqual(heard, [['hello', { now: 1 }],
			['row', { nick: 'a\n\nevent: over' }], ['ping', {}]]);
	}
});

test('pauses grow, have a limit and are not all alike', () => {
	assert.equal(pauseMs(0, () => 0), 200);
	assert.equal(pauseMs(0, () => 1), 1200);
	assert.equal(pauseMs(3, () => 1), 8200);
	assert.equal(pauseMs(50, () => 1), 30200);
	assert.notEqual(pauseMs(5), pauseMs(5));
});

test('canned answers are found in the visitor\'s language first', () => {
	const answers = [
		{ title: 'Maksut', fi: 'Hinnat', sv: 'Priser', en: '' },
		{ title: 'Hinnasto', fi: 'Lista', sv: '', en: '' },
	];

	assert.deepEqual(find(answers, 'hinna', 'fi').map((e) => e.title),
		['Hinnasto', 'Maksut']);
	assert.deepEqual(find(answers, 'pris', 'sv').map((e) => e.title),
		['Maksut']);
	assert.deepEqual(find(answers, 'none', 'fi'), []);
	assert.equal(find(answers, '', 'fi').length, 2);
	assert.deepEqual(textOf(answers[1], 'sv'),
		{ text: 'Lista', language: 'fi' });
});
