// SPDX-License-Identifier: EUPL-1.2
// What the chat desk knows of conversations, without a page: numbers, order,
// what is missing, what is not sent yet. Order is by number, never by clock;
// what comes twice counts once; what comes too early waits for what is
// missing before it.

// Events of one numbering, 1, 2, 3 ... without a gap.
export class Series {
	constructor() {
		this.reset('');
	}

	reset(epoch) {
		this.epoch = epoch;
		this.items = [];
		this.early = new Map();
	}

	get have() {
		return this.items.length;
	}

	// Another numbering: nothing of the one before holds any more.
	follow(epoch) {
		if (epoch === this.epoch)
			return false;
		this.reset(epoch);
		return true;
	}

	// Take events in any order; answers those that are next, in order.
	take(list) {
		const next = [];

		for (const each of list)
			if (each.epoch === this.epoch && each.n > this.have)
				this.early.set(each.n, each);
		for (;;) {
			const each = this.early.get(this.have + 1);

			if (!each)
				return next;
			this.early.delete(each.n);
			this.items.push(each);
			next.push(each);
		}
	}
}

// What is not stored yet, in the order it was said. The first is sent; the
// others wait, so that no order is turned round.
export class Outbox {
	constructor() {
		this.items = [];
	}

	add(id, text) {
		const item = { id, text, state: 'waiting', why: '', n: 0 };

		this.items.push(item);
		return item;
	}

	next() {
		const first = this.items.find((each) => each.state !== 'stored');

		return first?.state === 'waiting' ? first : undefined;
	}

	remove(id) {
		this.items = this.items.filter((each) => each.id !== id);
	}

	// Events have come: what is among them is no longer on its way.
	clear(events, have) {
		for (const each of events)
			if (each.id)
				this.remove(each.id);
		this.items = this.items.filter((each) => each.n === 0 ||
			each.n > have);
	}

	// What was under way when the line broke may or may not be stored: it
	// is sent again under the same id and counts once.
	again() {
		for (const each of this.items)
			if (each.state === 'sending')
				each.state = 'waiting';
	}
}

export class Talk {
	constructor(id) {
		this.id = id;
		this.row = null;
		this.said = new Series();
		this.notes = new Series();
		this.outbox = new Outbox();
		this.noteBox = new Outbox();
		this.draft = '';
		this.noteDraft = '';
		this.seenSent = 0;
	}

	// How it stands; answers whether the numbering began anew.
	set(row) {
		this.row = row;
		const anew = this.said.follow(row.epoch);

		this.notes.follow(row.epoch);
		return anew;
	}

	get isBehind() {
		return this.row.last > this.said.have;
	}

	get isBehindNotes() {
		return this.row.notes > this.notes.have;
	}

	get isOver() {
		return this.row.phase === 'over' ||
			this.said.items.at(-1)?.kind === 'closed';
	}

	get unread() {
		return this.said.items.filter((each) => each.from === 'visitor' &&
			each.kind === 'message' &&
			each.n > Math.max(this.row.agent_seen, this.seenSent))
			.length;
	}

	take(list) {
		const next = this.said.take(list);

		this.outbox.clear(next, this.said.have);
		return next;
	}

	takeNotes(list) {
		const next = this.notes.take(list);

		this.noteBox.clear(next, this.notes.have);
		return next;
	}
}

// Everything on the board.
export class Board {
	constructor() {
		this.waiting = new Map();
		this.talks = new Map();
		this.colleagues = new Map();
		this.told = null;
	}

	// The whole of it is told anew: what is not told is not there any more.
	begin() {
		this.told = new Set();
	}

	// Answers the ids of conversations that are gone.
	whole() {
		const { told } = this;

		this.told = null;
		if (!told)
			return [];
		for (const id of [...this.waiting.keys()])
			if (!told.has(id))
				this.waiting.delete(id);
		for (const id of [...this.colleagues.keys()])
			if (!told.has(`agent ${id}`))
				this.colleagues.delete(id);
		return [...this.talks.values()].filter((talk) =>
			!told.has(talk.id) && !talk.isOver).map((talk) => talk.id);
	}

	// Take a row; answers what it means for this page: 'came' into the
	// queue, 'mine' (anew or still), 'lost' (no longer mine), or ''.
	row(row) {
		const id = row.chat;
		const talk = this.talks.get(id);
		const waited = this.waiting.has(id);

		this.told?.add(id);
		if (row.phase === 'waiting' && !row.mine)
			this.waiting.set(id, row);
		else
			this.waiting.delete(id);
		if (row.mine || (talk && row.phase === 'over')) {
			if (!talk && row.phase === 'over')
				return '';
			const mine = talk ?? new Talk(id);

			this.talks.set(id, mine);
			mine.set(row);
			return 'mine';
		}
		if (talk) {
			this.talks.delete(id);
			return 'lost';
		}
		return row.phase === 'waiting' && !waited ? 'came' : '';
	}

	colleague(colleague) {
		this.told?.add(`agent ${colleague.agent}`);
		this.colleagues.set(colleague.agent, colleague);
	}

	// Oldest first.
	get queue() {
		return [...this.waiting.values()].sort((a, b) =>
			a.place - b.place || a.waits - b.waits ||
			(a.chat < b.chat ? -1 : 1));
	}

	get mine() {
		return [...this.talks.values()].sort((a, b) =>
			a.row.talks - b.row.talks || (a.id < b.id ? -1 : 1));
	}

	get load() {
		return this.mine.filter((talk) => !talk.isOver).length;
	}
}
