// SPDX-License-Identifier: EUPL-1.2
// Canned answers: a field to search in and a list to choose from (the
// combobox of the ARIA practices). It opens over the message field, in the
// visitor's language where an answer has it.

import { el } from './chatdesk-parts.js';

const SHOWN_MAX = 50;

// The answer in this language, or in the nearest that it has.
export function textOf(answer, language) {
	for (const each of [language, 'fi', 'sv', 'en'])
		if (answer[each])
			return { text: answer[each], language: each };
	return { text: '', language };
}

// Those that hold every word typed, in their title first.
export function find(answers, typed, language) {
	const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
	const holds = (text) => words.every((word) =>
		text.toLowerCase().includes(word));
	const inTitle = answers.filter((each) => holds(each.title));

	return [...inTitle, ...answers.filter((each) => !inTitle.includes(each) &&
		holds(`${each.title} ${textOf(each, language).text}`))]
		.slice(0, SHOWN_MAX);
}

export class Canned {
	constructor(root, words, load, insert, say) {
		this.words = words;
		this.load = load;
		this.insert = insert;
		this.box = root.querySelector('[data-canned]');
		this.field = root.querySelector('[data-find]');
		this.list = root.querySelector('[data-options]');
		this.none = root.querySelector('[data-canned-none]');
		this.say = say;
		this.shown = [];
		this.at = 0;
		this.field.addEventListener('input', () => this.drawAndTell());
		this.field.addEventListener('keydown', (event) => this.key(event));
		this.box.addEventListener('focusout', (event) => {
			if (event.relatedTarget &&
				!this.box.contains(event.relatedTarget))
				this.close(false);
		});
	}

	get isOpen() {
		return !this.box.hidden;
	}

	async open(language) {
		this.language = language;
		this.box.hidden = false;
		this.field.value = '';
		this.answers = [];
		this.draw();
		this.field.focus();
		this.answers = await this.load();
		if (this.isOpen)
			this.drawAndTell();
	}

	// How many there are, where that has changed.
	drawAndTell() {
		const { length: former } = this.shown;
		const { length: count } = this.draw();

		if (count !== former)
			this.say(count ? `${this.words.cannedCount} ${count}` :
				this.words.cannedNone);
	}

	close(isBack = true, text = '') {
		if (!this.isOpen)
			return;
		this.box.hidden = true;
		if (isBack)
			this.insert(text);
	}

	option(answer, i) {
		const { text, language } = textOf(answer, this.language);
		const option = el('li', { role: 'option', id: `cd-option-${i}`,
			'aria-selected': false },
		el('strong', {}, answer.title),
		language === this.language ? '' : el('span', { class: 'label' },
			this.words[language]),
		el('span', { class: 'cd-preview', lang: language }, text));

		option.addEventListener('mousedown', (event) =>
			event.preventDefault());
		option.addEventListener('click', () => this.close(true, text));
		return { option, text };
	}

	draw() {
		this.shown = find(this.answers, this.field.value, this.language)
			.map((each, i) => this.option(each, i));
		this.list.replaceChildren(...this.shown.map((each) => each.option));
		this.list.hidden = this.shown.length === 0;
		this.field.setAttribute('aria-expanded', this.shown.length > 0);
		this.none.hidden = this.shown.length > 0;
		this.none.textContent = this.words.cannedNone;
		this.choose(0);
		return this.shown;
	}

	choose(at) {
		const count = this.shown.length;

		this.at = count ? (at + count) % count : 0;
		this.shown.forEach((each, i) => each.option.setAttribute(
			'aria-selected', i === this.at));
		if (!count) {
			this.field.removeAttribute('aria-activedescendant');
			return;
		}
		const { option } = this.shown[this.at];

		this.field.setAttribute('aria-activedescendant', option.id);
		option.scrollIntoView({ block: 'nearest' });
	}

	key(event) {
		const moves = { ArrowDown: this.at + 1, ArrowUp: this.at - 1 };

		if (event.key in moves)
			this.choose(moves[event.key]);
		else if (event.key === 'Enter' && this.shown.length)
			this.close(true, this.shown[this.at].text);
		else if (event.key === 'Escape')
			this.close();
		else if (event.key === '/' && this.field.value === '')
			this.close(true, '/');
		else
			return;
		event.preventDefault();
		event.stopPropagation();
	}
}
