// SPDX-License-Identifier: EUPL-1.2
// The chat desk. The feed tells how conversations stand and up to which
// number they have come; what is missing is fetched by number and shown in
// that order, once. See chatdesk-store.js for the order, chatdesk-writer.js
// for what is said.

import { Board } from './chatdesk-store.js';
import { Link, pauseMs } from './chatdesk-link.js';
import { Voice, length } from './chatdesk-parts.js';
import { View } from './chatdesk-view.js';
import { Writer } from './chatdesk-writer.js';
import { listen } from './chatdesk-keys.js';

const FETCH_TRIES = 8;

class Desk {
	constructor(root) {
		this.root = root;
		this.words = {};
		for (const each of root.querySelector('[data-words]').content
			.querySelectorAll('[data-word]'))
			this.words[each.dataset.word] = each.textContent;
		this.queues = new Map();
		for (const each of root.querySelector('[data-words]').content
			.querySelectorAll('[data-queue]'))
			this.queues.set(each.dataset.queue, each.textContent);
		this.board = new Board();
		this.chosen = null;
		this.loadMax = 0;
		this.state = 'connecting';
		this.wasConnected = false;
		this.voice = new Voice(this.$('[data-status]'));
		this.link = new Link(root.dataset.csrf,
			(name, data) => this.heard(name, data),
			(state) => this.linked(state));
		this.writer = new Writer(root, this);
		this.view = new View(root, this.words, this.queues, {
			take: (id) => this.take(id),
			choose: (id) => this.choose(id),
			retry: (...what) => this.writer.retry(...what),
			discard: (...what) => this.writer.discard(...what),
		});
		this.listen();
		this.link.run();
		setInterval(() => {
			const { activeElement: active } = document;

			this.view.tick(this.chosen);
			this.keepFocus(active);
		}, 1000);
	}

	$(name) {
		return this.root.querySelector(name);
	}

	get isConnected() {
		return this.state === 'connected';
	}

	talkUrl(talk, what) {
		return `/chat/conversations/${talk.id}/${what}`;
	}

	/* What people do */

	listen() {
		const acts = {
			'take-next': () => this.take(''),
			help: () => this.$('[data-dialog="help"]').showModal(),
			end: () => this.askEnd(),
			dismiss: () => this.dismiss(),
			pass: () => this.askPass(),
			note: () => this.focusOn('[data-note]'),
			write: () => this.focusOn('[data-text]'),
			stay: () => {
				this.link.post(this.talkUrl(this.chosen, 'stay'));
				this.focusOn('[data-text]');
			},
			canned: () => this.writer.openCanned(),
		};

		for (const button of this.root.querySelectorAll('[data-act]'))
			button.addEventListener('click', () =>
				acts[button.dataset.act]());
		listen(this.root, { step: (step) => this.step(step),
			letter: (name) => acts[name]() });
		this.$('[data-presence]').addEventListener('change', (event) =>
			this.setPresence(event.target.value));
		this.$('[data-sound]').addEventListener('change', (event) =>
			this.voice.setSound(event.target.checked));
		this.dialog('end', (form) => this.end(form));
		this.dialog('pass', (form) => this.pass(form));
		this.root.addEventListener('focusout', () => {
			if (this.chosen?.isOver)
				this.draw();
		});
		addEventListener('focus', () => this.seen());
		document.addEventListener('visibilitychange', () => this.seen());
		addEventListener('beforeunload', (event) => {
			if (this.writer.isUnsaid([...this.board.talks.values()]))
				event.preventDefault();
		});
	}

	// A dialog stays open, and says why, if what it asks for fails.
	dialog(name, act) {
		const dialog = this.$(`[data-dialog="${name}"]`);
		const bad = dialog.querySelector('[data-dialog-bad]');

		dialog.querySelector('form').addEventListener('submit',
			async (event) => {
				event.preventDefault();
				bad.textContent = '';
				const why = await act(new FormData(event.target));

				if (why)
					bad.textContent = why;
				else
					dialog.close();
			});
		dialog.querySelector('[data-cancel]').addEventListener('click',
			() => dialog.close());
		dialog.addEventListener('close', () => this.keepFocus(dialog));
	}

	open(name) {
		const dialog = this.$(`[data-dialog="${name}"]`);

		dialog.querySelector('[data-dialog-bad]').textContent = '';
		dialog.querySelector('form').reset();
		dialog.showModal();
	}

	focusOn(name) {
		const field = this.$(name);

		if (field.checkVisibility())
			field.focus();
	}

	// What had the focus may be hidden by now: the conversation has it then.
	keepFocus(former) {
		const { activeElement: active, body } = document;

		if (former !== body &&
			(active === body || !active.checkVisibility()))
			this.focusOn(this.chosen ? '[data-scroll]' :
				'[data-pane]');
	}

