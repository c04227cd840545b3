// SPDX-License-Identifier: EUPL-1.2
// Draws the lists, the conversation and what is known of it. Elements stay
// the same as long as what they show does, so that neither focus nor a
// screen reader loses its place.

import { arrange, clockOf, el, length, named, setName, setText }
	from './chatdesk-parts.js';

export class View {
	constructor(root, words, queues, acts) {
		this.root = root;
		this.words = words;
		this.queues = queues;
		this.acts = acts;
		this.language = document.documentElement.lang;
		this.clock = clockOf(root.dataset.zone, this.language);
		this.me = root.dataset.agent;
		this.ahead = 0;
		this.drawn = {};
		this.queueItems = new Map();
		this.mineItems = new Map();
		this.title = document.title;
		this.log = this.$('[data-log]');
		this.box = this.$('[data-scroll]');
	}

	$(name) {
		return this.root.querySelector(name);
	}

	now() {
		return Date.now() + this.ahead;
	}

	nick(row) {
		return row.nick || this.words.nobody;
	}

	languageName(row) {
		return this.words[row.language] ?? row.language ?? '';
	}

	queueName(row) {
		return this.queues.get(row.queue) ?? row.queue ?? '';
	}

	show(name, isShown) {
		this.$(name).hidden = !isShown;
	}

	/* The line */

	link(state) {
		const link = this.$('[data-link]');
		const trouble = this.$('[data-trouble]');
		const isGood = state === 'connected' || state === 'connecting';

		if (link.dataset.state === state)
			return;
		link.dataset.state = state;
		setText(link.firstElementChild, isGood ? this.words[state] : '');
		trouble.hidden = isGood;
		setText(trouble.firstElementChild, isGood ? '' : this.words[state]);
		if (state === 'signedOut')
			trouble.firstElementChild.append(' ', el('a',
				{ href: '/login?next=%2Fchat' },
				this.words.signInAgain));
	}

	complain(text) {
		const box = this.$('[data-complaint]');

		setText(box.firstElementChild, text);
		box.hidden = text === '';
		clearTimeout(this.complaint);
		if (text)
			this.complaint = setTimeout(() => this.complain(''), 15000);
	}

	presence(value) {
		for (const each of this.$('[data-presence]').elements)
			each.checked = each.value === value;
	}

	/* The lists */

	queueItem(row) {
		const place = el('span', { class: 'cd-place' });
		const who = el('strong');
		const what = el('span', { class: 'cd-meta' });
		const since = el('span', { class: 'cd-meta' });
		const name = el('span', { class: 'unseen' });
		const button = el('button', { type: 'button', class: 'button' },
			this.words.take, name);
		const item = el('li', {}, place, el('div', { class: 'cd-words' },
			who, what, since), button);

		button.addEventListener('click', () => this.acts.take(row.chat));
		return { item, place, who, what, since, name };
	}

	drawQueue(board) {
		const list = this.$('[data-queue]');
		const queue = board.queue;

		arrange(list, queue.map((row, i) => {
			const each = this.queueItems.get(row.chat) ??
				this.queueItem(row);

			this.queueItems.set(row.chat, each);
			setText(each.place, `${i + 1}.`);
			setName(each.who, this.nick(row));
			setText(each.what, [this.languageName(row),
				this.queueName(row)]
				.filter(Boolean).join(' · '));
			setText(each.name, ` ${this.nick(row)}`);
			each.row = row;
			return each.item;
		}));
		for (const id of this.queueItems.keys())
			if (!board.waiting.has(id))
				this.queueItems.delete(id);
		list.hidden = queue.length === 0;
		this.show('[data-queue-none]', queue.length === 0);
		setText(this.$('[data-waiting-count]'),
			queue.length ? `(${queue.length})` : '');
	}

	mineItem(talk) {
		const who = el('strong');
		const meta = el('span', { class: 'cd-meta' });
		const labels = el('span', { class: 'cd-labels' });
		const button = el('button', { type: 'button',
			class: 'cd-choose' }, who, meta, labels);

		button.addEventListener('click', () => this.acts.choose(talk.id));
		return { item: el('li', {}, button), button, who, meta, labels };
	}

	label(kind, ...children) {
		return el('span', { class: `label ${kind}` }, ...children);
	}

	mineLabels(talk) {
		const { row } = talk;
		const list = [];

		if (talk.isOver)
			return [this.label('', this.words.ended)];
		if (talk.unread)
			list.push(this.label('live',
				`${talk.unread} ${this.words.unread}`));
		else if (row.unanswered)
			list.push(this.label('warn', this.words.unanswered));
		if (row.typing)
			list.push(this.label('', this.words.typing));
		return list;
	}

