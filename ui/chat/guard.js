// SPDX-License-Identifier: EUPL-1.2
// Finds Finnish identity codes and payment cards before a message leaves the
// browser. The twin of chat/guard.c: both are held to the same examples,
// tests/fixtures/guard.json. What it looks for:
//
// An identity code: six digits that are a day, a month and a year; a
// separator; three digits; the check character, which must be right (modulo
// 31). Separator: + - A-F U-Y in either case, any of the dashes U+2010-2015
// and U+2212, each with up to two white spaces before and after, or one or
// two white spaces alone. No digit before, no ASCII letter or digit after.
//
// A card: 13 to 19 digits that begin and are as many as those of a known
// kind of card, right by Luhn; one white space or dash may stand between any
// two digits. No ASCII letter or digit before or after.
//
// Both also where the message before ends in the middle of one: the two are
// looked at joined, with nothing and with a space between them.

const white = '[ \\t\\r\\n\\u00a0\\u2009\\u202f]';
const dash = '-\\u2010-\\u2015\\u2212';
const code = new RegExp(`(^|\\D)(\\d{6})(?:${white}{0,2}[+A-FU-Y${dash}]` +
	`${white}{0,2}|${white}{1,2})(\\d{3})([0-9A-Y])(?![0-9A-Z])`, 'i');
const digits = new RegExp(`^\\d(?:(?:${white}|[${dash}])?\\d){12,18}`);
const kinds = /^(4(.{12}|.{15}|.{18})|3[47].{13}|3[068].{12}|35.{14}|5.{15}|2[2-7].{14}|6.{15,18})$/;

function isCode(day, number, check) {
	return +day.slice(0, 2) > 0 && +day.slice(0, 2) < 32 &&
		+day.slice(2, 4) > 0 && +day.slice(2, 4) < 13 &&
		'0123456789ABCDEFHJKLMNPRSTUVWXY'[(day + number) % 31] ===
			check.toUpperCase();
}

function isCard(number) {
	const sum = [...number].reverse().reduce((all, digit, i) =>
		all + (i % 2 ? digit * 2 - (digit > 4 ? 9 : 0) : +digit), 0);

	return kinds.test(number) && sum % 10 === 0;
}

// [from, to) of everything found, in order of its beginning.
function* find(text) {
	for (let i = 0; i < text.length;) {
		const [all, before, day, number, check] =
			code.exec(text.slice(i)) ?? [];

		if (!all)
			break;
		i += text.slice(i).indexOf(all) + before.length;
		if (isCode(day, number, check))
			yield [i, i + all.length - before.length];
		i++;
	}
	for (let i = 0; i < text.length; i++) {
		if (/[0-9A-Z]/i.test(text[i - 1] ?? ''))
			continue;
		for (let run = digits.exec(text.slice(i))?.[0] ?? '';
			run.length > 12; run = run.slice(0, -1)) {
			if (!/[0-9A-Z]/i.test(text[i + run.length] ?? '') &&
				isCard(run.replace(/\D/g, ''))) {
				yield [i, i + run.length];
				break;
			}
		}
	}
}

// The text with each letter and digit of what was found as a star; the same
// text if nothing was. "before" is what the same person said last.
export function mask(text, before = '') {
	const stars = [...Array(text.length)];
	const head = before.trimEnd().slice(-40);
	const lead = text.length - text.trimStart().length;

	for (const [joint, shift] of [['', 0], [head, -lead], [`${head} `, -lead]])
		for (const [from, to] of find(joint + text.slice(-shift)))
			for (let i = Math.max(from, joint.length); i < to; i++)
				stars[i - joint.length - shift] = 1;
	return text.split('').map((letter, i) =>
		stars[i] && /[0-9A-Z]/i.test(letter) ? '*' : letter).join('');
}