	why(answer) {
		return answer.body.detail ?? this.words.later;
	}

	complain(answer) {
		this.voice.say(this.why(answer));
		this.view.complain(this.why(answer));
	}

	async take(id) {
		const answer = await this.link.post(id ?
			`/chat/conversations/${id}/take` : '/chat/take');

		if (!answer.ok) {
			this.complain(answer);
			return;
		}
		this.view.complain('');
		this.wanted = answer.body.chat;
		this.chooseWanted();
	}

	// The row of what was taken may come before or after the answer.
	chooseWanted() {
		const talk = this.board.talks.get(this.wanted);

		if (!talk)
			return;
		this.wanted = null;
		this.choose(talk.id);
		this.voice.say(`${this.words.taken} ${this.view.nick(talk.row)}`);
	}

	choose(id, isFocused = true) {
		const talk = this.board.talks.get(id);

		if (!talk)
			return;
		this.writer.turnTo(talk);
		this.chosen = talk;
		this.view.drawTalk(talk);
		this.drawNow();
		this.seen();
		if (isFocused)
			this.focusOn(talk.isOver ? '[data-scroll]' : '[data-text]');
	}

	step(step) {
		const { mine } = this.board;
		const here = mine.indexOf(this.chosen);

		if (!mine.length)
			return;
		this.choose(mine[(here + step + mine.length) % mine.length].id);
		// The field in focus stays the same and so says nothing.
		this.voice.say(this.view.nick(this.chosen.row));
	}

	leave(id) {
		const active = document.activeElement;

		this.board.talks.delete(id);
		if (this.chosen?.id !== id)
			return;
		this.chosen = null;
		this.writer.turnTo(null);
		this.view.empty();
		if (this.board.mine.length)
			this.choose(this.board.mine[0].id, false);
		if (active === document.body || !active.checkVisibility() ||
			active.closest('.cd-talk, .cd-context'))
			this.$('[data-pane]').focus();
		this.draw();
	}

	dismiss() {
		if (this.chosen?.isOver)
			this.leave(this.chosen.id);
	}

	async setPresence(presence) {
		const answer = await this.link.post('/chat/presence',
			{ presence });

		if (answer.ok)
			this.presence = presence;
		else
			this.complain(answer);
		this.view.presence(this.presence);
	}

	askEnd() {
		if (this.chosen?.isOver)
			this.dismiss();
		else if (this.chosen)
			this.open('end');
	}

	// Each answers why it failed, or nothing.
	async end(form) {
		const answer = await this.link.post(this.talkUrl(this.chosen,
			'end'), { reason: form.get('reason') ?? '' });

		return answer.ok ? '' : this.why(answer);
	}

	askPass() {
		if (!this.chosen || this.chosen.isOver)
			return;
		this.view.drawPass(this.board, this.chosen.row.queue);
		this.open('pass');
	}

	async pass(form) {
		const [kind, name] = (form.get('to') ?? ' ').split(' ');
		const answer = await this.link.post(this.talkUrl(this.chosen,
			'pass'), { [kind]: name });

		return answer.ok ? '' : this.why(answer);
	}

	/* What the feed tells */

	linked(state) {
		if (state !== 'open') // then only until the seat is there
			this.setState({ lost: 'lost', full: 'manyPages',
				'signed-out': 'signedOut' }[state]);
	}

	setState(state) {
		const isNews = state !== this.state;

		this.state = state === 'lost' && !this.wasConnected ?
			'connecting' : state;
		this.view.link(this.state);
		if (isNews && this.wasConnected)
			this.voice.say(this.words[state === 'connected' ?
				'back' : this.state]);
		this.wasConnected ||= state === 'connected';
		this.$('[data-presence]').disabled = !this.isConnected;
		this.draw();
	}

	heard(name, data) {
		const acts = {
			hello: () => {
				this.view.ahead = data.now - Date.now();
			},
			away: () => this.setState(this.wasConnected ?
				'away' : 'connecting'),
			seated: () => this.presenceIs(data),
			board: () => this.board.begin(),
			row: () => this.row(data),
			colleague: () => {
				this.board.colleague(data);
				if (data.agent === this.root.dataset.agent)
					this.presenceIs(data);
			},
			whole: () => this.whole(),
		};

		acts[name]?.();
	}

	presenceIs(data) {
		this.presence = data.presence;
		this.loadMax = data.load_max;
		this.view.presence(data.presence);
		this.draw();
	}

	whole() {
		for (const id of this.board.whole())
			this.findOut(this.board.talks.get(id));
		this.setState('connected');
		for (const talk of this.board.talks.values()) {
			this.catchUp(talk);
			this.writer.again(talk);
		}
		if (!this.chosen && this.board.mine.length)
			this.choose(this.board.mine[0].id, false);
		this.draw();
	}

