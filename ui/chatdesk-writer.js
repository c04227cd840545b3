// SPDX-License-Identifier: EUPL-1.2
// What an agent writes: messages, notes, canned answers. What is said is
// shown as not sent until the server has said that it is stored; after a
// break it is sent again under the same id, so it counts once. What is typed
// and not said stays in this page; only that somebody types is told.

import { Canned } from './chatdesk-canned.js';
import { pauseMs } from './chatdesk-link.js';

const TYPING_AGAIN_MS = 4000;
const TYPING_OFF_MS = 6000;
const ANSWERS_OLD_MS = 300000;

function newId() {
	return [...crypto.getRandomValues(new Uint8Array(16))]
		.map((each) => each.toString(16).padStart(2, '0')).join('');
}

export class Writer {
	// desk: link, words, draw(), stored(talk, isNote, n), complain(answer),
	// why(answer), voice
	constructor(root, desk) {
		this.root = root;
		this.desk = desk;
		this.talk = null;
		this.text = root.querySelector('[data-text]');
		this.note = root.querySelector('[data-note]');
		this.enterSends = root.querySelector('[data-enter-sends]');
		this.canned = new Canned(root, desk.words, () => this.answers(),
			(text) => this.insert(text),
			(text) => desk.voice.say(text));
		this.listen();
	}

	listen() {
		const submit = (name, act) => this.root.querySelector(name)
			.addEventListener('submit', (event) => {
				event.preventDefault();
				act();
			});

		submit('[data-composer]', () => this.say(this.text));
		submit('[data-note-form]', () => this.say(this.note));
		this.text.addEventListener('keydown', (event) => this.key(event));
		this.text.addEventListener('input', () => this.typing());
		this.note.addEventListener('keydown', (event) => {
			if (event.key === 'Enter' && event.ctrlKey) {
				event.preventDefault();
				this.say(this.note);
			}
		});
	}

	key(event) {
		if (event.isComposing)
			return;
		if (event.key === '/' && this.text.value === '') {
			event.preventDefault();
			this.openCanned();
		} else if (event.key === 'Enter' && (event.ctrlKey ||
			(this.enterSends.checked && !event.shiftKey &&
				!event.altKey))) {
			event.preventDefault();
			this.say(this.text);
		}
	}

	// Turn to another conversation; each keeps what was begun in it.
	turnTo(talk) {
		if (this.talk) {
			this.talk.draft = this.text.value;
			this.talk.noteDraft = this.note.value;
		}
		this.talk = talk;
		this.text.value = talk?.draft ?? '';
		this.note.value = talk?.noteDraft ?? '';
		this.canned.close(false);
	}

	url(talk, what) {
		return `/chat/conversations/${talk.id}/${what}`;
	}

	typing() {
		const { talk } = this;
		const isOn = this.text.value !== '';

		clearTimeout(this.typingOff);
		if (!talk || talk.isOver)
			return;
		if (isOn && Date.now() - (talk.typingAt ?? 0) > TYPING_AGAIN_MS) {
			talk.typingAt = Date.now();
			this.desk.link.post(this.url(talk, 'typing'), { on: 1 });
		}
		this.typingOff = setTimeout(() => {
			if (talk.typingAt && !talk.isOver)
				this.desk.link.post(this.url(talk, 'typing'),
					{ on: 0 });
			talk.typingAt = 0;
		}, isOn ? TYPING_OFF_MS : 0);
	}

	say(field) {
		const { talk } = this;
		const text = field.value.trim();

		if (!talk || talk.isOver || !text)
			return;
		const box = field === this.note ? talk.noteBox : talk.outbox;

		box.add(newId(), text);
		field.value = '';
		if (field === this.text) {
			talk.typingAt = 0;
			clearTimeout(this.typingOff);
		}
		this.desk.draw();
		this.send(talk, box);
	}

	// One at a time and in order. Nothing is given up that may still go.
	async send(talk, box) {
		const item = box.next();

		if (!item)
			return;
		item.state = 'sending';
		const isNote = box === talk.noteBox;
		const answer = await this.desk.link.post(this.url(talk, 'say'), {
			id: item.id, text: item.text, ...(isNote ? { note: 1 } : {}) });

		if (answer.ok) {
			item.state = 'stored';
			item.n = answer.body.n;
			box.tries = 0;
			this.desk.stored(talk, isNote, item.n);
		} else if (answer.status === 0 || answer.status === 401 ||
			answer.status === 429 || answer.status >= 500) {
			item.state = 'waiting';
			box.tries = (box.tries ?? 0) + 1;
			setTimeout(() => this.send(talk, box),
				answer.retryMs + pauseMs(box.tries));
			this.desk.draw();
			return;
		} else {
			item.state = 'failed';
			item.why = this.desk.why(answer);
			this.desk.voice.say(
				`${this.desk.words.failed}: ${item.why}`);
		}
		this.desk.draw();
		this.send(talk, box);
	}

	// The line is back.
	again(talk) {
		for (const box of [talk.outbox, talk.noteBox]) {
			box.again();
			this.send(talk, box);
		}
	}

	// The button that was pressed is gone.
	back(talk, box) {
		this.desk.draw();
		(box === talk.noteBox ? this.note : this.text).focus();
		this.send(talk, box);
	}

	retry(talk, box, item) {
		item.state = 'waiting';
		this.back(talk, box);
	}

	discard(talk, box, item) {
		box.remove(item.id);
		this.back(talk, box);
	}

	openCanned() {
		if (this.talk && !this.talk.isOver)
			this.canned.open(this.talk.row.language);
	}

	insert(text) {
		this.text.focus();
		if (!text)
			return;
		this.text.setRangeText(text, this.text.selectionStart,
			this.text.selectionEnd, 'end');
		this.typing();
	}

	async answers() {
		if (this.list && Date.now() - this.listAt < ANSWERS_OLD_MS)
			return this.list;
		const answer = await this.desk.link.get('/chat/answers');

		if (!answer.ok) {
			this.desk.complain(answer);
			return [];
		}
		this.listAt = Date.now();
		this.list = answer.body.answers;
		return this.list;
	}

	isUnsaid(talks) {
		return this.text.value.trim() !== '' ||
			talks.some((talk) => talk.draft.trim() !== '' ||
				talk.outbox.items.length + talk.noteBox.items.length);
	}
}
