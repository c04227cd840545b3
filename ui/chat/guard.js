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
const identity = new RegExp('^((?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d\\d)' +
	`(?:${white}{0,2}[+A-FU-Y${dash}]${white}{0,2}|${white}{1,2})` +
	'(\\d{3})([0-9A-Y])(?![0-9A-Z])', 'i');
const digits = new RegExp(`^\\d(?:(?:${white}|[${dash}])?\\d){12,18}`);
const kinds = /^(4(.{12}|.{15}|.{18})|3[47].{13}|3[068].{12}|35.{14}|5.{15}|2[2-7].{14}|6.{15,18})$/;
const solid = /[0-9A-Z]/i;

function isCode(day, number, check) {
	return '0123456789ABCDEFHJKLMNPRSTUVWXY'[(day + number) % 31] ===
		check.toUpperCase();
}

function isCard(number) {
	const sum = [...number].reverse().reduce((all, digit, i) =>
		all + (i % 2 ? digit * 2 - (digit > 4 ? 9 : 0) : +digit), 0);

	return kinds.test(number) && sum % 10 === 0;
}

// How long what begins there is, 0 if nothing does.
function sizeAt(text, at) {
	const rest = text.slice(at);
	const before = text[at - 1] ?? '';
	const [all, day, number, check] = identity.exec(rest) ?? [];

	if (all && !/\d/.test(before) && isCode(day, number, check))
		return all.length;
	if (!solid.test(before))
		for (let [run] = digits.exec(rest) ?? ['']; run.length > 12;
			run = run.slice(0, -1))
			if (!solid.test(rest[run.length] ?? '') &&
				isCard(run.replace(/\D/g, '')))
				return run.length;
	return 0;
}

// The text with each letter and digit of what was found as a star; the same
// text if nothing was. "before" is what the same person said last.
export function mask(text, before = '') {
	const letters = text.split('');
	const head = before.trimEnd().slice(-40);
	const tail = text.trimStart();

	for (const joint of ['', head, `${head} `]) {
		const shift = joint.length - (joint ? text.length - tail.length : 0);
		const whole = joint + (joint ? tail : text);

		for (let at = 0; at < whole.length; at++)
			for (let size = sizeAt(whole, at); size--;)
				if (at + size >= joint.length && solid.test(whole[at + size]))
					letters[at + size - shift] = '*';
	}
	return letters.join('');
}