	// No longer on the board: it has ended, or somebody else has it.
	async findOut(talk) {
		await this.fetchSome(talk, false);
		if (!talk.isOver)
			this.lost(talk.id);
	}

	row(row) {
		const { said, row: former } = this.board.talks.get(row.chat) ?? {};
		const epoch = said?.epoch;
		const what = this.board.row(row);
		const talk = this.board.talks.get(row.chat);

		if (what === 'came' && !this.board.told) {
			this.voice.tone();
			this.voice.sayQueue(() => this.queueWords());
		} else if (what === 'lost') {
			this.lost(row.chat);
		} else if (what === 'mine') {
			talk.rowAt = Date.now();
			if (epoch && epoch !== row.epoch && talk === this.chosen)
				this.view.drawTalk(talk);
			this.catchUp(talk);
			if (this.wanted === row.chat)
				this.chooseWanted();
			if (row.closes_in > 0 && !former?.closes_in)
				this.voice.say(`${this.view.nick(row)}: ` +
					`${this.words.closesIn} ` +
					length(row.closes_in * 1000));
		}
		this.draw();
	}

	queueWords() {
		const { queue } = this.board;
		const longest = Math.min(...queue.map((row) => row.waits));

		if (!queue.length)
			return '';
		return `${this.words.waitingN} ${queue.length}, ` +
			`${this.words.longest} ${length(this.view.now() - longest)}`;
	}

	lost(id) {
		if (this.chosen?.id === id)
			this.voice.say(this.words.goneElsewhere);
		this.leave(id);
	}

	/* What is missing */

	stored(talk, isNote, n) {
		const series = isNote ? 'lastNote' : 'last';

		if (isNote)
			this.voice.say(this.words.noteStored);
		talk[series] = Math.max(n, talk[series] ?? 0);
		this.catchUp(talk);
	}

	// By number, until there is no gap.
	async catchUp(talk) {
		if (talk.isFetching)
			return;
		talk.isFetching = true;
		for (let tries = 0; tries < FETCH_TRIES &&
			this.board.talks.get(talk.id) === talk;) {
			const isSaid = talk.said.have >=
				Math.max(talk.row.last, talk.last ?? 0);

			if (isSaid && talk.notes.have >=
				Math.max(talk.row.notes, talk.lastNote ?? 0))
				break;
			if (await this.fetchSome(talk, isSaid))
				tries = 0;
			else
				await new Promise((go) => {
					setTimeout(go, pauseMs(tries++));
				});
		}
		talk.isFetching = false;
		this.draw();
	}

	// Whether it has brought us further.
	async fetchSome(talk, isNotes) {
		const series = isNotes ? talk.notes : talk.said;
		const { have } = series;
		const answer = await this.link.get(this.talkUrl(talk, 'events') +
			`?after=${have}${isNotes ? '&notes=1' : ''}`);

		if (!answer.ok)
			return false;
		if (isNotes)
			talk.takeNotes(answer.body.events);
		else
			this.shown(talk, talk.take(answer.body.events));
		this.draw();
		return series.have > have;
	}

	shown(talk, events) {
		const last = events.at(-1);

		if (talk === this.chosen) {
			this.view.append(talk, events);
			this.seen();
		} else if (last?.from === 'visitor' && last.kind === 'message' &&
			this.isConnected) {
			this.voice.say(`${this.words.newFrom} ` +
				this.view.nick(talk.row));
		}
	}

	// What is before a person's eyes has been seen.
	seen() {
		const talk = this.chosen;

		if (!talk || talk.isOver || document.hidden ||
			!document.hasFocus() || talk.said.have <=
				Math.max(talk.seenSent, talk.row.agent_seen))
			return;
		talk.seenSent = talk.said.have;
		this.link.post(this.talkUrl(talk, 'seen'),
			{ n: talk.seenSent });
		this.draw();
	}

	draw() {
		this.drawing ??= setTimeout(() => this.drawNow(), 20);
	}

	drawNow() {
		const { board, chosen, view } = this;
		const { activeElement: active } = document;
		const unread = board.mine.reduce((sum, talk) =>
			sum + (talk === chosen ? 0 : talk.unread), 0);

		clearTimeout(this.drawing);
		this.drawing = null;
		view.drawQueue(board);
		view.drawMine(board, chosen, this.loadMax);
		if (chosen) {
			view.drawHead(chosen, this.isConnected);
			view.drawOutbox(chosen);
			view.drawNotes(chosen);
		}
		view.count(board.waiting.size, unread);
		view.tick(chosen);
		this.keepFocus(active);
		this.$('[data-act="take-next"]').disabled = !this.isConnected ||
			board.waiting.size === 0;
	}
}

const root = document.querySelector('[data-chatdesk]');

if (root)
	new Desk(root);