	drawMine(board, chosen, loadMax) {
		const list = this.$('[data-mine]');
		const mine = board.mine;

		arrange(list, mine.map((talk) => {
			const each = this.mineItems.get(talk.id) ??
				this.mineItem(talk);
			const labels = this.mineLabels(talk);

			this.mineItems.set(talk.id, each);
			setName(each.who, this.nick(talk.row));
			each.button.setAttribute('aria-current', talk === chosen);
			if (labels.map((one) => one.textContent).join() !==
				[...each.labels.children].map((one) =>
					one.textContent).join())
				each.labels.replaceChildren(...labels);
			each.talk = talk;
			return each.item;
		}));
		for (const id of this.mineItems.keys())
			if (!board.talks.has(id))
				this.mineItems.delete(id);
		list.hidden = mine.length === 0;
		this.show('[data-mine-none]', mine.length === 0);
		setText(this.$('[data-mine-count]'),
			loadMax ? `(${board.load}/${loadMax})` : '');
	}

	// What grows by itself, once a second.
	tick(chosen) {
		const now = this.now();

		for (const each of this.queueItems.values())
			setText(each.since, `${this.words.waited} ` +
				length(now - each.row.waits));
		for (const each of this.mineItems.values())
			setText(each.meta, [this.languageName(each.talk.row),
				length(now - each.talk.row.opened)]
				.filter(Boolean).join(' · '));
		if (!chosen)
			return;
		if (!chosen.isOver)
			this.fact('lasted', length(now - chosen.row.opened));
		const left = chosen.row.closes_in * 1000 -
			(Date.now() - chosen.rowAt);

		this.show('[data-closing]', chosen.row.closes_in > 0 && left > 0 &&
			!chosen.isOver);
		setText(this.$('[data-closes]'), length(left));
	}

	count(waiting, unread) {
		const all = waiting + unread;

		document.title = all ? `(${all}) ${this.title}` : this.title;
	}

	/* One conversation */

	who(talk, event) {
		if (event.from === 'visitor')
			return [named(event.name || talk.row.nick ||
				this.words.visitor)];
		if (event.agent && event.agent === this.me)
			return [this.words.you];
		return [named(event.name)];
	}

	systemText(event) {
		const { words } = this;

		switch (event.kind) {
		case 'joined':
			return [named(event.name), ` ${words.joined}`];
		case 'passed':
			return [named(event.name), ` ${words.passedOn}`];
		case 'queued':
			return [words.queued];
		default:
			return [`${words.closed} ` +
				(words[`reason-${event.reason}`] ?? '')];
		}
	}

	time(event) {
		return el('time', { datetime: new Date(event.at).toISOString() },
			this.clock(event.at));
	}

	words_(talk, text) {
		return el('p', { class: 'cd-text', dir: 'auto',
			lang: talk.row.language || undefined }, text);
	}

	event(talk, event) {
		if (event.kind !== 'message')
			return el('div', { class: 'cd-event', 'data-n': event.n },
				el('p', {}, ...this.systemText(event), ' ',
					this.time(event)));
		return el('article', { class: `cd-message ${event.from}`,
			'data-n': event.n },
		el('p', { class: 'cd-by' }, el('strong', {},
			...this.who(talk, event)), ' ', this.time(event)),
		this.words_(talk, event.text),
		event.masked ? el('p', { class: 'cd-masked' },
			this.words.masked) : undefined);
	}

	get isAtEnd() {
		const { box } = this;

		return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
	}

	toEnd() {
		this.box.scrollTop = this.box.scrollHeight;
	}

	// Append what is new; a screen reader reads it in this order.
	append(talk, events) {
		const follow = this.isAtEnd;

		for (const each of events)
			this.log.append(this.event(talk, each));
		if (follow)
			this.toEnd();
	}

	// Another conversation: its history is not read out.
	drawTalk(talk) {
		this.log.setAttribute('aria-live', 'off');
		this.log.replaceChildren(...talk.said.items.map((each) =>
			this.event(talk, each)));
		this.toEnd();
		clearTimeout(this.live);
		this.live = setTimeout(() =>
			this.log.removeAttribute('aria-live'), 300);
	}

	empty() {
		this.drawn = {};
		this.log.setAttribute('aria-live', 'off');
		this.log.replaceChildren();
		this.$('[data-notes]').replaceChildren();
		this.$('[data-outbox]').replaceChildren();
		this.show('[data-empty]', true);
		this.show('[data-one]', false);
		this.show('[data-context]', false);
		this.show('[data-notes-box]', false);
	}

	drawHead(talk, isLinked) {
		const { row } = talk;

		this.show('[data-empty]', false);
		this.show('[data-one]', true);
		this.show('[data-context]', true);
		this.show('[data-notes-box]', true);
		setName(this.$('[data-who]'), this.nick(row));
		setText(this.$('[data-typing]'), row.typing && !talk.isOver ?
			`${this.nick(row)} ${this.words.typing}` : '');
		for (const act of ['note', 'pass', 'end'])
			this.$(`[data-tools] [data-act="${act}"]`).hidden =
				talk.isOver;
		this.show('[data-tools] [data-act="dismiss"]', talk.isOver);
		this.drawFields(talk);
		this.fact('language', this.languageName(row));
		this.fact('queue', this.queueName(row));
		this.fact('since', this.clock(row.opened));
		this.fact('waited', row.talks ?
			length(row.talks - row.opened) : '');
		this.fact('present', isLinked ? this.words[row.present ?
			'present' : 'notPresent'] : '');
		this.fact('seen', this.words[row.visitor_seen >= row.last ?
			'seenAll' : 'seenNotAll']);
	}

	// Whoever is writing when it ends goes on into the field, where it does
	// nothing: without one, letters would be keys of the page.
	drawFields(talk) {
		const { activeElement: active } = document;

		for (const [name, ...fields] of [
			['[data-composer]', '[data-text]', '[data-find]'],
			['[data-note-form]', '[data-note]']]) {
			this.$(fields[0]).readOnly = talk.isOver;
			this.show(name, !talk.isOver ||
				active.matches(fields.join()));
		}
	}

	fact(name, text) {
		const value = this.$(`[data-fact="${name}"]`);

		setText(value, text);
		value.parentElement.hidden = text === '';
	}

	// Whether something else is to be shown than was: what has the focus
	// is not drawn anew without need.
	isNew(name, talk, items) {
		const state = JSON.stringify([talk.id, items]);
		const isNew = this.drawn[name] !== state;

		this.drawn[name] = state;
		return isNew;
	}

	drawNotes(talk) {
		if (!this.isNew('notes', talk,
			[talk.notes.have, talk.noteBox.items]))
			return;
		const list = this.$('[data-notes]');

		list.replaceChildren(...talk.notes.items.map((note) =>
			el('li', { 'data-n': note.n }, el('p', { class: 'cd-by' },
				el('strong', {}, ...this.who(talk, note)), ' ',
				this.time(note)),
			el('p', { class: 'cd-text', dir: 'auto' }, note.text))));
		for (const each of talk.noteBox.items)
			list.append(el('li', { class: 'cd-unsent' },
				...this.unsent(talk, talk.noteBox, each)));
		this.show('[data-notes-none]', list.children.length === 0);
	}

	unsent(talk, box, item) {
		const { words } = this;
		const state = el('p', { class: 'cd-state' },
			item.state === 'failed' ? `${words.failed}: ${item.why}` :
				item.state === 'stored' ? '' : words.notSent);
		const buttons = el('p', { class: 'cd-again' });

		if (item.state === 'failed') {
			for (const [word, act] of [['retry', this.acts.retry],
				['discard', this.acts.discard]]) {
				const button = el('button', { type: 'button',
					class: 'button' }, words[word]);

				button.addEventListener('click', () =>
					act(talk, box, item));
				buttons.append(button);
			}
		}
		return [el('p', { class: 'cd-by' }, el('strong', {}, words.you)),
			this.words_(talk, item.text), state,
			item.state === 'failed' ? buttons : ''];
	}

	// Outside the log: it is read out once, when it is stored.
	drawOutbox(talk) {
		if (!this.isNew('outbox', talk, talk.outbox.items))
			return;
		const follow = this.isAtEnd;

		this.$('[data-outbox]').replaceChildren(...talk.outbox.items
			.map((each) => el('article',
				{ class: 'cd-message agent cd-unsent' },
				...this.unsent(talk, talk.outbox, each))));
		if (follow)
			this.toEnd();
	}

	/* Where to pass it */

	drawPass(board, queue) {
		const choices = [];
		const choice = (value, ...label) => el('label',
			{ class: 'choice' }, el('input', { type: 'radio', name: 'to',
				value, required: true }), el('span', {}, ...label));

		for (const each of board.colleagues.values())
			if (each.agent !== this.me && each.presence !== 'absent')
				choices.push(choice(`agent ${each.agent}`,
					named(each.name), ` (${each.load}/` +
					`${each.load_max}, ` +
					`${this.words[each.presence]})`));
		this.show('[data-pass-none]', choices.length === 0);
		for (const [id, name] of this.queues)
			choices.push(choice(`queue ${id}`, id === queue ?
				`${this.words.passBack} (${name})` :
				`${this.words.passQueue}: ${name}`));
		this.$('[data-pass-to]').replaceChildren(...choices);
	}
}
